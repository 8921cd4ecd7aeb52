//! Every kind of message, both ways, is drawn, and what can be tapped sends its tap. The shop's
//! messages come straight over the Cloud API of the simulator. Leaves `target/screenshots/kinds-*`.

use crate::browser::Browser;
use crate::page::{bubbles, choose, picture};
use crate::wait::{PATIENCE, until};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usherd::clock::SystemClock;
use usherd::metrics::Metrics;
use usherd::model::{ContactId, Timestamp};
use usherd::reload::{self, Reloader, Setup, Watch};
use usherd::rules::Settings as RuleSettings;
use usherd::server::chat;
use usherd::simulator::{Settings, Simulator, serve};
use usherd::store::memory::Memory;
use usherd::turn::Turn;
use uuid::Uuid;

const ALEX: &str = "14155550101";

/// The page over a simulator whose webhooks come here.
struct Stage {
    page: String,
    graph: String,
    simulator: Arc<Simulator>,
    http: reqwest::Client,
    webhooks: mpsc::Receiver<Value>,
    dir: tempfile::TempDir,
    _running: JoinSet<()>,
}

impl Stage {
    async fn start() -> Stage {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("rules")).unwrap();
        let rules = dir.path().join("rules/shop.toml");
        std::fs::write(rules, "[[fallback]]\nmisses = 1\ntext = \"?\"\n").unwrap();
        let (send, webhooks) = mpsc::channel(1_000);
        let take = move |body: Bytes| {
            let send = send.clone();
            async move { send.send(serde_json::from_slice(&body).unwrap()).await.unwrap() }
        };
        let (hook, graph, page) = (listen().await, listen().await, listen().await);
        let clock = Arc::new(SystemClock);
        let address = format!("http://{}/webhook", hook.local_addr().unwrap());
        let settings =
            Settings { status_delay: Duration::from_millis(20), ..Settings::new(address, clock) };
        let simulator = Simulator::new(settings);
        let addresses = [&graph, &page].map(|one| format!("http://{}", one.local_addr().unwrap()));
        let mut running = JoinSet::new();
        let router = Router::new().route("/webhook", post(take));
        running.spawn(async move { axum::serve(hook, router).await.unwrap() });
        running.spawn(serve(Arc::clone(&simulator), graph, CancellationToken::new()));
        let router = chat::routes(stage(dir.path(), Arc::clone(&simulator), &mut running));
        running.spawn(async move { axum::serve(page, router).await.unwrap() });
        let [graph, page] = addresses;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Stage { page, graph, simulator, http, webhooks, dir, _running: running }
    }

    /// The shop sends this to Alex; gives the message's id.
    async fn send(&self, content: Value) -> String {
        let mut body = json!({
            "messaging_product": "whatsapp", "recipient_type": "individual",
            "to": format!("+{ALEX}"),
        });
        body.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        let path = format!("{}/v25.0/{}/messages", self.graph, Settings::NUMBER);
        let token = self.simulator.settings().access_token.expose_secret();
        let answer = self.http.post(path).bearer_auth(token).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let id = answer["messages"][0]["id"].as_str();
        id.unwrap_or_else(|| panic!("{body} is refused: {answer}")).to_owned()
    }

    /// The next message of a customer's, as usher would get it.
    async fn heard(&mut self) -> Value {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.webhooks.recv()).await;
            let value = &next.unwrap().unwrap()["entry"][0]["changes"][0]["value"];
            for field in ["messages", "calls"] {
                if let Some(message) = value.get(field) {
                    return message[0].clone();
                }
            }
        }
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn stage(
    dir: &std::path::Path,
    simulator: Arc<Simulator>,
    running: &mut JoinSet<()>,
) -> chat::Stage {
    let folder = dir.join("rules");
    let settings = RuleSettings::default();
    let setup = Setup {
        folder: folder.clone(),
        data: dir.join("data"),
        settings: settings.clone(),
        last_good: None,
        watch: Watch::Events,
    };
    let start = reload::start(&setup).unwrap();
    let new_id = |at: Timestamp| ContactId(Uuid::from_u128(at.millis().unsigned_abs().into()));
    let (store, clock) = (Arc::new(Memory::new()), Arc::new(SystemClock));
    let metrics = Arc::new(Metrics::default());
    let turn = Arc::new(Turn::new(store, Arc::clone(&start.rules), clock, new_id, metrics));
    let (reloader, runner) = Reloader::new(setup, start, Arc::clone(&turn));
    running.spawn(runner.run(CancellationToken::new()));
    let editing = Some(chat::Editing::new(folder, settings));
    chat::Stage { simulator, turn, reloader, editing, passing: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_is_drawn_and_what_is_tapped_is_sent() {
    let mut stage = Stage::start().await;
    let browser = Browser::start(stage.dir.path()).await;
    browser.open(&format!("{}/chat", stage.page)).await;
    choose(&browser, ALEX).await;

    // What a customer sends, by the menu beside the message.
    for (item, kind) in [
        ("image", "image"),
        ("voice", "audio"),
        ("document", "document"),
        ("location", "location"),
        ("contacts", "contacts"),
        ("sticker", "sticker"),
        ("video", "video"),
        ("audio", "audio"),
    ] {
        browser.click("#attach").await;
        browser.click(&format!("#attachments [data-kind='{item}']")).await;
        let message = stage.heard().await;
        assert_eq!(message["type"], kind, "{item}");
        assert_eq!(message["audio"]["voice"] == true, item == "voice");
    }
    browser.click("#attach").await;
    browser.click("#attachments [data-kind='call']").await;
    assert_eq!(stage.heard().await["event"], "connect");
    all_loaded(&browser, "img.picture").await;
    browser.save_picture(&picture("kinds-customer.png")).await;

    // What the shop sends.
    let buttons = stage
        .send(json!({"type": "interactive", "interactive": {
            "type": "button", "header": {"type": "text", "text": "Table for two"},
            "body": {"text": "Shall we keep it?"}, "footer": {"text": "Until 18:00"},
            "action": {"buttons": [
                {"type": "reply", "reply": {"id": "keep", "title": "Keep it"}},
                {"type": "reply", "reply": {"id": "drop", "title": "Let it go"}},
            ]},
        }}))
        .await;
    let list = stage
        .send(json!({"type": "interactive", "interactive": {
            "type": "list", "body": {"text": "Pick a slot"},
            "action": {"button": "Slots", "sections": [
                {"title": "Monday", "rows": [
                    {"id": "m9", "title": "09:00", "description": "Room 2"},
                    {"id": "m10", "title": "10:00"},
                ]},
                {"title": "Tuesday", "rows": [{"id": "t9", "title": "09:00"}]},
            ]},
        }}))
        .await;
    for content in [
        json!({"type": "image", "image": {"link": "https://shop.example/menu.jpg", "caption": "Our menu"}}),
        json!({"type": "location", "location": {"latitude": 25.0338, "longitude": 121.5645, "name": "Shop", "address": "Xinyi Rd. 7"}}),
        json!({"type": "template", "template": {"name": "order_ready", "language": {"code": "en"},
            "components": [{"type": "body", "parameters": [{"type": "text", "parameter_name": "name", "text": "Alex"}]}]}}),
        json!({"type": "reaction", "reaction": {"message_id": first_of(&stage), "emoji": "🎉"}}),
    ] {
        stage.send(content).await;
    }
    seen(&browser, ".place .map").await;
    seen(&browser, ".template").await;
    browser.click(".message.in [data-opens='quick-reply']").await;
    browser.fill("dialog.sheet [name='payload']", "stop").await;
    browser.fill("dialog.sheet [name='title']", "Stop").await;
    browser.click("dialog.sheet [type='submit']").await;
    let tap = stage.heard().await;
    assert_eq!(tap["button"], json!({"payload": "stop", "text": "Stop"}));
    seen(&browser, ".message.out [data-reaction='🎉']").await;
    let bubbles = bubbles(&browser).await;
    assert!(bubbles.iter().any(|one| one.is("in", "not loaded here")), "a link is only named");

    // Taps, of buttons and of a list's rows, and once more.
    for _ in 0..2 {
        browser.click(&format!("[data-wamid='{buttons}'] [data-tap='keep']")).await;
        let tap = stage.heard().await;
        assert_eq!(tap["interactive"]["button_reply"], json!({"id": "keep", "title": "Keep it"}));
        assert_eq!(tap["context"]["id"], buttons);
    }
    browser.click(&format!("[data-wamid='{list}'] [data-opens='list']")).await;
    seen(&browser, "dialog.sheet[open]").await;
    browser.save_picture(&picture("list.png")).await;
    browser.click("dialog.sheet [data-tap='m9']").await;
    let tap = stage.heard().await;
    let row = json!({"id": "m9", "title": "09:00", "description": "Room 2"});
    assert_eq!(tap["interactive"]["list_reply"], row);
    assert_eq!(tap["context"]["id"], list);

    // A reply to a message, a reaction, and the reaction taken away.
    press(&browser, &list, ".answer").await;
    browser.fill("#message", "the later one please").await;
    browser.click("#send").await;
    assert_eq!(stage.heard().await["context"]["id"], list);
    seen(&browser, ".message.out .quoted").await;
    press(&browser, &list, ".open-react").await;
    press(&browser, &list, ".react-menu button:first-child").await;
    let reaction = stage.heard().await;
    assert_eq!(reaction["reaction"], json!({"message_id": list, "emoji": "👍"}));
    seen(&browser, &format!("[data-wamid='{list}'] [data-reaction='👍']")).await;
    browser.save_picture(&picture("kinds-shop.png")).await;
    press(&browser, &list, ".open-react").await;
    press(&browser, &list, ".react-menu button:last-child").await;
    assert_eq!(stage.heard().await["reaction"], json!({"message_id": list}));

    let elsewhere = browser
        .ask(
            "return performance.getEntriesByType('resource').map(one => one.name)
                .filter(name => !name.startsWith(location.origin))",
        )
        .await;
    assert_eq!(elsewhere, json!([]), "nothing is loaded from elsewhere");
    browser.resize(400, 860).await;
    browser.save_picture(&picture("kinds-narrow.png")).await;
    let wide: Value = browser.ask("return document.documentElement.scrollWidth").await;
    assert!(wide.as_u64().unwrap() <= 400, "nothing sticks out at 400 px: {wide}");
    browser.close().await;
}

/// The first message of the chat.
fn first_of(stage: &Stage) -> String {
    let customers = stage.simulator.customers();
    let alex = customers.iter().find(|one| &*one.key == ALEX).unwrap();
    alex.messages[0].wamid.to_string()
}

async fn seen(browser: &Browser, css: &str) {
    let script = format!("return document.querySelector({css:?}) !== null");
    until(css, PATIENCE, async || (browser.ask(&script).await == true).then_some(())).await;
}

/// Clicks what only shows under the mouse.
async fn press(browser: &Browser, wamid: &str, css: &str) {
    let css = format!("[data-wamid='{wamid}'] {css}");
    seen(browser, &css).await;
    browser.ask(&format!("document.querySelector({css:?}).click()")).await;
}

/// The pictures came.
async fn all_loaded(browser: &Browser, css: &str) {
    let script = format!(
        "const all = [...document.querySelectorAll({css:?})];
         return all.length > 0 && all.every(one => one.complete && one.naturalWidth > 0)"
    );
    until(css, PATIENCE, async || (browser.ask(&script).await == true).then_some(())).await;
}
