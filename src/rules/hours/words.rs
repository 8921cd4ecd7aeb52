//! Opening hours in the customer's language.

use super::{DAY_MINUTES, Hours, days_from_monday};
use jiff::civil::Weekday;

/// The words of one language.
struct Words {
    /// Short names from Monday.
    short: [&'static str; 7],
    /// Full names from Monday.
    full: [&'static str; 7],
    /// Between the first and the last day of a range.
    to: &'static str,
    /// All seven days.
    daily: &'static str,
    /// When nothing follows midnight to midnight.
    around_the_clock: &'static str,
}

const ENGLISH: Words = Words {
    short: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    full: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    to: "–",
    daily: "daily",
    around_the_clock: "24 h",
};
const KOREAN: Words = Words {
    short: ["월", "화", "수", "목", "금", "토", "일"],
    full: ["월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"],
    to: "–",
    daily: "매일",
    around_the_clock: "24시간",
};
const TRADITIONAL: Words = Words {
    short: ["週一", "週二", "週三", "週四", "週五", "週六", "週日"],
    full: ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"],
    to: "至",
    daily: "每天",
    around_the_clock: "24 小時",
};
const SIMPLIFIED: Words = Words {
    short: ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    full: ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"],
    to: "至",
    daily: "每天",
    around_the_clock: "24 小时",
};
const JAPANESE: Words = Words {
    short: ["月", "火", "水", "木", "金", "土", "日"],
    full: ["月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"],
    to: "～",
    daily: "毎日",
    around_the_clock: "24時間",
};
const SPANISH: Words = Words {
    short: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    full: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    to: "–",
    daily: "todos los días",
    around_the_clock: "24 h",
};

fn words(language: &str) -> &'static Words {
    let mut parts = language.split(['-', '_']);
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("ko", _) => &KOREAN,
        ("ja", _) => &JAPANESE,
        ("es", _) => &SPANISH,
        ("zh", Some("Hans" | "CN" | "SG")) => &SIMPLIFIED,
        ("zh", _) => &TRADITIONAL,
        _ => &ENGLISH,
    }
}

/// The full name of a day.
pub(super) fn weekday(day: Weekday, language: &str) -> &'static str {
    words(language).full.get(days_from_monday(day)).copied().unwrap_or_default()
}

/// The week: neighbouring days with the same hours stand together.
pub(super) fn week(week: &[Vec<Hours>; 7], language: &str) -> String {
    let words = words(language);
    let days: Vec<_> = words.short.iter().zip(week).collect();
    let groups = days.chunk_by(|(_, one), (_, next)| one == next);
    let lines = groups.filter_map(|group| {
        let ((first, hours), (last, _)) = (group.first()?, group.last()?);
        let name = match group.len() {
            1 => (*first).to_string(),
            7 => words.daily.to_owned(),
            _ => format!("{first}{}{last}", words.to),
        };
        (!hours.is_empty()).then(|| format!("{name} {}", day(hours, words)))
    });
    lines.collect::<Vec<_>>().join("; ")
}

fn day(hours: &[Hours], words: &Words) -> String {
    if hours == [Hours { from: 0, until: DAY_MINUTES }] {
        return words.around_the_clock.to_owned();
    }
    let spans = hours.iter().map(|hours| format!("{}–{}", clock(hours.from), clock(hours.until)));
    spans.collect::<Vec<_>>().join(", ")
}

/// `24:00` stays; what is past it is shown as the next day's clock.
fn clock(minutes: u16) -> String {
    let shown = if minutes > DAY_MINUTES { minutes - DAY_MINUTES } else { minutes };
    format!("{:02}:{:02}", shown / 60, shown % 60)
}
