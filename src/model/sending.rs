//! What becomes of a message of ours: attempts, WhatsApp's statuses and errors.

use super::{Hold, JobId, Timestamp, Wamid};
use serde::{Deserialize, Serialize};

/// WhatsApp's report on a message of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The message it speaks of.
    pub wamid: Wamid,
    /// Our own job id, where `biz_opaque_callback_data` carried one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
    /// How far it came.
    pub status: DeliveryStatus,
    /// The first error of a `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SendError>,
    /// The rule whose message it was, where it failed and `turn` knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<super::RuleId>,
    /// What it said, where this is the end of it and `turn` knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// The price category WhatsApp names, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// How far a message came. A status only moves upwards; see [`super::JobState`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// On WhatsApp's servers.
    Sent,
    /// On the customer's device.
    Delivered,
    /// Seen.
    Read,
    /// A voice note was played.
    Played,
    /// Not delivered.
    Failed,
    /// A status from the future.
    Other(String),
}

impl DeliveryStatus {
    /// sent < delivered < read < played. `failed` stands above `sent` and below `delivered`: it
    /// ends a message that only was sent, and changes nothing once the customer has it.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            DeliveryStatus::Other(_) => 0,
            DeliveryStatus::Sent => 1,
            DeliveryStatus::Failed => 2,
            DeliveryStatus::Delivered => 3,
            DeliveryStatus::Read => 4,
            DeliveryStatus::Played => 5,
        }
    }

    /// WhatsApp's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            DeliveryStatus::Sent => "sent",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Read => "read",
            DeliveryStatus::Played => "played",
            DeliveryStatus::Failed => "failed",
            DeliveryStatus::Other(name) => name,
        }
    }
}

/// What came of one attempt to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendOutcome {
    /// WhatsApp took it.
    Accepted {
        /// The id WhatsApp gave.
        wamid: Wamid,
        /// The `wa_id` WhatsApp answered with, where it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wa_id: Option<String>,
    },
    /// WhatsApp definitely did not take it; it is to be tried again at `due`.
    Again {
        /// What WhatsApp said.
        error: SendError,
        /// When.
        due: Timestamp,
    },
    /// It was not sent, and not for its own sake: WhatsApp cannot be reached, or refuses everything
    /// from this number for now. No try is used up.
    Postponed {
        /// What keeps it.
        error: SendError,
        /// When to claim it again.
        due: Timestamp,
    },
    /// It will not be tried again: a dead letter.
    Dead {
        /// What WhatsApp said last.
        error: SendError,
    },
    /// A guard no longer held when it was to be claimed: not sent.
    Dropped {
        /// Which.
        why: Hold,
    },
    /// It is kept back until `why` is over, and its lane goes on without it.
    Held {
        /// Which guard does not hold.
        why: Hold,
        /// When it is given up.
        due: Timestamp,
    },
    /// What it was held for is over: it waits again.
    Released,
    /// Nobody knows whether WhatsApp took it (promise 2).
    Unknown {
        /// When to look at it next.
        due: Timestamp,
    },
    /// An unknown outcome is to be sent once more, now.
    Repeat,
    /// An unknown outcome is left alone until `due`.
    Wait {
        /// When to look at it next.
        due: Timestamp,
    },
}

impl SendOutcome {
    /// A short name for metrics, tallies and event ids.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            SendOutcome::Accepted { .. } => "accepted",
            SendOutcome::Again { .. } => "again",
            SendOutcome::Postponed { .. } => "postponed",
            SendOutcome::Dead { .. } => "dead",
            SendOutcome::Dropped { .. } => "dropped",
            SendOutcome::Held { .. } => "held",
            SendOutcome::Released => "released",
            SendOutcome::Unknown { .. } => "unknown",
            SendOutcome::Repeat => "repeat",
            SendOutcome::Wait { .. } => "wait",
        }
    }

    /// Why, as metric label and tally; empty where there is nothing to say.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            SendOutcome::Again { error, .. }
            | SendOutcome::Postponed { error, .. }
            | SendOutcome::Dead { error } => &error.reason,
            SendOutcome::Dropped { why } | SendOutcome::Held { why, .. } => why.label(),
            SendOutcome::Accepted { .. }
            | SendOutcome::Released
            | SendOutcome::Unknown { .. }
            | SendOutcome::Repeat
            | SendOutcome::Wait { .. } => "",
        }
    }
}

/// An error as WhatsApp states it, or ours where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendError {
    /// Meta's `code`; `None` for a network error or an answer that is no JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// The metric label: a fixed word such as `throttled`, `template`, `network`.
    pub reason: String,
    /// What was said, without customers' data.
    pub detail: String,
}
