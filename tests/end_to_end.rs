//! The whole way, with real processes: `usher sim` plays WhatsApp and judges, `usher run` answers.
//!
//! Sizes can be raised by the environment: `USHER_LOAD_MESSAGES`, `USHER_KILL_CYCLES`,
//! `USHER_TERM_CYCLES`, `USHER_BOOKING_ROUNDS`, `USHER_HANDOFF_ROUNDS`; `.ci/soak/load`, `kill`,
//! `term`, `booking` and `handoff` do so.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod support {
    #[expect(dead_code, reason = "shared with other tests")]
    pub mod house;
    #[expect(dead_code, reason = "shared with other tests")]
    pub mod process;
    pub mod promtool;
    pub mod wait;
}

#[path = "connectors/system.rs"]
#[expect(dead_code, reason = "the connectors' own tests use the rest")]
mod system;

mod whole_way {
    mod booking;
    mod chat;
    mod escalating;
    mod handing;
    mod logs;
    mod lookups;
    mod metrics;
    mod notices;
    mod orders;
    mod stopping;
}

use regex::Regex;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use support::house::{House, Rules};
use support::wait::{PATIENCE, until};
use usherd::clock::{Clock, SystemClock};

/// Every message of a load carries a number; its answer carries the same.
const ECHO: &str = r##"
[language]
default = "en"

[[reply]]
id    = "echo"
regex = '#(?<n>\d+)'
text  = "ok #{{ match.n }}"
examples = ["hello #12", "#7"]

[[reply]]
id    = "ping"
words = ["ping"]
text  = "pong"
examples = ["ping"]
"##;

/// Messages a second.
const RATE: u64 = 200;

/// What a kill leaves in doubt waits 30 s for its own answer, 30 s for a status, and, repeated,
/// may wait behind others.
const SETTLING: Duration = Duration::from_secs(300);

/// What would be lost: a message that is answered twice because its webhook came twice, or not at
/// all because a later one overtook it.
#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_a_load_is_answered_once_and_in_order() {
    let messages = setting("USHER_LOAD_MESSAGES", 2_000);
    let house = House::start(&Rules::Text(ECHO)).await;
    let load = json!({
        "messages": messages, "rate": RATE, "customers": 300,
        "duplicates": 0.1, "shuffle": true, "seed": 11, "text": "hello #{n}",
    });
    house.tell_simulator("/sim/load", &load).await;
    let report = settled(&house, messages).await;

    assert!(report["ok"] == true, "{report:#}");
    assert_eq!(number(&report, "acknowledged"), messages);
    assert_eq!(number(&report, "answered"), messages);
    assert_eq!(number(&report, "answered_twice_excused"), 0, "nothing was hidden");
    assert!(number(&report, "duplicates") > 0, "the run proves nothing without duplicates");
    println!("load: {}", counts(&report));
}

/// What would be lost: a message acknowledged before it was durable, or an answer sent but not yet
/// recorded, and so sent again after the start. Kills fall anywhere, also within a commit.
#[tokio::test(flavor = "multi_thread")]
async fn kill_dash_nine_loses_nothing_and_repeats_nothing() {
    let cycles = setting("USHER_KILL_CYCLES", 5);
    let mut house = House::start(&Rules::Text(ECHO)).await;
    house.set_faults(&json!({ "rate_limited": 0.01, "hidden": 0.001, "duplicates": 0.02 })).await;
    // Enough that the load outlasts the kills: a cycle takes about 2 s and the start of a daemon.
    let messages = cycles * RATE * 5;
    let load = json!({
        "messages": messages, "rate": RATE, "customers": 300,
        "duplicates": 0.1, "shuffle": true, "seed": 13, "text": "hello #{n}",
    });
    house.tell_simulator("/sim/load", &load).await;
    for cycle in 0..cycles {
        let before = acknowledged(&house).await;
        until("the daemon takes messages", PATIENCE, async || {
            (acknowledged(&house).await >= before + 50).then_some(())
        })
        .await;
        // Not waiting for luck: the moment of the kill is what is varied.
        tokio::time::sleep(Duration::from_millis(700 + (cycle * 389) % 1_400)).await;
        let progress = house.ask_simulator("/sim/load").await;
        assert!(progress["done"] == false, "the load ended before kill {cycle}: {progress}");
        house.kill_daemon();
        house.start_daemon().await;
    }
    house.set_faults(&json!({})).await;
    let report = settled(&house, messages).await;

    assert_eq!(number(&report, "acknowledged"), messages);
    // A repeat that a later kill leaves in doubt again is not sent a third time: it is kept as a
    // dead letter. Kills that all fall within the first wait (60 s) leave none.
    let dead = number(&house.status().await["store"], "dead");
    assert_eq!(number(&report, "answered") + dead, messages, "{dead} dead: {report:#}");
    for wrong in ["answered_twice_count", "out_of_order_count", "misdirected_count"] {
        assert_eq!(number(&report, wrong), 0, "{wrong}: {report:#}");
    }
    assert!(number(&report, "duplicates") > 0, "the run proves nothing without duplicates");
    assert!(number(&report, "retries") > 0, "no webhook met a dead daemon: {report:#}");
    let (excused, hidden) = (number(&report, "answered_twice_excused"), number(&report, "hidden"));
    assert!(excused <= hidden, "more repeats are excused than answers were hidden: {report:#}");
    println!("kill -9: {cycles} cycles; {dead} dead letters; {}", counts(&report));
}

/// What would be lost: a customer who shows no phone number, and with every body that is refused
/// all updates beside the one not understood.
#[tokio::test(flavor = "multi_thread")]
async fn every_known_body_is_taken_and_a_customer_without_a_phone_is_answered() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let house = House::start(&Rules::Folder(&rules)).await;
    let bodies = moved_to_now(include_str!("fixtures/webhooks.jsonl"));
    assert_eq!(bodies.lines().count(), 46);

    let hidden = bodies.lines().find(|body| body.contains("wamid.IN24=")).unwrap();
    assert!(!hidden.contains("wa_id"), "the fixture shows no phone number");
    assert_eq!(house.webhook(hidden).await, 200);
    let answer = until("an answer to the customer without a phone", PATIENCE, async || {
        let sent = house.ask_simulator("/sim/sent?after=0").await;
        let mut sent = sent.as_array()?.clone().into_iter();
        sent.find(|one| one["recipient"] == "PT.7301A")
    })
    .await;
    assert_eq!(answer["to"], Value::Null, "an address that nobody gave: {answer}");

    for (line, body) in (1..).zip(bodies.lines()) {
        assert_eq!(house.webhook(body).await, 200, "line {line}: {body}");
    }
    // The last body holds one message that is none.
    let status = house.status().await;
    assert!(number(&status, "undecided") >= 1, "{status:#}");
    assert!(number(&status["store"], "contacts") >= 1, "{status:#}");
}

/// The report once the load is through and the daemon has nothing left to send.
async fn settled(house: &House, messages: u64) -> Value {
    let running = Duration::from_secs(messages / RATE * 2);
    until("the load is through", running + SETTLING, async || {
        (house.ask_simulator("/sim/load").await["done"] == true).then_some(())
    })
    .await;
    nothing_waits(house).await;
    house.ask_simulator("/sim/report").await
}

/// Everything that is to be sent has been; rules without `ping` leave what is in doubt.
async fn nothing_waits(house: &House) {
    let mut pings = 0_u64;
    until("nothing waits to be sent any more", SETTLING, async || {
        // Statuses keep coming, as they do in life: without any, nothing in doubt is repeated.
        if pings.is_multiple_of(40) {
            let who = format!("/sim/customers/35193{:07}/say", pings / 40);
            house.tell_simulator(&who, &json!({ "text": "ping" })).await;
        }
        pings += 1;
        let store = house.status().await["store"].clone();
        let waits: u64 = ["waiting", "sending", "unknown"].iter().map(|k| number(&store, k)).sum();
        (waits == 0).then_some(())
    })
    .await;
}

async fn acknowledged(house: &House) -> u64 {
    number(&house.ask_simulator("/sim/load").await, "acknowledged")
}

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(value) => value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")),
        Err(_) => default,
    }
}

fn number(object: &Value, key: &str) -> u64 {
    object[key].as_u64().unwrap_or_else(|| panic!("no number `{key}` in {object:#}"))
}

fn counts(report: &Value) -> String {
    let shown = ["messages", "acknowledged", "duplicates", "retries", "answered", "hidden"];
    let shown = shown.map(|key| format!("{key} {}", number(report, key)));
    let excused = number(report, "answered_twice_excused");
    format!("{}, twice and excused {excused}, faults {}", shown.join(", "), report["faults"])
}

/// The bodies with their timestamps moved, so that the latest is now.
fn moved_to_now(bodies: &str) -> String {
    let ahead = SystemClock.now().millis() / 1_000 - 1_760_000_300;
    let seconds = Regex::new(r"\b1760[0-9]{6}\b").unwrap();
    let moved = seconds.replace_all(bodies, |found: &regex::Captures<'_>| {
        let at: i64 = found[0].parse().unwrap();
        (at + ahead).to_string()
    });
    moved.into_owned()
}
