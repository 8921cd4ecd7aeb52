//! `[greeting]` and `[[fallback]]`.

use super::bench::Bench;
use super::say::Speaker;
use super::{MISSES_MAX, bounded};
use crate::model::RuleId;
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::FallbackDraft;
use crate::rules::problems::At;
use crate::rules::ruleset::{Fallback, Greeting};
use std::collections::BTreeMap;

/// The greeting; a second one is reported.
pub fn greeting(bench: &mut Bench<'_>) -> Option<Greeting> {
    let draft = bench.draft;
    let (first, others) = draft.greetings.split_first()?;
    for other in others {
        let found = Diagnostic::new(&codes::DUPLICATE, "`[greeting]` is given twice")
            .at(bench.place(other.sheet, &other.header, "the second time"))
            .at(bench.place(first.sheet, &first.header, "the first time"))
            .help("join the two: a new contact gets one greeting");
        bench.problems.add(found);
    }
    for greeting in &draft.greetings {
        bench.says_something("greeting", greeting.sheet, &greeting.header, &greeting.speech);
    }
    let says = bench.says(speaker(first.sheet), &first.speech);
    for other in others {
        let _ = bench.says(speaker(other.sheet), &other.speech);
    }
    Some(Greeting { says })
}

/// The fallbacks by `misses`; two with the same are reported.
pub fn fallbacks(bench: &mut Bench<'_>) -> Vec<Fallback> {
    let draft = bench.draft;
    let mut by_misses: BTreeMap<u32, Fallback> = BTreeMap::new();
    let mut places: BTreeMap<u32, &FallbackDraft> = BTreeMap::new();
    for fallback in &draft.fallbacks {
        bench.says_something("fallback", fallback.sheet, &fallback.header, &fallback.speech);
        let compiled = compile(bench, fallback);
        let Some(misses) = &fallback.misses else { continue };
        if let Some(first) = places.get(&compiled.misses) {
            let message = format!("two fallbacks with `misses = {}`", compiled.misses);
            let first = bench.place(first.sheet, &first.header, "the first");
            let found = Diagnostic::new(&codes::DUPLICATE, message)
                .at(bench.place(fallback.sheet, &misses.span, "the second"))
                .at(first)
                .help("give each its own number of misses");
            bench.problems.add(found);
            continue;
        }
        places.insert(compiled.misses, fallback);
        by_misses.insert(compiled.misses, compiled);
    }
    by_misses.into_values().collect()
}

fn compile(bench: &mut Bench<'_>, draft: &FallbackDraft) -> Fallback {
    let misses = draft.misses.as_ref();
    let misses =
        misses.map_or(1, |misses| bounded(bench, draft.sheet, "misses", misses, MISSES_MAX));
    if let Some(go) = draft.speech.go.as_ref().filter(|go| is_marketing(bench, go)) {
        bench.marketing_here(draft.sheet, go, "`go` to a marketing rule");
    }
    Fallback {
        id: RuleId::from(format!("fallback.{misses}")),
        place: bench.rule_place(draft.sheet, draft.header.start),
        misses,
        speech: bench.speech(speaker(draft.sheet), &draft.speech),
        tags: bench.plain(draft.sheet, "tags", &draft.tags),
    }
}

fn is_marketing(bench: &Bench<'_>, go: &At<String>) -> bool {
    let rule = bench.declared.ids.get(&go.value).and_then(|at| bench.draft.replies.get(*at));
    let purpose = rule.and_then(|rule| rule.purpose.as_ref());
    purpose.is_some_and(|purpose| purpose.value == "marketing")
}

/// Nothing is taken from the message, and it is always live.
fn speaker(sheet: usize) -> Speaker<'static> {
    Speaker { sheet, matched: &[], live: true, reply: None, notice: None }
}
