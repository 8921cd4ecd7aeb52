//! A reload asked for by hand: HTTP, command, signal. And a kernel without watches.

use crate::house::{House, Rules};
use crate::process::usher;
use crate::wait::{PATIENCE, until};
use crate::{answer, ended, file, generation, live, rules, saves};
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

async fn house(g: u64) -> (House, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    saves::folder(dir.path(), &generation(g));
    (House::start(&Rules::Folder(dir.path())).await, dir)
}

async fn run(mut command: Command) -> (i32, String, String) {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let Output { status, stdout, stderr } = output;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

async fn count(house: &House, outcome: &str) -> u64 {
    let metrics = house.admin("/metrics").await.1;
    let name = format!("usher_reloads_total{{outcome=\"{outcome}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_waits_for_the_outcome_and_tells_the_place() {
    let (house, dir) = house(1).await;
    let (status, answer) = house.admin_post("/-/reload", &json!({})).await;
    assert_eq!((status, &answer["outcome"]), (200, &json!("unchanged")), "{answer}");

    saves::folder(dir.path(), &generation(2));
    let (status, answer) = house.admin_post("/-/reload", &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["revision"], usherd::files::read(dir.path()).unwrap().revision());
    live(&house, dir.path(), 2, "as the answer said").await;

    let bad = file(2, "answer.toml").replace("examples =", "exemples =");
    fs::write(dir.path().join("answer.toml"), bad).unwrap();
    let (status, answer) = house.admin_post("/-/reload", &json!({})).await;
    assert_eq!((status, &answer["outcome"]), (422, &json!("rejected")), "{answer}");
    assert_eq!(answer["title"], "Unprocessable Entity");
    let found = &answer["diagnostics"][0];
    let place = &found["places"][0];
    assert_eq!((&place["file"], &place["line"]), (&json!("answer.toml"), &json!(9)), "{answer}");
    assert!(place["column"].is_u64() && found["code"].is_string(), "{found}");
    assert!(!found["message"].as_str().unwrap().is_empty());

    fs::remove_dir_all(dir.path()).unwrap();
    let (status, answer) = house.admin_post("/-/reload", &json!({})).await;
    assert_eq!((status, &answer["outcome"]), (503, &json!("unreadable")), "{answer}");
    assert!(answer["diagnostics"][0]["places"][0]["line"].is_u64(), "{answer}");
    fs::create_dir(dir.path()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_force_is_told_with_every_file() {
    let (house, dir) = house(1).await;
    let rules = rules(&house).await;
    let sources = usherd::files::read(dir.path()).unwrap();
    assert_eq!(rules["revision"], sources.revision());
    assert_eq!(rules["short_revision"], sources.revision()[..16]);
    assert_eq!(rules["files"], json!(sources.digests()));
    assert_eq!((&rules["stale"], &rules["polling"]), (&json!(false), &json!(false)));
    assert_eq!(
        (&rules["origin"], &rules["engine"]),
        (&json!("folder"), &json!(usherd::decide::ENGINE))
    );
    assert_eq!(rules["last"]["outcome"], "applied");
    let metrics = house.admin("/metrics").await.1;
    let revision = &sources.revision()[..16];
    let info: Vec<&str> =
        metrics.lines().filter(|line| line.starts_with("usher_rules_info")).collect();
    assert_eq!(info, [format!("usher_rules_info{{revision=\"{revision}\"}} 1")]);
    for line in ["usher_rules_stale 0", "usher_rules_polling 0"] {
        assert!(metrics.lines().any(|one| one == line), "{line}: {metrics}");
    }
    assert!(metrics.contains("usher_rules_loaded_timestamp_seconds "), "{metrics}");
    assert!(metrics.contains("usher_reload_duration_seconds_count "), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_shows_what_is_wrong_as_check_does() {
    let (mut house, dir) = house(1).await;
    let (code, out, err) = run(house.command("reload")).await;
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.starts_with("unchanged: revision "), "{out}");

    let bad = file(1, "answer.toml").replace("examples =", "exemples =");
    fs::write(dir.path().join("answer.toml"), bad).unwrap();
    let (code, out, err) = run(house.command("reload")).await;
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("answer.toml:9:"), "{out}");
    assert!(out.contains("exemples = ["), "the line itself: {out}");
    assert!(out.contains("rejected: revision "), "{out}");
    let mut check = usher();
    house.furnish(&mut check);
    check.args(["check", "."]);
    let checked = run(check).await.1;
    assert!(out.starts_with(checked.trim_end()), "as `check` shows it:\n{checked}\n---\n{out}");

    let (code, status, _) = run(house.command("status")).await;
    assert_eq!(code, 0);
    assert!(status.contains("STALE"), "{status}");

    let mut command = house.command("reload");
    command.args(["--format", "json"]);
    let (code, out, _) = run(command).await;
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &json["outcome"]), (1, &json!("rejected")));

    house.kill_daemon();
    let (code, _, err) = run(house.command("reload")).await;
    assert_eq!(code, 2);
    assert!(err.contains("no usher answers"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_reloads_and_ends_nothing() {
    let (house, _dir) = house(1).await;
    let before = count(&house, "unchanged").await;
    let id = house.daemon().id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    until("the signal was heard", PATIENCE, async || {
        (count(&house, "unchanged").await > before).then_some(())
    })
    .await;
    assert_eq!(answer(&house).await, "#5 g1 g1");
}

/// What would be lost: an edit on a machine whose kernel has no watch left, which nobody sees.
///
/// A user namespace of its own has its own bounds, so that nothing else on the machine is touched.
/// Where none may be made, `in_process` shows the same without a kernel that refuses.
#[tokio::test(flavor = "multi_thread")]
async fn without_watches_of_the_kernel_rules_are_found_by_looking() {
    for bound in ["max_inotify_watches", "max_inotify_instances"] {
        let script = format!("echo 0 > /proc/sys/user/{bound} && exec \"$@\"");
        let mut trial = Command::new("unshare");
        trial.args(["-Ur", "sh", "-c", &script, "sh", "true"]);
        if !trial.output().is_ok_and(|output| output.status.success()) {
            eprintln!("no user namespaces here: the kernel cannot be made to refuse watches");
            return;
        }
        let (mut house, dir) = house(1).await;
        house.kill_daemon();
        let binary = usher().get_program().to_owned();
        let mut command = Command::new("unshare");
        command.args(["-Ur", "sh", "-c", &script, "sh"]).arg(binary);
        command.args(["run", "--config", "usher.toml"]);
        house.furnish(&mut command);
        house.start_daemon_by(command).await;
        until("it says that it polls", PATIENCE, async || {
            (rules(&house).await["polling"] == true).then_some(())
        })
        .await;
        for g in 2..=3 {
            saves::folder(dir.path(), &generation(g));
            live(&house, dir.path(), g, bound).await;
        }
        fs::write(dir.path().join("answer.toml"), "x").unwrap();
        ended(&house, "rejected", bound).await;
        assert!(house.admin("/metrics").await.1.contains("usher_rules_polling 1"));
        let printed = house.daemon().printed();
        assert_eq!(printed.matches("tells of no more changes").count(), 1, "{bound}: {printed}");
    }
}
