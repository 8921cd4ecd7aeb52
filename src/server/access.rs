//! Who may call what: bearer tokens, compared in constant time, and the least role of a route.

use super::app::App;
use super::problem::Problem;
use crate::config::{Role, Secrets, Token};
use crate::metrics::ReasonLabels;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;
use std::sync::Arc;
use std::time::Instant;

/// The tokens that open the API.
#[derive(Debug)]
pub(super) struct Access {
    tokens: Vec<Token>,
}

impl Access {
    pub(super) fn new(tokens: Vec<Token>) -> Access {
        Access { tokens }
    }

    /// The name of the token in these headers.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Option<&str> {
        let given = bearer(headers)?;
        let known = self.tokens.iter().find(|token| matches_any(&token.secrets, given))?;
        Some(&known.name)
    }

    /// Whether these headers may do what the role may.
    pub(super) fn may(&self, headers: &HeaderMap, least: Role) -> bool {
        self.allows(headers, least).is_ok()
    }

    /// Whether these headers may do what `least` may. Without any token everybody may.
    fn allows(&self, headers: &HeaderMap, least: Role) -> Result<(), Refused> {
        if self.tokens.is_empty() {
            return Ok(());
        }
        let given = bearer(headers).ok_or_else(|| {
            let detail = "send a token: `Authorization: Bearer TOKEN`";
            Refused::new("no_token", StatusCode::UNAUTHORIZED, detail)
        })?;
        let known = self.tokens.iter().find(|token| matches_any(&token.secrets, given));
        let known = known.ok_or_else(|| {
            let detail = "the token is none of `[server] tokens`";
            Refused::new("wrong_token", StatusCode::UNAUTHORIZED, detail)
        })?;
        if known.role.includes(least) {
            return Ok(());
        }
        let (name, role, least) = (&known.name, known.role.name(), least.name());
        let detail = format!("the token `{name}` is a `{role}`; this needs `{least}`");
        Err(Refused::new("role", StatusCode::FORBIDDEN, detail))
    }
}

/// A call that is not let in: the metric's label, and what the caller is told.
struct Refused {
    reason: &'static str,
    problem: Problem,
}

impl Refused {
    fn new(reason: &'static str, status: StatusCode, detail: impl Into<String>) -> Refused {
        Refused { reason, problem: Problem::new(status, detail) }
    }
}

/// Lets a request through whose token may do what the role may.
pub(super) async fn guard(
    State((app, least)): State<(Arc<App>, Role)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if let Err(Refused { reason, problem }) = app.access.allows(request.headers(), least) {
        app.turn.metrics().calls_refused.get_or_create(&ReasonLabels { reason }).inc();
        if let Some(left_out) = app.seldom.call.now(Instant::now()) {
            let by = app.access.caller(request.headers());
            tracing::warn!(reason, by, left_out, "a call of the admin listener was refused");
        }
        return Err(problem);
    }
    Ok(next.run(request).await)
}

/// The same on the public listener, where nobody comes in without a token.
pub(super) async fn guard_public(
    State((app, least)): State<(Arc<App>, Role)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if app.access.tokens.is_empty() {
        app.turn.metrics().calls_refused.get_or_create(&ReasonLabels { reason: "no_token" }).inc();
        let detail =
            "`[server] tokens` names no token: without one nobody may call this from outside";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, detail));
    }
    guard(State((app, least)), request, next).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Whether what was given is one of the secrets; each is compared in constant time.
pub(super) fn matches_any(secrets: &Secrets, given: &str) -> bool {
    secrets.all().iter().any(|secret| same(secret.expose_secret(), given))
}

/// Equality whose time tells nothing: a tag of one is verified against a tag of the other.
fn same(left: &str, right: &str) -> bool {
    let tag = |text: &str| {
        // HMAC takes keys of any length.
        Hmac::<Sha256>::new_from_slice(text.as_bytes()).ok()
    };
    let (Some(left), Some(right)) = (tag(left), tag(right)) else {
        return false;
    };
    left.verify_slice(&right.finalize().into_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_equal_or_not() {
        for (left, right, equal) in
            [("abc", "abc", true), ("abc", "abd", false), ("abc", "abcd", false), ("", "a", false)]
        {
            assert_eq!(same(left, right), equal, "{left} {right}");
        }
    }
}
