//! Forms, compiled: several values asked for one after the other.
//!
//! A form says and hears nothing by itself: each of its questions, answers and endings is a
//! [`super::ruleset::Reply`] with a [`FormPart`], judged, traced and checked like any other rule.
//! Here stands what those replies have in common.

use crate::model::RuleId;

/// `[[form]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its id; the rules made of it begin with `form.ID`.
    pub id: String,
    /// Its questions, in order.
    pub asks: Vec<Ask>,
    /// What may be answered in between.
    pub interrupt: Interrupt,
    /// How many wrong answers a question bears.
    pub tries: u32,
    /// It shows what it has and asks for a yes before it is done.
    pub confirms: bool,
    /// The event it ends with.
    pub emit: Option<String>,
}

impl Form {
    /// The rule that opens it.
    #[must_use]
    pub fn entry(&self) -> RuleId {
        entry_id(&self.id).as_str().into()
    }

    /// The rule of one of its parts: the name of an ask, `confirm`, `done`.
    #[must_use]
    pub fn part(&self, name: &str) -> RuleId {
        part_id(&self.id, name).as_str().into()
    }
}

/// The id of the rule that opens a form.
#[must_use]
pub fn entry_id(form: &str) -> String {
    format!("form.{form}")
}

/// The id of the rule of a form's part.
#[must_use]
pub fn part_id(form: &str, name: &str) -> String {
    format!("form.{form}.{name}")
}

/// `[[form.ask]]`: one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Its name: that of the field, or its own.
    pub name: String,
    /// It is kept as the field of that name when the form is done.
    pub field: bool,
    /// Asked even where the field is known.
    pub always: bool,
}

/// `interrupt`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// Other rules may answer in between; the question is put again.
    Answer,
    /// Only the form's own rules hear the customer.
    Ignore,
}

/// What a reply is within a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPart {
    /// The form.
    pub form: String,
    /// Which part.
    pub role: Role,
}

/// The parts of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Opens it.
    Entry {
        /// It has a trigger of its own; else only `go` leads there.
        triggered: bool,
    },
    /// Puts the question of this name.
    Question {
        /// The name of the ask.
        ask: String,
    },
    /// Takes the answer to the question of this name.
    Answer {
        /// The name of the ask.
        ask: String,
        /// Where the value is in the message.
        value: Source,
    },
    /// A tap on a choice whose question is not open: begins the form with it, or mends the answer.
    Late {
        /// The name of the ask.
        ask: String,
        /// Where the value is in the message.
        value: Source,
    },
    /// What was said is no answer.
    Wrong {
        /// The question follows once more.
        again: bool,
    },
    /// Shows what was answered.
    Confirm,
    /// Yes to that.
    Confirmed,
    /// No to that.
    Refused,
    /// A tap on yes or no when nothing is to be confirmed any more.
    Expired,
    /// The end.
    Done,
    /// Too many wrong answers.
    Failed,
    /// The customer cancelled.
    Cancel,
}

impl Role {
    /// Whether the part hears messages; the others are only led to.
    #[must_use]
    pub fn hears(&self) -> bool {
        match self {
            Role::Entry { triggered } => *triggered,
            Role::Question { .. } | Role::Confirm | Role::Done | Role::Cancel => false,
            Role::Answer { .. }
            | Role::Late { .. }
            | Role::Wrong { .. }
            | Role::Confirmed
            | Role::Refused
            | Role::Expired
            | Role::Failed => true,
        }
    }
}

/// Where in a message a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// What `take` found under the ask's name.
    Taken,
    /// The whole text as written.
    Text,
    /// The id of what was tapped.
    Payload,
    /// This, whatever was said.
    Fixed(String),
    /// `latitude,longitude` of a place.
    Location,
    /// The media id of a picture.
    Image,
}
