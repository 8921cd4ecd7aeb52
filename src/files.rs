//! Reads a rules folder from disk into [`Sources`]: the edge where rule files become bytes.
//!
//! Lives here: which files belong to a rule set, and the bounds on them. May not live here: what
//! stands in them.

use crate::limits;
use crate::media::{self, MediaError};
use crate::rules::Sources;
use crate::rules::sources::MediaFile;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders inside folders; deeper is a loop of links.
const FOLDER_DEPTH_MAX: usize = 16;

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
    /// A rule file that is a pipe, a socket or a device.
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
}

/// Reads the rule files under a folder: `*.toml` and `*.rhai` anywhere, `words/*.txt`; of the other
/// files under `media/`, which may be sent, the digests alone. Names that begin with a dot are left out (editors' and kubelet's), and `usher.toml`. Links are followed.
///
/// # Errors
/// The first file or folder that cannot be read or exceeds a limit; or there is no rule file.
pub fn read(dir: &Path) -> Result<Sources, FilesError> {
    let mut walk = Walk::new(dir);
    walk.folder(dir, "", 0)?;
    if !walk.files.keys().any(|path| path.ends_with(".toml")) {
        return Err(FilesError::Empty(dir.display().to_string()));
    }
    Ok(Sources { files: walk.files, media: walk.media })
}

/// Reads one rule file as a whole rule set.
///
/// # Errors
/// It cannot be read or is too large.
pub fn read_one(path: &Path) -> Result<Sources, FilesError> {
    let parent = path.parent().unwrap_or(Path::new(""));
    let mut walk = Walk::new(parent);
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| FilesError::Name(path.display().to_string()))?;
    walk.file(path, name.to_owned())?;
    Ok(Sources { files: walk.files, media: walk.media })
}

struct Walk<'p> {
    root: &'p Path,
    files: BTreeMap<String, Arc<[u8]>>,
    bytes: usize,
    media: BTreeMap<String, MediaFile>,
}

impl Walk<'_> {
    fn new(root: &Path) -> Walk<'_> {
        Walk { root, files: BTreeMap::new(), bytes: 0, media: BTreeMap::new() }
    }

    fn folder(&mut self, dir: &Path, prefix: &str, depth: usize) -> Result<(), FilesError> {
        if depth > FOLDER_DEPTH_MAX {
            return Err(FilesError::TooDeep(self.root.display().to_string()));
        }
        for (name, path) in entries(dir)? {
            let place = format!("{prefix}{name}");
            let about = fs::metadata(&path).map_err(|why| unreadable(&path, why))?;
            if about.is_dir() {
                self.folder(&path, &format!("{place}/"), depth + 1)?;
            } else if belongs(&place) {
                self.file(&path, place)?;
            } else if media::is_media(&place) {
                self.medium(&path, place)?;
            }
        }
        Ok(())
    }

    fn medium(&mut self, path: &Path, place: String) -> Result<(), FilesError> {
        if self.media.len() >= limits::MEDIA_FILES_MAX {
            return Err(FilesError::TooManyMedia(self.root.display().to_string()));
        }
        self.media.insert(place, media::look(path)?);
        Ok(())
    }

    fn file(&mut self, path: &Path, place: String) -> Result<(), FilesError> {
        let about = fs::metadata(path).map_err(|why| unreadable(path, why))?;
        if !about.is_file() {
            // Opening a pipe would wait for a writer for ever.
            return Err(FilesError::Irregular(path.display().to_string()));
        }
        let bytes = bounded(path)?;
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > limits::RULE_SET_BYTES_MAX {
            return Err(FilesError::SetTooLarge(self.root.display().to_string()));
        }
        if self.files.len() >= limits::RULE_FILES_MAX {
            return Err(FilesError::TooMany(self.root.display().to_string()));
        }
        self.files.insert(place, bytes.into());
        Ok(())
    }
}

/// The entries of a folder that are not hidden, by name.
fn entries(dir: &Path) -> Result<Vec<(String, PathBuf)>, FilesError> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir).map_err(|why| unreadable(dir, why))? {
        let path = entry.map_err(|why| unreadable(dir, why))?.path();
        let name = path.file_name().unwrap_or_default();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let name = name.to_str().ok_or_else(|| FilesError::Name(path.display().to_string()))?;
        entries.push((name.to_owned(), path));
    }
    entries.sort();
    Ok(entries)
}

/// Whether a file, by its path within the rules folder, is part of a rule set.
fn belongs(place: &str) -> bool {
    let words = place.starts_with("words/") && place.ends_with(".txt");
    place != CONFIG_FILE && (place.ends_with(".toml") || place.ends_with(".rhai") || words)
}

/// The bytes of a file, read no further than its limit even while it grows.
fn bounded(path: &Path) -> Result<Vec<u8>, FilesError> {
    let file = fs::File::open(path).map_err(|why| unreadable(path, why))?;
    let most = u64::try_from(limits::RULE_FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let mut reader = file.take(most.saturating_add(1));
    reader.read_to_end(&mut bytes).map_err(|why| unreadable(path, why))?;
    if bytes.len() > limits::RULE_FILE_BYTES_MAX {
        return Err(FilesError::FileTooLarge(path.display().to_string()));
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
