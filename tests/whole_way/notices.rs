//! What other systems post is said once, also while people have the conversation, and where it
//! cannot be said somebody is told.

use super::chat::{Customer, journal, of};
use crate::nothing_waits;
use crate::support::house::{House, Rules};
use crate::support::wait::{PATIENCE, until};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use usherd::model::{EventKind, Verdict};

const SHOP: &str = r#"
[language]
default = "en"

[queue.care]
return = "on_close"
back   = "The assistant is back."

[[handoff]]
id       = "complaint"
words    = ["complaint*", "refund*"]
queue    = "care"
text     = "I am connecting you with a colleague."
examples = ["I want a refund"]

[[reply]]
id       = "ping"
words    = ["ping"]
text     = "pong"
examples = ["ping"]

[[template]]
id        = "order_confirmation"
category  = "utility"
languages = ["en"]
params    = ["order_no"]

[[template]]
id        = "parcel_left"
category  = "utility"
languages = ["en"]
params    = ["order_no"]

[event."order.confirmed"]
data = { order_no = "text" }

[event."parcel.left"]
data = { order_no = "text" }

[[notify]]
id       = "order-confirmed"
on       = "order.confirmed"
template = "order_confirmation"
params   = { order_no = "{{ event.order_no }}" }
else     = "queue:care"

[[notify]]
id          = "parcel-left"
on          = "parcel.left"
text        = "Parcel {{ event.order_no }} has left."
template    = "parcel_left"
params      = { order_no = "{{ event.order_no }}" }
while_owned = "hold"
"#;

/// Systems that are not sure, and ask again.
const CALLS: usize = 3;

fn event(kind: &str, id: &str, customer: &Customer, order: &str) -> Value {
    json!({
        "id": id, "type": kind, "contact": { "wa_id": customer.0 },
        "data": { "order_no": order },
    })
}

/// What WhatsApp was asked to send a customer.
async fn sent_to(house: &House, customer: &Customer) -> usize {
    let sent = house.ask_simulator("/sim/sent?after=0").await;
    let sent = sent.as_array().unwrap();
    let to = |one: &Value| one["to"].as_str().unwrap().trim_start_matches('+') == customer.0;
    sent.iter().filter(|one| to(one)).count()
}

/// The conversations in people's hands.
async fn listed(house: &House) -> Vec<Value> {
    let (status, listed) = house.admin("/v1/conversations").await;
    assert_eq!(status, 200, "{listed}");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    listed["items"].as_array().unwrap().clone()
}

/// What an agent does with the only conversation in people's hands.
async fn act(house: &House, act: &str) {
    let contact = listed(house).await[0]["contact"].as_str().unwrap().to_owned();
    let path = format!("/v1/conversations/{contact}/{act}");
    let (status, shown) = house.admin_post(&path, &json!({ "agent": "Mei" })).await;
    assert_eq!(status, 200, "{act}: {shown:#}");
}

/// What would be lost: a customer told three times. Three calls come at once, the daemon dies, and
/// the system, which has no answer, calls three times more.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_posted_again_and_again_also_over_a_kill_is_one_message() {
    let mut house = House::start(&Rules::Text(SHOP)).await;
    let customers: Vec<Customer> = (1..=6).map(Customer::numbered).collect();
    for customer in &customers {
        customer.say(&house, "ping").await;
        customer.told_so_much(&house, 1).await;
    }
    let mut slowest = Duration::ZERO;
    for (place, customer) in customers.iter().enumerate() {
        let body = event("order.confirmed", &format!("order-{place}"), customer, "A-17");
        let begun = Instant::now();
        let calls = (0..CALLS).map(|_| house.admin_post("/v1/events", &body));
        let answers = join_all(calls).await;
        let mut statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 202], "one counts: {answers:?}");
        assert!(answers.iter().all(|(_, answer)| answer == &answers[0].1), "{answers:?}");
        // Every other one is killed at once: decided and durable, sent or not.
        if place.is_multiple_of(2) {
            house.kill_daemon();
            house.start_daemon().await;
        } else {
            customer.told_so_much(&house, 2).await;
            slowest = slowest.max(begun.elapsed());
        }
        for _ in 0..CALLS {
            let (status, answer) = house.admin_post("/v1/events", &body).await;
            assert_eq!((status, &answer), (200, &answers[0].1), "the first answer again");
        }
    }
    for customer in &customers {
        customer.told_so_much(&house, 2).await;
    }
    nothing_waits(&house).await;
    let records = journal(&house).await;
    for customer in &customers {
        assert_eq!(sent_to(&house, customer).await, 2, "pong, and the confirmation");
        let posted = of(&records, customer).into_iter();
        let posted = posted.filter(|one| matches!(one.event.kind, EventKind::Posted(_)));
        let verdicts: Vec<&Verdict> = posted.map(|record| &record.verdict).collect();
        assert_eq!(verdicts, [&Verdict::Won("order-confirmed".into())]);
    }
    println!("events: from the first call to the customer's phone {slowest:?} at most");
}

/// What would be lost: the peace between an agent and a customer, a notice that was to wait, or a
/// message that a system was promised goes out at once.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_people_goes_out_when_they_are_done_and_the_rest_at_once() {
    let mut house = House::start(&Rules::Text(SHOP)).await;
    let customer = Customer::numbered(1);
    customer.say(&house, "I want a refund").await;
    customer.told_so_much(&house, 1).await;
    let waits = event("parcel.left", "parcel-1", &customer, "P-1");
    assert_eq!(house.admin_post("/v1/events", &waits).await.1["decided"], "won parcel-left");
    until("the notice is held", PATIENCE, async || {
        (house.status().await["store"]["held"] == 1).then_some(())
    })
    .await;
    act(&house, "take").await;
    house.kill_daemon();
    house.start_daemon().await;
    let at_once = event("order.confirmed", "order-1", &customer, "A-1");
    assert_eq!(house.admin_post("/v1/events", &at_once).await.0, 202);
    let asked = json!({
        "id": "m-1", "text": "From our shop.", "contact": { "wa_id": customer.0 },
    });
    assert_eq!(house.admin_post("/v1/messages", &asked).await.0, 202);
    let told = customer.told_so_much(&house, 3).await;
    assert_eq!((told.len(), told[2].as_str()), (3, "From our shop."), "{told:?}");
    nothing_waits(&house).await;
    assert_eq!(house.status().await["store"]["held"], 1, "over the kill, and beside the others");

    act(&house, "close").await;
    let told = customer.told_so_much(&house, 5).await;
    assert_eq!(told[3..], ["Parcel P-1 has left.", "The assistant is back."], "by their age");
    nothing_waits(&house).await;
    assert_eq!(customer.told(&house).await.len(), 5);
    assert_eq!(house.status().await["store"]["held"], 0);
}

/// What would be lost: a customer who waits for word of an order, for the template is no longer
/// approved, or there is no WhatsApp at this number, and nobody knows.
#[tokio::test(flavor = "multi_thread")]
async fn what_whatsapp_refuses_for_good_is_a_persons_task() {
    let mut house = House::start(&Rules::Text(SHOP)).await;
    let customer = Customer::numbered(1);
    customer.say(&house, "ping").await;
    customer.told_so_much(&house, 1).await;
    house.approve(&json!([])).await;
    let body = event("order.confirmed", "order-1", &customer, "A-1");
    assert_eq!(house.admin_post("/v1/events", &body).await.0, 202);
    let task = async |house: &House| {
        until("somebody has a task", PATIENCE, async || listed(house).await.into_iter().next())
            .await
    };
    let item = task(&house).await;
    assert_eq!((&item["owner"], &item["queue"]), (&json!("waiting"), &json!("care")), "{item}");
    assert_eq!(item["rule"], "order-confirmed");
    let [told] = item["tasks"].as_array().unwrap().as_slice() else { panic!("{item}") };
    assert_eq!(told["notify"], "order-confirmed");
    assert_eq!(told["why"], "template");
    assert_eq!(told["said"], "[template order_confirmation (en): A-1]");
    let counted = "usher_handoffs_total{queue=\"care\",event=\"task\"} 1";
    assert!(house.admin("/metrics").await.1.contains(counted));

    // Once more while they wait for a person: a second task, no second hand-off.
    let second = event("order.confirmed", "order-2", &customer, "A-2");
    house.admin_post("/v1/events", &second).await;
    house.admin_post("/v1/events", &second).await;
    until("there are two tasks", PATIENCE, async || {
        (listed(&house).await[0]["tasks"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    house.kill_daemon();
    house.start_daemon().await;
    assert_eq!(task(&house).await["since"], item["since"]);
    act(&house, "close").await;
    assert_eq!(listed(&house).await, Vec::<Value>::new());
    nothing_waits(&house).await;
    assert_eq!(customer.told(&house).await, ["pong", "The assistant is back."]);

    let nobody = Customer::numbered(2);
    house.approve(&Value::Null).await;
    let body = event("order.confirmed", "order-3", &nobody, "A-3");
    assert_eq!(house.admin_post("/v1/events", &body).await.0, 202);
    assert_eq!(task(&house).await["tasks"][0]["why"], "undeliverable");
    assert_eq!(listed(&house).await.len(), 1);
}
