//! What usher wants done in the world, with the conditions under which it may still be done.

use super::{
    About, Content, Emitted, EventId, NumberId, Purpose, RuleId, TierNeeded, Timestamp, Wamid,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Something to do. `decide` yields it; the outbox performs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Send a message to the contact from one of our numbers.
    Send {
        /// From which number.
        number: NumberId,
        /// To which address.
        to: Recipient,
        /// What.
        content: Content,
        /// Why, for pricing, repeats and consent.
        purpose: Purpose,
        /// The tier its rule asks for (`consent`), beside what the purpose needs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needs: Option<TierNeeded>,
        /// Which rule wanted it.
        rule: RuleId,
        /// The customer's message this answers: marked read, with "typing…", just before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<Wamid>,
        /// Judged in the claim's own step of the store.
        guards: Guards,
        /// What is done instead where the window is closed.
        #[serde(default, skip_serializing_if = "Outside::is_drop")]
        outside: Outside,
    },
    /// Ask or tell another system something.
    Call {
        /// The thread it is about.
        number: NumberId,
        /// Which rule wanted it.
        rule: RuleId,
        /// What.
        call: Call,
    },
}

/// What is asked of or told another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Look something up; the answer comes as an event.
    Lookup {
        /// The declared lookup.
        lookup: String,
        /// The connector's name in `usher.toml`.
        connector: String,
        /// The path and query, values percent-encoded.
        path: String,
        /// The declared values: name and where in the answer (`order.state`).
        gives: Vec<(String, String)>,
        /// How long the answer may take.
        timeout: Duration,
        /// How long an answer may be used again.
        keep: Duration,
        /// The event of the message it is for.
        of: EventId,
    },
    /// Tell a `webhook` connector what a rule emitted.
    Emit {
        /// The connector's name in `usher.toml`.
        connector: String,
        /// What makes it once-only for who receives it.
        id: EventId,
        /// What.
        emitted: Emitted,
        /// Whom it is about, and when.
        about: About,
    },
}

impl Effect {
    /// On which of our numbers it happens.
    #[must_use]
    pub fn number(&self) -> &NumberId {
        match self {
            Effect::Send { number, .. } | Effect::Call { number, .. } => number,
        }
    }

    /// The rule that wanted it.
    #[must_use]
    pub fn rule(&self) -> &RuleId {
        match self {
            Effect::Send { rule, .. } | Effect::Call { rule, .. } => rule,
        }
    }

    /// The message, where it is one.
    #[must_use]
    pub fn content(&self) -> Option<&Content> {
        match self {
            Effect::Send { content, .. } => Some(content),
            Effect::Call { .. } => None,
        }
    }
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A `wa_id` or phone number without `+`; leaves as `to`, always with `+`.
    Phone(String),
    /// A business-scoped user id; leaves as `recipient`.
    Bsuid(String),
}

/// What becomes of a message whose service window is closed when it is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// It is dropped, with the reason.
    #[default]
    Drop,
    /// It is held until the customer writes again.
    Queue,
    /// This template goes instead.
    Template {
        /// The template.
        content: Box<Content>,
        /// Why it is sent, by its category: consent is judged by this then.
        purpose: Purpose,
    },
}

impl Outside {
    /// Whether it is the ordinary case.
    #[must_use]
    pub fn is_drop(&self) -> bool {
        matches!(self, Outside::Drop)
    }
}

/// What must still be true when the effect is claimed, beside consent, which every message needs.
/// Fields are compared; no rule is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guards {
    /// The bot must own the conversation.
    pub bot_owns: bool,
    /// The 24-hour service window must be open.
    pub window_open: bool,
    /// Where a person owns the conversation it is held until the bot does again, and given up then;
    /// dropped at once without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Timestamp>,
}

impl Guards {
    /// What an ordinary free-form answer needs.
    pub const REPLY: Guards = Guards { bot_owns: true, window_open: true, kept_until: None };
}
