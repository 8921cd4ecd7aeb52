//! What is kept back: the closed window, pauses, rates; and that everything kept back is told.

use crate::graph::{Graph, Reply};
use crate::rig::{Rig, START, contact, number, text};
use crate::{dead, wait};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;
use usherd::metrics::WhyLabels;
use usherd::model::{
    Alias, Content, Effect, Event, EventKind, Hold, JobId, JobState, Message, MessageKind,
    NumberId, Outside, Pause, Profile, Purpose, Scope, SendError, Subject, Tally, Timestamp,
    Upkeep, Wamid,
};
use usherd::store::Store;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn outside(body: &str, instead: Outside) -> Effect {
    let mut effect = text(body);
    let Effect::Send { outside, .. } = &mut effect else { panic!("no message") };
    *outside = instead;
    effect
}

fn from_number(body: &str, from: &NumberId) -> Effect {
    let mut effect = text(body);
    let Effect::Send { number, guards, .. } = &mut effect else { panic!("no message") };
    // The rig's contacts have their window on the first number.
    (*number, guards.window_open) = (from.clone(), false);
    effect
}

/// Contact `n` writes; WhatsApp says when.
async fn writes(rig: &Rig, n: u128, wamid: &str, stated_at: Timestamp) {
    take(rig, n, wamid, stated_at, MessageKind::Text, None).await;
}

async fn take(
    rig: &Rig,
    n: u128,
    wamid: &str,
    stated_at: Timestamp,
    kind: MessageKind,
    group: Option<String>,
) {
    let subject = Subject::Person {
        aliases: vec![Alias::WaId(n.to_string())],
        number: number(),
        profile: Profile::default(),
    };
    let kind = EventKind::Message(Message {
        wamid: Wamid::from(wamid),
        kind,
        text: Some("hello".to_owned()),
        payload: None,
        reply_to: None,
        ad: None,
        group,
        raw: None,
    });
    let (id, at) = (format!("wa:m:{wamid}").as_str().into(), rig.now());
    rig.turn.take(Event { id, at, stated_at: Some(stated_at), subject, kind }).await.unwrap();
}

async fn by_hand(rig: &Rig, name: &str, what: Upkeep) {
    let (id, at, by) = (name.into(), rig.now(), "ops".to_owned());
    let (subject, kind) = (Subject::Account, EventKind::Upkeep { what, by });
    rig.turn.take(Event { id, at, stated_at: None, subject, kind }).await.unwrap();
}

fn pause(scope: Scope, until: Option<Timestamp>) -> Upkeep {
    Upkeep::Pause(Pause { scope, since: START, until, by: "ops".to_owned() })
}

/// Sends that the journal says a template took the place of.
async fn replaced(rig: &Rig) -> Vec<JobId> {
    let lines = rig.store.journal(0, 9_999).await.unwrap();
    let replaced = lines.into_iter().filter_map(|(_, record)| match record.event.kind {
        EventKind::Sent { job, replaced: true, .. } => Some(job),
        _ => None,
    });
    replaced.collect()
}

#[tokio::test]
async fn what_is_queued_for_the_window_goes_out_in_order_when_the_customer_writes() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    let news = Content::Template { name: "news".into(), language: "en".into(), params: vec![] };
    let instead = Outside::Template { content: Box::new(news), purpose: Purpose::Utility };
    let queued = |body| outside(body, Outside::Queue);
    rig.decide(1, vec![queued("one"), outside("never", instead), queued("two")]).await;
    rig.pass(24 * HOUR);
    rig.run();
    rig.until(1, 0, "held").await;
    rig.until(1, 1, "sent").await;
    rig.until(1, 2, "held").await;
    assert_eq!(rig.counted("held", "window_closed"), 2);
    assert_eq!(rig.counted("replaced", "window_closed"), 1);
    assert_eq!(replaced(&rig).await, [rig.job(1, 1).await.id], "its line in the journal says so");
    let today = rig.now().day();
    let tallies = rig.store.tallies(today, today).await.unwrap();
    assert!(tallies.contains(&(today, Tally::of("replaced", "window_closed"), 1)), "{tallies:?}");
    let conversation = rig.store.state(contact(1), &number()).await.unwrap().unwrap().conversation;
    assert!(conversation.held);
    // None of these opens the window; the last is a message that came a day late.
    take(&rig, 1, "wamid.g", rig.now(), MessageKind::Text, Some("group".to_owned())).await;
    take(&rig, 1, "wamid.s", rig.now(), MessageKind::System, None).await;
    take(&rig, 1, "wamid.u", rig.now(), MessageKind::Unsupported, None).await;
    rig.status(1, None, "wamid.OTHER=").await;
    writes(&rig, 1, "wamid.late", rig.now().minus(24 * HOUR)).await;
    assert_eq!(rig.store.counts().await.unwrap().held, 2);
    // A call does.
    take(&rig, 1, "wamid.call", rig.now().minus(HOUR), MessageKind::Call, None).await;
    rig.until(1, 2, "sent").await;
    let texts: Vec<String> = graph.texts();
    assert_eq!(texts.iter().filter(|text| *text == "one" || *text == "two").count(), 2);
    assert!(
        texts.iter().position(|text| text == "one") < texts.iter().position(|text| text == "two")
    );
    assert!(!texts.contains(&"never".to_owned()));
    let conversation = rig.store.state(contact(1), &number()).await.unwrap().unwrap().conversation;
    assert!(!conversation.held);
    rig.stop().await;
}

#[tokio::test]
async fn what_is_paused_is_held_and_goes_out_when_the_pause_ends_or_runs_out() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    by_hand(&rig, "pause all", pause(Scope::All, None)).await;
    for n in 1..=20 {
        rig.decide(n, vec![text(&format!("{n}a")), text(&format!("{n}b"))]).await;
    }
    rig.run();
    for n in 1..=20 {
        rig.until(n, 0, "held").await;
        rig.until(n, 1, "held").await;
    }
    assert_eq!(graph.texts(), Vec::<String>::new());
    assert_eq!(rig.counted("held", "paused"), 40);
    // Another pause still keeps half of them, until its time runs out.
    let utility = Scope::Purpose(Purpose::Service);
    by_hand(&rig, "pause service", pause(utility, Some(rig.now().plus(HOUR)))).await;
    by_hand(&rig, "resume all", Upkeep::Resume(Scope::All)).await;
    wait::until("the end of a pause is noticed", wait::PATIENCE, async || {
        (rig.store.pauses().await.unwrap().ended == 1).then_some(())
    })
    .await;
    assert_eq!(rig.store.counts().await.unwrap().held, 40);
    rig.pass(HOUR);
    for n in 1..=20 {
        rig.until(n, 1, "sent").await;
    }
    let texts = graph.texts();
    for n in 1..=20 {
        let place = |body: String| texts.iter().position(|text| *text == body).unwrap();
        assert!(place(format!("{n}a")) < place(format!("{n}b")));
    }
    assert_eq!(texts.len(), 40);
    assert_eq!(rig.counted("released", ""), 40);
    rig.stop().await;
}

#[tokio::test]
async fn a_burst_to_one_customer_is_paced_and_uses_up_no_try() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    let every = Duration::from_millis(400);
    (rig.settings.rates.pair_every, rig.settings.rates.pair_burst) = (every, 2);
    let begun = Instant::now();
    rig.decide(1, vec![text("a"), text("b"), text("c"), text("d")]).await;
    rig.run();
    rig.until(1, 1, "sent").await;
    wait::until("the third waits", wait::PATIENCE, async || {
        (rig.counted("put_off", "pair_pace") > 0).then_some(())
    })
    .await;
    // Others go on meanwhile.
    rig.decide(2, vec![text("other")]).await;
    rig.until(2, 0, "sent").await;
    wait::until("all are sent", wait::PATIENCE, async || {
        rig.pass(every / 8);
        (rig.job(1, 3).await.state.label() == "sent").then_some(())
    })
    .await;
    assert!(begun.elapsed() >= 2 * every, "two of them had to wait");
    for index in 0..4 {
        let job = rig.job(1, index).await;
        assert_eq!((job.attempts, job.tries()), (1, 1));
    }
    assert_eq!(rig.counted("postponed", ""), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_number_sends_no_faster_than_its_rate() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    (rig.settings.rates.start, rig.settings.rates.max) = (10, 10);
    for n in 1..=20 {
        rig.decide(n, vec![text("hi")]).await;
    }
    let begun = Instant::now();
    rig.run();
    for n in 1..=20 {
        assert_eq!(rig.until(n, 0, "sent").await.attempts, 1);
    }
    assert!(begun.elapsed() >= Duration::from_millis(900), "ten at once, ten in a second");
    assert_eq!(rig.counted("put_off", "number_pace"), 0, "one number alone puts nothing off");
    rig.stop().await;
}

#[tokio::test]
async fn a_paused_number_costs_the_others_nothing() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    let other = NumberId::from("900000000000002");
    rig.settings.numbers.push(other.clone());
    graph.next([Reply::error(400, 133_010)]);
    rig.decide(1_000, vec![from_number("first", &other)]).await;
    rig.run();
    rig.until_postponed(1_000, 0, 1).await;
    let before = rig.store.counts().await.unwrap().journal;
    // More of them than one claim takes, all before those of the number that works.
    for n in 1_001..1_400 {
        rig.decide(n, vec![from_number("waits", &other)]).await;
    }
    for n in 1..=20 {
        rig.decide(n, vec![text("goes")]).await;
    }
    for n in 1..=20 {
        rig.until(n, 0, "sent").await;
    }
    let after = rig.store.counts().await.unwrap().journal;
    assert_eq!(after - before, 399 + 20 + 20, "decided, decided, sent: nothing else");
    assert_eq!(rig.counted("postponed", "number"), 1);
    let job = rig.job(1_399, 0).await;
    assert_eq!((job.state.label(), job.attempts), ("waiting", 0));
    rig.stop().await;
}

/// Whatever is not sent, or not answered, has a reason in the journal, in a metric and in a tally.
#[tokio::test]
async fn whatever_is_kept_back_is_told() {
    let graph = Graph::start().await;
    let mut rig = Rig::new(&graph);
    let closed = |body| outside(body, Outside::Drop);
    let queued = |body| outside(body, Outside::Queue);
    rig.decide(1, vec![closed("dropped")]).await;
    rig.decide(2, vec![queued("held")]).await;
    rig.pass(24 * HOUR);
    graph.next([
        Reply::error(400, 131_026),
        Reply::error(500, 131_000),
        Reply::BreakOff,
        Reply::error(429, 130_429),
    ]);
    rig.run();
    rig.until(1, 0, "dropped").await;
    rig.until(2, 0, "held").await;
    rig.decide(3, vec![text("dead")]).await;
    assert_eq!(dead(rig.until(3, 0, "dead").await).reason, "undeliverable");
    rig.decide(4, vec![text("again")]).await;
    wait::until("a first attempt", wait::PATIENCE, async || {
        (rig.job(4, 0).await.due > rig.now()).then_some(())
    })
    .await;
    rig.decide(5, vec![text("unknown")]).await;
    rig.until(5, 0, "unknown").await;
    rig.decide(6, vec![text("postponed")]).await;
    rig.until_postponed(6, 0, 1).await;
    by_hand(&rig, "pause", pause(Scope::All, None)).await;
    rig.decide(7, vec![text("paused")]).await;
    rig.pass(2 * SECOND);
    rig.until(7, 0, "held").await;
    by_hand(&rig, "resume", Upkeep::Resume(Scope::All)).await;
    rig.until(7, 0, "sent").await;
    writes(&rig, 2, "wamid.2", rig.now()).await;
    rig.until(2, 0, "sent").await;
    take(&rig, 8, "wamid.8", rig.now(), MessageKind::Text, Some("group".to_owned())).await;
    rig.decide(9, Vec::new()).await;
    writes(&rig, 9, "wamid.9", rig.now().minus(7 * HOUR)).await;
    for (id, kind) in [
        ("u", EventKind::Undecided { reason: "malformed".to_owned(), raw: Vec::new().into() }),
        ("n", EventKind::Unnamed { raw: Vec::new().into() }),
    ] {
        let (id, at, subject) = (id.into(), rig.now(), Subject::Account);
        rig.turn.take(Event { id, at, stated_at: None, subject, kind }).await.unwrap();
    }
    // WhatsApp had taken it and says later that it did not arrive.
    let reason = "undelivered".to_owned();
    rig.failed(2, &rig.job(2, 0).await, SendError { code: None, reason, detail: String::new() })
        .await;
    rig.stop().await;

    let mut journal = BTreeSet::new();
    for (_, record) in rig.store.journal(0, 9_999).await.unwrap() {
        if let EventKind::Sent { outcome, .. } = &record.event.kind {
            journal.insert((outcome.label().to_owned(), outcome.reason().to_owned()));
        }
        if let Some(why) = record.verdict.why() {
            journal.insert((record.verdict.label().to_owned(), why.to_owned()));
        }
    }
    let days = (START.day(), rig.now().day());
    let tallies: BTreeSet<Tally> =
        rig.store.tallies(days.0, days.1).await.unwrap().into_iter().map(|one| one.1).collect();
    for (what, reason) in [
        ("dropped", "window_closed"),
        ("held", "window_closed"),
        ("held", "paused"),
        ("dead", "undeliverable"),
        ("again", "unknown_error"),
        ("postponed", "throttled"),
    ] {
        assert!(rig.counted(what, reason) > 0, "no metric of {what} {reason}");
        assert!(
            journal.contains(&(what.to_owned(), reason.to_owned())),
            "{what} {reason}: {journal:?}"
        );
        assert!(tallies.contains(&Tally::of(what, reason)), "{what} {reason}: {tallies:?}");
    }
    for what in ["unknown", "released"] {
        assert!(rig.counted(what, "") > 0, "no metric of {what}");
        assert!(journal.contains(&(what.to_owned(), String::new())), "{what}: {journal:?}");
        assert!(tallies.contains(&Tally::of("job", what)), "{what}: {tallies:?}");
    }
    for (verdict, reason) in [
        ("silent", "group"),
        ("silent", "too_old"),
        ("silent", "unnamed"),
        ("undecided", "malformed"),
        ("dropped", "window_closed"),
        ("dropped", "undelivered"),
    ] {
        let labels = WhyLabels { verdict, reason: reason.to_owned() };
        assert!(rig.metrics.unanswered.get_or_create(&labels).get() > 0, "{verdict} {reason}");
        assert!(journal.contains(&(verdict.to_owned(), reason.to_owned())), "{verdict} {reason}");
        let tally = Tally::of(verdict, reason);
        assert!(tallies.contains(&tally), "{verdict} {reason}: {tallies:?}");
    }
    // What was held for the window was released by the message, in one line with it.
    assert!(tallies.contains(&Tally::of("released", "window_closed")), "{tallies:?}");
    assert_eq!(rig.job(1, 0).await.state, JobState::Dropped { why: Hold::WindowClosed });
}
