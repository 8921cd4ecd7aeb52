//! The gate at the commit: no message is written as waiting that consent forbids, or that quiet
//! hours keep. Pure; every store calls it in the step that writes, so nobody goes around it.
//!
//! It judges against the state being written: who says stop and is offered something in the same
//! breath is offered nothing. The claim judges again, against what is true then.

use super::Commit;
use crate::model::{
    Change, Contact, Effect, Hold, Job, JobState, LedgerEntry, Outside, Purpose, QuietHours,
    Refusal, SendOutcome, Tally, Timestamp,
};

/// What the gate makes of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// It waits, as it is.
    Free,
    /// It waits; the template that would go outside the window is taken off.
    WithoutTemplate(Refusal),
    /// It is kept until the contact's quiet hours end.
    Quiet(Timestamp),
    /// It is written as dropped.
    Refused(Refusal),
}

/// The jobs of a commit as they are written, and what is counted of them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Gated {
    /// In their order; some are dropped or held.
    pub(super) jobs: Vec<Job>,
    /// Once for each job that does not simply wait.
    pub(super) tallies: Vec<Tally>,
}

impl Commit {
    /// What the gate makes of each job of this commit that it does not let pass as it is. For
    /// whoever tells it: the store does it.
    #[must_use]
    pub fn kept_back(&self) -> Vec<(&Job, Passage)> {
        let Some(write) = &self.write else { return Vec::new() };
        let judged = self.jobs.iter().map(|job| {
            (job, judge(job, &write.state.contact, self.record.at, self.quiet.as_ref()))
        });
        judged.filter(|(_, passage)| *passage != Passage::Free).collect()
    }

    /// The jobs behind the gate.
    pub(super) fn gated(&self) -> Gated {
        let Some(write) = &self.write else { return Gated::default() };
        let mut gated = Gated::default();
        for job in &self.jobs {
            let at = self.record.at;
            let passage = judge(job, &write.state.contact, at, self.quiet.as_ref());
            gated.tallies.extend(tallies(&passage));
            gated.jobs.push(through(job.clone(), &passage, at));
        }
        gated
    }

    /// The lines this commit adds to its contact's ledger of consent, in order.
    pub(super) fn ledger(&self) -> impl Iterator<Item = &LedgerEntry> {
        let changes = self.write.iter().flat_map(|_| &self.record.changes);
        changes.filter_map(|change| match change {
            Change::Consent { entry, .. } => Some(entry),
            _ => None,
        })
    }
}

/// Whether a job may be written as waiting for this contact at `at`.
#[must_use]
pub fn judge(job: &Job, contact: &Contact, at: Timestamp, quiet: Option<&QuietHours>) -> Passage {
    let Effect::Send { purpose, outside, .. } = &job.effect else { return Passage::Free };
    if let Err(refusal) = contact.consent.permits(*purpose, at) {
        return Passage::Refused(refusal);
    }
    // The template is no reason to keep what may be said while the window is open; its own quiet
    // hours are judged if it comes to its claim.
    let template = match outside {
        Outside::Template { purpose, .. } => contact.consent.permits(*purpose, at),
        Outside::Drop | Outside::Queue => Ok(()),
    };
    match (quiet_until(*purpose, contact, at, quiet), template) {
        (Some(until), _) => Passage::Quiet(until),
        (None, Err(refusal)) => Passage::WithoutTemplate(refusal),
        (None, Ok(())) => Passage::Free,
    }
}

/// When the quiet hours end that keep a message of this purpose from the contact.
pub(super) fn quiet_until(
    purpose: Purpose,
    contact: &Contact,
    at: Timestamp,
    quiet: Option<&QuietHours>,
) -> Option<Timestamp> {
    quiet.filter(|_| purpose == Purpose::Marketing)?.end_for(contact, at)
}

fn through(mut job: Job, passage: &Passage, at: Timestamp) -> Job {
    match passage {
        Passage::Free => {}
        Passage::WithoutTemplate(_) => {
            if let Effect::Send { outside, .. } = &mut job.effect {
                *outside = Outside::Drop;
            }
        }
        Passage::Quiet(until) => {
            let why = Hold::QuietHours { until: *until };
            (job.state, job.due) = (JobState::Held { since: at, why }, *until);
        }
        Passage::Refused(refusal) => {
            job.state = JobState::Dropped { why: Hold::Consent(*refusal) };
        }
    }
    job
}

/// Counted as if the outbox had reported it, for that is what became of it.
fn tallies(passage: &Passage) -> Vec<Tally> {
    let outcome = match passage {
        Passage::Free => return Vec::new(),
        Passage::WithoutTemplate(refusal) => {
            return vec![Tally::of("template_left_out", Hold::Consent(*refusal).label())];
        }
        Passage::Quiet(until) => {
            SendOutcome::Held { why: Hold::QuietHours { until: *until }, due: *until }
        }
        Passage::Refused(refusal) => SendOutcome::Dropped { why: Hold::Consent(*refusal) },
    };
    vec![Tally::of("job", outcome.label()), Tally::of(outcome.label(), outcome.reason())]
}
