//! What a rule set costs before it is in force: reading, compiling, deciding its examples, and
//! letting it go. Wall time is the median of the rounds, CPU their mean over all threads.
//!
//! `cargo bench --bench compile`; what it printed is in `docs/performance.md`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench")]

use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use usherd::rules::{Settings, Sources, compile};
use usherd::trial::{Cores, check};
use usherd::{decide, files};

/// Rules of a set, and rounds over it.
const SIZES: [(usize, usize); 3] = [(1_000, 40), (10_000, 12), (100_000, 3)];
/// Rules in one file.
const RULES_PER_FILE: usize = 500;
/// Examples of each rule.
const EXAMPLES: usize = 4;
/// The kernel counts CPU time in these.
const TICK: Duration = Duration::from_millis(10);

fn main() {
    println!("rules    what                 wall ms   cpu ms");
    for (size, rounds) in SIZES {
        let dir = tempfile::tempdir().expect("a folder");
        written(dir.path(), size);
        let sources = files::read(dir.path()).expect("readable rules");
        let bare = plain(size);
        let settings = Settings::default();
        row(size, rounds, "read the folder", || files::read(dir.path()));
        row(size, rounds, "revision", || sources.revision());
        row(size, rounds, "compile", || compile(&bare, &settings));
        row(size, rounds, "compile, 4 examples", || compile(&sources, &settings));
        row(size, rounds, "and decide them", || decide::check(&sources, &settings));
        row(size, rounds, "… on half the cores", || check(&sources, &settings, Cores::Half));
        row(size, rounds, "… on all cores", || check(&sources, &settings, Cores::All));
        let mut sets: Vec<_> =
            (0..rounds).map(|_| decide::check(&bare, &settings).ruleset).collect();
        assert!(sets.iter().all(Option::is_some), "good rules");
        row(size, rounds, "let it go", || drop(sets.pop()));
    }
}

/// Times a job; what it makes is let go of outside the time.
fn row<T>(size: usize, rounds: usize, what: &str, mut job: impl FnMut() -> T) {
    let (mut walls, mut cpu) = (Vec::new(), Duration::ZERO);
    for _ in 0..rounds {
        let (began, used) = (Instant::now(), cpu_time());
        let made = black_box(job());
        walls.push(began.elapsed());
        cpu += cpu_time().saturating_sub(used);
        drop(made);
    }
    walls.sort_unstable();
    let wall = walls.get(rounds / 2).copied().unwrap_or_default();
    let cpu = cpu.as_secs_f64() * 1_000.0 / rounds as f64;
    println!("{size:<8} {what:<20} {:>7.1}  {cpu:>7.1}", wall.as_secs_f64() * 1_000.0);
}

/// CPU time of this process so far, by `/proc/self/stat`: ticks of 10 ms.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u32>().ok());
    TICK * ticks.sum()
}

fn written(dir: &Path, size: usize) {
    for (path, text) in texts(size, EXAMPLES) {
        fs::write(dir.join(path), text).expect("a folder that can be written");
    }
}

fn plain(size: usize) -> Sources {
    texts(size, 0).fold(Sources::default(), |all, (path, text)| all.with(&path, text))
}

fn texts(size: usize, examples: usize) -> impl Iterator<Item = (String, String)> {
    (0..size).step_by(RULES_PER_FILE).enumerate().map(move |(file, from)| {
        let mut text = String::new();
        for n in from..from + RULES_PER_FILE {
            rule(&mut text, n, examples);
        }
        (format!("f{file}.toml"), text)
    })
}

fn rule(text: &mut String, n: usize, examples: usize) {
    let all =
        [format!("where is thing{n}q"), format!("thing{n}q please"), format!("the article {n}q")];
    let sentences = all.into_iter().chain([format!("thing{n}q?")]).take(examples);
    let sentences: Vec<String> = sentences.map(|sentence| format!("\"{sentence}\"")).collect();
    write!(
        text,
        "[[reply]]\nid = \"r{n}\"\nwords = [\"thing{n}q\", \"article {n}q\"]\n\
         text = \"About thing {n}.\"\n"
    )
    .expect("it is a string");
    if examples > 0 {
        writeln!(text, "examples = [{}]", sentences.join(", ")).expect("it is a string");
    }
    text.push('\n');
}
