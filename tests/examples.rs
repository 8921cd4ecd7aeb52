//! What is there to copy is without fault: no error and no warning, every example sentence answered,
//! every text in every language, and enough to learn from.
#![expect(clippy::unwrap_used, reason = "tests")]

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use usherd::decide;
use usherd::files;
use usherd::rules::diagnostic::render;
use usherd::rules::sources::MediaFile;
use usherd::rules::{Settings, Sources};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rules of a folder with what lies in its `media`.
fn sources(folder: &Path) -> Sources {
    let mut sources = files::read(folder).unwrap();
    for entry in fs::read_dir(folder.join("media")).into_iter().flatten() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("media/{}", path.file_name().unwrap().to_str().unwrap());
        sources.media.insert(name, MediaFile { sha256, bytes: bytes.len() as u64 });
    }
    sources
}

fn check(folder: &str, replies_min: usize, examples_min: usize) {
    let sources = sources(&root().join(folder));
    let checked = decide::check(&sources, &Settings::default());
    let text = |path: &str| String::from_utf8(sources.files.get(path)?.to_vec()).ok();
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
