//! What can go wrong inside the embedded store, and what callers are told of it.

use crate::store::StoreError;
use std::path::PathBuf;

/// Why the store in a folder cannot be opened: one sentence, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds it.
    #[error("another usher has `{0}` open: stop it first, or give this one another data folder")]
    InUse(PathBuf),
    /// The folder or the file cannot be made, read or written.
    #[error("cannot write `{path}`: {why}; check the folder's rights and the space on its disk")]
    NotWritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It was written by a later usher.
    #[error(
        "`{path}` was written by a newer usher (format {found}, this one knows {known}): \
         run that version, or restore a backup made by this one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The latest format this version reads.
        known: u32,
    },
    /// It is damaged, or no store at all.
    #[error(
        "`{path}` is damaged or is no store of usher: {why}; restore a backup, or move it away to start empty"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
}

/// Why a step did not go through.
#[derive(Debug)]
pub(super) enum Fault {
    /// It was refused before anything was written.
    Busy(&'static str),
    /// A record cannot be read: this step fails, others need not.
    Corrupt(String),
    /// The file cannot be read or written: everything fails.
    Disk(String),
}

/// What a step inside the store gives.
pub(super) type Outcome<T> = Result<T, Fault>;

impl From<redb::Error> for Fault {
    fn from(error: redb::Error) -> Fault {
        match error {
            redb::Error::Corrupted(why) => Fault::Corrupt(why),
            other => Fault::Disk(other.to_string()),
        }
    }
}

macro_rules! from_redb {
    ($($kind:ty),*) => {
        $(impl From<$kind> for Fault {
            fn from(error: $kind) -> Fault {
                redb::Error::from(error).into()
            }
        })*
    };
}
from_redb!(redb::StorageError, redb::TableError, redb::TransactionError, redb::CommitError);

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        match error {
            StoreError::Busy(why) => Fault::Busy(why),
            StoreError::Corrupt(why) => Fault::Corrupt(why),
            StoreError::Unavailable(why) => Fault::Disk(why),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        match fault {
            Fault::Busy(why) => StoreError::Busy(why),
            Fault::Corrupt(why) => StoreError::Corrupt(why),
            Fault::Disk(why) => StoreError::Unavailable(why),
        }
    }
}

impl OpenError {
    /// From what redb says of the file at `path`.
    pub(super) fn from_redb(path: PathBuf, error: redb::Error) -> OpenError {
        match error {
            redb::Error::DatabaseAlreadyOpen => OpenError::InUse(path),
            redb::Error::Io(error) if error.kind() != std::io::ErrorKind::InvalidData => {
                OpenError::NotWritable { path, why: error.to_string() }
            }
            other => OpenError::Corrupt { path, why: other.to_string() },
        }
    }
}
