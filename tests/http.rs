//! HTTP over a real socket: what is refused and how, who may call what, and that 200 means kept.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

#[path = "http/api.rs"]
mod api;
#[path = "http/by_hand.rs"]
mod by_hand;
#[path = "http/desk.rs"]
mod desk;
#[path = "support/fronted.rs"]
mod fronted;

use axum::response::sse::{self, Sse};
use fronted::{Fronted, Trouble};
use futures_util::Stream;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usherd::clock::ManualClock;
use usherd::config::{Role, Token};
use usherd::decide;
use usherd::limits;
use usherd::metrics::Metrics;
use usherd::model::{ContactId, NumberId, Timestamp};
use usherd::rules::{Settings as RuleSettings, Sources};
use usherd::server::{self, App, Settings};
use usherd::store::memory::Memory;
use usherd::store::{Counts, Store, StoreError};
use usherd::turn::Turn;
use usherd::whatsapp::webhook::Known;
use uuid::Uuid;

const NUMBER: &str = "900000000000001";
const ACCOUNT: &str = "100000000000001";
const NOW: Timestamp = Timestamp(1_772_000_000_000);

const RULES: &str = r#"
[[reply]]
id    = "order-status"
words = ["order status"]
text  = "Which order?"

[queue.care]
return = "on_close"

[[handoff]]
id    = "colleague"
words = ["colleague"]
queue = "care"

[[fallback]]
misses = 1
text   = "I did not understand."
"#;

/// The in-memory store, which can be told to fail like one whose disk is gone.
#[derive(Default)]
struct Sick {
    inner: Memory,
    gone: AtomicBool,
}

impl Trouble for Sick {
    fn store(&self) -> &dyn Store {
        &self.inner
    }

    fn well(&self) -> Result<(), StoreError> {
        match self.gone.load(Ordering::SeqCst) {
            true => Err(StoreError::Unavailable("the disk is gone".to_owned())),
            false => Ok(()),
        }
    }
}

static NEXT_CONTACT: AtomicU64 = AtomicU64::new(1);

/// A server on a port of its own.
struct Rig {
    root: String,
    client: Client,
    store: Arc<Fronted<Sick>>,
    stop: CancellationToken,
    served: JoinSet<()>,
}

impl Rig {
    async fn new() -> Rig {
        Rig::by(RULES).await
    }

    async fn by(rules: &str) -> Rig {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let files = [("rules.toml".to_owned(), rules.as_bytes().into())];
        let numbers = Some(vec![(NumberId::from(NUMBER), "main".to_owned())]);
        let settings = RuleSettings { numbers, ..RuleSettings::default() };
        let checked =
            decide::check(&Sources { files: files.into(), ..Sources::default() }, &settings);
        let store = Arc::new(Fronted::<Sick>::default());
        let turn = Turn::new(
            Arc::clone(&store) as Arc<dyn Store>,
            checked.ruleset.unwrap(),
            Arc::new(ManualClock::at(NOW)),
            |_| ContactId(Uuid::from_u128(NEXT_CONTACT.fetch_add(1, Ordering::Relaxed).into())),
            Arc::new(Metrics::default()),
        );
        let stop = CancellationToken::new();
        let app = App::new(Arc::new(turn), settings_of_server(), stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let endless = axum::Router::new().route("/endless", axum::routing::get(endless));
        let routes = server::all(&app, endless);
        let mut served = JoinSet::new();
        served.spawn(server::serve(listener, routes, stop.clone(), Duration::from_secs(5)));
        Rig { root, client: Client::new(), store, stop, served }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.root))
    }

    async fn get(&self, path: &str, token: &str) -> Response {
        self.ask(Method::GET, path).bearer_auth(token).send().await.unwrap()
    }

    /// A webhook signed with this secret.
    async fn hook(&self, secret: &str, body: impl Into<Vec<u8>>) -> Response {
        let body = body.into();
        let signature = signature(secret, &body);
        let request = self.ask(Method::POST, "/webhook").header("X-Hub-Signature-256", signature);
        request.body(body).send().await.unwrap()
    }
}

/// Events that never come.
async fn endless() -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    Sse::new(futures_util::stream::pending()).keep_alive(sse::KeepAlive::default())
}

fn settings_of_server() -> Settings {
    let token = |role: Role| Token {
        name: format!("the {}", role.name()),
        role,
        secrets: role.name().into(),
    };
    Settings {
        app_secrets: vec!["old secret".into(), "new secret".into()].into(),
        verify_tokens: "the verify token".into(),
        known: Known { accounts: vec![ACCOUNT.to_owned()], numbers: vec![NumberId::from(NUMBER)] },
        tokens: Role::NAMES.iter().map(|(_, role)| token(*role)).collect(),
        journal: None,
    }
}

fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    let tag = mac.finalize().into_bytes();
    format!("sha256={}", tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn message(wamid: &str, text: &str) -> Vec<u8> {
    let at = (NOW.millis() / 1000).to_string();
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550001111", "phone_number_id": NUMBER },
        "contacts": [{ "profile": { "name": "Jin" }, "wa_id": "821000000001" }],
        "messages": [{ "from": "821000000001", "id": wamid, "timestamp": at, "type": "text",
                       "text": { "body": text } }],
    });
    let change = json!({ "field": "messages", "value": value });
    let body = json!({ "object": "whatsapp_business_account",
                       "entry": [{ "id": ACCOUNT, "changes": [change] }] });
    body.to_string().into_bytes()
}

/// Every error has the one shape.
async fn problem(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert!(response.headers().contains_key("x-request-id"));
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], "about:blank");
    assert!(body["title"].is_string());
    (status, body["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_challenge_is_echoed_to_who_knows_the_token() {
    let rig = Rig::new().await;
    let ask = |mode: &'static str, token: &'static str| {
        let query = [("hub.mode", mode), ("hub.challenge", "11 58&2"), ("hub.verify_token", token)];
        rig.ask(Method::GET, "/webhook").query(&query).send()
    };
    let answer = ask("subscribe", "the verify token").await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.text().await.unwrap(), "11 58&2");
    for (mode, token) in [("subscribe", "wrong"), ("subscribe", ""), ("other", "the verify token")]
    {
        assert_eq!(problem(ask(mode, token).await.unwrap()).await.0, 403, "{mode} {token}");
    }
    let without = rig.ask(Method::GET, "/webhook").send().await.unwrap();
    assert_eq!(problem(without).await.0, 403);
}

#[tokio::test]
async fn unsigned_and_mis_signed_webhooks_are_refused_before_they_are_read() {
    let rig = Rig::new().await;
    let post = || rig.ask(Method::POST, "/webhook");
    let unsigned = post().body("{").send().await.unwrap();
    assert_eq!(problem(unsigned).await.0, 401);
    for header in ["sha256=", "sha256=zz", "nonsense", &signature("new secret", b"other")] {
        let request = post().header("X-Hub-Signature-256", header).body("{}");
        assert_eq!(problem(request.send().await.unwrap()).await.0, 401, "{header}");
    }
    let wrong = rig.hook("wrong secret", message("wamid.1", "order status")).await;
    assert_eq!(problem(wrong).await.0, 401);
    assert_eq!(rig.store.inner.counts().await.unwrap().journal, 0, "nothing was kept");
}

#[tokio::test]
async fn a_signed_webhook_is_kept_before_it_is_acknowledged() {
    let rig = Rig::new().await;
    for secret in ["old secret", "new secret"] {
        let answer = rig.hook(secret, message("wamid.1", "order status")).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let counts = rig.store.inner.counts().await.unwrap();
    assert_eq!((counts.contacts, counts.journal), (1, 1), "the second was a copy");
    let no_json = rig.hook("new secret", "not json").await;
    assert_eq!(no_json.status(), StatusCode::OK);
    assert_eq!(rig.store.inner.counts().await.unwrap().journal, 2, "kept as undecided");
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let rig = Rig::new().await;
    let large = vec![b' '; limits::WEBHOOK_BODY_BYTES_MAX + 1];
    assert_eq!(problem(rig.hook("new secret", large).await).await.0, 413);
    let largest = vec![b' '; limits::WEBHOOK_BODY_BYTES_MAX];
    assert_eq!(rig.hook("new secret", largest).await.status(), StatusCode::OK);
    let large = "x".repeat(limits::API_BODY_BYTES_MAX);
    let request = rig.ask(Method::POST, "/v1/decide").bearer_auth("admin");
    let answer = request.json(&json!({ "text": large })).send().await.unwrap();
    assert_eq!(problem(answer).await.0, 413);
}

#[tokio::test]
async fn without_its_store_usher_says_come_again_and_loses_nothing() {
    let rig = Rig::new().await;
    assert_eq!(rig.get("/readyz", "").await.status(), StatusCode::OK);
    rig.store.gone.store(true, Ordering::SeqCst);
    let body = message("wamid.1", "order status");
    let refused = rig.hook("new secret", body.clone()).await;
    assert_eq!(refused.headers()["retry-after"], "5");
    assert_eq!(problem(refused).await.0, 503);
    assert_eq!(problem(rig.get("/readyz", "").await).await.0, 503);
    assert_eq!(rig.get("/healthz", "").await.status(), StatusCode::OK);
    rig.store.gone.store(false, Ordering::SeqCst);
    assert_eq!(rig.hook("new secret", body).await.status(), StatusCode::OK);
    assert_eq!(rig.store.inner.counts().await.unwrap().contacts, 1);
}

#[tokio::test]
async fn other_paths_and_methods_are_problems_too() {
    let rig = Rig::new().await;
    let nowhere = rig.get("/nowhere", "admin").await;
    assert_eq!(problem(nowhere).await.0, 404);
    let delete = rig.ask(Method::DELETE, "/webhook").send().await.unwrap();
    assert!(delete.headers()["allow"].to_str().unwrap().contains("POST"));
    assert_eq!(problem(delete).await.0, 405);
}

#[tokio::test]
async fn each_route_asks_for_its_least_role() {
    let rig = Rig::new().await;
    for (path, least) in [
        ("/metrics", Role::Viewer),
        ("/v1/status", Role::Viewer),
        ("/v1/events/none", Role::Analyst),
    ] {
        let without = rig.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(without.headers()["www-authenticate"], "Bearer");
        assert_eq!(problem(without).await.0, 401, "{path} without");
        assert_eq!(problem(rig.get(path, "wrong").await).await.0, 401, "{path} wrong");
        for (name, role) in Role::NAMES {
            let status = rig.get(path, name).await.status();
            let refused = status == StatusCode::FORBIDDEN;
            assert_eq!(refused, !role.includes(least), "{path} {name}: {status}");
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{path} {name}");
        }
    }
    for path in ["/healthz", "/readyz"] {
        let open = rig.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(open.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn calls_that_are_not_let_in_are_counted_by_reason() {
    let rig = Rig::new().await;
    let counted = async |expected: [u32; 3]| {
        let page = rig.get("/metrics", "viewer").await.text().await.unwrap();
        for (reason, count) in ["no_token", "wrong_token", "role"].iter().zip(expected) {
            let sample = format!("usher_calls_refused_total{{reason=\"{reason}\"}} {count}\n");
            assert!(page.contains(&sample), "{sample}{page}");
        }
    };
    counted([0, 0, 0]).await;
    rig.ask(Method::GET, "/v1/status").send().await.unwrap();
    rig.get("/v1/status", "wrong").await;
    rig.get("/metrics", "wrong").await;
    rig.get("/v1/events/none", "viewer").await;
    counted([1, 2, 1]).await;
}

/// An alert on `increase()` would miss the first of them.
#[tokio::test]
async fn what_may_be_counted_stands_at_nought_before() {
    let rig = Rig::new().await;
    let page = rig.get("/metrics", "viewer").await.text().await.unwrap();
    for sample in [
        "usher_events_total{kind=\"undecided\",verdict=\"undecided\"} 0\n",
        "usher_webhooks_total{code=\"503\"} 0\n",
        "usher_webhooks_refused_total{reason=\"store\"} 0\n",
        "usher_reloads_total{outcome=\"rejected\"} 0\n",
        "usher_files_reread_total{what=\"secret\",outcome=\"failed\"} 0\n",
        "usher_sends_total{outcome=\"dead\",reason=\"unknown\"} 0\n",
        "usher_sending_paused{number=\"all\",reason=\"token\"} 0\n",
    ] {
        assert!(page.contains(sample), "{sample}{page}");
    }
}

#[tokio::test]
async fn metrics_are_openmetrics_for_who_asks() {
    let rig = Rig::new().await;
    assert_eq!(rig.hook("new secret", message("wamid.1", "hi")).await.status(), StatusCode::OK);
    let plain = rig.get("/metrics", "viewer").await;
    assert_eq!(plain.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let ask = rig.ask(Method::GET, "/metrics").bearer_auth("viewer");
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    let page = ask.header("accept", accept).send().await.unwrap();
    let kind = page.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    let page = page.text().await.unwrap();
    assert!(page.contains("usher_webhooks_total{code=\"200\"} 1"), "{page}");
    assert!(page.ends_with("# EOF\n"), "{page}");
}

const CLAIM: &str = r#"
[[form]]
id = "claim"
words = ["claim"]
done = "Noted."

[[form.ask]]
name = "what"
text = "What is it?"
choices = [{ id = "broken", title = "It is broken" }, { id = "late", title = "It came late" }]

[[reply]]
id = "damaged"
words = ["broken"]
priority = 5
text = "Send us a photo."
"#;

/// What would be lost: the promise that a preview decides as production does.
#[tokio::test]
async fn a_preview_stands_where_the_question_stands() {
    let rig = Rig::by(CLAIM).await;
    let decide = async |after: &str| {
        let question = json!({ "text": "It is broken", "after": after });
        let request = rig.ask(Method::POST, "/v1/decide").bearer_auth("analyst").json(&question);
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    assert_eq!(decide("form.claim.what").await["verdict"], json!({ "won": "form.claim.done" }));
    let help = decide("claim").await["detail"].to_string();
    assert!(help.contains("its questions are `form.claim.what`"), "{help}");
    rig.hook("new secret", message("wamid.1", "claim")).await;
    rig.hook("new secret", message("wamid.2", "It is broken")).await;
    let journal = rig.store.inner.journal(0, 100).await.unwrap();
    let verdict = journal.last().unwrap().1.verdict.in_words();
    assert!(verdict.contains("form.claim.done"), "{verdict}");
}

#[tokio::test]
async fn a_sentence_is_decided_and_nothing_committed() {
    let rig = Rig::new().await;
    let decide = |question: Value| {
        rig.ask(Method::POST, "/v1/decide").bearer_auth("analyst").json(&question).send()
    };
    let answer = decide(json!({ "text": "order status please" })).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["verdict"], json!({ "won": "order-status" }));
    assert_eq!(answer["texts"], json!(["Which order?"]));
    assert!(answer["rules"].as_array().unwrap().iter().any(|rule| rule["reason"] == "won"));
    assert_eq!(rig.store.inner.counts().await.unwrap(), Counts::default());

    for (question, status) in [
        (json!({ "text": "x", "contact": "+99" }), 404),
        (json!({ "text": "x", "at": "tomorrow" }), 400),
        (json!({ "text": "x", "number": "other" }), 400),
        (json!({ "text": "x", "colour": 1 }), 400),
        (json!({ "text": "x", "after": "nothing" }), 400),
        (json!({}), 400),
    ] {
        let answer = decide(question.clone()).await.unwrap();
        assert_eq!(problem(answer).await.0, status, "{question}");
    }

    assert_eq!(rig.hook("new secret", message("wamid.1", "hi")).await.status(), StatusCode::OK);
    let before = rig.store.inner.counts().await.unwrap();
    for contact in ["821000000001", "+82 10 0000 0001", "wa:821000000001"] {
        let known = decide(json!({ "text": "order status", "contact": contact })).await.unwrap();
        assert_eq!(known.status(), StatusCode::OK, "{contact}");
    }
    assert_eq!(rig.store.inner.counts().await.unwrap(), before);
}

#[tokio::test]
async fn an_event_of_the_journal_is_explained_on_the_state_it_met() {
    let rig = Rig::new().await;
    for (wamid, text) in [("wamid.1", "hi"), ("wamid.2", "order status"), ("wamid.3", "hm")] {
        assert_eq!(rig.hook("new secret", message(wamid, text)).await.status(), StatusCode::OK);
    }
    for id in ["wamid.2", "wa:m:wamid.2"] {
        let answer = rig.get(&format!("/v1/events/{id}"), "analyst").await;
        assert_eq!(answer.status(), StatusCode::OK, "{id}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["record"]["verdict"], json!({ "won": "order-status" }));
        assert_eq!(answer["explanation"]["verdict"], json!({ "won": "order-status" }));
        assert_eq!(answer["same_rules"], true);
    }
    assert_eq!(problem(rig.get("/v1/events/none", "analyst").await).await.0, 404);
}

#[tokio::test]
async fn status_counts_without_customers_words() {
    let rig = Rig::new().await;
    assert_eq!(rig.hook("new secret", message("wamid.1", "my words")).await.status(), 200);
    assert_eq!(rig.hook("new secret", "not json").await.status(), StatusCode::OK);
    let status = rig.get("/v1/status", "viewer").await.text().await.unwrap();
    assert!(!status.contains("my words") && !status.contains("821000000001"), "{status}");
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["store"]["contacts"], 1);
    assert_eq!(status["undecided"], 1);
    assert_eq!(status["rules"]["live"], 2);
    assert_eq!(status["last_events"][0]["kind"], "undecided");
    assert_eq!(status["last_events"][1]["id"], "wa:m:wamid.1");
}

#[tokio::test]
async fn stopping_is_told_and_what_is_under_way_is_answered() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut rig = Rig::new().await;
    let address = rig.root.strip_prefix("http://").unwrap().to_owned();
    let body = message("wamid.1", "order status");
    let head = format!(
        "POST /webhook HTTP/1.1\r\nhost: x\r\nx-hub-signature-256: {}\r\ncontent-length: {}\r\n\
         expect: 100-continue\r\n\r\n",
        signature("new secret", &body),
        body.len()
    );
    let mut caller = tokio::net::TcpStream::connect(&address).await.unwrap();
    caller.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body: the request is under way.
    let mut interim = [0; 25];
    caller.read_exact(&mut interim).await.unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100"), "{interim:?}");
    rig.stop.cancel();
    caller.write_all(&body).await.unwrap();
    let mut answer = String::new();
    caller.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    rig.served.join_next().await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(&address).await.is_err(), "nobody listens any more");
    assert_eq!(rig.store.inner.counts().await.unwrap().contacts, 1);
}

#[tokio::test]
async fn a_stream_without_end_ends_with_the_stop() {
    let mut rig = Rig::new().await;
    let mut stream = rig.get("/endless", "").await;
    assert_eq!(stream.status(), StatusCode::OK);
    rig.stop.cancel();
    while let Some(piece) = stream.chunk().await.unwrap() {
        assert!(piece.starts_with(b":"), "only what keeps it alive: {piece:?}");
    }
    rig.served.join_next().await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_keeps_its_callers_id_where_it_is_a_plain_word() {
    let rig = Rig::new().await;
    let answered = async |given: &str| {
        let request = rig.ask(Method::GET, "/nowhere").header("x-request-id", given);
        let answer = request.send().await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["request_id"], id, "a problem names the request");
        id
    };
    assert_eq!(answered("edge-7f.3_A").await, "edge-7f.3_A");
    let (first, second) = (answered("821000000001").await, answered("two words").await);
    for made in [&first, &second] {
        assert_eq!(made.len(), 32, "{made}");
    }
    assert_ne!(first, second);
}
