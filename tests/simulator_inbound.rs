//! What customers of the simulator send, read by usher's own parser: every kind is understood as
//! what it is, and what is sent along can be fetched.

#![expect(clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[expect(dead_code, reason = "shared with the tests of sending")]
mod simulator_rig;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator_rig::{ANA, Rig, Webhook};
use usherd::model::{Event, EventKind, Message, Timestamp};
use usherd::simulator::{Faults, Settings};
use usherd::whatsapp::{Known, parse};

/// What was asked for, and what usher understands: kind, text, payload, whether it names the
/// message it was said about.
const KINDS: &[(&str, &str, Option<&str>, Option<&str>)] = &[
    (r#"{"text":"hello"}"#, "text", Some("hello"), None),
    (r#"{"text":"that one","reply_to":"OUT"}"#, "text", Some("that one"), None),
    (
        r#"{"button":{"id":"yes","title":"Yes"},"reply_to":"OUT"}"#,
        "button",
        Some("Yes"),
        Some("yes"),
    ),
    (
        r#"{"row":{"id":"m9","title":"09:00","description":"Room 2"},"reply_to":"OUT"}"#,
        "list",
        Some("09:00"),
        Some("m9"),
    ),
    (
        r#"{"quick_reply":{"payload":"stop","title":"Stop"},"reply_to":"OUT"}"#,
        "quick_reply",
        Some("Stop"),
        Some("stop"),
    ),
    (r#"{"image":{"caption":"roof"}}"#, "image", Some("roof"), None),
    (r#"{"image":{},"reply_to":"OUT"}"#, "image", None, None),
    (r#"{"video":{"caption":"look"}}"#, "video", Some("look"), None),
    (r#"{"document":{"caption":"paid","filename":"a.pdf"}}"#, "document", Some("paid"), None),
    (r#"{"audio":{}}"#, "audio", None, None),
    (r#"{"voice":{}}"#, "voice", None, None),
    (r#"{"sticker":{}}"#, "sticker", None, None),
    (
        r#"{"location":{"latitude":38.72,"longitude":-9.14,"name":"Shop","address":"Rua 1"}}"#,
        "location",
        None,
        None,
    ),
    (r#"{"contacts":[{"name":"Bo Li","phone":"+351 910 000 002"}]}"#, "contacts", None, None),
    (r#"{"reaction":{"to":"OUT","emoji":"👍"}}"#, "reaction", Some("👍"), None),
    (r#"{"reaction":{"to":"OUT"}}"#, "reaction", None, None),
    (r#"{"call":{}}"#, "call", None, None),
];

#[tokio::test]
async fn every_kind_is_understood_as_what_it_is() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.say(ANA, "hello").await;
    rig.webhook().await;
    let answer: Value = rig.text(ANA, "hi", "job:1").await.unwrap().json().await.unwrap();
    let out = answer["messages"][0]["id"].as_str().unwrap();
    for (body, kind, text, payload) in KINDS {
        let about = body.contains("OUT");
        let body: Value = serde_json::from_str(&body.replace("OUT", out)).unwrap();
        let wamid = rig.say_more(ANA, &body).await;
        let webhook = next_message(&mut rig).await;
        assert!(webhook.signed);
        let message = understood(&webhook);
        assert_eq!(message.kind.name(), *kind, "{body}");
        assert_eq!(message.wamid.as_str(), wamid, "{body}");
        assert_eq!(message.text.as_deref(), *text, "{body}");
        assert_eq!(message.payload.as_deref(), *payload, "{body}");
        let named = message.reply_to.as_ref().map(|id| id.as_str());
        assert_eq!(named, about.then_some(out), "{body}");
    }
}

#[tokio::test]
async fn an_old_message_can_be_tapped_again_and_a_strangers_cannot() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.say(ANA, "hello").await;
    rig.webhook().await;
    let answer: Value = rig.text(ANA, "menu", "job:1").await.unwrap().json().await.unwrap();
    let out = answer["messages"][0]["id"].as_str().unwrap().to_owned();
    let tap = json!({ "button": { "id": "a", "title": "A" }, "reply_to": out });
    // More than the chat keeps comes between.
    for n in 0..120 {
        rig.say(ANA, &format!("line {n}")).await;
        next_message(&mut rig).await;
    }
    for _ in 0..2 {
        rig.say_more(ANA, &tap).await;
        let message = understood(&next_message(&mut rig).await);
        assert_eq!(message.reply_to.unwrap().as_str(), out);
    }
    for key in ["351910000002", "PT.7301A"] {
        let refused = rig.control("POST", &format!("/sim/customers/{key}/say"), &tap).await;
        assert_eq!(refused.status().as_u16(), 400, "the message is in Ana's chat");
    }
}

#[tokio::test]
async fn what_is_sent_along_can_be_fetched() {
    let mut rig = Rig::start(Faults::default()).await;
    for (kind, mime) in [
        ("image", "image/jpeg"),
        ("video", "video/mp4"),
        ("document", "application/pdf"),
        ("audio", "audio/mpeg"),
        ("voice", "audio/ogg; codecs=opus"),
        ("sticker", "image/webp"),
    ] {
        rig.say_more(ANA, &json!({ kind: {} })).await;
        let webhook = next_message(&mut rig).await;
        let message = &webhook.body["entry"][0]["changes"][0]["value"]["messages"][0];
        let object = &message[message["type"].as_str().unwrap()];
        assert_eq!(object["mime_type"], mime);
        assert_eq!(object["voice"] == true, kind == "voice");
        let id = object["id"].as_str().unwrap();
        let about = rig.get_with_token(&format!("/v25.0/{id}")).await;
        let about: Value = about.json().await.unwrap();
        assert_eq!(about["mime_type"], mime);
        let file = rig.get_with_token(about["url"].as_str().unwrap()).await;
        assert_eq!(file.headers()["content-type"], mime);
        let bytes = file.bytes().await.unwrap();
        assert_eq!(object["sha256"], STANDARD.encode(Sha256::digest(&bytes)), "{kind}");
        assert_eq!(about["file_size"], bytes.len());
    }
}

/// The next webhook with something of a customer's; statuses are passed over.
async fn next_message(rig: &mut Rig) -> Webhook {
    loop {
        let webhook = rig.webhook().await;
        let value = &webhook.body["entry"][0]["changes"][0]["value"];
        if value.get("messages").or(value.get("calls")).is_some() {
            return webhook;
        }
    }
}

fn understood(webhook: &Webhook) -> Message {
    let known = Known {
        accounts: vec![Settings::ACCOUNT.to_owned()],
        numbers: vec![Settings::NUMBER.into()],
    };
    let mut events = parse(&webhook.raw, &known, Timestamp(1_760_000_400_000));
    let event = events.pop();
    assert!(events.is_empty(), "one event");
    match event {
        Some(Event { kind: EventKind::Message(message), .. }) => message,
        other => panic!("no message: {other:?}"),
    }
}
