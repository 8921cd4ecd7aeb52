//! The embedded store against the one in memory: the same random operations, the same answers.

use crate::consent::line;
use crate::kit::*;
use fastrand::Rng;
use usherd::model::{
    Alias, Change, Content, DeliveryStatus, Effect, Guards, HandOff, Hold, Job, JobId, JobUpdate,
    NumberId, Outside, Owner, Pause, Purpose, QuietHours, Scope, SendOutcome, State, TierNeeded,
    Timer, TimerChange, TimerKey, TimerKind, Timestamp, Upkeep, Verdict, Wamid,
};
use usherd::store::embedded::Embedded;
use usherd::store::memory::Memory;
use usherd::store::{Allowance, Claimed, Commit, Store, Terms};

const SEQUENCES: u64 = 400;
const OPERATIONS: usize = 60;
const CONTACTS: u128 = 5;

/// What a sequence knows of the store from its answers.
struct Walk {
    rng: Rng,
    now: Timestamp,
    jobs: Vec<JobId>,
    step: usize,
    /// How often each kind of thing happened, so that an empty run is seen.
    tally: [u64; 13],
}

#[tokio::test]
async fn stores_agree() {
    let first: u64 = std::env::var("USHER_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    println!("seeds {first} to {} (USHER_SEED changes the first)", first + SEQUENCES - 1);
    let mut total = [0; 13];
    for seed in first..first + SEQUENCES {
        let reference = Memory::new();
        let embedded = Embedded::open_on(redb::backends::InMemoryBackend::new).unwrap();
        let walk = Walk {
            rng: Rng::with_seed(seed),
            now: START,
            jobs: Vec::new(),
            step: 0,
            tally: [0; 13],
        };
        let tally = walk.run(&reference, &embedded, seed).await;
        total.iter_mut().zip(tally).for_each(|(all, one)| *all += one);
    }
    println!(
        "sends, refusals, settles, merges, conflicts, duplicates, put off, held, opened, kept back, \
         taken over, handed over, in people's hands: {total:?}"
    );
    assert!(total.iter().all(|count| *count > 50), "something never happened: {total:?}");
}

impl Walk {
    async fn run(mut self, left: &dyn Store, right: &dyn Store, seed: u64) -> [u64; 13] {
        for step in 0..OPERATIONS {
            self.step = step;
            self.now = self.now.plus(std::time::Duration::from_millis(self.rng.u64(0..2_000)));
            if self.rng.u32(0..60) == 0 {
                self.now = Timestamp(self.now.0 + 5 * DAY);
            }
            self.operate(left, right, seed).await;
            let place = format!("seed {seed}, operation {step}");
            assert_eq!(left.counts().await, right.counts().await, "{place}");
            assert_eq!(left.next_due().await, right.next_due().await, "{place}");
        }
        self.compare(left, right, seed).await;
        self.tally
    }

    async fn operate(&mut self, left: &dyn Store, right: &dyn Store, seed: u64) {
        let place = format!("seed {seed}, operation {}", self.step);
        match self.rng.u32(0..100) {
            0..40 => {
                let step = self.commit(left).await;
                let answer = left.commit(step.clone()).await;
                assert_eq!(answer, right.commit(step.clone()).await, "{place}");
                match answer {
                    Ok(usherd::store::Committed::Applied) => {
                        self.jobs.extend(step.jobs.iter().map(|job| job.id));
                    }
                    Ok(usherd::store::Committed::Conflict) => self.tally[4] += 1,
                    Ok(usherd::store::Committed::Duplicate) => self.tally[5] += 1,
                    Err(error) => panic!("{place}: {error}"),
                }
            }
            40..60 => {
                let limit = self.rng.usize(0..4);
                let terms = self.terms();
                let claimed = left.claim(self.now, limit, &terms).await;
                assert_eq!(claimed, right.claim(self.now, limit, &terms).await, "{place}");
                for one in claimed.unwrap() {
                    match one {
                        Claimed::Send(job) => {
                            self.tally[0] += 1;
                            let theirs = bots_own_words(&job) && !is_the_bots(left, &job).await;
                            assert!(!theirs, "{place}: people have the conversation: {job:?}");
                        }
                        Claimed::Refused(job, why) => {
                            self.tally[1] += 1;
                            if why == Hold::NotOwned {
                                self.tally[10] += 1;
                                let right = bots_own_words(&job) && !is_the_bots(left, &job).await;
                                assert!(right, "{place}: the bot has the conversation: {job:?}");
                            }
                        }
                        Claimed::Settle(_) => self.tally[2] += 1,
                        Claimed::PutOff(_) => self.tally[6] += 1,
                    }
                }
            }
            60..88 => {
                let step = self.report();
                self.tally[7] += step.updates.iter().filter(|one| holds(one)).count() as u64;
                assert_eq!(left.commit(step.clone()).await, right.commit(step).await, "{place}");
            }
            88..92 => {
                let (one, other) = (self.contact(), self.contact());
                let (one, other) = (contact_id(one), contact_id(other));
                let merged = left.merge(one, other, self.now).await;
                assert_eq!(merged, right.merge(one, other, self.now).await, "{place}");
                self.tally[3] += u64::from(one != other);
            }
            92..95 => {
                assert_eq!(left.sweep(self.now).await, Ok(()));
                assert_eq!(right.sweep(self.now).await, Ok(()));
            }
            95 => {
                let position = self.rng.u64(0..OPERATIONS as u64);
                assert_eq!(left.journal_drained(position).await, Ok(()));
                assert_eq!(right.journal_drained(position).await, Ok(()));
            }
            96..99 => {
                let before = left.counts().await.unwrap();
                let step = self.by_hand(left).await;
                assert_eq!(left.commit(step.clone()).await, right.commit(step).await, "{place}");
                let after = left.counts().await.unwrap();
                self.tally[8] += u64::from(after.waiting > before.waiting);
            }
            _ => self.compare(left, right, seed).await,
        }
    }

    /// Mostly none; else one number is at its end and one customer has had enough.
    fn terms(&mut self) -> Terms {
        let mut terms = Terms::default();
        if self.rng.u32(0..3) == 0 {
            terms.quiet = Some(self.quiet());
        }
        if self.rng.u32(0..3) == 0 {
            let then = Timestamp(self.now.0 + self.rng.i64(-100..500));
            let every = std::time::Duration::from_millis(20);
            let allowance = Allowance { free: self.rng.usize(0..2), then, every };
            terms.numbers.insert(self.number(), allowance);
            let contact = contact_id(self.contact());
            terms.pairs.insert((self.number(), contact), Timestamp(then.0 + 300));
        }
        terms
    }

    /// Some hours of the day the walk is in, or of another.
    fn quiet(&mut self) -> QuietHours {
        let from = self.rng.u16(0..24) * 60;
        let until = (from + 60 * self.rng.u16(1..20)) % (24 * 60);
        QuietHours { from, until, zone: "Asia/Seoul".to_owned() }
    }

    /// A pause, its end, a release, a second chance, or the end of one.
    async fn by_hand(&mut self, store: &dyn Store) -> Commit {
        let name = format!("by hand {}", self.step);
        let scopes = [Scope::All, Scope::Number(number()), Scope::Purpose(Purpose::Utility)];
        let scope = scopes[self.rng.usize(0..3)].clone();
        let dead = store.dead_letters(None, 1).await.unwrap();
        let job = dead.first().map_or_else(|| self.some_job(), |job| job.id);
        let upkeep = match self.rng.u32(0..10) {
            0 => {
                let until = self.rng.bool().then(|| Timestamp(self.now.0 + 5_000));
                let by = "ops".to_owned();
                Upkeep::Pause(Pause { scope, since: self.now, until, by })
            }
            1 | 2 => Upkeep::Resume(scope),
            3 => Upkeep::Dealt(self.rng.u64(0..OPERATIONS as u64)),
            4 => {
                let mut step = note(&name, Vec::new(), self.now);
                step.record.verdict = Verdict::Undecided("test".to_owned());
                return step;
            }
            5 => return note(&name, vec![JobUpdate::Discard { job }], self.now),
            6 | 7 => return note(&name, vec![JobUpdate::Retry { job }], self.now),
            _ => {
                let why = if self.rng.bool() { Hold::Paused } else { Hold::WindowClosed };
                let held = store.held(None, 1).await.unwrap();
                let contact = held.first().map_or(contact_id(1), |job| job.id.contact);
                let number = self.number();
                let release = JobUpdate::Release { contact, number, why };
                return note(&name, vec![release], self.now);
            }
        };
        Commit { upkeep: vec![upkeep], ..note(&name, Vec::new(), self.now) }
    }

    fn some_job(&mut self) -> JobId {
        match self.jobs.len() {
            0 => job_id(9, 9, 9),
            known => self.jobs[self.rng.usize(0..known)],
        }
    }

    fn contact(&mut self) -> u128 {
        self.rng.u128(1..=CONTACTS)
    }

    /// Mostly on what is known, now and then on something stale or somebody else's.
    async fn commit(&mut self, store: &dyn Store) -> Commit {
        let n = self.contact();
        let number = self.number();
        let known = store.state(contact_id(n), &number).await.unwrap();
        let mut state = match known {
            Some(state) => next(&state),
            None => newcomer(n, self.now),
        };
        state.conversation.number = number.clone();
        if self.rng.u32(0..10) == 0 {
            state.contact.version += 1;
        }
        if self.rng.u32(0..8) == 0 {
            state.contact.aliases.insert(wa(self.contact()));
        }
        if self.rng.u32(0..8) == 0 {
            state.contact.aliases.insert(Alias::Bsuid(format!("TW.{n}")));
        }
        if self.rng.u32(0..20) == 0 {
            state.contact.aliases.pop_last();
        }
        let allows = if self.rng.u32(0..4) > 0 { 4 } else { 3 };
        state.contact.consent.allows = Purpose::ALL[..allows].to_vec();
        match self.rng.u32(0..6) {
            0 => state.contact.consent.stopped = vec![Purpose::Utility],
            1 => self.hand_over(&mut state),
            _ => {
                (state.conversation.owner, state.conversation.handoff) = (Owner::Bot, None);
                state.conversation.window_from = Some(self.now);
            }
        }
        let name = format!("event {}", self.rng.usize(0..OPERATIONS * 4));
        let effects = (0..self.rng.usize(0..4)).map(|_| self.effect(n, &number)).collect();
        let mut step = commit(&name, state, effects, self.now);
        step.day = START.day().minus(self.rng.u16(0..3));
        step.back = self.rng.u16(0..3);
        if self.rng.u32(0..6) == 0 {
            step.quiet = Some(self.quiet());
        }
        self.tally[9] += step.kept_back().len() as u64;
        for n in 0..self.rng.u32(0..3) {
            let at = Timestamp(self.now.0 - self.rng.i64(0..5_000));
            let now = step.write.as_ref().unwrap().state.contact.consent.clone();
            step.record.changes.push(Change::Consent { now, entry: line(n, at) });
        }
        step.timers = self.timers(&step);
        if self.rng.bool() {
            step.status_seen = Some((number, self.now));
        }
        step
    }

    /// It waits in a queue, or an agent has it.
    fn hand_over(&mut self, state: &mut State) {
        self.tally[11] += 1;
        let queue = ["care", "supervisors"][self.rng.usize(0..2)].to_owned();
        let taken_at = self.rng.bool().then_some(self.now);
        state.conversation.owner = match taken_at {
            Some(_) => Owner::Agent { name: "Mei".to_owned() },
            None => Owner::Waiting { queue: queue.clone() },
        };
        state.conversation.handoff = Some(HandOff {
            queue,
            rule: "complaint".into(),
            since: self.now,
            deadline: Some(Timestamp(self.now.0 + 4_000)),
            escalated: Vec::new(),
            taken_at,
            last_at: self.now,
            ends_at: Some(Timestamp(self.now.0 + DAY)),
            tasks: Vec::new(),
        });
    }

    fn number(&mut self) -> NumberId {
        if self.rng.u32(0..4) == 0 { NumberId::from("900000000000002") } else { number() }
    }

    fn effect(&mut self, n: u128, from: &NumberId) -> Effect {
        let kept = Guards { kept_until: Some(Timestamp(self.now.0 + DAY)), ..Guards::REPLY };
        let guards = [Guards::REPLY, FREE, kept][self.rng.usize(0..3)];
        let purposes = [Purpose::Service, Purpose::Utility, Purpose::Marketing];
        let purpose = purposes[self.rng.usize(0..3)];
        let outside = match self.rng.u32(0..3) {
            0 => Outside::Queue,
            1 => {
                let (name, language) = ("news".to_owned(), "en".to_owned());
                let content = Content::Template { name, language, params: vec![] };
                let purpose = purposes[self.rng.usize(0..3)];
                Outside::Template { content: Box::new(content), purpose }
            }
            _ => Outside::Drop,
        };
        let Effect::Send { to, content, rule, answers, .. } = send(n, guards, purpose) else {
            panic!("no message")
        };
        let number = from.clone();
        let needs = (self.rng.u8(0..8) == 0).then(|| TierNeeded {
            tiers: [vec!["marketing"], vec!["transactional", "marketing"]][self.rng.usize(0..2)]
                .iter()
                .map(|tier| (*tier).to_owned())
                .collect(),
            allows: [vec![], vec![Purpose::Service, Purpose::Marketing]][self.rng.usize(0..2)]
                .clone(),
        });
        Effect::Send { number, to, content, purpose, needs, rule, answers, guards, outside }
    }

    fn timers(&mut self, step: &Commit) -> Vec<TimerChange> {
        let contact = step.write.as_ref().unwrap().state.contact.id;
        let name = ["a", "b"][self.rng.usize(0..2)].to_owned();
        let kind = [TimerKind::FollowUp, TimerKind::HandOff][self.rng.usize(0..2)];
        let key = TimerKey { contact, number: number(), kind, name };
        let at = Timestamp(self.now.0 + self.rng.i64(0..10_000));
        match self.rng.u32(0..4) {
            0 => vec![TimerChange::Set(Timer { key, at })],
            1 => vec![TimerChange::Clear(key)],
            _ => vec![],
        }
    }

    /// A report on some job that is or was, or on one that never was.
    fn report(&mut self) -> Commit {
        let job = match self.jobs.len() {
            0 => job_id(9, 9, 9),
            known => self.jobs[self.rng.usize(known.saturating_sub(6)..known)],
        };
        let due = Timestamp(self.now.0 + self.rng.i64(-500..3_000));
        let wamid = Wamid::from(format!("wamid.{}", self.rng.u32(0..12)));
        let why = if self.rng.bool() { Hold::Paused } else { Hold::WindowClosed };
        let outcome = match self.rng.u32(0..12) {
            0 | 1 => SendOutcome::Accepted { wamid, wa_id: None },
            2 => SendOutcome::Again { error: error("throttled"), due },
            3 => SendOutcome::Dead { error: error("template") },
            4 => SendOutcome::Dropped { why: Hold::NotOwned },
            5 => SendOutcome::Unknown { due },
            6 => SendOutcome::Repeat,
            7 => SendOutcome::Wait { due },
            8 | 9 => SendOutcome::Held { why, due },
            10 => SendOutcome::Released,
            _ => return self.status(job, wamid),
        };
        let name = format!("report {}", self.step);
        note(&name, vec![JobUpdate::Attempt { job, outcome }], self.now)
    }

    fn status(&mut self, job: JobId, wamid: Wamid) -> Commit {
        let statuses = [DeliveryStatus::Sent, DeliveryStatus::Failed, DeliveryStatus::Read];
        let status = statuses[self.rng.usize(0..3)].clone();
        let job = self.rng.bool().then_some(job);
        let update = JobUpdate::Status { job, wamid, status, error: None };
        note(&format!("status {}", self.step), vec![update], self.now)
    }

    /// Everything that can be asked.
    async fn compare(&mut self, left: &dyn Store, right: &dyn Store, seed: u64) {
        let place = format!("seed {seed}, operation {}", self.step);
        for n in 1..=CONTACTS {
            let id = contact_id(n);
            for number in [number(), NumberId::from("900000000000002")] {
                let state = left.state(id, &number).await;
                assert_eq!(state, right.state(id, &number).await, "{place}");
            }
            let names = [wa(n), wa(n % CONTACTS + 1), Alias::Bsuid(format!("TW.{n}"))];
            let resolved = left.resolve(&names, &number()).await;
            assert_eq!(resolved, right.resolve(&names, &number()).await, "{place}");
            for (skip, limit) in [(0, 99), (2, 3)] {
                let lines = left.ledger(id, skip, limit).await;
                assert_eq!(lines, right.ledger(id, skip, limit).await, "{place}");
            }
        }
        for id in &self.jobs {
            assert_eq!(left.job(*id).await, right.job(*id).await, "{place}: {id}");
        }
        let now = self.now;
        assert_eq!(left.stranded(now, 9).await, right.stranded(now, 9).await, "{place}");
        let after = Some(self.some_job()).filter(|_| self.rng.bool());
        let dead = left.dead_letters(after, 9).await;
        assert_eq!(dead, right.dead_letters(after, 9).await, "{place}");
        let held = left.held(None, 3).await;
        assert_eq!(held, right.held(None, 3).await, "{place}");
        let after = held.unwrap().pop().map(|last| (last.due, last.id));
        assert_eq!(left.held(after, 9).await, right.held(after, 9).await, "{place}");
        let owned = left.owned(None, 2).await;
        assert_eq!(owned, right.owned(None, 2).await, "{place}");
        let owned = owned.unwrap();
        assert!(owned.iter().all(|state| !state.conversation.owner.is_bot()), "{place}");
        self.tally[12] += owned.len() as u64;
        let after = owned.last().map(|last| last.contact.id);
        assert_eq!(left.owned(after, 9).await, right.owned(after, 9).await, "{place}");
        assert_eq!(left.pauses().await, right.pauses().await, "{place}");
        assert_eq!(left.undecided(1, 9).await, right.undecided(1, 9).await, "{place}");
        assert_eq!(left.timers_due(now, 9).await, right.timers_due(now, 9).await, "{place}");
        assert_eq!(left.next_timer().await, right.next_timer().await, "{place}");
        assert_eq!(left.journal(3, 99).await, right.journal(3, 99).await, "{place}");
        let (from, to) = (START.day(), now.day());
        assert_eq!(left.tallies(from, to).await, right.tallies(from, to).await, "{place}");
        let number = number();
        assert_eq!(left.last_status(&number).await, right.last_status(&number).await, "{place}");
    }
}

fn holds(update: &JobUpdate) -> bool {
    matches!(update, JobUpdate::Attempt { outcome: SendOutcome::Held { .. }, .. })
}

/// What only the bot may say while it has the conversation.
fn bots_own_words(job: &Job) -> bool {
    matches!(&job.effect, Effect::Send { guards, .. } if guards.bot_owns)
}

async fn is_the_bots(store: &dyn Store, job: &Job) -> bool {
    let Effect::Send { number, .. } = &job.effect else { panic!("no message") };
    let state = store.state(job.id.contact, number).await.unwrap().expect("its contact");
    state.conversation.owner.is_bot()
}
