//! `docs/keys.md`, made of the table from which the schema is made.

use std::collections::BTreeSet;
use std::fmt::Write;
use usherd::rules::schema::kind::{MANY, TEXTS};
use usherd::rules::schema::{Key, Kind, Table, tables};

const HEAD: &str = "# Every key

What a rule file may hold, table by table. [The guide](rules.md) tells how to use it; `usher schema` gives the
same to editors. A key that is not here is an error, with its place and a proposal.

“A text by language” is one text, or one for each: `text.en`, `text.ko`, `text.zh-TW`.
";

/// The whole page.
pub fn manual() -> String {
    let mut page = HEAD.to_owned();
    let mut told = BTreeSet::new();
    for key in tables::FILE {
        visit(&key.kind, &mut told, &mut page);
    }
    page
}

/// The tables of a kind, each once: first its own keys, then what stands in them.
fn visit(kind: &Kind, told: &mut BTreeSet<&'static str>, page: &mut String) {
    match kind {
        Kind::Either(kinds) => kinds.iter().for_each(|kind| visit(kind, told, page)),
        Kind::List(kind, ..) | Kind::Map(kind) => visit(kind, told, page),
        Kind::Table(table) if told.insert(table.header) => {
            section(table, page);
            table.keys().for_each(|key| visit(&key.kind, told, page));
        }
        _ => {}
    }
}

fn section(table: &Table, page: &mut String) {
    let header = table.header;
    write!(page, "\n## `{header}`\n\n{}.\n\n| key | takes | |\n|---|---|---|\n", table.meaning)
        .unwrap();
    for key in table.keys() {
        let needed = if table.needed.contains(&key.name) { ", needed" } else { "" };
        let (name, takes, meaning) = (key.name, takes(key), cell(key.meaning));
        writeln!(page, "| `{name}` | {takes}{needed} | {meaning} |").unwrap();
    }
}

fn takes(key: &Key) -> String {
    cell(&words(&key.kind))
}

fn words(kind: &Kind) -> String {
    match kind {
        kind if *kind == TEXTS => "a text or several".to_owned(),
        Kind::Text | Kind::Form(_) => "a text".to_owned(),
        Kind::OneOf(words) => {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        }
        Kind::Integer => "a whole number".to_owned(),
        Kind::Whole(least, most) => format!("{least} to {most}"),
        Kind::Number => "a number".to_owned(),
        Kind::Between(least, most) => format!("{least} to {most}"),
        Kind::YesNo => "`true` or `false`".to_owned(),
        Kind::Place => "a text by language".to_owned(),
        Kind::Either([one, Kind::List(many, ..)]) if one == *many => {
            format!("{}; or several", words(one))
        }
        Kind::Either(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(words).collect();
            kinds.join(", or ")
        }
        Kind::List(Kind::Table(table), _, most) => {
            format!("a list{} of {}", up_to(*most), link(table))
        }
        Kind::List(kind, _, most) => format!("a list{}: {}", up_to(*most), words(kind)),
        Kind::Map(kind) => format!("a table of names: {}", words(kind)),
        Kind::Table(table) => format!("a table {}", link(table)),
    }
}

fn up_to(most: usize) -> String {
    if most == MANY { String::new() } else { format!(" (up to {most})") }
}

fn link(table: &Table) -> String {
    format!("[`{}`](#{})", table.header, anchor(table.header))
}

/// The address of a header on the page, as GitHub makes it.
fn anchor(header: &str) -> String {
    let kept = header.chars().filter(|c| c.is_alphanumeric() || *c == '_' || *c == '-');
    kept.collect::<String>().to_lowercase()
}

/// A cell of a table: a bar would end it, and `<` begin a tag.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
