//! Days as seen from the day of the message: `tomorrow`, `friday`, `下週六`.

use super::date::Today;
use super::pattern;
use crate::text::boundary::stands;
use crate::text::edges::without_signs;
use jiff::ToSpan;
use jiff::civil::Date;
use regex::{Captures, Regex};
use std::ops::Range;
use std::sync::LazyLock;

/// Words and how many days ahead they mean. What another word begins with stands behind it.
const AHEAD: [(&str, i64); 44] = [
    ("day after tomorrow", 2),
    ("pasado manana", 2),
    ("내일 모레", 2),
    ("내일모레", 2),
    ("大後天", 3),
    ("大后天", 3),
    ("明後日", 2),
    ("明后天", 2),
    ("あさって", 2),
    ("모레", 2),
    ("글피", 3),
    ("後天", 2),
    ("后天", 2),
    ("tomorrow", 1),
    ("tommorrow", 1),
    ("tommorow", 1),
    ("tomorow", 1),
    ("tmrw", 1),
    ("tmr", 1),
    ("manana", 1),
    ("내일", 1),
    ("명일", 1),
    ("明天", 1),
    ("明日", 1),
    ("明晚", 1),
    ("明早", 1),
    ("聽日", 1),
    ("听日", 1),
    ("あした", 1),
    ("today", 0),
    ("tonight", 0),
    ("this evening", 0),
    ("this afternoon", 0),
    ("hoy", 0),
    ("esta noche", 0),
    ("esta tarde", 0),
    ("오늘", 0),
    ("금일", 0),
    ("今天", 0),
    ("今日", 0),
    ("今晚", 0),
    ("今夜", 0),
    ("本日", 0),
    ("きょう", 0),
];

/// What may not stand right before such a word, for together they say something else: `明日` is no
/// day in `說明日期`, nor `manana` in `de la mañana`, the morning.
const NOT_BEHIND: &[(&str, &[&str])] = &[
    ("manana", &["la ", "esta "]),
    ("後天", &["以", "之", "今", "先"]),
    ("后天", &["以", "之", "今", "先"]),
    ("明", &["說", "说", "證", "证", "聲", "声"]),
];

static AHEAD_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    let words: Vec<&str> = AHEAD.iter().map(|(word, _)| *word).collect();
    pattern(&words.join("|"))
});

static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        (?: (?<en_how>next|this|coming|on|last|every) \s )?
          (?<en>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?
            |sat(?:urday)?|sun(?:day)?) (?-u:\b) (?<en_later>\snext\sweek)?
        | (?: (?<es_how>proximo|este|cada) \s )?
          (?<es>lunes|martes|miercoles|jueves|viernes|sabado|domingo) (?-u:\b)
          (?: \s (?<es_later>que\sviene|proximo|pasado) )?
        | (?: (?<ko_how>다다음|다음|담|이번|저번|지난|매) \s? 주? \s? )?
          (?<ko>[월화수목금토일])(?:요일|욜)
        | (?<zh_how>下下|下|這|这|本|此|上|每|[一二三四五六七八九十兩两0-9])? [個个]?
          (?:星期|週|周|禮拜|礼拜) (?<zh>[一二三四五六日天])
        | (?: (?<ja_how>再来週|来週|今週|先週|毎週|次) の? \s? )? (?<ja>[月火水木金土日])曜日?",
    )
});

/// Monday to Sunday in each way of writing them, by how the word begins.
const WEEK: [&[&str]; 7] = [
    &["mon", "lun", "월", "一", "月"],
    &["tue", "mar", "화", "二", "火"],
    &["wed", "mie", "수", "三", "水"],
    &["thu", "jue", "목", "四", "木"],
    &["fri", "vie", "금", "五", "金"],
    &["sat", "sab", "토", "六", "土"],
    &["sun", "dom", "일", "日", "天"],
];

/// Short names of days that are words of their own, too.
const OTHER_WORDS: [&str; 4] = ["mon", "wed", "sat", "sun"];

/// Which of all the Fridays.
enum Which {
    /// The next one, today included.
    Coming,
    /// The next one after today.
    Following,
    /// That of so many weeks ahead; weeks begin on Monday.
    Week(i64),
}

/// The day that a text means, and where it stands there.
pub(super) fn seen_from(text: &str, today: Today) -> Option<(Date, Range<usize>)> {
    let now = today.date()?;
    ahead(text, now).or_else(|| {
        WEEKDAY.captures_iter(text).find_map(|found| {
            let span = found.get(0)?.range();
            stands(text, &span).ok()?;
            Some((weekday(text, &found, now)?, span))
        })
    })
}

fn ahead(text: &str, now: Date) -> Option<(Date, Range<usize>)> {
    AHEAD_WORDS.find_iter(text).find_map(|found| {
        let (_, days) = AHEAD.iter().find(|(word, _)| *word == found.as_str())?;
        let before = text.get(..found.start())?;
        let another = NOT_BEHIND.iter().any(|(word, leads)| {
            found.as_str().starts_with(word) && leads.iter().any(|lead| before.ends_with(lead))
        });
        let counts = !another && stands(text, &found.range()).is_ok();
        let date = now.checked_add(days.days()).ok().filter(|_| counts)?;
        Some((date, found.range()))
    })
}

fn weekday(text: &str, found: &Captures<'_>, now: Date) -> Option<Date> {
    let name = ["en", "es", "ko", "zh", "ja"].iter().find_map(|name| found.name(name))?.as_str();
    let place = WEEK.iter().position(|names| names.iter().any(|start| name.starts_with(start)))?;
    let begins = found.get(0)?.start() == 0;
    let hows = ["en_how", "en_later", "es_how", "es_later", "ko_how", "zh_how", "ja_how"];
    let how = hows.iter().find_map(|name| found.name(name)).map(|how| how.as_str().trim());
    let short = OTHER_WORDS.contains(&name) && how.is_none();
    if short && !begins && without_signs(text) != name {
        return None;
    }
    let from_monday = i64::from(now.weekday().to_monday_zero_offset());
    let place = i64::try_from(place).ok()?;
    let to_come = (place - from_monday).rem_euclid(7);
    let days = match which(how.unwrap_or_default())? {
        Which::Coming => to_come,
        Which::Following => {
            if to_come == 0 {
                7
            } else {
                to_come
            }
        }
        Which::Week(ahead) => 7 * ahead + place - from_monday,
    };
    now.checked_add(days.days()).ok()
}

/// `None` for a day that is over, or comes every week.
fn which(how: &str) -> Option<Which> {
    Some(match how {
        "" | "on" | "this" | "coming" | "este" | "이번" | "這" | "这" | "本" | "此" | "今週" => {
            Which::Coming
        }
        "proximo" | "que viene" | "次" => Which::Following,
        "next" | "next week" | "다음" | "담" | "下" | "来週" => Which::Week(1),
        "다다음" | "下下" | "再来週" => Which::Week(2),
        _ => return None,
    })
}
