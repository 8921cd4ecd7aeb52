//! Timers ring: what is due in the store becomes an event.
//!
//! Lives here: the loop that asks the store, and the event's id. May not live here: what a timer is
//! for (`decide` looks at the conversation then). A timer rings once: it stands in the store until
//! the commit of its event clears it, and a copy of the event is a duplicate.

use crate::limits;
use crate::metrics::TimerLabels;
use crate::model::{ContactId, Event, EventId, EventKind, Subject, Timer, Timestamp};
use crate::turn::{Taken, Turn, TurnError};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Rings the timers of a turn's store.
pub struct Timers {
    turn: Arc<Turn>,
    /// When it was last told that the store does not answer.
    told: Option<Instant>,
    /// The timers rung last, one page at most: those among them that are still due are rung for
    /// another time, and not before a tick.
    rung: Vec<Timer>,
}

/// What came of a page of timers.
#[derive(Debug, Default)]
struct Rang {
    /// Some were due still although they had been rung just before.
    stuck: bool,
    /// Why one of them could not be rung.
    error: Option<TurnError>,
}

impl Timers {
    /// Nothing rings before [`Timers::run`].
    #[must_use]
    pub fn new(turn: Arc<Turn>) -> Timers {
        Timers { turn, told: None, rung: Vec::new() }
    }

    /// Rings until `stop`; what is under way then is finished.
    pub async fn run(mut self, stop: CancellationToken) {
        let bell = self.turn.timer_bell();
        while !stop.is_cancelled() {
            let wait = match self.ring().await {
                Ok(wait) => wait,
                Err(error) => {
                    self.tell(&error);
                    limits::TIMERS_TICK
                }
            };
            if wait == Duration::ZERO {
                // Ten thousand may be due, and a store in memory never waits.
                tokio::task::yield_now().await;
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = bell.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Rings a page of what is due. Gives how long to wait for more.
    async fn ring(&mut self) -> Result<Duration, TurnError> {
        let now = self.turn.clock().now();
        let due = self.turn.store().timers_due(now, limits::TIMERS_BATCH_MAX).await?;
        if due.is_empty() {
            self.rung.clear();
            let next = self.turn.store().next_timer().await?;
            let wait = next.map_or(limits::TIMERS_TICK, |next| next.since(now));
            // A timer that came due meanwhile is read at once, but the clock moves first.
            return Ok(wait.clamp(Duration::from_millis(1), limits::TIMERS_TICK));
        }
        let mut by_contact: BTreeMap<ContactId, Vec<Timer>> = BTreeMap::new();
        for timer in &due {
            by_contact.entry(timer.key.contact).or_default().push(timer.clone());
        }
        let rang = futures_util::stream::iter(by_contact.into_values())
            .map(|timers| self.ring_in_order(timers, now))
            .buffer_unordered(limits::TIMERS_AT_ONCE_MAX)
            .fold(Rang::default(), |all, one| async move {
                Rang { stuck: all.stuck || one.stuck, error: all.error.or(one.error) }
            })
            .await;
        // After an error the same ids come again: of those that were kept all the same, nothing more.
        self.rung = if rang.error.is_none() { due } else { Vec::new() };
        match rang {
            Rang { error: Some(error), .. } => Err(error),
            Rang { stuck: true, .. } => Ok(limits::TIMERS_TICK),
            Rang { stuck: false, .. } => Ok(Duration::ZERO),
        }
    }

    /// One contact's timers, the earliest first; side by side they would only meet conflicts.
    async fn ring_in_order(&self, timers: Vec<Timer>, now: Timestamp) -> Rang {
        let mut rang = Rang::default();
        for timer in timers {
            let again = self.rung.contains(&timer);
            rang.stuck |= again;
            let id = event_id(&timer, again.then_some(now));
            match self.turn.take(event(&timer, id, now)).await {
                Ok(Taken::Applied) => {
                    let labels = TimerLabels { kind: timer.key.kind.label() };
                    self.turn.metrics().timers_fired.get_or_create(&labels).inc();
                }
                // Its commit was not known to be one; or it was set for the same time once more.
                Ok(Taken::Duplicate) => {}
                Err(error) => rang.error = Some(error),
            }
        }
        rang
    }

    fn tell(&mut self, error: &TurnError) {
        if self.told.is_none_or(|at| at.elapsed() >= limits::TIMERS_TOLD_EVERY) {
            tracing::warn!(%error, "timers that are due cannot ring yet");
            self.told = Some(Instant::now());
        }
    }
}

/// Once-only by what it was set for; a timer that stands although it rang is rung for anew.
fn event_id(timer: &Timer, again: Option<Timestamp>) -> EventId {
    let Timer { key, at } = timer;
    let again = again.map(|now| format!(":{}", now.millis())).unwrap_or_default();
    let (kind, due) = (key.kind.label(), at.millis());
    EventId::from(format!("timer:{}:{}:{kind}:{}:{due}{again}", key.contact, key.number, key.name))
}

fn event(timer: &Timer, id: EventId, now: Timestamp) -> Event {
    let Timer { key, at } = timer.clone();
    Event {
        id,
        at: now,
        stated_at: None,
        subject: Subject::Contact { id: key.contact, number: key.number.clone() },
        kind: EventKind::Timer { key, due: at },
    }
}
