//! Lookups of a running daemon: whatever the other system does, the customer is answered, and
//! nobody else waits.

use crate::support::house::{House, Plan, Rules};
use crate::support::process::free_port;
use crate::support::wait::{PATIENCE, until};
use crate::system::{Reply, System};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;

const RULES: &str = r#"
[language]
default = "en"

[queue.care]
return = "on_close"

[[handoff]]
id    = "person"
words = ["a person"]
queue = "care"
text  = "Somebody will write."

[[lookup]]
name      = "order"
connector = "shop"
path      = "/orders/{{ match.no }}"
timeout   = "10s"
gives     = { status = "text" }

[[lookup]]
name      = "slow"
connector = "shop"
path      = "/slow/{{ match.no }}"
timeout   = "1s"
gives     = { status = "text" }

[[lookup]]
name      = "parcel"
connector = "gone"
path      = "/parcels/{{ match.no }}"
gives     = { status = "text" }

[[reply]]
id     = "order"
words  = ["order"]
take   = { no = "digits 6-10" }
lookup = "order"
text   = "{{ match.no }}: {{ lookup.status }}"
cases  = [
  { when = "lookup.missing", text = "{{ match.no }} is not there" },
  { when = "lookup.failed", text = "{{ match.no }} failed" },
]

[[reply]]
id     = "slow"
words  = ["slow"]
take   = { no = "digits 6-10" }
lookup = "slow"
text   = "{{ match.no }}: {{ lookup.status }}"
cases  = [
  { when = "lookup.missing", text = "{{ match.no }} is not there" },
  { when = "lookup.failed", text = "{{ match.no }} failed" },
]

[[reply]]
id     = "parcel"
words  = ["parcel"]
take   = { no = "digits 6-10" }
lookup = "parcel"
text   = "{{ match.no }}: {{ lookup.status }}"
cases  = [
  { when = "lookup.missing", text = "{{ match.no }} is not there" },
  { when = "lookup.failed", text = "{{ match.no }} failed" },
]

[[reply]]
id    = "hi"
words = ["hi"]
text  = "Hello!"
"#;

const BOOKING: &str = r#"
[language]
default = "en"

[[form]]
id    = "booking"
words = ["book"]
done  = "Booked."
emit  = "booking.requested"

[[form.ask]]
name = "guests"
text = "How many are you?"
accept = "number"
"#;

async fn house(shop: &System) -> House {
    let connector = |name: &str, url: &str| {
        format!("[connector.{name}]\nkind = \"rest\"\nurl = \"{url}\"\ntimeout = \"10s\"\n")
    };
    let gone = format!("http://127.0.0.1:{}", free_port());
    let server = format!("{}{}", connector("shop", &shop.url), connector("gone", &gone));
    House::planned(&Plan { rules: Rules::Text(RULES), server: &server, log: None }).await
}

fn customer(n: usize) -> String {
    format!("35193000{n:04}")
}

async fn say(house: &House, n: usize, text: &str) {
    let path = format!("/sim/customers/{}/say", customer(n));
    house.tell_simulator(&path, &json!({ "text": text })).await;
}

/// What a customer was sent, in order.
async fn sent(house: &House, n: usize) -> Vec<String> {
    let sent = house.ask_simulator("/sim/sent?after=0").await;
    let digits = |one: &Value| one["to"].as_str().unwrap_or_default().replace('+', "");
    let to = customer(n);
    let theirs = sent.as_array().unwrap().iter().filter(|one| digits(one) == to);
    theirs.map(|one| one["text"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn told(house: &House, n: usize, text: &str) {
    until(&format!("{n} is told `{text}`"), PATIENCE, async || {
        sent(house, n).await.contains(&text.to_owned()).then_some(())
    })
    .await;
}

async fn asked(shop: &System, times: usize) {
    until("the shop is asked", PATIENCE, async || (shop.asked().len() >= times).then_some(()))
        .await;
}

/// What would be lost: an answer, because another system is slow, broken or gone.
#[tokio::test(flavor = "multi_thread")]
async fn each_way_a_system_answers_has_its_case() {
    let shop = System::start([
        Reply::ok(r#"{"status": "shipped"}"#),
        Reply::say(404, "no such order"),
        Reply::say(500, "out of order"),
        Reply::ok("<html>Welcome to our shop</html>"),
        Reply::BreakOff,
        Reply::Never,
    ])
    .await;
    let house = house(&shop).await;
    let cases = [
        ("order 200001", "200001: shipped", "/orders/200001"),
        ("order 200002", "200002 is not there", "/orders/200002"),
        ("order 200003", "200003 failed", "/orders/200003"),
        ("order 200004", "200004 failed", "/orders/200004"),
        ("order 200005", "200005 failed", "/orders/200005"),
        ("slow 200006", "200006 failed", "/slow/200006"),
    ];
    for (n, (said, answer, path)) in cases.into_iter().enumerate() {
        say(&house, n, said).await;
        told(&house, n, answer).await;
        assert_eq!(sent(&house, n).await, [answer], "one answer");
        let paths: Vec<String> = shop.asked().into_iter().map(|asked| asked.path).collect();
        assert_eq!((paths.len(), paths.last().unwrap().as_str()), (n + 1, path), "asked once");
    }
    say(&house, 6, "parcel 200007").await;
    told(&house, 6, "200007 failed").await;
    let (_, page) = house.admin("/metrics").await;
    for sample in [
        "usher_lookups_total{lookup=\"order\",outcome=\"found\"} 1",
        "usher_lookups_total{lookup=\"order\",outcome=\"missing\"} 1",
        "usher_lookups_total{lookup=\"order\",outcome=\"failed\"} 3",
        "usher_lookups_total{lookup=\"slow\",outcome=\"failed\"} 1",
        "usher_lookups_total{lookup=\"parcel\",outcome=\"failed\"} 1",
    ] {
        assert!(page.contains(sample), "{sample}:\n{page}");
    }
}

/// What would be lost: the patience of everybody else while one waits for a slow system.
#[tokio::test(flavor = "multi_thread")]
async fn while_one_waits_others_are_answered_and_so_is_the_one() {
    let gate = Arc::new(Notify::new());
    let shop = System::start([
        Reply::Gate(Arc::clone(&gate), r#"{"status": "shipped"}"#),
        Reply::ok(r#"{"status": "packed"}"#),
    ])
    .await;
    let house = house(&shop).await;
    say(&house, 1, "order 300001").await;
    asked(&shop, 1).await;
    for n in 2..12 {
        say(&house, n, "hi").await;
        told(&house, n, "Hello!").await;
    }
    say(&house, 12, "order 300012").await;
    told(&house, 12, "300012: packed").await;
    say(&house, 1, "hi").await;
    told(&house, 1, "Hello!").await;
    assert_eq!(sent(&house, 1).await, ["Hello!"], "the shop has said nothing yet");
    gate.notify_one();
    told(&house, 1, "300001: shipped").await;
    assert_eq!(sent(&house, 1).await, ["Hello!", "300001: shipped"]);
}

/// What would be lost: the trust of somebody who is talking to a person, and is interrupted.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_late_does_not_speak_over_people() {
    let gate = Arc::new(Notify::new());
    let shop = System::start([
        Reply::Gate(Arc::clone(&gate), r#"{"status": "shipped"}"#),
        Reply::ok(r#"{"status": "packed"}"#),
    ])
    .await;
    let house = house(&shop).await;
    say(&house, 1, "order 400001").await;
    asked(&shop, 1).await;
    say(&house, 1, "a person").await;
    told(&house, 1, "Somebody will write.").await;
    gate.notify_one();
    until("the answer is decided", PATIENCE, async || {
        let (_, page) = house.admin("/metrics").await;
        page.contains("{kind=\"looked_up\",verdict=\"recorded\"} 1").then_some(())
    })
    .await;
    say(&house, 2, "order 400002").await;
    told(&house, 2, "400002: packed").await;
    assert_eq!(sent(&house, 1).await, ["Somebody will write."]);
}

/// What would be lost: the answer of whoever waited when the power failed, or their patience when it
/// comes twice.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_when_the_daemon_is_killed_is_answered_once() {
    let shop = System::start([Reply::Never, Reply::ok(r#"{"status": "shipped"}"#)]).await;
    let mut house = house(&shop).await;
    say(&house, 1, "order 500001").await;
    asked(&shop, 1).await;
    house.kill_daemon();
    house.start_daemon().await;
    told(&house, 1, "500001: shipped").await;
    say(&house, 1, "hi").await;
    told(&house, 1, "Hello!").await;
    assert_eq!(sent(&house, 1).await, ["500001: shipped", "Hello!"]);
    assert_eq!(shop.asked().len(), 2);
}

/// What would be lost: a booking, because the system that keeps them was down when it was made.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_told_to_every_webhook_until_it_is_taken() {
    let yes = || Reply::say(204, "");
    let desk = System::start([Reply::say(503, "later"), yes()]).await;
    let crm = System::start([yes()]).await;
    let hook = |name: &str, system: &System| {
        format!(
            "[connector.{name}]\nkind = \"webhook\"\nurl = \"{}/hook\"\n\
             secret = {{ env = \"USHER_TEST_APP_SECRET\" }}\n",
            system.url
        )
    };
    let server = format!("{}{}", hook("desk", &desk), hook("crm", &crm));
    let plan = Plan { rules: Rules::Text(BOOKING), server: &server, log: None };
    let house = House::planned(&plan).await;
    say(&house, 1, "book").await;
    told(&house, 1, "How many are you?").await;
    say(&house, 1, "4").await;
    told(&house, 1, "Booked.").await;
    asked(&crm, 1).await;
    asked(&desk, 2).await;
    let bodies: Vec<Value> = [crm.asked(), desk.asked()]
        .concat()
        .iter()
        .map(|asked| serde_json::from_slice(&asked.body).unwrap())
        .collect();
    assert_eq!(bodies[0]["type"], "booking.requested");
    assert_eq!(bodies[0]["data"], json!({ "guests": "4" }));
    assert_eq!((&bodies[1], &bodies[2]), (&bodies[0], &bodies[0]), "the same id as well");
}
