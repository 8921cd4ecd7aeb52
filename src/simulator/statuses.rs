//! What WhatsApp reports of accepted messages: sent → delivered → read, or failed; each after a
//! short while, several in one webhook.

use super::customers::ChatStatus;
use super::graph::GraphError;
use super::webhooks::About;
use super::{SimEvent, Simulator, payload};
use crate::limits;
use crate::model::Wamid;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Statuses due within this time go together in one webhook.
const GATHER: Duration = Duration::from_millis(20);

/// One status to report.
#[derive(Debug, Clone)]
pub(super) struct StatusUpdate {
    pub(super) wamid: Wamid,
    pub(super) step: StatusStep,
    /// The key of the customer, where it is one.
    pub(super) customer: Option<Arc<str>>,
    pub(super) recipient_id: Option<String>,
    pub(super) recipient_user_id: Option<String>,
    pub(super) callback: Option<String>,
    /// For `contacts[]`; absent on `failed`.
    pub(super) contact: Option<Value>,
}

/// How far.
#[derive(Debug, Clone)]
pub(super) enum StatusStep {
    Sent,
    Delivered,
    Read,
    Failed(GraphError),
}

impl StatusStep {
    pub(super) fn chat_status(&self) -> ChatStatus {
        match self {
            StatusStep::Sent => ChatStatus::Sent,
            StatusStep::Delivered => ChatStatus::Delivered,
            StatusStep::Read => ChatStatus::Read,
            StatusStep::Failed(_) => ChatStatus::Failed,
        }
    }
}

/// Statuses that wait for their time, earliest first.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    queue: Mutex<Queue>,
    /// Rung when there is a new first.
    bell: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    by_due: BTreeMap<(Instant, u64), StatusUpdate>,
    next: u64,
}

impl Waiting {
    /// Adds a status that is due after `delay`; beyond the limit it is not reported (as Meta drops
    /// what nobody takes).
    pub(super) fn add(&self, update: StatusUpdate, delay: Duration) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.by_due.len() >= limits::SIM_STATUSES_WAITING_MAX {
            tracing::warn!("too many statuses wait; one is left out");
            return;
        }
        let key = (Instant::now() + delay, queue.next);
        queue.next = queue.next.wrapping_add(1);
        queue.by_due.insert(key, update);
        if queue.by_due.first_key_value().is_some_and(|(first, _)| *first == key) {
            self.bell.notify_one();
        }
    }

    fn first_due(&self) -> Option<Instant> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.by_due.first_key_value().map(|((due, _), _)| *due)
    }

    fn take_due(&self, now: Instant) -> Vec<StatusUpdate> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        while due.len() < limits::SIM_STATUSES_PER_WEBHOOK_MAX {
            match queue.by_due.first_entry() {
                Some(entry) if entry.key().0 <= now => due.push(entry.remove()),
                _ => break,
            }
        }
        due
    }
}

impl Simulator {
    /// Reports statuses as they become due, until the simulator stops.
    pub(super) async fn pump_statuses(self: Arc<Self>) {
        loop {
            let Some(due) = self.statuses.first_due() else {
                self.statuses.bell.notified().await;
                continue;
            };
            tokio::select! {
                () = tokio::time::sleep_until(due + GATHER) => {}
                () = self.statuses.bell.notified() => continue,
            }
            let updates = self.statuses.take_due(Instant::now());
            if !updates.is_empty() {
                self.report_statuses(updates).await;
            }
        }
    }

    async fn report_statuses(self: &Arc<Self>, updates: Vec<StatusUpdate>) {
        for update in &updates {
            self.show_status(update);
        }
        let body = payload::statuses(&self.settings, &updates, self.settings.clock.now());
        let wamids = updates.into_iter().map(|update| update.wamid).collect();
        self.deliver_when_there_is_room(body, About::Statuses(wamids)).await;
    }

    fn show_status(&self, update: &StatusUpdate) {
        let Some(key) = &update.customer else { return };
        let status = update.step.chat_status();
        let moved = self
            .world()
            .customers
            .find_mut(key)
            .is_some_and(|customer| customer.raise(&update.wamid, status));
        if moved {
            let (customer, wamid) = (Arc::clone(key), update.wamid.clone());
            self.announce(SimEvent::Status { customer, wamid, status });
        }
    }
}
