//! The store in memory: obvious, in one lock, and the reference the others are compared with.
//!
//! What it holds ends with the process. It finds things by looking at everything, where the
//! embedded store keeps an index; so one checks the other.

mod jobs;
mod people;

use super::gate::Gated;
use super::lane::{Lane, Place, Placed};
use super::person::Kept;
use super::{Claimed, Commit, Committed, Counts, Resolved, Store, StoreError, Terms};
use crate::limits;
use crate::model::{
    Alias, ContactId, Day, EventId, FirstAnswer, Job, JobId, JobState, LedgerEntry, NumberId,
    Pause, Pauses, Record, RuleId, Scope, State, Tally, Timer, TimerChange, TimerKey, Timestamp,
    Upkeep, Verdict, Wamid,
};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store that forgets everything when the process ends.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Shelves>);

#[derive(Debug, Default)]
struct Shelves {
    contacts: HashMap<ContactId, Kept>,
    aliases: HashMap<Alias, ContactId>,
    /// With what was answered to those that were called for.
    seen: BTreeMap<(Day, EventId), Option<FirstAnswer>>,
    jobs: BTreeMap<JobId, JobKept>,
    lanes: BTreeMap<Lane, BTreeSet<Place>>,
    wamids: HashMap<Wamid, JobId>,
    timers: BTreeMap<TimerKey, Timestamp>,
    /// By time, then in the order they were written.
    ledger: HashMap<ContactId, BTreeMap<(Timestamp, u64), LedgerEntry>>,
    ledger_last: u64,
    journal: BTreeMap<u64, Record>,
    journal_last: u64,
    tallies: BTreeMap<(Day, Tally), u64>,
    numbers: HashMap<NumberId, Timestamp>,
    pauses: BTreeMap<Scope, Pause>,
    pauses_ended: u64,
    undecided: BTreeMap<u64, Record>,
}

#[derive(Debug)]
enum JobKept {
    Here(Box<Placed>),
    /// It was added again under another id when its contact was merged.
    Moved {
        to: JobId,
        on: Day,
    },
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Memory {
        Memory::default()
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        // No step panics half-way; a poisoned lock only says that some reader did.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Memory {
    async fn resolve(&self, aliases: &[Alias], number: &NumberId) -> Result<Resolved, StoreError> {
        Ok(self.shelves().resolve(aliases, number))
    }

    async fn state(
        &self,
        contact: ContactId,
        number: &NumberId,
    ) -> Result<Option<State>, StoreError> {
        Ok(self.shelves().person(contact).map(|person| person.state(number)))
    }

    async fn commit(&self, step: Commit) -> Result<Committed, StoreError> {
        self.shelves().commit(step)
    }

    async fn merge(
        &self,
        left: ContactId,
        right: ContactId,
        at: Timestamp,
    ) -> Result<ContactId, StoreError> {
        Ok(self.shelves().merge(left, right, at))
    }

    async fn claim(
        &self,
        now: Timestamp,
        limit: usize,
        terms: &Terms,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.shelves().claim(now, limit, terms.clone())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let shelves = self.shelves();
        let head = shelves.heads().first().map(|(due, _, _)| *due);
        let held = shelves.held().first().map(|job| job.due);
        Ok([head, held].into_iter().flatten().min())
    }

    async fn stranded(&self, before: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        let shelves = self.shelves();
        let mut sending: Vec<(Timestamp, &Job)> = shelves
            .jobs_here()
            .filter_map(|job| match job.state {
                JobState::Sending { since } if since < before => Some((since, job)),
                _ => None,
            })
            .collect();
        sending.sort_by_key(|(since, job)| (*since, job.id));
        Ok(sending.into_iter().take(limit).map(|(_, job)| job.clone()).collect())
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        let shelves = self.shelves();
        Ok(shelves.placed(shelves.current(id)).map(|placed| placed.job.clone()))
    }

    async fn dead_letters(
        &self,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        let shelves = self.shelves();
        let place = |job: &Job| (job.decided_at, job.id);
        let after = after.and_then(|id| shelves.placed(shelves.current(id)));
        let after = after.map(|placed| place(&placed.job));
        let mut dead: Vec<&Job> = shelves
            .jobs_here()
            .filter(|job| matches!(job.state, JobState::Dead { .. }))
            .filter(|job| after.is_none_or(|after| place(job) > after))
            .collect();
        dead.sort_by_key(|job| place(job));
        Ok(dead.into_iter().take(limit).cloned().collect())
    }

    async fn held(
        &self,
        after: Option<(Timestamp, JobId)>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        let shelves = self.shelves();
        let held = shelves.held().into_iter();
        let behind = held.filter(|job| after.is_none_or(|after| (job.due, job.id) > after));
        Ok(behind.take(limit).cloned().collect())
    }

    async fn undecided(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError> {
        let shelves = self.shelves();
        let lines = shelves.undecided.range(after.saturating_add(1)..).take(limit);
        Ok(lines.map(|(position, record)| (*position, record.clone())).collect())
    }

    async fn first_answer(
        &self,
        event: &EventId,
        day: Day,
    ) -> Result<Option<FirstAnswer>, StoreError> {
        let shelves = self.shelves();
        let seen = |back| (day.minus(back), event.clone());
        Ok((0..limits::DEDUPE_DAYS).find_map(|back| shelves.seen.get(&seen(back))?.clone()))
    }

    async fn pauses(&self) -> Result<Pauses, StoreError> {
        let shelves = self.shelves();
        Ok(Pauses {
            ended: shelves.pauses_ended,
            standing: shelves.pauses.values().cloned().collect(),
        })
    }

    async fn timers_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        let shelves = self.shelves();
        let mut due: Vec<Timer> = shelves
            .timers
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(key, at)| Timer { key: key.clone(), at: *at })
            .collect();
        due.sort_by(|left, right| (left.at, &left.key).cmp(&(right.at, &right.key)));
        due.truncate(limit);
        Ok(due)
    }

    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.shelves().timers.values().min().copied())
    }

    async fn ledger(
        &self,
        contact: ContactId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        let shelves = self.shelves();
        let here = shelves.person(contact).map(|person| person.contact.id);
        let lines = here.and_then(|id| shelves.ledger.get(&id));
        let lines = lines.into_iter().flat_map(BTreeMap::values);
        Ok(lines.skip(skip).take(limit).cloned().collect())
    }

    async fn last_status(&self, number: &NumberId) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.shelves().numbers.get(number).copied())
    }

    async fn journal(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>, StoreError> {
        let shelves = self.shelves();
        let from = after.saturating_add(1);
        let lines = shelves.journal.range(from..).take(limit);
        Ok(lines.map(|(position, record)| (*position, record.clone())).collect())
    }

    async fn journal_drained(&self, position: u64) -> Result<(), StoreError> {
        self.shelves().journal.retain(|at, _| *at > position);
        Ok(())
    }

    async fn tallies(&self, from: Day, to: Day) -> Result<Vec<(Day, Tally, u64)>, StoreError> {
        let shelves = self.shelves();
        let within = shelves.tallies.iter().filter(|((day, _), _)| (from..=to).contains(day));
        Ok(within.map(|((day, tally), count)| (*day, tally.clone(), *count)).collect())
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        Ok(self.shelves().counts())
    }

    async fn waiting_on(
        &self,
        rules: &[RuleId],
        now: Timestamp,
        contacts_max: usize,
    ) -> Result<Vec<(RuleId, u64)>, StoreError> {
        let mut waiting = rules.iter().map(|rule| (rule.clone(), 0)).collect();
        for kept in self.shelves().contacts.values().take(contacts_max) {
            if let Kept::Here(person) = kept {
                person.count_questions(&mut waiting, now);
            }
        }
        Ok(waiting.into_iter().filter(|(_, count)| *count > 0).collect())
    }

    async fn owned(
        &self,
        after: Option<ContactId>,
        limit: usize,
    ) -> Result<Vec<State>, StoreError> {
        let shelves = self.shelves();
        let behind = |id: &ContactId| after.is_none_or(|after| *id > after);
        let here = shelves.contacts.iter().filter(|(id, _)| behind(id));
        let mut owned: Vec<(ContactId, Vec<State>)> = here
            .filter_map(|(id, kept)| match kept {
                Kept::Here(person) => Some((*id, person.owned().collect::<Vec<State>>())),
                Kept::Moved { .. } => None,
            })
            .filter(|(_, states)| !states.is_empty())
            .collect();
        owned.sort_by_key(|(id, _)| *id);
        Ok(owned.into_iter().take(limit).flat_map(|(_, states)| states).collect())
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        self.shelves().sweep(now.day());
        Ok(())
    }
}

/// Steps.
impl Shelves {
    fn commit(&mut self, step: Commit) -> Result<Committed, StoreError> {
        let seen = |back| (step.day.minus(back), step.event.clone());
        if (0..=step.back).any(|back| self.seen.contains_key(&seen(back))) {
            return Ok(Committed::Duplicate);
        }
        let Gated { jobs, tallies } = step.gated();
        if let Some(write) = &step.write {
            if !self.fits(write) {
                return Ok(Committed::Conflict);
            }
            self.room(&jobs)?;
        }
        self.seen.insert(seen(0), FirstAnswer::of(&step.record));
        if let Some(write) = &step.write {
            self.note_consent(write.state.contact.id, &step);
            self.write(write.state.clone());
            let today = step.record.at.day();
            jobs.into_iter().for_each(|job| self.add(Placed::new(job, today)));
            step.timers.into_iter().for_each(|change| self.turn(change));
        }
        for update in &step.updates {
            self.update(update, step.record.at);
        }
        step.upkeep.into_iter().for_each(|upkeep| self.upkeep(upkeep));
        if let Some((number, at)) = step.status_seen {
            let last = self.numbers.entry(number).or_insert(at);
            *last = at.max(*last);
        }
        for tally in step.tallies.into_iter().chain(tallies) {
            *self.tallies.entry((step.record.at.day(), tally)).or_default() += 1;
        }
        self.write_down(step.record);
        Ok(Committed::Applied)
    }

    fn note_consent(&mut self, contact: ContactId, step: &Commit) {
        for entry in step.ledger() {
            self.ledger_last += 1;
            let lines = self.ledger.entry(contact).or_default();
            lines.insert((entry.at, self.ledger_last), entry.clone());
        }
    }

    fn turn(&mut self, change: TimerChange) {
        match change {
            TimerChange::Set(timer) => self.timers.insert(timer.key, timer.at),
            TimerChange::Clear(key) => self.timers.remove(&key),
        };
    }

    fn write_down(&mut self, record: Record) {
        self.journal_last += 1;
        if matches!(record.verdict, Verdict::Undecided(_)) {
            self.undecided.insert(self.journal_last, record.clone());
            if self.undecided.len() as u64 > limits::UNDECIDED_KEPT_MAX {
                self.undecided.pop_first();
            }
        }
        self.journal.insert(self.journal_last, record);
    }

    fn upkeep(&mut self, upkeep: Upkeep) {
        match upkeep {
            Upkeep::Pause(pause) => {
                self.pauses.insert(pause.scope.clone(), pause);
            }
            Upkeep::Resume(scope) => {
                self.pauses_ended += u64::from(self.pauses.remove(&scope).is_some());
            }
            Upkeep::Dealt(position) => {
                self.undecided.remove(&position);
            }
            // These are updates of jobs.
            Upkeep::Retry(_) | Upkeep::Discard(_) => {}
        }
    }

    fn sweep(&mut self, today: Day) {
        let seen_from = today.minus(limits::DEDUPE_DAYS);
        self.seen.retain(|(day, _), _| *day >= seen_from);
        let settled_from = today.minus(limits::SETTLED_JOB_DAYS);
        self.jobs.retain(|_, kept| match kept {
            JobKept::Here(placed) => placed.settled_on.is_none_or(|day| day >= settled_from),
            JobKept::Moved { on, .. } => *on >= settled_from,
        });
        let jobs = &self.jobs;
        self.wamids.retain(|_, job| jobs.contains_key(job));
    }
}
