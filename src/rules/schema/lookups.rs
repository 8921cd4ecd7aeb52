//! `[[lookup]]`, and `lookup` of a reply, key by key. Nothing else.

use super::kind::{Key, Kind, Table, key};
use super::tables::{DURATION, ID};

/// `lookup` of a reply
pub(super) static LOOKS_UP: &[Key] = &[key(
    "lookup",
    ID,
    "What is looked up before anything is said; {{ lookup.NAME }} and cases use it",
)];

/// `[[lookup]]`
pub(super) static LOOKUP: Table = Table {
    header: "[[lookup]]",
    meaning: "A question to a system of yours; rules use it as lookup = \"NAME\"",
    groups: &[&[
        key("name", ID, "Its name"),
        key("connector", Kind::Text, "The connector of usher.toml that is asked; of kind rest"),
        key(
            "path",
            Kind::Form("/.*"),
            "What is asked for: /orders/{{ match.order_no }}; values are percent-encoded",
        ),
        key("timeout", DURATION, "How long the answer may take: 2s unless given, up to 10s"),
        key("keep", DURATION, "How long an answer may be used again: 0s unless given, up to 1h"),
        key(
            "gives",
            Kind::Map(&Kind::Either(&[Kind::OneOf(&["text"]), Kind::Table(&GIVEN)])),
            "What {{ lookup.NAME }} may use of the answer: { status = \"text\" }",
        ),
    ]],
    needed: &["name", "connector", "path", "gives"],
};

/// An entry of `gives` in `[[lookup]]`
static GIVEN: Table = Table {
    header: "gives",
    meaning: "A value of the answer",
    groups: &[&[
        key("type", Kind::OneOf(&["text"]), "What it is: text"),
        key("path", Kind::Text, "Where it stands in the answer: order.items.0.name"),
    ]],
    needed: &[],
};
