//! The last good rules, kept beside the store: what a restart falls back on where those of the
//! folder are broken.
//!
//! `DIR/REVISION/…` holds the files as they were, `DIR/current` the revision. A copy is written
//! beside the one before and made current by one rename, so there is a whole one at any moment;
//! then older ones are taken away.

use crate::files::{self, FilesError};
use crate::media;
use crate::rules::Sources;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The name within the data folder.
const FOLDER: &str = "rules.last-good";
/// Says which copy counts.
const CURRENT: &str = "current";
/// What is being written; no revision looks like it.
const NEW: &str = "new";
/// Hex digits of SHA-256.
const REVISION_DIGITS: usize = 64;

/// The folder of the last good rules.
#[derive(Debug, Clone)]
pub struct LastGood {
    data: PathBuf,
    dir: PathBuf,
}

/// Why the last good rules are of no use.
#[derive(Debug, thiserror::Error)]
pub enum LastGoodError {
    /// None were ever kept.
    #[error("no last good rules are kept under `{0}`")]
    None(String),
    /// They cannot be read.
    #[error("the last good rules cannot be read: {0}")]
    Unreadable(#[from] FilesError),
    /// Somebody changed them, or the disk did.
    #[error("the last good rules under `{0}` were changed since they were kept")]
    Damaged(String),
    /// They hold errors for this version of usher, or for this `usher.toml`.
    #[error("the last good rules under `{path}` do not compile any more: {errors}")]
    Rejected {
        /// The copy.
        path: String,
        /// The first of them, with its place.
        errors: String,
    },
}

impl LastGood {
    /// The last good rules of a data folder.
    #[must_use]
    pub fn of(data: &Path) -> LastGood {
        LastGood { data: data.to_owned(), dir: data.join(FOLDER) }
    }

    /// Where the copy of a revision is.
    pub(super) fn path(&self, revision: &str) -> PathBuf {
        self.dir.join(revision.get(..16).unwrap_or(revision))
    }

    /// The last good rules, whole and as they were kept.
    ///
    /// # Errors
    /// There are none, or they cannot be relied on.
    pub(super) fn load(&self) -> Result<(Sources, String), LastGoodError> {
        let revision = self.current();
        let revision = revision.ok_or_else(|| LastGoodError::None(shown(&self.dir)))?;
        let path = self.path(&revision);
        let sources = files::read(&path)?;
        if sources.revision() != revision {
            return Err(LastGoodError::Damaged(shown(&path)));
        }
        Ok((sources, revision))
    }

    /// Keeps these rules as the last good ones.
    ///
    /// # Errors
    /// They cannot be written; those before are still whole.
    pub(super) fn keep(&self, sources: &Sources, revision: &str) -> io::Result<()> {
        let path = self.path(revision);
        let before = self.current();
        if before.as_deref() == Some(revision) && path.is_dir() {
            return Ok(());
        }
        let new = self.dir.join(NEW);
        remove(&new)?;
        make_private_folder(&new)?;
        self.write(sources, &new, before.map(|revision| self.path(&revision)))?;
        remove(&path)?;
        fs::rename(&new, &path)?;
        sync(&self.dir)?;
        self.make_current(revision)?;
        self.prune(&path)
    }

    /// Writes every file durably; what did not change is linked to the copy before.
    fn write(&self, sources: &Sources, new: &Path, before: Option<PathBuf>) -> io::Result<()> {
        let old = before.as_deref().and_then(|path| files::read(path).ok()).unwrap_or_default();
        let mut folders = BTreeSet::from([new.to_owned()]);
        for (place, bytes) in &sources.files {
            let path = home(new, place, &mut folders)?;
            let same = before.as_ref().filter(|_| old.files.get(place) == Some(bytes));
            let linked = same.is_some_and(|old| fs::hard_link(old.join(place), &path).is_ok());
            if !linked {
                write_durably(&path, bytes)?;
            }
        }
        for (place, file) in &sources.media {
            let path = home(new, place, &mut folders)?;
            // They lie in the same data folder already.
            let kept = media::kept(&self.data, &file.sha256);
            fs::hard_link(&kept, &path).or_else(|_| fs::copy(&kept, &path).map(|_| ()))?;
        }
        folders.iter().try_for_each(|folder| sync(folder))
    }

    fn current(&self) -> Option<String> {
        let path = self.dir.join(CURRENT);
        // Anything larger is not ours.
        let small = fs::metadata(&path).is_ok_and(|about| about.is_file() && about.len() < 100);
        let text = small.then(|| fs::read_to_string(path).ok()).flatten()?;
        let revision = text.trim();
        let fits = revision.len() == REVISION_DIGITS
            && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| revision.to_owned())
    }

    fn make_current(&self, revision: &str) -> io::Result<()> {
        let new = self.dir.join("current.new");
        write_durably(&new, format!("{revision}\n").as_bytes())?;
        fs::rename(&new, self.dir.join(CURRENT))?;
        sync(&self.dir)
    }

    /// Takes every copy away but this one.
    fn prune(&self, keep: &Path) -> io::Result<()> {
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path != keep && path.is_dir() {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

/// Where a file goes; the folders that lead there are made, and noted.
fn home(new: &Path, place: &str, folders: &mut BTreeSet<PathBuf>) -> io::Result<PathBuf> {
    let path = new.join(place);
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != new) {
        folders.insert(folder.to_owned());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(path)
}

/// The data folder may be made here, before the store is: it is for the owner alone.
fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut maker = fs::DirBuilder::new();
    maker.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.create(folder)
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A rename or a new name is durable once its folder is.
fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Sources {
        Sources::default().with("a.toml", text).with("shop/b.toml", "same").with("words/w.txt", "x")
    }

    #[test]
    fn what_the_rules_send_is_kept_with_them() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, data) = (dir.path().join("rules"), dir.path().join("data"));
        fs::create_dir_all(folder.join("media/spring")).unwrap();
        fs::write(folder.join("a.toml"), "one").unwrap();
        fs::write(folder.join("media/spring/menu.jpg"), "picture").unwrap();
        let sources = files::read(&folder).unwrap();
        media::keep(&folder, &data, &sources.media).unwrap();
        let last_good = LastGood::of(&data);
        last_good.keep(&sources, &sources.revision()).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let (kept, revision) = last_good.load().unwrap();
        assert_eq!((&kept, revision), (&sources, sources.revision()));
        assert_eq!(kept.media.len(), 1);
    }

    fn copies(last_good: &LastGood) -> usize {
        let entries = fs::read_dir(&last_good.dir).unwrap();
        entries.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count()
    }

    #[test]
    fn the_newest_is_kept_and_only_that() {
        let dir = tempfile::tempdir().unwrap();
        let last_good = LastGood::of(dir.path());
        assert!(matches!(last_good.load(), Err(LastGoodError::None(_))));
        for text in ["one", "two", "two", "one"] {
            let sources = rules(text);
            last_good.keep(&sources, &sources.revision()).unwrap();
            assert_eq!(last_good.load().unwrap(), (sources.clone(), sources.revision()), "{text}");
            assert_eq!(copies(&last_good), 1);
        }
    }

    #[test]
    fn what_a_crash_left_half_written_does_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let last_good = LastGood::of(dir.path());
        let sources = rules("one");
        last_good.keep(&sources, &sources.revision()).unwrap();
        fs::create_dir_all(last_good.dir.join("new/deep")).unwrap();
        fs::write(last_good.dir.join("new/a.toml"), "hal").unwrap();
        let newer = rules("two");
        // Written whole, but not yet made current.
        fs::create_dir(last_good.path(&newer.revision())).unwrap();
        assert_eq!(last_good.load().unwrap().0, sources);
        last_good.keep(&newer, &newer.revision()).unwrap();
        assert_eq!(last_good.load().unwrap().0, newer);
        assert_eq!(copies(&last_good), 1);
    }

    #[test]
    fn a_copy_that_was_changed_is_not_relied_on() {
        let dir = tempfile::tempdir().unwrap();
        let last_good = LastGood::of(dir.path());
        let sources = rules("one");
        last_good.keep(&sources, &sources.revision()).unwrap();
        fs::write(last_good.path(&sources.revision()).join("a.toml"), "two").unwrap();
        assert!(matches!(last_good.load(), Err(LastGoodError::Damaged(_))));
    }
}
