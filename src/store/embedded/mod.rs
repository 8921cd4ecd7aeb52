//! The store in one file (redb), for one instance of usher.
//!
//! One thread writes, in groups (`writer.rs`), and opens the file again where the disk failed
//! (`shelf.rs`); everybody reads. Lives here: tables, steps, reads.
//! May not live here: anything that decides. What is answered has been synced to the disk.
//!
//! Short reads run where they are called: they touch a few cached pages, which costs less than
//! handing them to another thread. Reads that may walk many rows go to the blocking pool. No read
//! transaction is ever held across an await.

mod claim;
mod commit;
mod fault;
mod group;
mod jobs;
mod merge;
mod open;
mod read;
mod shelf;
mod sweep;
mod tables;
mod upkeep;
mod writer;

pub use fault::OpenError;

use super::{Claimed, Commit, Committed, Counts, Resolved, Store, StoreError, Terms};
use crate::limits;
use crate::model::{
    Alias, ContactId, Day, EventId, FirstAnswer, Job, JobId, LedgerEntry, NumberId, Pauses, Record,
    RuleId, State, Tally, Timer, Timestamp,
};
use async_trait::async_trait;
use fault::{Fault, Outcome};
use redb::{Database, ReadTransaction, ReadableDatabase, StorageBackend};
use shelf::{Opener, Shelf};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use writer::Writer;

/// The store in one file. Dropping it waits until the steps handed to it are written.
pub struct Embedded {
    /// Declared, and so dropped, before the database: the writer finishes first.
    writer: Writer,
    shelf: Arc<Shelf>,
}

impl Embedded {
    /// Opens the store in `dir`, a folder that is made if need be; the file is `usher.redb`.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub fn open(dir: &Path) -> Result<Embedded, OpenError> {
        let (database, path) = (open::in_folder(dir)?, dir.to_owned());
        Embedded::over(
            database,
            dir.to_owned(),
            Box::new(move || open::again(open::in_folder(&path)?)),
        )
    }

    /// Opens a store on what `disk` gives in place of a file: for disks that fail on purpose. After
    /// a failed write the disk is asked for again.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub fn open_on<B: StorageBackend>(
        disk: impl Fn() -> B + Send + Sync + 'static,
    ) -> Result<Embedded, OpenError> {
        let (database, path) = (open::on_backend(disk())?, PathBuf::from("the given backend"));
        let opener = move || open::again(open::on_backend(disk())?);
        Embedded::over(database, path, Box::new(opener))
    }

    fn over(database: Database, path: PathBuf, opener: Opener) -> Result<Embedded, OpenError> {
        let shelf = Arc::new(Shelf::new(database, opener));
        let writer = Writer::start(Arc::clone(&shelf))
            .map_err(|error| OpenError::NotWritable { path, why: error.to_string() })?;
        Ok(Embedded { writer, shelf })
    }

    /// A short read, here and now.
    fn read<T>(&self, f: impl FnOnce(&ReadTransaction) -> Outcome<T>) -> Result<T, StoreError> {
        Ok(read_from(&self.shelf, f)?)
    }

    /// A read that may be long, on the blocking pool.
    async fn scan<T: Send + 'static>(
        &self,
        f: impl FnOnce(&ReadTransaction) -> Outcome<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shelf = Arc::clone(&self.shelf);
        let done = tokio::task::spawn_blocking(move || read_from(&shelf, f)).await;
        Ok(done.map_err(|_| StoreError::Unavailable("a read was broken off".to_owned()))??)
    }

    /// Asks for one step after the other until one takes away less than `rows`.
    async fn sweep_all<W: writer::Work<Answer = usize>>(
        &self,
        step: impl Fn() -> W,
        rows: usize,
    ) -> Result<(), StoreError> {
        while self.writer.ask(step()).await? >= rows {}
        Ok(())
    }
}

fn read_from<T>(shelf: &Shelf, f: impl FnOnce(&ReadTransaction) -> Outcome<T>) -> Result<T, Fault> {
    f(&shelf.database()?.begin_read()?)
}

#[async_trait]
impl Store for Embedded {
    async fn resolve(&self, aliases: &[Alias], number: &NumberId) -> Result<Resolved, StoreError> {
        self.read(|txn| read::resolve(txn, aliases, number))
    }

    async fn state(
        &self,
        contact: ContactId,
        number: &NumberId,
    ) -> Result<Option<State>, StoreError> {
        self.read(|txn| read::state(txn, contact, number))
    }

    async fn commit(&self, step: Commit) -> Result<Committed, StoreError> {
        self.writer.ask(step).await
    }

    async fn merge(
        &self,
        left: ContactId,
        right: ContactId,
        at: Timestamp,
    ) -> Result<ContactId, StoreError> {
        self.writer.ask(merge::Merge { left, right, at }).await
    }

    /// Looks before it asks for a write: most of the time nothing is due.
    async fn claim(
        &self,
        now: Timestamp,
        limit: usize,
        terms: &Terms,
    ) -> Result<Vec<Claimed>, StoreError> {
        if !self.read(|txn| read::is_due(txn, now))? {
            return Ok(Vec::new());
        }
        self.writer.ask(claim::Claim { now, limit, terms: terms.clone() }).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(read::next_due)
    }

    async fn stranded(&self, before: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.scan(move |txn| read::stranded(txn, before, limit)).await
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        self.read(|txn| read::job(txn, id))
    }

    async fn dead_letters(
        &self,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        self.scan(move |txn| read::dead_letters(txn, after, limit)).await
    }

    async fn held(
        &self,
        after: Option<(Timestamp, JobId)>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        self.scan(move |txn| read::held(txn, after, limit)).await
    }

    async fn undecided(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError> {
        self.scan(move |txn| read::undecided(txn, after, limit)).await
    }

    async fn first_answer(
        &self,
        event: &EventId,
        day: Day,
    ) -> Result<Option<FirstAnswer>, StoreError> {
        self.read(|txn| read::first_answer(txn, event, day))
    }

    async fn pauses(&self) -> Result<Pauses, StoreError> {
        self.read(read::pauses)
    }

    async fn timers_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.scan(move |txn| read::timers_due(txn, now, limit)).await
    }

    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(read::next_timer)
    }

    async fn ledger(
        &self,
        contact: ContactId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.scan(move |txn| read::ledger(txn, contact, skip, limit)).await
    }

    async fn last_status(&self, number: &NumberId) -> Result<Option<Timestamp>, StoreError> {
        self.read(|txn| read::last_status(txn, number))
    }

    async fn journal(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError> {
        self.scan(move |txn| read::journal(txn, after, limit)).await
    }

    async fn journal_drained(&self, position: u64) -> Result<(), StoreError> {
        self.sweep_all(|| sweep::Drained(position), limits::JOURNAL_DRAINED_ROWS_MAX).await
    }

    async fn tallies(&self, from: Day, to: Day) -> Result<Vec<(Day, Tally, u64)>, StoreError> {
        self.scan(move |txn| read::tallies(txn, from, to)).await
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        self.read(read::counts)
    }

    async fn waiting_on(
        &self,
        rules: &[RuleId],
        now: Timestamp,
        contacts_max: usize,
    ) -> Result<Vec<(RuleId, u64)>, StoreError> {
        let waiting = rules.iter().map(|rule| (rule.clone(), 0)).collect();
        self.scan(move |txn| read::waiting_on(txn, waiting, now, contacts_max)).await
    }

    async fn owned(
        &self,
        after: Option<ContactId>,
        limit: usize,
    ) -> Result<Vec<State>, StoreError> {
        self.scan(move |txn| read::owned(txn, after, limit)).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let seen = now.day().minus(limits::DEDUPE_DAYS);
        self.sweep_all(|| sweep::SweepSeen(seen), limits::SWEEP_ROWS_MAX).await?;
        let (today, before) = (now.day(), now.day().minus(limits::SETTLED_JOB_DAYS));
        let step = || sweep::SweepSettled { before, today };
        self.sweep_all(step, limits::SWEEP_ROWS_MAX).await
    }
}
