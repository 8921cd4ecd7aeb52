//! What acts at its time beside the sends: quiet hours that end, and timers by the thousand.

use crate::graph::Graph;
use crate::rig::{Rig, START, contact, number, text, text_marketing};
use crate::wait;
use std::sync::Arc;
use std::time::Duration;
use usherd::model::{
    Consent, Event, EventKind, Hold, JobState, Purpose, QuietHours, SendError, Subject, Timer,
    TimerChange, TimerKey, TimerKind,
};
use usherd::store::{Commit, Committed, Store, Write};
use usherd::timers::Timers;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn marketing_held_over_quiet_hours_goes_out_when_they_end() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    // START is 08:53:20 in UTC.
    rig.quiet = Some(QuietHours { from: 8 * 60, until: 9 * 60, zone: "Etc/UTC".to_owned() });
    let consent = Consent { allows: Purpose::ALL.to_vec(), ..Consent::default() };
    rig.decide_for(1, consent.clone(), vec![text_marketing("offer"), text("answer")]).await;
    rig.decide_for(2, consent, vec![text_marketing("other")]).await;
    rig.run();
    rig.until(1, 1, "sent").await;
    let held = rig.job(1, 0).await;
    let until = START.plus(400 * Duration::from_secs(1));
    assert_eq!(held.state, JobState::Held { since: START, why: Hold::QuietHours { until } });
    // One of them says stop before they end.
    rig.preference(2, true).await;
    rig.pass(6 * MINUTE);
    assert_eq!(rig.job(1, 0).await.state, held.state);
    rig.pass(MINUTE);
    rig.until(1, 0, "sent").await;
    rig.until(2, 0, "dropped").await;
    assert_eq!(graph.texts(), ["answer", "offer"]);
    assert_eq!(rig.counted("released", ""), 2);
    assert_eq!(rig.counted("dropped", "stopped_in_whatsapp"), 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_failed_message_is_told_with_its_rule() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.decide(1, vec![text("hello")]).await;
    rig.run();
    let job = rig.until(1, 0, "sent").await;
    let error =
        SendError { code: Some(131_026), reason: "undeliverable".into(), detail: "x".into() };
    rig.failed(1, &job, error).await;
    rig.status(1, Some(job.id), "wamid.LATER=").await;
    let lines = rig.store.journal(0, 99).await.unwrap();
    let rules: Vec<_> = lines
        .into_iter()
        .filter_map(|(_, record)| match record.event.kind {
            EventKind::Status(status) => Some((status.status.rank(), status.rule)),
            _ => None,
        })
        .collect();
    assert_eq!(rules, [(2, Some("r".into())), (1, None)]);
    rig.stop().await;
}

/// So many timers of contact `n`, all due at once.
async fn set_timers(rig: &Rig, n: u128, count: usize) {
    let mut state = rig.store.state(contact(n), &number()).await.unwrap().unwrap();
    let expected = state.contact.version;
    state.contact.version += 1;
    let event = Event {
        id: format!("timers {n}").into(),
        at: START,
        stated_at: None,
        subject: Subject::Account,
        kind: EventKind::Account { field: "test".to_owned(), raw: Vec::new().into() },
    };
    let key = |name: usize| TimerKey {
        contact: contact(n),
        number: number(),
        kind: TimerKind::Notify,
        name: name.to_string(),
    };
    let timer = |name| TimerChange::Set(Timer { key: key(name), at: START });
    let record = crate::rig::record(event.clone(), START);
    let step = Commit {
        write: Some(Write { expected, state }),
        timers: (0..count).map(timer).collect(),
        ..event.commit_alone(record, Vec::new())
    };
    assert_eq!(rig.store.commit(step).await, Ok(Committed::Applied));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_timers_at_once_do_not_keep_a_send_waiting() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    for n in 100..200 {
        rig.decide(n, Vec::new()).await;
        set_timers(&rig, n, 100).await;
    }
    rig.run();
    let (timers, stop) = (Timers::new(Arc::clone(&rig.turn)), rig.stop.clone());
    rig.running.spawn(timers.run(stop));
    let rung = async |rig: &Rig| {
        let lines = rig.store.journal(0, 99_999).await.unwrap();
        let timer =
            |record: &usherd::model::Record| matches!(record.event.kind, EventKind::Timer { .. });
        lines.into_iter().filter(|(_, record)| timer(record)).map(|(at, _)| at).collect::<Vec<_>>()
    };
    let begun = async || (!rung(&rig).await.is_empty()).then_some(());
    wait::until("timers ring", wait::PATIENCE, begun).await;
    rig.decide(1, vec![text("meanwhile")]).await;
    rig.until(1, 0, "sent").await;
    let lines = rig.store.journal(0, 99_999).await.unwrap();
    let sent = lines.iter().find(|(_, line)| matches!(line.event.kind, EventKind::Sent { .. }));
    let sent = sent.unwrap().0;
    let all = async || (rig.store.next_timer().await == Ok(None)).then_some(());
    wait::until("all timers rang", wait::PATIENCE, all).await;
    let rung = rung(&rig).await;
    assert_eq!(rung.len(), 10_000, "each once");
    assert!(rung.iter().any(|at| *at > sent), "it was sent while timers rang");
    rig.stop().await;
}
