//! From bytes to texts: encodings, sizes, word lists, and which file is read how.

use super::reader::Page;
use super::{Draft, ListDraft, syntax, tables};
use crate::limits;
use crate::rules::codes;
use crate::rules::diagnostic::{Diagnostic, Place, Point};
use crate::rules::media;
use crate::rules::position::Lines;
use crate::rules::problems::{At, Problems, Sheet};
use crate::rules::sources::{FileKind, Sources, kind};
use toml::de::DeTable;

/// Reads every file into the draft.
pub fn read(sources: &Sources, problems: &Problems, draft: &mut Draft) {
    if !fits(sources, problems) {
        draft.lost.whole_file = true;
        return;
    }
    for (path, bytes) in &sources.files {
        match kind(path) {
            FileKind::Skipped | FileKind::Media => {}
            FileKind::Unknown => unknown(path, problems),
            known => match text(path, bytes, problems) {
                Some(text) => file(known, path, text, problems, draft),
                None => lose(known, path, draft),
            },
        }
    }
}

/// The whole is within its limits.
fn fits(sources: &Sources, problems: &Problems) -> bool {
    let count = sources.files.len();
    let bytes: usize = sources.read().map(|(_, bytes)| bytes.len()).sum();
    let message = if count > limits::RULE_FILES_MAX {
        format!("{count} files are too many; at most {} are read", limits::RULE_FILES_MAX)
    } else if bytes > limits::RULE_SET_BYTES_MAX {
        let most = limits::RULE_SET_BYTES_MAX / (1024 * 1024);
        format!("the rule set has {} MB; at most {most} MB are read", bytes.div_ceil(1024 * 1024))
    } else {
        return true;
    };
    let help = "is this the rules folder? Move what is no rule elsewhere";
    problems.add(Diagnostic::new(&codes::TOO_BIG, message).help(help));
    false
}

fn unknown(path: &str, problems: &Problems) {
    let help = match path.rsplit('/').next() {
        Some(name) if named_like_rules(name).is_some() => {
            let right = named_like_rules(name).unwrap_or_default();
            format!("if it holds rules, name it `{right}`: only `.toml` in small letters is read")
        }
        Some(name) if name.ends_with(".txt") => {
            format!("a word list lives in `words/{name}`; anything else belongs elsewhere")
        }
        Some(name) if media::known(name).is_some() => {
            format!("what is sent lives in `media/{name}`; anything else belongs elsewhere")
        }
        _ => "a rule set is made of `*.toml`, `*.rhai`, `words/*.txt` and `media/`; move it elsewhere"
            .to_owned(),
    };
    let message = format!("`{path}` is not read");
    problems.report(&codes::UNKNOWN_FILE, message, whole(path), help);
}

/// `shop.toml` where the file is called `shop.TOML` or `shop.toml.txt`.
fn named_like_rules(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let stem = lower.strip_suffix(".toml.txt").or_else(|| lower.strip_suffix(".toml"))?;
    Some(format!("{}.toml", name.get(..stem.len())?))
}

/// The text of a file that is not too big and UTF-8.
fn text(path: &str, bytes: &[u8], problems: &Problems) -> Option<String> {
    if bytes.len() > limits::RULE_FILE_BYTES_MAX {
        let most = limits::RULE_FILE_BYTES_MAX / (1024 * 1024);
        let megabytes = bytes.len().div_ceil(1024 * 1024);
        let message = format!("`{path}` has {megabytes} MB; at most {most} MB are read");
        problems.report(&codes::TOO_BIG, message, whole(path), "divide it into several files");
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(error) => {
            not_utf8(path, bytes, error.valid_up_to(), problems);
            None
        }
    }
}

fn not_utf8(path: &str, bytes: &[u8], valid: usize, problems: &Problems) {
    let good = bytes.get(..valid).map(String::from_utf8_lossy).unwrap_or_default();
    let (line, column) = Lines::of(&good).locate(&good, valid);
    let utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let (message, help) = if utf16 {
        (format!("`{path}` is UTF-16, not UTF-8"), "save it again with the encoding UTF-8")
    } else {
        let message = format!("`{path}` is not UTF-8 from line {line}, column {column} on");
        (message, "save it again with the encoding UTF-8; it may be Big5, CP949 or Latin-1 now")
    };
    let place =
        Place { line, column, span: valid..valid, end: Point { line, column }, ..whole(path) };
    problems.report(&codes::NOT_UTF8, message, place, help);
}

fn file(kind: FileKind<'_>, path: &str, text: String, problems: &Problems, draft: &mut Draft) {
    match kind {
        FileKind::Script => {
            draft.scripts.insert(path.to_owned(), text);
        }
        FileKind::Words(name) => {
            let sheet = Sheet::new(path, text);
            let list = ListDraft { sheet: draft.sheets.len(), lines: lines(&sheet) };
            check_list(name, &list, &sheet, problems);
            draft.lists.insert(name.to_owned(), list);
            draft.sheets.push(sheet);
        }
        FileKind::Rules => {
            let sheet = Sheet::new(path, text);
            rules(&sheet, problems, draft);
            draft.sheets.push(sheet);
        }
        FileKind::Media | FileKind::Skipped | FileKind::Unknown => {}
    }
}

/// What can be read of a rule file.
fn rules(sheet: &Sheet, problems: &Problems, draft: &mut Draft) {
    let page = Page { sheet, number: draft.sheets.len(), problems };
    let (table, mistakes) = DeTable::parse_recoverable(&sheet.text);
    if mistakes.is_empty() {
        return tables::read(page, table.get_ref(), draft);
    }
    if let Some(readable) = syntax::readable(sheet, problems, &mut draft.lost) {
        tables::read(page, DeTable::parse_recoverable(&readable).0.get_ref(), draft);
    }
}

/// What a file that cannot be read may have held is not missed again.
fn lose(kind: FileKind<'_>, path: &str, draft: &mut Draft) {
    match kind {
        FileKind::Rules => draft.lost.whole_file = true,
        FileKind::Words(name) => {
            let list = ListDraft { sheet: draft.sheets.len(), lines: Vec::new() };
            draft.lists.insert(name.to_owned(), list);
            draft.sheets.push(Sheet::new(path, String::new()));
        }
        FileKind::Script | FileKind::Media | FileKind::Skipped | FileKind::Unknown => {}
    }
}

/// The entries of a word list: one a line, `#` begins a comment line.
fn lines(sheet: &Sheet) -> Vec<At<String>> {
    let mut start = 0;
    let mut entries = Vec::new();
    for line in sheet.text.split('\n') {
        let entry = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if !entry.is_empty() && !entry.starts_with('#') {
            let from = start + line.find(entry).unwrap_or(0);
            entries.push(At { value: entry.to_owned(), span: from..from + entry.len() });
        }
        start += line.len() + 1;
    }
    entries
}

fn check_list(name: &str, list: &ListDraft, sheet: &Sheet, problems: &Problems) {
    if !is_list_name(name) {
        let message = format!("`{name}` is no name for a word list");
        let help = "name the file with letters, digits, `-` and `_` only";
        problems.report(&codes::BAD_NAME, message, whole(&sheet.path), help);
    }
    if list.lines.is_empty() {
        let message = format!("the word list `{name}` has no entries");
        let help = "write one entry a line, or remove the file";
        problems.report(&codes::EMPTY_LIST, message, sheet.place(&(0..0), ""), help);
    }
    for line in list.lines.iter().filter(|line| line.value.starts_with('@')) {
        let message = "a word list does not refer to another list";
        let place = sheet.place(&line.span, "only entries stand here");
        let help = format!(
            "name both where they are used, `[\"@{name}\", \"{}\"]`, or write `\\{}` for the sign itself",
            line.value, line.value
        );
        problems.report(&codes::BAD_LIST_LINE, message, place, help);
    }
}

/// A name that can stand after `@`.
fn is_list_name(name: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.chars().all(letter)
}

/// A place that is a file as a whole.
fn whole(path: &str) -> Place {
    Place::whole(path, "")
}
