//! How the demo begins: with which rules, what it says of them, and what asks it.

use crate::browser::Browser;
use crate::page::{answered, choose, say};
use crate::process::{Process, free_port, usher};
use crate::wait::{PATIENCE, until};
use std::path::Path;
use std::process::Output;

const ALEX: &str = "14155550101";

const SHOP: &str = r#"[[reply]]
id    = "flowers"
words = ["flowers"]
text  = "Roses and tulips."
examples = ["Do you sell flowers?"]

[[fallback]]
misses = 1
text   = "Pardon?"
"#;

/// Starts `usher demo` with these arguments in this folder; gives its address once it listens.
async fn demo(folder: &Path, args: &[&str]) -> (Process, String) {
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = usher();
    command.args(["demo", "--listen", &address]).args(args).current_dir(folder);
    let mut demo = Process::start(command, "usher-demo", folder);
    until("the demo listens", PATIENCE, async || {
        demo.assert_alive();
        tokio::net::TcpStream::connect(&address).await.ok()
    })
    .await;
    (demo, address)
}

async fn printed(demo: &Process, words: &str) {
    until(&format!("the terminal says `{words}`"), PATIENCE, async || {
        demo.printed().contains(words).then_some(())
    })
    .await;
}

fn run(folder: &Path, args: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } =
        usher().args(args).current_dir(folder).env("NO_COLOR", "1").output().unwrap();
    let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (status.success(), text)
}

fn shop(dir: &Path) {
    std::fs::create_dir_all(dir.join("shop/rules")).unwrap();
    std::fs::write(dir.join("shop/rules/shop.toml"), SHOP).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_takes_a_folder_as_check_does() {
    let dir = tempfile::tempdir().unwrap();
    shop(dir.path());
    let inside = dir.path().join("shop/rules");
    for (here, args, rules) in [
        (dir.path(), &["shop"][..], "shop/rules"),
        (dir.path(), &["shop/rules"], "shop/rules"),
        (&dir.path().join("shop"), &[], "rules"),
        (&inside, &[], "."),
    ] {
        let (demo, address) = demo(here, args).await;
        printed(&demo, &format!("reading the rules of `{rules}`\n  1 reply, 1 language")).await;
        printed(&demo, "Ctrl-C ends it").await;
        assert!(!demo.printed().contains("a copy"), "{}", demo.printed());
        // It is asked like a daemon.
        let admin = format!("http://{address}");
        let (fine, text) = run(dir.path(), &["status", "--admin", &admin]);
        assert!(fine && text.contains("1 live"), "{text}");
        let (fine, text) = run(dir.path(), &["reload", "--admin", &admin]);
        assert!(fine && text.contains("unchanged: revision"), "{text}");
        let (fine, text) = run(dir.path(), &["explain", "flowers", "--admin", &admin]);
        assert!(fine && text.contains("`flowers` wins"), "{text}");
        drop(demo);
        std::fs::remove_file(here.join("usher-demo.log")).unwrap();
    }
    let (fine, text) = run(dir.path(), &["status", "--admin", "http://127.0.0.1:1"]);
    assert!(!fine && text.contains("no usher answers at http://127.0.0.1:1"), "{text}");
    let (fine, text) = run(dir.path(), &["status", "--admin", "127.0.0.1"]);
    assert!(!fine && text.contains("is no address of a daemon"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_pass_away_say_so() {
    let dir = tempfile::tempdir().unwrap();
    // A second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (args, passes) in [(&[][..], true), (&["--data", "kept"], false)] {
        let (demo, address) = demo(dir.path(), args).await;
        printed(&demo, "Ctrl-C ends it").await;
        let said = demo.printed().contains("a copy that is gone at the end; `--data DIR` keeps");
        assert_eq!(said, passes, "{}", demo.printed());
        let state = http.get(format!("http://{address}/chat/state")).send().await.unwrap();
        let state: serde_json::Value = state.json().await.unwrap();
        assert_eq!(state["passing"], passes);
        let page = http.get(format!("http://{address}/")).send().await.unwrap();
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/chat"));
        drop(demo);
        std::fs::remove_file(dir.path().join("usher-demo.log")).unwrap();
    }
}

/// A mistake in the rules is what the pane is there for.
#[tokio::test(flavor = "multi_thread")]
async fn a_demo_begins_with_mistakes_and_shows_them_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    shop(dir.path());
    let file = dir.path().join("shop/rules/shop.toml");
    std::fs::write(&file, SHOP.replace("words", "wrods")).unwrap();
    let (demo, address) = demo(dir.path(), &["shop"]).await;
    printed(&demo, "unknown key `wrods`").await;
    printed(&demo, "not live: nothing is answered until the rules are mended").await;
    let browser = Browser::start(dir.path()).await;
    browser.open(&format!("http://{address}/")).await;
    choose(&browser, ALEX).await;
    let mark = "const it = document.querySelector('#not-live');
        return [it.hidden, it.textContent, document.querySelector('#tab-rules').className]";
    until("the header and the tab are marked", PATIENCE, async || {
        let found = browser.ask(mark).await;
        (found[0] == false && found[1].as_str()?.contains("not live") && found[2] == "stale")
            .then_some(())
    })
    .await;
    browser.click("#not-live").await;
    until("the file with the mistake is open", PATIENCE, async || {
        let text = browser.ask("return document.querySelector('#rule-text')?.value ?? ''").await;
        text.as_str()?.contains("wrods").then_some(())
    })
    .await;

    let standing = browser.ask("return document.querySelector('#standing').textContent").await;
    let silent = "; nothing is answered until the rules are mended";
    assert!(standing.as_str().unwrap().ends_with(silent), "{standing}");

    std::fs::write(&file, SHOP).unwrap();
    printed(&demo, "the rules on disk are live: revision").await;
    until("the mark is gone and an example is suggested", PATIENCE, async || {
        let hidden = browser.ask("return document.querySelector('#not-live').hidden").await;
        let tried = browser.ask("return document.querySelector('#suggestions').textContent").await;
        (hidden == true && tried == "Do you sell flowers?").then_some(())
    })
    .await;
    // Faster than WhatsApp lets anybody answer one customer.
    for n in 0..15 {
        say(&browser, &format!("flowers {n}")).await;
    }
    let answers = "return [...document.querySelectorAll('.bubble.in')]
        .filter(one => one.textContent.includes('Roses')).length";
    until("all are answered", PATIENCE, async || (browser.ask(answers).await == 15).then_some(()))
        .await;
    answered(&browser, "flowers 14", "Roses").await;
    browser.close().await;
}
