//! A store that now and then cannot be written.

use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use usherd::model::{
    Alias, ContactId, Day, Job, JobId, LedgerEntry, NumberId, Pauses, Record, RuleId, State, Tally,
    Timer, Timestamp,
};
use usherd::store::memory::Memory;
use usherd::store::{Claimed, Commit, Committed, Counts, Resolved, Store, StoreError, Terms};

/// Refuses the next so many commits; everything else is the store's own.
pub struct Flaky {
    pub store: Arc<Memory>,
    pub refuse: Arc<AtomicU32>,
    /// Of so many claims that move a job the answer is lost.
    pub lose: AtomicU32,
    /// So many commits are kept, and their answer is lost.
    pub doubt: Arc<AtomicU32>,
}

#[async_trait]
impl Store for Flaky {
    async fn commit(&self, step: Commit) -> Result<Committed, StoreError> {
        let left =
            self.refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match left {
            Ok(_) => Err(StoreError::Unavailable("the disk is full".to_owned())),
            Err(_) => {
                let answer = self.store.commit(step).await;
                let doubt = |n: u32| n.checked_sub(1);
                match self.doubt.fetch_update(Ordering::SeqCst, Ordering::SeqCst, doubt) {
                    Ok(_) => Err(StoreError::Unavailable("its last sync failed".to_owned())),
                    Err(_) => answer,
                }
            }
        }
    }

    async fn resolve(&self, aliases: &[Alias], number: &NumberId) -> Result<Resolved, StoreError> {
        self.store.resolve(aliases, number).await
    }
    async fn state(&self, id: ContactId, number: &NumberId) -> Result<Option<State>, StoreError> {
        self.store.state(id, number).await
    }
    async fn merge(
        &self,
        left: ContactId,
        right: ContactId,
        at: Timestamp,
    ) -> Result<ContactId, StoreError> {
        self.store.merge(left, right, at).await
    }
    async fn claim(
        &self,
        now: Timestamp,
        limit: usize,
        terms: &Terms,
    ) -> Result<Vec<Claimed>, StoreError> {
        let claimed = self.store.claim(now, limit, terms).await?;
        let lose = |n: u32| n.checked_sub(u32::from(!claimed.is_empty()));
        match self.lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lose) {
            Ok(left) if left > 0 && !claimed.is_empty() => {
                Err(StoreError::Unavailable("its last sync failed".to_owned()))
            }
            _ => Ok(claimed),
        }
    }
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store.next_due().await
    }
    async fn stranded(&self, before: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.store.stranded(before, limit).await
    }
    async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        self.store.job(id).await
    }
    async fn dead_letters(
        &self,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        self.store.dead_letters(after, limit).await
    }
    async fn held(
        &self,
        after: Option<(Timestamp, JobId)>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        self.store.held(after, limit).await
    }
    async fn undecided(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError> {
        self.store.undecided(after, limit).await
    }
    async fn pauses(&self) -> Result<Pauses, StoreError> {
        self.store.pauses().await
    }
    async fn timers_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.store.timers_due(now, limit).await
    }
    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store.next_timer().await
    }
    async fn ledger(
        &self,
        contact: ContactId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.store.ledger(contact, skip, limit).await
    }
    async fn last_status(&self, number: &NumberId) -> Result<Option<Timestamp>, StoreError> {
        self.store.last_status(number).await
    }
    async fn journal(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError> {
        self.store.journal(after, limit).await
    }
    async fn journal_drained(&self, position: u64) -> Result<(), StoreError> {
        self.store.journal_drained(position).await
    }
    async fn tallies(&self, from: Day, to: Day) -> Result<Vec<(Day, Tally, u64)>, StoreError> {
        self.store.tallies(from, to).await
    }
    async fn counts(&self) -> Result<Counts, StoreError> {
        self.store.counts().await
    }
    async fn waiting_on(
        &self,
        rules: &[RuleId],
        now: Timestamp,
        contacts_max: usize,
    ) -> Result<Vec<(RuleId, u64)>, StoreError> {
        self.store.waiting_on(rules, now, contacts_max).await
    }
    async fn owned(
        &self,
        after: Option<ContactId>,
        limit: usize,
    ) -> Result<Vec<State>, StoreError> {
        self.store.owned(after, limit).await
    }
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        self.store.sweep(now).await
    }
}
