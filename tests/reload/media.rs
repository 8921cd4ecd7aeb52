//! What would be lost: the picture a customer was promised, because the file was replaced before
//! the message left; or a new picture, because its name stayed the same. Promised: what rules in
//! force send is kept by its digest before they are in force.

use crate::house::{House, Rules};
use crate::wait::{PATIENCE, until};
use crate::{ended, generation, live, rules, saves};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use usherd::files;

const MENU: &str = "media/menu.jpg";

/// Rules that send a picture of these bytes.
fn put(folder: &Path, picture: &str) {
    fs::create_dir_all(folder.join("media")).unwrap();
    fs::write(folder.join(MENU), picture).unwrap();
    let menu = format!("[[reply]]\nid = \"menu\"\nwords = [\"menu\"]\nmedia = \"{MENU}\"\n");
    fs::write(folder.join("menu.toml"), menu).unwrap();
}

fn digest(folder: &Path) -> String {
    files::read(folder).unwrap().media[MENU].sha256.clone()
}

/// A customer asks for the menu; the digest of the picture that goes out, the `n`-th message.
async fn served(house: &House, n: usize) -> String {
    let say = json!({ "text": "menu" });
    house.tell_simulator("/sim/customers/351910000001/say", &say).await;
    let id = until("the menu is sent", PATIENCE, async || {
        let sent = house.ask_simulator("/sim/sent").await;
        sent.get(n)?["content"]["id"].as_str().map(str::to_owned)
    })
    .await;
    let ids = fs::read_to_string(house.dir().join("data/media/ids.json")).unwrap();
    let ids: Vec<Value> = serde_json::from_str(&ids).unwrap();
    let upload = ids.iter().find(|upload| upload["id"] == id).unwrap();
    upload["sha256"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_picture_is_a_new_generation_and_both_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    saves::folder(dir.path(), &generation(1));
    put(dir.path(), "the old menu");
    let mut house = House::start(&Rules::Folder(dir.path())).await;
    let kept = house.dir().join("data/media");
    let old = digest(dir.path());
    assert_eq!(fs::read_to_string(kept.join(&old)).unwrap(), "the old menu");
    assert_eq!(served(&house, 0).await, old);

    put(dir.path(), "the new menu");
    live(&house, dir.path(), 1, "the picture alone has changed").await;
    let new = digest(dir.path());
    assert_ne!(old, new);
    assert_eq!(fs::read_to_string(kept.join(&new)).unwrap(), "the new menu");
    assert_eq!(fs::read_to_string(kept.join(&old)).unwrap(), "the old menu", "jobs may wait");
    assert_eq!(served(&house, 1).await, new);

    // A picture that is named and not there is a mistake like any other.
    fs::remove_file(dir.path().join(MENU)).unwrap();
    ended(&house, "rejected", "the picture is gone").await;
    let in_force = rules(&house).await["revision"].clone();
    until("the last good rules are kept", PATIENCE, async || {
        let current = fs::read_to_string(house.dir().join("data/rules.last-good/current"));
        (in_force == current.ok()?.trim()).then_some(())
    })
    .await;
    house.kill_daemon();
    house.start_daemon().await;
    let again = rules(&house).await;
    assert_eq!((&again["origin"], &again["revision"]), (&"last_good".into(), &in_force));
    assert_eq!(served(&house, 2).await, new, "no picture is in the folder any more");
}
