//! Connectors ask and tell real servers, which are slow, wrong, huge, or gone.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "connectors/system.rs"]
mod system;
#[path = "support/wait.rs"]
mod wait;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use system::{Reply, System};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use usherd::config::{Address, Connector, Rest, Secrets, Webhook};
use usherd::crm::{Answer, Connectors, Failure, Trouble};
use usherd::limits;
use wait::{PATIENCE, until};

/// No answer is expected to take so long.
const LONG: Duration = limits::CONNECTOR_TIMEOUT_MAX;
const SHORT: Duration = Duration::from_millis(200);
const KEEP: Duration = Duration::from_secs(300);
const NOT: Duration = Duration::ZERO;

fn rest(url: &str, token: &[&str], header: Option<&str>, timeout: Duration) -> Connectors {
    let rest = Rest {
        url: Address::parse(url).unwrap(),
        token: secrets(token),
        header: header.map(str::to_owned),
        timeout,
    };
    Connectors::new(&BTreeMap::from([("shop".to_owned(), Connector::Rest(rest))])).unwrap()
}

fn hook(url: &str, timeout: Duration) -> Connectors {
    let hook = Webhook {
        url: Address::parse(url).unwrap(),
        secret: secrets(&["s3cret-now", "s3cret-old"]),
        timeout,
    };
    Connectors::new(&BTreeMap::from([("crm".to_owned(), Connector::Webhook(hook))])).unwrap()
}

fn secrets(lines: &[&str]) -> Secrets {
    Secrets::from(lines.iter().map(|line| SecretString::from(*line)).collect::<Vec<_>>())
}

fn gives() -> Vec<(String, String)> {
    [("status", "order.status"), ("first", "order.items.0.name"), ("paid", "order.paid")]
        .map(|(name, path)| (name.to_owned(), path.to_owned()))
        .to_vec()
}

async fn look_up(connectors: &Connectors, path: &str, keep: Duration) -> Answer {
    connectors.rest("shop").unwrap().look_up(path, &gives(), LONG, keep).await
}

fn found(values: &[(&str, &str)]) -> Answer {
    let pairs = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Answer::Found(pairs.collect())
}

fn to(url: &str) -> Reply {
    Reply::Say(302, vec![("location", url.to_owned())], Vec::new())
}

#[tokio::test]
async fn every_answer_is_found_missing_or_failed_with_a_word() {
    let order = r#"{"order": {"status": "shipped", "items": [{"name": "茶"}], "paid": true}}"#;
    let huge = format!("\"{}\"", "x".repeat(limits::LOOKUP_BODY_BYTES_MAX));
    let most = format!("{{\"order\":{}1}}", " ".repeat(limits::LOOKUP_BODY_BYTES_MAX - 11));
    assert_eq!(most.len(), limits::LOOKUP_BODY_BYTES_MAX);
    let deep = "[".repeat(100_000);
    let packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let packed = Reply::Say(200, vec![("content-encoding", "gzip".to_owned())], packed);
    let elsewhere = System::start([]).await;
    for (what, reply, answer) in [
        (
            "found",
            Reply::ok(order),
            found(&[("status", "shipped"), ("first", "茶"), ("paid", "true")]),
        ),
        (
            "created",
            Reply::say(201, order),
            found(&[("status", "shipped"), ("first", "茶"), ("paid", "true")]),
        ),
        ("other fields", Reply::ok(r#"{"order": "lost"}"#), found(&[])),
        ("the most", Reply::ok(&most), found(&[])),
        ("404", Reply::say(404, "<h1>Not found</h1>"), Answer::Missing),
        ("410", Reply::say(410, ""), Answer::Missing),
        ("204", Reply::say(204, ""), Answer::Missing),
        ("null", Reply::ok("null"), Answer::Missing),
        ("{}", Reply::ok(" {} "), Answer::Missing),
        ("[]", Reply::ok("[]"), Answer::Missing),
        ("401", Reply::say(401, "{}"), Answer::Failed(Trouble::Refused)),
        ("403", Reply::say(403, "{}"), Answer::Failed(Trouble::Refused)),
        ("429", Reply::say(429, "{}"), Answer::Failed(Trouble::Throttled)),
        ("500", Reply::say(500, order), Answer::Failed(Trouble::Status)),
        ("400", Reply::say(400, order), Answer::Failed(Trouble::Status)),
        ("redirect", to(&elsewhere.url), Answer::Failed(Trouble::Status)),
        ("HTML", Reply::ok("<html>Log in</html>"), Answer::Failed(Trouble::NotJson)),
        ("nothing at all", Reply::ok(""), Answer::Failed(Trouble::NotJson)),
        ("deep", Reply::ok(&deep), Answer::Failed(Trouble::NotJson)),
        ("gzip", packed, Answer::Failed(Trouble::NotJson)),
        ("huge", Reply::ok(&huge), Answer::Failed(Trouble::TooBig)),
        ("endless", Reply::Endless(200), Answer::Failed(Trouble::TooBig)),
        ("broken off", Reply::BreakOff, Answer::Failed(Trouble::Unreachable)),
    ] {
        let system = System::start([reply]).await;
        let connectors = rest(&format!("{}/api/", system.url), &["t0ken"], None, LONG);
        assert_eq!(look_up(&connectors, "/orders/1?full=yes", NOT).await, answer, "{what}");
        let asked = system.asked();
        assert_eq!(asked.len(), 1, "{what}: asked once");
        assert_eq!(asked[0].path, "/api/orders/1?full=yes");
        assert_eq!(asked[0].header("accept-encoding"), Some("identity"));
    }
    assert_eq!(elsewhere.asked().len(), 0, "no redirect is followed");
}

#[tokio::test]
async fn slow_and_gone_systems_are_given_up_in_time() {
    let system = System::start([Reply::Never, Reply::Never, Reply::ok("{\"a\": 1}")]).await;
    let timeout = Answer::Failed(Trouble::Timeout);
    let strict = rest(&system.url, &[], None, SHORT);
    assert_eq!(look_up(&strict, "/1", KEEP).await, timeout, "by the connector's time");
    let patient = rest(&system.url, &[], None, LONG);
    let shop = patient.rest("shop").unwrap();
    assert_eq!(shop.look_up("/1", &gives(), SHORT, KEEP).await, timeout, "by the lookup's time");
    assert_eq!(shop.look_up("/1", &gives(), LONG, KEEP).await, found(&[]), "a failure is not kept");

    let gone = rest("http://127.0.0.1:1", &[], None, LONG);
    assert_eq!(look_up(&gone, "/1", KEEP).await, Answer::Failed(Trouble::Unreachable));
    let unfit = look_up(&patient, "/orders/../admin", KEEP).await;
    assert_eq!(unfit, Answer::Failed(Trouble::Unfit));
    assert_eq!(system.asked().len(), 3);
}

#[tokio::test]
async fn the_token_is_shown_as_configured_and_the_next_when_refused() {
    let system = System::start([
        Reply::ok("null"),
        Reply::ok("null"),
        Reply::ok("null"),
        Reply::say(401, ""),
        Reply::ok("null"),
    ])
    .await;
    let ask = async |token: &[&str], header| {
        look_up(&rest(&system.url, token, header, LONG), "/1", NOT).await
    };
    for (token, header) in
        [(&["one"][..], None), (&["one"], Some("X-Api-Key")), (&[], None), (&["old", "new"], None)]
    {
        assert_eq!(ask(token, header).await, Answer::Missing);
    }
    let shown: Vec<_> = system
        .asked()
        .iter()
        .map(|one| {
            let header = |name: &str| one.header(name).map(str::to_owned);
            (header("authorization"), header("x-api-key"))
        })
        .collect();
    let bearer = |token: &str| (Some(format!("Bearer {token}")), None);
    let own = (None, Some("one".to_owned()));
    let all = [bearer("one"), own, (None, None), bearer("old"), bearer("new")];
    assert_eq!(shown, all);
}

#[tokio::test]
async fn an_answer_is_kept_for_those_who_want_the_same() {
    let system = System::start([
        Reply::ok(r#"{"order": {"status": "1"}}"#),
        Reply::say(404, ""),
        Reply::say(503, ""),
        Reply::ok(r#"{"order": {"status": "2"}}"#),
        Reply::ok(r#"{"order": {"status": "3"}}"#),
        Reply::ok(r#"{"order": {"status": "4"}}"#),
    ])
    .await;
    let connectors = rest(&system.url, &[], None, LONG);
    let status = |value| found(&[("status", value)]);
    assert_eq!(look_up(&connectors, "/a", KEEP).await, status("1"));
    assert_eq!(look_up(&connectors, "/a", KEEP).await, status("1"), "kept");
    assert_eq!(look_up(&connectors, "/b", KEEP).await, Answer::Missing);
    assert_eq!(look_up(&connectors.clone(), "/b", KEEP).await, Answer::Missing, "kept");
    assert_eq!(look_up(&connectors, "/c", KEEP).await, Answer::Failed(Trouble::Status));
    assert_eq!(look_up(&connectors, "/c", KEEP).await, status("2"), "asked again");
    assert_eq!(look_up(&connectors, "/a", NOT).await, status("3"), "nothing kept is wanted");
    let other = [("it".to_owned(), "order.status".to_owned())];
    let given = connectors.rest("shop").unwrap().look_up("/a", &other, LONG, KEEP).await;
    assert_eq!(given, found(&[("it", "4")]), "other values are another question");
    assert_eq!(system.asked().len(), 6);
}

#[tokio::test]
async fn a_hundred_who_ask_the_same_make_one_request() {
    let gate = Arc::new(Notify::new());
    let reply = Reply::Gate(Arc::clone(&gate), r#"{"order": {"status": "here"}}"#);
    let system = System::start([reply]).await;
    let connectors = rest(&system.url, &[], None, LONG);
    let mut asking = JoinSet::new();
    for _ in 0..100 {
        let connectors = connectors.clone();
        asking.spawn(async move { look_up(&connectors, "/a", NOT).await });
    }
    // On this one thread the hundred have asked by the time the server has heard one.
    until("the request", PATIENCE, async || (!system.asked().is_empty()).then_some(())).await;
    gate.notify_one();
    let answers = asking.join_all().await;
    assert!(answers.iter().all(|answer| *answer == found(&[("status", "here")])), "{answers:?}");
    assert_eq!(system.asked().len(), 1);
}

#[tokio::test]
async fn who_stops_waiting_disturbs_nobody() {
    let gate = Arc::new(Notify::new());
    let reply = Reply::Gate(Arc::clone(&gate), r#"{"order": {"status": "here"}}"#);
    let system = System::start([reply, Reply::ok("null")]).await;
    let connectors = rest(&system.url, &[], None, LONG);
    let mut first = JoinSet::new();
    let mut second = JoinSet::new();
    for asking in [&mut first, &mut second] {
        let connectors = connectors.clone();
        asking.spawn(async move { look_up(&connectors, "/a", NOT).await });
    }
    until("the request", PATIENCE, async || (!system.asked().is_empty()).then_some(())).await;
    first.shutdown().await;
    gate.notify_one();
    assert_eq!(second.join_all().await, [found(&[("status", "here")])]);
    assert_eq!(system.asked().len(), 1);
    assert_eq!(look_up(&connectors, "/a", NOT).await, Answer::Missing, "the next is asked anew");
}

#[tokio::test]
async fn a_request_nobody_waits_for_any_more_leaves_its_place() {
    let silent = (0..limits::CONNECTOR_REQUESTS_MAX).map(|_| Reply::Never);
    let system = System::start(silent.chain([Reply::ok("null")])).await;
    let connectors = rest(&system.url, &[], None, LONG);
    let mut asking = JoinSet::new();
    for n in 0..limits::CONNECTOR_REQUESTS_MAX {
        let connectors = connectors.clone();
        asking.spawn(async move { look_up(&connectors, &format!("/{n}"), KEEP).await });
    }
    let all = async || (system.asked().len() == limits::CONNECTOR_REQUESTS_MAX).then_some(());
    until("all requests", PATIENCE, all).await;
    let shop = connectors.rest("shop").unwrap();
    let busy = shop.look_up("/more", &gives(), SHORT, KEEP).await;
    assert_eq!(busy, Answer::Failed(Trouble::Timeout), "every place is taken");
    assert_eq!(system.asked().len(), limits::CONNECTOR_REQUESTS_MAX, "and nothing more is asked");
    asking.shutdown().await;
    assert_eq!(look_up(&connectors, "/1", KEEP).await, Answer::Missing, "the same, asked anew");
}

#[tokio::test]
async fn a_telling_is_signed_and_carries_its_id() {
    let system = System::start([Reply::say(202, "thanks")]).await;
    let url = format!("{}/catch/abc?z=1", system.url);
    let connectors = hook(&url, LONG);
    let crm = connectors.webhook("crm").unwrap();
    assert_eq!(crm.tell("e-17", "order.asked", &json!({ "data": {"주문": "12"} })).await, Ok(()));
    let asked = system.asked();
    assert_eq!(asked.len(), 1);
    let told = &asked[0];
    assert_eq!((told.method.as_str(), told.path.as_str()), ("POST", "/catch/abc?z=1"));
    assert_eq!(told.header("content-type"), Some("application/json"));
    assert_eq!(told.header("idempotency-key"), Some("e-17"));
    let body: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(body, json!({"id": "e-17", "type": "order.asked", "data": {"주문": "12"}}));
    let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret-now").unwrap();
    mac.update(&told.body);
    let tag = mac.finalize().into_bytes();
    let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(told.header("x-usher-signature"), Some(format!("sha256={hex}").as_str()));
}

#[tokio::test]
async fn a_failure_says_whether_it_may_pass() {
    let wait = |status, seconds: &str| {
        Reply::Say(status, vec![("retry-after", seconds.to_owned())], Vec::new())
    };
    let passing = |trouble, seconds: Option<u64>| {
        Err(Failure::Passing { trouble, retry_after: seconds.map(Duration::from_secs) })
    };
    let definite = |trouble| Err(Failure::Definite { trouble });
    let elsewhere = System::start([]).await;
    let longest = limits::RETRY_AFTER_MAX.as_secs();
    for (what, reply, outcome) in [
        ("200", Reply::ok("{}"), Ok(())),
        ("a yes without end", Reply::Endless(200), Ok(())),
        ("a yes that breaks off", Reply::BreakOff, Ok(())),
        ("500", Reply::say(500, ""), passing(Trouble::Status, None)),
        ("503", wait(503, "7"), passing(Trouble::Status, Some(7))),
        ("429", wait(429, "30"), passing(Trouble::Throttled, Some(30))),
        ("429 for ever", wait(429, "999999999"), passing(Trouble::Throttled, Some(longest))),
        (
            "429 until",
            wait(429, "Wed, 21 Oct 2026 07:28:00 GMT"),
            passing(Trouble::Throttled, None),
        ),
        ("408", Reply::say(408, ""), passing(Trouble::Status, None)),
        ("400", Reply::say(400, ""), definite(Trouble::Status)),
        ("401", Reply::say(401, ""), definite(Trouble::Refused)),
        ("410", Reply::say(410, ""), definite(Trouble::Status)),
        ("redirect", to(&elsewhere.url), definite(Trouble::Status)),
        ("never", Reply::Never, passing(Trouble::Timeout, None)),
    ] {
        let time = if what == "never" { SHORT } else { LONG };
        let system = System::start([reply]).await;
        let connectors = hook(&system.url, time);
        let outcome_now = connectors.webhook("crm").unwrap().tell("e-1", "x", &json!({})).await;
        assert_eq!(outcome_now, outcome, "{what}");
        assert_eq!(system.asked().len(), 1, "{what}: told once");
    }
    assert_eq!(elsewhere.asked().len(), 0, "no redirect is followed");
    let gone = hook("http://127.0.0.1:1", LONG);
    let gone = gone.webhook("crm").unwrap();
    assert_eq!(gone.tell("e-1", "x", &json!({})).await, passing(Trouble::Unreachable, None));
    assert_eq!(gone.tell("e\n1", "x", &json!({})).await, definite(Trouble::Unfit));
}

#[test]
fn no_secret_shows() {
    let asked = rest("https://shop.example.com/s3cret/path", &["t0ken"], Some("X-Key"), LONG);
    let told = hook("https://hooks.example.com/s3cret?key=s3cret", LONG);
    let answer = found(&[("status", "s3cret words")]);
    let shown = format!("{asked:?} {told:?} {answer:?}");
    for secret in ["t0ken", "s3cret"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("https://shop.example.com/…"), "{shown}");
}

#[test]
fn every_trouble_has_a_word_of_its_own() {
    let words = Trouble::ALL.map(Trouble::word);
    let all: std::collections::BTreeSet<_> = words.into_iter().collect();
    assert_eq!(all.len(), words.len());
    assert!(Connectors::default().rest("shop").is_none());
    assert!(Connectors::default().webhook("shop").is_none());
}
