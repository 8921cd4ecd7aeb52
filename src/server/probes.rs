//! For whoever watches the process: alive, ready, counted.

use super::app::App;
use super::problem::Problem;
use super::process;
use crate::limits;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// A store that takes longer to answer is not ready.
const STORE_ANSWER_MAX: Duration = Duration::from_secs(2);

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How a probe went, for people who look.
#[derive(Debug, Serialize)]
pub(super) struct Probe {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// `/healthz`: the process runs.
pub(super) async fn healthz() -> Json<Probe> {
    Json(Probe { status: "alive", note: None })
}

/// `/readyz`: it takes webhooks: not while stopping, not without its store. A problem says why not.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Result<Json<Probe>, Problem> {
    if app.stop.is_cancelled() {
        return Err(Problem::unavailable("usher is stopping"));
    }
    match tokio::time::timeout(STORE_ANSWER_MAX, app.turn.store().next_due()).await {
        Ok(Ok(_)) => {
            // Customers are heard: no reason to take usher out of service.
            let notes = app.notes();
            let note = (!notes.is_empty()).then(|| notes.join("; "));
            Ok(Json(Probe { status: "ready", note }))
        }
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Problem::unavailable("the store does not answer")),
    }
}

/// `/metrics`: in OpenMetrics text for who asks for it, else in Prometheus' own.
pub(super) async fn metrics(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let counts = app.turn.store().counts().await?;
    let metrics = app.turn.metrics();
    metrics.outbox_waiting.set(i64::try_from(counts.waiting).unwrap_or(i64::MAX));
    metrics.dead_letters.set(i64::try_from(counts.dead).unwrap_or(i64::MAX));
    let busy = limits::WEBHOOKS_IN_FLIGHT_MAX.saturating_sub(app.webhooks.available_permits());
    metrics.webhooks_in_flight.set(i64::try_from(busy).unwrap_or(i64::MAX));
    metrics.process.start_time.set(app.started.millis() / 1_000);
    process::measure(&metrics.process);
    let (kind, page) = if asks_for_openmetrics(&headers) {
        (OPENMETRICS, metrics.openmetrics())
    } else {
        (PROMETHEUS, metrics.page())
    };
    Ok(([(header::CONTENT_TYPE, kind)], page))
}

fn asks_for_openmetrics(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter();
    accepted.any(|value| value.to_str().is_ok_and(|it| it.contains("application/openmetrics-text")))
}
