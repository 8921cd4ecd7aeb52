//! Lookups over real HTTP, from the customer's message to the answer that leaves.

use super::graph::{Graph, Reply};
use super::rig::{Rig, START, number};
use super::system::{self, System};
use super::wait;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use usherd::config::{Address, Connector, Rest, Secrets, Webhook};
use usherd::crm::Connectors;
use usherd::metrics::LookupLabels;
use usherd::model::{
    About, Alias, Call, Effect, Emitted, Event, EventKind, JobState, Message, MessageKind, Profile,
    Subject, Wamid,
};
use usherd::rules::{Settings, Sources};
use usherd::store::{Claimed, Store, Terms};

const RULES: &str = r#"
[[lookup]]
name = "order"
connector = "shop"
path = "/orders/{{ match.no }}"
timeout = "TIMEOUT"
gives = { status = "text" }

[[reply]]
id = "order"
take = { no = "digits 6-10" }
lookup = "order"
text = "{{ match.no }}: {{ lookup.status }}"
cases = [
    { when = "lookup.missing", text = "{{ match.no }} is not there" },
    { when = "lookup.failed", text = "{{ match.no }} failed" },
]

[[reply]]
id = "hi"
words = ["hi"]
text = "Hello, {{ contact.name }}!"
"#;

fn rig(graph: &Graph, shop: &System, timeout: &str) -> Rig {
    let mut rig = Rig::new(graph);
    let sources = Sources::default().with("shop.toml", RULES.replace("TIMEOUT", timeout));
    let checked = usherd::decide::check(&sources, &Settings::default());
    drop(rig.turn.put_rules(checked.ruleset.expect("good rules")));
    let rest = Rest {
        url: Address::parse(&shop.url).unwrap(),
        token: Secrets::from("token"),
        header: None,
        timeout: Duration::from_secs(10),
    };
    let shop = BTreeMap::from([("shop".to_owned(), Connector::Rest(rest))]);
    rig.settings.connectors = Connectors::new(&shop).unwrap();
    rig.settings.drain = Duration::from_millis(10);
    rig
}

async fn say(rig: &Rig, n: usize, text: &str) {
    let message = Message {
        wamid: Wamid::from(format!("wamid.{n}.{text}")),
        kind: MessageKind::Text,
        text: Some(text.to_owned()),
        payload: None,
        reply_to: None,
        ad: None,
        group: None,
        raw: None,
    };
    let event = Event {
        id: format!("wa:m:{n}:{text}").into(),
        at: rig.now(),
        stated_at: Some(rig.now()),
        subject: Subject::Person {
            aliases: vec![Alias::WaId(format!("3519100{n:05}"))],
            number: number(),
            profile: Profile { name: Some(format!("N{n}")), username: None },
        },
        kind: EventKind::Message(message),
    };
    rig.turn.take(event).await.unwrap();
}

async fn until_said(graph: &Graph, text: &str) {
    let what = format!("`{text}` is said");
    wait::until(&what, wait::PATIENCE, async || {
        graph.texts().iter().any(|said| said == text).then_some(())
    })
    .await;
}

fn looked_up(rig: &Rig, outcome: &'static str) -> u64 {
    let labels = LookupLabels { lookup: "order".to_owned(), outcome };
    rig.metrics.lookups.get_or_create(&labels).get()
}

#[tokio::test]
async fn found_missing_broken_and_slow_each_have_their_answer() {
    let graph = Graph::start().await;
    graph.always(Reply::Accept);
    let shop = System::start([
        system::Reply::ok(r#"{"status": "shipped"}"#),
        system::Reply::say(404, "{}"),
        system::Reply::say(500, "down"),
        system::Reply::Never,
    ])
    .await;
    let mut rig = rig(&graph, &shop, "1s");
    rig.run();
    for (n, said) in [
        (100_000, "100000: shipped"),
        (100_001, "100001 is not there"),
        (100_002, "100002 failed"),
        (100_003, "100003 failed"),
    ] {
        say(&rig, 1, &n.to_string()).await;
        until_said(&graph, said).await;
    }
    assert_eq!(shop.asked()[0].path, "/orders/100000");
    let counted = ["found", "missing", "failed"].map(|outcome| looked_up(&rig, outcome));
    assert_eq!((counted, shop.asked().len()), ([1, 1, 2], 4));
    rig.stop().await;
}

/// As if the process had died between its claim and its report.
#[tokio::test]
async fn a_lookup_that_was_cut_off_is_asked_again_and_answered_once() {
    let graph = Graph::start().await;
    graph.always(Reply::Accept);
    let shop = System::start([system::Reply::ok(r#"{"status": "shipped"}"#)]).await;
    let mut rig = rig(&graph, &shop, "1s");
    say(&rig, 2, "300000").await;
    let claimed = rig.store.claim(rig.now(), 10, &Terms::default()).await.unwrap();
    assert!(matches!(claimed.as_slice(), [Claimed::Send(_)]), "{claimed:?}");
    rig.run();
    until_said(&graph, "300000: shipped").await;
    assert_eq!((shop.asked().len(), graph.texts().len()), (1, 1));
    rig.stop().await;
}

/// What a rule tells another system.
fn emit(id: &str) -> Effect {
    let data = BTreeMap::from([("no".to_owned(), "7".to_owned())]);
    let emitted = Emitted { kind: "order.asked".to_owned(), data };
    let about = About {
        at: START,
        wa_id: Some("821012345678".to_owned()),
        phone: None,
        bsuid: Some("KR.7301A".to_owned()),
        language: "ko".to_owned(),
    };
    let call = Call::Emit { connector: "crm".to_owned(), id: id.into(), emitted, about };
    Effect::Call { number: number(), rule: "r".into(), call }
}

#[tokio::test]
async fn a_notice_is_told_again_after_a_failure_that_may_pass() {
    let graph = Graph::start().await;
    let crm = System::start([503, 200, 422].map(|status| system::Reply::say(status, ""))).await;
    let mut rig = Rig::new(&graph);
    let hook = Webhook {
        url: Address::parse(&crm.url).unwrap(),
        secret: Secrets::from("s3cret"),
        timeout: Duration::from_secs(5),
    };
    let crm_hook = BTreeMap::from([("crm".to_owned(), Connector::Webhook(hook))]);
    rig.settings.connectors = Connectors::new(&crm_hook).unwrap();
    rig.decide(1, vec![emit("one")]).await;
    rig.run();
    wait::until("it is told once", wait::PATIENCE, async || {
        (rig.job(1, 0).await.attempts == 1).then_some(())
    })
    .await;
    rig.until(1, 0, "waiting").await;
    rig.pass(Duration::from_secs(1));
    rig.until(1, 0, "sent").await;
    rig.decide(2, vec![emit("two")]).await;
    let dead = rig.until(2, 0, "dead").await;
    assert!(
        matches!(&dead.state, JobState::Dead { error } if error.reason == "status"),
        "{dead:?}"
    );
    let ids: Vec<_> = crm
        .asked()
        .iter()
        .filter_map(|it| it.header("idempotency-key").map(str::to_owned))
        .collect();
    assert_eq!(ids, ["one", "one", "two"]);
    let body: Value = serde_json::from_slice(&crm.asked()[0].body).unwrap();
    let contact = super::rig::contact(1);
    assert_eq!(
        body,
        json!({
            "id": "one",
            "type": "order.asked",
            "at": "2025-10-09T08:53:20Z",
            "number": number().as_str(),
            "contact": {
                "id": contact, "wa_id": "821012345678", "bsuid": "KR.7301A", "language": "ko",
            },
            "data": { "no": "7" },
        })
    );
    rig.stop().await;
}

/// More customers than there are places for sends wait for a system that never answers.
#[tokio::test]
async fn a_system_that_stalls_disturbs_nobody_else() {
    let graph = Graph::start().await;
    graph.always(Reply::Accept);
    let shop = System::start((0..300).map(|_| system::Reply::Never)).await;
    let mut rig = rig(&graph, &shop, "10s");
    for n in 0..300 {
        say(&rig, n, &format!("{}", 200_000 + n)).await;
    }
    rig.run();
    wait::until("the shop is asked", wait::PATIENCE, async || {
        (shop.asked().len() >= 32).then_some(())
    })
    .await;
    for n in 1_000..1_020 {
        say(&rig, n, "hi").await;
    }
    for n in 1_000..1_020 {
        until_said(&graph, &format!("Hello, N{n}!")).await;
    }
    assert_eq!(looked_up(&rig, "failed"), 0, "all of them still wait");
    rig.stop().await;
}
