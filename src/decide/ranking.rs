//! Which of the rules that hold goes first (DESIGN 4.1, Order), and why.

use super::candidates::Judgement;
use super::hearing::Hearing;
use crate::rules::ruleset::{Reply, RulePlace};
use std::cmp::Reverse;

/// Smaller goes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank<'a> {
    priority: Reverse<i64>,
    class: Class,
    payload: Reverse<bool>,
    whole: Reverse<bool>,
    chars: Reverse<u32>,
    place: &'a RulePlace,
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
    let mut ranked: Vec<(Rank<'a>, Judgement)> = holding
        .into_iter()
        .filter_map(|judgement| Some((rank(hearing.reply(judgement.rule)?, &judgement), judgement)))
        .collect();
    ranked.sort_by(|(left, _), (right, _)| left.cmp(right));
    ranked
}

fn rank<'a>(reply: &'a Reply, judgement: &Judgement) -> Rank<'a> {
    let class = match (reply.trigger.after.is_empty(), reply.trigger.is_textual()) {
        (true, _) => Class::General,
        (false, true) => Class::Answer,
        (false, false) => Class::AnyAnswer,
    };
    Rank {
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
