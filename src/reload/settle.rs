//! When what was seen is what somebody wanted: two equal looks a while apart. Told the time.

use crate::limits;
use std::time::{Duration, Instant};

/// Looks at something that may still be changing.
pub(super) struct Settle {
    began: Instant,
    last: String,
    last_at: Instant,
}

/// What a look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Look again after so long.
    Again(Duration),
    /// It rests.
    Settled,
    /// It changes for too long.
    Restless,
}

impl Settle {
    /// The first look: `key` tells contents apart.
    pub(super) fn begin(key: &str, now: Instant) -> Settle {
        Settle { began: now, last: key.to_owned(), last_at: now }
    }

    /// Another look.
    pub(super) fn see(&mut self, key: &str, now: Instant) -> Step {
        let apart = now.saturating_duration_since(self.last_at);
        if self.last != key {
            self.last = key.to_owned();
            self.last_at = now;
        } else if apart >= limits::RELOAD_SETTLE {
            return Step::Settled;
        } else {
            return Step::Again(limits::RELOAD_SETTLE.saturating_sub(apart));
        }
        if now.saturating_duration_since(self.began) > limits::RELOAD_SETTLE_MAX {
            return Step::Restless;
        }
        Step::Again(limits::RELOAD_SETTLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of looks at these milliseconds.
    fn steps(looks: &[(u64, &str)]) -> Vec<Step> {
        let start = Instant::now();
        let mut looks = looks.iter();
        let (_, first) = looks.next().unwrap();
        let mut settle = Settle::begin(first, start);
        looks.map(|(at, key)| settle.see(key, start + Duration::from_millis(*at))).collect()
    }

    const AGAIN: Step = Step::Again(limits::RELOAD_SETTLE);

    #[test]
    fn two_equal_looks_settle_it_only_when_they_are_apart() {
        assert_eq!(steps(&[(0, "a"), (250, "a")]), [Step::Settled]);
        let soon = Step::Again(Duration::from_millis(150));
        assert_eq!(steps(&[(0, "a"), (100, "a"), (250, "a")]), [soon, Step::Settled]);
    }

    #[test]
    fn a_checkout_half_done_is_not_taken() {
        let looks = [(0, "a"), (250, "ab"), (500, "abc"), (750, "abc")];
        assert_eq!(steps(&looks), [AGAIN, AGAIN, Step::Settled]);
        let back_and_forth = [(0, "a"), (250, "b"), (500, "a"), (750, "b")];
        assert_eq!(steps(&back_and_forth), [AGAIN, AGAIN, AGAIN]);
    }

    #[test]
    fn what_never_rests_is_given_up() {
        let last = u64::try_from(limits::RELOAD_SETTLE_MAX.as_millis()).unwrap() / 250 + 1;
        let looks: Vec<(u64, String)> = (0..=last).map(|n| (n * 250, n.to_string())).collect();
        let looks: Vec<(u64, &str)> = looks.iter().map(|(at, key)| (*at, key.as_str())).collect();
        let steps = steps(&looks);
        assert_eq!(steps.last(), Some(&Step::Restless));
        assert!(steps.iter().rev().skip(1).all(|step| *step == AGAIN));
    }
}
