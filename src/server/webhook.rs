//! `/webhook`: WhatsApp's challenge, and its signed updates. 200 only after the commit of all.

use super::access::matches_any;
use super::app::App;
use super::body;
use super::problem::Problem;
use crate::limits;
use crate::metrics::{CodeLabels, ReasonLabels};
use crate::whatsapp::{signature, webhook};
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

const SIGNATURE: &str = "x-hub-signature-256";

/// `GET`: answers the challenge of whoever knows the verify token, with its own bytes.
pub(super) async fn challenge(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<String, Problem> {
    let given = |name: &str| query.get(name).map(String::as_str);
    let subscribes = given("hub.mode") == Some("subscribe");
    let token = given("hub.verify_token").unwrap_or_default();
    if subscribes && matches_any(&app.settings.verify_tokens, token) {
        return Ok(given("hub.challenge").unwrap_or_default().to_owned());
    }
    let detail = "`hub.verify_token` is not the `verify_token` of usher.toml";
    Err(Problem::new(StatusCode::FORBIDDEN, detail))
}

/// `POST`: takes every update of the body.
pub(super) async fn take(State(app): State<Arc<App>>, request: Request) -> Response {
    let response = match taken(&app, request).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Refused { reason, problem }) => {
            let refused = &app.turn.metrics().webhooks_refused;
            refused.get_or_create(&ReasonLabels { reason }).inc();
            problem.into_response()
        }
    };
    let code = response.status().as_u16();
    app.turn.metrics().webhooks.get_or_create(&CodeLabels { code }).inc();
    response
}

/// A webhook that was not taken: the metric's label, and what the caller is told.
struct Refused {
    reason: &'static str,
    problem: Problem,
}

/// In this order: a slot, the bytes, the signature over them, and only then their meaning.
async fn taken(app: &App, request: Request) -> Result<(), Refused> {
    let _slot = app.webhooks.try_acquire().map_err(|_| {
        if let Some(left_out) = app.seldom.overload.now(Instant::now()) {
            let most = limits::WEBHOOKS_IN_FLIGHT_MAX;
            tracing::warn!(most, left_out, "too many webhooks at once");
        }
        let problem = Problem::unavailable("too many webhooks at once; send it again");
        Refused { reason: "overload", problem }
    })?;
    let signature = request.headers().get(SIGNATURE).cloned();
    let body = body::read(request, limits::WEBHOOK_BODY_BYTES_MAX).await.map_err(unread)?;
    let started = Instant::now();
    let signature = signature.as_ref().and_then(|value| value.to_str().ok());
    signed(app, &body, signature)?;
    let events = webhook::parse(&body, &app.settings.known, app.turn.clock().now());
    let taken = app.turn.take_all(events).await;
    app.turn.metrics().webhook_seconds.observe(started.elapsed().as_secs_f64());
    taken.map_err(|error| {
        tracing::error!(%error, "a webhook could not be kept; it comes again");
        Refused { reason: "store", problem: Problem::unavailable(error.to_string()) }
    })
}

fn unread(problem: Problem) -> Refused {
    let reason = match problem.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::REQUEST_TIMEOUT => "too_slow",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "encoding",
        _ => "broken_off",
    };
    Refused { reason, problem }
}

/// Without an app secret nothing can be checked: `run` starts so only where it was told to.
fn signed(app: &App, body: &Bytes, header: Option<&str>) -> Result<(), Refused> {
    let secrets = app.settings.app_secrets.all();
    if secrets.is_empty() {
        if app.seldom.unsigned.now(Instant::now()).is_some() {
            tracing::warn!("webhooks are taken unsigned: `[whatsapp] app_secret` is not set");
        }
        return Ok(());
    }
    if signature::verify(&secrets, body, header) {
        return Ok(());
    }
    let what = if header.is_some() { "does not fit" } else { "is missing" };
    if let Some(left_out) = app.seldom.signature.now(Instant::now()) {
        tracing::warn!(left_out, "a webhook was refused: its signature {what}");
    }
    let detail = format!("the signature in `X-Hub-Signature-256` {what}");
    Err(Refused { reason: "signature", problem: Problem::new(StatusCode::UNAUTHORIZED, detail) })
}
