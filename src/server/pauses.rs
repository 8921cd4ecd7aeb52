//! `/v1/pauses`: what is not sent for a while. Receiving goes on; what is paused is held, and goes
//! out when the pause is over.

use super::app::App;
use super::body;
use super::caller::Caller;
use super::problem::Problem;
use crate::limits;
use crate::model::{
    Event, EventId, EventKind, NumberId, Pause, Pauses, Scope, Subject, Timestamp, Upkeep,
};
use crate::rules::{Ruleset, duration};
use axum::Json;
use axum::extract::{Path, Request, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is to be paused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// `all`, `rule:ID`, `template:NAME`, `number:ID`, `purpose:marketing`
    scope: String,
    /// Such as `1h`; without it until it is ended.
    #[serde(rename = "for")]
    span: Option<String>,
}

/// A pause that was ended.
#[derive(Debug, Serialize, Deserialize)]
pub struct Resumed {
    /// What goes out again.
    pub scope: Scope,
}

/// `GET /v1/pauses`
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Pauses>, Problem> {
    let mut pauses = app.turn.store().pauses().await?;
    let now = app.turn.clock().now();
    pauses.standing.retain(|pause| pause.until.is_none_or(|until| now < until));
    Ok(Json(pauses))
}

/// `POST /v1/pauses`
pub(super) async fn pause(
    State(app): State<Arc<App>>,
    Caller(by): Caller,
    request: Request,
) -> Result<Json<Pause>, Problem> {
    let wanted: Wanted = body::json(request).await?;
    let scope = scope(&app.turn.rules(), &wanted.scope)?;
    let now = app.turn.clock().now();
    let until = match &wanted.span {
        None => None,
        Some(span) => {
            let span = duration::parse(span);
            let wrong = |why| Problem::bad_request(format!("`for` is no span of time: {why}"));
            Some(now.plus(span.map_err(wrong)?))
        }
    };
    if app.turn.store().pauses().await?.standing.len() >= limits::PAUSES_MAX {
        let most = limits::PAUSES_MAX;
        return Err(Problem::bad_request(format!("{most} pauses stand already; end some first")));
    }
    let pause = Pause { scope, since: now, until, by: by.clone() };
    let id = format!("pause:{}:{}", pause.scope, now.millis());
    take(&app, id, Upkeep::Pause(pause.clone()), by, now).await?;
    tracing::warn!(scope = %pause.scope, by = pause.by, "sending is paused");
    Ok(Json(pause))
}

/// `DELETE /v1/pauses/{scope}`
pub(super) async fn resume(
    State(app): State<Arc<App>>,
    Path(given): Path<String>,
    Caller(by): Caller,
) -> Result<Json<Resumed>, Problem> {
    let scope = named(&app.turn.rules(), &given)?;
    let standing = app.turn.store().pauses().await?.standing;
    let Some(pause) = standing.iter().find(|pause| pause.scope == scope) else {
        return Err(Problem::not_found(format!("`{scope}` is not paused")));
    };
    let now = app.turn.clock().now();
    let id = format!("resume:{scope}:{}:{}", pause.since.millis(), now.millis());
    tracing::warn!(%scope, by, "a pause is ended");
    take(&app, id, Upkeep::Resume(scope.clone()), by, now).await?;
    Ok(Json(Resumed { scope }))
}

async fn take(
    app: &App,
    id: String,
    what: Upkeep,
    by: String,
    at: Timestamp,
) -> Result<(), Problem> {
    let (id, subject) = (EventId::from(id), Subject::Account);
    let kind = EventKind::Upkeep { what, by };
    app.turn.take(Event { id, at, stated_at: None, subject, kind }).await?;
    Ok(())
}

/// A scope whose name is known: a pause of nothing would be believed to work.
fn scope(rules: &Ruleset, text: &str) -> Result<Scope, Problem> {
    let scope = named(rules, text)?;
    let wrong =
        |what: &str, name: &str| Err(Problem::bad_request(format!("no {what} is called `{name}`")));
    let numbers = rules.settings.numbers.as_deref().unwrap_or_default();
    match &scope {
        Scope::Rule(rule) if !is_rule(rules, rule.as_str()) => wrong("rule", rule.as_str()),
        Scope::Number(id) if !numbers.iter().any(|(known, _)| known == id) => {
            wrong("number", id.as_str())
        }
        _ => Ok(scope),
    }
}

/// A scope as people write it; a number may be called by the name rules use.
fn named(rules: &Ruleset, text: &str) -> Result<Scope, Problem> {
    let scope: Scope = text
        .parse()
        .map_err(|why: crate::model::NotAScope| Problem::bad_request(why.to_string()))?;
    let Scope::Number(given) = &scope else { return Ok(scope) };
    let numbers = rules.settings.numbers.as_deref().unwrap_or_default();
    let id = numbers.iter().find(|(_, name)| name == given.as_str()).map(|(id, _)| id);
    let id: NumberId = id.unwrap_or(given).clone();
    Ok(Scope::Number(id))
}

fn is_rule(rules: &Ruleset, id: &str) -> bool {
    id == "greeting"
        || id == "api"
        || rules.notices.all().any(|notice| notice.id.as_str() == id)
        || rules.replies.iter().any(|reply| reply.id.as_str() == id)
        || rules.fallbacks.iter().any(|fallback| fallback.id.as_str() == id)
}
