//! Storm guards (`[limits]`): nobody is flooded, and two bots do not answer each other for ever.
//!
//! They stand at the end, where it is known what would be said. What an agent or an API call says
//! is not theirs to judge, nor are consent texts: those are owed, and consent has its own rule for
//! how often.

use super::{Decision, handoff};
use crate::limits;
use crate::model::{
    Call, Change, Content, Effect, Event, EventKind, RuleId, State, Storm, Timestamp, Verdict,
};
use crate::rules::Ruleset;
use crate::rules::consenting::RESERVED;
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
    let is_judged = decision.effects.iter().any(is_judged);
    if !is_judged || is_explicit(event) {
        return decision;
    }
    let (guards, now) = (rules.settings.storm, event.at);
    let mut storm = recent(&state.conversation.storm, guards, now);
    if storm.silent_until.is_some() {
        return hush(state, decision, STORM);
    }
    let dropped = drop_same(guards, now, &mut storm, &mut decision);
    let messages = decision.effects.iter().filter(|effect| is_message(effect)).count();
    if dropped && messages == 0 {
        return hush(state, decision, "same_text");
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

/// Nothing is said for an hour; somebody looks after the contact where `[limits] storm` says who.
fn breaks_out(rules: &Ruleset, state: &State, event: &Event, mut decision: Decision) -> Decision {
    decision.note("too many messages within a minute: nothing is said for an hour");
    decision.count("storm", "replies_per_minute");
    let silent_until = Some(event.at.plus(limits::STORM_SILENCE));
    decision.changes.push(Change::Storm(Storm { silent_until, ..Storm::default() }));
    let mut decision = hush(state, decision, STORM);
    let Some(queue) = &rules.settings.storm_queue else { return decision };
    let occasion = handoff::occasion(rules, state, event, &mut decision);
    if occasion.now.conversation.owner.is_bot() {
        // Not even that the queue is closed is said.
        handoff::open(&occasion, &RuleId::from(STORM), queue, Vec::new(), &mut decision);
    }
    decision
}

/// What an agent says, or somebody asks for by the API.
fn is_explicit(event: &Event) -> bool {
    matches!(event.kind, EventKind::Desk(_) | EventKind::Outbound(_))
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
    }
}

/// Takes out what was said too often already, and remembers the rest. Whether there was any.
fn drop_same(
    guards: StormGuards,
    now: Timestamp,
    storm: &mut Storm,
    decision: &mut Decision,
) -> bool {
    let most = usize::try_from(guards.same_text).unwrap_or(usize::MAX);
    let before = decision.effects.len();
    decision.effects.retain(|effect| {
        let Some(content) = effect.content().filter(|_| is_message(effect)) else { return true };
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

/// Nothing is said or looked up; so nothing is asked, offered or cooling either, and a form ends with
/// its question.
fn hush(state: &State, mut decision: Decision, why: &str) -> Decision {
    decision.effects.retain(|effect| !is_judged(effect));
    decision.changes.retain(|change| {
        !matches!(
            change,
            Change::Asked(_)
                | Change::Offered(_)
                | Change::Cooling { .. }
                | Change::LookingUp(_)
                | Change::FollowUp(Some(_))
                | Change::Form(Some(_))
        )
    });
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

/// 64 bits are enough among the few texts of one conversation.
fn digest(content: &Content) -> u64 {
    let bytes = serde_json::to_vec(content).unwrap_or_default();
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
}
