//! An outbox over the store in memory, a turn without rules, and a clock that stands.

use crate::graph::Graph;
use crate::wait;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usherd::clock::{Clock, ManualClock};
use usherd::config::Secrets;
use usherd::metrics::{Metrics, OutcomeLabels};
use usherd::model::{
    Alias, Consent, ContactId, Content, DeliveryStatus, Effect, Event, EventKind, Guards, Job,
    JobId, JobState, NumberId, Outside, Preference, Profile, Purpose, QuietHours, Recipient,
    Record, SendError, State, Status, Subject, Timestamp, Verdict, Wamid,
};
use usherd::outbox::{Outbox, Rates, Settings};
use usherd::store::memory::Memory;
use usherd::store::{Commit, Committed, Store, Write};
use usherd::turn::Turn;
use usherd::whatsapp::{Client, ClientSettings};
use uuid::Uuid;

pub const START: Timestamp = Timestamp(1_760_000_000_000);

/// What a test drives.
pub struct Rig {
    pub store: Arc<Memory>,
    pub turn: Arc<Turn>,
    pub clock: Arc<ManualClock>,
    pub metrics: Arc<Metrics>,
    pub settings: Settings,
    /// Before `run`: what WhatsApp gets to see.
    pub access_token: Secrets,
    pub api: String,
    /// The quiet hours of what `decide` commits.
    pub quiet: Option<QuietHours>,
    pub running: JoinSet<()>,
    pub stop: CancellationToken,
}

/// Whoever writes first gets an id of their own.
static NEXT: AtomicU32 = AtomicU32::new(10_000);

pub fn number() -> NumberId {
    "900000000000001".into()
}

pub fn contact(n: u128) -> ContactId {
    ContactId(Uuid::from_u128(n))
}

/// The job of contact `n`'s first decision with this place.
pub fn job_id(n: u128, index: u16) -> JobId {
    JobId { contact: contact(n), version: 1, index }
}

/// An ordinary answer.
pub fn text(body: &str) -> Effect {
    Effect::Send {
        number: number(),
        to: Recipient::Phone("351910000001".to_owned()),
        content: Content::Text { body: body.to_owned() },
        purpose: Purpose::Service,
        needs: None,
        rule: "r".into(),
        answers: None,
        guards: Guards::REPLY,
        outside: Outside::Drop,
    }
}

/// The same, as advertising.
pub fn text_marketing(body: &str) -> Effect {
    let mut effect = text(body);
    if let Effect::Send { purpose, .. } = &mut effect {
        *purpose = Purpose::Marketing;
    }
    effect
}

impl Rig {
    pub fn new(graph: &Graph) -> Rig {
        Rig::at(&graph.api)
    }

    pub fn at(api: &str) -> Rig {
        Rig::with(api, |store| store as Arc<dyn Store>)
    }

    /// The outbox sees the store through `wrap`; the test sees the store itself.
    pub fn with(api: &str, wrap: impl FnOnce(Arc<Memory>) -> Arc<dyn Store>) -> Rig {
        let store = Arc::new(Memory::new());
        let clock = Arc::new(ManualClock::at(START));
        let metrics = Arc::new(Metrics::default());
        let checked = usherd::decide::check(
            &usherd::rules::Sources::default(),
            &usherd::rules::Settings::default(),
        );
        let turn = Turn::new(
            wrap(Arc::clone(&store)),
            checked.ruleset.expect("no rules are good rules"),
            Arc::clone(&clock) as Arc<dyn Clock>,
            |_| contact(u128::from(NEXT.fetch_add(1, Ordering::Relaxed))),
            Arc::clone(&metrics),
        );
        let rates = Rates { start: 1_000, max: 1_000, ..Rates::default() };
        let settings = Settings { numbers: vec![number()], rates, ..Settings::default() };
        Rig {
            store,
            turn: Arc::new(turn),
            clock,
            metrics,
            settings,
            access_token: "token".into(),
            api: api.to_owned(),
            quiet: None,
            running: JoinSet::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Starts the outbox.
    pub fn run(&mut self) {
        let client = Client::new(ClientSettings {
            api: self.api.clone(),
            access_token: self.access_token.clone(),
        });
        let outbox = Outbox::new(Arc::clone(&self.turn), client.unwrap(), self.settings.clone());
        let stop = self.stop.clone();
        self.running.spawn(async move { outbox.run(stop).await });
    }

    /// Ends the outbox and waits until it has ended.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        while let Some(ended) = self.running.join_next().await {
            ended.unwrap();
        }
    }

    /// Contact `n` comes to be, with a window open and these effects decided.
    pub async fn decide(&self, n: u128, effects: Vec<Effect>) {
        self.decide_for(n, Consent::default(), effects).await;
    }

    /// As [`Rig::decide`], for a contact who allows as much.
    pub async fn decide_for(&self, n: u128, consent: Consent, effects: Vec<Effect>) {
        let now = self.clock.now();
        let mut state = State::new(contact(n), number(), now);
        state.contact.version = 1;
        state.contact.consent = consent;
        state.contact.aliases.insert(Alias::WaId(n.to_string()));
        state.conversation.window_from = Some(now);
        let event = account_event(&format!("seed {n}"), now);
        let jobs =
            (0..).zip(effects).map(|(index, effect)| Job::new(job_id(n, index), effect, now));
        let jobs: Vec<Job> = jobs.collect();
        let commit = Commit {
            write: Some(Write { expected: 0, state }),
            jobs,
            quiet: self.quiet.clone(),
            ..event.commit_alone(record(event.clone(), now), Vec::new())
        };
        assert_eq!(self.store.commit(commit).await, Ok(Committed::Applied));
        self.turn.bell().notify_one();
    }

    /// A status comes for contact `n`, of a job of ours or of something else.
    pub async fn status(&self, n: u128, job: Option<JobId>, wamid: &str) {
        let now = self.clock.now();
        let event = Event {
            id: format!("wa:s:{wamid}:sent").into(),
            at: now,
            stated_at: Some(now),
            subject: Subject::Person {
                aliases: vec![Alias::WaId(n.to_string())],
                number: number(),
                profile: Profile::default(),
            },
            kind: EventKind::Status(Status {
                rule: None,
                said: None,
                wamid: Wamid::from(wamid),
                job,
                status: DeliveryStatus::Sent,
                error: None,
                category: None,
            }),
        };
        self.turn.take(event).await.unwrap();
    }

    /// Contact `n` turns WhatsApp's own marketing switch.
    pub async fn preference(&self, n: u128, stop: bool) {
        let now = self.clock.now();
        let event = Event {
            id: format!("wa:p:{n}:{stop}:{}", now.millis()).into(),
            at: now,
            stated_at: Some(now),
            subject: Subject::Contact { id: contact(n), number: number() },
            kind: EventKind::Preference(Preference { stop }),
        };
        self.turn.take(event).await.unwrap();
    }

    /// WhatsApp says that a message it had taken did not arrive.
    pub async fn failed(&self, n: u128, job: &Job, error: SendError) {
        let JobState::Sent { wamid, .. } = &job.state else { panic!("not sent: {job:?}") };
        let now = self.clock.now();
        let event = Event {
            id: format!("wa:s:{wamid}:failed").into(),
            at: now,
            stated_at: Some(now),
            subject: Subject::Person {
                aliases: vec![Alias::WaId(n.to_string())],
                number: number(),
                profile: Profile::default(),
            },
            kind: EventKind::Status(Status {
                rule: None,
                said: None,
                wamid: wamid.clone(),
                job: Some(job.id),
                status: DeliveryStatus::Failed,
                error: Some(error),
                category: None,
            }),
        };
        self.turn.take(event).await.unwrap();
    }

    /// Now, by the clock that stands.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass for everything that goes by the wall clock, and has the outbox look.
    pub fn pass(&self, span: Duration) {
        self.clock.set(self.clock.now().plus(span));
        self.turn.bell().notify_one();
    }

    pub async fn job(&self, n: u128, index: u16) -> Job {
        self.store.job(job_id(n, index)).await.unwrap().expect("a job")
    }

    /// Waits until a job is in this state.
    pub async fn until(&self, n: u128, index: u16, label: &str) -> Job {
        let what = format!("job {n}.{index} is {label}");
        wait::until(&what, wait::PATIENCE, async || {
            let job = self.job(n, index).await;
            (job.state.label() == label).then_some(job)
        })
        .await
    }

    /// Waits until a job was put off so often.
    pub async fn until_postponed(&self, n: u128, index: u16, times: u32) -> Job {
        let what = format!("job {n}.{index} is postponed {times} times");
        wait::until(&what, wait::PATIENCE, async || {
            let job = self.job(n, index).await;
            (job.postponed >= times && job.state == JobState::Waiting).then_some(job)
        })
        .await
    }

    /// How often an outcome was counted.
    pub fn counted(&self, outcome: &'static str, reason: &str) -> u64 {
        let labels = OutcomeLabels { outcome, reason: reason.to_owned() };
        self.metrics.sends.get_or_create(&labels).get()
    }
}

fn account_event(id: &str, at: Timestamp) -> Event {
    Event {
        id: id.into(),
        at,
        stated_at: None,
        subject: Subject::Account,
        kind: EventKind::Account { field: "test".to_owned(), raw: Vec::new().into() },
    }
}

pub fn record(event: Event, at: Timestamp) -> Record {
    Record {
        at,
        event,
        contact: None,
        number: None,
        version: 0,
        revision: "test".to_owned(),
        engine: 1,
        verdict: Verdict::Recorded,
        changes: Vec::new(),
        jobs: Vec::new(),
        emitted: Vec::new(),
        snapshot: None,
    }
}
