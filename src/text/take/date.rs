//! Days: written in figures, with the month's name, or as seen from today.

use super::{Taken, days, pattern, words};
use crate::text::boundary::stands_alone_but_for;
use jiff::civil::Date;
use regex::{Captures, Regex};
use std::ops::Range;
use std::sync::LazyLock;

/// A day: the one on which a message was written.
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
const JOINTS: [char; 5] = ['.', ',', '-', '/', ':'];

/// The 29th of February comes after eight years at the latest.
const YEARS_AHEAD_MAX: i16 = 8;

/// Of any year, this one finds every date: it has a 29th of February.
const SOME_DAY: Today = Today { year: 2024, month: 1, day: 1 };

static BIG_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        (?<y1>[0-9]{4}) (?: -(?<m1>[0-9]{1,2})-(?<d1>[0-9]{1,2})
                          | /(?<m2>[0-9]{1,2})/(?<d2>[0-9]{1,2})
                          | \.\s?(?<m3>[0-9]{1,2})\.\s?(?<d3>[0-9]{1,2}) )
        | (?: (?<y4>[0-9]{4})\s?[년年]\s? )?
          (?<m4>[0-9]{1,2}|[一二三四五六七八九十]{1,2})\s?[월月]\s?
          (?<d4>[0-9]{1,2}|[一二三四五六七八九十]{1,3})\s?[일日號号]",
    )
});

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let month = r"(?:jan(?:uary)?|ene(?:ro)?|feb(?:ruary|rero)?|mar(?:ch|zo)?|apr(?:il)?
        |abr(?:il)?|mayo?|june?|jun(?:io)?|july?|jul(?:io)?|aug(?:ust)?|agosto
        |sept?(?:ember|iembre)?|setiembre|oct(?:ober|ubre)?|nov(?:ember|iembre)?
        |dec(?:ember)?|dic(?:iembre)?)";
    pattern(&format!(
        r"(?x)
        (?<d1>[0-9]{{1,2}}) (?:st|nd|rd|th)? \.? [\s-]? (?:(?:of|de|del)\s)?
            (?<m1>{month}) (?-u:\b) (?: \.?,?[\s-] (?:(?:of|de|del)\s)? (?<y1>[0-9]{{4}}) )?
        | (?<m2>{month}) \.? \s? (?:the\s)? (?<d2>[0-9]{{1,2}}) (?:st|nd|rd|th)?
            (?: ,?\s (?:del?\s)? (?<y2>[0-9]{{4}}) )?"
    ))
});

static SMALL_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x) (?<a>[0-9]{1,2})
        (?: / (?<b1>[0-9]{1,2}) (?: / (?<y1>[0-9]{4}|[0-9]{2}) )?
          | \.\s? (?<b2>[0-9]{1,2}) \.\s? (?<y2>[0-9]{4})
          | - (?<b3>[0-9]{1,2}) - (?<y3>[0-9]{4}) )",
    )
});

/// The first three letters of the months, English and Spanish.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene"],
    &["feb"],
    &["mar"],
    &["apr", "abr"],
    &["may"],
    &["jun"],
    &["jul"],
    &["aug", "ago"],
    &["sep", "set"],
    &["oct"],
    &["nov"],
    &["dec", "dic"],
];

/// English and its regions where the month is written first; Korean, Chinese and Japanese do so too.
const MONTH_FIRST: [&str; 8] = ["en", "en-US", "en-PH", "en-CA", "ko", "zh", "zh-Hant", "zh-Hans"];

/// A day: `2026-03-01`, `2026년 3월 1일`, `十二月三號`, `5 December`, `Dec 5th`, `5 de diciembre`,
/// `3.12.2026`, `12/5`; else one as seen from `today`: `tomorrow`, `下週六`, `금요일`. Without a year
/// it is the next such day, `today` included. Of `12/5` the customer's `language` says which is the
/// month, unless only one can be. Canonical `YYYY-MM-DD`.
#[must_use]
pub fn date(text: &str, today: Today, language: &str) -> Option<Taken> {
    let found = on_the_calendar(text, today, language).or_else(|| days::seen_from(text, today))?;
    Some(Taken { value: found.0.to_string(), span: found.1 })
}

/// The same, but a day before `today` is none: the next one in the text counts.
#[must_use]
pub fn date_from_today(text: &str, today: Today, language: &str) -> Option<Taken> {
    let now = today.date()?;
    date(text, today, language).filter(|taken| {
        let day: Result<Date, _> = taken.value.parse();
        day.is_ok_and(|day| day >= now)
    })
}

/// Where a day stands that has numbers in it: they count nothing.
pub(super) fn figures(text: &str) -> Option<Range<usize>> {
    Some(on_the_calendar(text, SOME_DAY, "en")?.1)
}

impl Today {
    pub(super) fn date(self) -> Option<Date> {
        Date::new(self.year, self.month, self.day).ok()
    }
}

type Day = (Date, Range<usize>);

fn on_the_calendar(text: &str, today: Today, language: &str) -> Option<Day> {
    let alone = |date: Date, found: &Captures<'_>| {
        let span = found.get(0)?.range();
        stands_alone_but_for(text, &span, &JOINTS).then_some((date, span))
    };
    let big = || {
        let mut all = BIG_FIRST.captures_iter(text);
        all.find_map(|found| alone(big_first(&found, today)?, &found))
    };
    let named = || {
        let mut all = NAMED.captures_iter(text);
        all.find_map(|found| alone(named(text, &found, today)?, &found))
    };
    let small = || {
        let mut all = SMALL_FIRST.captures_iter(text);
        all.find_map(|found| alone(small_first(&found, today, language)?, &found))
    };
    big().or_else(named).or_else(small)
}

fn big_first(found: &Captures<'_>, today: Today) -> Option<Date> {
    let month = figure(found, ["m1", "m2", "m3", "m4"])?;
    let day = figure(found, ["d1", "d2", "d3", "d4"])?;
    on(figure(found, ["y1", "y4"]), month, day, today)
}

fn named(text: &str, found: &Captures<'_>, today: Today) -> Option<Date> {
    let name = found.name("m1").or_else(|| found.name("m2"))?.as_str();
    let month =
        MONTHS.iter().position(|names| names.iter().any(|start| name.starts_with(start)))?;
    // “may 5 people come?”
    let after = text.get(found.get(0)?.end()..)?;
    let counts = [" people", " person", " guests", " of us", " more"];
    if found.name("m2").is_some() && counts.iter().any(|word| after.starts_with(word)) {
        return None;
    }
    let (month, day) = (i16::try_from(month).ok()? + 1, figure(found, ["d1", "d2"])?);
    on(figure(found, ["y1", "y2"]), month, day, today)
}

fn small_first(found: &Captures<'_>, today: Today, language: &str) -> Option<Date> {
    let (a, b) = (figure(found, ["a"])?, figure(found, ["b1", "b2", "b3"])?);
    let month_first = language.starts_with("ja") || MONTH_FIRST.contains(&language);
    let year = match found.name("y1").filter(|year| year.len() == 2) {
        // 26/12/05 begins with its year where the month stands first in 12/5.
        Some(_) if month_first && !language.starts_with("en") => return None,
        Some(_) => Some(2000 + figure(found, ["y1"])?),
        None => figure(found, ["y1", "y2", "y3"]),
    };
    // Open all day, all week.
    if year.is_none() && (a, b) == (24, 7) {
        return None;
    }
    let dotted = found.name("b2").is_some();
    let (first, second) = (on(year, a, b, today), on(year, b, a, today));
    if month_first && !dotted { first.or(second) } else { second.or(first) }
}

fn on(year: Option<i16>, month: i16, day: i16, today: Today) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    match year {
        Some(year) => Date::new(year, month, day).ok(),
        None => next(month, day, today),
    }
}

/// The first of these groups that took part, as a number.
fn figure<const N: usize>(found: &Captures<'_>, names: [&str; N]) -> Option<i16> {
    let text = names.into_iter().find_map(|name| found.name(name))?.as_str();
    words::read(text)?.try_into().ok()
}

fn next(month: i8, day: i8, today: Today) -> Option<Date> {
    let now = today.date()?;
    let years = today.year..=today.year.saturating_add(YEARS_AHEAD_MAX);
    years.filter_map(|year| Date::new(year, month, day).ok()).find(|date| *date >= now)
}
