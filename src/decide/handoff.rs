//! A conversation in people's hands: it begins, waits, goes on to the next queue, comes back.
//!
//! What agents do is in [`super::desk`]. While the owner is not the bot there is exactly one timer,
//! set for the next thing that may happen; when it rings, the clock is compared with what stands in
//! the conversation, so one that rings early, late or twice does nothing wrong.

use super::occasion::Occasion;
use super::sending::{Spoken, send};
use super::speaking::{Voice, speak};
use super::{Decision, language};
use crate::model::{
    Change, Closing, Conversation, Event, HandOff, Hold, JobUpdate, Owner, RuleId, State, Task,
    Timer, TimerChange, TimerKey, TimerKind, Timestamp,
};
use crate::rules::Ruleset;
use crate::rules::handing::{GIVE_UP, QUEUE, Queue, Return};
use crate::rules::says::Say;
use std::collections::BTreeMap;
use std::time::Duration;

/// Hands over to a queue because of a rule. What is said of it is added.
pub(super) fn begin(
    occasion: &Occasion<'_>,
    rule: &RuleId,
    queue: &str,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    open(occasion, rule, queue, Vec::new(), decision);
    say_closed(occasion, rule, queue, spoken, decision);
}

/// The queue has it from now on, with these tasks; nobody is told.
pub(super) fn open(
    occasion: &Occasion<'_>,
    rule: &RuleId,
    queue: &str,
    tasks: Vec<Task>,
    decision: &mut Decision,
) {
    let (rules, at) = (occasion.rules, occasion.event.at);
    decision.count("handoff_begun", queue);
    hush(&occasion.now, decision);
    decision.changes.push(Change::Owner(Owner::Waiting { queue: queue.to_owned() }));
    let handoff = HandOff {
        queue: queue.to_owned(),
        rule: rule.clone(),
        since: at,
        deadline: deadline(rules, queue, at),
        escalated: Vec::new(),
        taken_at: None,
        last_at: at,
        ends_at: Some(at.plus(give_up(rules, queue))),
        tasks,
    };
    decision.changes.push(Change::HandOff(Some(handoff)));
    plan(rules, &occasion.now, decision);
}

/// What is said with a hand-off is sent although the bot no longer owns the conversation then.
pub(super) fn speaks_once_more(spoken: &mut [Spoken], decision: &Decision) {
    let handed_over = |change: &Change| matches!(change, Change::Owner(owner) if !owner.is_bot());
    if decision.changes.iter().any(handed_over) {
        for one in spoken {
            one.guards.bot_owns = false;
        }
    }
}

/// Whatever the bot waits for, it waits for no longer.
pub(super) fn hush(now: &State, decision: &mut Decision) {
    let Conversation { question, menu, form, follow_up, .. } = &now.conversation;
    let why = Closing::HandedOver;
    let closed = decision.changes.iter().any(|change| matches!(change, Change::Closed { .. }));
    if let Some(question) = question.as_ref().filter(|_| !closed) {
        decision.changes.push(Change::Closed { rule: question.rule.clone(), why });
    }
    if let Some(menu) = menu {
        decision.changes.push(Change::Withdrawn { rule: menu.rule.clone(), why });
    }
    if form.is_some() {
        decision.changes.push(Change::Form(None));
    }
    if follow_up.is_some() {
        decision.changes.push(Change::FollowUp(None));
        decision.timers.push(TimerChange::Clear(key(now, TimerKind::FollowUp)));
    }
}

/// A customer wrote while people own the conversation: nothing is answered.
pub(super) fn heard(rules: &Ruleset, state: &State, event: &Event, decision: &mut Decision) {
    let Some(handoff) = &state.conversation.handoff else { return };
    // Who writes again and again to an agent who never answers is given back all the same.
    let handoff = HandOff { last_at: event.at, ..handoff.clone() };
    decision.changes.push(Change::HandOff(Some(handoff)));
    plan(rules, state, decision);
}

/// The hand-off's timer rang.
pub(super) fn rang(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    mut decision: Decision,
) -> Decision {
    let Conversation { handoff, owner, .. } = &state.conversation;
    let Some(handoff) = handoff.as_ref().filter(|_| !owner.is_bot()) else {
        decision.note("the hand-off was over");
        decision.timers.push(TimerChange::Clear(key(state, TimerKind::HandOff)));
        return decision;
    };
    let due = |then: Option<Timestamp>| then.is_some_and(|then| then <= event.at);
    let mut spoken = Vec::new();
    let occasion = occasion(rules, state, event, &mut decision);
    if due(idle_end(rules, owner, handoff)) {
        finish(&occasion, "handoff_returned", &mut spoken, &mut decision);
    } else if due(handoff.ends_at) {
        finish(&occasion, "handoff_given_up", &mut spoken, &mut decision);
    } else if due(escalates_at(rules, owner, handoff)) {
        escalate(&occasion, handoff, &mut spoken, &mut decision);
    } else {
        // It has rung and is gone; what it is for is still to come.
        decision.note("nothing of the hand-off was due");
        set(rules, state, &mut decision);
    }
    speaks_once_more(&mut spoken, &decision);
    send(&occasion, spoken, &mut decision);
    decision
}

/// Nobody took it in time: the next queue has it, by its own hours and its own time.
fn escalate(
    occasion: &Occasion<'_>,
    handoff: &HandOff,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    let (rules, at) = (occasion.rules, occasion.event.at);
    let next = rules.queues.get(&handoff.queue).and_then(|queue| queue.escalate.clone());
    let Some(next) = next else { return };
    decision.count("handoff_escalated", &handoff.queue);
    decision.note(format!("nobody took it from `{}` in time: `{next}` has it", handoff.queue));
    let mut escalated = handoff.escalated.clone();
    escalated.push(handoff.queue.clone());
    let deadline = deadline(rules, &next, at);
    decision.changes.push(Change::Owner(Owner::Waiting { queue: next.clone() }));
    let queue = next.clone();
    let moved = HandOff { queue, deadline, escalated, ..handoff.clone() };
    decision.changes.push(Change::HandOff(Some(moved)));
    set(rules, &occasion.now, decision);
    say_closed(occasion, &handoff.rule, &next, spoken, decision);
}

/// The bot answers again, from the customer's next message on, which begins another session.
pub(super) fn finish(
    occasion: &Occasion<'_>,
    how: &str,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    let state = &occasion.now;
    let queue = state.conversation.handoff.as_ref().map_or("", |handoff| handoff.queue.as_str());
    decision.count(how, queue);
    decision.changes.push(Change::Owner(Owner::Bot));
    decision.changes.push(Change::HandOff(None));
    decision.changes.push(Change::SessionEnded);
    decision.timers.push(TimerChange::Clear(key(state, TimerKind::HandOff)));
    // What was kept while people had it is judged again; it is older than these words.
    decision.updates.push(JobUpdate::Release {
        contact: state.contact.id,
        number: state.conversation.number.clone(),
        why: Hold::NotOwned,
    });
    let back = occasion.rules.queues.get(queue).map(|queue| queue.back.as_slice());
    let rule = RuleId::from(format!("{QUEUE}{queue}"));
    say(occasion, &rule, back.unwrap_or_default(), spoken, decision);
}

/// An occasion on which nobody wrote.
pub(super) fn occasion<'a>(
    rules: &'a Ruleset,
    state: &State,
    event: &'a Event,
    decision: &mut Decision,
) -> Occasion<'a> {
    let language = language::known(decision, rules, state);
    Occasion::new(rules, event, None, state.after(&decision.changes), language)
}

/// Outside the queue's hours the customer is told so.
fn say_closed(
    occasion: &Occasion<'_>,
    rule: &RuleId,
    queue: &str,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    let Some(found) = occasion.rules.queues.get(queue) else { return };
    if !is_open(occasion.rules, found, occasion.event.at) {
        say(occasion, rule, &found.closed, spoken, decision);
    }
}

/// Says it where the service window is open; a text that fails is in the trace.
fn say(
    occasion: &Occasion<'_>,
    rule: &RuleId,
    says: &[Say],
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    if says.is_empty() {
        return;
    }
    let open = occasion.now.conversation.window_until().is_some_and(|end| occasion.event.at < end);
    if !open {
        return decision.note(format!("the window is closed: `{rule}` says nothing"));
    }
    let matched = BTreeMap::new();
    let _ = speak(occasion, Voice::plain(rule, &matched), says, spoken, decision);
}

/// When somebody is to have taken it: the clock runs from now, or from the next opening.
pub(super) fn deadline(rules: &Ruleset, queue: &str, at: Timestamp) -> Option<Timestamp> {
    let queue = rules.queues.get(queue)?;
    let within = queue.within?;
    if is_open(rules, queue, at) {
        return Some(at.plus(within));
    }
    let calendar = rules.hours.get(queue.hours.as_ref()?)?;
    calendar.next_opening(at).map(|opening| opening.plus(within))
}

fn is_open(rules: &Ruleset, queue: &Queue, at: Timestamp) -> bool {
    let calendar = queue.hours.as_ref().and_then(|hours| rules.hours.get(hours));
    calendar.is_none_or(|calendar| calendar.is_open(at))
}

/// A queue that is no longer in the rules gives up as any other does.
pub(super) fn give_up(rules: &Ruleset, queue: &str) -> Duration {
    rules.queues.get(queue).map_or(GIVE_UP, |queue| queue.give_up)
}

/// When a conversation with an agent comes back because nobody says anything any more.
fn idle_end(rules: &Ruleset, owner: &Owner, handoff: &HandOff) -> Option<Timestamp> {
    let Owner::Agent { .. } = owner else { return None };
    match rules.queues.get(&handoff.queue)?.returns {
        Return::Idle(idle) => Some(handoff.last_at.plus(idle)),
        Return::OnClose | Return::Command(_) => None,
    }
}

fn escalates_at(rules: &Ruleset, owner: &Owner, handoff: &HandOff) -> Option<Timestamp> {
    let Owner::Waiting { .. } = owner else { return None };
    rules.queues.get(&handoff.queue)?.escalate.as_ref()?;
    handoff.deadline
}

/// Sets the timer for the next thing that may happen, where it is set for something else so far.
pub(super) fn plan(rules: &Ruleset, before: &State, decision: &mut Decision) {
    let after = before.after(&decision.changes);
    if next_thing(rules, before) != next_thing(rules, &after) {
        set(rules, before, decision);
    }
}

fn set(rules: &Ruleset, before: &State, decision: &mut Decision) {
    let after = before.after(&decision.changes);
    let key = key(before, TimerKind::HandOff);
    decision.timers.push(match next_thing(rules, &after) {
        Some(at) => TimerChange::Set(Timer { key, at }),
        None => TimerChange::Clear(key),
    });
}

fn next_thing(rules: &Ruleset, state: &State) -> Option<Timestamp> {
    let Conversation { handoff, owner, .. } = &state.conversation;
    let handoff = handoff.as_ref().filter(|_| !owner.is_bot())?;
    let things =
        [idle_end(rules, owner, handoff), escalates_at(rules, owner, handoff), handoff.ends_at];
    things.into_iter().flatten().min()
}

fn key(state: &State, kind: TimerKind) -> TimerKey {
    let number = state.conversation.number.clone();
    TimerKey { contact: state.contact.id, number, kind, name: String::new() }
}
