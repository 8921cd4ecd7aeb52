//! What a message holds, by its type, with Meta's limits (Cloud API reference 4.3).

use super::fields::{Object, degrees, flag, needed, object, optional, text};
use super::interactive::interactive;
use super::template::template;
use super::{GraphError, Known};
use crate::limits;
use crate::simulator::content::ChatContent;
use crate::simulator::media::{fits, kind_of};

/// What a message holds.
pub(super) fn content(body: &Object, known: &Known<'_>) -> Result<ChatContent, GraphError> {
    match text(body, "type")? {
        Some("text") => words(body),
        Some("interactive") => interactive(body),
        Some("template") => template(body, known.templates),
        Some("location") => location(body),
        Some("reaction") => reaction(body, known),
        Some("contacts") => {
            let details = "The simulator plays no contacts".to_owned();
            Err(GraphError::bad(131_051, "Unsupported message type", details))
        }
        Some(kind) => match kind_of(kind) {
            Some(kind) => media(body, kind, known),
            None => Err(GraphError::value("type is none of the known message types")),
        },
        None => Err(GraphError::missing("type")),
    }
}

fn words(body: &Object) -> Result<ChatContent, GraphError> {
    let content = object(body, "text", "text")?;
    let words = needed(content, "body", "text.body", limits::TEXT_BODY_UTF16_MAX)?;
    flag(content, "preview_url", "text.preview_url")?;
    Ok(ChatContent::Text { body: words })
}

fn media(body: &Object, kind: &'static str, known: &Known<'_>) -> Result<ChatContent, GraphError> {
    let media = object(body, kind, kind)?;
    let id = optional(media, "id", &format!("{kind}.id"), limits::MEDIA_ID_BYTES_MAX)?;
    let link = optional(media, "link", &format!("{kind}.link"), limits::LINK_BYTES_MAX)?;
    let mime = match (&id, &link) {
        (Some(_), Some(_)) => {
            return Err(GraphError::invalid(format!("{kind} takes an id or a link, not both")));
        }
        (None, None) => return Err(GraphError::missing(&format!("{kind}.id"))),
        (Some(id), None) => Some(uploaded(kind, id, known)?),
        (None, Some(link)) => {
            check_link(link, kind)?;
            None
        }
    };
    let only = |name: &str, kinds: &[&str]| match media.get(name) {
        Some(_) if !kinds.contains(&kind) => {
            Err(GraphError::invalid(format!("{kind} takes no {name}")))
        }
        _ => Ok(()),
    };
    only("caption", &["image", "video", "document"])?;
    only("filename", &["document"])?;
    only("voice", &["audio"])?;
    let most = limits::CAPTION_UTF16_MAX;
    let caption = optional(media, "caption", &format!("{kind}.caption"), most)?;
    let filename = optional(media, "filename", "document.filename", limits::FILENAME_UTF16_MAX)?;
    let voice = flag(media, "voice", "audio.voice")?;
    Ok(ChatContent::Media { kind, id, link, mime, caption, filename, voice })
}

/// The MIME type of an upload that is there and fits.
fn uploaded(kind: &str, id: &str, known: &Known<'_>) -> Result<String, GraphError> {
    let mime = (known.media)(id)
        .ok_or_else(|| GraphError::value(format!("{kind}.id names no media of this number")))?;
    if !fits(kind, &mime) {
        let details = format!("{mime} cannot be sent as {kind}");
        return Err(GraphError::media(details));
    }
    Ok(mime)
}

fn check_link(link: &str, kind: &str) -> Result<(), GraphError> {
    let url = reqwest::Url::parse(link).ok();
    match url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
        Some(_) => Ok(()),
        None => Err(GraphError::value(format!("{kind}.link must be an http or https address"))),
    }
}

fn location(body: &Object) -> Result<ChatContent, GraphError> {
    let place = object(body, "location", "location")?;
    let most = limits::PLACE_NAME_UTF16_MAX;
    Ok(ChatContent::Location {
        latitude: degrees(place, "latitude", "location.latitude", 90.0)?,
        longitude: degrees(place, "longitude", "location.longitude", 180.0)?,
        name: optional(place, "name", "location.name", most)?,
        address: optional(place, "address", "location.address", most)?,
    })
}

fn reaction(body: &Object, known: &Known<'_>) -> Result<ChatContent, GraphError> {
    let reaction = object(body, "reaction", "reaction")?;
    let to = needed(reaction, "message_id", "reaction.message_id", limits::WAMID_BYTES_MAX)?;
    if !(known.message)(&to) {
        return Err(GraphError::value("reaction.message_id names no message of this number"));
    }
    let emoji = text(reaction, "emoji")?.ok_or_else(|| GraphError::missing("reaction.emoji"))?;
    // An empty one takes the reaction away; nothing that has letters is an emoji.
    if emoji.chars().count() > 16 || emoji.chars().any(|ch| ch.is_alphabetic() || ch == ' ') {
        return Err(GraphError::value("reaction.emoji must be one emoji"));
    }
    Ok(ChatContent::Reaction { to: to.as_str().into(), emoji: emoji.to_owned() })
}
