//! `emit` of a rule, as written: a type, or a type and its values.

use super::Pairs;
use super::reader::{self, TableReader};
use super::shapes::EMIT;
use crate::rules::codes;
use crate::rules::problems::At;
use toml::de::DeValue;

/// `emit`
#[derive(Debug)]
pub struct EmitDraft {
    /// `type`
    pub kind: At<String>,
    /// `data`
    pub data: Pairs,
}

/// Reads `emit` of a rule; none where it cannot be read, which is reported.
pub(super) fn of(reader: &mut TableReader<'_>) -> Option<At<EmitDraft>> {
    let page = reader.page;
    let value = reader.value("emit")?;
    let draft = match value.get_ref() {
        DeValue::Table(table) => {
            let mut reader = TableReader::new(page, table, value.span(), &EMIT);
            let kind = reader.text("type");
            let data = reader.pairs("data").map(|data| data.value).unwrap_or_default();
            if !reader.keys().contains("type") {
                let message = "an `emit` without `type`";
                let help = "write `emit = { type = \"lead.qualified\", data = { … } }`";
                let label = "`type` is missing";
                page.report(&codes::MISSING_KEY, message, &value.span(), label, help);
            }
            reader.finish();
            EmitDraft { kind: kind?, data }
        }
        _ => EmitDraft { kind: reader::text_of(page, "emit", value)?, data: Pairs::new() },
    };
    Some(At { value: draft, span: value.span() })
}
