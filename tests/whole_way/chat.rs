//! One customer's talk with a daemon that may be killed at any moment, and what the journal says
//! of it afterwards.

use crate::number;
use crate::support::house::House;
use crate::support::wait::{PATIENCE, until};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use usherd::insight::segments;
use usherd::model::{Alias, ContactId, Record, Subject};

/// A customer: the digits they are known by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Customer(pub String);

impl Customer {
    /// The customer with this number, of this test.
    pub fn numbered(n: u64) -> Customer {
        Customer(format!("35194{n:07}"))
    }

    /// Sends this; gives the message's id. It is acknowledged some time later.
    pub async fn send(&self, house: &House, what: &Value) -> String {
        let said = house.tell_simulator(&format!("/sim/customers/{}/say", self.0), what).await;
        said["wamid"].as_str().unwrap().to_owned()
    }

    /// Writes this and waits until the daemon has acknowledged it: it is durable then, and so is
    /// everything that was decided on it.
    pub async fn say(&self, house: &House, text: &str) {
        let wamid = self.send(house, &json!({ "text": text })).await;
        self.acknowledged(house, &wamid).await;
    }

    /// Waits until the daemon has acknowledged this message.
    pub async fn acknowledged(&self, house: &House, wamid: &str) {
        until("a message is acknowledged", PATIENCE, async || {
            let messages = self.messages(house).await;
            let own = messages.iter().find(|one| one["wamid"] == wamid)?;
            (own["status"] == "delivered" || own["status"] == "read").then_some(())
        })
        .await;
    }

    /// Everything they were told, in order.
    pub async fn told(&self, house: &House) -> Vec<String> {
        let messages = self.messages(house).await;
        let ours = messages.iter().filter(|one| one["from"] == "business");
        ours.map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until they have been told so much, and says what.
    pub async fn told_so_much(&self, house: &House, count: usize) -> Vec<String> {
        until("the customer is told something", PATIENCE, async || {
            let told = self.told(house).await;
            (told.len() >= count).then_some(told)
        })
        .await
    }

    async fn messages(&self, house: &House) -> Vec<Value> {
        let all = house.ask_simulator("/sim/customers").await;
        let own = all.as_array().unwrap().iter().find(|one| one["key"] == self.0.as_str());
        own.map(|own| own["messages"].as_array().unwrap().clone()).unwrap_or_default()
    }
}

/// The whole journal, from its files: in order, each event once, each contact's versions without
/// a gap.
pub async fn journal(house: &House) -> Vec<Record> {
    until("the journal is in its files", PATIENCE, async || {
        (number(&house.status().await["store"], "journal") == 0).then_some(())
    })
    .await;
    let lines = segments::read(&house.dir().join("data/journal")).unwrap();
    let records: Vec<Record> = lines.map(|line| line.unwrap().1).collect();
    let mut seen = BTreeSet::new();
    let mut versions: BTreeMap<ContactId, u64> = BTreeMap::new();
    for record in &records {
        assert!(seen.insert(record.event.id.clone()), "`{}` was applied twice", record.event.id);
        if let Some(contact) = record.contact {
            let version = versions.entry(contact).or_default();
            *version += 1;
            assert_eq!(record.version, *version, "a version of {contact} is missing");
        }
    }
    records
}

/// The records of one customer.
pub fn of<'a>(records: &'a [Record], customer: &Customer) -> Vec<&'a Record> {
    let alias = Alias::WaId(customer.0.clone());
    let names = |record: &&Record| match &record.event.subject {
        Subject::Person { aliases, .. } => aliases.contains(&alias),
        Subject::Contact { .. } | Subject::Account => false,
    };
    let contact = records.iter().find(names).and_then(|record| record.contact);
    let contact = contact.expect("the customer is in the journal");
    records.iter().filter(|record| record.contact == Some(contact)).collect()
}
