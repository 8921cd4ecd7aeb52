//! A Graph API that answers as it is told, over real HTTP, and remembers what it was asked.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// How one message is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Taken.
    Accept,
    /// HTTP status, `Retry-After`, body.
    Say(u16, Option<&'static str>, String),
    /// The connection breaks off in the middle of the answer.
    BreakOff,
    /// Taken, when the gate is opened.
    Slow(Arc<tokio::sync::Notify>),
}

impl Reply {
    /// One of Meta's errors.
    pub fn error(http: u16, code: i64) -> Reply {
        let error = json!({"error": {"message": "no", "code": code, "fbtrace_id": "x"}});
        Reply::Say(http, None, error.to_string())
    }
}

/// A message or receipt as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub authorization: String,
    pub body: Value,
}

#[derive(Default)]
struct Desk {
    asked: Vec<Asked>,
    replies: VecDeque<Reply>,
    otherwise: Option<Reply>,
}

/// The stand-in; its server ends with it.
pub struct Graph {
    desk: Arc<Mutex<Desk>>,
    pub api: String,
    _server: JoinSet<()>,
}

impl Graph {
    /// Listens on any port.
    pub async fn start() -> Graph {
        Graph::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// Listens there.
    pub fn on(listener: TcpListener) -> Graph {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let api = format!("http://{}/v25.0", listener.local_addr().unwrap());
        let app = Router::new().fallback(ask).with_state(Arc::clone(&desk));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Graph { desk, api, _server: server }
    }

    /// The next messages are answered so, later ones are taken.
    pub fn next(&self, replies: impl IntoIterator<Item = Reply>) {
        self.desk.lock().unwrap().replies.extend(replies);
    }

    /// From now on messages are answered so.
    pub fn always(&self, reply: Reply) {
        self.desk.lock().unwrap().otherwise = Some(reply);
    }

    /// Everything asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.desk.lock().unwrap().asked.clone()
    }

    /// The texts of the messages asked for so far.
    pub fn texts(&self) -> Vec<String> {
        let asked = self.asked();
        let texts = asked.iter().filter_map(|asked| asked.body["text"]["body"].as_str());
        texts.map(str::to_owned).collect()
    }
}

async fn ask(
    State(desk): State<Arc<Mutex<Desk>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let authorization = headers["authorization"].to_str().unwrap().to_owned();
    let receipt = body["status"] == "read";
    let (reply, n) = {
        let mut desk = desk.lock().unwrap();
        desk.asked.push(Asked { path: uri.path().to_owned(), authorization, body });
        let otherwise = desk.otherwise.clone().unwrap_or(Reply::Accept);
        let reply = if receipt { None } else { desk.replies.pop_front().or(Some(otherwise)) };
        (reply, desk.asked.len())
    };
    match reply {
        None => axum::Json(json!({"success": true})).into_response(),
        Some(Reply::Accept) => accepted(n),
        Some(Reply::Slow(gate)) => {
            gate.notified().await;
            accepted(n)
        }
        Some(Reply::Say(http, retry_after, body)) => {
            let mut response = Response::builder().status(http);
            if let Some(seconds) = retry_after {
                response = response.header("retry-after", seconds);
            }
            response.body(Body::from(body)).unwrap()
        }
        Some(Reply::BreakOff) => {
            let torn = futures_util::stream::iter([
                Ok(Bytes::from_static(b"{\"messages\":")),
                Err(std::io::Error::other("torn")),
            ]);
            Response::new(Body::from_stream(torn))
        }
    }
}

fn accepted(n: usize) -> Response {
    let body = json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": "x", "wa_id": "351910000001"}],
        "messages": [{"id": format!("wamid.OUT{n}="), "message_status": "accepted"}],
    });
    axum::Json(body).into_response()
}
