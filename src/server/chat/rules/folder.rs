//! The rules folder as the pane edits it: which files may be touched, and that a change made in
//! another editor is never overwritten unseen. Blocks.

use crate::files::{self, FilesError};
use crate::limits;
use crate::rules::sources::{FileKind, kind};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A rules folder that may be edited.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Held while a file is compared and replaced.
    saving: Mutex<()>,
}

/// A file of the folder.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    /// Within the folder, with `/`.
    path: String,
    bytes: usize,
}

/// A file's text.
#[derive(Debug, Serialize)]
pub(super) struct Opened {
    pub(super) text: String,
    /// SHA-256 of its bytes, as 64 hex digits.
    pub(super) digest: String,
}

/// What a saver knows of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// It had this digest when it was opened.
    Digest(String),
    /// There is none yet.
    Nothing,
}

/// Why a file cannot be opened or saved.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    /// It is no rule file.
    #[error(
        "`{0}` is no rule file: those end in `.toml` or `.rhai`, or are `words/NAME.txt`, \
         and no part of their path begins with a dot"
    )]
    Name(String),
    /// It is, or lies behind, a link that leads out of the folder.
    #[error("`{0}` leads out of the rules folder")]
    Outside(String),
    /// There is none.
    #[error("there is no `{0}` in the rules folder")]
    Missing(String),
    /// There is one already.
    #[error("there is a `{0}` already; open it")]
    Exists(String),
    /// Somebody else saved it meanwhile.
    #[error("`{0}` was changed by somebody else since you opened it, so it was not saved")]
    Changed(String),
    /// Too large for a page.
    #[error("`{0}` is over {kib} KiB: edit it elsewhere", kib = limits::EDITED_FILE_BYTES_MAX >> 10)]
    TooLarge(String),
    /// Not UTF-8.
    #[error("`{0}` is no UTF-8 text: edit it elsewhere")]
    NotText(String),
    /// The folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FilesError),
    /// The operating system refused.
    #[error("`{0}`: {1}")]
    Refused(String, io::Error),
}

impl Folder {
    /// This folder, wherever links lead to it today.
    pub(super) fn new(root: PathBuf) -> Folder {
        Folder { root, saving: Mutex::default() }
    }

    /// As it was named.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Its rule files by path.
    pub(super) fn list(&self) -> Result<Vec<Listed>, FolderError> {
        let sources = files::read(&self.root)?;
        let listed = |(path, bytes): (&str, &std::sync::Arc<[u8]>)| Listed {
            path: path.to_owned(),
            bytes: bytes.len(),
        };
        Ok(sources.read().map(listed).collect())
    }

    /// The text of a file.
    pub(super) fn open(&self, place: &str) -> Result<Opened, FolderError> {
        let bytes = read(&self.find(place)?, place)?;
        let digest = digest(&bytes);
        let text = String::from_utf8(bytes).map_err(|_| FolderError::NotText(place.to_owned()))?;
        Ok(Opened { text, digest })
    }

    /// Replaces a file as a whole, if it still is what the saver knows; gives its new digest.
    pub(super) fn save(
        &self,
        place: &str,
        text: &str,
        expected: &Expected,
    ) -> Result<String, FolderError> {
        let _saving = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.find(place)?;
        let there = match read(&path, place) {
            Err(FolderError::Missing(_)) => None,
            read => Some(digest(&read?)),
        };
        match (there, expected) {
            (None, Expected::Nothing) => {}
            (Some(_), Expected::Nothing) => return Err(FolderError::Exists(place.to_owned())),
            (Some(there), Expected::Digest(known)) if there == *known => {}
            (_, Expected::Digest(_)) => return Err(FolderError::Changed(place.to_owned())),
        }
        replace(&path, text).map_err(|why| FolderError::Refused(place.to_owned(), why))?;
        Ok(digest(text.as_bytes()))
    }

    /// The real path of a file that exists or may be made.
    fn find(&self, place: &str) -> Result<PathBuf, FolderError> {
        check_name(place)?;
        let refused = |why: io::Error| match why.kind() {
            io::ErrorKind::NotFound => FolderError::Missing(place.to_owned()),
            _ => FolderError::Refused(place.to_owned(), why),
        };
        let root = self.root.canonicalize().map_err(refused)?;
        let path = root.join(place);
        let real = match path.symlink_metadata() {
            Ok(_) => path.canonicalize().map_err(refused)?,
            Err(_) => {
                let parent = path.parent().unwrap_or(&root).canonicalize().map_err(refused)?;
                parent.join(path.file_name().unwrap_or_default())
            }
        };
        if real.starts_with(&root) { Ok(real) } else { Err(FolderError::Outside(place.to_owned())) }
    }
}

/// Whether a path within the folder may name a rule file; nothing on disk is looked at.
pub(super) fn check_name(place: &str) -> Result<(), FolderError> {
    let known = matches!(kind(place), FileKind::Rules | FileKind::Script | FileKind::Words(_));
    let plain = place.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
        && !place.chars().any(|c| c.is_control() || c == '\\');
    if known && plain && place.len() <= limits::EDITED_PATH_BYTES_MAX {
        return Ok(());
    }
    Err(FolderError::Name(place.chars().take(80).collect()))
}

fn read(path: &Path, place: &str) -> Result<Vec<u8>, FolderError> {
    let refused = |why: io::Error| match why.kind() {
        io::ErrorKind::NotFound => FolderError::Missing(place.to_owned()),
        _ => FolderError::Refused(place.to_owned(), why),
    };
    if !fs::metadata(path).map_err(refused)?.is_file() {
        // Opening a pipe would wait for a writer for ever.
        return Err(FolderError::Folder(FilesError::Irregular(place.to_owned())));
    }
    let most = u64::try_from(limits::EDITED_FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(refused)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() > limits::EDITED_FILE_BYTES_MAX {
        return Err(FolderError::TooLarge(place.to_owned()));
    }
    Ok(bytes)
}

/// Written beside it under a hidden name, then renamed: nobody ever reads half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.saving"));
    // One that was left behind by a crash, or somebody's link.
    let _ = fs::remove_file(&beside);
    let mut file = File::create_new(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| {
        if let Ok(about) = fs::metadata(path) {
            file.set_permissions(about.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn folder() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("rules");
        fs::create_dir_all(root.join("words")).unwrap();
        fs::write(root.join("shop.toml"), "a = 1\n").unwrap();
        fs::write(root.join("words/list.txt"), "one\n").unwrap();
        fs::write(dir.path().join("secret.toml"), "s = 1\n").unwrap();
        (dir, Folder::new(root))
    }

    #[test]
    fn only_rule_files_inside_the_folder_are_touched() {
        let (dir, folder) = folder();
        symlink(dir.path().join("secret.toml"), dir.path().join("rules/out.toml")).unwrap();
        symlink(dir.path(), dir.path().join("rules/up")).unwrap();
        symlink("shop.toml", dir.path().join("rules/in.toml")).unwrap();
        for bad in [
            "",
            "/etc/passwd",
            "../secret.toml",
            "words/../../secret.toml",
            "./shop.toml",
            "a//b.toml",
            "usher.toml",
            ".shop.toml",
            "a/.git/b.toml",
            "notes.md",
            "list.txt",
            "a\\b.toml",
            "a\0.toml",
            "shop.toml/",
        ] {
            assert!(matches!(folder.open(bad), Err(FolderError::Name(_))), "{bad:?}");
            let saved = folder.save(bad, "x", &Expected::Nothing);
            assert!(matches!(saved, Err(FolderError::Name(_))), "{bad:?}");
        }
        for out in ["out.toml", "up/secret.toml", "up/new.toml"] {
            assert!(matches!(folder.open(out), Err(FolderError::Outside(_))), "{out}");
            let saved = folder.save(out, "x", &Expected::Nothing);
            assert!(matches!(saved, Err(FolderError::Outside(_))), "{out}");
        }
        assert_eq!(folder.open("in.toml").unwrap().text, "a = 1\n", "a link within is fine");
        assert_eq!(fs::read_to_string(dir.path().join("secret.toml")).unwrap(), "s = 1\n");
        let long = format!("{}.toml", "x".repeat(600));
        assert!(matches!(folder.open(&long), Err(FolderError::Name(_))));
    }

    #[test]
    fn a_save_replaces_what_the_saver_knows_and_nothing_else() {
        let (dir, folder) = folder();
        let opened = folder.open("shop.toml").unwrap();
        let known = Expected::Digest(opened.digest.clone());
        let mine = folder.save("shop.toml", "a = 2\n", &known).unwrap();
        assert_eq!(folder.open("shop.toml").unwrap().digest, mine);
        let again = folder.save("shop.toml", "a = 3\n", &known);
        assert!(matches!(again, Err(FolderError::Changed(_))));
        assert_eq!(folder.open("shop.toml").unwrap().text, "a = 2\n");
        let there = folder.save("shop.toml", "a = 3\n", &Expected::Nothing);
        assert!(matches!(there, Err(FolderError::Exists(_))));
        folder.save("words/new.txt", "two\n", &Expected::Nothing).unwrap();
        assert_eq!(folder.list().unwrap().len(), 3);
        let gone = folder.save("none.toml", "x", &known);
        assert!(matches!(gone, Err(FolderError::Changed(_))));
        let nowhere = folder.save("no/such.toml", "x", &Expected::Nothing);
        assert!(matches!(nowhere, Err(FolderError::Missing(_))));
        let hidden = fs::read_dir(dir.path().join("rules")).unwrap();
        let left = hidden.filter(|entry| {
            entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".saving")
        });
        assert_eq!(left.count(), 0, "nothing is left beside it");
    }

    #[test]
    fn what_no_page_can_edit_is_said_so() {
        let (dir, folder) = folder();
        let root = dir.path().join("rules");
        fs::write(root.join("bytes.toml"), [0xff, 0xfe]).unwrap();
        fs::write(root.join("large.toml"), vec![b'#'; limits::EDITED_FILE_BYTES_MAX + 1]).unwrap();
        assert!(matches!(folder.open("bytes.toml"), Err(FolderError::NotText(_))));
        assert!(matches!(folder.open("large.toml"), Err(FolderError::TooLarge(_))));
        assert!(matches!(folder.open("none.toml"), Err(FolderError::Missing(_))));
    }
}
