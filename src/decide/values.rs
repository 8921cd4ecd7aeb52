//! Values: taken from a text, and brought into the canonical text of a field's type.

use super::hearing::Hearing;
use super::occasion::Occasion;
use super::trace::Found;
use crate::limits;
use crate::rules::ruleset::{FieldKind, Take, Trigger};
use crate::text::normal;
use crate::text::take::{self, Taken, Today};
use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use std::collections::BTreeMap;
use std::ops::Range;

/// `take`: every value must be found. Whether it holds; what is found becomes `match.NAME`.
pub(super) fn take(
    hearing: &Hearing<'_>,
    trigger: &Trigger,
    matched: &mut BTreeMap<String, String>,
    found: &mut Vec<Found>,
) -> bool {
    if trigger.take.is_empty() {
        return false;
    }
    let Some(taken) = take_all(hearing, &trigger.take) else { return false };
    for (name, taken) in taken {
        found.push(Found { entry: format!("{{{name}}}"), span: taken.span });
        matched.insert(name, taken.value);
    }
    true
}

/// Every value, or none. `rest` comes last: it is what the others leave.
fn take_all(hearing: &Hearing<'_>, wanted: &[(String, Take)]) -> Option<Vec<(String, Taken)>> {
    let text = hearing.seen.normal.as_str();
    let mut values: Vec<(String, Taken)> = Vec::new();
    for (name, kind) in wanted.iter().filter(|(_, kind)| *kind != Take::Rest) {
        values.push((name.clone(), take_one(hearing, text, kind)?));
    }
    let spans: Vec<Range<usize>> = values.iter().map(|(_, taken)| taken.span.clone()).collect();
    for (name, _) in wanted.iter().filter(|(_, kind)| *kind == Take::Rest) {
        values.push((name.clone(), take::rest(text, &spans)?));
    }
    Some(values)
}

fn take_one(occasion: &Occasion<'_>, text: &str, kind: &Take) -> Option<Taken> {
    match kind {
        Take::Digits { min, max } => take::digits(text, *min, *max),
        Take::Number => take::number(text, &occasion.language),
        Take::Phone => take::phone(text, occasion.rules.settings.default_region.as_deref()),
        Take::Email => take::email(text),
        Take::Date => take::date(text, today(occasion), &occasion.language),
        Take::DateFromToday => take::date_from_today(text, today(occasion), &occasion.language),
        Take::Time => take::time(text),
        Take::Name => take::name(text),
        Take::Rest => take::rest(text, &[]),
        Take::OneOf(list) => take::one_of(text, occasion.rules.lists.get(list)?),
    }
}

/// The event's day where the contact is, else in the zone of the rules' days: what `tomorrow` and a
/// date without its year are seen from.
fn today(occasion: &Occasion<'_>) -> Today {
    let date = day_of_contact(occasion).unwrap_or_else(|| {
        let calendar = occasion.rules.hours.values().next().cloned().unwrap_or_default();
        calendar.day_there(occasion.event.at).unwrap_or_default()
    });
    Today { year: date.year(), month: date.month(), day: date.day() }
}

fn day_of_contact(occasion: &Occasion<'_>) -> Option<Date> {
    let zone = occasion.now.contact.zone.as_deref()?;
    let zone = TimeZoneDatabase::bundled().get(zone).ok()?;
    let at = jiff::Timestamp::from_millisecond(occasion.event.at.millis()).ok()?;
    Some(at.to_zoned_datetime(zone).date())
}

/// A value as the field's type writes it.
///
/// # Errors
/// Why it is no such value.
pub(super) fn canonical(
    occasion: &Occasion<'_>,
    field: &str,
    value: &str,
) -> Result<String, String> {
    let declared = occasion.rules.fields.get(field).ok_or("the field is not declared")?;
    if value.len() > limits::FIELD_VALUE_BYTES_MAX {
        return Err("the value is too long".to_owned());
    }
    let text = normal(value);
    let canonical = match &declared.kind {
        FieldKind::Text => Some(value.to_owned()),
        FieldKind::Number => whole(&text, take::number(&text, &occasion.language)),
        FieldKind::Date => {
            take::date(&text, today(occasion), &occasion.language).map(|taken| taken.value)
        }
        FieldKind::YesNo => yes_no(&text),
        FieldKind::Choice(choices) => choices.iter().find(|choice| normal(choice) == text).cloned(),
    };
    canonical.ok_or_else(|| "the value does not fit the field's type".to_owned())
}

fn whole(text: &str, taken: Option<Taken>) -> Option<String> {
    taken.filter(|taken| taken.span == (0..text.len())).map(|taken| taken.value)
}

fn yes_no(text: &str) -> Option<String> {
    match text {
        "yes" | "true" | "1" => Some("yes".to_owned()),
        "no" | "false" | "0" => Some("no".to_owned()),
        _ => None,
    }
}
