//! Durable effects are performed: claimed from the store, sent, reported as events.
//!
//! Lives here: the loop, when to try again (`retry`, pure), which destinations pause (`gates`), how
//! fast may be sent (`pace`), what becomes of what was held (`held`) or is left over (`stranded`),
//! how other systems are asked and told (`calls`).
//! May not live here: rules, guards (the store judges them at the claim), protocol (`whatsapp`).
//! What comes of an attempt goes through [`Turn::take`] like everything else that happens.

mod calls;
mod dispatch;
mod gates;
mod held;
mod pace;
mod retry;
mod stranded;

pub use pace::Rates;
pub use retry::settle;

use crate::crm::Connectors;
use crate::limits;
use crate::model::NumberId;
use crate::turn::Turn;
use crate::whatsapp::Client;
use dispatch::Dispatcher;
use held::Look;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// How the outbox behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `[whatsapp] timeout`: a slower attempt counts as late.
    pub timeout: Duration,
    /// `[limits] unknown_wait`.
    pub unknown_wait: Duration,
    /// `[server] drain`: how long sends under way are waited for at the end.
    pub drain: Duration,
    /// Our numbers: while all of them pause, nothing is claimed.
    pub numbers: Vec<NumberId>,
    /// `[whatsapp] rate` and `pair`.
    pub rates: Rates,
    /// `[connector.X]`: whom lookups ask and rules tell.
    pub connectors: Connectors,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            timeout: limits::SEND_LATE_AFTER,
            unknown_wait: limits::UNKNOWN_WAIT_DEFAULT,
            drain: limits::SEND_UNKNOWN_AFTER,
            numbers: Vec::new(),
            rates: Rates::default(),
            connectors: Connectors::default(),
        }
    }
}

/// Performs what waits in the store.
pub struct Outbox {
    dispatcher: Arc<Dispatcher>,
    drain: Duration,
}

impl Outbox {
    /// An outbox over the turn's store; nothing happens before [`Outbox::run`].
    #[must_use]
    pub fn new(turn: Arc<Turn>, client: Client, settings: Settings) -> Outbox {
        let drain = settings.drain;
        Outbox { dispatcher: Arc::new(Dispatcher::new(turn, client, settings)), drain }
    }

    /// Runs until `stop`, then claims nothing more and waits for what is under way, `drain` at
    /// most. What is cut off even so is found `sending` at the next start.
    pub async fn run(&self, stop: CancellationToken) {
        let mut flights = Flights::default();
        tokio::select! {
            () = stop.cancelled() => return,
            () = self.dispatcher.recover() => {}
        }
        let bell = self.dispatcher.turn().bell();
        let mut counted: Option<Instant> = None;
        let mut look = Look::default();
        while !stop.is_cancelled() {
            flights.reap();
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.dispatcher.release(&mut look) => {}
            }
            if self.dispatcher.is_in_doubt() {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = self.clear_doubt(&mut flights) => {}
                }
            }
            if counted.is_none_or(|at| at.elapsed() >= limits::OUTBOX_COUNT_EVERY) {
                self.dispatcher.count().await;
                counted = Some(Instant::now());
            }
            let more = self.claim(&mut flights).await;
            if more == Duration::ZERO {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = bell.notified() => {}
                () = flights.one() => {}
                () = tokio::time::sleep(more) => {}
            }
        }
        self.drain(flights).await;
    }

    /// After a claim failed: once what is under way has ended, whatever still stands `sending` is
    /// of that claim.
    async fn clear_doubt(&self, flights: &mut Flights) {
        flights.all().await;
        self.dispatcher.clear_doubt().await;
    }

    /// Claims what is due and sets it going. Gives how long nothing more will be due, as far as is
    /// known; zero when there may be more at once.
    async fn claim(&self, flights: &mut Flights) -> Duration {
        let free = limits::SENDS_IN_FLIGHT_MAX.saturating_sub(flights.sends.len());
        let calls = limits::CALLS_IN_FLIGHT_MAX.saturating_sub(flights.calls.len());
        let (limit, wait) = self.dispatcher.claimable();
        if free == 0 {
            return limits::OUTBOX_TICK;
        }
        let limit = limit.min(free).min(limits::CLAIM_BATCH_MAX);
        if limit == 0 {
            return wait.clamp(limits::PUT_OFF_MIN, limits::OUTBOX_TICK);
        }
        let due_in = self.dispatcher.due_in().await;
        if due_in > Duration::ZERO {
            return due_in.min(limits::OUTBOX_TICK);
        }
        let tasks = self.dispatcher.claim(limit, calls).await;
        let taken = tasks.len();
        for task in tasks {
            let dispatcher = Arc::clone(&self.dispatcher);
            let span = task.span();
            let flights = if task.is_call() { &mut flights.calls } else { &mut flights.sends };
            flights.spawn(async move { dispatcher.perform(task).await }.instrument(span));
        }
        if taken < limit {
            return limits::OUTBOX_TICK;
        }
        self.dispatcher.claimable().1.min(limits::OUTBOX_TICK)
    }

    async fn drain(&self, mut flights: Flights) {
        if tokio::time::timeout(self.drain, flights.all()).await.is_err() {
            let left = flights.sends.len().saturating_add(flights.calls.len());
            tracing::warn!(left, "stopped with sends under way; their outcome is unknown");
        }
    }
}

/// What is under way. Calls have places of their own: a slow system takes none from the sends.
#[derive(Default)]
struct Flights {
    sends: JoinSet<()>,
    calls: JoinSet<()>,
}

impl Flights {
    /// Forgets what has ended.
    fn reap(&mut self) {
        for flights in [&mut self.sends, &mut self.calls] {
            while let Some(ended) = flights.try_join_next() {
                note(ended);
            }
        }
    }

    /// Until one of them ends; for ever where there is none.
    async fn one(&mut self) {
        tokio::select! {
            Some(ended) = self.sends.join_next() => note(ended),
            Some(ended) = self.calls.join_next() => note(ended),
            else => std::future::pending().await,
        }
    }

    /// Until all of them have ended.
    async fn all(&mut self) {
        for flights in [&mut self.sends, &mut self.calls] {
            while let Some(ended) = flights.join_next().await {
                note(ended);
            }
        }
    }
}

/// A task that panicked leaves its job `sending`: it is found at the next start.
fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a send failed inside usher");
    }
}
