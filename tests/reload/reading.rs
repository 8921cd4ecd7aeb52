//! What would be lost: a customer answered by half of one generation and half of another, because a
//! folder was swapped while it was read.

use crate::{generation, saves};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use usherd::files::{self, FilesError};

/// The generation a file says it is of.
fn mark(sources: &usherd::rules::Sources, name: &str) -> String {
    let text = String::from_utf8(sources.files[name].to_vec()).unwrap();
    let at = text.find("mark-").unwrap();
    text[at..].split('\n').next().unwrap().to_owned()
}

fn marked(g: u64) -> Vec<(String, String)> {
    (0..30).map(|n| (format!("f{n:02}.toml"), format!("# mark-{g}\n"))).collect()
}

#[test]
fn a_folder_swapped_without_a_pause_is_never_read_mixed() {
    let dir = tempfile::tempdir().unwrap();
    saves::config_map(dir.path(), 0, &marked(0));
    let (done, swaps) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut read = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let g = swaps.fetch_add(1, Ordering::SeqCst) + 1;
                saves::publish(dir.path(), g, &marked(g));
            }
        });
        let mut tries = 0;
        // Until there was enough of both; a busy machine swaps seldom.
        let enough = |read| read >= 100 && swaps.load(Ordering::SeqCst) > 20;
        while !enough(read) && tries < 1_000_000 {
            tries += 1;
            // Swapped faster than it can be read, it is no rest to be had: an error, no mixture.
            let Ok(sources) = files::read(dir.path()) else { continue };
            read += 1;
            let first = mark(&sources, "f00.toml");
            for name in sources.files.keys() {
                assert_eq!(mark(&sources, name), first, "{name}");
            }
        }
        done.store(true, Ordering::SeqCst);
    });
    let swaps = swaps.load(Ordering::SeqCst);
    assert!(read >= 100 && swaps > 20, "{read} readings in {swaps} swaps prove nothing");
}

/// Puts something into a rules folder.
type Put = fn(&Path);

#[test]
fn nothing_in_a_folder_makes_the_reader_wait_for_ever() {
    let put: &[(&str, Put)] = &[
        ("a pipe", |dir| {
            let pipe = dir.join("x.toml");
            assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        }),
        ("a link to a pipe", |dir| {
            let pipe = dir.join(".pipe");
            assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
            symlink(".pipe", dir.join("x.toml")).unwrap();
        }),
        ("a file nobody may read", |dir| {
            let path = dir.join("x.toml");
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
            if fs::read(&path).is_ok() {
                // Root may read it: then one that even root may not.
                saves::symlink_over("nothing", &path);
            }
        }),
        ("a device", |dir| symlink("/dev/zero", dir.join("x.toml")).unwrap()),
        ("a folder", |dir| fs::create_dir(dir.join("x.toml")).unwrap()),
        ("a link to itself", |dir| symlink("x.toml", dir.join("x.toml")).unwrap()),
        ("a link to nothing", |dir| symlink("nothing", dir.join("x.toml")).unwrap()),
        // Followed to their depth these would be 3^16 folders.
        ("folders within themselves", |dir| {
            for name in ["a", "b", "c"] {
                symlink(".", dir.join(name)).unwrap();
            }
        }),
        ("folders within each other", |dir| {
            for (one, other) in [("a", "b"), ("b", "a")] {
                fs::create_dir(dir.join(one)).unwrap();
                symlink(format!("../{other}"), dir.join(one).join("other")).unwrap();
            }
        }),
    ];
    for (what, put) in put {
        let dir = tempfile::tempdir().unwrap();
        saves::folder(dir.path(), &generation(1));
        put(dir.path());
        let error = files::read(dir.path()).expect_err(what);
        let named = error.path().starts_with(dir.path().to_str().unwrap());
        assert!(named, "{what}: `{}` is not named as people reach it", error.path());
    }
}

#[test]
fn folders_that_lead_to_many_folders_are_bounded() {
    let dir = tempfile::tempdir().unwrap();
    saves::folder(dir.path(), &generation(1));
    // Six steps of ten ways each: no loop, and a million folders.
    for step in 0..6 {
        let here = dir.path().join(format!(".s{step}"));
        fs::create_dir(&here).unwrap();
        for way in 0..10 {
            symlink(format!("../.s{}", step + 1), here.join(format!("w{way}"))).unwrap();
        }
    }
    fs::create_dir(dir.path().join(".s6")).unwrap();
    symlink(".s0", dir.path().join("many")).unwrap();
    assert!(matches!(files::read(dir.path()), Err(FilesError::TooManyEntries(_))));
}
