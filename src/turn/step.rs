//! A decision as one step of the store: the next state, its jobs, its line in the journal. Pure.

use super::Decided;
use crate::decide::{self, Decision};
use crate::metrics::HandOffLabels;
use crate::model::{
    Change, Effect, Event, EventKind, Job, JobId, JobUpdate, Record, RuleId, SendOutcome, State,
};
use crate::rules::Ruleset;
use crate::store::{Commit, Passage, Write};

/// The decision as one step of the store.
pub(super) fn step(
    rules: &Ruleset,
    state: &State,
    event: Event,
    decision: Decision,
) -> (Commit, Decided) {
    let Decision { verdict, mut changes, effects, updates, timers, emitted, tallies, trace } =
        decision;
    let today = event.at.day();
    let snapshot = (state.contact.snapshot_day < today).then(|| state.clone());
    if snapshot.is_some() {
        changes.push(Change::Snapshot(today));
    }
    let mut next = state.after(&changes);
    next.contact.version = state.contact.version.saturating_add(1);
    let jobs = jobs(&next, &event, effects);
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let wakes = updates.iter().any(wakes);
    let status_seen = matches!(event.kind, EventKind::Status(_))
        .then(|| (state.conversation.number.clone(), event.at));
    let record = Record {
        at: event.at,
        event: event.clone(),
        contact: Some(next.contact.id),
        number: Some(next.conversation.number.clone()),
        version: next.contact.version,
        revision: rules.short_revision().to_owned(),
        engine: decide::ENGINE,
        verdict: verdict.clone(),
        changes,
        jobs: ids.clone(),
        emitted: emitted.clone(),
        snapshot,
    };
    let handed = tallies.iter().filter_map(HandOffLabels::of).collect();
    let commit = Commit {
        event: event.id.clone(),
        day: event.dedupe_day(),
        back: event.dedupe_back(),
        write: Some(Write { expected: state.contact.version, state: next.clone() }),
        quiet: rules.quiet_hours().cloned(),
        jobs,
        updates,
        timers,
        upkeep: Vec::new(),
        status_seen,
        record,
        tallies,
    };
    (commit, Decided { event, verdict, trace, state: next, jobs: ids, wakes, handed, emitted })
}

/// What the store's gate will not let pass as it was decided.
pub(super) fn kept_back(step: &Commit) -> Vec<(JobId, RuleId, Passage)> {
    let kept_back = step.kept_back().into_iter();
    kept_back.map(|(job, passage)| (job.id, job.effect.rule().clone(), passage)).collect()
}

fn wakes(update: &JobUpdate) -> bool {
    match update {
        JobUpdate::Release { .. } | JobUpdate::Retry { .. } => true,
        JobUpdate::Attempt { outcome, .. } => matches!(outcome, SendOutcome::Released),
        JobUpdate::Status { .. } | JobUpdate::Discard { .. } => false,
    }
}

fn jobs(next: &State, event: &Event, effects: Vec<Effect>) -> Vec<Job> {
    let id = |index: u16| JobId { contact: next.contact.id, version: next.contact.version, index };
    (0..).zip(effects).map(|(index, effect)| Job::new(id(index), effect, event.at)).collect()
}
