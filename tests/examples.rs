//! What is there to copy is without fault: no error and no warning, every example sentence answered,
//! every text in every language, and enough to learn from.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use usherd::decide;
use usherd::decide::check::try_examples;
use usherd::files;
use usherd::rules::diagnostic::render;
use usherd::rules::{Ruleset, Settings, Sources};
use usherd::stories::{coverage, play};

/// As many replies and examples at least, and every conversation of its tests comes out as it says;
/// every rule, case, form and fallback of it spoke somewhere.
fn check(folder: &str, replies_min: usize, examples_min: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let sources = files::read(&path).unwrap();
    let checked = decide::check(&sources, &Settings::default());
    let text = |file: &str| String::from_utf8(sources.files.get(file)?.to_vec()).ok();
    let found = render(&checked.diagnostics, &text, false);
    assert!(checked.diagnostics.is_empty(), "{folder}:\n{found}");
    let rules = checked.ruleset.unwrap();
    let replies = rules.replies.len();
    assert!(replies >= replies_min, "{folder}: {replies} replies");
    assert!(checked.examples >= examples_min, "{folder}: {} examples", checked.examples);
    covered(folder, &rules, &sources);
}

fn covered(folder: &str, rules: &Arc<Ruleset>, sources: &Sources) {
    let mut spoke: BTreeSet<_> =
        try_examples(rules, sources, 0..rules.replies.len()).parts.into_iter().collect();
    for story in &rules.tests {
        let played = play(rules, sources, story);
        assert!(played.failed.is_none(), "{folder}: {:#?}", played.failed);
        spoke.extend(played.parts);
    }
    let silent: BTreeSet<String> = coverage::items(rules, &spoke)
        .into_iter()
        .filter(|item| !item.covered)
        .map(|item| item.rule.to_string())
        .collect();
    assert!(silent.is_empty(), "{folder}: never spoke: {silent:?}");
}

#[test]
fn the_starter_rules() {
    check("rules", 18, 212);
}

#[test]
fn the_bakery() {
    check("examples/bakery/rules", 6, 30);
}

#[test]
fn the_clinic() {
    check("examples/clinic/rules", 30, 200);
}

#[test]
fn the_courses() {
    check("examples/courses/rules", 30, 200);
}
