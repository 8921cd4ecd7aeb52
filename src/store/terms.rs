//! What may be claimed beside what each job's own guards say: rates and closed gates, as plain
//! values, so that any store can compare them in the step that claims. Pure.

use crate::model::{ContactId, Effect, Job, NumberId, QuietHours, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// The terms of one claim. A number or pair that is not named has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// Numbers that may not send as they like.
    pub numbers: BTreeMap<NumberId, Allowance>,
    /// Nothing goes from this number to this customer before the time.
    pub pairs: BTreeMap<(NumberId, ContactId), Timestamp>,
    /// The quiet hours of the rules in force: marketing is refused while they last for its contact.
    pub quiet: Option<QuietHours>,
}

/// What one number may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// So many jobs now.
    pub free: usize,
    /// The next one then.
    pub then: Timestamp,
    /// And one more each so often: jobs put off are spread out, so that they do not all come due
    /// together and are put off again.
    pub every: Duration,
}

impl Terms {
    /// When a job may be claimed that may not be now; it takes the number's next place.
    pub(super) fn put_off(&mut self, job: &Job, now: Timestamp) -> Option<Timestamp> {
        let Effect::Send { number, .. } = &job.effect else { return None };
        if let Some(until) = self.pairs.get(&(number.clone(), job.id.contact))
            && *until > now
        {
            return Some(*until);
        }
        let allowance = self.numbers.get_mut(number)?;
        if allowance.free > 0 {
            return None;
        }
        let due = allowance.then;
        allowance.then = due.plus(allowance.every);
        (due > now).then_some(due)
    }

    /// A job was claimed to be sent.
    pub(super) fn took(&mut self, job: &Job) {
        let Effect::Send { number, .. } = &job.effect else { return };
        if let Some(allowance) = self.numbers.get_mut(number) {
            allowance.free = allowance.free.saturating_sub(1);
        }
    }
}
