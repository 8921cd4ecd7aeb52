//! Whether what came of a turn is what was expected; where not, what was instead.

use super::stage::Seen;
use crate::decide::Reason;
use crate::model::{Content, EventKind, Frame, Owner, RuleId, Verdict};
use crate::rules::story::{Expectation, Expected};
use crate::rules::suggest::listed;

/// `None` where it is as expected; else what was, for under the place.
pub(super) fn differs(expected: &Expectation, seen: &Seen) -> Option<String> {
    let holds = holds(&expected.what, seen);
    (holds == expected.not).then(|| {
        if expected.not { too_much(&expected.what, seen) } else { instead(&expected.what, seen) }
    })
}

fn holds(what: &Expected, seen: &Seen) -> bool {
    let contact = &seen.after.contact;
    let conversation = &seen.after.conversation;
    let contains = |part: &String| seen.said.iter().any(|(_, said)| whole(said).contains(part));
    match what {
        Expected::Reply(rule) => seen.decided.iter().any(|one| {
            let went = one.trace.candidates.iter();
            // Every notice of an event is said, not only the first.
            let posted = matches!(one.event.kind, EventKind::Posted(_));
            let spoke = |reason: &Reason| {
                matches!(reason, Reason::Won | Reason::Went { .. })
                    || posted && matches!(reason, Reason::Also)
            };
            verdict_is(&one.verdict, rule)
                || went.filter(|other| other.rule == *rule).any(|other| spoke(&other.reason))
                    && matches!(one.verdict, Verdict::Won(_))
        }),
        Expected::Text(parts) => parts.iter().all(contains),
        Expected::Exactly(text) => seen.said.iter().any(|(_, said)| bare(said) == text),
        Expected::Silent => seen.said.is_empty(),
        Expected::Tag(tag) => contact.tags.contains(tag),
        Expected::Field(field, value) => contact.fields.get(field) == Some(value),
        Expected::Consent(tier) => seen.tier == *tier,
        Expected::Template(template) => seen
            .said
            .iter()
            .any(|(_, said)| matches!(said, Content::Template { name, .. } if name == template)),
        Expected::Question(rule) => {
            conversation.question.as_ref().is_some_and(|open| open.rule == *rule)
        }
        Expected::Owner(owner) => owner_in_word(&conversation.owner) == owner,
        Expected::HandOff(rule) => {
            conversation.handoff.as_ref().is_some_and(|handoff| handoff.rule.as_str() == rule)
        }
        Expected::Queue(queue) => {
            conversation.handoff.as_ref().is_some_and(|handoff| handoff.queue == *queue)
        }
        Expected::Form(form) => conversation.form.as_ref().is_some_and(|open| open.form == *form),
        Expected::Emit(kind) => seen.emitted.iter().any(|emitted| emitted.kind == *kind),
    }
}

fn verdict_is(verdict: &Verdict, rule: &RuleId) -> bool {
    match verdict {
        Verdict::Won(won) => won == rule,
        Verdict::Fallback(by) => rule.as_str() == "fallback" || by.as_ref() == Some(rule),
        _ => false,
    }
}

/// What was, in place of what was expected.
fn instead(what: &Expected, seen: &Seen) -> String {
    let contact = &seen.after.contact;
    let conversation = &seen.after.conversation;
    let handoff = conversation.handoff.as_ref();
    match what {
        Expected::Reply(rule) => format!("not `{rule}`: {}", verdicts(seen)),
        Expected::Text(parts) => {
            let missing = parts
                .iter()
                .filter(|part| !seen.said.iter().any(|(_, said)| whole(said).contains(*part)));
            let missing: Vec<String> = missing.map(|part| format!("\"{part}\"")).collect();
            format!("{} is not in it: {}", missing.join(", "), said(seen))
        }
        Expected::Exactly(_) => format!("no message is exactly this: {}", said(seen)),
        Expected::Silent => said(seen),
        Expected::Tag(_) => match listed(contact.tags.iter().map(String::as_str)) {
            Some(tags) => format!("the customer has not this tag, but {tags}"),
            None => "the customer has no tags".to_owned(),
        },
        Expected::Field(field, _) => match contact.fields.get(field) {
            Some(value) => format!("`{field}` is \"{value}\""),
            None => format!("`{field}` is not known of the customer"),
        },
        Expected::Consent(_) => format!("the tier is `{}`", seen.tier),
        Expected::Template(_) => format!("this template is not sent: {}", said(seen)),
        Expected::Question(_) => match &conversation.question {
            Some(open) => format!("the question of `{}` is open", open.rule),
            None => "no question is open".to_owned(),
        },
        Expected::Owner(_) => format!("the owner is `{}`", owner_in_word(&conversation.owner)),
        Expected::HandOff(_) | Expected::Queue(_) => match handoff {
            Some(handoff) if handoff.queue.is_empty() => {
                "no rule handed it over: an agent took it".to_owned()
            }
            Some(handoff) => format!("`{}` handed it over to `{}`", handoff.rule, handoff.queue),
            None => "it is not handed over".to_owned(),
        },
        Expected::Form(_) => match &conversation.form {
            Some(open) => format!("the form `{}` is open", open.form),
            None => "no form is open".to_owned(),
        },
        Expected::Emit(_) => {
            let told = seen.emitted.iter().map(|emitted| emitted.kind.as_str());
            match listed(told) {
                Some(told) => format!("told to other systems: {told}"),
                None => "nothing is told to other systems".to_owned(),
            }
        }
    }
}

/// What is that was not to be.
fn too_much(what: &Expected, seen: &Seen) -> String {
    match what {
        Expected::Reply(rule) => format!("`{rule}` wins"),
        Expected::Text(_) | Expected::Exactly(_) | Expected::Template(_) => {
            format!("it is there; {}", said(seen))
        }
        Expected::Silent => "nothing is sent".to_owned(),
        Expected::Tag(tag) => format!("the customer has the tag `{tag}`"),
        Expected::Question(rule) => format!("the question of `{rule}` is open"),
        Expected::Emit(kind) => format!("`{kind}` is told to other systems"),
        Expected::Field(..)
        | Expected::Consent(_)
        | Expected::Owner(_)
        | Expected::HandOff(_)
        | Expected::Queue(_)
        | Expected::Form(_) => "it is so all the same".to_owned(),
    }
}

fn verdicts(seen: &Seen) -> String {
    let told = seen.decided.iter().filter(|one| !matches!(one.verdict, Verdict::Recorded));
    let told: Vec<String> = told.map(|one| one.verdict.in_words()).collect();
    if told.is_empty() { "nothing is decided".to_owned() } else { told.join("; ") }
}

fn said(seen: &Seen) -> String {
    let said: Vec<String> = seen
        .said
        .iter()
        .map(|(_, one)| format!("\"{}\"", one.in_words().replace('\n', " ")))
        .collect();
    if said.is_empty() {
        "nothing is sent".to_owned()
    } else {
        format!("sent: {}", said.join(", "))
    }
}

fn owner_in_word(owner: &Owner) -> &'static str {
    match owner {
        Owner::Bot => "bot",
        Owner::Waiting { .. } => "waiting",
        Owner::Agent { .. } => "agent",
    }
}

/// Everything that can be read of a message.
fn whole(content: &Content) -> String {
    match frame(content) {
        Some(Frame { header, footer, .. }) => {
            let around = header.iter().chain(footer).cloned();
            around.fold(content.in_words(), |whole, more| format!("{whole}\n{more}"))
        }
        None => content.in_words(),
    }
}

/// Its text alone.
fn bare(content: &Content) -> &str {
    match content {
        Content::Text { body } => body,
        Content::Media(media) => media.caption.as_deref().unwrap_or_default(),
        Content::Reaction { emoji, .. } => emoji,
        other => frame(other).map_or("", |frame| &frame.body),
    }
}

fn frame(content: &Content) -> Option<&Frame> {
    match content {
        Content::Buttons { frame, .. } | Content::List { frame, .. } => Some(frame),
        _ => None,
    }
}
