//! Where the demo keeps its conversations: a folder that was given, or one that passes.

use super::output::Failure;
use std::fs::File;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Where the demo keeps its conversations.
pub(super) struct Folder {
    /// Where.
    pub(super) path: PathBuf,
    /// The folder is ours and goes with us. Locked while we run, so that the next demo can tell a
    /// folder in use from one that a killed demo left behind.
    lock: Option<File>,
}

/// What the folders of passing demos are called, in the system's folder for such things.
const FOLDER_PREFIX: &str = "usher-demo-";

/// The file in it that is locked.
const LOCK_FILE: &str = "in-use";

impl Folder {
    /// Whether it goes with us.
    pub(super) fn passes(&self) -> bool {
        self.lock.is_some()
    }

    /// The folder that was given, else one for this run.
    pub(super) fn of(given: Option<&Path>) -> Result<Folder, Failure> {
        if let Some(path) = given {
            return Ok(Folder { path: path.to_owned(), lock: None });
        }
        let around = std::env::temp_dir();
        clear_left_behind(&around);
        let path = around.join(format!("{FOLDER_PREFIX}{}", Uuid::now_v7().simple()));
        let lock = locked(&path).map_err(|why| {
            let path = path.display();
            Failure::start(format!("`{path}` cannot be made ({why}); give a folder with `--data`"))
        })?;
        Ok(Folder { path, lock: Some(lock) })
    }
}

/// Makes the folder. It gets its name only once the lock is held: nobody sees it unlocked.
fn locked(path: &Path) -> std::io::Result<File> {
    let hidden = path.with_extension("new");
    std::fs::create_dir(&hidden)?;
    let lock = File::create_new(hidden.join(LOCK_FILE))?;
    lock.lock()?;
    std::fs::rename(&hidden, path)?;
    Ok(lock)
}

/// Removes the folders of demos that were killed. What cannot be removed stays: it may belong to
/// somebody else.
fn clear_left_behind(around: &Path) {
    for entry in std::fs::read_dir(around).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().and_then(|name| name.strip_prefix(FOLDER_PREFIX));
        let ours = ours.is_some_and(|id| Uuid::try_parse(id).is_ok());
        // Not through a link: `file_type` tells of the entry itself.
        if ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let lock = File::options().write(true).open(entry.path().join(LOCK_FILE));
            if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.lock.is_some() {
            // What is left of it is the system's to clear away.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_killed_demo_left_behind_is_cleared_away() {
        let around = tempfile::tempdir().unwrap();
        let named = |name: &str| around.path().join(format!("{FOLDER_PREFIX}{name}"));
        let id = || Uuid::now_v7().simple().to_string();
        let (used, left, other, bare) = (named(&id()), named(&id()), named("x"), named(&id()));
        let in_use = locked(&used).unwrap();
        drop(locked(&left).unwrap());
        drop(locked(&other).unwrap());
        std::fs::create_dir(&bare).unwrap();
        clear_left_behind(around.path());
        let there = [&used, &left, &other, &bare].map(|path| path.exists());
        assert_eq!(there, [true, false, true, true]);
        drop(in_use);
        clear_left_behind(around.path());
        assert!(!used.exists());
    }
}
