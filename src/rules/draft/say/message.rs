//! One message: its text and what stands around it, media, places, templates.

use super::super::reader::{self, Page, TableReader, Value};
use super::super::shapes::{BUTTON, CHOICE, HOMES, LIST, LOCATION, MEDIA, ROW, SECTION, Shape};
use super::{
    ListDraft, LocationDraft, MediaDraft, MessageDraft, ParamsDraft, SectionDraft, TapDraft,
    TextDraft, list_of, table,
};
use crate::rules::codes;
use crate::rules::problems::At;
use std::ops::Range;
use toml::de::DeValue;

/// How one writes a button, a row, a choice.
const BUTTONS: &str =
    "buttons = [{ id = \"yes\", title = \"Yes\" }, { id = \"no\", title = \"No\" }]";
const CHOICES: &str = "choices = [{ id = \"order\", title = \"Orders\", go = \"order-status\" }]";
const ROWS: &str =
    "rows = [{ id = \"m9\", title = \"09:00\" }, { id = \"m10\", title = \"10:00\" }]";
const SECTIONS: &str =
    "sections = [{ title = \"Monday\", rows = [{ id = \"m9\", title = \"09:00\" }] }]";
const LISTS: &str = "list = { button = \"Slots\", rows = [{ id = \"m9\", title = \"09:00\" }] }";

/// Reads the keys of one message.
pub fn message(reader: &mut TableReader<'_>) -> MessageDraft {
    let page = reader.page;
    let mut keys = Vec::new();
    let mut take = |key: &'static str| {
        let value = reader.optional(key)?;
        keys.extend(reader.name(key));
        Some(value)
    };
    let mut draft = MessageDraft {
        keys: Vec::new(),
        text: take("text").and_then(|value| text_place(page, "text", value)),
        header: take("header").and_then(|value| text_place(page, "header", value)),
        footer: take("footer").and_then(|value| text_place(page, "footer", value)),
        buttons: take("buttons").and_then(|value| taps(page, &BUTTON, BUTTONS, value)),
        list: take("list").and_then(|value| list(page, value)),
        choices: take("choices").and_then(|value| taps(page, &CHOICE, CHOICES, value)),
        numbered: take("numbered").and_then(|value| reader::boolean_of(page, "numbered", value)),
        button: take("button").and_then(|value| text_place(page, "button", value)),
        media: take("media").and_then(|value| media(page, value)),
        location: take("location").and_then(|value| location(page, value)),
        template: take("template").and_then(|value| reader::text_of(page, "template", value)),
        params: take("params").and_then(|value| params(page, value)),
        script: take("script").and_then(|value| reader::text_of(page, "script", value)),
    };
    keys.sort_by_key(|key: &At<String>| key.span.start);
    draft.keys = keys;
    draft
}

/// A key that holds a text, or a table by language.
#[must_use]
pub fn text_at(reader: &mut TableReader<'_>, key: &'static str) -> Option<At<TextDraft>> {
    let page = reader.page;
    reader.value(key).and_then(|value| text_place(page, key, value))
}

/// A text, or a table by language.
#[must_use]
pub fn text_place(page: Page<'_>, key: &str, value: &Value<'_>) -> Option<At<TextDraft>> {
    let draft = match value.get_ref() {
        DeValue::Table(table) => {
            let texts = reader::in_order(table);
            let texts = texts.into_iter().filter_map(|(language, value_of)| {
                if strayed(page, &value.span(), &language, value_of) {
                    return None;
                }
                let value = value_of;
                let text = reader::text_of(page, &format!("{key}.{}", language.value), value)?;
                Some((language, text))
            });
            TextDraft::ByLanguage(texts.collect())
        }
        _ => TextDraft::Plain(reader::text_of(page, key, value)?.value),
    };
    Some(At { value: draft, span: value.span() })
}

/// A key of the rule that stands below the header of its text, `[reply.text]`; reported.
fn strayed(page: Page<'_>, table: &Range<usize>, key: &At<String>, value: &Value<'_>) -> bool {
    let name = key.value.as_str();
    let text = page.sheet.text.get(table.start..).unwrap_or_default();
    let header = text.lines().next().unwrap_or_default().trim_end();
    let Some(inner) = header.strip_prefix('[').and_then(|rest| rest.split(']').next()) else {
        return false;
    };
    // Some keys are languages as well: `id`, `all`.
    let is_text = matches!(value.get_ref(), DeValue::String(_));
    let parent = inner.split('.').next().unwrap_or_default();
    let home = HOMES.iter().find(|home| home.header.trim_matches(['[', ']']) == parent);
    let Some(home) = home.filter(|home| home.keys.contains(&name)) else { return false };
    if is_text && name.len() <= 3 {
        return false;
    }
    let message = format!("`{name}` belongs to `{}`, not to `[{inner}]`", home.header);
    let help = format!(
        "put it above `[{inner}]`: a key belongs to the nearest header above it; `text.ko = \"…\"` needs no header"
    );
    let label = format!("this stands under `[{inner}]`");
    page.report(&codes::MISPLACED_KEY, message, &key.span, &label, help);
    true
}

/// `params`: names and texts; numbers count as texts.
pub fn params(page: Page<'_>, value: &Value<'_>) -> Option<At<ParamsDraft>> {
    let DeValue::Table(table) = value.get_ref() else {
        let message = format!("`params` takes a table, not {}", reader::type_of(value));
        let help = "write `params = { name = \"{{ contact.name }}\" }`, each place by its name";
        page.report(&codes::WRONG_TYPE, message, &value.span(), "expected a table", help);
        return None;
    };
    let params = reader::in_order(table).into_iter().filter_map(|(name, value)| {
        let text = match value.get_ref() {
            DeValue::Table(_) => text_place(page, &name.value, value)?,
            _ => reader::plain_of(page, &name, value)?.map(TextDraft::Plain),
        };
        Some((name, text))
    });
    Some(At { value: params.collect(), span: value.span() })
}

/// The choices of a menu.
#[must_use]
pub fn choices(page: Page<'_>, value: &Value<'_>) -> Option<At<Vec<At<TapDraft>>>> {
    taps(page, &CHOICE, CHOICES, value)
}

/// A list of things to tap.
fn taps(
    page: Page<'_>,
    shape: &'static Shape,
    example: &str,
    value: &Value<'_>,
) -> Option<At<Vec<At<TapDraft>>>> {
    if let Some(meant) = in_braces(shape, value) {
        let message = format!("an entry of `{}` is a table in braces, not a text", shape.header);
        let help = format!("write `{meant}`");
        page.report(&codes::WRONG_TYPE, message, &value.span(), "expected tables", help);
        return None;
    }
    let read = |item: &Value<'_>| {
        table(page, shape.header, item, shape, example, |reader| Some(tap(reader, shape)))
    };
    list_of(page, shape.header, value, example, read)
}

/// `["Yes", "No"]` as it should be written.
fn in_braces(shape: &Shape, value: &Value<'_>) -> Option<String> {
    let DeValue::Array(items) = value.get_ref() else { return None };
    let titles = items.iter().map(|item| match item.get_ref() {
        DeValue::String(title) => Some(title.to_string()),
        _ => None,
    });
    let titles: Option<Vec<String>> = titles.collect();
    if items.is_empty() {
        return None;
    }
    let entries = titles?.into_iter().take(3).map(|title| {
        let id: String = title.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let id = if id.is_empty() { "…".to_owned() } else { id };
        format!("{{ id = \"{id}\", title = \"{title}\" }}")
    });
    let entries: Vec<String> = entries.collect();
    Some(format!("{} = [{}]", shape.header, entries.join(", ")))
}

fn tap(reader: &mut TableReader<'_>, shape: &'static Shape) -> TapDraft {
    let mut draft =
        TapDraft { id: reader.text("id"), title: text_at(reader, "title"), ..TapDraft::default() };
    if shape.keys.contains(&"description") {
        draft.description = text_at(reader, "description");
    }
    if shape.keys.contains(&"words") {
        draft.words = reader.texts("words");
        draft.go = reader.text("go");
    }
    for (key, read, help) in [
        ("id", draft.id.is_some(), "write `id = \"yes\"`: what a tap brings back"),
        ("title", draft.title.is_some(), "write `title = \"Yes\"`: what one sees and taps"),
    ] {
        if !read && reader.value(key).is_none() {
            let message = format!("an entry of `{}` without `{key}`", shape.header);
            let label = format!("`{key}` is missing");
            reader.page.report(&codes::MISSING_KEY, message, &reader.header(), &label, help);
        }
    }
    draft
}

fn list(page: Page<'_>, value: &Value<'_>) -> Option<At<ListDraft>> {
    if let DeValue::Array(_) = value.get_ref() {
        let message = "`list` is a table in braces, not a list";
        let help = format!("write `{LISTS}`: the button opens the list");
        page.report(&codes::WRONG_TYPE, message, &value.span(), "expected a table", help);
        return None;
    }
    table(page, "list", value, &LIST, LISTS, |reader| {
        let button = text_at(reader, "button");
        if button.is_none() && reader.value("button").is_none() {
            let message = "a list without `button`";
            let help = "write `button = \"Choose\"`: what opens the list";
            let label = "`button` is missing";
            page.report(&codes::MISSING_KEY, message, &value.span(), label, help);
        }
        let rows = reader.value("rows");
        let sections = reader.value("sections");
        let sections = match (rows, sections) {
            (Some(rows), None) => {
                let span = rows.span();
                let rows = taps(page, &ROW, ROWS, rows)?.value;
                vec![At { value: SectionDraft { title: None, rows }, span }]
            }
            (None, Some(sections)) => sections_of(page, sections)?,
            (Some(_), Some(sections)) => {
                let message = "`rows` and `sections` together";
                let help = "put the rows into a section of their own, or drop `sections`";
                page.report(&codes::TWO_SAYS, message, &sections.span(), "one of the two", help);
                return None;
            }
            (None, None) => {
                let message = "a list without rows";
                let help = format!("write `{ROWS}`");
                let label = "neither `rows` nor `sections`";
                page.report(&codes::MISSING_KEY, message, &value.span(), label, help);
                return None;
            }
        };
        Some(ListDraft { button, sections })
    })
}

fn sections_of(page: Page<'_>, value: &Value<'_>) -> Option<Vec<At<SectionDraft>>> {
    let read = |item: &Value<'_>| {
        table(page, "sections", item, &SECTION, SECTIONS, |reader| {
            let title = text_at(reader, "title");
            let Some(rows) = reader.value("rows") else {
                let message = "a section without `rows`";
                let help = format!("write `{ROWS}`");
                let label = "`rows` is missing";
                page.report(&codes::MISSING_KEY, message, &item.span(), label, help);
                return None;
            };
            let rows = taps(page, &ROW, ROWS, rows)?.value;
            Some(SectionDraft { title, rows })
        })
    };
    list_of(page, "sections", value, SECTIONS, read).map(|sections| sections.value)
}

/// A path or a link alone, or a table.
fn media(page: Page<'_>, value: &Value<'_>) -> Option<At<MediaDraft>> {
    let example = "media = { file = \"media/menu.pdf\", filename = \"Menu.pdf\" }";
    if let DeValue::String(text) = value.get_ref() {
        let at = Some(At { value: text.to_string(), span: value.span() });
        let draft = if text.contains("://") {
            MediaDraft { link: at, ..MediaDraft::default() }
        } else {
            MediaDraft { file: at, ..MediaDraft::default() }
        };
        return Some(At { value: draft, span: value.span() });
    }
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        let message = format!("`media` takes a file or a link, not {}", reader::type_of(value));
        let help = "write `media = \"media/menu.jpg\"` or `media = \"https://…/menu.jpg\"`; several \
                    stand in `messages = [{ media = \"…\" }, { media = \"…\" }]`";
        page.report(&codes::WRONG_TYPE, message, &value.span(), "expected a text", help);
        return None;
    }
    table(page, "media", value, &MEDIA, example, |reader| {
        let named = reader.keys();
        let draft = MediaDraft {
            file: reader.text("file"),
            link: reader.text("link"),
            kind: reader.text("kind"),
            filename: reader.text("filename"),
            voice: reader.boolean("voice"),
        };
        match (named.contains("file"), named.contains("link")) {
            (true, true) => {
                let message = "`file` and `link` together";
                let help = "one message is one file: keep one of the two";
                page.report(&codes::TWO_SAYS, message, &value.span(), "one of the two", help);
                None
            }
            (false, false) => {
                let message = "`media` names no file";
                let help = format!("write `{example}`, or `link = \"https://…\"`");
                let label = "neither `file` nor `link`";
                page.report(&codes::MISSING_KEY, message, &value.span(), label, help);
                None
            }
            _ => Some(draft),
        }
    })
}

fn location(page: Page<'_>, value: &Value<'_>) -> Option<At<LocationDraft>> {
    let example = "location = { latitude = 25.03, longitude = 121.56, name = \"Shop\" }";
    table(page, "location", value, &LOCATION, example, |reader| {
        let named = reader.keys();
        let draft = LocationDraft {
            latitude: reader.number("latitude"),
            longitude: reader.number("longitude"),
            name: text_at(reader, "name"),
            address: text_at(reader, "address"),
        };
        for key in ["latitude", "longitude"] {
            if !named.contains(key) {
                let message = format!("a location without `{key}`");
                let help = format!("write `{example}`");
                let label = format!("`{key}` is missing");
                page.report(&codes::MISSING_KEY, message, &value.span(), &label, help);
            }
        }
        Some(draft)
    })
}
