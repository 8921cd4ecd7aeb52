//! Which rule files there are, and the real path of each: names only, no bytes.

use super::ground::Ground;
use super::{FilesError, belongs, unreadable};
use crate::limits;
use crate::media;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders inside folders.
const FOLDER_DEPTH_MAX: usize = 16;

/// The real path of every file that counts, by its path within the rules folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// Rule files.
    pub(super) rules: BTreeMap<String, PathBuf>,
    /// Files that may be sent.
    pub(super) media: BTreeMap<String, PathBuf>,
}

/// Lists the rule files under `dir`; the ground as far as the walk came.
pub(super) fn list(dir: &Path) -> (Result<Listing, FilesError>, Ground) {
    let mut walk = Walk {
        root: dir,
        files: Listing::default(),
        ground: Ground::default(),
        above: Vec::new(),
        entries: 0,
    };
    let walked = match walk.ground.resolve(dir) {
        Ok(real) => walk.folder(real, dir, ""),
        Err(why) => Err(unreadable(dir, why)),
    };
    (walked.map(|()| walk.files), walk.ground)
}

struct Walk<'p> {
    root: &'p Path,
    files: Listing,
    ground: Ground,
    /// The real paths of the folders that are being walked, from the root down.
    above: Vec<PathBuf>,
    entries: usize,
}

impl Walk<'_> {
    /// Walks a folder by its real path; `shown` is how people reach it.
    fn folder(&mut self, real: PathBuf, shown: &Path, prefix: &str) -> Result<(), FilesError> {
        // A folder inside itself would be walked for ever, or by two loops 2^16 times.
        if self.above.len() > FOLDER_DEPTH_MAX || self.above.contains(&real) {
            return Err(FilesError::TooDeep(self.root_shown()));
        }
        self.ground.folders.insert(real.clone());
        let entries = self.entries(&real, shown)?;
        self.above.push(real.clone());
        for (name, about) in entries {
            self.entry(&real.join(&name), &shown.join(&name), &format!("{prefix}{name}"), about)?;
        }
        self.above.pop();
        Ok(())
    }

    fn entry(
        &mut self,
        path: &Path,
        shown: &Path,
        place: &str,
        kind: fs::FileType,
    ) -> Result<(), FilesError> {
        let (real, is_dir) = if kind.is_symlink() {
            let real = self.ground.resolve(path).map_err(|why| unreadable(shown, why))?;
            let about = fs::metadata(&real).map_err(|why| unreadable(shown, why))?;
            (real, about.is_dir())
        } else {
            (path.to_owned(), kind.is_dir())
        };
        match (is_dir, belongs(place)) {
            (true, false) => self.folder(real, shown, &format!("{place}/")),
            (true, true) => Err(FilesError::Irregular(shown.display().to_string())),
            (false, true) if self.files.rules.len() >= limits::RULE_FILES_MAX => {
                Err(FilesError::TooMany(self.root_shown()))
            }
            (false, true) => {
                self.files.rules.insert(place.to_owned(), real);
                Ok(())
            }
            (false, false) if media::is_media(place) => self.medium(place, real),
            (false, false) => Ok(()),
        }
    }

    fn medium(&mut self, place: &str, real: PathBuf) -> Result<(), FilesError> {
        if self.files.media.len() >= limits::MEDIA_FILES_MAX {
            return Err(FilesError::TooManyMedia(self.root_shown()));
        }
        self.files.media.insert(place.to_owned(), real);
        Ok(())
    }

    /// The entries of a folder that are not hidden, by name.
    fn entries(
        &mut self,
        real: &Path,
        shown: &Path,
    ) -> Result<Vec<(String, fs::FileType)>, FilesError> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(real).map_err(|why| unreadable(shown, why))? {
            let entry = entry.map_err(|why| unreadable(shown, why))?;
            self.entries += 1;
            if self.entries > limits::RULE_FOLDER_ENTRIES_MAX {
                return Err(FilesError::TooManyEntries(self.root_shown()));
            }
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = shown.join(&name);
            let name = name.into_string();
            let name = name.map_err(|_| FilesError::Name(path.display().to_string()))?;
            let kind = entry.file_type().map_err(|why| unreadable(&path, why))?;
            entries.push((name, kind));
        }
        entries.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(entries)
    }

    fn root_shown(&self) -> String {
        self.root.display().to_string()
    }
}
