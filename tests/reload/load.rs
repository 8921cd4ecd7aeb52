//! Customers who write without a pause while rules are replaced, and what they were answered.

use crate::house::House;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usherd::clock::{Clock, SystemClock};

/// Webhooks under way at once: below what the daemon refuses.
const AT_ONCE: usize = 64;

/// Customers; each has a lane of answers of its own.
const CUSTOMERS: u64 = 1_000;

/// A load that runs until it is stopped.
pub struct Load {
    stop: CancellationToken,
    running: JoinSet<()>,
    sent: Arc<AtomicU64>,
    /// Answers other than 200.
    failed: Arc<AtomicU64>,
}

impl Load {
    /// Begins with signed webhooks at `rate` a second, each with the text `hello #N`.
    pub fn start(house: &Arc<House>, rate: u64) -> Load {
        let mut load = Load {
            stop: CancellationToken::new(),
            running: JoinSet::new(),
            sent: Arc::default(),
            failed: Arc::default(),
        };
        let (house, stop) = (Arc::clone(house), load.stop.clone());
        let (sent, failed) = (Arc::clone(&load.sent), Arc::clone(&load.failed));
        load.running.spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / rate));
            let slots = Arc::new(Semaphore::new(AT_ONCE));
            let mut requests = JoinSet::new();
            while !stop.is_cancelled() {
                ticks.tick().await;
                let slot = Arc::clone(&slots).acquire_owned().await.unwrap();
                let n = sent.fetch_add(1, Ordering::SeqCst);
                let (house, failed) = (Arc::clone(&house), Arc::clone(&failed));
                requests.spawn(async move {
                    let _slot = slot;
                    if house.webhook(&message(n)).await != 200 {
                        failed.fetch_add(1, Ordering::SeqCst);
                    }
                });
                while requests.try_join_next().is_some() {}
            }
            requests.join_all().await;
        });
        load
    }

    /// How many were sent so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// Ends it: how many were sent, and how many not answered with 200.
    pub async fn stop(self) -> (u64, u64) {
        self.stop.cancel();
        self.running.join_all().await;
        (self.sent.load(Ordering::SeqCst), self.failed.load(Ordering::SeqCst))
    }
}

/// A customer's message.
pub fn message(n: u64) -> String {
    let who = format!("351{:09}", n % CUSTOMERS);
    let at = (SystemClock.now().millis() / 1_000).to_string();
    let text = json!({ "body": format!("hello #{n}") });
    let message = json!({ "from": who, "id": format!("wamid.L{n}"), "timestamp": at, "type": "text", "text": text });
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "1", "phone_number_id": "900000000000001" },
        "contacts": [{ "profile": { "name": "Ana" }, "wa_id": who }],
        "messages": [message],
    });
    let changes = json!([{ "field": "messages", "value": value }]);
    let entry = json!([{ "id": "100000000000001", "changes": changes }]);
    json!({ "object": "whatsapp_business_account", "entry": entry }).to_string()
}

/// Reads every answer that went out, as it goes out.
pub struct Answers {
    stop: CancellationToken,
    running: JoinSet<Heard>,
    count: Arc<AtomicU64>,
}

/// What was answered.
#[derive(Debug, Default)]
pub struct Heard {
    pub answers: u64,
    /// By which generations.
    pub generations: BTreeSet<String>,
    /// Texts whose two markers are of two generations.
    pub mixed: Vec<String>,
}

impl Answers {
    /// Begins to read what reaches the simulator.
    pub fn read(house: &Arc<House>) -> Answers {
        let mut answers = Answers {
            stop: CancellationToken::new(),
            running: JoinSet::new(),
            count: Arc::default(),
        };
        let (house, stop) = (Arc::clone(house), answers.stop.clone());
        let count = Arc::clone(&answers.count);
        answers.running.spawn(async move {
            let (mut heard, mut after) = (Heard::default(), 0);
            loop {
                let ends = stop.is_cancelled();
                let page = house.ask_simulator(&format!("/sim/sent?after={after}")).await;
                let page = page.as_array().unwrap().clone();
                for sent in &page {
                    heard.see(sent);
                    after = sent["n"].as_u64().unwrap();
                }
                count.store(heard.answers, Ordering::SeqCst);
                if page.is_empty() && ends {
                    return heard;
                }
                if page.is_empty() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        });
        answers
    }

    /// How many so far.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// All of them.
    pub async fn stop(mut self) -> Heard {
        self.stop.cancel();
        self.running.join_next().await.unwrap().unwrap()
    }
}

impl Heard {
    fn see(&mut self, sent: &Value) {
        let text = sent["text"].as_str().unwrap_or_else(|| panic!("no text in {sent}"));
        let marks: Vec<&str> = text.split(' ').skip(1).collect();
        self.answers += 1;
        match marks.as_slice() {
            [one, other] if one == other => {
                self.generations.insert((*one).to_owned());
            }
            _ => self.mixed.push(text.to_owned()),
        }
    }
}
