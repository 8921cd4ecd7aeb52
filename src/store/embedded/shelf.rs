//! The open database, and opening it again: after a failed write redb refuses every later one, so
//! a disk that was full for a moment would otherwise stop usher until somebody restarts it.

use super::fault::{Fault, OpenError};
use crate::limits;
use arc_swap::ArcSwapOption;
use redb::Database;
use std::sync::Arc;

/// Opens the same file once more.
pub(super) type Opener = Box<dyn Fn() -> Result<Database, OpenError> + Send + Sync>;

/// Where the database stands while it is open.
pub(super) struct Shelf {
    open: ArcSwapOption<Database>,
    opener: Opener,
}

impl Shelf {
    /// An open database, and how to open it again.
    pub(super) fn new(database: Database, opener: Opener) -> Shelf {
        Shelf { open: ArcSwapOption::from_pointee(database), opener }
    }

    /// The database. Let go of it soon: it is opened again only once nobody has it.
    pub(super) fn database(&self) -> Result<Arc<Database>, Fault> {
        let closed = || Fault::Disk("its file could not be written and is closed".to_owned());
        self.open.load_full().ok_or_else(closed)
    }

    /// Closes the database once its last reader is done.
    pub(super) fn close(&self) {
        let Some(mut database) = self.open.swap(None) else { return };
        while let Err(shared) = Arc::try_unwrap(database) {
            database = shared;
            std::thread::park_timeout(limits::STORE_READERS_LOOK_EVERY);
        }
    }

    /// Opens it again, if it can be written.
    pub(super) fn open(&self) -> Result<(), OpenError> {
        self.open.store(Some(Arc::new((self.opener)()?)));
        Ok(())
    }
}
