//! TOML's own mistakes: reported in words, and skipped part by part so that the rest is read.
//!
//! A file is parted at its headers. The first part with a mistake is reported and blanked, then the
//! file is read again: a list that is never closed does not take the rest of the file with it.

use super::Lost;
use super::{shapes, slips};
use crate::limits;
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::problems::{Problems, Sheet};
use std::ops::Range;
use toml::de::DeTable;

/// The text of a sheet with every unreadable part blanked, all bytes at their places. `None` where
/// there are too many such parts.
pub fn readable(sheet: &Sheet, problems: &Problems, lost: &mut Lost) -> Option<String> {
    let mut text = sheet.text.clone();
    for _ in 0..limits::SYNTAX_ROUNDS_MAX {
        let mistakes = mistakes(&text);
        let Some(first) = mistakes.first() else { return Some(text) };
        let part = part_of(&sheet.text, cause(&sheet.text, first));
        report(sheet, &part, &mistakes, problems);
        lose(sheet.text.get(part.clone()).unwrap_or_default(), lost);
        text = blanked(&text, &part);
    }
    if mistakes(&text).is_empty() {
        return Some(text);
    }
    lost.whole_file = true;
    let message =
        format!("`{}` has too many mistakes; the rest of it was not looked at", sheet.path);
    let place = sheet.place(&(0..0), "");
    problems.report(&codes::SYNTAX, message, place, "mend the ones listed first");
    None
}

/// One error of the TOML parser.
struct Mistake {
    at: usize,
    span: Range<usize>,
    message: String,
}

/// By place.
fn mistakes(text: &str) -> Vec<Mistake> {
    let (_, errors) = DeTable::parse_recoverable(text);
    let mut mistakes: Vec<Mistake> = errors
        .iter()
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            Mistake { at: span.start, span, message: error.message().to_owned() }
        })
        .collect();
    mistakes.sort_by_key(|mistake| mistake.at);
    mistakes
}

/// Where the cause of a mistake is to be looked for: a text or a list that is never closed is noticed
/// only further down.
fn cause(text: &str, mistake: &Mistake) -> usize {
    if mistake.message.contains("multi-line") {
        let quotes = if mistake.message.contains("literal") { "'''" } else { "\"\"\"" };
        let before = text.get(..mistake.at).unwrap_or_default();
        return before.rfind(quotes).unwrap_or(mistake.at);
    }
    let (start, line) = line_of(text, mistake.at);
    let in_list =
        ["comma", "must be quoted", "array"].iter().any(|word| mistake.message.contains(word));
    if in_list && is_header(line) { start.saturating_sub(1) } else { mistake.at }
}

/// The part of the file between two headers that holds the byte.
fn part_of(text: &str, at: usize) -> Range<usize> {
    let mut part = 0..text.len();
    for (start, line) in lines(text) {
        if !is_header(line) {
            continue;
        }
        if start <= at {
            part.start = start;
        } else {
            part.end = start;
            break;
        }
    }
    part
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line)
    })
}

/// What opens a header, or was meant to.
const OPENING: [char; 2] = ['[', '［'];

/// `[name]`, `[[name]]`, also with a bracket forgotten; not a line of a list.
fn is_header(line: &str) -> bool {
    let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let Some(inner) = line.strip_prefix(OPENING) else { return false };
    let inner =
        inner.trim_start_matches(OPENING).split([']', '］', '#']).next().unwrap_or_default();
    inner.starts_with(|c: char| c.is_alphabetic() || c == '_') && !inner.contains([',', '，', '='])
}

fn header_name(line: &str) -> &str {
    let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '[');
    line.split([']', '.', '#']).next().unwrap_or_default().trim()
}

/// The first mistake of each line of the part, up to one that others only follow from.
fn report(sheet: &Sheet, part: &Range<usize>, mistakes: &[Mistake], problems: &Problems) {
    let within = |mistake: &&Mistake| part.contains(&mistake.at) || part.end == mistake.at;
    let never_closed = mistakes.first().filter(|first| cause(&sheet.text, first) != first.at);
    if let Some(first) = never_closed {
        let slip = lines(sheet.text.get(part.clone()).unwrap_or_default())
            .find_map(|(start, line)| Some((part.start + start, slips::on_line(line)?)));
        return problems.add(match slip {
            Some((start, slip)) => shown(sheet, start, slip),
            None => unclosed(sheet, part, first),
        });
    }
    let mut line = 0;
    for mistake in mistakes.iter().filter(within) {
        if sheet.line(mistake.at) == line {
            continue;
        }
        line = sheet.line(mistake.at);
        if let Some(found) = open_list(sheet, part, mistake) {
            return problems.add(found);
        }
        problems.add(slipped(sheet, mistake).unwrap_or_else(|| told(sheet, part, mistake)));
        let swallows = ["array", "multi-line", "inline table"];
        if swallows.iter().any(|word| mistake.message.contains(word)) || in_header(sheet, mistake) {
            break;
        }
    }
}

/// A text or a list of the part that is never closed, noticed only further down.
fn unclosed(sheet: &Sheet, part: &Range<usize>, mistake: &Mistake) -> Diagnostic {
    let text = sheet.text.get(part.clone()).unwrap_or_default();
    let (sign, what, end) = if mistake.message.contains("multi-line") {
        let at = cause(&sheet.text, mistake);
        (at..at + 3, "a text of several lines", "the quotes it begins with")
    } else {
        let opening = text.rfind("= [").map_or(part.start, |at| part.start + at + 2);
        (opening..opening + 1, "a list", "`]`")
    };
    Diagnostic::new(&codes::SYNTAX, format!("{what} is never closed"))
        .at(sheet.place(&sign, "it begins here"))
        .help(format!("write {end} where it ends"))
}

/// Whether a mistake stands in a header line.
fn in_header(sheet: &Sheet, mistake: &Mistake) -> bool {
    is_header(line_of(&sheet.text, mistake.at).1)
}

/// The line of a byte, and where it begins.
fn line_of(text: &str, at: usize) -> (usize, &str) {
    let start = text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
    (start, text.get(start..).unwrap_or_default().lines().next().unwrap_or_default())
}

/// A list that is still open where the next key begins.
fn open_list(sheet: &Sheet, part: &Range<usize>, mistake: &Mistake) -> Option<Diagnostic> {
    let (start, line) = line_of(&sheet.text, mistake.at);
    let key = line.split('=').next().unwrap_or_default().trim();
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let in_list = ["comma between array", "must be quoted", "in array"];
    let opens = line.contains('=')
        && !key.is_empty()
        && key.chars().all(is_key)
        && in_list.iter().any(|words| mistake.message.contains(words))
        && mistake.at <= start + line.find('=').unwrap_or(0);
    let before = sheet.text.get(part.start..start).filter(|_| opens)?;
    let (opening, _) = before.rmatch_indices('[').find(|(at, _)| {
        before.get(..*at).is_some_and(|before| before.trim_end_matches(' ').ends_with('='))
    })?;
    let opening = part.start + opening;
    let key_at = start + line.find(key).unwrap_or(0);
    let found = Diagnostic::new(&codes::SYNTAX, "a list is not closed")
        .at(sheet.place(&(opening..opening + 1), "it begins here"))
        .at(sheet.place(&(key_at..key_at + key.len()), "this is no entry of it"))
        .help(format!("write `]` where it ends, before `{key}`"));
    Some(found)
}

/// A slip that TOML does not name, on the line of the mistake or on the one it follows from.
fn slipped(sheet: &Sheet, mistake: &Mistake) -> Option<Diagnostic> {
    let (start, line) = line_of(&sheet.text, mistake.at);
    let above = line_of(&sheet.text, start.saturating_sub(1));
    let (start, slip) = match slips::on_line(line) {
        Some(slip) => (start, slip),
        None if mistake.message.contains("comma") => (above.0, slips::on_line(above.1)?),
        None => return None,
    };
    Some(shown(sheet, start, slip))
}

/// A slip of the line that begins at `start`.
fn shown(sheet: &Sheet, start: usize, slip: slips::Slip) -> Diagnostic {
    let span = start + slip.span.start..start + slip.span.end;
    let place = sheet.place(&span, slip.label);
    Diagnostic::new(&codes::SYNTAX, slip.message).at(place).help(slip.help)
}

/// The mistake in the words of somebody who writes rules.
fn told(sheet: &Sheet, part: &Range<usize>, mistake: &Mistake) -> Diagnostic {
    let text = &sheet.text;
    let (line_start, line) = line_of(text, mistake.at);
    let word = text.get(mistake.span.clone()).unwrap_or_default();
    let at = |label: &str| sheet.place(&mistake.span, label);
    let error = |message: &str| Diagnostic::new(&codes::SYNTAX, message);
    match mistake.message.as_str() {
        "duplicate key" => twice(sheet, part, mistake, word),
        message if message.contains("dotted key") => error("one text and texts by language together")
            .at(at("by language here, a single text elsewhere"))
            .help("give every text its language: `text.en = \"…\"` and `text.ko = \"…\"`, no bare `text = …`"),
        message if message.starts_with("unexpected key or value") => {
            let (label, help) = after_value(line, mistake.at - line_start);
            error("the value ends before the line does").at(at(label)).help(help)
        }
        message if message.starts_with("string values must be quoted") => {
            if word.is_empty() {
                error("a key without a value").at(at("nothing stands here")).help("write a value, such as `\"…\"`, after the `=`")
            } else {
                let (message, help) = bare(line.get(..mistake.at - line_start).unwrap_or_default(), word);
                error(message).at(at("")).help(help)
            }
        }
        message if message.starts_with("missing comma") => error("a comma or a closing `]` is missing")
            .at(at("before this"))
            .help("write a comma between the entries; close the list with `]` if it ends here"),
        message if message.starts_with("unclosed array") => error("a list is not closed")
            .at(at("it ends here"))
            .help("write `]` where the list ends"),
        message if message.starts_with("key with no value") => error("a line without `=`")
            .at(at(""))
            .help("write `key = value`; a comment begins with `#`, a header with `[`"),
        message if message.contains("escape") || message.contains("unicode value") => {
            error("a backslash that means nothing").at(at(""))
                .help("inside \"…\" a backslash is doubled: `\\\\d`; a regex is easier written in '…', a path with `/`")
        }
        message if message.contains("inline table") => error("a closing `}` is missing")
            .at(at("before this"))
            .help("write `}` where the table in braces ends, and a comma between its keys"),
        message if message.contains("boolean") => error("neither `true` nor `false`")
            .at(at(""))
            .help(format!("write `{}`, in small letters and without quotes", word.to_lowercase())),
        message if message.contains("unquoted key") => error("no name of a key")
            .at(at("only `a` to `z`, digits, `-` and `_` stand in it"))
            .help("write `key = value`; a note begins with `#`"),
        message if message.contains("string") && message.contains("expected") => {
            error("a text is not closed").at(at("it should end before here"))
                .help("close it with the quote it began with; texts of several lines stand in `\"\"\"`")
        }
        message => error(message).at(at("")).help("`usher check --explain U004` shows the usual mistakes"),
    }
}

/// A key that stands twice, with the place of the first where it can be found.
fn twice(sheet: &Sheet, part: &Range<usize>, mistake: &Mistake, word: &str) -> Diagnostic {
    let header =
        sheet.text.get(part.start..).unwrap_or_default().lines().next().unwrap_or_default();
    let place = sheet.place(&mistake.span, "the second time");
    if in_header(sheet, mistake) {
        return header_twice(sheet, mistake, word, header);
    }
    let first = lines(&sheet.text)
        .filter(|(start, _)| part.contains(start) && *start < mistake.at)
        .find(|(_, line)| {
            let rest = line.trim_start().strip_prefix(word);
            rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
        })
        .map(|(start, line)| start + line.find(word).unwrap_or(0));
    let by_language = first.is_some_and(|at| {
        sheet.text.get(at + word.len()..).is_some_and(|rest| rest.starts_with('.'))
    });
    let help = if by_language {
        format!("give every text its language: `{word}.en = \"…\"`, no bare `{word} = …`")
    } else if word == "id" {
        "begin each rule with its own header, `[[reply]]`".to_owned()
    } else {
        "keep one of them; a list holds several values: `[\"…\", \"…\"]`".to_owned()
    };
    let message = format!("`{word}` is given twice");
    let found = Diagnostic::new(&codes::SYNTAX, message).at(place).help(help);
    match first {
        Some(at) => found.at(sheet.place(&(at..at + word.len()), "the first time")),
        None => found,
    }
}

fn header_twice(sheet: &Sheet, mistake: &Mistake, word: &str, header: &str) -> Diagnostic {
    let earlier = lines(&sheet.text)
        .filter(|(start, line)| {
            *start < mistake.at && is_header(line) && header_name(line) == header_name(header)
        })
        .find(|(start, line)| !(*start..*start + line.len()).contains(&mistake.at));
    let many = shapes::TABLES.iter().any(|(table, many)| *table == word && *many);
    let (code, help) = if many {
        (&codes::TABLE_SHAPE, format!("write `[[{word}]]` each time"))
    } else {
        (&codes::DUPLICATE, "join the two under one header".to_owned())
    };
    let found = Diagnostic::new(code, format!("`{word}` has a header twice"))
        .at(sheet.place(&mistake.span, "the second time"))
        .help(help);
    match earlier {
        Some((at, line)) => {
            found.at(sheet.place(&(at..at + line.trim_end().len()), "the first time"))
        }
        None => found,
    }
}

/// A value without quotes, by the key before it.
fn bare(before: &str, word: &str) -> (&'static str, String) {
    let key = before.trim_end().trim_end_matches('=').trim_end();
    let key = key.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let yes = ["yes", "on", "true", "y"].contains(&word.to_lowercase().as_str());
    let no = ["no", "off", "false", "n"].contains(&word.to_lowercase().as_str());
    match key {
        "also" | "new" | "from_ad" | "numbered" | "private" | "voice" if yes || no => {
            ("neither `true` nor `false`", format!("write `{key} = {yes}`"))
        }
        "from" | "until" | "on" => {
            let day = slips::day(word).unwrap_or_else(|| "2027-04-15".to_owned());
            ("not a date", format!("write `{key} = \"{day}\"`: year, month, day"))
        }
        _ => ("a text without quotes", format!("write `\"{word}\"`")),
    }
}

/// What follows a value on its line: usually a quote inside a text.
fn after_value(line: &str, column: usize) -> (&'static str, &'static str) {
    let before = line.get(..column).unwrap_or_default();
    if before.ends_with('\'') {
        ("the `'` before this ended the text", "put a text that holds a `'` between \"…\"")
    } else if before.ends_with('"') {
        let help = "inside \"…\" write the quote as `\\\"`, or use “…”";
        ("the `\"` before this ended the text", help)
    } else {
        ("not expected here", "one `key = value` a line; a text stands between \"…\"")
    }
}

/// Remembers what the part may have declared.
fn lose(part: &str, lost: &mut Lost) {
    for (_, line) in lines(part) {
        if is_header(line) {
            lost.tables.insert(header_name(line).to_owned());
        }
        let value =
            line.trim_start().strip_prefix("id").and_then(|r| r.trim_start().strip_prefix('='));
        if let Some(value) = value {
            let quotes = |c: char| c == '"' || c == '\'' || c.is_whitespace();
            lost.ids.insert(value.trim_matches(quotes).to_owned());
        }
    }
}

/// The text with a part replaced by spaces; line ends stay.
fn blanked(text: &str, part: &Range<usize>) -> String {
    let blank = |bytes: &str| -> String {
        let keep = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
        bytes.bytes().map(keep).collect()
    };
    let before = text.get(..part.start).unwrap_or_default();
    let within = text.get(part.clone()).unwrap_or_default();
    let after = text.get(part.end..).unwrap_or_default();
    format!("{before}{}{after}", blank(within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_lists_are_told_apart() {
        for line in ["[greeting]", "[[reply]]", "  [hours.office] # x", "[[reply]", "[reply"] {
            assert!(is_header(line), "{line}");
        }
        for line in ["[\"a\", \"b\"]", "words = [", "[1]", "[a, b]", "", "]"] {
            assert!(!is_header(line), "{line}");
        }
    }

    #[test]
    fn a_list_that_is_never_closed_takes_only_its_own_rule() {
        let text = "[[reply]]\nid = \"a\"\nwords = [\"x\"\ntext = \"y\"\n[[reply]]\nid = \"b\"\n";
        let problems = Problems::default();
        let mut lost = Lost::default();
        let sheet = Sheet::new("a.toml", text.to_owned());
        let rest = readable(&sheet, &problems, &mut lost).unwrap();
        assert_eq!(rest.len(), text.len());
        assert_eq!(rest.trim(), "[[reply]]\nid = \"b\"");
        assert!(lost.rule("a") && !lost.rule("b"));
        assert_eq!(problems.into_sorted().len(), 1);
    }
}
