//! One claimed job: sent or settled, measured, and reported until the report is durable.

use super::Settings;
use super::calls::is_call;
use super::gates::{Admission, Claimable, Gates, Pause, Shown, Ticket};
use super::pace::Pace;
use super::retry::{self, Next};
use crate::limits;
use crate::metrics::{Changed, EVERY_NUMBER, Metrics, OutcomeLabels, SendingPause};
use crate::model::{
    ContactId, Effect, Event, EventId, EventKind, Hold, Job, JobId, NumberId, SendError,
    SendOutcome, Subject, Timestamp,
};
use crate::store::{Allowance, Claimed, Store, StoreError, Terms};
use crate::turn::Turn;
use crate::whatsapp::{Client, errors};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A claimed job, and whether its destination takes it.
pub struct Task {
    claimed: Claimed,
    admission: Option<Admission>,
}

impl Task {
    /// Whether it asks or tells another system: such a task has places of its own.
    pub fn is_call(&self) -> bool {
        matches!(&self.claimed, Claimed::Send(job) if is_call(job))
    }

    /// What every log line about a job carries: its id and the rule it comes from.
    pub fn span(&self) -> tracing::Span {
        let (Claimed::Send(job)
        | Claimed::Refused(job, _)
        | Claimed::PutOff(job)
        | Claimed::Settle(job)) = &self.claimed;
        tracing::info_span!("job", job = %job.id, rule = %job.effect.rule())
    }
}

/// What the tasks of the outbox share.
pub struct Dispatcher {
    turn: Arc<Turn>,
    client: Client,
    pub(super) settings: Settings,
    /// Held for a look, never across an await.
    gates: Mutex<Gates>,
    pace: Mutex<Pace>,
    /// Until when a number's places are taken by jobs that were put off.
    places: Mutex<HashMap<NumberId, Timestamp>>,
    /// Refused and unknown jobs being reported. The claim does not move those, so the next claim
    /// gives them again. A job to send is never in here: the claim itself has moved it, so it is
    /// given once, and leaving it aside would leave it `sending` for ever.
    in_hand: Mutex<HashSet<JobId>>,
    /// Numbers that `usher.toml` does not name and jobs are sent from: each is told once.
    strangers: Mutex<HashSet<NumberId>>,
    /// A claim failed: whether the store holds it all the same is not known.
    pub(super) doubt: AtomicBool,
}

impl Dispatcher {
    pub fn new(turn: Arc<Turn>, client: Client, settings: Settings) -> Dispatcher {
        let gates = Mutex::new(Gates::new(settings.numbers.clone()));
        let pace = Mutex::new(Pace::new(settings.rates, Instant::now()));
        let (places, in_hand, strangers) = <_>::default();
        let doubt = AtomicBool::new(false);
        let ours = [("postponed", "unreachable"), ("postponed", "store")];
        for (outcome, reason) in errors::outcomes().chain(ours) {
            turn.metrics().send_outcome(outcome, reason);
        }
        Dispatcher { turn, client, settings, gates, pace, places, in_hand, strangers, doubt }
    }

    pub fn turn(&self) -> &Arc<Turn> {
        &self.turn
    }

    /// How many jobs may be claimed now and, where that is none, how long until one may.
    pub fn claimable(&self) -> (usize, Duration) {
        let now = Instant::now();
        match self.gates().claimable(now) {
            Claimable::None => return (0, limits::OUTBOX_TICK),
            Claimable::One => return (1, Duration::ZERO),
            Claimable::Any if self.settings.numbers.is_empty() => {
                return (usize::MAX, Duration::ZERO);
            }
            Claimable::Any => {}
        }
        let of = |number| self.of_number(number, now);
        let all: Vec<(usize, Duration)> = self.settings.numbers.iter().map(of).collect();
        let free = all.iter().map(|(free, _)| free).sum();
        let wait = all.iter().map(|(_, wait)| *wait).min();
        (free, if free > 0 { Duration::ZERO } else { wait.unwrap_or(limits::OUTBOX_TICK) })
    }

    /// How many jobs of a number may be claimed, and how long until one more may.
    fn of_number(&self, number: &NumberId, now: Instant) -> (usize, Duration) {
        let (free, wait) = self.pace().of_number(number, now);
        match self.gates().of_number(number, now) {
            (Claimable::Any, _) => (free, wait),
            (Claimable::One, next) => (free.min(1), next.max(wait)),
            (Claimable::None, left) => (0, left.max(wait)),
        }
    }

    /// What of it may be claimed. Of one number alone no more is asked for than it may send, so
    /// its terms need not be said.
    fn terms(&self, now: Timestamp, calls: usize) -> Terms {
        let instant = Instant::now();
        let pairs = self
            .pace()
            .spent_pairs(instant)
            .map(|(pair, wait)| (pair.clone(), now.plus(wait)))
            .collect();
        let (then, every) = (now.plus(limits::CALL_PUT_OFF), limits::PUT_OFF_MIN);
        let calls = Some(Allowance { free: calls, then, every });
        let quiet = self.turn.rules().quiet_hours().cloned();
        let mut terms = Terms { pairs, quiet, calls, ..Terms::default() };
        if self.settings.numbers.len() > 1 {
            for number in &self.settings.numbers {
                let (free, wait) = self.of_number(number, instant);
                let taken = self.places().get(number).copied().unwrap_or(now);
                let then = taken.max(now.plus(wait.max(limits::PUT_OFF_MIN)));
                let every = self.pace().every(number);
                terms.numbers.insert(number.clone(), Allowance { free, then, every });
            }
        }
        terms
    }

    /// How long until a job is due; a tick when none is or the store cannot say.
    pub async fn due_in(&self) -> Duration {
        match self.store().next_due().await {
            Ok(Some(due)) => due.since(self.now()),
            Ok(None) => limits::OUTBOX_TICK,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot read the store");
                limits::OUTBOX_TICK
            }
        }
    }

    /// Up to `limit` jobs that are due, no more than `calls` of them calls, those in hand left out;
    /// none when the store does not answer.
    pub async fn claim(&self, limit: usize, calls: usize) -> Vec<Task> {
        let now = self.now();
        let terms = self.terms(now, calls);
        let claimed = self.store().claim(now, limit, &terms).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the outbox cannot claim from the store");
            if matches!(error, StoreError::Unavailable(_)) {
                self.doubt.store(true, Ordering::Relaxed);
            }
            Vec::new()
        });
        claimed.into_iter().filter_map(|claimed| self.take(claimed, &terms)).collect()
    }

    /// Notes what was claimed, before anything else is; `None` for a job in hand already.
    fn take(&self, claimed: Claimed, terms: &Terms) -> Option<Task> {
        let admission = match &claimed {
            Claimed::Send(job) if is_call(job) => None,
            Claimed::Send(job) => {
                let (number, now) = (number_of(job), Instant::now());
                self.tell_stranger(number);
                self.pace().take(number, job.id.contact, now);
                Some(self.gates().admit(number, now))
            }
            Claimed::PutOff(job) => {
                self.put_off(job, terms);
                None
            }
            Claimed::Refused(job, _) | Claimed::Settle(job) => {
                self.in_hand().insert(job.id).then_some(())?;
                None
            }
        };
        Some(Task { claimed, admission })
    }

    /// What was decided for a number goes out from it, also after it left `usher.toml`.
    fn tell_stranger(&self, number: &NumberId) {
        let numbers = &self.settings.numbers;
        if numbers.is_empty() || numbers.contains(number) {
            return;
        }
        // Nothing panics while it is held.
        let mut told = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(number.clone()) {
            tracing::warn!(
                number = number.as_str(),
                "messages that waited are sent from a number that `usher.toml` does not name any \
                 more; `usher pause --all` holds them"
            );
        }
    }

    /// The store has moved the job's time; nothing is left to do but to count it.
    fn put_off(&self, job: &Job, terms: &Terms) {
        let number = number_of(job);
        let pair: (NumberId, ContactId) = (number.clone(), job.id.contact);
        let reason = if is_call(job) {
            "calls"
        } else if terms.pairs.contains_key(&pair) {
            "pair_pace"
        } else {
            let next = job.due.plus(self.pace().every(number));
            self.places().insert(number.clone(), next);
            "number_pace"
        };
        self.count_outcome("put_off", reason);
    }

    /// Brings the gauges up to date.
    pub async fn count(&self) {
        if let Ok(counts) = self.store().counts().await {
            let gauge = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            self.metrics().outbox_waiting.set(gauge(counts.waiting));
            self.metrics().outbox_held.set(gauge(counts.held));
            self.metrics().outbox_unknown.set(gauge(counts.unknown));
            self.metrics().dead_letters.set(gauge(counts.dead));
        }
    }

    /// Performs one claimed job, from the claim to the durable report.
    pub async fn perform(&self, task: Task) {
        let job = match &task.claimed {
            Claimed::Send(job) if is_call(job) => return self.call(job).await,
            Claimed::Send(job) => return self.send(job, task.admission).await,
            Claimed::PutOff(_) => return,
            Claimed::Refused(job, why) => {
                self.keep_back(job, *why).await;
                job
            }
            Claimed::Settle(job) => {
                self.settle(job).await;
                job
            }
        };
        self.in_hand().remove(&job.id);
    }

    async fn send(&self, job: &Job, admission: Option<Admission>) {
        match admission {
            Some(Admission::Go(ticket)) => self.post(job, &ticket).await,
            Some(Admission::Later(error, pause)) => self.postpone(job, error, pause).await,
            None => {}
        }
    }

    async fn post(&self, job: &Job, ticket: &Ticket) {
        let Effect::Send { number, answers, .. } = &job.effect else { return };
        // Once, before the first attempt: typing after the answer would never end.
        if let Some(message) = answers
            && job.attempts <= 1
        {
            self.client.mark_read(number, message).await;
        }
        let begun = Instant::now();
        let answer = self.client.send(job).await;
        self.measure(begun.elapsed());
        match retry::after_answer(job, answer, self.now(), &self.settings) {
            Next::Report(outcome, shown) => {
                self.learn(ticket, shown);
                self.report(job, outcome).await;
            }
            Next::Postpone(error, shown) => {
                let pause = self.learn(ticket, shown);
                self.postpone(job, error, pause.unwrap_or(limits::DESTINATION_PROBE_EVERY)).await;
            }
        }
    }

    async fn postpone(&self, job: &Job, error: SendError, pause: Duration) {
        let due = self.now().plus(pause);
        self.report(job, SendOutcome::Postponed { error, due }).await;
    }

    async fn keep_back(&self, job: &Job, why: Hold) {
        let outcome = job.kept_back(why, self.now());
        let (outcome_label, reason) = (outcome.label(), why.label());
        tracing::info!(job = %job.id, reason, outcome = outcome_label, "not sent");
        self.report(job, outcome).await;
    }

    async fn settle(&self, job: &Job) {
        match self.store().last_status(number_of(job)).await {
            Ok(last) => {
                let outcome = retry::settle(job, last, self.now(), &self.settings);
                self.report(job, outcome).await;
            }
            // It stays as it is and is claimed again at the next look.
            Err(error) => tracing::warn!(%error, job = %job.id, "the outbox cannot read the store"),
        }
    }

    /// Commits what came of an attempt; the same event until it is durable. Cut off here, the job
    /// is found `sending` at the next start.
    pub async fn report(&self, job: &Job, outcome: SendOutcome) {
        self.announce(job, &outcome);
        let now = self.now();
        let event = Event {
            id: event_id(job, &outcome, now),
            at: now,
            stated_at: None,
            subject: Subject::Contact { id: job.id.contact, number: number_of(job).clone() },
            kind: EventKind::Sent {
                job: job.id,
                said: job.given_up(&outcome),
                outcome,
                since: job.since(),
                rule: Some(job.effect.rule().clone()),
                replaced: job.replaced,
            },
        };
        self.keep_event(event).await;
    }

    /// Counts an outcome and says aloud what somebody should know.
    fn announce(&self, job: &Job, outcome: &SendOutcome) {
        if is_call(job) {
            if let SendOutcome::Dead { error } = outcome {
                tracing::error!(
                    job = %job.id, reason = error.reason,
                    "another system could not be told; it is a dead letter"
                );
            }
            return;
        }
        self.count_outcome(outcome.label(), outcome.reason());
        if job.replaced && matches!(outcome, SendOutcome::Accepted { .. }) {
            self.count_outcome("replaced", Hold::WindowClosed.label());
        }
        let answers = matches!(&job.effect, Effect::Send { answers: Some(_), .. });
        match outcome {
            SendOutcome::Accepted { .. } if answers => {
                let took = self.now().since(job.decided_at);
                self.metrics().answer_seconds.observe(took.as_secs_f64());
            }
            SendOutcome::Dead { error } => tracing::error!(
                job = %job.id, code = error.code, reason = error.reason,
                "a message was given up; it is a dead letter"
            ),
            SendOutcome::Unknown { .. } => tracing::warn!(
                job = %job.id, "nobody knows whether WhatsApp took a message; waiting for its status"
            ),
            _ => {}
        }
    }

    fn count_outcome(&self, outcome: &'static str, reason: &str) {
        let labels = OutcomeLabels { outcome, reason: reason.to_owned() };
        self.metrics().sends.get_or_create(&labels).inc();
    }

    fn measure(&self, took: Duration) {
        self.metrics().send_seconds.observe(took.as_secs_f64());
        if took > self.settings.timeout {
            self.metrics().sends_late.inc();
        }
    }

    fn learn(&self, ticket: &Ticket, shown: Shown) -> Option<Duration> {
        if matches!(shown, Shown::Fails { pause: Pause::Doubling(_), .. }) {
            self.pace().throttled(ticket.number(), Instant::now());
        }
        let nothing = matches!(shown, Shown::Nothing);
        let mut gates = self.gates();
        let pause = gates.learn(ticket, shown, Instant::now());
        if !nothing {
            self.show(&gates);
        }
        pause
    }

    /// Shows which gates are closed, and says what changed.
    fn show(&self, gates: &Gates) {
        let sending = &self.metrics().sending;
        let closed: Vec<SendingPause> =
            gates.closed().map(|(number, error)| self.pause_of(number, error)).collect();
        let Changed { begun, ended } = sending.show(closed);
        for SendingPause { number, reason, detail } in begun {
            tracing::error!(number, reason, detail, "sending pauses");
        }
        for SendingPause { number, reason, .. } in ended {
            tracing::info!(number, reason, "sending goes on");
        }
    }

    fn pause_of(&self, number: Option<&NumberId>, error: &SendError) -> SendingPause {
        let rules = self.turn.rules();
        let names = rules.settings.numbers.as_deref().unwrap_or_default();
        let number = match number {
            None => EVERY_NUMBER.to_owned(),
            Some(id) => {
                let name =
                    names.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone());
                name.unwrap_or_else(|| id.as_str().to_owned())
            }
        };
        let code = error.code.map(|code| format!("code {code}: ")).unwrap_or_default();
        let detail = format!("{code}{}", error.detail);
        SendingPause { number, reason: error.reason.clone(), detail }
    }

    fn gates(&self) -> MutexGuard<'_, Gates> {
        // Nothing panics while it is held; a poisoned lock still holds a whole value.
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn places(&self) -> MutexGuard<'_, HashMap<NumberId, Timestamp>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_hand(&self) -> MutexGuard<'_, HashSet<JobId>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> Timestamp {
        self.turn.clock().now()
    }

    pub fn store(&self) -> &Arc<dyn Store> {
        self.turn.store()
    }

    pub fn metrics(&self) -> &Arc<Metrics> {
        self.turn.metrics()
    }
}

fn number_of(job: &Job) -> &NumberId {
    job.effect.number()
}

/// Once-only for each attempt and outcome; the same outcome at another time is another event.
fn event_id(job: &Job, outcome: &SendOutcome, now: Timestamp) -> EventId {
    let when = match outcome {
        SendOutcome::Again { due, .. }
        | SendOutcome::Postponed { due, .. }
        | SendOutcome::Unknown { due }
        | SendOutcome::Wait { due } => format!(":{}", due.millis()),
        // A clock set back may have it held once more until the same time.
        SendOutcome::Held { due, .. } => format!(":{}:{}", due.millis(), now.millis()),
        SendOutcome::Released => format!(":{}", now.millis()),
        SendOutcome::Accepted { .. }
        | SendOutcome::Dead { .. }
        | SendOutcome::Dropped { .. }
        | SendOutcome::Repeat => String::new(),
    };
    EventId::from(format!("job:{}:{}:{}{when}", job.id, job.attempts, outcome.label()))
}
