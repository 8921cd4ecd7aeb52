//! `[[form]]`, key by key. Nothing else.

use super::kind::{Key, Kind, Table, key};
use super::says::{CHOICE, GO, ONE, SEVERAL, VARIANTS};
use super::tables::{ACTS, CONDITIONS, DURATION, EVENT_TYPE, PROOF, TRIGGERS};
use crate::limits;

/// `[[form]]`
pub static FORM: Table = Table {
    header: "[[form]]",
    meaning: "Several questions, one after the other",
    groups: &[ABOUT, TRIGGERS, CONDITIONS, COURSE, ACTS, PROOF],
    needed: &["id", "ask"],
};

static ABOUT: &[Key] = &[
    key("id", Kind::Form("[a-z0-9_-]+"), "Its name: go = \"form:ID\" leads there"),
    key("owner", Kind::Text, "Whom to ask about this form; free text"),
    key("status", Kind::OneOf(&["live", "draft"]), "live (unless given) or draft: it never asks"),
];

static COURSE: &[Key] = &[
    key("text", Kind::Place, "Said before the first question"),
    key(
        "ask",
        Kind::List(&Kind::Table(&ASK), 1, limits::FORM_ASKS_MAX),
        "Its questions, in order: [[form.ask]]",
    ),
    key(
        "interrupt",
        Kind::OneOf(&["answer", "ignore"]),
        "answer (unless given): other rules may answer in between; ignore: only the form hears",
    ),
    key(
        "tries",
        Kind::Whole(1, limits::ASK_AGAIN_MAX as i64),
        "How many wrong answers each question bears; 3 unless given",
    ),
    key("expect", DURATION, "How long each question waits for its answer; 30m unless given"),
    key("cancel", Kind::Place, "Said when the customer cancels"),
    key(
        "failed",
        Kind::Either(&[Kind::Place, Kind::Table(&FAILED)]),
        "Said after too many wrong answers",
    ),
    key("confirm", Kind::Place, "Said before the end, with the buttons Yes and No; No cancels"),
    key("done", Kind::Either(&[Kind::Place, Kind::Table(&DONE)]), "Said at the end"),
    key("emit", EVENT_TYPE, "The event it ends with, with every answer: booking.requested"),
];

/// `[[form.ask]]`
static ASK: Table = Table {
    header: "[[form.ask]]",
    meaning: "One question of a form",
    groups: &[&[
        key("field", Kind::Text, "The field that keeps the answer; asked only when it is unknown"),
        key("name", Kind::Text, "The name of an answer that lives in the form only"),
        key("text", Kind::Place, "The question"),
        key(
            "accept",
            ACCEPT,
            "What an answer is: a kind of take, yes_no, location or image; any text unless given",
        ),
        key(
            "choices",
            Kind::List(&Kind::Table(&CHOICE), 1, limits::ROWS_MAX),
            "A menu: the id of the choice is the answer",
        ),
        key("wrong", Kind::Place, "Said to what is no answer; else usher says so and asks again"),
        key("always", Kind::YesNo, "true: asked even where the field is known"),
    ]],
    needed: &["text"],
};

const ACCEPT: Kind = Kind::Form(
    r"\s*(digits\s+[0-9]+(\s*-\s*[0-9]+)?|number|phone|email|date(\s+from\s+today)?|time|name|rest|one_of\s+@\S+|yes_no|location|image)\s*",
);

/// `done` of `[[form]]`
static DONE: Table = Table {
    header: "done",
    meaning: "What is said at the end of a form",
    groups: &[ONE, SEVERAL, VARIANTS, GO],
    needed: &[],
};

/// `failed` of `[[form]]`
static FAILED: Table = Table {
    header: "failed",
    meaning: "What is said after too many wrong answers",
    groups: &[ONE, SEVERAL, VARIANTS, GO],
    needed: &[],
};
