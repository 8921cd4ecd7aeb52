//! The guides are true: every piece of rules in them is checked, every command that shows what it
//! prints is run.
//!
//! A block says what it is after the word `toml`:
//! - `rules [FILE]` is a whole rule set, without errors and warnings;
//! - `part` is one once [`framed`] has added what it takes for granted;
//! - `wrong CODE [FILE]` has that mistake and no other;
//! - `config` is a `usher.toml`, once a number is added.
//!
//! With FILE it is kept for the commands that follow. In `console` blocks a line `…` stands for any
//! lines, `…` at the end of a line for the rest of it.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "docs/blocks.rs"]
mod blocks;
#[path = "docs/keys.rs"]
mod keys;
#[path = "docs/promises.rs"]
mod promises;

use blocks::{Block, blocks, table};
use regex::Regex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use usherd::rules::sources::MediaFile;
use usherd::rules::variables::VARIABLES;
use usherd::rules::{Diagnostic, Settings, Severity, Sources};
use usherd::stories::play;
use usherd::{config, decide};

/// Each with what its blocks are that say nothing but `toml`; in the guide for analysts all say it.
const GUIDES: [(&str, Option<&str>); 3] =
    [("README.md", Some("part")), ("docs/rules.md", None), ("docs/operations.md", Some("config"))];

/// What a part may take for granted: where the first is found and the second is not, the third is
/// added.
const FRAME: [(&str, &str, &str); 4] = [
    ("", "[language]", "[language]\ndefault = \"en\"\n"),
    ("", "[[fallback]]", "[[fallback]]\nmisses = 1\ntext = \"Pardon?\"\n"),
    ("last_order", "[fields]", "[fields]\nlast_order = { type = \"text\" }\n"),
    (
        "office",
        "[hours.office]",
        "[hours.office]\nzone = \"Asia/Taipei\"\nopen = [\"mon-fri 10:00-18:00\"]\n",
    ),
];

/// Word lists a part may name.
const LISTS: [(&str, &str); 3] =
    [("sizes", "S\nM\nL\n"), ("shipping", "where is my parcel\n"), ("returns", "return*\n반품\n")];

fn guide(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The rule set of a snippet: with the lists, media and scripts it names.
fn sources(text: &str, scripts: &str) -> Sources {
    let mut sources = Sources::default().with("snippet.toml", text);
    for (name, lines) in LISTS.iter().filter(|(name, _)| text.contains(&format!("@{name}\""))) {
        sources = sources.with(&format!("words/{name}.txt"), lines);
    }
    for found in Regex::new(r#""(media/[^"]+)""#).unwrap().captures_iter(text) {
        let file = MediaFile { sha256: "0".repeat(64), bytes: 1_000 };
        sources.media.insert(found[1].to_owned(), file);
    }
    if !scripts.is_empty() {
        sources = sources.with("functions.rhai", scripts);
    }
    sources
}

fn framed(text: &str) -> String {
    let mut framed = text.to_owned();
    for (named, declared, more) in FRAME {
        if text.contains(named) && !text.contains(declared) {
            framed.push_str(&format!("\n{more}"));
        }
    }
    framed
}

fn codes(found: &[Diagnostic]) -> BTreeSet<&str> {
    found.iter().map(|one| one.code).collect()
}

/// What is wrong with a block, if anything.
fn judged(block: &Block, otherwise: Option<&str>, scripts: &str) -> Option<String> {
    let mut info: Vec<&str> = block.info.iter().map(String::as_str).collect();
    if info == ["toml"] {
        info.extend(otherwise);
    }
    let (text, wanted) = match info.as_slice() {
        ["toml", "rules", ..] => (block.text.clone(), None),
        ["toml", "part"] => (framed(&block.text), None),
        ["toml", "wrong", code, ..] => (framed(&block.text), Some(*code)),
        ["toml", "config"] => return configuration(&block.text),
        ["toml", ..] => return Some(format!("say what it is: {info:?}")),
        _ => return None,
    };
    let sources = sources(&text, scripts);
    let checked = decide::check(&sources, &Settings::default());
    let mut found = checked.diagnostics;
    if let Some(rules) = checked.ruleset {
        found.extend(rules.tests.iter().filter_map(|test| play(&rules, &sources, test).failed));
    }
    let wanted: BTreeSet<&str> = wanted.into_iter().collect();
    (codes(&found) != wanted).then(|| format!("{found:#?}"))
}

fn configuration(text: &str) -> Option<String> {
    let needed = [
        ("business_account_id", "business_account_id = \"1\"\n"),
        ("access_token", "access_token = { env = \"WHATSAPP_TOKEN\" }\n"),
    ];
    let needed = needed.iter().filter(|(key, _)| !text.contains(key));
    let account: String = needed.map(|(_, line)| *line).collect();
    let mut whole = match text.split_once("[whatsapp]\n") {
        Some((before, after)) => format!("{before}[whatsapp]\n{account}{after}"),
        None => format!("{text}\n[whatsapp]\n{account}"),
    };
    if !text.contains("[[whatsapp.number]]") {
        whole.push_str("\n[[whatsapp.number]]\nid = \"900000000000001\"\nname = \"main\"\n");
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = config::parse("usher.toml", &whole, here, Severity::Warning);
    read.err().map(|refused| format!("{:#?}", refused.diagnostics))
}

#[test]
fn every_snippet_is_what_it_says() {
    let mut wrong = Vec::new();
    let mut judgements = 0;
    for (path, otherwise) in GUIDES {
        let markdown = guide(path);
        let blocks = blocks(&markdown);
        let scripts = blocks.iter().filter(|block| block.info == ["rhai"]);
        let scripts: String = scripts.map(|block| block.text.as_str()).collect();
        for block in blocks.iter().filter(|block| block.info.iter().any(|word| word == "toml")) {
            judgements += 1;
            let scripts = if block.text.contains("script") { scripts.as_str() } else { "" };
            if let Some(why) = judged(block, otherwise, scripts) {
                wrong.push(format!("{path}:{}: {why}", block.line));
            }
        }
    }
    assert!(judgements > 30, "{judgements}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_table_of_words_is_true() {
    let quoted = Regex::new("“([^”]+)”").unwrap();
    let mut wrong = Vec::new();
    let rows = table(&guide("docs/rules.md"), "an entry");
    assert!(rows.len() >= 8, "{rows:?}");
    for row in rows {
        let [entry, found, not_found] = row.as_slice() else { panic!("three cells: {row:?}") };
        let sentences = |cell: &str| -> Vec<String> {
            quoted.captures_iter(cell).map(|found| found[1].to_owned()).collect()
        };
        let rule = format!(
            "[[reply]]\nid = \"row\"\nwords = [{:?}]\ntext = \"Yes.\"\nexamples = {:?}\n\
             not_examples = {:?}\n",
            entry.trim_matches('`'),
            sentences(found),
            sentences(not_found)
        );
        let checked = decide::check(&sources(&framed(&rule), ""), &Settings::default());
        if checked.ruleset.is_none() || checked.examples < 2 {
            wrong.push(format!("{row:?}: {:#?}", checked.diagnostics));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_values_has_every_value() {
    let rows = table(&guide("docs/rules.md"), "value | what it holds");
    let named: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| row[0].split(", "))
        .map(|value| value.trim_matches([' ', '`']).replace("NAME", "*"))
        .collect();
    let there: BTreeSet<String> = VARIABLES.iter().map(|row| row.path.to_owned()).collect();
    assert_eq!(named, there);
}

#[test]
fn what_commands_print_is_what_the_guide_shows() {
    let mut wrong = Vec::new();
    let mut ran = 0;
    for (path, _) in GUIDES {
        let folder = tempfile::tempdir().unwrap();
        for block in blocks(&guide(path)) {
            if let Some(file) = block.info.get(1..).and_then(kept) {
                std::fs::write(folder.path().join(file), &block.text).unwrap();
            }
            if block.info != ["console"] {
                continue;
            }
            for (command, shown) in commands(&block.text) {
                ran += 1;
                let printed = printed(&command, folder.path());
                if !pattern(&shown).is_match(&printed) {
                    wrong.push(format!("{path}:{}: $ {command}\n{printed}", block.line));
                }
            }
        }
    }
    assert!(ran > 5, "{ran}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `UPDATE_EXPECTED=1 cargo test --test docs` writes it anew.
#[test]
fn the_manual_of_keys_is_what_the_schema_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    let manual = keys::manual();
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &manual).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == manual, "docs/keys.md is out of date: UPDATE_EXPECTED=1 writes it");
}

/// The name under which a block is kept: `rules FILE`, `wrong CODE FILE`.
fn kept(info: &[String]) -> Option<PathBuf> {
    let last = info.last().filter(|last| last.ends_with(".toml"))?;
    Some(PathBuf::from(last))
}

/// Commands after `$ `, each with what it is shown to print.
fn commands(console: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in console.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((_, shown))) => {
                shown.push_str(line);
                shown.push('\n');
            }
            (None, None) => panic!("a console block begins with `$ `"),
        }
    }
    commands
}

/// Everything the command prints, without spaces at the ends of lines.
fn printed(command: &str, folder: &Path) -> String {
    let words = words(command);
    assert_eq!(words.first().map(String::as_str), Some("usher"), "{command}");
    let output = Command::new(env!("CARGO_BIN_EXE_usher"))
        .args(words.get(1..).unwrap())
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8(printed).unwrap();
    printed.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The words of a command, quotes undone.
fn words(command: &str) -> Vec<String> {
    let word = Regex::new(r#""([^"]*)"|(\S+)"#).unwrap();
    let found = word.captures_iter(command);
    found.map(|found| found.get(1).or(found.get(2)).unwrap().as_str().to_owned()).collect()
}

fn pattern(shown: &str) -> Regex {
    let lines = shown.lines().map(|line| match (line, line.strip_suffix('…')) {
        ("…", _) => "(?s:.*)".to_owned(),
        (_, Some(begin)) => format!("{}.*\n", regex::escape(begin)),
        (_, None) => format!("{}\n", regex::escape(line.trim_end())),
    });
    Regex::new(&format!("^{}$", lines.collect::<String>())).unwrap()
}
