//! What the business's systems call: everything wrong is told at once, and a call counts once.

use super::{NUMBER, Rig, message, problem};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usherd::model::{Alias, ConsentAct, Content, Effect, NumberId, Purpose, Recipient};
use usherd::store::{Claimed, Resolved, Store, Terms};

const RULES: &str = r#"
[language]
default = "en"
[fields]
size = { type = "choice", of = ["S", "M"] }
secret = { type = "text", private = true }
age = { type = "number" }
[[template]]
id = "order_confirmation"
category = "utility"
languages = ["en", "ko"]
params = ["name", "order_no"]
[event."order.confirmed"]
data = { order_no = "text", total = "number?", day = "date?", hour = "time?", gift = "yes_no?" }
[event."parcel.left"]
data = { order_no = "text" }
[[notify]]
id = "order-confirmed"
on = "order.confirmed"
template = "order_confirmation"
params = { name = "{{ contact.name | default('you') }}", order_no = "{{ event.order_no }}" }
[[consent.tier]]
id = "transactional"
allows = ["service", "utility", "authentication"]
[[consent.tier]]
id = "offers"
allows = ["service", "utility", "authentication", "marketing"]
whole = ["subscribe"]
ask.text = "Reply YES to get offers from Rose & Co."
version = "2026-11"
[consent]
sender = "Rose & Co"
[[reply]]
id = "hello"
words = ["hello"]
text = "Hi"
"#;

fn order(id: &str, phone: &str) -> Value {
    json!({ "id": id, "type": "order.confirmed", "contact": { "phone": phone },
            "data": { "order_no": "A-17" } })
}

async fn post(rig: &Rig, path: &str, body: &Value) -> (u16, Value) {
    let request = rig.ask(Method::POST, path).bearer_auth("events").json(body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// What waits to be sent.
async fn waiting(rig: &Rig) -> Vec<Effect> {
    let claimed = rig.store.inner.claim(super::NOW, 100, &Terms::default()).await.unwrap();
    let effect = |claimed| match claimed {
        Claimed::Send(job) => job.effect,
        other => panic!("{other:?}"),
    };
    claimed.into_iter().map(effect).collect()
}

/// What would be lost: a customer told three times, because a system was not sure and called again.
#[tokio::test]
async fn an_event_posted_three_times_is_one_message() {
    let rig = Rig::by(RULES).await;
    let body = order("o-17", "+82 10-1234-5678");
    let (status, first) = post(&rig, "/v1/events", &body).await;
    assert_eq!((status, &first["decided"]), (202, &json!("won order-confirmed")), "{first}");
    assert_eq!((&first["messages"], &first["id"]), (&json!(1), &json!("o-17")));
    for _ in 0..2 {
        assert_eq!(post(&rig, "/v1/events", &body).await, (200, first.clone()));
    }
    let sent = waiting(&rig).await;
    let [Effect::Send { to, content: Content::Template { name, language, params }, .. }] =
        sent.as_slice()
    else {
        panic!("{sent:?}")
    };
    assert_eq!(*to, Recipient::Phone("821012345678".to_owned()));
    assert_eq!((name.as_str(), language.as_str()), ("order_confirmation", "en"));
    let values: Vec<&str> = params.iter().map(|param| param.text.as_str()).collect();
    assert_eq!(values, ["you", "A-17"]);
}

#[tokio::test]
async fn all_that_is_wrong_with_an_event_is_told_at_once() {
    let rig = Rig::by(RULES).await;
    let with = |key: &str, value: Value| {
        let mut body = order("o-1", "+821012345678");
        body[key] = value;
        body
    };
    let data = |value: Value| with("data", value);
    let contact = |value: Value| with("contact", value);
    for (body, wrong) in [
        (json!({}), vec!["`id` is missing", "`type` is missing", "`contact` is missing"]),
        (with("id", json!("")), vec!["`id` is empty"]),
        (with("id", json!(7)), vec!["`id` is no text"]),
        (with("id", json!("x".repeat(201))), vec!["more than 200 bytes"]),
        (with("id", json!("a\nb")), vec!["control characters"]),
        (with("typ", json!("x")), vec!["unknown key `typ`: did you mean `type`?"]),
        (with("type", json!("order.confirmd")), vec!["did you mean `order.confirmed`?"]),
        (with("type", json!("x")), vec!["no event of this `type` is declared"]),
        (data(json!(null)), vec!["data: `order_no` is missing: a text"]),
        (data(json!([])), vec!["`data` is no object"]),
        (data(json!({ "order_no": " " })), vec!["data: `order_no` is empty"]),
        (data(json!({ "order_no": 17 })), vec!["data: `order_no` must be a text"]),
        (data(json!({ "order_no": "x".repeat(4097) })), vec!["`order_no` has more than 4096"]),
        (
            data(json!({ "order_no": "1", "total": "many", "day": "1.3.2026", "hour": "noon",
                         "gift": "maybe", "order_nr": 1 })),
            vec![
                "data: `total` must be a number",
                "data: `day` must be a day",
                "data: `hour` must be a time",
                "data: `gift` must be true or false",
                "data: unknown key `order_nr`: did you mean `order_no`?",
            ],
        ),
        (contact(json!("+821012345678")), vec!["`contact` is no object"]),
        (contact(json!({})), vec!["contact: no address"]),
        (contact(json!({ "name": "Jin" })), vec!["contact: no address"]),
        (
            contact(json!({ "phone": "+821012345678", "bsuid": "KR.1" })),
            vec!["contact: one of `id`, `bsuid`, `wa_id`, `phone` is enough"],
        ),
        (contact(json!({ "phone": "12" })), vec!["contact: `phone` is no phone number"]),
        (contact(json!({ "phone": "call +821012345678" })), vec!["contact: `phone` is no phone"]),
        (contact(json!({ "bsuid": "x" })), vec!["contact: `bsuid` is none"]),
        (contact(json!({ "id": "x" })), vec!["contact: `id` is no id"]),
        (
            contact(json!({ "id": "01900000000070008000000000000000" })),
            vec!["contact: no contact has this `id`"],
        ),
        (
            contact(json!({ "wa_id": "821", "zone": "Seoul", "language": "korean!" })),
            vec!["contact: `zone` is no time zone", "contact: `language` is no language"],
        ),
        (with("number", json!("shop")), vec!["`number` is none of ours"]),
        (with("at", json!("yesterday")), vec!["`at` is no instant"]),
        (with("at", json!("2036-01-01T00:00:00Z")), vec!["`at` lies in the future"]),
        (with("at", json!("2016-01-01T00:00:00Z")), vec!["`at` is more than 7 days ago"]),
    ] {
        let request = rig.ask(Method::POST, "/v1/events").bearer_auth("events").json(&body);
        let (status, detail) = problem(request.send().await.unwrap()).await;
        assert_eq!(status, 422, "{body}: {detail}");
        for wrong in wrong {
            assert!(detail.contains(wrong), "{body}: no `{wrong}` in: {detail}");
        }
    }
    assert_eq!(rig.store.inner.counts().await.unwrap().journal, 0, "nothing was kept");
    for body in ["", "[]", "{"] {
        let request = rig.ask(Method::POST, "/v1/events").bearer_auth("events").body(body);
        assert_eq!(problem(request.send().await.unwrap()).await.0, 400, "{body}");
    }
    for (token, expected) in [("viewer", 403), ("agent", 403), ("nonsense", 401)] {
        let request = rig.ask(Method::POST, "/v1/events").bearer_auth(token).body("{}");
        assert_eq!(problem(request.send().await.unwrap()).await.0, expected, "{token}");
    }
}

/// What would be lost: the proof of where a contact and what it allows come from.
#[tokio::test]
async fn whom_nobody_knows_begins_at_the_default_tier_and_the_ledger_says_by_whom() {
    let rig = Rig::by(RULES).await;
    let (status, told) = post(&rig, "/v1/events", &order("o-1", "+82 10-1234-5678")).await;
    assert_eq!(status, 202, "{told}");
    let address = [Alias::WaId("821012345678".to_owned())];
    let found = rig.store.inner.resolve(&address, &NumberId::from(NUMBER)).await.unwrap();
    let Resolved::Known(state) = found else { panic!("{told}") };
    assert_eq!(json!(state.contact.id), told["contact"]);
    assert_eq!(state.contact.consent.tier, "transactional");
    let lines = rig.store.inner.ledger(state.contact.id, 0, 100).await.unwrap();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(
        (line.act, line.tier.as_str(), line.source.as_str(), line.by.as_deref()),
        (ConsentAct::Created, "transactional", "api", Some("the events"))
    );
    post(&rig, "/v1/events", &order("o-2", "+82 10-1234-5678")).await;
    assert_eq!(rig.store.inner.ledger(state.contact.id, 0, 100).await.unwrap(), lines);
}

/// A number given by a system and the customer who writes from it are one contact.
#[tokio::test]
async fn a_phone_number_finds_who_wrote_and_the_other_way_round() {
    let rig = Rig::by(RULES).await;
    rig.hook("new secret", message("wamid.1", "hello")).await;
    let (status, told) = post(&rig, "/v1/events", &order("o-1", "+82 10 0000 0001")).await;
    assert_eq!(status, 202, "{told}");
    let id = |name: &str| vec![Alias::WaId(name.to_owned())];
    let Resolved::Known(wrote) =
        rig.store.inner.resolve(&id("821000000001"), &NUMBER.into()).await.unwrap()
    else {
        panic!("nobody wrote")
    };
    assert_eq!(told["contact"], json!(wrote.contact.id));
    assert_eq!(wrote.contact.name.as_deref(), Some("Jin"));

    let named =
        json!({ "phone": "+351910000007", "name": "Ana", "language": "ko", "zone": "Asia/Seoul" });
    let mut body = order("o-2", "");
    body["contact"] = named;
    let (_, told) = post(&rig, "/v1/events", &body).await;
    let by_wa_id = json!({ "id": "o-3", "type": "parcel.left", "contact": { "wa_id": "351910000007" },
                           "data": { "order_no": "1" } });
    let (status, again) = post(&rig, "/v1/events", &by_wa_id).await;
    assert_eq!((status, &again["decided"]), (202, &json!("silent no_notify")));
    assert_eq!(again["contact"], told["contact"]);
    let by_id = json!({ "id": "o-4", "type": "parcel.left", "data": { "order_no": "1" },
                        "contact": { "id": told["contact"] } });
    assert_eq!(post(&rig, "/v1/events", &by_id).await.1["contact"], told["contact"]);
    let ana = rig.store.inner.resolve(&id("351910000007"), &NUMBER.into()).await.unwrap();
    let Resolved::Known(ana) = ana else { panic!("{ana:?}") };
    assert_eq!(ana.contact.language.as_deref(), Some("ko"));
    assert_eq!(ana.contact.zone.as_deref(), Some("Asia/Seoul"));
}

#[tokio::test]
async fn a_message_is_a_text_inside_the_window_and_its_template_outside() {
    let rig = Rig::by(RULES).await;
    let message_of = |id: &str, more: Value| {
        let mut body = json!({ "id": id, "contact": { "phone": "+821000000001" } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let filled = json!({ "name": "Jin", "order_no": "7" });
    for (more, wrong) in [
        (json!({}), "nothing to send"),
        (json!({ "text": "" }), "`text` is empty"),
        (json!({ "text": "x".repeat(4097) }), "more than 4096 characters"),
        (json!({ "template": "order" }), "no such `template` is declared"),
        (json!({ "template": "order_confirmation" }), "params: `name` is missing"),
        (
            json!({ "template": "order_confirmation", "params": { "nam": "x", "name": "x", "order_no": "1" } }),
            "params: unknown key `nam`",
        ),
        (json!({ "text": "x", "params": {} }), "`params` goes with a `template`"),
        (json!({ "text": "x", "purpose": "fun" }), "there is no such `purpose`"),
    ] {
        let (status, told) = post(&rig, "/v1/messages", &message_of("m-0", more.clone())).await;
        assert_eq!(status, 422, "{more}");
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.contains(wrong), "{more}: no `{wrong}` in: {detail}");
    }
    let told = post(&rig, "/v1/messages", &message_of("m-1", json!({ "text": "Hello" }))).await.1;
    assert_eq!(told["decided"], "silent window_closed", "they never wrote");
    let both = json!({ "text": "Hello", "template": "order_confirmation", "params": filled });
    let told = post(&rig, "/v1/messages", &message_of("m-2", both.clone())).await.1;
    assert_eq!(told["decided"], "won api");
    let ad = json!({ "template": "order_confirmation", "params": filled, "purpose": "marketing" });
    let told = post(&rig, "/v1/messages", &message_of("m-3", ad)).await.1;
    assert_eq!((&told["decided"], &told["messages"]), (&json!("silent below_tier"), &json!(0)));
    let sent = waiting(&rig).await;
    assert!(
        matches!(sent.as_slice(), [Effect::Send { content: Content::Template { .. }, .. }]),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_contact_is_shown_and_changed() {
    let rig = Rig::by(RULES).await;
    for scope in ["rule:order-confirmed", "rule:api"] {
        let pause = rig.ask(Method::POST, "/v1/pauses").bearer_auth("admin");
        let paused = pause.json(&json!({ "scope": scope })).send().await.unwrap();
        assert_eq!(paused.status(), StatusCode::OK, "{scope}");
    }
    rig.hook("new secret", message("wamid.1", "hello")).await;
    let patch = |body: Value| {
        let request = rig.ask(Method::PATCH, "/v1/contacts/821000000001").bearer_auth("events");
        request.json(&body).send()
    };
    for (body, wrong) in [
        (json!({ "fields": { "size": "XL" } }), "fields: `size` must be one of"),
        (json!({ "fields": { "age": "old" } }), "fields: `age` must be a number"),
        (json!({ "fields": { "sise": "S" } }), "fields: unknown key `sise`: did you mean `size`?"),
        (json!({ "tag": "vip" }), "`tag` is a list of texts"),
        (json!({ "consent": { "tier": "marketing" } }), "consent: there is no tier `marketing`"),
        (json!({ "consent": { "tier": "offers" } }), "`source`, `at`, `version` missing"),
        (json!({ "consent": { "stop": "some" } }), "consent: `stop` is `marketing` or `all`"),
        (json!({ "consent": {} }), "consent: nothing to change"),
        (json!({ "consent": { "tire": "offers" } }), "did you mean `tier`?"),
        (json!({ "zone": "Mars" }), "`zone` is no time zone"),
    ] {
        let (status, detail) = problem(patch(body.clone()).await.unwrap()).await;
        assert_eq!(status, 422, "{body}");
        assert!(detail.contains(wrong), "{body}: no `{wrong}` in: {detail}");
    }
    let fields = json!({ "size": "M", "secret": "hush", "age": 42 });
    let body = json!({ "id": "p-1", "name": "Other", "zone": "Asia/Seoul", "tag": ["vip"], "fields": fields });
    let answer = patch(body.clone()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(patch(body).await.unwrap().status(), StatusCode::OK, "the same call again");
    let show = async |token: &str| -> Value {
        rig.get("/v1/contacts/821000000001", token).await.json().await.unwrap()
    };
    let shown = show("analyst").await;
    assert_eq!(shown["name"], "Jin", "what WhatsApp said stays");
    assert_eq!((&shown["zone"], &shown["tags"]), (&json!("Asia/Seoul"), &json!(["vip"])));
    assert_eq!(shown["fields"], json!({ "size": "M", "secret": "********", "age": "42" }));
    assert_eq!(shown["conversations"][0]["number"], NUMBER);
    assert_eq!(show("admin").await["fields"]["secret"], "hush");
    let answer = patch(json!({ "untag": ["vip"], "fields": { "age": null } })).await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let shown = show("analyst").await;
    assert_eq!((&shown["tags"], &shown["fields"]["age"]), (&json!([]), &json!(null)));
    assert_eq!(problem(rig.get("/v1/contacts/821000000001", "events").await).await.0, 403);
    assert_eq!(problem(rig.get("/v1/contacts/999", "analyst").await).await.0, 404);
}

/// What would be lost: the law. A system may always lower what a customer allows, raises it only with
/// proof, and never takes back the customer's own stop.
#[tokio::test]
async fn consent_is_lowered_at_once_and_raised_with_proof() {
    let rig = Rig::by(RULES).await;
    rig.hook("new secret", message("wamid.1", "subscribe")).await;
    let patch = async |body: &Value| {
        let request = rig.ask(Method::PATCH, "/v1/contacts/821000000001").bearer_auth("events");
        let response = request.json(body).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let known = async || {
        let address = [Alias::WaId("821000000001".to_owned())];
        let found = rig.store.inner.resolve(&address, &NumberId::from(NUMBER)).await.unwrap();
        let Resolved::Known(state) = found else { panic!("the customer is not known") };
        state
    };
    assert!(known().await.conversation.consent_asked.is_some(), "the question is open");
    let proven = json!({ "id": "c-1", "tag": ["web"], "consent": {
        "tier": "offers", "source": "web form", "at": "2026-02-20T00:00:00Z", "version": "2026-11"
    } });
    assert_eq!(patch(&proven).await.0, 202);
    assert_eq!(known().await.contact.consent.tier, "offers");
    assert_eq!(patch(&json!({ "consent": { "tier": "transactional" } })).await.0, 202);
    let now = known().await;
    assert_eq!(now.contact.consent.tier, "transactional");
    assert!(now.conversation.consent_asked.is_none(), "a yes after this grants nothing");
    assert_eq!(patch(&json!({ "consent": { "stop": "marketing" } })).await.0, 202);
    // Their stop is theirs; what was called before is answered as it was.
    let again = json!({ "id": "c-2", "tag": ["later"], "consent": proven["consent"] });
    let (status, told) = patch(&again).await;
    assert_eq!(status, 422);
    assert!(told.to_string().contains("only their own words take it back"), "{told}");
    assert_eq!(patch(&proven).await.0, 200);
    let now = known().await;
    assert_eq!(now.contact.consent.stopped, [Purpose::Marketing]);
    assert_eq!(now.contact.tags.iter().collect::<Vec<_>>(), ["web"]);
    let lines = rig.store.inner.ledger(now.contact.id, 0, 100).await.unwrap();
    let lines: Vec<_> = lines.iter().map(|one| (one.act, one.source.as_str())).collect();
    assert_eq!(
        lines[lines.len() - 3..],
        [
            (ConsentAct::Raised, "web form"),
            (ConsentAct::Lowered, "api"),
            (ConsentAct::Lowered, "api")
        ]
    );
}

/// What would be lost: a stop that was answered 200, because something else changed in the same
/// millisecond.
#[tokio::test]
async fn calls_without_an_id_are_each_one_of_their_own() {
    let rig = Rig::by(RULES).await;
    rig.hook("new secret", message("wamid.1", "hello")).await;
    let tags: Vec<String> = (0..40).map(|one| format!("t{one}")).collect();
    let calls = tags.iter().map(|tag| {
        let request = rig.ask(Method::PATCH, "/v1/contacts/821000000001").bearer_auth("events");
        request.json(&json!({ "tag": [tag] })).send()
    });
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.unwrap().status(), StatusCode::ACCEPTED);
    }
    let shown: Value = rig.get("/v1/contacts/821000000001", "analyst").await.json().await.unwrap();
    assert_eq!(shown["tags"].as_array().unwrap().len(), 40, "{shown}");
}

/// What would be lost: the law. Whoever opts out elsewhere before they ever wrote is not advertised
/// to when a system names them first.
#[tokio::test]
async fn a_stop_of_somebody_unknown_is_kept() {
    let rig = Rig::by(RULES).await;
    let patch = async |id: &str, body: Value| {
        let request = rig.ask(Method::PATCH, &format!("/v1/contacts/{id}")).bearer_auth("events");
        request.json(&body).send().await.unwrap().status().as_u16()
    };
    let stop = json!({ "consent": { "stop": "all" } });
    for nobody in ["999", "0821000000009", "nobody", "KR."] {
        assert_eq!(patch(nobody, stop.clone()).await, 404, "{nobody}");
    }
    assert_eq!(patch("821000000009", json!({ "tag": ["vip"] })).await, 404);
    assert_eq!(patch("821000000009", stop).await, 202);
    let (status, told) = post(&rig, "/v1/events", &order("o-9", "+82 10 0000 0009")).await;
    assert_eq!((status, &told["messages"]), (202, &json!(0)), "{told}");
}

/// What would be lost: the first answer. It is in the store, so neither a long journal nor rules that
/// have changed since stand in its way.
#[tokio::test]
async fn the_first_answer_is_given_again_whatever_is_wrong_with_the_call_now() {
    let rig = Rig::by(RULES).await;
    let (status, first) = post(&rig, "/v1/events", &order("o-1", "+82 10 0000 0001")).await;
    assert_eq!(status, 202);
    let last = rig.store.inner.journal(0, 1_000).await.unwrap().last().unwrap().0;
    rig.store.inner.journal_drained(last).await.unwrap();
    let gone = json!({ "id": "o-1", "type": "order.gone" });
    assert_eq!(post(&rig, "/v1/events", &gone).await, (200, first));
}

/// What would be lost: the law. Whoever said no is not enrolled by a form they filled in before.
#[tokio::test]
async fn an_agreement_from_before_a_no_proves_nothing() {
    let rig = Rig::by(RULES).await;
    rig.hook("new secret", message("wamid.1", "hello")).await;
    let patch = async |consent: Value| {
        let request = rig.ask(Method::PATCH, "/v1/contacts/821000000001").bearer_auth("events");
        let response = request.json(&json!({ "consent": consent })).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let agreed = |at: &str| json!({ "tier": "offers", "source": "web form", "at": at, "version": "2026-11" });
    let before = "2026-02-20T00:00:00Z";
    assert_eq!(patch(agreed(before)).await.0, 202);
    assert_eq!(patch(json!({ "tier": "transactional" })).await.0, 202);
    let (status, why) = patch(agreed(before)).await;
    assert_eq!(status, 422);
    assert!(why.contains("agree anew"), "{why}");
}
