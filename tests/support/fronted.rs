//! A store in front of a real one, for tests in which storing goes wrong: everything is the real
//! one's but what a test takes into its own hands.

use async_trait::async_trait;
use std::ops::Deref;
use usherd::model::{
    Alias, ContactId, Day, EventId, FirstAnswer, Job, JobId, LedgerEntry, NumberId, Pauses, Record,
    RuleId, State, Tally, Timer, Timestamp,
};
use usherd::store::{Claimed, Commit, Committed, Counts, Resolved, Store, StoreError, Terms};

/// What goes wrong.
#[async_trait]
pub trait Trouble: Send + Sync + 'static {
    /// The real store.
    fn store(&self) -> &dyn Store;

    /// Asked before each step; commits and claims that are taken in hand ask for themselves.
    fn well(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn commit(&self, step: Commit) -> Result<Committed, StoreError> {
        self.well()?;
        self.store().commit(step).await
    }

    async fn claim(
        &self,
        now: Timestamp,
        limit: usize,
        terms: &Terms,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.well()?;
        self.store().claim(now, limit, terms).await
    }
}

/// The real store behind some trouble.
#[derive(Default)]
pub struct Fronted<T>(pub T);

impl<T> Deref for Fronted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[async_trait]
impl<T: Trouble> Store for Fronted<T> {
    async fn commit(&self, step: Commit) -> Result<Committed, StoreError> {
        self.0.commit(step).await
    }
    async fn claim(
        &self,
        now: Timestamp,
        limit: usize,
        terms: &Terms,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.0.claim(now, limit, terms).await
    }
    async fn resolve(&self, aliases: &[Alias], number: &NumberId) -> Result<Resolved, StoreError> {
        self.0.well()?;
        self.0.store().resolve(aliases, number).await
    }
    async fn state(&self, id: ContactId, number: &NumberId) -> Result<Option<State>, StoreError> {
        self.0.well()?;
        self.0.store().state(id, number).await
    }
    async fn merge(
        &self,
        left: ContactId,
        right: ContactId,
        at: Timestamp,
    ) -> Result<ContactId, StoreError> {
        self.0.well()?;
        self.0.store().merge(left, right, at).await
    }
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.0.well()?;
        self.0.store().next_due().await
    }
    async fn stranded(&self, before: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.0.well()?;
        self.0.store().stranded(before, limit).await
    }
    async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        self.0.well()?;
        self.0.store().job(id).await
    }
    async fn dead_letters(
        &self,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        self.0.well()?;
        self.0.store().dead_letters(after, limit).await
    }
    async fn held(
        &self,
        after: Option<(Timestamp, JobId)>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        self.0.well()?;
        self.0.store().held(after, limit).await
    }
    async fn undecided(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError> {
        self.0.well()?;
        self.0.store().undecided(after, limit).await
    }
    async fn first_answer(
        &self,
        event: &EventId,
        day: Day,
    ) -> Result<Option<FirstAnswer>, StoreError> {
        self.0.well()?;
        self.0.store().first_answer(event, day).await
    }
    async fn pauses(&self) -> Result<Pauses, StoreError> {
        self.0.well()?;
        self.0.store().pauses().await
    }
    async fn timers_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.0.well()?;
        self.0.store().timers_due(now, limit).await
    }
    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        self.0.well()?;
        self.0.store().next_timer().await
    }
    async fn ledger(
        &self,
        contact: ContactId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.0.well()?;
        self.0.store().ledger(contact, skip, limit).await
    }
    async fn last_status(&self, number: &NumberId) -> Result<Option<Timestamp>, StoreError> {
        self.0.well()?;
        self.0.store().last_status(number).await
    }
    async fn journal(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError> {
        self.0.well()?;
        self.0.store().journal(after, limit).await
    }
    async fn journal_drained(&self, position: u64) -> Result<(), StoreError> {
        self.0.well()?;
        self.0.store().journal_drained(position).await
    }
    async fn tallies(&self, from: Day, to: Day) -> Result<Vec<(Day, Tally, u64)>, StoreError> {
        self.0.well()?;
        self.0.store().tallies(from, to).await
    }
    async fn counts(&self) -> Result<Counts, StoreError> {
        self.0.well()?;
        self.0.store().counts().await
    }
    async fn waiting_on(
        &self,
        rules: &[RuleId],
        now: Timestamp,
        contacts_max: usize,
    ) -> Result<Vec<(RuleId, u64)>, StoreError> {
        self.0.well()?;
        self.0.store().waiting_on(rules, now, contacts_max).await
    }
    async fn owned(
        &self,
        after: Option<ContactId>,
        limit: usize,
    ) -> Result<Vec<State>, StoreError> {
        self.0.well()?;
        self.0.store().owned(after, limit).await
    }
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        self.0.well()?;
        self.0.store().sweep(now).await
    }
}
