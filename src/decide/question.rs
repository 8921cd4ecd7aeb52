//! The open question: opened, kept, closed, put again.

use super::Decision;
use super::course::{Course, Said};
use super::form;
use super::hearing::Hearing;
use super::menu;
use super::permission;
use super::sending::Spoken;
use super::speaking::{Voice, speak};
use crate::model::{Change, Closing, Question};
use crate::rules::forming::Role;
use crate::rules::ruleset::Reply;
use crate::rules::says::{Say, Speech};
use std::collections::BTreeMap;

/// What the winning rule does to the question.
pub(super) fn after_winner(
    hearing: &Hearing<'_>,
    course: &Course<'_>,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    let open = hearing.now.conversation.question.as_ref();
    let asks = course.speaker().filter(|reply| reply.asks && course.is_full());
    match (open, asks) {
        (Some(question), _) if keeps(course, question) => {
            ask_again(hearing, question, decision);
            let again = course.first.and_then(form::role) == Some(&Role::Wrong { again: true });
            if again {
                repeat(hearing, question, spoken, decision);
            }
            return;
        }
        (Some(question), _) if answers(hearing, course, question) => {
            close(hearing, answer_to(course), decision);
        }
        (Some(_), Some(_)) => close(hearing, Closing::Replaced, decision),
        // In cool-down it has nothing to add, nor has what it interrupted.
        (Some(_), None) if course.said == Said::Hushed => return,
        (Some(question), None) => return repeat(hearing, question, spoken, decision),
        (None, _) => {}
    }
    if let Some(reply) = asks {
        ask(hearing, reply, decision);
    }
}

/// The winning rule waits for what it looks up: the question it answers is closed now, so that the
/// next message is no answer to it any more.
pub(super) fn before_lookup(hearing: &Hearing<'_>, course: &Course<'_>, decision: &mut Decision) {
    let open = hearing.now.conversation.question.as_ref();
    let answers = |open| !keeps(course, open) && answers(hearing, course, open);
    if !hearing.overtaken && open.is_some_and(answers) {
        close(hearing, Closing::Answered, decision);
    }
}

/// A fallback leaves the question alone, unless its `go` leads to another.
pub(super) fn after_fallback(hearing: &Hearing<'_>, course: &Course<'_>, decision: &mut Decision) {
    let Some(reply) = course.speaker().filter(|reply| reply.asks && course.is_full()) else {
        return;
    };
    let closed = decision.changes.iter().any(|change| matches!(change, Change::Closed { .. }));
    if !closed {
        close(hearing, Closing::Replaced, decision);
    }
    ask(hearing, reply, decision);
}

/// Closes the open question, if there is one.
pub(super) fn close(hearing: &Hearing<'_>, why: Closing, decision: &mut Decision) {
    if let Some(question) = &hearing.now.conversation.question {
        decision.changes.push(Change::Closed { rule: question.rule.clone(), why });
    }
}

/// How a question ends that this course answers.
fn answer_to(course: &Course<'_>) -> Closing {
    match course.first.and_then(form::role) {
        Some(Role::Failed) => Closing::GivenUp,
        _ => Closing::Answered,
    }
}

/// `ask_again` of the rule that won: the answer was unclear.
fn keeps(course: &Course<'_>, question: &Question) -> bool {
    course
        .first
        .is_some_and(|reply| reply.ask_again > 0 && reply.trigger.after.contains(&question.rule))
}

/// A rule on the way names the question in `after`, or what was tapped was sent with it.
fn answers(hearing: &Hearing<'_>, course: &Course<'_>, question: &Question) -> bool {
    let named = course.rules().any(|reply| reply.trigger.after.contains(&question.rule));
    let tapped = || {
        let (payload, asking) = (hearing.payload(), asking_rule(hearing, question));
        payload.zip(asking).is_some_and(|(id, asking)| menu::offers(asking, id))
    };
    named || tapped()
}

fn ask(hearing: &Hearing<'_>, reply: &Reply, decision: &mut Decision) {
    decision.changes.push(Change::Asked(Question {
        rule: reply.id.clone(),
        asked_at: hearing.event.at,
        until: reply.expect.map(|span| hearing.event.at.plus(span)),
        asked_again: 0,
    }));
}

/// The question stays open; its clock begins again, and that of its menu.
fn ask_again(hearing: &Hearing<'_>, question: &Question, decision: &mut Decision) {
    let expect = asking_rule(hearing, question).and_then(|reply| reply.expect);
    let until = expect.map(|span| hearing.event.at.plus(span));
    decision.changes.push(Change::Asked(Question {
        until,
        asked_again: question.asked_again.saturating_add(1),
        ..question.clone()
    }));
    let menu = hearing.now.conversation.menu.as_ref();
    if let Some(menu) = menu.filter(|menu| menu.rule == question.rule && menu.until != until) {
        let mut menu = menu.clone();
        menu.until = until;
        decision.changes.push(Change::Offered(menu));
    }
}

/// A general rule answered in between: the question is put once more, its menu with it.
fn repeat(
    hearing: &Hearing<'_>,
    question: &Question,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    let Some(reply) = asking_rule(hearing, question) else { return };
    decision.note(format!("the question of `{}` is asked again", reply.id));
    if let Err(why) = permission::may_speak(hearing, reply) {
        return decision.note(format!("the question of `{}` is not asked again: {why}", reply.id));
    }
    let matched = form::named_so_far(hearing);
    // A question that cannot be put again stays open; what was said stands.
    let _ = speak(hearing, Voice::of(reply, &matched), asking(hearing, reply), spoken, decision);
}

/// What the question consisted of: its rule spoke itself, so a `go` among its cases is passed over,
/// and its cool-down does not count.
fn asking<'a>(hearing: &Hearing<'a>, reply: &'a Reply) -> &'a [Say] {
    let matched = BTreeMap::new();
    let course = Course::again(hearing, reply, &matched);
    match (&course, &reply.speech) {
        (Some(course), _) => course.says(),
        (None, Speech::Says(says)) => says,
        (None, _) => &[],
    }
}

fn asking_rule<'a>(hearing: &Hearing<'a>, question: &Question) -> Option<&'a Reply> {
    hearing.rules.by_id.get(&question.rule).and_then(|rule| hearing.reply(*rule))
}
