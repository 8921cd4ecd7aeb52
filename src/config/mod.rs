//! `usher.toml`: what ops say, read once at start into plain settings, or refused with every
//! mistake at once.
//!
//! Lives here: the shape of the file, its defaults, its secrets. May not live here: rules, sockets,
//! the rules folder (that is `files`). Secrets are wrapped and print nowhere; a source text that
//! is shown to people has them blotted out.

mod blot;
mod connectors;
mod pace;
mod read;
mod schema;
mod secret;
mod secrets;
mod sections;
mod span;
mod walk;

pub use connectors::{Address, Connector, Rest, Webhook};
pub use pace::{Pair, Rate, SameText};
pub use read::{Read, Refused, load, look, parse};
pub use schema::schema;
pub use secrets::Secrets;

use crate::limits;
use crate::model::NumberId;
use crate::rules::Settings;
use crate::rules::settings::StormGuards;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Everything `usher.toml` says, paths made whole.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of rule files.
    pub rules: PathBuf,
    /// Folder of what usher keeps: the default place of store and journal.
    pub data: PathBuf,
    /// `[server]`
    pub server: Server,
    /// `[whatsapp]`
    pub whatsapp: WhatsApp,
    /// `[store]`
    pub store: StoreUrl,
    /// `[limits]`
    pub limits: Limits,
    /// `[journal] dir`
    pub journal: PathBuf,
    /// `[connector.NAME]`, by name.
    pub connectors: BTreeMap<String, Connector>,
}

/// `[server]`
#[derive(Debug, Clone)]
pub struct Server {
    /// Where WhatsApp reaches usher.
    pub listen: SocketAddr,
    /// Where people and tools reach it; may equal `listen`.
    pub admin: SocketAddr,
    /// How long requests and sends under way may take once usher is told to stop.
    pub drain: Duration,
    /// How much of `drain` usher goes on listening while `/readyz` already says that it stops.
    pub linger: Duration,
    /// Where the listeners speak TLS.
    pub tls: Option<TlsFiles>,
    /// Who may use the API; none means everybody who reaches `admin`.
    pub tokens: Vec<Token>,
}

/// `[server] tls`: PEM files, read again when they change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, then those that lead to its authority.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// One of `[server] tokens`.
#[derive(Debug, Clone)]
pub struct Token {
    /// Whose it is, for the log.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The token itself; several while it is being replaced.
    pub secrets: Secrets,
}

/// What a token may do. From [`Role::Viewer`] on, each role may do all that those before it may;
/// [`Role::Events`] stands beside them, for machines: what brings events reads nothing, and who
/// reads brings none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Bring events, and nothing else.
    Events,
    /// See counts and status.
    Viewer,
    /// See customers' words, try rules.
    Analyst,
    /// Talk with customers.
    Agent,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role by its name in `usher.toml`.
    pub const NAMES: [(&'static str, Role); 5] = [
        ("events", Role::Events),
        ("viewer", Role::Viewer),
        ("analyst", Role::Analyst),
        ("agent", Role::Agent),
        ("admin", Role::Admin),
    ];

    /// Whether it may do what `least` may.
    #[must_use]
    pub fn includes(self, least: Role) -> bool {
        let rank = |role| match role {
            Role::Events => None,
            Role::Viewer => Some(0),
            Role::Analyst => Some(1),
            Role::Agent => Some(2),
            Role::Admin => Some(3),
        };
        match (rank(self), rank(least)) {
            (Some(own), Some(least)) => own >= least,
            _ => self == least || self == Role::Admin,
        }
    }

    /// The name as written in `usher.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Events => "events",
            Role::Viewer => "viewer",
            Role::Analyst => "analyst",
            Role::Agent => "agent",
            Role::Admin => "admin",
        }
    }
}

/// `[whatsapp]`
#[derive(Debug, Clone)]
pub struct WhatsApp {
    /// Root of the Graph API with its version, without a slash at the end.
    pub api: String,
    /// The account (WABA) whose webhooks are ours.
    pub business_account_id: String,
    /// Sent as bearer token: the first, or another where WhatsApp refuses it. Empty only in
    /// [`look`].
    pub access_token: Secrets,
    /// Any of them may have signed a webhook; empty: webhooks are not checked.
    pub app_secret: Secrets,
    /// Any of them answers the challenge; empty: no challenge is answered.
    pub verify_token: Secrets,
    /// Region of phone numbers without a country code (ISO 3166, `TW`).
    pub default_region: Option<String>,
    /// From here on an attempt to send counts as late (S45).
    pub timeout: Duration,
    /// Messages a second and number.
    pub rate: Rate,
    /// Messages to the same customer.
    pub pair: Pair,
    /// Our numbers, at least one.
    pub numbers: Vec<Number>,
}

/// `[[whatsapp.number]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// WhatsApp's `phone_number_id`.
    pub id: NumberId,
    /// The name rules use.
    pub name: String,
}

/// `[store] url`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// `embedded:DIR`
    Embedded(PathBuf),
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Older messages are recorded, not answered.
    pub answer_within: Duration,
    /// How long an unknown outcome waits for a status (promise 2).
    pub unknown_wait: Duration,
    /// Replies to one contact within a minute; more is a storm.
    pub replies_per_minute: u32,
    /// When the same text to one contact is a storm.
    pub same_text: SameText,
    /// The queue that a contact is handed to in a storm; `None`: to nobody.
    pub storm: Option<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            answer_within: limits::ANSWER_WITHIN_DEFAULT,
            unknown_wait: limits::UNKNOWN_WAIT_DEFAULT,
            replies_per_minute: limits::REPLIES_PER_MINUTE_DEFAULT,
            same_text: SameText::default(),
            storm: None,
        }
    }
}

impl Config {
    /// The secrets shared with WhatsApp, by the names people know them by.
    #[must_use]
    pub fn whatsapp_secrets(&self) -> Vec<(String, Secrets)> {
        let whatsapp = &self.whatsapp;
        vec![
            ("`[whatsapp] access_token`".to_owned(), whatsapp.access_token.clone()),
            ("`[whatsapp] app_secret`".to_owned(), whatsapp.app_secret.clone()),
            ("`[whatsapp] verify_token`".to_owned(), whatsapp.verify_token.clone()),
        ]
    }

    /// The tokens of the admin listener, by the names people know them by; no two are the same.
    #[must_use]
    pub fn token_secrets(&self) -> Vec<(String, Secrets)> {
        let tokens = self.server.tokens.iter();
        tokens.map(|one| (format!("the token `{}`", one.name), one.secrets.clone())).collect()
    }

    /// The secrets shared with other systems, by the names people know them by.
    #[must_use]
    pub fn connector_secrets(&self) -> Vec<(String, Secrets)> {
        let named = self.connectors.iter().map(|(name, connector)| match connector {
            Connector::Rest(rest) => (format!("`[connector.{name}] token`"), rest.token.clone()),
            Connector::Webhook(hook) => {
                (format!("`[connector.{name}] secret`"), hook.secret.clone())
            }
        });
        named.collect()
    }

    /// What the rules need to know of this file.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let numbers = &self.whatsapp.numbers;
        let kind = |(name, connector): (&String, &Connector)| {
            let kind = match connector {
                Connector::Rest(_) => "rest",
                Connector::Webhook(_) => "webhook",
            };
            (name.clone(), kind.to_owned())
        };
        Settings {
            numbers: Some(numbers.iter().map(|one| (one.id.clone(), one.name.clone())).collect()),
            default_region: self.whatsapp.default_region.clone(),
            answer_within: self.limits.answer_within,
            storm: StormGuards {
                replies_per_minute: self.limits.replies_per_minute,
                same_text: self.limits.same_text.times,
                same_text_within: self.limits.same_text.within,
            },
            storm_queue: self.limits.storm.clone(),
            connectors: Some(self.connectors.iter().map(kind).collect()),
        }
    }
}
