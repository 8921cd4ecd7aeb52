//! Jobs of the store in memory: lanes, claims, updates.

use super::{JobKept, Shelves};
use crate::model::{ContactId, Day, Job, JobId, JobState, JobUpdate, NumberId, Pause, Timestamp};
use crate::store::lane::{self, Lane, Place, Placed, Standing};
use crate::store::person::Kept;
use crate::store::{Claimed, Counts, StoreError, Terms, person};
use std::collections::BTreeSet;

impl Shelves {
    pub(super) fn jobs_here(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values().filter_map(|kept| match kept {
            JobKept::Here(placed) => Some(&placed.job),
            JobKept::Moved { .. } => None,
        })
    }

    /// The id a job goes by now.
    pub(super) fn current(&self, id: JobId) -> JobId {
        match self.jobs.get(&id) {
            Some(JobKept::Moved { to, .. }) => self.current(*to),
            _ => id,
        }
    }

    pub(super) fn placed(&self, id: JobId) -> Option<&Placed> {
        match self.jobs.get(&id)? {
            JobKept::Here(placed) => Some(placed),
            JobKept::Moved { .. } => None,
        }
    }

    pub(super) fn room(&self, jobs: &[Job]) -> Result<(), StoreError> {
        let stays = |job: &&Job| !job.state.is_settled();
        for job in jobs.iter().filter(stays) {
            let lane = Lane { contact: job.id.contact, destination: job.destination() };
            let others = jobs.iter().filter(stays);
            let more = others.filter(|other| other.destination() == lane.destination).count();
            lane::room(self.lanes.get(&lane).map_or(0, BTreeSet::len), more)?;
        }
        Ok(())
    }

    pub(super) fn add(&mut self, placed: Placed) {
        if lane::standing(&placed.job.state) != Standing::Gone {
            self.lanes.entry(placed.lane()).or_default().insert(placed.place());
        }
        self.jobs.insert(placed.job.id, JobKept::Here(Box::new(placed)));
    }

    pub(super) fn update(&mut self, update: &JobUpdate, at: Timestamp) {
        let found = match update {
            JobUpdate::Release { contact, number, .. } => {
                return self.release(update, *contact, number, at);
            }
            JobUpdate::Attempt { job, .. }
            | JobUpdate::Retry { job }
            | JobUpdate::Discard { job } => Some(*job),
            JobUpdate::Status { job, wamid, .. } => job
                .filter(|id| self.placed(self.current(*id)).is_some())
                .or_else(|| self.wamids.get(wamid).copied()),
        };
        let Some(id) = found.map(|id| self.current(id)) else { return };
        if matches!(update, JobUpdate::Retry { .. }) {
            self.follow_lane(id);
        }
        let pauses: Vec<Pause> = self.pauses.values().cloned().collect();
        let job = self.placed(id).map(|placed| &placed.job);
        let job = job.filter(|job| !person::pause_is_over(update, job, &pauses, at));
        let Some(next) = job.and_then(|job| job.after(update, at)) else { return };
        if let JobState::Sent { wamid, .. } = &next.state {
            self.wamids.insert(wamid.clone(), id);
        }
        self.replace(next, at.day());
    }

    /// The contact of a settled job may have been merged since.
    pub(super) fn follow_lane(&mut self, id: JobId) {
        let lane = self.placed(id).filter(|placed| placed.job.state.is_settled());
        let lane = lane.and_then(|placed| self.person(placed.lane)).map(|one| one.contact.id);
        if let (Some(lane), Some(JobKept::Here(placed))) = (lane, self.jobs.get_mut(&id)) {
            placed.lane = lane;
        }
    }

    pub(super) fn release(
        &mut self,
        update: &JobUpdate,
        contact: ContactId,
        number: &NumberId,
        at: Timestamp,
    ) {
        let held = self.held().into_iter().filter(|job| {
            job.effect.number() == number
                && self.placed(job.id).is_some_and(|placed| placed.lane == contact)
        });
        let released: Vec<Job> = held.filter_map(|job| job.after(update, at)).collect();
        released.into_iter().for_each(|job| self.replace(job, at.day()));
    }

    pub(super) fn replace(&mut self, next: Job, today: Day) {
        let Some(JobKept::Here(placed)) = self.jobs.get_mut(&next.id) else {
            return;
        };
        let (lane, place) = (placed.lane(), placed.place());
        let gone = lane::standing(&next.state) == Standing::Gone;
        **placed = placed.as_ref().clone().with(next, today);
        let places = self.lanes.entry(lane).or_default();
        if gone {
            places.remove(&place);
        } else {
            places.insert(place);
        }
        if places.is_empty() {
            self.lanes.remove(&lane);
        }
    }

    /// What is held, the earliest to be given up first.
    pub(super) fn held(&self) -> Vec<&Job> {
        let held = self.jobs_here().filter(|job| matches!(job.state, JobState::Held { .. }));
        let mut held: Vec<&Job> = held.collect();
        held.sort_by_key(|job| (job.due, job.id));
        held
    }

    /// The job a lane is at: what is under way, else the first that waits.
    pub(super) fn head(&self, places: &BTreeSet<Place>) -> Option<&Job> {
        let first = |wanted: Standing| {
            let jobs = places.iter().filter_map(|place| self.placed(place.job()));
            let mut jobs = jobs.filter(|one| lane::standing(&one.job.state) == wanted);
            jobs.next().map(|placed| &placed.job)
        };
        first(Standing::UnderWay).or_else(|| first(Standing::Waits))
    }

    /// The heads that wait, the earliest due first.
    pub(super) fn heads(&self) -> Vec<(Timestamp, Lane, JobId)> {
        let head = |(lane, places): (&Lane, &BTreeSet<Place>)| {
            let head = self.head(places)?;
            Some((lane::head_due(head)?, *lane, head.id))
        };
        let mut heads: Vec<_> = self.lanes.iter().filter_map(head).collect();
        heads.sort_unstable();
        heads
    }

    pub(super) fn claim(
        &mut self,
        now: Timestamp,
        limit: usize,
        mut terms: Terms,
    ) -> Result<Vec<Claimed>, StoreError> {
        let heads = self.heads().into_iter().filter(|(due, _, _)| *due <= now).take(limit);
        let heads = heads.map(|(_, lane, id)| self.claim_head(lane, id, now, &mut terms));
        let mut claimed = heads.collect::<Result<Vec<_>, _>>()?;
        let room = limit.saturating_sub(claimed.len());
        let held = self.held().into_iter().filter(|job| job.due <= now).take(room);
        claimed.extend(held.filter_map(|job| match job.state {
            JobState::Held { why, .. } => Some(Claimed::Refused(job.clone(), why)),
            _ => None,
        }));
        Ok(claimed)
    }

    pub(super) fn claim_head(
        &mut self,
        lane: Lane,
        id: JobId,
        now: Timestamp,
        terms: &mut Terms,
    ) -> Result<Claimed, StoreError> {
        let (Some(person), Some(Placed { job, .. })) = (self.person(lane.contact), self.placed(id))
        else {
            return Err(person::nobody(lane.contact));
        };
        if job.state != JobState::Waiting {
            return Ok(Claimed::Settle(job.clone()));
        }
        if let Some(due) = terms.put_off(job, now) {
            let later = Job { due, ..job.clone() };
            self.replace(later.clone(), now.day());
            return Ok(Claimed::PutOff(later));
        }
        let pauses: Vec<Pause> = self.pauses.values().cloned().collect();
        match person.claims(job, &pauses, terms.quiet.as_ref(), now) {
            Err(hold) => Ok(Claimed::Refused(job.clone(), hold)),
            Ok(claimed) => {
                terms.took(&claimed);
                self.replace(claimed.clone(), now.day());
                Ok(Claimed::Send(claimed))
            }
        }
    }

    pub(super) fn counts(&self) -> Counts {
        let here = self.contacts.values().filter(|kept| matches!(kept, Kept::Here(_))).count();
        let mut counts = Counts {
            contacts: here as u64,
            journal: self.journal.len() as u64,
            ..Counts::default()
        };
        for job in self.jobs_here() {
            match job.state {
                JobState::Waiting => counts.waiting += 1,
                JobState::Sending { .. } => counts.sending += 1,
                JobState::Held { .. } => counts.held += 1,
                JobState::Unknown { .. } => counts.unknown += 1,
                JobState::Dead { .. } => counts.dead += 1,
                JobState::Sent { .. } | JobState::Dropped { .. } => {}
            }
        }
        counts
    }
}
