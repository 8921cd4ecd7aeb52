//! The gate at the commit: no message is written as waiting that consent forbids, or that quiet
//! hours keep, or that is the bot's own while people have the conversation. Pure; every store calls it in the step that writes, so nobody goes around it.
//!
//! It judges against the state being written: who says stop and is offered something in the same
//! breath is offered nothing. The claim judges again, against what is true then.

use super::Commit;
use crate::model::{
    Change, Contact, Effect, EventKind, Hold, Job, JobState, LedgerEntry, Outside, Purpose,
    QuietHours, Refusal, SendOutcome, State, Tally, TimerKind, Timestamp,
};
use crate::rules::consenting::STOP;

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
    /// It is written as dropped: the bot's own words while people have the conversation.
    NotOwned,
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
        let judged = self.jobs.iter().map(|job| (job, self.judge(job, &write.state)));
        judged.filter(|(_, passage)| *passage != Passage::Free).collect()
    }

    /// The jobs behind the gate.
    pub(super) fn gated(&self) -> Gated {
        let Some(write) = &self.write else { return Gated::default() };
        let mut gated = Gated::default();
        for job in &self.jobs {
            let passage = self.judge(job, &write.state);
            gated.tallies.extend(tallies(&passage));
            let job = through(job.clone(), &passage, self.record.at);
            gated.jobs.push(if self.is_bots_own(&job) { guarded(job) } else { job });
        }
        gated
    }

    fn judge(&self, job: &Job, state: &State) -> Passage {
        if !state.conversation.owner.is_bot() && self.is_bots_own(job) {
            return Passage::NotOwned;
        }
        judge(job, &state.contact, self.record.at, self.quiet.as_ref())
    }

    /// Whether a job is the bot's own word, told by what happened and not by the job: an answer to
    /// what the customer wrote, or to their silence. Not so what is said as people take over, nor
    /// that a stop is heard.
    fn is_bots_own(&self, job: &Job) -> bool {
        let Effect::Send { rule, .. } = &job.effect else { return false };
        let answers = match &self.record.event.kind {
            EventKind::Message(_) | EventKind::LookedUp(_) => true,
            EventKind::Timer { key, .. } => key.kind == TimerKind::FollowUp,
            _ => false,
        };
        let hands_over = |change: &Change| matches!(change, Change::Owner(to) if !to.is_bot());
        answers && rule.as_str() != STOP && !self.record.changes.iter().any(hands_over)
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
    let Effect::Send { purpose, needs, outside, .. } = &job.effect else { return Passage::Free };
    let holds = needs.as_ref().map_or(Ok(()), |needed| contact.consent.holds(needed, at));
    if let Err(refusal) = contact.consent.permits(*purpose, at).and(holds) {
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
        Passage::NotOwned => job.state = JobState::Dropped { why: Hold::NotOwned },
    }
    job
}

/// The claim judges who has the conversation, whatever was decided.
fn guarded(mut job: Job) -> Job {
    if let Effect::Send { guards, .. } = &mut job.effect {
        guards.bot_owns = true;
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
        Passage::NotOwned => SendOutcome::Dropped { why: Hold::NotOwned },
    };
    vec![Tally::of("job", outcome.label()), Tally::of(outcome.label(), outcome.reason())]
}
