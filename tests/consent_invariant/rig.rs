//! One history under one rule set: through the turn and a store, to a sender that only writes down
//! what was claimed. After each thing that happens the oracle is told, and asked.

#[path = "sender.rs"]
mod sender;

use crate::from_outside::{asked, lives, updated};
use crate::history::{Act, Desk, Names, Outbox, Said, Update, What, Zone};
use crate::oracle::{Allowed, Needs, Oracle, address, aliases, looks};
use crate::planted::{Bug, Planted, SLIPPED};
use crate::shop::{FUNCTIONS, Shop};
use proptest::sample::Index;
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use usherd::clock::{Clock, ManualClock};
use usherd::decide::check;
use usherd::metrics::Metrics;
use usherd::model::{
    AgentAct, Alias, Call, ConsentAct, ContactId, Content, DeliveryStatus, DeskAct, Echo, Effect,
    Event, EventId, EventKind, Hold, Job, JobState, LedgerEntry, LookedUp, LookupOutcome, Message,
    MessageKind, NumberId, Posted, Preference, Profile, Purpose, Raw, SendError, SendOutcome,
    Status, Subject, TimerKind, Timestamp, Verdict, Wamid,
};
use usherd::rules::{Ruleset, Settings, Sources};
use usherd::store::embedded::Embedded;
use usherd::store::memory::Memory;
use usherd::store::{Claimed, Store, Terms};
use usherd::turn::{Decided, Turn};
use uuid::Uuid;

/// Ten in the morning in Seoul.
const START: Timestamp = Timestamp(1_789_952_400_000);
/// Reports that nobody knows what became of a message are looked at after so long.
const UNKNOWN: Duration = Duration::from_secs(30);

/// Which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Memory,
    Embedded,
    /// On disk, and opened again after each death.
    Disk,
}

/// How often things happened: a run in which nothing did proves nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    pub advertised: u64,
    pub confirmed: u64,
    pub stopped: u64,
    pub suspended: u64,
    pub raised: u64,
    pub lowered: u64,
    pub merged: u64,
    pub held_by_night: u64,
    pub refused_at_claim: u64,
    pub deaths: u64,
    pub repeated: u64,
    pub reloads: u64,
    pub merges: u64,
    /// Steps for those who stay silent.
    pub followed: u64,
    /// Lookups that were answered.
    pub answered: u64,
    pub storms: u64,
    /// Answers to a question that was not on its way yet.
    pub early: u64,
    /// Refused at the claim for an agent has the conversation.
    pub refused_to_the_bot: u64,
    /// Planted advertisements that the oracle forbids.
    pub planted: u64,
    /// Those of them that the commit caught, and the claim.
    pub caught_at_commit: u64,
    pub caught_at_claim: u64,
}

/// What an event was meant as.
#[derive(Debug, Clone)]
enum Meant {
    Said(What),
    Switch(bool),
    Desk(Desk),
    Echo(&'static str),
    Update(Update),
    Ring,
    Failed(Content),
    Answer,
    Other,
}

pub struct Rig<'a> {
    oracle: Oracle<'a>,
    /// In force.
    shop: &'a Shop,
    rules: Arc<Ruleset>,
    /// What a reload brings; made at the first one.
    others: (&'a Shop, Option<Arc<Ruleset>>),
    /// What other systems were asked: about whom, where, for which message.
    lookups: Vec<(ContactId, NumberId, EventId)>,
    place: Place,
    dir: Option<tempfile::TempDir>,
    clock: Arc<ManualClock>,
    store: Arc<Planted>,
    turn: Turn,
    watch: Receiver<Arc<Decided>>,
    sleeps: bool,
    counter: u64,
    past: Vec<Event>,
    meant: HashMap<String, Meant>,
    contacts: BTreeMap<ContactId, Alias>,
    ledgers: BTreeMap<ContactId, Vec<LedgerEntry>>,
    sent: Option<(Job, Wamid)>,
    pub seen: Seen,
    /// What went wrong first.
    wrong: Option<String>,
}

/// The rules of a shop; a shop that is refused is a mistake of the generator's.
fn compile(shop: &Shop) -> Result<Arc<Ruleset>, String> {
    let toml = shop.toml();
    let file = |text: &str| -> Arc<[u8]> { text.as_bytes().into() };
    let files = [("shop.toml".to_owned(), file(&toml)), ("shop.rhai".to_owned(), file(FUNCTIONS))];
    let answer_within = Duration::from_secs(shop.answer_within * 3_600);
    let mut settings = Settings { answer_within, ..Settings::default() };
    if shop.storms {
        settings.storm.replies_per_minute = 4;
        settings.storm_queue = Some("care".to_owned());
    }
    let checked = check(&Sources { files: files.into(), ..Sources::default() }, &settings);
    let found = checked.diagnostics.iter().map(|one| {
        let line = one.places.first().map_or(0, |place| place.line);
        format!("line {line}: {}", one.message)
    });
    let found: Vec<String> = found.collect();
    checked.ruleset.ok_or_else(|| format!("the rules are refused: {found:#?}"))
}

thread_local! {
    static CONTACTS: Cell<u128> = const { Cell::new(0) };
}

fn new_id(_: Timestamp) -> ContactId {
    CONTACTS.set(CONTACTS.get() + 1);
    ContactId(Uuid::from_u128(CONTACTS.get()))
}

fn open(place: Place, dir: Option<&tempfile::TempDir>) -> Arc<dyn Store> {
    match (place, dir) {
        (Place::Disk, Some(dir)) => Arc::new(Embedded::open(dir.path()).unwrap()),
        (Place::Embedded, _) => {
            Arc::new(Embedded::open_on(redb::backends::InMemoryBackend::new).unwrap())
        }
        _ => Arc::new(Memory::new()),
    }
}

fn number(n: usize) -> NumberId {
    NumberId::from(format!("90000000000000{n}"))
}

impl<'a> Rig<'a> {
    pub fn new(shop: &'a Shop, other: &'a Shop, place: Place, bug: Bug) -> Result<Rig<'a>, String> {
        CONTACTS.set(0);
        let dir = (place == Place::Disk).then(|| tempfile::tempdir().unwrap());
        let planted = Planted::new(open(place, dir.as_ref()), bug);
        let (store, rules) = (Arc::new(planted), compile(shop)?);
        let clock = Arc::new(ManualClock::at(START));
        let turn = turn(&store, &rules, &clock);
        Ok(Rig {
            oracle: Oracle::new(shop),
            shop,
            rules,
            others: (other, None),
            lookups: Vec::new(),
            place,
            dir,
            clock,
            watch: turn.watch(),
            store,
            turn,
            sleeps: false,
            counter: 0,
            past: Vec::new(),
            meant: HashMap::new(),
            contacts: BTreeMap::new(),
            ledgers: BTreeMap::new(),
            sent: None,
            seen: Seen::default(),
            wrong: None,
        })
    }

    /// Plays a history.
    ///
    /// # Errors
    /// What went wrong, and after what.
    pub async fn play(mut self, history: &[Act]) -> Result<Seen, String> {
        for (place, act) in history.iter().enumerate() {
            self.act(act).await;
            if !self.sleeps {
                self.send(true).await;
            }
            self.compare().await;
            if let Some(wrong) = self.wrong {
                return Err(format!("after act {place} ({act:?}): {wrong}"));
            }
        }
        Ok(self.seen)
    }

    fn wrong(&mut self, why: impl Into<String>) {
        self.wrong.get_or_insert(why.into());
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn act(&mut self, act: &Act) {
        match act {
            Act::Webhook(said) => self.webhook(said).await,
            Act::OptsIn { who, number } => {
                self.says(*who, *number, &[("subscribe", Names::Phone), ("yes", Names::Phone)])
                    .await;
            }
            Act::Regrets { who, number, stops } => {
                self.says(*who, *number, &[("subscribe", Names::Phone), ("yes", Names::Phone)])
                    .await;
                self.sleeps = true;
                let kind = EventKind::Outbound(asked(false, true, true));
                self.about(*who, Names::Phone, *number, kind, Meant::Other).await;
                if *stops {
                    self.says(*who, *number, &[("stop", Names::Phone)]).await;
                } else {
                    let update = Update::Lowers;
                    let kind = EventKind::Updated(updated(update, self.shop.below(), self.now()));
                    self.about(*who, Names::Phone, *number, kind, Meant::Update(update)).await;
                }
                self.sleeps = false;
            }
            Act::Again(_) if self.past.is_empty() => {}
            Act::Again(which) => {
                let event = which.get(&self.past).clone();
                self.take(event).await;
            }
            Act::Switch { who, names, stop } => {
                let kind = EventKind::Preference(Preference { stop: *stop });
                self.about(*who, *names, 0, kind, Meant::Switch(*stop)).await;
            }
            Act::Desk { who, number, agent, act } => {
                let done = match act {
                    Desk::Take => AgentAct::Take,
                    Desk::Answer => AgentAct::Answer { text: "[agent] Hello".to_owned() },
                    Desk::End => AgentAct::Answer { text: "#end".to_owned() },
                    Desk::Release => AgentAct::Release,
                    Desk::Close => AgentAct::Close,
                };
                let agent = format!("agent {agent}");
                let kind = EventKind::Desk(DeskAct { act: done, agent });
                self.about(*who, Names::Phone, *number, kind, Meant::Desk(*act)).await;
            }
            Act::Echo { who, number, text } => {
                let kind =
                    EventKind::Echo(Echo { text: Some((*text).to_owned()), raw: Raw::default() });
                self.about(*who, Names::Phone, *number, kind, Meant::Echo(text)).await;
            }
            Act::Post { who, number, hours, zone } => self.post(*who, *number, *hours, *zone).await,
            Act::Ask { who, number, text, template, advertises } => {
                let kind = EventKind::Outbound(asked(*text, *template, *advertises));
                self.about(*who, Names::Phone, *number, kind, Meant::Other).await;
            }
            Act::Update { who, number, update } => {
                let kind = EventKind::Updated(updated(*update, self.shop.below(), self.now()));
                self.about(*who, Names::Phone, *number, kind, Meant::Update(*update)).await;
            }
            Act::Wait(minutes) => {
                self.clock.set(self.now().plus(Duration::from_secs(minutes * 60)));
            }
            Act::Ring => self.ring().await,
            Act::Silence(minutes) => {
                self.clock.set(self.now().plus(Duration::from_secs(minutes * 60)));
                self.ring().await;
            }
            Act::Flood { who, number, text } => {
                let (what, names) = (What::Text(text), Names::Phone);
                let said = Said { who: *who, names, number: *number, late: 0, what };
                self.webhook(&vec![said; 6]).await;
            }
            Act::Status { failed } => self.status(*failed).await,
            Act::Answer { which, found } => self.answer(*which, *found).await,
            Act::Reload => self.reload(),
            Act::Merge { who, stops } => {
                self.seen.merges += 1;
                let word = if *stops { "stop" } else { "hello there" };
                let words = [
                    ("subscribe", Names::Phone),
                    ("yes", Names::Phone),
                    (word, Names::Bsuid),
                    ("hello there", Names::Both),
                ];
                self.says(*who, 0, &words).await;
            }
            Act::Outbox(Outbox::Sleeps) => self.sleeps = true,
            Act::Outbox(Outbox::Wakes) => self.sleeps = false,
            Act::Outbox(Outbox::Dies) => self.die().await,
        }
    }

    /// One word after the other, with time to be answered.
    async fn says(&mut self, who: usize, number: usize, words: &[(&'static str, Names)]) {
        for (text, names) in words {
            let (names, what) = (*names, What::Text(text));
            self.webhook(&[Said { who, names, number, late: 0, what }]).await;
            if !self.sleeps {
                self.send(true).await;
            }
        }
    }

    fn reload(&mut self) {
        self.seen.reloads += 1;
        let now = (self.shop, Some(Arc::clone(&self.rules)));
        let (shop, rules) = std::mem::replace(&mut self.others, now);
        let rules = rules.map_or_else(|| compile(shop), Ok);
        (self.shop, self.rules) = (shop, rules.unwrap());
        self.oracle.reloaded(self.shop);
        drop(self.turn.put_rules(Arc::clone(&self.rules)));
    }

    /// Another system answers: it found it, knows no such thing, or failed.
    async fn answer(&mut self, which: Index, found: Option<bool>) {
        if self.lookups.is_empty() {
            return;
        }
        let (id, number, of) = self.lookups.remove(which.index(self.lookups.len()));
        let outcome = match found {
            Some(true) => {
                let status = ("status".to_owned(), "shipped".to_owned());
                LookupOutcome::Found(BTreeMap::from([status]))
            }
            Some(false) => LookupOutcome::Missing,
            None => LookupOutcome::Failed("timeout".to_owned()),
        };
        let kind = EventKind::LookedUp(LookedUp { lookup: "order".to_owned(), of, outcome });
        let event = self.of(Subject::Contact { id, number }, kind, Meant::Answer);
        self.past.push(event.clone());
        self.take(event).await;
    }

    async fn post(&mut self, who: usize, number: usize, hours: u64, zone: Option<Zone>) {
        let starts = self.now().plus(Duration::from_secs(hours * 3_600)).millis();
        let starts = jiff::Timestamp::from_millisecond(starts).unwrap().to_string();
        let kind = EventKind::Posted(Posted {
            kind: "deal.made".to_owned(),
            data: BTreeMap::from([("starts_at".to_owned(), starts)]),
            person: lives(zone),
            by: "crm".to_owned(),
        });
        let meant = zone.map_or(Meant::Other, |zone| Meant::Update(Update::Lives(zone)));
        self.about(who, Names::Phone, number, kind, meant).await;
    }

    async fn webhook(&mut self, said: &[Said]) {
        let events: Vec<Event> = said.iter().map(|said| self.message(said)).collect();
        self.past.extend(events.iter().cloned());
        self.turn.take_all(events).await.unwrap();
        self.learn().await;
    }

    fn message(&mut self, said: &Said) -> Event {
        self.counter += 1;
        let mut message = Message {
            wamid: Wamid::from(format!("wamid.in.{}", self.counter)),
            kind: MessageKind::Text,
            text: None,
            payload: None,
            reply_to: None,
            ad: None,
            group: None,
            raw: None,
        };
        match &said.what {
            What::Text(text) => message.text = Some((*text).to_owned()),
            What::Quoting(text) => {
                message.text = Some((*text).to_owned());
                message.reply_to = Some("wamid.other".into());
            }
            What::Tap(id) => {
                message.kind = MessageKind::Button;
                (message.text, message.payload) =
                    (Some("A title".to_owned()), Some((*id).to_owned()));
            }
            What::Image(caption) => {
                message.kind = MessageKind::Image;
                message.text = caption.map(str::to_owned);
            }
            What::Reaction => {
                message.kind = MessageKind::Reaction;
                message.text = Some("👍".to_owned());
            }
        }
        let meant = Meant::Said(said.what.clone());
        let kind = EventKind::Message(message);
        let mut event = self.event(said.who, said.names, said.number, kind, meant);
        event.stated_at = Some(Timestamp((event.at.millis() / 1_000 - said.late as i64) * 1_000));
        event
    }

    fn event(
        &mut self,
        who: usize,
        names: Names,
        on: usize,
        kind: EventKind,
        meant: Meant,
    ) -> Event {
        let aliases = aliases(who, names);
        let profile = Profile::default();
        self.of(Subject::Person { aliases, number: number(on), profile }, kind, meant)
    }

    fn of(&mut self, subject: Subject, kind: EventKind, meant: Meant) -> Event {
        self.counter += 1;
        let id = format!("event:{}", self.counter);
        self.meant.insert(id.clone(), meant);
        Event { id: id.into(), at: self.now(), stated_at: None, subject, kind }
    }

    async fn about(&mut self, who: usize, names: Names, on: usize, kind: EventKind, meant: Meant) {
        let event = self.event(who, names, on, kind, meant);
        self.past.push(event.clone());
        self.take(event).await;
    }

    async fn take(&mut self, event: Event) {
        self.turn.take(event).await.unwrap();
        self.learn().await;
    }

    async fn ring(&mut self) {
        for timer in self.store.timers_due(self.now(), 100).await.unwrap() {
            let (key, due) = (timer.key, timer.at);
            let subject = Subject::Contact { id: key.contact, number: key.number.clone() };
            // Only what is set for a hand-off can end one.
            let meant = if key.kind == TimerKind::HandOff { Meant::Ring } else { Meant::Other };
            let event = self.of(subject, EventKind::Timer { key, due }, meant);
            self.take(event).await;
        }
    }

    async fn status(&mut self, failed: bool) {
        let Some((job, wamid)) = self.sent.clone() else { return };
        let Effect::Send { number, to, content, .. } = &job.effect else { return };
        let detail = "it could not be delivered".to_owned();
        let error = SendError { code: Some(131_026), reason: "undeliverable".to_owned(), detail };
        let (status, error, meant) = if failed {
            (DeliveryStatus::Failed, Some(error), Meant::Failed(content.clone()))
        } else {
            (DeliveryStatus::Delivered, None, Meant::Other)
        };
        let (job, rule, said, category) = (Some(job.id), None, None, None);
        let status = Status { wamid, job, status, error, rule, said, category };
        let (aliases, number) = (vec![address(to)], number.clone());
        let subject = Subject::Person { aliases, number, profile: Profile::default() };
        let event = self.of(subject, EventKind::Status(status), meant);
        self.take(event).await;
    }

    /// Tells the oracle what was taken, in the order in which it was.
    async fn learn(&mut self) {
        while let Ok(decided) = self.watch.try_recv() {
            self.learn_one(&decided).await;
        }
    }

    async fn learn_one(&mut self, decided: &Decided) {
        let (event, at) = (&decided.event, decided.event.at);
        let on = decided.state.conversation.number.clone();
        let contact = decided.state.contact.id;
        let who = match &event.subject {
            Subject::Person { aliases, .. } => {
                self.seen.merged += u64::from(self.oracle.meet(aliases));
                aliases[0].clone()
            }
            _ => self.contacts[&contact].clone(),
        };
        self.contacts.insert(contact, who.clone());
        if let Verdict::Undecided(why) = &decided.verdict {
            self.wrong(format!("{why}: {event:?}"));
        }
        let mut jobs = Vec::new();
        for id in &decided.jobs {
            jobs.push(self.store.job(*id).await.unwrap().unwrap());
        }
        let meant = self.meant.get(event.id.as_str()).cloned();
        match meant.unwrap_or(Meant::Other) {
            Meant::Said(what) => {
                self.oracle.did(&who, &on, &what, event.stated_at.unwrap_or(at), at);
            }
            Meant::Switch(stop) => self.oracle.switched(&who, stop),
            Meant::Desk(Desk::Take) => self.oracle.owned(&who, &on, true),
            Meant::Desk(Desk::Answer) if jobs.is_empty() => {}
            Meant::Desk(Desk::Answer) => self.oracle.owned(&who, &on, true),
            Meant::Desk(Desk::End | Desk::Release | Desk::Close) | Meant::Ring => {
                self.oracle.owned(&who, &on, false);
            }
            Meant::Echo(text) => {
                self.oracle.forget_question(&who, &on);
                self.oracle.owned(&who, &on, text != "#end");
            }
            Meant::Update(update) => self.oracle.updated(&who, &on, update, at),
            Meant::Answer => self.seen.answered += 1,
            Meant::Failed(content) => self.oracle.never_came(&who, &on, &content),
            Meant::Other => {}
        }
        let storms = matches!(&decided.verdict, Verdict::Silent(why) if why == "storm");
        self.seen.storms += u64::from(storms);
        self.seen.early +=
            u64::from(matches!(&decided.verdict, Verdict::Silent(why) if why == "not_asked_yet"));
        self.judge_planted(decided).await;
        for job in jobs {
            let Effect::Send { content, .. } = &job.effect else { continue };
            if matches!(job.state, JobState::Held { why: Hold::QuietHours { .. }, .. }) {
                self.seen.held_by_night += 1;
            }
            self.oracle.told(&who, &on, content, job.id, at);
        }
    }

    /// What was planted into this decision: had it gone out, would the oracle have seen it? And was
    /// it caught?
    async fn judge_planted(&mut self, decided: &Decided) {
        let slips = std::mem::take(&mut *self.store.slips.lock().unwrap());
        let (contact, version) = (decided.state.contact.id, decided.state.contact.version);
        let (here, others): (Vec<Job>, Vec<Job>) = slips
            .into_iter()
            .partition(|slip| slip.id.contact == contact && slip.id.version == version);
        self.store.slips.lock().unwrap().extend(others);
        for slip in here {
            let Effect::Send { number, to, content, .. } = &slip.effect else { continue };
            let forbidden = self.oracle.judge(to, number, content, slip.decided_at).is_err();
            let Some(job) = self.store.job(slip.id).await.unwrap() else { continue };
            let waits = job.state == JobState::Waiting;
            self.seen.planted += u64::from(forbidden);
            match self.store.bug {
                Bug::Gate if !waits => self.wrong("what was planted never reached the claim"),
                Bug::Decide | Bug::Guards if forbidden && waits => {
                    self.wrong(format!("planted for {to:?}, and the commit let it pass"));
                }
                Bug::Decide | Bug::Guards => self.seen.caught_at_commit += u64::from(forbidden),
                Bug::Gate | Bug::None => {}
            }
        }
    }

    /// What the store keeps is never laxer than the oracle, and is what its ledger tells; and the
    /// ledger only grows.
    async fn compare(&mut self) {
        let now = self.now();
        let mut wrong = Vec::new();
        for (id, alias) in &self.contacts {
            let lines = self.store.ledger(*id, 0, 100_000).await.unwrap();
            let before = self.ledgers.entry(*id).or_default();
            let mut rest = lines.iter();
            if !before.iter().all(|line| rest.any(|other| other == line)) {
                wrong.push(format!("the ledger of {alias:?} lost lines: {before:?} {lines:?}"));
            }
            let state = self.store.state(*id, &number(0)).await.unwrap().unwrap();
            let allowed = self.oracle.allowed(alias).unwrap();
            let told = Allowed::told_by(self.shop, &lines);
            for purpose in Purpose::ALL {
                let kept = state.contact.consent.permits(purpose, now).is_ok();
                if let (true, Err(why)) = (kept, allowed.permits(self.shop, purpose, now)) {
                    wrong.push(format!("{alias:?} is taken to allow {why}"));
                }
                let told = told.permits(self.shop, purpose, now).is_ok();
                if told != kept && !self.oracle.was_merged(alias) {
                    wrong.push(format!(
                        "the ledger of {alias:?} says {told} to {purpose:?}, the store {kept}: {lines:?}"
                    ));
                }
            }
            for line in lines.iter().skip(before.len()) {
                match line.act {
                    ConsentAct::Confirmed => self.seen.confirmed += 1,
                    ConsentAct::Stopped => self.seen.stopped += 1,
                    ConsentAct::Suspended => self.seen.suspended += 1,
                    ConsentAct::Raised => self.seen.raised += 1,
                    ConsentAct::Lowered => self.seen.lowered += 1,
                    _ => {}
                }
            }
            *before = lines;
        }
        wrong.into_iter().for_each(|why| self.wrong(why));
    }
}

fn turn(store: &Arc<Planted>, rules: &Arc<Ruleset>, clock: &Arc<ManualClock>) -> Turn {
    let store = Arc::clone(store) as Arc<dyn Store>;
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Turn::new(store, Arc::clone(rules), clock, new_id, Arc::new(Metrics::default()))
}
