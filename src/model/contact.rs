//! A person: what is true of them on every number of the business.

use super::{Alias, Consent, ContactId, Day, Recipient, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A person who writes to the business. The phone number may be absent: see [`Alias`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The surrogate id; primary key.
    pub id: ContactId,
    /// 0 before the first commit, then 1, 2, 3… with each. It covers the contact and all its
    /// conversations, which live and are written together.
    pub version: u64,
    /// When usher first heard of them; of two merged contacts the older one stays.
    pub created_at: Timestamp,
    /// The at of the last event applied; the next event is never before it.
    pub last_event_at: Timestamp,
    /// Every name known.
    pub aliases: BTreeSet<Alias>,
    /// Where a message to them goes: the address WhatsApp last gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Recipient>,
    /// The profile name WhatsApp last gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The WhatsApp user name, as given (with or without `@`). Never a key: people change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The language they are known to speak (from a CRM or the API), canonical (`ko`, `zh-Hant`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The language the script of their messages last gave away, canonical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<String>,
    /// Their time zone (IANA), where somebody stated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Tags the rules gave.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Values of declared fields, in the canonical text of their type (`42`, `2026-03-01`, `yes`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// What they allow.
    #[serde(default)]
    pub consent: Consent,
    /// How often it became less ([`super::ConsentAct::withdraws`]), or they were found to be two.
    #[serde(default)]
    pub withdrawals: u64,
    /// How many messages of theirs were decided.
    #[serde(default)]
    pub messages: u64,
    /// The greeting has been sent, or was not due.
    #[serde(default)]
    pub greeted: bool,
    /// The day of the last full snapshot in the journal.
    #[serde(default)]
    pub snapshot_day: Day,
}

impl Contact {
    /// A contact nobody has heard of: version 0, default consent, no names yet.
    #[must_use]
    pub fn new(id: ContactId, at: Timestamp) -> Contact {
        Contact {
            id,
            version: 0,
            created_at: at,
            last_event_at: Timestamp::EPOCH,
            aliases: BTreeSet::new(),
            reach: None,
            name: None,
            username: None,
            language: None,
            heard: None,
            zone: None,
            tags: BTreeSet::new(),
            fields: BTreeMap::new(),
            consent: Consent::default(),
            withdrawals: 0,
            messages: 0,
            greeted: false,
            snapshot_day: Day::default(),
        }
    }
}
