//! `[[test]]` as written. Whether it can prove anything is `compile`'s.

use super::reader::{self, Page, TableReader, Value};
use super::shapes::{EXACT, EXPECT, NOT, PERSON, Shape, TEST, TEST_EVENT, TURN};
use super::{Entries, Pairs};
use crate::rules::codes;
use crate::rules::problems::At;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// `[[test]]`.
#[derive(Debug)]
pub struct StoryDraft {
    /// Its sheet.
    pub sheet: usize,
    /// The header.
    pub header: Range<usize>,
    /// `name`
    pub name: Option<At<String>>,
    /// `at`
    pub at: Option<At<String>>,
    /// `contact`
    pub contact: PersonDraft,
    /// `number`
    pub number: Option<At<String>>,
    /// `turn`; `None` where it cannot be read.
    pub turns: Option<Vec<TurnDraft>>,
}

/// `contact`.
#[derive(Debug, Default)]
pub struct PersonDraft {
    /// `name`
    pub name: Option<At<String>>,
    /// `tags`
    pub tags: Entries,
    /// `fields`
    pub fields: Option<At<Pairs>>,
    /// `language`
    pub language: Option<At<String>>,
    /// `consent`
    pub consent: Option<At<String>>,
    /// `new`
    pub new: Option<At<bool>>,
}

/// `[[test.turn]]`.
#[derive(Debug)]
pub struct TurnDraft {
    /// The header.
    pub header: Range<usize>,
    /// The keys by which something happens, those with unreadable values too.
    pub inputs: Vec<At<String>>,
    /// `say`
    pub say: Option<At<String>>,
    /// `tap`
    pub tap: Option<At<String>>,
    /// `send`
    pub send: Option<At<String>>,
    /// `event`
    pub event: Option<EventDraft>,
    /// `agent`
    pub agent: Option<At<String>>,
    /// `wait`
    pub wait: Option<At<String>>,
    /// `lookup`, each by its name.
    pub lookups: Vec<(At<String>, LookupDraft)>,
    /// It has `expect`, readable or not.
    pub expects: bool,
    /// `expect`
    pub expect: Option<At<ExpectDraft>>,
}

/// `event`.
#[derive(Debug)]
pub struct EventDraft {
    /// `type`
    pub kind: At<String>,
    /// `data`
    pub data: Pairs,
}

/// What a lookup brings.
#[derive(Debug)]
pub enum LookupDraft {
    /// `missing` or `failed`.
    Word(At<String>),
    /// These values.
    Found(Pairs),
}

/// `expect`, and `not` in it.
#[derive(Debug, Default)]
pub struct ExpectDraft {
    /// `reply`
    pub reply: Option<At<String>>,
    /// `text`
    pub text: Entries,
    /// `text = { is = "…" }`
    pub exact: Option<At<String>>,
    /// `silent`
    pub silent: Option<At<bool>>,
    /// `tags`
    pub tags: Entries,
    /// `fields`
    pub fields: Option<At<Pairs>>,
    /// `consent`
    pub consent: Option<At<String>>,
    /// `template`
    pub template: Option<At<String>>,
    /// `question`
    pub question: Option<At<String>>,
    /// `owner`
    pub owner: Option<At<String>>,
    /// `handoff`
    pub handoff: Option<At<String>>,
    /// `queue`
    pub queue: Option<At<String>>,
    /// `form`
    pub form: Option<At<String>>,
    /// `emit`
    pub emit: Entries,
    /// How many keys it has, unreadable ones too.
    pub keys: usize,
    /// `not`
    pub not: Option<Box<At<ExpectDraft>>>,
}

/// Keys of a turn by which something happens.
const INPUTS: [&str; 5] = ["say", "tap", "send", "event", "agent"];

/// Reads one `[[test]]`.
#[must_use]
pub fn read<'a>(page: Page<'a>, table: &'a DeTable<'a>, header: Range<usize>) -> StoryDraft {
    let mut reader = TableReader::new(page, table, header, &TEST);
    let draft = StoryDraft {
        sheet: page.number,
        header: reader.header(),
        name: reader.text("name"),
        at: reader.moment("at"),
        contact: sub(&mut reader, "contact", &PERSON, person).unwrap_or_default(),
        number: reader.text("number"),
        turns: turns(&mut reader),
    };
    if draft.name.is_none() && reader.value("name").is_none() {
        let help = "write `name = \"a complaint at night is kept\"`: what it proves";
        let message = "a `[[test]]` without `name`";
        page.report(&codes::MISSING_KEY, message, &draft.header, "`name` is missing", help);
    }
    reader.finish();
    draft
}

fn turns(reader: &mut TableReader<'_>) -> Option<Vec<TurnDraft>> {
    let page = reader.page;
    let Some(value) = reader.value("turn") else { return Some(Vec::new()) };
    let items = match value.get_ref() {
        DeValue::Array(items)
            if items.iter().all(|one| matches!(one.get_ref(), DeValue::Table(_))) =>
        {
            items
        }
        _ => {
            let message = "`turn` is written `[[test.turn]]`: it may occur many times";
            let help = "write `[[test.turn]]` above each turn";
            page.report(&codes::TABLE_SHAPE, message, &value.span(), "not like this", help);
            return None;
        }
    };
    let tables = items.iter().filter_map(|item| match item.get_ref() {
        DeValue::Table(table) => Some(turn(page, table, item.span())),
        _ => None,
    });
    Some(tables.collect())
}

fn turn<'a>(page: Page<'a>, table: &'a DeTable<'a>, header: Range<usize>) -> TurnDraft {
    let mut reader = TableReader::new(page, table, header, &TURN);
    let draft = TurnDraft {
        header: reader.header(),
        inputs: INPUTS.into_iter().filter_map(|key| reader.name(key)).collect(),
        say: reader.text("say"),
        tap: reader.text("tap"),
        send: reader.text("send"),
        event: reader.value("event").and_then(|value| event(page, value)),
        agent: reader.text("agent"),
        wait: reader.text("wait"),
        lookups: reader.optional("lookup").map(|value| lookups(page, value)).unwrap_or_default(),
        expects: reader.place("expect").is_some(),
        expect: expect(&mut reader),
    };
    reader.finish();
    draft
}

fn person(reader: &mut TableReader<'_>) -> PersonDraft {
    PersonDraft {
        name: reader.text("name"),
        tags: reader.texts("tags"),
        fields: reader.pairs("fields"),
        language: reader.text("language"),
        consent: reader.text("consent"),
        new: reader.boolean("new"),
    }
}

fn expect(reader: &mut TableReader<'_>) -> Option<At<ExpectDraft>> {
    let span = reader.place("expect")?;
    let value = sub(reader, "expect", &EXPECT, |reader| {
        let mut draft = expected(reader);
        if let Some(span) = reader.place("not") {
            let not = sub(reader, "not", &NOT, expected);
            draft.not = not.map(|value| Box::new(At { value, span }));
        }
        draft
    })?;
    Some(At { value, span })
}

fn expected(reader: &mut TableReader<'_>) -> ExpectDraft {
    let (text, exact) = texts(reader);
    let page = reader.page;
    let keys = reader.keys().len();
    ExpectDraft {
        keys,
        text,
        exact,
        handoff: reader.text("handoff"),
        queue: reader.text("queue"),
        form: reader.text("form"),
        emit: reader.optional("emit").and_then(|value| reader::texts_of(page, "emit", value)),
        reply: reader.text("reply"),
        silent: reader.boolean("silent"),
        tags: reader.texts("tags"),
        fields: reader.pairs("fields"),
        consent: reader.text("consent"),
        template: reader.text("template"),
        question: reader.text("question"),
        owner: reader.text("owner"),
        not: None,
    }
}

/// `text`: parts of what is said, or in a table all of it.
fn texts(reader: &mut TableReader<'_>) -> (Entries, Option<At<String>>) {
    let page = reader.page;
    let Some(value) = reader.value("text") else { return (None, None) };
    let DeValue::Table(table) = value.get_ref() else {
        return (reader::texts_of(page, "text", value), None);
    };
    let mut exact = TableReader::new(page, table, value.span(), &EXACT);
    let is = exact.text("is");
    if is.is_none() && exact.value("is").is_none() {
        let help = "write `text = { is = \"…\" }` for all of it, or `text = \"…\"` for a part";
        let message = "`text` is a table without `is`";
        page.report(&codes::MISSING_KEY, message, &value.span(), "`is` is missing", help);
    }
    exact.finish();
    (None, is)
}

fn event<'a>(page: Page<'a>, value: &'a Value<'a>) -> Option<EventDraft> {
    let table = table(page, "event", value)?;
    let mut reader = TableReader::new(page, table, value.span(), &TEST_EVENT);
    let (kind, data) = (reader.text("type"), reader.pairs("data"));
    if kind.is_none() && reader.value("type").is_none() {
        let help = "write `event = { type = \"order.confirmed\", data = { … } }`";
        page.report(
            &codes::MISSING_KEY,
            "an event without `type`",
            &value.span(),
            "`type` is missing",
            help,
        );
    }
    reader.finish();
    Some(EventDraft { kind: kind?, data: data.map(|data| data.value).unwrap_or_default() })
}

fn lookups<'a>(page: Page<'a>, value: &'a Value<'a>) -> Vec<(At<String>, LookupDraft)> {
    let Some(table) = table(page, "lookup", value) else { return Vec::new() };
    let each = reader::in_order(table).into_iter().filter_map(|(name, value)| {
        let brought = match value.get_ref() {
            DeValue::Table(table) => {
                let values = reader::in_order(table).into_iter();
                let values = values.filter_map(|(key, value)| {
                    let plain = reader::plain_of(page, &key, value)?;
                    Some((key, plain))
                });
                LookupDraft::Found(values.collect())
            }
            _ => LookupDraft::Word(reader::text_of(page, &name.value, value)?),
        };
        Some((name, brought))
    });
    each.collect()
}

/// A table in a table, read whole; `None` where it is not there, or no table.
fn sub<T>(
    reader: &mut TableReader<'_>,
    key: &'static str,
    shape: &'static Shape,
    read: impl FnOnce(&mut TableReader<'_>) -> T,
) -> Option<T> {
    let page = reader.page;
    let value = reader.value(key)?;
    let table = table(page, key, value)?;
    let mut inner = TableReader::new(page, table, value.span(), shape);
    let read = read(&mut inner);
    inner.finish();
    Some(read)
}

fn table<'a>(page: Page<'a>, key: &str, value: &'a Value<'a>) -> Option<&'a DeTable<'a>> {
    if let DeValue::Table(table) = value.get_ref() {
        return Some(table);
    }
    let message = format!("`{key}` takes a table, not {}", reader::type_of(value));
    let help = format!("write `{key} = {{ … }}`");
    page.report(&codes::WRONG_TYPE, message, &value.span(), "expected a table", help);
    None
}
