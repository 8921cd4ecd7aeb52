//! Two contacts made one: every clause of `Store::merge`.

use crate::kit::*;
use usherd::model::{
    Alias, DeliveryStatus, EventKind, JobState, NumberId, Owner, Purpose, SendOutcome, Timer,
    TimerChange, TimerKey, TimerKind, Timestamp,
};
use usherd::store::{Claimed, Committed, Resolved, Terms};

const OLDER: u128 = 5;
const YOUNGER: u128 = 4;

/// The older has the greater id, so that nobody takes the smaller one to be older.
async fn two(store: &Shared, sends: usize) {
    arrive(store, OLDER, sends, START).await;
    arrive(store, YOUNGER, sends, after(10)).await;
}

async fn merge(store: &Shared, at: Timestamp) {
    let one = store.merge(contact_id(YOUNGER), contact_id(OLDER), at).await;
    assert_eq!(one, Ok(contact_id(OLDER)));
}

pub async fn the_younger_becomes_a_pointer(store: Shared) {
    two(&store, 0).await;
    merge(&store, after(20)).await;
    let one = state(&store, OLDER).await;
    assert_eq!(one.contact.id, contact_id(OLDER));
    assert_eq!(one.contact.version, 2, "the older's next version");
    assert_eq!(state(&store, YOUNGER).await, one);
    assert_eq!(store.counts().await.unwrap().contacts, 1);
    // The next event writes a full snapshot: no change in the journal says "merged".
    assert_eq!(one.contact.snapshot_day, usherd::model::Day::default());
    write_again(&store, YOUNGER, 0, after(21)).await;
    assert_eq!(state(&store, OLDER).await.contact.version, 3);
}

pub async fn aliases_and_conversations_move(store: Shared) {
    two(&store, 0).await;
    let other = NumberId::from("900000000000002");
    let mut there = store.state(contact_id(YOUNGER), &other).await.unwrap().unwrap();
    there.contact.version += 1;
    there.contact.aliases.insert(Alias::Bsuid("TW.4".to_owned()));
    there.contact.consent.stopped = vec![Purpose::Marketing];
    there.conversation.window_from = Some(after(15));
    assert_eq!(store.commit(commit("there", there, vec![], START)).await, Ok(Committed::Applied));
    let mut owned = next(&state(&store, OLDER).await);
    owned.conversation.owner = Owner::Waiting { queue: "care".to_owned() };
    assert_eq!(store.commit(commit("owned", owned, vec![], START)).await, Ok(Committed::Applied));
    merge(&store, after(20)).await;

    let one = state(&store, OLDER).await;
    assert_eq!(one.contact.aliases.len(), 3);
    assert!(one.contact.consent.permits(Purpose::Marketing, START).is_err());
    for alias in one.contact.aliases.clone() {
        assert_eq!(resolve(&store, &[alias]).await, Resolved::Known(Box::new(one.clone())));
    }
    assert_eq!(one.conversation.window_from, Some(after(10)), "the later window");
    assert!(!one.conversation.owner.is_bot(), "a person who owns either owns both");
    let there = store.state(contact_id(OLDER), &other).await.unwrap().unwrap();
    assert_eq!(there.conversation.window_from, Some(after(15)));
}

pub async fn waiting_jobs_are_added_again_in_order(store: Shared) {
    two(&store, 2).await;
    let (first, second) = (job_id(YOUNGER, 1, 0), job_id(YOUNGER, 1, 1));
    assert_eq!(claim_sends(&store, after(10)).await, [job_id(OLDER, 1, 0), first]);
    let again = SendOutcome::Again { error: error("throttled"), due: after(500) };
    report(&store, first, again, after(11)).await;
    merge(&store, after(20)).await;
    let (moved_first, moved_second) = (job_id(OLDER, 2, 0), job_id(OLDER, 2, 1));
    let moved = job(&store, moved_first).await.unwrap();
    assert_eq!((moved.due, moved.attempts), (after(500), 1), "it keeps what it has been through");
    assert_eq!(job(&store, first).await, Some(moved), "found by its old id");
    assert_eq!(job(&store, second).await.unwrap().id, moved_second);
    assert_eq!(store.counts().await.unwrap().waiting, 3);
    let mut sent = vec![job_id(OLDER, 1, 0)];
    while sent.len() < 4 {
        report(
            &store,
            sent[sent.len() - 1],
            accepted(&format!("wamid.{}", sent.len())),
            after(600),
        )
        .await;
        sent.extend(claim_sends(&store, after(600)).await);
    }
    assert_eq!(sent[1..], [job_id(OLDER, 1, 1), moved_first, moved_second]);
}

pub async fn what_is_under_way_keeps_its_id_and_goes_first(store: Shared) {
    two(&store, 2).await;
    let (ours, theirs) = (job_id(OLDER, 1, 0), job_id(YOUNGER, 1, 0));
    claim_sends(&store, after(10)).await;
    merge(&store, after(20)).await;
    for id in [ours, theirs] {
        assert_eq!(job(&store, id).await.unwrap().id, id);
    }
    assert_eq!(store.counts().await.unwrap().sending, 2);
    // One lane now: it goes on only when both are settled.
    report(&store, ours, accepted("wamid.5"), after(21)).await;
    assert_eq!(claim_sends(&store, after(22)).await, []);
    report(&store, theirs, SendOutcome::Unknown { due: after(60) }, after(23)).await;
    let settle = store.claim(after(60), 10, &Terms::default()).await.unwrap();
    assert!(matches!(settle.as_slice(), [Claimed::Settle(job)] if job.id == theirs));
    report(&store, theirs, SendOutcome::Repeat, after(61)).await;
    // It is judged by the one contact that stayed.
    let mut owned = next(&state(&store, OLDER).await);
    owned.conversation.owner = Owner::Agent { name: "Mei".to_owned() };
    assert_eq!(
        store.commit(commit("owned", owned, vec![], after(62))).await,
        Ok(Committed::Applied)
    );
    let refused = store.claim(after(62), 10, &Terms::default()).await.unwrap();
    assert!(matches!(refused.as_slice(), [Claimed::Refused(job, _)] if job.id == theirs));
    status(&store, Some(theirs), "wamid.4", DeliveryStatus::Delivered, after(63)).await;
    status(&store, None, "wamid.5", DeliveryStatus::Delivered, after(63)).await;
    for id in [ours, theirs] {
        let state = job(&store, id).await.unwrap().state;
        assert!(matches!(state, JobState::Sent { status: DeliveryStatus::Delivered, .. }));
    }
}

/// It may have been sent once, so a status may still name it.
pub async fn a_repeat_that_moved_is_found_by_its_old_id(store: Shared) {
    two(&store, 1).await;
    let old = job_id(YOUNGER, 1, 0);
    claim_sends(&store, after(10)).await;
    report(&store, old, SendOutcome::Unknown { due: after(11) }, after(11)).await;
    report(&store, old, SendOutcome::Repeat, after(12)).await;
    merge(&store, after(20)).await;
    status(&store, Some(old), "wamid.4", DeliveryStatus::Delivered, after(21)).await;
    let moved = job(&store, job_id(OLDER, 2, 0)).await.unwrap();
    assert!(moved.state.is_settled());
    assert_eq!(store.counts().await.unwrap().waiting, 0);
}

pub async fn timers_move_and_the_earlier_stays(store: Shared) {
    two(&store, 0).await;
    let timer = |n, rule: &str, at| Timer {
        key: TimerKey {
            contact: contact_id(n),
            number: number(),
            kind: TimerKind::FollowUp,
            name: rule.to_owned(),
        },
        at,
    };
    for (n, timers) in [
        (OLDER, vec![timer(OLDER, "a", after(50)), timer(OLDER, "b", after(60))]),
        (
            YOUNGER,
            vec![
                timer(YOUNGER, "a", after(40)),
                timer(YOUNGER, "b", after(70)),
                timer(YOUNGER, "c", after(80)),
            ],
        ),
    ] {
        let mut step = commit(&format!("timers {n}"), next(&state(&store, n).await), vec![], START);
        step.timers = timers.into_iter().map(TimerChange::Set).collect();
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    }
    merge(&store, after(20)).await;
    let left = vec![
        timer(OLDER, "a", after(40)),
        timer(OLDER, "b", after(60)),
        timer(OLDER, "c", after(80)),
    ];
    assert_eq!(store.timers_due(after(100), 10).await, Ok(left));
}

pub async fn a_merge_is_in_the_journal_and_counted(store: Shared) {
    two(&store, 1).await;
    merge(&store, after(20)).await;
    let lines = store.journal(2, 10).await.unwrap();
    let [(3, record)] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(matches!(&record.event.kind, EventKind::Recorded { what, .. } if what == "merge"));
    assert_eq!((record.contact, record.version), (Some(contact_id(OLDER)), 2));
    assert_eq!(record.jobs, [job_id(OLDER, 2, 0)]);
    assert_eq!(record.at, after(20));
}

pub async fn merging_again_changes_nothing(store: Shared) {
    two(&store, 1).await;
    merge(&store, after(20)).await;
    let before = (store.counts().await, state(&store, OLDER).await);
    merge(&store, after(30)).await;
    let other_way = store.merge(contact_id(OLDER), contact_id(YOUNGER), after(40)).await;
    assert_eq!(other_way, Ok(contact_id(OLDER)));
    let with_itself = store.merge(contact_id(OLDER), contact_id(OLDER), after(40)).await;
    assert_eq!(with_itself, Ok(contact_id(OLDER)));
    let with_nobody = store.merge(contact_id(77), contact_id(YOUNGER), after(40)).await;
    assert_eq!(with_nobody, Ok(contact_id(OLDER)));
    assert_eq!((store.counts().await, state(&store, OLDER).await), before);
}

pub async fn three_become_one(store: Shared) {
    two(&store, 2).await;
    arrive(&store, 3, 2, after(5)).await;
    assert_eq!(claim_sends(&store, after(10)).await.len(), 3);
    let middle = store.merge(contact_id(YOUNGER), contact_id(3), after(20)).await;
    assert_eq!(middle, Ok(contact_id(3)));
    merge(&store, after(30)).await;
    for n in [3, YOUNGER] {
        assert_eq!(state(&store, n).await, state(&store, OLDER).await);
        let under_way = job(&store, job_id(n, 1, 0)).await.unwrap();
        assert_eq!(under_way.id, job_id(n, 1, 0));
    }
    // Added again twice, and still found by the first id.
    let twice = job(&store, job_id(YOUNGER, 1, 1)).await.unwrap();
    assert_eq!(twice.id, job_id(OLDER, 2, 1));
    for n in [OLDER, 3, YOUNGER] {
        assert_eq!(claim_sends(&store, after(40)).await, [], "three are under way");
        report(&store, job_id(n, 1, 0), accepted(&format!("wamid.{n}")), after(41)).await;
    }
    assert_eq!(claim_sends(&store, after(42)).await, [job_id(OLDER, 1, 1)]);
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.contacts, counts.waiting, counts.sending), (1, 2, 1));
}

pub async fn a_commit_on_the_pointer_conflicts(store: Shared) {
    two(&store, 0).await;
    let read_before = next(&state(&store, YOUNGER).await);
    merge(&store, after(20)).await;
    let before = store.counts().await;
    let step = commit("read before", read_before, vec![], after(21));
    assert_eq!(store.commit(step).await, Ok(Committed::Conflict));
    assert_eq!(store.counts().await, before);
}

pub async fn conversations_in_peoples_hands_are_listed(store: Shared) {
    two(&store, 0).await;
    let listed = async |after: Option<u128>, limit: usize| {
        let owned = store.owned(after.map(contact_id), limit).await.unwrap();
        owned.iter().map(|state| state.contact.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, 9).await, []);
    for n in [OLDER, YOUNGER] {
        let mut owned = next(&state(&store, n).await);
        owned.conversation.owner = Owner::Waiting { queue: "care".to_owned() };
        let step = commit(&format!("owned {n}"), owned, vec![], START);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    }
    assert_eq!(listed(None, 9).await, [contact_id(YOUNGER), contact_id(OLDER)]);
    assert_eq!(listed(None, 1).await, [contact_id(YOUNGER)]);
    assert_eq!(listed(Some(YOUNGER), 9).await, [contact_id(OLDER)]);
    merge(&store, after(20)).await;
    assert_eq!(listed(None, 9).await, [contact_id(OLDER)], "one is left");
    let mut back = next(&state(&store, OLDER).await);
    back.conversation.owner = Owner::Bot;
    assert_eq!(store.commit(commit("back", back, vec![], after(30))).await, Ok(Committed::Applied));
    assert_eq!(listed(None, 9).await, []);
}
