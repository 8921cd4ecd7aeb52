//! A draft of `[hours.X]` → the compiled calendar, or everything that is wrong with it.

use super::zone::zone_help;
use super::{DAY_MINUTES, Days, Hours, HoursDraft, HoursProblem, Inner, days_from_monday, zones};
use crate::rules::suggest::nearest;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

/// What is wrong with one entry: message and help.
type Wrong = (String, Option<String>);

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const OPEN_EXAMPLE: &str = "write `mon-fri 10:00-12:30 13:30-18:00`";
const CLOSED_EXAMPLE: &str =
    "write `2026-10-03`, `2026-09-24..2026-09-26`, or `12-25` for every year";
const EXTRA_EXAMPLE: &str = "write `2026-12-24 10:00-15:00`";

/// The name of a day as `open` writes it.
pub(super) fn day_name(day: Weekday) -> &'static str {
    DAYS.get(days_from_monday(day)).copied().unwrap_or_default()
}

pub(super) fn parse(draft: &HoursDraft) -> Result<Inner, Vec<HoursProblem>> {
    let mut problems = Vec::new();
    let mut inner = Inner { zone_name: draft.zone.clone(), ..Inner::default() };
    match zone(&draft.zone) {
        Ok(zone) => inner.zone = zone,
        Err(wrong) => problems.push(problem("zone", 0, wrong)),
    }
    for (index, line) in draft.open.iter().enumerate() {
        if let Err(wrong) = open(line, &mut inner.week) {
            problems.push(problem("open", index, wrong));
        }
    }
    for (index, exception) in draft.closed.iter().enumerate() {
        match closed(&exception.on) {
            Ok(days) => inner.closed.push((days, exception.why.clone())),
            Err(wrong) => problems.push(problem("closed", index, wrong)),
        }
    }
    for (index, line) in draft.extra.iter().enumerate() {
        match extra(line) {
            Ok(day) => inner.extra.push(day),
            Err(wrong) => problems.push(problem("extra", index, wrong)),
        }
    }
    if problems.is_empty() { Ok(inner) } else { Err(problems) }
}

fn problem(key: &'static str, index: usize, (message, help): Wrong) -> HoursProblem {
    HoursProblem { key, index, message, help }
}

fn wrong(message: String, help: &str) -> Wrong {
    (message, Some(help.to_owned()))
}

fn zone(name: &str) -> Result<TimeZone, Wrong> {
    zones()
        .get(name)
        .map_err(|_| (format!("there is no time zone `{name}`"), Some(zone_help(name))))
}

/// `mon-fri 10:00-12:30 13:30-18:00`, `sat,sun 10:00-14:00`, `daily 09:00-18:00`.
fn open(line: &str, week: &mut [Vec<Hours>; 7]) -> Result<(), Wrong> {
    let (days, spans) = match line.trim().strip_prefix("every day") {
        Some(spans) => ("daily", spans),
        None => line.trim().split_once(' ').unwrap_or((line.trim(), "")),
    };
    let days = open_days(days)?;
    let spans = spans_of(spans, OPEN_EXAMPLE)?;
    for (day, hours) in week.iter_mut().enumerate().filter(|(day, _)| days.contains(day)) {
        hours.extend(&spans);
        hours.sort_unstable();
        check_overlap(hours, DAYS.get(day).copied().unwrap_or_default())?;
    }
    Ok(())
}

fn open_days(text: &str) -> Result<Vec<usize>, Wrong> {
    if text == "daily" {
        return Ok((0..7).collect());
    }
    let mut days = Vec::new();
    for part in text.split(',') {
        match part.split_once('-') {
            None => days.push(day(part)?),
            Some((first, last)) => {
                let (first, last) = (day(first)?, day(last)?);
                let count = (last + 7 - first) % 7;
                days.extend((0..=count).map(|ahead| (first + ahead) % 7));
            }
        }
    }
    Ok(days)
}

fn day(name: &str) -> Result<usize, Wrong> {
    let lower = name.trim().to_ascii_lowercase();
    DAYS.iter().position(|day| *day == lower).ok_or_else(|| {
        // `Monday` begins with the name that was meant.
        let near = DAYS.iter().find(|day| lower.starts_with(**day)).copied();
        let help = match near.or_else(|| nearest(&lower, DAYS)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "days are `mon tue wed thu fri sat sun`, or `daily`".to_owned(),
        };
        (format!("`{name}` is no day"), Some(help))
    })
}

fn spans_of(text: &str, example: &str) -> Result<Vec<Hours>, Wrong> {
    let spans: Vec<_> = text.split_whitespace().map(|part| span(part, example)).collect();
    if spans.is_empty() {
        return Err(wrong("the times are missing".to_owned(), example));
    }
    let mut spans = spans.into_iter().collect::<Result<Vec<_>, _>>()?;
    spans.sort_unstable();
    Ok(spans)
}

/// `10:00-12:30`; `22:00-02:00` ends on the next day.
fn span(text: &str, example: &str) -> Result<Hours, Wrong> {
    let (from, until) = text
        .split_once(['-', '–'])
        .ok_or_else(|| wrong(format!("`{text}` is no span of time"), example))?;
    let (from, until) = (clock(from, example)?, clock(until, example)?);
    if from == DAY_MINUTES || from == until {
        return Err(wrong(format!("`{text}` has no length"), "all day is `00:00-24:00`"));
    }
    let until = if until < from { until + DAY_MINUTES } else { until };
    Ok(Hours { from, until })
}

fn clock(text: &str, example: &str) -> Result<u16, Wrong> {
    let minutes = text.trim().split_once(':').and_then(|(hour, minute)| {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(hour) || !digits(minute) || minute.len() != 2 {
            return None;
        }
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (hour < 24 && minute < 60 || hour == 24 && minute == 0).then(|| hour * 60 + minute)
    });
    minutes.ok_or_else(|| wrong(format!("`{text}` is no time of day"), example))
}

fn check_overlap(hours: &[Hours], day: &str) -> Result<(), Wrong> {
    let overlap = hours.windows(2).any(|pair| matches!(pair, [one, next] if next.from < one.until));
    if overlap {
        return Err(wrong(
            format!("two spans of `{day}` overlap"),
            "let each span begin after the one before it has ended",
        ));
    }
    Ok(())
}

fn closed(text: &str) -> Result<Days, Wrong> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (first.trim(), last.trim());
    if let (Some(first), Some(last)) = (yearly(first), yearly(last)) {
        return Ok(Days::Yearly(first, last));
    }
    let (first, last) = (date(first, CLOSED_EXAMPLE)?, date(last, CLOSED_EXAMPLE)?);
    if last < first {
        return Err(wrong(format!("`{text}` ends before it begins"), CLOSED_EXAMPLE));
    }
    Ok(Days::Once(first, last))
}

/// `12-25`. Checked against a leap year, so that `02-29` may stand.
fn yearly(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    if month.len() != 2 || day.len() != 2 {
        return None;
    }
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    Date::new(2024, month, day).ok().map(|date| (date.month(), date.day()))
}

fn date(text: &str, example: &str) -> Result<Date, Wrong> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    plain
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| wrong(format!("`{text}` is no date"), example))
}

fn extra(line: &str) -> Result<(Date, Vec<Hours>), Wrong> {
    let (day, spans) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let day = date(day, EXTRA_EXAMPLE)?;
    let spans = spans_of(spans, EXTRA_EXAMPLE)?;
    check_overlap(&spans, &day.to_string())?;
    Ok((day, spans))
}
