//! What a customer may send, how it is asked for, and what the chat keeps of it. What WhatsApp
//! makes of it on the wire is `payload`'s business.

use super::attachments::Sample;
use super::customers::CustomerError;
use crate::limits;
use crate::model::{Degrees, Wamid};
use serde::{Deserialize, Serialize, Serializer};

/// What a customer sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Say {
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// The message it answers or was tapped on, of this chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Wamid>,
}

/// The kinds of what a customer sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// Words.
    Text {
        /// The words.
        text: String,
    },
    /// A tap on a button.
    Button {
        /// The button's id.
        id: String,
        /// What it says.
        title: String,
    },
    /// A tap on a row of a list.
    Row {
        /// The row's id.
        id: String,
        /// What it says.
        title: String,
        /// What stands below that.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// A tap on a template's quick reply.
    QuickReply {
        /// What was set for the button.
        payload: String,
        /// What it says.
        title: String,
    },
    /// A picture, video, sound, voice note, document or sticker: one of the samples.
    File {
        /// Which.
        file: Sample,
        /// The words below it.
        #[serde(skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// A document's name.
        #[serde(skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// A place.
    Location {
        /// North positive.
        #[serde(serialize_with = "in_degrees")]
        latitude: Degrees,
        /// East positive.
        #[serde(serialize_with = "in_degrees")]
        longitude: Degrees,
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its address.
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// Contact cards.
    Contacts {
        /// At least one.
        contacts: Vec<Card>,
    },
    /// An emoji on a message of this chat.
    Reaction {
        /// Which message.
        to: Wamid,
        /// The emoji; `None` takes it away.
        emoji: Option<String>,
    },
    /// A call that begins.
    Call,
}

/// A contact card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The name.
    pub name: String,
    /// The number as people write it.
    pub phone: String,
}

impl Say {
    /// Words, answering nothing in particular.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Say {
        Say { what: What::Text { text: text.into() }, reply_to: None }
    }

    /// What a list of chats shows of it.
    pub(super) fn shown(&self) -> String {
        match &self.what {
            What::Text { text } => text.clone(),
            What::Button { title, .. }
            | What::Row { title, .. }
            | What::QuickReply { title, .. } => title.clone(),
            What::File { file, caption, filename } => {
                let words = caption.as_deref().or(filename.as_deref()).unwrap_or_default();
                format!("{} {words}", file.sign()).trim_end().to_owned()
            }
            What::Location { latitude, longitude, name, .. } => match name {
                Some(name) => format!("📍 {name}"),
                None => format!("📍 {}, {}", latitude.degrees(), longitude.degrees()),
            },
            What::Contacts { contacts } => {
                let names: Vec<&str> = contacts.iter().map(|card| card.name.as_str()).collect();
                format!("👤 {}", names.join(", "))
            }
            What::Reaction { emoji, .. } => emoji.clone().unwrap_or_default(),
            What::Call => "📞".to_owned(),
        }
    }

    /// The messages of the chat that it names.
    pub(super) fn names(&self) -> impl Iterator<Item = &Wamid> {
        let reacted = match &self.what {
            What::Reaction { to, .. } => Some(to),
            _ => None,
        };
        self.reply_to.iter().chain(reacted)
    }

    /// Whether a customer could have sent it.
    pub(super) fn check(&self) -> Result<(), CustomerError> {
        let (needed, optional) = self.texts();
        let bytes: usize = needed.iter().map(|(_, text)| text.len()).sum();
        let more: usize = optional.into_iter().flatten().map(String::len).sum();
        if bytes.saturating_add(more) > limits::SIM_TEXT_BYTES_MAX {
            return Err(CustomerError::TooLong);
        }
        match needed.iter().find(|(_, text)| text.trim().is_empty()) {
            Some((name, _)) => Err(CustomerError::Empty(name)),
            None => Ok(()),
        }
    }

    /// Its texts: those that may not be blank, with their names, and the others.
    fn texts(&self) -> (Vec<(&'static str, &str)>, Vec<Option<&String>>) {
        match &self.what {
            What::Text { text } => (vec![("text", text)], Vec::new()),
            What::Button { id, title } => (vec![("id", id), ("title", title)], Vec::new()),
            What::Row { id, title, description } => {
                (vec![("id", id), ("title", title)], vec![description.as_ref()])
            }
            What::QuickReply { payload, title } => {
                (vec![("payload", payload), ("title", title)], Vec::new())
            }
            What::File { caption, filename, .. } => {
                (Vec::new(), vec![caption.as_ref(), filename.as_ref()])
            }
            What::Location { name, address, .. } => {
                (Vec::new(), vec![name.as_ref(), address.as_ref()])
            }
            What::Contacts { contacts } if contacts.is_empty() => {
                (vec![("list of contacts", "")], Vec::new())
            }
            What::Contacts { contacts } => {
                let texts = contacts
                    .iter()
                    .flat_map(|card| [("name", card.name.as_str()), ("phone", &card.phone)]);
                (texts.collect(), Vec::new())
            }
            What::Reaction { emoji, .. } => (Vec::new(), vec![emoji.as_ref()]),
            What::Call => (Vec::new(), Vec::new()),
        }
    }
}

fn in_degrees<S: Serializer>(angle: &Degrees, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(angle.degrees())
}

/// What `POST /sim/customers/{key}/say` takes: exactly one of the kinds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SayRequest {
    /// The customer's name from now on.
    pub name: Option<String>,
    reply_to: Option<Wamid>,
    text: Option<String>,
    button: Option<TapRequest>,
    row: Option<TapRequest>,
    quick_reply: Option<QuickReplyRequest>,
    image: Option<FileRequest>,
    video: Option<FileRequest>,
    document: Option<FileRequest>,
    audio: Option<NothingMore>,
    voice: Option<NothingMore>,
    sticker: Option<NothingMore>,
    location: Option<LocationRequest>,
    contacts: Option<Vec<Card>>,
    reaction: Option<ReactionRequest>,
    call: Option<NothingMore>,
}

/// `{}`: the kind alone says it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct NothingMore {}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct TapRequest {
    id: String,
    title: String,
    #[serde(default)]
    description: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuickReplyRequest {
    payload: String,
    title: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRequest {
    #[serde(default)]
    caption: Option<String>,
    #[serde(default)]
    filename: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LocationRequest {
    latitude: f64,
    longitude: f64,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    address: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReactionRequest {
    to: Wamid,
    /// Empty or absent: taken away.
    #[serde(default)]
    emoji: Option<String>,
}

impl SayRequest {
    /// What is to be said.
    ///
    /// # Errors
    /// Not exactly one kind is asked for, or the place is not on the globe.
    pub fn say(self) -> Result<Say, CustomerError> {
        let reply_to = self.reply_to.clone();
        let mut kinds = self.kinds()?.into_iter().flatten();
        match (kinds.next(), kinds.next()) {
            (Some(what), None) => Ok(Say { what, reply_to }),
            _ => Err(CustomerError::Kinds),
        }
    }

    fn kinds(self) -> Result<[Option<What>; 14], CustomerError> {
        let location = self.location.map(location).transpose()?;
        Ok([
            self.text.map(|text| What::Text { text }),
            self.button.map(|tap| What::Button { id: tap.id, title: tap.title }),
            self.row.map(row),
            self.quick_reply.map(|tap| What::QuickReply { payload: tap.payload, title: tap.title }),
            self.image.map(|about| file(Sample::Image, about)),
            self.video.map(|about| file(Sample::Video, about)),
            self.document.map(|about| file(Sample::Document, about)),
            self.audio.map(|_| bare_file(Sample::Audio)),
            self.voice.map(|_| bare_file(Sample::Voice)),
            self.sticker.map(|_| bare_file(Sample::Sticker)),
            location,
            self.contacts.map(|contacts| What::Contacts { contacts }),
            self.reaction.map(|reaction| What::Reaction {
                to: reaction.to,
                emoji: reaction.emoji.filter(|emoji| !emoji.is_empty()),
            }),
            self.call.map(|_| What::Call),
        ])
    }
}

fn row(tap: TapRequest) -> What {
    What::Row { id: tap.id, title: tap.title, description: tap.description }
}

fn file(file: Sample, about: FileRequest) -> What {
    let named = matches!(file, Sample::Document);
    let filename = about.filename.or_else(|| named.then(|| file.filename().to_owned()));
    What::File { file, caption: about.caption, filename }
}

fn bare_file(file: Sample) -> What {
    What::File { file, caption: None, filename: None }
}

fn location(place: LocationRequest) -> Result<What, CustomerError> {
    let latitude = Degrees::new(place.latitude, 90.0).ok_or(CustomerError::Place)?;
    let longitude = Degrees::new(place.longitude, 180.0).ok_or(CustomerError::Place)?;
    Ok(What::Location { latitude, longitude, name: place.name, address: place.address })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &str) -> Result<Say, String> {
        let request: SayRequest = serde_json::from_str(body).map_err(|why| why.to_string())?;
        let say = request.say().map_err(|why| why.to_string())?;
        say.check().map_err(|why| why.to_string())?;
        Ok(say)
    }

    #[test]
    fn every_kind_is_asked_for_by_its_name() {
        for (body, shown) in [
            (r#"{"text":"hello"}"#, "hello"),
            (r#"{"button":{"id":"y","title":"Yes"},"reply_to":"wamid.A"}"#, "Yes"),
            (r#"{"row":{"id":"m9","title":"09:00","description":"Room 2"}}"#, "09:00"),
            (r#"{"quick_reply":{"payload":"stop","title":"Stop"}}"#, "Stop"),
            (r#"{"image":{"caption":"roof"}}"#, "📷 roof"),
            (r#"{"video":{}}"#, "🎬"),
            (r#"{"document":{}}"#, "📄 bill.pdf"),
            (r#"{"audio":{}}"#, "🎵"),
            (r#"{"voice":{}}"#, "🎤"),
            (r#"{"sticker":{}}"#, "🏷"),
            (r#"{"location":{"latitude":38.7,"longitude":-9.1}}"#, "📍 38.7, -9.1"),
            (r#"{"contacts":[{"name":"Bo Li","phone":"+351 910 000 002"}]}"#, "👤 Bo Li"),
            (r#"{"reaction":{"to":"wamid.A","emoji":"👍"}}"#, "👍"),
            (r#"{"reaction":{"to":"wamid.A","emoji":""}}"#, ""),
            (r#"{"call":{}}"#, "📞"),
        ] {
            assert_eq!(asked(body).map(|say| say.shown()), Ok(shown.to_owned()), "{body}");
        }
    }

    #[test]
    fn what_no_customer_could_send_is_refused() {
        for (body, why) in [
            ("{}", "exactly one"),
            (r#"{"text":"a","call":{}}"#, "exactly one"),
            (r#"{"text":" "}"#, "the text is empty"),
            (r#"{"button":{"id":"","title":"Yes"}}"#, "the id is empty"),
            (r#"{"contacts":[]}"#, "the list of contacts is empty"),
            (r#"{"voice":{"caption":"no"}}"#, "unknown field"),
            (r#"{"location":{"latitude":91,"longitude":0}}"#, "-90 to 90"),
        ] {
            let refused = asked(body).unwrap_err();
            assert!(refused.contains(why), "{body}: {refused}");
        }
        let long = format!(r#"{{"image":{{"caption":"{}"}}}}"#, "x".repeat(20_000));
        assert!(asked(&long).unwrap_err().contains("at most"));
    }
}
