//! Times of day.

use super::{Taken, pattern};
use crate::text::boundary::stands_alone_but_for;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Signs that would make the figures part of something longer.
const JOINTS: [char; 5] = ['.', ',', '-', '/', ':'];

static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        (?: (?<part>오전|오후|새벽|아침|점심|낮|저녁|밤
                   |上午|下午|早上|凌晨|中午|傍晚|晚上|午前|午後|朝|夜) \s? )?
        (?<hour>[0-9]{1,2})
        (?: : (?<minute>[0-9]{2}) (?: :[0-9]{2} )?
          | \s? [시點点時时] (?: \s? (?<minutes>[0-9]{1,2}) \s? [분分] | \s? (?<half>[반半]) )? )?
        (?: \s? (?<letter>[ap]) \.? m (?-u:\b) \.? )?",
    )
});

/// A part of the day, which tells 2 o'clock from 14 o'clock.
#[derive(Clone, Copy)]
enum DayPart {
    Morning,
    Noon,
    Afternoon,
    Night,
}

/// A time of day: `14:30`, `2:30pm`, `오후 2시 반`, `下午2點`, `14시`. Canonical `HH:MM`.
#[must_use]
pub fn time(text: &str) -> Option<Taken> {
    CLOCK.captures_iter(text).find_map(|found| taken(text, &found))
}

fn taken(text: &str, found: &Captures<'_>) -> Option<Taken> {
    let span = found.get(0)?.range();
    let hour: u8 = figure(found, "hour")?;
    let is_marked = found.name("letter").is_some() || !span_ends_with_hour(found);
    let is_duration = text.get(span.end..)?.starts_with(['간', '間', '间']);
    if !is_marked || is_duration || !stands_alone_but_for(text, &span, &JOINTS) {
        return None;
    }
    let half = found.name("half").map(|_| 30);
    let minute = figure(found, "minute").or_else(|| figure(found, "minutes")).or(half);
    let (hour, minute) = (on_24_hours(hour, day_part(found))?, minute.unwrap_or(0));
    (hour <= 23 && minute <= 59).then(|| Taken { value: format!("{hour:02}:{minute:02}"), span })
}

fn span_ends_with_hour(found: &Captures<'_>) -> bool {
    found.get(0).map(|all| all.end()) == found.name("hour").map(|hour| hour.end())
}

fn figure(found: &Captures<'_>, name: &str) -> Option<u8> {
    found.name(name)?.as_str().parse().ok()
}

fn day_part(found: &Captures<'_>) -> Option<DayPart> {
    let word = found.name("letter").or_else(|| found.name("part"))?;
    Some(match word.as_str() {
        "p" | "오후" | "저녁" | "下午" | "傍晚" | "午後" => DayPart::Afternoon,
        "밤" | "晚上" | "夜" => DayPart::Night,
        "낮" | "점심" | "中午" => DayPart::Noon,
        _ => DayPart::Morning,
    })
}

/// `None` for what no clock shows, such as 14 o'clock in the morning.
fn on_24_hours(hour: u8, part: Option<DayPart>) -> Option<u8> {
    match (part, hour) {
        (Some(DayPart::Morning), 13..) => None,
        (Some(DayPart::Morning | DayPart::Night), 12) => Some(0),
        (Some(DayPart::Afternoon), 1..=11)
        | (Some(DayPart::Night), 5..=11)
        | (Some(DayPart::Noon), 1..=5) => Some(hour + 12),
        _ => Some(hour),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;

    #[test]
    fn times_in_the_ways_people_write_them() {
        for (text, expected) in [
            ("at 14:30", Some("14:30")),
            ("14:30:15", Some("14:30")),
            ("14:30 amazing", Some("14:30")),
            ("2:30pm", Some("14:30")),
            ("2:30pm에 갈게요", Some("14:30")),
            ("2 p.m.", Some("14:00")),
            ("12 am", Some("00:00")),
            ("12pm", Some("12:00")),
            ("오후 2시 30분", Some("14:30")),
            ("오후2시반에요", Some("14:30")),
            ("오전 9시", Some("09:00")),
            ("저녁 7시", Some("19:00")),
            ("밤 12시", Some("00:00")),
            ("下午2點", Some("14:00")),
            ("下午2点半", Some("14:30")),
            ("晚上8點鐘", Some("20:00")),
            ("午後3時15分", Some("15:15")),
            ("14시", Some("14:00")),
            ("14시 5분", Some("14:05")),
            ("2 or 15:00", Some("15:00")),
            ("2시간 걸려요", None),
            ("3時間", None),
            ("上午14點", None),
            ("25:00", None),
            ("12:60", None),
            ("14:305", None),
            ("오후 2", None),
            ("2 ampere", None),
            ("17", None),
        ] {
            let found = time(&normal(text)).map(|taken| taken.value);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
