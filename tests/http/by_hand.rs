//! What people do by hand: dead letters, undecided events, pauses.

use super::{NOW, NUMBER, Rig, message, problem};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use usherd::model::{
    Event, EventKind, Hold, JobUpdate, Record, SendError, SendOutcome, Subject, Verdict,
};
use usherd::store::{Claimed, Commit, Committed, Store, Terms};

/// A line of the journal for this event, in the form of one that is there.
async fn record(rig: &Rig, event: &Event) -> Record {
    let like = rig.store.inner.journal(0, 1).await.unwrap().remove(0).1;
    Record { event: event.clone(), ..like }
}

/// One message that was given up, one of unknown outcome, one event that could not be read.
async fn given_up(rig: &Rig) -> (String, String) {
    for (wamid, reason) in [("wamid.1", "template"), ("wamid.2", "unknown")] {
        rig.hook("new secret", message(wamid, "order status")).await;
        let claimed = rig.store.inner.claim(NOW, 1, &Terms::default()).await.unwrap();
        let [Claimed::Send(job)] = claimed.as_slice() else { panic!("{claimed:?}") };
        let error = SendError { code: None, reason: reason.to_owned(), detail: "said".to_owned() };
        let update = JobUpdate::Attempt { job: job.id, outcome: SendOutcome::Dead { error } };
        let event = Event {
            id: format!("test:{wamid}").as_str().into(),
            at: NOW,
            stated_at: None,
            subject: Subject::Account,
            kind: EventKind::Account { field: "test".to_owned(), raw: Vec::new().into() },
        };
        let record = record(rig, &event).await;
        let step = Commit { updates: vec![update], ..event.commit_alone(record, Vec::new()) };
        assert_eq!(rig.store.inner.commit(step).await, Ok(Committed::Applied));
    }
    assert_eq!(rig.hook("new secret", b"{\"words\":\"secret\"").await.status(), StatusCode::OK);
    let dead = rig.store.inner.dead_letters(None, 9).await.unwrap();
    (dead[0].id.to_string(), dead[1].id.to_string())
}

#[tokio::test]
async fn what_was_given_up_is_listed_shown_tried_again_and_dropped() {
    let rig = Rig::new().await;
    let (first, second) = given_up(&rig).await;
    let list = async |query: &str| -> Value {
        rig.get(&format!("/v1/dead{query}"), "viewer").await.json().await.unwrap()
    };
    let all = list("").await;
    let ids: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids[..2], [first.as_str(), second.as_str()]);
    let event = ids[2];
    assert!(event.starts_with("event-"), "{event}");
    assert!(!all.to_string().contains("secret") && !all.to_string().contains("821000000001"));
    let page = list("?limit=1").await;
    assert_eq!(page["next"], first.as_str());
    let page = list(&format!("?limit=1&after={second}")).await;
    assert_eq!(page["items"][0]["id"], event);

    let path = format!("/v1/dead/{event}");
    assert_eq!(problem(rig.get(&path, "viewer").await).await.0, 403);
    let shown: Value = rig.get(&path, "admin").await.json().await.unwrap();
    assert!(shown.to_string().contains("secret"), "{shown}");

    let act = async |method: Method, path: String, token: &str| {
        rig.ask(method, &path).bearer_auth(token).send().await.unwrap()
    };
    let refused = act(Method::DELETE, format!("/v1/dead/{first}"), "viewer").await;
    assert_eq!(problem(refused).await.0, 403);
    for (id, warns) in [(&first, false), (&second, true)] {
        let done = act(Method::POST, format!("/v1/dead/{id}/retry"), "admin").await;
        let done: Value = done.json().await.unwrap();
        assert_eq!(done["warning"].as_str().is_some(), warns, "{done}");
        let job = rig.store.inner.job(id.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((job.state.label(), job.tries()), ("waiting", 0));
        let again = act(Method::POST, format!("/v1/dead/{id}/retry"), "admin").await;
        assert_eq!(problem(again).await.0, 409);
    }
    let again = act(Method::POST, format!("{path}/retry"), "admin").await;
    assert_eq!(problem(again).await.0, 409, "it cannot be read now either");
    assert_eq!(act(Method::DELETE, path.clone(), "admin").await.status(), StatusCode::OK);
    assert_eq!(problem(rig.get(&path, "admin").await).await.0, 404);
    assert_eq!(list("").await["items"], json!([]));
    assert_eq!(problem(rig.get("/v1/dead/nonsense", "admin").await).await.0, 400);
    let journal = rig.store.inner.journal(0, 99).await.unwrap();
    let by = |record: &Record| match &record.event.kind {
        EventKind::Upkeep { by, .. } => Some(by.clone()),
        _ => None,
    };
    let by: Vec<String> = journal.iter().filter_map(|(_, record)| by(record)).collect();
    assert_eq!(by, ["the admin", "the admin", "the admin"]);
}

/// Its bytes are whole, so a version that can read them decides them; as if it came now.
#[tokio::test]
async fn an_event_that_can_be_read_now_is_decided() {
    let rig = Rig::new().await;
    rig.hook("new secret", message("wamid.0", "hello")).await;
    let before = rig.store.inner.counts().await.unwrap().waiting;
    let raw = message("wamid.1", "order status");
    let event = Event {
        id: "wa:u:1".into(),
        at: NOW,
        stated_at: None,
        subject: Subject::Account,
        kind: EventKind::Undecided { reason: "test".to_owned(), raw: raw.into() },
    };
    let record =
        Record { verdict: Verdict::Undecided("test".to_owned()), ..record(&rig, &event).await };
    let step = event.commit_alone(record, Vec::new());
    assert_eq!(rig.store.inner.commit(step).await, Ok(Committed::Applied));
    let retry = || rig.ask(Method::POST, "/v1/dead/event-2/retry").bearer_auth("admin").send();
    assert_eq!(retry().await.unwrap().status(), StatusCode::OK);
    assert_eq!(rig.store.inner.counts().await.unwrap().waiting, before + 1, "it is answered");
    assert_eq!(problem(retry().await.unwrap()).await.0, 404, "once");
    assert_eq!(rig.store.inner.counts().await.unwrap().waiting, before + 1);
}

#[tokio::test]
async fn sending_is_paused_and_resumed() {
    let rig = Rig::new().await;
    let pause = async |body: Value| {
        let request = rig.ask(Method::POST, "/v1/pauses").bearer_auth("admin");
        request.body(body.to_string()).send().await.unwrap()
    };
    let standing = async || -> Vec<Value> {
        let pauses: Value = rig.get("/v1/pauses", "viewer").await.json().await.unwrap();
        pauses["standing"].as_array().unwrap().clone()
    };
    for wrong in [
        json!({ "scope": "everything" }),
        json!({ "scope": "rule:no-such-rule" }),
        json!({ "scope": "number:12" }),
        json!({ "scope": "all", "for": "soon" }),
        json!({ "scope": "all", "until": "1h" }),
    ] {
        assert_eq!(problem(pause(wrong.clone()).await).await.0, 400, "{wrong}");
    }
    assert_eq!(standing().await, Vec::<Value>::new());
    let made: Value =
        pause(json!({ "scope": "number:main", "for": "1h" })).await.json().await.unwrap();
    let until = NOW.plus(Duration::from_secs(3_600));
    let wanted = json!({ "scope": format!("number:{NUMBER}"), "since": NOW, "until": until, "by": "the admin" });
    assert_eq!(made, wanted);
    assert_eq!(standing().await, [wanted]);
    rig.hook("new secret", message("wamid.1", "order status")).await;
    let claimed = rig.store.inner.claim(NOW, 9, &Terms::default()).await.unwrap();
    assert!(matches!(claimed.as_slice(), [Claimed::Refused(_, Hold::Paused)]), "{claimed:?}");
    let resume = |path: &'static str| rig.ask(Method::DELETE, path).bearer_auth("admin").send();
    assert_eq!(resume("/v1/pauses/number:main").await.unwrap().status(), StatusCode::OK);
    assert_eq!(problem(resume("/v1/pauses/number:main").await.unwrap()).await.0, 404);
    assert_eq!(standing().await, Vec::<Value>::new());
    let journal = rig.store.inner.journal(0, 99).await.unwrap();
    let upkeep = journal.iter().filter(|(_, record)| record.event.kind.label() == "upkeep");
    assert_eq!(upkeep.count(), 2);
}
