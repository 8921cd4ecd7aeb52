//! What the customer could not be told becomes the task of a person (`else` of `[[notify]]`): once for
//! each notice, and the customer is not told of it.
//!
//! A notice that consent keeps is none of this: nobody is to tell it in another way either.

use super::occasion::Occasion;
use super::{Decision, handoff};
use crate::limits;
use crate::model::{
    Change, DeliveryStatus, Event, EventKind, HandOff, Hold, JobId, RuleId, SendOutcome, State,
    Task,
};
use crate::rules::Ruleset;

/// Why WhatsApp refuses what its customers or ours do not want: no person is asked to go round it.
const UNWANTED: [&str; 3] = ["stopped_in_whatsapp", "marketing_limit", "blocked_by_us"];

/// The outbox or WhatsApp gave up a message: where it is a notice with `else`, somebody has a task.
pub(super) fn not_sent(rules: &Ruleset, state: &State, event: &Event, decision: &mut Decision) {
    let Some(lost) = lost(&event.kind) else { return };
    let notice = rules.notices.notice(lost.rule);
    let Some(queue) = notice.and_then(|notice| notice.otherwise.as_deref()) else { return };
    let task = Task {
        notify: lost.rule.clone(),
        version: lost.job.version,
        why: lost.why.to_owned(),
        said: lost.said.chars().take(limits::TASK_SAID_CHARS_MAX).collect(),
    };
    let occasion = handoff::occasion(rules, state, event, decision);
    hand(&occasion, queue, vec![task], decision);
}

/// The task of a notice that is not even tried: it shows what the event brought.
pub(super) fn task(occasion: &Occasion<'_>, notify: &RuleId, why: &str) -> Task {
    let values = occasion.posted.iter().map(|(name, value)| format!("{name}: {value}"));
    let said = values.collect::<Vec<_>>().join(" · ");
    Task {
        notify: notify.clone(),
        version: occasion.now.contact.version.saturating_add(1),
        why: why.to_owned(),
        said: said.chars().take(limits::TASK_SAID_CHARS_MAX).collect(),
    }
}

/// Gives the tasks to whoever has the conversation, else to the queue.
pub(super) fn hand(
    occasion: &Occasion<'_>,
    queue: &str,
    mut tasks: Vec<Task>,
    decision: &mut Decision,
) {
    let conversation = &occasion.now.conversation;
    let under_way = conversation.handoff.as_ref().filter(|_| !conversation.owner.is_bot());
    let known = under_way.map(|handoff| handoff.tasks.as_slice()).unwrap_or_default();
    let same =
        |one: &Task, other: &Task| one.notify == other.notify && one.version == other.version;
    tasks.retain(|task| !known.iter().any(|known| same(known, task)));
    let Some(first) = tasks.first() else { return };
    for Task { notify, why, .. } in &tasks {
        decision.count("untold", notify.as_str());
        decision.note(format!("`{notify}` cannot be sent ({why}): it is a task of people"));
    }
    let at = under_way.map_or(queue, |handoff| &handoff.queue);
    decision.count("handoff_task", at);
    let Some(handoff) = under_way else {
        let rule = first.notify.clone();
        return handoff::open(occasion, &rule, queue, tasks, decision);
    };
    let mut all = [known, tasks.as_slice()].concat();
    if all.len() > limits::TASKS_PER_HANDOFF_MAX {
        decision.note("so many tasks wait already that this one is only counted");
        all.truncate(limits::TASKS_PER_HANDOFF_MAX);
    }
    decision.changes.push(Change::HandOff(Some(HandOff { tasks: all, ..handoff.clone() })));
}

/// A message that never reached the customer.
struct Lost<'a> {
    rule: &'a RuleId,
    job: &'a JobId,
    why: &'a str,
    said: &'a str,
}

/// What an event says is lost, and was wanted.
fn lost(kind: &EventKind) -> Option<Lost<'_>> {
    let (rule, job, why, said) = match kind {
        EventKind::Sent { job, outcome, rule, said, .. } => {
            (rule.as_ref()?, job, given_up(outcome)?, said.as_deref()?)
        }
        EventKind::Status(status) if status.status == DeliveryStatus::Failed => {
            let why = status.error.as_ref().map_or("failed", |error| &error.reason);
            (status.rule.as_ref()?, status.job.as_ref()?, why, status.said.as_deref()?)
        }
        _ => return None,
    };
    (!UNWANTED.contains(&why)).then_some(Lost { rule, job, why, said })
}

fn given_up(outcome: &SendOutcome) -> Option<&str> {
    match outcome {
        SendOutcome::Dead { error } => Some(&error.reason),
        SendOutcome::Dropped {
            why: why @ (Hold::WindowClosed | Hold::NotOwned | Hold::Paused),
        } => Some(why.label()),
        _ => None,
    }
}
