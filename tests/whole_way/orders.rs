//! What other systems post goes out without a person: a shop's order confirmations.

use crate::support::house::{House, Rules};
use crate::support::wait::until;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const RULES: &str = r#"
[[template]]
id        = "order_confirmation"
category  = "utility"
languages = ["en"]
params    = ["order_no"]

[event."order.confirmed"]
data = { order_no = "text" }

[[notify]]
id       = "order-confirmed"
on       = "order.confirmed"
template = "order_confirmation"
params   = { order_no = "{{ event.order_no }}" }
else     = "queue:care"

[queue.care]
return = "on_close"
"#;

/// Orders of one busy hour.
const ORDERS: u64 = 1_000;

/// Calls at a time.
const CALLERS: usize = 16;

/// At the pace of one number, with much to spare on a busy machine.
const SENT_WITHIN: Duration = Duration::from_secs(240);

/// What would be lost: an order nobody is told of, or one that is told twice because its system
/// called again.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_orders_are_confirmed_once_each() {
    let house = House::start(&Rules::Text(RULES)).await;
    let house = &house;
    // Whoever never wrote has no WhatsApp, for the simulator.
    futures_util::stream::iter(0..ORDERS)
        .for_each_concurrent(CALLERS, |order| async move {
            let say = format!("/sim/customers/{}/say", customer(order));
            house.tell_simulator(&say, &json!({ "text": "hello" })).await;
        })
        .await;
    until("every customer is known", SENT_WITHIN, async || {
        (house.status().await["store"]["contacts"] == ORDERS).then_some(())
    })
    .await;
    let begun = Instant::now();
    let answers: BTreeMap<u16, u64> = futures_util::stream::iter(calls())
        .map(|body| async move { house.admin_post("/v1/events", &body).await.0 })
        .buffer_unordered(CALLERS)
        .fold(BTreeMap::new(), |mut answers, status| async move {
            *answers.entry(status).or_default() += 1;
            answers
        })
        .await;
    assert_eq!(answers, BTreeMap::from([(200, ORDERS / 10), (202, ORDERS)]));

    until("every order is confirmed", SENT_WITHIN, async || {
        (confirmed(house).await.len() as u64 >= ORDERS).then_some(())
    })
    .await;
    let took = begun.elapsed();
    until("nothing waits any more", SENT_WITHIN, async || {
        let store = house.status().await["store"].clone();
        let waits = ["waiting", "sending", "unknown"].iter().any(|key| store[key] != 0);
        (!waits).then_some(())
    })
    .await;
    let mut told = confirmed(house).await;
    let count = told.len();
    told.sort_unstable();
    told.dedup();
    assert_eq!((count as u64, told.len() as u64), (ORDERS, ORDERS), "each customer once");
    let (_, people) = house.admin("/v1/conversations").await;
    let people: Value = serde_json::from_str(&people).unwrap();
    assert_eq!(people["items"], json!([]), "without a person");
    println!("orders: {ORDERS} confirmed within {took:?}, by the pace of one number");
    let store = house.status().await["store"].clone();
    assert_eq!((&store["dead"], &store["contacts"]), (&json!(0), &json!(ORDERS)), "{store}");
}

fn customer(order: u64) -> String {
    format!("82101234{order:04}")
}

/// An event for each order; every tenth is posted twice.
fn calls() -> Vec<Value> {
    let call = |order: u64| {
        json!({
            "id": format!("order-{order}"), "type": "order.confirmed",
            "contact": { "phone": format!("+{}", customer(order)) },
            "data": { "order_no": format!("A-{order}") },
        })
    };
    let again = (0..ORDERS).filter(|order| order.is_multiple_of(10)).map(call);
    (0..ORDERS).map(call).chain(again).collect()
}

/// Whom WhatsApp was asked to send a confirmation to.
async fn confirmed(house: &House) -> Vec<String> {
    let mut to = Vec::new();
    let mut after = 0_u64;
    loop {
        let page = house.ask_simulator(&format!("/sim/sent?after={after}")).await;
        let Some(sent) = page.as_array().filter(|sent| !sent.is_empty()) else { return to };
        to.extend(sent.iter().filter_map(|one| one["to"].as_str().map(str::to_owned)));
        after += sent.len() as u64;
    }
}
