//! What a message of the business holds, as the simulator keeps it: for the chat page, for
//! `GET /sim/sent`, and for tests. How it looks on the wire is `graph`'s business.

use crate::model::Wamid;
use serde::Serialize;

/// What a message holds. In JSON `type` says which.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatContent {
    /// A text.
    Text {
        /// The text.
        body: String,
    },
    /// A text with buttons.
    Buttons {
        /// Above it.
        #[serde(skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        /// The text.
        body: String,
        /// Below it.
        #[serde(skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// One to three.
        buttons: Vec<ChatButton>,
    },
    /// A text with a list that opens.
    List {
        /// Above it.
        #[serde(skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        /// The text.
        body: String,
        /// Below it.
        #[serde(skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// What opens the list.
        button: String,
        /// Its sections.
        sections: Vec<ChatSection>,
    },
    /// A picture, video, sound, document or sticker.
    Media {
        /// `image`, `video`, `audio`, `document` or `sticker`.
        kind: &'static str,
        /// The id of the upload; [`super::Simulator::media`] gives its bytes.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Where it is fetched from, when it was no upload.
        #[serde(skip_serializing_if = "Option::is_none")]
        link: Option<String>,
        /// The MIME type of an upload.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime: Option<String>,
        /// The text below it.
        #[serde(skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// The name of a document.
        #[serde(skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
        /// A sound shown as a voice note.
        voice: bool,
    },
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its address.
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// A template.
    Template {
        /// Its name.
        name: String,
        /// The language's code.
        language: String,
        /// What fills the places of its body.
        params: Vec<ChatParam>,
    },
    /// An emoji on a message; an empty one takes it away.
    Reaction {
        /// On which message.
        to: Wamid,
        /// The emoji.
        emoji: String,
    },
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChatButton {
    /// What a tap brings back.
    pub id: String,
    /// What it says.
    pub title: String,
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChatSection {
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its rows.
    pub rows: Vec<ChatRow>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChatRow {
    /// What a tap brings back.
    pub id: String,
    /// What it says.
    pub title: String,
    /// Small, below the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A value of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChatParam {
    /// Its name, where the template names its places.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The value.
    pub text: String,
}

impl ChatContent {
    /// In one line, for whoever reads words only; a text as it is.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            ChatContent::Text { body }
            | ChatContent::Buttons { body, .. }
            | ChatContent::List { body, .. } => body.clone(),
            ChatContent::Media { kind, caption, filename, .. } => {
                let words = caption.as_deref().or(filename.as_deref()).unwrap_or_default();
                format!("{} {words}", sign(kind)).trim_end().to_owned()
            }
            ChatContent::Location { latitude, longitude, name, .. } => match name {
                Some(name) => format!("📍 {name}"),
                None => format!("📍 {latitude}, {longitude}"),
            },
            ChatContent::Template { name, params, .. } => {
                let values: Vec<&str> = params.iter().map(|param| param.text.as_str()).collect();
                format!("📋 {name} {}", values.join(" · ")).trim_end().to_owned()
            }
            ChatContent::Reaction { emoji, .. } => emoji.clone(),
        }
    }

    /// Whether it may go out while the customer's 24 hours are over.
    pub(super) fn needs_no_window(&self) -> bool {
        matches!(self, ChatContent::Template { .. })
    }
}

fn sign(kind: &str) -> &'static str {
    match kind {
        "image" => "📷",
        "video" => "🎬",
        "audio" => "🎤",
        "sticker" => "🏷️",
        _ => "📄",
    }
}
