//! The digest of a file: read as a stream, and remembered while the file stays as it is.

use super::{MediaError, unreadable};
use crate::limits;
use crate::rules::sources::MediaFile;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// What is known of files that did not change since. A memory of this process alone, so that a
/// folder with gigabytes of pictures can be looked at every few seconds: what it gives is what
/// reading the file would give.
static KNOWN: LazyLock<Mutex<HashMap<PathBuf, Known>>> = LazyLock::new(Mutex::default);

/// What is known of one file.
#[derive(Debug)]
struct Known {
    stamp: Stamp,
    /// When the file was first seen with that stamp.
    since: Instant,
    /// Its digest, once that can be relied on.
    file: Option<MediaFile>,
}

/// What changes when a file is written to or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: (u64, u64),
}

/// SHA-256, bit by bit.
#[derive(Debug, Default)]
pub struct Sha256Hex(Sha256);

impl Sha256Hex {
    /// Takes in some bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// 64 hex digits.
    #[must_use]
    pub fn hex(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Digest and size of a regular file of at most [`limits::DOCUMENT_BYTES_MAX`]. Links are followed.
/// A file that did not change for [`limits::MEDIA_RESTED`] before it was last read is not read
/// again. It blocks.
///
/// # Errors
/// It cannot be read, is no regular file, or is too large.
pub fn look(path: &Path) -> Result<MediaFile, MediaError> {
    look_at(path, Instant::now())
}

fn look_at(path: &Path, now: Instant) -> Result<MediaFile, MediaError> {
    let file = open(path)?;
    let before = Stamp::of(&file.metadata().map_err(|why| unreadable(path, why))?);
    if let Some(known) = remembered(path, before) {
        return Ok(known);
    }
    let mut digest = Sha256Hex::default();
    let bytes = pump(&file, path, |chunk| {
        digest.update(chunk);
        Ok(())
    })?;
    let found = MediaFile { sha256: digest.hex(), bytes };
    let after = Stamp::of(&file.metadata().map_err(|why| unreadable(path, why))?);
    if before == after {
        remember(path, after, found.clone(), now);
    }
    Ok(found)
}

/// Has a file read again when it is next asked for.
pub(super) fn forget(path: &Path) {
    known().remove(path);
}

/// Opens a regular file that is not too large. One that is none is not opened, for opening a device
/// may do something; and one that has become a pipe meanwhile is not waited for.
pub(super) fn open(path: &Path) -> Result<File, MediaError> {
    let shown = || path.display().to_string();
    let about = fs::metadata(path).map_err(|why| unreadable(path, why))?;
    if !about.is_file() {
        return Err(MediaError::Irregular(shown()));
    }
    if about.len() > limits::DOCUMENT_BYTES_MAX {
        return Err(MediaError::TooLarge(shown()));
    }
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path);
    file.map_err(|why| unreadable(path, why))
}

/// Gives the bytes of a file piece by piece, no further than the limit even while it grows; and
/// how many they were. An error of `take` is of what takes them.
pub(super) fn pump(
    mut file: &File,
    path: &Path,
    mut take: impl FnMut(&[u8]) -> Result<(), MediaError>,
) -> Result<u64, MediaError> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0_u64;
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(read) => read,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
            Err(why) => return Err(unreadable(path, why)),
        };
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if bytes > limits::DOCUMENT_BYTES_MAX {
            return Err(MediaError::TooLarge(path.display().to_string()));
        }
        take(chunk.get(..read).unwrap_or_default())?;
    }
}

impl Stamp {
    fn of(about: &Metadata) -> Stamp {
        Stamp {
            bytes: about.len(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
            inode: (about.dev(), about.ino()),
        }
    }
}

fn remembered(path: &Path, stamp: Stamp) -> Option<MediaFile> {
    let known = known();
    let of = known.get(path).filter(|of| of.stamp == stamp)?;
    of.file.clone()
}

/// File systems count time in steps: a write that follows another within one step leaves the stamp
/// as it is. So a digest counts only if the file was read when its stamp had stood for longer than
/// any step; by our own clock, for a file server's may differ.
fn remember(path: &Path, stamp: Stamp, file: MediaFile, read_at: Instant) {
    let mut known = known();
    let before = known.get(path).filter(|of| of.stamp == stamp);
    let since = before.map_or(read_at, |of| of.since);
    let rested = read_at.saturating_duration_since(since) >= limits::MEDIA_RESTED;
    // Folders come and go while a process lives; starting anew costs one reading.
    if known.len() >= 2 * limits::MEDIA_FILES_MAX {
        known.clear();
    }
    known.insert(path.to_owned(), Known { stamp, since, file: rested.then_some(file) });
}

fn known() -> MutexGuard<'static, HashMap<PathBuf, Known>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_digest_until_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        fs::write(&path, "abc").unwrap();
        let start = Instant::now();
        let first = look_at(&path, start).unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((first.sha256.as_str(), first.bytes), (abc, 3));
        assert_eq!(known()[&path].file, None, "it may be written to in this very moment");
        assert_eq!(look_at(&path, start + limits::MEDIA_RESTED).unwrap(), first);
        assert_eq!(known()[&path].file.as_ref(), Some(&first));
        // The same size, another inode, as editors save.
        fs::write(dir.path().join("b.txt"), "abd").unwrap();
        fs::rename(dir.path().join("b.txt"), &path).unwrap();
        assert_ne!(look(&path).unwrap().sha256, first.sha256);
    }

    #[test]
    fn a_write_that_leaves_the_stamp_as_it_was_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        fs::write(&path, "abc").unwrap();
        let start = Instant::now();
        let first = look_at(&path, start).unwrap();
        fs::write(&path, "abd").unwrap();
        // As if both writes fell into one step of the file system's clock.
        known().get_mut(&path).unwrap().stamp = Stamp::of(&fs::metadata(&path).unwrap());
        let second = look_at(&path, start + limits::MEDIA_RESTED / 2).unwrap();
        assert_ne!(second.sha256, first.sha256);
        assert_eq!(look_at(&path, start + limits::MEDIA_RESTED).unwrap(), second);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(look(dir.path()), Err(MediaError::Irregular(_))));
        assert!(matches!(look(&dir.path().join("no")), Err(MediaError::Unreadable { .. })));
        let large = File::create(dir.path().join("large.pdf")).unwrap();
        large.set_len(limits::DOCUMENT_BYTES_MAX + 1).unwrap();
        let refused = look(&dir.path().join("large.pdf"));
        assert!(matches!(refused, Err(MediaError::TooLarge(_))));
    }
}
