//! `[[reply]]`, and the say that replies, greeting and fallbacks share.

use super::reader::{self, Page, TableReader, Value};
use super::shapes::{MESSAGE, REPLY};
use super::{ReplyDraft, SayDraft, TextDraft, TriggerDraft};
use crate::rules::codes;
use crate::rules::problems::At;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Reads one `[[reply]]`.
#[must_use]
pub fn read<'a>(page: Page<'a>, table: &'a DeTable<'a>, header: Range<usize>) -> ReplyDraft {
    let mut reader = TableReader::new(page, table, header, &REPLY);
    let draft = reply(&mut reader);
    reader.finish();
    draft
}

fn reply(reader: &mut TableReader<'_>) -> ReplyDraft {
    ReplyDraft {
        sheet: reader.page.number,
        header: reader.header(),
        keys: reader.keys(),
        id: reader.text("id"),
        owner: reader.text("owner"),
        status: reader.text("status"),
        priority: reader.integer("priority"),
        also: reader.boolean("also"),
        trigger: trigger(reader),
        say: say(reader),
        tags: reader.texts("tags"),
        untag: reader.texts("untag"),
        set: reader.pairs("set").map(|pairs| pairs.value).unwrap_or_default(),
        unset: reader.texts("unset"),
        expect: reader.text("expect"),
        ask_again: reader.integer("ask_again"),
        examples: reader.texts("examples"),
        not_examples: reader.texts("not_examples"),
    }
}

fn trigger(reader: &mut TableReader<'_>) -> TriggerDraft {
    TriggerDraft {
        words: reader.texts("words"),
        whole: reader.texts("whole"),
        starts: reader.texts("starts"),
        inside: reader.texts("inside"),
        regex: reader.text("regex"),
        take: reader.pairs("take"),
        payload: reader.texts("payload"),
        all: reader.texts("all"),
        none: reader.texts("none"),
        kind: reader.texts("kind"),
        after: reader.texts("after"),
        lang: reader.texts("lang"),
        number: reader.texts("number"),
        hours: reader.text("hours"),
        closed: reader.text("closed"),
        has: reader.texts("has"),
        lacks: reader.texts("lacks"),
        new: reader.boolean("new"),
        from_ad: reader.boolean("from_ad"),
        when: reader.text("when"),
        from: reader.moment("from"),
        until: reader.moment("until"),
    }
}

/// Reads `text` and `messages`.
pub fn say(reader: &mut TableReader<'_>) -> SayDraft {
    let page = reader.page;
    let text = reader.value("text").and_then(|value| text_place(page, "text", value));
    let messages = reader.value("messages").and_then(|value| messages(page, value));
    SayDraft { text, messages }
}

fn text_place(page: Page<'_>, key: &str, value: &Value<'_>) -> Option<At<TextDraft>> {
    let draft = match value.get_ref() {
        DeValue::Table(table) => {
            let texts = reader::in_order(table);
            let texts = texts.into_iter().filter_map(|(language, value)| {
                let text = reader::text_of(page, &format!("{key}.{}", language.value), value)?;
                Some((language, text))
            });
            TextDraft::ByLanguage(texts.collect())
        }
        _ => TextDraft::Plain(reader::text_of(page, key, value)?.value),
    };
    Some(At { value: draft, span: value.span() })
}

fn messages(page: Page<'_>, value: &Value<'_>) -> Option<At<Vec<At<TextDraft>>>> {
    let DeValue::Array(items) = value.get_ref() else {
        let message = format!("`messages` takes a list, not {}", reader::type_of(value));
        let help = "write `messages = [\"…\", \"…\"]`, or `text = \"…\"` for one";
        page.report(&codes::WRONG_TYPE, message, &value.span(), "expected a list", help);
        return None;
    };
    if items.is_empty() {
        let help = "fill it, or take `messages` out";
        let label = "nothing in it";
        page.report(&codes::EMPTY_LIST, "`messages` is empty", &value.span(), label, help);
        return None;
    }
    let messages = items.iter().filter_map(|item| message(page, item)).collect();
    Some(At { value: messages, span: value.span() })
}

/// A text, or a table with `text`.
fn message(page: Page<'_>, item: &Value<'_>) -> Option<At<TextDraft>> {
    let DeValue::Table(table) = item.get_ref() else {
        return text_place(page, "messages", item);
    };
    let mut reader = TableReader::new(page, table, item.span(), &MESSAGE);
    let text = reader.value("text");
    reader.finish();
    if text.is_none() {
        let message = "a message without `text`";
        let help = "write `{ text = \"…\" }`, or `{ text.en = \"…\", text.ko = \"…\" }`";
        page.report(&codes::MISSING_KEY, message, &item.span(), "nothing is said here", help);
    }
    text_place(page, "text", text?)
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
        let mut reader = TableReader::new(page, &table, 0..0, &REPLY);
        let _ = reply(&mut reader);
        assert_eq!(reader.taken(), REPLY.keys);
    }
}
