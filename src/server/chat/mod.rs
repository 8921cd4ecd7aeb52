//! `/chat`: a page on which a newcomer plays the simulator's customers, and sees beside each answer
//! why it was given, and the rule files it came from. Only `demo` mounts it.
//!
//! The page is a few files compiled in, loads nothing from elsewhere, and is live over SSE.

mod assets;
mod decision;
mod live;
mod rules;

pub use rules::Editing;

use super::problem::Problem;
use crate::limits;
use crate::model::Wamid;
use crate::reload::Reloader;
use crate::rules::Ruleset;
use crate::rules::ruleset::RuleStatus;
use crate::simulator::{CustomerError, SayRequest, Simulator};
use crate::turn::{Decided, Turn};
use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Json, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use decision::DecisionView;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Whom the page starts with: key, name, language of the suggestions. The numbers are invented.
const CAST: [(&str, &str, &str); 4] = [
    ("821000000001", "Jin 진", "ko"),
    ("886900000001", "Mei 美", "zh-Hant"),
    ("14155550101", "Alex", "en"),
    ("US.7301A55", "Robin", "en"),
];

/// What the page shows and plays with.
pub struct Stage {
    /// The customers.
    pub simulator: Arc<Simulator>,
    /// What answers them.
    pub turn: Arc<Turn>,
    /// What tells how the rules stand.
    pub reloader: Arc<Reloader>,
    /// The rule files, where the page may edit them.
    pub editing: Option<Editing>,
    /// The rule files are gone when the process ends.
    pub passing: bool,
}

/// What the page's paths share.
struct Chat {
    simulator: Arc<Simulator>,
    turn: Arc<Turn>,
    reloader: Arc<Reloader>,
    editing: Option<Editing>,
    passing: bool,
    /// The last decision on each customer that a watcher saw; at most one a customer.
    decisions: Mutex<HashMap<Arc<str>, DecisionView>>,
    /// One permit for each watcher.
    watchers: Arc<Semaphore>,
}

/// `/chat` and below. Meets the first customers.
pub fn routes(stage: Stage) -> Router {
    for (key, name, _) in CAST {
        if let Err(error) = stage.simulator.meet(key, name) {
            tracing::warn!(%error, "a customer of the chat page could not be played");
        }
    }
    let chat = Chat {
        simulator: stage.simulator,
        turn: stage.turn,
        reloader: stage.reloader,
        editing: stage.editing,
        passing: stage.passing,
        decisions: Mutex::default(),
        watchers: Arc::new(Semaphore::new(limits::WATCHERS_MAX)),
    };
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/chat") }))
        .route("/favicon.ico", get(assets::icon))
        .route("/chat", get(assets::page))
        .route("/chat/page/{name}", get(assets::file))
        .route("/chat/state", get(state))
        .route("/chat/events", get(live::events))
        .route("/chat/say", post(say))
        .route("/chat/media/{id}", get(media))
        .route("/chat/customers", post(add_customer))
        .layer(DefaultBodyLimit::max(limits::API_BODY_BYTES_MAX))
        .merge(rules::routes())
        .with_state(Arc::new(chat))
}

impl Chat {
    /// The customer and the view of a decision, where it is one on a message of a customer played
    /// here; it is kept for pages opened later.
    fn view(&self, decided: &Decided) -> Option<(Arc<str>, DecisionView)> {
        let view = decision::view(decided)?;
        let ids = decision::ids(&decided.event.subject, &decided.state);
        let customer = ids.into_iter().find_map(|id| self.simulator.key_of(id))?;
        self.decisions().insert(Arc::clone(&customer), view.clone());
        Some((customer, view))
    }

    fn decisions(&self) -> MutexGuard<'_, HashMap<Arc<str>, DecisionView>> {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn state(State(chat): State<Arc<Chat>>) -> impl IntoResponse {
    let cast: HashMap<&str, &str> = CAST.iter().map(|(key, _, lang)| (*key, *lang)).collect();
    let customers: Vec<Value> = chat
        .simulator
        .customers()
        .into_iter()
        .map(|customer| {
            json!({
                "key": customer.key,
                "name": customer.name,
                "hides_number": customer.wa_id.is_none(),
                "lang": cast.get(&*customer.key),
                "messages": customer.messages,
            })
        })
        .collect();
    let decisions = json!(*chat.decisions());
    let standing = rules::Standing::of(&chat.reloader);
    let body = json!({
        "customers": customers,
        "decisions": decisions,
        "rules": standing,
        "editable": chat.editing.is_some(),
        "passing": chat.passing,
        "examples": examples(&chat.turn.rules()),
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}

/// What can be said to the first rules without anything before it.
fn examples(rules: &Ruleset) -> Vec<Vec<&str>> {
    let first = rules.replies.iter().filter(|reply| {
        reply.status == RuleStatus::Live && reply.trigger.after.is_empty() && !reply.also
    });
    let sentences =
        first.map(|reply| reply.examples.iter().map(|example| example.text.as_str()).collect());
    sentences.take(limits::SUGGESTING_RULES_MAX).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SayBody {
    customer: String,
    say: SayRequest,
}

#[derive(Serialize)]
struct Said {
    wamid: Wamid,
}

async fn say(
    State(chat): State<Arc<Chat>>,
    body: Result<Json<SayBody>, JsonRejection>,
) -> Result<Json<Said>, Problem> {
    let Json(body) = body?;
    let wamid = chat.simulator.say(&body.customer, body.say.say()?)?;
    Ok(Json(Said { wamid }))
}

/// A file that was sent, either way.
async fn media(State(chat): State<Arc<Chat>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let file = chat.simulator.media(&id);
    let file = file.ok_or_else(|| Problem::not_found("there is no such file, or it is gone"))?;
    // A document of a rules folder is shown by the browser as what it is, never run.
    let headers = [
        (header::CONTENT_TYPE, file.mime),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, max-age=3600".to_owned()),
    ];
    Ok((headers, file.bytes).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCustomer {
    name: String,
    /// Known by a BSUID alone.
    #[serde(default)]
    hides_number: bool,
}

async fn add_customer(
    State(chat): State<Arc<Chat>>,
    body: Result<Json<NewCustomer>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(body) = body?;
    if body.name.trim().is_empty() {
        return Err(Problem::bad_request("a customer has a name"));
    }
    let key = free_key(&chat.simulator, body.hides_number);
    chat.simulator.meet(&key, &body.name)?;
    Ok(Json(json!({ "key": key })))
}

/// A key nobody has: an invented number, or a BSUID.
fn free_key(simulator: &Simulator, hides_number: bool) -> String {
    let key = |n: usize| {
        if hides_number { format!("US.C{n:06}") } else { format!("1415555{n:04}") }
    };
    (200..)
        .map(key)
        .take(limits::SIM_CUSTOMERS_MAX + 1)
        .find(|key| simulator.key_of(key).is_none())
        .unwrap_or_else(|| key(0))
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        Problem::new(rejection.status(), rejection.body_text())
    }
}

impl From<CustomerError> for Problem {
    fn from(error: CustomerError) -> Problem {
        let status = match error {
            CustomerError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        Problem::new(status, error.to_string())
    }
}
