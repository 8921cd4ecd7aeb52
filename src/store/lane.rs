//! Lanes: (contact, destination), and the order of jobs within. Pure.

use super::StoreError;
use crate::limits;
use crate::model::{ContactId, Day, Destination, Job, JobId, JobState, Timestamp};
use serde::{Deserialize, Serialize};

/// One line of jobs, performed in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Lane {
    pub(super) contact: ContactId,
    pub(super) destination: Destination,
}

/// Where a job stands in its lane. What came along with a merged contact, already under way,
/// stands before the lane's own jobs: it was decided before they were added again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// `false` for a job of a contact that was merged into this one.
    pub(super) own: bool,
    pub(super) version: u64,
    pub(super) index: u16,
    /// The contact in the job's id.
    pub(super) origin: ContactId,
}

/// A job and the contact in whose lane it stands: not always the one of its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Placed {
    pub(super) job: Job,
    pub(super) lane: ContactId,
    /// The day it settled; a dead letter tried again is no longer settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) settled_on: Option<Day>,
}

impl Placed {
    /// A job in the lane of the contact it was decided for.
    pub(super) fn new(job: Job, today: Day) -> Placed {
        let settled_on = job.state.is_settled().then_some(today);
        Placed { lane: job.id.contact, job, settled_on }
    }

    /// The same job after a step of this day.
    pub(super) fn with(self, next: Job, today: Day) -> Placed {
        let settled = next.state.is_settled();
        let settled_on = settled.then(|| self.settled_on.unwrap_or(today));
        Placed { job: next, settled_on, ..self }
    }

    pub(super) fn lane(&self) -> Lane {
        Lane { contact: self.lane, destination: self.job.destination() }
    }

    pub(super) fn place(&self) -> Place {
        let JobId { contact: origin, version, index } = self.job.id;
        Place { own: origin == self.lane, version, index, origin }
    }
}

impl Place {
    /// The job that stands here.
    pub(super) fn job(self) -> JobId {
        JobId { contact: self.origin, version: self.version, index: self.index }
    }
}

/// How a job stands in its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It waits for its turn.
    Waits,
    /// It was claimed and is not settled: nothing else of the lane is.
    UnderWay,
    /// It is kept back, and the lane goes on without it.
    Held,
    /// It has left the lane.
    Gone,
}

/// How a job in this state stands in its lane.
pub(super) fn standing(state: &JobState) -> Standing {
    match state {
        JobState::Waiting => Standing::Waits,
        JobState::Sending { .. } | JobState::Unknown { .. } => Standing::UnderWay,
        JobState::Held { .. } => Standing::Held,
        JobState::Sent { .. } | JobState::Dead { .. } | JobState::Dropped { .. } => Standing::Gone,
    }
}

/// When a lane with this head is to be looked at; `None` while the head is under way.
pub(super) fn head_due(head: &Job) -> Option<Timestamp> {
    match head.state {
        JobState::Waiting | JobState::Unknown { .. } => Some(head.due),
        _ => None,
    }
}

/// Whether a lane that holds `held` jobs takes `more`.
pub(super) fn room(held: usize, more: usize) -> Result<(), StoreError> {
    if held.saturating_add(more) > limits::LANE_JOBS_MAX {
        return Err(StoreError::Busy("too many messages wait for this contact"));
    }
    Ok(())
}
