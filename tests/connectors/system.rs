//! Another system that answers as it is told, over real HTTP, and remembers what it was asked.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How one request is answered.
pub enum Reply {
    /// Status, headers, body.
    Say(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Never.
    Never,
    /// With this JSON, when the gate is opened.
    Gate(Arc<Notify>, &'static str),
    /// This status, and a body that has no end.
    Endless(u16),
    /// This status, and a body that breaks off.
    BreakOff,
}

impl Reply {
    /// 200 with a body.
    pub fn ok(body: &str) -> Reply {
        Reply::say(200, body)
    }

    /// A status with a body.
    pub fn say(status: u16, body: &str) -> Reply {
        Reply::Say(status, Vec::new(), body.as_bytes().to_vec())
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

#[derive(Default)]
struct Desk {
    asked: Vec<Asked>,
    replies: VecDeque<Reply>,
}

/// The stand-in; its server ends with it.
pub struct System {
    desk: Arc<Mutex<Desk>>,
    pub url: String,
    _server: JoinSet<()>,
}

impl System {
    /// Listens on any port; answers with `replies` in turn, then with 500.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> System {
        let desk = Desk { asked: Vec::new(), replies: replies.into_iter().collect() };
        let desk = Arc::new(Mutex::new(desk));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&desk));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        System { desk, url, _server: server }
    }

    /// Every request that arrived, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.desk.lock().unwrap().asked.clone()
    }
}

async fn answer(
    State(desk): State<Arc<Mutex<Desk>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let reply = {
        let mut desk = desk.lock().unwrap();
        desk.asked.push(Asked { method, path: uri.to_string(), headers, body });
        desk.replies.pop_front().unwrap_or_else(|| Reply::say(500, "nothing is left to say"))
    };
    match reply {
        Reply::Say(status, headers, body) => said(status, headers, Body::from(body)),
        Reply::Never => std::future::pending().await,
        Reply::Gate(gate, json) => {
            gate.notified().await;
            said(200, Vec::new(), Body::from(json))
        }
        Reply::Endless(status) => {
            let part = Bytes::from_static(&[b' '; 16 * 1024]);
            let parts = stream::repeat_with(move || Ok::<_, axum::Error>(part.clone()));
            said(status, Vec::new(), Body::from_stream(parts))
        }
        Reply::BreakOff => {
            let begun = stream::once(async { Ok(Bytes::from_static(b"{\"status\":")) });
            // What was begun is on its way before the connection ends.
            let gone = stream::once(async {
                tokio::task::yield_now().await;
                Err(axum::Error::new("gone"))
            });
            said(200, Vec::new(), Body::from_stream(begun.chain(gone)))
        }
    }
}

fn said(status: u16, headers: Vec<(&'static str, String)>, body: Body) -> Response {
    let response = Response::builder().status(status);
    let response =
        headers.into_iter().fold(response, |response, (name, value)| response.header(name, value));
    response.body(body).unwrap()
}
