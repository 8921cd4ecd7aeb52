//! Jobs and every index over them: lanes, heads, under way, dead, settled, wamids.
//!
//! A job changes only by [`Group::add_job`] and [`Group::replace_job`], which keep the indexes and
//! the counters true.

use super::fault::Outcome;
use super::group::{Group, add, take};
use super::tables::{
    JobKey, LaneKey, PlaceKey, decode, encode, get, job_at_key, job_id, job_key, lane_key, place,
    place_key, places_of,
};
use crate::model::{
    ContactId, Day, Destination, Job, JobId, JobState, JobUpdate, NumberId, SendOutcome, Timestamp,
};
use crate::store::lane::{self, Lane, Place, Placed, Standing};
use crate::store::person;
use redb::ReadableTable;
use serde::{Deserialize, Serialize};

/// What stands under a job's id.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum JobKept {
    /// The job.
    Here(Box<Placed>),
    /// It was added again under another id when its contact was merged.
    Moved { to: JobId },
}

/// The job an id stands for, followed to where it was added again.
pub(super) fn find_job(
    jobs: &impl ReadableTable<JobKey, &'static [u8]>,
    id: JobId,
) -> Outcome<Option<Placed>> {
    let mut id = id;
    loop {
        let row = jobs.get(job_key(id))?;
        match row.map(|row| decode("a job", row.value())).transpose()? {
            None => return Ok(None),
            Some(JobKept::Here(placed)) => return Ok(Some(*placed)),
            Some(JobKept::Moved { to }) => id = to,
        }
    }
}

impl<'txn> Group<'txn> {
    /// Refuses jobs a lane has no room for.
    pub(super) fn room(&self, jobs: &[Job]) -> Outcome<()> {
        let stays = |job: &&Job| !job.state.is_settled();
        for job in jobs.iter().filter(stays) {
            let lane = Lane { contact: job.id.contact, destination: job.destination() };
            let others = jobs.iter().filter(stays);
            let more = others.filter(|other| other.destination() == lane.destination).count();
            let held = self.tables.lanes.get(lane_key(lane))?.map_or(0, |row| row.value().0);
            lane::room(usize::try_from(held).unwrap_or(usize::MAX), more)?;
        }
        Ok(())
    }

    /// Adds a job, to its lane where it is not settled.
    pub(super) fn add_job(&mut self, placed: Placed) -> Outcome<()> {
        let lane = placed.lane();
        if let Some(day) = placed.settled_on {
            self.settle_on(day, placed.job.id, "")?;
            self.index_job(&placed.job)?;
            return self.keep_job(placed.job.id, &JobKept::Here(Box::new(placed)));
        }
        self.stand(lane, placed.place(), lane::standing(&placed.job.state))?;
        self.lane_grows(lane)?;
        self.index_job(&placed.job)?;
        self.keep_job(placed.job.id, &JobKept::Here(Box::new(placed)))?;
        self.renew_head(lane)
    }

    /// Puts `next` in the place of `before`, the same job.
    pub(super) fn replace_job(&mut self, before: Placed, next: Job, today: Day) -> Outcome<()> {
        let (lane, place) = (before.lane(), before.place());
        self.unindex_job(&before.job)?;
        self.index_job(&next)?;
        self.index_wamid(&before.job, &next, today)?;
        let (old, new) = (lane::standing(&before.job.state), lane::standing(&next.state));
        let placed = before.with(next, today);
        self.keep_job(placed.job.id, &JobKept::Here(Box::new(placed)))?;
        if old != new {
            self.leave(lane, place, old)?;
            self.stand(lane, place, new)?;
        }
        match (old, new) {
            (Standing::Gone, Standing::Gone) => return Ok(()),
            (Standing::Gone, _) => self.lane_grows(lane)?,
            (_, Standing::Gone) => {
                let (held, due) = self.lane_row(lane)?;
                self.tables.lanes.insert(lane_key(lane), (held.saturating_sub(1), due))?;
            }
            _ => {}
        }
        self.renew_head(lane)
    }

    fn lane_grows(&mut self, lane: Lane) -> Outcome<()> {
        let (held, due) = self.lane_row(lane)?;
        self.tables.lanes.insert(lane_key(lane), (held.saturating_add(1), due))?;
        Ok(())
    }

    /// Lists a job of a lane under how it stands.
    fn stand(&mut self, lane: Lane, place: Place, standing: Standing) -> Outcome<()> {
        if let Some(table) = self.places_for(standing) {
            table.insert(place_key(lane, place), ())?;
        }
        Ok(())
    }

    fn leave(&mut self, lane: Lane, place: Place, standing: Standing) -> Outcome<()> {
        if let Some(table) = self.places_for(standing) {
            table.remove(place_key(lane, place))?;
        }
        Ok(())
    }

    fn places_for(&mut self, standing: Standing) -> Option<&mut redb::Table<'txn, PlaceKey, ()>> {
        match standing {
            Standing::Waits => Some(&mut self.tables.places),
            Standing::UnderWay => Some(&mut self.tables.under_way),
            Standing::Held => Some(&mut self.tables.held_places),
            Standing::Gone => None,
        }
    }

    /// Takes all jobs of a lane from the lists of places, in order.
    pub(super) fn take_places(&mut self, key: LaneKey) -> Outcome<Vec<Place>> {
        let mut places = Vec::new();
        for standing in [Standing::Waits, Standing::UnderWay, Standing::Held] {
            let Some(table) = self.places_for(standing) else { continue };
            for row in table.extract_from_if(places_of(key), |_, ()| true)? {
                places.push(place(row?.0.value()));
            }
        }
        places.sort_unstable();
        Ok(places)
    }

    /// Takes a job out of the tables to put it elsewhere; its lane is emptied by the caller.
    pub(super) fn lift_job(&mut self, id: JobId) -> Outcome<Option<Placed>> {
        let kept: Option<JobKept> = get(&self.tables.jobs, "a job", job_key(id))?;
        let Some(JobKept::Here(placed)) = kept else { return Ok(None) };
        self.unindex_job(&placed.job)?;
        self.tables.jobs.remove(job_key(id))?;
        Ok(Some(*placed))
    }

    pub(super) fn keep_job(&mut self, id: JobId, kept: &JobKept) -> Outcome<()> {
        self.tables.jobs.insert(job_key(id), encode(kept)?.as_slice())?;
        Ok(())
    }

    /// Moves a job forward, if the update moves it.
    pub(super) fn update_job(&mut self, update: &JobUpdate, at: Timestamp) -> Outcome<()> {
        if let JobUpdate::Release { contact, number, .. } = update {
            return self.release(update, *contact, number, at);
        }
        let Some(mut found) = self.addressed(update)? else { return Ok(()) };
        if matches!(update, JobUpdate::Attempt { outcome: SendOutcome::Held { .. }, .. })
            && person::pause_is_over(update, &found.job, &self.standing_pauses()?, at)
        {
            return Ok(());
        }
        if matches!(update, JobUpdate::Retry { .. }) && found.job.state.is_settled() {
            // Its contact may have been merged since.
            found.lane = self.somebody(found.lane)?.contact.id;
        }
        match found.job.after(update, at) {
            Some(next) => self.replace_job(found, next, at.day()),
            None => Ok(()),
        }
    }

    /// Puts what is held of a contact and number back in its place.
    fn release(
        &mut self,
        update: &JobUpdate,
        contact: ContactId,
        number: &NumberId,
        at: Timestamp,
    ) -> Outcome<()> {
        let key = lane_key(Lane { contact, destination: Destination::WhatsApp });
        let held = self.tables.held_places.range(places_of(key))?;
        let places: Result<Vec<Place>, redb::StorageError> =
            held.map(|row| Ok(place(row?.0.value()))).collect();
        for place in places? {
            let Some(found) = find_job(&self.tables.jobs, place.job())? else { continue };
            if found.job.effect.number() == number
                && let Some(next) = found.job.after(update, at)
            {
                self.replace_job(found, next, at.day())?;
            }
        }
        Ok(())
    }

    /// The job an update speaks of: by our id, else by WhatsApp's.
    fn addressed(&self, update: &JobUpdate) -> Outcome<Option<Placed>> {
        let (id, wamid) = match update {
            JobUpdate::Attempt { job, .. }
            | JobUpdate::Retry { job }
            | JobUpdate::Discard { job } => (Some(*job), None),
            JobUpdate::Release { .. } => (None, None),
            JobUpdate::Status { job, wamid, .. } => (*job, Some(wamid)),
        };
        if let Some(id) = id
            && let Some(found) = find_job(&self.tables.jobs, id)?
        {
            return Ok(Some(found));
        }
        let Some(wamid) = wamid else { return Ok(None) };
        match self.tables.wamids.get(wamid.as_str())?.map(|row| row.value()) {
            Some(key) => find_job(&self.tables.jobs, job_id(key)),
            None => Ok(None),
        }
    }

    fn lane_row(&self, lane: Lane) -> Outcome<(u64, Option<i64>)> {
        Ok(self.tables.lanes.get(lane_key(lane))?.map_or((0, None), |row| row.value()))
    }

    /// Makes `heads` say of this lane what its first job says.
    fn renew_head(&mut self, lane: Lane) -> Outcome<()> {
        let key = lane_key(lane);
        let (held, listed) = self.lane_row(lane)?;
        let due = self.head(lane)?.and_then(|head| lane::head_due(&head.job)).map(|at| at.millis());
        if due != listed {
            if let Some(old) = listed {
                self.tables.heads.remove((old, key.0, key.1))?;
            }
            if let Some(due) = due {
                self.tables.heads.insert((due, key.0, key.1), ())?;
            }
        }
        if held == 0 {
            self.tables.lanes.remove(key)?;
        } else if due != listed {
            self.tables.lanes.insert(key, (held, due))?;
        }
        Ok(())
    }

    /// The job a lane is at: what is under way, else the first that waits.
    pub(super) fn head(&self, lane: Lane) -> Outcome<Option<Placed>> {
        let places = places_of(lane_key(lane));
        let under_way = self.tables.under_way.range(places.clone())?.next().transpose()?;
        let first = match under_way {
            Some(first) => Some(first),
            None => self.tables.places.range(places)?.next().transpose()?,
        };
        match first {
            Some((key, _)) => find_job(&self.tables.jobs, place(key.value()).job()),
            None => Ok(None),
        }
    }

    fn index_job(&mut self, job: &Job) -> Outcome<()> {
        let counts = &mut self.totals.counts;
        match &job.state {
            JobState::Waiting => add(&mut counts.waiting, 1),
            JobState::Unknown { .. } => add(&mut counts.unknown, 1),
            JobState::Held { .. } => {
                add(&mut counts.held, 1);
                self.tables.held.insert(job_at_key(job.due, job.id), ())?;
            }
            JobState::Sending { since } => {
                add(&mut counts.sending, 1);
                self.tables.sending.insert(job_at_key(*since, job.id), ())?;
            }
            JobState::Dead { .. } => {
                add(&mut counts.dead, 1);
                self.tables.dead.insert(job_at_key(job.decided_at, job.id), ())?;
            }
            JobState::Sent { .. } | JobState::Dropped { .. } => {}
        }
        Ok(())
    }

    pub(super) fn unindex_job(&mut self, job: &Job) -> Outcome<()> {
        let counts = &mut self.totals.counts;
        match &job.state {
            JobState::Waiting => take(&mut counts.waiting, 1),
            JobState::Unknown { .. } => take(&mut counts.unknown, 1),
            JobState::Held { .. } => {
                take(&mut counts.held, 1);
                self.tables.held.remove(job_at_key(job.due, job.id))?;
            }
            JobState::Sending { since } => {
                take(&mut counts.sending, 1);
                self.tables.sending.remove(job_at_key(*since, job.id))?;
            }
            JobState::Dead { .. } => {
                take(&mut counts.dead, 1);
                self.tables.dead.remove(job_at_key(job.decided_at, job.id))?;
            }
            JobState::Sent { .. } | JobState::Dropped { .. } => {}
        }
        Ok(())
    }

    /// Remembers WhatsApp's id, and what a sweep is to take away of this job one day.
    fn index_wamid(&mut self, before: &Job, next: &Job, today: Day) -> Outcome<()> {
        let wamid = |job: &Job| match &job.state {
            JobState::Sent { wamid, .. } => Some(wamid.clone()),
            _ => None,
        };
        let given = wamid(next).filter(|new| wamid(before).as_ref() != Some(new));
        if let Some(wamid) = &given {
            self.tables.wamids.insert(wamid.as_str(), job_key(next.id))?;
        }
        let settles = next.state.is_settled() && !before.state.is_settled();
        if settles || given.is_some() {
            let text = given.as_ref().map_or("", |wamid| wamid.as_str());
            self.settle_on(today, next.id, text)?;
        }
        Ok(())
    }

    /// Lists what a sweep takes away when `day` is long past.
    pub(super) fn settle_on(&mut self, day: Day, id: JobId, wamid: &str) -> Outcome<()> {
        let (contact, version, index) = job_key(id);
        self.tables.settled.insert((day.0, contact, version, index, wamid), ())?;
        Ok(())
    }
}
