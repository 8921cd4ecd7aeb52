//! One event's whole path, on one page: read → decide → commit → ring the outbox.
//!
//! Everything that happens goes through [`Turn::take`]: webhooks, what the outbox reports, timers
//! and the API. Nothing else commits.

mod order;
mod step;
mod telling;

use crate::clock::Clock;
use crate::decide::{self, Trace, decide};
use crate::limits;
use crate::metrics::{HandOffLabels, Metrics};
use crate::model::{
    ContactId, Content, DeliveryStatus, Emitted, Event, EventKind, JobId, JobUpdate, NumberId,
    Record, State, Status, Subject, Tally, TimerChange, Timestamp, Verdict,
};
use crate::rules::Ruleset;
use crate::store::{Commit, Committed, Resolved, Store, StoreError};
use arc_swap::ArcSwap;
use futures_util::StreamExt;
use order::by_contact;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use step::{kept_back, step};
use tokio::sync::{Mutex, Notify, broadcast};

/// Takes events, one at a time or a webhook of them.
pub struct Turn {
    store: Arc<dyn Store>,
    /// Swapped whole by a reload; one decision sees one generation.
    rules: ArcSwap<Ruleset>,
    clock: Arc<dyn Clock>,
    new_id: fn(Timestamp) -> ContactId,
    metrics: Arc<Metrics>,
    /// Rung when jobs were committed.
    bell: Arc<Notify>,
    /// Rung when timers were set.
    timer_bell: Arc<Notify>,
    live: broadcast::Sender<Arc<Decided>>,
    /// Whoever met a conflict queues here by contact before trying again, so that a busy contact
    /// is written by one after the other instead of by nobody.
    queues: Vec<Mutex<()>>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Decided and durable.
    Applied,
    /// It had been before.
    Duplicate,
}

/// Why an event was not taken: answer 503, it comes again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else kept writing the same contact.
    #[error(
        "the contact was written by somebody else {} times in a row",
        limits::DECIDE_ATTEMPTS_MAX
    )]
    Contended,
}

/// A decision that was committed, for whoever watches.
#[derive(Debug, Clone)]
pub struct Decided {
    /// What happened.
    pub event: Event,
    /// What was decided.
    pub verdict: Verdict,
    /// Why.
    pub trace: Trace,
    /// The state after it.
    pub state: State,
    /// The jobs it made.
    pub jobs: Vec<JobId>,
    /// Jobs made before wait again.
    pub wakes: bool,
    /// What happened to a hand-off.
    pub handed: Vec<HandOffLabels>,
    /// What the business's systems are told.
    pub emitted: Vec<Emitted>,
}

impl Turn {
    /// A turn over a store and a first generation of rules. `new_id` makes the id of a contact
    /// first heard of at the given time.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        rules: Arc<Ruleset>,
        clock: Arc<dyn Clock>,
        new_id: fn(Timestamp) -> ContactId,
        metrics: Arc<Metrics>,
    ) -> Turn {
        let (live, _) = broadcast::channel(limits::LIVE_EVENTS_MAX);
        let (bell, timer_bell) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let queues = (0..limits::CONTACT_QUEUES).map(|_| Mutex::new(())).collect();
        Turn {
            store,
            rules: ArcSwap::new(rules),
            clock,
            new_id,
            metrics,
            bell,
            timer_bell,
            live,
            queues,
        }
    }

    /// Takes one event: when this returns `Ok`, it and all its effects are durable.
    ///
    /// # Errors
    /// The store is not available or the contact is fought over. The event may come again.
    pub async fn take(&self, event: Event) -> Result<Taken, TurnError> {
        Ok(self.take_told(event).await?.0)
    }

    /// As [`Turn::take`]; gives also what was decided, where it is decided now and about a contact.
    ///
    /// # Errors
    /// As [`Turn::take`].
    pub async fn take_told(
        &self,
        event: Event,
    ) -> Result<(Taken, Option<Arc<Decided>>), TurnError> {
        let mut queued = None;
        for _ in 0..limits::DECIDE_ATTEMPTS_MAX {
            let rules = self.rules.load_full();
            let Some(state) = self.read(&event).await? else {
                return Ok((self.keep(&rules, event).await?, None));
            };
            let event = dated(self.with_rule(event.clone()).await?, &state);
            let Ok(decision) = catch_unwind(AssertUnwindSafe(|| decide(&rules, &state, &event)))
            else {
                return Ok((self.keep(&rules, undecided(event)).await?, None));
            };
            let (step, decided) = step(&rules, &state, event, decision);
            let kept_back = kept_back(&step);
            let sets_timers = step.timers.iter().any(|one| matches!(one, TimerChange::Set(_)));
            match self.store.commit(step).await? {
                Committed::Applied => {
                    self.tell_kept_back(&kept_back);
                    if sets_timers {
                        self.timer_bell.notify_one();
                    }
                    return Ok((Taken::Applied, Some(self.announce(decided))));
                }
                Committed::Duplicate => return Ok((self.duplicate(&decided.event), None)),
                Committed::Conflict if queued.is_none() => {
                    self.metrics.conflicts.inc();
                    queued = Some(self.queue(state.contact.id).lock().await);
                }
                Committed::Conflict => {
                    self.metrics.conflicts.inc();
                }
            }
        }
        Err(TurnError::Contended)
    }

    /// Takes the events of one webhook: in order of time for each contact, contacts side by side.
    /// What is committed stays, whatever becomes of the rest.
    ///
    /// # Errors
    /// The first error met; then the whole webhook is to come again.
    pub async fn take_all(&self, events: Vec<Event>) -> Result<(), TurnError> {
        futures_util::stream::iter(by_contact(events))
            .map(|events| self.take_in_order(events))
            .buffer_unordered(limits::CONTACTS_AT_ONCE_MAX)
            .fold(Ok(()), |all, one| async move { all.and(one) })
            .await
    }

    /// Where those queue who met a conflict on this contact.
    fn queue(&self, contact: ContactId) -> &Mutex<()> {
        let count = self.queues.len().max(1);
        let place = usize::try_from(contact.0.as_u128() % count as u128).unwrap_or(0);
        #[expect(
            clippy::indexing_slicing,
            reason = "the remainder is below the length, which is a constant above 0"
        )]
        &self.queues[place]
    }

    async fn take_in_order(&self, events: Vec<Event>) -> Result<(), TurnError> {
        for event in events {
            self.take(event).await?;
        }
        Ok(())
    }

    /// The state the event is decided on; `None` for what moves no contact.
    async fn read(&self, event: &Event) -> Result<Option<State>, TurnError> {
        match (&event.subject, &event.kind) {
            (Subject::Account, _) => Ok(None),
            (Subject::Contact { id, number }, _) => Ok(self.store.state(*id, number).await?),
            (Subject::Person { aliases, number, .. }, kind) => loop {
                match self.store.resolve(aliases, number).await? {
                    Resolved::Known(state) => break Ok(Some(*state)),
                    Resolved::New if matches!(kind, EventKind::Status(_)) => {
                        break self.of_own_job(kind, number).await;
                    }
                    Resolved::New => {
                        let id = (self.new_id)(event.at);
                        break Ok(Some(State::new(id, number.clone(), event.at)));
                    }
                    Resolved::Several(ids) => self.merge(&ids, event.at).await?,
                }
            },
        }
    }

    /// The state a status is of by the job id it carries. A status of a message we did not send
    /// makes nobody a customer.
    async fn of_own_job(
        &self,
        kind: &EventKind,
        number: &NumberId,
    ) -> Result<Option<State>, TurnError> {
        match kind {
            EventKind::Status(Status { job: Some(job), .. }) => {
                Ok(self.store.state(job.contact, number).await?)
            }
            _ => Ok(None),
        }
    }

    /// A failed message is told with the rule it came from, and what it said.
    async fn with_rule(&self, mut event: Event) -> Result<Event, TurnError> {
        if let EventKind::Status(status) = &mut event.kind
            && status.status == DeliveryStatus::Failed
            && status.rule.is_none()
            && let Some(id) = status.job
        {
            let Some(job) = self.store.job(id).await? else { return Ok(event) };
            status.rule = Some(job.effect.rule().clone());
            let update = JobUpdate::Status {
                job: status.job,
                wamid: status.wamid.clone(),
                status: status.status.clone(),
                error: status.error.clone(),
            };
            // Whatever was delivered before is not undone.
            let ends = job.after(&update, event.at).is_some();
            status.said = job.effect.content().filter(|_| ends).map(Content::in_words);
        }
        Ok(event)
    }

    async fn merge(&self, ids: &[ContactId], at: Timestamp) -> Result<(), TurnError> {
        let mut ids = ids.iter();
        if let Some(first) = ids.next() {
            let mut one = *first;
            for other in ids {
                one = self.store.merge(one, *other, at).await?;
            }
        }
        Ok(())
    }

    /// Keeps an event that moves no state.
    async fn keep(&self, rules: &Ruleset, event: Event) -> Result<Taken, TurnError> {
        let verdict = match &event.kind {
            EventKind::Undecided { reason, .. } => Verdict::Undecided(reason.clone()),
            EventKind::Unnamed { .. } => Verdict::Silent("unnamed".to_owned()),
            _ => Verdict::Recorded,
        };
        let upkeep = match &event.kind {
            EventKind::Upkeep { what, .. } => vec![what.clone()],
            _ => Vec::new(),
        };
        let mut tallies = vec![Tally::of("event", event.kind.label())];
        tallies.extend(verdict.why().map(|why| Tally::of(verdict.label(), why)));
        let record = Record {
            at: event.at,
            event: event.clone(),
            contact: None,
            number: None,
            version: 0,
            revision: rules.short_revision().to_owned(),
            engine: decide::ENGINE,
            verdict: verdict.clone(),
            changes: Vec::new(),
            jobs: Vec::new(),
            emitted: Vec::new(),
            snapshot: None,
        };
        let commit = Commit { upkeep, ..event.commit_alone(record, tallies) };
        match self.store.commit(commit).await? {
            Committed::Duplicate => Ok(self.duplicate(&event)),
            Committed::Applied | Committed::Conflict => {
                if let Verdict::Undecided(reason) = &verdict {
                    tracing::error!(
                        event = event.id.tail(),
                        reason,
                        "an event could not be decided; see `usher dead list`"
                    );
                }
                self.count(&event, verdict.label());
                self.count_why(&verdict);
                Ok(Taken::Applied)
            }
        }
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> Arc<Ruleset> {
        self.rules.load_full()
    }

    /// Brings rules into force and gives those before. A decision under way ends by the rules it
    /// began with; let go of them off the serving threads.
    #[must_use]
    pub fn put_rules(&self, rules: Arc<Ruleset>) -> Arc<Ruleset> {
        self.rules.swap(rules)
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What is counted.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Rung when jobs were committed: the outbox waits on it.
    #[must_use]
    pub fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }

    /// Rung when timers were set: who rings them waits on it.
    #[must_use]
    pub fn timer_bell(&self) -> Arc<Notify> {
        Arc::clone(&self.timer_bell)
    }

    /// Decisions as they are committed; a slow watcher skips.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Arc<Decided>> {
        self.live.subscribe()
    }
}

/// An event is never before the last one of its contact.
fn dated(mut event: Event, state: &State) -> Event {
    event.at = event.at.max(state.contact.last_event_at);
    event
}

/// The event as one that could not be decided, with its own bytes kept.
fn undecided(event: Event) -> Event {
    let raw = serde_json::to_vec(&event).unwrap_or_default().into();
    let reason = "deciding it failed inside usher".to_owned();
    Event { kind: EventKind::Undecided { reason, raw }, ..event }
}
