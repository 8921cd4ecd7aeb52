//! `POST /{version}/{phone_number_id}/messages`: what Meta would refuse, and how it says so
//! (Cloud API reference, sections 4 and 5). Pure: a body in, a request or an error out.

use super::customers::{is_bsuid, is_wa_id};
use crate::limits;
use crate::model::Wamid;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// A request that Meta would accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GraphRequest {
    /// Send a text.
    Send(SendText),
    /// Mark a customer's message read, perhaps with "typing…".
    Read {
        /// Which message.
        wamid: Wamid,
        /// Show "typing…".
        typing: bool,
    },
}

/// A text to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SendText {
    pub(super) to: Address,
    pub(super) body: String,
    pub(super) callback: Option<String>,
    pub(super) context: Option<Wamid>,
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// `to`: as given, and its digits.
    Phone { input: String, digits: String },
    /// `recipient`
    Bsuid(String),
}

impl Address {
    /// By what the customer is found.
    pub(super) fn id(&self) -> &str {
        match self {
            Address::Phone { digits, .. } => digits,
            Address::Bsuid(id) => id,
        }
    }
}

/// An error in Meta's shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GraphError {
    pub(super) http: StatusCode,
    pub(super) code: u32,
    pub(super) title: &'static str,
    pub(super) details: String,
}

impl GraphError {
    pub(super) fn token() -> GraphError {
        GraphError {
            http: StatusCode::UNAUTHORIZED,
            code: 190,
            title: "Invalid OAuth access token",
            details: "The bearer token is missing or is not this account's".to_owned(),
        }
    }

    pub(super) fn number(id: &str) -> GraphError {
        let id: String = id.chars().take(64).collect();
        let details = format!("No phone number has the id {id}, or this token may not use it");
        GraphError::bad(33, "Parameter value is not valid", details)
    }

    pub(super) fn throughput() -> GraphError {
        GraphError {
            http: StatusCode::TOO_MANY_REQUESTS,
            code: 130_429,
            title: "Rate limit hit",
            details: "The throughput of this number has been reached".to_owned(),
        }
    }

    pub(super) fn unavailable() -> GraphError {
        GraphError {
            http: StatusCode::INTERNAL_SERVER_ERROR,
            code: 131_016,
            title: "Service unavailable",
            details: "The service is not available for the moment".to_owned(),
        }
    }

    /// The customer's 24 hours are over.
    pub(super) fn window() -> GraphError {
        let details = "More than 24 hours have passed since the customer last wrote";
        GraphError::bad(131_047, "Re-engagement message", details.to_owned())
    }

    /// Nobody there.
    pub(super) fn undeliverable() -> GraphError {
        let details = "Nobody with this number or id uses WhatsApp".to_owned();
        GraphError::bad(131_026, "Message undeliverable", details)
    }

    fn bad(code: u32, title: &'static str, details: String) -> GraphError {
        GraphError { http: StatusCode::BAD_REQUEST, code, title, details }
    }

    fn invalid(details: impl Into<String>) -> GraphError {
        GraphError::bad(100, "Invalid parameter", details.into())
    }

    fn missing(name: &str) -> GraphError {
        let details = format!("The parameter {name} is required");
        GraphError::bad(131_008, "Required parameter is missing", details)
    }

    fn value(details: impl Into<String>) -> GraphError {
        GraphError::bad(131_009, "Parameter value is not valid", details.into())
    }

    /// The body of the answer.
    pub(super) fn body(&self, trace: &str) -> Value {
        json!({ "error": {
            "message": format!("(#{}) {}", self.code, self.title),
            "type": "OAuthException",
            "code": self.code,
            "error_data": { "messaging_product": "whatsapp", "details": self.details },
            "fbtrace_id": trace,
        }})
    }

    /// The same error inside a `failed` status.
    pub(super) fn in_status(&self) -> Value {
        json!({
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": { "details": self.details },
        })
    }
}

/// Types the Cloud API knows and the simulator does not play.
const OTHER_TYPES: [&str; 10] = [
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "video",
];

/// Reads a body as Meta would. `known` says whether a message id is one of this number's chats.
pub(super) fn parse(
    body: &[u8],
    own_number: &str,
    known: impl Fn(&str) -> bool,
) -> Result<GraphRequest, GraphError> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|_| GraphError::invalid("The body is not valid JSON"))?;
    let body =
        body.as_object().ok_or_else(|| GraphError::invalid("The body is not a JSON object"))?;
    match text(body, "messaging_product")? {
        Some("whatsapp") => {}
        Some(_) => return Err(GraphError::invalid("messaging_product must be whatsapp")),
        None => return Err(GraphError::missing("messaging_product")),
    }
    if body.contains_key("status") {
        return receipt(body, known);
    }
    message(body, own_number, known).map(GraphRequest::Send)
}

fn receipt(
    body: &Map<String, Value>,
    known: impl Fn(&str) -> bool,
) -> Result<GraphRequest, GraphError> {
    if text(body, "status")? != Some("read") {
        return Err(GraphError::value("status must be read"));
    }
    let id = text(body, "message_id")?.ok_or_else(|| GraphError::missing("message_id"))?;
    if !known(id) {
        return Err(GraphError::value("message_id names no message of this number"));
    }
    let typing = match body.get("typing_indicator") {
        None => false,
        Some(typing) if typing.get("type").and_then(Value::as_str) == Some("text") => true,
        Some(_) => return Err(GraphError::value("typing_indicator.type must be text")),
    };
    Ok(GraphRequest::Read { wamid: id.into(), typing })
}

fn message(
    body: &Map<String, Value>,
    own_number: &str,
    known: impl Fn(&str) -> bool,
) -> Result<SendText, GraphError> {
    match text(body, "recipient_type")? {
        None | Some("individual") => {}
        Some(_) => return Err(GraphError::invalid("recipient_type must be individual")),
    }
    let to = address(body, own_number)?;
    match text(body, "type")? {
        Some("text") => {}
        Some(kind) if OTHER_TYPES.contains(&kind) => {
            let details = format!("The simulator plays text messages, not {kind}");
            return Err(GraphError::bad(131_051, "Unsupported message type", details));
        }
        Some(_) => return Err(GraphError::value("type is none of the known message types")),
        None => return Err(GraphError::missing("type")),
    }
    let callback = callback(body)?;
    let context = context(body, known)?;
    Ok(SendText { to, body: text_body(body)?, callback, context })
}

/// `to` wins where both are given (reference 3.2).
fn address(body: &Map<String, Value>, own_number: &str) -> Result<Address, GraphError> {
    if let Some(input) = text(body, "to")? {
        return phone(input, own_number);
    }
    match text(body, "recipient")? {
        Some(id) if is_bsuid(id) => Ok(Address::Bsuid(id.to_owned())),
        Some(_) => Err(GraphError::invalid("recipient must be a business-scoped user id")),
        None => Err(GraphError::missing("to")),
    }
}

fn phone(input: &str, own_number: &str) -> Result<Address, GraphError> {
    let digits: String =
        input.chars().filter(|c| !matches!(c, '+' | '-' | '(' | ')' | ' ')).collect();
    if !is_wa_id(&digits) {
        return Err(GraphError::invalid("to must be a phone number with country code"));
    }
    if !input.trim_start().starts_with('+') {
        return Err(GraphError::invalid(
            "to has no leading +: Meta would put this number's own country code before it and \
             reach a stranger",
        ));
    }
    if digits == own_number {
        let details = "The recipient is the sender".to_owned();
        return Err(GraphError::bad(131_021, "Recipient cannot be sender", details));
    }
    Ok(Address::Phone { input: input.to_owned(), digits })
}

fn text_body(body: &Map<String, Value>) -> Result<String, GraphError> {
    let content = body.get("text").ok_or_else(|| GraphError::missing("text"))?;
    let content =
        content.as_object().ok_or_else(|| GraphError::invalid("text must be an object"))?;
    let words = text(content, "body")?.ok_or_else(|| GraphError::missing("text.body"))?;
    if words.trim().is_empty() {
        return Err(GraphError::missing("text.body"));
    }
    if words.encode_utf16().count() > limits::TEXT_BODY_UTF16_MAX {
        let details =
            format!("text.body must be at most {} characters long", limits::TEXT_BODY_UTF16_MAX);
        return Err(GraphError::invalid(details));
    }
    if content.get("preview_url").is_some_and(|preview| !preview.is_boolean()) {
        return Err(GraphError::invalid("text.preview_url must be true or false"));
    }
    Ok(words.to_owned())
}

fn callback(body: &Map<String, Value>) -> Result<Option<String>, GraphError> {
    match text(body, "biz_opaque_callback_data")? {
        Some(data) if data.len() > limits::CALLBACK_DATA_BYTES_MAX => {
            let max = limits::CALLBACK_DATA_BYTES_MAX;
            let details = format!("biz_opaque_callback_data must be at most {max} bytes long");
            Err(GraphError::invalid(details))
        }
        data => Ok(data.map(str::to_owned)),
    }
}

fn context(
    body: &Map<String, Value>,
    known: impl Fn(&str) -> bool,
) -> Result<Option<Wamid>, GraphError> {
    let Some(context) = body.get("context") else { return Ok(None) };
    let context =
        context.as_object().ok_or_else(|| GraphError::invalid("context must be an object"))?;
    match text(context, "message_id")? {
        Some(id) if known(id) => Ok(Some(id.into())),
        Some(_) => Err(GraphError::value("context.message_id names no message of this number")),
        None => Err(GraphError::missing("context.message_id")),
    }
}

/// A text field; absent is fine, another type is not.
fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, GraphError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(GraphError::invalid(format!("{name} must be a string"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        parse(&body, "15550001111", |id| id == "wamid.KNOWN").map_err(|error| error.code)
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
            (json!({"type": "image", "image": {"id": "77"}}), 131_051),
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
            assert_eq!(parse(body.as_bytes(), "1", |_| true).unwrap_err().code, 100, "{body}");
        }
    }

    #[test]
    fn a_receipt_names_a_known_message() {
        let receipt = |extra: Value| {
            let mut body = json!({"messaging_product": "whatsapp", "status": "read"});
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            let body = serde_json::to_vec(&body).unwrap();
            parse(&body, "1", |id| id == "wamid.KNOWN").map_err(|error| error.code)
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
}
