//! The one way from files to rules in force: compile, then let every example prove itself.
//!
//! Start, reload, `check`, `test` and the tests all call [`check()`]; a rule set whose examples
//! fail is not activated.

use super::trace::Reason;
use super::{Circumstances, Decision, decide_under};
use crate::model::{
    Alias, ContactId, Event, EventKind, Message, MessageKind, Question, State, Subject, Timestamp,
    Verdict, Wamid,
};
use crate::rules::codes;
use crate::rules::diagnostic::Place;
use crate::rules::problems::Sheet;
use crate::rules::ruleset::{Example, Reply};
use crate::rules::{Diagnostic, Ruleset, Settings, Severity, Sources, compile};
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

/// Compiles rule files and runs their examples.
#[must_use]
pub fn check(sources: &Sources, settings: &Settings) -> Checked {
    let compiled = compile(sources, settings);
    let mut diagnostics = compiled.diagnostics;
    let Some(ruleset) = compiled.ruleset else {
        return Checked { ruleset: None, failing: None, diagnostics, examples: 0 };
    };
    let examples = run_examples(&ruleset, sources, &mut diagnostics);
    let failed = diagnostics.iter().any(|found| found.severity == Severity::Error);
    let compiled = Some(Arc::new(ruleset));
    let (ruleset, failing) = if failed { (None, compiled) } else { (compiled, None) };
    Checked { ruleset, failing, diagnostics, examples }
}

fn run_examples(rules: &Ruleset, sources: &Sources, diagnostics: &mut Vec<Diagnostic>) -> usize {
    let mut tried = 0;
    for (rule, reply) in rules.replies.iter().enumerate() {
        for example in &reply.examples {
            tried += 1;
            let decision = hear(rules, rule, reply, &example.text);
            if !acts(&decision, reply) {
                diagnostics.push(not_won(sources, reply, example, &decision));
            }
        }
        for example in &reply.not_examples {
            tried += 1;
            if acts(&hear(rules, rule, reply, &example.text), reply) {
                diagnostics.push(wrongly_won(sources, reply, example));
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

fn not_won(sources: &Sources, reply: &Reply, example: &Example, decision: &Decision) -> Diagnostic {
    let own = decision.trace.candidates.iter().find(|candidate| candidate.rule == reply.id);
    let why = match (own, &decision.verdict) {
        (Some(candidate), _) => candidate.reason.to_string(),
        (None, Verdict::Won(other)) => format!("`{other}` wins; none of this rule's words occur"),
        (None, _) => "none of this rule's words occur".to_owned(),
    };
    let message = format!("an example of `{}` is not answered by it", reply.id);
    Diagnostic::new(&codes::EXAMPLE_NOT_WON, message)
        .at(place(sources, reply, example, why))
        .help("add the missing words to the rule, or take the example out")
}

fn wrongly_won(sources: &Sources, reply: &Reply, example: &Example) -> Diagnostic {
    Diagnostic::new(
        &codes::COUNTER_EXAMPLE_WON,
        format!("a counter-example is answered by `{}`", reply.id),
    )
    .at(place(sources, reply, example, "this rule wins".to_owned()))
    .help("add a word of it to `none`, or make the rule's words longer")
}

/// Where the sentence stands in its file.
fn place(sources: &Sources, reply: &Reply, example: &Example, label: String) -> Place {
    let file: &str = &reply.place.file;
    let bytes = sources.files.get(file).map(|bytes| bytes.to_vec()).unwrap_or_default();
    let text = String::from_utf8(bytes).unwrap_or_default();
    Sheet::new(file, text).place(&example.span, label)
}
