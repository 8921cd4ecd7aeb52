//! Connectors: other systems that usher asks (`rest`) and tells (`webhook`).
//!
//! Lives here: one request, its bounds, and what can be said about it afterwards; answers that are
//! kept for a while. May not live here: rules, deciding, storing, retrying (that is `outbox`).
//! Nothing is logged here, and addresses, tokens, questions and answers show in no error.

mod answers;
mod asking;
mod hook;
mod rest;
mod values;

pub use answers::Answer;
pub use hook::{Failure, Hook};
pub use rest::Rest;

use crate::config;
use crate::limits;
use crate::whatsapp::client::install_crypto;
use std::collections::BTreeMap;

/// Every connector of `usher.toml`, by name. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Connectors {
    rest: BTreeMap<String, Rest>,
    hooks: BTreeMap<String, Hook>,
}

/// Why there are no connectors.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// TLS could not be set up.
    #[error("connections to other systems cannot be set up: {0}")]
    Setup(reqwest::Error),
}

/// What went wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// No whole answer in time.
    Timeout,
    /// No connection, or it broke off.
    Unreachable,
    /// 401 or 403.
    Refused,
    /// 429.
    Throttled,
    /// Any other status that is no success; redirects too, as they are not followed.
    Status,
    /// The answer is larger than [`limits::LOOKUP_BODY_BYTES_MAX`].
    TooBig,
    /// The answer is no JSON.
    NotJson,
    /// No request can be made of this: a path that leads elsewhere, an id that fits no header.
    Unfit,
}

impl Trouble {
    /// Every trouble there is, for the metrics.
    pub const ALL: [Trouble; 8] = [
        Trouble::Timeout,
        Trouble::Unreachable,
        Trouble::Refused,
        Trouble::Throttled,
        Trouble::Status,
        Trouble::TooBig,
        Trouble::NotJson,
        Trouble::Unfit,
    ];

    /// The word for it in metrics, traces and the journal.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Trouble::Timeout => "timeout",
            Trouble::Unreachable => "unreachable",
            Trouble::Refused => "refused",
            Trouble::Throttled => "throttled",
            Trouble::Status => "status",
            Trouble::TooBig => "too_big",
            Trouble::NotJson => "not_json",
            Trouble::Unfit => "unfit",
        }
    }
}

impl Connectors {
    /// The connectors of a configuration; nothing is connected yet.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(
        configured: &BTreeMap<String, config::Connector>,
    ) -> Result<Connectors, ConnectorError> {
        let http = client()?;
        let mut connectors = Connectors::default();
        for (name, connector) in configured {
            match connector {
                config::Connector::Rest(rest) => {
                    connectors.rest.insert(name.clone(), Rest::new(rest, http.clone()));
                }
                config::Connector::Webhook(hook) => {
                    connectors.hooks.insert(name.clone(), Hook::new(hook, http.clone()));
                }
            }
        }
        Ok(connectors)
    }

    /// The `rest` connector of this name.
    #[must_use]
    pub fn rest(&self, name: &str) -> Option<&Rest> {
        self.rest.get(name)
    }

    /// The `webhook` connector of this name.
    #[must_use]
    pub fn webhook(&self, name: &str) -> Option<&Hook> {
        self.hooks.get(name)
    }
}

fn client() -> Result<reqwest::Client, ConnectorError> {
    install_crypto();
    reqwest::Client::builder()
        .connect_timeout(limits::CONNECT_TIMEOUT)
        .pool_idle_timeout(limits::CONNECTION_IDLE_MAX)
        .pool_max_idle_per_host(limits::CONNECTOR_REQUESTS_MAX)
        // Another address would get the token, and customers' data.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(ConnectorError::Setup)
}
