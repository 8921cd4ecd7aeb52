//! What the business's systems call: `/v1/events`, `/v1/messages`, `/v1/contacts/{id}`.
//!
//! Here: reading a call so that everything wrong with it is told at once, and the answer that a
//! repeated call gets again.

pub(super) mod contacts;
pub(super) mod events;
pub(super) mod messages;
mod party;
mod values;

use super::app::App;
use super::body;
use super::problem::Problem;
use crate::limits;
use crate::model::{ContactId, Event, EventId, FirstAnswer, Timestamp, Verdict};
use crate::rules::suggest;
use crate::turn::Taken;
use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What became of a call.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    /// The caller's id of it.
    pub id: String,
    /// Whom it is about.
    pub contact: Option<ContactId>,
    /// What was decided: `won order-confirmed`, `silent no_notify`.
    pub decided: String,
    /// How many messages go out because of it.
    pub messages: usize,
}

/// A JSON object being read, and what is wrong with it.
struct Form {
    map: Map<String, Value>,
    wrong: Vec<String>,
}

impl Form {
    /// The object a request brings. Keys it does not know are wrong.
    async fn read(request: Request, keys: &[&str]) -> Result<Form, Problem> {
        let value: Value = body::json(request).await?;
        let Value::Object(map) = value else {
            return Err(Problem::bad_request("the body is no JSON object: write `{ … }`"));
        };
        let mut form = Form { map, wrong: Vec::new() };
        form.only(keys);
        Ok(form)
    }

    /// An object within another one; `None`, and wrong, where it is none.
    fn inner(&mut self, key: &str, keys: &[&str]) -> Option<Form> {
        match self.map.remove(key) {
            Some(Value::Object(map)) => {
                let mut form = Form { map, wrong: Vec::new() };
                form.only(keys);
                Some(form)
            }
            Some(_) => {
                self.wrong(format!("`{key}` is no object: write `\"{key}\": {{ … }}`"));
                None
            }
            None => None,
        }
    }

    fn only(&mut self, keys: &[&str]) {
        for given in self.map.keys().filter(|given| !keys.contains(&given.as_str())) {
            let help = suggest::help(given, keys.iter().copied(), "the keys");
            self.wrong.push(format!("unknown key `{}`: {help}", shortened(given)));
        }
    }

    fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    /// A text that is not blank; `null` is none.
    fn text(&mut self, key: &str, bytes_max: usize) -> Option<String> {
        match self.map.remove(key)? {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => {
                self.wrong(format!("`{key}` is empty"));
                None
            }
            Value::String(text) if text.len() > bytes_max => {
                self.wrong(format!("`{key}` has more than {bytes_max} bytes"));
                None
            }
            Value::String(text) if text.contains('\0') => {
                self.wrong(format!("`{key}` holds a NUL character"));
                None
            }
            Value::String(text) => Some(text),
            _ => {
                self.wrong(format!("`{key}` is no text: write it between quotes"));
                None
            }
        }
    }

    /// A text that must be there.
    fn needed(&mut self, key: &str, bytes_max: usize) -> Option<String> {
        if self.map.get(key).is_none_or(Value::is_null) {
            self.wrong(format!("`{key}` is missing"));
            return None;
        }
        self.text(key, bytes_max)
    }

    /// What makes the call once-only.
    fn id(&mut self) -> Option<String> {
        let id = self.needed("id", limits::API_ID_BYTES_MAX)?;
        if id.chars().any(char::is_control) {
            self.wrong("`id` holds control characters");
            return None;
        }
        Some(id)
    }

    /// What is wrong with an inner object is wrong with this one.
    fn join(&mut self, inner: Form, name: &str) {
        self.wrong.extend(inner.wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    }

    /// 422 with everything that is wrong, if anything is.
    fn sound(&self) -> Result<(), Problem> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        Err(Problem::wrong(self.wrong.iter().take(WRONGS_TOLD_MAX).cloned().collect()))
    }
}

/// Wrong things that are told of one call.
const WRONGS_TOLD_MAX: usize = 20;

/// The event as it is remembered by the caller's id.
fn event_id(id: &str) -> EventId {
    EventId::from(format!("api:{id}"))
}

/// When the caller says it happened: near enough that a repeated call is known.
fn stated_at(form: &mut Form, app: &App) -> Option<Timestamp> {
    let text = form.text("at", limits::ALIAS_BYTES_MAX)?;
    let rules = app.turn.rules();
    let Some(at) = crate::decide::clock_time::instant(&rules, &text) else {
        form.wrong("`at` is no instant such as `2026-03-01T23:10:00+09:00`");
        return None;
    };
    let now = app.turn.clock().now();
    if at > now.plus(limits::API_AHEAD_MAX) {
        form.wrong(
            "`at` lies in the future; what is to be said later is the `at` of a `[[notify]]`",
        );
    } else if now.since(at) > limits::API_BEHIND_MAX {
        form.wrong("`at` is more than 7 days ago");
    } else {
        return Some(at);
    }
    None
}

/// What the call with this id was answered when it came for the first time.
async fn first_answer(
    app: &App,
    id: Option<&String>,
    stated_at: Option<Timestamp>,
) -> Result<Option<Response>, Problem> {
    let Some(id) = id else { return Ok(None) };
    let day = stated_at.unwrap_or_else(|| app.turn.clock().now()).day();
    let first = app.turn.store().first_answer(&event_id(id), day).await?;
    Ok(first.map(|first| (StatusCode::OK, Json(told(id.clone(), first))).into_response()))
}

/// Takes the event and tells what became of it; a repeated one gets the first answer again.
async fn take(app: &App, id: String, event: Event) -> Result<Response, Problem> {
    let (event_id, day) = (event.id.clone(), event.dedupe_day());
    let (taken, decided) = app.turn.take_told(event).await?;
    if taken == Taken::Duplicate {
        let first = app.turn.store().first_answer(&event_id, day).await?;
        let first = first.ok_or_else(|| Problem::unavailable("the first call is under way"))?;
        return Ok((StatusCode::OK, Json(told(id, first))).into_response());
    }
    let told = match decided {
        Some(decided) => Told {
            id,
            contact: Some(decided.state.contact.id),
            decided: words(&decided.verdict),
            messages: decided.jobs.len(),
        },
        None => Told { id, contact: None, decided: "undecided".to_owned(), messages: 0 },
    };
    Ok((StatusCode::ACCEPTED, Json(told)).into_response())
}

fn told(id: String, first: FirstAnswer) -> Told {
    let FirstAnswer { contact, verdict, jobs } = first;
    Told { id, contact, decided: words(&verdict), messages: jobs }
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Won(rule) => format!("won {rule}"),
        other => match other.why() {
            Some(why) => format!("{} {why}", other.label()),
            None => other.label().to_owned(),
        },
    }
}

fn shortened(text: &str) -> String {
    const SHOWN_CHARS: usize = 40;
    text.chars().take(SHOWN_CHARS).collect()
}
