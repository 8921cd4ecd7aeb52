//! `[hours.NAME]`, key by key. Nothing else.

use super::kind::{Kind, MANY, TEXTS, Table, key};

/// `[hours.NAME]`
pub(super) static HOURS: Table = Table {
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
static CLOSED: Table = Table {
    header: "closed",
    meaning: "A day it is closed",
    groups: &[&[
        key("on", Kind::Text, "The day: 2026-12-25, or 12-25 for every year"),
        key("why", Kind::Text, "Why, as {{ hours.NAME.why }} says it"),
    ]],
    needed: &["on"],
};
