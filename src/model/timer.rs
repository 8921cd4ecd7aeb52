//! Things that must act at a time. What merely expires has no timer.
//!
//! A timer only rings: what it is for stands in the conversation, and `decide` compares the two. So
//! a timer that rings late, or twice, does nothing wrong.

use super::{ContactId, NumberId, Timestamp};
use serde::{Deserialize, Serialize};

/// Identifies a timer: at most one of a kind and name for a conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimerKey {
    /// Whose.
    pub contact: ContactId,
    /// On which of our numbers.
    pub number: NumberId,
    /// What for.
    pub kind: TimerKind,
    /// Which of its kind: a rule, or a rule and an event; empty where there is one only.
    pub name: String,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// The next thing that happens to a hand-off: its deadline, its opening, its end.
    HandOff,
    /// The next step of `follow_up`.
    FollowUp,
    /// A `[[notify]]` with `at`.
    Notify,
}

impl TimerKind {
    /// Every kind.
    pub const ALL: [TimerKind; 3] = [TimerKind::HandOff, TimerKind::FollowUp, TimerKind::Notify];

    /// The kind as metric label and in stores.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            TimerKind::HandOff => "hand_off",
            TimerKind::FollowUp => "follow_up",
            TimerKind::Notify => "notify",
        }
    }
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
