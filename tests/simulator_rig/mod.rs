//! A simulator on a loopback port, a webhook that records what it is sent, and a client.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops here"
)]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usherd::clock::{Clock, ManualClock};
use usherd::model::Timestamp;
use usherd::simulator::{Faults, Settings, Simulator, serve};

/// A customer with a number.
pub const ANA: &str = "351910000001";

/// A webhook as it came, and how it was answered.
pub struct Webhook {
    pub raw: Bytes,
    pub body: Value,
    pub signed: bool,
    pub answered: u16,
}

/// A customer's message in a webhook.
#[derive(Debug, Clone)]
pub struct Message {
    pub wamid: String,
    pub user_id: String,
    pub text: String,
}

impl Message {
    pub fn n(&self) -> u64 {
        self.text.split('#').nth(1).unwrap().parse().unwrap()
    }
}

impl Webhook {
    pub fn message(&self) -> Option<Message> {
        let message = self.body["entry"][0]["changes"][0]["value"]["messages"].get(0)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Some(Message {
            wamid: text(&message["id"]),
            user_id: text(&message["from_user_id"]),
            text: text(&message["text"]["body"]),
        })
    }
}

/// The statuses in a webhook, each with the webhook's value.
pub fn statuses(webhook: &Webhook) -> Vec<(Value, Value)> {
    let value = &webhook.body["entry"][0]["changes"][0]["value"];
    let statuses = value["statuses"].as_array().cloned().unwrap_or_default();
    statuses.into_iter().map(|status| (status, value.clone())).collect()
}

struct Hook {
    seen: mpsc::Sender<Webhook>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    secret: String,
}

pub struct Rig {
    pub simulator: Arc<Simulator>,
    clock: Arc<ManualClock>,
    base: String,
    hook: Arc<Hook>,
    hook_address: SocketAddr,
    hook_task: JoinSet<()>,
    seen: mpsc::Receiver<Webhook>,
    pending_statuses: VecDeque<(Value, Value)>,
    http: reqwest::Client,
    _serving: JoinSet<()>,
}

impl Rig {
    pub async fn start(faults: Faults) -> Rig {
        let clock = Arc::new(ManualClock::at(Timestamp(1_760_000_000_000)));
        let (send, seen) = mpsc::channel(10_000);
        let hook_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook_address = hook_listener.local_addr().unwrap();
        let settings = Settings {
            faults,
            status_delay: Duration::from_millis(40),
            ..Settings::new(format!("http://{hook_address}/webhook"), clock.clone())
        };
        let secret = settings.app_secret.expose_secret().to_owned();
        let hook = Arc::new(Hook { seen: send, answers: Arc::default(), secret });
        let simulator = Simulator::new(settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut serving = JoinSet::new();
        serving.spawn(serve(Arc::clone(&simulator), listener, CancellationToken::new()));
        let http =
            reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(1_500)).build();
        let mut rig = Rig {
            simulator,
            clock,
            base,
            hook,
            hook_address,
            hook_task: JoinSet::new(),
            seen,
            pending_statuses: VecDeque::new(),
            http: http.unwrap(),
            _serving: serving,
        };
        rig.listen(hook_listener);
        rig
    }

    fn listen(&mut self, listener: TcpListener) {
        let router = Router::new().route("/webhook", post(record)).with_state(self.hook.clone());
        self.hook_task.spawn(async move { axum::serve(listener, router).await.unwrap() });
    }

    pub async fn webhook_goes_down(&mut self) {
        self.hook_task.shutdown().await;
    }

    pub async fn webhook_comes_back(&mut self) {
        let listener = TcpListener::bind(self.hook_address).await.unwrap();
        self.listen(listener);
    }

    pub fn number(&self) -> &'static str {
        Settings::NUMBER
    }

    pub fn token(&self) -> &'static str {
        Settings::ACCESS_TOKEN
    }

    /// The clock goes on.
    pub fn advance(&self, by: Duration) {
        self.clock.set(self.clock.now().plus(by));
    }

    /// The next webhooks are answered so; then 200 again.
    pub fn answer_next_with(&self, codes: &[u16]) {
        self.hook.answers.lock().unwrap().extend(codes);
    }

    /// The next webhook.
    pub async fn webhook(&mut self) -> Webhook {
        tokio::time::timeout(Duration::from_secs(30), self.seen.recv()).await.unwrap().unwrap()
    }

    pub fn waiting_webhooks(&self) -> usize {
        self.seen.len()
    }

    /// The next status; webhooks with something else are passed over.
    pub async fn status(&mut self) -> (Value, Value) {
        while self.pending_statuses.is_empty() {
            let webhook = self.webhook().await;
            self.pending_statuses.extend(statuses(&webhook));
        }
        self.pending_statuses.pop_front().unwrap()
    }

    pub async fn graph(
        &self,
        number: &str,
        token: &str,
        body: &Value,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let url = format!("{}/v25.0/{number}/messages", self.base);
        self.http.post(url).bearer_auth(token).json(body).send().await
    }

    pub async fn text(
        &self,
        to: &str,
        text: &str,
        callback: &str,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let body = json!({
            "messaging_product": "whatsapp", "recipient_type": "individual",
            "to": format!("+{to}"), "type": "text", "text": { "body": text },
            "biz_opaque_callback_data": callback,
        });
        self.graph(self.number(), self.token(), &body).await
    }

    pub async fn read(&self, wamid: &str) -> reqwest::Response {
        let body = json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": wamid,
            "typing_indicator": { "type": "text" },
        });
        self.graph(self.number(), self.token(), &body).await.unwrap()
    }

    /// Answers a message of a load as the test rules would.
    pub async fn answer(&self, message: &Message, job: &str) {
        let body = json!({
            "messaging_product": "whatsapp", "recipient": message.user_id, "type": "text",
            "text": { "body": format!("ok #{}", message.n()) },
            "biz_opaque_callback_data": job,
        });
        let answer = self.graph(self.number(), self.token(), &body).await.unwrap();
        assert!(answer.status().is_success());
    }

    /// A job id: the order is that of `version`.
    pub fn job(version: u64) -> String {
        format!("00000000000000000000000000000007.{version}.0")
    }

    pub async fn control(&self, method: &str, path: &str, body: &Value) -> reqwest::Response {
        let method = method.parse().unwrap();
        self.http.request(method, format!("{}{path}", self.base)).json(body).send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        answer.json().await.unwrap()
    }

    /// A path of the Graph API, or an address it gave, asked with the token.
    pub async fn get_with_token(&self, path: &str) -> reqwest::Response {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.into() };
        let answer = self.http.get(url).bearer_auth(self.token()).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        answer
    }

    pub async fn say(&self, key: &str, text: &str) -> String {
        self.say_more(key, &json!({ "text": text, "name": "Ana" })).await
    }

    /// Says whatever there is to say; gives the message's id.
    pub async fn say_more(&self, key: &str, body: &Value) -> String {
        let answer = self.control("POST", &format!("/sim/customers/{key}/say"), body).await;
        assert!(answer.status().is_success(), "{body}");
        answer.json::<Value>().await.unwrap()["wamid"].as_str().unwrap().to_owned()
    }

    pub async fn set_faults(&self, faults: &Value) {
        let answer = self.control("PUT", "/sim/faults", faults).await;
        assert!(answer.status().is_success());
    }

    pub async fn load(&self, load: &Value) {
        let answer = self.control("POST", "/sim/load", load).await;
        assert_eq!(answer.status().as_u16(), 202);
    }

    /// The oracle's report once the load rests.
    pub async fn report_when_done(&self) -> Value {
        while self.get("/sim/load").await["done"] != true {
            tokio::task::yield_now().await;
        }
        self.get("/sim/report").await
    }
}

async fn record(State(hook): State<Arc<Hook>>, headers: HeaderMap, raw: Bytes) -> StatusCode {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(hook.secret.as_bytes()).unwrap();
    mac.update(&raw);
    let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    let signed = headers["x-hub-signature-256"] == format!("sha256={hex}");
    let body = serde_json::from_slice(&raw).unwrap();
    let answered = hook.answers.lock().unwrap().pop_front().unwrap_or(200);
    hook.seen.send(Webhook { raw, body, signed, answered }).await.unwrap();
    StatusCode::from_u16(answered).unwrap()
}
