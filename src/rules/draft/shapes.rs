//! Which tables a rule file has, and which keys each has.

/// A kind of table.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// As a person writes its header: `[[reply]]`.
    pub header: &'static str,
    /// Its keys, in the order of the manual.
    pub keys: &'static [&'static str],
}

/// Keys between which one message stands, or whatever else a rule can say.
macro_rules! keys {
    ($($before:literal)*; message; $($after:literal)*) => {
        &[
            $($before,)*
            "text", "header", "footer", "buttons", "list", "choices", "numbered", "button",
            "media", "location", "template", "params", "script",
            $($after,)*
        ]
    };
}

/// `[[reply]]`
pub static REPLY: Shape = Shape {
    header: "[[reply]]",
    keys: keys!(
        "id" "owner" "status" "priority" "also"
        "words" "whole" "starts" "inside" "regex" "take" "payload" "all" "none" "kind" "after"
        "lang" "number" "hours" "closed" "has" "lacks" "new" "from_ad" "when" "from" "until";
        message;
        "messages" "variants" "go" "cases" "react" "cooldown" "outside_window"
        "tags" "untag" "set" "unset" "expect" "ask_again" "examples" "not_examples"
    ),
};

/// `[greeting]`
pub static GREETING: Shape = Shape { header: "[greeting]", keys: keys!(; message; "messages") };

/// `[[fallback]]`
pub static FALLBACK: Shape = Shape {
    header: "[[fallback]]",
    keys: keys!("misses"; message; "messages" "variants" "go" "tags"),
};

/// An entry of `messages`
pub static MESSAGE: Shape = Shape { header: "messages", keys: keys!(; message;) };

/// An entry of `variants`
pub static VARIANT: Shape =
    Shape { header: "variants", keys: keys!("weight"; message; "messages") };

/// An entry of `cases`
pub static CASE: Shape =
    Shape { header: "cases", keys: keys!("when"; message; "messages" "variants" "go") };

/// `cooldown`
pub static COOLDOWN: Shape = Shape { header: "cooldown", keys: &["every", "then"] };

/// `then` of `cooldown`
pub static THEN: Shape = Shape { header: "then", keys: keys!(; message; "messages") };

/// `outside_window`
pub static OUTSIDE: Shape = Shape { header: "outside_window", keys: &["template", "params"] };

/// An entry of `buttons`
pub static BUTTON: Shape = Shape { header: "buttons", keys: &["id", "title"] };

/// `list`
pub static LIST: Shape = Shape { header: "list", keys: &["button", "rows", "sections"] };

/// An entry of `sections` in `list`
pub static SECTION: Shape = Shape { header: "sections", keys: &["title", "rows"] };

/// An entry of `rows` in `list`
pub static ROW: Shape = Shape { header: "rows", keys: &["id", "title", "description"] };

/// An entry of `choices`
pub static CHOICE: Shape =
    Shape { header: "choices", keys: &["id", "title", "description", "words", "go"] };

/// `media`
pub static MEDIA: Shape =
    Shape { header: "media", keys: &["file", "link", "kind", "filename", "voice"] };

/// `location`
pub static LOCATION: Shape =
    Shape { header: "location", keys: &["latitude", "longitude", "name", "address"] };

/// `[[template]]`
pub static TEMPLATE: Shape =
    Shape { header: "[[template]]", keys: &["id", "category", "languages", "params", "format"] };

/// `[event."TYPE"]`
pub static EVENT: Shape = Shape { header: "[event.\"TYPE\"]", keys: &["data"] };

/// `[[notify]]`
pub static NOTIFY: Shape = Shape {
    header: "[[notify]]",
    keys: keys!(
        "id" "owner" "status" "on" "when" "hours" "number";
        message;
        "messages" "purpose" "tags" "set" "at" "cancel"
    ),
};

/// `cancel` of `[[notify]]`
pub static CANCEL: Shape = Shape { header: "cancel", keys: &["on", "same"] };

/// A line of `[fields]`
pub static FIELD: Shape = Shape { header: "[fields]", keys: &["type", "of", "crm", "private"] };

/// `[language]`
pub static LANGUAGE: Shape = Shape { header: "[language]", keys: &["default"] };

/// `[hours.NAME]`
pub static HOURS: Shape =
    Shape { header: "[hours.NAME]", keys: &["zone", "open", "closed", "extra"] };

/// An entry of `closed` in `[hours.NAME]`
pub static CLOSED: Shape = Shape { header: "closed", keys: &["on", "why"] };

/// Every shape. Each key of each has its meaning in `schema`.
pub static ALL: &[&Shape] = &[
    &REPLY, &GREETING, &FALLBACK, &MESSAGE, &VARIANT, &CASE, &COOLDOWN, &THEN, &OUTSIDE, &BUTTON,
    &LIST, &SECTION, &ROW, &CHOICE, &MEDIA, &LOCATION, &TEMPLATE, &FIELD, &LANGUAGE, &HOURS,
    &CLOSED, &EVENT, &NOTIFY, &CANCEL,
];

/// The tables with keys of their own that a key may have slipped from.
pub static HOMES: [&Shape; 7] =
    [&REPLY, &FALLBACK, &GREETING, &LANGUAGE, &HOURS, &TEMPLATE, &NOTIFY];

/// Tables of a rule file, and whether each may occur many times.
pub const TABLES: [(&str, bool); 9] = [
    ("reply", true),
    ("fallback", true),
    ("greeting", false),
    ("fields", false),
    ("language", false),
    ("hours", false),
    ("template", true),
    ("event", false),
    ("notify", true),
];

/// What to type where a key of one thing to tap is taken for that of another.
#[must_use]
pub fn taken_for(shape: &Shape, key: &str) -> Option<&'static str> {
    const TAPS: [&Shape; 3] = [&BUTTON, &ROW, &CHOICE];
    if !TAPS.contains(&shape) {
        return None;
    }
    match key {
        "text" | "label" | "name" => Some("did you mean `title`?"),
        "payload" => Some("did you mean `id`?"),
        "go" | "words" => {
            Some("only `choices` have it: write `choices` in place of `buttons` or `list`")
        }
        "description" => {
            Some("only rows of a `list`, and `choices`, have it: buttons are too small")
        }
        _ => None,
    }
}
