//! `[whatsapp] rate` and `pair`: how fast may be sent. `[limits]` `replies_per_minute`, `same_text` and
//! `storm`: when it is too much for one contact.

use super::sections::duration;
use super::walk::{Problems, Section};
use crate::limits;
use std::ops::RangeInclusive;
use std::time::Duration;

/// `[whatsapp] rate`: messages a second and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At the start.
    pub start: u32,
    /// At most: the number's own level.
    pub max: u32,
}

/// `[whatsapp] pair`: messages to the same customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// One so often…
    pub every: Duration,
    /// …and so many in a burst.
    pub burst: u32,
}

/// `[limits] same_text`: when one contact gets the same too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SameText {
    /// From this one on…
    pub times: u32,
    /// …within so long.
    pub within: Duration,
}

impl Default for SameText {
    fn default() -> Self {
        SameText {
            times: limits::SAME_TEXT_TIMES_DEFAULT,
            within: limits::SAME_TEXT_WITHIN_DEFAULT,
        }
    }
}

impl Default for Rate {
    fn default() -> Self {
        Rate { start: limits::RATE_START, max: limits::RATE_MAX }
    }
}

impl Default for Pair {
    fn default() -> Self {
        Pair { every: limits::PAIR_EVERY, burst: limits::PAIR_BURST }
    }
}

/// `rate = { start = 50, max = 80 }`
pub(super) fn rate(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Rate {
    let default = Rate::default();
    let Some(mut table) = section.inline("rate", "{ start = 50, max = 80 }", problems) else {
        return default;
    };
    let bounds = 1..=limits::RATE_LEVEL_MAX;
    let max = number(&mut table, "max", default.max, bounds.clone(), problems);
    let start = number(&mut table, "start", default.start.min(max), bounds, problems);
    if start > max {
        let message = format!("`start = {start}` lies above `max = {max}`");
        let help = "begin at `max` or below".to_owned();
        problems.error("C005", table.span.clone(), "", message, help);
    }
    table.finish(&[], problems);
    Rate { start, max }
}

/// `pair = { every = "6s", burst = 10 }`
pub(super) fn pair(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Pair {
    let default = Pair::default();
    let Some(mut table) = section.inline("pair", "{ every = \"6s\", burst = 10 }", problems) else {
        return default;
    };
    let bounds = Duration::from_millis(1)..=Duration::from_secs(60);
    let every = duration(&mut table, "every", default.every, bounds, problems);
    let burst = number(&mut table, "burst", default.burst, 1..=1_000, problems);
    table.finish(&[], problems);
    Pair { every, burst }
}

/// `replies_per_minute = 20`
pub(super) fn replies_per_minute(section: &mut Section<'_>, problems: &mut Problems<'_>) -> u32 {
    let bounds = 1..=limits::REPLIES_PER_MINUTE_MAX;
    let default = limits::REPLIES_PER_MINUTE_DEFAULT;
    number(section, "replies_per_minute", default, bounds, problems)
}

/// `same_text = { times = 3, in = "10m" }`
pub(super) fn same_text(section: &mut Section<'_>, problems: &mut Problems<'_>) -> SameText {
    let default = SameText::default();
    let example = "{ times = 3, in = \"10m\" }";
    let Some(mut table) = section.inline("same_text", example, problems) else {
        return default;
    };
    // At 1, nothing would ever be sent.
    let bounds = 2..=limits::SAME_TEXT_TIMES_MAX;
    let times = number(&mut table, "times", default.times, bounds, problems);
    let bounds = Duration::from_secs(1)..=limits::SERVICE_WINDOW;
    let within = duration(&mut table, "in", default.within, bounds, problems);
    table.finish(&[], problems);
    SameText { times, within }
}

/// `storm = "queue:NAME"`; whether there is that queue is for the rules to say.
pub(super) fn storm(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let (text, span) = section.text("storm", problems)?;
    match text.strip_prefix("queue:") {
        Some(queue) if !queue.is_empty() && queue.trim() == queue => Some(queue.to_owned()),
        _ => {
            let message = format!("`storm = \"{text}\"` names no queue");
            let help = "write `storm = \"queue:NAME\"`, with the name of a queue of the rules";
            problems.error("C005", span, "", message, help.to_owned());
            None
        }
    }
}

fn number(
    section: &mut Section<'_>,
    key: &'static str,
    default: u32,
    bounds: RangeInclusive<u32>,
    problems: &mut Problems<'_>,
) -> u32 {
    let Some(found) = section.value(key) else { return default };
    let Some(given) = found.value.as_integer() else {
        problems.wrong_kind(&found, "a whole number");
        return default;
    };
    let value = u32::from_str_radix(given.as_str(), given.radix()).ok();
    if let Some(value) = value.filter(|value| bounds.contains(value)) {
        return value;
    }
    let (least, most) = (bounds.start(), bounds.end());
    let message = format!("`{key} = {given}` is out of bounds");
    let help = format!("it must lie between {least} and {most}");
    problems.error("C005", found.span.clone(), "", message, help);
    default
}
