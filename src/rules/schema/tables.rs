//! The table of tables of a rule file, and replies, fallbacks, greeting, fields, languages and templates
//! key by key. A room of the rules with several tables has a file of its own beside this.

use super::consenting::CONSENT;
use super::events::{EVENT, NOTIFY};
use super::forms::FORM;
use super::handing::{HAND_OFF, QUEUE};
use super::hours::HOURS;
use super::kind::{Key, Kind, MANY, PLAIN, TEXTS, Table, key};
use super::lookups::{LOOKS_UP, LOOKUP};
use super::says::{BESIDE, FOLLOW_UP, GO, ONE, SEVERAL, VARIANTS};
use super::stories::TEST;
use super::syncing::SYNC;
use crate::limits;
use crate::model::MessageKind;

/// `15m`, `1h 30m`.
pub const DURATION: Kind = Kind::Form(r"\s*([0-9]+[smhdy]\s*)+");

/// A rule's id.
pub const ID: Kind = Kind::Form("[a-z0-9._-]+");

/// What `go` names: a rule, or a form.
pub const GOAL: Kind = Kind::Form("(form:|handoff:|queue:)?[a-z0-9._-]+");

/// The type of an event: `booking.requested`.
pub const EVENT_TYPE: Kind = Kind::Form(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*");

/// A value as it stands in `take`.
const TAKE: Kind = Kind::Form(
    r"\s*(digits\s+[0-9]+(\s*-\s*[0-9]+)?|number|phone|email|date(\s+from\s+today)?|time|name|rest|one_of\s+@\S+)\s*",
);

/// A kind of message.
pub(super) const KINDS: Kind = Kind::OneOf(&MessageKind::NAMES);

/// The tables of a rule file.
pub static FILE: &[Key] = &[
    key("reply", Kind::List(&Kind::Table(&REPLY), 0, MANY), "A rule: when it holds, what it says"),
    key(
        "fallback",
        Kind::List(&Kind::Table(&FALLBACK), 0, MANY),
        "What is said when no rule fits: the first time, the second …",
    ),
    key("greeting", Kind::Table(&GREETING), "Said once to a new customer, before the first answer"),
    key("fields", Kind::Map(&Kind::Table(&FIELD)), "What may be remembered of a customer"),
    key(
        "language",
        Kind::Table(&LANGUAGE),
        "The language spoken when a message does not show its own",
    ),
    key("hours", Kind::Map(&Kind::Table(&HOURS)), "Calendars: [hours.office]"),
    key(
        "template",
        Kind::List(&Kind::Table(&TEMPLATE), 0, MANY),
        "Templates that WhatsApp approved",
    ),
    key(
        "lookup",
        Kind::List(&Kind::Table(&LOOKUP), 0, MANY),
        "What may be asked of a system of yours",
    ),
    key(
        "form",
        Kind::List(&Kind::Table(&FORM), 0, MANY),
        "Several questions, one after the other, and what comes of the answers",
    ),
    key(
        "consent",
        Kind::Table(&CONSENT),
        "What customers allow, how they say so, how they stop it",
    ),
    key(
        "test",
        Kind::List(&Kind::Table(&TEST), 0, MANY),
        "Conversations with what must come of them: `usher test` plays them",
    ),
    key(
        "handoff",
        Kind::List(&Kind::Table(&HAND_OFF), 0, MANY),
        "A rule that hands the conversation over to people",
    ),
    key(
        "queue",
        Kind::Map(&Kind::Table(&QUEUE)),
        "Where people wait for conversations: [queue.care]",
    ),
    key(
        "event",
        Kind::Map(&Kind::Table(&EVENT)),
        "What your systems may post: [event.\"order.confirmed\"]",
    ),
    key(
        "notify",
        Kind::List(&Kind::Table(&NOTIFY), 0, MANY),
        "What is said when one of your systems posts an event",
    ),
    key("sync", Kind::Table(&SYNC), "What usher and a CRM tell each other; run by a later version"),
];

/// `[[reply]]`
pub static REPLY: Table = Table {
    header: "[[reply]]",
    meaning: "A rule: when it holds, what it says",
    groups: &[
        ABOUT, TRIGGERS, CONDITIONS, ONE, SEVERAL, VARIANTS, GO, BESIDE, LOOKS_UP, ACTS, TELLS,
        ASKS, FOLLOW_UP, PROOF,
    ],
    needed: &["id"],
};

static ABOUT: &[Key] = &[
    key("id", ID, "Its name in reports: a to z, digits, - _ . and unlike any other"),
    key("owner", Kind::Text, "Whom to ask about this rule; free text"),
    key(
        "status",
        Kind::OneOf(&["live", "draft"]),
        "live (unless given) or draft: it never answers",
    ),
    key("priority", Kind::Integer, "Goes before every rule of a lower number; 0 unless given"),
    key("also", Kind::YesNo, "true: acts beside the rule that wins, and says nothing"),
];

pub(super) static TRIGGERS: &[Key] = &[
    key("words", TEXTS, "One of these is in the message, as whole words; @name is a word list"),
    key("whole", TEXTS, "The message is nothing but one of these"),
    key("starts", TEXTS, "The message begins with one of these"),
    key("inside", TEXTS, "One of these is anywhere in it, even inside a word"),
    key("regex", Kind::Text, "A regular expression; (?<name>…) becomes {{ match.name }}"),
    key(
        "take",
        Kind::Map(&TAKE),
        "Values found in the message, a trigger as words is one; with all, both must be there; each becomes {{ match.NAME }}",
    ),
    key("payload", TEXTS, "A button, a row or a choice with this id was tapped"),
];

pub(super) static CONDITIONS: &[Key] = &[
    key("all", TEXTS, "All of these are in the message, too"),
    key("none", TEXTS, "None of these is in the message"),
    key(
        "kind",
        Kind::Either(&[KINDS, Kind::List(&KINDS, 1, MANY)]),
        "What kind of message: text, image, voice, location …",
    ),
    key("after", TEXTS, "It answers the open question of that rule"),
    key("lang", TEXTS, "The customer's language is one of these: en, ko, zh-TW"),
    key("number", TEXTS, "It came to this number of ours, by its name in usher.toml"),
    key("hours", Kind::Text, "Only while this calendar is open"),
    key("closed", Kind::Text, "Only while this calendar is closed"),
    key("has", TEXTS, "The customer has all these tags"),
    key("lacks", TEXTS, "The customer has none of these tags"),
    key("consent", Kind::Text, "The customer holds this tier of consent, or a higher one"),
    key("new", Kind::YesNo, "true: it is the customer's first message"),
    key("from_ad", Kind::YesNo, "true: the customer came from an ad"),
    key("when", Kind::Text, "A condition in Rhai, such as session.turns > 6"),
    key(
        "from",
        Kind::Text,
        "From this day or instant on: 2026-12-01; days begin in the zone of the first calendar, else UTC",
    ),
    key(
        "until",
        Kind::Text,
        "Until this day, which still counts, or this instant: 2026-12-31; in the same zone as from",
    ),
];

pub(super) static ACTS: &[Key] = &[
    key("tags", TEXTS, "Tags the customer gets"),
    key("untag", TEXTS, "Tags the customer loses"),
    key(
        "set",
        Kind::Map(&PLAIN),
        "Fields that are remembered: { last_order = \"{{ match.order_no }}\" }",
    ),
    key("unset", TEXTS, "Fields that are forgotten"),
];

pub(super) static TELLS: &[Key] = &[key(
    "emit",
    Kind::Either(&[EVENT_TYPE, Kind::Table(&EMIT)]),
    "What your systems are told: lead.qualified, or { type = \"lead.qualified\", data = { … } }",
)];

/// `emit` as a table
static EMIT: Table = Table {
    header: "emit",
    meaning: "An event your systems are told, with what it says",
    groups: &[&[
        key("type", EVENT_TYPE, "Its type: lead.qualified"),
        key("data", Kind::Map(&PLAIN), "Its values: { interest = \"{{ match.entry }}\" }"),
    ]],
    needed: &["type"],
};

static ASKS: &[Key] = &[
    key("expect", DURATION, "It asks a question, and waits so long for the answer: 15m, 2h"),
    key(
        "ask_again",
        Kind::Whole(1, limits::ASK_AGAIN_MAX as i64),
        "Keeps the question open that many times",
    ),
];

pub(super) static PROOF: &[Key] = &[
    key("examples", TEXTS, "Sentences this rule must win; tried by every check"),
    key("not_examples", TEXTS, "Sentences this rule must not win"),
];

/// `[greeting]`
pub static GREETING: Table = Table {
    header: "[greeting]",
    meaning: "Said once to a new customer, before the first answer",
    groups: &[ONE, SEVERAL],
    needed: &[],
};

/// `[[fallback]]`
pub static FALLBACK: Table = Table {
    header: "[[fallback]]",
    meaning: "What is said when no rule fits",
    groups: &[
        &[key("misses", Kind::Whole(1, 100), "At the how many-th such message in a row it speaks")],
        ONE,
        SEVERAL,
        VARIANTS,
        GO,
        &[key("tags", TEXTS, "Tags the customer gets")],
    ],
    needed: &["misses"],
};

/// A line of `[fields]`
pub static FIELD: Table = Table {
    header: "[fields]",
    meaning: "A field: { type = \"text\" }",
    groups: &[&[
        key(
            "type",
            Kind::OneOf(&["text", "number", "date", "yes_no", "choice"]),
            "What it holds; choice needs of",
        ),
        key("of", TEXTS, "The values of a choice"),
        key("crm", Kind::Text, "What the CRM calls it"),
        key("private", Kind::YesNo, "true: it is blotted out wherever people look"),
    ]],
    needed: &["type"],
};

/// `[language]`
pub static LANGUAGE: Table = Table {
    header: "[language]",
    meaning: "Languages",
    groups: &[&[key(
        "default",
        Kind::Text,
        "Spoken when a message does not show its language: en",
    )]],
    needed: &["default"],
};

/// `[[template]]`
static TEMPLATE: Table = Table {
    header: "[[template]]",
    meaning: "A template that WhatsApp approved",
    groups: &[&[
        key("id", Kind::Form("[a-z0-9_]+"), "Its name at WhatsApp: a to z, digits and _"),
        key("category", Kind::OneOf(&["utility", "authentication", "marketing"]), "As approved"),
        key("languages", TEXTS, "In which languages it was approved: en, ko, zh_TW"),
        key(
            "params",
            Kind::Either(&[Kind::Text, Kind::List(&Kind::Text, 0, MANY)]),
            "The names of its places, in order",
        ),
        key(
            "format",
            Kind::OneOf(&["named", "positional"]),
            "named (unless given): {{name}}; positional: {{1}}",
        ),
    ]],
    needed: &["id", "category", "languages"],
};
