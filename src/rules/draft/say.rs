//! What is said: the one way of a rule, a greeting, a fallback, a case, a variant.
//!
//! Single messages are read in [`message`]; here is what is made of them.

mod message;

pub use message::{choices, text_at, text_place};

use super::reader::{self, Page, TableReader, Value};
use super::shapes::{CASE, COOLDOWN, FOLLOW_UP, MESSAGE, OUTSIDE, Shape, THEN, VARIANT};
use super::{Entries, Pairs};
use crate::rules::codes;
use crate::rules::problems::At;
use std::ops::Range;
use toml::de::DeValue;

/// Whatever a rule can say, as written.
#[derive(Debug, Default)]
pub struct SpeechDraft {
    /// The keys that speak, in the order of the file; those with unreadable values too.
    pub keys: Vec<At<String>>,
    /// Its one message.
    pub message: MessageDraft,
    /// `messages`
    pub messages: Option<At<Vec<At<MessageDraft>>>>,
    /// `variants`
    pub variants: Option<At<Vec<At<VariantDraft>>>>,
    /// `go`
    pub go: Option<At<String>>,
}

/// One message.
#[derive(Debug, Default)]
pub struct MessageDraft {
    /// Its keys, in the order of the file; those with unreadable values too.
    pub keys: Vec<At<String>>,
    /// `text`
    pub text: Option<At<TextDraft>>,
    /// `header`
    pub header: Option<At<TextDraft>>,
    /// `footer`
    pub footer: Option<At<TextDraft>>,
    /// `buttons`
    pub buttons: Option<At<Vec<At<TapDraft>>>>,
    /// `list`
    pub list: Option<At<ListDraft>>,
    /// `choices`
    pub choices: Option<At<Vec<At<TapDraft>>>>,
    /// `numbered`
    pub numbered: Option<At<bool>>,
    /// `button`
    pub button: Option<At<TextDraft>>,
    /// `media`
    pub media: Option<At<MediaDraft>>,
    /// `location`
    pub location: Option<At<LocationDraft>>,
    /// `template`
    pub template: Option<At<String>>,
    /// `params`
    pub params: Option<At<ParamsDraft>>,
    /// `script`
    pub script: Option<At<String>>,
}

/// A text place.
#[derive(Debug)]
pub enum TextDraft {
    /// One text for all.
    Plain(String),
    /// One that usher brings along, in its own languages.
    Shipped(crate::rules::shipped::Shipped),
    /// Language → text, in the order of the file.
    ByLanguage(Pairs),
}

/// Something to tap: a button, a row, a choice.
#[derive(Debug, Default)]
pub struct TapDraft {
    /// `id`
    pub id: Option<At<String>>,
    /// `title`
    pub title: Option<At<TextDraft>>,
    /// `description`
    pub description: Option<At<TextDraft>>,
    /// `words`
    pub words: Entries,
    /// `go`
    pub go: Option<At<String>>,
}

/// `list`: rows alone are one section without a title.
#[derive(Debug)]
pub struct ListDraft {
    /// `button`
    pub button: Option<At<TextDraft>>,
    /// `sections`, or the one that `rows` makes.
    pub sections: Vec<At<SectionDraft>>,
}

/// An entry of `sections`.
#[derive(Debug)]
pub struct SectionDraft {
    /// `title`
    pub title: Option<At<TextDraft>>,
    /// `rows`
    pub rows: Vec<At<TapDraft>>,
}

/// `media`: a path or a link alone, or a table.
#[derive(Debug, Default)]
pub struct MediaDraft {
    /// `file`: a path under `media/`.
    pub file: Option<At<String>>,
    /// `link`
    pub link: Option<At<String>>,
    /// `kind`
    pub kind: Option<At<String>>,
    /// `filename`
    pub filename: Option<At<String>>,
    /// `voice`
    pub voice: Option<At<bool>>,
}

/// `location`
#[derive(Debug)]
pub struct LocationDraft {
    /// `latitude`
    pub latitude: Option<At<f64>>,
    /// `longitude`
    pub longitude: Option<At<f64>>,
    /// `name`
    pub name: Option<At<TextDraft>>,
    /// `address`
    pub address: Option<At<TextDraft>>,
}

/// `params`: what fills the places of a template, by name, in the order of the file.
pub type ParamsDraft = Vec<(At<String>, At<TextDraft>)>;

/// An entry of `variants`.
#[derive(Debug)]
pub struct VariantDraft {
    /// `weight`
    pub weight: Option<At<i64>>,
    /// What it says.
    pub speech: SpeechDraft,
}

/// An entry of `cases`.
#[derive(Debug)]
pub struct CaseDraft {
    /// `when`
    pub when: Option<At<String>>,
    /// What it says.
    pub speech: SpeechDraft,
}

/// An entry of `follow_up`.
#[derive(Debug)]
pub struct FollowUpDraft {
    /// `after`
    pub after: Option<At<String>>,
    /// What it says.
    pub speech: SpeechDraft,
}

/// `cooldown`
#[derive(Debug)]
pub struct CooldownDraft {
    /// `every`
    pub every: Option<At<String>>,
    /// `then`
    pub then: Option<At<ThenDraft>>,
}

/// `then` of `cooldown`
#[derive(Debug)]
pub enum ThenDraft {
    /// A word.
    Word(String),
    /// Something else to say.
    Say(Box<SpeechDraft>),
}

/// `outside_window`
#[derive(Debug)]
pub enum OutsideDraft {
    /// A word.
    Word(String),
    /// A template instead.
    Template {
        /// `template`
        template: Option<At<String>>,
        /// `params`
        params: Option<At<ParamsDraft>>,
    },
}

impl SpeechDraft {
    /// One text alone.
    #[must_use]
    pub fn of_text(text: At<TextDraft>) -> SpeechDraft {
        SpeechDraft::of_message(text, None)
    }

    /// One text, with a menu where there is one.
    #[must_use]
    pub fn of_message(text: At<TextDraft>, choices: Option<At<Vec<At<TapDraft>>>>) -> SpeechDraft {
        let key =
            |name: &str, span: &Range<usize>| At { value: name.to_owned(), span: span.clone() };
        let mut keys = vec![key("text", &text.span)];
        keys.extend(choices.as_ref().map(|choices| key("choices", &choices.span)));
        let message = MessageDraft {
            keys: keys.clone(),
            text: Some(text),
            choices,
            ..MessageDraft::default()
        };
        SpeechDraft { keys, message, ..SpeechDraft::default() }
    }
}

/// Reads whatever of the say its shape has.
pub fn speech(reader: &mut TableReader<'_>) -> SpeechDraft {
    let page = reader.page;
    let message = message::message(reader);
    let mut keys = message.keys.clone();
    let mut take = |key: &'static str| {
        let value = reader.optional(key)?;
        keys.extend(reader.name(key));
        Some(value)
    };
    let messages = take("messages").and_then(|value| messages(page, value));
    let variants = take("variants").and_then(|value| variants(page, value));
    let go = take("go").and_then(|value| reader::text_of(page, "go", value));
    keys.sort_by_key(|key| key.span.start);
    SpeechDraft { keys, message, messages, variants, go }
}

/// Reads `cases`.
pub fn cases(reader: &mut TableReader<'_>) -> Vec<At<CaseDraft>> {
    let page = reader.page;
    let Some(value) = reader.value("cases") else { return Vec::new() };
    let example = "cases = [{ when = \"message.kind == \\\"image\\\"\", text = \"…\" }]";
    let read = |item: &Value<'_>| {
        table(page, "cases", item, &CASE, example, |reader| {
            let when = reader.text("when");
            if when.is_none() && reader.value("when").is_none() {
                let message = "a case without `when`";
                let help = "write when it holds: `when = \"message.kind == \\\"image\\\"\"`; what is \
                            said otherwise is the rule's own `text`";
                let label = "`when` is missing";
                page.report(&codes::MISSING_KEY, message, &item.span(), label, help);
            }
            Some(CaseDraft { when, speech: speech(reader) })
        })
    };
    list_of(page, "cases", value, example, read).map(|cases| cases.value).unwrap_or_default()
}

/// Reads `follow_up`.
pub fn follow_up(reader: &mut TableReader<'_>) -> Option<At<Vec<At<FollowUpDraft>>>> {
    let page = reader.page;
    let value = reader.value("follow_up")?;
    let example = "follow_up = [{ after = \"2h\", text = \"…\" }]";
    let read = |item: &Value<'_>| {
        table(page, "follow_up", item, &FOLLOW_UP, example, |reader| {
            let after = reader.text("after");
            if after.is_none() && reader.value("after").is_none() {
                let message = "a follow-up without `after`";
                let help = "write how long after the answer it is said: `after = \"2h\"`";
                let label = "`after` is missing";
                page.report(&codes::MISSING_KEY, message, &item.span(), label, help);
            }
            Some(FollowUpDraft { after, speech: speech(reader) })
        })
    };
    list_of(page, "follow_up", value, example, read)
}

/// Reads `cooldown`: a duration, or a table.
pub fn cooldown(reader: &mut TableReader<'_>) -> Option<At<CooldownDraft>> {
    let page = reader.page;
    let value = reader.value("cooldown")?;
    let DeValue::Table(_) = value.get_ref() else {
        let every = reader::text_of(page, "cooldown", value)?;
        let span = every.span.clone();
        return Some(At { value: CooldownDraft { every: Some(every), then: None }, span });
    };
    let example = "cooldown = { every = \"1h\", then = \"silent\" }";
    table(page, "cooldown", value, &COOLDOWN, example, |reader| {
        let every = reader.text("every");
        if every.is_none() && reader.value("every").is_none() {
            let message = "`cooldown` without `every`";
            let help = format!("write `{example}`");
            let label = "`every` is missing";
            page.report(&codes::MISSING_KEY, message, &value.span(), label, help);
        }
        let then = reader.value("then").and_then(|value| then(page, value));
        Some(CooldownDraft { every, then })
    })
}

fn then(page: Page<'_>, value: &Value<'_>) -> Option<At<ThenDraft>> {
    if let DeValue::Table(_) = value.get_ref() {
        let example = "then = { text = \"…\" }";
        return table(page, "then", value, &THEN, example, |reader| {
            Some(ThenDraft::Say(Box::new(speech(reader))))
        });
    }
    Some(reader::text_of(page, "then", value)?.map(ThenDraft::Word))
}

/// Reads `outside_window`: a word, or a template.
pub fn outside_window(reader: &mut TableReader<'_>) -> Option<At<OutsideDraft>> {
    let page = reader.page;
    let value = reader.value("outside_window")?;
    let DeValue::Table(_) = value.get_ref() else {
        return Some(reader::text_of(page, "outside_window", value)?.map(OutsideDraft::Word));
    };
    let example = "outside_window = { template = \"…\" }";
    table(page, "outside_window", value, &OUTSIDE, example, |reader| {
        let template = reader.text("template");
        if template.is_none() && reader.value("template").is_none() {
            let message = "`outside_window` names no template";
            let help = format!("write `{example}`, or `outside_window = \"drop\"`");
            let label = "`template` is missing";
            page.report(&codes::MISSING_KEY, message, &value.span(), label, help);
        }
        let params = reader.value("params").and_then(|value| message::params(page, value));
        Some(OutsideDraft::Template { template, params })
    })
}

fn messages(page: Page<'_>, value: &Value<'_>) -> Option<At<Vec<At<MessageDraft>>>> {
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
    let messages = items.iter().filter_map(|item| message_of(page, item)).collect();
    Some(At { value: messages, span: value.span() })
}

/// A text, or a table.
fn message_of(page: Page<'_>, item: &Value<'_>) -> Option<At<MessageDraft>> {
    let DeValue::Table(table) = item.get_ref() else {
        let text = message::text_place(page, "messages", item)?;
        let span = text.span.clone();
        return Some(At {
            value: MessageDraft { text: Some(text), ..MessageDraft::default() },
            span,
        });
    };
    let mut reader = TableReader::new(page, table, item.span(), &MESSAGE);
    let read = message::message(&mut reader);
    if read.keys.is_empty() {
        let message = "a message without `text`";
        let help = "write `{ text = \"…\" }`, or `{ text.en = \"…\", text.ko = \"…\" }`";
        page.report(&codes::MISSING_KEY, message, &item.span(), "nothing is said here", help);
    }
    reader.finish();
    Some(At { value: read, span: item.span() })
}

fn variants(page: Page<'_>, value: &Value<'_>) -> Option<At<Vec<At<VariantDraft>>>> {
    let example = "variants = [{ text = \"…\" }, { text = \"…\" }]";
    let read = |item: &Value<'_>| {
        table(page, "variants", item, &VARIANT, example, |reader| {
            Some(VariantDraft { weight: reader.integer("weight"), speech: speech(reader) })
        })
    };
    list_of(page, "variants", value, example, read)
}

/// A list whose entries `read` reads; an empty one is an error.
fn list_of<T>(
    page: Page<'_>,
    key: &str,
    value: &Value<'_>,
    example: &str,
    read: impl Fn(&Value<'_>) -> Option<At<T>>,
) -> Option<At<Vec<At<T>>>> {
    let DeValue::Array(items) = value.get_ref() else {
        let message = format!("`{key}` takes a list, not {}", reader::type_of(value));
        let help = format!("write `{example}`");
        page.report(&codes::WRONG_TYPE, message, &value.span(), "expected a list", help);
        return None;
    };
    if items.is_empty() {
        let message = format!("`{key}` is empty");
        let help = format!("write `{example}`, or take `{key}` out");
        page.report(&codes::EMPTY_LIST, message, &value.span(), "nothing in it", help);
        return None;
    }
    Some(At { value: items.iter().filter_map(read).collect(), span: value.span() })
}

/// A table of that shape; what it does not know is reported.
fn table<T>(
    page: Page<'_>,
    key: &str,
    value: &Value<'_>,
    shape: &'static Shape,
    example: &str,
    read: impl FnOnce(&mut TableReader<'_>) -> Option<T>,
) -> Option<At<T>> {
    let DeValue::Table(table) = value.get_ref() else {
        wrong_entry(page, key, value, &value.span(), example);
        return None;
    };
    let mut reader = TableReader::new(page, table, value.span(), shape);
    let read = read(&mut reader);
    reader.finish();
    Some(At { value: read?, span: value.span() })
}

fn wrong_entry(page: Page<'_>, key: &str, value: &Value<'_>, span: &Range<usize>, example: &str) {
    let listed = ["cases", "variants", "follow_up", "buttons", "choices", "rows", "sections"];
    let what = if listed.contains(&key) { "an entry of " } else { "" };
    let message = format!("{what}`{key}` is a table in braces, not {}", reader::type_of(value));
    let help = format!("write `{example}`");
    page.report(&codes::WRONG_TYPE, message, span, "expected a table", help);
}

#[cfg(test)]
mod tests;
