//! What every request shares: its body within bounds, and its troubles by status.

use super::Trouble;
use reqwest::{Response, StatusCode};
use std::time::Duration;

/// Why no answer came.
pub(super) fn unsent(error: &reqwest::Error) -> Trouble {
    if error.is_builder() {
        Trouble::Unfit
    } else if error.is_timeout() {
        Trouble::Timeout
    } else {
        Trouble::Unreachable
    }
}

/// What a status that is no success means.
pub(super) fn by_status(status: StatusCode) -> Trouble {
    match status.as_u16() {
        401 | 403 => Trouble::Refused,
        429 => Trouble::Throttled,
        _ => Trouble::Status,
    }
}

/// The body, up to `bytes_max`.
///
/// # Errors
/// It is larger, or it broke off.
pub(super) async fn body(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unsent(&error))? {
        if body.len().saturating_add(chunk.len()) > bytes_max {
            return Err(Trouble::TooBig);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `Retry-After` in seconds, at most `longest`; the form with a date is not read.
pub(super) fn retry_after(response: &Response, longest: Duration) -> Option<Duration> {
    let header = response.headers().get(reqwest::header::RETRY_AFTER)?;
    let seconds: u64 = header.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(longest))
}
