//! `[[handoff]]` and `[queue.NAME]`, key by key. Nothing else.

use super::kind::{Key, Kind, Table, key};
use super::says::{ONE, SEVERAL, VARIANTS};
use super::tables::{ACTS, CONDITIONS, DURATION, ID, PROOF, TELLS, TRIGGERS};

/// `[[handoff]]`
pub(super) static HAND_OFF: Table = Table {
    header: "[[handoff]]",
    meaning: "A rule that hands the conversation over to people; it goes before replies",
    groups: &[
        ABOUT_HAND_OFF,
        TRIGGERS,
        CONDITIONS,
        &[key("queue", Kind::Text, "The queue it goes to, by its name under [queue.NAME]")],
        ONE,
        SEVERAL,
        VARIANTS,
        &[key("react", Kind::Text, "An emoji beside the customer's message")],
        ACTS,
        TELLS,
        PROOF,
    ],
    needed: &["id", "queue"],
};

static ABOUT_HAND_OFF: &[Key] = &[
    key("id", ID, "Its name in reports: a to z, digits, - _ . and unlike any other"),
    key("owner", Kind::Text, "Whom to ask about this rule; free text"),
    key(
        "status",
        Kind::OneOf(&["live", "draft"]),
        "live (unless given) or draft: it never hands over",
    ),
    key("priority", Kind::Integer, "Goes before every hand-off of a lower number; 0 unless given"),
];

/// `[queue.NAME]`
pub(super) static QUEUE: Table = Table {
    header: "[queue.NAME]",
    meaning: "Where conversations wait for people, and how they come back to the bot",
    groups: &[&[
        key("hours", Kind::Text, "The calendar of the people; always, unless given"),
        key(
            "within",
            DURATION,
            "So soon an agent takes it; outside hours the clock starts at opening",
        ),
        key("escalate", Kind::Text, "The queue it goes to where nobody took it within that time"),
        key("closed", Kind::Place, "Said beside the hand-off's text outside hours"),
        key(
            "return",
            Kind::Either(&[Kind::OneOf(&["on_close"]), Kind::Table(&RETURN)]),
            "When the bot answers again: on_close, { idle = \"30m\" } or { command = \"#end\" }",
        ),
        key(
            "give_up",
            DURATION,
            "The bot answers again after that time without an agent's word; 72h unless given",
        ),
        key("back", Kind::Place, "Said when the bot answers again"),
    ]],
    needed: &["return"],
};

/// `return` of `[queue.NAME]`
static RETURN: Table = Table {
    header: "return",
    meaning: "When the bot answers again, beside an agent closing the conversation",
    groups: &[&[
        key("idle", DURATION, "When nobody said anything for so long: 30m"),
        key("command", Kind::Text, "When the agent writes just this: #end"),
    ]],
    needed: &[],
};
