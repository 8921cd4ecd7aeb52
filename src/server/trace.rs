//! What every request passes through: an id that its log lines and its answer carry, a bound on
//! its address, and the end of what would outlast a stop.
//!
//! Never logs a path as it was sent, a query or a body: they may hold a number, a secret, or what
//! a customer wrote. The pattern of the route is enough.

use super::app::App;
use super::problem::Problem;
use crate::limits;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// The id of the request this task works on.
pub(super) fn current_id() -> Option<String> {
    CURRENT.try_with(|id| id.to_string()).ok()
}

/// Runs the request within a span of its own.
pub(super) async fn request(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = id(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", request = %id, method = %request.method(), route);
    let answered = async {
        let started = Instant::now();
        let mut response = answer(request, next).await;
        let (code, took) = (response.status().as_u16(), started.elapsed());
        tracing::debug!(code, ?took, "answered");
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        until_stop(&app, response)
    };
    CURRENT.scope(Arc::clone(&id), answered.instrument(span)).await
}

async fn answer(request: Request, next: Next) -> Response {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address > limits::URI_BYTES_MAX {
        let most = limits::URI_BYTES_MAX;
        let detail = format!("path and query may have at most {most} bytes together");
        return Problem::new(StatusCode::URI_TOO_LONG, detail).into_response();
    }
    next.run(request).await
}

/// The caller's own id, where it is a short plain word; else a new one.
fn id(headers: &HeaderMap) -> Arc<str> {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match given.filter(|given| is_id(given)) {
        Some(given) => Arc::from(given),
        None => Arc::from(Uuid::now_v7().simple().to_string()),
    }
}

/// An id has a letter: a bare number could be a telephone's.
fn is_id(given: &str) -> bool {
    let plain = |sign: u8| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_' | b'.');
    given.len() <= limits::REQUEST_ID_BYTES_MAX
        && given.bytes().all(plain)
        && given.bytes().any(|sign| sign.is_ascii_alphabetic())
}

/// While usher stops, connections are not kept for further requests; streams, which have no end
/// of their own, end with the stop.
fn until_stop(app: &App, mut response: Response) -> Response {
    if app.stop.is_cancelled() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "text/event-stream") {
        return response;
    }
    let stop = app.stop.clone();
    response.map(|body| {
        let stopped = async move { stop.cancelled().await };
        Body::from_stream(body.into_data_stream().take_until(stopped))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_short_plain_word_is_taken_over() {
        for (given, taken) in [
            ("0192f0c1-7c1e-7000-8000-00000000000a", true),
            ("Root_1.abc", true),
            ("", false),
            ("821012345678", false),
            ("+82 10 1234", false),
            ("a b", false),
            ("a\"b", false),
            ("한글", false),
            (&"a".repeat(65), false),
        ] {
            assert_eq!(is_id(given), taken, "{given}");
        }
    }
}
