//! `[event."TYPE"]` and `[[notify]]`, as written.

use super::reader::{self, Page, TableReader, Value};
use super::say::{self, ParamsDraft, SpeechDraft};
use super::shapes::{CANCEL, EVENT, NOTIFY};
use super::{Entries, Pairs};
use crate::rules::codes;
use crate::rules::problems::At;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// `[event."TYPE"]`
#[derive(Debug)]
pub struct EventDraft {
    /// Its sheet.
    pub sheet: usize,
    /// Its type.
    pub name: At<String>,
    /// `data`: name → type.
    pub data: Pairs,
}

/// `[[notify]]`
#[derive(Debug)]
pub struct NotifyDraft {
    /// Its sheet.
    pub sheet: usize,
    /// The header.
    pub header: Range<usize>,
    /// The keys it has, those with unreadable values too.
    pub keys: BTreeSet<String>,
    /// `id`
    pub id: Option<At<String>>,
    /// `owner`
    pub owner: Option<At<String>>,
    /// `status`
    pub status: Option<At<String>>,
    /// `on`
    pub on: Option<At<String>>,
    /// `when`
    pub when: Option<At<String>>,
    /// `hours`
    pub hours: Option<At<String>>,
    /// `number`
    pub number: Entries,
    /// What it says inside the window.
    pub speech: SpeechDraft,
    /// `template`
    pub template: Option<At<String>>,
    /// `params`
    pub params: Option<At<ParamsDraft>>,
    /// `purpose`
    pub purpose: Option<At<String>>,
    /// `tags`
    pub tags: Entries,
    /// `set`: field → text
    pub set: Pairs,
    /// `at`
    pub at: Option<At<String>>,
    /// `cancel`
    pub cancel: Option<At<CancelDraft>>,
    /// `while_owned`
    pub while_owned: Option<At<String>>,
    /// `else`
    pub otherwise: Option<At<String>>,
}

/// `cancel`
#[derive(Debug)]
pub struct CancelDraft {
    /// `on`
    pub on: Entries,
    /// `same`
    pub same: Option<At<String>>,
}

/// Reads the events of `[event]`.
pub(super) fn events<'a>(page: Page<'a>, table: &'a DeTable<'a>) -> Vec<EventDraft> {
    let events = reader::in_order(table);
    events.into_iter().filter_map(|(name, value)| event(page, name, value)).collect()
}

fn event<'a>(page: Page<'a>, name: At<String>, value: &'a Value<'a>) -> Option<EventDraft> {
    let DeValue::Table(table) = value.get_ref() else {
        let message = format!("`{}` stands under `[event]`, which holds events only", name.value);
        let help = "give the event its type: `[event.\"order.confirmed\"]`";
        page.report(&codes::WRONG_TYPE, message, &name.span, "expected an event", help);
        return None;
    };
    if let Some((inner, _)) = unquoted(table) {
        let whole = format!("{}.{}", name.value, inner.value);
        let message = format!("the type `{whole}` is not between quotes");
        let help = format!("write `[event.\"{whole}\"]`");
        page.report(&codes::TABLE_SHAPE, message, &name.span, "read as two names", help);
        return None;
    }
    let mut reader = TableReader::new(page, table, value.span(), &EVENT);
    let data = reader.pairs("data").map(|data| data.value).unwrap_or_default();
    reader.finish();
    Some(EventDraft { sheet: page.number, name, data })
}

/// `[event.order.confirmed]` is a table within a table for TOML.
fn unquoted<'a>(table: &'a DeTable<'a>) -> Option<(At<String>, &'a Value<'a>)> {
    let inner = |(key, value): &(At<String>, &Value<'_>)| {
        !EVENT.keys.contains(&key.value.as_str()) && matches!(value.get_ref(), DeValue::Table(_))
    };
    reader::in_order(table).into_iter().find(inner)
}

/// Reads one `[[notify]]`.
pub(super) fn notify<'a>(page: Page<'a>, table: &'a DeTable<'a>, value: &Value<'_>) -> NotifyDraft {
    let mut reader = TableReader::new(page, table, value.span(), &NOTIFY);
    let mut speech = say::speech(&mut reader);
    let (template, params) = (speech.message.template.take(), speech.message.params.take());
    let besides = |key: &At<String>| !matches!(key.value.as_str(), "template" | "params");
    speech.keys.retain(besides);
    speech.message.keys.retain(besides);
    let draft = NotifyDraft {
        sheet: page.number,
        header: value.span(),
        keys: reader.keys(),
        id: reader.text("id"),
        owner: reader.text("owner"),
        status: reader.text("status"),
        on: reader.text("on"),
        when: reader.text("when"),
        hours: reader.text("hours"),
        number: reader.texts("number"),
        speech,
        template,
        params,
        purpose: reader.text("purpose"),
        tags: reader.texts("tags"),
        set: reader.pairs("set").map(|pairs| pairs.value).unwrap_or_default(),
        at: reader.text("at"),
        cancel: reader.value("cancel").and_then(|value| cancel(page, value)),
        while_owned: reader.text("while_owned"),
        otherwise: reader.text("else"),
    };
    for (key, example) in [("id", "id = \"order-confirmed\""), ("on", "on = \"order.confirmed\"")] {
        if !draft.keys.contains(key) {
            let message = format!("a `[[notify]]` without `{key}`");
            let label = format!("`{key}` is missing");
            let help = format!("write `{example}`");
            page.report(&codes::MISSING_KEY, message, &value.span(), &label, help);
        }
    }
    reader.finish();
    draft
}

fn cancel<'a>(page: Page<'a>, value: &'a Value<'a>) -> Option<At<CancelDraft>> {
    let DeValue::Table(table) = value.get_ref() else {
        let on = reader::texts_of(page, "cancel", value)?;
        return Some(At { value: CancelDraft { on: Some(on), same: None }, span: value.span() });
    };
    let mut reader = TableReader::new(page, table, value.span(), &CANCEL);
    let draft = CancelDraft { on: reader.texts("on"), same: reader.text("same") };
    if draft.on.is_none() && reader.value("on").is_none() {
        let help = "write `cancel = { on = \"booking.cancelled\", same = \"booking_no\" }`";
        let message = "`cancel` without `on`";
        page.report(&codes::MISSING_KEY, message, &value.span(), "`on` is missing", help);
    }
    reader.finish();
    Some(At { value: draft, span: value.span() })
}
