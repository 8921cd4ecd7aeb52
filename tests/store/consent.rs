//! Consent as the store keeps it: the ledger, the gate at the commit, quiet hours at the claim, and
//! a caller's own ids over days.

use crate::kit::*;
use usherd::limits::{DEDUPE_DAYS, LANE_JOBS_MAX, SETTLED_JOB_DAYS};
use usherd::model::{
    Change, Consent, ConsentAct, Content, Effect, EventId, EventKind, Guards, Hold, JobState,
    LedgerEntry, LookedUp, LookupOutcome, Outside, Owner, Purpose, QuietHours, Refusal,
    SendOutcome, State, Tally, TierNeeded, Timestamp,
};
use usherd::store::{Claimed, Committed, Passage, Terms};

const HOUR: i64 = 3_600_000;

/// A line of the ledger that tells of `n` at its place.
pub fn line(n: u32, at: Timestamp) -> LedgerEntry {
    LedgerEntry {
        at,
        event: EventId::from(format!("said {n}")),
        act: ConsentAct::Confirmed,
        tier: "marketing".to_owned(),
        stops: None,
        source: "customer".to_owned(),
        version: Some("2026-11".to_owned()),
        stated_at: None,
        number: Some(number()),
        by: None,
    }
}

/// Contact `n`'s next event writes these lines.
async fn say(store: &Shared, n: u128, lines: &[LedgerEntry], at: Timestamp) {
    let state = next(&state(store, n).await);
    let mut step = commit(&format!("says {n} {}", state.contact.version), state, vec![], at);
    let now = Consent::default();
    let change = |entry: &LedgerEntry| Change::Consent { now: now.clone(), entry: entry.clone() };
    step.record.changes = lines.iter().map(change).collect();
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
}

/// Nine to ten in the morning where the tests begin at nine.
fn quiet() -> QuietHours {
    QuietHours { from: 9 * 60, until: 10 * 60, zone: "Asia/Seoul".to_owned() }
}

fn generous(n: u128) -> State {
    let mut state = newcomer(n, START);
    state.contact.consent.allows = Purpose::ALL.to_vec();
    state
}

fn offer(n: u128) -> Effect {
    send(n, Guards::REPLY, Purpose::Marketing)
}

pub async fn the_ledger_keeps_every_line_in_order(store: Shared) {
    arrive(&store, 1, 0, START).await;
    assert_eq!(store.ledger(contact_id(1), 0, 9).await, Ok(vec![]));
    assert_eq!(store.ledger(contact_id(7), 0, 9).await, Ok(vec![]), "nobody");
    let lines = [line(1, after(1)), line(2, after(1)), line(3, after(2))];
    say(&store, 1, &lines[..2], after(1)).await;
    say(&store, 1, &lines[2..], after(2)).await;
    assert_eq!(store.ledger(contact_id(1), 0, 9).await, Ok(lines.to_vec()));
    assert_eq!(store.ledger(contact_id(1), 1, 1).await, Ok(vec![lines[1].clone()]));
    // What is not applied adds nothing.
    let stale = newcomer(1, START);
    let mut step = commit("stale", stale, vec![], after(3));
    let change = Change::Consent { now: Consent::default(), entry: line(4, after(3)) };
    step.record.changes = vec![change];
    assert_eq!(store.commit(step).await, Ok(Committed::Conflict));
    store.sweep(after(4_000 * DAY)).await.unwrap();
    store.journal_drained(u64::MAX).await.unwrap();
    assert_eq!(store.ledger(contact_id(1), 0, 9).await, Ok(lines.to_vec()), "none is forgotten");
}

pub async fn the_ledgers_of_two_become_one_by_time(store: Shared) {
    for n in [5, 4, 6] {
        arrive(&store, n, 0, after(10 - i64::try_from(n).unwrap())).await;
    }
    // 6 is the oldest.
    say(&store, 4, &[line(1, after(20)), line(2, after(40))], after(20)).await;
    say(&store, 6, &[line(3, after(30))], after(30)).await;
    say(&store, 5, &[line(4, after(20)), line(5, after(30))], after(30)).await;
    let merged = store.merge(contact_id(4), contact_id(6), after(50)).await;
    assert_eq!(merged, Ok(contact_id(6)));
    let lines = |ns: &[(u32, i64)]| ns.iter().map(|(n, at)| line(*n, after(*at))).collect();
    let both: Vec<LedgerEntry> = lines(&[(1, 20), (3, 30), (2, 40)]);
    for (one, other) in [(4, 6), (6, 4), (4, 4)] {
        store.merge(contact_id(one), contact_id(other), after(51)).await.unwrap();
        assert_eq!(store.ledger(contact_id(4), 0, 9).await, Ok(both.clone()), "by the old id");
        assert_eq!(store.ledger(contact_id(6), 0, 9).await, Ok(both.clone()));
    }
    store.merge(contact_id(5), contact_id(4), after(60)).await.unwrap();
    let all: Vec<LedgerEntry> = lines(&[(1, 20), (4, 20), (3, 30), (5, 30), (2, 40)]);
    assert_eq!(
        store.ledger(contact_id(5), 0, 9).await,
        Ok(all),
        "of one time as they were written"
    );
}

pub async fn what_consent_forbids_is_written_as_dropped(store: Shared) {
    let stopped = |n| {
        let mut state = generous(n);
        state.contact.consent.stopped = vec![Purpose::Marketing];
        state
    };
    let service = |n| send(n, Guards::REPLY, Purpose::Service);
    for (n, state, why) in
        [(1, newcomer(1, START), Refusal::BelowTier), (2, stopped(2), Refusal::Stopped)]
    {
        // Refused ones take no room of the lane.
        let mut effects = vec![offer(n); LANE_JOBS_MAX];
        effects.push(service(n));
        let step = commit(&format!("offer {n}"), state, effects, START);
        assert_eq!(step.kept_back().len(), LANE_JOBS_MAX);
        assert_eq!(step.kept_back()[0].1, Passage::Refused(why));
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
        let dropped = job(&store, job_id(n, 1, 0)).await.unwrap();
        assert_eq!(dropped.state, JobState::Dropped { why: Hold::Consent(why) });
        let last = u16::try_from(LANE_JOBS_MAX).unwrap();
        assert_eq!(claim_sends(&store, after(1)).await, [job_id(n, 1, last)]);
        report(&store, job_id(n, 1, last), accepted(&format!("wamid.{n}")), after(1)).await;
        assert_eq!(claim_sends(&store, after(2)).await, [], "nothing of it is ever claimed");
        assert_eq!(store.next_due().await, Ok(None));
    }
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.waiting, counts.held, counts.dead), (0, 0, 0));
    let today = START.day();
    let tallies = store.tallies(today, today).await.unwrap();
    let most = LANE_JOBS_MAX as u64;
    for (what, label, times) in [
        ("job", "dropped", 2 * most),
        ("dropped", "below_tier", most),
        ("dropped", "stopped", most),
    ] {
        assert!(tallies.contains(&(today, Tally::of(what, label), times)), "{what}: {tallies:?}");
    }
    // No report moves it, and it is forgotten in its time like any other.
    report(&store, job_id(1, 1, 0), SendOutcome::Released, after(3)).await;
    assert_eq!(claim_sends(&store, after(4)).await, []);
    store.sweep(after(i64::from(SETTLED_JOB_DAYS) * DAY)).await.unwrap();
    assert!(job(&store, job_id(1, 1, 0)).await.is_some());
    store.sweep(after((i64::from(SETTLED_JOB_DAYS) + 1) * DAY)).await.unwrap();
    assert_eq!(job(&store, job_id(1, 1, 0)).await, None);
}

/// The gate lets it pass; consent is lowered behind its back.
pub async fn consent_lowered_after_the_gate_is_refused_at_the_claim(store: Shared) {
    let step = commit("offer", generous(1), vec![offer(1)], START);
    assert_eq!(step.kept_back(), []);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let mut lowered = next(&state(&store, 1).await);
    lowered.contact.consent = Consent::default();
    let step = commit("lowered", lowered, vec![], START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let waiting = job(&store, job_id(1, 1, 0)).await.unwrap();
    assert_eq!(waiting.state, JobState::Waiting);
    let refused = Claimed::Refused(waiting, Hold::Consent(Refusal::BelowTier));
    assert_eq!(store.claim(after(1), 9, &Terms::default()).await, Ok(vec![refused]));
}

/// What a rule with `consent` says is an answer like any other, but for those of its tier.
pub async fn a_tier_lost_is_refused_at_the_commit_and_at_the_claim(store: Shared) {
    let club = |n| {
        let mut effect = send(n, Guards::REPLY, Purpose::Service);
        let Effect::Send { needs, .. } = &mut effect else { panic!("no message") };
        let (tiers, allows) = (vec!["club".to_owned()], vec![Purpose::Service, Purpose::Marketing]);
        *needs = Some(TierNeeded { tiers, allows });
        effect
    };
    let below = Refusal::BelowTier;
    let step = commit("generous", generous(1), vec![club(1)], START);
    assert_eq!(step.kept_back()[0].1, Passage::Refused(below), "another tier allows as much");
    let mut member = generous(2);
    member.contact.consent.tier = "club".to_owned();
    let step = commit("member", member, vec![club(2)], START);
    assert_eq!(step.kept_back(), []);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let mut lowered = next(&state(&store, 2).await);
    lowered.contact.consent = Consent::default();
    let step = commit("lowered", lowered, vec![], START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let claimed = store.claim(after(1), 9, &Terms::default()).await.unwrap();
    let [Claimed::Refused(job, why)] = &claimed[..] else { panic!("{claimed:?}") };
    assert_eq!((job.id, *why), (job_id(2, 1, 0), Hold::Consent(below)));
}

/// A job that forgot that it is the bot's own is known by what it answers.
pub async fn the_bots_own_words_are_told_by_what_happened(store: Shared) {
    let agent = Owner::Agent { name: "Mei".to_owned() };
    let answers = |name: &str, state: State, rule: &str| {
        let mut effect = send(1, FREE, Purpose::Service);
        let Effect::Send { rule: of, .. } = &mut effect else { panic!("no message") };
        *of = rule.into();
        let mut step = commit(name, state, vec![effect], START);
        let (lookup, of, outcome) = ("order".to_owned(), "m".into(), LookupOutcome::Missing);
        step.record.event.kind = EventKind::LookedUp(LookedUp { lookup, of, outcome });
        step
    };
    let mut owned = newcomer(1, START);
    owned.conversation.owner = agent.clone();
    let step = answers("answer", owned.clone(), "hello");
    assert_eq!(step.kept_back()[0].1, Passage::NotOwned);
    assert_eq!(answers("stop", owned.clone(), "consent.stop").kept_back(), []);
    let mut hands_over = answers("hands over", owned, "people");
    hands_over.record.changes.push(Change::Owner(agent.clone()));
    assert_eq!(hands_over.kept_back(), []);
    // Who has it by the time of the claim is judged then.
    let step = answers("answer", newcomer(1, START), "hello");
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let mut taken = next(&state(&store, 1).await);
    taken.conversation.owner = agent;
    store.commit(commit("taken", taken, vec![], START)).await.unwrap();
    let claimed = store.claim(after(1), 9, &Terms::default()).await.unwrap();
    assert!(matches!(claimed[..], [Claimed::Refused(_, Hold::NotOwned)]), "{claimed:?}");
}

pub async fn a_template_without_consent_is_taken_off(store: Shared) {
    let content = Content::Template { name: "news".into(), language: "en".into(), params: vec![] };
    let template = Outside::Template { content: Box::new(content), purpose: Purpose::Marketing };
    for (n, state, kept) in [(1, newcomer(1, START), false), (2, generous(2), true)] {
        let mut effect = send(n, Guards::REPLY, Purpose::Service);
        let Effect::Send { outside, .. } = &mut effect else { panic!("no message") };
        *outside = template.clone();
        let step = commit(&format!("reply {n}"), state, vec![effect], START);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
        let written = job(&store, job_id(n, 1, 0)).await.unwrap();
        assert_eq!(written.state, JobState::Waiting, "the reply itself may go");
        assert_eq!(written.outside_window().is_some(), kept);
    }
    let today = START.day();
    let tallies = store.tallies(today, today).await.unwrap();
    assert!(tallies.contains(&(today, Tally::of("template_left_out", "below_tier"), 1)));
    // Outside the window the one is dropped, the other's template goes, but not in quiet hours.
    let late = Timestamp(START.0 + DAY);
    let terms = Terms { quiet: Some(quiet()), ..Terms::default() };
    let why = Hold::QuietHours { until: Timestamp(late.0 + HOUR) };
    let claimed = store.claim(late, 9, &terms).await.unwrap();
    let holds: Vec<Hold> = claimed
        .into_iter()
        .map(|one| match one {
            Claimed::Refused(_, hold) => hold,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(holds, [Hold::WindowClosed, why]);
}

pub async fn marketing_in_quiet_hours_is_held_until_they_end(store: Shared) {
    let effects = vec![offer(1), send(1, Guards::REPLY, Purpose::Service)];
    let mut step = commit("offer", generous(1), effects, START);
    step.quiet = Some(quiet());
    let until = after(HOUR);
    assert_eq!(step.kept_back()[0].1, Passage::Quiet(until));
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let why = Hold::QuietHours { until };
    let held = job(&store, job_id(1, 1, 0)).await.unwrap();
    assert_eq!((held.state.clone(), held.due), (JobState::Held { since: START, why }, until));
    assert_eq!(store.held(None, 9).await, Ok(vec![held.clone()]));
    // The lane goes on without it.
    assert_eq!(claim_sends(&store, START).await, [job_id(1, 1, 1)]);
    report(&store, job_id(1, 1, 1), accepted("wamid.1"), START).await;
    assert_eq!(store.next_due().await, Ok(Some(until)));
    assert_eq!(claim_sends(&store, after(HOUR - 1)).await, []);
    // At its time it is released, and judged anew.
    let claimed = store.claim(until, 9, &Terms::default()).await;
    assert_eq!(claimed, Ok(vec![Claimed::Refused(held.clone(), why)]));
    assert_eq!(held.kept_back(why, until), SendOutcome::Released);
    report(&store, held.id, SendOutcome::Released, until).await;
    let terms = Terms { quiet: Some(quiet()), ..Terms::default() };
    let claimed = store.claim(until, 9, &terms).await.unwrap();
    assert!(matches!(claimed.as_slice(), [Claimed::Send(job)] if job.id == held.id), "{claimed:?}");
}

pub async fn quiet_hours_are_judged_at_the_claim(store: Shared) {
    // Decided before they began, by rules that knew none; 2 lives elsewhere.
    let mut abroad = generous(2);
    abroad.contact.zone = Some("America/New_York".to_owned());
    for (n, state) in [(1, generous(1)), (2, abroad)] {
        let step = commit(&format!("offer {n}"), state, vec![offer(n)], START);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    }
    let terms = Terms { quiet: Some(quiet()), ..Terms::default() };
    let why = Hold::QuietHours { until: after(HOUR) };
    let waiting = job(&store, job_id(1, 1, 0)).await.unwrap();
    let claimed = store.claim(after(5), 9, &terms).await.unwrap();
    let [refused, Claimed::Send(sent)] = claimed.as_slice() else { panic!("{claimed:?}") };
    assert_eq!((refused, sent.id), (&Claimed::Refused(waiting.clone(), why), job_id(2, 1, 0)));
    let outcome = waiting.kept_back(why, after(5));
    assert_eq!(outcome, SendOutcome::Held { why, due: after(HOUR) });
    report(&store, waiting.id, outcome, after(5)).await;
    assert_eq!(store.claim(after(HOUR - 1), 9, &terms).await, Ok(vec![]));
    // Meanwhile they say stop: released, it is refused for that.
    let mut stopped = next(&state(&store, 1).await);
    stopped.contact.consent.stopped = vec![Purpose::Marketing];
    let step = commit("stopped", stopped, vec![], after(6));
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let claimed = store.claim(after(HOUR), 9, &terms).await.unwrap();
    let [Claimed::Refused(held, hold)] = claimed.as_slice() else { panic!("{claimed:?}") };
    report(&store, held.id, held.kept_back(*hold, after(HOUR)), after(HOUR)).await;
    let claimed = store.claim(after(HOUR), 9, &terms).await.unwrap();
    let hold = Hold::Consent(Refusal::Stopped);
    assert!(
        matches!(claimed.as_slice(), [Claimed::Refused(_, why)] if *why == hold),
        "{claimed:?}"
    );
}

/// A caller's own id carries no day.
pub async fn a_callers_id_is_remembered_over_days(store: Shared) {
    let posted = |name: &str, day: i64, back: u16| {
        let mut step = note(name, Vec::new(), after(day * DAY));
        step.back = back;
        step
    };
    let back = DEDUPE_DAYS - 1;
    assert_eq!(store.commit(posted("order 1", 0, back)).await, Ok(Committed::Applied));
    for day in 0..=i64::from(back) {
        store.sweep(after(day * DAY)).await.unwrap();
        let again = store.commit(posted("order 1", day, back)).await;
        assert_eq!(again, Ok(Committed::Duplicate), "day {day}");
        let other = store.commit(posted(&format!("order 2 {day}"), day, back)).await;
        assert_eq!(other, Ok(Committed::Applied), "day {day}");
    }
    assert_eq!(store.commit(posted("order 1", 1, 0)).await, Ok(Committed::Applied), "its own day");
    assert_eq!(
        store.commit(posted("order 2 0", 3, 2)).await,
        Ok(Committed::Applied),
        "too far back"
    );
}
