//! The bodies of webhooks as Meta writes them (Cloud API reference, section 3).

use super::Settings;
use super::attachments::{AttachmentId, Sample};
use super::customers::{ChatMessage, Customer};
use super::say::{Card, What};
use super::statuses::{StatusStep, StatusUpdate};
use crate::model::Timestamp;
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The webhook of one message of a customer.
pub(super) fn message(settings: &Settings, customer: &Customer, written: &ChatMessage) -> Bytes {
    let Some(say) = &written.said else { return Bytes::new() };
    if say.what == What::Call {
        let value = json!({
            "contacts": [contact(customer)],
            "calls": [call(settings, customer, written)],
        });
        return envelope(settings, "calls", value);
    }
    let mut message = sender(customer);
    message.insert("id".to_owned(), json!(written.wamid));
    message.insert("timestamp".to_owned(), json!(seconds(written.at)));
    if let Some(id) = &say.reply_to {
        let context = json!({ "from": settings.display_number, "id": id });
        message.insert("context".to_owned(), context);
    }
    let (kind, content) = content(&say.what, written.attachment);
    message.insert("type".to_owned(), json!(kind));
    message.insert(kind.to_owned(), content);
    let value = json!({ "contacts": [contact(customer)], "messages": [message] });
    envelope(settings, "messages", value)
}

/// The webhook of some statuses.
pub(super) fn statuses(settings: &Settings, updates: &[StatusUpdate], at: Timestamp) -> Bytes {
    let statuses: Vec<Value> = updates.iter().map(|update| status(update, at)).collect();
    let mut value = json!({ "statuses": statuses });
    let contacts: Vec<&Value> =
        updates.iter().filter_map(|update| update.contact.as_ref()).collect();
    // A `failed` comes without contacts (reference 3.2).
    if let (false, Some(value)) = (contacts.is_empty(), value.as_object_mut()) {
        value.insert("contacts".to_owned(), json!(contacts));
    }
    envelope(settings, "messages", value)
}

/// A customer as in `contacts[]` of a status: no profile there.
pub(super) fn status_contact(customer: &Customer) -> Value {
    match &customer.wa_id {
        Some(wa_id) => json!({ "wa_id": wa_id, "user_id": customer.bsuid }),
        None => json!({ "user_id": customer.bsuid }),
    }
}

fn envelope(settings: &Settings, field: &str, mut value: Value) -> Bytes {
    if let Some(value) = value.as_object_mut() {
        value.insert("messaging_product".to_owned(), json!("whatsapp"));
        let metadata = json!({
            "display_phone_number": settings.display_number,
            "phone_number_id": settings.number,
        });
        value.insert("metadata".to_owned(), metadata);
    }
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": settings.account,
            "changes": [{ "field": field, "value": value }],
        }],
    });
    body.to_string().into()
}

fn contact(customer: &Customer) -> Value {
    let mut profile = json!({ "name": customer.name });
    match (&customer.wa_id, profile.as_object_mut()) {
        (Some(wa_id), _) => {
            json!({ "profile": profile, "wa_id": wa_id, "user_id": customer.bsuid })
        }
        // Numbers are hidden by those who took a user name.
        (None, fields) => {
            if let Some(fields) = fields {
                fields.insert("username".to_owned(), json!(username(&customer.name)));
            }
            json!({ "profile": profile, "user_id": customer.bsuid })
        }
    }
}

fn username(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    format!("@{}", letters.to_ascii_lowercase())
}

/// `from` is absent where the number is hidden.
fn sender(customer: &Customer) -> Map<String, Value> {
    let mut object = Map::new();
    if let Some(wa_id) = &customer.wa_id {
        object.insert("from".to_owned(), json!(wa_id));
    }
    object.insert("from_user_id".to_owned(), json!(customer.bsuid));
    object
}

fn call(settings: &Settings, customer: &Customer, written: &ChatMessage) -> Value {
    let mut call = sender(customer);
    for (name, value) in [
        ("id", json!(written.wamid)),
        ("to", json!(settings.display_number)),
        ("event", json!("connect")),
        ("direction", json!("USER_INITIATED")),
        ("timestamp", json!(seconds(written.at))),
        ("session", json!({ "sdp_type": "offer", "sdp": "v=0\r\n" })),
    ] {
        call.insert(name.to_owned(), value);
    }
    Value::Object(call)
}

/// The type of a message and the object of that name (reference 3.3).
fn content(what: &What, attachment: Option<AttachmentId>) -> (&'static str, Value) {
    match what {
        What::Text { text } => ("text", json!({ "body": text })),
        What::Button { id, title } => {
            let reply = json!({ "id": id, "title": title });
            ("interactive", json!({ "type": "button_reply", "button_reply": reply }))
        }
        What::Row { id, title, description } => {
            let reply = present([
                ("id", Some(json!(id))),
                ("title", Some(json!(title))),
                ("description", description.as_ref().map(|text| json!(text))),
            ]);
            ("interactive", json!({ "type": "list_reply", "list_reply": reply }))
        }
        What::QuickReply { payload, title } => {
            ("button", json!({ "payload": payload, "text": title }))
        }
        What::File { file, caption, filename } => {
            (file.kind(), file_object(*file, caption.as_ref(), filename.as_ref(), attachment))
        }
        What::Location { latitude, longitude, name, address } => {
            let place = present([
                ("latitude", Some(json!(latitude.degrees()))),
                ("longitude", Some(json!(longitude.degrees()))),
                ("name", name.as_ref().map(|text| json!(text))),
                ("address", address.as_ref().map(|text| json!(text))),
            ]);
            ("location", place)
        }
        What::Contacts { contacts } => ("contacts", contacts.iter().map(card).collect()),
        What::Reaction { to, emoji } => {
            let emoji = emoji.as_ref().map(|emoji| json!(emoji));
            ("reaction", present([("message_id", Some(json!(to))), ("emoji", emoji)]))
        }
        // A call comes in a field of its own.
        What::Call => ("unsupported", json!({})),
    }
}

fn file_object(
    file: Sample,
    caption: Option<&String>,
    filename: Option<&String>,
    attachment: Option<AttachmentId>,
) -> Value {
    let mut object = attachment.map_or_else(|| json!({}), |id| file.in_message(id));
    let extra = [
        ("caption", caption.map(|text| json!(text))),
        ("filename", filename.map(|text| json!(text))),
        ("voice", matches!(file, Sample::Voice).then(|| json!(true))),
        ("animated", matches!(file, Sample::Sticker).then(|| json!(false))),
    ];
    if let (Some(object), Value::Object(extra)) = (object.as_object_mut(), present(extra)) {
        object.extend(extra);
    }
    object
}

fn card(card: &Card) -> Value {
    let digits: String = card.phone.chars().filter(char::is_ascii_digit).collect();
    json!({
        "name": { "formatted_name": card.name },
        "phones": [{ "phone": card.phone, "wa_id": digits, "type": "CELL" }],
    })
}

/// An object of the fields that are there.
fn present<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let there = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}

fn status(update: &StatusUpdate, at: Timestamp) -> Value {
    let mut status = json!({
        "id": update.wamid,
        "status": update.step.chat_status().as_str(),
        "timestamp": seconds(at),
    });
    let Some(fields) = status.as_object_mut() else { return status };
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if let Some(wa_id) = &update.recipient_id {
        put("recipient_id", json!(wa_id));
    }
    if let Some(bsuid) = &update.recipient_user_id {
        put("recipient_user_id", json!(bsuid));
    }
    if let Some(data) = &update.callback {
        put("biz_opaque_callback_data", json!(data));
    }
    match &update.step {
        // The price comes with `sent` and with one of the later two.
        StatusStep::Sent | StatusStep::Delivered => {
            let pricing = json!({
                "billable": false,
                "pricing_model": "PMP",
                "type": "free_customer_service",
                "category": "service",
            });
            put("pricing", pricing);
        }
        StatusStep::Read => {}
        StatusStep::Failed(error) => {
            put("errors", json!([error.in_status()]));
        }
    }
    status
}

fn seconds(at: Timestamp) -> String {
    (at.millis() / 1000).to_string()
}
