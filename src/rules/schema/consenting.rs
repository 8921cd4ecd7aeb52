//! `[consent]`, key by key.

use super::kind::{Key, Kind, MANY, TEXTS, Table, key};
use super::tables::{DURATION, ID};

const PURPOSES: Kind = Kind::OneOf(&["service", "utility", "authentication", "marketing"]);

/// `[consent]`
pub static CONSENT: Table = Table {
    header: "[consent]",
    meaning: "What customers allow, how they say so, how they stop it",
    groups: &[&[
        key(
            "default",
            Kind::Text,
            "What a new customer allows: transactional (unless given), none, or a tier",
        ),
        key(
            "sender",
            Kind::Text,
            "Who sends: the name customers know; the question of a tier names it, and it stands below advertising nobody asked for",
        ),
        key(
            "tier",
            Kind::List(&Kind::Table(&TIER), 0, MANY),
            "What a customer may allow, the least first",
        ),
        key(
            "stop",
            Kind::Table(&STOP),
            "How customers stop it; the shipped stop words are always on",
        ),
        key("quiet", Kind::Table(&QUIET), "When offers wait"),
    ]],
    needed: &[],
};

static TIER: Table = Table {
    header: "[[consent.tier]]",
    meaning: "Something a customer may allow",
    groups: &[TIER_KEYS],
    needed: &["id", "allows"],
};

static TIER_KEYS: &[Key] = &[
    key("id", ID, "Its name in rules and in the ledger"),
    key(
        "allows",
        Kind::Either(&[PURPOSES, Kind::List(&PURPOSES, 1, MANY)]),
        "Why messages may be sent: service, utility, authentication, marketing",
    ),
    key("whole", TEXTS, "Opt-in words: the message is nothing but one of these"),
    key(
        "ask",
        Kind::Either(&[Kind::Text, Kind::Table(&ASK)]),
        "The question the customer confirms, shown with two buttons",
    ),
    key("within", DURATION, "How long a yes counts; 24h unless given"),
    key("text", Kind::Place, "Said once it is granted"),
    key("version", Kind::Text, "Of the wording of ask; it goes to the ledger"),
    key("renew", DURATION, "How long a grant lasts: 2y; then it counts no longer"),
    key("footer", Kind::Place, "Put below texts with purpose marketing: Reply STOP to opt out"),
];

static ASK: Table = Table {
    header: "ask",
    meaning: "The question the customer confirms",
    groups: &[&[key("text", Kind::Place, "The question: one text, or one by language")]],
    needed: &["text"],
};

static STOP: Table = Table {
    header: "[consent.stop]",
    meaning: "How customers stop it; the shipped stop words are always on",
    groups: &[&[
        key("whole", TEXTS, "More stop words: the message is nothing but one of these"),
        key("text", Kind::Place, "Confirms the stop"),
        key("near_text", Kind::Place, "Asked where it sounds like a stop, with two buttons"),
        key(
            "stops",
            Kind::OneOf(&["marketing", "all"]),
            "marketing (unless given), or all: only answers are sent then",
        ),
    ]],
    needed: &[],
};

static QUIET: Table = Table {
    header: "[consent.quiet]",
    meaning: "When offers wait",
    groups: &[&[
        key(
            "marketing",
            Kind::Form(r"\s*[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}\s*"),
            "From when to when, on the customer's own clock: 21:00-08:00",
        ),
        key(
            "zone",
            Kind::Text,
            "The zone of customers whose own is not known; else that of the first calendar",
        ),
    ]],
    needed: &["marketing"],
};
