//! `[[test]]`, key by key. Nothing else.

use super::kind::{Key, Kind, MANY, PLAIN, TEXTS, Table, key};
use super::tables::{DURATION, KINDS};

/// `[[test]]`
pub(super) static TEST: Table = Table {
    header: "[[test]]",
    meaning: "A conversation, and what must come of it; `usher test` plays it",
    groups: &[&[
        key("name", Kind::Text, "What it proves, in a few words unlike any other test's"),
        key(
            "at",
            Kind::Text,
            "When it begins: 2026-03-01T23:10 (in the zone of the first calendar); a Monday at 10:00 unless given",
        ),
        key("contact", Kind::Table(&PERSON), "Who writes"),
        key(
            "number",
            Kind::Text,
            "To which number of ours, by its name in usher.toml; the first unless given",
        ),
        key(
            "turn",
            Kind::List(&Kind::Table(&TURN), 1, MANY),
            "What happens, turn by turn: [[test.turn]]",
        ),
    ]],
    needed: &["name", "turn"],
};

/// `contact` in `[[test]]`
static PERSON: Table = Table {
    header: "contact",
    meaning: "Who writes in a test, as usher knows them when it begins",
    groups: &[&[
        key("name", Kind::Text, "Their profile name"),
        key("tags", TEXTS, "Tags they have"),
        key(
            "fields",
            Kind::Map(&PLAIN),
            "What is remembered of them: { last_order = \"20260301\" }",
        ),
        key("language", Kind::Text, "The language they are known to speak: ko"),
        key("consent", Kind::Text, "The tier of their consent"),
        key("new", Kind::YesNo, "false: they have written before, and were greeted"),
    ]],
    needed: &[],
};

/// `[[test.turn]]`
static TURN: Table = Table {
    header: "[[test.turn]]",
    meaning: "One thing that happens in a test: one of say, tap, send, event and agent, or time that passes",
    groups: &[&[
        key("wait", DURATION, "So much time passes first: 15m, 11h; alone it is a turn as well"),
        key("say", Kind::Text, "The customer writes this"),
        key("tap", Kind::Text, "The customer taps the button, row or choice with this id"),
        key("send", KINDS, "The customer sends something of this kind: image, voice, location …"),
        key(
            "lookup",
            Kind::Map(&Kind::Either(&[Kind::OneOf(&["missing", "failed"]), Kind::Map(&PLAIN)])),
            "What lookups bring in it: { order = { status = \"shipped\" } }; missing unless given",
        ),
        key("event", Kind::Table(&TEST_EVENT), "One of your systems posts this event"),
        key(
            "agent",
            Kind::Form("(takes|releases|closes|(says|types) .+)"),
            "An agent takes, says …, types … in the WhatsApp Business app, releases, or closes",
        ),
        key("expect", Kind::Table(&EXPECT), "What must come of it"),
    ]],
    needed: &[],
};

/// `event` in `[[test.turn]]`
static TEST_EVENT: Table = Table {
    header: "event",
    meaning: "What one of your systems posts in a test",
    groups: &[&[
        key("type", Kind::Text, "Its type, as under [event.\"TYPE\"]"),
        key("data", Kind::Map(&PLAIN), "Its values: { order_no = \"20260301\" }"),
    ]],
    needed: &["type"],
};

static EXPECTED: &[Key] = &[
    key("reply", Kind::Text, "The rule that wins, by its id; fallback for a fallback"),
    key(
        "text",
        Kind::Either(&[Kind::Text, Kind::List(&Kind::Text, 1, MANY), Kind::Table(&EXACT)]),
        "This, or all of these, is in what is said; { is = \"…\" }: a whole message",
    ),
    key("silent", Kind::YesNo, "true: nothing is sent; false: something is"),
    key("tags", TEXTS, "Tags the customer has afterwards"),
    key("fields", Kind::Map(&PLAIN), "What is remembered of the customer afterwards"),
    key("consent", Kind::Text, "The tier of the customer's consent afterwards"),
    key("template", Kind::Text, "A template that is sent"),
    key("question", Kind::Text, "The rule whose question is open afterwards"),
    key("owner", Kind::OneOf(&["bot", "waiting", "agent"]), "Who answers afterwards"),
    key("handoff", Kind::Text, "The rule that handed it over; queue:NAME where a `go` did"),
    key("queue", Kind::Text, "The queue it waits in, or was taken from"),
    key("form", Kind::Text, "The form that is being filled in afterwards"),
    key("emit", TEXTS, "The types of events your systems are told"),
];

/// `expect` in `[[test.turn]]`
static EXPECT: Table = Table {
    header: "expect",
    meaning: "What must come of a turn; all of it must hold",
    groups: &[
        EXPECTED,
        &[key("not", Kind::Table(&NOT), "What must not come of it: none of these may hold")],
    ],
    needed: &[],
};

/// `not` in `expect`
static NOT: Table = Table {
    header: "not",
    meaning: "What must not come of a turn: none of it may hold",
    groups: &[EXPECTED],
    needed: &[],
};

/// `text` in `expect`, as a table
static EXACT: Table = Table {
    header: "text",
    meaning: "A whole message",
    groups: &[&[key("is", Kind::Text, "One of the messages is exactly this")]],
    needed: &["is"],
};
