//! The sentences hold for the shipped words.

use super::*;
use crate::rules::consent_words::{ConsentWords, Word};
use crate::text::normal;
use std::collections::{BTreeMap, BTreeSet};

fn words() -> ConsentWords {
    let mut words = ConsentWords::shipped();
    for opt_in in ["subscribe", "구독", "訂閱", "suscribirme", "購読"] {
        words.add_opt_in(1, opt_in).expect("it is an entry");
    }
    words
}

#[test]
fn every_sentence_does_what_it_must() {
    let words = words();
    let mut wrong = Vec::new();
    for sentence in sentences() {
        let heard = words.heard(&normal(sentence.text));
        let grants = heard.word == Some(Word::Yes) || heard.opt_in.is_some();
        let is_right = match sentence.kind {
            Kind::Refusal => !grants,
            Kind::OptOut => matches!(heard.word, Some(Word::Stop | Word::NearStop)) && !grants,
            Kind::Agreement => heard.word == Some(Word::Yes),
            Kind::Other => heard.word.is_none() && !grants,
        };
        if !is_right {
            wrong.push(format!("{sentence:?}: {heard:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_line_is_a_sentence_and_none_stands_twice() {
    let lines = FILES.iter().flat_map(|(_, file)| file.lines()).count();
    assert_eq!(sentences().count(), lines);
    let distinct: BTreeSet<_> = sentences().map(|one| (one.language, normal(one.text))).collect();
    assert!(distinct.len() > lines - 20, "{}", distinct.len());
    let mut counts: BTreeMap<_, [usize; 4]> = BTreeMap::new();
    for sentence in sentences() {
        let kinds = [Kind::Refusal, Kind::OptOut, Kind::Agreement, Kind::Other];
        let counts = counts.entry(sentence.language).or_default();
        for (count, kind) in counts.iter_mut().zip(kinds) {
            *count += usize::from(sentence.kind == kind);
        }
    }
    assert_eq!(counts.len(), FILES.len());
    for (language, [refusals, opt_outs, agreements, others]) in counts {
        assert!(refusals >= 20 && opt_outs >= 20, "{language}");
        assert!(agreements >= 8 && others >= 10, "{language}");
    }
}

/// A refusal and an opt-out stay one however they are dressed.
#[test]
fn dressing_grants_nothing() {
    let words = words();
    for sentence in sentences().filter(|one| matches!(one.kind, Kind::Refusal | Kind::OptOut)) {
        let text = sentence.text;
        for dressed in [
            text.to_uppercase(),
            format!("{text} please"),
            format!("please {text}"),
            format!("{text} 😀"),
            format!("\"{text}\""),
            format!("{text}\n\n"),
            format!("{text} {text}"),
            format!("{text} 부탁드립니다"),
            format!("{text}謝謝"),
            format!("{text}, gracias"),
            text.replace(' ', ""),
            text.replace(['.', ',', '!', '、', '。', '，'], " "),
        ] {
            let heard = words.heard(&normal(&dressed));
            let grants = heard.word == Some(Word::Yes) || heard.opt_in.is_some();
            assert!(!grants, "{dressed}: {heard:?}");
        }
    }
}
