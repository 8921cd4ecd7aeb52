//! Claiming lane heads: the last gate before the world.

use super::fault::Outcome;
use super::group::Group;
use super::tables::lane;
use super::writer::Work;
use crate::model::{JobState, Timestamp};
use crate::store::Claimed;
use crate::store::lane::Lane;
use redb::ReadableTable;

/// Take the heads due at `now`.
pub(super) struct Claim {
    pub(super) now: Timestamp,
    pub(super) limit: usize,
}

impl Work for Claim {
    type Answer = Vec<Claimed>;

    fn apply(&self, group: &mut Group<'_>) -> Outcome<Vec<Claimed>> {
        let lanes = due_lanes(&group.tables.heads, self.now, self.limit)?;
        let mut claimed = Vec::with_capacity(lanes.len());
        for lane in lanes {
            claimed.extend(group.claim_head(lane, self.now)?);
        }
        Ok(claimed)
    }
}

/// The lanes whose head is due at `now`, the earliest first.
pub(super) fn due_lanes(
    heads: &impl ReadableTable<(i64, u128, u8), ()>,
    now: Timestamp,
    limit: usize,
) -> Outcome<Vec<Lane>> {
    let last = (now.millis(), u128::MAX, u8::MAX);
    let mut lanes = Vec::new();
    for row in heads.range(..=last)?.take(limit) {
        let (_, contact, destination) = row?.0.value();
        lanes.push(lane((contact, destination))?);
    }
    Ok(lanes)
}

impl Group<'_> {
    /// The guards are compared in the step that moves the job: nothing can change in between.
    fn claim_head(&mut self, lane: Lane, now: Timestamp) -> Outcome<Option<Claimed>> {
        let Some(head) = self.head(lane)? else { return Ok(None) };
        if head.job.state != JobState::Waiting {
            return Ok(Some(Claimed::Settle(head.job)));
        }
        if let Err(hold) = self.somebody(lane.contact)?.allows(&head.job, now) {
            return Ok(Some(Claimed::Refused(head.job, hold)));
        }
        self.touch();
        let claimed = head.job.claimed(now);
        self.replace_job(head, claimed.clone(), now.day())?;
        Ok(Some(Claimed::Send(claimed)))
    }
}
