//! State that outlives the process: the [`Store`] trait, its promises, and the stores that keep them.
//!
//! Lives here: atomic steps over contacts, conversations, jobs, timers, the journal and tallies.
//! A store compares fields; it knows no rule and no protocol. May not live here: deciding,
//! sending, HTTP. Every store passes the same suite (`tests/store.rs`).
//!
//! Promises of every store:
//! - **S1 atomic.** A step is applied whole or not at all, and once it has been answered it
//!   survives `kill -9` and a power cut.
//! - **S2 once.** An event id is applied once within [`crate::limits::DEDUPE_DAYS`] of its day.
//! - **S3 versions.** A contact's version rises by one with each step; a step that expects another
//!   version changes nothing.
//! - **S4 aliases.** An alias belongs to one contact; a step that claims another's changes nothing.
//! - **S5 lanes.** Of each (contact, destination), jobs are claimed in the order of their ids, one
//!   at a time, the next only when the one before is settled. A held job stands aside; released,
//!   it is back in its place among what waits.
//! - **S6 forward.** A job moves only as [`crate::model::Job::after`] says.
//! - **S7 consent.** A job that consent forbids in the state it is written with is written as
//!   dropped, one that quiet hours keep as held ([`judge`]); the claim judges again.
//! - **S8 ledger.** Lines of the ledger of consent are only ever added, in the step of the change
//!   they tell of; none is changed or forgotten.

pub mod embedded;
mod gate;
mod lane;
pub mod memory;
mod person;
mod terms;

pub use gate::{Passage, judge};
pub use terms::{Allowance, Terms};

use crate::model::{
    Alias, ContactId, Day, Event, EventId, FirstAnswer, Hold, Job, JobId, JobUpdate, LedgerEntry,
    NumberId, Pauses, QuietHours, Record, RuleId, State, Tally, Timer, TimerChange, Timestamp,
    Upkeep,
};
use async_trait::async_trait;

/// What every store does. Steps are durable when they return.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Whom these aliases name, with the state on `number`; merged contacts are followed.
    async fn resolve(&self, aliases: &[Alias], number: &NumberId) -> Result<Resolved, StoreError>;

    /// The state of a known contact on `number` (a new conversation where there is none yet);
    /// merged contacts are followed. `None` for an id never seen.
    async fn state(
        &self,
        contact: ContactId,
        number: &NumberId,
    ) -> Result<Option<State>, StoreError>;

    /// One decision: all of it or nothing of it.
    async fn commit(&self, step: Commit) -> Result<Committed, StoreError>;

    /// Makes two contacts one ([`crate::model::merge()`]): the younger becomes a pointer to the
    /// older, its aliases, conversations, timers and ledger move, its waiting jobs are added again
    /// under the older's next version. Repeatable: doing it again, or after a crash half-way, ends the
    /// same. Gives the id that stayed.
    async fn merge(
        &self,
        left: ContactId,
        right: ContactId,
        at: Timestamp,
    ) -> Result<ContactId, StoreError>;

    /// Takes up to `limit` lane heads that are due at `now`, then held jobs that are to be given
    /// up. The guards of a waiting job are compared with its conversation, and the pauses with the
    /// job, in the same step that moves it to `sending`; what `terms` do not allow is put off.
    async fn claim(
        &self,
        now: Timestamp,
        limit: usize,
        terms: &Terms,
    ) -> Result<Vec<Claimed>, StoreError>;

    /// When the next lane head is due, or a held job to be given up; `None` when nothing waits.
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Jobs that have been `sending` since before `before`: left behind by a process that died.
    async fn stranded(&self, before: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError>;

    /// A job, settled or not.
    async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError>;

    /// Dead letters, oldest first, those behind `after` where it is given.
    async fn dead_letters(
        &self,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError>;

    /// Held jobs, those to be given up first before the others; behind `after` where it is given.
    async fn held(
        &self,
        after: Option<(Timestamp, JobId)>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError>;

    /// Undecided events that nobody has dealt with, behind the position `after`: the newest
    /// [`crate::limits::UNDECIDED_KEPT_MAX`] are kept, wherever the journal is drained to.
    async fn undecided(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError>;

    /// What was answered to a call as it came for the first time, on `day` or within the days
    /// before it that ids are remembered; `None` for an id that is new, and for events nobody
    /// called for.
    async fn first_answer(
        &self,
        event: &EventId,
        day: Day,
    ) -> Result<Option<FirstAnswer>, StoreError>;

    /// What is paused.
    async fn pauses(&self) -> Result<Pauses, StoreError>;

    /// Timers due at `now`, earliest first. They stay until a commit clears them.
    async fn timers_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError>;

    /// When the earliest timer is due; `None` when none is set.
    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The ledger of a contact's consent, oldest line first, the first `skip` lines left out;
    /// merged contacts are followed, and their lines stand among the others by time.
    async fn ledger(
        &self,
        contact: ContactId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError>;

    /// When a status of this number last came.
    async fn last_status(&self, number: &NumberId) -> Result<Option<Timestamp>, StoreError>;

    /// The journal after `after` (0 for the start), in order: position and record.
    async fn journal(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError>;

    /// Forgets the journal up to and with `position`: it has been written elsewhere, durably.
    async fn journal_drained(&self, position: u64) -> Result<(), StoreError>;

    /// Tallies of the days `from` to `to`, both included.
    async fn tallies(&self, from: Day, to: Day) -> Result<Vec<(Day, Tally, u64)>, StoreError>;

    /// How much there is of everything.
    async fn counts(&self) -> Result<Counts, StoreError>;

    /// In how many conversations a question of each of these rules is open at `now`, rules on
    /// which none waits left out. Looks at no more than `contacts_max` contacts.
    async fn waiting_on(
        &self,
        rules: &[RuleId],
        now: Timestamp,
        contacts_max: usize,
    ) -> Result<Vec<(RuleId, u64)>, StoreError>;

    /// Threads that are in people's hands: all those of up to `limit` contacts, in the order of their
    /// ids, behind `after` where it is given.
    async fn owned(&self, after: Option<ContactId>, limit: usize)
    -> Result<Vec<State>, StoreError>;

    /// Forgets event ids and settled jobs that are old enough at `now`.
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;
}

/// Whom aliases name.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved {
    /// One contact.
    Known(Box<State>),
    /// Nobody yet.
    New,
    /// Several: they are one person and are to be merged, the oldest first.
    Several(Vec<ContactId>),
}

/// One decision as the store writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// Remembered under [`Event::dedupe_day`]; a second commit of it is a duplicate.
    pub event: EventId,
    /// The day it is remembered under.
    pub day: Day,
    /// On how many days before that it may stand as well ([`Event::dedupe_back`]).
    pub back: u16,
    /// The state to write; `None` for events about the account.
    pub write: Option<Write>,
    /// The quiet hours of the rules it was decided by: marketing among the jobs waits for their end.
    pub quiet: Option<QuietHours>,
    /// New jobs, in order, as decided: what consent forbids is written as dropped. They go with a
    /// state, without one they are not looked at.
    pub jobs: Vec<Job>,
    /// What is known of older jobs.
    pub updates: Vec<JobUpdate>,
    /// Timers to set and clear; like jobs they go with a state.
    pub timers: Vec<TimerChange>,
    /// What was done by hand: pauses, and events dealt with.
    pub upkeep: Vec<Upkeep>,
    /// A status of this number came at this time.
    pub status_seen: Option<(NumberId, Timestamp)>,
    /// The journal's line.
    pub record: Record,
    /// Counted once each.
    pub tallies: Vec<Tally>,
}

/// A state to write if nobody wrote in between.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The version that was read; 0 for a contact nobody has heard of.
    pub expected: u64,
    /// The state after the event; its version is `expected + 1`.
    pub state: State,
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It is applied and durable.
    Applied,
    /// Its event had been applied before; nothing changed. Just as durable.
    Duplicate,
    /// Somebody else wrote in between, or holds one of its aliases: read and decide again.
    Conflict,
}

/// A lane head.
#[derive(Debug, Clone, PartialEq)]
pub enum Claimed {
    /// It is `sending` now, durably: perform it and report.
    Send(Job),
    /// A guard does not hold, or it was held too long; nothing changed. Report what
    /// [`Job::kept_back`] says.
    Refused(Job, Hold),
    /// The terms do not allow it yet; it is due later now. No try is used up.
    PutOff(Job),
    /// Its outcome is unknown and it is time to look at it; nothing changed. Report what is to be.
    Settle(Job),
}

/// How much there is of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Contacts, merged ones not counted.
    pub contacts: u64,
    /// Jobs waiting.
    pub waiting: u64,
    /// Jobs under way.
    pub sending: u64,
    /// Jobs held.
    #[serde(default)]
    pub held: u64,
    /// Jobs of unknown outcome.
    pub unknown: u64,
    /// Dead letters.
    pub dead: u64,
    /// Journal lines not yet drained.
    pub journal: u64,
}

/// Why a step was not taken. Nothing of it has been applied, unless it says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Too much waits already; try again.
    #[error("the store is busy: {0}")]
    Busy(&'static str),
    /// It cannot be reached or written; whether the last step was applied is not known.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// What it holds cannot be read by this version.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
}

impl Event {
    /// A commit of this event that moves no state: for the account.
    #[must_use]
    pub fn commit_alone(&self, record: Record, tallies: Vec<Tally>) -> Commit {
        Commit {
            event: self.id.clone(),
            day: self.dedupe_day(),
            back: self.dedupe_back(),
            write: None,
            quiet: None,
            jobs: Vec::new(),
            updates: Vec::new(),
            timers: Vec::new(),
            upkeep: Vec::new(),
            status_seen: None,
            record,
            tallies,
        }
    }
}
