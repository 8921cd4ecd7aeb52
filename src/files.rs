//! Reads a rules folder from disk into [`Sources`]: the edge where rule files become bytes.
//!
//! Lives here: which files belong to a rule set, the bounds on them, and that what is read is of
//! one moment ([`snapshot`]). May not live here: what stands in them.

mod ground;
mod listing;

pub use ground::Ground;

use crate::limits;
use crate::media::{self, MediaError};
use crate::rules::Sources;
use listing::Listing;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

/// How often a folder is read anew that changed while it was read.
const READINGS_MAX: usize = 8;

/// The file that belongs to ops and holds no rules.
pub const CONFIG_FILE: &str = "usher.toml";

/// Why a rules folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The operating system refused.
    #[error("`{path}` cannot be read: {why}")]
    Unreadable {
        /// Which file or folder.
        path: String,
        /// Its words.
        why: std::io::Error,
    },
    /// A rule file that is a folder, a pipe, a socket or a device.
    #[error("`{0}` is no regular file")]
    Irregular(String),
    /// A path that is no text.
    #[error("the name of `{0}` is not UTF-8")]
    Name(String),
    /// Over [`limits::RULE_FILE_BYTES_MAX`].
    #[error("`{0}` is over {mib} MiB", mib = limits::RULE_FILE_BYTES_MAX >> 20)]
    FileTooLarge(String),
    /// Over [`limits::RULE_SET_BYTES_MAX`].
    #[error("the rules under `{0}` are over {mib} MiB", mib = limits::RULE_SET_BYTES_MAX >> 20)]
    SetTooLarge(String),
    /// Over [`limits::RULE_FILES_MAX`].
    #[error("there are more than {most} rule files under `{0}`", most = limits::RULE_FILES_MAX)]
    TooMany(String),
    /// Over [`limits::RULE_FOLDER_ENTRIES_MAX`].
    #[error(
        "there are more than {most} files and folders under `{0}`; is it the rules folder?",
        most = limits::RULE_FOLDER_ENTRIES_MAX
    )]
    TooManyEntries(String),
    /// Over [`limits::MEDIA_FILES_MAX`].
    #[error("there are more than {most} media files under `{0}`", most = limits::MEDIA_FILES_MAX)]
    TooManyMedia(String),
    /// A file under `media/` that cannot be sent.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// Links that lead round in a circle, or very deep folders.
    #[error("the folders under `{0}` lie too deep; is one a link to its parent?")]
    TooDeep(String),
    /// Nothing to read.
    #[error("there are no rule files (`*.toml`) under `{0}`")]
    Empty(String),
    /// Somebody writes there all the time.
    #[error("the files under `{0}` keep changing while they are read")]
    Restless(String),
}

impl FilesError {
    /// The file or folder that is at fault.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            FilesError::Unreadable { path, .. } => path,
            FilesError::Media(error) => error.path(),
            FilesError::Irregular(path)
            | FilesError::Name(path)
            | FilesError::FileTooLarge(path)
            | FilesError::SetTooLarge(path)
            | FilesError::TooMany(path)
            | FilesError::TooManyMedia(path)
            | FilesError::TooManyEntries(path)
            | FilesError::TooDeep(path)
            | FilesError::Empty(path)
            | FilesError::Restless(path) => path,
        }
    }
}

/// What lay in a rules folder at one moment, and where that is.
#[derive(Debug)]
pub struct Snapshot {
    /// The files, or why they cannot be read.
    pub sources: Result<Sources, FilesError>,
    /// What leads there: whoever watches it hears of a change. Known as far as the reading came.
    pub ground: Ground,
}

/// Reads the rule files under a folder: `*.toml` and `*.rhai` anywhere, `words/*.txt`; of the other
/// files under `media/`, which may be sent, the digests alone. Names that begin with a dot are left
/// out (editors' and kubelet's), and `usher.toml`. Links are followed.
///
/// # Errors
/// The first file or folder that cannot be read or exceeds a limit; or there is no rule file.
pub fn read(dir: &Path) -> Result<Sources, FilesError> {
    snapshot(dir).sources
}

/// As [`read`], and where the files lay. Every file is resolved to its real path, read there, and
/// resolved again: as long as a link leads elsewhere in between, all is read anew, so that no two
/// files are of two generations.
#[must_use]
pub fn snapshot(dir: &Path) -> Snapshot {
    let mut before: Option<String> = None;
    let mut last = Snapshot {
        sources: Err(FilesError::Restless(dir.display().to_string())),
        ground: Ground::default(),
    };
    for _ in 0..READINGS_MAX {
        let (listing, ground) = listing::list(dir);
        let read = listing.and_then(|listing| {
            let read = bytes(dir, &listing);
            // An error, too, counts only if nothing moved meanwhile.
            let (again, _) = listing::list(dir);
            (again.ok().as_ref() == Some(&listing)).then_some(read).transpose()
        });
        last.ground = ground;
        match read {
            Ok(Some(sources)) => return Snapshot { sources: Ok(sources), ..last },
            Ok(None) => {}
            Err(error) => {
                let same = before.replace(error.to_string()) == Some(error.to_string());
                last.sources = Err(error);
                if same {
                    return last;
                }
            }
        }
    }
    last
}

/// Reads one rule file as a whole rule set.
///
/// # Errors
/// It cannot be read or is too large.
pub fn read_one(path: &Path) -> Result<Sources, FilesError> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| FilesError::Name(path.display().to_string()))?;
    let bytes = bounded(path, path)?;
    let files = BTreeMap::from([(name.to_owned(), Arc::from(bytes))]);
    Ok(Sources { files, ..Sources::default() })
}

/// The files of a listing, each from its real path.
fn bytes(dir: &Path, listing: &Listing) -> Result<Sources, FilesError> {
    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let mut total = 0_usize;
    for (place, path) in &listing.rules {
        let bytes = bounded(path, &dir.join(place))?;
        total = total.saturating_add(bytes.len());
        if total > limits::RULE_SET_BYTES_MAX {
            return Err(FilesError::SetTooLarge(dir.display().to_string()));
        }
        files.insert(place.clone(), bytes.into());
    }
    let media = listing.media.iter().map(|(place, path)| Ok((place.clone(), media::look(path)?)));
    let media = media.collect::<Result<BTreeMap<_, _>, MediaError>>()?;
    if !files.keys().any(|path| path.ends_with(".toml")) {
        return Err(FilesError::Empty(dir.display().to_string()));
    }
    Ok(Sources { files, media })
}

/// Whether a file, by its path within the rules folder, is part of a rule set.
fn belongs(place: &str) -> bool {
    let words = place.starts_with("words/") && place.ends_with(".txt");
    place != CONFIG_FILE && (place.ends_with(".toml") || place.ends_with(".rhai") || words)
}

/// The bytes of a regular file, read no further than its limit even while it grows; `shown` is how
/// people reach it.
fn bounded(path: &Path, shown: &Path) -> Result<Vec<u8>, FilesError> {
    let refused = |why| unreadable(shown, why);
    let irregular = || FilesError::Irregular(shown.display().to_string());
    // Looked at before it is opened, for opening a device may do something.
    if !fs::metadata(path).map_err(refused)?.is_file() {
        return Err(irregular());
    }
    // And after: what has become a pipe meanwhile would wait for a writer for ever.
    let file = fs::File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path);
    let file = file.map_err(refused)?;
    if !file.metadata().map_err(refused)?.is_file() {
        return Err(irregular());
    }
    let most = u64::try_from(limits::RULE_FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() > limits::RULE_FILE_BYTES_MAX {
        return Err(FilesError::FileTooLarge(shown.display().to_string()));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, why: std::io::Error) -> FilesError {
    FilesError::Unreadable { path: path.display().to_string(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rule_files_are_read() {
        let dir = tempfile::tempdir().unwrap();
        for place in [
            "a.toml",
            "usher.toml",
            "README.md",
            ".hidden.toml",
            "shop/b.toml",
            "shop/f.rhai",
            "words/list.txt",
            "notes.txt",
            ".git/c.toml",
            "shop/usher.toml",
            "media/menu.jpg",
            "media/spring/menu.jpg",
            "media/.DS_Store",
            "media/more.toml",
            "shop/media/other.jpg",
        ] {
            let path = dir.path().join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, place).unwrap();
        }
        let sources = read(dir.path()).unwrap();
        let places: Vec<&str> = sources.files.keys().map(String::as_str).collect();
        assert_eq!(
            places,
            [
                "a.toml",
                "media/more.toml",
                "shop/b.toml",
                "shop/f.rhai",
                "shop/usher.toml",
                "words/list.txt"
            ]
        );
        let media: Vec<(&str, u64)> =
            sources.media.iter().map(|(place, file)| (place.as_str(), file.bytes)).collect();
        assert_eq!(media, [("media/menu.jpg", 14), ("media/spring/menu.jpg", 21)]);
    }

    #[test]
    fn what_cannot_be_rules_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read(dir.path()), Err(FilesError::Empty(_))));
        assert!(matches!(read(&dir.path().join("no")), Err(FilesError::Unreadable { .. })));
        std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
        assert!(matches!(read(dir.path()), Err(FilesError::TooDeep(_))));
        fs::remove_file(dir.path().join("loop")).unwrap();
        fs::create_dir(dir.path().join("media")).unwrap();
        let film = fs::File::create(dir.path().join("media/film.mp4")).unwrap();
        film.set_len(limits::DOCUMENT_BYTES_MAX + 1).unwrap();
        assert!(matches!(read(dir.path()), Err(FilesError::Media(MediaError::TooLarge(_)))));
        fs::remove_dir_all(dir.path().join("media")).unwrap();
        let large = vec![b'#'; limits::RULE_FILE_BYTES_MAX + 1];
        fs::write(dir.path().join("large.toml"), large).unwrap();
        assert!(matches!(read(dir.path()), Err(FilesError::FileTooLarge(_))));
    }

    #[test]
    fn a_socket_named_like_a_rule_file_is_no_rule_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        let _socket = std::os::unix::net::UnixListener::bind(path).unwrap();
        assert!(matches!(read(dir.path()), Err(FilesError::Irregular(_))));
    }
}
