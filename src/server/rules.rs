//! `GET /-/rules` and `POST /-/reload`: how the rules stand, and a reload by hand.

use super::app::App;
use super::problem::Problem;
use crate::reload::{Outcome, Reloader, Status};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// A reload that left the rules in force as they were: problem details, and how the rules stand.
#[derive(Serialize)]
struct Refusal<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(flatten)]
    ended: Ended<'a>,
}

/// How a reload ended.
#[derive(Serialize)]
struct Ended<'a> {
    outcome: Outcome,
    /// Of the rules in force.
    revision: &'a str,
    /// Of what was read; without it nothing could be.
    read: Option<&'a str>,
    folder: &'a str,
    took_ms: u64,
    errors: usize,
    warnings: usize,
    diagnostics: &'a [crate::rules::Diagnostic],
    gone: &'a [crate::reload::Gone],
}

/// How the rules stand.
pub(super) async fn rules(State(app): State<Arc<App>>) -> Result<Json<Arc<Status>>, Problem> {
    Ok(Json(reloader(&app)?.status()))
}

/// Reloads now and waits for the end.
pub(super) async fn reload(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let status = reloader(&app)?.reload_now().await;
    if app.stop.is_cancelled() {
        return Err(Problem::unavailable("usher is stopping"));
    }
    Ok(answer(&status))
}

fn reloader(app: &App) -> Result<&Arc<Reloader>, Problem> {
    let none = || Problem::not_found("the rules of this process come from no folder");
    app.reloader.as_ref().ok_or_else(none)
}

fn answer(status: &Status) -> Response {
    let last = &status.last;
    let ended = Ended {
        outcome: last.outcome,
        revision: &status.revision,
        read: last.revision.as_deref(),
        folder: &status.folder,
        took_ms: last.took_ms,
        errors: last.errors,
        warnings: last.warnings,
        diagnostics: &last.diagnostics,
        gone: &last.gone,
    };
    let first = last.diagnostics.first().map(|found| found.message.as_str()).unwrap_or_default();
    match last.outcome {
        Outcome::Applied | Outcome::Unchanged => Json(ended).into_response(),
        Outcome::Rejected => {
            let detail = format!("the rules were rejected, those in force stay: {first}");
            refusal(StatusCode::UNPROCESSABLE_ENTITY, detail, ended)
        }
        Outcome::Unreadable => {
            let detail = format!("the rules cannot be read, those in force stay: {first}");
            refusal(StatusCode::SERVICE_UNAVAILABLE, detail, ended)
        }
    }
}

fn refusal(code: StatusCode, detail: String, ended: Ended<'_>) -> Response {
    let title = code.canonical_reason().unwrap_or("Error");
    let status = code.as_u16();
    let body = Json(Refusal { kind: "about:blank", title, status, detail, ended });
    let kind = HeaderValue::from_static("application/problem+json");
    (code, [(header::CONTENT_TYPE, kind)], body).into_response()
}
