//! `[[test]]`, compiled: a conversation with what must come of it. Played by the room `stories`.
//!
//! May not live here: reading and checking, which is `compile`'s.

use super::ruleset::RulePlace;
use crate::model::{AgentAct, Consent, LookupOutcome, MessageKind, NumberId, RuleId, Timestamp};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// `[[test]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Its name, unlike any other's.
    pub name: String,
    /// Where it stands.
    pub place: RulePlace,
    /// When it begins.
    pub at: Timestamp,
    /// Who writes.
    pub contact: Person,
    /// To which of our numbers; the first where `None`.
    pub number: Option<NumberId>,
    /// What happens, in order.
    pub turns: Vec<StoryTurn>,
}

/// Who writes in a test, as usher knows them when it begins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// `name`
    pub name: Option<String>,
    /// `tags`
    pub tags: Vec<String>,
    /// `fields`, in the canonical text of their types.
    pub fields: BTreeMap<String, String>,
    /// `language`, canonical.
    pub language: Option<String>,
    /// `consent`; the default tier where `None`.
    pub consent: Option<Consent>,
    /// `new = false`: they have written before.
    pub known: bool,
}

/// `[[test.turn]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryTurn {
    /// Bytes of its file.
    pub span: Range<usize>,
    /// So much time passes first.
    pub wait: Option<Duration>,
    /// Then this happens.
    pub input: Option<Input>,
    /// What lookups bring in this turn, by their names; those not named find nothing.
    pub lookups: BTreeMap<String, LookupOutcome>,
    /// What must come of it.
    pub expect: Vec<Expectation>,
}

/// What happens in a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The customer writes a text.
    Say(String),
    /// The customer taps what has this id.
    Tap(String),
    /// The customer sends something of this kind.
    Send(MessageKind),
    /// One of the business's systems tells of something.
    Event {
        /// Its type.
        kind: String,
        /// What it brings.
        data: BTreeMap<String, String>,
    },
    /// An agent does something at the desk.
    Agent(AgentAct),
    /// An agent types this in the WhatsApp Business app.
    Echo(String),
}

/// One thing that must, or must not, come of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// Bytes of its file.
    pub span: Range<usize>,
    /// It stands in `not`.
    pub not: bool,
    /// What.
    pub what: Expected,
}

/// What may come of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// This rule wins, or speaks of itself. `fallback` stands for every fallback.
    Reply(RuleId),
    /// All of these are in what is said.
    Text(Vec<String>),
    /// One of the messages is exactly this.
    Exactly(String),
    /// Nothing is sent.
    Silent,
    /// The contact has this tag afterwards.
    Tag(String),
    /// The contact's field holds this afterwards.
    Field(String, String),
    /// The contact is in this tier afterwards.
    Consent(String),
    /// This template is sent.
    Template(String),
    /// The question of this rule is open afterwards.
    Question(RuleId),
    /// Who answers afterwards: `bot`, `waiting` or `agent`.
    Owner(String),
    /// It was handed over, by this rule.
    HandOff(String),
    /// It waits in, or was taken from, this queue.
    Queue(String),
    /// This form is being filled in afterwards.
    Form(String),
    /// This was told to the business's systems.
    Emit(String),
}
