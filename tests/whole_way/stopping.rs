//! SIGTERM: what is under way is finished, in time, and nothing is left in doubt.

use crate::support::house::{House, Plan, Rules};
use crate::support::wait::{PATIENCE, until};
use crate::{ECHO, RATE, acknowledged, counts, number, setting, settled};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// `[server] drain` of the daemons that are told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// For the process itself to go.
const SLACK: Duration = Duration::from_secs(3);

/// What would be lost: an answer that was on its way when the daemon was told to stop, and so a
/// repeat or a dead letter after each deployment. SIGTERM, unlike a kill, leaves nothing in doubt.
#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_loses_nothing_and_ends_in_time() {
    let cycles = setting("USHER_TERM_CYCLES", 10);
    let rules = Rules::Text(ECHO);
    let server = "drain = \"10s\"\nlinger = \"500ms\"";
    let mut house = House::planned(&Plan { rules, server, log: None }).await;
    // Answers that take a while, so that some are under way at any moment.
    house.set_faults(&json!({ "latency_ms": 150 })).await;
    // Enough that the load outlasts the stops: a cycle takes about 2 s.
    let messages = cycles * RATE * 4;
    let load = json!({
        "messages": messages, "rate": RATE, "customers": 300,
        "duplicates": 0.1, "shuffle": true, "seed": 17, "text": "hello #{n}",
    });
    house.tell_simulator("/sim/load", &load).await;
    let mut slowest = Duration::ZERO;
    for cycle in 0..cycles {
        let before = acknowledged(&house).await;
        until("the daemon takes messages", PATIENCE, async || {
            (acknowledged(&house).await >= before + 50).then_some(())
        })
        .await;
        // Not waiting for luck: the moment of the signal is what is varied.
        tokio::time::sleep(Duration::from_millis((cycle * 389) % 900)).await;
        let progress = house.ask_simulator("/sim/load").await;
        assert!(progress["done"] == false, "the load ended before stop {cycle}: {progress}");
        let (ended, took) = house.terminate_daemon(DRAIN + SLACK).await;
        assert_eq!(ended.code(), Some(0), "stop {cycle}");
        slowest = slowest.max(took);
        house.start_daemon().await;
    }
    house.set_faults(&json!({})).await;
    let report = settled(&house, messages).await;

    assert!(report["ok"] == true, "{report:#}");
    assert_eq!(number(&report, "acknowledged"), messages);
    assert_eq!(number(&report, "answered"), messages);
    assert_eq!(number(&report, "answered_twice_excused"), 0, "a stop leaves nothing in doubt");
    assert_eq!(number(&house.status().await["store"], "dead"), 0, "{report:#}");
    assert!(number(&report, "retries") > 0, "no webhook met a stopped daemon: {report:#}");
    let log = house.log();
    assert!(!log.contains("did not end in time") && !log.contains("cut off"), "{log}");
    println!("SIGTERM: {cycles} cycles, slowest {slowest:?}; {}", counts(&report));
}

/// What would be lost: requests that a load balancer sends on to a daemon that listens no more,
/// because nobody had told it yet.
#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_says_so_and_goes_on_answering_for_a_moment() {
    let rules = Rules::Text(ECHO);
    let server = "drain = \"10s\"\nlinger = \"3s\"";
    let mut house = House::planned(&Plan { rules, server, log: None }).await;
    let [public, _] = house.addresses();
    let get = async |path: &str| {
        // A connection of its own each time, as from a caller that comes now.
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{public}{path}")).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json::<Value>().await.unwrap()))
    };
    assert_eq!(get("/readyz").await.unwrap(), (200, json!({ "status": "ready" })));
    house.ask_daemon_to_end();
    let why = until("the daemon says that it stops", PATIENCE, async || {
        let (status, body) = get("/readyz").await.expect("it still listens");
        (status == 503).then_some(body)
    })
    .await;
    assert_eq!(why["detail"], "usher is stopping");
    assert_eq!(get("/healthz").await.unwrap().0, 200);
    let hidden = include_str!("../fixtures/webhooks.jsonl").lines().next().unwrap();
    assert_eq!(house.webhook(hidden).await, 200, "it still takes what comes");
    let (ended, _) = house.terminated(DRAIN + SLACK).await;
    assert_eq!(ended.code(), Some(0));
    assert!(get("/healthz").await.is_none(), "nobody listens any more");
}

/// What would be lost: the process that is to take over, as it waits for one that does not end,
/// and in the end for a kill that leaves everything in doubt.
#[tokio::test(flavor = "multi_thread")]
async fn it_ends_in_time_whatever_does_not() {
    let rules = Rules::Text(ECHO);
    let server = "drain = \"4s\"\nlinger = \"1s\"";
    let mut house = House::planned(&Plan { rules, server, log: None }).await;
    // A send that is not answered in time, and a caller who never finishes.
    house.set_faults(&json!({ "latency_ms": 60_000 })).await;
    house.tell_simulator("/sim/customers/351930000001/say", &json!({ "text": "ping" })).await;
    until("the send is under way", PATIENCE, async || {
        (number(&house.status().await["store"], "sending") == 1).then_some(())
    })
    .await;
    let [public, _] = house.addresses();
    let mut caller = TcpStream::connect(public.trim_start_matches("http://")).await.unwrap();
    let head = "POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\
                expect: 100-continue\r\n\r\n";
    caller.write_all(head.as_bytes()).await.unwrap();
    // Asked for its body: the request is under way.
    let mut interim = [0; 25];
    caller.read_exact(&mut interim).await.unwrap();

    let (ended, _) = house.terminate_daemon(Duration::from_secs(4) + SLACK).await;
    assert_eq!(ended.code(), Some(0));
    assert!(house.log().contains("\"stage\":\"sends\""), "it says what did not end");
    // The next start knows that nobody knows.
    house.start_daemon().await;
    until("the send is in doubt", PATIENCE, async || {
        (number(&house.status().await["store"], "unknown") == 1).then_some(())
    })
    .await;
}
