//! `usher demo` as a newcomer meets it: a real browser on `/chat`, three languages, the ticks, the
//! trace. Leaves `target/screenshots/chat.png` to look at.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod support {
    pub mod browser;
    #[expect(dead_code, reason = "shared with other tests")]
    pub mod process;
    pub mod wait;
}

use std::path::Path;
use support::browser::Browser;
use support::process::{Process, free_port, usher};
use support::wait::{PATIENCE, until};

/// Each bubble of the open chat, as `[class, status, text]`.
const BUBBLES: &str = "return [...document.querySelectorAll('.bubble')]
    .map(one => [one.className, one.dataset.status ?? '', one.textContent])";

/// The buttons that choose a customer, as `[key, text]`.
const CUSTOMERS: &str = "return [...document.querySelectorAll('#customers button[data-customer]')]
    .map(one => [one.dataset.customer, one.textContent])";

/// The rule that won the last decision shown.
const WINNER: &str = "return document.querySelector('#trace [data-winner]')?.dataset.winner ?? ''";

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_is_answered_in_three_languages() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = usher();
    command.args(["demo", "--listen", &address, "--data"]).arg(dir.path().join("data"));
    let mut demo = Process::start(command, "usher-demo", dir.path());
    until("the demo listens", PATIENCE, async || {
        demo.assert_alive();
        tokio::net::TcpStream::connect(&address).await.ok()
    })
    .await;

    let browser = Browser::start(dir.path()).await;
    browser.open(&format!("http://{address}/chat")).await;
    let customers = customers(&browser).await;

    for (name, message, answer) in [
        ("Mei", "訂單查詢", "訂單編號"),
        ("Alex", "Where is my order?", "order number"),
        ("Jin", "배송 조회 부탁드려요", "주문번호"),
    ] {
        choose(&browser, &customer_named(&customers, name)).await;
        say(&browser, message).await;
        answered(&browser, message, answer).await;
    }

    until("the trace shows the winner", PATIENCE, async || {
        (browser.ask(WINNER).await == "order-status").then_some(())
    })
    .await;
    until("the ticks of Jin's message reach `read`", PATIENCE, async || {
        let bubbles = bubbles(&browser).await;
        bubbles.iter().any(|one| one.is("out", "배송 조회") && one.status == "read").then_some(())
    })
    .await;
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    browser.save_picture(&screenshots.join("chat.png")).await;

    let hidden = customers.iter().find(|(key, _)| key.contains('.'));
    let (key, _) = hidden.expect("one of the customers shows no phone number");
    choose(&browser, key).await;
    say(&browser, "Where is my order?").await;
    answered(&browser, "Where is my order?", "order number").await;
    browser.close().await;
}

struct Bubble {
    class: String,
    status: String,
    text: String,
}

impl Bubble {
    /// `out` is what the customer wrote, `in` what the shop answered.
    fn is(&self, side: &str, words: &str) -> bool {
        self.class.split_whitespace().any(|class| class == side) && self.text.contains(words)
    }
}

async fn customers(browser: &Browser) -> Vec<(String, String)> {
    until("customers to play", PATIENCE, async || {
        let found: Vec<(String, String)> =
            serde_json::from_value(browser.ask(CUSTOMERS).await).unwrap();
        (!found.is_empty()).then_some(found)
    })
    .await
}

fn customer_named(customers: &[(String, String)], name: &str) -> String {
    let found = customers.iter().find(|(_, text)| text.contains(name));
    found.unwrap_or_else(|| panic!("no `{name}` among {customers:?}")).0.clone()
}

async fn choose(browser: &Browser, key: &str) {
    browser.click(&format!("#customers button[data-customer=\"{key}\"]")).await;
}

async fn say(browser: &Browser, message: &str) {
    browser.fill("#message", message).await;
    browser.click("#send").await;
}

async fn bubbles(browser: &Browser) -> Vec<Bubble> {
    let found: Vec<(String, String, String)> =
        serde_json::from_value(browser.ask(BUBBLES).await).unwrap();
    found.into_iter().map(|(class, status, text)| Bubble { class, status, text }).collect()
}

/// The message stands in the chat, and an answer with these words. If not, what stands there is told.
async fn answered(browser: &Browser, message: &str, answer: &str) {
    let what = format!("`{message}` is answered with `{answer}`");
    let probe = async || {
        let bubbles = bubbles(browser).await;
        let said = bubbles.iter().any(|one| one.is("out", message));
        (said && bubbles.iter().any(|one| one.is("in", answer))).then_some(())
    };
    if tokio::time::timeout(PATIENCE / 2, until(&what, PATIENCE, probe)).await.is_err() {
        let told: Vec<String> = bubbles(browser).await.into_iter().map(|one| one.text).collect();
        let page = browser.ask("return document.body.innerText").await;
        panic!("not: {what}; the chat: {told:?}; the page: {page}");
    }
}
