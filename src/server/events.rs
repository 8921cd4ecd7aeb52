//! `GET /v1/events/{id}`: what came, what was decided, and what the rules in force would decide
//! on the same state. Holds customers' words.

use super::app::App;
use super::decide::{Answer, answer};
use super::problem::Problem;
use super::records;
use crate::model::{EventId, Record};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An event of the journal.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventAnswer {
    /// The journal's line.
    pub record: Record,
    /// What the rules in force say of it, where the state before it is still in the journal.
    pub explanation: Option<Answer>,
    /// The rules in force are those it was decided by.
    pub same_rules: bool,
}

/// Finds an event by its id or by its wamid.
pub(super) async fn event(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<EventAnswer>, Problem> {
    // People copy the id of a message as WhatsApp gives it.
    let ids = [EventId::from(id.as_str()), EventId::from(format!("wa:m:{id}"))];
    let mut found = None;
    for id in &ids {
        found = match found {
            None => records::find(&app, id).await?,
            found => found,
        };
    }
    let record =
        found.ok_or_else(|| Problem::not_found(format!("the journal holds no event `{id}`")))?;
    let state = records::before(&app, &record).await?;
    let rules = app.turn.rules();
    Ok(Json(EventAnswer {
        explanation: state.map(|state| answer(&rules, &state, &record.event)),
        same_rules: record.revision == rules.short_revision(),
        record,
    }))
}
