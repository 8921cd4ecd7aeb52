//! `[consent.quiet]` → [`QuietHours`].

use super::bench::Bench;
use crate::model::QuietHours;
use crate::rules::codes;
use crate::rules::draft::consenting::{ConsentDraft, QuietDraft};
use crate::rules::hours::zone_problem;
use crate::rules::problems::At;

/// When marketing waits; reported and `None` where it is wrong.
pub fn hours(bench: &Bench<'_>, draft: &ConsentDraft) -> Option<QuietHours> {
    let quiet = draft.quiet.as_ref()?;
    let marketing = quiet.value.marketing.as_ref()?;
    let span = span(&marketing.value);
    if span.is_none() {
        let message = format!("`{}` is no stretch of the day", marketing.value);
        let help = "write from when to when, in 24 hours: `marketing = \"21:00-08:00\"`";
        let label = "not two different times";
        bench.report(&codes::BAD_QUIET, message, draft.sheet, &marketing.span, label, help);
    }
    let zone = zone(bench, draft.sheet, quiet);
    let (from, until) = span?;
    Some(QuietHours { from, until, zone: zone? })
}

/// Its own zone, else that of the first calendar.
fn zone(bench: &Bench<'_>, sheet: usize, quiet: &At<QuietDraft>) -> Option<String> {
    if let Some(zone) = &quiet.value.zone {
        let Some(help) = zone_problem(&zone.value) else { return Some(zone.value.clone()) };
        let message = format!("there is no time zone `{}`", zone.value);
        bench.report(&codes::BAD_QUIET, message, sheet, &zone.span, "no such zone", help);
        return None;
    }
    if let Some(calendar) = bench.declared.hours.values().next() {
        return Some(calendar.zone().to_owned());
    }
    if !bench.draft.lost.table("hours") && bench.declared.hours_names.is_empty() {
        let message = "quiet hours without a time zone";
        let help = "add `zone = \"Asia/Seoul\"`: it counts for customers whose own is not known";
        let label = "whose clock?";
        bench.report(&codes::QUIET_WITHOUT_ZONE, message, sheet, &quiet.span, label, help);
    }
    None
}

/// `21:00-08:00` in minutes after midnight.
fn span(text: &str) -> Option<(u16, u16)> {
    let (from, until) = text.split_once(['-', '–'])?;
    let (from, until) = (minutes(from)?, minutes(until)?);
    (from != until).then_some((from, until))
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str, most: u16| {
        let digits = (1..=2).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| digits && *number <= most)
    };
    let at = number(hour, 24)? * 60 + number(minute, 59).filter(|_| minute.len() == 2)?;
    match at {
        1440 => Some(0),
        at if at < 1440 => Some(at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_the_day() {
        for (text, wanted) in [
            ("21:00-08:00", Some((1260, 480))),
            (" 9:30 - 24:00 ", Some((570, 0))),
            ("00:00–23:59", Some((0, 1439))),
            ("21-8", None),
            ("21:00", None),
            ("08:00-08:00", None),
            ("24:01-08:00", None),
            ("21:0-08:00", None),
            ("25:00-08:00", None),
            ("-1:00-08:00", None),
        ] {
            assert_eq!(span(text), wanted, "{text}");
        }
    }
}
