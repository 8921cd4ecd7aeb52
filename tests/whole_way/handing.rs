//! People and the bot at one conversation: who speaks, and what is kept back.

use super::chat::{Customer, journal, of};
use crate::nothing_waits;
use crate::support::house::{House, Rules};
use crate::support::wait::{PATIENCE, until};
use serde_json::{Value, json};
use usherd::clock::{Clock, SystemClock};
use usherd::model::{EventKind, Hold, SendOutcome, Verdict};

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

[[handoff]]
id    = "long-conversation"
when  = "session.turns > 6"
queue = "care"

[[reply]]
id       = "hours"
words    = ["open"]
text     = "We open at nine."
examples = ["when do you open?"]

[[reply]]
id       = "ping"
words    = ["ping"]
text     = "pong"
examples = ["ping"]
"#;

const OPEN: &str = "We open at nine.";

/// The conversations in people's hands.
async fn listed(house: &House) -> Vec<Value> {
    let (status, listed) = house.admin("/v1/conversations").await;
    assert_eq!(status, 200, "{listed}");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    listed["items"].as_array().unwrap().clone()
}

/// What an agent does with the only conversation in people's hands.
async fn act(house: &House, act: &str, body: Value) -> Value {
    let contact = listed(house).await[0]["contact"].as_str().unwrap().to_owned();
    let (status, shown) =
        house.admin_post(&format!("/v1/conversations/{contact}/{act}"), &body).await;
    assert_eq!(status, 200, "{act}: {shown:#}");
    shown
}

/// Somebody types in the WhatsApp Business app.
async fn typed(house: &House, customer: &Customer, id: &str, text: &str) {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550001111", "phone_number_id": "900000000000001" },
        "message_echoes": [{
            "from": "15550001111", "to": customer.0, "id": id, "type": "text",
            "timestamp": (SystemClock.now().millis() / 1_000).to_string(),
            "text": { "body": text },
        }],
    });
    let change = json!({ "field": "smb_message_echoes", "value": value });
    let entry = json!({ "id": "100000000000001", "changes": [change] });
    let body = json!({ "object": "whatsapp_business_account", "entry": [entry] });
    // As WhatsApp does at times, twice.
    for _ in 0..2 {
        assert_eq!(house.webhook(&body.to_string()).await, 200);
    }
}

/// What would be lost: a customer between two chairs, answered by both or by nobody. The daemon dies
/// at every change of hands.
#[tokio::test(flavor = "multi_thread")]
async fn seven_messages_go_to_people_and_come_back_when_they_close() {
    let mut house = House::start(&Rules::Text(SHOP)).await;
    let customer = Customer::numbered(1);
    for count in 1..=6 {
        customer.say(&house, "when do you open?").await;
        assert_eq!(customer.told_so_much(&house, count).await, vec![OPEN; count]);
    }
    customer.say(&house, "when do you open?").await;
    restarted(&mut house).await;
    assert_eq!(listed(&house).await[0]["owner"], "waiting");
    customer.say(&house, "hello? open?").await;
    assert_eq!(act(&house, "take", json!({ "agent": "Mei" })).await["agent"], "Mei");
    restarted(&mut house).await;
    customer.say(&house, "are you open?").await;
    let words = json!({ "agent": "Mei", "text": "Mei here.", "id": "mei-1" });
    act(&house, "answer", words.clone()).await;
    // The desk had no answer, and asks again.
    restarted(&mut house).await;
    act(&house, "answer", words).await;
    nothing_waits(&house).await;
    act(&house, "close", json!({ "agent": "Mei" })).await;
    restarted(&mut house).await;
    assert_eq!(listed(&house).await, Vec::<Value>::new());
    customer.say(&house, "open?").await;
    nothing_waits(&house).await;
    let mut told = vec![OPEN; 6];
    told.extend(["Mei here.", "The assistant is back.", OPEN]);
    assert_eq!(customer.told(&house).await, told);
    let records = journal(&house).await;
    let silent: Vec<bool> = verdicts(&records, &customer).map(is_silent).collect();
    let owned = [false, false, false, false, false, false, false, true, true, false];
    assert_eq!(silent, owned, "the eighth and the ninth met people");
}

/// What would be lost: the peace of a customer whom somebody answers by hand, and the bot too.
#[tokio::test(flavor = "multi_thread")]
async fn the_bot_is_silent_for_whoever_is_answered_in_the_app() {
    let mut house = House::start(&Rules::Text(SHOP)).await;
    let (customer, other) = (Customer::numbered(1), Customer::numbered(2));
    customer.say(&house, "open?").await;
    customer.told_so_much(&house, 1).await;
    typed(&house, &customer, "wamid.ECHO1=", "It's me, Bo. At ten today.").await;
    let item = listed(&house).await[0].clone();
    assert_eq!(
        (&item["owner"], &item["agent"]),
        (&json!("agent"), &json!("WhatsApp Business app"))
    );
    customer.say(&house, "open?").await;
    restarted(&mut house).await;
    customer.say(&house, "I want a refund").await;
    typed(&house, &customer, "wamid.ECHO2=", "Sorry!").await;
    other.say(&house, "open?").await;
    other.told_so_much(&house, 1).await;
    act(&house, "close", json!({ "agent": "WhatsApp Business app" })).await;
    customer.say(&house, "open?").await;
    nothing_waits(&house).await;
    // Nobody handed it over, so no queue has words to say.
    assert_eq!(customer.told(&house).await, [OPEN, OPEN]);
    let records = journal(&house).await;
    let silent: Vec<bool> = verdicts(&records, &customer).map(is_silent).collect();
    assert_eq!(silent, [false, true, true, false]);
    let echoes = of(&records, &customer);
    let echoes = echoes.iter().filter(|one| matches!(one.event.kind, EventKind::Echo(_)));
    assert_eq!(echoes.count(), 2, "each once, though each came twice");
}

/// What would be lost: the agent's first impression. The bot's answer waits to be sent (WhatsApp
/// throttles, or sending is paused) while an agent takes the conversation: it is refused when it
/// would go out, also after a kill, and the agent's own words are not.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_waits_is_not_sent_once_an_agent_has_taken_over() {
    for paused in [false, true] {
        let mut house = House::start(&Rules::Text(SHOP)).await;
        let customer = Customer::numbered(1);
        let throttled = json!({ "rate_limited": 1.0 });
        if paused {
            let pause = json!({ "scope": "all" });
            assert_eq!(house.admin_post("/v1/pauses", &pause).await.0, 200);
        } else {
            house.set_faults(&throttled).await;
        }
        customer.say(&house, "open?").await;
        until("the answer waits", PATIENCE, async || {
            let store = house.status().await["store"].clone();
            let waits = if paused { &store["held"] } else { &store["waiting"] };
            (*waits == 1).then_some(())
        })
        .await;
        typed(&house, &customer, "wamid.ECHO1=", "Hi, Bo here.").await;
        let words = json!({ "agent": "WhatsApp Business app", "text": "At ten.", "id": "bo" });
        act(&house, "answer", words).await;
        restarted(&mut house).await;
        if paused {
            assert_eq!(house.admin_delete("/v1/pauses/all").await, 200);
        } else {
            house.set_faults(&json!({})).await;
        }
        assert_eq!(customer.told_so_much(&house, 1).await, ["At ten."], "paused: {paused}");
        nothing_waits(&house).await;
        assert_eq!(customer.told(&house).await, ["At ten."], "paused: {paused}");
        let records = journal(&house).await;
        let refused = of(&records, &customer).into_iter().filter(|record| {
            let not_owned = SendOutcome::Dropped { why: Hold::NotOwned };
            matches!(&record.event.kind, EventKind::Sent { outcome, .. } if *outcome == not_owned)
        });
        assert_eq!(refused.count(), 1, "paused: {paused}");
    }
}

/// `kill -9`, and on.
async fn restarted(house: &mut House) {
    house.kill_daemon();
    house.start_daemon().await;
}

/// What was decided on each message of a customer.
fn verdicts<'a>(
    records: &'a [usherd::model::Record],
    customer: &Customer,
) -> impl Iterator<Item = &'a Verdict> {
    let messages = of(records, customer).into_iter();
    let messages = messages.filter(|one| matches!(one.event.kind, EventKind::Message(_)));
    messages.map(|record| &record.verdict)
}

fn is_silent(verdict: &Verdict) -> bool {
    *verdict == Verdict::Silent("owned".to_owned())
}
