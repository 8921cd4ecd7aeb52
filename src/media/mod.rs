//! Media files of a rules folder: their digests, and copies kept under the data folder by digest,
//! so that a later edit does not change what was decided.
//!
//! May not live here: what media are for (rules), and uploading them (`whatsapp`). Files are read
//! as streams and never held in memory.

mod digest;
mod keep;
mod write;

pub use digest::{Sha256Hex, look};
pub use keep::{keep, sweep};
pub use write::replace;

use crate::limits;
use std::path::{Path, PathBuf};

/// Files below this folder of the rules folder are media.
const FOLDER: &str = "media/";

/// Why media cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The operating system refused.
    #[error("`{path}` cannot be read: {why}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Its words.
        why: std::io::Error,
    },
    /// The data folder does not take it.
    #[error("`{path}` cannot be written: {why}")]
    Unwritable {
        /// Which file or folder.
        path: String,
        /// Its words.
        why: std::io::Error,
    },
    /// A pipe, a socket or a device.
    #[error("`{0}` is no regular file")]
    Irregular(String),
    /// Over [`limits::DOCUMENT_BYTES_MAX`].
    #[error("`{0}` is over {mib} MiB, more than WhatsApp takes", mib = limits::DOCUMENT_BYTES_MAX >> 20)]
    TooLarge(String),
    /// It was written to between reading and keeping.
    #[error("`{0}` changed while it was being read; it is read again with the next reload")]
    Changed(String),
}

impl MediaError {
    /// The file or folder that is at fault.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            MediaError::Unreadable { path, .. } | MediaError::Unwritable { path, .. } => path,
            MediaError::Irregular(path)
            | MediaError::TooLarge(path)
            | MediaError::Changed(path) => path,
        }
    }
}

/// Whether a file, by its path within the rules folder, is one that may be sent.
#[must_use]
pub fn is_media(place: &str) -> bool {
    place.starts_with(FOLDER)
}

/// Where the data folder keeps media.
#[must_use]
pub fn folder(data: &Path) -> PathBuf {
    data.join("media")
}

/// Where the data folder keeps the file with this digest.
#[must_use]
pub fn kept(data: &Path, sha256: &str) -> PathBuf {
    folder(data).join(sha256)
}

fn unreadable(path: &Path, why: std::io::Error) -> MediaError {
    MediaError::Unreadable { path: path.display().to_string(), why }
}

fn unwritable(path: &Path, why: std::io::Error) -> MediaError {
    MediaError::Unwritable { path: path.display().to_string(), why }
}
