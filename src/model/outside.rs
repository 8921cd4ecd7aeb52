//! What comes from the business's own side: its systems' events, messages and updates by the API,
//! what its agents do, and what a lookup brought.

use super::{Alias, Contact, EventId, Raw, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that happened in one of the business's systems (`POST /v1/events`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Its type as declared: `order.confirmed`.
    pub kind: String,
    /// What it brings, in the canonical text of each declared value.
    #[serde(default)]
    pub data: BTreeMap<String, String>,
    /// What the caller says of the person.
    #[serde(default)]
    pub person: Stated,
    /// Whose token.
    pub by: String,
}

/// What a caller of the API states of a person; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stated {
    /// Their name; a name WhatsApp gave is not overwritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The language they speak, canonical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Their time zone (IANA), known to exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// A message somebody asks to be sent (`POST /v1/messages`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbound {
    /// A free text, for inside the service window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A declared template, for outside it, or wherever there is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What fills the template's places, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Why it is sent. A template's own category counts where it is stricter.
    pub purpose: super::Purpose,
    /// What the caller says of the person.
    #[serde(default)]
    pub person: Stated,
    /// Whose token.
    pub by: String,
}

/// A contact changed from outside (`PATCH /v1/contacts/{id}`, an import, a sync).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContactUpdate {
    /// What is stated of them.
    #[serde(default)]
    pub person: Stated,
    /// Tags to give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tag: Vec<String>,
    /// Tags to take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untag: Vec<String>,
    /// Fields to set, in the canonical text of their type; `None` clears one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Option<String>>,
    /// What becomes of their consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentUpdate>,
    /// Where it comes from: `api`, `import`, the connector's name.
    pub source: String,
    /// Whose token.
    pub by: String,
}

/// Consent changed from outside: it is lowered at once, and raised only with all three of source,
/// time and version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentUpdate {
    /// The tier from now on; `None` leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// They said stop: to this much (`marketing`, `all`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stops>,
    /// Where they agreed: `web form`, `shop counter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When they agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The wording they agreed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// How much a stop stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stops {
    /// Marketing.
    #[default]
    Marketing,
    /// Everything but answers to what they write.
    All,
}

/// What an agent does with a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskAct {
    /// What.
    pub act: AgentAct,
    /// Who, as the desk names them.
    pub agent: String,
}

/// What agents do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentAct {
    /// Takes the conversation; refused where another agent holds it.
    Take,
    /// Says something; takes the conversation where nobody else holds it.
    Answer {
        /// What.
        text: String,
    },
    /// Gives it back to its queue.
    Release,
    /// Is done: the bot answers from the next message on.
    Close,
}

impl AgentAct {
    /// The act as metric label.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            AgentAct::Take => "take",
            AgentAct::Answer { .. } => "answer",
            AgentAct::Release => "release",
            AgentAct::Close => "close",
        }
    }
}

/// A person typed in the WhatsApp Business app (`smb_message_echoes`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    /// What they typed, where it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The message object as received.
    pub raw: Raw,
}

/// What came of a lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedUp {
    /// The declared lookup.
    pub lookup: String,
    /// The message it was for.
    pub of: EventId,
    /// What came of it.
    pub outcome: LookupOutcome,
}

/// What came of a lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookupOutcome {
    /// The back end gave these: the declared values that were there, as text.
    Found(BTreeMap<String, String>),
    /// The back end knows of no such thing (404, 410, or an empty answer).
    Missing,
    /// No answer in time, or none that could be used: a fixed word such as `timeout`.
    Failed(String),
}

impl LookupOutcome {
    /// The outcome as metric label.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            LookupOutcome::Found(_) => "found",
            LookupOutcome::Missing => "missing",
            LookupOutcome::Failed(_) => "failed",
        }
    }
}

/// Something a rule tells the business's systems (`emit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emitted {
    /// Its type.
    pub kind: String,
    /// What it says; in canonical text where its type is declared.
    pub data: BTreeMap<String, String>,
}

/// Whom an emitted event is about, and when it was decided: a CRM knows neither by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// When it was decided.
    pub at: Timestamp,
    /// WhatsApp's id of the person, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// Their phone number in E.164, with `+`, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// WhatsApp's business-scoped user id, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bsuid: Option<String>,
    /// The language they are spoken to.
    pub language: String,
}

impl About {
    /// A contact as it is known at `at`, by the first of its names of each kind.
    #[must_use]
    pub fn of(contact: &Contact, language: &str, at: Timestamp) -> About {
        let first =
            |of: fn(&Alias) -> Option<&String>| contact.aliases.iter().find_map(of).cloned();
        About {
            at,
            wa_id: first(|alias| match alias {
                Alias::WaId(id) => Some(id),
                _ => None,
            }),
            phone: first(|alias| match alias {
                Alias::Phone(number) => Some(number),
                _ => None,
            }),
            bsuid: first(|alias| match alias {
                Alias::Bsuid(id) => Some(id),
                _ => None,
            }),
            language: language.to_owned(),
        }
    }
}
