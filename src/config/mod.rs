//! `usher.toml`: what ops say, read once at start into plain settings, or refused with every
//! mistake at once.
//!
//! Lives here: the shape of the file, its defaults, its secrets. May not live here: rules, sockets,
//! the rules folder (that is `files`). Secrets are wrapped and print nowhere; a source text that
//! is shown to people has them blotted out.

mod blot;
mod pace;
mod read;
mod secret;
mod sections;
mod span;
mod walk;

pub use read::{Read, Refused, load, look, parse};

pub use pace::{Pair, Rate};

use crate::limits;
use crate::model::NumberId;
use crate::rules::Settings;
use secrecy::SecretString;
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
    /// Who may use the API; none means everybody who reaches `admin`.
    pub tokens: Vec<Token>,
}

/// One of `[server] tokens`.
#[derive(Debug, Clone)]
pub struct Token {
    /// Whose it is, for the log.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The token itself; several while it is being replaced.
    pub secrets: Vec<SecretString>,
}

/// What a token may do. Each role may do all that those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Bring events.
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
    /// Sent as bearer token; the first is used. Empty only in [`look`].
    pub access_token: Vec<SecretString>,
    /// Any of them may have signed a webhook; empty: webhooks are not checked.
    pub app_secret: Vec<SecretString>,
    /// Any of them answers the challenge; empty: no challenge is answered.
    pub verify_token: Vec<SecretString>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Older messages are recorded, not answered.
    pub answer_within: Duration,
    /// How long an unknown outcome waits for a status (promise 2).
    pub unknown_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            answer_within: limits::ANSWER_WITHIN_DEFAULT,
            unknown_wait: limits::UNKNOWN_WAIT_DEFAULT,
        }
    }
}

impl Config {
    /// What the rules need to know of this file.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let numbers = &self.whatsapp.numbers;
        Settings {
            numbers: Some(numbers.iter().map(|one| (one.id.clone(), one.name.clone())).collect()),
            default_region: self.whatsapp.default_region.clone(),
            answer_within: self.limits.answer_within,
        }
    }
}
