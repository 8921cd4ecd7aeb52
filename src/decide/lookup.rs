//! Lookups: a rule that wins asks first, and takes its course when the answer comes.
//!
//! The question to the other system is an effect, its answer an event: nothing waits in between,
//! and a replay decides both again as they were.

use super::answer::{go, miss, reaction_of, sound};
use super::course::Course;
use super::hearing::Hearing;
use super::sending::{Spoken, react, send};
use super::trace::{Candidate, Reason};
use super::{Decision, form, handoff, language, permission};
use crate::limits;
use crate::model::{
    Call, Change, Consent, Effect, Event, LookedUp, Message, PendingLookup, Purpose, State,
};
use crate::rules::Ruleset;
use crate::rules::lookup::LooksUp;
use crate::rules::ruleset::{REPLY_PURPOSE, Reply, RuleStatus};
use std::collections::BTreeMap;

/// Asks what the rule at the end of the course looks up. `false` where it cannot be asked: then
/// nothing of the course is kept.
pub(super) fn ask(
    hearing: &Hearing<'_>,
    course: &Course<'_>,
    matched: &BTreeMap<String, String>,
    decision: &mut Decision,
) -> bool {
    let Some(speaker) = course.speaker() else { return false };
    let Some((used, message)) = speaker.lookup.as_ref().zip(hearing.message.as_deref()) else {
        decision.note(format!("`{}` looks something up, and nobody wrote", speaker.id));
        return false;
    };
    let call = match call(hearing, used, matched) {
        Ok(call) => call,
        Err(why) => {
            decision.note(format!("the lookup of `{}` failed: {why}", speaker.id));
            decision.count("lookup_failed", &used.name);
            return false;
        }
    };
    let number = hearing.now.conversation.number.clone();
    let open = hearing.now.conversation.question.as_ref();
    let open = open.map(|question| (question.rule.clone(), question.asked_at));
    decision.effects.push(Effect::Call { number, rule: speaker.id.clone(), call });
    decision.changes.push(Change::LookingUp(Box::new(PendingLookup {
        of: hearing.event.id.clone(),
        rule: speaker.id.clone(),
        lookup: used.name.clone(),
        message: Message { raw: None, ..message.clone() },
        matched: matched.clone(),
        at: hearing.event.at,
        question: open.filter(|_| !hearing.overtaken),
    })));
    true
}

fn call(
    hearing: &Hearing<'_>,
    used: &LooksUp,
    matched: &BTreeMap<String, String>,
) -> Result<Call, String> {
    let Some(lookup) = hearing.rules.lookups.get(&used.name) else {
        return Err(format!("there is no lookup `{}`", used.name));
    };
    if hearing.now.conversation.lookups.len() >= limits::LOOKUPS_PENDING_MAX {
        return Err(format!("{} wait already", limits::LOOKUPS_PENDING_MAX));
    }
    let path = hearing.rules.texts.render(used.path, &hearing.scope(matched));
    let path = path.map_err(|error| error.to_string())?;
    if path.len() > limits::LOOKUP_PATH_BYTES_MAX {
        return Err("its path is too long".to_owned());
    }
    Ok(Call::Lookup {
        lookup: used.name.clone(),
        connector: lookup.connector.clone(),
        path,
        gives: lookup.gives.clone(),
        timeout: lookup.timeout,
        keep: lookup.keep,
        of: hearing.event.id.clone(),
    })
}

/// What was looked up came: the rule that waited takes its course.
pub(super) fn answered(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    looked_up: &LookedUp,
    mut decision: Decision,
) -> Decision {
    let waits = |pending: &&PendingLookup| pending.of == looked_up.of;
    let Some(pending) = state.conversation.lookups.iter().find(waits) else {
        decision.note("nobody waits for what was looked up");
        return decision;
    };
    decision.changes.push(Change::LookedUp(looked_up.of.clone()));
    decision.count("looked_up", looked_up.outcome.label());
    if !state.conversation.owner.is_bot() {
        return decision.silent("owned");
    }
    let now = state.after(&decision.changes);
    let language = language::choose(&mut decision, rules, &now, &pending.message);
    let hearing = Hearing::resumed(rules, event, pending, looked_up, now, language);
    let reply = waiting(rules, pending);
    if let Some(Err(why)) = reply.map(|reply| permission::may_speak(&hearing, reply)) {
        decision.note(format!("`{}` may not speak any more: {why}", pending.rule));
        return decision.silent("not_allowed");
    }
    if let Some(Err(why)) = reply.map(|reply| form::lets_in(&hearing, reply)) {
        decision.note(format!("`{}` is not said: {why}", pending.rule));
        return decision.silent("form_open");
    }
    let mut spoken = Vec::new();
    let course = match reply {
        Some(reply) => resume(&hearing, reply, pending, &mut spoken, &mut decision),
        None => {
            decision.note(format!("`{}` is no longer in the rules", pending.rule));
            None
        }
    };
    let course = course.or_else(|| miss(&hearing, &mut spoken, &mut decision));
    let reaction = course.as_ref().and_then(reaction_of);
    react(&hearing, reaction, &mut spoken, &mut decision);
    handoff::speaks_once_more(&mut spoken, &decision);
    if hearing.overtaken {
        // What is typed answers the question of meanwhile.
        spoken.iter_mut().for_each(|spoken| spoken.menu = None);
    }
    send(&hearing, spoken, &mut decision);
    form::settle(&hearing, &mut decision);
    decision
}

/// What ends a lookup before its answer is there, whatever else is decided: people have the
/// conversation, or the customer's consent does not permit what the rule would say any more. This is
/// the one place that sees to it, for events of every kind.
pub(super) fn settle(rules: &Ruleset, decision: &mut Decision, state: &State, event: &Event) {
    let handed_over = |change: &Change| matches!(change, Change::Owner(owner) if !owner.is_bot());
    let owned = decision.changes.iter().any(handed_over);
    let consent = decision.changes.iter().rev().find_map(|change| match change {
        Change::Consent { now, .. } => Some(now.clone()),
        _ => None,
    });
    for pending in &state.conversation.lookups {
        let purpose = waiting(rules, pending).and_then(|reply| reply.purpose);
        let purpose = purpose.unwrap_or(REPLY_PURPOSE);
        // Who stops everything has had the last word, though a rule may answer what they write next.
        let forbids = |consent: &Consent| {
            consent.stopped.contains(&Purpose::Utility)
                || consent.permits(purpose, event.at).is_err()
        };
        let came = Change::LookedUp(pending.of.clone());
        if (owned || consent.as_ref().is_some_and(forbids)) && !decision.changes.contains(&came) {
            decision.note(format!("`{}` waits no longer for what it looked up", pending.rule));
            decision.changes.push(came);
        }
    }
}

fn waiting<'a>(rules: &'a Ruleset, pending: &PendingLookup) -> Option<&'a Reply> {
    let reply = rules.replies.get(*rules.by_id.get(&pending.rule)?)?;
    (reply.status == RuleStatus::Live && !reply.also).then_some(reply)
}

/// `None` where something of it failed: then the fallback speaks.
fn resume<'a>(
    hearing: &Hearing<'a>,
    reply: &'a Reply,
    pending: &PendingLookup,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> Option<Course<'a>> {
    let course = sound(Course::looked_up(hearing, reply, &pending.matched), decision)?;
    let course = course.beside_what_is_open(hearing, decision);
    let (rule, found) = (course.speaker().unwrap_or(reply).id.clone(), Vec::new());
    let course = go(hearing, reply, course, &pending.matched, spoken, decision)?;
    decision.trace.candidates.push(Candidate { rule, reason: Reason::Won, found });
    Some(course)
}
