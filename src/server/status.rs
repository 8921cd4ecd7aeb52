//! `GET /v1/status`: how it goes, for people and monitors. No customer's words.

use super::app::App;
use super::problem::Problem;
use crate::decide::ENGINE;
use crate::limits;
use crate::metrics::SendingPause;
use crate::model::{Pause, Record, Timestamp};
use crate::rules::Ruleset;
use crate::rules::ruleset::RuleStatus;
use crate::store::Counts;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How it goes.
#[derive(Debug, Serialize, Deserialize)]
pub struct Status {
    /// Of usher.
    pub version: String,
    /// Of deciding.
    pub engine: u32,
    /// When this process began.
    pub started_at: Timestamp,
    /// Seconds since.
    pub uptime_seconds: u64,
    /// It was told to stop.
    pub stopping: bool,
    /// The rules in force.
    pub rules: Rules,
    /// How much the store holds.
    pub store: Counts,
    /// Webhooks are not checked: anybody who reaches `/webhook` may speak as WhatsApp.
    #[serde(default)]
    pub unsigned: bool,
    /// Where sending pauses by itself, because WhatsApp fails or refuses.
    #[serde(default)]
    pub sending: Vec<SendingPause>,
    /// What people paused.
    #[serde(default)]
    pub pauses: Vec<Pause>,
    /// Folder the journal is drained to.
    pub journal: Option<String>,
    /// Events of the last days that could not be decided.
    pub undecided: u64,
    /// How many days that counts.
    pub undecided_days: u16,
    /// The last events still in the store's journal, the newest first.
    pub last_events: Vec<LastEvent>,
}

/// A rule set in numbers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Rules {
    /// The first hex digits of its digest.
    pub revision: String,
    /// Files it was read from.
    pub files: usize,
    /// Replies and hand-offs in force.
    pub live: usize,
    /// Those that are drafts.
    pub drafts: usize,
    /// Fallbacks.
    pub fallbacks: usize,
    /// The rules on disk are refused, and others in force: `GET /-/rules` says why.
    #[serde(default)]
    pub stale: bool,
}

impl Rules {
    /// Counts a rule set.
    #[must_use]
    pub fn of(rules: &Ruleset) -> Rules {
        let live = rules.written().filter(|reply| reply.status == RuleStatus::Live).count();
        Rules {
            revision: rules.short_revision().to_owned(),
            files: rules.files.len(),
            live,
            drafts: rules.written().count().saturating_sub(live),
            fallbacks: rules.fallbacks.len(),
            stale: false,
        }
    }
}

/// One event, without its content.
#[derive(Debug, Serialize, Deserialize)]
pub struct LastEvent {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// [`crate::model::EventKind::label`]
    pub kind: String,
    /// [`crate::model::Verdict::label`]
    pub verdict: String,
}

/// How it goes now.
pub(super) async fn status(State(app): State<Arc<App>>) -> Result<Json<Status>, Problem> {
    let store = app.turn.store();
    let now = app.turn.clock().now();
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        engine: ENGINE,
        started_at: app.started,
        uptime_seconds: now.since(app.started).as_secs(),
        stopping: app.stop.is_cancelled(),
        rules: Rules { stale: app.rules_are_stale(), ..Rules::of(&app.turn.rules()) },
        store: store.counts().await?,
        unsigned: app.takes_unsigned(),
        sending: app.turn.metrics().sending.standing(),
        pauses: store.pauses().await?.standing,
        journal: app.settings.journal.as_ref().map(|dir| dir.display().to_string()),
        undecided: undecided(&app, now).await?,
        undecided_days: limits::STATUS_DAYS,
        last_events: last_events(&app).await?,
    }))
}

async fn undecided(app: &App, now: Timestamp) -> Result<u64, Problem> {
    let today = now.day();
    let tallies = app.turn.store().tallies(today.minus(limits::STATUS_DAYS), today).await?;
    let undecided =
        tallies.iter().filter(|(_, tally, _)| tally.what == "event" && tally.label == "undecided");
    Ok(undecided.map(|(_, _, count)| count).sum())
}

async fn last_events(app: &App) -> Result<Vec<LastEvent>, Problem> {
    let last = super::records::last(app, limits::STATUS_EVENTS_MAX).await?;
    Ok(last.iter().rev().map(last_event).collect())
}

fn last_event(record: &Record) -> LastEvent {
    LastEvent {
        id: record.event.id.to_string(),
        at: record.at,
        kind: record.event.kind.label().to_owned(),
        verdict: record.verdict.label().to_owned(),
    }
}
