//! The simulator over real HTTP: what it refuses and accepts, what it reports, what goes wrong on
//! purpose, and that its oracle notices what should not be.

#[expect(dead_code, reason = "shared with the tests of what customers send")]
mod simulator_rig;

use serde_json::{Value, json};
use simulator_rig::{ANA, Rig};
use std::time::Duration;
use usherd::simulator::{ChatStatus, Faults, SimEvent};

#[tokio::test]
async fn requests_meta_would_refuse_are_refused_in_metas_shape() {
    let rig = Rig::start(Faults::default()).await;
    let good = json!({
        "messaging_product": "whatsapp", "to": "+351910000001", "type": "text",
        "text": { "body": "hello" },
    });
    let no_plus = json!({
        "messaging_product": "whatsapp", "to": "351910000001", "type": "text",
        "text": { "body": "hello" },
    });
    let receipt =
        json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.NO" });
    let (number, token) = (rig.number(), rig.token());
    for (number, token, body, http, code) in [
        (number, "wrong", &good, 401, 190),
        (number, "", &good, 401, 190),
        ("12345", token, &good, 400, 33),
        (number, token, &no_plus, 400, 100),
        (number, token, &receipt, 400, 131_009),
        (number, token, &json!({}), 400, 131_008),
    ] {
        let answer = rig.graph(number, token, body).await.unwrap();
        assert_eq!(answer.status().as_u16(), http, "{body}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["code"], code, "{body}");
        for part in ["message", "type", "fbtrace_id"] {
            assert!(answer["error"][part].is_string(), "{part} of {answer}");
        }
        assert!(answer["error"]["error_data"]["details"].is_string(), "{answer}");
    }
    let large = json!({ "x": "y".repeat(300 * 1024) });
    assert_eq!(rig.graph(number, token, &large).await.unwrap().status().as_u16(), 413);
    assert!(rig.simulator.sent(0).is_empty(), "nothing refused is accepted");
}

#[tokio::test]
async fn a_customers_message_comes_signed_and_its_answer_is_reported_step_by_step() {
    let mut rig = Rig::start(Faults::default()).await;
    let wamid = rig.say(ANA, "hello").await;
    let webhook = rig.webhook().await;
    assert!(webhook.signed, "the signature holds");
    let value = &webhook.body["entry"][0]["changes"][0]["value"];
    let bsuid = value["contacts"][0]["user_id"].as_str().unwrap().to_owned();
    assert_eq!(webhook.body["object"], "whatsapp_business_account");
    assert_eq!(value["metadata"]["phone_number_id"], rig.number());
    assert_eq!(value["contacts"][0]["wa_id"], ANA);
    assert_eq!(value["messages"][0]["from"], ANA);
    assert_eq!(value["messages"][0]["from_user_id"], bsuid);
    assert_eq!(value["messages"][0]["id"], wamid);
    assert_eq!(value["messages"][0]["text"]["body"], "hello");

    assert!(rig.read(&wamid).await.status().is_success());
    let answer: Value = rig.text(ANA, "hi", "job:1").await.unwrap().json().await.unwrap();
    assert_eq!(answer["contacts"][0], json!({ "input": format!("+{ANA}"), "wa_id": ANA }));
    let sent = answer["messages"][0]["id"].as_str().unwrap();
    let mut steps = Vec::new();
    for _ in 0..3 {
        let (status, value) = rig.status().await;
        steps.push(status["status"].as_str().unwrap().to_owned());
        assert_eq!(status["id"], sent);
        assert_eq!(status["recipient_id"], ANA);
        assert_eq!(status["recipient_user_id"], bsuid);
        assert_eq!(status["biz_opaque_callback_data"], "job:1");
        assert_eq!(value["contacts"][0], json!({ "wa_id": ANA, "user_id": bsuid }));
    }
    // Webhooks may overtake each other; nothing promises their order.
    steps.sort_unstable();
    assert_eq!(steps, ["delivered", "read", "sent"]);
    let chats: Value = rig.get("/sim/customers").await;
    let messages = &chats[0]["messages"];
    assert_eq!(
        (&messages[0]["from"], &messages[0]["status"]),
        (&"customer".into(), &"read".into())
    );
    assert_eq!(
        (&messages[1]["from"], &messages[1]["status"]),
        (&"business".into(), &"read".into())
    );
    let log: Value = rig.get("/sim/sent?after=0").await;
    assert_eq!(
        (&log[0]["n"], &log[0]["text"], &log[0]["callback"]),
        (&1.into(), &"hi".into(), &"job:1".into())
    );
    assert_eq!(rig.get("/sim/sent?after=1").await, json!([]));
}

#[tokio::test]
async fn a_customer_without_a_number_is_nowhere_known_by_one() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.say("PT.7301A", "hello").await;
    let webhook = rig.webhook().await;
    let value = &webhook.body["entry"][0]["changes"][0]["value"];
    assert_eq!(value["contacts"][0]["user_id"], "PT.7301A");
    assert!(value["contacts"][0]["profile"]["username"].is_string());
    assert!(value["contacts"][0].get("wa_id").is_none());
    assert!(value["messages"][0].get("from").is_none());
    let body = json!({
        "messaging_product": "whatsapp", "recipient": "PT.7301A", "type": "text",
        "text": { "body": "hi" },
    });
    let answer = rig.graph(rig.number(), rig.token(), &body).await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["contacts"][0], json!({ "input": "PT.7301A", "user_id": "PT.7301A" }));
    let (status, value) = rig.status().await;
    assert_eq!(status["recipient_user_id"], "PT.7301A");
    assert!(status.get("recipient_id").is_none());
    assert_eq!(value["contacts"][0], json!({ "user_id": "PT.7301A" }));
}

#[tokio::test]
async fn a_closed_window_and_a_stranger_fail_afterwards() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.say(ANA, "hello").await;
    rig.webhook().await;
    rig.advance(Duration::from_secs(24 * 3600));
    for (to, code) in [(ANA, 131_047), ("351910000099", 131_026)] {
        assert!(rig.text(to, "hi", "job:2").await.unwrap().status().is_success());
        let (status, value) = rig.status().await;
        assert_eq!(status["status"], "failed");
        assert_eq!(status["errors"][0]["code"], code);
        assert_eq!(status["biz_opaque_callback_data"], "job:2");
        assert!(status.get("recipient_user_id").is_none(), "{status}");
        assert!(value.get("contacts").is_none(), "{value}");
    }
}

#[tokio::test]
async fn a_webhook_comes_again_the_same_until_it_is_answered_200() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.answer_next_with(&[503, 500, 201]);
    rig.say(ANA, "hello").await;
    let first = rig.webhook().await;
    for answered in [500, 201, 200] {
        let again = rig.webhook().await;
        assert_eq!((&again.raw, again.signed), (&first.raw, true), "then {answered}");
    }
    let mut live = rig.simulator.watch();
    let next = rig.say(ANA, "next").await;
    rig.webhook().await;
    // Once the chat shows it delivered, nothing of it comes any more.
    loop {
        if let SimEvent::Status { wamid, status: ChatStatus::Delivered, .. } =
            live.recv().await.unwrap()
            && wamid.as_str() == next
        {
            break;
        }
    }
    assert_eq!(rig.waiting_webhooks(), 0);
}

#[tokio::test]
async fn every_fault_of_a_send_looks_as_it_should() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.say(ANA, "hello").await;
    rig.webhook().await;
    let mut accepted = 0;
    for (fault, http, takes) in [
        ("rate_limited", Some(&[429_u16][..]), false),
        ("server_error", Some(&[500, 502][..]), false),
        ("reset", None, false),
        ("timeout", None, false),
        ("hidden", None, true),
    ] {
        for _ in 0..4 {
            rig.set_faults(&json!({ "once": { fault: 1 } })).await;
            let answer = rig.text(ANA, "hi", "job:3").await;
            match (answer, http) {
                (Ok(answer), Some(codes)) => {
                    assert!(codes.contains(&answer.status().as_u16()), "{fault}");
                }
                (Err(_), None) => {}
                (answer, _) => panic!("{fault}: {answer:?}"),
            }
            accepted += usize::from(takes);
            assert_eq!(rig.simulator.sent(0).len(), accepted, "{fault}");
        }
    }
    assert!(rig.simulator.sent(0).iter().all(|sent| sent.hidden));
    let report: Value = rig.get("/sim/report").await;
    for fault in ["rate_limited", "server_error", "reset", "timeout", "hidden"] {
        assert_eq!(report["faults"][fault], 4, "{report}");
    }
    assert_eq!(report["hidden"], 4);
    let (status, _) = rig.status().await;
    assert_eq!(status["biz_opaque_callback_data"], "job:3", "a hidden message still has statuses");
}

#[tokio::test]
async fn a_lost_status_never_comes() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.say(ANA, "hello").await;
    rig.webhook().await;
    rig.set_faults(&json!({ "once": { "lost_status": 1 } })).await;
    rig.text(ANA, "one", "job:lost").await.unwrap();
    rig.text(ANA, "two", "job:kept").await.unwrap();
    for _ in 0..3 {
        assert_eq!(rig.status().await.0["biz_opaque_callback_data"], "job:kept");
    }
}

#[tokio::test]
async fn webhooks_come_twice_and_late_where_asked() {
    let faults = Faults { duplicates: 1.0, reorder: 1.0, ..Faults::default() };
    let mut rig = Rig::start(faults).await;
    rig.say(ANA, "hello").await;
    let first = rig.webhook().await;
    assert_eq!(rig.webhook().await.raw, first.raw);
    let report: Value = rig.get("/sim/report").await;
    assert_eq!(
        (&report["faults"]["duplicates"], &report["faults"]["reorder"]),
        (&1.into(), &1.into())
    );
}

#[tokio::test]
async fn nonsense_on_the_control_paths_is_refused_with_a_reason() {
    let rig = Rig::start(Faults::default()).await;
    for (method, path, body) in [
        ("PUT", "/sim/faults", json!({ "hidden": 2.0 })),
        ("PUT", "/sim/faults", json!({ "hiden": 0.1 })),
        ("POST", "/sim/load", json!({ "messages": 0 })),
        ("POST", "/sim/load", json!({ "text": "no number" })),
        ("POST", "/sim/customers/Ana/say", json!({ "text": "hello" })),
        ("POST", "/sim/customers/351910000001/say", json!({ "text": " " })),
        ("POST", "/sim/customers/351910000001/say", json!({ "txt": "hello" })),
        ("POST", "/sim/nowhere", json!({})),
    ] {
        let answer = rig.control(method, path, &body).await;
        assert!(answer.status().is_client_error(), "{path} {body}: {}", answer.status());
        let problem: Value = answer.json().await.unwrap();
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    }
}

#[tokio::test]
async fn a_load_is_taken_whole_and_judged_well_when_every_message_is_answered() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.answer_next_with(&[503, 503, 503]);
    rig.load(&json!({ "messages": 60, "rate": 2000.0, "customers": 12, "duplicates": 0.3,
        "shuffle": true, "seed": 7 }))
        .await;
    let mut versions = std::collections::HashMap::<String, u64>::new();
    let mut seen = std::collections::HashSet::new();
    while seen.len() < 60 {
        let webhook = rig.webhook().await;
        let Some(message) = webhook.message().filter(|_| webhook.answered == 200) else { continue };
        if !seen.insert(message.wamid.clone()) {
            continue;
        }
        let version = versions.entry(message.user_id.clone()).or_default();
        *version += 1;
        rig.answer(&message, &Rig::job(*version)).await;
    }
    let report = rig.report_when_done().await;
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!((&report["messages"], &report["answered"]), (&60.into(), &60.into()));
    assert!(report["duplicates"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(report["retries"], 3, "{report}");
}

#[tokio::test]
async fn the_oracle_notices_a_missing_a_double_and_a_disordered_answer() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.load(&json!({ "messages": 4, "rate": 2000.0, "customers": 1 })).await;
    let mut messages = Vec::new();
    while messages.len() < 4 {
        messages.extend(rig.webhook().await.message());
    }
    messages.sort_by_key(|message| message.n());
    // 1 is forgotten, 2 answered twice, 4 leaves before 3.
    for (index, version) in [(1, 1), (1, 1), (3, 3), (2, 2)] {
        rig.answer(&messages[index], &Rig::job(version)).await;
    }
    let report = rig.report_when_done().await;
    assert_eq!(report["unanswered"], json!([1]));
    assert_eq!(report["answered_twice"], json!([2]));
    assert_eq!(report["out_of_order"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["ok"], false);
}

#[tokio::test]
async fn a_load_survives_a_webhook_that_is_down_for_a_while() {
    let mut rig = Rig::start(Faults::default()).await;
    rig.webhook_goes_down().await;
    rig.load(&json!({ "messages": 5, "rate": 1000.0, "customers": 5 })).await;
    while rig.get("/sim/load").await["retries"].as_u64().unwrap() < 10 {
        tokio::task::yield_now().await;
    }
    rig.webhook_comes_back().await;
    let mut seen = std::collections::HashSet::new();
    while seen.len() < 5 {
        seen.extend(rig.webhook().await.message().map(|message| message.wamid));
    }
    assert_eq!(rig.report_when_done().await["acknowledged"], 5);
}
