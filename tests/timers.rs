//! Timers over real stores and a clock that stands: each rings once, whatever happens to the store.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "outbox/flaky.rs"]
mod flaky;
#[path = "support/fronted.rs"]
mod fronted;
#[path = "timers/night.rs"]
mod night;
#[path = "support/wait.rs"]
mod wait;

use flaky::Flaky;
use fronted::Fronted;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usherd::clock::{Clock, ManualClock};
use usherd::metrics::{Metrics, TimerLabels};
use usherd::model::{
    Alias, ContactId, Event, EventKind, Message, MessageKind, NumberId, Profile, Record, State,
    Subject, Timer, TimerChange, TimerKey, TimerKind, Timestamp, Verdict,
};
use usherd::store::embedded::Embedded;
use usherd::store::memory::Memory;
use usherd::store::{Commit, Committed, Store, Write};
use usherd::timers::Timers;
use usherd::turn::{Taken, Turn};
use uuid::Uuid;

const START: Timestamp = Timestamp(1_760_000_000_000);
const MINUTE: Duration = Duration::from_secs(60);

struct Rig {
    store: Arc<dyn Store>,
    turn: Arc<Turn>,
    clock: Arc<ManualClock>,
    metrics: Arc<Metrics>,
    running: JoinSet<()>,
    stop: CancellationToken,
}

fn number() -> NumberId {
    "900000000000001".into()
}

fn contact(n: u128) -> ContactId {
    ContactId(Uuid::from_u128(n))
}

fn timer(n: u128, name: &str, at: Timestamp) -> Timer {
    let kind = TimerKind::FollowUp;
    Timer { key: TimerKey { contact: contact(n), number: number(), kind, name: name.into() }, at }
}

fn account_event(id: &str) -> Event {
    Event {
        id: id.into(),
        at: START,
        stated_at: None,
        subject: Subject::Account,
        kind: EventKind::Account { field: "test".to_owned(), raw: Vec::new().into() },
    }
}

impl Rig {
    fn over(store: Arc<dyn Store>) -> Rig {
        Rig::by(store, "", START)
    }

    /// By these rules, at this time.
    fn by(store: Arc<dyn Store>, rules: &str, now: Timestamp) -> Rig {
        let clock = Arc::new(ManualClock::at(now));
        let metrics = Arc::new(Metrics::default());
        let files = [("rules.toml".to_owned(), rules.as_bytes().into())].into();
        let checked = usherd::decide::check(
            &usherd::rules::Sources { files, ..usherd::rules::Sources::default() },
            &usherd::rules::Settings::default(),
        );
        let turn = Turn::new(
            Arc::clone(&store),
            checked.ruleset.expect("these rules are good rules"),
            Arc::clone(&clock) as Arc<dyn Clock>,
            |_| contact(999),
            Arc::clone(&metrics),
        );
        let (running, stop) = (JoinSet::new(), CancellationToken::new());
        Rig { store, turn: Arc::new(turn), clock, metrics, running, stop }
    }

    /// Contact `n`, whose timers these are.
    async fn set(&self, n: u128, timers: Vec<Timer>) {
        let mut state = match self.store.state(contact(n), &number()).await.unwrap() {
            Some(state) => state,
            None => State::new(contact(n), number(), Timestamp(START.0 + n as i64)),
        };
        let expected = state.contact.version;
        state.contact.version += 1;
        state.contact.aliases.insert(Alias::WaId(n.to_string()));
        let event = account_event(&format!("set {n} {expected}"));
        let record = Record {
            at: START,
            event: event.clone(),
            contact: None,
            number: None,
            version: expected + 1,
            revision: "test".to_owned(),
            engine: 1,
            verdict: Verdict::Recorded,
            changes: Vec::new(),
            jobs: Vec::new(),
            emitted: Vec::new(),
            snapshot: None,
        };
        let step = Commit {
            write: Some(Write { expected, state }),
            timers: timers.into_iter().map(TimerChange::Set).collect(),
            ..event.commit_alone(record, Vec::new())
        };
        assert_eq!(self.store.commit(step).await, Ok(Committed::Applied));
    }

    fn run(&mut self) {
        self.running.spawn(Timers::new(Arc::clone(&self.turn)).run(self.stop.clone()));
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.running.join_next().await {
            ended.unwrap();
        }
    }

    fn pass(&self, span: Duration) {
        self.clock.set(self.clock.now().plus(span));
        self.turn.timer_bell().notify_one();
    }

    /// The names of the timers that rang, in order.
    async fn rang(&self) -> Vec<String> {
        let lines = self.store.journal(0, 999).await.unwrap().into_iter();
        let name = |(_, record): (u64, Record)| match record.event.kind {
            EventKind::Timer { key, .. } => Some(key.name),
            _ => None,
        };
        lines.filter_map(name).collect()
    }

    async fn until(&self, names: &[&str]) {
        let what = format!("{names:?} ring");
        wait::until(&what, wait::PATIENCE, async || {
            let rang = self.rang().await;
            (rang.len() >= names.len()).then(|| assert_eq!(rang, names))
        })
        .await;
    }

    /// A timer that comes after all others: once it rang, nothing rings twice any more.
    async fn settle(&self, n: u128, mut names: Vec<&str>) {
        self.set(n, vec![timer(n, "last", self.clock.now())]).await;
        self.turn.timer_bell().notify_one();
        names.push("last");
        self.until(&names).await;
        assert_eq!(self.store.next_timer().await, Ok(None));
    }

    fn counted(&self) -> u64 {
        self.metrics.timers_fired.get_or_create(&TimerLabels { kind: "follow_up" }).get()
    }
}

async fn each_rings_at_its_time(store: Arc<dyn Store>) {
    let mut rig = Rig::over(store);
    let later = START.plus(MINUTE);
    let before = timer(1, "a millisecond before", START.minus(Duration::from_millis(1)));
    rig.set(1, vec![timer(1, "later", later), timer(1, "now", START), before]).await;
    rig.run();
    rig.until(&["a millisecond before", "now"]).await;
    assert_eq!(rig.store.next_timer().await, Ok(Some(later)));
    rig.pass(MINUTE - Duration::from_millis(1));
    rig.settle_before(later).await;
    rig.pass(Duration::from_millis(1));
    rig.until(&["a millisecond before", "now", "between", "later"]).await;
    rig.settle(1, vec!["a millisecond before", "now", "between", "later"]).await;
    assert_eq!(rig.counted(), 5);
    rig.stop().await;
}

impl Rig {
    /// Something rings before `later` does.
    async fn settle_before(&self, later: Timestamp) {
        self.set(2, vec![timer(2, "between", self.clock.now())]).await;
        self.turn.timer_bell().notify_one();
        self.until(&["a millisecond before", "now", "between"]).await;
        assert_eq!(self.store.next_timer().await, Ok(Some(later)));
    }
}

#[tokio::test]
async fn each_rings_at_its_time_in_memory() {
    each_rings_at_its_time(Arc::new(Memory::new())).await;
}

#[tokio::test]
async fn each_rings_at_its_time_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    each_rings_at_its_time(Arc::new(Embedded::open(dir.path()).unwrap())).await;
}

#[tokio::test]
async fn what_came_due_while_usher_was_down_rings_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let rig = Rig::over(Arc::new(Embedded::open(dir.path()).unwrap()));
    rig.set(1, vec![timer(1, "one", START.plus(MINUTE)), timer(1, "two", START.plus(3 * MINUTE))])
        .await;
    drop(rig);
    for (pass, names) in [(2 * MINUTE, &["one"][..]), (20 * 1_440 * MINUTE, &["one", "two"])] {
        let mut rig = Rig::over(Arc::new(Embedded::open(dir.path()).unwrap()));
        rig.pass(pass);
        rig.run();
        rig.until(names).await;
        assert_eq!(rig.counted(), 1);
        rig.stop().await;
    }
}

/// A store that refuses commits, or loses their answers, when it is told to.
fn flaky() -> (Rig, Arc<AtomicU32>, Arc<AtomicU32>) {
    let (refuse, doubt) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let store = Fronted(Flaky {
        store: Arc::new(Memory::new()),
        refuse: Arc::clone(&refuse),
        lose: AtomicU32::new(0),
        doubt: Arc::clone(&doubt),
    });
    (Rig::over(Arc::new(store)), refuse, doubt)
}

#[tokio::test]
async fn a_store_that_fails_is_asked_again() {
    let (mut rig, refuse, _) = flaky();
    rig.set(1, vec![timer(1, "one", START), timer(1, "two", START)]).await;
    refuse.store(3, Ordering::SeqCst);
    rig.run();
    wait::until("both rang", wait::PATIENCE, async || (rig.rang().await.len() == 2).then_some(()))
        .await;
    assert_eq!(refuse.load(Ordering::SeqCst), 0);
    assert_eq!(rig.counted(), 2);
    rig.stop().await;
}

#[tokio::test]
async fn a_timer_whose_commit_is_in_doubt_rings_once() {
    let (mut rig, _, doubt) = flaky();
    rig.set(1, vec![timer(1, "one", START), timer(1, "two", START)]).await;
    doubt.store(1, Ordering::SeqCst);
    rig.run();
    rig.until(&["one", "two"]).await;
    rig.settle(2, vec!["one", "two"]).await;
    assert_eq!(doubt.load(Ordering::SeqCst), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_timer_of_a_merged_contact_rings_for_the_one_that_stayed() {
    let rig = Rig::over(Arc::new(Memory::new()));
    rig.set(1, Vec::new()).await;
    rig.set(2, vec![timer(2, "one", START)]).await;
    // It is read before the two become one, and taken after.
    let due = rig.store.timers_due(START, 9).await.unwrap();
    assert_eq!(rig.store.merge(contact(1), contact(2), START).await, Ok(contact(1)));
    assert_eq!(rig.store.timers_due(START, 9).await, Ok(vec![timer(1, "one", START)]));
    let key = due[0].key.clone();
    let event = Event {
        subject: Subject::Contact { id: key.contact, number: number() },
        kind: EventKind::Timer { key, due: START },
        ..account_event("timer")
    };
    assert_eq!(rig.turn.take(event).await, Ok(Taken::Applied));
    assert_eq!(rig.store.next_timer().await, Ok(None), "it does not ring again");
    let (_, record) = rig.store.journal(0, 99).await.unwrap().pop().unwrap();
    assert_eq!(record.contact, Some(contact(1)));
}

const CART: &str = r#"
[[reply]]
id = "cart"
words = ["cart"]
text = "It waits for you."
follow_up = [{ after = "1h", text = "Still yours." }, { after = "3h", text = "Last call." }]
"#;

impl Rig {
    /// Customer `n` writes.
    async fn says(&self, n: u128, id: &str, text: &str) {
        let message = Message {
            wamid: id.into(),
            kind: MessageKind::Text,
            text: Some(text.to_owned()),
            payload: None,
            reply_to: None,
            ad: None,
            group: None,
            raw: None,
        };
        let (aliases, profile) = (vec![Alias::WaId(n.to_string())], Profile::default());
        let at = self.clock.now();
        let event = Event {
            at,
            stated_at: Some(at),
            subject: Subject::Person { aliases, number: number(), profile },
            kind: EventKind::Message(message),
            ..account_event(id)
        };
        assert_eq!(self.turn.take(event).await, Ok(Taken::Applied));
    }

    /// How many messages each ring made, in order.
    async fn made(&self) -> Vec<usize> {
        let lines = self.store.journal(0, 999).await.unwrap().into_iter();
        let rings = lines.filter(|(_, line)| matches!(line.event.kind, EventKind::Timer { .. }));
        rings.map(|(_, line)| line.jobs.len()).collect()
    }

    async fn until_made(&self, wanted: &[usize]) {
        wait::until("the follow-ups", wait::PATIENCE, async || {
            let made = self.made().await;
            (made.len() >= wanted.len()).then(|| assert_eq!(made, wanted))
        })
        .await;
    }
}

#[tokio::test]
async fn a_follow_up_is_said_once_over_restarts_and_by_the_contact_that_stayed() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Rig::by(Arc::new(Embedded::open(dir.path()).unwrap()), CART, START);
    let rig = open();
    rig.set(1, Vec::new()).await;
    rig.set(2, Vec::new()).await;
    rig.says(2, "one", "my cart").await;
    assert_eq!(rig.store.next_timer().await, Ok(Some(START.plus(60 * MINUTE))));
    drop(rig);

    // While usher was down an hour passed; meanwhile the two are one.
    let mut rig = open();
    assert_eq!(rig.store.merge(contact(1), contact(2), START).await, Ok(contact(1)));
    rig.pass(60 * MINUTE);
    rig.run();
    rig.until_made(&[1]).await;
    assert_eq!(rig.store.next_timer().await, Ok(Some(START.plus(180 * MINUTE))));
    rig.stop().await;

    let mut rig = open();
    rig.pass(179 * MINUTE);
    rig.run();
    // Whoever comes back is not asked once more.
    rig.says(1, "two", "thanks").await;
    assert_eq!(rig.store.next_timer().await, Ok(None));
    rig.pass(10 * MINUTE);
    rig.settle_after(&[1]).await;
    rig.stop().await;
}

impl Rig {
    /// What rings last of all; then nothing more has been made.
    async fn settle_after(&self, made: &[usize]) {
        self.set(3, vec![timer(3, "last", self.clock.now())]).await;
        self.turn.timer_bell().notify_one();
        self.until_made(&[made, &[0]].concat()).await;
    }
}
