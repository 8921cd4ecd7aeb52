//! Reads a request's body within its bounds of size and time.

use super::problem::Problem;
use crate::limits;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;

/// The whole body, at most `bytes_max` of it.
///
/// # Errors
/// 415 when it is packed, 413 over the bound, 408 when it does not arrive in time, 400 when the caller breaks off.
pub(super) async fn read(request: Request, bytes_max: usize) -> Result<Bytes, Problem> {
    unpacked(request.headers())?;
    let too_large = || {
        let detail = format!("the body may have at most {bytes_max} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    };
    // What is announced as too large is not waited for.
    if request.body().size_hint().lower() > u64::try_from(bytes_max).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let whole = Limited::new(request.into_body(), bytes_max).collect();
    match tokio::time::timeout(limits::BODY_READ_TIMEOUT, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Problem::bad_request("the body broke off")),
        Err(_) => {
            let detail = "the body did not arrive in time";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail))
        }
    }
}

/// A packed body could be far larger than it looks. WhatsApp sends none.
fn unpacked(headers: &HeaderMap) -> Result<(), Problem> {
    let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
        return Ok(());
    }
    let detail = "send the body as it is, without `Content-Encoding`";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

/// The body as JSON of a known shape.
///
/// # Errors
/// As [`read`]; 400 when it is no JSON of that shape.
pub(super) async fn json<T: serde::de::DeserializeOwned>(
    request: axum::http::Request<Body>,
) -> Result<T, Problem> {
    let body = read(request, limits::API_BODY_BYTES_MAX).await?;
    serde_json::from_slice(&body)
        .map_err(|error| Problem::bad_request(format!("the body cannot be understood: {error}")))
}
