//! What happened: one shape for everything that reaches usher.

use super::{
    Alias, ContactId, ContactUpdate, DeskAct, Echo, EventId, JobId, LookedUp, Message, NumberId,
    Outbound, Posted, Raw, RuleId, SendOutcome, Status, TimerKey, Timestamp, Upkeep,
};
use crate::limits;
use serde::{Deserialize, Serialize};

/// Something that happened. Adapters make it, `decide` reads it, the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What makes it once-only.
    pub id: EventId,
    /// When usher takes it to have happened: max(receiver's clock, the contact's last event).
    /// Adapters write the receiver's clock; `turn` raises it.
    pub at: Timestamp,
    /// WhatsApp's (or the sender's) own time, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_at: Option<Timestamp>,
    /// Whom it is about.
    pub subject: Subject,
    /// What it is.
    pub kind: EventKind,
}

impl Event {
    /// The day under which the id is remembered: the event's own day, so that a copy that arrives
    /// a week later is looked up in the same place.
    #[must_use]
    pub fn dedupe_day(&self) -> super::Day {
        self.stated_at.unwrap_or(self.at).day()
    }

    /// On how many days before that the id may have been remembered as well: a caller's own id
    /// carries no day, so a copy of it is looked for wherever it may stand.
    #[must_use]
    pub fn dedupe_back(&self) -> u16 {
        if self.kind.is_called() { limits::DEDUPE_DAYS.saturating_sub(1) } else { 0 }
    }
}

/// Whom an event is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A person on one of our numbers.
    Person {
        /// Every name the sender stated in this one object; never empty. They may be linked and,
        /// where two contacts hold them, merged: whoever built the event vouches for it.
        aliases: Vec<Alias>,
        /// Our number.
        number: NumberId,
        /// What WhatsApp says of them.
        #[serde(default)]
        profile: Profile,
    },
    /// A contact usher already knows by its own id: what the outbox and timers report.
    Contact {
        /// Who; merged contacts are followed to the one that stayed.
        id: ContactId,
        /// Our number.
        number: NumberId,
    },
    /// The account itself (templates, quality), or nobody we can name.
    Account,
}

/// What WhatsApp says of a person beside their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// The profile name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The user name, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A customer wrote, tapped, sent or called.
    Message(Message),
    /// WhatsApp reports on a message of ours.
    Status(Status),
    /// The outbox reports what became of an attempt.
    Sent {
        /// The job attempted.
        job: JobId,
        /// What came of it.
        outcome: SendOutcome,
        /// When the attempt began, where one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
        /// The rule that wanted it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<RuleId>,
        /// Outside the service window a template went instead of what was decided.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        replaced: bool,
        /// What it said, where it is given up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
    /// WhatsApp's own marketing switch was turned (`user_preferences`).
    Preference(Preference),
    /// A timer rang.
    Timer {
        /// Which.
        key: TimerKey,
        /// When it was set for.
        due: Timestamp,
    },
    /// Something happened in one of the business's systems.
    Posted(Posted),
    /// Somebody asks for a message to be sent.
    Outbound(Outbound),
    /// A contact was changed from outside.
    Updated(ContactUpdate),
    /// An agent did something.
    Desk(DeskAct),
    /// A person typed in the WhatsApp Business app.
    Echo(Echo),
    /// What was looked up came.
    LookedUp(LookedUp),
    /// An old message came with `history`, or a merge: recorded, never answered.
    Recorded {
        /// The webhook field or message type it came by.
        what: String,
        /// The bytes as received.
        raw: Raw,
    },
    /// Something about the account: template status, quality, an error without a message.
    Account {
        /// The webhook field.
        field: String,
        /// The bytes as received.
        raw: Raw,
    },
    /// For a number or account that `usher.toml` does not name.
    Unnamed {
        /// The bytes as received.
        raw: Raw,
    },
    /// Somebody did something by hand: paused, resumed, tried a dead letter again.
    Upkeep {
        /// What.
        what: Upkeep,
        /// Whose token it was.
        by: String,
    },
    /// It could not be understood, or deciding it failed: kept, counted, listed by `usher dead`.
    Undecided {
        /// Why.
        reason: String,
        /// The bytes as received.
        raw: Raw,
    },
}

impl EventKind {
    /// Whether somebody called for it under an id of their own, and may call again with it.
    #[must_use]
    pub fn is_called(&self) -> bool {
        matches!(
            self,
            EventKind::Posted(_)
                | EventKind::Outbound(_)
                | EventKind::Updated(_)
                | EventKind::Desk(_)
        )
    }
}

impl EventKind {
    /// A short name for metrics and the journal.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            EventKind::Message(_) => "message",
            EventKind::Status(_) => "status",
            EventKind::Sent { .. } => "sent",
            EventKind::Preference(_) => "preference",
            EventKind::Timer { .. } => "timer",
            EventKind::Posted(_) => "posted",
            EventKind::Outbound(_) => "outbound",
            EventKind::Updated(_) => "updated",
            EventKind::Desk(_) => "desk",
            EventKind::Echo(_) => "echo",
            EventKind::LookedUp(_) => "looked_up",
            EventKind::Recorded { .. } => "recorded",
            EventKind::Account { .. } => "account",
            EventKind::Unnamed { .. } => "unnamed",
            EventKind::Upkeep { .. } => "upkeep",
            EventKind::Undecided { .. } => "undecided",
        }
    }
}

/// WhatsApp's own marketing switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// `true` for `stop`, `false` for `resume`.
    pub stop: bool,
}
