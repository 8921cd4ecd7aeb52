//! Gives every request a number that its log lines and its answer carry. Never logs a query (it
//! may hold a secret) or a body.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

static REQUESTS: AtomicU64 = AtomicU64::new(1);

/// Runs the request within a span of its own.
pub(super) async fn request(request: Request, next: Next) -> Response {
    let id = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", id, method = %request.method(), path);
    async move {
        let started = Instant::now();
        let mut response = next.run(request).await;
        let (code, took) = (response.status().as_u16(), started.elapsed());
        tracing::debug!(code, ?took, "answered");
        response.headers_mut().insert(REQUEST_ID, HeaderValue::from(id));
        response
    }
    .instrument(span)
    .await
}
