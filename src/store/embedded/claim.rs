//! Claiming lane heads: the last gate before the world.

use super::fault::Outcome;
use super::group::Group;
use super::jobs::find_job;
use super::tables::{JobAtKey, job_id, lane};
use super::writer::Work;
use crate::model::{Job, JobState, Pause, Timestamp};
use crate::store::lane::Lane;
use crate::store::{Claimed, Terms};
use redb::ReadableTable;

/// Take the heads due at `now`.
pub(super) struct Claim {
    pub(super) now: Timestamp,
    pub(super) limit: usize,
    pub(super) terms: Terms,
}

impl Work for Claim {
    type Answer = Vec<Claimed>;

    fn apply(&self, group: &mut Group<'_>) -> Outcome<Vec<Claimed>> {
        let lanes = due_lanes(&group.tables.heads, self.now, self.limit)?;
        let mut claimed = Vec::with_capacity(lanes.len());
        let pauses = group.standing_pauses()?;
        // A copy: this may be called again.
        let mut terms = self.terms.clone();
        for lane in lanes {
            claimed.extend(group.claim_head(lane, self.now, &pauses, &mut terms)?);
        }
        let room = self.limit.saturating_sub(claimed.len());
        for id in due_held(&group.tables.held, self.now, room)? {
            if let Some(held) = find_job(&group.tables.jobs, id)?
                && let JobState::Held { why, .. } = held.job.state
            {
                claimed.push(Claimed::Refused(held.job, why));
            }
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

/// The held jobs to be given up at `now`.
pub(super) fn due_held(
    held: &impl ReadableTable<JobAtKey, ()>,
    now: Timestamp,
    limit: usize,
) -> Outcome<Vec<crate::model::JobId>> {
    let last = (now.millis(), u128::MAX, u64::MAX, u16::MAX);
    let mut ids = Vec::new();
    for row in held.range(..=last)?.take(limit) {
        let (_, contact, version, index) = row?.0.value();
        ids.push(job_id((contact, version, index)));
    }
    Ok(ids)
}

impl Group<'_> {
    /// The guards are compared in the step that moves the job: nothing can change in between.
    fn claim_head(
        &mut self,
        lane: Lane,
        now: Timestamp,
        pauses: &[Pause],
        terms: &mut Terms,
    ) -> Outcome<Option<Claimed>> {
        let Some(head) = self.head(lane)? else { return Ok(None) };
        if head.job.state != JobState::Waiting {
            return Ok(Some(Claimed::Settle(head.job)));
        }
        // Before the person is read: of a number that may send nothing there may be thousands.
        if let Some(due) = terms.put_off(&head.job, now) {
            self.touch();
            let later = Job { due, ..head.job.clone() };
            self.replace_job(head, later.clone(), now.day())?;
            return Ok(Some(Claimed::PutOff(later)));
        }
        match self.somebody(lane.contact)?.claims(&head.job, pauses, terms.quiet.as_ref(), now) {
            Err(hold) => Ok(Some(Claimed::Refused(head.job, hold))),
            Ok(claimed) => {
                self.touch();
                terms.took(&claimed);
                self.replace_job(head, claimed.clone(), now.day())?;
                Ok(Some(Claimed::Send(claimed)))
            }
        }
    }
}
