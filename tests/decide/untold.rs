//! Notices while people have the conversation, and notices that cannot be sent.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::talk::{START, Talk, counted, rules, texts, verdict};
use std::time::Duration;
use usherd::decide::Decision;
use usherd::limits;
use usherd::model::{
    AgentAct, DeliveryStatus, DeskAct, Effect, Event, EventKind, Guards, Hold, Job, JobId,
    JobState, JobUpdate, Owner, Posted, SendError, SendOutcome, Stated, Status, Subject, Task,
    TimerChange,
};

const HOUR: Duration = Duration::from_secs(3600);

const SHOP: &str = r#"
[language]
default = "en"

[queue.care]
return = "on_close"
closed = "We are asleep."
hours = "never"
within = "20s"
escalate = "bosses"

[queue.bosses]
return = "on_close"

[hours.never]
zone = "UTC"
open = ["mon 00:00-00:01"]

[[template]]
id = "booked"
category = "utility"
languages = ["en"]
params = ["no"]

[event."order.confirmed"]
data = { no = "text" }

[event."booking.made"]
data = { no = "text", starts_at = "text" }

[[reply]]
id = "which"
words = ["order"]
text = "Which one?"
expect = "1h"

[[reply]]
id = "that"
after = "which"
take = { no = "digits 4" }
text = "That one."

[[notify]]
id = "order"
on = "order.confirmed"
template = "booked"
params = { no = "{{ event.no }}" }
while_owned = "hold"
else = "queue:care"

[[notify]]
id = "plain"
on = "order.confirmed"
template = "booked"
params = { no = "{{ event.no }}" }

[[notify]]
id = "reminder"
on = "booking.made"
at = "{{ event.starts_at }} - 24h"
template = "booked"
params = { no = "{{ event.no }}" }
while_owned = "hold"
else = "queue:bosses"
"#;

fn event(talk: &Talk, id: &str, kind: EventKind) -> Event {
    Event { id: format!("api:{id}").into(), stated_at: None, ..talk.event(kind) }
}

fn post(talk: &mut Talk, id: &str, kind: &str, data: &[(&str, &str)]) -> Decision {
    let data = data.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let posted =
        Posted { kind: kind.to_owned(), data, person: Stated::default(), by: "crm".to_owned() };
    let event = event(talk, id, EventKind::Posted(posted));
    talk.take(&event)
}

fn desk(talk: &mut Talk, act: AgentAct) -> Decision {
    let kind = EventKind::Desk(DeskAct { act, agent: "Mei".to_owned() });
    let event = event(talk, "desk", kind);
    talk.take(&event)
}

/// A customer who wrote, so that there is an address.
fn known() -> Talk {
    let mut talk = Talk::new(rules(SHOP));
    talk.hear("hello");
    talk
}

fn guards(decision: &Decision) -> Vec<Guards> {
    let guards = |effect: &Effect| match effect {
        Effect::Send { guards, .. } => *guards,
        Effect::Call { .. } => panic!("no message"),
    };
    decision.effects.iter().map(guards).collect()
}

/// The job of the first effect of a decision.
fn job(talk: &Talk, decision: &Decision) -> Job {
    let id = JobId { contact: talk.state.contact.id, version: 7, index: 0 };
    Job::new(id, decision.effects[0].clone(), talk.at)
}

/// The outbox reports what became of a job.
fn report(talk: &mut Talk, job: &Job, outcome: SendOutcome) -> Decision {
    let kind = EventKind::Sent {
        since: None,
        job: job.id,
        said: job.given_up(&outcome),
        outcome,
        rule: Some(job.effect.rule().clone()),
        replaced: false,
    };
    let event = event(talk, "sent", kind);
    talk.take(&event)
}

fn dead(reason: &str) -> SendOutcome {
    let (code, detail) = (Some(132_015), String::new());
    SendOutcome::Dead { error: SendError { code, reason: reason.to_owned(), detail } }
}

fn tasks(talk: &Talk) -> Vec<Task> {
    talk.state.conversation.handoff.as_ref().map(|one| one.tasks.clone()).unwrap_or_default()
}

#[test]
fn what_is_to_be_held_waits_for_the_bot_and_the_rest_does_not() {
    let mut talk = known();
    let free = post(&mut talk, "1", "order.confirmed", &[("no", "A-1")]);
    desk(&mut talk, AgentAct::Take);
    let owned = post(&mut talk, "2", "order.confirmed", &[("no", "A-2")]);
    for decision in [free, owned] {
        let [held, sent] = guards(&decision)[..] else { panic!("{decision:?}") };
        assert!(held.bot_owns && !sent.bot_owns, "also an agent who comes in between");
        assert_eq!(
            (held.kept_until, sent.kept_until),
            (Some(talk.at.plus(limits::HELD_MAX)), None)
        );
        let (held, now) = (job(&talk, &decision), talk.at);
        let until = now.plus(limits::HELD_MAX);
        let kept = SendOutcome::Held { why: Hold::NotOwned, due: until };
        assert_eq!(held.kept_back(Hold::NotOwned, now), kept);
        // Its time is over, and people still have it.
        let since = JobState::Held { since: now, why: Hold::NotOwned };
        let late = Job { state: since, due: until, ..held.clone() };
        let dropped = SendOutcome::Dropped { why: Hold::NotOwned };
        assert_eq!(late.kept_back(Hold::NotOwned, until), dropped);
        assert_eq!(held.kept_back(Hold::NotOwned, until), dropped, "held again after a release");
    }
}

#[test]
fn what_is_held_is_released_whoever_gives_the_conversation_back() {
    let mut talk = known();
    let decision = post(&mut talk, "1", "order.confirmed", &[("no", "A-1")]);
    let job = job(&talk, &decision);
    desk(&mut talk, AgentAct::Take);
    let kept = job.kept_back(Hold::NotOwned, talk.at);
    let held = report(&mut talk, &job, kept.clone());
    let attempt = JobUpdate::Attempt { job: job.id, outcome: kept.clone() };
    assert_eq!(held.updates, [attempt]);
    let closed = desk(&mut talk, AgentAct::Close);
    let [JobUpdate::Release { why: Hold::NotOwned, contact, number }] = closed.updates.as_slice()
    else {
        panic!("{closed:?}")
    };
    assert_eq!((*contact, number.as_str()), (job.id.contact, "100"));
    // The report that it is held comes after the conversation was given back.
    let overtaken = report(&mut talk, &job, kept);
    assert_eq!(overtaken.updates, [], "it waits, and is claimed again");

    desk(&mut talk, AgentAct::Take);
    let released = desk(&mut talk, AgentAct::Release);
    assert_eq!(released.updates.len(), 1, "of no queue, so back to the bot");
}

#[test]
fn a_notice_of_a_time_is_held_no_longer_than_it_is_news() {
    let mut talk = known();
    let starts = START.plus(48 * HOUR);
    let at = jiff::Timestamp::from_millisecond(starts.millis()).unwrap().to_string();
    let decision = post(&mut talk, "1", "booking.made", &[("no", "B-1"), ("starts_at", &at)]);
    let [TimerChange::Set(timer)] = decision.timers.as_slice() else { panic!("{decision:?}") };
    let (key, due) = (timer.key.clone(), timer.at);
    talk.at = due;
    let rings = event(&talk, "timer", EventKind::Timer { key, due });
    let rung = talk.take(&rings);
    assert_eq!(guards(&rung)[0].kept_until, Some(starts.plus(limits::NOTICE_LATE_MAX)));
}

#[test]
fn what_whatsapp_refuses_is_a_task_once_and_the_customer_is_told_nothing() {
    let mut talk = known();
    talk.hear("order");
    let decision = post(&mut talk, "1", "order.confirmed", &[("no", "A-1")]);
    let job = job(&talk, &decision);
    let given_up = report(&mut talk, &job, dead("template_stopped"));
    assert!(given_up.effects.is_empty(), "not even that the queue is closed");
    assert_eq!(verdict(&given_up), "Dropped(\"template_stopped\")");
    assert_eq!(counted(&given_up, "untold"), ["order"]);
    assert_eq!(counted(&given_up, "handoff_begun"), ["care"]);
    assert_eq!(counted(&given_up, "handoff_task"), ["care"]);
    assert_eq!(talk.state.conversation.owner, Owner::Waiting { queue: "care".to_owned() });
    assert_eq!(talk.state.conversation.question, None, "people answer now");
    let task = Task {
        notify: "order".into(),
        version: 7,
        why: "template_stopped".to_owned(),
        said: "[template booked (en): A-1]".to_owned(),
    };
    assert_eq!(tasks(&talk), [task]);
    let handoff = talk.state.conversation.handoff.clone().unwrap();
    assert_eq!((handoff.rule.as_str(), handoff.deadline.is_some()), ("order", true));

    let again = report(&mut talk, &job, dead("template_stopped"));
    assert_eq!(counted(&again, "untold"), [""; 0]);
    let other = Job { id: JobId { version: 9, ..job.id }, ..job };
    let second = report(&mut talk, &other, dead("undeliverable"));
    assert_eq!(counted(&second, "handoff_begun"), [""; 0], "it is under way");
    let why: Vec<String> = tasks(&talk).into_iter().map(|task| task.why).collect();
    assert_eq!(why, ["template_stopped", "undeliverable"]);
}

#[test]
fn a_task_comes_to_whoever_has_the_conversation() {
    let mut talk = known();
    desk(&mut talk, AgentAct::Take);
    let decision = post(&mut talk, "1", "order.confirmed", &[("no", "A-1")]);
    let job = job(&talk, &decision);
    let before = talk.state.conversation.handoff.clone().unwrap();
    let late = report(&mut talk, &job, SendOutcome::Dropped { why: Hold::NotOwned });
    assert_eq!(counted(&late, "handoff_task"), [""], "no queue: taken unasked");
    let after = talk.state.conversation.handoff.clone().unwrap();
    assert_eq!((after.tasks.len(), after.since, after.ends_at), (1, before.since, before.ends_at));
    assert_eq!(talk.state.conversation.owner, Owner::Agent { name: "Mei".to_owned() });
    desk(&mut talk, AgentAct::Close);
    assert_eq!(tasks(&talk), []);
}

#[test]
fn so_many_tasks_and_no_more() {
    let mut talk = known();
    let decision = post(&mut talk, "1", "order.confirmed", &[("no", "A-1")]);
    let job = job(&talk, &decision);
    for version in 0..60 {
        let job = Job { id: JobId { version, ..job.id }, ..job.clone() };
        let given_up = report(&mut talk, &job, dead("undeliverable"));
        assert_eq!(counted(&given_up, "untold"), ["order"]);
    }
    assert_eq!(tasks(&talk).len(), limits::TASKS_PER_HANDOFF_MAX);
}

#[test]
fn what_nobody_wants_or_asked_for_is_no_task() {
    let consent = Hold::Consent(usherd::model::Refusal::Stopped);
    for outcome in [
        dead("stopped_in_whatsapp"),
        dead("marketing_limit"),
        SendOutcome::Dropped { why: consent },
        SendOutcome::Dropped { why: Hold::ByHand },
        SendOutcome::Again {
            error: SendError { code: None, reason: "network".to_owned(), detail: String::new() },
            due: START.plus(HOUR),
        },
    ] {
        let mut talk = known();
        let decision = post(&mut talk, "1", "order.confirmed", &[("no", "A-1")]);
        let job = job(&talk, &decision);
        report(&mut talk, &job, outcome.clone());
        assert_eq!(talk.state.conversation.owner, Owner::Bot, "{outcome:?}");
    }
    // Of a notice without `else`, and of an answer.
    let mut talk = known();
    let mut decision = post(&mut talk, "1", "order.confirmed", &[("no", "A-1")]);
    decision.effects.remove(0);
    let plain = job(&talk, &decision);
    assert_eq!(plain.effect.rule().as_str(), "plain");
    let answer = talk.hear("order");
    for job in [plain, job(&talk, &answer)] {
        report(&mut talk, &job, dead("undeliverable"));
        assert_eq!(talk.state.conversation.owner, Owner::Bot);
    }
}

#[test]
fn what_whatsapp_took_and_did_not_deliver_is_a_task_too() {
    for (said, owner) in [
        (Some("[template booked (en): A-1]"), Owner::Waiting { queue: "care".to_owned() }),
        // It was delivered before.
        (None, Owner::Bot),
    ] {
        let mut talk = known();
        let status = Status {
            wamid: "wamid.x".into(),
            job: Some(JobId { contact: talk.state.contact.id, version: 7, index: 0 }),
            status: DeliveryStatus::Failed,
            error: Some(SendError {
                code: Some(131_026),
                reason: "undeliverable".to_owned(),
                detail: String::new(),
            }),
            rule: Some("order".into()),
            said: said.map(str::to_owned),
            category: None,
        };
        let failed = event(&talk, "failed", EventKind::Status(status));
        talk.take(&failed);
        assert_eq!(talk.state.conversation.owner, owner);
        assert_eq!(tasks(&talk).len(), usize::from(said.is_some()));
    }
}

#[test]
fn what_cannot_even_be_tried_is_a_task_with_what_the_event_brought() {
    let mut talk = known();
    let unread = post(&mut talk, "1", "booking.made", &[("no", "B-1"), ("starts_at", "soon")]);
    assert_eq!(verdict(&unread), "Silent(\"at_failed\")");
    assert_eq!(texts(&unread), [""; 0]);
    assert_eq!(talk.state.conversation.owner, Owner::Waiting { queue: "bosses".to_owned() });
    let [Task { why, said, .. }] = &tasks(&talk)[..] else { panic!("{unread:?}") };
    assert_eq!((why.as_str(), said.as_str()), ("at_failed", "no: B-1 · starts_at: soon"));

    // Somebody of whom no address is known.
    let mut talk = Talk::new(rules(SHOP));
    let data = [("no".to_owned(), "A-1".to_owned())].into();
    let (kind, person, by) = ("order.confirmed".to_owned(), Stated::default(), "crm".to_owned());
    let event = event(&talk, "1", EventKind::Posted(Posted { kind, data, person, by }));
    let subject = Subject::Contact { id: talk.state.contact.id, number: "100".into() };
    let nowhere = talk.take(&Event { subject, ..event });
    assert_eq!(verdict(&nowhere), "Silent(\"no_address\")");
    assert_eq!(counted(&nowhere, "no_address"), ["order", "plain"]);
    assert_eq!(counted(&nowhere, "untold"), ["order"]);
}
