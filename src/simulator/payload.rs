//! The bodies of webhooks as Meta writes them (Cloud API reference, section 3).

use super::Settings;
use super::customers::{Customer, Say};
use super::statuses::{StatusStep, StatusUpdate};
use crate::model::{Timestamp, Wamid};
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The webhook of one message of a customer.
pub(super) fn message(
    settings: &Settings,
    customer: &Customer,
    wamid: &Wamid,
    say: &Say,
    at: Timestamp,
) -> Bytes {
    let mut message = Map::new();
    if let Some(wa_id) = &customer.wa_id {
        message.insert("from".to_owned(), json!(wa_id));
    }
    message.insert("from_user_id".to_owned(), json!(customer.bsuid));
    message.insert("id".to_owned(), json!(wamid));
    message.insert("timestamp".to_owned(), json!(seconds(at)));
    let (kind, content) = content(say, wamid);
    message.insert("type".to_owned(), json!(kind));
    message.insert(kind.to_owned(), content);
    envelope(settings, json!({ "contacts": [contact(customer)], "messages": [message] }))
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
    envelope(settings, value)
}

/// A customer as in `contacts[]` of a status: no profile there.
pub(super) fn status_contact(customer: &Customer) -> Value {
    match &customer.wa_id {
        Some(wa_id) => json!({ "wa_id": wa_id, "user_id": customer.bsuid }),
        None => json!({ "user_id": customer.bsuid }),
    }
}

fn envelope(settings: &Settings, mut value: Value) -> Bytes {
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
            "changes": [{ "field": "messages", "value": value }],
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

fn content(say: &Say, wamid: &Wamid) -> (&'static str, Value) {
    let media = |mime: &str| {
        let id = wamid.as_str().trim_start_matches("wamid.").trim_end_matches('=');
        json!({ "id": id, "mime_type": mime, "sha256": "SGVsbG8=" })
    };
    match say {
        Say::Text(text) => ("text", json!({ "body": text })),
        Say::Image { caption } => {
            let mut image = media("image/jpeg");
            if let (Some(caption), Some(image)) = (caption, image.as_object_mut()) {
                image.insert("caption".to_owned(), json!(caption));
            }
            ("image", image)
        }
        Say::Voice => {
            let mut audio = media("audio/ogg; codecs=opus");
            if let Some(audio) = audio.as_object_mut() {
                audio.insert("voice".to_owned(), json!(true));
            }
            ("audio", audio)
        }
        Say::Location { latitude, longitude } => {
            ("location", json!({ "latitude": latitude, "longitude": longitude }))
        }
    }
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
