//! Logs: JSON, a request's id on each of its lines, and nothing of any customer or any secret.

use crate::ECHO;
use crate::support::house::{
    ACCESS_TOKEN, APP_SECRET, House, Plan, Rules, VERIFY_TOKEN, signature,
};
use crate::support::wait::{PATIENCE, until};
use serde_json::{Value, json};

/// Each customer writes from a number, under a name, words that occur nowhere else.
const CUSTOMERS: [(&str, &str, &str); 3] = [
    ("351937654321", "Ottilie Nachtigall", "ping my marzipan mountain"),
    ("886955443322", "\u{738b}\u{5c0f}\u{96c5}", "\u{7d05}\u{8c46}\u{9905} ping"),
    ("PT.7301ZQ", "Zdenka", "quetzalcoatl parallelogram"),
];

const ADMIN_TOKEN: &str = "an-admin-token-of-the-tests";

/// Never to be found, beside the customers'.
const SECRETS: [&str; 6] =
    [ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN, ADMIN_TOKEN, "a-guessed-token", "a-guessed-word"];

/// What would be lost: the customers' trust, with everyone who may read logs reading along.
#[tokio::test(flavor = "multi_thread")]
async fn logs_hold_ids_and_no_words_numbers_names_or_secrets() {
    let rules = Rules::Text(ECHO);
    let server = "tokens = [{ name = \"ops\", role = \"admin\", \
                  token = { file = \"token.txt\" } }]";
    let plan = Plan { rules, server, log: Some("trace") };
    let house = House::planned_with(&plan, &[("token.txt", ADMIN_TOKEN)]).await;
    converse(&house).await;
    provoke(&house).await;
    let log = house.log();

    let lines: Vec<Value> = log
        .lines()
        // The daemon's one line for people.
        .filter(|line| !line.starts_with("usher listens"))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let ours = lines.iter().filter(|line| target(line).starts_with("usherd")).count();
    assert!(ours > 12, "the run proves nothing with {ours} lines of our own");
    for line in &lines {
        let text = line.to_string();
        for hidden in hidden() {
            assert!(!text.contains(&hidden), "`{hidden}` is in a line of the log: {text}");
        }
    }
    let of_request = |id: &str| lines.iter().filter(|line| line["span"]["request"] == id).count();
    assert!(of_request("traced-by-the-caller") >= 1, "no line carries the caller's id");
    let jobs = lines.iter().filter(|line| line["span"]["name"] == "job");
    let jobs: Vec<&Value> = jobs.collect();
    assert!(!jobs.is_empty(), "no line is about a job");
    for line in jobs {
        assert!(line["span"]["job"].is_string() && line["span"]["rule"].is_string(), "{line}");
    }
}

/// Customers write and are answered; one send fails for good.
async fn converse(house: &House) {
    let say = async |key: &str, name: &str, text: &str| {
        let who = format!("/sim/customers/{key}/say");
        house.tell_simulator(&who, &json!({ "name": name, "text": text })).await;
    };
    for (key, name, text) in CUSTOMERS {
        say(key, name, text).await;
    }
    until("the two who say `ping` are answered", PATIENCE, async || {
        let sent = house.ask_simulator("/sim/sent?after=0").await;
        (sent.as_array()?.len() >= 2).then_some(())
    })
    .await;
    house.set_faults(&json!({ "rate_limited": 1.0 })).await;
    let (key, name, text) = CUSTOMERS[0];
    say(key, name, text).await;
    until("a send is refused and logged", PATIENCE, async || {
        house.log().contains("\"name\":\"job\"").then_some(())
    })
    .await;
    house.set_faults(&json!({})).await;
}

/// Everything that is refused, with words in it.
async fn provoke(house: &House) {
    let [public, admin] = house.addresses();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (number, name, words) = CUSTOMERS[0];
    let body = json!({ "object": "whatsapp_business_account", "entry": [{
        "id": "100000000000001", "changes": [{ "field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "1", "phone_number_id": "900000000000001" },
            "contacts": [{ "profile": { "name": name }, "wa_id": number }],
            "messages": [{ "from": number, "type": words, "text": { "body": 1 } }],
        } }] }] });
    assert_eq!(house.webhook(&body.to_string()).await, 200, "kept as undecided");
    assert_eq!(house.webhook(&format!("{words} {number}")).await, 200, "no JSON at all");
    let unsigned = client.post(format!("{public}/webhook")).body(words).send();
    assert_eq!(unsigned.await.unwrap().status(), 401);
    let wrong = signature(words.as_bytes());
    let mis_signed = client.post(format!("{public}/webhook")).body(number);
    let mis_signed = mis_signed.header("x-hub-signature-256", wrong).send();
    assert_eq!(mis_signed.await.unwrap().status(), 401);
    for (token, status) in [(VERIFY_TOKEN, 200), ("a-guessed-word", 403)] {
        let query =
            [("hub.mode", "subscribe"), ("hub.challenge", "1"), ("hub.verify_token", token)];
        let asked = client.get(format!("{public}/webhook")).query(&query).send().await.unwrap();
        assert_eq!(asked.status(), status);
    }
    for (token, status) in [(ADMIN_TOKEN, 200), ("a-guessed-token", 401)] {
        let decide = client.post(format!("{admin}/v1/decide")).bearer_auth(token);
        let decide = decide.header("x-request-id", "traced-by-the-caller");
        let decide = decide.json(&json!({ "text": words })).send().await.unwrap();
        assert_eq!(decide.status(), status);
        assert_eq!(decide.headers()["x-request-id"], "traced-by-the-caller");
    }
    for path in [format!("/v1/events/{number}"), format!("/v1/{number}?text={name}")] {
        let nowhere = client.get(format!("{admin}{path}")).bearer_auth(ADMIN_TOKEN).send();
        let nowhere = nowhere.await.unwrap();
        assert_eq!(nowhere.status(), 404, "{path}");
        let id = nowhere.headers()["x-request-id"].to_str().unwrap().to_owned();
        let problem: Value = nowhere.json().await.unwrap();
        assert_eq!(problem["request_id"], id, "{problem}");
    }
    let asked = json!({ "text": words, "contact": number });
    let decide = client.post(format!("{admin}/v1/decide")).bearer_auth(ADMIN_TOKEN).json(&asked);
    assert_eq!(decide.send().await.unwrap().status(), 200);
}

/// Every word, name, number and secret, also as bytes print and as WhatsApp packs a number.
fn hidden() -> Vec<String> {
    let mut hidden: Vec<String> = SECRETS.map(str::to_owned).to_vec();
    for (key, name, text) in CUSTOMERS {
        hidden.push(key.trim_start_matches("PT.").to_owned());
        let words = name.split(' ').chain(text.split(' ')).filter(|word| *word != "ping");
        hidden.extend(words.filter(|word| word.len() > 3).map(str::to_owned));
    }
    hidden.push("wamid.".to_owned());
    hidden
}

fn target(line: &Value) -> &str {
    line["target"].as_str().unwrap_or_default()
}
