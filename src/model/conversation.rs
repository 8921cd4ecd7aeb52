//! The thread between one contact and one business number.

use super::{EventId, LookedUp, Message, NumberId, RuleId, Timestamp};
use crate::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is going on between a contact and one of our numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// A question about consent is the last thing sent: `@yes` and `@no` answer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_asked: Option<ConsentAsked>,
    /// How often they had withdrawn when it was asked: see [`super::State::consent_asked`].
    #[serde(default)]
    pub asked_after: u64,
    /// The hand-off under way, while the owner is not the bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<HandOff>,
    /// The form being filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<OpenForm>,
    /// What is said if the customer stays silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUp>,
    /// Notices that wait for their time, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scheduled: Vec<Scheduled>,
    /// Messages whose rule waits for what it looked up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<PendingLookup>,
    /// What was said lately, so that nobody is flooded.
    #[serde(default, skip_serializing_if = "Storm::is_calm")]
    pub storm: Storm,
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
            consent_asked: None,
            asked_after: 0,
            handoff: None,
            form: None,
            follow_up: None,
            scheduled: Vec::new(),
            lookups: Vec::new(),
            storm: Storm::default(),
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

    /// Ends the session: the customer's next message begins another, whenever it comes.
    pub fn end_session(&mut self) {
        if let Some(session) = &mut self.session {
            session.last_at = Timestamp::EPOCH;
        }
    }

    /// Notes a notice that waits, in the order of their times.
    pub fn schedule(&mut self, notice: &Scheduled) {
        self.scheduled.retain(|one| one.notify != notice.notify || one.event != notice.event);
        let place = self.scheduled.partition_point(|one| one.at <= notice.at);
        self.scheduled.insert(place, notice.clone());
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

/// A question about consent that waits for the customer's own yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentAsked {
    /// What a yes means.
    pub what: Expected,
    /// When it was asked.
    pub at: Timestamp,
    /// The version of the contact that its job is of.
    #[serde(default)]
    pub version: u64,
    /// From when on the customer may have seen it: its sending began. `None` while, as far as is
    /// known, it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Timestamp>,
    /// From then on a yes grants nothing (`within`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What a yes to a question about consent means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// The tier is granted.
    Tier {
        /// Which.
        tier: String,
        /// The wording that was shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    /// Marketing is stopped (near-stop).
    Stop,
}

/// A conversation that waits for or is with a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOff {
    /// The queue it is in now.
    pub queue: String,
    /// The rule that handed it over; `agent` where a person took it unasked: then `queue` is empty.
    pub rule: RuleId,
    /// Since when.
    pub since: Timestamp,
    /// When nobody has taken it by then, it escalates; outside the queue's hours the clock starts
    /// at the next opening. Where there is nothing to escalate to it is late then, and no more.
    /// `None` once taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// The queues it has been in before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalated: Vec<String>,
    /// When an agent first took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// When the customer or the agent last said something (`return = { idle }`).
    pub last_at: Timestamp,
    /// When the bot takes over again whatever happens (`give_up`). Moves with every word while an
    /// agent has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// What the person is to do beside what the customer asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
}

/// A notice that could not be sent: somebody is to tell the customer in another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The `[[notify]]`.
    pub notify: RuleId,
    /// The contact's version when it was decided: with the rule, one notice.
    pub version: u64,
    /// Why it was not sent, in one fixed word.
    pub why: String,
    /// What it would have said.
    pub said: String,
}

/// A form (`[[form]]`) the customer is answering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenForm {
    /// Its id.
    pub form: String,
    /// What was answered so far, by the name of the ask, in canonical text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// When it began.
    pub at: Timestamp,
}

/// The next step of a rule's `follow_up`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The rule.
    pub rule: RuleId,
    /// Which step, from 0.
    pub step: u32,
    /// When it is due.
    pub at: Timestamp,
    /// The `match` of the message the rule answered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub matched: BTreeMap<String, String>,
    /// What the rule had looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_up: Option<LookedUp>,
}

/// A `[[notify]]` with `at` that waits for its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The `[[notify]]`.
    pub notify: RuleId,
    /// The event it is about.
    pub event: EventId,
    /// When it is due.
    pub at: Timestamp,
    /// The event's data.
    pub data: BTreeMap<String, String>,
}

/// A message whose rule waits for what it looked up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingLookup {
    /// The event of the message.
    pub of: EventId,
    /// The rule that won it.
    pub rule: RuleId,
    /// What it looks up.
    pub lookup: String,
    /// The message.
    pub message: Message,
    /// Its `match`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub matched: BTreeMap<String, String>,
    /// When it was asked.
    pub at: Timestamp,
}

/// What was said to the customer lately (`[limits]`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Storm {
    /// When the last messages were decided, oldest first; at most as many as a minute allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Timestamp>,
    /// Texts said lately, as digests, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<(u64, Timestamp)>,
    /// Nothing is answered before then: there was too much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_until: Option<Timestamp>,
}

impl Storm {
    /// Whether there is nothing to remember.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.replies.is_empty() && self.texts.is_empty() && self.silent_until.is_none()
    }
}
