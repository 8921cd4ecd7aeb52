//! `/v1/conversations`: what agents see and do, and what they are refused.

use super::{ContactId, Method, Rig, Store, Value, json, message, problem};

/// A customer who asked for a colleague; gives their id.
async fn handed_over(rig: &Rig) -> ContactId {
    assert_eq!(
        rig.hook("new secret", message("wamid.1", "a colleague please")).await.status(),
        200
    );
    let listed = listed(rig, "").await;
    listed["items"][0]["contact"].as_str().unwrap().parse().unwrap()
}

async fn listed(rig: &Rig, query: &str) -> Value {
    let answer = rig.get(&format!("/v1/conversations{query}"), "agent").await;
    assert_eq!(answer.status(), 200, "{query}");
    answer.json().await.unwrap()
}

async fn act(rig: &Rig, token: &str, path: &str, body: Value) -> reqwest::Response {
    let path = format!("/v1/conversations/{path}");
    rig.ask(Method::POST, &path).bearer_auth(token).json(&body).send().await.unwrap()
}

#[tokio::test]
async fn a_conversation_is_listed_taken_answered_and_closed() {
    let rig = Rig::new().await;
    let id = handed_over(&rig).await;
    let listed_now = listed(&rig, "?owner=waiting").await;
    let item = &listed_now["items"][0];
    assert_eq!((&item["owner"], &item["queue"]), (&json!("waiting"), &json!("care")));
    assert_eq!((&item["name"], &item["late"]), (&json!("Jin"), &json!(false)));
    assert!(!listed_now.to_string().contains("colleague please"), "no customer's words");
    assert_eq!(listed(&rig, "?owner=agent").await["items"], json!([]));

    let taken = act(&rig, "agent", &format!("{id}/take"), json!({})).await;
    assert_eq!(taken.status(), 200);
    let taken: Value = taken.json().await.unwrap();
    assert_eq!((&taken["owner"], &taken["agent"]), (&json!("agent"), &json!("the agent")));
    let other = json!({ "agent": "Jun" });
    let refused = problem(act(&rig, "admin", &format!("{id}/take"), other).await).await;
    assert_eq!(refused, (409, "`the agent` has the conversation".to_owned()));

    let before = rig.store.inner.counts().await.unwrap().waiting;
    let words = json!({ "text": "Hello, how can I help?", "id": "answer-1" });
    for _ in 0..2 {
        let answered = act(&rig, "agent", &format!("{id}/answer"), words.clone()).await;
        assert_eq!(answered.status(), 200);
    }
    let waiting = rig.store.inner.counts().await.unwrap().waiting;
    assert_eq!(waiting, before + 1, "the same id is said once");

    let closed = act(&rig, "agent", &format!("{id}/close"), json!({})).await;
    assert_eq!(closed.json::<Value>().await.unwrap()["owner"], "bot");
    assert_eq!(listed(&rig, "").await["items"], json!([]));
    let metrics = rig.get("/metrics", "viewer").await.text().await.unwrap();
    for event in ["begun", "taken", "closed"] {
        let line = format!("usher_handoffs_total{{queue=\"care\",event=\"{event}\"}} 1");
        assert!(metrics.contains(&line), "{line}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let rig = Rig::new().await;
    let id = handed_over(&rig).await;
    let nobody = ContactId(uuid::Uuid::from_u128(9));
    for (token, path, body, status) in [
        ("agent", format!("{nobody}/take"), json!({}), 404),
        ("agent", "nonsense/take".to_owned(), json!({}), 404),
        ("agent", format!("{id}/sing"), json!({}), 404),
        ("agent", format!("{id}/release"), json!({}), 422),
        ("agent", format!("{id}/answer"), json!({}), 400),
        ("agent", format!("{id}/take"), json!({ "number": "other" }), 400),
        ("agent", format!("{id}/take"), json!({ "agent": "Mei" }), 403),
        ("analyst", format!("{id}/take"), json!({}), 403),
    ] {
        let answer = act(&rig, token, &path, body).await;
        assert_eq!(problem(answer).await.0, status, "{token} {path}");
    }
    let closed = act(&rig, "agent", &format!("{id}/close"), json!({})).await;
    assert_eq!(closed.status(), 200, "an untaken one is closed as well");
    assert_eq!(problem(act(&rig, "agent", &format!("{id}/close"), json!({})).await).await.0, 422);
}

/// What would be lost: an answer that an agent was told is sent. Numbers that agents count up are
/// theirs, and the same act comes again after a broken connection.
#[tokio::test]
async fn an_id_is_an_agents_own_for_one_act_in_one_conversation() {
    let rig = Rig::new().await;
    let id = handed_over(&rig).await;
    let one = json!({ "id": "1" });
    let took = act(&rig, "agent", &format!("{id}/take"), one.clone()).await;
    assert_eq!(took.status(), 200);
    let before = rig.store.inner.counts().await.unwrap().waiting;
    let said = json!({ "id": "1", "text": "Hello." });
    assert_eq!(act(&rig, "agent", &format!("{id}/answer"), said).await.status(), 200);
    assert_eq!(rig.store.inner.counts().await.unwrap().waiting, before + 1, "it is said");
    for _ in 0..2 {
        let closed = act(&rig, "agent", &format!("{id}/close"), one.clone()).await;
        assert_eq!(closed.status(), 200, "a repeat is no mistake");
        assert_eq!(closed.json::<Value>().await.unwrap()["owner"], "bot");
    }
    for (token, body) in [
        ("admin", json!({ "agent": " " })),
        ("admin", json!({ "agent": "x".repeat(101) })),
        ("admin", json!({ "agent": "K\u{0}im" })),
        ("agent", json!({ "id": "" })),
        ("agent", json!({ "id": "x".repeat(201) })),
    ] {
        let answer = act(&rig, token, &format!("{id}/take"), body.clone()).await;
        assert_eq!(problem(answer).await.0, 422, "{body}");
    }
    for query in ["?owner=foo", "?limit=abc"] {
        let answer = rig.get(&format!("/v1/conversations{query}"), "agent").await;
        assert_eq!(problem(answer).await.0, 400, "{query}");
    }
}
