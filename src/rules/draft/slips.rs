//! Slips of the hand that TOML's own errors do not name: signs of another keyboard, a colon for `=`,
//! `//` for a comment, a quote forgotten in the middle of a line. Looks at single lines only.

use std::ops::Range;

/// A slip, with its place in bytes of the line.
#[derive(Debug, PartialEq, Eq)]
pub struct Slip {
    /// The bytes at fault.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What is said under it.
    pub label: &'static str,
    /// What to type.
    pub help: String,
}

/// The slip of a line that TOML refuses; `None` where it is none of these.
#[must_use]
pub fn on_line(line: &str) -> Option<Slip> {
    let seen = scan(line);
    foreign(&seen)
        .or_else(|| slashes(line, &seen))
        .or_else(|| colon(line))
        .or_else(|| forgotten_quote(line, &seen))
        .or_else(|| foreign_name(line))
}

/// The sign of an English keyboard that looks like this one; a letter or a digit of full width too.
#[must_use]
pub fn meant(sign: char) -> Option<char> {
    match sign {
        '“' | '”' | '„' | '‟' | '「' | '」' | '『' | '』' => Some('"'),
        '‘' | '’' | '‚' | '‛' => Some('\''),
        '、' | '﹐' => Some(','),
        '：' => Some('='),
        '【' | '〔' => Some('['),
        '】' | '〕' => Some(']'),
        '\u{3000}' | '\u{a0}' => Some(' '),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0),
        _ => None,
    }
}

/// What kind of sign stands there: `full-width`, `curly`…
#[must_use]
pub fn kind(sign: char) -> &'static str {
    match sign {
        '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛' => "a curly",
        '\u{3000}' | '\u{ff01}'..='\u{ff5e}' => "a full-width",
        '\u{a0}' => "a hard space",
        _ => "a foreign",
    }
}

/// What of a line stands outside of its texts and comment.
#[derive(Debug, Default)]
struct Seen {
    /// Signs of another keyboard.
    signs: Vec<(usize, char)>,
    /// Texts between straight quotes, with them.
    texts: Vec<Range<usize>>,
    /// `//`
    slashes: Option<usize>,
}

fn scan(line: &str) -> Seen {
    let mut seen = Seen::default();
    let mut at = 0;
    while let Some(sign) = line.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = line.get(at..).unwrap_or_default();
        if sign == '#' || rest.starts_with("\"\"\"") || rest.starts_with("'''") {
            break;
        }
        if rest.starts_with("//") && seen.slashes.is_none() {
            seen.slashes = Some(at);
            break;
        }
        at = match meant(sign) {
            _ if sign == '"' || sign == '\'' => straight(line, at, sign, &mut seen),
            Some(quote @ ('"' | '\'')) => curly(line, at, quote, &mut seen),
            Some(_) => {
                seen.signs.push((at, sign));
                at + sign.len_utf8()
            }
            None => at + sign.len_utf8(),
        };
    }
    seen
}

/// Past a text that a straight quote opens; one that only a foreign quote closes is noted.
fn straight(line: &str, start: usize, quote: char, seen: &mut Seen) -> usize {
    let mut escaped = false;
    let mut foreign = None;
    for (offset, sign) in line.get(start + 1..).unwrap_or_default().char_indices() {
        let at = start + 1 + offset;
        if sign == quote && !escaped {
            seen.texts.push(start..at + 1);
            return at + 1;
        }
        if meant(sign) == Some(quote) {
            foreign = Some((at, sign));
        }
        escaped = sign == '\\' && quote == '"' && !escaped;
    }
    seen.signs.extend(foreign);
    line.len()
}

/// Past a text between foreign quotes: what stands in it is no slip.
fn curly(line: &str, start: usize, quote: char, seen: &mut Seen) -> usize {
    let mut signs = line.get(start..).unwrap_or_default().char_indices();
    let opening = signs.next().map(|(_, sign)| sign);
    seen.signs.extend(opening.map(|sign| (start, sign)));
    let after = start + opening.map_or(1, char::len_utf8);
    let Some((offset, closing)) =
        signs.find(|(_, sign)| *sign == quote || meant(*sign) == Some(quote))
    else {
        return after;
    };
    if closing != quote {
        seen.signs.push((start + offset, closing));
    }
    start + offset + closing.len_utf8()
}

fn foreign(seen: &Seen) -> Option<Slip> {
    let (at, sign) = *seen.signs.first()?;
    let wanted = meant(sign)?;
    let same: Vec<char> = seen.signs.iter().map(|(_, sign)| *sign).collect();
    let (message, label) = match wanted {
        ' ' => (
            format!("{} space of another keyboard", kind(sign).trim_end_matches(" space")),
            "this is no ordinary space",
        ),
        _ => (
            format!("{} `{sign}` where `{wanted}` belongs", kind(sign)),
            "a sign of another keyboard",
        ),
    };
    Some(Slip { span: at..at + sign.len_utf8(), message, label, help: retyped(&same) })
}

/// What to type in place of which signs.
fn retyped(signs: &[char]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for sign in signs {
        let part = match meant(*sign) {
            Some(' ') => "an ordinary space in place of this one".to_owned(),
            Some(wanted) => {
                let alike = alike(signs, wanted);
                format!("`{wanted}` in place of {alike}")
            }
            None => continue,
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    format!("type {}, with the keyboard set to English", parts.join(", "))
}

/// Every sign that was meant to be this one: `` `“` and `”` ``.
fn alike(signs: &[char], wanted: char) -> String {
    let mut alike: Vec<String> = Vec::new();
    for sign in signs.iter().filter(|sign| meant(**sign) == Some(wanted)) {
        let written = format!("`{sign}`");
        if !alike.contains(&written) {
            alike.push(written);
        }
    }
    alike.join(" and ")
}

fn slashes(line: &str, seen: &Seen) -> Option<Slip> {
    let at = seen.slashes?;
    let comment = line.get(at + 2..).unwrap_or_default().trim();
    Some(Slip {
        span: at..at + 2,
        message: "`//` begins no comment here".to_owned(),
        label: "a comment begins with `#`",
        help: format!("write `# {comment}`"),
    })
}

/// `key: value`.
fn colon(line: &str) -> Option<Slip> {
    let (key, value) = line.split_once(':')?;
    let name = key.trim().trim_matches('"');
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(is_key) {
        return None;
    }
    Some(Slip {
        span: key.len()..key.len() + 1,
        message: "a colon where `=` belongs".to_owned(),
        label: "write `=`",
        help: format!("write `{name} = {}`", value.trim()),
    })
}

/// A text that swallowed the comma after it, and the next key or the next quote.
fn forgotten_quote(line: &str, seen: &Seen) -> Option<Slip> {
    seen.texts.iter().find_map(|text| {
        let inner = line.get(text.start + 1..text.end.saturating_sub(1))?;
        let quote = line.get(text.start..text.start + 1)?;
        let after = line.get(text.end..)?.chars().next()?;
        if !after.is_alphanumeric() && after != '{' {
            return None;
        }
        let comma = inner.rfind(',')?;
        let between = inner.get(comma + 1..)?.trim();
        let key = between.strip_suffix('=').map(str::trim_end);
        let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !between.is_empty() && !key.is_some_and(|key| !key.is_empty() && key.chars().all(is_key))
        {
            return None;
        }
        let end = text.start + 1 + comma;
        let written = inner.get(..comma)?;
        Some(Slip {
            span: text.start..end,
            message: "a text is not closed".to_owned(),
            label: "its closing quote is missing",
            help: format!("write `{quote}{written}{quote}`"),
        })
    })
}

/// A name of foreign letters before `=`, or in a header.
fn foreign_name(line: &str) -> Option<Slip> {
    let header = line.trim_start().starts_with('[');
    let end = line.find(['=', '#', '"', '\'']).unwrap_or(line.len());
    let before = line.get(..end)?;
    let start = before.find(|c: char| !c.is_ascii() && c.is_alphanumeric())?;
    let is_part = |c: &char| c.is_alphanumeric() || *c == '_' || *c == '-';
    let name: String = before.get(start..)?.chars().take_while(is_part).collect();
    let first = before.trim_matches(|c: char| c.is_whitespace() || c == '[').starts_with(&name);
    let help = match (header, first) {
        (true, true) => {
            "a rule begins with `[[reply]]`; the words of usher are English, the texts yours"
        }
        (true, false) => "give it a name of English letters, such as `[hours.shop]`",
        (false, true) if end < line.len() => {
            "the keys are English words, such as `text` and `words`; only what stands after `=` is yours"
        }
        (false, true) => "put a text between quotes after its key; a note begins with `#`",
        (false, false) => "a language is written by its code: `text.ko = \"…\"`",
    };
    Some(Slip {
        span: start..start + name.len(),
        message: format!("`{name}` is not written with English letters"),
        label: "only `a` to `z`, digits, `-` and `_` stand here",
        help: help.to_owned(),
    })
}

/// A day as people write it, as usher wants it: `2027년 4월 15일`, `2027/4/15` → `2027-04-15`.
#[must_use]
pub fn day(text: &str) -> Option<String> {
    let numbers: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let [year, month, day] = numbers.as_slice() else { return None };
    let (year, month, day): (i16, i8, i8) =
        (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    if year < 1000 {
        return None;
    }
    Some(jiff::civil::Date::new(year, month, day).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slip_is_shown_where_it_is() {
        let cases = [
            ("words = [\"a\"， \"b\"]", "，"),
            ("text.ko = “저희가, 왔어요”", "“"),
            ("text = \"안녕”", "”"),
            ("text　= \"x\"", "　"),
            ("expect: \"1h\"", ":"),
            ("expect = \"1h\" // 한 시간", "//"),
            ("a = { b = \"49,000원부터, c.en = \"from\" }", "\"49,000원부터"),
            ("words = [\"a, \"b\"]", "\"a"),
            ("[[답변]]", "답변"),
            ("text.한국어 = \"x\"", "한국어"),
        ];
        for (line, wanted) in cases {
            let slip = on_line(line).unwrap();
            assert_eq!(&line[slip.span.clone()], wanted, "{line}: {slip:?}");
        }
    }

    #[test]
    fn what_is_written_in_texts_and_comments_is_no_slip() {
        for line in [
            "text = \"안녕하세요， “고객”님: 네 // 1\" x",
            "# ，",
            "text = 'it's ready'",
            "words = [\"p\" \"q\"]",
            "id = order",
        ] {
            assert_eq!(on_line(line), None, "{line}");
        }
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        let good = Some("2027-04-15".to_owned());
        for text in ["2027년 4월 15일", "2027/4/15", "2027. 4. 15.", "2027年4月15日"] {
            assert_eq!(day(text), good, "{text}");
        }
        for text in ["15/4/2027", "2027-13-01", "tomorrow", "4월 15일"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
