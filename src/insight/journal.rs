//! Moving the journal out of the store into files, and finding an event in either.
//!
//! A line is forgotten by the store only once its file is synced: a crash in between leaves it in
//! both, and it is recognised and not written twice.

use super::segments::{self, SegmentError, Segments};
use crate::limits;
use crate::model::{EventId, Record};
use crate::store::{Store, StoreError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Why the journal could not be moved or searched. Nothing is lost by it.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The process is ending.
    #[error("the work on the journal's files was broken off")]
    Stopped,
}

/// Moves the journal from the store to files.
pub struct Drain {
    store: Arc<dyn Store>,
    dir: PathBuf,
    /// Opened at the first line, and again after an error.
    segments: Option<Segments>,
}

impl Drain {
    /// A drain from `store` into the folder `dir`, which is made when there is something to write.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, dir: PathBuf) -> Drain {
        Drain { store, dir, segments: None }
    }

    /// Moves lines until it is told to stop. What has not been moved by then stays in the store.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.drain_batch().await {
                Ok(0) => limits::JOURNAL_DRAIN_EVERY,
                Ok(_) => continue,
                Err(error) => {
                    tracing::error!(%error, "the journal stays in the store for now");
                    limits::JOURNAL_RETRY_EVERY
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Moves one batch; how many lines that was.
    ///
    /// # Errors
    /// Why not. The lines are still in the store, and are tried again by the next call.
    pub async fn drain_batch(&mut self) -> Result<usize, JournalError> {
        let lines = self.store.journal(0, limits::JOURNAL_BATCH_LINES_MAX).await?;
        let Some(from) = lines.first().map(|(position, _)| *position) else { return Ok(0) };
        let (open, dir) = (self.segments.take(), self.dir.clone());
        // Files block; the lines come back, to know how far the store may forget.
        let written = tokio::task::spawn_blocking(move || {
            let mut segments = open.map_or_else(|| Segments::open(&dir, from), Ok)?;
            let count = segments.append(&lines)?;
            let last = lines.get(count.saturating_sub(1)).map_or(0, |(position, _)| *position);
            Ok::<_, SegmentError>((segments, count, last))
        });
        let (segments, count, last) = written.await.map_err(|_| JournalError::Stopped)??;
        self.store.journal_drained(last).await?;
        // Kept open only now: after an error the files are looked at anew.
        self.segments = Some(segments);
        Ok(count)
    }
}

/// The record of an event: in the store, else in the files of `dir`, the newest first.
///
/// # Errors
/// Neither could be searched to the end.
pub async fn find(
    dir: &Path,
    store: &dyn Store,
    event: &EventId,
) -> Result<Option<Record>, JournalError> {
    // The store first: a line that moves to a file meanwhile is then found there.
    let mut after = 0;
    loop {
        let lines = store.journal(after, limits::JOURNAL_BATCH_LINES_MAX).await?;
        let Some(last) = lines.last().map(|(position, _)| *position) else { break };
        if let Some((_, record)) = lines.into_iter().find(|(_, record)| record.event.id == *event) {
            return Ok(Some(record));
        }
        after = last;
    }
    let (dir, event) = (dir.to_owned(), event.clone());
    let found = tokio::task::spawn_blocking(move || segments::find(&dir, &event)).await;
    Ok(found.map_err(|_| JournalError::Stopped)??)
}
