//! What a customer sends: its kinds, and which of them reach the rules.

use super::{Raw, Wamid};
use serde::{Deserialize, Serialize};

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
