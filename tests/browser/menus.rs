//! A menu is tapped, typed as a number in several scripts, typed as its title, and tapped again on
//! an old message: one answer each. Leaves `target/screenshots/menu*.png`.

use crate::browser::Browser;
use crate::page::{answered, bubbles, choose, demo, picture, say};
use crate::wait::{PATIENCE, until};

const ALEX: &str = "14155550101";

const SHOP: &str = r#"[[reply]]
id       = "menu"
words    = ["menu"]
text     = "What can we do for you?"
numbered = true
choices  = [
  { id = "order",  title = "Orders",        go = "orders" },
  { id = "times",  title = "Opening times", go = "times" },
  { id = "person", title = "A person",      go = "person" },
]

[[reply]]
id    = "orders"
words = ["my order"]
text  = "Which order?"

[[reply]]
id    = "times"
words = ["how late"]
text  = "We open at nine."

[[reply]]
id    = "person"
words = ["somebody"]
text  = "Somebody will write to you."

[[fallback]]
misses = 1
text   = "Pardon?"
"#;

/// The ids of the menus that were sent, oldest first.
const MENUS: &str = "return [...document.querySelectorAll('.message.in[data-wamid]')]
    .filter(one => one.querySelector('[data-tap]')).map(one => one.dataset.wamid)";

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_is_tapped_and_typed_in_every_way_with_one_answer_each() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    std::fs::write(dir.path().join("rules/shop.toml"), SHOP).unwrap();
    let (_demo, address) = demo(dir.path()).await;
    let browser = Browser::start(dir.path()).await;
    browser.open(&format!("http://{address}/chat")).await;
    choose(&browser, ALEX).await;

    say(&browser, "menu").await;
    let menu = menus(&browser, 1).await.remove(0);
    let tap = format!("[data-wamid='{menu}'] [data-tap='times']");
    browser.click(&tap).await;
    times_answered(&browser, 1).await;
    for (n, typed) in (2..).zip(["2", "②", "2번", "Opening times"]) {
        say(&browser, typed).await;
        times_answered(&browser, n).await;
    }
    browser.save_picture(&picture("menu.png")).await;

    // Another menu is the last one now; the old one is tapped all the same.
    say(&browser, "the menu again").await;
    menus(&browser, 2).await;
    browser.click(&tap).await;
    times_answered(&browser, 6).await;
    browser.resize(400, 860).await;
    browser.save_picture(&picture("menu-narrow.png")).await;

    // What was said before this is answered before it: there is nothing more to come.
    say(&browser, "xyzzy").await;
    answered(&browser, "xyzzy", "Pardon?").await;
    let answers = bubbles(&browser).await;
    let of = |words: &str| answers.iter().filter(|one| one.is("in", words)).count();
    assert_eq!((of("We open at nine."), of("Pardon?"), of("What can we do")), (6, 1, 2));
    browser.close().await;
}

async fn menus(browser: &Browser, wanted: usize) -> Vec<String> {
    until(&format!("{wanted} menus"), PATIENCE, async || {
        let found: Vec<String> = serde_json::from_value(browser.ask(MENUS).await).unwrap();
        (found.len() == wanted).then_some(found)
    })
    .await
}

async fn times_answered(browser: &Browser, wanted: usize) {
    until(&format!("answer {wanted}"), PATIENCE, async || {
        let all = bubbles(browser).await;
        (all.iter().filter(|one| one.is("in", "We open at nine.")).count() == wanted).then_some(())
    })
    .await;
}
