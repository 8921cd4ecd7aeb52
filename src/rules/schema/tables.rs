//! The tables of a rule file, key by key, in the order of the manual.

use super::consenting::CONSENT;
use super::forms::FORM;
use super::kind::{Key, Kind, MANY, PLAIN, TEXTS, Table, key};
use super::lookups::{LOOKS_UP, LOOKUP};
use super::says::{BESIDE, FOLLOW_UP, GO, ONE, SEVERAL, VARIANTS};
use super::syncing::SYNC;
use crate::limits;
use crate::model::MessageKind;

/// `15m`, `1h 30m`.
pub const DURATION: Kind = Kind::Form(r"\s*([0-9]+[smhdy]\s*)+");

/// A rule's id.
pub const ID: Kind = Kind::Form("[a-z0-9._-]+");

/// What `go` names: a rule, or a form.
pub const GOAL: Kind = Kind::Form("(form:|handoff:|queue:)?[a-z0-9._-]+");

/// A value as it stands in `take`.
const TAKE: Kind = Kind::Form(
    r"\s*(digits\s+[0-9]+(\s*-\s*[0-9]+)?|number|phone|email|date(\s+from\s+today)?|time|name|rest|one_of\s+@\S+)\s*",
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

/// `[[handoff]]`
static HAND_OFF: Table = Table {
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
static QUEUE: Table = Table {
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

/// `[[test]]`
static TEST: Table = Table {
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

/// `[[reply]]`
pub static REPLY: Table = Table {
    header: "[[reply]]",
    meaning: "A rule: when it holds, what it says",
    groups: &[
        ABOUT, TRIGGERS, CONDITIONS, ONE, SEVERAL, VARIANTS, GO, BESIDE, LOOKS_UP, ACTS, ASKS,
        FOLLOW_UP, PROOF,
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
        "Values that must be in the message; each becomes {{ match.NAME }}",
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
