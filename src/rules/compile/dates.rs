//! `from`, `until` and `expect`: days, instants and durations.

use super::bench::Bench;
use crate::model::Timestamp;
use crate::rules::codes;
use crate::rules::draft::slips;
use crate::rules::duration;
use crate::rules::problems::At;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::time::Duration;

impl Bench<'_> {
    /// `from` and `until`, the first before the second.
    pub fn span_of_time(
        &self,
        sheet: usize,
        from: &Option<At<String>>,
        until: &Option<At<String>>,
    ) -> (Option<Timestamp>, Option<Timestamp>) {
        let begin = from.as_ref().and_then(|from| self.moment(sheet, "from", from, first_instant));
        let end = until.as_ref().and_then(|until| self.moment(sheet, "until", until, day_after));
        if let (Some(begin), Some(end), Some(until)) = (begin, end, until)
            && begin >= end
        {
            let message = "`from` is not before `until`";
            let help = "exchange the two, or correct the year";
            let label = "nothing lies between";
            self.report(&codes::FROM_AFTER_UNTIL, message, sheet, &until.span, label, help);
        }
        (begin, end)
    }

    /// `at`.
    pub fn begins(&self, sheet: usize, at: &At<String>) -> Option<Timestamp> {
        self.moment(sheet, "at", at, first_instant)
    }

    /// An instant that the rules themselves write, in their zone.
    pub fn own_instant(&self, text: &str) -> Timestamp {
        instant(text, &self.declared.zone, first_instant).unwrap_or(Timestamp::EPOCH)
    }

    fn moment(
        &self,
        sheet: usize,
        key: &str,
        written: &At<String>,
        of_day: fn(Date) -> Option<Date>,
    ) -> Option<Timestamp> {
        let found = instant(&written.value, &self.declared.zone, of_day);
        if found.is_none() {
            let message = format!("`{}` is no date", written.value);
            let help = match slips::day(&written.value) {
                Some(day) => format!("write `{key} = \"{day}\"`: year, month, day"),
                None => format!(
                    "write `{key} = \"2026-03-01\"` or `{key} = \"2026-03-01T09:00:00+09:00\"`"
                ),
            };
            self.report(&codes::BAD_DATE, message, sheet, &written.span, "not a date", help);
        }
        found
    }

    /// `expect`.
    pub fn duration(&self, sheet: usize, written: &At<String>) -> Option<Duration> {
        match duration::parse(&written.value) {
            Ok(duration) => Some(duration),
            Err(error) => {
                let message = format!("`{}` is no duration: {error}", written.value);
                let help = format!("write {}", duration::FORM);
                let label = "not a duration";
                self.report(&codes::BAD_DURATION, message, sheet, &written.span, label, help);
                None
            }
        }
    }
}

/// An instant with its offset; one without, or a day, in `zone`.
fn instant(text: &str, zone: &str, of_day: fn(Date) -> Option<Date>) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(instant.as_millisecond()));
    }
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
    let local = match day(text) {
        Some(day) => of_day(day)?.at(0, 0, 0, 0),
        None => text.contains('T').then(|| text.parse::<DateTime>().ok()).flatten()?,
    };
    Some(Timestamp(zone.to_timestamp(local).ok()?.as_millisecond()))
}

/// `2026-03-01` and nothing else.
fn day(text: &str) -> Option<Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

fn first_instant(day: Date) -> Option<Date> {
    Some(day)
}

/// `until` includes its day.
fn day_after(day: Date) -> Option<Date> {
    day.tomorrow().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants() {
        let seoul = "Asia/Seoul";
        let cases = [
            ("1970-01-02", "UTC", Some(86_400_000)),
            ("1970-01-02", seoul, Some(15 * 3_600_000)),
            ("1970-01-01T00:00:00Z", seoul, Some(0)),
            ("1970-01-01T09:00:01+09:00", "UTC", Some(1_000)),
            ("1970-01-01T09:00:00", seoul, Some(0)),
            ("2026-02-30", "UTC", None),
            ("1.3.2026", "UTC", None),
            ("20260301", "UTC", None),
            ("soon", "UTC", None),
            ("", "UTC", None),
        ];
        for (text, zone, wanted) in cases {
            assert_eq!(instant(text, zone, first_instant), wanted.map(Timestamp), "{text} {zone}");
        }
        assert_eq!(instant("1970-01-01", "UTC", day_after), Some(Timestamp(86_400_000)));
        assert_eq!(instant("9999-12-31", "UTC", day_after), None);
    }
}
