//! The embedded store and power cuts.
//!
//! What would be lost: writes the disk had not synced are kept, dropped or torn when the power
//! goes. `kill -9` cannot show that, for the kernel keeps what a dead process wrote. Promised
//! (S1, S2): every step that was answered is there afterwards, whole; a step that was not
//! answered is there whole or not at all; no event is applied twice.
//!
//! The seed fixes the work, the instant of the cut and what the disk keeps. Even seeds take one
//! step after the other and repeat exactly; odd ones take eight side by side, so that groups are
//! cut. A lying disk shows that the judge would see a missing sync.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "store/disk.rs"]
mod disk;
#[path = "store/kit.rs"]
#[expect(dead_code, reason = "shared with the tests of stores")]
mod kit;

use disk::{Disk, Syncs};
use fastrand::Rng;
use kit::{START, accepted, commit, contact_id, newcomer, next, note, number, send};
use std::collections::BTreeMap;
use usherd::model::{ContactId, Guards, JobId, JobState, JobUpdate, Purpose, Timestamp};
use usherd::store::embedded::{Embedded, OpenError};
use usherd::store::{Claimed, Commit, Committed, Counts, Store, StoreError, Terms};

const SEEDS: u64 = 300;
const CONTACTS: u128 = 8;
const LIVES: usize = 3;

/// What the world was told, and may rely on.
#[derive(Default)]
struct Told {
    /// Steps answered `Applied`.
    applied: Vec<Commit>,
    /// Jobs answered as claimed.
    claimed: Vec<JobId>,
    /// Jobs whose acceptance was committed.
    accepted: Vec<JobId>,
    /// Steps that got no answer: applied or not.
    open: Vec<Commit>,
    cuts: u64,
}

#[tokio::test]
async fn what_was_answered_survives_a_power_cut() {
    let first: u64 = std::env::var("USHER_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let seeds: u64 =
        std::env::var("USHER_SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(SEEDS);
    println!("seeds {first} to {} (USHER_SEED, USHER_SEEDS)", first + seeds - 1);
    let (mut cuts, mut applied, mut open, mut claimed) = (0, 0, 0, 0);
    for seed in first..first + seeds {
        let told =
            run(seed, Syncs::Honest).await.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        cuts += told.cuts;
        applied += told.applied.len();
        open += told.open.len();
        claimed += told.claimed.len();
    }
    println!("cuts {cuts}, steps answered {applied}, not answered {open}, claims {claimed}");
    assert!(cuts > seeds && applied > 1_000 && open > 100 && claimed > 100, "an empty run");
}

/// Planted: no sync. A judge that misses this proves nothing above.
#[tokio::test]
async fn a_missing_sync_is_caught() {
    let mut caught = 0;
    for seed in 0..10 {
        // redb may also fall over such a file; that is being caught as well.
        let mut life = tokio::task::JoinSet::new();
        life.spawn(async move { run(seed, Syncs::Lying).await.map(|told| told.cuts) });
        match life.join_next().await.unwrap() {
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => caught += 1,
        }
    }
    assert!(caught >= 5, "caught {caught} of 10");
}

/// Some lives of one store, each ended by a cut, each begun with a judgement.
async fn run(seed: u64, syncs: Syncs) -> Result<Told, String> {
    let mut rng = Rng::with_seed(seed);
    let mut told = Told::default();
    let mut image = Vec::new();
    for life in 0..LIVES {
        let disk = Disk::new(image, rng.u64(5..400), syncs);
        // The cut may come while it is being opened.
        if let Ok(store) = open(&disk) {
            judge(&store, &told, &disk).await.map_err(|why| format!("life {life}: {why}"))?;
            let width = if seed.is_multiple_of(2) { 1 } else { CONTACTS };
            while !disk.is_off() {
                work(&store, &mut told, width, &mut rng).await;
            }
            drop(store);
        } else if !disk.is_off() {
            return Err(format!("life {life}: it cannot be opened"));
        }
        told.cuts += 1;
        image = disk.image(&mut rng);
    }
    let disk = Disk::new(image, u64::MAX, syncs);
    let store = open(&disk).map_err(|error| error.to_string())?;
    judge(&store, &told, &disk).await?;
    repeat(&store, &told).await?;
    Ok(told)
}

fn open(disk: &Disk) -> Result<Embedded, OpenError> {
    let disk = disk.clone();
    Embedded::open_on(move || disk.clone())
}

/// One round: some contacts write, some jobs are claimed, some are accepted.
async fn work(store: &Embedded, told: &mut Told, width: u128, rng: &mut Rng) {
    let mut steps = Vec::new();
    let from = rng.u128(0..CONTACTS);
    for n in 0..width {
        steps.extend(message((from + n) % CONTACTS, store, rng).await);
    }
    let answers =
        futures_util::future::join_all(steps.iter().map(|s| store.commit(s.clone()))).await;
    for (step, answer) in steps.into_iter().zip(answers) {
        note_answer(told, step, &answer);
    }
    let Ok(claimed) = store.claim(START, 4, &Terms::default()).await else { return };
    for one in claimed {
        let Claimed::Send(job) = one else { continue };
        told.claimed.push(job.id);
        if rng.bool() {
            let outcome = accepted(&format!("wamid.{}", job.id));
            let update = JobUpdate::Attempt { job: job.id, outcome };
            let step = note(&format!("accepted {}", job.id), vec![update], START);
            let answer = store.commit(step.clone()).await;
            if answer == Ok(Committed::Applied) {
                told.accepted.push(job.id);
            }
            note_answer(told, step, &answer);
        }
    }
}

/// The next message of contact `n`; `None` when the store no longer answers.
async fn message(n: u128, store: &Embedded, rng: &mut Rng) -> Option<Commit> {
    let state = match store.state(contact_id(n), &number()).await {
        Ok(Some(state)) => next(&state),
        Ok(None) => newcomer(n, START),
        Err(_) => return None,
    };
    let name = format!("message {n} {} {}", state.contact.version, rng.u32(..));
    let effects = vec![send(n, Guards::REPLY, Purpose::Service); rng.usize(0..3)];
    Some(commit(&name, state, effects, START))
}

fn note_answer(told: &mut Told, step: Commit, answer: &Result<Committed, StoreError>) {
    match answer {
        Ok(Committed::Applied) => told.applied.push(step),
        Ok(_) => {}
        Err(_) => told.open.push(step),
    }
}

/// Holds what is there against what was told. A cut during the judging ends it.
async fn judge(store: &Embedded, told: &Told, disk: &Disk) -> Result<(), String> {
    match verdict(store, told).await {
        Err(Found::Wrong(why)) => Err(why),
        Err(Found::Error(error)) if !disk.is_off() => Err(error.to_string()),
        Err(Found::Error(_)) | Ok(()) => Ok(()),
    }
}

enum Found {
    Wrong(String),
    Error(StoreError),
}

impl From<StoreError> for Found {
    fn from(error: StoreError) -> Found {
        Found::Error(error)
    }
}

fn hold(right: bool, why: impl FnOnce() -> String) -> Result<(), Found> {
    if right { Ok(()) } else { Err(Found::Wrong(why())) }
}

async fn verdict(store: &Embedded, told: &Told) -> Result<(), Found> {
    let journal = store.journal(0, usize::MAX).await?;
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    let mut versions: BTreeMap<ContactId, u64> = BTreeMap::new();
    let mut jobs: Vec<JobId> = Vec::new();
    for (place, (position, record)) in (1..).zip(&journal) {
        hold(*position == place, || format!("position {position} at place {place}"))?;
        *times.entry(record.event.id.as_str()).or_default() += 1;
        if let Some(contact) = record.contact {
            let version = versions.entry(contact).or_default();
            *version += 1;
            hold(*version == record.version, || format!("{contact} skips to {version}"))?;
        }
        jobs.extend(&record.jobs);
    }
    for step in &told.applied {
        let times = times.get(step.event.as_str()).copied();
        hold(times == Some(1), || format!("`{}` was answered and is there {times:?}", step.event))?;
    }
    hold(times.values().all(|times| *times == 1), || "an event was applied twice".to_owned())?;
    for (contact, version) in &versions {
        let state = store.state(*contact, &number()).await?;
        let kept = state.map(|state| state.contact.version);
        hold(kept == Some(*version), || format!("state {kept:?}, journal {version}"))?;
    }
    let mut counts = Counts {
        contacts: versions.len() as u64,
        journal: journal.len() as u64,
        ..Counts::default()
    };
    for id in &jobs {
        let job = store.job(*id).await?;
        let Some(job) = job else { return hold(false, || format!("job {id} is lost")) };
        let claimed = job.state != JobState::Waiting;
        hold(claimed || !told.claimed.contains(id), || format!("the claim of {id} is lost"))?;
        let settled = job.state.is_settled();
        hold(settled || !told.accepted.contains(id), || format!("{id} would be sent again"))?;
        match job.state {
            JobState::Waiting => counts.waiting += 1,
            JobState::Sending { .. } => counts.sending += 1,
            _ => {}
        }
    }
    let kept = store.counts().await?;
    hold(kept == counts, || format!("{kept:?} where there are {counts:?}"))?;
    let stranded = store.stranded(Timestamp(i64::MAX), usize::MAX).await?;
    hold(stranded.len() as u64 == counts.sending, || "the index of sends differs".to_owned())
}

/// Meta sends again what it got no answer for, and now and then what it got one for.
async fn repeat(store: &Embedded, told: &Told) -> Result<(), String> {
    for step in &told.applied {
        let again = store.commit(step.clone()).await;
        if again != Ok(Committed::Duplicate) {
            return Err(format!("`{}` again: {again:?}", step.event));
        }
    }
    for step in &told.open {
        let (first, second) = (store.commit(step.clone()).await, store.commit(step.clone()).await);
        let once = match first {
            Ok(Committed::Applied | Committed::Duplicate) => second == Ok(Committed::Duplicate),
            Ok(Committed::Conflict) => second == Ok(Committed::Conflict),
            Err(_) => false,
        };
        if !once {
            return Err(format!("`{}`: {first:?}, then {second:?}", step.event));
        }
    }
    Ok(())
}
