//! `[[lookup]]`, as written. Whether its connector is there is `compile`'s.

use super::reader::{self, Page, TableReader, Value};
use super::shapes::{GIVEN, LOOKUP};
use crate::rules::codes;
use crate::rules::problems::At;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// `[[lookup]]`.
#[derive(Debug)]
pub struct LookupDraft {
    /// Its sheet.
    pub sheet: usize,
    /// The header.
    pub header: Range<usize>,
    /// `name`
    pub name: Option<At<String>>,
    /// `connector`
    pub connector: Option<At<String>>,
    /// `path`
    pub path: Option<At<String>>,
    /// `timeout`
    pub timeout: Option<At<String>>,
    /// `keep`
    pub keep: Option<At<String>>,
    /// `gives`
    pub gives: Vec<GivenDraft>,
}

/// A line of `gives`.
#[derive(Debug)]
pub struct GivenDraft {
    /// Its name.
    pub name: At<String>,
    /// `type`
    pub kind: Option<At<String>>,
    /// `path`
    pub path: Option<At<String>>,
}

/// Reads one `[[lookup]]`.
#[must_use]
pub fn read<'a>(page: Page<'a>, table: &'a DeTable<'a>, header: Range<usize>) -> LookupDraft {
    let mut reader = TableReader::new(page, table, header.clone(), &LOOKUP);
    let gives = reader.value("gives");
    let draft = LookupDraft {
        sheet: page.number,
        header,
        name: reader.text("name"),
        connector: reader.text("connector"),
        path: reader.text("path"),
        timeout: reader.text("timeout"),
        keep: reader.text("keep"),
        gives: gives.map(|gives| all_given(page, gives)).unwrap_or_default(),
    };
    for (key, example) in [
        ("name", "name = \"order\""),
        ("connector", "connector = \"shop\""),
        ("path", "path = \"/orders/{{ match.order_no }}\""),
        ("gives", "gives = { status = \"text\" }"),
    ] {
        if reader.value(key).is_none() {
            let (message, label) =
                (format!("a `[[lookup]]` without `{key}`"), format!("`{key}` is missing"));
            let help = format!("write `{example}`");
            page.report(&codes::MISSING_KEY, message, &draft.header, &label, help);
        }
    }
    reader.finish();
    draft
}

fn all_given(page: Page<'_>, value: &Value<'_>) -> Vec<GivenDraft> {
    let DeValue::Table(table) = value.get_ref() else {
        let help = "for example `gives = { status = \"text\" }`".to_owned();
        page.wrong_type("gives", value, "a table", help);
        return Vec::new();
    };
    reader::in_order(table)
        .into_iter()
        .filter_map(|(name, value)| given(page, name, value))
        .collect()
}

fn given(page: Page<'_>, name: At<String>, value: &Value<'_>) -> Option<GivenDraft> {
    let DeValue::Table(table) = value.get_ref() else {
        let kind = Some(reader::text_of(page, &name.value, value)?);
        return Some(GivenDraft { name, kind, path: None });
    };
    let mut reader = TableReader::new(page, table, value.span(), &GIVEN);
    let draft = GivenDraft { name, kind: reader.text("type"), path: reader.text("path") };
    reader.finish();
    Some(draft)
}
