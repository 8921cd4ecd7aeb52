//! Quiet hours: when marketing waits, on the contact's own clock. Compared at commit and at claim,
//! so it knows no rule.

use super::{Contact, Timestamp};
use jiff::civil::Time;
use jiff::tz::TimeZoneDatabase;
use serde::{Deserialize, Serialize};

/// A stretch of every day (`21:00-08:00`; it may pass midnight).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Its beginning, in minutes after midnight.
    pub from: u16,
    /// Its end, in minutes after midnight; not the same as `from`.
    pub until: u16,
    /// The zone of contacts whose own is not known (IANA: `Asia/Seoul`).
    pub zone: String,
}

impl QuietHours {
    /// When it ends for this contact, if it is quiet for them at `now`. A contact whose zone is not
    /// known lives in the zone of the rules. `None` also where a zone cannot be read: the rules were
    /// checked, and a contact's zone is checked when it is set.
    #[must_use]
    pub fn end_for(&self, contact: &Contact, now: Timestamp) -> Option<Timestamp> {
        let zone = contact.zone.as_deref().unwrap_or(&self.zone);
        let zones = TimeZoneDatabase::bundled();
        let zone = zones.get(zone).or_else(|_| zones.get(&self.zone)).ok()?;
        let there = jiff::Timestamp::from_millisecond(now.millis()).ok()?;
        let there = there.to_zoned_datetime(zone);
        let minute =
            u16::from(there.hour().unsigned_abs()) * 60 + u16::from(there.minute().unsigned_abs());
        if !self.covers(minute) {
            return None;
        }
        let today = there.date();
        let ends_today = minute < self.until;
        let day = if ends_today { today } else { today.tomorrow().ok()? };
        let hour = i8::try_from(self.until / 60).ok()?;
        let end = Time::new(hour, i8::try_from(self.until % 60).ok()?, 0, 0).ok()?;
        let end = there.time_zone().to_timestamp(day.to_datetime(end)).ok()?;
        Some(Timestamp(end.as_millisecond()))
    }

    fn covers(&self, minute: u16) -> bool {
        if self.from < self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ContactId;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn quiet_is_judged_on_the_contacts_own_clock() {
        let night = QuietHours { from: 21 * 60, until: 8 * 60, zone: "Asia/Seoul".to_owned() };
        let noon = QuietHours { from: 12 * 60, until: 13 * 60, zone: "Asia/Seoul".to_owned() };
        let here = Contact::new(ContactId(uuid::Uuid::nil()), Timestamp(0));
        let there = Contact { zone: Some("America/New_York".to_owned()), ..here.clone() };
        for (hours, contact, now, end) in [
            (&night, &here, "2026-03-01T20:59:59+09:00", None),
            (&night, &here, "2026-03-01T21:00:00+09:00", Some("2026-03-02T08:00:00+09:00")),
            (&night, &here, "2026-03-02T07:59:59+09:00", Some("2026-03-02T08:00:00+09:00")),
            (&night, &here, "2026-03-02T08:00:00+09:00", None),
            (&night, &there, "2026-03-02T08:00:00-05:00", None),
            (&night, &there, "2026-03-02T12:00:00+09:00", Some("2026-03-02T08:00:00-05:00")),
            // The clocks go forward at 02:00: the night is an hour shorter.
            (&night, &there, "2026-03-07T23:00:00-05:00", Some("2026-03-08T08:00:00-04:00")),
            (&noon, &here, "2026-03-01T12:30:00+09:00", Some("2026-03-01T13:00:00+09:00")),
            (&noon, &here, "2026-03-01T13:00:00+09:00", None),
        ] {
            assert_eq!(hours.end_for(contact, at(now)), end.map(at), "{now}");
        }
    }
}
