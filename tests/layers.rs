//! The shape of the house, held by reading its source: which room may import which, what the pure
//! rooms may not touch, and a few matters of taste. Every failure names `file:line`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support {
    pub mod source;
}

use regex::Regex;
use std::path::{Path, PathBuf};
use support::source::{Source, files_below};

/// From the bottom up. A room may import itself and rooms of lower layers, not its neighbours.
const LAYERS: &[&[&str]] = &[
    &["limits"],
    &["model"],
    &["text"],
    &["rules"],
    &["decide"],
    &["store"],
    &["media", "trial"],
    &["config", "files"],
    &["clock", "metrics"],
    &["turn"],
    &["whatsapp", "simulator", "stories"],
    &["outbox", "timers"],
    &["insight", "reload"],
    &["server"],
    &["cli"],
];

/// No I/O, no clock, no randomness, no tasks.
const PURE: &[&str] = &["limits", "model", "text", "rules", "decide"];

const IMPURE: &str = r"\b(std::(fs|net|env|process|thread|io)|tokio|reqwest|hyper|axum|redb|fastrand|SystemTime|now_v7|new_v4|Instant::now|Zoned::now|Timestamp::now|RandomState)\b|\bstd::time::[^;]*\bInstant\b";

const LINES_MAX: usize = 600;

#[test]
fn rooms_import_downwards_only() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for source in sources() {
        let Some(here) = layer(source.room()) else {
            // `lib.rs` is the map and `main.rs` the door: they may name any room.
            if !matches!(source.room(), "lib" | "main") {
                wrong.push(format!("{}:1: `{}` is in no layer", source.path, source.room()));
            }
            continue;
        };
        for (line, room) in source.rooms_named() {
            seen += 1;
            match layer(&room) {
                _ if room == source.room() => {}
                Some(there) if there < here => {}
                Some(_) => wrong.push(format!(
                    "{}:{line}: `{}` may not import `{room}`",
                    source.path,
                    source.room()
                )),
                None => wrong.push(format!("{}:{line}: `{room}` is in no layer", source.path)),
            }
        }
    }
    assert!(seen > 20, "the scan finds the imports there are: {seen}");
    assert_none(&wrong);
}

#[test]
fn pure_rooms_touch_nothing() {
    let impure = Regex::new(IMPURE).unwrap();
    let pure = sources().into_iter().filter(|source| PURE.contains(&source.room()));
    assert_none(&pure.flat_map(|source| source.lines_with(&impure)).collect::<Vec<_>>());
}

#[test]
fn nothing_panics_on_purpose_outside_tests() {
    let panics = r"\.unwrap\(\)|\.expect\(|\b(panic|unreachable|todo|unimplemented)!";
    let panics = Regex::new(panics).unwrap();
    let excused = Regex::new(r"clippy::(unwrap_used|expect_used|panic)\b").unwrap();
    let found = sources().into_iter().flat_map(|source| source.lines_without(&panics, &excused));
    assert_none(&found.collect::<Vec<_>>());
}

#[test]
fn files_are_short_and_say_what_lives_in_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{}:1: it does not open with `//!`", source.path));
        }
        let lines = source.text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{}:{lines}: longer than {LINES_MAX} lines", source.path));
        }
    }
    assert_none(&wrong);
}

#[test]
fn nothing_names_a_place_outside_the_project() {
    // In pieces, so that this file does not name them either.
    let places = [r"/wor", r"k\b|\.\./shar", r"ed\b|/ro", r"ot/|/home/[a-z]"].concat();
    let places = Regex::new(&places).unwrap();
    let mut wrong = Vec::new();
    for path in project_files() {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        for (line, content) in (1..).zip(text.lines()) {
            if places.is_match(content) {
                wrong.push(format!("{}:{line}: {}", path.display(), content.trim()));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn the_scanner_sees_code_and_nothing_else() {
    let text = r####"//! Opens.
use crate::model::{Event, State};
use crate::{limits, store::{Store, StoreError}};
// use crate::cli::Nothing;
/* use crate::cli; /* nested */ crate::cli */
fn f<'a>(x: &'a str) -> char { let _ = "crate::cli \" crate::cli"; let _ = r#"crate::"cli"#; '"' }
fn g() { super::text::normal("") }
#[cfg(test)]
mod tests {
    use crate::cli;
    fn h() { x.unwrap(); }
}
fn last() { crate::rules::compile() }
"####;
    let source = Source::new("src/turn.rs", text);
    let rooms = source.rooms_named();
    let expected = [(2, "model"), (3, "limits"), (3, "store"), (7, "text"), (13, "rules")];
    let expected = expected.map(|(line, room)| (line, room.to_owned()));
    assert_eq!(rooms, expected);
    assert_eq!(source.lines_with(&Regex::new("unwrap").unwrap()), Vec::<String>::new());
    let parent = Source::new("src/rules/mod.rs", "#[cfg(test)]\nmod tests;\nmod hours;");
    assert_eq!(parent.test_modules(), ["src/rules/tests.rs"]);
    let parent = Source::new("src/rules.rs", "#[cfg(test)]\npub(crate) mod tests;");
    assert_eq!(parent.test_modules(), ["src/rules/tests.rs"]);
    let deep = Source::new("src/rules/matcher/mod.rs", "use super::super::model;\nuse super::x;");
    assert_eq!(deep.rooms_named(), [(1, "model".to_owned())]);
}

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of `src` but those that are compiled for tests only.
fn sources() -> Vec<Source> {
    let files = files_below(&root().join("src"));
    let rust = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let sources: Vec<Source> = rust
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root()).unwrap();
            Source::new(&path.to_string_lossy().replace('\\', "/"), &text)
        })
        .collect();
    assert!(!sources.is_empty());
    let tests: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    sources.into_iter().filter(|source| !tests.contains(&source.path)).collect()
}

/// Everything that belongs to the project, relative to its root.
fn project_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Built, kept by git, or made by a run: not ours to judge.
        if matches!(name.as_str(), "target" | ".git" | "data") {
            continue;
        }
        files.extend(if path.is_dir() { files_below(&path) } else { vec![path] });
    }
    files.into_iter().map(|path| path.strip_prefix(root()).unwrap().to_owned()).collect()
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} found:\n{}", wrong.len(), wrong.join("\n"));
}
