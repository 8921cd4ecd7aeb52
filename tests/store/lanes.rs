//! Jobs: lanes, guards, outcomes, statuses (S5, S6).

use crate::kit::*;
use usherd::limits::LANE_JOBS_MAX;
use usherd::model::{
    Consent, DeliveryStatus, Guards, Hold, JobState, JobUpdate, Owner, Purpose, Refusal,
    SendOutcome, State, Wamid,
};
use usherd::store::{Claimed, Committed, StoreError, Terms};

pub async fn jobs_of_a_lane_are_claimed_one_at_a_time_in_order(store: Shared) {
    arrive(&store, 1, 2, START).await;
    write_again(&store, 1, 1, START).await;
    let wanted = [job_id(1, 1, 0), job_id(1, 1, 1), job_id(1, 2, 0)];
    for (n, id) in wanted.into_iter().enumerate() {
        assert_eq!(claim_sends(&store, after(1)).await, [id]);
        assert_eq!(store.next_due().await, Ok(None), "its lane is busy");
        assert_eq!(claim_sends(&store, after(DAY)).await, [], "its lane is busy");
        let sending = job(&store, id).await.unwrap();
        assert_eq!(sending.state, JobState::Sending { since: after(1) });
        assert_eq!(sending.attempts, 1);
        report(&store, id, accepted(&format!("wamid.{n}")), after(2)).await;
    }
    assert_eq!(store.next_due().await, Ok(None));
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.waiting, counts.sending, counts.unknown, counts.dead), (0, 0, 0, 0));
}

pub async fn lanes_do_not_wait_for_each_other(store: Shared) {
    for n in 1..=3 {
        arrive(&store, n, 2, after(10 - n as i64)).await;
    }
    let first = [job_id(3, 1, 0), job_id(2, 1, 0), job_id(1, 1, 0)];
    assert_eq!(claim_sends(&store, after(20)).await, first, "the earliest due first");
    report(&store, job_id(2, 1, 0), accepted("wamid.2"), after(21)).await;
    assert_eq!(claim_sends(&store, after(22)).await, [job_id(2, 1, 1)]);
}

pub async fn a_claim_takes_the_earliest_up_to_its_limit(store: Shared) {
    for n in 1..=4 {
        arrive(&store, n, 1, after(n as i64)).await;
    }
    assert_eq!(store.next_due().await, Ok(Some(after(1))));
    assert_eq!(
        store.claim(after(0), 10, &Terms::default()).await,
        Ok(Vec::new()),
        "nothing is due yet"
    );
    assert_eq!(store.claim(after(9), 0, &Terms::default()).await, Ok(Vec::new()));
    let two = store.claim(after(3), 2, &Terms::default()).await.unwrap();
    let ids: Vec<_> = two.iter().map(|one| matches!(one, Claimed::Send(_))).collect();
    assert_eq!(ids, [true, true]);
    assert_eq!(claim_sends(&store, after(3)).await, [job_id(3, 1, 0)]);
    assert_eq!(store.next_due().await, Ok(Some(after(4))));
}

pub async fn a_retry_waits_for_its_time_and_blocks_its_lane(store: Shared) {
    arrive(&store, 1, 2, START).await;
    let id = job_id(1, 1, 0);
    assert_eq!(claim_sends(&store, START).await, [id]);
    let again = SendOutcome::Again { error: error("throttled"), due: after(500) };
    report(&store, id, again, after(1)).await;
    assert_eq!(store.next_due().await, Ok(Some(after(500))));
    assert_eq!(claim_sends(&store, after(499)).await, [], "the second waits for the first");
    assert_eq!(claim_sends(&store, after(500)).await, [id]);
    assert_eq!(job(&store, id).await.unwrap().attempts, 2);
}

/// Contact 1 with one guarded job, and the state changed afterwards.
async fn guarded(store: &Shared, purpose: Purpose, change: fn(&mut State)) {
    let effects = vec![send(1, Guards::REPLY, purpose)];
    let mut allowed = newcomer(1, START);
    allowed.contact.consent.allows = Purpose::ALL.to_vec();
    let step = commit("guarded", allowed, effects, START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let mut changed = next(&state(store, 1).await);
    change(&mut changed);
    let step = commit("changed", changed, Vec::new(), START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
}

/// The head is refused for this reason, stays as it is, and is dropped when that is reported.
async fn refused(store: &Shared, now: usherd::model::Timestamp, why: Hold) {
    let waiting = job(store, job_id(1, 1, 0)).await.unwrap();
    assert_eq!(waiting.state, JobState::Waiting);
    let refused = Ok(vec![Claimed::Refused(waiting.clone(), why)]);
    assert_eq!(store.claim(now, 10, &Terms::default()).await, refused);
    assert_eq!(store.claim(now, 10, &Terms::default()).await, refused, "until it is reported");
    assert_eq!(job(store, waiting.id).await, Some(waiting.clone()));
    report(store, waiting.id, SendOutcome::Dropped { why }, now).await;
    assert_eq!(job(store, waiting.id).await.unwrap().state, JobState::Dropped { why });
    assert_eq!(store.claim(now, 10, &Terms::default()).await, Ok(Vec::new()));
    assert_eq!(store.counts().await.unwrap().waiting, 0);
}

pub async fn consent_is_judged_at_the_claim(store: Shared) {
    guarded(&store, Purpose::Marketing, |state| {
        state.contact.consent.stopped.push(Purpose::Marketing);
    })
    .await;
    refused(&store, after(1), Hold::Consent(Refusal::Stopped)).await;
    // Below the tier, and WhatsApp's own stop.
    for (n, consent, why) in [
        (2, Consent::default(), Refusal::BelowTier),
        (3, Consent { whatsapp_stop: true, ..Consent::default() }, Refusal::StoppedInWhatsApp),
    ] {
        let mut friend = newcomer(n, START);
        friend.contact.consent.allows = Purpose::ALL.to_vec();
        let effects = vec![send(n, Guards::REPLY, Purpose::Marketing)];
        let step = commit(&format!("friend {n}"), friend, effects, START);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
        let mut stranger = next(&state(&store, n).await);
        stranger.contact.consent = consent;
        let step = commit(&format!("stranger {n}"), stranger, Vec::new(), START);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
        let claimed = store.claim(after(1), 10, &Terms::default()).await.unwrap();
        let holds =
            |one: &Claimed| matches!(one, Claimed::Refused(_, Hold::Consent(hold)) if *hold == why);
        assert!(claimed.iter().any(holds), "{why:?}: {claimed:?}");
    }
}

pub async fn the_owner_is_judged_at_the_claim(store: Shared) {
    guarded(&store, Purpose::Service, |state| {
        state.conversation.owner = Owner::Agent { name: "Mei".to_owned() };
    })
    .await;
    refused(&store, after(1), Hold::NotOwned).await;
}

/// What was said at the hand-off, and what an agent says, goes out whoever has the conversation;
/// what waited of the bot goes out only once it has it again.
pub async fn only_the_bots_own_words_are_refused_while_people_have_it(store: Shared) {
    let owned =
        [Owner::Waiting { queue: "care".to_owned() }, Owner::Agent { name: "Mei".to_owned() }];
    for (n, owner) in (1..).zip(owned) {
        let agents = Guards { bot_owns: false, ..Guards::REPLY };
        let of = |guards| send(n, guards, Purpose::Service);
        let effects = vec![of(Guards::REPLY), of(agents), of(Guards::REPLY)];
        let step = commit(&format!("said {n}"), newcomer(n, START), effects, START);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
        let mut taken = next(&state(&store, n).await);
        taken.conversation.owner = owner;
        let step = commit(&format!("taken {n}"), taken, Vec::new(), START);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
        let [first, second, third] = [0, 1, 2].map(|index| job_id(n, 1, index));
        let claimed = store.claim(after(1), 10, &Terms::default()).await.unwrap();
        assert!(
            matches!(claimed.as_slice(), [Claimed::Refused(job, Hold::NotOwned)] if job.id == first),
            "{claimed:?}"
        );
        // Refused and not reported: a daemon that died in between is refused again.
        assert_eq!(store.claim(after(2), 10, &Terms::default()).await, Ok(claimed));
        report(&store, first, SendOutcome::Dropped { why: Hold::NotOwned }, after(2)).await;
        assert_eq!(claim_sends(&store, after(2)).await, [second]);
        report(&store, second, accepted(&format!("wamid.{n}")), after(3)).await;
        let mut back = next(&state(&store, n).await);
        back.conversation.owner = Owner::Bot;
        let step = commit(&format!("back {n}"), back, Vec::new(), START);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
        assert_eq!(claim_sends(&store, after(3)).await, [third]);
        report(&store, third, accepted(&format!("wamid.back.{n}")), after(4)).await;
    }
}

pub async fn the_window_is_judged_at_the_claim(store: Shared) {
    guarded(&store, Purpose::Service, |_| {}).await;
    refused(&store, after(DAY), Hold::WindowClosed).await;
    let mut silent = newcomer(2, START);
    silent.conversation.window_from = None;
    let effects = vec![send(2, Guards::REPLY, Purpose::Service), send(2, FREE, Purpose::Service)];
    let step = commit("silent", silent, effects, START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let claimed = store.claim(after(1), 10, &Terms::default()).await.unwrap();
    assert!(matches!(claimed.as_slice(), [Claimed::Refused(_, Hold::WindowClosed)]));
    report(&store, job_id(2, 1, 0), SendOutcome::Dropped { why: Hold::WindowClosed }, after(1))
        .await;
    assert_eq!(claim_sends(&store, after(1)).await, [job_id(2, 1, 1)], "it has no guards");
}

pub async fn what_was_left_sending_is_found(store: Shared) {
    arrive(&store, 1, 1, START).await;
    arrive(&store, 2, 1, START).await;
    assert_eq!(store.claim(after(7), 1, &Terms::default()).await.unwrap().len(), 1);
    assert_eq!(store.claim(after(5), 1, &Terms::default()).await.unwrap().len(), 1);
    let ids = |jobs: Vec<usherd::model::Job>| jobs.into_iter().map(|j| j.id).collect::<Vec<_>>();
    let (one, two) = (job_id(1, 1, 0), job_id(2, 1, 0));
    assert_eq!(ids(store.stranded(after(5), 10).await.unwrap()), [], "before, not at");
    assert_eq!(ids(store.stranded(after(7), 10).await.unwrap()), [two]);
    assert_eq!(ids(store.stranded(after(8), 10).await.unwrap()), [two, one]);
    assert_eq!(ids(store.stranded(after(8), 1).await.unwrap()), [two]);
    report(&store, two, SendOutcome::Unknown { due: after(60) }, after(9)).await;
    assert_eq!(ids(store.stranded(after(8), 10).await.unwrap()), [one]);
    assert_eq!(store.counts().await.unwrap().unknown, 1);
}

pub async fn an_unknown_outcome_is_settled_and_repeated_once(store: Shared) {
    arrive(&store, 1, 2, START).await;
    let id = job_id(1, 1, 0);
    claim_sends(&store, START).await;
    report(&store, id, SendOutcome::Unknown { due: after(60) }, after(30)).await;
    assert_eq!(job(&store, id).await.unwrap().state, JobState::Unknown { since: after(30) });
    assert_eq!(
        store.claim(after(59), 10, &Terms::default()).await,
        Ok(Vec::new()),
        "the lane waits"
    );
    let unknown = job(&store, id).await.unwrap();
    assert_eq!(
        store.claim(after(60), 10, &Terms::default()).await,
        Ok(vec![Claimed::Settle(unknown)])
    );
    report(&store, id, SendOutcome::Wait { due: after(90) }, after(60)).await;
    assert_eq!(store.next_due().await, Ok(Some(after(90))));
    assert_eq!(store.claim(after(89), 10, &Terms::default()).await, Ok(Vec::new()));
    report(&store, id, SendOutcome::Repeat, after(90)).await;
    assert_eq!(claim_sends(&store, after(90)).await, [id]);
    report(&store, id, SendOutcome::Unknown { due: after(150) }, after(120)).await;
    report(&store, id, SendOutcome::Repeat, after(150)).await;
    let settle = store.claim(after(150), 10, &Terms::default()).await.unwrap();
    assert!(matches!(settle.as_slice(), [Claimed::Settle(job)] if job.repeated), "only once");
    report(&store, id, SendOutcome::Dead { error: error("unknown") }, after(151)).await;
    assert_eq!(claim_sends(&store, after(151)).await, [job_id(1, 1, 1)], "the lane goes on");
}

pub async fn a_status_settles_an_unknown_outcome(store: Shared) {
    arrive(&store, 1, 2, START).await;
    let id = job_id(1, 1, 0);
    claim_sends(&store, START).await;
    report(&store, id, SendOutcome::Unknown { due: after(60) }, after(30)).await;
    status(&store, Some(id), "wamid.1", DeliveryStatus::Sent, after(31)).await;
    assert!(job(&store, id).await.unwrap().state.is_settled());
    assert_eq!(claim_sends(&store, after(31)).await, [job_id(1, 1, 1)]);
}

pub async fn a_status_only_moves_upwards(store: Shared) {
    arrive(&store, 1, 1, START).await;
    let id = job_id(1, 1, 0);
    claim_sends(&store, START).await;
    report(&store, id, accepted("wamid.1"), after(1)).await;
    status(&store, Some(id), "wamid.1", DeliveryStatus::Read, after(2)).await;
    status(&store, Some(id), "wamid.1", DeliveryStatus::Delivered, after(3)).await;
    status(&store, Some(id), "wamid.1", DeliveryStatus::Failed, after(4)).await;
    report(&store, id, SendOutcome::Dead { error: error("late") }, after(5)).await;
    let read = JobState::Sent { wamid: Wamid::from("wamid.1"), status: DeliveryStatus::Read };
    assert_eq!(job(&store, id).await.unwrap().state, read);
    assert_eq!(store.counts().await.unwrap().dead, 0);
}

pub async fn a_status_is_found_by_the_wamid(store: Shared) {
    arrive(&store, 1, 1, START).await;
    let id = job_id(1, 1, 0);
    claim_sends(&store, START).await;
    report(&store, id, accepted("wamid.1"), after(1)).await;
    let at = |job: &usherd::model::Job| match &job.state {
        JobState::Sent { status, .. } => status.clone(),
        other => panic!("{other:?}"),
    };
    status(&store, None, "wamid.unknown", DeliveryStatus::Read, after(2)).await;
    assert_eq!(at(&job(&store, id).await.unwrap()), DeliveryStatus::Sent);
    status(&store, None, "wamid.1", DeliveryStatus::Delivered, after(3)).await;
    assert_eq!(at(&job(&store, id).await.unwrap()), DeliveryStatus::Delivered);
    let foreign = Some(job_id(77, 1, 0));
    status(&store, foreign, "wamid.1", DeliveryStatus::Read, after(4)).await;
    assert_eq!(at(&job(&store, id).await.unwrap()), DeliveryStatus::Read);
}

pub async fn a_status_may_come_before_the_answer(store: Shared) {
    arrive(&store, 1, 2, START).await;
    let id = job_id(1, 1, 0);
    claim_sends(&store, START).await;
    status(&store, Some(id), "wamid.1", DeliveryStatus::Delivered, after(1)).await;
    report(&store, id, accepted("wamid.1"), after(2)).await;
    let delivered =
        JobState::Sent { wamid: Wamid::from("wamid.1"), status: DeliveryStatus::Delivered };
    assert_eq!(job(&store, id).await.unwrap().state, delivered);
    assert_eq!(claim_sends(&store, after(3)).await, [job_id(1, 1, 1)]);
}

pub async fn what_gave_up_is_a_dead_letter(store: Shared) {
    for n in 1..=3 {
        arrive(&store, n, 1, after(10 - n as i64)).await;
    }
    claim_sends(&store, after(10)).await;
    for n in [1, 2] {
        let dead = SendOutcome::Dead { error: error("template") };
        report(&store, job_id(n, 1, 0), dead, after(20)).await;
    }
    report(&store, job_id(3, 1, 0), accepted("wamid.3"), after(20)).await;
    let update = JobUpdate::Status {
        job: None,
        wamid: Wamid::from("wamid.3"),
        status: DeliveryStatus::Failed,
        error: Some(error("undeliverable")),
    };
    assert_eq!(store.commit(note("failed", vec![update], after(21))).await, Ok(Committed::Applied));
    let dead = store.dead_letters(None, 10).await.unwrap();
    let ids: Vec<_> = dead.iter().map(|job| job.id).collect();
    assert_eq!(ids, [job_id(3, 1, 0), job_id(2, 1, 0), job_id(1, 1, 0)], "the oldest first");
    assert_eq!(store.dead_letters(None, 1).await.unwrap().len(), 1);
    assert_eq!(store.counts().await.unwrap().dead, 3);
    // It came to life after all.
    status(&store, Some(job_id(1, 1, 0)), "wamid.1", DeliveryStatus::Read, after(22)).await;
    assert_eq!(store.dead_letters(None, 10).await.unwrap().len(), 2);
    assert_eq!(store.counts().await.unwrap().dead, 2);
}

pub async fn a_full_lane_refuses_the_whole_step(store: Shared) {
    arrive(&store, 1, LANE_JOBS_MAX - 1, START).await;
    let before = (store.counts().await, state(&store, 1).await);
    let effects = vec![send(1, FREE, Purpose::Service); 2];
    let full = commit("full", next(&before.1), effects.clone(), START);
    assert!(matches!(store.commit(full).await, Err(StoreError::Busy(_))));
    assert_eq!((store.counts().await, state(&store, 1).await), before);
    claim_sends(&store, START).await;
    report(&store, job_id(1, 1, 0), accepted("wamid.1"), START).await;
    let room = commit("full", next(&before.1), effects, START);
    assert_eq!(store.commit(room).await, Ok(Committed::Applied));
}
