//! `POST /{version}/{phone_number_id}/messages`: what Meta would refuse, and how it says so
//! (Cloud API reference, sections 4 and 5). Pure: a body in, a request or an error out.

mod content;
mod error;
mod fields;
mod interactive;
mod template;
#[cfg(test)]
mod tests;

pub(super) use error::GraphError;
pub use template::ApprovedTemplate;

use super::content::ChatContent;
use super::customers::{is_bsuid, is_wa_id};
use crate::limits;
use crate::model::Wamid;
use fields::{Object, text};
use serde_json::Value;

/// A request that Meta would accept.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum GraphRequest {
    /// Send a message.
    Send(Box<SendRequest>),
    /// Mark a customer's message read, perhaps with "typing…".
    Read {
        /// Which message.
        wamid: Wamid,
        /// Show "typing…".
        typing: bool,
    },
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SendRequest {
    pub(super) to: Address,
    pub(super) content: ChatContent,
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

/// What a request may name.
pub(super) struct Known<'k> {
    /// The business number in digits.
    pub(super) own_number: &'k str,
    /// Whether a message id is one of this number's chats.
    pub(super) message: &'k dyn Fn(&str) -> bool,
    /// The MIME type of an upload of this number.
    pub(super) media: &'k dyn Fn(&str) -> Option<String>,
    /// The templates there are; `None`: any that looks right.
    pub(super) templates: Option<&'k [ApprovedTemplate]>,
}

/// Reads a body as Meta would.
pub(super) fn parse(body: &[u8], known: &Known<'_>) -> Result<GraphRequest, GraphError> {
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
    message(body, known).map(|send| GraphRequest::Send(Box::new(send)))
}

fn receipt(body: &Object, known: &Known<'_>) -> Result<GraphRequest, GraphError> {
    if text(body, "status")? != Some("read") {
        return Err(GraphError::value("status must be read"));
    }
    let id = text(body, "message_id")?.ok_or_else(|| GraphError::missing("message_id"))?;
    if !(known.message)(id) {
        return Err(GraphError::value("message_id names no message of this number"));
    }
    let typing = match body.get("typing_indicator") {
        None => false,
        Some(typing) if typing.get("type").and_then(Value::as_str) == Some("text") => true,
        Some(_) => return Err(GraphError::value("typing_indicator.type must be text")),
    };
    Ok(GraphRequest::Read { wamid: id.into(), typing })
}

fn message(body: &Object, known: &Known<'_>) -> Result<SendRequest, GraphError> {
    match text(body, "recipient_type")? {
        None | Some("individual") => {}
        Some(_) => return Err(GraphError::invalid("recipient_type must be individual")),
    }
    let to = address(body, known.own_number)?;
    let callback = callback(body)?;
    let context = context(body, known)?;
    Ok(SendRequest { to, content: content::content(body, known)?, callback, context })
}

/// `to` wins where both are given (reference 3.2).
fn address(body: &Object, own_number: &str) -> Result<Address, GraphError> {
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

fn callback(body: &Object) -> Result<Option<String>, GraphError> {
    match text(body, "biz_opaque_callback_data")? {
        Some(data) if data.len() > limits::CALLBACK_DATA_BYTES_MAX => {
            let max = limits::CALLBACK_DATA_BYTES_MAX;
            let details = format!("biz_opaque_callback_data must be at most {max} bytes long");
            Err(GraphError::invalid(details))
        }
        data => Ok(data.map(str::to_owned)),
    }
}

fn context(body: &Object, known: &Known<'_>) -> Result<Option<Wamid>, GraphError> {
    let Some(context) = body.get("context") else { return Ok(None) };
    let context =
        context.as_object().ok_or_else(|| GraphError::invalid("context must be an object"))?;
    match text(context, "message_id")? {
        Some(id) if (known.message)(id) => Ok(Some(id.into())),
        Some(_) => Err(GraphError::value("context.message_id names no message of this number")),
        None => Err(GraphError::missing("context.message_id")),
    }
}
