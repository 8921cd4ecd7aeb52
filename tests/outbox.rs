//! The outbox over real HTTP: what is sent, when again, and when never again.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "outbox/calls.rs"]
mod calls;
#[path = "outbox/flaky.rs"]
mod flaky;
#[path = "support/fronted.rs"]
mod fronted;
#[path = "outbox/graph.rs"]
mod graph;
#[path = "outbox/holding.rs"]
mod holding;
#[path = "outbox/rig.rs"]
mod rig;
#[path = "outbox/ringing.rs"]
mod ringing;
#[path = "connectors/system.rs"]
#[expect(dead_code, reason = "the connectors' own tests use the rest")]
mod system;
#[path = "support/wait.rs"]
mod wait;

use flaky::Flaky;
use fronted::Fronted;
use graph::{Graph, Reply};
use rig::{Rig, job_id, text};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use usherd::model::{
    Consent, Effect, Hold, JobState, Outside, Purpose, Recipient, SendError, Wamid,
};
use usherd::store::{Store, Terms};

const SECOND: Duration = Duration::from_secs(1);

/// A text that answers a customer's message.
fn answer(body: &str, message: &str) -> Effect {
    let Effect::Send { number, to, content, purpose, rule, guards, .. } = text(body) else {
        panic!("no message")
    };
    let answers = Some(Wamid::from(message));
    let (needs, outside) = (None, Outside::Drop);
    Effect::Send { number, to, content, purpose, needs, rule, answers, guards, outside }
}

/// A text to somebody else, for another reason.
fn text_to(recipient: Recipient, why: Purpose) -> Effect {
    let Effect::Send { number, content, rule, answers, guards, .. } = text("hello") else {
        panic!("no message")
    };
    Effect::Send {
        number,
        to: recipient,
        content,
        purpose: why,
        needs: None,
        rule,
        answers,
        guards,
        outside: Outside::Drop,
    }
}

fn dead(job: usherd::model::Job) -> SendError {
    match job.state {
        JobState::Dead { error } => error,
        other => panic!("not dead: {other:?}"),
    }
}

#[tokio::test]
async fn a_text_leaves_as_whatsapp_wants_it() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.decide(1, vec![answer("안녕하세요", "wamid.IN=")]).await;
    rig.run();
    let job = rig.until(1, 0, "sent").await;
    let JobState::Sent { wamid, .. } = job.state else { panic!("sent") };
    assert_eq!(wamid.as_str(), "wamid.OUT2=");
    let asked = graph.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.path == "/v25.0/900000000000001/messages"));
    assert!(asked.iter().all(|asked| asked.authorization == "Bearer token"));
    // First the receipt with "typing…", then the answer.
    assert_eq!(
        asked[0].body,
        json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN=",
               "typing_indicator": {"type": "text"}})
    );
    assert_eq!(
        asked[1].body,
        json!({"messaging_product": "whatsapp", "recipient_type": "individual",
               "to": "+351910000001", "type": "text",
               "text": {"body": "안녕하세요", "preview_url": false},
               "biz_opaque_callback_data": job_id(1, 0).to_string()})
    );
    assert_eq!(rig.counted("accepted", ""), 1);
    rig.stop().await;
}

#[tokio::test]
async fn who_has_no_number_is_reached_by_their_id() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.decide(1, vec![text_to(Recipient::Bsuid("PT.7301A".to_owned()), Purpose::Service)]).await;
    rig.decide(2, vec![text_to(Recipient::Phone("+4912345".to_owned()), Purpose::Service)]).await;
    rig.run();
    rig.until(1, 0, "sent").await;
    rig.until(2, 0, "sent").await;
    let asked = graph.asked();
    let to =
        |name: &str| asked.iter().filter_map(|asked| asked.body[name].as_str()).collect::<Vec<_>>();
    assert_eq!(to("recipient"), ["PT.7301A"]);
    assert_eq!(to("to"), ["+4912345"]);
    rig.stop().await;
}

#[tokio::test]
async fn a_definite_failure_is_tried_at_once_after_30_s_and_given_up() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    graph.next(vec![Reply::Say(502, None, "<html>Bad Gateway</html>".to_owned()); 3]);
    rig.decide(1, vec![text("one"), text("two")]).await;
    rig.run();
    let again = wait::until("one is to be sent again", wait::PATIENCE, async || {
        let job = rig.job(1, 0).await;
        (job.attempts == 1 && job.state == JobState::Waiting).then_some(job)
    })
    .await;
    assert_eq!(again.due.since(rig::START), Duration::from_millis(500));
    rig.pass(Duration::from_millis(500));
    let again = wait::until("one is to be sent a third time", wait::PATIENCE, async || {
        let job = rig.job(1, 0).await;
        (job.attempts == 2 && job.state == JobState::Waiting).then_some(job)
    })
    .await;
    assert_eq!(again.due.since(rig::START), Duration::from_millis(30_500));
    assert_eq!(graph.texts(), ["one", "one"], "its lane waits");
    rig.pass(30 * SECOND);
    let error = dead(rig.until(1, 0, "dead").await);
    assert_eq!((error.code, error.reason.as_str()), (None, "service_down"));
    assert_eq!(rig.store.dead_letters(None, 10).await.unwrap().len(), 1);
    // The lane goes on.
    rig.until(1, 1, "sent").await;
    assert_eq!(graph.texts(), ["one", "one", "one", "two"]);
    assert_eq!((rig.counted("again", "service_down"), rig.counted("dead", "service_down")), (2, 1));
    rig.stop().await;
}

#[tokio::test]
async fn a_receipt_is_sent_once_however_often_the_answer_is() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    graph.next([Reply::error(500, 131_000)]);
    rig.decide(1, vec![answer("hi", "wamid.IN=")]).await;
    rig.run();
    rig.until(1, 0, "waiting").await;
    wait::until("the first attempt", wait::PATIENCE, async || {
        (graph.texts().len() == 1 && rig.job(1, 0).await.state == JobState::Waiting).then_some(())
    })
    .await;
    rig.pass(SECOND);
    rig.until(1, 0, "sent").await;
    let receipts = graph.asked().iter().filter(|asked| asked.body["status"] == "read").count();
    assert_eq!((receipts, graph.texts().len()), (1, 2));
    rig.stop().await;
}

#[tokio::test]
async fn what_can_never_pass_is_given_up_at_once() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.run();
    for (n, http, code, reason) in [
        (1, 400, 131_026, "undeliverable"),
        (2, 400, 131_047, "window_closed"),
        (3, 500, 3, "capability"),
        (4, 404, 132_001, "template"),
        (5, 400, 999_999, "refused"),
    ] {
        graph.next([Reply::error(http, code)]);
        rig.decide(n, vec![text("hi")]).await;
        let job = rig.until(n, 0, "dead").await;
        assert_eq!(job.attempts, 1);
        let error = dead(job);
        assert_eq!((error.code, error.reason.as_str()), (Some(code), reason));
    }
    rig.stop().await;
}

#[tokio::test]
async fn the_pair_rate_delays_one_customer_only() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.run();
    graph.next([Reply::error(400, 131_056), Reply::error(400, 131_056)]);
    rig.decide(1, vec![text("hi")]).await;
    wait::until("a first refusal", wait::PATIENCE, async || {
        (rig.job(1, 0).await.due.since(rig::START) == SECOND).then_some(())
    })
    .await;
    rig.pass(SECOND);
    wait::until("a second refusal", wait::PATIENCE, async || {
        (rig.job(1, 0).await.due.since(rig::START) == 5 * SECOND).then_some(())
    })
    .await;
    rig.decide(2, vec![text("other")]).await;
    rig.until(2, 0, "sent").await;
    rig.pass(4 * SECOND);
    rig.until(1, 0, "sent").await;
    rig.stop().await;
}

/// Answers after which nobody knows whether WhatsApp took the message.
fn unclear() -> Vec<Reply> {
    vec![
        Reply::Say(200, None, "{\"messages\":[{\"id\"".to_owned()),
        Reply::Say(200, None, "{}".to_owned()),
        Reply::Say(504, None, "upstream timed out".to_owned()),
        Reply::Say(200, None, "x".repeat(2 * 1024 * 1024)),
        Reply::BreakOff,
    ]
}

#[tokio::test]
async fn an_unclear_answer_is_repeated_only_when_other_statuses_came() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.run();
    let kinds = unclear().len() as u128;
    for (n, reply) in (1..).zip(unclear()) {
        graph.next([reply]);
        rig.decide(n, vec![text(&format!("#{n}"))]).await;
        let job = rig.until(n, 0, "unknown").await;
        assert_eq!(job.due, rig::START.plus(60 * SECOND), "{n}");
    }
    assert_eq!(graph.texts().len() as u128, kinds, "nothing is sent again before its time");
    // One of them had been taken after all: its status says so.
    rig.pass(SECOND);
    rig.status(1, Some(job_id(1, 0)), "wamid.TAKEN=").await;
    rig.until(1, 0, "sent").await;
    rig.pass(60 * SECOND);
    for n in 2..=kinds {
        let job = rig.until(n, 0, "sent").await;
        assert!(job.repeated);
    }
    let texts = graph.texts();
    let times = |n: u128| texts.iter().filter(|text| **text == format!("#{n}")).count();
    assert_eq!((1..=kinds).map(times).collect::<Vec<_>>(), [1, 2, 2, 2, 2]);
    rig.stop().await;
}

/// What was lost once: a repeat was claimed while the look that had ordered it was still being put
/// down, was taken for the same job, and stayed `sending` until the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_repeat_is_sent_however_many_are_looked_at_together() {
    const CUSTOMERS: u128 = 200;
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    graph.next((0..CUSTOMERS).map(|_| Reply::Say(200, None, "{}".to_owned())));
    for n in 1..=CUSTOMERS {
        rig.decide(n, vec![text(&format!("#{n}"))]).await;
    }
    rig.run();
    for n in 1..=CUSTOMERS {
        rig.until(n, 0, "unknown").await;
    }
    rig.pass(SECOND);
    rig.status(1, None, "wamid.OTHER=").await;
    rig.pass(60 * SECOND);
    for n in 1..=CUSTOMERS {
        rig.until(n, 0, "sent").await;
    }
    rig.stop().await;
}

#[tokio::test]
async fn an_unclear_answer_without_any_status_is_a_dead_letter_after_ten_minutes() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    graph.next([Reply::BreakOff]);
    rig.decide(1, vec![text("one"), text("two")]).await;
    rig.run();
    rig.until(1, 0, "unknown").await;
    rig.pass(60 * SECOND);
    wait::until("it waits on", wait::PATIENCE, async || {
        (rig.job(1, 0).await.due == rig::START.plus(90 * SECOND)).then_some(())
    })
    .await;
    assert_eq!(graph.texts(), ["one"], "its lane waits");
    rig.pass(540 * SECOND);
    assert_eq!(dead(rig.until(1, 0, "dead").await).reason, "unknown");
    rig.until(1, 1, "sent").await;
    assert_eq!(graph.texts(), ["one", "two"]);
    rig.stop().await;
}

#[tokio::test]
async fn a_repeat_that_stays_unclear_and_marketing_are_never_sent_again() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.run();
    graph.next([Reply::BreakOff]);
    let offer = text_to(Recipient::Phone("2".to_owned()), Purpose::Marketing);
    let mut consent = Consent::default();
    consent.allows.push(Purpose::Marketing);
    rig.decide_for(2, consent, vec![offer]).await;
    rig.until(2, 0, "unknown").await;
    graph.next([Reply::BreakOff, Reply::BreakOff]);
    rig.decide(1, vec![text("hi")]).await;
    rig.until(1, 0, "unknown").await;
    rig.pass(SECOND);
    rig.status(1, None, "wamid.OTHER=").await;
    rig.pass(60 * SECOND);
    assert_eq!(dead(rig.until(2, 0, "dead").await).reason, "unknown");
    wait::until("the repeat is unclear too", wait::PATIENCE, async || {
        let job = rig.job(1, 0).await;
        (job.repeated && job.state.label() == "unknown").then_some(())
    })
    .await;
    rig.pass(SECOND);
    rig.status(1, None, "wamid.OTHER2=").await;
    rig.pass(60 * SECOND);
    assert_eq!(dead(rig.until(1, 0, "dead").await).reason, "unknown");
    assert_eq!(graph.texts().len(), 3);
    rig.stop().await;
}

#[tokio::test]
async fn what_was_under_way_when_usher_died_is_unknown_and_not_sent_blindly() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.decide(1, vec![text("hi")]).await;
    // A process claimed it and died. The clock was ahead then.
    let ahead = rig::START.plus(3_600 * SECOND);
    assert_eq!(rig.store.claim(ahead, 10, &Terms::default()).await.unwrap().len(), 1);
    rig.run();
    rig.until(1, 0, "unknown").await;
    assert_eq!(graph.texts(), Vec::<String>::new());
    rig.pass(SECOND);
    rig.status(1, None, "wamid.OTHER=").await;
    rig.pass(60 * SECOND);
    rig.until(1, 0, "sent").await;
    assert_eq!(graph.texts(), ["hi"]);
    rig.stop().await;
}

#[tokio::test]
async fn a_lane_keeps_its_order_and_delays_no_other() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    let gate = Arc::new(Notify::new());
    graph.next([Reply::Slow(Arc::clone(&gate))]);
    rig.decide(1, vec![text("1a"), text("1b"), text("1c")]).await;
    rig.run();
    rig.until(1, 0, "sending").await;
    wait::until("the first is under way", wait::PATIENCE, async || {
        (graph.texts() == ["1a"]).then_some(())
    })
    .await;
    for n in 2..40 {
        rig.decide(n, vec![text(&format!("{n}a")), text(&format!("{n}b"))]).await;
    }
    for n in 2..40 {
        rig.until(n, 1, "sent").await;
    }
    assert_eq!(rig.job(1, 1).await.state, JobState::Waiting);
    gate.notify_one();
    rig.until(1, 2, "sent").await;
    let texts = graph.texts();
    for n in 1..40 {
        let own: Vec<&String> = texts
            .iter()
            .filter(|text| text.trim_end_matches(char::is_alphabetic) == n.to_string())
            .collect();
        assert!(own.is_sorted() && own.len() >= 2, "{own:?}");
    }
    assert_eq!(texts.len(), 3 + 38 * 2);
    rig.stop().await;
}

#[tokio::test]
async fn a_guard_that_no_longer_holds_stops_it_at_the_claim() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.decide(1, vec![text("late")]).await;
    let offer = || text_to(Recipient::Phone("2".to_owned()), Purpose::Marketing);
    let mut consent = Consent::default();
    consent.allows.push(Purpose::Marketing);
    rig.decide_for(2, consent, vec![offer()]).await;
    rig.preference(2, true).await;
    // This one never waits: the store drops it as it is written.
    rig.decide(3, vec![offer()]).await;
    assert_eq!(rig.job(3, 0).await.state.label(), "dropped");
    rig.pass(25 * 3_600 * SECOND);
    rig.run();
    let job = rig.until(1, 0, "dropped").await;
    assert_eq!(job.state, JobState::Dropped { why: Hold::WindowClosed });
    rig.until(2, 0, "dropped").await;
    assert_eq!(graph.asked().len(), 0);
    assert_eq!(rig.counted("dropped", "window_closed"), 1);
    assert_eq!(rig.counted("dropped", "stopped_in_whatsapp"), 1);
    rig.stop().await;
}

#[tokio::test]
async fn while_whatsapp_cannot_be_reached_no_try_is_used_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut rig = Rig::at(&format!("http://{address}/v25.0"));
    for n in 1..=20 {
        rig.decide(n, vec![text("hi")]).await;
    }
    rig.run();
    wait::until("sending pauses", wait::PATIENCE, async || {
        (rig.counted("postponed", "unreachable") > 0).then_some(())
    })
    .await;
    let graph = Graph::on(TcpListener::bind(address).await.unwrap());
    rig.pass(60 * SECOND);
    for n in 1..=20 {
        let job = rig.until(n, 0, "sent").await;
        assert_eq!(job.tries(), 1, "{job:?}");
    }
    assert_eq!(graph.texts().len(), 20);
    assert_eq!(rig.store.dead_letters(None, 1).await.unwrap(), []);
    rig.stop().await;
}

#[tokio::test]
async fn a_dead_token_keeps_the_queue_and_is_probed_by_one() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    graph.always(Reply::error(401, 190));
    rig.decide(1, vec![text("first")]).await;
    rig.run();
    rig.until_postponed(1, 0, 1).await;
    for n in 2..=30 {
        rig.decide(n, vec![text("hi")]).await;
    }
    rig.pass(10 * SECOND);
    // The next attempt is a probe, and it is one.
    wait::until("a probe", wait::PATIENCE, async || {
        (rig.counted("postponed", "token") == 2).then_some(())
    })
    .await;
    assert_eq!(graph.texts().len(), 2);
    graph.always(Reply::Accept);
    rig.pass(10 * SECOND);
    for n in 1..=30 {
        assert_eq!(rig.until(n, 0, "sent").await.tries(), 1);
    }
    assert_eq!(graph.texts().len(), 2 + 30);
    rig.stop().await;
}

/// Nobody but people can mend it: it is shown where they look, and each probe leaves a line.
#[tokio::test]
async fn a_number_that_whatsapp_does_not_know_is_shown_and_probed_ever_more_seldom() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    graph.always(Reply::error(400, 33));
    rig.decide(1, vec![text("hi")]).await;
    rig.run();
    let due = rig.until_postponed(1, 0, 1).await.due;
    let sending = &rig.turn.metrics().sending;
    let standing: Vec<_> =
        sending.standing().into_iter().map(|one| (one.number, one.reason)).collect();
    assert_eq!(standing, [(rig::number().as_str().to_owned(), "number".to_owned())]);
    assert!(due.since(rig::START) > 4 * SECOND, "{due:?}");
    graph.always(Reply::Accept);
    rig.pass(5 * SECOND);
    rig.until(1, 0, "sent").await;
    assert_eq!(sending.standing(), []);
    rig.stop().await;
}

#[tokio::test]
async fn a_token_that_is_refused_gives_way_to_the_next_one() {
    let graph = Graph::start().await;
    graph.next([Reply::error(401, 190)]);
    let mut rig = Rig::new(&graph);
    rig.access_token = vec!["expired".into(), "renewed".into()].into();
    rig.decide(1, vec![text("first")]).await;
    rig.run();
    rig.until(1, 0, "sent").await;
    rig.decide(2, vec![text("second")]).await;
    rig.until(2, 0, "sent").await;
    let shown: Vec<String> = graph.asked().into_iter().map(|asked| asked.authorization).collect();
    assert_eq!(shown, ["Bearer expired", "Bearer renewed", "Bearer renewed"]);
    assert_eq!(rig.job(1, 0).await.attempts, 1, "another token is no other try");
    rig.stop().await;
}

#[tokio::test]
async fn a_throttled_number_pauses_as_long_as_it_is_asked_to() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    graph.next([Reply::Say(429, Some("2"), "slow down".to_owned())]);
    rig.decide(1, vec![text("hi")]).await;
    rig.run();
    let job = rig.until_postponed(1, 0, 1).await;
    let pause = job.due.since(rig::START);
    assert!(pause <= 2 * SECOND && pause > SECOND, "{pause:?}");
    rig.pass(2 * SECOND);
    assert_eq!(rig.until(1, 0, "sent").await.tries(), 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_report_is_offered_until_the_store_has_it() {
    let graph = Graph::start().await;
    let refuse = Arc::new(AtomicU32::new(0));
    let mut rig = Rig::with(&graph.api, |store| {
        let (refuse, lose) = (Arc::clone(&refuse), AtomicU32::new(0));
        Arc::new(Fronted(Flaky { store, refuse, lose, doubt: <_>::default() })) as Arc<dyn Store>
    });
    rig.decide(1, vec![text("one"), text("two")]).await;
    refuse.store(3, Ordering::SeqCst);
    rig.run();
    rig.until(1, 1, "sent").await;
    assert_eq!(refuse.load(Ordering::SeqCst), 0, "the store did refuse");
    assert_eq!(graph.texts(), ["one", "two"], "sent once whatever the store did");
    rig.stop().await;
}

/// What would be lost: a lane, until the next start, when a claim was written and its sync failed.
#[tokio::test]
async fn what_was_claimed_as_the_store_failed_is_claimed_again() {
    let graph = Graph::start().await;
    let mut rig = Rig::with(&graph.api, |store| {
        let (refuse, lose) = (Arc::default(), AtomicU32::new(2));
        Arc::new(Fronted(Flaky { store, refuse, lose, doubt: <_>::default() })) as Arc<dyn Store>
    });
    rig.decide(1, vec![text("one"), text("two")]).await;
    rig.run();
    rig.until(1, 1, "sent").await;
    assert_eq!(graph.texts(), ["one", "two"]);
    let job = rig.job(1, 0).await;
    assert_eq!((job.attempts, job.tries(), job.repeated), (3, 1, false), "no try is used up");
    rig.stop().await;
}

#[tokio::test]
async fn a_slow_attempt_counts_as_late_and_is_waited_for() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.settings.timeout = Duration::ZERO;
    rig.decide(1, vec![text("one")]).await;
    rig.run();
    rig.until(1, 0, "sent").await;
    assert_eq!(rig.metrics.sends_late.get(), 1);
    rig.stop().await;
}

#[tokio::test]
async fn at_the_end_what_is_under_way_is_waited_for_and_nothing_begun() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    let gate = Arc::new(Notify::new());
    graph.next([Reply::Slow(Arc::clone(&gate))]);
    rig.decide(1, vec![text("one"), text("two")]).await;
    rig.run();
    wait::until("it is under way", wait::PATIENCE, async || {
        (graph.texts() == ["one"]).then_some(())
    })
    .await;
    let open = async {
        tokio::task::yield_now().await;
        gate.notify_one();
    };
    tokio::join!(rig.stop(), open);
    assert_eq!(rig.job(1, 0).await.state.label(), "sent");
    assert_eq!(rig.job(1, 1).await.state.label(), "waiting");
    assert_eq!(graph.texts(), ["one"]);
}

#[tokio::test]
async fn what_takes_too_long_at_the_end_is_found_at_the_next_start() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    rig.settings.drain = Duration::from_millis(50);
    graph.next([Reply::Slow(Arc::new(Notify::new()))]);
    rig.decide(1, vec![text("one")]).await;
    rig.run();
    wait::until("it is under way", wait::PATIENCE, async || {
        (graph.texts() == ["one"]).then_some(())
    })
    .await;
    rig.stop().await;
    assert_eq!(rig.job(1, 0).await.state.label(), "sending");
}
