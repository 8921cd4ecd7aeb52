//! The one way from files to rules in force: compile, then let every example prove itself.
//!
//! Start, reload, `check`, `test` and the tests all come here, most of them through `trial`, which
//! spreads the examples over threads; a rule set whose examples fail is not activated.

use super::trace::{Part, Reason};
use super::{Circumstances, Decision, decide_under, failing};
use crate::model::{
    Alias, ContactId, Event, EventKind, Message, MessageKind, Question, State, Subject, Timestamp,
    Wamid,
};
use crate::rules::codes;
use crate::rules::diagnostic::Place;
use crate::rules::problems::Sheet;
use crate::rules::ruleset::{Example, Reply};
use crate::rules::{Diagnostic, Ruleset, Settings, Severity, Sources, compile};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// What came of checking a rule set.
#[derive(Debug)]
pub struct Checked {
    /// The rules, if nothing is wrong with them.
    pub ruleset: Option<Arc<Ruleset>>,
    /// The rules, if nothing is wrong with them but their examples: to be asked why, not to be used.
    pub failing: Option<Arc<Ruleset>>,
    /// Everything that was found, errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Sentences tried: `examples` and `not_examples`.
    pub examples: usize,
}

/// What came of trying the sentences of some rules.
#[derive(Debug, Default)]
pub struct Tried {
    /// How many.
    pub sentences: usize,
    /// What is wrong with those that failed.
    pub failed: Vec<Diagnostic>,
    /// What spoke or acted where a rule won its own sentence.
    pub parts: BTreeSet<Part>,
}

/// Compiles rule files and runs their examples, one rule after the other.
#[must_use]
pub fn check(sources: &Sources, settings: &Settings) -> Checked {
    check_spread(sources, settings, |rules, try_some| vec![try_some(0..rules)])
}

/// As [`check`], the examples in portions: `spread` is told how many rules there are and calls what
/// it is given for ranges that make up all of them, side by side if it likes; it gives what came of
/// the ranges in their order.
#[must_use]
pub fn check_spread(
    sources: &Sources,
    settings: &Settings,
    spread: impl FnOnce(usize, &(dyn Fn(Range<usize>) -> Tried + Sync)) -> Vec<Tried>,
) -> Checked {
    let compiled = compile(sources, settings);
    let mut diagnostics = compiled.diagnostics;
    let Some(ruleset) = compiled.ruleset else {
        return Checked { ruleset: None, failing: None, diagnostics, examples: 0 };
    };
    let try_some = |rules| try_examples(&ruleset, sources, rules);
    let mut examples = 0;
    for tried in spread(ruleset.replies.len(), &try_some) {
        examples += tried.sentences;
        diagnostics.extend(tried.failed);
    }
    let failed = diagnostics.iter().any(|found| found.severity == Severity::Error);
    let compiled = Some(Arc::new(ruleset));
    let (ruleset, failing) = if failed { (None, compiled) } else { (compiled, None) };
    Checked { ruleset, failing, diagnostics, examples }
}

/// Tries the sentences of the rules at these places.
#[must_use]
pub fn try_examples(rules: &Ruleset, sources: &Sources, places: Range<usize>) -> Tried {
    let mut tried = Tried::default();
    let some = rules.replies.iter().enumerate().skip(places.start).take(places.len());
    for (rule, reply) in some {
        tried.sentences += reply.examples.len() + reply.not_examples.len();
        for example in &reply.examples {
            let decision = hear(rules, rule, reply, &example.text);
            if acts(&decision, reply) {
                tried.parts.extend(decision.trace.parts);
            } else {
                tried.failed.push(not_won(rules, sources, reply, example, &decision));
            }
        }
        for example in &reply.not_examples {
            let decision = hear(rules, rule, reply, &example.text);
            if acts(&decision, reply) {
                tried.failed.push(wrongly_won(sources, reply, example, &decision));
            }
        }
    }
    tried
}

/// Whether the rule won (its `go` may have given its place to another), or acted where it may only act in addition.
fn acts(decision: &Decision, reply: &Reply) -> bool {
    let did = |candidate: &super::Candidate| {
        candidate.rule == reply.id
            && matches!(candidate.reason, Reason::Won | Reason::Went { .. } | Reason::Also)
    };
    decision.trace.candidates.iter().any(did)
}

/// The sentence as a new contact's message, the rule's own question open.
fn hear(rules: &Ruleset, rule: usize, reply: &Reply, text: &str) -> Decision {
    let number = "0".into();
    let mut state = State::new(ContactId(uuid::Uuid::nil()), number, Timestamp::EPOCH);
    state.conversation.question = reply.trigger.after.first().map(|asking| Question {
        rule: asking.clone(),
        asked_at: Timestamp::EPOCH,
        until: None,
        asked_again: 0,
    });
    decide_under(rules, &state, &said(text), Circumstances::Example { rule })
}

/// A customer's text at no particular time.
fn said(text: &str) -> Event {
    Event {
        id: "example".into(),
        at: Timestamp::EPOCH,
        stated_at: None,
        subject: Subject::Person {
            aliases: vec![Alias::WaId("0".to_owned())],
            number: "0".into(),
            profile: crate::model::Profile::default(),
        },
        kind: EventKind::Message(Message {
            wamid: Wamid::from("example"),
            kind: MessageKind::Text,
            text: Some(text.to_owned()),
            payload: None,
            reply_to: None,
            ad: None,
            group: None,
            raw: None,
        }),
    }
}

fn not_won(
    rules: &Ruleset,
    sources: &Sources,
    reply: &Reply,
    example: &Example,
    decision: &Decision,
) -> Diagnostic {
    let (why, help) = failing::not_won(rules, reply, decision);
    let message = format!("an example of `{}` is not answered by it", reply.id);
    Diagnostic::new(&codes::EXAMPLE_NOT_WON, message)
        .at(place(sources, reply, example, why))
        .help(help)
}

fn wrongly_won(
    sources: &Sources,
    reply: &Reply,
    example: &Example,
    decision: &Decision,
) -> Diagnostic {
    let (why, help) = failing::wrongly_won(reply, decision);
    let message = format!("a counter-example is answered by `{}`", reply.id);
    Diagnostic::new(&codes::COUNTER_EXAMPLE_WON, message)
        .at(place(sources, reply, example, why))
        .help(help)
}

/// Where the sentence stands in its file.
fn place(sources: &Sources, reply: &Reply, example: &Example, label: String) -> Place {
    let file: &str = &reply.place.file;
    let bytes = sources.files.get(file).map(|bytes| bytes.to_vec()).unwrap_or_default();
    let text = String::from_utf8(bytes).unwrap_or_default();
    Sheet::new(file, text).place(&example.span, label)
}
