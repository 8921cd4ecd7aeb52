//! One look at the rules folder: what lies there, and its digest. Blocks; runs off the serving
//! threads.

use super::watching::Watching;
use crate::files::{self, FilesError};
use crate::rules::Sources;
use std::path::Path;

/// What lay there.
#[derive(Debug)]
pub(super) enum Seen {
    /// Files, and their digest.
    Rules { sources: Sources, revision: String },
    /// Nothing that can be read.
    Error(FilesError),
}

impl Seen {
    /// Equal for equal contents, or for the same error.
    pub(super) fn key(&self) -> String {
        match self {
            Seen::Rules { revision, .. } => revision.clone(),
            Seen::Error(error) => error.to_string(),
        }
    }
}

/// Looks, and lets the watches follow what was found. Where a watch is new, looks again: what
/// changed before it stood was told to nobody.
pub(super) fn look(folder: &Path, watching: &mut Watching) -> Seen {
    let first = files::snapshot(folder);
    let snapshot = if watching.follow(&first.ground) { files::snapshot(folder) } else { first };
    match snapshot.sources {
        Ok(sources) => Seen::Rules { revision: sources.revision(), sources },
        Err(error) => Seen::Error(error),
    }
}
