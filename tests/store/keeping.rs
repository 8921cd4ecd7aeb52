//! Timers, the journal, tallies, and what is forgotten when.

use crate::kit::*;
use usherd::limits::{DEDUPE_DAYS, SETTLED_JOB_DAYS};
use usherd::model::{
    AgentAct, Day, DeliveryStatus, DeskAct, EventId, EventKind, FirstAnswer, JobState, NumberId,
    Question, SendOutcome, Tally, Timer, TimerChange, TimerKey, TimerKind, Timestamp, Verdict,
};
use usherd::store::Committed;

fn timer(n: u128, rule: &str, at: Timestamp) -> Timer {
    let key = TimerKey {
        contact: contact_id(n),
        number: number(),
        kind: TimerKind::FollowUp,
        name: rule.to_owned(),
    };
    Timer { key, at }
}

async fn turn(store: &Shared, n: u128, changes: Vec<TimerChange>) {
    let state = next(&state(store, n).await);
    let name = format!("timers {n} {}", state.contact.version);
    let mut step = commit(&name, state, Vec::new(), START);
    step.timers = changes;
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
}

pub async fn timers_fire_in_order_until_cleared(store: Shared) {
    arrive(&store, 1, 0, START).await;
    arrive(&store, 2, 0, START).await;
    assert_eq!(store.next_timer().await, Ok(None));
    let (late, early) = (timer(1, "a", after(20)), timer(1, "b", after(10)));
    let other = timer(2, "a", after(10));
    turn(&store, 1, vec![TimerChange::Set(late.clone()), TimerChange::Set(early.clone())]).await;
    turn(&store, 2, vec![TimerChange::Set(other.clone())]).await;
    assert_eq!(store.timers_due(after(9), 10).await, Ok(vec![]));
    assert_eq!(store.next_timer().await, Ok(Some(after(10))));
    let due = vec![early.clone(), other.clone()];
    assert_eq!(store.timers_due(after(10), 10).await, Ok(due.clone()));
    assert_eq!(store.timers_due(after(19), 10).await, Ok(due), "they stay");
    assert_eq!(store.timers_due(after(20), 1).await, Ok(vec![early.clone()]));
    // Set again it is in place of the old one; cleared it is gone, and gone twice is no error.
    let sooner = timer(1, "a", after(5));
    let gone = TimerChange::Clear(early.key.clone());
    turn(&store, 1, vec![TimerChange::Set(sooner.clone()), gone.clone(), gone]).await;
    assert_eq!(store.timers_due(after(99), 10).await, Ok(vec![sooner, other]));
    assert_eq!(store.next_timer().await, Ok(Some(after(5))));
}

pub async fn the_journal_keeps_order_and_is_drained(store: Shared) {
    for n in 1..=5 {
        let step = note(&format!("line {n}"), Vec::new(), after(n));
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    }
    let lines = store.journal(0, 3).await.unwrap();
    let wanted: Vec<_> =
        (1..=3).map(|n| (n as u64, record(&format!("line {n}"), after(n)))).collect();
    assert_eq!(lines, wanted);
    assert_eq!(store.journal(3, 10).await.unwrap().len(), 2);
    assert_eq!(store.journal(5, 10).await, Ok(vec![]));
    assert_eq!(store.journal(u64::MAX, 10).await, Ok(vec![]));
    store.journal_drained(3).await.unwrap();
    store.journal_drained(3).await.unwrap();
    let left: Vec<u64> = store.journal(0, 10).await.unwrap().iter().map(|line| line.0).collect();
    assert_eq!(left, [4, 5]);
    assert_eq!(store.counts().await.unwrap().journal, 2);
    store.journal_drained(5).await.unwrap();
    assert_eq!(store.commit(note("line 6", Vec::new(), START)).await, Ok(Committed::Applied));
    assert_eq!(store.journal(0, 10).await.unwrap()[0].0, 6, "positions are never given twice");
}

pub async fn open_questions_are_counted_by_rule(store: Shared) {
    let asked = [("size", None), ("size", Some(after(10))), ("colour", None), ("size", None)];
    for (n, (rule, until)) in (1..).zip(asked) {
        let mut state = newcomer(n, START);
        let rule = rule.into();
        state.conversation.question =
            Some(Question { rule, asked_at: START, until, asked_again: 0 });
        let step = commit(&format!("asked {n}"), state, Vec::new(), START);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    }
    arrive(&store, 5, 0, START).await;
    let rules = ["size".into(), "colour".into(), "nobody".into()];
    let waiting = async |at, most| store.waiting_on(&rules, at, most).await.unwrap();
    assert_eq!(waiting(START, 100).await, [("colour".into(), 1), ("size".into(), 3)]);
    assert_eq!(waiting(after(10), 100).await, [("colour".into(), 1), ("size".into(), 2)], "lapsed");
    let looked_at: u64 = waiting(START, 2).await.iter().map(|(_, count)| count).sum();
    assert!(looked_at <= 2, "no more contacts are looked at");
    assert_eq!(store.waiting_on(&["nobody".into()], START, 100).await, Ok(vec![]));
}

pub async fn tallies_add_up_by_day(store: Shared) {
    let (won, fallback) = (Tally::of("won", "hello"), Tally::of("fallback", ""));
    for (n, at) in [(1, START), (2, after(5)), (3, after(DAY)), (4, after(3 * DAY))] {
        let mut step = note(&format!("event {n}"), Vec::new(), at);
        step.tallies = vec![won.clone(), fallback.clone(), won.clone()];
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    }
    let today = START.day();
    let (tomorrow, later) = (Day(today.0 + 1), Day(today.0 + 2));
    let both = vec![
        (today, fallback.clone(), 2),
        (today, won.clone(), 4),
        (tomorrow, fallback, 1),
        (tomorrow, won, 2),
    ];
    assert_eq!(store.tallies(today, later).await, Ok(both.clone()));
    assert_eq!(store.tallies(tomorrow, later).await, Ok(both[2..].to_vec()));
    assert_eq!(store.tallies(later, later).await, Ok(vec![]));
}

pub async fn the_last_status_of_a_number_is_the_latest(store: Shared) {
    assert_eq!(store.last_status(&number()).await, Ok(None));
    for (n, at) in [(1, after(5)), (2, after(9)), (3, after(7))] {
        let mut step = note(&format!("status {n}"), Vec::new(), at);
        step.status_seen = Some((number(), at));
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    }
    assert_eq!(store.last_status(&number()).await, Ok(Some(after(9))));
    assert_eq!(store.last_status(&NumberId::from("9")).await, Ok(None));
}

/// Meta sends again for seven days, and names the same day each time.
pub async fn an_event_is_remembered_for_eight_days_and_more(store: Shared) {
    let step = note("once", Vec::new(), START);
    assert_eq!(store.commit(step.clone()).await, Ok(Committed::Applied));
    for day in 1..=i64::from(DEDUPE_DAYS) {
        store.sweep(after(day * DAY)).await.unwrap();
        assert_eq!(store.commit(step.clone()).await, Ok(Committed::Duplicate), "day {day}");
    }
    const { assert!(DEDUPE_DAYS >= 8) };
    store.sweep(after((i64::from(DEDUPE_DAYS) + 1) * DAY)).await.unwrap();
    assert_eq!(store.commit(step).await, Ok(Committed::Applied), "forgotten by then");
}

/// A call comes again with the same id, and names no day.
pub async fn the_first_answer_is_kept_as_long_as_the_id(store: Shared) {
    let called = |name: &str, at| {
        let act = DeskAct { act: AgentAct::Take, agent: "Kim".to_owned() };
        let mut record = record(name, at);
        record.event.kind = EventKind::Desk(act);
        record.verdict = Verdict::Silent("held_by_other".to_owned());
        record.event.clone().commit_alone(record, Vec::new())
    };
    let first = FirstAnswer {
        contact: None,
        verdict: Verdict::Silent("held_by_other".to_owned()),
        jobs: 0,
    };
    let asked = async |name: &str, at: Timestamp| {
        store.first_answer(&EventId::from(name), at.day()).await.unwrap()
    };
    assert_eq!(store.commit(called("1", START)).await, Ok(Committed::Applied));
    assert_eq!(store.commit(note("2", Vec::new(), START)).await, Ok(Committed::Applied));
    assert_eq!(asked("2", START).await, None, "nobody called for it");
    assert_eq!(asked("3", START).await, None);
    let last = i64::from(DEDUPE_DAYS) - 1;
    for at in [START, after(DAY), after(last * DAY)] {
        store.sweep(at).await.unwrap();
        assert_eq!(store.commit(called("1", at)).await, Ok(Committed::Duplicate));
        assert_eq!(asked("1", at).await.as_ref(), Some(&first));
    }
    store.sweep(after((last + 2) * DAY)).await.unwrap();
    for day in [0, last, last + 2] {
        assert_eq!(asked("1", after(day * DAY)).await, None, "day {day}");
    }
}

pub async fn settled_jobs_are_forgotten_after_their_time(store: Shared) {
    for n in 1..=4 {
        arrive(&store, n, 1, START).await;
    }
    claim_sends(&store, START).await;
    let [sent, dead, sending, late] = [1, 2, 3, 4].map(|n| job_id(n, 1, 0));
    report(&store, sent, accepted("wamid.1"), START).await;
    report(&store, dead, SendOutcome::Dead { error: error("template") }, START).await;
    report(&store, late, accepted("wamid.4"), after(DAY)).await;
    let last_day = i64::from(SETTLED_JOB_DAYS);
    store.sweep(after(last_day * DAY)).await.unwrap();
    assert!(job(&store, sent).await.is_some() && job(&store, dead).await.is_some());
    store.sweep(after((last_day + 1) * DAY)).await.unwrap();
    assert_eq!(job(&store, sent).await, None);
    assert_eq!(job(&store, dead).await, None);
    assert!(job(&store, sending).await.is_some(), "it is not settled");
    assert!(job(&store, late).await.is_some(), "it settled a day later");
    assert_eq!(store.dead_letters(None, 10).await, Ok(vec![]));
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.dead, counts.sending), (0, 1));
    // A status that comes later than that speaks of nothing we know.
    status(&store, Some(sent), "wamid.1", DeliveryStatus::Read, after(last_day * DAY)).await;
    assert_eq!(job(&store, sent).await, None);
    status(&store, None, "wamid.4", DeliveryStatus::Read, after(last_day * DAY)).await;
    let read =
        |state: JobState| matches!(state, JobState::Sent { status: DeliveryStatus::Read, .. });
    assert!(read(job(&store, late).await.unwrap().state));
}
