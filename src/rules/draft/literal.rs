//! Where a part of a decoded TOML string stands in the file: escapes, quotes and line ends undone.

use std::ops::Range;

/// The bytes of the file that a part of a decoded string comes from. `token` is the string with its
/// quotes, `part` is in bytes of the decoded string. A part past the end is the closing quote.
#[must_use]
pub fn inside(text: &str, token: &Range<usize>, part: &Range<usize>) -> Range<usize> {
    let Some(raw) = text.get(token.clone()) else { return token.clone() };
    let mut start = None;
    let mut end = None;
    let mut last = token.start + opening(raw).0.len();
    for piece in pieces(raw) {
        let file = token.start + piece.raw.start..token.start + piece.raw.end;
        if start.is_none() && piece.decoded.end > part.start {
            start = Some(file.start);
        }
        if piece.decoded.start < part.end {
            end = Some(file.end);
        }
        last = file.end;
    }
    let start = start.unwrap_or(last);
    start..end.unwrap_or(start).max(start)
}

/// One character: its bytes in the raw token and in the decoded string.
struct Piece {
    raw: Range<usize>,
    decoded: Range<usize>,
}

fn pieces(raw: &str) -> Vec<Piece> {
    let (quote, escapes) = opening(raw);
    let body_end = raw.len().saturating_sub(quote.len()).max(quote.len());
    let mut at = quote.len();
    if quote.len() == 3 {
        // A line break right after the opening quotes is not part of the string.
        at += line_break(raw.get(at..).unwrap_or_default());
    }
    let mut decoded = 0;
    let mut pieces = Vec::new();
    while let Some(rest) = raw.get(at..body_end).filter(|rest| !rest.is_empty()) {
        let (length, written) = step(rest, escapes);
        if written > 0 {
            let piece = Piece { raw: at..at + length, decoded: decoded..decoded + written };
            pieces.push(piece);
        }
        decoded += written;
        at += length;
    }
    pieces
}

/// The opening quotes and whether backslashes mean something.
fn opening(raw: &str) -> (&'static str, bool) {
    match raw {
        raw if raw.starts_with("\"\"\"") => ("\"\"\"", true),
        raw if raw.starts_with("'''") => ("'''", false),
        raw if raw.starts_with('"') => ("\"", true),
        raw if raw.starts_with('\'') => ("'", false),
        _ => ("", false),
    }
}

/// Bytes taken from the raw string, and bytes written to the decoded one, by its first character.
fn step(rest: &str, escapes: bool) -> (usize, usize) {
    let mut chars = rest.chars();
    let first = chars.next();
    if first != Some('\\') || !escapes {
        let length = first.map_or(1, char::len_utf8);
        return (length, length);
    }
    let digits = match chars.next() {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        Some(c) if c == '\n' || c == '\r' || c == ' ' || c == '\t' => {
            let blank = rest.len() - rest.get(1..).unwrap_or_default().trim_start().len();
            return (blank, 0);
        }
        Some(c) => return (1 + c.len_utf8(), 1),
        None => return (1, 1),
    };
    let code = rest.get(2..2 + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
    match code.and_then(char::from_u32) {
        Some(character) => (2 + digits, character.len_utf8()),
        None => (2, 1),
    }
}

fn line_break(text: &str) -> usize {
    match text {
        text if text.starts_with("\r\n") => 2,
        text if text.starts_with('\n') => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(literal: &str, wanted: &str) -> String {
        let text = format!("x = {literal}\n");
        let token = 4..4 + literal.len();
        let value: toml::Table = text.parse().unwrap();
        let decoded = value["x"].as_str().unwrap();
        let start = decoded.find(wanted).unwrap();
        text[inside(&text, &token, &(start..start + wanted.len()))].to_owned()
    }

    #[test]
    fn parts_are_found_in_every_kind_of_string() {
        let cases = [
            (r#""a {{ b }} c""#, "{{ b }}", "{{ b }}"),
            (r#""say \"hi\" 주문 now""#, "now", "now"),
            (r#""\t\u00e9\U0001F600x(""#, "x(", "x("),
            (r#""\u00e9(""#, "é", r"\u00e9"),
            (r"'\d+('", "(", "("),
            ("\"\"\"\nfirst\n  second\"\"\"", "second", "second"),
            ("\"\"\"a \\\n   b\"\"\"", "b", "b"),
            ("'''\r\nit's'''", "it's", "it's"),
        ];
        for (literal, wanted, file) in cases {
            assert_eq!(shown(literal, wanted), file, "{literal}");
        }
    }

    #[test]
    fn past_the_end_is_the_closing_quote() {
        assert_eq!(inside("x = \"ab\"", &(4..8), &(2..2)), 7..7);
        assert_eq!(inside("x = \"\"", &(4..6), &(0..0)), 5..5);
        assert_eq!(inside("x = é", &(4..5), &(0..1)), 4..5, "no string at all");
    }
}
