//! What is kept back: the closed window, pauses, rates, dead letters tried again (S5, S6).

use crate::kit::*;
use usherd::limits::HELD_MAX;
use usherd::model::{
    Content, Effect, Guards, Hold, JobState, JobUpdate, Outside, Owner, Pause, Pauses, Purpose,
    Refusal, Scope, SendOutcome, Timestamp, Upkeep, Wamid,
};
use usherd::store::{Allowance, Claimed, Commit, Committed, Terms};

/// A day after the customer's message, to the millisecond; by WhatsApp's time, however late the
/// message reached us.
pub async fn the_window_closes_a_day_after_the_customers_own_time(store: Shared) {
    const MINUTE: i64 = 60_000;
    let received = after(DAY - 2 * MINUTE);
    for (n, claimed_at, open) in [
        (1, after(DAY - MINUTE), true),
        (2, after(DAY - 1), true),
        (3, after(DAY), false),
        (4, after(DAY + MINUTE), false),
    ] {
        let mut state = newcomer(n, received);
        state.conversation.window_from = Some(START);
        let effects = vec![send(n, Guards::REPLY, Purpose::Service)];
        let step = commit(&format!("late {n}"), state, effects, received);
        assert_eq!(store.commit(step).await, Ok(Committed::Applied));
        let claimed = store.claim(claimed_at, 10, &Terms::default()).await.unwrap();
        let sent = claimed
            .iter()
            .any(|one| matches!(one, Claimed::Send(job) if job.id == job_id(n, 1, 0)));
        assert_eq!(sent, open, "{n}: {claimed:?}");
    }
}

fn outside(n: u128, outside: Outside) -> Effect {
    let mut effect = send(n, Guards::REPLY, Purpose::Utility);
    let Effect::Send { outside: kept, answers, .. } = &mut effect else { panic!("no message") };
    (*kept, *answers) = (outside, Some(Wamid::from("wamid.asked")));
    effect
}

fn template() -> Content {
    Content::Template { name: "news".to_owned(), language: "en".to_owned(), params: Vec::new() }
}

/// Contact `n` wrote a day ago and more; these messages are still to go.
async fn long_silent(store: &Shared, n: u128, effects: Vec<Effect>) {
    let mut state = newcomer(n, START);
    state.conversation.window_from = Some(after(-DAY));
    let step = commit(&format!("silent {n}"), state, effects, START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
}

fn instead_of_it() -> Outside {
    Outside::Template { content: Box::new(template()), purpose: Purpose::Utility }
}

pub async fn outside_the_window_a_template_goes_instead(store: Shared) {
    let instead = || outside(1, instead_of_it());
    long_silent(&store, 1, vec![instead(), instead()]).await;
    let claimed = store.claim(after(1), 10, &Terms::default()).await.unwrap();
    let [Claimed::Send(sent)] = claimed.as_slice() else { panic!("{claimed:?}") };
    let Effect::Send { content, purpose, answers, guards, outside, .. } = &sent.effect else {
        panic!("no message")
    };
    assert_eq!((content, answers, outside), (&template(), &None, &Outside::Drop));
    assert_eq!(*purpose, Purpose::Utility, "consent is judged by the template's purpose");
    assert_eq!(*guards, Guards { window_open: false, ..Guards::REPLY });
    assert!(sent.replaced);
    // Durable: a repeat sends the same, also where the window has opened meanwhile.
    assert_eq!(job(&store, sent.id).await.as_ref(), Some(sent));
    let again = SendOutcome::Again { error: error("throttled"), due: after(2) };
    report(&store, sent.id, again, after(1)).await;
    let mut open = next(&state(&store, 1).await);
    open.conversation.window_from = Some(START);
    assert_eq!(store.commit(commit("open", open, vec![], START)).await, Ok(Committed::Applied));
    let claimed = store.claim(after(2), 10, &Terms::default()).await.unwrap();
    let [Claimed::Send(second)] = claimed.as_slice() else { panic!("{claimed:?}") };
    assert_eq!(second.effect, sent.effect);
    report(&store, second.id, accepted("wamid.1"), after(3)).await;
    // The other one is sent as it was meant.
    let claimed = store.claim(after(3), 10, &Terms::default()).await.unwrap();
    let [Claimed::Send(third)] = claimed.as_slice() else { panic!("{claimed:?}") };
    assert_eq!((third.effect.clone(), third.replaced), (instead(), false));
}

/// The other guards are judged for the template too.
pub async fn no_template_goes_without_consent_or_over_an_agent(store: Shared) {
    let instead = || outside(1, instead_of_it());
    long_silent(&store, 1, vec![instead()]).await;
    let mut owned = next(&state(&store, 1).await);
    owned.conversation.owner = Owner::Agent { name: "Mei".to_owned() };
    assert_eq!(store.commit(commit("owned", owned, vec![], START)).await, Ok(Committed::Applied));
    let mut stopped = newcomer(2, START);
    stopped.conversation.window_from = None;
    let step = commit("silent", stopped, vec![outside(2, instead_of_it())], START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let mut stopped = next(&state(&store, 2).await);
    stopped.contact.consent.stopped = vec![Purpose::Utility];
    let step = commit("stopped", stopped, vec![], START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let mut holds: Vec<Hold> = Vec::new();
    for claimed in store.claim(after(1), 10, &Terms::default()).await.unwrap() {
        let Claimed::Refused(job, hold) = claimed else { panic!("{claimed:?}") };
        assert_eq!(job.kept_back(hold, after(1)), SendOutcome::Dropped { why: hold });
        holds.push(hold);
    }
    assert_eq!(holds, [Hold::NotOwned, Hold::Consent(Refusal::Stopped)]);
}

/// The head is refused for this reason; it is held, as its own effect wants it.
async fn hold(store: &Shared, id: usherd::model::JobId, why: Hold, now: Timestamp) {
    let claimed = store.claim(now, 10, &Terms::default()).await.unwrap();
    let refused = claimed.iter().find_map(|one| match one {
        Claimed::Refused(job, hold) if job.id == id => Some((job, *hold)),
        _ => None,
    });
    let Some((job, hold)) = refused else { panic!("{id} is not refused: {claimed:?}") };
    assert_eq!(hold, why);
    let outcome = job.kept_back(why, now);
    assert_eq!(outcome, SendOutcome::Held { why, due: now.plus(HELD_MAX) });
    report(store, id, outcome, now).await;
}

pub async fn a_held_job_stands_aside_and_comes_back_in_its_place(store: Shared) {
    let queued = || outside(1, Outside::Queue);
    let free = || send(1, FREE, Purpose::Utility);
    long_silent(&store, 1, vec![queued(), free(), queued(), free()]).await;
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|index| job_id(1, 1, index));
    hold(&store, first, Hold::WindowClosed, after(1)).await;
    assert_eq!(store.counts().await.unwrap().held, 1);
    assert_eq!(claim_sends(&store, after(1)).await, [second], "a template behind it goes out");
    report(&store, second, accepted("wamid.2"), after(2)).await;
    hold(&store, third, Hold::WindowClosed, after(2)).await;
    assert_eq!(claim_sends(&store, after(2)).await, [fourth]);
    // Released while the fourth is under way: one at a time, then in their order.
    let mut written = next(&state(&store, 1).await);
    written.conversation.window_from = Some(after(3));
    let release = |why| JobUpdate::Release { contact: contact_id(1), number: number(), why };
    let updates = vec![release(Hold::Paused), release(Hold::WindowClosed)];
    let step = Commit { updates, ..commit("written", written, vec![free()], after(3)) };
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.held, counts.waiting, counts.sending), (0, 3, 1));
    assert_eq!(store.next_due().await, Ok(None), "its lane is busy");
    report(&store, fourth, accepted("wamid.4"), after(4)).await;
    for (n, id) in [first, third, job_id(1, 2, 0)].into_iter().enumerate() {
        assert_eq!(claim_sends(&store, after(4)).await, [id]);
        report(&store, id, accepted(&format!("wamid.again.{n}")), after(4)).await;
    }
}

pub async fn what_was_held_too_long_is_given_up(store: Shared) {
    long_silent(&store, 1, vec![outside(1, Outside::Queue)]).await;
    let id = job_id(1, 1, 0);
    hold(&store, id, Hold::WindowClosed, after(1)).await;
    let given_up = after(1).plus(HELD_MAX);
    assert_eq!(store.next_due().await, Ok(Some(given_up)));
    let just_before = Timestamp(given_up.0 - 1);
    assert_eq!(store.claim(just_before, 10, &Terms::default()).await, Ok(Vec::new()));
    let claimed = store.claim(given_up, 10, &Terms::default()).await.unwrap();
    let [Claimed::Refused(held, Hold::WindowClosed)] = claimed.as_slice() else {
        panic!("{claimed:?}")
    };
    let outcome = held.kept_back(Hold::WindowClosed, given_up);
    report(&store, id, outcome, given_up).await;
    let dropped = JobState::Dropped { why: Hold::WindowClosed };
    assert_eq!(job(&store, id).await.unwrap().state, dropped);
    assert_eq!(store.counts().await.unwrap().held, 0);
    assert_eq!(store.next_due().await, Ok(None));
}

async fn by_hand(store: &Shared, name: &str, upkeep: Upkeep, at: Timestamp) {
    let step = Commit { upkeep: vec![upkeep], ..note(name, Vec::new(), at) };
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
}

fn pause(scope: Scope, until: Option<Timestamp>) -> Upkeep {
    Upkeep::Pause(Pause { scope, since: START, until, by: "ops".to_owned() })
}

pub async fn a_pause_is_judged_at_the_claim(store: Shared) {
    let effects = || vec![outside(1, Outside::Drop), send(1, FREE, Purpose::Service)];
    let step = commit("one", newcomer(1, START), effects(), START);
    assert_eq!(store.commit(step).await, Ok(Committed::Applied));
    let utility = Scope::Purpose(Purpose::Utility);
    by_hand(&store, "pause", pause(utility.clone(), None), START).await;
    let (first, second) = (job_id(1, 1, 0), job_id(1, 1, 1));
    hold(&store, first, Hold::Paused, after(1)).await;
    assert_eq!(claim_sends(&store, after(1)).await, [second], "another purpose is not paused");
    let pauses = store.pauses().await.unwrap();
    assert_eq!((pauses.ended, pauses.standing.len()), (0, 1));
    by_hand(&store, "resume", Upkeep::Resume(utility.clone()), after(2)).await;
    by_hand(&store, "again", Upkeep::Resume(utility), after(2)).await;
    assert_eq!(store.pauses().await, Ok(Pauses { ended: 1, standing: Vec::new() }));
    assert_eq!(store.held(None, 10).await.unwrap().len(), 1, "the outbox releases it");
    report(&store, first, SendOutcome::Released, after(3)).await;
    report(&store, second, accepted("wamid.2"), after(3)).await;
    assert_eq!(claim_sends(&store, after(3)).await, [first]);
}

/// The report that a job is held may come after the end of its pause: then it is not held, for
/// nobody would release it.
pub async fn a_hold_overtaken_by_the_end_of_its_pause_is_none(store: Shared) {
    arrive(&store, 1, 1, START).await;
    let id = job_id(1, 1, 0);
    by_hand(&store, "pause", pause(Scope::All, Some(after(10))), START).await;
    let claimed = store.claim(after(9), 10, &Terms::default()).await.unwrap();
    assert!(matches!(claimed.as_slice(), [Claimed::Refused(_, Hold::Paused)]));
    let held = SendOutcome::Held { why: Hold::Paused, due: after(DAY) };
    report(&store, id, held, after(10)).await;
    assert_eq!(claim_sends(&store, after(10)).await, [id], "it has run out");
}

pub async fn terms_put_off_numbers_and_pairs_and_nobody_else(store: Shared) {
    for n in 1..=5 {
        arrive(&store, n, 1, after(n as i64)).await;
    }
    let second = std::time::Duration::from_secs(1);
    let mut terms = Terms::default();
    let allowance = Allowance { free: 1, then: after(100), every: second };
    terms.numbers.insert(number(), allowance);
    terms.pairs.insert((number(), contact_id(1)), after(50));
    let told = |claimed: Vec<Claimed>| -> Vec<(u128, &str, i64)> {
        let one = |claimed| match claimed {
            Claimed::Send(job) => (job.id.contact.0.as_u128(), "send", 0),
            Claimed::PutOff(job) => (job.id.contact.0.as_u128(), "put off", job.due.0 - START.0),
            other => panic!("{other:?}"),
        };
        claimed.into_iter().map(one).collect()
    };
    let claimed = store.claim(after(10), 10, &terms).await.unwrap();
    let wanted = [
        (1, "put off", 50),
        (2, "send", 0),
        (3, "put off", 100),
        (4, "put off", 1_100),
        (5, "put off", 2_100),
    ];
    assert_eq!(told(claimed), wanted);
    assert_eq!(store.next_due().await, Ok(Some(after(50))));
    let put_off = job(&store, job_id(3, 1, 0)).await.unwrap();
    assert_eq!(
        (put_off.state.clone(), put_off.attempts, put_off.tries()),
        (JobState::Waiting, 0, 0)
    );
    assert_eq!(claim_sends(&store, after(1_100)).await.len(), 3);
}

pub async fn a_dead_letter_is_tried_again_or_done_with(store: Shared) {
    arrive(&store, 1, 2, START).await;
    let (first, second) = (job_id(1, 1, 0), job_id(1, 1, 1));
    assert_eq!(claim_sends(&store, START).await, [first]);
    report(&store, first, SendOutcome::Dead { error: error("template") }, after(1)).await;
    assert_eq!(claim_sends(&store, after(2)).await, [second]);
    // Back in its lane while the second is under way: it waits for its turn.
    let retry = |job| vec![JobUpdate::Retry { job }];
    for (name, job) in [("retry", first), ("of one under way", second)] {
        assert_eq!(store.commit(note(name, retry(job), after(3))).await, Ok(Committed::Applied));
    }
    let again = job(&store, first).await.unwrap();
    assert_eq!((again.state.clone(), again.tries(), again.due), (JobState::Waiting, 0, after(3)));
    assert_eq!(store.dead_letters(None, 10).await, Ok(Vec::new()));
    assert_eq!(claim_sends(&store, after(3)).await, [], "its lane is busy");
    report(&store, second, accepted("wamid.2"), after(4)).await;
    assert_eq!(claim_sends(&store, after(4)).await, [first]);
    assert_eq!(job(&store, first).await.unwrap().tries(), 1);
    report(&store, first, SendOutcome::Dead { error: error("template") }, after(5)).await;
    let discard = vec![JobUpdate::Discard { job: first }, JobUpdate::Discard { job: second }];
    assert_eq!(store.commit(note("done", discard, after(6))).await, Ok(Committed::Applied));
    let dropped = JobState::Dropped { why: Hold::ByHand };
    assert_eq!(job(&store, first).await.unwrap().state, dropped);
    assert_eq!(job(&store, second).await.unwrap().state.label(), "sent");
    assert_eq!(store.counts().await.unwrap().dead, 0);
}
