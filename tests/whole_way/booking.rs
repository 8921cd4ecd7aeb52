//! A form under kills: whatever falls in between, it is filled in once and told once.

use super::chat::{Customer, journal, of};
use crate::support::house::{House, Rules};
use crate::{nothing_waits, number, setting};
use serde_json::json;
use std::time::Duration;
use usherd::model::Emitted;

const BOOKING: &str = r#"
[language]
default = "en"

[fields]
phone  = { type = "text" }
guests = { type = "number" }

[[form]]
id       = "booking"
words    = ["book"]
text     = "Gladly."
examples = ["I want to book a table"]
expect   = "1h"
tries    = 2
cancel   = "Nothing booked on {{ form.day | default('no day') }}."
failed   = "Please call us."
confirm  = "{{ form.service }} on {{ form.day }}, {{ form.guests }} guests?"
done     = "Booked: {{ form.service }}, {{ form.day }}, {{ form.phone }}."
emit     = "booking.requested"

[[form.ask]]
name    = "service"
text    = "Which service?"
choices = [{ id = "cut", title = "Cut", words = ["haircut"] }, { id = "colour", title = "Colour" }]

[[form.ask]]
name   = "day"
text   = "Which day?"
accept = "date"
wrong  = "A day, please."

[[form.ask]]
field = "guests"
text  = "How many?"

[[form.ask]]
field  = "phone"
text   = "Your phone for {{ form.service }}?"
accept = "digits 6-12"

[[form.ask]]
name   = "parking"
text   = "Parking?"
accept = "yes_no"

[[reply]]
id       = "prices"
words    = ["price"]
text     = "From 20."
examples = ["what is the price?"]

[[reply]]
id       = "ping"
words    = ["ping"]
text     = "pong"
examples = ["ping"]
"#;

/// At the same time at it: two have been acknowledged when the kill comes, two perhaps not.
const CUSTOMERS: u64 = 4;

/// What one customer says, in order, and everything they are told.
struct Script {
    said: Vec<String>,
    told: Vec<String>,
    emitted: Emitted,
}

impl Script {
    /// A first try with a wrong answer, cancelled; a second with a wrong answer and a question in
    /// between, to its end. Everyone gives answers of their own.
    fn of(n: u64) -> Script {
        let (guests, phone) = ((n % 8 + 2).to_string(), format!("0912{n:06}"));
        let confirm = format!("cut on 2026-10-05, {guests} guests?");
        let booked = format!("Booked: cut, 2026-10-05, {phone}.");
        let sorry = "Sorry, I did not understand that.";
        let talk: [(&str, &[&str]); 13] = [
            ("I want to book", &["Gladly.", "Which service?"]),
            ("a moustache", &[sorry, "Which service?"]),
            ("haircut", &["Which day?"]),
            ("cancel", &["Nothing booked on no day."]),
            ("book", &["Gladly.", "Which service?"]),
            ("haircut", &["Which day?"]),
            ("someday", &["A day, please."]),
            ("2026-10-05", &["How many?"]),
            (&guests, &["Your phone for cut?"]),
            ("what is the price?", &["From 20.", "Your phone for cut?"]),
            (&phone, &["Parking?"]),
            ("yes", &[&confirm]),
            ("Yes", &[&booked]),
        ];
        let told = talk.iter().flat_map(|(_, told)| told.iter().map(|one| (*one).to_owned()));
        let data = [
            ("service", "cut"),
            ("day", "2026-10-05"),
            ("guests", guests.as_str()),
            ("phone", &phone),
            ("parking", "yes"),
        ];
        let data = data.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Script {
            said: talk.iter().map(|(said, _)| (*said).to_owned()).collect(),
            told: told.collect(),
            emitted: Emitted { kind: "booking.requested".to_owned(), data },
        }
    }
}

/// What would be lost: an answer a customer gave, so that they are asked again; a question, so that
/// they wait for ever; or the booking, or it is made twice. The daemon is killed after each message
/// in turn; webhooks come twice and, met by a dead daemon, again.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_killed_after_every_message_ends_with_one_event() {
    let rounds = setting("USHER_BOOKING_ROUNDS", 1);
    let mut house = House::start(&Rules::Text(BOOKING)).await;
    let duplicates = json!({ "duplicates": 0.3 });
    for round in 0..rounds {
        house.set_faults(&duplicates).await;
        let people: Vec<u64> = (round * CUSTOMERS..(round + 1) * CUSTOMERS).collect();
        for step in 0..Script::of(0).said.len() {
            step_with_kill(&mut house, &people, step, round).await;
        }
        // What a kill left in doubt is settled before the next: in doubt twice, it is a dead letter.
        house.set_faults(&json!({})).await;
        nothing_waits(&house).await;
        for n in people {
            let told = Customer::numbered(n).told(&house).await;
            assert_eq!(told, Script::of(n).told, "customer {n}");
        }
    }
    assert_eq!(number(&house.status().await["store"], "dead"), 0);
    let records = journal(&house).await;
    for n in 0..rounds * CUSTOMERS {
        let records = of(&records, &Customer::numbered(n));
        let emitted: Vec<&Emitted> = records.iter().flat_map(|one| &one.emitted).collect();
        assert_eq!(emitted, [&Script::of(n).emitted], "customer {n}");
    }
    let emitted: usize = records.iter().map(|record| record.emitted.len()).sum();
    assert_eq!(emitted as u64, rounds * CUSTOMERS);
    let faults = house.ask_simulator("/sim/report").await["faults"].clone();
    assert!(number(&faults, "duplicates") > 0, "the run proves nothing without duplicates");
}

/// Everyone says the same thing of the script; the daemon is killed and started again.
async fn step_with_kill(house: &mut House, people: &[u64], step: usize, round: u64) {
    let (first, second) = people.split_at(people.len() / 2);
    let words = |n: u64| json!({ "text": Script::of(n).said[step] });
    for n in first {
        let customer = Customer::numbered(*n);
        let wamid = customer.send(house, &words(*n)).await;
        customer.acknowledged(house, &wamid).await;
    }
    let mut open = Vec::new();
    for n in second {
        let customer = Customer::numbered(*n);
        open.push((customer.send(house, &words(*n)).await, customer));
    }
    // Not waiting for luck: the moment of the kill is what is varied.
    tokio::time::sleep(Duration::from_millis((step as u64 * 7 + round * 3) % 23)).await;
    house.kill_daemon();
    house.start_daemon().await;
    for (wamid, customer) in open {
        customer.acknowledged(house, &wamid).await;
    }
}
