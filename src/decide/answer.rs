//! What is done about a message once every rule has been judged, in this order: who wins, what acts
//! beside it, what is said and kept, how the open question moves.

use super::Decision;
use super::candidates::Judgement;
use super::course::{Course, Setback};
use super::hearing::Hearing;
use super::occasion::Occasion;
use super::ranking::ranked;
use super::reception::only_where_asked;
use super::sending::{Spoken, react, send};
use super::speaking::{Voice, speak};
use super::trace::{Candidate, Part, Reason};
use super::{cooling, emitting, follow_up, form, handoff, lookup, permission, question, values};
use crate::limits;
use crate::model::{Change, Closing, RuleId, Verdict};
use crate::rules::ruleset::{Fallback, Reply, TextId};
use std::collections::BTreeMap;

/// The rule that wins, and the course it takes.
struct Winner<'a> {
    judgement: Judgement,
    reply: &'a Reply,
    /// Or why it comes to nothing: then the fallback speaks.
    course: Result<Course<'a>, Setback>,
}

impl Winner<'_> {
    /// Whether its `go` led to this rule: then it is in the trace already.
    fn went_to(&self, hearing: &Hearing<'_>, judgement: &Judgement) -> bool {
        let gone: &[&Reply] = self.course.as_ref().map_or(&[], |course| &course.gone);
        let rule = hearing.reply(judgement.rule).map(|reply| &reply.id);
        gone.iter().any(|reply| Some(&reply.id) == rule)
    }
}

/// Decides what to answer.
pub(super) fn answer(
    hearing: &Hearing<'_>,
    judged: Vec<Judgement>,
    cancelled: bool,
    decision: Decision,
) -> Decision {
    let mut decision = decide(hearing, judged, cancelled, decision);
    form::settle(hearing, &mut decision);
    decision
}

fn decide(
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
    let (led, judged) = lead(hearing, judged, &decision);
    let (holding, failing): (Vec<_>, Vec<_>) =
        judged.into_iter().partition(|judgement| judgement.holds.is_ok());
    let (beside, competing): (Vec<_>, Vec<_>) =
        holding.into_iter().partition(|judgement| is_also(hearing, judgement));
    let winner = contest(hearing, led, competing, &mut decision);
    for judgement in beside {
        act_beside(hearing, judgement, &mut decision);
    }
    for judgement in failing {
        keep_reason(hearing, winner.as_ref(), judgement, &mut decision);
    }
    let mut spoken = Vec::new();
    let won = winner.and_then(|winner| win(hearing, winner, &mut spoken, &mut decision));
    let reaction = match won {
        Some(course) => reaction_of(&course),
        None => {
            if exhausted {
                question::close(hearing, Closing::GivenUp, &mut decision);
            }
            if hearing.kind().is_some_and(only_where_asked) {
                return decision.silent("not_asked_for");
            }
            if cancelled {
                return decision.silent("cancelled");
            }
            miss(hearing, &mut spoken, &mut decision).as_ref().and_then(reaction_of)
        }
    };
    greet(hearing, &mut spoken, &mut decision);
    react(hearing, reaction, &mut spoken, &mut decision);
    handoff::speaks_once_more(&mut spoken, &decision);
    send(hearing, spoken, &mut decision);
    decision
}

/// The rule that the `go` of a choice leads to, or the word with which a form is cancelled: it wins
/// whatever its own triggers say, unless its cool-down lets others go first, or it may not speak to
/// this contact now.
fn lead(
    hearing: &Hearing<'_>,
    mut judged: Vec<Judgement>,
    decision: &Decision,
) -> (Option<Judgement>, Vec<Judgement>) {
    let leads = hearing.chosen.as_ref().and_then(|chosen| chosen.leads);
    let leads = leads.or_else(|| form::cancelled(hearing, decision));
    let Some((rule, reply)) = leads.and_then(|rule| Some((rule, hearing.reply(rule)?))) else {
        return (None, judged);
    };
    let stands_back = cooling::stands_back(hearing, reply).is_err();
    if stands_back
        || permission::may_speak(hearing, reply).is_err()
        || form::lets_in(hearing, reply).is_err()
    {
        return (None, judged);
    }
    let own = judged.iter().position(|judgement| judgement.rule == rule);
    let led = own.map_or_else(|| Judgement::led(rule), |at| judged.remove(at).leading());
    (Some(led), judged)
}

fn is_also(hearing: &Hearing<'_>, judgement: &Judgement) -> bool {
    hearing.reply(judgement.rule).is_some_and(|reply| reply.also)
}

/// Puts the rules that hold in order, traces all of them, gives the winner.
fn contest<'a>(
    hearing: &Hearing<'a>,
    led: Option<Judgement>,
    competing: Vec<Judgement>,
    decision: &mut Decision,
) -> Option<Winner<'a>> {
    let mut ranked = ranked(hearing, competing).into_iter();
    if let Some(winner) = led.and_then(|led| start(hearing, led, decision)) {
        let led = hearing.chosen.as_ref().map_or_else(
            || "the form was cancelled".to_owned(),
            |chosen| format!("the choice `{}` leads there", chosen.id),
        );
        let by = won(hearing, &winner, decision);
        for (_, judgement) in ranked.filter(|(_, judgement)| !winner.went_to(hearing, judgement)) {
            let reason = Reason::Outranked { by: by.clone(), because: led.clone() };
            trace(hearing, &judgement, reason, decision);
        }
        return Some(winner);
    }
    let (first, winner) = ranked
        .by_ref()
        .find_map(|(rank, judgement)| Some((rank, start(hearing, judgement, decision)?)))?;
    let by = won(hearing, &winner, decision);
    for (rank, judgement) in ranked.filter(|(_, judgement)| !winner.went_to(hearing, judgement)) {
        let reason = Reason::Outranked { by: by.clone(), because: first.because(&rank) };
        trace(hearing, &judgement, reason, decision);
    }
    Some(winner)
}

/// Sets a rule on its course; `None` where a rule on the way stands back.
fn start<'a>(
    hearing: &Hearing<'a>,
    judgement: Judgement,
    decision: &mut Decision,
) -> Option<Winner<'a>> {
    let reply = hearing.reply(judgement.rule)?;
    match Course::of_reply(hearing, reply, &judgement.matched) {
        Err(Setback::StandsBack(why)) => {
            trace(hearing, &judgement, Reason::Failed(why), decision);
            None
        }
        course => Some(Winner { judgement, reply, course }),
    }
}

/// Traces the winner, the rule that speaks first; gives that rule.
fn won(hearing: &Hearing<'_>, winner: &Winner<'_>, decision: &mut Decision) -> RuleId {
    let Winner { judgement, reply, course } = winner;
    let gone: &[&Reply] = course.as_ref().map_or(&[], |course| &course.gone);
    if let Some((speaker, _)) = gone.split_last() {
        let (rule, found) = (speaker.id.clone(), Vec::new());
        decision.trace.candidates.push(Candidate { rule, reason: Reason::Won, found });
    }
    match gone.first() {
        Some(next) => trace(hearing, judgement, Reason::Went { to: next.id.clone() }, decision),
        None => trace(hearing, judgement, Reason::Won, decision),
    }
    for (reply, next) in gone.iter().zip(gone.iter().skip(1)) {
        let (reason, found) = (Reason::Went { to: next.id.clone() }, Vec::new());
        let rule = reply.id.clone();
        decision.trace.candidates.push(Candidate { rule, reason, found });
    }
    if let Some(chosen) = hearing.chosen.as_ref().filter(|_| judgement.by_payload) {
        decision.trace.how.push(chosen.in_words(hearing));
        decision.count("chosen", &chosen.label());
    }
    gone.last().map_or(&reply.id, |speaker| &speaker.id).clone()
}

fn trace(hearing: &Hearing<'_>, judgement: &Judgement, reason: Reason, decision: &mut Decision) {
    let Some(reply) = hearing.reply(judgement.rule) else { return };
    decision.count("matched", reply.id.as_str());
    let found = judgement.found.clone();
    decision.trace.candidates.push(Candidate { rule: reply.id.clone(), reason, found });
}

/// A rule whose trigger was found but whose conditions do not hold stays in the trace; of the
/// others `explain` tells.
fn keep_reason(
    hearing: &Hearing<'_>,
    winner: Option<&Winner<'_>>,
    judgement: Judgement,
    decision: &mut Decision,
) {
    let Some(reply) = hearing.reply(judgement.rule) else { return };
    if judgement.failed {
        decision.count("script_failed", reply.id.as_str());
    }
    if winner.is_some_and(|winner| winner.went_to(hearing, &judgement)) {
        return;
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
        decision.trace.parts.push(Part::of(&reply.id));
        keep_values(hearing, reply, &judgement.matched, decision);
    }
}

/// The winner speaks. `None` when a text or a script of it failed: then nothing of it is sent or
/// kept.
fn win<'a>(
    hearing: &Hearing<'a>,
    winner: Winner<'a>,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> Option<Course<'a>> {
    let Winner { judgement, reply, course } = winner;
    let course = sound(course, decision)?;
    let course = go(hearing, reply, course, &judgement.matched, spoken, decision)?;
    decision.count("won", course.speaker().unwrap_or(reply).id.as_str());
    form::count_turn(hearing, course.first, decision);
    if hearing.now.conversation.session.as_ref().is_some_and(|session| session.misses > 0) {
        decision.changes.push(Change::Missed(0));
    }
    Some(course)
}

/// A course is gone to its end, or to where something is looked up first. `None` when a text of it
/// failed.
pub(super) fn go<'a>(
    hearing: &Hearing<'a>,
    reply: &'a Reply,
    course: Course<'a>,
    matched: &BTreeMap<String, String>,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> Option<Course<'a>> {
    let speaker = course.speaker().unwrap_or(reply);
    let matched = &form::named(hearing, &course, matched);
    if !say(hearing, &course, Voice::of(speaker, matched), spoken, decision) {
        return None;
    }
    decision.verdict = Verdict::Won(speaker.id.clone());
    act(hearing, &course, matched, decision);
    form::keep(hearing, &course, decision);
    if course.looks_up() {
        question::before_lookup(hearing, &course, decision);
    } else if !hand_over(hearing, &course, spoken, decision) {
        question::after_winner(hearing, &course, spoken, decision);
        follow_up::begin(hearing, &course, matched, decision);
    }
    decision.trace.how.extend(course.how.iter().cloned());
    decision.trace.parts.extend(course.parts.iter().cloned());
    Some(course)
}

/// Says what a course has to say, or asks what it looks up. `false` when that failed: then nothing
/// of it is said.
fn say(
    hearing: &Hearing<'_>,
    course: &Course<'_>,
    voice: Voice<'_>,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> bool {
    let before = spoken.len();
    let said = open(hearing, course, spoken, decision)
        && (!course.looks_up() || lookup::ask(hearing, course, voice.matched, decision))
        && speak(hearing, voice, course.says(), spoken, decision);
    if !said {
        spoken.truncate(before);
    }
    said
}

/// Hands over where a rule on the way does; gives whether one did.
fn hand_over(
    hearing: &Hearing<'_>,
    course: &Course<'_>,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> bool {
    let hands = course.rules().find_map(|reply| Some((&reply.id, reply.hands_to.as_ref()?)));
    let Some((rule, queue)) = hands else { return false };
    handoff::begin(hearing, rule, queue, spoken, decision);
    true
}

/// What a form says before its first question.
fn open(
    hearing: &Hearing<'_>,
    course: &Course<'_>,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> bool {
    let Some((reply, says)) = course.opening else { return true };
    let matched = form::named(hearing, course, &BTreeMap::new());
    speak(hearing, Voice::of(reply, &matched), says, spoken, decision)
}

/// The course, unless a script of its cases failed.
pub(super) fn sound<'a>(
    course: Result<Course<'a>, Setback>,
    decision: &mut Decision,
) -> Option<Course<'a>> {
    match course {
        Ok(course) => Some(course),
        Err(Setback::StandsBack(why)) => {
            decision.note(why);
            None
        }
        Err(Setback::Failed { rule, why }) => {
            decision.note(why);
            decision.count("script_failed", rule.as_str());
            None
        }
    }
}

/// What every rule on the way does beside speaking.
fn act(
    hearing: &Hearing<'_>,
    course: &Course<'_>,
    matched: &BTreeMap<String, String>,
    decision: &mut Decision,
) {
    // The rule that looks something up does what it does when the answer is there.
    let waits = course.speaker().filter(|_| course.looks_up()).map(|reply| &reply.id);
    let acts = || course.rules().filter(|reply| Some(&reply.id) != waits);
    for reply in acts() {
        keep_values(hearing, reply, matched, decision);
    }
    if course.is_full() || course.looks_up() {
        for reply in acts() {
            cooling::begin(hearing, reply, decision);
        }
    }
    if let Some(variant) = &course.variant {
        decision.count("variant", variant);
    }
}

/// The emoji of the rule nearest to the end, and that rule; none in cool-down.
pub(super) fn reaction_of<'a>(course: &Course<'a>) -> Option<(&'a RuleId, &'a str)> {
    let reaction = |reply: &'a Reply| Some((&reply.id, reply.react.as_deref()?));
    course.rules().rev().filter(|_| course.is_full()).find_map(reaction)
}

/// `tags`, `untag`, `set`, `unset`, `emit`.
fn keep_values(
    hearing: &Hearing<'_>,
    reply: &Reply,
    matched: &BTreeMap<String, String>,
    decision: &mut Decision,
) {
    keep(hearing, &reply.id, (&reply.tags, &reply.set), matched, decision);
    decision.changes.extend(reply.untag.iter().cloned().map(Change::Untag));
    decision.changes.extend(reply.unset.iter().cloned().map(Change::Unset));
    if let Some(emit) = &reply.emit {
        emitting::told(hearing, &reply.id, emit, matched, decision);
    }
}

/// The tags and fields that whatever speaks gives.
pub(super) fn keep(
    occasion: &Occasion<'_>,
    rule: &RuleId,
    (tags, set): (&[String], &[(String, TextId)]),
    matched: &BTreeMap<String, String>,
    decision: &mut Decision,
) {
    let known = &occasion.now.contact.tags;
    let room = limits::TAGS_PER_CONTACT_MAX.saturating_sub(known.len());
    let given = tags.iter().filter(|tag| !known.contains(*tag)).take(room);
    decision.changes.extend(given.cloned().map(Change::Tag));
    for (field, text) in set {
        let value = occasion.rules.texts.render(*text, &occasion.scope(matched));
        match value
            .map_err(|error| error.to_string())
            .and_then(|value| values::canonical(occasion, field, &value))
        {
            Ok(value) => decision.changes.push(Change::Set { field: field.clone(), value }),
            Err(why) => {
                decision.note(format!("`{rule}` did not set `{field}`: {why}"));
                decision.count("set_failed", rule.as_str());
            }
        }
    }
}

/// No rule answered: the fallback for so many misses in a row. Gives its course where it spoke.
pub(super) fn miss<'a>(
    hearing: &Hearing<'a>,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> Option<Course<'a>> {
    let session = hearing.now.conversation.session.as_ref();
    let misses = session.map_or(0, |session| session.misses).saturating_add(1);
    form::count_turn(hearing, None, decision);
    decision.changes.push(Change::Missed(misses));
    let fallback: Option<&'a Fallback> =
        hearing.rules.fallbacks.iter().rfind(|fallback| fallback.misses <= misses);
    decision.verdict = Verdict::Fallback(fallback.map(|fallback| fallback.id.clone()));
    decision.count("fallback", fallback.map_or("none", |fallback| fallback.id.as_str()));
    fallback.and_then(|fallback| fall_back(hearing, fallback, spoken, decision))
}

fn fall_back<'a>(
    hearing: &Hearing<'a>,
    fallback: &'a Fallback,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> Option<Course<'a>> {
    let course = Course::of_fallback(hearing, &fallback.id, &fallback.speech);
    let course = sound(course, decision)?;
    let matched = form::named(hearing, &course, &BTreeMap::new());
    let voice = match course.speaker() {
        Some(reply) => Voice::of(reply, &matched),
        None => Voice::plain(&fallback.id, &matched),
    };
    if !say(hearing, &course, voice, spoken, decision) {
        return None;
    }
    decision.changes.extend(fallback.tags.iter().cloned().map(Change::Tag));
    act(hearing, &course, &matched, decision);
    form::keep(hearing, &course, decision);
    if !hand_over(hearing, &course, spoken, decision) {
        question::after_fallback(hearing, &course, decision);
        follow_up::begin(hearing, &course, &matched, decision);
    }
    decision.trace.parts.extend(course.parts.iter().cloned());
    if !course.how.is_empty() {
        decision.note(format!("`{}`: {}", fallback.id, course.how.join(", ")));
    }
    Some(course)
}

/// Its own message before a new contact's first answer; it swallows nothing.
fn greet(hearing: &Hearing<'_>, spoken: &mut Vec<Spoken>, decision: &mut Decision) {
    if hearing.now.contact.greeted {
        return;
    }
    decision.changes.push(Change::Greeted);
    let Some(greeting) = &hearing.rules.greeting else { return };
    let mut before = Vec::new();
    let (rule, matched) = (RuleId::from("greeting"), BTreeMap::new());
    let voice = Voice::plain(&rule, &matched);
    if speak(hearing, voice, &greeting.says, &mut before, decision) {
        spoken.splice(0..0, before);
        decision.trace.parts.push(Part::of(&rule));
    }
}
