//! What leads to the rule files: folders and links, as real paths. Knows nothing of their contents.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Links that lead to links; more is a loop (Linux' own bound).
const LINKS_IN_A_ROW_MAX: usize = 40;

/// The folders and single places whose change may change what is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ground {
    /// Folders of rule files: any entry in them matters.
    pub folders: BTreeSet<PathBuf>,
    /// The rules folder, every link on the way, what it leads to, and where something is missing:
    /// of the folder that holds it, only this entry matters.
    pub places: BTreeSet<PathBuf>,
}

impl Ground {
    /// The folders to be watched so that every change of the ground is heard of.
    #[must_use]
    pub fn watched(&self) -> BTreeSet<PathBuf> {
        let around = self.places.iter().filter_map(|place| place.parent().map(Path::to_owned));
        around.chain(self.folders.iter().cloned()).collect()
    }

    /// Whether a change at `path` may change what is read.
    #[must_use]
    pub fn concerns(&self, path: &Path) -> bool {
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let inside = path.parent().is_some_and(|parent| self.folders.contains(parent));
        self.places.contains(path) || self.folders.contains(path) || (inside && !hidden)
    }

    /// The real path of `path`; every link on the way is noted, and where the way ends if it does.
    pub(super) fn resolve(&mut self, path: &Path) -> io::Result<PathBuf> {
        let mut ahead: Vec<OsString> = parts(&std::path::absolute(path)?);
        let mut real = PathBuf::new();
        let mut links = 0;
        while let Some(part) = ahead.pop() {
            match Path::new(&part).components().next() {
                Some(Component::Normal(_)) => {}
                Some(Component::ParentDir) => {
                    real.pop();
                    continue;
                }
                Some(Component::RootDir) => {
                    real = PathBuf::from("/");
                    continue;
                }
                _ => continue,
            }
            let next = real.join(&part);
            let about = fs::symlink_metadata(&next);
            if !about.as_ref().is_ok_and(|about| about.is_dir() || about.is_file()) {
                self.places.insert(next.clone());
            }
            if about?.is_symlink() {
                links += 1;
                if links > LINKS_IN_A_ROW_MAX {
                    return Err(io::Error::other("the links lead round in a circle"));
                }
                ahead.extend(parts(&fs::read_link(&next)?));
            } else {
                real = next;
            }
        }
        self.places.insert(real.clone());
        Ok(real)
    }
}

/// The parts of a path, the first one last.
fn parts(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_link_on_the_way_is_ground() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        fs::create_dir_all(dir.join("v1/rules")).unwrap();
        symlink("v1", dir.join("current")).unwrap();
        symlink(dir.join("current/../current/rules"), dir.join("rules")).unwrap();
        let mut ground = Ground::default();
        assert_eq!(ground.resolve(&dir.join("rules")).unwrap(), dir.join("v1/rules"));
        let places = ["current", "rules", "v1/rules"].map(|place| dir.join(place));
        assert_eq!(ground.places, BTreeSet::from(places));
        assert_eq!(ground.watched(), BTreeSet::from([dir.clone(), dir.join("v1")]));
        assert!(ground.concerns(&dir.join("current")));
        assert!(!ground.concerns(&dir.join("usher.log")), "a neighbour");
    }

    #[test]
    fn a_way_that_ends_is_ground_up_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        symlink("b", dir.join("a")).unwrap();
        symlink("a", dir.join("b")).unwrap();
        let mut ground = Ground::default();
        assert!(ground.resolve(&dir.join("a")).is_err(), "a loop");
        assert!(ground.resolve(&dir.join("gone/deep")).is_err());
        assert!(ground.concerns(&dir.join("gone")), "it may come back");
        assert!(ground.concerns(&dir.join("a")));
    }

    #[test]
    fn of_a_rules_folder_all_matters_but_hidden_files() {
        let ground = Ground { folders: [PathBuf::from("/r")].into(), ..Ground::default() };
        for (path, concerns) in
            [("/r/a.toml", true), ("/r/.a.swp", false), ("/r", true), ("/s", false)]
        {
            assert_eq!(ground.concerns(Path::new(path)), concerns, "{path}");
        }
    }
}
