//! Reads a TOML table by hand: typed values with their places; every key that nobody asked for is
//! an error, every value of a wrong type too.

use super::later;
use super::shapes::{HOMES, Shape};
use crate::rules::codes::{self, Code};
use crate::rules::problems::{At, Problems, Sheet};
use crate::rules::suggest;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file being read, and where its problems go.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The file.
    pub sheet: &'a Sheet,
    /// Its number among the sheets.
    pub number: usize,
    /// Where problems go.
    pub problems: &'a Problems,
}

impl Page<'_> {
    /// Reports a problem of this file.
    pub fn report(
        &self,
        code: &'static Code,
        message: impl Into<String>,
        span: &Range<usize>,
        label: &str,
        help: impl Into<String>,
    ) {
        self.problems.report(code, message, self.sheet.place(span, label), help);
    }

    /// Reports a value of another type than its key takes.
    pub fn wrong_type(&self, key: &str, value: &Value<'_>, wanted: &str, help: String) {
        let message = format!("`{key}` takes {wanted}, not {}", type_of(value));
        self.report(
            &codes::WRONG_TYPE,
            message,
            &value.span(),
            &format!("expected {wanted}"),
            help,
        );
    }
}

/// A TOML value with its place.
pub type Value<'a> = Spanned<DeValue<'a>>;

/// Reads one table. [`TableReader::finish`] must be called: it reports the keys left over.
#[derive(Debug)]
pub struct TableReader<'a> {
    /// The file.
    pub page: Page<'a>,
    table: &'a DeTable<'a>,
    header: Range<usize>,
    shape: &'static Shape,
    taken: Vec<&'static str>,
}

impl<'a> TableReader<'a> {
    /// A reader for `table`, whose header (or braces) stands at `header`.
    #[must_use]
    pub fn new(
        page: Page<'a>,
        table: &'a DeTable<'a>,
        header: Range<usize>,
        shape: &'static Shape,
    ) -> TableReader<'a> {
        TableReader { page, table, header, shape, taken: Vec::new() }
    }

    /// Where the table stands.
    #[must_use]
    pub fn header(&self) -> Range<usize> {
        self.header.clone()
    }

    /// What kind of table it is.
    #[must_use]
    pub fn shape(&self) -> &'static Shape {
        self.shape
    }

    /// Every key of the table.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<String> {
        self.table.keys().map(|key| key.get_ref().to_string()).collect()
    }

    /// Where the value of a key stands, where the table has it.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<Range<usize>> {
        self.table.get(key).map(Spanned::span)
    }

    /// The raw value of a key.
    pub fn value(&mut self, key: &'static str) -> Option<&'a Value<'a>> {
        self.taken.push(key);
        self.table.get(key)
    }

    /// The raw value of a key, where the shape has that key at all.
    pub fn optional(&mut self, key: &'static str) -> Option<&'a Value<'a>> {
        if self.shape.keys.contains(&key) { self.value(key) } else { None }
    }

    /// A key with its place, where the table has it.
    #[must_use]
    pub fn name(&self, key: &str) -> Option<At<String>> {
        let (name, _) = self.table.get_key_value(key)?;
        Some(At { value: key.to_owned(), span: name.span() })
    }

    /// A text.
    pub fn text(&mut self, key: &'static str) -> Option<At<String>> {
        let value = self.value(key)?;
        text_of(self.page, key, value)
    }

    /// A list of texts; a single text counts as a list of one. An empty list is an error.
    pub fn texts(&mut self, key: &'static str) -> Option<At<Vec<At<String>>>> {
        let value = self.value(key)?;
        texts_of(self.page, key, value)
    }

    /// A whole number.
    pub fn integer(&mut self, key: &'static str) -> Option<At<i64>> {
        let value = self.value(key)?;
        let read = match value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if read.is_none() {
            self.page.wrong_type(key, value, "a whole number", format!("for example `{key} = 1`"));
        }
        read.map(|number| At { value: number, span: value.span() })
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &'static str) -> Option<At<bool>> {
        let value = self.value(key)?;
        boolean_of(self.page, key, value)
    }

    /// A number, whole or not.
    pub fn number(&mut self, key: &'static str) -> Option<At<f64>> {
        let value = self.value(key)?;
        let read = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        if read.is_none() {
            let written = self.page.sheet.text.get(value.span()).unwrap_or_default();
            let bare = written.trim_matches(['"', '\'']);
            let example = if bare.parse::<f64>().is_ok() { bare } else { "25.03" };
            let help = format!("write `{key} = {example}`, without quotes");
            self.page.wrong_type(key, value, "a number", help);
        }
        read.map(|number| At { value: number, span: value.span() })
    }

    /// A day or an instant, quoted or not.
    pub fn moment(&mut self, key: &'static str) -> Option<At<String>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Datetime(moment) => Some(At { value: moment.to_string(), span: value.span() }),
            _ => text_of(self.page, key, value),
        }
    }

    /// A table of names and texts, in the order of the file; numbers and yes-or-no count as texts.
    pub fn pairs(&mut self, key: &'static str) -> Option<At<super::Pairs>> {
        let value = self.value(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            let help = format!("for example `{key} = {{ name = \"…\" }}`");
            self.page.wrong_type(key, value, "a table", help);
            return None;
        };
        let pairs = in_order(table)
            .into_iter()
            .filter_map(|(name, value)| Some((name.clone(), plain_of(self.page, &name, value)?)))
            .collect();
        Some(At { value: pairs, span: value.span() })
    }

    /// Reports the keys nobody asked for.
    pub fn finish(self) {
        for (key, value) in in_order(self.table) {
            if !self.taken.contains(&key.value.as_str()) {
                self.unknown(&key, value);
            }
        }
    }

    /// The keys asked for so far.
    #[must_use]
    pub fn taken(&self) -> &[&'static str] {
        &self.taken
    }

    fn unknown(&self, key: &At<String>, value: &Value<'_>) {
        let (name, shape) = (key.value.as_str(), self.shape);
        let page = self.page;
        if later::KEYS.contains(&name) {
            let message = format!("`{name}` is not part of this version");
            let help = "take it out: it would have no effect";
            page.report(&codes::NOT_YET, message, &key.span, "not supported yet", help);
            return;
        }
        if let Some(help) = super::shapes::taken_for(shape, name) {
            let message = format!("unknown key `{name}` in `{}`", shape.header);
            page.report(&codes::UNKNOWN_KEY, message, &key.span, "not known here", help);
            return;
        }
        // A near miss of an own key is a slip of the finger rather than of the table.
        let near = suggest::nearest(name, shape.keys.iter().copied());
        let home = HOMES.iter().find(|home| home.keys.contains(&name));
        if let (None, Some(home)) = (near, home) {
            let message =
                format!("`{name}` belongs to `{}`, not to `{}`", home.header, shape.header);
            let help = format!(
                "move it under a `{}` header; a key belongs to the nearest header above it",
                home.header
            );
            let label = format!("this stands under `{}`", shape.header);
            page.report(&codes::MISPLACED_KEY, message, &key.span, &label, help);
            return;
        }
        let message = format!("unknown key `{name}` in `{}`", shape.header);
        let help = match (near, value.get_ref()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, DeValue::Table(_)) if super::shapes::TABLES.iter().any(|(t, _)| *t == name) => {
                format!("write its own header, such as `[{name}]`, at the beginning of a line")
            }
            _ => all_keys(shape),
        };
        page.report(&codes::UNKNOWN_KEY, message, &key.span, "not known here", help);
    }
}

/// `true` or `false` of a value.
#[must_use]
pub fn boolean_of(page: Page<'_>, key: &str, value: &Value<'_>) -> Option<At<bool>> {
    if let DeValue::Boolean(yes) = value.get_ref() {
        return Some(At { value: *yes, span: value.span() });
    }
    let help = format!("write `{key} = true` without quotes");
    page.wrong_type(key, value, "true or false", help);
    None
}

/// A text of a value.
#[must_use]
pub fn text_of(page: Page<'_>, key: &str, value: &Value<'_>) -> Option<At<String>> {
    if let DeValue::String(text) = value.get_ref() {
        return Some(At { value: text.to_string(), span: value.span() });
    }
    let written = page.sheet.text.get(value.span()).unwrap_or_default();
    let help = match value.get_ref() {
        DeValue::Array(_) | DeValue::Table(_) => format!("write `{key} = \"…\"`"),
        DeValue::Integer(_) if ["expect", "cooldown", "every"].contains(&key) => format!(
            "write `{key} = \"{written}s\"` for seconds, `\"{written}m\"` for minutes, `\"{written}h\"` for hours"
        ),
        _ if ["from", "until", "on"].contains(&key) => {
            format!("write `{key} = \"2027-04-15\"`: year, month, day")
        }
        _ => format!("write `{key} = \"{written}\"`"),
    };
    page.wrong_type(key, value, "a text", help);
    None
}

/// A list of texts of a value.
#[must_use]
pub fn texts_of(page: Page<'_>, key: &str, value: &Value<'_>) -> Option<At<Vec<At<String>>>> {
    let texts = match value.get_ref() {
        DeValue::String(text) => vec![At { value: text.to_string(), span: value.span() }],
        DeValue::Array(items) => {
            if items.is_empty() {
                let message = format!("`{key}` is empty");
                let help = format!("fill it, or take `{key}` out");
                page.report(&codes::EMPTY_LIST, message, &value.span(), "nothing in it", help);
                return None;
            }
            items.iter().filter_map(|item| text_of(page, key, item)).collect()
        }
        _ => {
            let help = format!("write `{key} = [\"…\", \"…\"]`");
            page.wrong_type(key, value, "a list of texts", help);
            return None;
        }
    };
    Some(At { value: texts, span: value.span() })
}

/// A text, or a number or truth written as one.
#[must_use]
pub fn plain_of(page: Page<'_>, key: &At<String>, value: &Value<'_>) -> Option<At<String>> {
    let text = match value.get_ref() {
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        DeValue::Datetime(moment) => moment.to_string(),
        _ => return text_of(page, &key.value, value),
    };
    Some(At { value: text, span: value.span() })
}

/// Keys and values in the order of the file.
#[must_use]
pub fn in_order<'a>(table: &'a DeTable<'a>) -> Vec<(At<String>, &'a Value<'a>)> {
    let mut pairs: Vec<_> = table
        .iter()
        .map(|(key, value)| (At { value: key.get_ref().to_string(), span: key.span() }, value))
        .collect();
    pairs.sort_by_key(|(key, _)| key.span.start);
    pairs
}

/// The type of a value, in words.
#[must_use]
pub fn type_of(value: &Value<'_>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn all_keys(shape: &Shape) -> String {
    format!("`{}` has the keys {}", shape.header, shape.keys.join(", "))
}
