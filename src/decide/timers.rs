//! A timer rang. It says only that it is time to look: what is to be done stands in the
//! conversation, and a room compares the two.
//!
//! A timer stays until a decision clears it, or sets it again: whoever does neither is rung for
//! once more.

use super::Decision;
use crate::model::{State, TimerChange, TimerKey, TimerKind};

/// Looks what a timer of this key is for; where nobody waits for it any more, it is cleared.
pub(super) fn rang(decision: &mut Decision, state: &State, key: &TimerKey) {
    // It may have been set before its contact was found to be somebody older.
    let key = TimerKey { contact: state.contact.id, ..key.clone() };
    match key.kind {
        TimerKind::HandOff | TimerKind::FollowUp | TimerKind::Notify => nobody_waits(decision, key),
    }
}

fn nobody_waits(decision: &mut Decision, key: TimerKey) {
    decision.note(format!("nobody waits for this timer (`{}`) any more", key.kind.label()));
    decision.timers.push(TimerChange::Clear(key));
}
