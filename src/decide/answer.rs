//! What is done about a message once every rule has been judged: what is said, what is kept, and
//! how the open question moves.

use super::Decision;
use super::candidates::Judgement;
use super::hearing::Hearing;
use super::ranking::ranked;
use super::reception::only_where_asked;
use super::trace::{Candidate, Reason};
use super::values;
use crate::limits;
use crate::model::{
    Change, Closing, Content, Effect, Guards, Outside, Question, Recipient, RuleId, State, Verdict,
};
use crate::rules::ruleset::{Fallback, REPLY_PURPOSE, Reply, TextId};
use crate::rules::says::{Localised, Say, Speech};
use crate::text::language;
use std::collections::BTreeMap;

/// A text that is ready to go, and the rule it is of.
struct Spoken {
    rule: RuleId,
    body: String,
}

/// Decides what to answer.
pub(super) fn answer(
    hearing: &Hearing<'_>,
    judged: Vec<Judgement>,
    cancelled: bool,
    mut decision: Decision,
) -> Decision {
    decision.trace.normal.clone_from(&hearing.seen.normal);
    if hearing.seen.overflow {
        decision.note("too many hits: some entries were not looked at");
        decision.count("hits_overflow", "");
    }
    let exhausted = judged.iter().any(|judgement| judgement.exhausted);
    let (holding, failing): (Vec<_>, Vec<_>) =
        judged.into_iter().partition(|judgement| judgement.holds.is_ok());
    let (beside, competing): (Vec<_>, Vec<_>) =
        holding.into_iter().partition(|judgement| is_also(hearing, judgement));
    let winner = rank(hearing, competing, &mut decision);
    for judgement in beside {
        act_beside(hearing, judgement, &mut decision);
    }
    for judgement in failing {
        keep_reason(hearing, judgement, &mut decision);
    }
    let mut spoken = Vec::new();
    let won = winner.is_some_and(|winner| win(hearing, &winner, &mut spoken, &mut decision));
    if !won {
        if exhausted {
            close(hearing, Closing::GivenUp, &mut decision);
        }
        if only_where_asked(hearing.message) {
            return decision.silent("not_asked_for");
        }
        if cancelled {
            return decision.silent("cancelled");
        }
        miss(hearing, &mut spoken, &mut decision);
    }
    greet(hearing, &mut spoken, &mut decision);
    send(hearing, spoken, &mut decision);
    decision
}

fn is_also(hearing: &Hearing<'_>, judgement: &Judgement) -> bool {
    hearing.reply(judgement.rule).is_some_and(|reply| reply.also)
}

/// Puts the rules that hold in order, traces all of them, gives the winner.
fn rank(
    hearing: &Hearing<'_>,
    competing: Vec<Judgement>,
    decision: &mut Decision,
) -> Option<Judgement> {
    let mut ranked = ranked(hearing, competing).into_iter();
    let (first, winner) = ranked.next()?;
    let by = hearing.reply(winner.rule)?.id.clone();
    trace(hearing, &winner, Reason::Won, decision);
    for (rank, judgement) in ranked {
        let reason = Reason::Outranked { by: by.clone(), because: first.because(&rank) };
        trace(hearing, &judgement, reason, decision);
    }
    Some(winner)
}

fn trace(hearing: &Hearing<'_>, judgement: &Judgement, reason: Reason, decision: &mut Decision) {
    let Some(reply) = hearing.reply(judgement.rule) else { return };
    decision.count("matched", reply.id.as_str());
    let found = judgement.found.clone();
    decision.trace.candidates.push(Candidate { rule: reply.id.clone(), reason, found });
}

/// A rule whose trigger was found but whose conditions do not hold stays in the trace; of the
/// others `explain` tells.
fn keep_reason(hearing: &Hearing<'_>, judgement: Judgement, decision: &mut Decision) {
    let Some(reply) = hearing.reply(judgement.rule) else { return };
    if judgement.failed {
        decision.count("script_failed", reply.id.as_str());
    }
    if let (Err(why), true) = (judgement.holds, !judgement.found.is_empty() || judgement.failed) {
        let rule = reply.id.clone();
        let reason = Reason::Failed(why);
        decision.trace.candidates.push(Candidate { rule, reason, found: judgement.found });
    }
}

fn act_beside(hearing: &Hearing<'_>, judgement: Judgement, decision: &mut Decision) {
    trace(hearing, &judgement, Reason::Also, decision);
    if let Some(reply) = hearing.reply(judgement.rule) {
        keep_values(hearing, reply, &judgement.matched, decision);
    }
}

/// The winner speaks. `false` when its text failed: then nothing of it is sent or kept.
fn win(
    hearing: &Hearing<'_>,
    winner: &Judgement,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> bool {
    let Some(reply) = hearing.reply(winner.rule) else { return false };
    if !speak(hearing, &reply.id, says_of(&reply.speech), &winner.matched, spoken, decision) {
        spoken.clear();
        return false;
    }
    decision.count("won", reply.id.as_str());
    decision.verdict = Verdict::Won(reply.id.clone());
    keep_values(hearing, reply, &winner.matched, decision);
    if hearing.now.conversation.session.as_ref().is_some_and(|session| session.misses > 0) {
        decision.changes.push(Change::Missed(0));
    }
    move_question(hearing, reply, spoken, decision);
    true
}

fn says_of(speech: &Speech) -> &[Say] {
    match speech {
        Speech::Says(says) => says,
        Speech::Silent | Speech::Variants(_) | Speech::Go(_) => &[],
    }
}

/// Renders what is said; a text that fails is a visible outcome and nothing is sent half-filled.
fn speak(
    hearing: &Hearing<'_>,
    rule: &RuleId,
    says: &[Say],
    matched: &BTreeMap<String, String>,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> bool {
    for say in says {
        let Say::Text(text) = say else { continue };
        let Some(text) = localise(text, &hearing.language) else { continue };
        match hearing.rules.texts.render(text, &hearing.scope(matched)) {
            Ok(body) => spoken.push(Spoken { rule: rule.clone(), body }),
            Err(error) => {
                decision.note(format!("text of `{rule}` failed: {error}"));
                decision.count("text_failed", rule.as_str());
                return false;
            }
        }
    }
    true
}

/// The text for a language: its own, a wider one's, the default's.
fn localise(text: &Localised, spoken: &str) -> Option<TextId> {
    let of = |language: &str| {
        text.texts.iter().find(|(name, _)| name == language).map(|(_, text)| *text)
    };
    of(spoken)
        .or_else(|| language::fallbacks(spoken).into_iter().find_map(|wider| of(&wider)))
        .or(text.default)
}

/// `tags`, `untag`, `set`, `unset`.
fn keep_values(
    hearing: &Hearing<'_>,
    reply: &Reply,
    matched: &BTreeMap<String, String>,
    decision: &mut Decision,
) {
    let tags = &hearing.now.contact.tags;
    let room = limits::TAGS_PER_CONTACT_MAX.saturating_sub(tags.len());
    let given = reply.tags.iter().filter(|tag| !tags.contains(*tag)).take(room);
    decision.changes.extend(given.cloned().map(Change::Tag));
    decision.changes.extend(reply.untag.iter().cloned().map(Change::Untag));
    for (field, text) in &reply.set {
        let value = hearing.rules.texts.render(*text, &hearing.scope(matched));
        match value
            .map_err(|error| error.to_string())
            .and_then(|value| values::canonical(hearing, field, &value))
        {
            Ok(value) => decision.changes.push(Change::Set { field: field.clone(), value }),
            Err(why) => {
                decision.note(format!("`{}` did not set `{field}`: {why}", reply.id));
                decision.count("set_failed", reply.id.as_str());
            }
        }
    }
    decision.changes.extend(reply.unset.iter().cloned().map(Change::Unset));
}

/// Opens, keeps, closes or repeats the question.
fn move_question(
    hearing: &Hearing<'_>,
    reply: &Reply,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    let open = hearing.now.conversation.question.as_ref();
    let answered = open.filter(|open| reply.trigger.after.contains(&open.rule));
    match (answered, open) {
        (Some(question), _) if reply.ask_again > 0 => {
            return ask_again(hearing, question, decision);
        }
        (Some(_), _) => close(hearing, Closing::Answered, decision),
        (None, Some(_)) if reply.asks => close(hearing, Closing::Replaced, decision),
        (None, Some(question)) => return repeat(hearing, question, spoken, decision),
        (None, None) => {}
    }
    if reply.asks {
        decision.changes.push(Change::Asked(Question {
            rule: reply.id.clone(),
            asked_at: hearing.event.at,
            until: reply.expect.map(|span| hearing.event.at.plus(span)),
            asked_again: 0,
        }));
    }
}

/// The answer was unclear: the question stays open and its clock begins again.
fn ask_again(hearing: &Hearing<'_>, question: &Question, decision: &mut Decision) {
    let expect = asking_rule(hearing, question).and_then(|reply| reply.expect);
    decision.changes.push(Change::Asked(Question {
        until: expect.map(|span| hearing.event.at.plus(span)),
        asked_again: question.asked_again.saturating_add(1),
        ..question.clone()
    }));
}

/// A general rule answered in between: the question is put once more.
fn repeat(
    hearing: &Hearing<'_>,
    question: &Question,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    if let Some(reply) = asking_rule(hearing, question) {
        decision.note(format!("the question of `{}` is asked again", reply.id));
        // A question that cannot be put again stays open; what was said stands.
        let _ =
            speak(hearing, &reply.id, says_of(&reply.speech), &BTreeMap::new(), spoken, decision);
    }
}

fn asking_rule<'a>(hearing: &Hearing<'a>, question: &Question) -> Option<&'a Reply> {
    hearing.rules.replies.iter().find(|reply| reply.id == question.rule)
}

fn close(hearing: &Hearing<'_>, why: Closing, decision: &mut Decision) {
    if let Some(question) = &hearing.now.conversation.question {
        decision.changes.push(Change::Closed { rule: question.rule.clone(), why });
    }
}

/// No rule answered: the fallback for so many misses in a row.
fn miss(hearing: &Hearing<'_>, spoken: &mut Vec<Spoken>, decision: &mut Decision) {
    let session = hearing.now.conversation.session.as_ref();
    let misses = session.map_or(0, |session| session.misses).saturating_add(1);
    decision.changes.push(Change::Missed(misses));
    let fallback: Option<&Fallback> =
        hearing.rules.fallbacks.iter().rfind(|fallback| fallback.misses <= misses);
    decision.verdict = Verdict::Fallback(fallback.map(|fallback| fallback.id.clone()));
    decision.count("fallback", fallback.map_or("none", |fallback| fallback.id.as_str()));
    let Some(fallback) = fallback else { return };
    if speak(hearing, &fallback.id, says_of(&fallback.speech), &BTreeMap::new(), spoken, decision) {
        decision.changes.extend(fallback.tags.iter().cloned().map(Change::Tag));
    } else {
        spoken.clear();
    }
}

/// Its own message before a new contact's first answer; it swallows nothing.
fn greet(hearing: &Hearing<'_>, spoken: &mut Vec<Spoken>, decision: &mut Decision) {
    if hearing.now.contact.greeted {
        return;
    }
    decision.changes.push(Change::Greeted);
    let Some(greeting) = &hearing.rules.greeting else { return };
    let mut before = Vec::new();
    let rule = RuleId::from("greeting");
    if speak(hearing, &rule, &greeting.says, &BTreeMap::new(), &mut before, decision) {
        spoken.splice(0..0, before);
    }
}

/// Makes effects of what is said; the first one marks the customer's message read.
fn send(hearing: &Hearing<'_>, spoken: Vec<Spoken>, decision: &mut Decision) {
    let Some(to) = recipient(&hearing.now) else {
        if !spoken.is_empty() {
            decision.note("no address to answer to");
            decision.count("no_address", "");
        }
        return;
    };
    if spoken.len() > limits::SENDS_PER_DECISION_MAX {
        decision.note("too many messages: the last ones are left out");
        decision.count("sends_cut", "");
    }
    let mut answers = Some(hearing.message.wamid.clone());
    for Spoken { rule, body } in spoken.into_iter().take(limits::SENDS_PER_DECISION_MAX) {
        decision.effects.push(Effect::Send {
            number: hearing.now.conversation.number.clone(),
            to: to.clone(),
            content: Content::Text { body },
            purpose: REPLY_PURPOSE,
            rule,
            answers: answers.take(),
            guards: Guards::REPLY,
            outside: Outside::Drop,
        });
    }
}

fn recipient(state: &State) -> Option<Recipient> {
    state.contact.reach.clone()
}
