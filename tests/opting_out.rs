//! Opting out in customers' own words, and what only looks like it: how much of it is heard, in
//! each language, of wordings the lists were made with (`tuned`) and of wordings they were not
//! made with (`measured`).
//!
//! What is not heard as it should be is listed by name, so that every change shows. Lists are
//! never mended with a wording of `measured`: then it would measure nothing.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write;
use std::path::PathBuf;
use usherd::rules::consent_words::{ConsentWords, Word};
use usherd::text::normal;

const LANGUAGES: [&str; 6] = ["en", "ko", "zh-Hant", "zh-Hans", "es", "ja"];

/// Of 45 opt-outs of `measured`, how many are heard at least, by language.
const HEARD_MIN: [usize; 6] = [38, 42, 37, 39, 39, 41];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/opting_out")
}

/// Opt-outs and harmless wordings of a file.
fn wordings(half: &str, language: &str) -> [Vec<String>; 2] {
    let path = folder().join(half).join(format!("{language}.txt"));
    let text = std::fs::read_to_string(&path).unwrap();
    ["optout: ", "other: "].map(|kind| {
        text.lines().filter_map(|line| line.strip_prefix(kind)).map(str::to_owned).collect()
    })
}

fn opts_out(words: &ConsentWords, text: &str) -> bool {
    matches!(words.heard(&normal(text)).word, Some(Word::Stop | Word::NearStop))
}

#[test]
fn what_is_missed_is_known() {
    let words = ConsentWords::shipped();
    let mut found = String::new();
    for half in ["tuned", "measured"] {
        for (language, heard_min) in LANGUAGES.into_iter().zip(HEARD_MIN) {
            let [outs, others] = wordings(half, language);
            let missed: Vec<_> = outs.iter().filter(|text| !opts_out(&words, text)).collect();
            let alarms: Vec<_> = others.iter().filter(|text| opts_out(&words, text)).collect();
            let heard = outs.len() - missed.len();
            writeln!(
                found,
                "# {half} {language}: {heard} of {} heard, {} false alarms of {}",
                outs.len(),
                alarms.len(),
                others.len()
            )
            .unwrap();
            missed.iter().for_each(|text| writeln!(found, "missed: {text}").unwrap());
            alarms.iter().for_each(|text| writeln!(found, "false alarm: {text}").unwrap());
            assert!(half == "tuned" || heard >= heard_min, "{language}: only {heard} are heard");
        }
    }
    let path = folder().join("known.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), found, "{}", path.display());
}

#[test]
fn both_halves_are_whole_and_share_nothing() {
    for language in LANGUAGES {
        let [tuned, measured] = ["tuned", "measured"].map(|half| wordings(half, language));
        for (kind, count) in [45, 30].into_iter().enumerate() {
            let (tuned, measured) = (tuned.get(kind).unwrap(), measured.get(kind).unwrap());
            assert!(tuned.len() >= count && measured.len() == count, "{language} {kind}");
            assert!(measured.iter().all(|text| !tuned.contains(text)), "{language} {kind}");
        }
    }
}
