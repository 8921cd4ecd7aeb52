//! `[consent]`: the tiers, the stop, the quiet hours, as written.

use super::Entries;
use super::reader::{self, Page, TableReader, Value};
use super::say::{TextDraft, text_at, text_place};
use super::shapes::{CONSENT, CONSENT_ASK, CONSENT_TIER, QUIET, STOP, Shape};
use crate::rules::codes;
use crate::rules::problems::At;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// `[consent]`
#[derive(Debug, Default)]
pub struct ConsentDraft {
    /// Its sheet.
    pub sheet: usize,
    /// The header.
    pub header: Range<usize>,
    /// `default`
    pub default: Option<At<String>>,
    /// `sender`
    pub sender: Option<At<String>>,
    /// `[[consent.tier]]`
    pub tiers: Vec<At<TierDraft>>,
    /// `[consent.stop]`
    pub stop: Option<StopDraft>,
    /// `[consent.quiet]`
    pub quiet: Option<At<QuietDraft>>,
}

/// `[[consent.tier]]`
#[derive(Debug, Default)]
pub struct TierDraft {
    /// `id`
    pub id: Option<At<String>>,
    /// `allows`
    pub allows: Entries,
    /// `whole`
    pub whole: Entries,
    /// `ask` or `ask.text`
    pub ask: Option<At<TextDraft>>,
    /// `within`
    pub within: Option<At<String>>,
    /// `text`
    pub text: Option<At<TextDraft>>,
    /// `version`
    pub version: Option<At<String>>,
    /// `renew`
    pub renew: Option<At<String>>,
    /// `footer`
    pub footer: Option<At<TextDraft>>,
}

/// `[consent.stop]`
#[derive(Debug, Default)]
pub struct StopDraft {
    /// `whole`
    pub whole: Entries,
    /// `text`
    pub text: Option<At<TextDraft>>,
    /// `near_text`
    pub near_text: Option<At<TextDraft>>,
    /// `stops`
    pub stops: Option<At<String>>,
}

/// `[consent.quiet]`
#[derive(Debug, Default)]
pub struct QuietDraft {
    /// `marketing`
    pub marketing: Option<At<String>>,
    /// `zone`
    pub zone: Option<At<String>>,
}

/// Reads `[consent]`.
#[must_use]
pub fn read<'a>(page: Page<'a>, table: &'a DeTable<'a>, header: Range<usize>) -> ConsentDraft {
    let mut reader = TableReader::new(page, table, header.clone(), &CONSENT);
    let draft = ConsentDraft {
        sheet: page.number,
        header,
        default: reader.text("default"),
        sender: reader.text("sender"),
        tiers: reader.value("tier").map(|value| tiers(page, value)).unwrap_or_default(),
        stop: reader.value("stop").and_then(|value| stop(page, value)),
        quiet: reader.value("quiet").and_then(|value| quiet(page, value)),
    };
    reader.finish();
    draft
}

fn tiers(page: Page<'_>, value: &Value<'_>) -> Vec<At<TierDraft>> {
    let DeValue::Array(items) = value.get_ref() else {
        let message = "`tier` is written `[[consent.tier]]`: it may occur many times";
        let help = "write `[[consent.tier]]`";
        page.report(&codes::TABLE_SHAPE, message, &value.span(), "not like this", help);
        return Vec::new();
    };
    items.iter().filter_map(|item| tier(page, item)).collect()
}

fn tier(page: Page<'_>, item: &Value<'_>) -> Option<At<TierDraft>> {
    let mut reader = table(page, "tier", item, &CONSENT_TIER)?;
    let draft = TierDraft {
        id: reader.text("id"),
        allows: reader.texts("allows"),
        whole: reader.texts("whole"),
        ask: reader.value("ask").and_then(|value| ask(page, value)),
        within: reader.text("within"),
        text: text_at(&mut reader, "text"),
        version: reader.text("version"),
        renew: reader.text("renew"),
        footer: text_at(&mut reader, "footer"),
    };
    for (key, read, example) in [
        ("id", draft.id.is_some(), "id = \"marketing\""),
        ("allows", draft.allows.is_some(), "allows = [\"service\", \"utility\", \"marketing\"]"),
    ] {
        if !read && reader.value(key).is_none() {
            let message = format!("a tier without `{key}`");
            let label = format!("`{key}` is missing");
            let help = format!("write `{example}`");
            page.report(&codes::MISSING_KEY, message, &item.span(), &label, help);
        }
    }
    reader.finish();
    Some(At { value: draft, span: item.span() })
}

/// `ask = "…"`, or `ask.text = "…"`.
fn ask(page: Page<'_>, value: &Value<'_>) -> Option<At<TextDraft>> {
    if matches!(value.get_ref(), DeValue::String(_)) {
        return text_place(page, "ask", value);
    }
    let mut reader = table(page, "ask", value, &CONSENT_ASK)?;
    let text = text_at(&mut reader, "text");
    if text.is_none() && reader.value("text").is_none() {
        let message = "`ask` without `text`";
        let help = "write `ask.text = \"Reply YES to receive offers.\"`";
        page.report(&codes::MISSING_KEY, message, &value.span(), "`text` is missing", help);
    }
    reader.finish();
    text
}

fn stop(page: Page<'_>, value: &Value<'_>) -> Option<StopDraft> {
    let mut reader = table(page, "stop", value, &STOP)?;
    let draft = StopDraft {
        whole: reader.texts("whole"),
        text: text_at(&mut reader, "text"),
        near_text: text_at(&mut reader, "near_text"),
        stops: reader.text("stops"),
    };
    reader.finish();
    Some(draft)
}

fn quiet(page: Page<'_>, value: &Value<'_>) -> Option<At<QuietDraft>> {
    let mut reader = table(page, "quiet", value, &QUIET)?;
    let draft = QuietDraft { marketing: reader.text("marketing"), zone: reader.text("zone") };
    if draft.marketing.is_none() && reader.value("marketing").is_none() {
        let message = "`[consent.quiet]` without `marketing`";
        let help = "write `marketing = \"21:00-08:00\"`: offers wait in these hours";
        page.report(&codes::MISSING_KEY, message, &value.span(), "`marketing` is missing", help);
    }
    reader.finish();
    Some(At { value: draft, span: value.span() })
}

/// A reader of a table below `[consent]`; reported where it is none.
fn table<'a>(
    page: Page<'a>,
    key: &str,
    value: &'a Value<'a>,
    shape: &'static Shape,
) -> Option<TableReader<'a>> {
    let DeValue::Table(table) = value.get_ref() else {
        let message = format!("`{key}` takes a table, not {}", reader::type_of(value));
        let help = format!("write its own header, `{}`", shape.header);
        page.report(&codes::WRONG_TYPE, message, &value.span(), "expected a table", help);
        return None;
    };
    Some(TableReader::new(page, table, value.span(), shape))
}
