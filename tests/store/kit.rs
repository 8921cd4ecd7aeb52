//! What the tests of stores are built from: contacts, events, jobs and commits by number.

use std::sync::Arc;
use usherd::model::{
    Alias, Contact, ContactId, Content, DeliveryStatus, Effect, Event, EventId, EventKind, Guards,
    Job, JobId, JobUpdate, NumberId, Outside, Purpose, Recipient, Record, RuleId, SendError,
    SendOutcome, State, Subject, Tally, Timestamp, Verdict, Wamid,
};
use usherd::store::{Claimed, Commit, Committed, Resolved, Store, Terms, Write};
use uuid::Uuid;

/// A day's worth of milliseconds.
pub const DAY: i64 = 86_400_000;
/// When the tests begin.
pub const START: Timestamp = Timestamp(20_000 * DAY);

pub type Shared = Arc<dyn Store>;

pub fn contact_id(n: u128) -> ContactId {
    ContactId(Uuid::from_u128(n))
}

pub fn number() -> NumberId {
    NumberId::from("900000000000001")
}

pub fn wa(n: u128) -> Alias {
    Alias::WaId(format!("8860000{n}"))
}

pub fn after(millis: i64) -> Timestamp {
    Timestamp(START.0 + millis)
}

pub fn job_id(contact: u128, version: u64, index: u16) -> JobId {
    JobId { contact: contact_id(contact), version, index }
}

pub fn error(reason: &str) -> SendError {
    SendError { code: Some(131_000), reason: reason.to_owned(), detail: "said so".to_owned() }
}

/// A message to contact `n`, with these guards.
pub fn send(n: u128, guards: Guards, purpose: Purpose) -> Effect {
    Effect::Send {
        number: number(),
        to: Recipient::Phone(format!("8860000{n}")),
        content: Content::Text { body: "hello".to_owned() },
        purpose,
        needs: None,
        rule: RuleId::from("hello"),
        answers: None,
        guards,
        outside: Outside::Drop,
    }
}

pub const FREE: Guards = Guards { bot_owns: false, window_open: false, kept_until: None };

/// A contact of version 1, with an open window, known as `wa(n)`; made at `at`.
pub fn newcomer(n: u128, at: Timestamp) -> State {
    let mut state = State::new(contact_id(n), number(), at);
    state.contact.version = 1;
    state.contact.aliases.insert(wa(n));
    state.contact.last_event_at = at;
    state.conversation.window_from = Some(at);
    state
}

/// The state after this one.
pub fn next(state: &State) -> State {
    let mut next = state.clone();
    next.contact.version += 1;
    next
}

/// A commit of `state` for the event `name`, with `effects`.
pub fn commit(name: &str, state: State, effects: Vec<Effect>, at: Timestamp) -> Commit {
    let Contact { id, version, .. } = state.contact;
    let job = |(index, effect)| Job::new(JobId { contact: id, version, index }, effect, at);
    let jobs: Vec<Job> = (0..).zip(effects).map(job).collect();
    let mut record = record(name, at);
    record.contact = Some(id);
    record.version = version;
    record.jobs = jobs.iter().map(|job| job.id).collect();
    Commit {
        write: Some(Write { expected: version - 1, state }),
        jobs,
        tallies: vec![Tally::of("event", "message")],
        ..alone(name, record)
    }
}

/// A commit that writes no state.
pub fn note(name: &str, updates: Vec<JobUpdate>, at: Timestamp) -> Commit {
    Commit { updates, ..alone(name, record(name, at)) }
}

fn alone(_name: &str, record: Record) -> Commit {
    record.event.clone().commit_alone(record, Vec::new())
}

pub fn record(name: &str, at: Timestamp) -> Record {
    Record {
        at,
        event: Event {
            id: EventId::from(name),
            at,
            stated_at: None,
            subject: Subject::Account,
            kind: EventKind::Account { field: "test".to_owned(), raw: vec![0, 255].into() },
        },
        contact: None,
        number: None,
        version: 0,
        revision: "0123456789abcdef".to_owned(),
        engine: 1,
        verdict: Verdict::Recorded,
        changes: Vec::new(),
        jobs: Vec::new(),
        emitted: Vec::new(),
        snapshot: None,
    }
}

/// Contact `n` writes for the first time; `sends` messages go back.
pub async fn arrive(store: &Shared, n: u128, sends: usize, at: Timestamp) {
    let effects = vec![send(n, Guards::REPLY, Purpose::Service); sends];
    let step = commit(&format!("arrive {n}"), newcomer(n, at), effects, at);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied), "contact {n} arrives");
}

/// Contact `n` writes again; `sends` messages go back.
pub async fn write_again(store: &Shared, n: u128, sends: usize, at: Timestamp) {
    let state = next(&state(store, n).await);
    let name = format!("again {n} {}", state.contact.version);
    let effects = vec![send(n, Guards::REPLY, Purpose::Service); sends];
    assert_eq!(store.commit(commit(&name, state, effects, at)).await, Ok(Committed::Applied));
}

pub async fn state(store: &Shared, n: u128) -> State {
    store.state(contact_id(n), &number()).await.unwrap().expect("a known contact")
}

/// What became of an attempt, reported at `at`.
pub async fn report(store: &Shared, job: JobId, outcome: SendOutcome, at: Timestamp) {
    let name = format!("report {job} {outcome:?} {}", at.0);
    let step = note(&name, vec![JobUpdate::Attempt { job, outcome }], at);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
}

/// A status from WhatsApp.
pub async fn status(
    store: &Shared,
    job: Option<JobId>,
    wamid: &str,
    status: DeliveryStatus,
    at: Timestamp,
) {
    let name = format!("status {job:?} {wamid} {status:?}");
    let update = JobUpdate::Status { job, wamid: Wamid::from(wamid), status, error: None };
    assert_eq!(store.commit(note(&name, vec![update], at)).await, Ok(Committed::Applied));
}

pub fn accepted(wamid: &str) -> SendOutcome {
    SendOutcome::Accepted { wamid: Wamid::from(wamid), wa_id: None }
}

/// The jobs claimed to be sent; anything else claimed is a failure.
pub async fn claim_sends(store: &Shared, now: Timestamp) -> Vec<JobId> {
    let claimed = store.claim(now, 100, &Terms::default()).await.unwrap();
    let id = |claimed| match claimed {
        Claimed::Send(job) => job.id,
        other => panic!("not a send: {other:?}"),
    };
    claimed.into_iter().map(id).collect()
}

pub async fn job(store: &Shared, id: JobId) -> Option<Job> {
    store.job(id).await.unwrap()
}

pub async fn resolve(store: &Shared, aliases: &[Alias]) -> Resolved {
    store.resolve(aliases, &number()).await.unwrap()
}
