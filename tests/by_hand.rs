//! What people do to a running daemon by its commands, with real processes: pause, resume, dead
//! letters.

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
    pub mod wait;
}

use serde_json::{Value, json};
use support::house::{House, Rules};
use support::wait::{PATIENCE, until};

const RULES: &str = r#"
[language]
default = "en"

[[reply]]
id    = "ping"
words = ["ping"]
text  = "pong"
examples = ["ping"]

[[reply]]
id    = "hours"
words = ["hours"]
text  = "nine to five"
examples = ["hours"]
"#;

/// Runs a command to its end; what it printed.
fn says(house: &House, args: &[&str]) -> String {
    let [name, rest @ ..] = args else { panic!("no command") };
    let mut command = house.command(name);
    let output = command.args(rest).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{args:?}: {text}{output:?}");
    text
}

async fn say(house: &House, text: &str) {
    house.tell_simulator("/sim/customers/351930000001/say", &json!({ "text": text })).await;
}

/// What the customer was sent, in order.
async fn sent(house: &House) -> Vec<String> {
    let sent = house.ask_simulator("/sim/sent?after=0").await;
    let text = |one: &Value| one["text"].as_str().unwrap_or_default().to_owned();
    sent.as_array().unwrap().iter().map(text).collect()
}

async fn store(house: &House, what: &str) -> u64 {
    house.status().await["store"][what].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_holds_what_it_names_over_a_kill_and_resume_sends_it() {
    let mut house = House::start(&Rules::Text(RULES)).await;
    assert!(says(&house, &["pause", "--rule", "ping"]).contains("`rule:ping` is paused"));
    say(&house, "ping").await;
    until("the answer is held", PATIENCE, async || {
        (store(&house, "held").await == 1).then_some(())
    })
    .await;
    say(&house, "hours").await;
    until("the other rule answers", PATIENCE, async || {
        (sent(&house).await == ["nine to five"]).then_some(())
    })
    .await;
    house.kill_daemon();
    house.start_daemon().await;
    assert!(says(&house, &["pause", "list"]).contains("rule:ping"));
    assert_eq!(store(&house, "held").await, 1);
    assert!(says(&house, &["resume", "--rule", "ping"]).contains("goes out again"));
    until("what was held goes out", PATIENCE, async || {
        (sent(&house).await == ["nine to five", "pong"]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_is_listed_and_dropped() {
    let house = House::start(&Rules::Text(RULES)).await;
    assert!(says(&house, &["dead", "list"]).contains("nothing was given up"));
    assert_eq!(house.webhook("{\"secret\": ").await, 200);
    let listed = says(&house, &["dead", "list", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let id = listed[0]["id"].as_str().unwrap();
    assert!(!listed.to_string().contains("secret"), "{listed}");
    assert!(says(&house, &["dead", "show", id]).contains("secret"));
    assert!(says(&house, &["dead", "drop", id]).contains("is done with"));
    assert!(says(&house, &["dead", "list"]).contains("nothing was given up"));
}
