//! Copies of what the rules send, by digest; and what is taken away of them when.

use super::digest::{self, Sha256Hex};
use super::write::into_place;
use super::{MediaError, folder, kept, unreadable, unwritable};
use crate::limits;
use crate::model::Timestamp;
use crate::rules::sources::MediaFile;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// Stands beside a kept file from when no rules were found to use it.
const UNUSED: &str = "unused";

/// Copies every file the rules may send to `data/media/SHA-256`; to be called before they become
/// active. What is there already is left as it is. Gives how many were copied. It blocks.
///
/// # Errors
/// A file cannot be read or no longer has the bytes that were read with the rules, or the data
/// folder does not take it: the rules must not become active.
pub fn keep(
    rules: &Path,
    data: &Path,
    media: &BTreeMap<String, MediaFile>,
) -> Result<usize, MediaError> {
    if media.is_empty() {
        return Ok(0);
    }
    let folder = folder(data);
    make_private(&folder).map_err(|why| unwritable(&folder, why))?;
    let mut copied = 0;
    for (place, MediaFile { sha256, .. }) in media {
        let path = kept(data, sha256);
        if !path.is_file() {
            copy(&rules.join(place), &path, sha256)?;
            copied += 1;
        }
    }
    Ok(copied)
}

/// The data folder may be made here, before the store is: it is for the owner alone.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut maker = fs::DirBuilder::new();
    maker.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.create(folder)
}

/// Takes away kept files that no rules have used for [`limits::MEDIA_UNUSED_FOR`]. How long that
/// is, is counted from when a sweep first finds them unused, so jobs of rules just replaced find
/// theirs. Gives how many went. It blocks.
///
/// # Errors
/// The folder cannot be read or written.
pub fn sweep(
    data: &Path,
    media: &BTreeMap<String, MediaFile>,
    now: Timestamp,
) -> Result<usize, MediaError> {
    let folder = folder(data);
    let entries = match fs::read_dir(&folder) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(|why| unreadable(&folder, why))?,
    };
    let used: BTreeSet<&str> = media.values().map(|file| file.sha256.as_str()).collect();
    let mut gone = 0;
    for entry in entries {
        let entry = entry.map_err(|why| unreadable(&folder, why))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_digest(&name) && look_after(&entry.path(), used.contains(name.as_str()), now)? {
            gone += 1;
        }
    }
    Ok(gone)
}

fn copy(from: &Path, to: &Path, sha256: &str) -> Result<(), MediaError> {
    let source = digest::open(from)?;
    let mut found = Sha256Hex::default();
    into_place(to, |file, beside| {
        digest::pump(&source, from, |chunk| {
            found.update(chunk);
            file.write_all(chunk).map_err(|why| unwritable(beside, why))
        })?;
        if found.hex() == sha256 {
            return Ok(());
        }
        digest::forget(from);
        Err(MediaError::Changed(from.display().to_string()))
    })
}

/// Marks, unmarks or removes a kept file; whether it was removed.
fn look_after(path: &Path, used: bool, now: Timestamp) -> Result<bool, MediaError> {
    let mark = path.with_extension(UNUSED);
    match (used, unused_since(&mark)) {
        (true, Some(_)) => remove(&mark).map(|()| false),
        (true, None) => Ok(false),
        (false, None) => {
            fs::write(&mark, "").map_err(|why| unwritable(&mark, why))?;
            Ok(false)
        }
        (false, Some(since)) if now.since(since) >= limits::MEDIA_UNUSED_FOR => {
            remove(path)?;
            remove(&mark)?;
            Ok(true)
        }
        (false, Some(_)) => Ok(false),
    }
}

fn unused_since(mark: &Path) -> Option<Timestamp> {
    let modified = fs::metadata(mark).and_then(|about| about.modified()).ok()?;
    let since: Duration = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some(Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}

fn remove(path: &Path) -> Result<(), MediaError> {
    fs::remove_file(path).map_err(|why| unwritable(path, why))
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
