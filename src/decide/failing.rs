//! What is said of an example that failed: which entry won instead, and what would mend it.

use super::Decision;
use super::trace::{Candidate, Reason};
use crate::model::Verdict;
use crate::rules::Ruleset;
use crate::rules::ruleset::{Group, Reply};

/// Why a rule does not answer its own example: what is said under the sentence, and the mend.
pub(super) fn not_won(rules: &Ruleset, reply: &Reply, decision: &Decision) -> (String, String) {
    let own = candidate(decision, reply);
    match own.map(|own| (own, &own.reason)) {
        Some((own, Reason::Outranked { by, because })) => {
            let winner = decision.trace.candidates.iter().find(|other| other.rule == *by);
            let (mine, theirs) = (entry(own), winner.and_then(entry));
            let texts = match (theirs, mine) {
                (Some(theirs), Some(mine)) if theirs != mine => {
                    format!(": \"{theirs}\" over \"{mine}\"")
                }
                (Some(theirs), _) => format!(": \"{theirs}\""),
                _ => String::new(),
            };
            let other = rules.by_id.get(by).and_then(|at| rules.replies.get(*at));
            let label = format!("outranked by `{by}`: {because}{texts}");
            (label, outdo(reply, other, because, mine, theirs))
        }
        Some((_, Reason::Failed(why))) if why.starts_with("none:") => (
            why.clone(),
            "take the word out of this rule's `none`, or take the example out".to_owned(),
        ),
        Some((_, Reason::Failed(why))) if why.starts_with("all:") => {
            (why.clone(), "take the entry out of `all`, or write it into the example".to_owned())
        }
        Some((own, _)) => {
            (own.reason.to_string(), "change the rule, or take the example out".to_owned())
        }
        None => unseen(rules, reply, decision),
    }
}

/// Why a rule answers what it should not, and the mend.
pub(super) fn wrongly_won(reply: &Reply, decision: &Decision) -> (String, String) {
    let found = candidate(decision, reply).and_then(entry);
    let label = match found {
        Some(entry) => format!("this rule wins by \"{entry}\""),
        None => "this rule wins".to_owned(),
    };
    let absent = decision.trace.candidates.iter().find(
        |other| matches!(&other.reason, Reason::Failed(why) if why.starts_with("has conditions")),
    );
    let help = "add a word of it to `none`, or make the rule's words longer";
    match absent {
        Some(other) => (
            label,
            format!(
                "{help}; `{}` has conditions such as hours or dates, so it counts in its own examples only",
                other.rule
            ),
        ),
        None => (label, help.to_owned()),
    }
}

fn candidate<'a>(decision: &'a Decision, reply: &Reply) -> Option<&'a Candidate> {
    decision.trace.candidates.iter().find(|candidate| candidate.rule == reply.id)
}

/// What was found first, as written.
fn entry(candidate: &Candidate) -> Option<&str> {
    candidate.found.first().map(|found| found.entry.as_str())
}

/// What brings a rule before the one that wins.
fn outdo(
    reply: &Reply,
    other: Option<&Reply>,
    because: &str,
    mine: Option<&str>,
    theirs: Option<&str>,
) -> String {
    let Some(other) = other else { return "change the rule, or take the example out".to_owned() };
    let first = if other.priority > reply.priority {
        format!("write `priority = {}` here, or lower that of `{}`", other.priority, other.id)
    } else if because.starts_with("it stands first") {
        format!("put this rule above `{}`, or write a longer entry here", other.id)
    } else if because.starts_with("longer entry") {
        "write a longer entry here, more words of the sentence together".to_owned()
    } else if because.starts_with("`whole`") {
        "add the sentence to this rule's `whole`".to_owned()
    } else {
        format!("write `priority = {}` here", other.priority.saturating_add(1))
    };
    // An entry that is part of the winner's would keep the winner from ever winning.
    let apart = |mine: &&str| !theirs.is_some_and(|theirs| theirs.contains(*mine));
    match mine.filter(apart) {
        Some(mine) => format!("{first}, or `none = [\"{mine}\"]` in `{}`", other.id),
        None => first,
    }
}

/// A rule whose triggers do not occur.
fn unseen(rules: &Ruleset, reply: &Reply, decision: &Decision) -> (String, String) {
    let trigger = &reply.trigger;
    let groups = || {
        trigger.groups.iter().filter_map(|group| rules.groups.get(usize::try_from(group.0).ok()?))
    };
    let all_whole = groups().all(|group| matches!(group, Group::Trigger { whole: true, .. }));
    let (why, help) = if !trigger.take.is_empty() {
        let names: Vec<String> = trigger.take.iter().map(|(name, _)| format!("`{name}`")).collect();
        (
            format!("nothing that `take` asks for, {}, stands in it", names.join(", ")),
            "write an example that holds it, or change `take`",
        )
    } else if groups().next().is_none() && trigger.regex.is_some() {
        ("the `regex` does not match".to_owned(), "change the `regex`, or take the example out")
    } else if groups().next().is_none() {
        ("only a tap hits this rule".to_owned(), "add `words = [\"…\"]`, or take the example out")
    } else if all_whole {
        (
            "the message as a whole is none of this rule's `whole`".to_owned(),
            "add the sentence to `whole`, or write `words` where more may stand around them",
        )
    } else {
        (
            "none of this rule's words occur".to_owned(),
            "add the missing words to the rule, or take the example out",
        )
    };
    match &decision.verdict {
        Verdict::Won(other) => (format!("`{other}` wins; {why}"), help.to_owned()),
        _ => (why, help.to_owned()),
    }
}
