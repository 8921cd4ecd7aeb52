//! The chat page, as the tests read and use it.

use crate::browser::Browser;
use crate::process::{Process, free_port, usher};
use crate::wait::{PATIENCE, until};
use std::path::{Path, PathBuf};

/// Each bubble of the open chat, as `[class, status, text]`.
const BUBBLES: &str = "return [...document.querySelectorAll('.bubble')]
    .map(one => [one.className, one.dataset.status ?? '', one.textContent])";

/// The buttons that choose a customer, as `[key, text]`.
const CUSTOMERS: &str = "return [...document.querySelectorAll('#customers button[data-customer]')]
    .map(one => [one.dataset.customer, one.textContent])";

/// Starts `usher demo` in this folder, with its data in `data`; gives its address once it listens.
pub async fn demo(folder: &Path) -> (Process, String) {
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = usher();
    command.args(["demo", "--listen", &address, "--data"]).arg(folder.join("data"));
    command.current_dir(folder);
    let mut demo = Process::start(command, "usher-demo", folder);
    until("the demo listens", PATIENCE, async || {
        demo.assert_alive();
        tokio::net::TcpStream::connect(&address).await.ok()
    })
    .await;
    (demo, address)
}

/// Where pictures are left to be looked at.
pub fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots").join(name)
}

/// A bubble of the open chat.
pub struct Bubble {
    class: String,
    pub status: String,
    pub text: String,
}

impl Bubble {
    /// `out` is what the customer wrote, `in` what the shop answered.
    pub fn is(&self, side: &str, words: &str) -> bool {
        self.class.split_whitespace().any(|class| class == side) && self.text.contains(words)
    }
}

pub async fn customers(browser: &Browser) -> Vec<(String, String)> {
    until("customers to play", PATIENCE, async || {
        let found: Vec<(String, String)> =
            serde_json::from_value(browser.ask(CUSTOMERS).await).unwrap();
        (!found.is_empty()).then_some(found)
    })
    .await
}

pub fn customer_named(customers: &[(String, String)], name: &str) -> String {
    let found = customers.iter().find(|(_, text)| text.contains(name));
    found.unwrap_or_else(|| panic!("no `{name}` among {customers:?}")).0.clone()
}

pub async fn choose(browser: &Browser, key: &str) {
    browser.click(&format!("#customers button[data-customer=\"{key}\"]")).await;
}

pub async fn say(browser: &Browser, message: &str) {
    browser.fill("#message", message).await;
    browser.click("#send").await;
}

pub async fn bubbles(browser: &Browser) -> Vec<Bubble> {
    let found: Vec<(String, String, String)> =
        serde_json::from_value(browser.ask(BUBBLES).await).unwrap();
    found.into_iter().map(|(class, status, text)| Bubble { class, status, text }).collect()
}

/// The message stands in the chat, and an answer with these words. If not, what stands there is told.
pub async fn answered(browser: &Browser, message: &str, answer: &str) {
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
