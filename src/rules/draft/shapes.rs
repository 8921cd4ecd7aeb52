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
        "lang" "number" "hours" "closed" "has" "lacks" "consent" "new" "from_ad" "when" "from" "until";
        message;
        "messages" "variants" "go" "cases" "lookup" "purpose" "react" "cooldown" "outside_window"
        "tags" "untag" "set" "unset" "emit" "expect" "ask_again" "follow_up" "examples"
        "not_examples"
    ),
};

/// `[[handoff]]`
pub static HAND_OFF: Shape = Shape {
    header: "[[handoff]]",
    keys: keys!(
        "id" "owner" "status" "priority"
        "words" "whole" "starts" "inside" "regex" "take" "payload" "all" "none" "kind" "after"
        "lang" "number" "hours" "closed" "has" "lacks" "consent" "new" "from_ad" "when" "from" "until"
        "queue";
        message;
        "messages" "variants" "react" "tags" "untag" "set" "unset" "emit" "examples" "not_examples"
    ),
};

/// `emit` as a table
pub static EMIT: Shape = Shape { header: "emit", keys: &["type", "data"] };

/// `[queue.NAME]`
pub static QUEUE: Shape = Shape {
    header: "[queue.NAME]",
    keys: &["hours", "within", "escalate", "closed", "return", "give_up", "back"],
};

/// `return` of `[queue.NAME]`
pub static RETURN: Shape = Shape { header: "return", keys: &["idle", "command"] };

/// `[[form]]`
pub static FORM: Shape = Shape {
    header: "[[form]]",
    keys: &[
        "id",
        "owner",
        "status",
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
        "consent",
        "new",
        "from_ad",
        "when",
        "from",
        "until",
        "text",
        "ask",
        "interrupt",
        "tries",
        "expect",
        "cancel",
        "failed",
        "confirm",
        "done",
        "emit",
        "tags",
        "untag",
        "set",
        "unset",
        "examples",
        "not_examples",
    ],
};

/// `[[form.ask]]`
pub static ASK: Shape = Shape {
    header: "[[form.ask]]",
    keys: &["field", "name", "text", "accept", "choices", "wrong", "always"],
};

/// `done` of `[[form]]`
pub static DONE: Shape =
    Shape { header: "done", keys: keys!(; message; "messages" "variants" "go") };

/// `failed` of `[[form]]`
pub static FAILED: Shape =
    Shape { header: "failed", keys: keys!(; message; "messages" "variants" "go") };

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

/// An entry of `follow_up`
pub static FOLLOW_UP: Shape =
    Shape { header: "follow_up", keys: keys!("after"; message; "messages") };

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

/// `[[lookup]]`
pub static LOOKUP: Shape = Shape {
    header: "[[lookup]]",
    keys: &["name", "connector", "path", "timeout", "keep", "gives"],
};

/// An entry of `gives` in `[[lookup]]`
pub static GIVEN: Shape = Shape { header: "gives", keys: &["type", "path"] };
/// `[event."TYPE"]`
pub static EVENT: Shape = Shape { header: "[event.\"TYPE\"]", keys: &["data"] };

/// `[[notify]]`
pub static NOTIFY: Shape = Shape {
    header: "[[notify]]",
    keys: keys!(
        "id" "owner" "status" "on" "when" "hours" "number";
        message;
        "messages" "purpose" "tags" "set" "at" "cancel" "while_owned" "else"
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

/// `[consent]`
pub static CONSENT: Shape =
    Shape { header: "[consent]", keys: &["default", "sender", "tier", "stop", "quiet"] };

/// `[[consent.tier]]`
pub static CONSENT_TIER: Shape = Shape {
    header: "[[consent.tier]]",
    keys: &["id", "allows", "whole", "ask", "within", "text", "version", "renew", "footer"],
};

/// `ask` of a tier
pub static CONSENT_ASK: Shape = Shape { header: "ask", keys: &["text"] };

/// `[consent.stop]`
pub static STOP: Shape =
    Shape { header: "[consent.stop]", keys: &["whole", "text", "near_text", "stops"] };

/// `[consent.quiet]`
pub static QUIET: Shape = Shape { header: "[consent.quiet]", keys: &["marketing", "zone"] };

/// `[sync]`
pub static SYNC: Shape = Shape { header: "[sync]", keys: &["contacts", "conversations"] };

/// `[sync.contacts]`
pub static SYNC_CONTACTS: Shape = Shape {
    header: "[sync.contacts]",
    keys: &["connector", "every", "full", "direction", "conflict", "fields"],
};

/// A line of `[sync.contacts.fields]`
pub static MAPPED: Shape = Shape { header: "[sync.contacts.fields]", keys: &["crm", "sync"] };

/// `[sync.conversations]`
pub static SYNC_CONVERSATIONS: Shape =
    Shape { header: "[sync.conversations]", keys: &["connector", "within"] };

/// `[[test]]`
pub static TEST: Shape =
    Shape { header: "[[test]]", keys: &["name", "at", "contact", "number", "turn"] };

/// `contact` in `[[test]]`
pub static PERSON: Shape =
    Shape { header: "contact", keys: &["name", "tags", "fields", "language", "consent", "new"] };

/// `[[test.turn]]`
pub static TURN: Shape = Shape {
    header: "[[test.turn]]",
    keys: &["wait", "say", "tap", "send", "lookup", "event", "agent", "expect"],
};

/// `event` in `[[test.turn]]`
pub static TEST_EVENT: Shape = Shape { header: "event", keys: &["type", "data"] };

/// Keys of what is expected.
macro_rules! expected {
    ($($more:literal)*) => {
        &[
            "reply", "text", "silent", "tags", "fields", "consent", "template", "question", "owner",
            "handoff", "queue", "form", "emit",
            $($more,)*
        ]
    };
}

/// `expect` in `[[test.turn]]`
pub static EXPECT: Shape = Shape { header: "expect", keys: expected!("not") };

/// `not` in `expect`
pub static NOT: Shape = Shape { header: "not", keys: expected!() };

/// `text` in `expect`, as a table
pub static EXACT: Shape = Shape { header: "text", keys: &["is"] };

/// Every shape. Each key of each has its meaning in `schema`.
pub static ALL: &[&Shape] = &[
    &REPLY,
    &GREETING,
    &FALLBACK,
    &MESSAGE,
    &VARIANT,
    &CASE,
    &COOLDOWN,
    &THEN,
    &FOLLOW_UP,
    &OUTSIDE,
    &BUTTON,
    &LIST,
    &SECTION,
    &ROW,
    &CHOICE,
    &MEDIA,
    &LOCATION,
    &TEMPLATE,
    &FIELD,
    &LANGUAGE,
    &HOURS,
    &CLOSED,
    &FORM,
    &ASK,
    &DONE,
    &FAILED,
    &CONSENT,
    &CONSENT_TIER,
    &CONSENT_ASK,
    &STOP,
    &QUIET,
    &TEST,
    &PERSON,
    &TURN,
    &TEST_EVENT,
    &EXPECT,
    &NOT,
    &EXACT,
    &HAND_OFF,
    &QUEUE,
    &RETURN,
    &EMIT,
    &LOOKUP,
    &GIVEN,
    &EVENT,
    &NOTIFY,
    &CANCEL,
    &SYNC,
    &SYNC_CONTACTS,
    &MAPPED,
    &SYNC_CONVERSATIONS,
];

/// The tables with keys of their own that a key may have slipped from.
pub static HOMES: &[&Shape] = &[
    &REPLY,
    &FALLBACK,
    &GREETING,
    &LANGUAGE,
    &HOURS,
    &TEMPLATE,
    &FORM,
    &ASK,
    &CONSENT,
    &CONSENT_TIER,
    &STOP,
    &QUIET,
    &TEST,
    &TURN,
    &HAND_OFF,
    &QUEUE,
    &LOOKUP,
    &NOTIFY,
];

/// Tables of a rule file, and whether each may occur many times.
pub const TABLES: &[(&str, bool)] = &[
    ("reply", true),
    ("fallback", true),
    ("greeting", false),
    ("fields", false),
    ("language", false),
    ("hours", false),
    ("template", true),
    ("lookup", true),
    ("event", false),
    ("notify", true),
    ("handoff", true),
    ("queue", false),
    ("form", true),
    ("consent", false),
    ("test", true),
    ("sync", false),
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
