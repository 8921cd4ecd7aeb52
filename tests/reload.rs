//! Rules replaced while usher runs, with real processes, real files and real habits of editors.
//!
//! Two files must always agree (a text and the function it calls), so that an answer shows by
//! which generation each was: an answer of two generations is a torn read.
//!
//! `USHER_RELOAD_ROUNDS` repeats the storm; `.ci/soak/reload` does so.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "reload/asking.rs"]
mod asking;
#[path = "support/house.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod house;
#[path = "reload/in_process.rs"]
mod in_process;
#[path = "reload/last_good.rs"]
mod last_good;
#[path = "reload/load.rs"]
mod load;
#[path = "reload/media.rs"]
mod media;
#[path = "support/process.rs"]
mod process;
#[path = "reload/reading.rs"]
mod reading;
#[path = "reload/saves.rs"]
mod saves;
#[path = "reload/storm.rs"]
mod storm;
#[path = "support/wait.rs"]
mod wait;

use house::House;
use serde_json::{Value, json};
use std::path::Path;
use usherd::files;
use wait::{PATIENCE, until};

/// The two files of a generation, and one that stays.
fn generation(g: u64) -> Vec<(String, String)> {
    let answer = format!(
        r##"
[language]
default = "en"

[[reply]]
id    = "echo"
regex = '#(?<n>\d+)'
text  = "#{{{{ match.n }}}} g{g} {{{{ marker() }}}}"
examples = ["hello #12", "#7"]
"##
    );
    let bye = "[[reply]]\nid = \"bye\"\nwords = [\"good bye\"]\ntext = \"bye\"\n";
    vec![
        ("answer.toml".to_owned(), answer),
        ("marker.rhai".to_owned(), format!("fn marker() {{ \"g{g}\" }}\n")),
        ("shop/bye.toml".to_owned(), bye.to_owned()),
    ]
}

/// One file of a generation.
fn file(g: u64, name: &str) -> String {
    generation(g).into_iter().find(|(one, _)| one == name).unwrap().1
}

/// How the rules of the daemon stand.
async fn rules(house: &House) -> Value {
    let (status, text) = house.admin("/-/rules").await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// Waits until what lies in the folder is in force and nothing is amiss, and lets it answer.
async fn live(house: &House, folder: &Path, g: u64, step: &str) {
    until(&format!("{step}: generation {g} is live"), PATIENCE, async || {
        let wanted = files::read(folder).ok()?.revision();
        let rules = rules(house).await;
        (rules["revision"] == wanted && rules["stale"] == false).then_some(())
    })
    .await;
    assert_eq!(answer(house).await, format!("#5 g{g} g{g}"), "{step}");
}

/// Waits until the last attempt ended so, and gives how the rules stand.
async fn ended(house: &House, outcome: &str, step: &str) -> Value {
    until(&format!("{step}: {outcome}"), PATIENCE, async || {
        let rules = rules(house).await;
        (rules["last"]["outcome"] == outcome).then_some(rules)
    })
    .await
}

/// What the rules in force say.
async fn answer(house: &House) -> String {
    let (status, answer) = house.admin_post("/v1/decide", &json!({ "text": "hello #5" })).await;
    assert_eq!(status, 200, "{answer}");
    answer["texts"][0].as_str().unwrap_or_else(|| panic!("no text: {answer:#}")).to_owned()
}
