//! Where sending pauses because the destination fails: a gauge for Prometheus, a list for people.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What pauses where everything does.
pub const EVERY_NUMBER: &str = "all";

/// A pause that WhatsApp's answers, or its silence, forced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingPause {
    /// The name of the number in `usher.toml`; [`EVERY_NUMBER`] where it is none alone.
    pub number: String,
    /// Why, in one word: `unreachable`, `token`, `wrong_address`, …
    pub reason: String,
    /// Why, in words; no customer's.
    pub detail: String,
}

/// Labels of a pause.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PauseLabels {
    number: String,
    reason: String,
}

/// The pauses that stand.
#[derive(Debug, Default)]
pub struct Sending {
    /// 1 for each pause, 0 for those that were.
    pub(super) gauge: Family<PauseLabels, Gauge>,
    standing: Mutex<Vec<SendingPause>>,
}

/// What changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Pauses that begin.
    pub begun: Vec<SendingPause>,
    /// Pauses that are over.
    pub ended: Vec<SendingPause>,
}

impl Sending {
    /// Shows these pauses and no others; gives what is new.
    pub fn show(&self, now: Vec<SendingPause>) -> Changed {
        let mut standing = self.lock();
        let same = |one: &SendingPause, other: &SendingPause| {
            one.number == other.number && one.reason == other.reason
        };
        let beside = |some: &[SendingPause], others: &[SendingPause]| -> Vec<SendingPause> {
            let new = some.iter().filter(|one| !others.iter().any(|other| same(one, other)));
            new.cloned().collect()
        };
        let changed = Changed { begun: beside(&now, &standing), ended: beside(&standing, &now) };
        for (pauses, value) in [(&changed.begun, 1), (&changed.ended, 0)] {
            for SendingPause { number, reason, .. } in pauses {
                let labels = PauseLabels { number: number.clone(), reason: reason.clone() };
                self.gauge.get_or_create(&labels).set(value);
            }
        }
        *standing = now;
        changed
    }

    /// Shows that there is no such pause.
    pub(super) fn prepare(&self, number: &str, reason: &str) {
        let labels = PauseLabels { number: number.to_owned(), reason: reason.to_owned() };
        self.gauge.get_or_create(&labels).set(0);
    }

    /// Those that stand.
    #[must_use]
    pub fn standing(&self) -> Vec<SendingPause> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SendingPause>> {
        // Nothing panics while it is held; a poisoned lock still holds a whole value.
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_new_once_and_stays_as_nought() {
        let sending = Sending::default();
        let pause = |number: &str, reason: &str| SendingPause {
            number: number.to_owned(),
            reason: reason.to_owned(),
            detail: String::new(),
        };
        let value = |number: &str, reason: &str| {
            let labels = PauseLabels { number: number.to_owned(), reason: reason.to_owned() };
            sending.gauge.get_or_create(&labels).get()
        };
        let (main, all) = (pause("main", "wrong_address"), pause(EVERY_NUMBER, "token"));
        let begun = vec![main.clone()];
        assert_eq!(sending.show(begun.clone()), Changed { begun: begun.clone(), ended: vec![] });
        assert_eq!(sending.show(begun.clone()), Changed::default());
        assert_eq!(value("main", "wrong_address"), 1);
        let changed = Changed { begun: vec![all.clone()], ended: begun };
        assert_eq!(sending.show(vec![all.clone()]), changed);
        assert_eq!(sending.standing(), [all]);
        assert_eq!((value("main", "wrong_address"), value(EVERY_NUMBER, "token")), (0, 1));
    }
}
