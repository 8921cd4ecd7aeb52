//! Commits: whole, once, by version, by alias (S1–S4).

use crate::kit::*;
use usherd::model::{
    Alias, DeliveryStatus, Guards, NumberId, Purpose, Tally, Timer, TimerChange, TimerKey,
    TimerKind,
};
use usherd::store::{Committed, Counts, Resolved};

pub async fn a_commit_is_applied_whole(store: Shared) {
    let mut step =
        commit("one", newcomer(1, START), vec![send(1, Guards::REPLY, Purpose::Service); 2], START);
    let key = TimerKey {
        contact: contact_id(1),
        number: number(),
        kind: TimerKind::FollowUp,
        name: "hello".to_owned(),
    };
    let timer = Timer { key, at: START };
    step.timers = vec![TimerChange::Set(timer.clone())];
    step.status_seen = Some((number(), START));
    assert_eq!(store.commit(step.clone()).await, Ok(Committed::Applied));

    let known = step.write.unwrap().state;
    assert_eq!(state(&store, 1).await, known);
    assert_eq!(resolve(&store, &[wa(1)]).await, Resolved::Known(Box::new(known)));
    for wanted in &step.jobs {
        assert_eq!(job(&store, wanted.id).await.as_ref(), Some(wanted));
    }
    assert_eq!(store.journal(0, 10).await, Ok(vec![(1, step.record)]));
    assert_eq!(store.timers_due(START, 10).await, Ok(vec![timer]));
    assert_eq!(store.last_status(&number()).await, Ok(Some(START)));
    let today = START.day();
    let tallies = vec![(today, Tally::of("event", "message"), 1)];
    assert_eq!(store.tallies(today, today).await, Ok(tallies));
    let counts = Counts { contacts: 1, waiting: 2, journal: 1, ..Counts::default() };
    assert_eq!(store.counts().await, Ok(counts));
}

pub async fn an_event_is_applied_once(store: Shared) {
    arrive(&store, 1, 1, START).await;
    let again = commit("arrive 1", next(&state(&store, 1).await), Vec::new(), START);
    let before = store.counts().await;
    assert_eq!(store.commit(again.clone()).await, Ok(Committed::Duplicate));
    assert_eq!(store.counts().await, before);
    assert_eq!(state(&store, 1).await.contact.version, 1);
    // The same id under another day is another event.
    let mut other_day = again;
    other_day.day = after(DAY).day();
    assert_eq!(store.commit(other_day).await, Ok(Committed::Applied));
}

pub async fn a_duplicate_comes_before_a_conflict(store: Shared) {
    arrive(&store, 1, 0, START).await;
    write_again(&store, 1, 0, START).await;
    let late_copy = commit("arrive 1", newcomer(1, START), Vec::new(), START);
    assert_eq!(store.commit(late_copy).await, Ok(Committed::Duplicate));
}

pub async fn another_version_changes_nothing(store: Shared) {
    arrive(&store, 1, 0, START).await;
    let mut stale = next(&next(&state(&store, 1).await));
    stale.contact.name = Some("never".to_owned());
    let effects = vec![send(1, FREE, Purpose::Service)];
    let before = (store.counts().await, state(&store, 1).await);
    let step = commit("stale", stale, effects, START);
    assert_eq!(store.commit(step).await, Ok(Committed::Conflict));
    let unheard_of = commit("unheard of", next(&newcomer(2, START)), Vec::new(), START);
    assert_eq!(store.commit(unheard_of).await, Ok(Committed::Conflict));
    assert_eq!((store.counts().await, state(&store, 1).await), before);
    // It was not remembered either: decided again, it goes through.
    let step = commit("stale", next(&state(&store, 1).await), Vec::new(), START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
}

pub async fn versions_rise_by_one(store: Shared) {
    arrive(&store, 1, 0, START).await;
    let mut step = commit("jump", next(&state(&store, 1).await), Vec::new(), START);
    if let Some(write) = &mut step.write {
        write.state.contact.version += 1;
    }
    assert_eq!(store.commit(step).await, Ok(Committed::Conflict));
    assert_eq!(state(&store, 1).await.contact.version, 1);
}

pub async fn an_alias_of_another_changes_nothing(store: Shared) {
    arrive(&store, 1, 0, START).await;
    arrive(&store, 2, 0, START).await;
    let mut thief = next(&state(&store, 2).await);
    thief.contact.aliases.insert(Alias::Bsuid("TW.2".to_owned()));
    thief.contact.aliases.insert(wa(1));
    let before = store.counts().await;
    let step = commit("thief", thief, vec![send(2, FREE, Purpose::Service)], START);
    assert_eq!(store.commit(step).await, Ok(Committed::Conflict));
    assert_eq!(store.counts().await, before);
    assert_eq!(resolve(&store, &[Alias::Bsuid("TW.2".to_owned())]).await, Resolved::New);
    let mut newborn = newcomer(3, START);
    newborn.contact.aliases.insert(wa(1));
    let step = commit("newborn", newborn, Vec::new(), START);
    assert_eq!(store.commit(step).await, Ok(Committed::Conflict));
    assert_eq!(store.state(contact_id(3), &number()).await, Ok(None));
}

pub async fn an_alias_given_up_is_free(store: Shared) {
    arrive(&store, 1, 0, START).await;
    let mut changed = next(&state(&store, 1).await);
    changed.contact.aliases = [wa(9)].into();
    let step = commit("changed", changed, Vec::new(), START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    assert_eq!(resolve(&store, &[wa(1)]).await, Resolved::New);
    assert!(matches!(resolve(&store, &[wa(9)]).await, Resolved::Known(_)));
}

/// Side by side, so that they meet in one group of the embedded store: each step is atomic by
/// itself, whatever becomes of its neighbours.
pub async fn of_many_at_once_one_is_applied(store: Shared) {
    arrive(&store, 1, 0, START).await;
    let rival = next(&state(&store, 1).await);
    let rivals = (0..40).map(|n| {
        let name = format!("rival {}", n % 20);
        store.commit(commit(&name, rival.clone(), vec![send(1, FREE, Purpose::Service)], START))
    });
    let others = (0..40).map(|n| {
        store.commit(commit(&format!("other {n}"), newcomer(100 + n, START), Vec::new(), START))
    });
    let (rivals, others) = tokio::join!(
        futures_util::future::join_all(rivals),
        futures_util::future::join_all(others)
    );
    let count = |wanted| rivals.iter().filter(|one| **one == Ok(wanted)).count();
    assert_eq!(count(Committed::Applied), 1);
    assert_eq!(count(Committed::Duplicate), 1);
    assert_eq!(count(Committed::Conflict), 38);
    assert!(others.iter().all(|one| *one == Ok(Committed::Applied)));
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.contacts, counts.waiting, counts.journal), (41, 1, 42));
}

pub async fn aliases_resolve_to_nobody_one_or_several(store: Shared) {
    let bsuid = Alias::Bsuid("TW.1".to_owned());
    assert_eq!(resolve(&store, &[]).await, Resolved::New);
    assert_eq!(resolve(&store, &[wa(1), bsuid.clone()]).await, Resolved::New);
    arrive(&store, 1, 0, after(10)).await;
    let known = Resolved::Known(Box::new(state(&store, 1).await));
    assert_eq!(resolve(&store, &[bsuid.clone(), wa(1)]).await, known);
    assert_eq!(resolve(&store, &[wa(1), wa(1)]).await, known);
    arrive(&store, 2, 0, START).await;
    arrive(&store, 3, 0, START).await;
    let several = Resolved::Several(vec![contact_id(2), contact_id(3), contact_id(1)]);
    assert_eq!(resolve(&store, &[wa(1), wa(3), wa(2)]).await, several, "the oldest first");
    let phone = Alias::Phone("88600001".to_owned());
    assert_eq!(resolve(&store, &[phone]).await, Resolved::New, "another kind of name");
}

pub async fn each_number_has_its_own_conversation(store: Shared) {
    arrive(&store, 1, 0, START).await;
    let other = NumberId::from("900000000000002");
    let mut there = store.state(contact_id(1), &other).await.unwrap().unwrap();
    assert_eq!(there.conversation.window_from, None);
    there.contact.version += 1;
    there.conversation.window_from = Some(after(5));
    let step = commit("there", there.clone(), Vec::new(), START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    assert_eq!(store.state(contact_id(1), &other).await, Ok(Some(there)));
    let here = state(&store, 1).await;
    assert_eq!(here.conversation.window_from, Some(START));
    assert_eq!(here.contact.version, 2, "one version covers both");
    assert_eq!(store.state(contact_id(7), &number()).await, Ok(None));
}

pub async fn a_commit_alone_moves_no_state(store: Shared) {
    arrive(&store, 1, 1, START).await;
    let before = state(&store, 1).await;
    status(&store, Some(job_id(1, 1, 0)), "wamid.1", DeliveryStatus::Delivered, START).await;
    assert_eq!(state(&store, 1).await, before);
    let again = note("status", Vec::new(), START);
    assert_eq!(store.commit(again.clone()).await, Ok(Committed::Applied));
    assert_eq!(store.commit(again).await, Ok(Committed::Duplicate));
}
