//! What hands a conversation over to people, compiled: the queues and how a conversation comes back.
//!
//! A `[[handoff]]` is a reply that names its queue (`Reply::hands_to`). May not live here: reading
//! and checking, which is `compile`'s.

use super::says::Say;
use std::time::Duration;

/// The sign before a queue's name in `go`, and in the id of the rule that goes there.
pub const QUEUE: &str = "queue:";

/// The sign before a hand-off's id in `go`.
pub const HAND_OFF: &str = "handoff:";

/// `[queue.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// `hours`: when somebody is there; always where `None`.
    pub hours: Option<String>,
    /// `within`: an agent takes it in that time.
    pub within: Option<Duration>,
    /// `escalate`: the queue it goes to where nobody did.
    pub escalate: Option<String>,
    /// `closed`: said outside `hours`; empty without.
    pub closed: Vec<Say>,
    /// `return`
    pub returns: Return,
    /// `give_up`: the bot takes over again after that time without a word of anybody.
    pub give_up: Duration,
    /// `back`: said when the bot takes over again; empty without.
    pub back: Vec<Say>,
}

/// `return`: how a conversation comes back to the bot, beside an agent closing it and `give_up`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Return {
    /// Only when an agent closes it.
    OnClose,
    /// When neither side said anything for that time.
    Idle(Duration),
    /// When an agent writes exactly this.
    Command(String),
}

/// `give_up` where none is given.
pub const GIVE_UP: Duration = Duration::from_secs(72 * 3_600);

/// The rule a `go` leads to: that of a hand-off is its id.
#[must_use]
pub fn target(go: &str) -> &str {
    go.strip_prefix(HAND_OFF).unwrap_or(go)
}
