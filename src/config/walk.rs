//! Walks a TOML table key by key: every key is asked for by name, and what nobody asked for is a
//! mistake. Problems are gathered, never thrown.

use crate::rules::diagnostic::{Diagnostic, Place, Point, Severity};
use crate::rules::position::Lines;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with the file so far.
pub(super) struct Problems<'t> {
    file: &'t str,
    text: &'t str,
    /// How bad a secret is that cannot be read here.
    pub(super) missing_secret: Severity,
    /// Folder that paths are relative to.
    pub(super) base: &'t std::path::Path,
    pub(super) found: Vec<Diagnostic>,
    /// Where secrets stand that should not stand there.
    pub(super) literal_secrets: Vec<Range<usize>>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(
        file: &'t str,
        text: &'t str,
        base: &'t std::path::Path,
        missing_secret: Severity,
    ) -> Problems<'t> {
        let (found, literal_secrets) = (Vec::new(), Vec::new());
        Problems { file, text, missing_secret, base, found, literal_secrets }
    }

    /// An error at a place.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        label: &str,
        message: String,
        help: impl Into<Option<String>>,
    ) {
        self.finding(code, Severity::Error, span, label, message, help);
    }

    /// A finding at a place.
    pub(super) fn finding(
        &mut self,
        code: &'static str,
        severity: Severity,
        span: Range<usize>,
        label: &str,
        message: String,
        help: impl Into<Option<String>>,
    ) {
        let places = vec![self.place(span, label)];
        self.found.push(Diagnostic { code, severity, message, places, help: help.into() });
    }

    /// Adds a second place to the last finding.
    pub(super) fn also_at(&mut self, span: Range<usize>, label: &str) {
        let place = self.place(span, label);
        if let Some(last) = self.found.last_mut() {
            last.places.push(place);
        }
    }

    fn place(&self, span: Range<usize>, label: &str) -> Place {
        let lines = Lines::of(self.text);
        let (line, column) = lines.locate(self.text, span.start);
        let (end_line, end_column) = lines.locate(self.text, span.end);
        let end = Point { line: end_line, column: end_column };
        Place { span, line, column, end, ..Place::whole(self.file, label) }
    }
}

/// A value with the name it was found under.
pub(super) struct Found<'d> {
    /// `[server] listen`
    pub(super) name: String,
    pub(super) key_span: Range<usize>,
    pub(super) span: Range<usize>,
    pub(super) value: &'d DeValue<'d>,
}

/// One table, and which of its keys were asked for.
pub(super) struct Section<'d> {
    /// `[server]`; empty for the top of the file.
    name: String,
    table: &'d DeTable<'d>,
    /// Where to point when a key is missing.
    pub(super) span: Range<usize>,
    asked: Vec<&'static str>,
}

impl<'d> Section<'d> {
    pub(super) fn top(document: &'d Spanned<DeTable<'d>>) -> Section<'d> {
        let (name, asked) = (String::new(), Vec::new());
        Section { name, table: document.get_ref(), span: 0..0, asked }
    }

    /// The value under a key.
    pub(super) fn value(&mut self, key: &'static str) -> Option<Found<'d>> {
        self.asked.push(key);
        let (at, value) = self.table.iter().find(|(at, _)| at.get_ref() == key)?;
        Some(Found {
            name: self.name_of(key),
            key_span: at.span(),
            span: value.span(),
            value: value.get_ref(),
        })
    }

    /// The text under a key, with its place.
    pub(super) fn text(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<(&'d str, Range<usize>)> {
        let found = self.value(key)?;
        let text = found.value.as_str();
        if text.is_none() {
            problems.wrong_kind(&found, "a text in quotes");
        }
        Some((text?, found.span))
    }

    /// A text that must be given.
    pub(super) fn needed_text(
        &mut self,
        key: &'static str,
        example: &str,
        problems: &mut Problems<'_>,
    ) -> Option<(&'d str, Range<usize>)> {
        if !self.has(key) {
            self.missing(key, example, problems);
        }
        self.text(key, problems)
    }

    /// Whether the key is given.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(at, _)| at.get_ref() == key)
    }

    /// Reports a key that must be given.
    pub(super) fn missing(&self, key: &str, example: &str, problems: &mut Problems<'_>) {
        let message = format!("`{}` is missing", self.name_of(key));
        let help = if self.name.is_empty() {
            format!("write `{key} = {example}`")
        } else {
            format!("write `{key} = {example}` under `{}`", self.name)
        };
        problems.error("C008", self.span.clone(), "", message, help);
    }

    /// The table under a key.
    pub(super) fn section(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<Section<'d>> {
        let wanted = format!("a table, written `[{key}]` on its own line");
        self.table(key, format!("[{key}]"), &wanted, problems)
    }

    /// The table under a key of a section; `name` is how people call it.
    pub(super) fn inner(
        &mut self,
        key: &'static str,
        name: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Section<'d>> {
        self.table(key, name.to_owned(), &format!("a table, written `{key} = {{ … }}`"), problems)
    }

    fn table(
        &mut self,
        key: &'static str,
        name: String,
        wanted: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Section<'d>> {
        let found = self.value(key)?;
        let Some(table) = found.value.as_table() else {
            problems.wrong_kind(&found, wanted);
            return None;
        };
        Some(Section { name, table, span: found.key_span, asked: Vec::new() })
    }

    /// The tables under a key whose names are free: `[key.NAME]`.
    pub(super) fn named(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Vec<(Found<'d>, Section<'d>)> {
        let wanted = format!("a table of tables, each written `[{key}.NAME]` on its own line");
        let Some(Section { table, .. }) = self.table(key, String::new(), &wanted, problems) else {
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (at, value) in table.iter() {
            let found = Found {
                name: at.get_ref().to_string(),
                key_span: at.span(),
                span: value.span(),
                value: value.get_ref(),
            };
            let name = format!("[{key}.{}]", found.name);
            let span = found.key_span.clone();
            match found.value.as_table() {
                Some(table) => {
                    sections.push((found, Section { name, table, span, asked: Vec::new() }));
                }
                None => {
                    let message = format!("`{name}` must be a table");
                    let given = format!("this is {}", kind(found.value));
                    problems.error("C004", found.span, &given, message, None);
                }
            }
        }
        sections
    }

    /// The table under a key, written in one line as in `example`.
    pub(super) fn inline(
        &mut self,
        key: &'static str,
        example: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Section<'d>> {
        let found = self.value(key)?;
        let Some(table) = found.value.as_table() else {
            problems.wrong_kind(&found, &format!("a table such as `{example}`"));
            return None;
        };
        Some(Section { name: found.name, table, span: found.span, asked: Vec::new() })
    }

    /// The tables of an array under a key; `name` is how people call one of them.
    pub(super) fn sections(
        &mut self,
        key: &'static str,
        name: &str,
        problems: &mut Problems<'_>,
    ) -> Vec<Section<'d>> {
        let Some(found) = self.value(key) else {
            return Vec::new();
        };
        let Some(items) = found.value.as_array() else {
            problems.wrong_kind(&found, &format!("a list of tables, each written `{name}`"));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section {
                    name: name.to_owned(),
                    table,
                    span: item.span(),
                    asked: Vec::new(),
                }),
                None => {
                    let message = format!("`{}` holds something that is no table", found.name);
                    problems.error("C004", item.span(), "not a table", message, None);
                }
            }
        }
        sections
    }

    /// Reports every key nobody asked for; `later` are keys that later versions bring.
    pub(super) fn finish(self, later: &[&str], problems: &mut Problems<'_>) {
        for (at, _) in self.table.iter() {
            let key: &str = at.get_ref();
            let name = self.name_of(key);
            if self.asked.contains(&key) {
            } else if later.contains(&key) {
                let message = format!("`{name}` is not part of this version");
                let help = "take it out; a later version of usher brings it".to_owned();
                problems.error("C003", at.span(), "not yet", message, help);
            } else {
                let message = format!("`{name}` is no key usher knows");
                let help = self.guess(key);
                problems.error("C002", at.span(), "unknown key", message, help);
            }
        }
    }

    fn guess(&self, key: &str) -> String {
        match nearest(key, self.asked.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", quoted(self.asked.iter().copied())),
        }
    }

    pub(super) fn name_of(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{} {key}", self.name) }
    }
}

impl Problems<'_> {
    /// Reports a value of another type than wanted.
    pub(super) fn wrong_kind(&mut self, found: &Found<'_>, wanted: &str) {
        let given = kind(found.value);
        let message = format!("`{}` must be {wanted}", found.name);
        self.error("C004", found.span.clone(), &format!("this is {given}"), message, None);
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The known word nearest to what was written, if it is near enough to have been meant: one slip
/// in three letters.
pub(super) fn nearest<'w>(
    written: &str,
    known: impl IntoIterator<Item = &'w str>,
) -> Option<&'w str> {
    let slips = written.chars().count().div_ceil(3);
    known
        .into_iter()
        .map(|word| (strsim::osa_distance(written, word), word))
        .filter(|(distance, _)| *distance <= slips)
        .min()
        .map(|(_, word)| word)
}

/// Words in backticks, parted by commas.
pub(super) fn quoted<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}
