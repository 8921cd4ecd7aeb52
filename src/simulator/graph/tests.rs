//! What is taken and what is refused, with which code.

use super::*;
use serde_json::json;

const MEDIA: &[(&str, &str)] = &[
    ("1", "image/jpeg"),
    ("2", "video/mp4"),
    ("3", "audio/ogg"),
    ("4", "application/pdf"),
    ("5", "image/webp"),
];

fn read(body: &[u8]) -> Result<GraphRequest, u32> {
    let known = Known {
        own_number: "15550001111",
        message: &|id| id == "wamid.KNOWN",
        media: &|id| {
            MEDIA.iter().find(|(known, _)| *known == id).map(|(_, mime)| (*mime).to_owned())
        },
        templates: None,
    };
    parse(body, &known).map_err(|error| error.code)
}

/// A good message with some fields replaced; `null` takes a field away.
fn judged(changes: Value) -> Result<GraphRequest, u32> {
    let mut body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+351910000001",
        "type": "text", "text": { "body": "hello" },
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    let body = serde_json::to_vec(&body).unwrap();
    read(&body)
}

#[test]
fn good_requests_pass() {
    for good in [
        json!({}),
        json!({"to": "+351 910-000 (001)"}),
        json!({"to": null, "recipient": "PT.7301A"}),
        json!({"to": null, "recipient": "US.ENT.99"}),
        json!({"recipient_type": null}),
        json!({"context": {"message_id": "wamid.KNOWN"}}),
        json!({"biz_opaque_callback_data": "x".repeat(512)}),
        json!({"text": {"body": "😀".repeat(2_048), "preview_url": true}}),
    ] {
        assert!(matches!(judged(good.clone()), Ok(GraphRequest::Send(_))), "{good}");
    }
}

#[test]
fn bad_requests_are_refused_with_metas_code() {
    for (bad, code) in [
        (json!({"messaging_product": null}), 131_008),
        (json!({"messaging_product": "sms"}), 100),
        (json!({"to": null}), 131_008),
        (json!({"to": "351910000001"}), 100),
        (json!({"to": "+35191x"}), 100),
        (json!({"to": 351_910_000_001_u64}), 100),
        (json!({"to": "+15550001111"}), 131_021),
        (json!({"to": null, "recipient": "351910000001"}), 100),
        (json!({"recipient_type": "group"}), 100),
        (json!({"type": null}), 131_008),
        (json!({"type": "hologram"}), 131_009),
        (json!({"type": "contacts", "contacts": []}), 131_051),
        (json!({"text": null}), 131_008),
        (json!({"text": "hello"}), 100),
        (json!({"text": {}}), 131_008),
        (json!({"text": {"body": " "}}), 131_008),
        (json!({"text": {"body": 7}}), 100),
        (json!({"text": {"body": "😀".repeat(2_049)}}), 100),
        (json!({"text": {"body": "x", "preview_url": "yes"}}), 100),
        (json!({"biz_opaque_callback_data": "é".repeat(257)}), 100),
        (json!({"context": {"message_id": "wamid.NO"}}), 131_009),
        (json!({"context": {}}), 131_008),
    ] {
        assert_eq!(judged(bad.clone()), Err(code), "{bad}");
    }
    for body in ["", "[]", "{", "\"x\""] {
        assert_eq!(read(body.as_bytes()), Err(100), "{body}");
    }
}

#[test]
fn a_receipt_names_a_known_message() {
    let receipt = |extra: Value| {
        let mut body = json!({"messaging_product": "whatsapp", "status": "read"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let body = serde_json::to_vec(&body).unwrap();
        read(&body)
    };
    let read = |typing| Ok(GraphRequest::Read { wamid: "wamid.KNOWN".into(), typing });
    assert_eq!(receipt(json!({"message_id": "wamid.KNOWN"})), read(false));
    let typing = json!({"message_id": "wamid.KNOWN", "typing_indicator": {"type": "text"}});
    assert_eq!(receipt(typing), read(true));
    assert_eq!(receipt(json!({"message_id": "wamid.NO"})), Err(131_009));
    assert_eq!(receipt(json!({})), Err(131_008));
    let typing = json!({"message_id": "wamid.KNOWN", "typing_indicator": true});
    assert_eq!(receipt(typing), Err(131_009));
}

/// A message of this type and content.
fn of_type(kind: &str, content: &Value) -> Result<GraphRequest, u32> {
    judged(json!({ "text": null, "type": kind, kind: content }))
}

/// A string of so many characters.
fn long(count: usize) -> String {
    "x".repeat(count)
}

fn buttons(count: usize) -> Value {
    let button =
        |n| json!({"type": "reply", "reply": {"id": format!("b{n}"), "title": format!("B{n}")}});
    json!({"type": "button", "body": {"text": "?"},
           "action": {"buttons": (0..count).map(button).collect::<Vec<_>>()}})
}

/// A list with sections of so many rows each.
fn list(rows: &[usize]) -> Value {
    let sections: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(section, count)| {
            let row = |n| json!({"id": format!("r{section}.{n}"), "title": "Row"});
            json!({"title": format!("S{section}"), "rows": (0..*count).map(row).collect::<Vec<_>>()})
        })
        .collect();
    json!({"type": "list", "body": {"text": "?"}, "action": {"button": "Open", "sections": sections}})
}

/// With the value at this place (a JSON pointer to something that is there) replaced.
fn with(mut value: Value, place: &str, new: Value) -> Value {
    *value.pointer_mut(place).unwrap() = new;
    value
}

/// With a field more.
fn and(mut value: Value, name: &str, new: Value) -> Value {
    value[name] = new;
    value
}

fn template(params: Value) -> Value {
    json!({"name": "order_ready", "language": {"code": "en"},
           "components": [{"type": "body", "parameters": params}]})
}

#[test]
fn every_type_passes_up_to_its_limits() {
    let header = json!({"type": "text", "text": long(60)});
    let named = json!([{"type": "text", "parameter_name": "no", "text": "a    b"}]);
    for (kind, content) in [
        ("interactive", buttons(1)),
        (
            "interactive",
            and(and(buttons(3), "header", header), "footer", json!({"text": long(60)})),
        ),
        ("interactive", with(buttons(1), "/body/text", json!(long(1_024)))),
        ("interactive", with(buttons(1), "/action/buttons/0/reply/title", json!(long(20)))),
        ("interactive", with(buttons(1), "/action/buttons/0/reply/id", json!(long(256)))),
        ("interactive", list(&[10])),
        ("interactive", list(&[1; 10])),
        (
            "interactive",
            with(
                list(&[1]),
                "/action/sections/0",
                json!({"rows": [
            {"id": long(200), "title": long(24), "description": long(72)}]}),
            ),
        ),
        ("image", json!({"id": "1", "caption": long(1_024)})),
        ("image", json!({"link": "https://example.org/a.jpg"})),
        ("video", json!({"id": "2", "caption": "c"})),
        ("audio", json!({"id": "3", "voice": true})),
        ("document", json!({"id": "4", "caption": "c", "filename": "a.pdf"})),
        ("sticker", json!({"id": "5"})),
        ("location", json!({"latitude": -90, "longitude": 180.0, "name": "n", "address": "a"})),
        ("reaction", json!({"message_id": "wamid.KNOWN", "emoji": "👍"})),
        ("reaction", json!({"message_id": "wamid.KNOWN", "emoji": ""})),
        ("template", json!({"name": "hello_1", "language": {"code": "zh_TW"}})),
        ("template", template(named)),
        ("template", template(json!([{"type": "text", "text": long(1_024)}]))),
    ] {
        assert!(matches!(of_type(kind, &content), Ok(GraphRequest::Send(_))), "{kind} {content}");
    }
}

#[test]
fn what_meta_would_refuse_of_every_type_is_refused() {
    let two_alike = with(buttons(2), "/action/buttons/1/reply/id", json!("b0"));
    let same_title = with(buttons(2), "/action/buttons/1/reply/title", json!("B0"));
    let picture = json!({"type": "image", "image": {"id": "1"}});
    let mixed = json!([{"type": "text", "text": "a"},
                       {"type": "text", "parameter_name": "n", "text": "b"}]);
    let value = |text: &str| template(json!([{"type": "text", "text": text}]));
    for (kind, content, code) in [
        ("interactive", json!({}), 131_008),
        ("interactive", buttons(0), 131_009),
        ("interactive", buttons(4), 131_009),
        ("interactive", two_alike, 131_009),
        ("interactive", same_title, 131_009),
        ("interactive", with(buttons(1), "/type", json!("product")), 131_051),
        ("interactive", with(buttons(1), "/body/text", json!(long(1_025))), 100),
        ("interactive", with(buttons(1), "/body/text", json!("")), 131_008),
        ("interactive", and(buttons(1), "header", picture), 131_009),
        ("interactive", and(buttons(1), "header", json!({"type": "text", "text": long(61)})), 100),
        ("interactive", and(buttons(1), "footer", json!({"text": long(61)})), 100),
        ("interactive", with(buttons(1), "/action/buttons/0/type", json!("url")), 131_009),
        ("interactive", with(buttons(1), "/action/buttons/0/reply/title", json!(long(21))), 100),
        ("interactive", with(buttons(1), "/action/buttons/0/reply/title", json!(" ")), 131_008),
        ("interactive", with(buttons(1), "/action/buttons/0/reply/id", json!(long(257))), 100),
        ("interactive", with(buttons(1), "/action/buttons/0/reply/id", json!(" a")), 131_009),
        ("interactive", list(&[]), 131_009),
        ("interactive", list(&[0]), 131_009),
        ("interactive", list(&[11]), 131_009),
        ("interactive", list(&[5, 6]), 131_009),
        ("interactive", list(&[1; 11]), 131_009),
        ("interactive", with(list(&[1]), "/action/button", json!(long(21))), 100),
        ("interactive", with(list(&[2]), "/action/sections/0/rows/1/id", json!("r0.0")), 131_009),
        ("interactive", with(list(&[1]), "/action/sections/0/title", json!(long(25))), 100),
        (
            "interactive",
            with(
                list(&[1, 1]),
                "/action/sections/1",
                json!({"rows": [
            {"id": "x", "title": "x"}]}),
            ),
            131_008,
        ),
        ("interactive", with(list(&[1]), "/action/sections/0/rows/0/id", json!(long(201))), 100),
        ("interactive", with(list(&[1]), "/action/sections/0/rows/0/title", json!(long(25))), 100),
        (
            "interactive",
            with(
                list(&[1]),
                "/action/sections/0/rows/0",
                json!(
            {"id": "x", "title": "x", "description": long(73)}),
            ),
            100,
        ),
        ("image", json!({}), 131_008),
        ("image", json!({"id": "1", "link": "https://example.org/a.jpg"}), 100),
        ("image", json!({"id": "gone"}), 131_009),
        ("image", json!({"id": "4"}), 131_053),
        ("image", json!({"link": "ftp://example.org/a.jpg"}), 131_009),
        ("image", json!({"id": "1", "caption": long(1_025)}), 100),
        ("image", json!({"id": "1", "filename": "a.jpg"}), 100),
        ("audio", json!({"id": "3", "caption": "c"}), 100),
        ("audio", json!({"id": "3", "voice": "yes"}), 100),
        ("sticker", json!({"id": "5", "caption": "c"}), 100),
        ("sticker", json!({"id": "1"}), 131_053),
        ("location", json!({"latitude": 90.1, "longitude": 0}), 131_009),
        ("location", json!({"latitude": 0}), 131_008),
        ("reaction", json!({"message_id": "wamid.NO", "emoji": "👍"}), 131_009),
        ("reaction", json!({"message_id": "wamid.KNOWN"}), 131_008),
        ("reaction", json!({"message_id": "wamid.KNOWN", "emoji": "ok"}), 131_009),
        ("template", json!({"name": "Hello", "language": {"code": "en"}}), 100),
        ("template", json!({"name": "hello"}), 131_008),
        ("template", template(mixed), 132_012),
        ("template", value("two\nlines"), 132_012),
        ("template", value("a     b"), 132_012),
        ("template", value("a\tb"), 132_012),
        ("template", value(&long(1_025)), 132_005),
    ] {
        assert_eq!(of_type(kind, &content), Err(code), "{kind} {content}");
    }
}
