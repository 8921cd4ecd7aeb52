//! `[hours.X]`: when the shop is open. Pure calendar arithmetic on the event's time.
//!
//! A span of opening belongs to the day it begins on: `fri 22:00-02:00` is open on Saturday at
//! 01:00, and closing Saturday does not shorten it. Times are those of the clock on the wall there;
//! the time zones are the ones compiled in, never the system's. The draft is read in [`parse`], the
//! words are in [`words`].

mod parse;
mod words;
mod zone;

use crate::limits;
use crate::model::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp as Instant, ToSpan, ZonedDateTime};
use std::sync::Arc;

/// `[hours.X]` as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoursDraft {
    /// An IANA zone: `Asia/Taipei`.
    pub zone: String,
    /// `mon-fri 10:00-12:30 13:30-18:00`
    pub open: Vec<String>,
    /// Days it is closed all the same.
    pub closed: Vec<Exception>,
    /// `2026-12-24 10:00-15:00`; opens on closed days too.
    pub extra: Vec<String>,
}

/// An entry of `closed`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exception {
    /// `2026-10-03`, `2026-09-24..2026-09-26`, or each year `12-25`, `12-24..01-02`.
    pub on: String,
    /// The reason, for the customer.
    pub why: Option<String>,
}

/// What is wrong with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursProblem {
    /// `zone`, `open`, `closed` or `extra`.
    pub key: &'static str,
    /// Which entry of it; 0 for `zone`.
    pub index: usize,
    /// What is wrong.
    pub message: String,
    /// What to type.
    pub help: Option<String>,
}

/// A compiled calendar. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Calendar(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    zone: TimeZone,
    zone_name: String,
    /// By weekday from Monday, in order of their beginnings.
    week: [Vec<Hours>; 7],
    closed: Vec<(Days, Option<String>)>,
    extra: Vec<(Date, Vec<Hours>)>,
}

impl Default for Inner {
    fn default() -> Self {
        Inner {
            zone: TimeZone::UTC,
            zone_name: "UTC".to_owned(),
            week: Default::default(),
            closed: Vec::new(),
            extra: Vec::new(),
        }
    }
}

/// From and until, in minutes after the midnight the day began with; `until` may be past 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hours {
    from: u16,
    until: u16,
}

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// Days on which it is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Days {
    /// First and last.
    Once(Date, Date),
    /// First and last (month, day) of each year; may run over New Year.
    Yearly((i8, i8), (i8, i8)),
}

impl Days {
    fn contains(self, date: Date) -> bool {
        match self {
            Days::Once(first, last) => first <= date && date <= last,
            Days::Yearly(first, last) => {
                let day = (date.month(), date.day());
                if first <= last {
                    first <= day && day <= last
                } else {
                    first <= day || day <= last
                }
            }
        }
    }
}

impl Calendar {
    /// Compiles a draft.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(draft: &HoursDraft) -> Result<Calendar, Vec<HoursProblem>> {
        parse::parse(draft).map(|inner| Calendar(Arc::new(inner)))
    }

    /// Whether it is open at `at`.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let Some(local) = self.local(at) else { return false };
        let days = [local.date().yesterday().ok(), Some(local.date())];
        days.into_iter().flatten().any(|day| {
            self.instants(day).any(|(from, until)| from <= at.millis() && at.millis() < until)
        })
    }

    /// When it goes from closed to open next, after `at`; `None` when it does not within
    /// [`limits::HOURS_AHEAD_DAYS_MAX`].
    #[must_use]
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        let today = self.local(at)?.date();
        for ahead in -1..=limits::HOURS_AHEAD_DAYS_MAX {
            let Ok(day) = today.checked_add(ahead.days()) else { break };
            let opens = self.instants(day).map(|(from, _)| Timestamp(from)).filter(|from| {
                *from > at && !self.is_open(Timestamp(from.millis().saturating_sub(1)))
            });
            if let Some(first) = opens.min() {
                return Some(first);
            }
        }
        None
    }

    /// The week in words: `Mon–Fri 10:00–12:30, 13:30–18:00; Sat 10:00–14:00`. Empty where it never
    /// opens. Unknown languages get English.
    #[must_use]
    pub fn text(&self, language: &str) -> String {
        words::week(&self.0.week, language)
    }

    /// The next opening in words: `Monday 10:00`; with the date where it is a week away or more.
    /// Empty where it does not open again.
    #[must_use]
    pub fn opens(&self, at: Timestamp, language: &str) -> String {
        let Some(opening) = self.next_opening(at) else { return String::new() };
        let (Some(now), Some(then)) = (self.local(at), self.local(opening)) else {
            return String::new();
        };
        let day = words::weekday(then.weekday(), language);
        let time = then.strftime("%H:%M");
        let soon = now.date().checked_add(7.days()).is_ok_and(|week| then.date() < week);
        if soon { format!("{day} {time}") } else { format!("{day} {} {time}", then.date()) }
    }

    /// Why it is closed on the day of `at`; `None` where it is open or no reason is given.
    #[must_use]
    pub fn why(&self, at: Timestamp) -> Option<&str> {
        if self.is_open(at) {
            return None;
        }
        let today = self.local(at)?.date();
        let mut closed = self.0.closed.iter().filter(|(days, _)| days.contains(today));
        closed.find_map(|(_, why)| why.as_deref())
    }

    /// The zone's name, as given.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.0.zone_name
    }

    /// The date there: `2026-03-01`.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> String {
        self.day_there(at).map(|day| day.to_string()).unwrap_or_default()
    }

    /// The day there; `None` for an instant that no calendar knows.
    #[must_use]
    pub fn day_there(&self, at: Timestamp) -> Option<Date> {
        self.local(at).map(|local| local.date())
    }

    /// The time on the clock there: `23:10`.
    #[must_use]
    pub fn time(&self, at: Timestamp) -> String {
        self.local(at).map(|local| local.strftime("%H:%M").to_string()).unwrap_or_default()
    }

    /// The day of the week there, as `open` names it: `mon` … `sun`.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> &'static str {
        self.local(at).map_or("", |local| parse::day_name(local.weekday()))
    }

    fn local(&self, at: Timestamp) -> Option<ZonedDateTime> {
        let instant = Instant::from_millisecond(at.millis()).ok()?;
        Some(instant.to_zoned_datetime(self.0.zone.clone()))
    }

    /// The spans that begin on a day, in milliseconds since the epoch.
    fn instants(&self, day: Date) -> impl Iterator<Item = (i64, i64)> + '_ {
        let closed = self.0.closed.iter().any(|(days, _)| days.contains(day));
        let week = self.0.week.get(days_from_monday(day.weekday())).filter(|_| !closed);
        let extra = self.0.extra.iter().filter(move |(date, _)| *date == day);
        week.into_iter().chain(extra.map(|(_, hours)| hours)).flatten().filter_map(move |hours| {
            Some((self.instant(day, hours.from)?, self.instant(day, hours.until)?))
        })
    }

    /// A time of the clock as an instant. What the clock skips in spring comes an hour later; of
    /// what it shows twice in autumn the first counts.
    fn instant(&self, day: Date, minutes: u16) -> Option<i64> {
        let day = day.checked_add(i64::from(minutes / DAY_MINUTES).days()).ok()?;
        let minutes = minutes % DAY_MINUTES;
        let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
        let clock = DateTime::from_parts(day, jiff::civil::Time::new(hour, minute, 0, 0).ok()?);
        let zoned = self.0.zone.to_ambiguous_zoned_datetime(clock).compatible().ok()?;
        Some(zoned.timestamp().as_millisecond())
    }
}

fn days_from_monday(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)
}

/// What to type instead, where a time zone does not exist.
#[must_use]
pub fn zone_problem(name: &str) -> Option<String> {
    zones().get(name).is_err().then(|| zone::zone_help(name))
}

/// The time zones compiled in.
fn zones() -> TimeZoneDatabase {
    TimeZoneDatabase::bundled()
}

#[cfg(test)]
mod tests;
