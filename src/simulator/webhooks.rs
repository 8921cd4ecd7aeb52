//! Webhooks: signed, delivered, and sent again until they are answered 200 (Cloud API reference,
//! section 2). Every copy is the same bytes.

use super::customers::ChatStatus;
use super::faults::Fault;
use super::{SimEvent, Simulator};
use crate::limits;
use crate::model::Wamid;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// A copy that a fault delays comes at most so much later.
const REORDER_MILLIS_MAX: u64 = 2_000;
/// The second try follows at once; from then on this and growing.
const RETRY_FIRST_MILLIS: u64 = 200;
/// The longest wait of the first tries, during which a daemon may be starting again.
const RETRY_EARLY_MILLIS_MAX: u64 = 500;
/// So many tries come early; later ones are rarer.
const RETRY_EARLY: u32 = 60;
/// The longest wait.
const RETRY_LATE: Duration = Duration::from_secs(5);

/// What a webhook is about: what is to be noted once it was taken.
#[derive(Debug, Clone)]
pub(super) enum About {
    /// A message of a customer.
    Message { customer: Arc<str>, wamid: Wamid },
    /// The load's message with this number.
    Load(u64),
    /// Statuses of these messages.
    Statuses(Vec<Wamid>),
}

/// One webhook, ready to go out any number of times.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    body: Bytes,
    signature: String,
    about: Arc<About>,
}

impl Simulator {
    /// A webhook with this body.
    pub(super) fn delivery(&self, body: Bytes, about: About) -> Delivery {
        let signature = sign(&self.settings.app_secret, &body);
        Delivery { body, signature, about: Arc::new(about) }
    }

    /// Delivers a chat's webhook if there is room for it. Needs the runtime.
    pub(super) fn deliver(self: &Arc<Self>, body: Bytes, about: About, room: OwnedSemaphorePermit) {
        let delivery = self.delivery(body, about);
        let (copies, delay) = self.copies_and_delay();
        for _ in 1..copies {
            // A copy is only as welcome as there is room for it.
            if let Ok(room) = Arc::clone(&self.room).try_acquire_owned() {
                let delay = Duration::from_millis(self.world().dice.below(REORDER_MILLIS_MAX));
                self.spawn_delivery(delivery.clone(), delay, room);
            }
        }
        self.spawn_delivery(delivery, delay, room);
    }

    /// The same, waiting for room.
    pub(super) async fn deliver_when_there_is_room(self: &Arc<Self>, body: Bytes, about: About) {
        if let Ok(room) = Arc::clone(&self.room).acquire_owned().await {
            self.deliver(body, about, room);
        }
    }

    /// Delivers after `delay`, in a task of its own; `room` is given back when it ends.
    pub(super) fn spawn_delivery(
        self: &Arc<Self>,
        delivery: Delivery,
        delay: Duration,
        room: OwnedSemaphorePermit,
    ) {
        let simulator = Arc::clone(self);
        self.tasks.spawn(async move {
            let work = async {
                tokio::time::sleep(delay).await;
                if simulator.post_until_taken(&delivery).await {
                    simulator.taken(&delivery.about);
                }
            };
            let _ = simulator.stop.run_until_cancelled(work).await;
            drop(room);
        });
    }

    fn copies_and_delay(&self) -> (u64, Duration) {
        let mut world = self.world();
        let copies =
            if world.dice.happens(Fault::Duplicates) { 2 + world.dice.below(2) } else { 1 };
        let late = world.dice.happens(Fault::Reorder);
        let delay = if late { world.dice.below(REORDER_MILLIS_MAX) } else { 0 };
        (copies, Duration::from_millis(delay))
    }

    /// Whether the webhook was answered 200 before its time was over.
    async fn post_until_taken(&self, delivery: &Delivery) -> bool {
        let give_up = Instant::now() + limits::SIM_WEBHOOK_RETRY_FOR;
        for tries in 0_u32.. {
            if tries > 0 {
                self.note_retry(&delivery.about);
                tokio::time::sleep(self.pause_before(tries)).await;
            }
            if self.post(delivery).await {
                return true;
            }
            if Instant::now() >= give_up {
                break;
            }
        }
        tracing::warn!("a webhook was not taken for too long and is given up");
        false
    }

    async fn post(&self, delivery: &Delivery) -> bool {
        let Ok(_turn) = self.in_flight.acquire().await else { return false };
        let answer = self
            .http
            .post(&self.settings.webhook)
            .header("content-type", "application/json")
            .header("x-hub-signature-256", &delivery.signature)
            .timeout(limits::SIM_WEBHOOK_TIMEOUT)
            .body(delivery.body.clone())
            .send()
            .await;
        answer.is_ok_and(|answer| answer.status() == reqwest::StatusCode::OK)
    }

    /// At once, then 200 to 500 ms, after many tries up to 5 s.
    fn pause_before(&self, tries: u32) -> Duration {
        if tries == 1 {
            return Duration::ZERO;
        }
        let jitter = self.world().dice.below(RETRY_EARLY_MILLIS_MAX - RETRY_FIRST_MILLIS);
        let early = Duration::from_millis(RETRY_FIRST_MILLIS + jitter);
        let rarer = tries.saturating_sub(RETRY_EARLY).saturating_add(1);
        early.saturating_mul(rarer).min(RETRY_LATE)
    }

    fn note_retry(&self, about: &About) {
        if matches!(about, About::Load(_)) {
            self.world().oracle.retried();
        }
    }

    fn taken(&self, about: &About) {
        match about {
            About::Load(n) => self.world().oracle.acknowledged(*n),
            About::Statuses(wamids) => {
                let mut world = self.world();
                wamids.iter().for_each(|wamid| world.oracle.status_known(wamid));
            }
            About::Message { customer, wamid } => self.show_delivered(customer, wamid),
        }
    }

    fn show_delivered(&self, key: &Arc<str>, wamid: &Wamid) {
        let status = ChatStatus::Delivered;
        let mut world = self.world();
        let customer = world.customers.find_mut(key);
        let moved = customer.is_some_and(|customer| customer.raise(wamid, status));
        drop(world);
        if moved {
            let (customer, wamid) = (Arc::clone(key), wamid.clone());
            self.announce(SimEvent::Status { customer, wamid, status });
        }
    }
}

/// `sha256=` and the HMAC-SHA256 of the body under the app secret, in lower-case hex.
fn sign(secret: &SecretString, body: &[u8]) -> String {
    let mut header = "sha256=".to_owned();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return header; // HMAC takes keys of any length: this cannot be
    };
    mac.update(body);
    for byte in mac.finalize().into_bytes() {
        let _ = write!(header, "{byte:02x}");
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_agree_with_the_vectors_of_the_reference() {
        let secret = SecretString::from("test_app_secret");
        for (body, signature) in [
            (
                r#"{"object":"whatsapp_business_account","entry":[]}"#,
                "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756",
            ),
            (
                r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"text":"ol\u00e1 \/ <3"}}]}]}"#,
                "76938873d05dc4fbe822cb8404946329faa1447211df82dba745c44b82669ec8",
            ),
        ] {
            assert_eq!(sign(&secret, body.as_bytes()), format!("sha256={signature}"));
        }
    }
}
