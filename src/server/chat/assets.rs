//! The page's files, compiled in. Nothing else is loaded: no fonts, no scripts of elsewhere.

use super::super::problem::Problem;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Nothing from elsewhere, nothing inline, nobody's frame.
const CONTENT_POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const STYLES: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// What the page loads: name, type, text.
const FILES: &[(&str, &str, &str)] = &[
    ("chat.css", STYLES, include_str!("page/chat.css")),
    ("messages.css", STYLES, include_str!("page/messages.css")),
    ("rules.css", STYLES, include_str!("page/rules.css")),
    ("main.js", SCRIPT, include_str!("page/main.js")),
    ("make.js", SCRIPT, include_str!("page/make.js")),
    ("state.js", SCRIPT, include_str!("page/state.js")),
    ("people.js", SCRIPT, include_str!("page/people.js")),
    ("bubbles.js", SCRIPT, include_str!("page/bubbles.js")),
    ("contents.js", SCRIPT, include_str!("page/contents.js")),
    ("compose.js", SCRIPT, include_str!("page/compose.js")),
    ("why.js", SCRIPT, include_str!("page/why.js")),
    ("rules.js", SCRIPT, include_str!("page/rules.js")),
    ("editor.js", SCRIPT, include_str!("page/editor.js")),
];

/// A speech bubble.
const ICON: &str = include_str!("page/favicon.svg");

/// The page itself.
pub(super) async fn page() -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, asset("text/html; charset=utf-8", include_str!("page/page.html"))).into_response()
}

/// One of its files.
pub(super) async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    let found = FILES.iter().find(|(known, _, _)| *known == name);
    let (_, kind, text) = found.ok_or_else(|| Problem::not_found("the page has no such file"))?;
    Ok(asset(kind, text))
}

/// What tabs and bookmarks show.
pub(super) async fn icon() -> Response {
    asset("image/svg+xml", ICON)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
