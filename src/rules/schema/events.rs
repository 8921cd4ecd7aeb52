//! `[event."TYPE"]` and `[[notify]]`, key by key: what systems post, and what is said then. Nothing else.

use super::kind::{Kind, PLAIN, TEXTS, Table, key};
use super::says::{ONE, SEVERAL};
use super::tables::ID;

/// `[event."TYPE"]`
pub(super) static EVENT: Table = Table {
    header: "[event.\"TYPE\"]",
    meaning: "An event that one of your systems may post, with what it brings",
    groups: &[&[key(
        "data",
        Kind::Map(&Kind::Form(r"(text|number|date|time|yes_no)\??")),
        "Its values: { order_no = \"text\" }; text number date time yes_no, with ? where it may be missing",
    )]],
    needed: &[],
};

/// `[[notify]]`
pub(super) static NOTIFY: Table = Table {
    header: "[[notify]]",
    meaning: "What is said when one of your systems posts an event",
    groups: &[
        &[
            key("id", ID, "Its name in reports; unlike that of any reply"),
            key("owner", Kind::Text, "Whom to ask about it; free text"),
            key(
                "status",
                Kind::OneOf(&["live", "draft"]),
                "live (unless given) or draft: it never acts",
            ),
            key("on", Kind::Text, "The type of the event"),
            key("when", Kind::Text, "A condition in Rhai, such as event.total > 100"),
            key("hours", Kind::Text, "Said while this calendar is open; else when it opens"),
            key("number", TEXTS, "Only where the event names this number of ours"),
        ],
        ONE,
        SEVERAL,
        &[
            key(
                "purpose",
                Kind::OneOf(&["utility", "authentication", "marketing"]),
                "Why it is said; the category of its template unless given",
            ),
            key("tags", TEXTS, "Tags the customer gets"),
            key("set", Kind::Map(&PLAIN), "Fields that are remembered"),
            key("at", Kind::Text, "Said later: {{ event.starts_at }} - 24h"),
            key(
                "cancel",
                Kind::Either(&[TEXTS, Kind::Table(&CANCEL)]),
                "The event that takes it back while it waits",
            ),
            key(
                "while_owned",
                Kind::OneOf(&["send", "hold"]),
                "While a person has the conversation: send (unless given), or hold until the bot has it again",
            ),
            key(
                "else",
                Kind::Form("queue:[a-z0-9._-]+"),
                "Whose task it is where it cannot be sent: queue:NAME; the customer is told nothing",
            ),
        ],
    ],
    needed: &["id", "on"],
};

/// `cancel` of `[[notify]]`
static CANCEL: Table = Table {
    header: "cancel",
    meaning: "What takes a notice back: { on = \"booking.cancelled\", same = \"booking_no\" }",
    groups: &[&[
        key("on", TEXTS, "The events that do"),
        key("same", Kind::Text, "Only where this value is the same in both events"),
    ]],
    needed: &["on"],
};
