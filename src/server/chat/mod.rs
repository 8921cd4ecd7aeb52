//! `/chat`: a page on which a newcomer plays the simulator's customers, and sees beside each answer
//! why it was given. Only `demo` mounts it.
//!
//! The page is three files compiled in, loads nothing from elsewhere, and is live over SSE.

mod decision;
mod live;

use crate::limits;
use crate::model::Wamid;
use crate::simulator::{CustomerError, Say, Simulator};
use crate::turn::{Decided, Turn};
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Json, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, response};
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

/// Nothing from elsewhere, nothing inline, nobody's frame.
const CONTENT_POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What the page's paths share.
struct Chat {
    simulator: Arc<Simulator>,
    turn: Arc<Turn>,
    /// The last decision on each customer that a watcher saw; at most one a customer.
    decisions: Mutex<HashMap<Arc<str>, DecisionView>>,
    /// One permit for each watcher.
    watchers: Arc<Semaphore>,
}

/// `/chat` and below. Meets the first customers.
pub fn routes(simulator: Arc<Simulator>, turn: Arc<Turn>) -> Router {
    for (key, name, _) in CAST {
        if let Err(error) = simulator.meet(key, name) {
            tracing::warn!(%error, "a customer of the chat page could not be played");
        }
    }
    let chat = Chat {
        simulator,
        turn,
        decisions: Mutex::default(),
        watchers: Arc::new(Semaphore::new(limits::WATCHERS_MAX)),
    };
    Router::new()
        .route("/chat", get(page))
        .route("/chat/chat.css", get(styles))
        .route("/chat/chat.js", get(script))
        .route("/chat/state", get(state))
        .route("/chat/events", get(live::events))
        .route("/chat/say", post(say))
        .route("/chat/customers", post(add_customer))
        .layer(DefaultBodyLimit::max(limits::API_BODY_BYTES_MAX))
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

async fn page() -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, asset("text/html; charset=utf-8", include_str!("page.html"))).into_response()
}

async fn styles() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("chat.css"))
}

async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("chat.js"))
}

fn asset(
    kind: &'static str,
    text: &'static str,
) -> ([(HeaderName, &'static str); 3], &'static str) {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text)
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
    let body = json!({ "customers": customers, "decisions": decisions });
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SayBody {
    customer: String,
    text: String,
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
    let wamid = chat.simulator.say(&body.customer, Say::text(body.text))?;
    Ok(Json(Said { wamid }))
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
        return Err(Problem(StatusCode::BAD_REQUEST, "a customer has a name".to_owned()));
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

/// An error of the page's paths (RFC 9457).
struct Problem(StatusCode, String);

impl IntoResponse for Problem {
    fn into_response(self) -> response::Response {
        let body = json!({
            "type": "about:blank",
            "title": self.0.canonical_reason(),
            "status": self.0.as_u16(),
            "detail": self.1,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.0, kind, body.to_string()).into_response()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        Problem(rejection.status(), rejection.body_text())
    }
}

impl From<CustomerError> for Problem {
    fn from(error: CustomerError) -> Problem {
        let status = match error {
            CustomerError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        Problem(status, error.to_string())
    }
}
