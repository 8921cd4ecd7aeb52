//! `[[form]]` and `[[form.ask]]` as written. What is made of them is `compile`'s.

use super::reader::{self, Page, TableReader, Value};
use super::reply::trigger;
use super::say::{SpeechDraft, TapDraft, TextDraft, speech, text_at};
use super::shapes::{ASK, DONE, FAILED, FORM, Shape};
use super::{Entries, Pairs, TriggerDraft, say};
use crate::rules::codes;
use crate::rules::problems::At;
use crate::text::language;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// `[[form]]`.
#[derive(Debug, Default)]
pub struct FormDraft {
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
    /// What opens it.
    pub trigger: TriggerDraft,
    /// `text`
    pub text: Option<At<TextDraft>>,
    /// `ask`
    pub asks: Vec<AskDraft>,
    /// `interrupt`
    pub interrupt: Option<At<String>>,
    /// `tries`
    pub tries: Option<At<i64>>,
    /// `expect`
    pub expect: Option<At<String>>,
    /// `cancel`
    pub cancel: Option<At<TextDraft>>,
    /// `failed`
    pub failed: Option<SpeechDraft>,
    /// `confirm`
    pub confirm: Option<At<TextDraft>>,
    /// `done`
    pub done: Option<SpeechDraft>,
    /// `emit`
    pub emit: Option<At<String>>,
    /// `tags`
    pub tags: Entries,
    /// `untag`
    pub untag: Entries,
    /// `set`
    pub set: Pairs,
    /// `unset`
    pub unset: Entries,
    /// `examples`
    pub examples: Entries,
    /// `not_examples`
    pub not_examples: Entries,
}

/// `[[form.ask]]`.
#[derive(Debug, Default)]
pub struct AskDraft {
    /// Its header.
    pub header: Range<usize>,
    /// The keys it has, those with unreadable values too.
    pub keys: BTreeSet<String>,
    /// `field`
    pub field: Option<At<String>>,
    /// `name`
    pub name: Option<At<String>>,
    /// `text`
    pub text: Option<At<TextDraft>>,
    /// `accept`
    pub accept: Option<At<String>>,
    /// `choices`
    pub choices: Option<At<Vec<At<TapDraft>>>>,
    /// `wrong`
    pub wrong: Option<At<TextDraft>>,
    /// `always`
    pub always: Option<At<bool>>,
}

/// Reads one `[[form]]`.
#[must_use]
pub fn read<'a>(page: Page<'a>, table: &'a DeTable<'a>, header: Range<usize>) -> FormDraft {
    let mut reader = TableReader::new(page, table, header, &FORM);
    let draft = form(&mut reader);
    reader.finish();
    draft
}

fn form(reader: &mut TableReader<'_>) -> FormDraft {
    let page = reader.page;
    FormDraft {
        sheet: page.number,
        header: reader.header(),
        keys: reader.keys(),
        id: reader.text("id"),
        owner: reader.text("owner"),
        status: reader.text("status"),
        trigger: trigger(reader),
        text: text_at(reader, "text"),
        asks: reader.value("ask").map(|value| asks(page, value)).unwrap_or_default(),
        interrupt: reader.text("interrupt"),
        tries: reader.integer("tries"),
        expect: reader.text("expect"),
        cancel: text_at(reader, "cancel"),
        failed: reader.value("failed").and_then(|value| ending(page, "failed", value, &FAILED)),
        confirm: text_at(reader, "confirm"),
        done: reader.value("done").and_then(|value| ending(page, "done", value, &DONE)),
        emit: reader.text("emit"),
        tags: reader.texts("tags"),
        untag: reader.texts("untag"),
        set: reader.pairs("set").map(|pairs| pairs.value).unwrap_or_default(),
        unset: reader.texts("unset"),
        examples: reader.texts("examples"),
        not_examples: reader.texts("not_examples"),
    }
}

fn asks(page: Page<'_>, value: &Value<'_>) -> Vec<AskDraft> {
    let DeValue::Array(items) = value.get_ref() else {
        let message = "`ask` is written `[[form.ask]]`, once for each question";
        let help = "write `[[form.ask]]` above its keys";
        page.report(&codes::TABLE_SHAPE, message, &value.span(), "not like this", help);
        return Vec::new();
    };
    items.iter().filter_map(|item| ask(page, item)).collect()
}

fn ask(page: Page<'_>, item: &Value<'_>) -> Option<AskDraft> {
    let DeValue::Table(table) = item.get_ref() else {
        let message = format!("an ask is a table, not {}", reader::type_of(item));
        let help = "write `[[form.ask]]`, and below it `name = \"…\"` and `text = \"…\"`";
        page.report(&codes::WRONG_TYPE, message, &item.span(), "expected a table", help);
        return None;
    };
    let mut reader = TableReader::new(page, table, item.span(), &ASK);
    let draft = AskDraft {
        header: item.span(),
        keys: reader.keys(),
        field: reader.text("field"),
        name: reader.text("name"),
        text: text_at(&mut reader, "text"),
        accept: reader.text("accept"),
        choices: reader.value("choices").and_then(|value| say::choices(page, value)),
        wrong: text_at(&mut reader, "wrong"),
        always: reader.boolean("always"),
    };
    if !draft.keys.contains("text") {
        let message = "a question without `text`";
        let help = "write what is asked: `text = \"Which day?\"`";
        page.report(&codes::MISSING_KEY, message, &item.span(), "`text` is missing", help);
    }
    reader.finish();
    Some(draft)
}

/// A text, or a table with one way to speak.
fn ending(
    page: Page<'_>,
    key: &'static str,
    value: &Value<'_>,
    shape: &'static Shape,
) -> Option<SpeechDraft> {
    let table = match value.get_ref() {
        // A text in one language, or `done.ko = "…"`, as the form's other texts.
        DeValue::Table(table) if !is_by_language(table, shape) => table,
        _ => return Some(SpeechDraft::of_text(say::text_place(page, key, value)?)),
    };
    let mut reader = TableReader::new(page, table, value.span(), shape);
    let read = speech(&mut reader);
    reader.finish();
    if read.keys.is_empty() {
        let message = format!("`{key}` says nothing");
        let help = format!("write `{key} = \"…\"`, or `{key} = {{ go = \"…\" }}`");
        page.report(&codes::NO_SAY, message, &value.span(), "nothing to say", help);
    }
    Some(read)
}

/// Whether its keys are languages rather than ways to speak. No key of a speech is one.
fn is_by_language(table: &DeTable<'_>, shape: &Shape) -> bool {
    !table.is_empty()
        && table.keys().all(|key| {
            let key = key.get_ref().as_ref();
            !shape.keys.contains(&key) && language::canonical(key).is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::problems::{Problems, Sheet};

    #[test]
    fn every_key_of_the_shape_is_read_and_no_other() {
        let problems = Problems::default();
        let sheet = Sheet::new("a.toml", String::new());
        let table = DeTable::new();
        let page = Page { sheet: &sheet, number: 0, problems: &problems };
        let mut reader = TableReader::new(page, &table, 0..0, &FORM);
        let _ = form(&mut reader);
        assert_eq!(reader.taken(), FORM.keys);
    }
}
