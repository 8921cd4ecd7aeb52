//! `[sync]`, key by key.

use super::kind::{Kind, Table, key};
use super::tables::{DURATION, ID};

const WAY: Kind = Kind::OneOf(&["in", "out", "both"]);

/// `[sync]`
pub static SYNC: Table = Table {
    header: "[sync]",
    meaning: "What usher and a CRM tell each other; checked, and run by a later version",
    groups: &[&[
        key("contacts", Kind::Table(&CONTACTS), "Contacts, field by field"),
        key("conversations", Kind::Table(&CONVERSATIONS), "What was said, as notes of the CRM"),
    ]],
    needed: &[],
};

static CONTACTS: Table = Table {
    header: "[sync.contacts]",
    meaning: "Contacts of usher and of a CRM, kept alike; checked, and run by a later version",
    groups: &[&[
        key("connector", ID, "The NAME of its [connector.NAME] in usher.toml"),
        key("every", DURATION, "How often what has changed is brought: 15m unless given"),
        key("full", DURATION, "How often all of it is looked at: 1d unless given"),
        key("direction", WAY, "in: from the CRM; out: to it; both"),
        key(
            "conflict",
            Kind::OneOf(&["newest", "crm", "usher"]),
            "Which value stays where both sides changed it: newest unless given, in doubt the CRM's",
        ),
        key(
            "fields",
            Kind::Map(&Kind::Either(&[Kind::Text, Kind::Table(&MAPPED)])),
            "usher's field = the CRM's: phone, bsuid, name, username, language, tags, consent, and your own",
        ),
    ]],
    needed: &["connector", "direction", "fields"],
};

static MAPPED: Table = Table {
    header: "[sync.contacts.fields]",
    meaning: "A field and its way",
    groups: &[&[
        key("crm", Kind::Text, "Its internal name in the CRM"),
        key("sync", WAY, "Its own way; that of the table unless given"),
    ]],
    needed: &["crm"],
};

static CONVERSATIONS: Table = Table {
    header: "[sync.conversations]",
    meaning: "What was said goes to a CRM; checked, and run by a later version",
    groups: &[&[
        key("connector", ID, "The NAME of its [connector.NAME] in usher.toml"),
        key("within", DURATION, "How soon it is there: 3s unless given"),
    ]],
    needed: &["connector"],
};
