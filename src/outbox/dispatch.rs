//! One claimed job: sent or settled, measured, and reported until the report is durable.

use super::Settings;
use super::gates::{Admission, Claimable, Gates, Shown, Ticket};
use super::retry::{self, Next};
use crate::limits;
use crate::metrics::{Metrics, OutcomeLabels};
use crate::model::{
    Effect, Event, EventId, EventKind, Hold, Job, JobId, NumberId, SendError, SendOutcome, Subject,
    Timestamp,
};
use crate::store::{Claimed, Store};
use crate::turn::Turn;
use crate::whatsapp::Client;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What the tasks of the outbox share.
pub struct Dispatcher {
    turn: Arc<Turn>,
    client: Client,
    settings: Settings,
    /// Held for a look, never across an await.
    gates: Mutex<Gates>,
    /// Refused and unknown jobs being reported. The claim does not move those, so the next claim
    /// gives them again. A job to send is never in here: the claim itself has moved it, so it is
    /// given once, and leaving it aside would leave it `sending` for ever.
    in_hand: Mutex<HashSet<JobId>>,
}

impl Dispatcher {
    pub fn new(turn: Arc<Turn>, client: Client, settings: Settings) -> Dispatcher {
        let gates = Mutex::new(Gates::new(settings.numbers.clone()));
        Dispatcher { turn, client, settings, gates, in_hand: Mutex::default() }
    }

    pub fn turn(&self) -> &Arc<Turn> {
        &self.turn
    }

    /// Jobs a dead process left `sending` are of unknown outcome. This process has claimed
    /// nothing yet, so every such job is one, whatever the clock says.
    pub async fn recover(&self) {
        let ever = Timestamp(i64::MAX);
        let mut last = None;
        loop {
            match self.store().stranded(ever, limits::CLAIM_BATCH_MAX).await {
                Ok(jobs) if jobs.is_empty() => return,
                Ok(jobs) => {
                    let first = jobs.first().map(|job| job.id);
                    if first == last {
                        tracing::error!("jobs found under way at the start could not be settled");
                        return;
                    }
                    last = first;
                    for job in jobs {
                        let due = self.now().plus(self.settings.unknown_wait);
                        self.report(&job, SendOutcome::Unknown { due }).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot read the store yet");
                    tokio::time::sleep(limits::OUTBOX_TICK).await;
                }
            }
        }
    }

    pub fn claimable(&self) -> Claimable {
        self.gates().claimable(Instant::now())
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

    /// Up to `limit` jobs that are due, those in hand left out; none when the store does not answer.
    pub async fn claim(&self, limit: usize) -> Vec<Claimed> {
        let mut claimed = self.store().claim(self.now(), limit).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the outbox cannot claim from the store");
            Vec::new()
        });
        let mut in_hand = self.in_hand();
        claimed.retain(|claimed| match claimed {
            Claimed::Send(_) => true,
            Claimed::Refused(job, _) | Claimed::Settle(job) => in_hand.insert(job.id),
        });
        claimed
    }

    /// Brings the gauges up to date.
    pub async fn count(&self) {
        if let Ok(counts) = self.store().counts().await {
            let gauge = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            self.metrics().outbox_waiting.set(gauge(counts.waiting));
            self.metrics().dead_letters.set(gauge(counts.dead));
        }
    }

    /// Performs one claimed job, from the claim to the durable report.
    pub async fn perform(&self, claimed: Claimed) {
        let job = match &claimed {
            Claimed::Send(job) => return self.send(job).await,
            Claimed::Refused(job, why) => {
                self.drop_held(job, *why).await;
                job
            }
            Claimed::Settle(job) => {
                self.settle(job).await;
                job
            }
        };
        self.in_hand().remove(&job.id);
    }

    async fn send(&self, job: &Job) {
        let admission = self.gates().admit(number_of(job), Instant::now());
        match admission {
            Admission::Go(ticket) => self.post(job, &ticket).await,
            Admission::Later(error, pause) => self.postpone(job, error, pause).await,
        }
    }

    async fn post(&self, job: &Job, ticket: &Ticket) {
        let Effect::Send { number, answers, .. } = &job.effect;
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

    async fn drop_held(&self, job: &Job, why: Hold) {
        tracing::info!(job = %job.id, reason = why.label(), "not sent: a guard did not hold");
        self.report(job, SendOutcome::Dropped { why }).await;
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
    async fn report(&self, job: &Job, outcome: SendOutcome) {
        self.announce(job, &outcome);
        let now = self.now();
        let event = Event {
            id: event_id(job, &outcome),
            at: now,
            stated_at: None,
            subject: Subject::Contact { id: job.id.contact, number: number_of(job).clone() },
            kind: EventKind::Sent { job: job.id, outcome },
        };
        let mut pause = limits::REPORT_RETRY_FIRST;
        while let Err(error) = self.turn.take(event.clone()).await {
            tracing::warn!(%error, job = %job.id, "a report could not be kept yet");
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(limits::REPORT_RETRY_MAX);
        }
    }

    /// Counts an outcome and says aloud what somebody should know.
    fn announce(&self, job: &Job, outcome: &SendOutcome) {
        let labels = OutcomeLabels { outcome: outcome.label(), reason: reason(outcome).to_owned() };
        self.metrics().sends.get_or_create(&labels).inc();
        let Effect::Send { answers, .. } = &job.effect;
        match outcome {
            SendOutcome::Accepted { .. } if answers.is_some() => {
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

    fn measure(&self, took: Duration) {
        self.metrics().send_seconds.observe(took.as_secs_f64());
        if took > self.settings.timeout {
            self.metrics().sends_late.inc();
        }
    }

    fn learn(&self, ticket: &Ticket, shown: Shown) -> Option<Duration> {
        self.gates().learn(ticket, shown, Instant::now())
    }

    fn gates(&self) -> MutexGuard<'_, Gates> {
        // Nothing panics while it is held; a poisoned lock still holds a whole value.
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_hand(&self) -> MutexGuard<'_, HashSet<JobId>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        self.turn.clock().now()
    }

    fn store(&self) -> &Arc<dyn Store> {
        self.turn.store()
    }

    fn metrics(&self) -> &Arc<Metrics> {
        self.turn.metrics()
    }
}

/// What every log line about a job carries: its id and the rule it comes from.
pub fn span(claimed: &Claimed) -> tracing::Span {
    let (Claimed::Send(job) | Claimed::Refused(job, _) | Claimed::Settle(job)) = claimed;
    let Effect::Send { rule, .. } = &job.effect;
    tracing::info_span!("job", job = %job.id, %rule)
}

fn number_of(job: &Job) -> &NumberId {
    let Effect::Send { number, .. } = &job.effect;
    number
}

/// Once-only for each attempt and outcome; the same outcome at another time is another event.
fn event_id(job: &Job, outcome: &SendOutcome) -> EventId {
    let when = match outcome {
        SendOutcome::Again { due, .. }
        | SendOutcome::Postponed { due, .. }
        | SendOutcome::Unknown { due }
        | SendOutcome::Wait { due } => format!(":{}", due.millis()),
        SendOutcome::Accepted { .. }
        | SendOutcome::Dead { .. }
        | SendOutcome::Dropped { .. }
        | SendOutcome::Repeat => String::new(),
    };
    EventId::from(format!("job:{}:{}:{}{when}", job.id, job.attempts, outcome.label()))
}

/// Why, as a metric label.
fn reason(outcome: &SendOutcome) -> &str {
    match outcome {
        SendOutcome::Again { error, .. }
        | SendOutcome::Postponed { error, .. }
        | SendOutcome::Dead { error } => &error.reason,
        SendOutcome::Dropped { why } => why.label(),
        SendOutcome::Accepted { .. }
        | SendOutcome::Unknown { .. }
        | SendOutcome::Repeat
        | SendOutcome::Wait { .. } => "",
    }
}
