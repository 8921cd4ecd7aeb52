//! Times of day.

use super::{Taken, pattern, words};
use crate::text::boundary::{begins, stands, stands_alone_but_for};
use crate::text::script::{Class, class};
use regex::{Captures, Regex};
use std::ops::Range;
use std::sync::LazyLock;

/// Signs that would make the figures part of something longer.
const JOINTS: [char; 5] = ['.', ',', '-', '/', ':'];

/// What tells the part of the day behind the hour.
const AFTER: &str = r"(?: \s? (?<letter>[ap]) \.? m (?-u:\b) \.?
    | \s (?:in\ the|at|this|de\ la|por\ la|del)\ 
        (?<after>morning|afternoon|evening|night|manana|madrugada|tarde|noche|mediodia) (?-u:\b)
    | \s (?<tonight>tonight) (?-u:\b) )?";

static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    let (english, spanish) = (words::ENGLISH, words::SPANISH);
    pattern(&format!(
        r"(?x)
        (?: (?<part>오전|오후|새벽|아침|점심|낮|저녁|밤
                   |上午|下午|早上|早晨|清晨|凌晨|中午|傍晚|晚上|夜晚|今晚|明晚|今早|明早|半夜|深夜
                   |午前|午後|夕方|朝|夜) [에的の]? \s?
          | (?<before>tonight|morning|afternoon|evening|night) \s at \s
          | (?<a_las>a\slas?) \s )?
        (?<hour>[0-9]{{1,2}}|[一二兩两三四五六七八九十]{{1,3}}
            |열\s?[한두]|[한두세네열]|다섯|여섯|일곱|여덟|아홉|{english}|{spanish}|once)
        (?: : (?<m1>[0-9]{{2}}) (?: :[0-9]{{2}} )?
          | (?<dotted>\. (?<m2>[0-9]{{2}}))
          | \s? (?<mark>[시點点時时])
            (?: \s? (?<m3>[0-9]{{1,2}}|[二三四五]?十[一二三四五六七八九]?|[이삼사오]?십[일이삼사오육칠팔구]?|[오五]) \s? [분分]
              | (?<m4>[0-5][0-9]) | (?<quarters>[一三]) 刻 | \s? (?<half>[반半]) )?
          | h (?<m5>[0-5][0-9])
          | \s? o'?\s?clock (?-u:\b)
          | \s y \s (?<m6>media|cuarto|diez|veinte|[0-9]{{2}}) (?-u:\b)
          | \s (?<m7>fifteen|thirty|forty[-\s]five) (?-u:\b) )?
        {AFTER}"
    ))
});

static PAST: LazyLock<Regex> = LazyLock::new(|| {
    let hours = words::ENGLISH;
    pattern(&format!(
        r"(?x) (?<minutes>half|quarter|five|ten|twenty-five|twenty|[0-9]{{1,2}}) (?<said>\sminutes)?
            \s (?<way>past|after|to) \s (?<hour>[0-9]{{1,2}}|{hours}) (?-u:\b) {AFTER}
        | a\slas?\s (?<es_hour>[0-9]{{1,2}}|{spanish}|once) \s menos \s
            (?<less>cuarto|cinco|diez|veinte) (?-u:\b) {after}",
        spanish = words::SPANISH,
        after = AFTER
            .replace("<letter>", "<es_letter>")
            .replace("<after>", "<es_after>")
            .replace("<tonight>", "<es_tonight>"),
    ))
});

static CALLED: LazyLock<Regex> =
    LazyLock::new(|| pattern("noon|midday|midnight|mediodia|medianoche|정오|자정|中午|正午|午夜"));

/// A part of the day, which tells 2 o'clock from 14 o'clock.
#[derive(Clone, Copy)]
enum DayPart {
    Morning,
    Noon,
    Afternoon,
    Night,
}

/// A time of day: `14:30`, `2:30pm`, `half past seven`, `오후 2시 반`, `下午三點`, `las 3 de la tarde`,
/// `noon`. Without a part of the day as on a clock of 24 hours. Canonical `HH:MM`.
#[must_use]
pub fn time(text: &str) -> Option<Taken> {
    let past = PAST.captures_iter(text).find_map(|found| past(text, &found));
    let clock = || CLOCK.captures_iter(text).find_map(|found| taken(text, &found));
    past.or_else(clock).or_else(|| called(text))
}

fn taken(text: &str, found: &Captures<'_>) -> Option<Taken> {
    let span = found.get(0)?.range();
    let hour = figure(found, "hour")?;
    let hour_ends = found.name("hour").map(|hour| hour.end());
    let is_led = found.name("a_las").or_else(|| found.name("before")).is_some();
    let is_marked = is_led || hour_ends != Some(span.end);
    let is_spoilt = found.name("dotted").is_some() && found.name("letter").is_none();
    if !is_marked || is_spoilt || !stands_as_time(text, found, &span) {
        return None;
    }
    let half = found.name("half").map(|_| 30);
    let quarters = figure(found, "quarters").map(|quarters| 15 * quarters);
    let written = ["m1", "m2", "m3", "m4", "m5", "m6", "m7"];
    let minute = written.iter().find_map(|name| figure(found, name)).or(half).or(quarters);
    at(hour, minute.unwrap_or(0), day_part(found), span)
}

/// Whether nothing around the time makes something else of it.
fn stands_as_time(text: &str, found: &Captures<'_>, span: &Range<usize>) -> bool {
    let onward = text.get(span.end..).unwrap_or_default();
    let is_duration = onward.starts_with(['간', '間', '间']);
    if is_duration || !stands_alone_but_for(text, span, &JOINTS) {
        return false;
    }
    let hour = found.name("hour").map_or("", |hour| hour.as_str());
    let ends_with_mark = found.name("mark").is_some_and(|mark| mark.end() == span.end);
    if found.name("part").is_none() && begins(text, span).is_err() {
        return false;
    }
    // `快一點` is “a bit faster”, `一時` is “for a while”.
    let alone = text.trim_end_matches(['.', '!', '?', '。', '~']).len() == span.len();
    let is_spoken = hour.starts_with(|c| class(c) == Class::Hangul) && ends_with_mark;
    if hour == "一" && ends_with_mark && found.name("part").is_none() {
        return alone || onward.starts_with(['鐘', '钟', '整']);
    }
    // `두 시리즈` is “two series”.
    !is_spoken
        || onward.chars().next().is_none_or(|c| {
            class(c) != Class::Hangul || "에쯤까부로정경면요이입예로도는은".contains(c)
        })
}

/// `half past seven`, `quarter to 8`, `a las ocho menos cuarto`.
fn past(text: &str, found: &Captures<'_>) -> Option<Taken> {
    let span = found.get(0)?.range();
    if !stands_alone_but_for(text, &span, &JOINTS) {
        return None;
    }
    let part = day_part(found);
    if let Some(less) = figure(found, "less") {
        return before(figure(found, "es_hour")?, less, part, span);
    }
    let (minutes, hour) = (figure(found, "minutes")?, figure(found, "hour")?);
    match found.name("way").map(|way| way.as_str()) {
        // `five to seven` is also a range.
        Some("to") if minutes != 15 && found.name("said").is_none() => None,
        Some("to") => before(hour, minutes, part, span),
        _ => at(hour, minutes, part, span),
    }
}

/// So many minutes before the full hour.
fn before(hour: u32, minutes: u32, part: Option<DayPart>, span: Range<usize>) -> Option<Taken> {
    let hour = on_24_hours(hour, part).filter(|hour| *hour <= 23)?;
    at((hour + 23) % 24, 60_u32.checked_sub(minutes)?, None, span)
}

fn at(hour: u32, minute: u32, part: Option<DayPart>, span: Range<usize>) -> Option<Taken> {
    let hour = on_24_hours(hour, part)?;
    (hour <= 23 && minute <= 59).then(|| Taken { value: format!("{hour:02}:{minute:02}"), span })
}

fn called(text: &str) -> Option<Taken> {
    let found = CALLED.find_iter(text).find(|found| stands(text, &found.range()).is_ok())?;
    let value = match found.as_str() {
        "midnight" | "medianoche" | "자정" | "午夜" => "00:00",
        _ => "12:00",
    };
    Some(Taken { value: value.to_owned(), span: found.range() })
}

fn figure(found: &Captures<'_>, name: &str) -> Option<u32> {
    match found.name(name)?.as_str() {
        "half" | "media" => Some(30),
        "quarter" | "cuarto" => Some(15),
        text => words::read(text),
    }
}

fn day_part(found: &Captures<'_>) -> Option<DayPart> {
    let names =
        ["letter", "after", "tonight", "es_letter", "es_after", "es_tonight", "part", "before"];
    let word = names.iter().find_map(|name| found.name(name))?;
    Some(match word.as_str() {
        "p" | "오후" | "저녁" | "下午" | "傍晚" | "午後" | "夕方" | "afternoon" | "evening"
        | "tarde" => DayPart::Afternoon,
        "밤" | "晚上" | "夜晚" | "今晚" | "明晚" | "夜" | "半夜" | "深夜" | "night" | "tonight"
        | "noche" => DayPart::Night,
        "낮" | "점심" | "中午" | "mediodia" => DayPart::Noon,
        _ => DayPart::Morning,
    })
}

/// `None` for what no clock shows, such as 14 o'clock in the morning.
fn on_24_hours(hour: u32, part: Option<DayPart>) -> Option<u32> {
    match (part, hour) {
        (Some(DayPart::Morning), 13..) => None,
        (Some(DayPart::Morning | DayPart::Night), 12) => Some(0),
        (Some(DayPart::Afternoon), 1..=11)
        | (Some(DayPart::Night), 5..=11)
        | (Some(DayPart::Noon), 1..=5) => Some(hour + 12),
        _ => Some(hour),
    }
}
