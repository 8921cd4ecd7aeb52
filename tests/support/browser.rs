//! A headless Chromium, driven through chromedriver.

use super::process::{Process, free_port};
use super::wait::{PATIENCE, until};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Command;

/// A browser with one window.
pub struct Browser {
    client: Client,
    // Killed after the client is gone; chromedriver takes its Chromium along.
    driver: Process,
}

impl Browser {
    /// Starts one; its profile and its log stay in `dir`.
    pub async fn start(dir: &Path) -> Browser {
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}"));
        let mut driver = Process::start(command, "chromedriver", dir);
        let capabilities = capabilities(&dir.join("profile"));
        let address = format!("http://127.0.0.1:{port}");
        let client = until("a session of chromedriver", PATIENCE, async || {
            driver.assert_alive();
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.clone()).connect(&address).await.ok()
        })
        .await;
        client.set_window_size(1280, 860).await.unwrap();
        Browser { client, driver }
    }

    /// Opens a page.
    pub async fn open(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Clicks what `css` names, once it is there; found again where the page draws it anew meanwhile.
    pub async fn click(&self, css: &str) {
        until(&format!("a click on `{css}`"), PATIENCE, async || {
            match self.find(css).await.click().await {
                Ok(()) => Some(()),
                Err(error) if error.is_stale_element_reference() => None,
                Err(error) => panic!("`{css}` cannot be clicked: {error}"),
            }
        })
        .await;
    }

    /// Empties the field that `css` names and types `text` into it.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses Ctrl+S in the field that `css` names.
    pub async fn press_save(&self, css: &str) {
        self.find(css).await.send_keys("\u{e009}s\u{e000}").await.unwrap();
    }

    /// Makes the page so wide and high, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.unwrap();
    }

    /// What a script gives: the body of a function, its `return` as JSON.
    pub async fn ask(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Saves what the window shows as PNG.
    pub async fn save_picture(&self, path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, self.client.screenshot().await.unwrap()).unwrap();
    }

    /// Closes the window and ends the browser.
    pub async fn close(mut self) {
        self.client.close().await.unwrap();
        self.driver.kill();
    }

    async fn find(&self, css: &str) -> fantoccini::elements::Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => {
                let page = self.ask("return document.body.innerText").await;
                panic!("no `{css}` ({error}) on the page: {page}")
            }
        }
    }
}

fn capabilities(profile: &Path) -> Map<String, Value> {
    let profile = format!("--user-data-dir={}", profile.display());
    let args = [
        "--headless=new",
        // Containers rarely have the namespaces of the sandbox; the pages are our own.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        profile.as_str(),
    ];
    let options = json!({ "args": args });
    Map::from_iter([("goog:chromeOptions".to_owned(), options)])
}
