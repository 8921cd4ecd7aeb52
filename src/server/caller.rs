//! Who asks: the name of the token, for the journal.

use super::app::App;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;

/// The name of the token a request came with; `local` where none is asked for.
pub(super) struct Caller(pub(super) String);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let name = app.access.caller(&parts.headers).unwrap_or("local");
        Ok(Caller(name.to_owned()))
    }
}
