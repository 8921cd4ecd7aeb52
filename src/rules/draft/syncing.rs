//! `[sync.contacts]` and `[sync.conversations]`, as written.

use super::reader::{self, Page, TableReader, Value};
use super::shapes::{MAPPED, SYNC, SYNC_CONTACTS, SYNC_CONVERSATIONS, Shape};
use crate::rules::codes;
use crate::rules::problems::At;
use toml::de::{DeTable, DeValue};

/// `[sync]`.
#[derive(Debug)]
pub struct SyncDraft {
    /// Its sheet.
    pub sheet: usize,
    /// `[sync.contacts]`
    pub contacts: Option<At<ContactsDraft>>,
    /// `[sync.conversations]`
    pub conversations: Option<At<ConversationsDraft>>,
}

/// `[sync.contacts]`.
#[derive(Debug)]
pub struct ContactsDraft {
    /// `connector`
    pub connector: Option<At<String>>,
    /// `every`
    pub every: Option<At<String>>,
    /// `full`
    pub full: Option<At<String>>,
    /// `direction`
    pub direction: Option<At<String>>,
    /// `conflict`
    pub conflict: Option<At<String>>,
    /// `[sync.contacts.fields]`; none where it is missing or unreadable, which has been reported.
    pub fields: Option<At<Vec<MappedDraft>>>,
}

/// A line of `[sync.contacts.fields]`.
#[derive(Debug)]
pub struct MappedDraft {
    /// The field as usher calls it.
    pub name: At<String>,
    /// As the CRM calls it.
    pub crm: Option<At<String>>,
    /// `sync`
    pub sync: Option<At<String>>,
}

/// `[sync.conversations]`.
#[derive(Debug)]
pub struct ConversationsDraft {
    /// `connector`
    pub connector: Option<At<String>>,
    /// `within`
    pub within: Option<At<String>>,
}

/// Reads `[sync]`.
#[must_use]
pub fn read<'a>(page: Page<'a>, table: &'a DeTable<'a>, value: &'a Value<'a>) -> SyncDraft {
    let mut reader = TableReader::new(page, table, value.span(), &SYNC);
    let draft = SyncDraft {
        sheet: page.number,
        contacts: reader
            .value("contacts")
            .and_then(|value| inner(page, "contacts", value, &SYNC_CONTACTS, contacts)),
        conversations: reader.value("conversations").and_then(|value| {
            inner(page, "conversations", value, &SYNC_CONVERSATIONS, conversations)
        }),
    };
    reader.finish();
    draft
}

fn contacts(reader: &mut TableReader<'_>) -> ContactsDraft {
    let page = reader.page;
    let draft = ContactsDraft {
        connector: reader.text("connector"),
        every: reader.text("every"),
        full: reader.text("full"),
        direction: reader.text("direction"),
        conflict: reader.text("conflict"),
        fields: reader.value("fields").and_then(|value| fields(page, value)),
    };
    missing(reader, "connector", "connector = \"hubspot\"");
    missing(reader, "direction", "direction = \"both\"");
    missing(reader, "fields", "fields = { phone = \"phone\" }");
    draft
}

fn conversations(reader: &mut TableReader<'_>) -> ConversationsDraft {
    let draft =
        ConversationsDraft { connector: reader.text("connector"), within: reader.text("within") };
    missing(reader, "connector", "connector = \"hubspot\"");
    draft
}

fn missing(reader: &TableReader<'_>, key: &str, example: &str) {
    if reader.place(key).is_none() {
        let message = format!("a `{}` without `{key}`", reader.shape().header);
        let (label, help) = (format!("`{key}` is missing"), format!("write `{example}`"));
        reader.page.report(&codes::MISSING_KEY, message, &reader.header(), &label, help);
    }
}

fn inner<T>(
    page: Page<'_>,
    key: &str,
    value: &Value<'_>,
    shape: &'static Shape,
    read: impl FnOnce(&mut TableReader<'_>) -> T,
) -> Option<At<T>> {
    let DeValue::Table(table) = value.get_ref() else {
        let help = format!("write `{}` above its keys", shape.header);
        page.wrong_type(key, value, "a table", help);
        return None;
    };
    let mut reader = TableReader::new(page, table, value.span(), shape);
    let read = read(&mut reader);
    reader.finish();
    Some(At { value: read, span: value.span() })
}

fn fields(page: Page<'_>, value: &Value<'_>) -> Option<At<Vec<MappedDraft>>> {
    let DeValue::Table(table) = value.get_ref() else {
        let help = "for example `fields = { phone = \"phone\", name = \"firstname\" }`";
        page.wrong_type("fields", value, "a table", help.to_owned());
        return None;
    };
    let lines = reader::in_order(table).into_iter().map(|(name, value)| mapped(page, name, value));
    Some(At { value: lines.collect(), span: value.span() })
}

fn mapped(page: Page<'_>, name: At<String>, value: &Value<'_>) -> MappedDraft {
    let DeValue::Table(table) = value.get_ref() else {
        let crm = reader::text_of(page, &name.value, value);
        return MappedDraft { name, crm, sync: None };
    };
    let mut reader = TableReader::new(page, table, value.span(), &MAPPED);
    let draft = MappedDraft { crm: reader.text("crm"), sync: reader.text("sync"), name };
    missing(&reader, "crm", "crm = \"firstname\"");
    reader.finish();
    draft
}
