//! Log lines that strangers can cause: one in a while, with the number of those left out, lest they
//! fill the log. What they are about is counted in full elsewhere.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lets one line through in each span of time.
#[derive(Debug)]
pub(super) struct Seldom {
    every: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    left_out: u64,
}

impl Seldom {
    pub(super) fn new(every: Duration) -> Seldom {
        Seldom { every, state: Mutex::default() }
    }

    /// Whether to say it now: how many were left out since it was last said.
    pub(super) fn now(&self, now: Instant) -> Option<u64> {
        // Nothing panics while it is held.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last.is_some_and(|last| now.saturating_duration_since(last) < self.every) {
            state.left_out += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_said_and_the_others_are_counted() {
        let (seldom, start) = (Seldom::new(Duration::from_secs(10)), Instant::now());
        let at = |seconds| seldom.now(start + Duration::from_secs(seconds));
        let said = [0, 1, 9, 10, 11, 30].map(at);
        assert_eq!(said, [Some(0), None, None, Some(2), None, Some(1)]);
    }
}
