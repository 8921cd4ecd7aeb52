//! A `webhook` connector: told what happened by a signed POST.

use super::asking::{body, by_status, retry_after, unsent};
use super::{Trouble, config};
use crate::limits;
use crate::whatsapp::signature::sign;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// The header that signs the body: `sha256=` and the HMAC-SHA256 of its bytes, in hex.
const SIGNATURE: &str = "X-Usher-Signature";

/// The header by which a receiver knows what it was told before.
const IDEMPOTENCY: &str = "Idempotency-Key";

/// A system that is told. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hook {
    desk: Arc<Desk>,
}

#[derive(Debug)]
struct Desk {
    http: reqwest::Client,
    settings: config::Webhook,
    /// Requests under way.
    places: Semaphore,
}

/// Why a telling did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It may pass: the same may be told again, with the same id. It may also have arrived.
    Passing {
        /// What went wrong.
        trouble: Trouble,
        /// `Retry-After`, at most [`limits::RETRY_AFTER_MAX`].
        retry_after: Option<Duration>,
    },
    /// The other side will not take it, however often it is told.
    Definite {
        /// What went wrong.
        trouble: Trouble,
    },
}

impl Failure {
    /// What went wrong.
    #[must_use]
    pub fn trouble(self) -> Trouble {
        match self {
            Failure::Passing { trouble, .. } | Failure::Definite { trouble } => trouble,
        }
    }
}

/// What is sent.
#[derive(Serialize)]
struct Told<'a, T> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(flatten)]
    beside: &'a T,
}

impl Hook {
    pub(super) fn new(settings: &config::Webhook, http: reqwest::Client) -> Hook {
        let places = Semaphore::new(limits::CONNECTOR_REQUESTS_MAX);
        Hook { desk: Arc::new(Desk { http, settings: settings.clone(), places }) }
    }

    /// Tells `{"id", "type"}` and the keys of `beside` once, within the connector's `timeout`; any
    /// 2xx is a yes. `id` goes as `Idempotency-Key`, too: whoever tells again must give the same.
    ///
    /// # Errors
    /// Whether it may pass, and a word for it.
    pub async fn tell(&self, id: &str, kind: &str, beside: &impl Serialize) -> Result<(), Failure> {
        let told = Told { id, kind, beside };
        let unfit = Failure::Definite { trouble: Trouble::Unfit };
        let text = serde_json::to_vec(&told).map_err(|_| unfit)?;
        let deadline = Instant::now() + self.desk.settings.timeout;
        // Held to the end: a place is a connection.
        let Ok(Ok(_place)) = timeout_at(deadline, self.desk.places.acquire()).await else {
            return Err(passing(Trouble::Timeout));
        };
        match timeout_at(deadline, self.desk.post(id, text)).await {
            Ok(Ok(response)) => answered(response, deadline).await,
            Ok(Err(Trouble::Unfit)) => Err(unfit),
            Ok(Err(trouble)) => Err(passing(trouble)),
            Err(_) => Err(passing(Trouble::Timeout)),
        }
    }
}

impl Desk {
    async fn post(&self, id: &str, body: Vec<u8>) -> Result<Response, Trouble> {
        let secret = self.settings.secret.first().ok_or(Trouble::Unfit)?;
        let signature = sign(&secret, &body);
        self.http
            .post(self.settings.url.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .header(IDEMPOTENCY, id)
            .header(SIGNATURE, signature)
            .body(body)
            .send()
            .await
            .map_err(|error| unsent(&error))
    }
}

async fn answered(response: Response, deadline: Instant) -> Result<(), Failure> {
    let status = response.status();
    let retry_after = retry_after(&response, limits::RETRY_AFTER_MAX);
    // The status says it all; the rest is read only so that the connection can be used again.
    let _ = timeout_at(deadline, body(response, limits::HOOK_ANSWER_BYTES_MAX)).await;
    let trouble = by_status(status);
    if status.is_success() {
        Ok(())
    } else if may_pass(status) {
        Err(Failure::Passing { trouble, retry_after })
    } else {
        Err(Failure::Definite { trouble })
    }
}

fn may_pass(status: StatusCode) -> bool {
    // Too slow, too early, too often.
    status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429)
}

fn passing(trouble: Trouble) -> Failure {
    Failure::Passing { trouble, retry_after: None }
}
