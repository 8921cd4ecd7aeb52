//! `POST /v1/decide`: what would be decided, and why. Nothing is committed.

use super::app::App;
use super::body;
use super::problem::Problem;
use crate::decide::explain::Explained;
use crate::decide::{self, Explanation, Found, clock_time};
use crate::limits;
use crate::model::{
    self, Alias, Change, ContactId, Event, EventId, EventKind, Message, MessageKind, NumberId,
    Profile, RuleId, State, Subject, Timestamp, Verdict, Wamid,
};
use crate::rules::Ruleset;
use crate::rules::says::Say;
use crate::store::Resolved;
use axum::Json;
use axum::extract::{self, Request};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    /// The customer's words.
    text: String,
    /// Who says them: a contact's id or one of its names; without it somebody new.
    contact: Option<String>,
    /// When, in RFC 3339, or without an offset in the zone of the rules; without it now.
    at: Option<String>,
    /// On which of our numbers, by id or name; without it the first.
    number: Option<String>,
    /// The rule whose question counts as open.
    after: Option<RuleId>,
}

/// What would be decided.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    /// In one word.
    pub verdict: Verdict,
    /// The texts that would be sent, in order.
    pub texts: Vec<String>,
    /// Every rule and why it did or did not win.
    pub rules: Vec<RuleAnswer>,
    /// The trace as the journal's readers know it.
    pub trace: decide::Trace,
    /// The first hex digits of the rules' digest.
    pub revision: String,
    /// Of deciding.
    pub engine: u32,
    /// When it would be decided.
    pub at: Timestamp,
    /// The same on the clock of the rules' zone: `2026-03-01 23:10:00 Asia/Seoul`.
    #[serde(default)]
    pub local: Option<String>,
}

/// One rule's part in it.
#[derive(Debug, Serialize, Deserialize)]
pub struct RuleAnswer {
    /// Which.
    pub rule: RuleId,
    /// Why it did or did not win.
    pub reason: String,
    /// What of its triggers was found.
    pub found: Vec<Found>,
}

/// Decides the question on a fresh or a known contact's state.
pub(super) async fn decide(
    extract::State(app): extract::State<Arc<App>>,
    request: Request,
) -> Result<Json<Answer>, Problem> {
    let question: Question = body::json(request).await?;
    if question.text.len() > limits::MESSAGE_TEXT_BYTES_MAX {
        let most = limits::MESSAGE_TEXT_BYTES_MAX;
        return Err(Problem::bad_request(format!("`text` may have at most {most} bytes")));
    }
    let rules = app.turn.rules();
    let number = number(&rules, question.number.as_deref())?;
    let at = match &question.at {
        Some(at) => instant(&rules, at)?,
        None => app.turn.clock().now(),
    };
    let state = match &question.contact {
        Some(contact) => known(&app, contact, &number).await?,
        None => State::new(ContactId(Uuid::nil()), number.clone(), at),
    };
    let state = match question.after {
        Some(rule) => asked(&rules, &state, rule, at)?,
        None => state,
    };
    let event = event(question.text, &state, at);
    Ok(Json(answer(&rules, &state, &event)))
}

/// The decision on one event with the reason of every rule.
pub(super) fn answer(rules: &Ruleset, state: &State, event: &Event) -> Answer {
    let Explanation { decision, rules: reasons, texts } = decide::explain(rules, state, event);
    let reasons = reasons.into_iter();
    Answer {
        verdict: decision.verdict,
        texts,
        rules: reasons.map(rule_answer).collect(),
        trace: decision.trace,
        revision: rules.short_revision().to_owned(),
        engine: decide::ENGINE,
        at: event.at,
        local: Some(clock_time::in_words(rules, event.at)),
    }
}

fn rule_answer(one: Explained) -> RuleAnswer {
    RuleAnswer { rule: one.rule, reason: one.reason, found: one.found }
}

fn number(rules: &Ruleset, given: Option<&str>) -> Result<NumberId, Problem> {
    let numbers = rules.settings.numbers.as_deref().unwrap_or_default();
    match given {
        // Rules that are tried without an `usher.toml` know no number: any will do.
        None => Ok(numbers.first().map_or_else(|| NumberId::from("0"), |(id, _)| id.clone())),
        Some(given) => numbers
            .iter()
            .find(|(id, name)| id.as_str() == given || name == given)
            .map(|(id, _)| id.clone())
            .ok_or_else(|| Problem::bad_request(format!("`{given}` is none of our numbers"))),
    }
}

fn instant(rules: &Ruleset, text: &str) -> Result<Timestamp, Problem> {
    clock_time::instant(rules, text).ok_or_else(|| {
        let zone = clock_time::zone_name(rules);
        Problem::bad_request(format!(
            "`{text}` is no instant such as `2026-03-01T23:10:00+09:00`, nor a time in {zone} such \
             as `2026-03-01 23:10` or `2026-03-01`"
        ))
    })
}

/// The state of the contact with this id or this name.
pub(super) async fn known(app: &App, contact: &str, number: &NumberId) -> Result<State, Problem> {
    let store = app.turn.store();
    if let Ok(id) = contact.parse::<ContactId>() {
        if let Some(state) = store.state(id, number).await? {
            return Ok(state);
        }
    } else if let Resolved::Known(state) = store.resolve(&[alias(contact)], number).await? {
        return Ok(*state);
    }
    Err(Problem::not_found(format!("no contact `{contact}` is known")))
}

/// The state in which this rule has just asked its question: its menu is open, and the form it is
/// of, which has no answer yet.
fn asked(rules: &Ruleset, state: &State, rule: RuleId, at: Timestamp) -> Result<State, Problem> {
    let reply = rules.by_id.get(&rule).and_then(|place| rules.replies.get(*place));
    let Some(reply) = reply.filter(|reply| reply.asks) else {
        return Err(Problem::bad_request(asks_nothing(rules, &rule)));
    };
    let until = reply.expect.map(|span| at.plus(span));
    let menu = reply.speech.says().into_iter().rev().find_map(|say| match say {
        Say::Choices(menu) => Some(Change::Offered(model::OpenMenu {
            rule: rule.clone(),
            choices: menu.choices.iter().map(|choice| choice.id.clone()).collect(),
            numbered: menu.numbered,
            until,
        })),
        _ => None,
    });
    let form = reply.form.as_ref().map(|part| {
        let (form, values) = (part.form.clone(), BTreeMap::new());
        Change::Form(Some(model::OpenForm { form, values, at }))
    });
    let question =
        Change::Asked(model::Question { rule: rule.clone(), asked_at: at, until, asked_again: 0 });
    let changes = [Change::Window(at), question].into_iter().chain(menu).chain(form);
    Ok(state.after(&changes.collect::<Vec<Change>>()))
}

fn asks_nothing(rules: &Ruleset, rule: &RuleId) -> String {
    let part = format!("form.{rule}.");
    let asks =
        rules.replies.iter().filter(|reply| reply.asks && reply.id.as_str().starts_with(&part));
    let questions: Vec<String> = asks.map(|reply| format!("`{}`", reply.id)).collect();
    match questions.is_empty() {
        true => format!("no rule `{rule}` asks a question (`expect`)"),
        false => format!("`{rule}` is a form; its questions are {}", questions.join(", ")),
    }
}

/// A name as people write it: `bsuid:PT.7301A`, `+351 91…`, or WhatsApp's digits.
fn alias(text: &str) -> Alias {
    match text.split_once(':') {
        Some(("bsuid", id)) => Alias::Bsuid(id.to_owned()),
        Some(("wa", id)) => Alias::WaId(id.to_owned()),
        Some(("phone", number)) => Alias::Phone(number.to_owned()),
        _ if text.contains('.') => Alias::Bsuid(text.to_owned()),
        _ => Alias::WaId(text.chars().filter(char::is_ascii_digit).collect()),
    }
}

fn event(text: String, state: &State, at: Timestamp) -> Event {
    let names: Vec<Alias> = state.contact.aliases.iter().cloned().collect();
    let aliases = if names.is_empty() { vec![Alias::WaId("0".to_owned())] } else { names };
    let number = state.conversation.number.clone();
    Event {
        id: EventId::from("decide"),
        // As a turn does: never before the contact's last event.
        at: at.max(state.contact.last_event_at),
        stated_at: Some(at),
        subject: Subject::Person { aliases, number, profile: Profile::default() },
        kind: EventKind::Message(Message {
            wamid: Wamid::from("decide"),
            kind: MessageKind::Text,
            text: Some(text),
            payload: None,
            reply_to: None,
            ad: None,
            group: None,
            raw: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_found_by_any_name_people_use() {
        for (text, name) in [
            ("bsuid:PT.7301A", Alias::Bsuid("PT.7301A".to_owned())),
            ("PT.7301A", Alias::Bsuid("PT.7301A".to_owned())),
            ("wa:351911", Alias::WaId("351911".to_owned())),
            ("+351 911", Alias::WaId("351911".to_owned())),
            ("phone:+351911", Alias::Phone("+351911".to_owned())),
        ] {
            assert_eq!(alias(text), name);
        }
    }
}
