//! Time as data: instants in milliseconds, days in UTC. Nothing here reads a clock.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An instant: milliseconds since the Unix epoch, UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// From this value on, a number that claims to be seconds is milliseconds
/// (WhatsApp sometimes sends them; seconds reach this value in the year 33658).
const MILLISECONDS_FROM: i64 = 1_000_000_000_000;

impl Timestamp {
    /// The Unix epoch; stands for "never" in comparisons.
    pub const EPOCH: Timestamp = Timestamp(0);

    /// From WhatsApp's own timestamps: seconds, now and then milliseconds.
    #[must_use]
    pub fn from_whatsapp(value: i64) -> Timestamp {
        if value >= MILLISECONDS_FROM {
            Timestamp(value)
        } else {
            Timestamp(value.saturating_mul(1000))
        }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// This instant and `span` more; saturates.
    #[must_use]
    pub fn plus(self, span: Duration) -> Timestamp {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(millis))
    }

    /// This instant less `span`; saturates.
    #[must_use]
    pub fn minus(self, span: Duration) -> Timestamp {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_sub(millis))
    }

    /// How long after `earlier` this instant is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Timestamp) -> Duration {
        let millis = self.0.saturating_sub(earlier.0).max(0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// The UTC day this instant lies in.
    #[must_use]
    pub fn day(self) -> Day {
        const DAY_MILLIS: i64 = 86_400_000;
        Day(i32::try_from(self.0.div_euclid(DAY_MILLIS)).unwrap_or(i32::MAX))
    }
}

/// A UTC day: days since 1970-01-01. Dedupe, tallies and snapshots are kept by day.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    /// The day `days` earlier.
    #[must_use]
    pub fn minus(self, days: u16) -> Day {
        Day(self.0.saturating_sub(i32::from(days)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatsapp_seconds_and_milliseconds_are_one_instant() {
        assert_eq!(
            Timestamp::from_whatsapp(1_760_000_001),
            Timestamp::from_whatsapp(1_760_000_001_000)
        );
    }

    #[test]
    fn days_before_the_epoch_are_whole() {
        assert_eq!(Timestamp(-1).day(), Day(-1));
        assert_eq!(Timestamp(86_400_000).day(), Day(1));
    }
}
