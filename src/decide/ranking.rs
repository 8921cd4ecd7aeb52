//! Which of the rules that hold goes first (DESIGN 4.1, Order), and why.

use super::candidates::Judgement;
use super::hearing::Hearing;
use crate::rules::matcher::EntryId;
use crate::rules::ruleset::{Reply, RulePlace};
use std::cmp::Reverse;

/// Smaller goes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank<'a> {
    course: Precedence,
    priority: Reverse<i64>,
    class: Class,
    payload: Reverse<bool>,
    whole: Reverse<bool>,
    chars: Reverse<u32>,
    place: &'a RulePlace,
}

/// Taps on a rule's own message, then hand-offs, then all else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precedence {
    Tap,
    HandOff,
    Reply,
    /// A hand-off whose every entry that was found lies in a longer one of a reply.
    Hidden,
}

/// Answers with a trigger, then general rules, then answers without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Answer,
    General,
    AnyAnswer,
}

/// The rules that hold, the winner first.
pub(super) fn ranked<'a>(
    hearing: &Hearing<'a>,
    holding: Vec<Judgement>,
) -> Vec<(Rank<'a>, Judgement)> {
    let courses: Vec<Precedence> =
        holding.iter().map(|judgement| precedence(hearing, &holding, judgement)).collect();
    let mut ranked: Vec<(Rank<'a>, Judgement)> = courses
        .into_iter()
        .zip(holding)
        .filter_map(|(course, judgement)| {
            Some((rank(course, hearing.reply(judgement.rule)?, &judgement), judgement))
        })
        .collect();
    ranked.sort_by(|(left, _), (right, _)| left.cmp(right));
    ranked
}

fn precedence(hearing: &Hearing<'_>, holding: &[Judgement], judgement: &Judgement) -> Precedence {
    let hands_over =
        |judgement: &Judgement| hearing.reply(judgement.rule).is_some_and(|r| r.hands_to.is_some());
    if judgement.by_payload {
        return Precedence::Tap;
    }
    if !hands_over(judgement) {
        return Precedence::Reply;
    }
    let hidden = |other: &Judgement| !hands_over(other) && hides(hearing, other, judgement);
    if holding.iter().any(hidden) { Precedence::Hidden } else { Precedence::HandOff }
}

/// Whether every entry that was found of one rule lies in a longer one that was found of another.
fn hides(hearing: &Hearing<'_>, longer: &Judgement, shorter: &Judgement) -> bool {
    let found = |judgement: &Judgement| {
        let hits = hearing.seen.rules.get(&judgement.rule);
        hits.map(|hits| hits.triggers.iter().map(|hit| hit.entry).collect()).unwrap_or_default()
    };
    let (longer, shorter): (Vec<EntryId>, Vec<EntryId>) = (found(longer), found(shorter));
    let lies_within =
        |one: &EntryId| longer.iter().any(|other| hearing.rules.matcher.contains(*other, *one));
    !shorter.is_empty() && shorter.iter().all(lies_within)
}

fn rank<'a>(course: Precedence, reply: &'a Reply, judgement: &Judgement) -> Rank<'a> {
    let class = match (reply.trigger.after.is_empty(), reply.trigger.is_textual()) {
        (true, _) => Class::General,
        (false, true) => Class::Answer,
        (false, false) => Class::AnyAnswer,
    };
    Rank {
        course,
        priority: Reverse(reply.priority),
        class,
        payload: Reverse(judgement.by_payload),
        whole: Reverse(judgement.by_whole),
        chars: Reverse(judgement.chars),
        place: &reply.place,
    }
}

impl Rank<'_> {
    /// Why this rank goes before `other`, in the analyst's words.
    pub fn because(&self, other: &Rank<'_>) -> String {
        if self.course != other.course {
            return match (self.course, other.course) {
                (Precedence::Tap, _) => "a tap goes before words",
                (Precedence::HandOff, _) => "a hand-off goes before replies",
                _ => "its entry contains that of the hand-off",
            }
            .to_owned();
        }
        if self.priority != other.priority {
            return format!("priority {} over {}", self.priority.0, other.priority.0);
        }
        if self.class != other.class {
            return match (self.class, other.class) {
                (Class::Answer, _) => "it answers the open question".to_owned(),
                (_, _) => "a rule with a trigger goes before `after` without one".to_owned(),
            };
        }
        if self.payload != other.payload {
            return "a tap goes before words".to_owned();
        }
        if self.whole != other.whole {
            return "`whole` goes before other words".to_owned();
        }
        if self.chars != other.chars {
            return format!("longer entry ({} over {} characters)", self.chars.0, other.chars.0);
        }
        format!("it stands first ({}:{})", self.place.file, self.place.line)
    }
}
