//! What customers send along: small samples compiled in, each message's under a media id of its
//! own. How they are fetched is as with uploads.

use super::media::Upload;
use crate::limits;
use crate::model::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// A file a customer may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sample {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A sound file.
    Audio,
    /// A voice note.
    Voice,
    /// A document.
    Document,
    /// A sticker.
    Sticker,
}

impl Sample {
    /// Its bytes.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Sample::Image => include_bytes!("samples/photo.jpg"),
            Sample::Video => include_bytes!("samples/clip.mp4"),
            Sample::Audio => include_bytes!("samples/song.mp3"),
            Sample::Voice => include_bytes!("samples/voice.ogg"),
            Sample::Document => include_bytes!("samples/bill.pdf"),
            Sample::Sticker => include_bytes!("samples/sticker.webp"),
        }
    }

    /// Its MIME type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Sample::Image => "image/jpeg",
            Sample::Video => "video/mp4",
            Sample::Audio => "audio/mpeg",
            Sample::Voice => "audio/ogg; codecs=opus",
            Sample::Document => "application/pdf",
            Sample::Sticker => "image/webp",
        }
    }

    /// WhatsApp's type of a message with it.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Sample::Image => "image",
            Sample::Video => "video",
            // A voice note is an `audio` with `voice: true`.
            Sample::Audio | Sample::Voice => "audio",
            Sample::Document => "document",
            Sample::Sticker => "sticker",
        }
    }

    /// The name it has on the customer's phone.
    pub(super) fn filename(self) -> &'static str {
        match self {
            Sample::Image => "photo.jpg",
            Sample::Video => "clip.mp4",
            Sample::Audio => "song.mp3",
            Sample::Voice => "voice.ogg",
            Sample::Document => "bill.pdf",
            Sample::Sticker => "sticker.webp",
        }
    }

    /// What stands for it in a line of text.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Sample::Image => "📷",
            Sample::Video => "🎬",
            Sample::Audio => "🎵",
            Sample::Voice => "🎤",
            Sample::Document => "📄",
            Sample::Sticker => "🏷",
        }
    }

    /// The object of an inbound message with it; its digest is base64 there.
    pub(super) fn in_message(self, id: AttachmentId) -> Value {
        let digest = STANDARD.encode(Sha256::digest(self.bytes()));
        json!({ "id": id, "mime_type": self.mime(), "sha256": digest })
    }
}

/// The media id of a file that a customer sent: digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttachmentId(u64);

impl fmt::Display for AttachmentId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Serialize for AttachmentId {
    /// As text: it has more digits than JavaScript's numbers.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The files sent, the newest so many.
#[derive(Debug)]
pub(super) struct Attachments {
    /// Two runs never give the same id.
    next: u64,
    kept: BTreeMap<u64, Sample>,
}

impl Attachments {
    /// None yet.
    pub(super) fn since(at: Timestamp) -> Attachments {
        let millis = u64::try_from(at.millis()).unwrap_or_default();
        Attachments { next: millis.saturating_mul(100_000), kept: BTreeMap::new() }
    }

    /// Keeps one; gives its id.
    pub(super) fn keep(&mut self, sample: Sample) -> AttachmentId {
        self.next = self.next.saturating_add(1);
        self.kept.insert(self.next, sample);
        if self.kept.len() > limits::SIM_ATTACHMENTS_KEPT_MAX {
            self.kept.pop_first();
        }
        AttachmentId(self.next)
    }

    /// The file of this id.
    pub(super) fn find(&self, id: &str, at: Timestamp) -> Option<Upload> {
        let sample = self.kept.get(&id.parse().ok()?)?;
        Some(Upload {
            mime: sample.mime().to_owned(),
            bytes: Bytes::from_static(sample.bytes()),
            at,
        })
    }
}
