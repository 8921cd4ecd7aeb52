//! What the business's systems may post (`[event."TYPE"]`), and what is said because of it
//! (`[[notify]]`), compiled.

use super::ruleset::{RulePlace, RuleStatus, TextId};
use super::says::{OutsideWindow, Say, TemplateUse};
use super::scripts::ConditionId;
use crate::model::{NumberId, Purpose, RuleId};
use jiff::civil::{Date, Time};
use std::collections::{BTreeMap, HashMap};

/// `[event]` and `[[notify]]`.
#[derive(Debug, Default)]
pub struct Notices {
    /// The declared events by type.
    pub events: BTreeMap<String, EventShape>,
    /// The notices of each type that is posted, in the order of file and line.
    pub by_type: HashMap<String, Vec<Notify>>,
}

impl Notices {
    /// The type of a declared value; a name has one type in all events.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<ValueKind> {
        self.events.values().find_map(|shape| shape.data.get(name)).map(|value| value.kind)
    }

    /// A notice by its id.
    #[must_use]
    pub fn notice(&self, id: &RuleId) -> Option<&Notify> {
        self.by_type.values().flatten().find(|notice| notice.id == *id)
    }

    /// Every notice, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Notify> {
        self.by_type.values().flatten()
    }
}

/// `[event."TYPE"]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventShape {
    /// What it brings, by name.
    pub data: BTreeMap<String, EventValue>,
}

/// A value of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventValue {
    /// Its type.
    pub kind: ValueKind,
    /// It may be missing.
    pub optional: bool,
}

/// The types a value may have, and how its canonical text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// any text
    Text,
    /// `42`, `-3.5`
    Number,
    /// `2026-03-01`
    Date,
    /// `09:30`
    Time,
    /// `yes` or `no`
    YesNo,
}

impl ValueKind {
    /// Every type by its name in rule files.
    pub const NAMES: [(&'static str, ValueKind); 5] = [
        ("text", ValueKind::Text),
        ("number", ValueKind::Number),
        ("date", ValueKind::Date),
        ("time", ValueKind::Time),
        ("yes_no", ValueKind::YesNo),
    ];

    /// The type of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<ValueKind> {
        ValueKind::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// The canonical text of a value as people write it; `None` where it is none of this type.
    #[must_use]
    pub fn canonical(self, text: &str) -> Option<String> {
        match self {
            ValueKind::Text => Some(text.to_owned()),
            ValueKind::Number => {
                text.parse::<f64>().is_ok_and(f64::is_finite).then(|| text.to_owned())
            }
            ValueKind::Date => {
                let date: Date = text.parse().ok()?;
                (date.to_string() == text).then(|| text.to_owned())
            }
            ValueKind::Time => {
                let time: Time = text.parse().ok()?;
                Some(time.strftime("%H:%M").to_string())
            }
            ValueKind::YesNo => matches!(text, "yes" | "no").then(|| text.to_owned()),
        }
    }

    /// What a caller is to send, with an example.
    #[must_use]
    pub fn wanted(self) -> &'static str {
        match self {
            ValueKind::Text => "a text",
            ValueKind::Number => "a number such as 42",
            ValueKind::Date => "a day such as \"2026-03-01\"",
            ValueKind::Time => "a time such as \"09:30\"",
            ValueKind::YesNo => "true or false",
        }
    }
}

/// `[[notify]]`
#[derive(Debug)]
pub struct Notify {
    /// Its id.
    pub id: RuleId,
    /// Where it stands.
    pub place: RulePlace,
    /// Free text: who looks after it.
    pub owner: Option<String>,
    /// `draft` notices are checked, and never act.
    pub status: RuleStatus,
    /// The type it is about.
    pub on: String,
    /// `when`
    pub when: Option<ConditionId>,
    /// It is said only while this calendar is open, else at its next opening.
    pub hours: Option<String>,
    /// Only on these numbers of ours; empty for any.
    pub number: Vec<NumberId>,
    /// What is said inside the service window, and without a template at all.
    pub says: Vec<Say>,
    /// What is said outside it, or always where there is nothing else.
    pub template: Option<TemplateUse>,
    /// The same as what replies call it.
    pub outside: OutsideWindow,
    /// Why it is said.
    pub purpose: Purpose,
    /// Tags to give.
    pub tags: Vec<String>,
    /// Fields to set.
    pub set: Vec<(String, TextId)>,
    /// When it is said; at once without it.
    pub at: Option<NoticeTime>,
    /// What takes it back while it waits.
    pub cancel: Option<Cancel>,
    /// What becomes of it while a person owns the conversation.
    pub while_owned: WhileOwned,
    /// `else`: the queue whose task it is where it cannot be sent.
    pub otherwise: Option<String>,
}

/// `while_owned`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhileOwned {
    /// It is sent: it is no answer, and a person is not disturbed by it.
    #[default]
    Send,
    /// It is held until the bot owns the conversation again.
    Hold,
}

impl WhileOwned {
    /// Each by its name in rule files.
    pub const NAMES: [(&'static str, WhileOwned); 2] =
        [("send", WhileOwned::Send), ("hold", WhileOwned::Hold)];
}

/// `at`: a text that gives an instant, and how long before or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeTime {
    /// The instant: with its offset, or in the zone of the rules.
    pub text: TextId,
    /// Added to it, in milliseconds.
    pub shift_ms: i64,
}

/// `cancel`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// Types that take it back.
    pub on: Vec<String>,
    /// Only where this value is the same in both events.
    pub same: Option<String>,
}
