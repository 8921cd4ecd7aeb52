//! `follow_up`: what is said if the customer stays silent.
//!
//! The conversation holds the next step, and one timer rings when it is due: what rings is compared
//! with what stands there. A step that comes late keeps its distance to the next, so that nobody
//! gets two at once.

use super::course::Course;
use super::occasion::Occasion;
use super::sending::send;
use super::speaking::{Voice, speak};
use super::trace::{Candidate, Part, Reason};
use super::{Decision, clock_time, handoff, permission, timers};
use crate::model::{
    Change, Consent, Event, EventKind, FollowUp, MessageKind, Purpose, RuleId, State, Timer,
    TimerChange, TimerKey, TimerKind, Timestamp, Verdict,
};
use crate::rules::Ruleset;
use crate::rules::following::FollowUpStep;
use crate::rules::ruleset::{REPLY_PURPOSE, Reply, RuleStatus};
use crate::rules::says::OutsideWindow;
use std::collections::BTreeMap;
use std::time::Duration;

/// A rule answered: its follow-up waits from now on, in place of any other. In cool-down it does
/// not speak, so nothing follows.
pub(super) fn begin(
    occasion: &Occasion<'_>,
    course: &Course<'_>,
    matched: &BTreeMap<String, String>,
    decision: &mut Decision,
) {
    let follows = |reply: &&Reply| !reply.follow_up.is_empty();
    let Some(reply) = course.rules().rev().filter(|_| course.is_full()).find(follows) else {
        return;
    };
    if let Some(next) = next(occasion, reply, None, matched) {
        wait(occasion, next, decision);
    }
}

/// What ends a follow-up, whatever else is decided: the customer writes, a person has the
/// conversation, a stop. This is the one place that sees to it, for events of every kind.
pub(super) fn settle(decision: &mut Decision, state: &State, event: &Event) {
    let Some(waiting) = &state.conversation.follow_up else { return };
    if decision.changes.iter().any(|change| matches!(change, Change::FollowUp(_))) {
        return;
    }
    let ends = decision.changes.iter().any(|change| match change {
        Change::Owner(owner) => !owner.is_bot(),
        Change::Consent { now, .. } => is_stopped_further(&state.contact.consent, now),
        _ => false,
    });
    if ends || is_heard(&event.kind) {
        decision.note(format!("the follow-up of `{}` is over", waiting.rule));
        end(state, decision);
    }
}

/// The customer did something in this conversation, be it something usher cannot read.
fn is_heard(kind: &EventKind) -> bool {
    let EventKind::Message(message) = kind else { return false };
    message.group.is_none() && message.kind != MessageKind::System
}

fn is_stopped_further(before: &Consent, now: &Consent) -> bool {
    now.stopped.iter().any(|purpose| !before.stopped.contains(purpose))
        || (now.suspended && !before.suspended)
        || (now.whatsapp_stop && !before.whatsapp_stop)
}

/// The timer rang: the step is said, if it may be, and the next one waits.
pub(super) fn rang(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    key: &TimerKey,
    mut decision: Decision,
) -> Decision {
    let waiting = state.conversation.follow_up.as_ref().filter(|_| key.name.is_empty());
    let Some(waiting) = waiting else {
        timers::rang(&mut decision, state, key);
        return decision;
    };
    let mut occasion = handoff::occasion(rules, state, event, &mut decision);
    occasion.lookup = waiting.looked_up.as_ref();
    if waiting.at > event.at {
        // What rang was the timer of a contact that this one was merged with.
        wait(&occasion, waiting.clone(), &mut decision);
        return decision.silent("not_due");
    }
    let Some((reply, place, step)) = found(rules, waiting) else {
        decision.note(format!("follow_up_gone: `{}` is no longer in the rules", waiting.rule));
        end(state, &mut decision);
        return decision.silent("follow_up_gone");
    };
    if !state.conversation.owner.is_bot() {
        end(state, &mut decision);
        return decision.silent("owned");
    }
    let ring = Ring { occasion, waiting, reply, place, step };
    if let (None, Some(until)) = (ring.forbidden(), ring.quiet()) {
        decision.note(format!("{}: quiet hours", ring.name()));
        wait(&ring.occasion, FollowUp { at: until, ..waiting.clone() }, &mut decision);
        return decision.silent("quiet_hours");
    }
    ring.say(decision)
}

/// The step that is due, its rule, and its place from 0; none where the rules no longer have it.
fn found<'a>(
    rules: &'a Ruleset,
    waiting: &FollowUp,
) -> Option<(&'a Reply, usize, &'a FollowUpStep)> {
    let reply = rules.replies.get(*rules.by_id.get(&waiting.rule)?)?;
    let place = usize::try_from(waiting.step).ok()?;
    let step = reply.follow_up.get(place).filter(|_| reply.status == RuleStatus::Live)?;
    Some((reply, place, step))
}

/// A step whose time has come.
struct Ring<'a> {
    occasion: Occasion<'a>,
    waiting: &'a FollowUp,
    reply: &'a Reply,
    place: usize,
    step: &'a FollowUpStep,
}

impl Ring<'_> {
    /// `follow-up 1 of `order``
    fn name(&self) -> String {
        in_words(&self.reply.id, self.place)
    }

    fn purpose(&self) -> Purpose {
        let own = self.reply.purpose.unwrap_or(REPLY_PURPOSE);
        self.step.purpose(own, &self.occasion.rules.templates)
    }

    /// When the quiet hours end that keep it.
    fn quiet(&self) -> Option<Timestamp> {
        permission::quiet_until(&self.occasion, self.purpose())
    }

    fn say(self, mut decision: Decision) -> Decision {
        let mut spoken = Vec::new();
        let voice =
            Voice { outside: &OutsideWindow::Drop, ..Voice::of(self.reply, &self.waiting.matched) };
        let said = match self.forbidden() {
            Some((word, why)) => {
                decision.note(format!("{} is not said: {why}", self.name()));
                Err(word)
            }
            None if speak(&self.occasion, voice, &self.step.says, &mut spoken, &mut decision) => {
                Ok(())
            }
            None => Err("follow_up_failed"),
        };
        let matched = &self.waiting.matched;
        match next(&self.occasion, self.reply, Some(self.place), matched) {
            Some(next) => wait(&self.occasion, next, &mut decision),
            None => end(&self.occasion.now, &mut decision),
        }
        if let Err(why) = said {
            decision.count("follow_up", why);
            return decision.silent(why);
        }
        send(&self.occasion, spoken, &mut decision);
        self.tell(&mut decision);
        decision
    }

    /// The word that is counted, and why it may not be said now.
    fn forbidden(&self) -> Option<(&'static str, String)> {
        let Occasion { now, event, .. } = &self.occasion;
        let consent = permission::permits(&self.occasion, &now.contact.consent, self.purpose());
        let tier = self.reply.trigger.consent.as_ref();
        let tier = tier.map_or(Ok(()), |tier| permission::holds_tier(&self.occasion, tier));
        if let Err(why) = consent.and(tier) {
            return Some(("consent", why));
        }
        let open = now.conversation.window_until().is_some_and(|until| event.at < until);
        (!open && !self.step.opens_window())
            .then(|| ("window_closed", "the service window is closed".to_owned()))
    }

    fn tell(&self, decision: &mut Decision) {
        let number = self.place.saturating_add(1);
        let rule = self.reply.id.clone();
        decision.count("follow_up", "said");
        decision.trace.how.push(format!("follow-up {number}"));
        decision.trace.parts.push(Part { follow_up: Some(number), ..Part::of(&rule) });
        let candidate = Candidate { rule: rule.clone(), reason: Reason::Won, found: Vec::new() };
        decision.trace.candidates.push(candidate);
        decision.verdict = Verdict::Won(rule);
    }
}

/// The first step after `done` that can be said when its time comes, as far as the service window
/// tells now.
fn next(
    occasion: &Occasion<'_>,
    reply: &Reply,
    done: Option<usize>,
    matched: &BTreeMap<String, String>,
) -> Option<FollowUp> {
    let begun = done.and_then(|done| reply.follow_up.get(done));
    let begun = begun.map_or(Duration::ZERO, |step| step.after);
    let window = occasion.now.conversation.window_until();
    let steps = (0..).zip(&reply.follow_up).skip(done.map_or(0, |done| done.saturating_add(1)));
    let mut times = steps.map(|(place, step)| {
        let at = occasion.event.at.plus(step.after.saturating_sub(begun));
        (place, step, at)
    });
    let (place, _, at) = times
        .find(|(_, step, at)| step.opens_window() || window.is_some_and(|until| *at < until))?;
    Some(FollowUp {
        rule: reply.id.clone(),
        step: place,
        at,
        matched: matched.clone(),
        looked_up: occasion.lookup.cloned(),
    })
}

fn wait(occasion: &Occasion<'_>, follow_up: FollowUp, decision: &mut Decision) {
    let FollowUp { rule, step, at, .. } = &follow_up;
    let (place, at) = (usize::try_from(*step).unwrap_or(usize::MAX), *at);
    let time = clock_time::in_words(occasion.rules, at);
    decision.note(format!("{} is due {time}", in_words(rule, place)));
    decision.timers.push(TimerChange::Set(Timer { key: key(&occasion.now), at }));
    decision.changes.push(Change::FollowUp(Some(follow_up)));
}

fn end(state: &State, decision: &mut Decision) {
    decision.changes.push(Change::FollowUp(None));
    decision.timers.push(TimerChange::Clear(key(state)));
}

fn in_words(rule: &RuleId, place: usize) -> String {
    format!("follow-up {} of `{rule}`", place.saturating_add(1))
}

fn key(state: &State) -> TimerKey {
    let number = state.conversation.number.clone();
    TimerKey { contact: state.contact.id, number, kind: TimerKind::FollowUp, name: String::new() }
}
