//! The bytes of a rule set, and their digest. Who read them from where is not known here.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All files of a rule set: path relative to the rules folder (with `/`) → bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// In the order of their paths.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// Files under `media/`: what may be sent. Their bytes are not held in memory.
    pub media: BTreeMap<String, MediaFile>,
}

/// A file under `media/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFile {
    /// SHA-256 of its bytes, as 64 hex digits.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// What a file of the rules folder is, by its path alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind<'a> {
    /// `*.toml`: rules.
    Rules,
    /// `*.rhai`: functions.
    Script,
    /// `words/NAME.txt`: a list of entries, with its name.
    Words(&'a str),
    /// `media/**`: what may be sent.
    Media,
    /// Left alone without a word: hidden files, `README`, `*.md`, and `usher.toml`, which is
    /// ops' file.
    Skipped,
    /// Anything else.
    Unknown,
}

/// What the file at `path` is.
#[must_use]
pub fn kind(path: &str) -> FileKind<'_> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    let stem_and_ending = name.rsplit_once('.').unwrap_or((name, ""));
    if hidden || name == "usher.toml" {
        return FileKind::Skipped;
    }
    match stem_and_ending {
        (_, "md") | ("README", _) => FileKind::Skipped,
        _ if path.starts_with("media/") => FileKind::Media,
        (_, "toml") => FileKind::Rules,
        (_, "rhai") => FileKind::Script,
        (stem, "txt") if path == format!("words/{name}") => FileKind::Words(stem),
        _ => FileKind::Unknown,
    }
}

impl Sources {
    /// Adds a file; one of the same path is replaced.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: impl AsRef<[u8]>) -> Sources {
        self.files.insert(path.to_owned(), Arc::from(bytes.as_ref()));
        self
    }

    /// The files that are read: rules, scripts and word lists.
    pub fn read(&self) -> impl Iterator<Item = (&str, &Arc<[u8]>)> {
        let counts = |path: &str| {
            matches!(kind(path), FileKind::Rules | FileKind::Script | FileKind::Words(_))
        };
        self.files
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes))
            .filter(move |(p, _)| counts(p))
    }

    /// SHA-256 of each file that counts, media included, as 64 hex digits, by path.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<String, String> {
        let read = self.read().map(|(path, bytes)| (path.to_owned(), hex(&Sha256::digest(bytes))));
        let media = self.media.iter().map(|(path, file)| (path.clone(), file.sha256.clone()));
        read.chain(media).collect()
    }

    /// SHA-256 over path, length and bytes of every file that is read, in the order of their paths,
    /// then over path and digest of every media file, as 64 hex digits.
    #[must_use]
    pub fn revision(&self) -> String {
        let mut all = Sha256::new();
        let mut add = |part: &[u8]| {
            all.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            all.update(part);
        };
        for (path, bytes) in self.read() {
            add(path.as_bytes());
            add(bytes);
        }
        for (path, file) in &self.media {
            add(path.as_bytes());
            add(file.sha256.as_bytes());
        }
        hex(&all.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let cases = [
            ("shop.toml", FileKind::Rules),
            ("a/b/shop.toml", FileKind::Rules),
            ("price.rhai", FileKind::Script),
            ("words/colours.txt", FileKind::Words("colours")),
            ("words/deep/colours.txt", FileKind::Unknown),
            ("colours.txt", FileKind::Unknown),
            ("words/colours.TXT", FileKind::Unknown),
            ("usher.toml", FileKind::Skipped),
            (".git/config", FileKind::Skipped),
            (".shop.toml.swp", FileKind::Skipped),
            ("README", FileKind::Skipped),
            ("README.txt", FileKind::Skipped),
            ("docs/notes.md", FileKind::Skipped),
            ("shop.toml~", FileKind::Unknown),
            ("photo.png", FileKind::Unknown),
            ("media/photo.png", FileKind::Media),
            ("media/deep/menu.toml", FileKind::Media),
            ("media/.photo.png", FileKind::Skipped),
            ("media/README.md", FileKind::Skipped),
            ("shop/media/photo.png", FileKind::Unknown),
        ];
        for (path, wanted) in cases {
            assert_eq!(kind(path), wanted, "{path}");
        }
    }

    #[test]
    fn the_revision_tells_every_byte_and_name_apart() {
        let one = Sources::default().with("a.toml", "xy").with("b.toml", "z");
        let revision = one.revision();
        assert_eq!(revision.len(), 64);
        for other in [
            Sources::default().with("a.toml", "x").with("b.toml", "yz"),
            Sources::default().with("a.toml", "xy").with("c.toml", "z"),
            Sources::default().with("a.toml", "xy"),
        ] {
            assert_ne!(other.revision(), revision);
        }
        assert_eq!(one.clone().with("README.md", "new").revision(), revision, "not read");
        assert_eq!(one.digests().len(), 2);
        let media = |digest: &str| {
            let file = MediaFile { sha256: digest.to_owned(), bytes: 1 };
            let media = BTreeMap::from([("media/a.png".to_owned(), file)]);
            Sources { media, ..one.clone() }
        };
        assert_ne!(media("ab").revision(), revision);
        assert_ne!(media("ab").revision(), media("cd").revision());
        assert_eq!(media("ab").digests()["media/a.png"], "ab");
    }
}
