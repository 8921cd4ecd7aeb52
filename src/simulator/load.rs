//! A load: so many customers write so many messages, so many a second, some of them twice and in
//! any order, each sent again until it is taken.

use super::Simulator;
use super::customers::CustomerError;
use super::say::Say;
use super::webhooks::{About, Delivery};
use crate::limits;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Messages among which `shuffle` mixes.
const SHUFFLED_TOGETHER: u64 = 20;
/// A second copy follows within this time.
const COPY_MILLIS_MAX: u64 = 1_000;
/// Each n-th customer of a load hides their number.
const HIDES_NUMBER_EVERY: u64 = 10;

/// What `POST /sim/load` asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Load {
    /// How many messages.
    pub messages: u64,
    /// Messages a second.
    pub rate: f64,
    /// Customers who write in turn.
    pub customers: u64,
    /// The chance that a message comes twice or three times, 0 to 1.
    pub duplicates: f64,
    /// Neighbouring messages leave in any order.
    pub shuffle: bool,
    /// What is thrown for copies and order.
    pub seed: u64,
    /// What they write; `{n}` is the message's number.
    pub text: String,
}

impl Default for Load {
    fn default() -> Self {
        Load {
            messages: 100,
            rate: 50.0,
            customers: 500,
            duplicates: 0.0,
            shuffle: false,
            seed: 1,
            text: "hello #{n}".to_owned(),
        }
    }
}

/// Why a load does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// One is under way.
    #[error("a load is under way; wait until `GET /sim/load` says it is done")]
    UnderWay,
    /// A value out of its bounds.
    #[error("{0}")]
    Bounds(String),
    /// Its customers cannot be played.
    #[error(transparent)]
    Customers(#[from] CustomerError),
}

/// How far a load is: `GET /sim/load`. Counts are of all loads so far, as the report's are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LoadProgress {
    /// Messages planned.
    pub planned: u64,
    /// Messages of which a first copy left.
    pub sent: u64,
    /// Messages answered 200.
    pub acknowledged: u64,
    /// Extra copies.
    pub duplicates: u64,
    /// Webhooks sent again.
    pub retries: u64,
    /// Nothing is under way.
    pub done: bool,
}

/// The running load, as the world keeps it.
#[derive(Debug, Default)]
pub(super) struct LoadState {
    planned: u64,
    sent: u64,
    under_way: bool,
}

impl LoadState {
    pub(super) fn resting(&self) -> bool {
        !self.under_way
    }
}

impl Load {
    fn check(&self, already: u64) -> Result<(), LoadError> {
        let bounds = |words: String| Err(LoadError::Bounds(words));
        let most = u64::try_from(limits::SIM_LOAD_MESSAGES_MAX).unwrap_or(u64::MAX);
        if self.messages == 0 || self.messages.saturating_add(already) > most {
            let left = most.saturating_sub(already);
            return bounds(format!("`messages` is from 1 to {left} (of {most} in all)"));
        }
        if !(self.rate > 0.0 && self.rate <= limits::SIM_LOAD_RATE_MAX) {
            return bounds(format!("`rate` is above 0 and at most {}", limits::SIM_LOAD_RATE_MAX));
        }
        if self.customers == 0 {
            return bounds("`customers` is at least 1".to_owned());
        }
        if !(0.0..=1.0).contains(&self.duplicates) {
            return bounds("`duplicates` is a chance from 0 to 1".to_owned());
        }
        if !self.text.contains("#{n}") {
            return bounds("`text` holds `#{n}`, by which its answer is known".to_owned());
        }
        if self.text.len() > limits::SIM_TEXT_BYTES_MAX / 2 {
            return bounds("`text` is too long".to_owned());
        }
        Ok(())
    }
}

impl Simulator {
    /// Starts a load and returns. Needs the runtime.
    ///
    /// # Errors
    /// One is under way, or it asks for too much.
    pub fn start_load(self: &Arc<Self>, load: Load) -> Result<(), LoadError> {
        let customers = {
            let mut world = self.world();
            if !world.load.resting() {
                return Err(LoadError::UnderWay);
            }
            load.check(world.oracle.next().saturating_sub(1))?;
            let customers: Result<Vec<Arc<str>>, CustomerError> = (0..load.customers)
                .map(|index| {
                    let (key, name) = (customer_key(index), format!("Load {}", index + 1));
                    world.customers.meet(&key, Some(&name)).map(|(met, _)| Arc::clone(&met.key))
                })
                .collect();
            let customers = customers?;
            world.load.under_way = true;
            world.load.planned = world.load.planned.saturating_add(load.messages);
            customers
        };
        let simulator = Arc::clone(self);
        self.tasks.spawn(async move {
            let stop = simulator.stop.clone();
            let _ = stop.run_until_cancelled(simulator.run_load(&load, &customers)).await;
            simulator.world().load.under_way = false;
        });
        Ok(())
    }

    /// How far the loads are.
    #[must_use]
    pub fn load_progress(&self) -> LoadProgress {
        let world = self.world();
        LoadProgress {
            planned: world.load.planned,
            sent: world.load.sent,
            acknowledged: world.oracle.acknowledged_count(),
            duplicates: world.oracle.duplicates(),
            retries: world.oracle.retries(),
            done: world.load.resting(),
        }
    }

    async fn run_load(self: &Arc<Self>, load: &Load, customers: &[Arc<str>]) {
        let mut dice = fastrand::Rng::with_seed(load.seed);
        let began = Instant::now();
        let mut left_so_far = 0_u32;
        let mut first = 0;
        while first < load.messages {
            let end = first.saturating_add(SHUFFLED_TOGETHER).min(load.messages);
            let mut webhooks: Vec<Delivery> =
                (first..end).filter_map(|index| self.ask(load, customers, index)).collect();
            if load.shuffle {
                dice.shuffle(&mut webhooks);
            }
            for webhook in webhooks {
                let due = Duration::from_secs_f64(f64::from(left_so_far) / load.rate);
                tokio::time::sleep_until(began + due).await;
                self.send_copies(load, &mut dice, webhook).await;
                left_so_far = left_so_far.saturating_add(1);
            }
            first = end;
        }
        self.all_of_load_taken().await;
    }

    /// The webhook of the load's message `index`.
    fn ask(&self, load: &Load, customers: &[Arc<str>], index: u64) -> Option<Delivery> {
        let count = u64::try_from(customers.len()).ok()?;
        let key = customers.get(usize::try_from(index.checked_rem(count)?).ok()?)?;
        let (n, body) = self.compose_numbered(key, &load.text)?;
        Some(self.delivery(body, About::Load(n)))
    }

    fn compose_numbered(&self, key: &Arc<str>, text: &str) -> Option<(u64, Bytes)> {
        let mut world = self.world();
        let n = world.oracle.ask(Arc::clone(key));
        let say = Say::text(text.replace("{n}", &n.to_string()));
        let at = self.settings.clock.now();
        let (message, body) = world.write(&self.settings, key, say, at)?;
        drop(world);
        let message = Box::new(message);
        self.announce(super::SimEvent::Message { customer: Arc::clone(key), message });
        Some((n, body))
    }

    async fn send_copies(
        self: &Arc<Self>,
        load: &Load,
        dice: &mut fastrand::Rng,
        webhook: Delivery,
    ) {
        let copies = if dice.f64() < load.duplicates { dice.u64(1..=2) } else { 0 };
        for _ in 0..copies {
            let delay = Duration::from_millis(dice.u64(0..COPY_MILLIS_MAX));
            self.spawn_load_delivery(webhook.clone(), delay).await;
        }
        self.spawn_load_delivery(webhook, Duration::ZERO).await;
        let mut world = self.world();
        world.oracle.duplicated(copies);
        world.load.sent = world.load.sent.saturating_add(1);
    }

    /// Waits for room: beyond [`limits::SIM_LOAD_PENDING_MAX`] the load stands still.
    async fn spawn_load_delivery(self: &Arc<Self>, webhook: Delivery, delay: Duration) {
        if let Ok(room) = Arc::clone(&self.load_room).acquire_owned().await {
            self.spawn_delivery(webhook, delay, room);
        }
    }

    /// Every permit back means every webhook of the load has ended, one way or another.
    async fn all_of_load_taken(&self) {
        let all = u32::try_from(limits::SIM_LOAD_PENDING_MAX).unwrap_or(u32::MAX);
        drop(self.load_room.acquire_many(all).await);
    }
}

/// The key of a load's customer: invented numbers, and some without one.
fn customer_key(index: u64) -> String {
    if index % HIDES_NUMBER_EVERY == HIDES_NUMBER_EVERY - 1 {
        format!("PT.9{index:07}A")
    } else {
        format!("35192{index:07}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_bounded() {
        assert_eq!(Load::default().check(0), Ok(()));
        let most = u64::try_from(limits::SIM_LOAD_MESSAGES_MAX).unwrap();
        for bad in [
            Load { messages: 0, ..Load::default() },
            Load { messages: most + 1, ..Load::default() },
            Load { rate: 0.0, ..Load::default() },
            Load { rate: f64::NAN, ..Load::default() },
            Load { rate: 1e9, ..Load::default() },
            Load { customers: 0, ..Load::default() },
            Load { duplicates: 1.1, ..Load::default() },
            Load { text: "hello".to_owned(), ..Load::default() },
        ] {
            assert!(matches!(bad.check(0), Err(LoadError::Bounds(_))), "{bad:?}");
        }
        assert!(Load::default().check(most).is_err());
    }
}
