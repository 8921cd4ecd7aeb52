//! What happened: one shape for everything that reaches usher.

use super::{Alias, ContactId, EventId, Hold, JobId, NumberId, Raw, Timestamp, Upkeep, Wamid};

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
        /// Outside the service window a template went instead of what was decided.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        replaced: bool,
    },
    /// WhatsApp's own marketing switch was turned (`user_preferences`).
    Preference(Preference),
    /// A person typed in the WhatsApp Business app (`smb_message_echoes`), or an old message came
    /// with `history`: recorded, never answered.
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
    /// A short name for metrics and the journal.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            EventKind::Message(_) => "message",
            EventKind::Status(_) => "status",
            EventKind::Sent { .. } => "sent",
            EventKind::Preference(_) => "preference",
            EventKind::Recorded { .. } => "recorded",
            EventKind::Account { .. } => "account",
            EventKind::Unnamed { .. } => "unnamed",
            EventKind::Upkeep { .. } => "upkeep",
            EventKind::Undecided { .. } => "undecided",
        }
    }
}

/// A customer's message. Text-like content is in `text`; a tap has a `payload` as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// WhatsApp's id.
    pub wamid: Wamid,
    /// What kind of message.
    pub kind: MessageKind,
    /// Body, caption, or title of a tap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Id of a tapped button, list row or quick reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// The message it answers or quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Wamid>,
    /// Came from an ad or a post (`referral`): its source id, or its URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad: Option<String>,
    /// Written in a group: never answered to the individual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The message object as received, where it holds more than text (media ids, places, orders).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

/// WhatsApp's `type` of an inbound message, voice notes and calls set apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// `text`
    Text,
    /// `image`
    Image,
    /// `audio`: a sound file
    Audio,
    /// `audio` with `voice: true`: a voice note
    Voice,
    /// `video`
    Video,
    /// `document`
    Document,
    /// `sticker`
    Sticker,
    /// `location`
    Location,
    /// `contacts`
    Contacts,
    /// `interactive` with `button_reply`
    Button,
    /// `interactive` with `list_reply`
    List,
    /// `interactive` with `nfm_reply`
    Flow,
    /// `button`: a template's quick reply
    QuickReply,
    /// `order`
    Order,
    /// `reaction`; `text` holds the emoji, none when it was taken away
    Reaction,
    /// field `calls`, event `connect`
    Call,
    /// `system`
    System,
    /// `unsupported`, `unknown`
    Unsupported,
    /// `edit`
    Edit,
    /// `revoke`
    Revoke,
    /// A type from the future
    Other(String),
}

impl MessageKind {
    /// The kinds a rule may name in `kind`, in the field's own words.
    pub const NAMES: [&'static str; 16] = [
        "text",
        "image",
        "audio",
        "voice",
        "video",
        "document",
        "sticker",
        "location",
        "contacts",
        "button",
        "list",
        "flow",
        "quick_reply",
        "order",
        "reaction",
        "call",
    ];

    /// The name as written in `kind = …` and in metrics.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            MessageKind::Text => "text",
            MessageKind::Image => "image",
            MessageKind::Audio => "audio",
            MessageKind::Voice => "voice",
            MessageKind::Video => "video",
            MessageKind::Document => "document",
            MessageKind::Sticker => "sticker",
            MessageKind::Location => "location",
            MessageKind::Contacts => "contacts",
            MessageKind::Button => "button",
            MessageKind::List => "list",
            MessageKind::Flow => "flow",
            MessageKind::QuickReply => "quick_reply",
            MessageKind::Order => "order",
            MessageKind::Reaction => "reaction",
            MessageKind::Call => "call",
            MessageKind::System => "system",
            MessageKind::Unsupported => "unsupported",
            MessageKind::Edit => "edit",
            MessageKind::Revoke => "revoke",
            MessageKind::Other(name) => name,
        }
    }

    /// Whether rules and the fallback may see it at all (DESIGN 4.1, Order).
    #[must_use]
    pub fn reaches_rules(&self) -> bool {
        !matches!(
            self,
            MessageKind::System
                | MessageKind::Unsupported
                | MessageKind::Edit
                | MessageKind::Revoke
                | MessageKind::Other(_)
        )
    }

    /// Whether it opens the 24-hour service window: messages and calls do; notices do not.
    #[must_use]
    pub fn opens_window(&self) -> bool {
        self.reaches_rules()
    }
}

/// WhatsApp's report on a message of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The message it speaks of.
    pub wamid: Wamid,
    /// Our own job id, where `biz_opaque_callback_data` carried one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
    /// How far it came.
    pub status: DeliveryStatus,
    /// The first error of a `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SendError>,
    /// The price category WhatsApp names, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// How far a message came. A status only moves upwards; see [`super::JobState`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// On WhatsApp's servers.
    Sent,
    /// On the customer's device.
    Delivered,
    /// Seen.
    Read,
    /// A voice note was played.
    Played,
    /// Not delivered.
    Failed,
    /// A status from the future.
    Other(String),
}

impl DeliveryStatus {
    /// sent < delivered < read < played. `failed` stands above `sent` and below `delivered`: it
    /// ends a message that only was sent, and changes nothing once the customer has it.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            DeliveryStatus::Other(_) => 0,
            DeliveryStatus::Sent => 1,
            DeliveryStatus::Failed => 2,
            DeliveryStatus::Delivered => 3,
            DeliveryStatus::Read => 4,
            DeliveryStatus::Played => 5,
        }
    }

    /// WhatsApp's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            DeliveryStatus::Sent => "sent",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Read => "read",
            DeliveryStatus::Played => "played",
            DeliveryStatus::Failed => "failed",
            DeliveryStatus::Other(name) => name,
        }
    }
}

/// What came of one attempt to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendOutcome {
    /// WhatsApp took it.
    Accepted {
        /// The id WhatsApp gave.
        wamid: Wamid,
        /// The `wa_id` WhatsApp answered with, where it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wa_id: Option<String>,
    },
    /// WhatsApp definitely did not take it; it is to be tried again at `due`.
    Again {
        /// What WhatsApp said.
        error: SendError,
        /// When.
        due: Timestamp,
    },
    /// It was not sent, and not for its own sake: WhatsApp cannot be reached, or refuses everything
    /// from this number for now. No try is used up.
    Postponed {
        /// What keeps it.
        error: SendError,
        /// When to claim it again.
        due: Timestamp,
    },
    /// It will not be tried again: a dead letter.
    Dead {
        /// What WhatsApp said last.
        error: SendError,
    },
    /// A guard no longer held when it was to be claimed: not sent.
    Dropped {
        /// Which.
        why: Hold,
    },
    /// It is kept back until `why` is over, and its lane goes on without it.
    Held {
        /// Which guard does not hold.
        why: Hold,
        /// When it is given up.
        due: Timestamp,
    },
    /// What it was held for is over: it waits again.
    Released,
    /// Nobody knows whether WhatsApp took it (promise 2).
    Unknown {
        /// When to look at it next.
        due: Timestamp,
    },
    /// An unknown outcome is to be sent once more, now.
    Repeat,
    /// An unknown outcome is left alone until `due`.
    Wait {
        /// When to look at it next.
        due: Timestamp,
    },
}

impl SendOutcome {
    /// A short name for metrics, tallies and event ids.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            SendOutcome::Accepted { .. } => "accepted",
            SendOutcome::Again { .. } => "again",
            SendOutcome::Postponed { .. } => "postponed",
            SendOutcome::Dead { .. } => "dead",
            SendOutcome::Dropped { .. } => "dropped",
            SendOutcome::Held { .. } => "held",
            SendOutcome::Released => "released",
            SendOutcome::Unknown { .. } => "unknown",
            SendOutcome::Repeat => "repeat",
            SendOutcome::Wait { .. } => "wait",
        }
    }

    /// Why, as metric label and tally; empty where there is nothing to say.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            SendOutcome::Again { error, .. }
            | SendOutcome::Postponed { error, .. }
            | SendOutcome::Dead { error } => &error.reason,
            SendOutcome::Dropped { why } | SendOutcome::Held { why, .. } => why.label(),
            SendOutcome::Accepted { .. }
            | SendOutcome::Released
            | SendOutcome::Unknown { .. }
            | SendOutcome::Repeat
            | SendOutcome::Wait { .. } => "",
        }
    }
}

/// An error as WhatsApp states it, or ours where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendError {
    /// Meta's `code`; `None` for a network error or an answer that is no JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// The metric label: a fixed word such as `throttled`, `template`, `network`.
    pub reason: String,
    /// What was said, without customers' data.
    pub detail: String,
}

/// WhatsApp's own marketing switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// `true` for `stop`, `false` for `resume`.
    pub stop: bool,
}
