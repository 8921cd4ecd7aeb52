//! The three languages of the demo, the ticks, the trace. Leaves `target/screenshots/chat.png`.

use crate::browser::Browser;
use crate::page::{answered, bubbles, choose, customer_named, customers, demo, picture, say};
use crate::wait::{PATIENCE, until};

/// The rule that won the last decision shown.
const WINNER: &str = "return document.querySelector('#trace [data-winner]')?.dataset.winner ?? ''";

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_is_answered_in_three_languages() {
    let dir = tempfile::tempdir().unwrap();
    let (_demo, address) = demo(dir.path()).await;
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
    browser.save_picture(&picture("chat.png")).await;

    let hidden = customers.iter().find(|(key, _)| key.contains('.'));
    let (key, _) = hidden.expect("one of the customers shows no phone number");
    choose(&browser, key).await;
    say(&browser, "Where is my order?").await;
    answered(&browser, "Where is my order?", "order number").await;
    browser.close().await;
}
