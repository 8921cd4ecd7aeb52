//! What a message of ours holds, ready to go: every text rendered, every language chosen.
//!
//! How it looks on the wire is `whatsapp`'s business; what may be in it is checked with the rules.

use super::Wamid;
use serde::{Deserialize, Serialize};

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A text, at most [`crate::limits::TEXT_BODY_UTF16_MAX`] UTF-16 units.
    Text {
        /// The text.
        body: String,
    },
    /// A text with one to three buttons (`interactive` `button`).
    Buttons {
        /// The texts around them.
        frame: Frame,
        /// The buttons, in order.
        buttons: Vec<Button>,
    },
    /// A text with a list that opens (`interactive` `list`).
    List {
        /// The texts around it.
        frame: Frame,
        /// What opens the list.
        button: String,
        /// Its sections, in order; one without a title where there is only one.
        sections: Vec<Section>,
    },
    /// A picture, video, sound, document or sticker.
    Media(Media),
    /// A place on the map.
    Location {
        /// North positive.
        latitude: Degrees,
        /// East positive.
        longitude: Degrees,
        /// Its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// An approved template; the only thing that may be sent outside the service window.
    Template {
        /// Its name at WhatsApp.
        name: String,
        /// WhatsApp's code of the language it is approved in (`ko`, `zh_TW`).
        language: String,
        /// What fills the places of its body, in their order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        params: Vec<Param>,
    },
    /// An emoji on a message of the customer's.
    Reaction {
        /// Which message.
        to: Wamid,
        /// The emoji.
        emoji: String,
    },
}

impl Content {
    /// WhatsApp's word for the kind: `text`, `interactive`, `image`, `template`…
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Content::Text { .. } => "text",
            Content::Buttons { .. } | Content::List { .. } => "interactive",
            Content::Media(media) => media.kind.name(),
            Content::Location { .. } => "location",
            Content::Template { .. } => "template",
            Content::Reaction { .. } => "reaction",
        }
    }

    /// As one reads it in a terminal: the text, and in brackets what words cannot show.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Content::Text { body } => body.clone(),
            Content::Buttons { frame, buttons } => {
                let titles: Vec<String> =
                    buttons.iter().map(|button| format!("[{}]", button.title)).collect();
                format!("{} {}", frame.body, titles.join(" "))
            }
            Content::List { frame, button, sections } => {
                let rows = sections.iter().flat_map(|section| &section.rows);
                let titles: Vec<&str> = rows.map(|row| row.title.as_str()).collect();
                format!("{} [{button}: {}]", frame.body, titles.join(" · "))
            }
            Content::Media(media) => {
                let shown = media.filename.as_deref().unwrap_or(match &media.source {
                    MediaSource::Link(link) => link,
                    MediaSource::File { mime, .. } => mime,
                });
                let caption = media.caption.as_deref().unwrap_or_default();
                format!("[{}: {shown}] {caption}", media.kind.name()).trim_end().to_owned()
            }
            Content::Location { latitude, longitude, name, .. } => {
                let name = name.as_deref().unwrap_or_default();
                format!("[location: {} {} {name}]", latitude.degrees(), longitude.degrees())
            }
            Content::Template { name, language, params } => {
                let values: Vec<&str> = params.iter().map(|param| param.text.as_str()).collect();
                format!("[template {name} ({language}): {}]", values.join(" · "))
            }
            Content::Reaction { emoji, .. } => format!("[reaction {emoji}]"),
        }
    }
}

/// The texts around buttons and lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Above the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The text.
    pub body: String,
    /// Small, below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

/// A button to tap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What comes back when it is tapped.
    pub id: String,
    /// What it says.
    pub title: String,
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Needed where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its rows, in order.
    pub rows: Vec<Row>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What comes back when it is tapped.
    pub id: String,
    /// What it says.
    pub title: String,
    /// Small, below the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A picture, video, sound, document or sticker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Which of them.
    pub kind: MediaKind,
    /// Where it is.
    pub source: MediaSource,
    /// The text below it; never with sounds and stickers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The name a document is shown with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// A sound that is shown as a voice note.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
}

/// WhatsApp's kinds of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// JPEG or PNG.
    Image,
    /// MP4 or 3GP.
    Video,
    /// AAC, MP3, M4A, AMR or OGG (Opus).
    Audio,
    /// PDF, office files, plain text.
    Document,
    /// WebP.
    Sticker,
}

impl MediaKind {
    /// WhatsApp's word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            MediaKind::Image => "image",
            MediaKind::Video => "video",
            MediaKind::Audio => "audio",
            MediaKind::Document => "document",
            MediaKind::Sticker => "sticker",
        }
    }
}

/// Where media come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// WhatsApp fetches it from here (and keeps it for ten minutes).
    Link(String),
    /// A file of the rules folder, kept by its digest, so that a later edit of the file does not
    /// change what was decided; uploaded when it is first needed.
    File {
        /// SHA-256 of its bytes, as 64 hex digits.
        sha256: String,
        /// Its MIME type.
        mime: String,
    },
}

/// What fills one place of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// Its name; `None` where the template numbers its places (`{{1}}`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The value.
    pub text: String,
}

/// An angle on the globe in millionths of a degree: 0.1 m, and equal where it is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Degrees(pub i32);

impl Degrees {
    /// The nearest millionth; `None` for what lies beyond ±`most` degrees or is no number.
    #[must_use]
    pub fn new(degrees: f64, most: f64) -> Option<Degrees> {
        if !(-most..=most).contains(&degrees) {
            return None;
        }
        let micro = (degrees * 1e6).round();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole, and within ±180 million, which an i32 holds"
        )]
        Some(Degrees(micro as i32))
    }

    /// In degrees.
    #[must_use]
    pub fn degrees(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_kept_to_the_millionth() {
        assert_eq!(Degrees::new(25.033_964, 90.0).unwrap().degrees(), 25.033_964);
        assert_eq!(Degrees::new(-180.0, 180.0), Some(Degrees(-180_000_000)));
        assert_eq!(Degrees::new(90.1, 90.0), None);
        assert_eq!(Degrees::new(f64::NAN, 90.0), None);
    }
}
