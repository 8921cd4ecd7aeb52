//! Instants as people of the shop read and write them: in the zone in which the rules' days count.

use crate::model::Timestamp;
use crate::rules::Ruleset;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The zone of the first calendar by name, else UTC; as days of `from` and `until`.
#[must_use]
pub fn zone_name(rules: &Ruleset) -> &str {
    rules.hours.values().next().map_or("UTC", |calendar| calendar.zone())
}

/// `2026-11-25 15:00:00 Asia/Seoul`
#[must_use]
pub fn in_words(rules: &Ruleset, at: Timestamp) -> String {
    let Ok(instant) = jiff::Timestamp::from_millisecond(at.millis()) else { return String::new() };
    let local = instant.to_zoned_datetime(zone(rules));
    format!("{} {}", local.strftime("%F %T"), zone_name(rules))
}

/// An instant with its offset (RFC 3339); or a time such as `2026-11-25 15:00`, or the beginning of
/// a day, in the zone of the rules.
#[must_use]
pub fn instant(rules: &Ruleset, text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(instant.as_millisecond()));
    }
    let day = || text.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0));
    let local = text.parse::<DateTime>().ok().or_else(day)?;
    Some(Timestamp(zone(rules).to_timestamp(local).ok()?.as_millisecond()))
}

fn zone(rules: &Ruleset) -> TimeZone {
    TimeZoneDatabase::bundled().get(zone_name(rules)).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::check;
    use crate::rules::{Settings, Sources};

    #[test]
    fn times_without_an_offset_are_the_shops() {
        let calendar = "[hours.shop]\nzone = \"Asia/Seoul\"\nopen = [\"mon-fri 09:00-18:00\"]\n[[reply]]\n\
             id = \"x\"\nwords = [\"x\"]\nhours = \"shop\"\ntext = \"y\"\n";
        let read = |text: &str| {
            let sources = Sources::default().with("shop.toml", text);
            check(&sources, &Settings::default()).ruleset.unwrap()
        };
        let (korean, bare) =
            (read(calendar), read("[[reply]]\nid = \"x\"\nwords = [\"x\"]\ntext = \"y\"\n"));
        for (text, wanted) in [
            ("2026-11-25 15:00", "2026-11-25 15:00:00 Asia/Seoul"),
            ("2026-11-25T15:00:30", "2026-11-25 15:00:30 Asia/Seoul"),
            ("2026-11-25", "2026-11-25 00:00:00 Asia/Seoul"),
            ("2026-11-25T15:00:00+00:00", "2026-11-26 00:00:00 Asia/Seoul"),
            ("2026-11-25T15:00:00Z", "2026-11-26 00:00:00 Asia/Seoul"),
        ] {
            let at = instant(&korean, text).unwrap();
            assert_eq!(in_words(&korean, at), wanted, "{text}");
        }
        let at = instant(&bare, "2026-11-25 15:00").unwrap();
        assert_eq!(in_words(&bare, at), "2026-11-25 15:00:00 UTC");
        for bad in ["", "tomorrow", "15:00", "2026-13-01", "25.11.2026"] {
            assert_eq!(instant(&korean, bad), None, "{bad}");
        }
    }
}
