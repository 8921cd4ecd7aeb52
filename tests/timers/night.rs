//! A hand-off over a night: the real runner, a store on disk that is opened again and again, and a
//! clock that stands until it is moved.

use super::{Rig, contact, number, timer, wait};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use usherd::clock::Clock;
use usherd::model::{
    Alias, Change, Event, EventKind, HandOff, Message, MessageKind, Owner, Profile, Record,
    Subject, Timestamp,
};
use usherd::store::Store;
use usherd::store::embedded::Embedded;
use usherd::turn::Taken;

const CARE: &str = r#"
[hours.office]
zone = "Asia/Taipei"
open = ["mon-sun 09:00-18:00"]

[queue.care]
hours    = "office"
within   = "20s"
escalate = "supervisors"
closed   = "We open at nine."
return   = "on_close"

[queue.supervisors]
return = "on_close"

[[handoff]]
id       = "complaint"
words    = ["refund*"]
queue    = "care"
text     = "I am connecting you with a colleague."
examples = ["refund"]
"#;

/// 2026-09-21 22:13:20 in Taipei.
const NIGHT: Timestamp = Timestamp(1_790_000_000_000);
/// 2026-09-22 09:00 there.
const OPENING: Timestamp = Timestamp(1_790_038_800_000);

fn rig(dir: &Path, now: Timestamp) -> Rig {
    Rig::by(Arc::new(Embedded::open(dir).unwrap()), CARE, now)
}

fn refund() -> Event {
    let message = Message {
        wamid: "wamid.1".into(),
        kind: MessageKind::Text,
        text: Some("I want a refund".to_owned()),
        payload: None,
        reply_to: None,
        ad: None,
        group: None,
        raw: None,
    };
    Event {
        id: "wa:m:wamid.1".into(),
        at: NIGHT,
        stated_at: Some(NIGHT),
        subject: Subject::Person {
            aliases: vec![Alias::WaId("886900000001".to_owned())],
            number: number(),
            profile: Profile::default(),
        },
        kind: EventKind::Message(message),
    }
}

async fn handed(rig: &Rig) -> HandOff {
    let state = rig.store.state(contact(999), &number()).await.unwrap().expect("a contact");
    state.conversation.handoff.expect("a hand-off")
}

/// Who had it, in order.
async fn owners(store: &dyn Store) -> Vec<Owner> {
    let lines = store.journal(0, 999).await.unwrap();
    let changes = lines.into_iter().flat_map(|(_, record): (u64, Record)| record.changes);
    changes
        .filter_map(|change| match change {
            Change::Owner(owner) => Some(owner),
            _ => None,
        })
        .collect()
}

fn waiting(queue: &str) -> Owner {
    Owner::Waiting { queue: queue.to_owned() }
}

/// What would be lost: everybody who complains at night, for nobody is there to take it in time;
/// and what was kept over a night in which the daemon was started again.
#[tokio::test]
async fn at_night_it_is_kept_and_its_clock_starts_at_the_opening() {
    let dir = tempfile::tempdir().unwrap();
    let night = rig(dir.path(), NIGHT);
    assert_eq!(night.turn.take(refund()).await, Ok(Taken::Applied));
    let deadline = OPENING.plus(Duration::from_secs(20));
    assert_eq!(handed(&night).await.deadline, Some(deadline));
    assert_eq!(night.store.next_timer().await, Ok(Some(deadline)));
    assert_eq!(night.store.counts().await.unwrap().waiting, 2, "a colleague, and when");
    drop(night);
    let just_before = Timestamp(deadline.0 - 1);
    for (time, now) in
        [NIGHT.plus(Duration::from_secs(60)), OPENING, just_before].into_iter().enumerate()
    {
        let mut rig = rig(dir.path(), now);
        rig.run();
        rung_out(&rig, time).await;
        assert_eq!(owners(&*rig.store).await, [waiting("care")], "{now:?}");
        rig.stop().await;
    }
    // At the deadline, and once more a day later.
    for (time, now) in [deadline, OPENING.plus(Duration::from_secs(86_400))].into_iter().enumerate()
    {
        let mut rig = rig(dir.path(), now);
        rig.run();
        rung_out(&rig, 3 + time).await;
        assert_eq!(owners(&*rig.store).await, [waiting("care"), waiting("supervisors")]);
        assert_eq!(handed(&rig).await.escalated, ["care"]);
        rig.stop().await;
    }
}

/// Somebody else's timers ring, the second of them after everything that was due with the first.
async fn rung_out(rig: &Rig, time: usize) {
    for name in [format!("first {time}"), format!("second {time}")] {
        rig.set(7, vec![timer(7, &name, rig.clock.now())]).await;
        rig.turn.timer_bell().notify_one();
        wait::until(&name, wait::PATIENCE, async || rig.rang().await.contains(&name).then_some(()))
            .await;
    }
}
