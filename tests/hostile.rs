//! Whoever means ill, or is broken, and speaks HTTP: what they get, and that the next honest
//! webhook is answered as if nothing had been. A real daemon, real sockets.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![expect(clippy::print_stderr, reason = "a test that fails shows the daemon's log")]

mod support {
    #[expect(dead_code, reason = "shared with other tests")]
    pub mod process;
    pub mod wait;
}

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use serde_json::{Value, json};
use std::time::Duration;
use support::process::{Process, free_port, usher};
use support::wait::{PATIENCE, until};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usherd::limits;
use usherd::server::Front;

const SECRET: &str = "a-secret-of-the-tests";

/// Far more than the daemon needs with a body in every slot it has; a bomb would not fit.
const MEMORY_BYTES_MAX: f64 = 1_000_000_000.0;

/// A daemon with two listeners.
struct Daemon {
    process: Process,
    client: Client,
    listen: u16,
    admin: u16,
    _dir: TempDir,
}

impl Daemon {
    async fn start() -> Daemon {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let (listen, admin) = (free_port(), free_port());
        std::fs::create_dir(dir.path().join("rules")).unwrap();
        let rules = "[[fallback]]\nmisses = 1\ntext = \"Pardon?\"\n";
        std::fs::write(dir.path().join("rules/shop.toml"), rules).unwrap();
        std::fs::write(dir.path().join("usher.toml"), config(listen, admin)).unwrap();
        let mut command = usher();
        command.arg("run").current_dir(dir.path());
        command.env("USHER_TEST_TOKEN", "a-token").env("USHER_TEST_APP_SECRET", SECRET);
        let mut process = Process::start(command, "usher-run", dir.path());
        let client = Client::builder().no_proxy().build().unwrap();
        until("the daemon is ready", PATIENCE, async || {
            process.assert_alive();
            let ready = client.get(format!("http://127.0.0.1:{listen}/readyz"));
            ready.send().await.ok()?.status().is_success().then_some(())
        })
        .await;
        Daemon { process, client, listen, admin, _dir: dir }
    }

    /// A signed webhook.
    async fn hook(&self, body: impl Into<Vec<u8>>) -> u16 {
        let body = body.into();
        let request = self.client.post(format!("http://127.0.0.1:{}/webhook", self.listen));
        let request = request.header("x-hub-signature-256", signature(&body)).body(body);
        request.send().await.unwrap().status().as_u16()
    }

    /// Nothing that was done before may matter to who comes now.
    async fn assert_well(&mut self, after: &str) {
        self.process.assert_alive();
        assert_eq!(self.hook(message(&format!("wamid.{after}"), "hello")).await, 200, "{after}");
    }

    async fn metrics(&self) -> String {
        let page = self.client.get(format!("http://127.0.0.1:{}/metrics", self.admin));
        page.send().await.unwrap().text().await.unwrap()
    }

    async fn sample(&self, name: &str) -> f64 {
        let page = self.metrics().await;
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name}: {page}")).parse().unwrap()
    }

    /// What comes back for these bytes, until the daemon closes the connection.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.listen)).await.unwrap();
        // It may be cut off before everything is written: the answer tells.
        let _ = stream.write_all(bytes).await;
        rest(&mut stream).await
    }
}

fn config(listen: u16, admin: u16) -> String {
    format!(
        r#"
[server]
listen = "127.0.0.1:{listen}"
admin  = "127.0.0.1:{admin}"
[whatsapp]
api = "http://127.0.0.1:1/v25.0"
business_account_id = "100000000000001"
access_token = {{ env = "USHER_TEST_TOKEN" }}
app_secret   = {{ env = "USHER_TEST_APP_SECRET" }}
[[whatsapp.number]]
id   = "900000000000001"
name = "main"
"#
    )
}

fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    let tag = mac.finalize().into_bytes();
    format!("sha256={}", tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn message(wamid: &str, text: &str) -> String {
    body(&json!([{ "from": "821000000001", "id": wamid, "timestamp": "1772000000",
                   "type": "text", "text": { "body": text } }]))
}

fn body(messages: &Value) -> String {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550001111", "phone_number_id": "900000000000001" },
        "contacts": [{ "profile": { "name": "Jin" }, "wa_id": "821000000001" }],
        "messages": messages,
    });
    let change = json!({ "field": "messages", "value": value });
    json!({ "object": "whatsapp_business_account",
            "entry": [{ "id": "100000000000001", "changes": [change] }] })
    .to_string()
}

/// What the other side still says; a connection that is torn down says no more.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut piece = [0; 4_096];
    let read = async {
        while let Ok(length @ 1..) = stream.read(&mut piece).await {
            answer.extend_from_slice(&piece[..length]);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| panic!("it stays open"));
    String::from_utf8_lossy(&answer).into_owned()
}

/// The head of a webhook with these further header lines.
fn head(more: &str) -> String {
    format!("POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n")
}

/// What would be lost: one body that is refused for its content comes again for a week, and with
/// it all updates beside the bad one. So what is signed and fits is kept, however odd.
#[tokio::test]
async fn signed_bodies_however_odd_are_kept() {
    let mut daemon = Daemon::start().await;
    let deep = |open: &str, close: &str| [open.repeat(100_000), close.repeat(100_000)].concat();
    let odd_text = |text: &str| message("wamid.odd", "TEXT").replace("TEXT", text);
    let with = |from: &str, to: &str| message("wamid.odd", "x").replace(from, to);
    let entries = vec![json!({ "id": "100000000000001", "changes": [] }); 10_000];
    let entries = json!({ "object": "whatsapp_business_account", "entry": entries });
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no JSON", b"not json".to_vec()),
        ("not UTF-8", b"{\"object\":\"\xff\xfe\"}".to_vec()),
        ("NUL bytes", vec![0; 1_000]),
        ("deep arrays", deep("[", "]").into()),
        ("deep objects", deep("{\"a\":", "}").into()),
        ("deep and open", "[".repeat(1_000_000).into()),
        (
            "deep inside a message",
            with("\"text\":{", &format!("\"x\":{},\"text\":{{", deep("[", "]"))).into(),
        ),
        ("NUL in a text", odd_text("a\\u0000b").into()),
        ("a lone surrogate", odd_text("\\ud800 hello").into()),
        ("a surrogate the wrong way round", odd_text("\\udc00\\ud800").into()),
        ("right-to-left tricks", odd_text("\\u202e\\u2066\\ufeff").into()),
        ("a thousand marks on a letter", odd_text(&format!("a{}", "\\u0301".repeat(1_000))).into()),
        ("3 MB of text", message("wamid.large", &"한".repeat(1_000_000)).into()),
        ("3 MB of one letter", message("wamid.same", &"a".repeat(3_000_000)).into()),
        ("10,000 entries", entries.to_string().into()),
        ("a number beyond all", with("\"timestamp\":\"1772000000\"", "\"timestamp\":1e999").into()),
        ("a time beyond all", with("1772000000", "9223372036854775807").into()),
        ("a time before all", with("1772000000", "-9223372036854775808").into()),
        ("an id of 1 MB", message(&"w".repeat(1_000_000), "x").into()),
        ("an empty id", message("", "x").into()),
        ("a name of 1 MB", with("Jin", &"n".repeat(1_000_000)).into()),
        ("a sender who is an object", with("\"from\":\"821000000001\"", "\"from\":{}").into()),
        ("twice the same key", with("\"type\":", "\"type\":\"image\",\"type\":").into()),
        ("messages that are no list", body(&json!({ "a": 1 })).into()),
        ("another's account", with("100000000000001", "1").into()),
        ("only numbers", body(&json!([1, 2, 3])).into()),
    ];
    for (index, (name, bytes)) in cases.into_iter().enumerate() {
        // An id of its own, or all but the first would be taken for copies.
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => text.replace("wamid.odd", &format!("wamid.odd.{index}")).into_bytes(),
            Err(no_text) => no_text.into_bytes(),
        };
        assert_eq!(daemon.hook(bytes).await, 200, "{name}");
        daemon.assert_well(name).await;
    }
    let replayed = message("wamid.replayed", "hello");
    let copies = "usher_events_total{kind=\"message\",verdict=\"duplicate\"}";
    assert_eq!(daemon.hook(replayed.clone()).await, 200);
    assert_eq!(daemon.sample(copies).await, 0.0, "none came twice so far");
    for _ in 0..10 {
        assert_eq!(daemon.hook(replayed.clone()).await, 200);
    }
    assert!(daemon.sample(copies).await >= 10.0, "kept once, acknowledged each time");
    assert!(daemon.sample("process_resident_memory_bytes").await < MEMORY_BYTES_MAX);
}

/// What would be lost: memory, or the connection for everybody else.
#[tokio::test]
async fn what_breaks_a_bound_is_refused_by_its_name() {
    let mut daemon = Daemon::start().await;
    let signed = |body: &str| format!("x-hub-signature-256: {}\r\n", signature(body.as_bytes()));
    let length = |bytes: usize| format!("content-length: {bytes}\r\n");
    let chunked = "transfer-encoding: chunked\r\n";
    let endless = || {
        let chunk = format!("{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536));
        chunk.repeat(limits::WEBHOOK_BODY_BYTES_MAX / 65_536 + 2)
    };
    let packed = |how: &str| [head(&format!("content-encoding: {how}\r\n{}", length(0)))].concat();
    let headers = (0..limits::HEADERS_MAX).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
    let long = |bytes: usize| {
        format!("GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "a".repeat(bytes))
    };
    let cases: Vec<(&str, u16, Vec<u8>)> = vec![
        ("unsigned", 401, [head(&length(2)), "{}".to_owned()].concat().into()),
        (
            "signed for another body",
            401,
            [head(&[signed("{ }"), length(2)].concat()), "{}".to_owned()].concat().into(),
        ),
        ("an endless body", 413, [head(chunked), endless()].concat().into()),
        ("announced as endless", 413, head(&length(limits::WEBHOOK_BODY_BYTES_MAX + 1)).into()),
        ("announced as huge", 413, head("content-length: 999999999999999\r\n").into()),
        ("a gzip bomb", 415, packed("gzip").into()),
        ("brotli", 415, packed("br").into()),
        ("packed twice", 415, packed("identity\r\ncontent-encoding: deflate").into()),
        ("too many headers", 431, head(&headers).into()),
        ("a header of 1 MB", 431, head(&format!("x: {}\r\n", "y".repeat(1_000_000))).into()),
        ("a long address", 414, long(limits::URI_BYTES_MAX).into()),
        ("no HTTP", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("two lengths", 400, head("content-length: 2\r\ncontent-length: 3\r\n").into()),
        ("a length below nothing", 400, head("content-length: -1\r\n").into()),
        ("a chunk of no size", 400, [&head(chunked), "zz\r\n\r\n"].concat().into()),
        (
            "another method",
            405,
            b"PUT /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec(),
        ),
    ];
    for (name, status, bytes) in cases {
        let answer = daemon.raw(&bytes).await;
        let line = answer.lines().next().unwrap_or_default();
        assert!(line.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answer}");
        daemon.assert_well(name).await;
    }
    let page = daemon.metrics().await;
    for (reason, count) in [("signature", 2), ("too_large", 3), ("encoding", 3), ("broken_off", 1)]
    {
        let sample = format!("usher_webhooks_refused_total{{reason=\"{reason}\"}} {count}\n");
        assert!(page.contains(&sample), "{sample}{page}");
    }
}

/// What would be lost: every slot, to callers who send a byte now and then.
#[tokio::test]
async fn who_dawdles_is_let_go() {
    let mut daemon = Daemon::start().await;
    let body = message("wamid.slow", "hello");
    let slow_body = head(&format!(
        "x-hub-signature-256: {}\r\ncontent-length: {}\r\n",
        signature(body.as_bytes()),
        body.len()
    ));
    let cases: [(&str, Vec<u8>, &str); 5] = [
        // Known by its first line, and not spoken here.
        ("HTTP/2 at once", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), ""),
        ("silence", Vec::new(), ""),
        ("half a head", b"POST /webhook HTTP/1.1\r\nhost: x\r\n".to_vec(), ""),
        ("half a body", [slow_body.as_bytes(), &body.as_bytes()[..10]].concat(), "HTTP/1.1 408 "),
        (
            "a request, then silence",
            b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
            "HTTP/1.1 200 ",
        ),
    ];
    let mut dawdlers = JoinSet::new();
    let listen = daemon.listen;
    for (name, bytes, answer) in cases {
        dawdlers.spawn(async move {
            let mut stream = TcpStream::connect(("127.0.0.1", listen)).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
            let said = rest(&mut stream).await;
            assert!(said.starts_with(answer), "{name}: {said}");
            assert_eq!(said.is_empty(), answer.is_empty(), "{name}: {said}");
        });
    }
    daemon.assert_well("while they dawdle").await;
    while let Some(ended) = dawdlers.join_next().await {
        ended.unwrap();
    }
    daemon.assert_well("after they left").await;
}

/// What would be lost: memory, a body for each of ever more callers.
#[tokio::test]
async fn beyond_the_webhooks_it_can_hold_usher_asks_to_come_again() {
    let mut daemon = Daemon::start().await;
    let hold = head("content-length: 1000\r\nexpect: 100-continue\r\n");
    let mut held = Vec::new();
    for _ in 0..limits::WEBHOOKS_IN_FLIGHT_MAX {
        let mut stream = TcpStream::connect(("127.0.0.1", daemon.listen)).await.unwrap();
        stream.write_all(hold.as_bytes()).await.unwrap();
        // Asked for its body: it has its slot.
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).await.unwrap();
        assert!(interim.starts_with(b"HTTP/1.1 100"), "{interim:?}");
        held.push(stream);
    }
    assert!(daemon.metrics().await.contains("usher_webhooks_in_flight 256\n"));
    let one_more = daemon.raw(head("content-length: 0\r\n").as_bytes()).await;
    assert!(one_more.starts_with("HTTP/1.1 503 "), "{one_more}");
    assert!(one_more.contains("retry-after: 5\r\n"), "{one_more}");
    let probe = daemon.raw(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(probe.starts_with("HTTP/1.1 200 "), "{probe}");
    drop(held);
    until("the slots are free again", PATIENCE, async || {
        let busy = daemon.sample("usher_webhooks_in_flight").await;
        (busy == 0.0).then_some(())
    })
    .await;
    assert_eq!(daemon.sample("usher_webhooks_refused_total{reason=\"overload\"}").await, 1.0);
    daemon.assert_well("overload").await;
}

/// What would be lost: customers' words, to whoever reaches the webhook's address.
#[tokio::test]
async fn nothing_of_the_admin_listener_is_reachable_on_the_public_one() {
    let daemon = Daemon::start().await;
    let paths = [
        "/metrics",
        "/v1/status",
        "/v1/decide",
        "/v1/events/x",
        "/-/rules",
        "/-/reload",
        "/chat",
        "/",
    ];
    let bent = [
        "//metrics",
        "/./metrics",
        "/webhook/../metrics",
        "/%6detrics",
        "/metrics/",
        "/METRICS",
        "http://127.0.0.1/metrics",
        "/webhook%2f..%2fmetrics",
        "/healthz/../v1/status",
    ];
    for path in paths.into_iter().chain(bent) {
        for method in ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            );
            let answer = daemon.raw(request.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 404 "), "{method} {path}: {answer}");
        }
    }
    let inside = daemon.client.get(format!("http://127.0.0.1:{}/metrics", daemon.admin));
    assert_eq!(inside.send().await.unwrap().status(), 200);
    let webhook = daemon.client.get(format!("http://127.0.0.1:{}/webhook", daemon.admin));
    assert_eq!(webhook.send().await.unwrap().status(), 404, "nor the other way round");
}

/// What would be lost: file handles, and with them the store's.
#[tokio::test]
async fn connections_beyond_the_bound_wait_until_another_ends() {
    async fn ask(stream: &mut TcpStream) -> String {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = [0; 1_024];
        let length = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = axum::Router::new().fallback(async || "here");
    let stop = CancellationToken::new();
    let mut served = JoinSet::new();
    let front = Front::new(listener, routes).with_connections_max(2);
    served.spawn(front.serve(stop.clone(), Duration::from_secs(5)));

    let mut first = TcpStream::connect(address).await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    for _ in 0..50 {
        assert!(ask(&mut first).await.ends_with("here"));
        assert!(ask(&mut second).await.ends_with("here"));
    }
    let waits = third.try_read(&mut [0; 1]).unwrap_err();
    assert_eq!(waits.kind(), std::io::ErrorKind::WouldBlock, "the third has no place yet");
    drop(first);
    assert!(rest(&mut third).await.ends_with("here"), "now it has");
    stop.cancel();
    served.join_next().await.unwrap().unwrap();
}
