//! The timer of a hand-off under kills, with the machine's clock.

use super::chat::{Customer, journal, of};
use crate::support::house::{House, Rules};
use crate::support::wait::{PATIENCE, until};
use crate::{nothing_waits, setting};
use serde_json::Value;
use std::time::Duration;
use usherd::clock::{Clock, SystemClock};
use usherd::model::{Change, EventKind, Owner, Record, Timestamp};

const CARE: &str = r#"
[language]
default = "en"

[queue.care]
within   = "4s"
escalate = "supervisors"
return   = "on_close"
give_up  = "12s"

[queue.supervisors]
return  = "on_close"
back    = "The assistant is back."

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
"#;

const WITHIN: Duration = Duration::from_secs(4);

/// What would be lost: a complaint that nobody takes and nobody hears of again, because the daemon
/// died between the hand-off and its deadline, or while the deadline rang; or a customer who is
/// told twice that the assistant is back.
#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_nobody_takes_escalates_once_whenever_the_daemon_dies() {
    let rounds = setting("USHER_HANDOFF_ROUNDS", 3);
    let mut house = House::start(&Rules::Text(CARE)).await;
    for round in 0..rounds {
        let customer = Customer::numbered(round);
        customer.say(&house, "I want a refund!").await;
        let deadline = deadline(&house).await;
        match round % 3 {
            // Between the two.
            0 => house.kill_daemon(),
            // Over the deadline: it rings at the start.
            1 => {
                house.kill_daemon();
                wait_for(deadline).await;
            }
            // While it rings.
            _ => {
                wait_for(deadline).await;
                tokio::time::sleep(Duration::from_millis(round * 7 % 90)).await;
                house.kill_daemon();
            }
        }
        house.start_daemon().await;
        // Killed over the deadline, the one before may be with the bot again by now.
        until("it is with the supervisors", PATIENCE, async || {
            (escalations(&house).await > round).then_some(())
        })
        .await;
    }
    for round in 0..rounds {
        Customer::numbered(round).told_so_much(&house, 2).await;
    }
    nothing_waits(&house).await;
    let last = Customer::numbered(rounds - 1);
    last.say(&house, "ping").await;
    assert_eq!(last.told_so_much(&house, 3).await[2], "pong", "the bot answers again");
    let records = journal(&house).await;
    for round in 0..rounds {
        judge(&house, &records, round).await;
    }
}

/// Handed over, escalated after the deadline, given up: each once.
async fn judge(house: &House, records: &[Record], round: u64) {
    let customer = Customer::numbered(round);
    let records = of(records, &customer);
    let mut owners: Vec<String> = Vec::new();
    for record in &records {
        owners.extend(record.changes.iter().filter_map(|change| match change {
            Change::Owner(Owner::Waiting { queue }) => Some(queue.clone()),
            Change::Owner(Owner::Bot) => Some("bot".to_owned()),
            Change::Owner(Owner::Agent { name }) => Some(format!("agent {name}")),
            _ => None,
        }));
    }
    assert_eq!(owners, ["care", "supervisors", "bot"], "round {round}");
    let rang = records.iter().filter(|one| matches!(one.event.kind, EventKind::Timer { .. }));
    let rang: Vec<Timestamp> = rang.map(|record| record.at).collect();
    assert_eq!(rang.len(), 2, "round {round}: each timer rings once");
    let begun = records.first().expect("the complaint").at;
    assert!(rang[0] >= begun.plus(WITHIN), "round {round}: not before its time");
    let mut told = customer.told(house).await;
    told.truncate(2);
    assert_eq!(told, ["I am connecting you with a colleague.", "The assistant is back."]);
    let back = customer.told(house).await.iter().filter(|one| one.contains("is back")).count();
    assert_eq!(back, 1, "round {round}");
}

/// By when the only conversation that still waits in `care` is to be taken.
async fn deadline(house: &House) -> Timestamp {
    let (status, listed) = house.admin("/v1/conversations?owner=waiting").await;
    assert_eq!(status, 200, "{listed}");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let items = listed["items"].as_array().unwrap();
    let waits = items.iter().find(|item| item["queue"] == "care").expect("it waits in care");
    serde_json::from_value(waits["deadline"].clone()).unwrap()
}

/// How many were handed on so far.
async fn escalations(house: &House) -> u64 {
    let records = journal(house).await;
    let moved = |change: &&Change| matches!(change, Change::Owner(Owner::Waiting { queue }) if queue == "supervisors");
    records.iter().flat_map(|record| &record.changes).filter(moved).count() as u64
}

async fn wait_for(time: Timestamp) {
    tokio::time::sleep(time.since(SystemClock.now())).await;
}
