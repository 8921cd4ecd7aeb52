//! `docs/reliability.md` names tests: each is there, where it says.

use regex::Regex;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_test_that_a_promise_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/reliability.md")).unwrap();
    let named = Regex::new(r"`([a-z0-9_]+)` in `((?:tests|src)/[a-z_/]+\.rs)`").unwrap();
    let mut count = 0;
    for found in named.captures_iter(&page) {
        let (test, file) = (&found[1], &found[2]);
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("no {file}"));
        assert!(text.contains(&format!("fn {test}(")), "no `{test}` in {file}");
        count += 1;
    }
    assert!(count > 20, "{count} tests are named");
    let promise = |row: &&str| row.starts_with("| **");
    for row in page.lines().filter(promise) {
        assert!(named.is_match(row), "a promise without a test: {row}");
    }
}

#[test]
fn every_long_run_is_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/reliability.md")).unwrap();
    let runs = std::fs::read_dir(root.join(".ci/soak")).unwrap();
    let name = |run: std::io::Result<std::fs::DirEntry>| run.unwrap().file_name();
    let runs: BTreeSet<String> = runs.map(|run| name(run).into_string().unwrap()).collect();
    let told = Regex::new(r"`\.ci/soak/([a-z]+)`").unwrap();
    let told: BTreeSet<String> = told.captures_iter(&page).map(|one| one[1].to_owned()).collect();
    assert_eq!(told, runs);
}
