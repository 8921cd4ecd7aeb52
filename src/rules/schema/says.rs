//! What can be said: the keys that replies, fallbacks, the greeting and single messages share.

use super::kind::{Key, Kind, Table, key};
use crate::limits;

/// `text`.
pub const TEXT: Key =
    key("text", Kind::Place, "What is said: one text, or one by language: text.en, text.ko");

/// What a reply, a fallback and the greeting may say.
pub static SAYS: &[Key] = &[
    TEXT,
    key(
        "messages",
        Kind::List(
            &Kind::Either(&[Kind::Text, Kind::Table(&MESSAGE)]),
            1,
            limits::SENDS_PER_DECISION_MAX,
        ),
        "Several messages, sent in this order, instead of text",
    ),
];

/// An entry of `messages`.
pub static MESSAGE: Table =
    Table { header: "messages", meaning: "One message", groups: &[&[TEXT]], needed: &[] };
