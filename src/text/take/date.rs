//! Days, as they are written in figures.

use super::{Taken, pattern};
use crate::text::boundary::stands_alone_but_for;
use jiff::civil::Date;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// A day, for dates written without their year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today {
    /// Year.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day, 1 to 31.
    pub day: i8,
}

/// Signs that would make the figures part of something longer.
const JOINTS: [char; 4] = ['.', ',', '-', '/'];

/// The 29th of February comes after eight years at the latest.
const YEARS_AHEAD_MAX: i16 = 8;

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        (?<y1>[0-9]{4}) (?: -(?<m1>[0-9]{1,2})-(?<d1>[0-9]{1,2})
                          | /(?<m2>[0-9]{1,2})/(?<d2>[0-9]{1,2})
                          | \.\s?(?<m3>[0-9]{1,2})\.\s?(?<d3>[0-9]{1,2}) )
        | (?: (?<y4>[0-9]{4})\s?[년年]\s? )?
          (?<m4>[0-9]{1,2})\s?[월月]\s?(?<d4>[0-9]{1,2})\s?[일日號号]",
    )
});

/// A date: `2026-03-01`, `2026.3.1`, `2026/03/01`, `2026년 3월 1일`, `3月1號`. Without a year it is
/// the next such day, `today` included. Canonical `YYYY-MM-DD`.
#[must_use]
pub fn date(text: &str, today: Today) -> Option<Taken> {
    DATE.captures_iter(text).find_map(|found| {
        let (month, day) =
            (figure(&found, ["m1", "m2", "m3", "m4"])?, figure(&found, ["d1", "d2", "d3", "d4"])?);
        let date = match figure(&found, ["y1", "y4"]) {
            Some(year) => Date::new(year, month, day).ok(),
            None => next(month, day, today),
        }?;
        let span = found.get(0)?.range();
        let counts = stands_alone_but_for(text, &span, &JOINTS);
        counts.then(|| Taken { value: date.to_string(), span })
    })
}

/// The first of these groups that took part, as a number.
fn figure<T: std::str::FromStr, const N: usize>(
    found: &Captures<'_>,
    names: [&str; N],
) -> Option<T> {
    names.into_iter().find_map(|name| found.name(name))?.as_str().parse().ok()
}

fn next(month: i8, day: i8, today: Today) -> Option<Date> {
    let now = Date::new(today.year, today.month, today.day).ok()?;
    let years = today.year..=today.year.saturating_add(YEARS_AHEAD_MAX);
    years.filter_map(|year| Date::new(year, month, day).ok()).find(|date| *date >= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;

    #[test]
    fn dates_in_the_ways_people_write_them() {
        let today = Today { year: 2026, month: 11, day: 23 };
        for (text, expected) in [
            ("2026-12-01", Some("2026-12-01")),
            ("on 2026.3.1 please", Some("2026-03-01")),
            ("on 2026.3.1.", Some("2026-03-01")),
            ("2026. 3. 1.", Some("2026-03-01")),
            ("2026/03/01", Some("2026-03-01")),
            ("12월 3일에요", Some("2026-12-03")),
            ("11월23일", Some("2026-11-23")),
            ("3월 1일", Some("2027-03-01")),
            ("2月29日", Some("2028-02-29")),
            ("2026년 3월 1일", Some("2026-03-01")),
            ("2026年3月1日お願いします", Some("2026-03-01")),
            ("我3月1號去", Some("2027-03-01")),
            ("3월 10개", None),
            ("2026-03-011", None),
            ("12026-03-01", None),
            ("2026-03-01-05", None),
            ("2026-3/1", None),
            ("2月30日", None),
            ("13월 1일", None),
            ("hello", None),
        ] {
            let found = date(&normal(text), today).map(|taken| taken.value);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
