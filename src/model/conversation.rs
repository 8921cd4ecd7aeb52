//! The thread between one contact and one business number.

use super::{NumberId, RuleId, Timestamp};
use crate::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is going on between a contact and one of our numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Our number.
    pub number: NumberId,
    /// WhatsApp's own time of the customer's last message or call; the service window counts from
    /// here. Never our receiving time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_from: Option<Timestamp>,
    /// The running session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// The question that waits for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    /// The menu that was offered last: what is typed may choose from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub menu: Option<OpenMenu>,
    /// Rules in cool-down, and until when they stay quiet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cooldowns: BTreeMap<RuleId, Timestamp>,
    /// Who answers.
    #[serde(default)]
    pub owner: Owner,
    /// A message may be held until the window opens: the next one of the customer releases it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

impl Conversation {
    /// A thread on which nothing has been said.
    #[must_use]
    pub fn new(number: NumberId) -> Conversation {
        Conversation {
            number,
            window_from: None,
            session: None,
            question: None,
            menu: None,
            cooldowns: BTreeMap::new(),
            owner: Owner::Bot,
            held: false,
        }
    }

    /// Notes that a rule stays quiet until then. Those whose time is over at `now` are forgotten,
    /// and beyond [`limits::COOLDOWNS_PER_CONVERSATION_MAX`] the ones that end soonest.
    pub fn cool(&mut self, rule: &RuleId, until: Timestamp, now: Timestamp) {
        self.cooldowns.retain(|_, until| *until > now);
        self.cooldowns.insert(rule.clone(), until);
        while self.cooldowns.len() > limits::COOLDOWNS_PER_CONVERSATION_MAX {
            let soonest = self.cooldowns.iter().min_by_key(|(_, until)| **until);
            let Some(soonest) = soonest.map(|(rule, _)| rule.clone()) else { return };
            self.cooldowns.remove(&soonest);
        }
    }

    /// The instant the service window closes; `None` when it never opened.
    #[must_use]
    pub fn window_until(&self) -> Option<Timestamp> {
        self.window_from.map(|from| from.plus(limits::SERVICE_WINDOW))
    }
}

/// From a customer's first message after 24 h of silence to the next such message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// 1, 2, 3… within the conversation.
    pub ordinal: u64,
    /// When it began.
    pub opened_at: Timestamp,
    /// The customer's last message in it.
    pub last_at: Timestamp,
    /// Customer messages in it, the current one included.
    pub turns: u32,
    /// Messages in a row of this session that no rule answered.
    #[serde(default)]
    pub misses: u32,
}

/// A reply that waits for its answer (`expect`, `after`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The rule that asked.
    pub rule: RuleId,
    /// When it was asked first.
    pub asked_at: Timestamp,
    /// When it lapses; `None` without `expect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How often it was asked again after an unclear answer (`ask_again`).
    #[serde(default)]
    pub asked_again: u32,
}

/// A menu (`choices`) that a customer may answer by typing. A tap needs none of this: ids are known
/// to the whole rule set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMenu {
    /// The rule that offered it.
    pub rule: RuleId,
    /// The ids of its choices, in order.
    pub choices: Vec<String>,
    /// A number counts as the choice that stands there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub numbered: bool,
    /// When it closes, if before the session's end: the `expect` of its rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Who answers the customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// usher.
    #[default]
    Bot,
    /// Nobody yet: a queue has been told.
    Waiting {
        /// The queue's id.
        queue: String,
    },
    /// A person.
    Agent {
        /// The agent's name at the desk.
        name: String,
    },
}

impl Owner {
    /// Whether the bot may speak.
    #[must_use]
    pub fn is_bot(&self) -> bool {
        matches!(self, Owner::Bot)
    }
}
