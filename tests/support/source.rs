//! A source file as the layer test reads it: comments, strings and tests blanked out, every other
//! byte in its place.

use regex::Regex;
use std::path::{Path, PathBuf};

/// A file of `src`.
pub struct Source {
    /// From the root of the project, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// The same, with comments, strings and `#[cfg(test)]` items blanked out.
    code: String,
}

impl Source {
    /// Reads a file's text.
    pub fn new(path: &str, text: &str) -> Source {
        let code = without_tests(&without_prose(text));
        Source { path: path.to_owned(), text: text.to_owned(), code }
    }

    /// The room it belongs to: the folder or file right below `src`.
    pub fn room(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let room = below.split('/').next().unwrap_or(below);
        room.strip_suffix(".rs").unwrap_or(room)
    }

    /// The rooms it names by `crate::` or by enough `super::`, with their lines.
    pub fn rooms_named(&self) -> Vec<(usize, String)> {
        let paths = Regex::new(r"\b(crate::|(?:super::)+)").unwrap();
        let mut found = Vec::new();
        for start in paths.captures_iter(&self.code) {
            let whole = start.get(1).unwrap();
            let at_root = whole.as_str() == "crate::"
                || whole.as_str().matches("super::").count() == self.depth();
            if at_root {
                let line = self.code[..whole.start()].matches('\n').count() + 1;
                let names = first_names(&self.code[whole.end()..]);
                found.extend(names.into_iter().map(|name| (line, name)));
            }
        }
        found
    }

    /// The files of modules it declares for tests only: `#[cfg(test)] mod NAME;`.
    pub fn test_modules(&self) -> Vec<String> {
        let declared = r"#\[cfg\(test\)\]\s*(?:pub(?:\([a-z]+\))?\s+)?mod\s+([a-z0-9_]+)\s*;";
        let declared = Regex::new(declared).unwrap();
        let text = without_prose(&self.text);
        let folder = match self.path.strip_suffix("/mod.rs") {
            Some(folder) => folder,
            None => self.path.strip_suffix(".rs").unwrap_or(&self.path),
        };
        let names = declared.captures_iter(&text).map(|found| format!("{folder}/{}.rs", &found[1]));
        names.collect()
    }

    /// `file:line: text` of every line of code that `pattern` fits.
    pub fn lines_with(&self, pattern: &Regex) -> Vec<String> {
        self.numbered(pattern).map(|line| self.shown(line)).collect()
    }

    /// As [`Source::lines_with`], but for lines with an excuse within the 30 lines above.
    pub fn lines_without(&self, pattern: &Regex, excuse: &Regex) -> Vec<String> {
        let lines: Vec<&str> = self.text.lines().collect();
        let excused =
            |line: usize| lines[line.saturating_sub(30)..line].iter().any(|l| excuse.is_match(l));
        let found = self.numbered(pattern).filter(|line| !excused(*line));
        found.map(|line| self.shown(line)).collect()
    }

    fn numbered(&self, pattern: &Regex) -> impl Iterator<Item = usize> {
        (1..)
            .zip(self.code.lines())
            .filter(|(_, code)| pattern.is_match(code))
            .map(|(line, _)| line)
    }

    fn shown(&self, line: usize) -> String {
        format!("{}:{line}: {}", self.path, self.text.lines().nth(line - 1).unwrap().trim())
    }

    /// How many `super::` lead from this module to the root.
    fn depth(&self) -> usize {
        let parts = self.path.strip_prefix("src/").unwrap_or(&self.path).split('/').count();
        if self.path.ends_with("/mod.rs") { parts - 1 } else { parts }
    }
}

/// Every file below a folder, in the order of their paths.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        files.extend(if path.is_dir() { files_below(&path) } else { vec![path] });
    }
    files.sort();
    files
}

/// The first names of a path, or of each path of a `{group}`. Names with a capital are what
/// `lib.rs` gives to all and are no rooms.
fn first_names(rest: &str) -> Vec<String> {
    let name = Regex::new(r"^\s*([a-z_][a-z0-9_]*)").unwrap();
    let Some(group) = rest.strip_prefix('{') else {
        return name.captures(rest).map(|found| found[1].to_owned()).into_iter().collect();
    };
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for sign in group.chars() {
        match sign {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ if depth == 0 => parts.last_mut().unwrap().push(sign),
            _ => {}
        }
    }
    parts.iter().filter_map(|part| name.captures(part).map(|found| found[1].to_owned())).collect()
}

/// Comments, strings and characters as blanks.
fn without_prose(text: &str) -> String {
    let prose = Regex::new(
        r##"(?sx)
        //[^\n]*
        | b?r"[^"]*" | b?r\#"(?:[^"]|"[^\#])*"\# | b?r\#\#"(?:[^"]|"[^\#]|"\#[^\#])*"\#\#
        | b?"(?:[^"\\]|\\.)*"
        | '(?:[^'\\\n]|\\[^\n]{1,10}?)'
        "##,
    )
    .unwrap();
    let text = without_block_comments(text, &prose);
    prose.replace_all(&text, |found: &regex::Captures<'_>| blanks(&found[0])).into_owned()
}

/// `/* … */`, nested too. What stands in a string or behind `//` opens none.
fn without_block_comments(text: &str, prose: &Regex) -> String {
    let mut left = text.to_owned();
    let signs = Regex::new(r"/\*|\*/").unwrap();
    let mut from = 0;
    while let Some(start) = left[from..].find("/*").map(|at| at + from) {
        let inside = prose.find_iter(&left).find(|found| found.range().contains(&start));
        if let Some(inside) = inside {
            from = inside.end();
            continue;
        }
        let mut depth = 0;
        let mut end = left.len();
        for sign in signs.find_iter(&left[start..]) {
            depth += if sign.as_str() == "/*" { 1 } else { -1 };
            if depth == 0 {
                end = start + sign.end();
                break;
            }
        }
        left.replace_range(start..end, &blanks(&left[start..end]));
        from = end;
    }
    left
}

/// Every item under `#[cfg(test)]` as blanks.
fn without_tests(code: &str) -> String {
    let mut left = code.to_owned();
    while let Some(start) = left.find("#[cfg(test)]") {
        let end = start + item_end(&left[start..]);
        left.replace_range(start..end, &blanks(&left[start..end]));
    }
    left
}

/// Where an item ends: its first `;` outside brackets, or the brace that closes it.
fn item_end(item: &str) -> usize {
    let mut depth = 0;
    for (at, sign) in item.char_indices() {
        match sign {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth -= 1;
                if depth == 0 && sign == '}' {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

fn blanks(text: &str) -> String {
    text.chars().map(|sign| if sign == '\n' { '\n' } else { ' ' }).collect()
}
