//! What is there to copy is without fault: no error and no warning, every example sentence answered,
//! every text in every language, and enough to learn from.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use usherd::decide;
use usherd::files;
use usherd::rules::Settings;
use usherd::rules::diagnostic::render;

fn check(folder: &str, replies_min: usize, examples_min: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let sources = files::read(&path).unwrap();
    let checked = decide::check(&sources, &Settings::default());
    let text = |file: &str| String::from_utf8(sources.files.get(file)?.to_vec()).ok();
    let found = render(&checked.diagnostics, &text, false);
    assert!(checked.diagnostics.is_empty(), "{folder}:\n{found}");
    let replies = checked.ruleset.unwrap().replies.len();
    assert!(replies >= replies_min, "{folder}: {replies} replies");
    assert!(checked.examples >= examples_min, "{folder}: {} examples", checked.examples);
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
