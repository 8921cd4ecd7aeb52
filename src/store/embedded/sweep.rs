//! Taking away what is old enough, a bounded number of rows a step.

use super::fault::Outcome;
use super::group::{Group, take};
use super::jobs::JobKept;
use super::tables::{get, job_id, job_key};
use super::writer::Work;
use crate::limits;
use crate::model::{Day, JobId};
use redb::ReadableTable;

/// Forget event ids from before this day.
pub(super) struct SweepSeen(pub(super) Day);
/// Forget jobs that settled before a day.
pub(super) struct SweepSettled {
    pub(super) before: Day,
    /// A job tried again meanwhile is looked at anew under this day.
    pub(super) today: Day,
}
/// Forget the journal up to and with this position.
pub(super) struct Drained(pub(super) u64);

/// Each gives how many rows it took away: as many as its limit means that there may be more.
impl Work for SweepSeen {
    type Answer = usize;

    fn apply(&self, group: &mut Group<'_>) -> Outcome<usize> {
        let mut taken = 0;
        let mut old = group.tables.seen.extract_from_if(..(self.0.0, 0), |_, ()| true)?;
        for row in old.by_ref().take(limits::SWEEP_ROWS_MAX) {
            row?;
            taken += 1;
        }
        drop(old);
        let mut old = group.tables.answered.extract_from_if(..(self.0.0, 0), |_, _| true)?;
        for row in old.by_ref().take(limits::SWEEP_ROWS_MAX) {
            row?;
        }
        drop(old);
        group.touch_if(taken > 0);
        Ok(taken)
    }
}

impl Work for SweepSettled {
    type Answer = usize;

    fn apply(&self, group: &mut Group<'_>) -> Outcome<usize> {
        let mut old: Vec<(JobId, String)> = Vec::new();
        let before = (self.before.0, 0, 0, 0, "");
        let mut rows = group.tables.settled.extract_from_if(..before, |_, ()| true)?;
        for row in rows.by_ref().take(limits::SWEEP_ROWS_MAX) {
            let row = row?;
            let (_, contact, version, index, wamid) = row.0.value();
            old.push((job_id((contact, version, index)), wamid.to_owned()));
        }
        drop(rows);
        group.touch_if(!old.is_empty());
        for (id, wamid) in &old {
            match group.still_needed(*id, self)? {
                Some(day) => group.settle_on(day, *id, wamid)?,
                None => group.forget_job(*id, wamid)?,
            }
        }
        Ok(old.len())
    }
}

impl Work for Drained {
    type Answer = usize;

    fn apply(&self, group: &mut Group<'_>) -> Outcome<usize> {
        let mut taken = 0;
        let mut old = group.tables.journal.extract_from_if(..=self.0, |_, _| true)?;
        for row in old.by_ref().take(limits::JOURNAL_DRAINED_ROWS_MAX) {
            row?;
            taken += 1;
        }
        drop(old);
        take(&mut group.totals.counts.journal, taken as u64);
        group.touch_if(taken > 0);
        Ok(taken)
    }
}

impl Group<'_> {
    /// The day to look again where a job was tried again after it had settled.
    fn still_needed(&self, id: JobId, sweep: &SweepSettled) -> Outcome<Option<Day>> {
        let kept: Option<JobKept> = get(&self.tables.jobs, "a job", job_key(id))?;
        let Some(JobKept::Here(placed)) = kept else { return Ok(None) };
        if !placed.job.state.is_settled() {
            return Ok(Some(sweep.today));
        }
        Ok(placed.settled_on.filter(|day| *day >= sweep.before))
    }

    fn forget_job(&mut self, id: JobId, wamid: &str) -> Outcome<()> {
        if !wamid.is_empty() {
            let owner = self.tables.wamids.get(wamid)?.map(|row| row.value());
            if owner == Some(job_key(id)) {
                self.tables.wamids.remove(wamid)?;
            }
        }
        let kept: Option<JobKept> = get(&self.tables.jobs, "a job", job_key(id))?;
        if let Some(JobKept::Here(placed)) = &kept {
            self.unindex_job(&placed.job)?;
        }
        self.tables.jobs.remove(job_key(id))?;
        Ok(())
    }
}
