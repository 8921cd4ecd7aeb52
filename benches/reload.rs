//! What a reload costs those who are being answered, and how long a save takes to be live: the real
//! daemon, real webhooks over loopback, real files. Prints two tables.
//!
//! `cargo bench --bench reload`, or with `-- loads` or `-- saves` behind it for one of the tables.
//! `USHER_BENCH_SECONDS` says how long each load lasts (10), `USHER_BENCH_PAIRS` how often it runs
//! without and with reloads (2). What it printed is in `docs/performance.md`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench"
)]

#[path = "../tests/support/house.rs"]
#[expect(dead_code, reason = "shared with tests")]
mod house;
#[path = "../tests/reload/load.rs"]
#[expect(dead_code, reason = "shared with tests")]
mod load;
#[path = "../tests/support/process.rs"]
#[expect(dead_code, reason = "shared with tests")]
mod process;
#[path = "../tests/support/wait.rs"]
mod wait;

use house::{House, Rules};
use load::message;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinSet;
use usherd::files;

/// Messages a second.
const RATE: u64 = 500;
/// Rules in one file.
const RULES_PER_FILE: usize = 500;
/// Sizes of rule sets.
const SIZES: [usize; 2] = [100, 10_000];
/// Saves timed for each figure.
const SAVES: usize = 12;

fn main() {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let asked: Vec<String> = std::env::args().collect();
        let named = |table: &str| asked.iter().any(|arg| arg == table);
        if named("loads") || !named("saves") {
            loads().await;
        }
        if named("saves") || !named("loads") {
            saves().await;
        }
    });
}

/// A number from outside.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// The same load without and with reloads, by turns, so that a slow minute shows.
async fn loads() {
    let seconds = number("USHER_BENCH_SECONDS", 10);
    println!("{RATE} messages/s for {seconds} s; a save a second, good and broken in turn");
    println!("rules   reloads  p50 ms  p99 ms  max ms  refused  applied  rejected");
    let mut first = 0;
    for size in SIZES {
        let (house, dir) = house(size).await;
        run(&house, None, seconds / 2 + 1, &mut first).await;
        for _ in 0..number("USHER_BENCH_PAIRS", 2) {
            for saved in [None, Some(dir.path())] {
                let before = (count(&house, "applied").await, count(&house, "rejected").await);
                let mut took = run(&house, saved, seconds, &mut first).await;
                took.sort_unstable();
                let refused = took.iter().filter(|took| **took == Duration::MAX).count();
                let at = |share: f64| ms(took[((took.len() - 1) as f64 * share) as usize]);
                println!(
                    "{size:<7} {:<8} {:>6.2}  {:>6.2}  {:>6.2}  {refused:>7}  {:>7}  {:>8}",
                    if saved.is_some() { "yes" } else { "no" },
                    at(0.5),
                    at(0.99),
                    at(1.0),
                    count(&house, "applied").await - before.0,
                    count(&house, "rejected").await - before.1,
                );
            }
        }
    }
}

/// How long each request took; a refused one for ever. Requests go out on time, whatever becomes of
/// those before.
async fn run(
    house: &Arc<House>,
    saved: Option<&Path>,
    seconds: u64,
    first: &mut u64,
) -> Vec<Duration> {
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
    let mut requests = JoinSet::new();
    let mut saves = JoinSet::new();
    for n in *first..*first + RATE * seconds {
        ticks.tick().await;
        if let Some(dir) = saved
            && n % RATE == 0
        {
            let path = dir.join("f0.toml");
            saves.spawn_blocking(move || fs::write(path, edited(n / RATE)).unwrap());
        }
        let house = Arc::clone(house);
        requests.spawn(async move {
            let body = message(n);
            let began = Instant::now();
            let status = house.webhook(&body).await;
            if status == 200 { began.elapsed() } else { Duration::MAX }
        });
    }
    *first += RATE * seconds;
    saves.join_all().await;
    requests.join_all().await
}

/// The first file, as it is after the n-th save: every other time with a mistake.
fn edited(n: u64) -> String {
    let broken = if n.is_multiple_of(2) { "" } else { "[[reply]]\nid = \"r1\"\n" };
    format!("{}# save {n}\n{broken}", rules(0, RULES_PER_FILE))
}

async fn count(house: &House, outcome: &str) -> u64 {
    let metrics = house.admin("/metrics").await.1;
    let name = format!("usher_reloads_total{{outcome=\"{outcome}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |n| n.parse().unwrap())
}

/// From a save to the new rules in force, with events of the file system and without.
async fn saves() {
    println!("from a save to live");
    println!("rules   found by   median ms  max ms");
    for size in SIZES {
        let (mut house, dir) = house(size).await;
        timed(&house, dir.path(), size, "events").await;
        let inner = Arc::get_mut(&mut house).expect("nobody else speaks to it");
        inner.kill_daemon();
        inner.start_daemon_by(without_watches(inner)).await;
        let polls = async || rules_of(&house).await["polling"] == true;
        let mut patience = 20;
        while !polls().await && patience > 0 {
            patience -= 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if polls().await {
            timed(&house, dir.path(), size, "looking").await;
        } else {
            eprintln!("no user namespaces here: the kernel cannot be made to refuse watches");
        }
    }
}

async fn timed(house: &House, dir: &Path, size: usize, by: &str) {
    let mut took = Vec::new();
    for n in 0..SAVES {
        // At another moment between two looks each time.
        tokio::time::sleep(Duration::from_millis(300 + 170 * n as u64 % 2_000)).await;
        let text = format!("{}# save {by} {n}\n", rules(0, RULES_PER_FILE.min(size)));
        let began = Instant::now();
        fs::write(dir.join("f0.toml"), text).unwrap();
        let wanted = files::read(dir).unwrap().revision();
        while rules_of(house).await["revision"] != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let (median, most) = (ms(took[took.len() / 2]), ms(took[took.len() - 1]));
    println!("{size:<7} {by:<9}  {median:>9.0}  {most:>6.0}");
}

/// `usher run` in a user namespace whose bound of watches is 0.
fn without_watches(house: &House) -> Command {
    let script = "echo 0 > /proc/sys/user/max_inotify_watches; exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["-Ur", "sh", "-c", script, "sh"]).arg(process::usher().get_program());
    command.args(["run", "--config", "usher.toml"]);
    house.furnish(&mut command);
    command
}

async fn rules_of(house: &House) -> Value {
    serde_json::from_str(&house.admin("/-/rules").await.1).unwrap_or_else(|_| json!({}))
}

async fn house(size: usize) -> (Arc<House>, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    for (file, from) in (0..size).step_by(RULES_PER_FILE).enumerate() {
        let text = rules(from, RULES_PER_FILE.min(size - from));
        fs::write(dir.path().join(format!("f{file}.toml")), text).unwrap();
    }
    let echo = "[language]\ndefault = \"en\"\n[[reply]]\nid = \"echo\"\nregex = '#(?<n>\\d+)'\n\
                text = \"ok #{{ match.n }}\"\n";
    fs::write(dir.path().join("echo.toml"), echo).unwrap();
    (Arc::new(House::start(&Rules::Folder(dir.path())).await), dir)
}

/// Rules with four examples each.
fn rules(from: usize, count: usize) -> String {
    let rule = |n: usize| {
        format!(
            "[[reply]]\nid = \"r{n}\"\nwords = [\"thing{n}q\", \"article {n}q\"]\n\
             text = \"About thing {n}.\"\nexamples = [\"where is thing{n}q\", \"thing{n}q please\", \
             \"the article {n}q\", \"thing{n}q?\"]\n\n"
        )
    };
    (from..from + count).map(rule).collect()
}

fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}
