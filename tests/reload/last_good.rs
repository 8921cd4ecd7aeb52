//! What would be lost: a shop that answers nobody, because a restart met a rules folder somebody
//! had just broken. Promised: it runs on the last good rules and says so everywhere.

use crate::house::{House, Rules};
use crate::wait::{PATIENCE, until};
use crate::{answer, file, generation, live, rules, saves};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The copies kept by a house.
fn copies(house: &House) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(house.dir().join("data/rules.last-good")) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}

/// Waits until the rules of this revision, and no others, are the last good ones.
async fn is_kept(house: &House, revision: &str) {
    until("the copy is kept", PATIENCE, async || {
        let current = house.dir().join("data/rules.last-good/current");
        let copies = copies(house);
        let whole = copies.len() == 1 && copies[0].ends_with(&revision[..16]);
        (whole && fs::read_to_string(current).ok()?.trim() == revision).then_some(())
    })
    .await;
}

/// A start that is refused: what it says.
async fn refused(mut command: Command) -> String {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_with_broken_rules_runs_on_the_last_good_ones() {
    let dir = tempfile::tempdir().unwrap();
    saves::folder(dir.path(), &generation(1));
    let mut house = House::start(&Rules::Folder(dir.path())).await;
    saves::folder(dir.path(), &generation(2));
    live(&house, dir.path(), 2, "before the restart").await;
    let kept = usherd::files::read(dir.path()).unwrap().revision();
    is_kept(&house, &kept).await;
    house.kill_daemon();
    let bad = file(3, "answer.toml").replace("examples =", "exemples =");
    fs::write(dir.path().join("answer.toml"), &bad).unwrap();
    house.start_daemon().await;

    let rules = rules(&house).await;
    assert_eq!((&rules["stale"], &rules["origin"]), (&true.into(), &"last_good".into()));
    assert_eq!(rules["revision"], kept);
    assert_eq!(rules["last"]["outcome"], "rejected");
    assert_eq!(rules["last"]["diagnostics"][0]["places"][0]["line"], 9);
    assert_eq!(answer(&house).await, "#5 g2 g2");
    let (status, ready) = house.public("/readyz").await;
    assert_eq!(status, 200);
    assert!(ready.contains("\"ready\"") && ready.contains("/-/rules"), "{ready}");
    assert!(house.admin("/metrics").await.1.contains("usher_rules_stale 1"));
    assert_eq!(house.status().await["rules"]["stale"], true);
    let place = format!("{}:9:1", dir.path().join("answer.toml").display());
    let printed = house.daemon().printed();
    assert!(printed.contains(&place) && printed.contains("last good rules"), "{printed}");

    // Mended, without a restart.
    saves::folder(dir.path(), &generation(3));
    live(&house, dir.path(), 3, "mended").await;
    assert_eq!(self::rules(&house).await["origin"], "folder");
    assert_eq!(house.public("/readyz").await, (200, r#"{"status":"ready"}"#.to_owned()));

    // A folder that is not there is as good as a broken one.
    is_kept(&house, &usherd::files::read(dir.path()).unwrap().revision()).await;
    house.kill_daemon();
    let away = dir.path().with_extension("away");
    fs::rename(dir.path(), &away).unwrap();
    house.start_daemon().await;
    assert_eq!(self::rules(&house).await["last"]["outcome"], "unreadable");
    assert_eq!(answer(&house).await, "#5 g3 g3");
    fs::rename(&away, dir.path()).unwrap();
    live(&house, dir.path(), 3, "the folder is back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_good_rules_of_any_kind_it_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    saves::folder(dir.path(), &generation(1));
    let mut house = House::start(&Rules::Folder(dir.path())).await;
    is_kept(&house, &usherd::files::read(dir.path()).unwrap().revision()).await;
    house.kill_daemon();
    let bad = file(1, "answer.toml").replace("examples =", "exemples =");
    fs::write(dir.path().join("answer.toml"), bad).unwrap();

    // Of a version whose rules were other rules.
    let copy = copies(&house).remove(0);
    let older = copy.join("answer.toml");
    fs::write(&older, file(1, "answer.toml").replace("regex =", "pattern =")).unwrap();
    let said = refused(house.command("run")).await;
    assert!(said.contains("answer.toml:9:1"), "{said}");
    assert!(said.contains("were changed since they were kept"), "{said}");
    let revision = usherd::files::read(&copy).unwrap().revision();
    let data = house.dir().join("data/rules.last-good");
    fs::rename(&copy, data.join(&revision[..16])).unwrap();
    fs::write(data.join("current"), &revision).unwrap();
    let said = refused(house.command("run")).await;
    assert!(said.contains("do not compile any more"), "{said}");

    fs::remove_dir_all(&data).unwrap();
    let said = refused(house.command("run")).await;
    assert!(said.contains("answer.toml:9:1") && !said.contains("last good"), "{said}");
}
