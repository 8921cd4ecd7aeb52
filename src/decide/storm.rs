//! Storm guards (`[limits]`): nobody is flooded, and two bots do not answer each other for ever.
//!
//! They stand at the end, where it is known what would be said. They are for replies: what an agent
//! says is not theirs to judge, nor are consent texts, for those are owed, and consent has its own
//! rule for how often. What the business itself says has a bound of its own.

use super::{Decision, handoff};
use crate::limits;
use crate::model::{
    Call, Change, Content, Effect, Event, EventKind, RuleId, State, Storm, TimerChange, TimerKind,
    Timestamp, Verdict,
};
use crate::rules::Ruleset;
use crate::rules::consenting::RESERVED;
use crate::rules::ruleset::Reply;
use crate::rules::settings::StormGuards;
use sha2::{Digest, Sha256};

/// Stands for the rule where a storm hands over.
const STORM: &str = "storm";

/// The decision with what would be too much taken out of it.
pub(super) fn calm(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    mut decision: Decision,
) -> Decision {
    if is_business(event) {
        return bound(state, event, decision);
    }
    let is_judged = decision.effects.iter().any(is_judged);
    if !is_judged || matches!(event.kind, EventKind::Desk(_)) {
        return decision;
    }
    let (guards, now) = (rules.settings.storm, event.at);
    let mut storm = recent(&state.conversation.storm, guards, now);
    if storm.silent_until.is_some() {
        return hush(state, event, decision, STORM);
    }
    let dropped = drop_same(rules, state, now, &mut storm, &mut decision);
    let messages = decision.effects.iter().filter(|effect| is_message(effect)).count();
    if dropped && messages == 0 {
        return hush(state, event, decision, "same_text");
    }
    storm.replies.extend(std::iter::repeat_n(now, messages));
    if storm.replies.len() > usize::try_from(guards.replies_per_minute).unwrap_or(usize::MAX) {
        return breaks_out(rules, state, event, decision);
    }
    if messages > 0 {
        decision.changes.push(Change::Storm(storm));
    }
    decision
}

/// Whether the business itself speaks: a notice, or a message somebody asks for by the API. They
/// answer nobody, so no two bots go on for ever by them.
fn is_business(event: &Event) -> bool {
    match &event.kind {
        EventKind::Posted(_) | EventKind::Outbound(_) => true,
        EventKind::Timer { key, .. } => key.kind == TimerKind::Notify,
        _ => false,
    }
}

/// What the business says has a bound of its own, against a system that runs in circles.
fn bound(state: &State, event: &Event, mut decision: Decision) -> Decision {
    let messages = decision.effects.iter().filter(|effect| is_message(effect)).count();
    let Ok(messages @ 1..) = u32::try_from(messages) else { return decision };
    let storm = &state.conversation.storm;
    let minute = storm.notices.filter(|(from, _)| event.at.since(*from) < limits::STORM_MINUTE);
    let (from, before) = minute.unwrap_or((event.at, 0));
    let said = before.saturating_add(messages);
    if said > limits::NOTICES_PER_MINUTE_MAX {
        decision.note("too many notices within a minute: this one is left out");
        return hush(state, event, decision, "too_many_notices");
    }
    let notices = Some((from, said));
    decision.changes.push(Change::Storm(Storm { notices, ..storm.clone() }));
    decision
}

/// Nothing is said for an hour; somebody looks after the contact where `[limits] storm` says who.
fn breaks_out(rules: &Ruleset, state: &State, event: &Event, mut decision: Decision) -> Decision {
    decision.note("too many messages within a minute: nothing is said for an hour");
    decision.count("storm", "replies_per_minute");
    let silent_until = Some(event.at.plus(limits::STORM_SILENCE));
    let notices = state.conversation.storm.notices;
    decision.changes.push(Change::Storm(Storm { silent_until, notices, ..Storm::default() }));
    let mut decision = hush(state, event, decision, STORM);
    let Some(queue) = &rules.settings.storm_queue else { return decision };
    let occasion = handoff::occasion(rules, state, event, &mut decision);
    if occasion.now.conversation.owner.is_bot() {
        // Not even that the queue is closed is said.
        handoff::open(&occasion, &RuleId::from(STORM), queue, Vec::new(), &mut decision);
    }
    decision
}

/// A stop is confirmed and a question about consent is put however much was said. A lookup leads to
/// an answer; what a rule tells other systems is no message.
fn is_judged(effect: &Effect) -> bool {
    match effect {
        Effect::Send { rule, .. } => !rule.as_str().starts_with(RESERVED),
        Effect::Call { call, .. } => matches!(call, Call::Lookup { .. }),
    }
}

fn is_message(effect: &Effect) -> bool {
    let reacts = |content: &Content| matches!(content, Content::Reaction { .. });
    is_judged(effect) && effect.content().is_some_and(|content| !reacts(content))
}

/// What still counts at `now`.
fn recent(storm: &Storm, guards: StormGuards, now: Timestamp) -> Storm {
    let young = |at: &Timestamp, span| now.since(*at) < span;
    let texts = storm.texts.iter().filter(|(_, at)| young(at, guards.same_text_within));
    Storm {
        replies: storm
            .replies
            .iter()
            .filter(|at| young(at, limits::STORM_MINUTE))
            .copied()
            .collect(),
        texts: texts.copied().collect(),
        silent_until: storm.silent_until.filter(|until| now < *until),
        notices: storm.notices,
    }
}

/// Takes out what was said too often already, and remembers the rest. Whether there was any.
fn drop_same(
    rules: &Ruleset,
    state: &State,
    now: Timestamp,
    storm: &mut Storm,
    decision: &mut Decision,
) -> bool {
    let guards = rules.settings.storm;
    let course = FormCourse::of(rules, state, decision);
    let most = usize::try_from(guards.same_text).unwrap_or(usize::MAX);
    let before = decision.effects.len();
    decision.effects.retain(|effect| {
        let Some(content) = effect.content().filter(|_| is_message(effect)) else { return true };
        let most = match course.bounds(rules, effect) {
            Bound::Own => return true,
            Bound::Begins => most.max(limits::SAME_FORM_TIMES),
            Bound::Text => most,
        };
        let digest = digest(content);
        let said = storm.texts.iter().filter(|(text, _)| *text == digest).count();
        let fits = said.saturating_add(1) < most;
        if fits {
            storm.texts.push((digest, now));
        }
        fits
    });
    let over = storm.texts.len().saturating_sub(limits::STORM_TEXTS_MAX.max(most));
    storm.texts.drain(..over);
    let dropped = decision.effects.len() < before;
    if dropped {
        decision.note("the same text was said too often lately: it is left out");
        decision.count("same_text", "");
    }
    dropped
}

/// What keeps a text from being said for ever.
enum Bound {
    /// How often it was said: `same_text`.
    Text,
    /// The same, generously: whoever begins a form anew is asked anew.
    Begins,
    /// Its own: `tries`, `ask_again`, or a form that ends.
    Own,
}

/// Whether a decision is about a form or an open question going on.
struct FormCourse<'a> {
    /// The question is put again, one time less is left.
    asks_again: bool,
    /// The form whose part won.
    form: Option<&'a str>,
    /// That form was open before and goes on, or ends.
    goes_on: bool,
}

impl<'a> FormCourse<'a> {
    fn of(rules: &'a Ruleset, state: &State, decision: &Decision) -> FormCourse<'a> {
        let won = match &decision.verdict {
            Verdict::Won(rule) => part_of(rules, rule),
            _ => None,
        };
        let open = state.conversation.form.as_ref().map(|form| form.form.as_str());
        let begun = decision.tallies.iter().any(|tally| tally.what == "form_begun");
        FormCourse {
            asks_again: decision.changes.iter().any(is_asked_again),
            form: won,
            goes_on: won.is_some() && won == open && !begun,
        }
    }

    /// A question that is put again after something else was answered is bounded by nothing of its
    /// own: its text counts as any other.
    fn bounds(&self, rules: &Ruleset, effect: &Effect) -> Bound {
        let Effect::Send { rule, .. } = effect else { return Bound::Text };
        let form = part_of(rules, rule);
        let again = form.is_some() || reply(rules, rule).is_some_and(|one| one.ask_again > 0);
        match form {
            _ if self.asks_again && again => Bound::Own,
            Some(form) if self.form == Some(form) && self.goes_on => Bound::Own,
            Some(form) if self.form == Some(form) => Bound::Begins,
            _ => Bound::Text,
        }
    }
}

fn reply<'a>(rules: &'a Ruleset, rule: &RuleId) -> Option<&'a Reply> {
    rules.by_id.get(rule).and_then(|at| rules.replies.get(*at))
}

fn part_of<'a>(rules: &'a Ruleset, rule: &RuleId) -> Option<&'a str> {
    Some(reply(rules, rule)?.form.as_ref()?.form.as_str())
}

fn is_asked_again(change: &Change) -> bool {
    matches!(change, Change::Asked(question) if question.asked_again > 0)
}

/// Nothing is said or looked up; so nothing is asked, offered or cooling either, and a form ends with
/// its question. What comes to an end all the same does so: a question that is put again has one
/// time less, and a follow-up that is not said makes place for the next.
fn hush(state: &State, event: &Event, mut decision: Decision, why: &str) -> Decision {
    decision.effects.retain(|effect| !is_judged(effect));
    let asked_again = decision.changes.iter().any(is_asked_again);
    let rang = matches!(&event.kind, EventKind::Timer { .. });
    decision.changes.retain(|change| match change {
        Change::Asked(_) | Change::Offered(_) => asked_again,
        Change::FollowUp(Some(_)) => rang,
        Change::Cooling { .. } | Change::LookingUp(_) | Change::Form(Some(_)) => false,
        _ => true,
    });
    if !rang {
        decision.timers.retain(|timer| !begins_follow_up(timer));
    }
    let closed = decision.changes.iter().any(|change| matches!(change, Change::Closed { .. }));
    let ended = decision.changes.iter().any(|change| matches!(change, Change::Form(None)));
    if let Some(form) = state.conversation.form.as_ref().filter(|_| closed && !ended) {
        decision.count("form_left", &form.form);
        decision.changes.push(Change::Form(None));
    }
    if matches!(decision.verdict, Verdict::Silent(_)) {
        return decision;
    }
    decision.silent(why)
}

fn begins_follow_up(timer: &TimerChange) -> bool {
    matches!(timer, TimerChange::Set(timer) if timer.key.kind == TimerKind::FollowUp)
}

/// 64 bits are enough among the few texts of one conversation.
fn digest(content: &Content) -> u64 {
    let bytes = serde_json::to_vec(content).unwrap_or_default();
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
}
