//! The simulator's HTTP: the Graph API's one path, and `/sim/…` to play with it. JSON both ways.

use super::customers::CustomerError;
use super::faults::Faults;
use super::graph::{self, ApprovedTemplate, GraphError, GraphRequest, Known};
use super::load::{Load, LoadError};
use super::say::SayRequest;
use super::sending::Reply;
use super::serve::HangUp;
use super::{LoadProgress, Report, Sent, Simulator, media};
use crate::limits;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Json, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, post};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

type Sim = State<Arc<Simulator>>;

/// All paths.
pub(super) fn router(simulator: Arc<Simulator>) -> Router {
    Router::new()
        .merge(media::routes())
        .route("/{version}/{number}/messages", post(messages))
        .route("/sim/customers", get(customers))
        .route("/sim/customers/{key}/say", post(say))
        .route("/sim/sent", get(sent))
        .route("/sim/faults", get(faults).put(set_faults))
        .route("/sim/load", get(load).post(start_load))
        .route("/sim/report", get(report))
        .route("/sim/templates", get(templates).put(set_templates))
        // Else `/sim/nowhere` would be taken for media of the version `sim`.
        .route("/sim/{*nowhere}", any(unknown_path))
        .fallback(unknown_path)
        .layer(DefaultBodyLimit::max(limits::API_BODY_BYTES_MAX))
        .with_state(simulator)
}

async fn messages(
    State(simulator): Sim,
    Path((_version, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let latency = simulator.world().dice.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match simulator.read_request(&number, &headers, &body) {
        Err(error) => refused(&simulator, &error, None),
        Ok(GraphRequest::Read { wamid, typing }) => {
            simulator.mark_read(&wamid, typing);
            Json(json!({ "success": true })).into_response()
        }
        Ok(GraphRequest::Send(send)) => {
            let reply = simulator.send(*send);
            perform(&simulator, reply).await
        }
    }
}

pub(super) async fn perform(simulator: &Simulator, reply: Reply) -> Response {
    match reply {
        Reply::Accepted(body) => Json(body).into_response(),
        Reply::Refused(error, retry_after) => refused(simulator, &error, retry_after),
        Reply::BadGateway => {
            let page = Html("<html><body><h1>502 Bad Gateway</h1></body></html>");
            (StatusCode::BAD_GATEWAY, page).into_response()
        }
        Reply::Hold => {
            tokio::time::sleep(limits::SIM_ANSWER_HELD).await;
            HangUp::response()
        }
        Reply::HangUp => HangUp::response(),
    }
}

pub(super) fn refused(
    simulator: &Simulator,
    error: &GraphError,
    retry_after: Option<u32>,
) -> Response {
    let trace = format!("Sim{:08X}", simulator.settings.clock.now().millis());
    let mut response = (error.http, Json(error.body(&trace))).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

impl Simulator {
    fn read_request(
        &self,
        number: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<GraphRequest, GraphError> {
        if !self.is_authorised(headers) {
            return Err(GraphError::token());
        }
        if number != self.settings.number {
            return Err(GraphError::number(number));
        }
        let templates = self.templates();
        let known = Known {
            own_number: &self.settings.display_number,
            message: &|id| self.world().wamids.customer(id).is_some(),
            media: &|id| self.media_in_use(id),
            templates: templates.as_deref(),
        };
        graph::parse(body, &known)
    }

    /// Digests are compared, so that time tells nothing of the token.
    pub(super) fn is_authorised(&self, headers: &HeaderMap) -> bool {
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let expected = self.settings.access_token.expose_secret();
        given.is_some_and(|given| Sha256::digest(given) == Sha256::digest(expected))
    }
}

async fn customers(State(simulator): Sim) -> Response {
    Json(simulator.customers()).into_response()
}

async fn say(
    State(simulator): Sim,
    Path(key): Path<String>,
    body: Result<Json<SayRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(request) = body?;
    if let Some(name) = &request.name {
        simulator.meet(&key, name)?;
    }
    let wamid = simulator.say(&key, request.say()?)?;
    Ok(Json(json!({ "wamid": wamid })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn sent(State(simulator): Sim, Query(query): Query<After>) -> Json<Vec<Sent>> {
    Json(simulator.sent(query.after))
}

async fn faults(State(simulator): Sim) -> Json<Faults> {
    Json(simulator.faults())
}

async fn set_faults(
    State(simulator): Sim,
    body: Result<Json<Faults>, JsonRejection>,
) -> Result<Json<Faults>, Problem> {
    let Json(faults) = body?;
    simulator.set_faults(faults).map_err(|error| Problem::bad(error.to_string()))?;
    Ok(Json(simulator.faults()))
}

async fn load(State(simulator): Sim) -> Json<LoadProgress> {
    Json(simulator.load_progress())
}

async fn start_load(
    State(simulator): Sim,
    body: Result<Json<Load>, JsonRejection>,
) -> Result<(StatusCode, Json<LoadProgress>), Problem> {
    let Json(load) = body?;
    simulator.start_load(load)?;
    Ok((StatusCode::ACCEPTED, Json(simulator.load_progress())))
}

async fn report(State(simulator): Sim) -> Json<Report> {
    Json(simulator.report())
}

async fn templates(State(simulator): Sim) -> Json<Option<Vec<ApprovedTemplate>>> {
    Json(simulator.templates())
}

/// `null`: any that looks right.
async fn set_templates(
    State(simulator): Sim,
    body: Result<Json<Option<Vec<ApprovedTemplate>>>, JsonRejection>,
) -> Result<Json<Option<Vec<ApprovedTemplate>>>, Problem> {
    let Json(templates) = body?;
    if templates.as_ref().is_some_and(|list| list.len() > limits::SIM_TEMPLATES_MAX) {
        let most = limits::SIM_TEMPLATES_MAX;
        return Err(Problem::bad(format!("at most {most} templates are taken")));
    }
    simulator.set_templates(templates);
    Ok(Json(simulator.templates()))
}

async fn unknown_path() -> Problem {
    let detail = "the simulator has `POST /VERSION/NUMBER/messages`, `POST /VERSION/NUMBER/media`, `/sim/customers`, \
                  `/sim/customers/KEY/say`, `/sim/media/ID`, `/sim/sent`, `/sim/faults`, `/sim/load`, `/sim/report`, \
                  `/sim/templates`";
    Problem { status: StatusCode::NOT_FOUND, detail: detail.to_owned() }
}

/// An error of `/sim/…` (RFC 9457).
struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    fn bad(detail: String) -> Problem {
        Problem { status: StatusCode::BAD_REQUEST, detail }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, body.to_string()).into_response()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        Problem { status: rejection.status(), detail: rejection.body_text() }
    }
}

impl From<CustomerError> for Problem {
    fn from(error: CustomerError) -> Problem {
        let status = match error {
            CustomerError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        Problem { status, detail: error.to_string() }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Problem {
        let status = match error {
            LoadError::UnderWay => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        Problem { status, detail: error.to_string() }
    }
}
