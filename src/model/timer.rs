//! Things that must act at a time. What merely expires has no timer.

use super::{ContactId, RuleId, Timestamp};
use serde::{Deserialize, Serialize};

/// Identifies a timer: at most one of a kind and rule for a contact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimerKey {
    /// Whose.
    pub contact: ContactId,
    /// What for: `follow_up`, `hand_off`…
    pub kind: String,
    /// Which rule set it.
    pub rule: RuleId,
}

/// A durable timer; fires once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Which.
    pub key: TimerKey,
    /// When.
    pub at: Timestamp,
}

/// What a commit does to timers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerChange {
    /// Sets it, in place of the one with the same key.
    Set(Timer),
    /// Takes it away, if there.
    Clear(TimerKey),
}
