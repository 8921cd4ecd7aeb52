//! How programs put files in place: the system calls of editors, kubelet and people, one by one.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A way to save a file that was there before.
pub type Save = fn(&Path, &str);

/// Every way, by name.
pub const SAVES: &[(&str, Save)] = &[
    ("in place, in two chunks", in_place_in_two_chunks),
    ("a hidden file renamed over it", hidden_renamed_over),
    ("a file beside it renamed over it", beside_renamed_over),
    ("vim, backupcopy=yes", vim_in_place),
    ("vim, backupcopy=no", vim_by_renaming),
];

/// `echo … > file` of a slow program: truncated, then written bit by bit.
pub fn in_place_in_two_chunks(path: &Path, text: &str) {
    let mut file = File::options().write(true).truncate(true).open(path).unwrap();
    let (first, second) = text.split_at(text.len() / 2);
    file.write_all(first.as_bytes()).unwrap();
    file.write_all(second.as_bytes()).unwrap();
}

fn hidden_renamed_over(path: &Path, text: &str) {
    let hidden = path.with_file_name(format!(".{}.x1y2", name(path)));
    fs::write(&hidden, text).unwrap();
    fs::rename(&hidden, path).unwrap();
}

fn beside_renamed_over(path: &Path, text: &str) {
    let beside = path.with_file_name(format!("{}.tmp.4711", name(path)));
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}

/// A swap file, a backup copy, then the file itself is truncated and written.
fn vim_in_place(path: &Path, text: &str) {
    let swap = vim_begins(path);
    fs::copy(path, backup(path)).unwrap();
    in_place_in_two_chunks(path, text);
    fs::remove_file(backup(path)).unwrap();
    fs::remove_file(swap).unwrap();
}

/// The file itself becomes the backup, and a new one is written under its name.
fn vim_by_renaming(path: &Path, text: &str) {
    let swap = vim_begins(path);
    fs::rename(path, backup(path)).unwrap();
    fs::write(path, text).unwrap();
    fs::remove_file(backup(path)).unwrap();
    fs::remove_file(swap).unwrap();
}

/// Its swap file, and its trial of whether the folder may be written.
fn vim_begins(path: &Path) -> PathBuf {
    let swap = path.with_file_name(format!(".{}.swp", name(path)));
    fs::write(&swap, "b0VIM").unwrap();
    let trial = path.with_file_name("4913");
    fs::write(&trial, "").unwrap();
    fs::remove_file(trial).unwrap();
    swap
}

fn backup(path: &Path) -> PathBuf {
    path.with_file_name(format!("{}~", name(path)))
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Writes a whole new folder.
pub fn folder(dir: &Path, files: &[(String, String)]) {
    fs::create_dir_all(dir).unwrap();
    for (name, text) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// A folder as kubelet lays out a ConfigMap: each file is a link through `..data`.
pub fn config_map(dir: &Path, generation: u64, files: &[(String, String)]) {
    fs::create_dir_all(dir).unwrap();
    publish(dir, generation, files);
    for (name, _) in files {
        symlink(format!("..data/{name}"), dir.join(name)).unwrap();
    }
}

/// As kubelet changes a ConfigMap: a new folder, `..data` renamed over, the old folder removed.
pub fn publish(dir: &Path, generation: u64, files: &[(String, String)]) {
    let new = format!("..2026_{generation}");
    let old = fs::read_link(dir.join("..data")).ok();
    folder(&dir.join(&new), files);
    symlink_over(&new, &dir.join("..data"));
    if let Some(old) = old {
        fs::remove_dir_all(dir.join(old)).unwrap();
    }
}

/// A link that leads elsewhere from one moment to the next.
pub fn symlink_over(target: impl AsRef<Path>, link: &Path) {
    let new = link.with_file_name(format!("{}_tmp", name(link)));
    symlink(target, &new).unwrap();
    fs::rename(new, link).unwrap();
}

/// A file as `cp -p` brings it back: with its time of long ago.
pub fn with_old_time(path: &Path, text: &str) {
    let old = path.with_file_name(".restored");
    fs::write(&old, text).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().write(true).open(&old).unwrap().set_modified(long_ago).unwrap();
    fs::rename(old, path).unwrap();
}
