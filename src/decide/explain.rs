//! The reason of every rule, also of those that never came near: for `explain` and the pages.

use super::candidates::judge_rule;
use super::hearing::{self, Hearing};
use super::trace::{Found, Reason};
use super::{Circumstances, Decision, cooling, decide, permission, reception};
use crate::model::{Content, Effect, Event, EventKind, Message, RuleId, State};
use crate::rules::Ruleset;
use crate::rules::matcher::NearMiss;
use crate::rules::ruleset::{Group, RuleStatus};
use crate::text;
use serde::{Deserialize, Serialize};

/// A rule that would have held.
const NOT_ASKED: &str = "not asked: the message was not answered";

/// A decision with the reason of every reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The decision itself.
    pub decision: Decision,
    /// Every reply: the winner, what acted, what was outranked, what failed, then the rest in the
    /// order of the files.
    pub rules: Vec<Explained>,
    /// What would be sent, in order.
    pub texts: Vec<String>,
}

/// One rule explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// Which rule.
    pub rule: RuleId,
    /// Why it won or did not.
    pub reason: String,
    /// What of its entries was found in the normal form.
    pub found: Vec<Found>,
}

/// Decides an event and says of every reply why it did or did not win. Slow: for people.
#[must_use]
pub fn explain(rules: &Ruleset, state: &State, event: &Event) -> Explanation {
    let decision = decide(rules, state, event);
    let mut explained: Vec<Explained> = decision
        .trace
        .candidates
        .iter()
        .map(|candidate| Explained {
            rule: candidate.rule.clone(),
            reason: decision.trace.reason(candidate, &decision.verdict),
            found: candidate.found.clone(),
        })
        .collect();
    if let EventKind::Message(message) = &event.kind {
        let others = others(rules, state, event, message, &explained);
        explained.extend(others);
    }
    let texts =
        decision.effects.iter().filter_map(Effect::content).map(Content::in_words).collect();
    Explanation { decision, rules: explained, texts }
}

/// The rules the decision's trace does not hold.
fn others(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    message: &Message,
    told: &[Explained],
) -> Vec<Explained> {
    let mut aside = Decision::begin(event);
    reception::identity(&mut aside, state, event);
    reception::session(&mut aside, state, event);
    let (hearing, _) =
        hearing::listen(rules, state, event, message, Circumstances::Real, &mut aside);
    let near = rules.matcher.near_misses(&hearing.seen.normal);
    rules
        .replies
        .iter()
        .enumerate()
        .filter(|(_, reply)| !reply.trigger.only_led)
        .filter(|(_, reply)| !told.iter().any(|other| other.rule == reply.id))
        .map(|(rule, reply)| {
            let draft = reply.status == RuleStatus::Draft;
            let reason = if draft { "draft".to_owned() } else { absent(&hearing, rule, &near) };
            Explained { rule: reply.id.clone(), reason, found: Vec::new() }
        })
        .collect()
}

/// Why a rule was no candidate: a condition, an entry that nearly occurs, or nothing of it at all.
fn absent(hearing: &Hearing<'_>, rule: usize, near: &[NearMiss]) -> String {
    match judge_rule(hearing, rule) {
        Some(judgement) => match judgement.holds {
            Err(why) => why,
            Ok(()) => NOT_ASKED.to_owned(),
        },
        None => nearly(hearing, rule, near)
            .or_else(|| not_chosen(hearing, rule))
            .unwrap_or_else(|| nothing(hearing, rule).to_owned()),
    }
}

/// What a rule that answers taps has to say of this message.
fn not_chosen(hearing: &Hearing<'_>, rule: usize) -> Option<String> {
    let reply = hearing.reply(rule)?;
    let leads = &hearing.rules.leads;
    let leads_here = |id: &str| leads.get(id) == Some(&reply.id);
    let answers = |id: &String| reply.trigger.payload.contains(id) || leads_here(id);
    if reply.trigger.payload.is_empty() && !leads.values().any(|to| *to == reply.id) {
        return None;
    }
    if let Some(id) = hearing.payload() {
        let why = if leads_here(id) {
            let back = cooling::stands_back(hearing, reply);
            let back = back.and_then(|()| permission::may_speak(hearing, reply));
            back.err().unwrap_or_else(|| NOT_ASKED.to_owned())
        } else {
            format!("not the id that was tapped (`{id}`)")
        };
        return Some(why);
    }
    let groups = hearing.rules.matcher.find(&hearing.seen.normal).hits;
    let named = groups.iter().any(|hit| {
        let group = usize::try_from(hit.group.0).ok().and_then(|at| hearing.rules.groups.get(at));
        let Some(Group::Choice { choice, .. }) = group else { return false };
        hearing.rules.choices.get(*choice).is_some_and(answers)
    });
    let open = hearing.now.conversation.menu.as_ref();
    let offered = open.is_some_and(|menu| menu.choices.iter().any(answers));
    let number = text::ordinal(&hearing.seen.normal).is_some();
    let closed = "its menu is not open: what is typed chooses from the menu offered last";
    ((named || number) && !offered).then(|| closed.to_owned())
}

/// Not even nearly: what the rule waits for.
fn nothing(hearing: &Hearing<'_>, rule: usize) -> &'static str {
    let trigger = hearing.reply(rule).map(|reply| &reply.trigger);
    let open = hearing.now.conversation.question.as_ref();
    match trigger {
        Some(trigger)
            if !trigger.after.is_empty()
                && !open.is_some_and(|open| trigger.after.contains(&open.rule)) =>
        {
            "not the open question"
        }
        Some(trigger) if !trigger.groups.is_empty() => "none of its words occur",
        Some(trigger) if trigger.regex.is_some() => "regex does not match",
        Some(trigger) if !trigger.take.is_empty() => "take: no such value in the text",
        _ => "no tap of one of its buttons",
    }
}

fn nearly(hearing: &Hearing<'_>, rule: usize, near: &[NearMiss]) -> Option<String> {
    let miss = near.iter().find(|miss| {
        let group = usize::try_from(miss.group.0).ok().and_then(|at| hearing.rules.groups.get(at));
        matches!(group, Some(Group::Trigger { rule: of, .. }) if *of == rule)
    })?;
    let entry = hearing.rules.matcher.entry(miss.entry)?;
    Some(format!("\"{}\" stands in it, but {}", entry.written, miss.why))
}

impl Explained {
    /// Whether this is the rule that won.
    #[must_use]
    pub fn won(&self) -> bool {
        let won = Reason::Won.to_string();
        self.reason.strip_prefix(&won).is_some_and(|how| how.is_empty() || how.starts_with(": "))
    }
}
