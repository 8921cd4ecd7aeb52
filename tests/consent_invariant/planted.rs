//! A store between `decide` and the real one, with a planted bug: each message of a customer is
//! answered with an advertisement nobody asked consent for.

use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use usherd::model::{
    Alias, Consent, ContactId, Content, Day, Effect, EventId, EventKind, FirstAnswer, Guards, Job,
    JobId, LedgerEntry, NumberId, Outside, Owner, Pauses, Purpose, Record, RuleId, State, Tally,
    Timer, Timestamp,
};
use usherd::store::{Claimed, Commit, Committed, Counts, Resolved, Store, StoreError, Terms};

/// The rule that planted advertisements are of.
pub const SLIPPED: &str = "slipped";

/// Where the bug is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    None,
    /// `decide` asks nobody: the commit is as it would be then.
    Decide,
    /// The gate at the commit lets everything pass: the job waits in the store.
    Gate,
    /// Between the two, jobs forget that they are the bot's own, and one more is said.
    Guards,
}

/// The store with the bug.
pub struct Planted {
    pub store: Arc<dyn Store>,
    pub bug: Bug,
    /// What was planted since it was last looked at.
    pub slips: Mutex<Vec<Job>>,
    /// One writes after the other: nobody comes between the two steps of a planted commit.
    writes: tokio::sync::Mutex<()>,
}

impl Planted {
    pub fn new(store: Arc<dyn Store>, bug: Bug) -> Planted {
        let (slips, writes) = <_>::default();
        Planted { store, bug, slips, writes }
    }

    fn slip(&self, step: &Commit) -> Option<Job> {
        let write = step.write.as_ref().filter(|_| self.bug != Bug::None)?;
        if !matches!(step.record.event.kind, EventKind::Message(_)) {
            return None;
        }
        let State { contact, conversation } = &write.state;
        let (body, purpose) = match self.bug {
            Bug::Guards => ("[s] Anything else?", Purpose::Service),
            _ => ("[n][m] Half price", Purpose::Marketing),
        };
        let index = u16::try_from(step.jobs.len()).unwrap();
        let id = JobId { contact: contact.id, version: contact.version, index };
        let effect = Effect::Send {
            number: conversation.number.clone(),
            to: contact.reach.clone()?,
            content: Content::Text { body: body.to_owned() },
            purpose,
            needs: None,
            rule: SLIPPED.into(),
            answers: None,
            guards: Guards { bot_owns: false, window_open: false, kept_until: None },
            outside: Outside::Drop,
        };
        Some(Job::new(id, effect, step.record.at))
    }

    /// Commits as if the gate looked at nothing, and puts the truth back behind it.
    async fn past_the_gate(&self, mut step: Commit) -> Result<Committed, StoreError> {
        let mut truth = step.clone();
        step.quiet = None;
        if let Some(write) = &mut step.write {
            write.state.contact.consent =
                Consent { allows: Purpose::ALL.to_vec(), ..Consent::default() };
            write.state.conversation.owner = Owner::Bot;
        }
        let committed = self.store.commit(step).await?;
        if committed == Committed::Applied {
            let id = EventId::from(format!("truth:{}", truth.event));
            truth.record.changes.clear();
            (truth.event, truth.jobs) = (id.clone(), Vec::new());
            (truth.updates, truth.timers, truth.tallies) = <_>::default();
            if let Some(write) = &mut truth.write {
                write.expected += 1;
                write.state.contact.version += 1;
                truth.record.version = write.state.contact.version;
            }
            truth.record.event.id = id;
            assert_eq!(self.store.commit(truth).await, Ok(Committed::Applied));
        }
        Ok(committed)
    }
}

fn forget(job: &mut Job) {
    if let Effect::Send { guards, .. } = &mut job.effect {
        guards.bot_owns = false;
    }
}

#[async_trait]
impl Store for Planted {
    async fn commit(&self, mut step: Commit) -> Result<Committed, StoreError> {
        let _alone = self.writes.lock().await;
        let slipped = self.slip(&step);
        step.jobs.extend(slipped.clone());
        if self.bug == Bug::Guards {
            step.jobs.iter_mut().for_each(forget);
        }
        let committed = match &slipped {
            Some(_) if self.bug == Bug::Gate => self.past_the_gate(step).await?,
            _ => self.store.commit(step).await?,
        };
        if committed == Committed::Applied {
            self.slips.lock().unwrap().extend(slipped);
        }
        Ok(committed)
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
        let _alone = self.writes.lock().await;
        self.store.merge(left, right, at).await
    }
    async fn claim(
        &self,
        now: Timestamp,
        limit: usize,
        terms: &Terms,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.store.claim(now, limit, terms).await
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
    async fn first_answer(
        &self,
        event: &EventId,
        day: Day,
    ) -> Result<Option<FirstAnswer>, StoreError> {
        self.store.first_answer(event, day).await
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
