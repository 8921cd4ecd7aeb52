//! A message as the Graph API wants it (Cloud API reference 4.1–4.4). Borrows everything; sends
//! and decides nothing.

use crate::model::{
    Button, Content, Degrees, Frame, Media, MediaSource, Param, Recipient, Row, Section, Wamid,
};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The body of `POST /{phone_number_id}/messages`.
#[derive(Debug, Clone, Copy)]
pub struct Body<'a> {
    /// Whom it goes to.
    pub to: &'a Recipient,
    /// What it says.
    pub content: &'a Content,
    /// `biz_opaque_callback_data`: comes back with its statuses.
    pub callback: &'a str,
    /// WhatsApp's id of the upload, where the content is a file of ours.
    pub media_id: Option<&'a str>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("messaging_product", "whatsapp")?;
        body.serialize_entry("recipient_type", "individual")?;
        match self.to {
            // Without `+` Meta puts our own country code before the number.
            Recipient::Phone(number) => {
                body.serialize_entry("to", &format!("+{}", number.trim_start_matches('+')))?;
            }
            Recipient::Bsuid(id) => body.serialize_entry("recipient", id)?,
        }
        let kind = self.content.kind();
        body.serialize_entry("type", kind)?;
        match self.content {
            Content::Text { body: text } => {
                body.serialize_entry(kind, &Text { body: text, preview_url: false })?;
            }
            Content::Buttons { frame, buttons } => {
                let buttons = buttons.iter().map(|reply| ReplyButton { kind: "reply", reply });
                let action = ButtonAction { buttons: buttons.collect() };
                body.serialize_entry(kind, &Interactive::of("button", frame, action))?;
            }
            Content::List { frame, button, sections } => {
                let sections = sections.iter().map(ListSection::of).collect();
                let action = ListAction { button, sections };
                body.serialize_entry(kind, &Interactive::of("list", frame, action))?;
            }
            Content::Media(media) => {
                body.serialize_entry(kind, &MediaObject::of(media, self.media_id))?;
            }
            Content::Location { latitude, longitude, name, address } => {
                let place =
                    Location::of(*latitude, *longitude, name.as_deref(), address.as_deref());
                body.serialize_entry(kind, &place)?;
            }
            Content::Template { name, language, params } => {
                body.serialize_entry(kind, &Template::of(name, language, params))?;
            }
            Content::Reaction { to, emoji } => {
                body.serialize_entry(kind, &Reaction { message_id: to, emoji })?;
            }
        }
        body.serialize_entry("biz_opaque_callback_data", self.callback)?;
        body.end()
    }
}

#[derive(serde::Serialize)]
struct Text<'a> {
    body: &'a str,
    preview_url: bool,
}

#[derive(serde::Serialize)]
struct Interactive<'a, A> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header<'a>>,
    body: Words<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<Words<'a>>,
    action: A,
}

#[derive(serde::Serialize)]
struct Header<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

#[derive(serde::Serialize)]
struct Words<'a> {
    text: &'a str,
}

#[derive(serde::Serialize)]
struct ButtonAction<'a> {
    buttons: Vec<ReplyButton<'a>>,
}

#[derive(serde::Serialize)]
struct ReplyButton<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    reply: &'a Button,
}

#[derive(serde::Serialize)]
struct ListAction<'a> {
    button: &'a str,
    sections: Vec<ListSection<'a>>,
}

#[derive(serde::Serialize)]
struct ListSection<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    rows: &'a [Row],
}

#[derive(serde::Serialize)]
struct MediaObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    voice: bool,
}

#[derive(serde::Serialize)]
struct Location<'a> {
    latitude: f64,
    longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
}

#[derive(serde::Serialize)]
struct Template<'a> {
    name: &'a str,
    language: Language<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<Component<'a>>,
}

#[derive(serde::Serialize)]
struct Language<'a> {
    code: &'a str,
}

#[derive(serde::Serialize)]
struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    parameters: Vec<Parameter<'a>>,
}

#[derive(serde::Serialize)]
struct Parameter<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter_name: Option<&'a str>,
    text: &'a str,
}

#[derive(serde::Serialize)]
struct Reaction<'a> {
    message_id: &'a Wamid,
    emoji: &'a str,
}

impl<'a, A> Interactive<'a, A> {
    fn of(kind: &'static str, frame: &'a Frame, action: A) -> Interactive<'a, A> {
        Interactive {
            kind,
            header: frame.header.as_deref().map(|text| Header { kind: "text", text }),
            body: Words { text: &frame.body },
            footer: frame.footer.as_deref().map(|text| Words { text }),
            action,
        }
    }
}

impl<'a> ListSection<'a> {
    fn of(section: &'a Section) -> ListSection<'a> {
        ListSection { title: section.title.as_deref(), rows: &section.rows }
    }
}

impl<'a> MediaObject<'a> {
    fn of(media: &'a Media, media_id: Option<&'a str>) -> MediaObject<'a> {
        let (id, link) = match &media.source {
            MediaSource::Link(link) => (None, Some(link.as_str())),
            MediaSource::File { .. } => (media_id, None),
        };
        let (caption, filename) = (media.caption.as_deref(), media.filename.as_deref());
        MediaObject { id, link, caption, filename, voice: media.voice }
    }
}

impl<'a> Location<'a> {
    fn of(
        latitude: Degrees,
        longitude: Degrees,
        name: Option<&'a str>,
        address: Option<&'a str>,
    ) -> Location<'a> {
        let (latitude, longitude) = (latitude.degrees(), longitude.degrees());
        Location { latitude, longitude, name, address }
    }
}

impl<'a> Template<'a> {
    fn of(name: &'a str, language: &'a str, params: &'a [Param]) -> Template<'a> {
        let parameters: Vec<Parameter<'a>> = params
            .iter()
            .map(|param| Parameter {
                kind: "text",
                parameter_name: param.name.as_deref(),
                text: &param.text,
            })
            .collect();
        let components = if parameters.is_empty() {
            Vec::new()
        } else {
            vec![Component { kind: "body", parameters }]
        };
        Template { name, language: Language { code: language }, components }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MediaKind;
    use serde_json::{Value, json};

    fn sent(content: &Content) -> Value {
        let to = Recipient::Phone("351910000001".to_owned());
        let body = Body { to: &to, content, callback: "job:42", media_id: Some("77") };
        serde_json::to_value(body).unwrap()
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn frame(header: Option<&str>, footer: Option<&str>) -> Frame {
        let (header, footer) = (header.map(str::to_owned), footer.map(str::to_owned));
        Frame { header, body: "Confirm?".to_owned(), footer }
    }

    fn file(kind: MediaKind) -> Media {
        let source = MediaSource::File { sha256: "00".repeat(32), mime: "x/y".to_owned() };
        Media { kind, source, caption: None, filename: None, voice: false }
    }

    fn param(name: Option<&str>, text: &str) -> Param {
        Param { name: name.map(str::to_owned), text: text.to_owned() }
    }

    fn template(params: Vec<Param>) -> Content {
        Content::Template { name: "order_ready".to_owned(), language: "pt_PT".to_owned(), params }
    }

    fn contents() -> Vec<(Content, &'static str, Value)> {
        let button = |id: &str, title: &str| Button { id: id.to_owned(), title: title.to_owned() };
        let row = |id: &str, title: &str, description| Row {
            id: id.to_owned(),
            title: title.to_owned(),
            description,
        };
        let link = MediaSource::Link("https://example.org/menu.pdf".to_owned());
        let place = |name, address| Content::Location {
            latitude: Degrees(38_720_000),
            longitude: Degrees(-9_140_000),
            name,
            address,
        };
        let caption = text("roof");
        vec![
            (
                Content::Text { body: "Ok".to_owned() },
                "text",
                json!({"body": "Ok", "preview_url": false}),
            ),
            (
                Content::Buttons {
                    frame: frame(None, Some("Reply STOP to opt out")),
                    buttons: vec![button("y", "Yes"), button("n", "No")],
                },
                "interactive",
                json!({"type": "button", "body": {"text": "Confirm?"},
                       "footer": {"text": "Reply STOP to opt out"},
                       "action": {"buttons": [
                           {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
                           {"type": "reply", "reply": {"id": "n", "title": "No"}}]}}),
            ),
            (
                Content::List {
                    frame: frame(Some("Slots"), None),
                    button: "Open".to_owned(),
                    sections: vec![
                        Section {
                            title: text("Monday"),
                            rows: vec![row("m9", "09:00", text("Room 2"))],
                        },
                        Section { title: None, rows: vec![row("t9", "09:00", None)] },
                    ],
                },
                "interactive",
                json!({"type": "list", "header": {"type": "text", "text": "Slots"},
                       "body": {"text": "Confirm?"},
                       "action": {"button": "Open", "sections": [
                           {"title": "Monday", "rows": [
                               {"id": "m9", "title": "09:00", "description": "Room 2"}]},
                           {"rows": [{"id": "t9", "title": "09:00"}]}]}}),
            ),
            (
                Content::Media(Media { caption, ..file(MediaKind::Image) }),
                "image",
                json!({"id": "77", "caption": "roof"}),
            ),
            (Content::Media(file(MediaKind::Video)), "video", json!({"id": "77"})),
            (
                Content::Media(Media { voice: true, ..file(MediaKind::Audio) }),
                "audio",
                json!({"id": "77", "voice": true}),
            ),
            (
                Content::Media(Media {
                    source: link,
                    filename: text("Menu.pdf"),
                    ..file(MediaKind::Document)
                }),
                "document",
                json!({"link": "https://example.org/menu.pdf", "filename": "Menu.pdf"}),
            ),
            (Content::Media(file(MediaKind::Sticker)), "sticker", json!({"id": "77"})),
            (
                place(text("Shop"), text("Rua 1")),
                "location",
                json!({"latitude": 38.72, "longitude": -9.14, "name": "Shop", "address": "Rua 1"}),
            ),
            (place(None, None), "location", json!({"latitude": 38.72, "longitude": -9.14})),
            (
                template(vec![param(Some("first_name"), "Ana")]),
                "template",
                json!({"name": "order_ready", "language": {"code": "pt_PT"}, "components": [
                    {"type": "body", "parameters": [
                        {"type": "text", "parameter_name": "first_name", "text": "Ana"}]}]}),
            ),
            (
                template(vec![param(None, "Ana"), param(None, "A17")]),
                "template",
                json!({"name": "order_ready", "language": {"code": "pt_PT"}, "components": [
                    {"type": "body", "parameters": [
                        {"type": "text", "text": "Ana"}, {"type": "text", "text": "A17"}]}]}),
            ),
            (
                template(Vec::new()),
                "template",
                json!({"name": "order_ready", "language": {"code": "pt_PT"}}),
            ),
            (
                Content::Reaction { to: "wamid.AAA=".into(), emoji: "👍".to_owned() },
                "reaction",
                json!({"message_id": "wamid.AAA=", "emoji": "👍"}),
            ),
        ]
    }

    #[test]
    fn every_content_goes_out_as_meta_wants_it() {
        for (content, kind, object) in contents() {
            let expected = json!({
                "messaging_product": "whatsapp", "recipient_type": "individual",
                "to": "+351910000001", "type": kind, kind: object,
                "biz_opaque_callback_data": "job:42",
            });
            assert_eq!(sent(&content), expected, "{content:?}");
        }
    }
}
