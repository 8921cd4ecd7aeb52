//! Every diagnostic on paper: each folder of `tests/diagnostics` is a rule set, and `expected.txt` in
//! it is what `usher check` prints. `UPDATE_EXPECTED=1 cargo test --test diagnostics` writes them
//! anew; read the difference before committing it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use usherd::model::NumberId;
use usherd::rules::diagnostic::render;
use usherd::rules::sources::MediaFile;
use usherd::rules::{Diagnostic, Settings, Sources, codes, compile};

fn settings() -> Settings {
    let main = (NumberId::from("900000000000001"), "main".to_owned());
    Settings { numbers: Some(vec![main]), ..Settings::default() }
}

fn check(sources: &Sources) -> Vec<Diagnostic> {
    let compiled = compile(sources, &settings());
    let errors = compiled.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(compiled.ruleset.is_none(), errors, "a rule set exactly where there is no error");
    compiled.diagnostics
}

fn shown(sources: &Sources) -> String {
    let text = |path: &str| String::from_utf8(sources.files.get(path)?.to_vec()).ok();
    render(&check(sources), &text, false)
}

fn sources(folder: &Path) -> Sources {
    let mut sources = Sources::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("expected.txt") {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                let bytes = fs::read(path).unwrap();
                if name.starts_with("media/") {
                    sources.media.insert(name, media_file(bytes.len()));
                } else {
                    sources = sources.with(&name, bytes);
                }
            }
        }
    }
    sources
}

fn media_file(bytes: usize) -> MediaFile {
    MediaFile { sha256: "0".repeat(64), bytes: bytes.try_into().unwrap() }
}

fn fixtures() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut folders: Vec<PathBuf> = fs::read_dir(all).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    folders
}

#[test]
fn what_check_prints() {
    let mut wrong = Vec::new();
    for folder in fixtures() {
        let shown = shown(&sources(&folder));
        let expected = folder.join("expected.txt");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&expected, &shown).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != shown {
            wrong.push(format!("── {}\n{shown}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What needs more bytes than a fixture should have; each has a test of its own.
const GENERATED: [&str; 5] = ["U002", "U025", "U057", "U065", "U066"];

/// What shows only when examples and tests are decided, which is not done here.
const DECIDED: [&str; 3] = ["U058", "U059", "U164"];

#[test]
fn every_code_has_a_fixture_and_every_finding_a_place_and_a_mend() {
    let mut seen: BTreeSet<&str> = GENERATED.into_iter().chain(DECIDED).collect();
    for folder in fixtures() {
        for found in check(&sources(&folder)) {
            let where_ = format!("{}: {found:?}", folder.display());
            assert!(!found.places.is_empty(), "no place: {where_}");
            assert!(found.help.is_some(), "no help: {where_}");
            assert!(!found.message.ends_with('.'), "full stop: {where_}");
            seen.insert(found.code);
        }
    }
    let all: BTreeSet<&str> = codes::all().map(|code| code.id).collect();
    assert_eq!(seen, all);
}

#[test]
fn ten_mistakes_are_told_at_once() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/ten-mistakes");
    let found = check(&sources(&folder));
    let codes: BTreeSet<&str> = found.iter().map(|found| found.code).collect();
    assert_eq!(found.len(), 10, "{found:#?}");
    assert_eq!(codes.len(), 10, "each another one: {codes:?}");
}

#[test]
fn what_is_too_big_is_refused() {
    use usherd::limits;
    let codes = |sources: &Sources| -> Vec<&str> {
        check(sources).into_iter().map(|found| found.code).collect()
    };

    let big = " ".repeat(limits::RULE_FILE_BYTES_MAX + 1);
    assert_eq!(codes(&Sources::default().with("big.toml", &big)), ["U002"]);

    let full = " ".repeat(limits::RULE_FILE_BYTES_MAX);
    let files = limits::RULE_SET_BYTES_MAX / limits::RULE_FILE_BYTES_MAX;
    let too_much = (0..=files).fold(Sources::default(), |s, n| s.with(&format!("{n}.toml"), &full));
    assert_eq!(codes(&too_much), ["U002"]);

    let keys: String = (0..=limits::DIAGNOSTICS_KEPT_MAX).map(|n| format!("k{n} = 1\n")).collect();
    let found =
        check(&Sources::default().with("a.toml", format!("[greeting]\ntext = \"x\"\n{keys}")));
    assert_eq!(found.len(), limits::DIAGNOSTICS_KEPT_MAX + 1);
    assert_eq!(found.last().unwrap().code, "U057");
}

#[test]
fn media_are_as_small_as_whatsapp_asks() {
    const MB: usize = 1024 * 1024;
    let cases = [
        ("media/a.jpg", 5 * MB, None),
        ("media/a.jpg", 5 * MB + 1, Some("U065")),
        ("media/a.mp4", 16 * MB + 1, Some("U065")),
        ("media/a.mp3", 16 * MB + 1, Some("U065")),
        ("media/a.pdf", 100 * MB, None),
        ("media/a.pdf", 100 * MB + 1, Some("U065")),
        ("media/a.webp", 100 * 1024, None),
        ("media/a.webp", 100 * 1024 + 1, Some("U066")),
        ("media/a.webp", 500 * 1024 + 1, Some("U065")),
    ];
    for (path, bytes, wanted) in cases {
        let rule = format!("[[reply]]\nid = \"a\"\nwords = [\"hello\"]\nmedia = \"{path}\"\n");
        let mut sources = Sources::default().with("shop.toml", rule);
        sources.media.insert(path.to_owned(), media_file(bytes));
        let found: Vec<&str> = check(&sources).iter().map(|found| found.code).collect();
        assert_eq!(found, Vec::from_iter(wanted), "{path} {bytes}");
    }
}

/// Cuts, flips, copies and swaps bytes of good files: whatever comes of it is told, never a panic.
#[test]
fn no_mutation_of_a_good_rule_set_panics() {
    const MUTATIONS: usize = 2_000;
    let good: Vec<Sources> = fixtures().iter().map(|folder| sources(folder)).collect();
    let mut random = fastrand::Rng::with_seed(20_260_301);
    let mut refused = 0;
    for round in 0..MUTATIONS {
        let mut mutant = good[round % good.len()].clone();
        let paths: Vec<String> = mutant.files.keys().cloned().collect();
        let path = random.choice(&paths).unwrap().clone();
        let mut bytes = mutant.files[&path].to_vec();
        for _ in 0..random.usize(1..4) {
            mutate(&mut bytes, &mut random);
        }
        mutant = mutant.with(&path, &bytes);
        let caught = std::panic::catch_unwind(|| shown(&mutant));
        match caught {
            Ok(shown) => refused += usize::from(shown.contains("error")),
            Err(_) => panic!("round {round}, {path}: {:?}", String::from_utf8_lossy(&bytes)),
        }
    }
    assert!(refused > MUTATIONS / 2, "only {refused} mutants were refused: the test tests nothing");
}

fn mutate(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    const SIGNS: &[u8] = b"\"'[]{}=.,\\#\n\r\t \0@*-\xef\xbb\xbf\xff0aZ";
    if bytes.is_empty() {
        bytes.push(random.u8(..));
        return;
    }
    let at = random.usize(..bytes.len());
    let end = (at + random.usize(1..12)).min(bytes.len());
    match random.u8(..5) {
        0 => drop(bytes.drain(at..end)),
        1 => bytes[at] ^= 1 << random.u8(..8),
        2 => {
            let copy = bytes[at..end].to_vec();
            let to = random.usize(..=bytes.len());
            bytes.splice(to..to, copy);
        }
        3 => bytes.insert(at, SIGNS[random.usize(..SIGNS.len())]),
        _ => bytes.truncate(end),
    }
}
