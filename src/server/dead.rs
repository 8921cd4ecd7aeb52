//! `/v1/dead`: what could not be sent, and what could not be decided. Lists hold no customer's
//! words; one of them shown does.

use super::app::App;
use super::caller::Caller;
use super::problem::Problem;
use crate::limits;
use crate::model::{
    ContactId, Event, EventId, EventKind, Job, JobId, JobState, NumberId, Record, RuleId,
    SendError, Subject, Timestamp, Upkeep,
};
use crate::whatsapp::webhook;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Said wherever a message may have arrived although nobody knows.
const MAY_ARRIVE_TWICE: &str =
    "nobody knows whether WhatsApp took it the first time: the customer may get it twice";

/// Some of them, the oldest first; messages before events.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeadPage {
    /// The list.
    pub items: Vec<DeadItem>,
    /// Ask with `after` this for more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A dead letter or an undecided event, without its content.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeadItem {
    /// What it is called by.
    pub id: String,
    /// When it was decided, or came.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// WhatsApp's code, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// Which rule wanted to send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// From which number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberId>,
    /// To whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
}

/// One of them with all that is known. Holds customers' words.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeadShown {
    /// As listed.
    pub item: DeadItem,
    /// The message, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Job>,
    /// The journal's line of the event, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
}

/// What was done with one of them.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeadDone {
    /// Which.
    pub id: String,
    /// What to know about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// How much of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    limit: Option<usize>,
    after: Option<String>,
}

/// What a dead letter or undecided event is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DeadId {
    /// `CONTACT.VERSION.INDEX`
    Letter(JobId),
    /// `event-POSITION`: where it stands in the journal.
    Event(u64),
}

impl fmt::Display for DeadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeadId::Letter(job) => job.fmt(f),
            DeadId::Event(position) => write!(f, "event-{position}"),
        }
    }
}

impl FromStr for DeadId {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let event = text.strip_prefix("event-").and_then(|position| position.parse().ok());
        let id = event.map(DeadId::Event).or_else(|| text.parse().ok().map(DeadId::Letter));
        id.ok_or_else(|| {
            let detail = format!("`{text}` is no id of the list; `usher dead list` shows them");
            Problem::bad_request(detail)
        })
    }
}

/// `GET /v1/dead`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(page): Query<Page>,
) -> Result<Json<DeadPage>, Problem> {
    let limit = page.limit.unwrap_or(limits::DEAD_PAGE_MAX).clamp(1, limits::DEAD_PAGE_MAX);
    let after = page.after.as_deref().map(DeadId::from_str).transpose()?;
    let store = app.turn.store();
    let mut items: Vec<DeadItem> = Vec::new();
    let mut behind = 0;
    match after {
        Some(DeadId::Event(position)) => behind = position,
        None | Some(DeadId::Letter(_)) => {
            let after = match after {
                Some(DeadId::Letter(job)) => Some(job),
                _ => None,
            };
            items.extend(store.dead_letters(after, limit).await?.iter().map(of_job));
        }
    }
    let room = limit.saturating_sub(items.len());
    let events = store.undecided(behind, room).await?;
    items.extend(events.iter().map(|(position, record)| of_record(*position, record)));
    let next = (items.len() == limit).then(|| items.last().map(|item| item.id.clone())).flatten();
    Ok(Json(DeadPage { items, next }))
}

/// `GET /v1/dead/{id}`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<DeadShown>, Problem> {
    Ok(Json(match id.parse()? {
        DeadId::Letter(id) => {
            let job = letter(&app, id).await?;
            DeadShown { item: of_job(&job), job: Some(job), record: None }
        }
        DeadId::Event(position) => {
            let record = undecided(&app, position).await?;
            let item = of_record(position, &record);
            DeadShown { item, job: None, record: Some(record) }
        }
    }))
}

/// `POST /v1/dead/{id}/retry`
pub(super) async fn retry(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Caller(by): Caller,
) -> Result<Json<DeadDone>, Problem> {
    let found: DeadId = id.parse()?;
    let warning = match found {
        DeadId::Letter(id) => {
            let job = letter(&app, id).await?;
            act_on(&app, &job, Upkeep::Retry(job.id), "retry", by.clone()).await?;
            let unknown = error_of(&job).is_some_and(|error| error.reason == "unknown");
            unknown.then(|| MAY_ARRIVE_TWICE.to_owned())
        }
        DeadId::Event(position) => {
            let record = undecided(&app, position).await?;
            decide_again(&app, position, &record).await?;
            deal_with(&app, position, by.clone()).await?;
            None
        }
    };
    tracing::warn!(id = %found, by, "a dead letter or undecided event is tried again");
    Ok(Json(DeadDone { id: found.to_string(), warning }))
}

/// `DELETE /v1/dead/{id}`
pub(super) async fn discard(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Caller(by): Caller,
) -> Result<Json<DeadDone>, Problem> {
    let found: DeadId = id.parse()?;
    match found {
        DeadId::Letter(id) => {
            let job = letter(&app, id).await?;
            act_on(&app, &job, Upkeep::Discard(job.id), "drop", by.clone()).await?;
        }
        DeadId::Event(position) => {
            undecided(&app, position).await?;
            deal_with(&app, position, by.clone()).await?;
        }
    }
    tracing::warn!(id = %found, by, "a dead letter or undecided event is dropped");
    Ok(Json(DeadDone { id: found.to_string(), warning: None }))
}

/// The dead letter with this id.
async fn letter(app: &App, id: JobId) -> Result<Job, Problem> {
    let job = app.turn.store().job(id).await?;
    let job = job.ok_or_else(|| Problem::not_found(format!("no message `{id}` is known")))?;
    if error_of(&job).is_some() {
        return Ok(job);
    }
    let detail = format!("the message `{id}` is no dead letter: it is `{}`", job.state.label());
    Err(Problem::new(StatusCode::CONFLICT, detail))
}

/// The undecided event at this position of the journal.
async fn undecided(app: &App, position: u64) -> Result<Record, Problem> {
    let found = app.turn.store().undecided(position.saturating_sub(1), 1).await?;
    let record = found.into_iter().find(|(at, _)| *at == position).map(|(_, record)| record);
    record.ok_or_else(|| {
        Problem::not_found(format!("no undecided event `{}` is kept", DeadId::Event(position)))
    })
}

/// Commits what is done with a dead letter.
async fn act_on(app: &App, job: &Job, what: Upkeep, verb: &str, by: String) -> Result<(), Problem> {
    let now = app.turn.clock().now();
    let number = job.effect.number();
    let event = Event {
        id: EventId::from(format!("dead:{}:{}:{verb}:{}", job.id, job.attempts, now.millis())),
        at: now,
        stated_at: None,
        subject: Subject::Contact { id: job.id.contact, number: number.clone() },
        kind: EventKind::Upkeep { what, by },
    };
    app.turn.take(event).await?;
    Ok(())
}

async fn deal_with(app: &App, position: u64, by: String) -> Result<(), Problem> {
    let event = Event {
        id: EventId::from(format!("dead:event-{position}:dealt")),
        at: app.turn.clock().now(),
        stated_at: None,
        subject: Subject::Account,
        kind: EventKind::Upkeep { what: Upkeep::Dealt(position), by },
    };
    app.turn.take(event).await?;
    Ok(())
}

/// Decides the bytes of an undecided event again, under ids of their own: those it came with are
/// remembered as seen.
async fn decide_again(app: &App, position: u64, record: &Record) -> Result<(), Problem> {
    let EventKind::Undecided { raw, .. } = &record.event.kind else {
        return Err(still_undecided("it holds nothing that could be read"));
    };
    let now = app.turn.clock().now();
    let mut events = match serde_json::from_slice::<Event>(&raw.0) {
        // Deciding had failed inside usher: it is the event itself.
        Ok(event) if event.id == record.event.id => vec![event],
        _ => webhook::parse(&raw.0, &app.settings.known, now),
    };
    let unread = |event: &Event| {
        matches!(event.kind, EventKind::Undecided { .. } | EventKind::Unnamed { .. })
    };
    if events.iter().any(unread) {
        return Err(still_undecided(
            "this version cannot read it either; `usher dead show` has its bytes",
        ));
    }
    for event in &mut events {
        event.id = EventId::from(format!("{}:again:{position}", event.id));
    }
    Ok(app.turn.take_all(events).await?)
}

fn still_undecided(why: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, format!("the event cannot be decided again: {why}"))
}

fn error_of(job: &Job) -> Option<&SendError> {
    match &job.state {
        JobState::Dead { error } => Some(error),
        _ => None,
    }
}

fn of_job(job: &Job) -> DeadItem {
    let (number, rule) = (job.effect.number(), job.effect.rule());
    let error = error_of(job);
    DeadItem {
        id: DeadId::Letter(job.id).to_string(),
        at: job.decided_at,
        reason: error.map(|error| error.reason.clone()).unwrap_or_default(),
        code: error.and_then(|error| error.code),
        rule: Some(rule.clone()),
        number: Some(number.clone()),
        contact: Some(job.id.contact),
    }
}

fn of_record(position: u64, record: &Record) -> DeadItem {
    DeadItem {
        id: DeadId::Event(position).to_string(),
        at: record.at,
        reason: record.verdict.why().unwrap_or_default().to_owned(),
        code: None,
        rule: None,
        number: record.number.clone(),
        contact: record.contact,
    }
}
