//! The tables of a rule file, key by key, in the order of the manual.

use super::kind::{Key, Kind, MANY, PLAIN, TEXTS, Table, key};
use super::says::{BESIDE, GO, ONE, SEVERAL, VARIANTS};
use crate::limits;
use crate::model::MessageKind;

/// `15m`, `1h 30m`.
pub const DURATION: Kind = Kind::Form(r"\s*([0-9]+[smhd]\s*)+");

/// A rule's id.
pub const ID: Kind = Kind::Form("[a-z0-9._-]+");

/// A value as it stands in `take`.
const TAKE: Kind = Kind::Form(
    r"\s*(digits\s+[0-9]+(\s*-\s*[0-9]+)?|number|phone|email|date|time|name|rest|one_of\s+@\S+)\s*",
);

const KINDS: Kind = Kind::OneOf(&MessageKind::NAMES);

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
        "event",
        Kind::Map(&Kind::Table(&EVENT)),
        "What your systems may post: [event.\"order.confirmed\"]",
    ),
    key(
        "notify",
        Kind::List(&Kind::Table(&NOTIFY), 0, MANY),
        "What is said when one of your systems posts an event",
    ),
];

/// `[event."TYPE"]`
static EVENT: Table = Table {
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
static NOTIFY: Table = Table {
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

/// `[[template]]`
static TEMPLATE: Table = Table {
    header: "[[template]]",
    meaning: "A template that WhatsApp approved",
    groups: &[&[
        key("id", Kind::Form("[a-z0-9_]+"), "Its name at WhatsApp: a to z, digits and _"),
        key("category", Kind::OneOf(&["utility", "authentication"]), "As approved"),
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

/// `[[reply]]`
pub static REPLY: Table = Table {
    header: "[[reply]]",
    meaning: "A rule: when it holds, what it says",
    groups: &[ABOUT, TRIGGERS, CONDITIONS, ONE, SEVERAL, VARIANTS, GO, BESIDE, ACTS, ASKS, PROOF],
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

static TRIGGERS: &[Key] = &[
    key("words", TEXTS, "One of these is in the message, as whole words; @name is a word list"),
    key("whole", TEXTS, "The message is nothing but one of these"),
    key("starts", TEXTS, "The message begins with one of these"),
    key("inside", TEXTS, "One of these is anywhere in it, even inside a word"),
    key("regex", Kind::Text, "A regular expression; (?<name>…) becomes {{ match.name }}"),
    key(
        "take",
        Kind::Map(&TAKE),
        "Values that must be in the message; each becomes {{ match.NAME }}",
    ),
    key("payload", TEXTS, "A button, a row or a choice with this id was tapped"),
];

static CONDITIONS: &[Key] = &[
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

static ACTS: &[Key] = &[
    key("tags", TEXTS, "Tags the customer gets"),
    key("untag", TEXTS, "Tags the customer loses"),
    key(
        "set",
        Kind::Map(&PLAIN),
        "Fields that are remembered: { last_order = \"{{ match.order_no }}\" }",
    ),
    key("unset", TEXTS, "Fields that are forgotten"),
];

static ASKS: &[Key] = &[
    key("expect", DURATION, "It asks a question, and waits so long for the answer: 15m, 2h"),
    key(
        "ask_again",
        Kind::Whole(1, limits::ASK_AGAIN_MAX as i64),
        "Keeps the question open that many times",
    ),
];

static PROOF: &[Key] = &[
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

/// `[hours.NAME]`
pub static HOURS: Table = Table {
    header: "[hours.NAME]",
    meaning: "A calendar; rules use it as hours = \"NAME\" and closed = \"NAME\"",
    groups: &[&[
        key("zone", Kind::Text, "Its time zone: Asia/Seoul, Asia/Taipei"),
        key("open", TEXTS, "When it is open: mon-fri 09:00-12:30 13:30-18:00"),
        key(
            "closed",
            Kind::List(&Kind::Either(&[Kind::Text, Kind::Table(&CLOSED)]), 0, MANY),
            "Days it is closed: { on = \"01-01\", why = \"New Year\" }",
        ),
        key("extra", TEXTS, "Days it is open beside those: 2026-12-24 09:00-12:00"),
    ]],
    needed: &["zone", "open"],
};

/// An entry of `closed` in `[hours.NAME]`
pub static CLOSED: Table = Table {
    header: "closed",
    meaning: "A day it is closed",
    groups: &[&[
        key("on", Kind::Text, "The day: 2026-12-25, or 12-25 for every year"),
        key("why", Kind::Text, "Why, as {{ hours.NAME.why }} says it"),
    ]],
    needed: &["on"],
};
