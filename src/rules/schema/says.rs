//! What can be said: the keys that replies, fallbacks, the greeting and single messages share.

use super::kind::{Key, Kind, MANY, TEXTS, Table, key};
use super::tables::{DURATION, GOAL};
use crate::limits;

/// One message: a text and what stands around it, media, a place, a template, a script.
pub static ONE: &[Key] = &[
    key("text", Kind::Place, "What is said: one text, or one by language: text.en, text.ko"),
    key("header", Kind::Place, "Above the text; with buttons, list or choices"),
    key("footer", Kind::Place, "Small, below the text; with buttons, list or choices"),
    key(
        "buttons",
        Kind::List(&Kind::Table(&BUTTON), 1, limits::BUTTONS_MAX),
        "One to three buttons; rules with payload answer their taps",
    ),
    key(
        "list",
        Kind::Table(&LIST),
        "A list of up to ten rows; rules with payload answer their taps",
    ),
    key(
        "choices",
        Kind::List(&Kind::Table(&CHOICE), 1, limits::ROWS_MAX),
        "A menu: tap, title, word and number are one answer; up to 3 are buttons, up to 10 a list",
    ),
    key("numbered", Kind::YesNo, "true: choices are shown with numbers, and a number answers"),
    key("button", Kind::Place, "What opens the list of choices"),
    key(
        "media",
        Kind::Either(&[Kind::Text, Kind::Table(&MEDIA)]),
        "A picture, video, sound or document: a path under media/, or a link; text stands below it",
    ),
    key("location", Kind::Table(&LOCATION), "A place on the map"),
    key("template", Kind::Text, "An approved template, by its id under [[template]]"),
    PARAMS,
    key("script", Kind::Text, "A function of a .rhai file: it gives a text or a list of texts"),
];

const PARAMS: Key = key(
    "params",
    Kind::Map(&Kind::Either(&[Kind::Place, Kind::Number, Kind::YesNo])),
    "What fills the places of the template: { name = \"…\" }",
);

/// Several messages.
pub static SEVERAL: &[Key] = &[key(
    "messages",
    Kind::List(
        &Kind::Either(&[Kind::Text, Kind::Table(&MESSAGE)]),
        1,
        limits::SENDS_PER_DECISION_MAX,
    ),
    "Several messages, sent in this order",
)];

/// Another rule's answer.
pub static GO: &[Key] = &[key(
    "go",
    GOAL,
    "The rule that answers instead, or form:ID, handoff:ID, queue:NAME; its own trigger is not asked, its consent is",
)];

/// One of several ways to say it.
pub static VARIANTS: &[Key] = &[key(
    "variants",
    Kind::List(&Kind::Table(&VARIANT), 1, MANY),
    "Ways to say it, shared out among customers; always the same for one of them",
)];

/// What stands beside what a reply says.
pub static BESIDE: &[Key] = &[
    key(
        "cases",
        Kind::List(&Kind::Table(&CASE), 1, MANY),
        "Said instead where a condition holds; the first that holds counts",
    ),
    key(
        "purpose",
        Kind::OneOf(&["service", "utility", "marketing"]),
        "Why it is said: service unless given; marketing only where the customer allows it",
    ),
    key("react", Kind::Text, "An emoji beside the customer's message"),
    key(
        "cooldown",
        Kind::Either(&[DURATION, Kind::Table(&COOLDOWN)]),
        "How long the rule stays quiet for a customer once it spoke: 1h",
    ),
    key(
        "outside_window",
        Kind::Either(&[Kind::OneOf(&["drop", "queue"]), Kind::Table(&OUTSIDE)]),
        "What becomes of it more than a day after the customer's message: drop, queue, a template",
    ),
];

/// What is said if the customer stays silent.
pub static FOLLOW_UP: &[Key] = &[key(
    "follow_up",
    Kind::List(&Kind::Table(&STEP), 1, limits::FOLLOW_UPS_MAX),
    "Said if the customer stays silent, one after the other; any message of theirs ends it",
)];

static STEP: Table = Table {
    header: "follow_up",
    meaning: "What is said after a time of silence",
    groups: &[
        &[key("after", DURATION, "How long after the answer: 2h; from 24h on a template only")],
        ONE,
        SEVERAL,
    ],
    needed: &["after"],
};

/// An entry of `messages`.
pub static MESSAGE: Table =
    Table { header: "messages", meaning: "One message", groups: &[ONE], needed: &[] };

/// An entry of `variants`.
pub static VARIANT: Table = Table {
    header: "variants",
    meaning: "One way to say it",
    groups: &[
        &[key(
            "weight",
            Kind::Whole(1, 1_000_000),
            "How often, against the others; 1 unless given",
        )],
        ONE,
        SEVERAL,
    ],
    needed: &[],
};

/// An entry of `cases`.
pub static CASE: Table = Table {
    header: "cases",
    meaning: "What is said where a condition holds",
    groups: &[
        &[key("when", Kind::Text, "The condition, such as message.kind == \"image\"")],
        ONE,
        SEVERAL,
        VARIANTS,
        GO,
    ],
    needed: &["when"],
};

static COOLDOWN: Table = Table {
    header: "cooldown",
    meaning: "How long it stays quiet, and what happens meanwhile",
    groups: &[&[
        key("every", DURATION, "How long: 1h"),
        key(
            "then",
            Kind::Either(&[Kind::OneOf(&["silent", "next"]), Kind::Table(&THEN)]),
            "Meanwhile: silent, next (the next rule that fits answers), or something else to say",
        ),
    ]],
    needed: &["every"],
};

static THEN: Table = Table {
    header: "then",
    meaning: "What is said meanwhile",
    groups: &[ONE, SEVERAL],
    needed: &[],
};

static OUTSIDE: Table = Table {
    header: "outside_window",
    meaning: "The template that goes instead",
    groups: &[&[key("template", Kind::Text, "Its id under [[template]]"), PARAMS]],
    needed: &["template"],
};

static BUTTON: Table =
    Table { header: "buttons", meaning: "A button", groups: &[TAP], needed: &["id", "title"] };

static LIST: Table = Table {
    header: "list",
    meaning: "A list: rows, or sections of rows",
    groups: &[
        &[key("button", Kind::Place, "What opens the list; up to 20 characters")],
        ROWS,
        &[key(
            "sections",
            Kind::List(&Kind::Table(&SECTION), 1, limits::SECTIONS_MAX),
            "Rows in groups, each with its title",
        )],
    ],
    needed: &["button"],
};

static SECTION: Table = Table {
    header: "sections",
    meaning: "A group of rows",
    groups: &[&[key("title", Kind::Place, "Its title; up to 24 characters")], ROWS],
    needed: &["rows"],
};

static ROWS: &[Key] = &[key(
    "rows",
    Kind::List(&Kind::Table(&ROW), 1, limits::ROWS_MAX),
    "What can be tapped; ten at most in all",
)];

static ROW: Table = Table {
    header: "rows",
    meaning: "A row of a list",
    groups: &[TAP, DESCRIPTION],
    needed: &["id", "title"],
};

/// An entry of `choices`.
pub static CHOICE: Table = Table {
    header: "choices",
    meaning: "A choice of a menu",
    groups: &[
        TAP,
        DESCRIPTION,
        &[key("words", TEXTS, "Words that choose it, too, while the menu is open")],
        GO,
    ],
    needed: &["id", "title"],
};

static TAP: &[Key] = &[
    key("id", Kind::Text, "What a tap brings; customers never see it"),
    key(
        "title",
        Kind::Place,
        "What one sees and taps: a button up to 20 characters, a row up to 24",
    ),
];

static DESCRIPTION: &[Key] =
    &[key("description", Kind::Place, "Small, below the title; up to 72 characters")];

static MEDIA: Table = Table {
    header: "media",
    meaning: "A file or a link, and how it is shown",
    groups: &[&[
        key("file", Kind::Form("media/.+"), "A file under media/"),
        key("link", Kind::Form("https?://.+"), "Where WhatsApp fetches it"),
        key(
            "kind",
            Kind::OneOf(&["image", "video", "audio", "document", "sticker"]),
            "What it is, where the ending does not say it",
        ),
        key("filename", Kind::Text, "What a document is called: Menu.pdf"),
        key("voice", Kind::YesNo, "true: sound shown as a voice note"),
    ]],
    needed: &[],
};

static LOCATION: Table = Table {
    header: "location",
    meaning: "A place on the map",
    groups: &[&[
        key("latitude", Kind::Between(-90.0, 90.0), "North is positive: 25.0526"),
        key("longitude", Kind::Between(-180.0, 180.0), "East is positive: 121.5204"),
        key("name", Kind::Place, "Its name"),
        key("address", Kind::Place, "Its address"),
    ]],
    needed: &["latitude", "longitude"],
};
