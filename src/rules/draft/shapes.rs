//! Which tables a rule file has, and which keys each has.

/// A kind of table.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// As a person writes its header: `[[reply]]`.
    pub header: &'static str,
    /// Its keys, in the order of the manual.
    pub keys: &'static [&'static str],
}

/// `[[reply]]`
pub static REPLY: Shape = Shape {
    header: "[[reply]]",
    keys: &[
        "id",
        "owner",
        "status",
        "priority",
        "also",
        "words",
        "whole",
        "starts",
        "inside",
        "regex",
        "take",
        "payload",
        "all",
        "none",
        "kind",
        "after",
        "lang",
        "number",
        "hours",
        "closed",
        "has",
        "lacks",
        "new",
        "from_ad",
        "when",
        "from",
        "until",
        "text",
        "messages",
        "tags",
        "untag",
        "set",
        "unset",
        "expect",
        "ask_again",
        "examples",
        "not_examples",
    ],
};

/// `[greeting]`
pub static GREETING: Shape = Shape { header: "[greeting]", keys: &["text", "messages"] };

/// `[[fallback]]`
pub static FALLBACK: Shape =
    Shape { header: "[[fallback]]", keys: &["misses", "text", "messages", "tags"] };

/// A line of `[fields]`
pub static FIELD: Shape = Shape { header: "[fields]", keys: &["type", "of", "crm", "private"] };

/// `[language]`
pub static LANGUAGE: Shape = Shape { header: "[language]", keys: &["default"] };

/// `[hours.NAME]`
pub static HOURS: Shape =
    Shape { header: "[hours.NAME]", keys: &["zone", "open", "closed", "extra"] };

/// An entry of `closed` in `[hours.NAME]`
pub static CLOSED: Shape = Shape { header: "closed", keys: &["on", "why"] };

/// An entry of `messages`
pub static MESSAGE: Shape = Shape { header: "messages", keys: &["text"] };

/// Every shape. A key of one of them has its meaning in `schema`.
pub static ALL: &[&Shape] =
    &[&REPLY, &GREETING, &FALLBACK, &FIELD, &LANGUAGE, &HOURS, &CLOSED, &MESSAGE];

/// The tables with keys of their own that a key may have slipped from.
pub static HOMES: [&Shape; 5] = [&REPLY, &FALLBACK, &GREETING, &LANGUAGE, &HOURS];

/// Tables of a rule file, and whether each may occur many times.
pub const TABLES: [(&str, bool); 6] = [
    ("reply", true),
    ("fallback", true),
    ("greeting", false),
    ("fields", false),
    ("language", false),
    ("hours", false),
];
