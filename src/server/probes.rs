//! For whoever watches the process: alive, ready, counted.

use super::app::App;
use super::problem::Problem;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::Arc;
use std::time::Duration;

/// A store that takes longer to answer is not ready.
const STORE_ANSWER_MAX: Duration = Duration::from_secs(2);

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Customers are answered: no reason to take usher out of service.
const STALE: &str = "ready\nthe rules on disk are refused, older ones are in force: see /-/rules\n";

/// `/healthz`: the process runs.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// `/readyz`: it takes webhooks: not while stopping, not without its store.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Result<&'static str, Problem> {
    if app.stop.is_cancelled() {
        return Err(Problem::unavailable("usher is stopping"));
    }
    match tokio::time::timeout(STORE_ANSWER_MAX, app.turn.store().next_due()).await {
        Ok(Ok(_)) if app.rules_are_stale() => Ok(STALE),
        Ok(Ok(_)) => Ok("ready\n"),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Problem::unavailable("the store does not answer")),
    }
}

/// `/metrics`, in OpenMetrics text.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Problem> {
    let counts = app.turn.store().counts().await?;
    let metrics = app.turn.metrics();
    metrics.outbox_waiting.set(i64::try_from(counts.waiting).unwrap_or(i64::MAX));
    metrics.dead_letters.set(i64::try_from(counts.dead).unwrap_or(i64::MAX));
    Ok(([(header::CONTENT_TYPE, OPENMETRICS)], metrics.page()))
}
