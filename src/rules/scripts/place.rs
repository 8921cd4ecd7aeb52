//! Rhai's places (line and column, in characters) as bytes of the text that was parsed.

use rhai::Position;
use std::ops::Range;

/// Bytes of the word at a place; the whole text where the place is not known.
pub(super) fn word(text: &str, position: Position) -> Range<usize> {
    let Some(start) = offset(text, position) else { return 0..text.len() };
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let one = rest.chars().next().map_or(0, char::len_utf8);
    start..start + end.max(one)
}

/// Bytes of a function's name, which stands before its body.
pub(super) fn name_before(text: &str, body: Position, name: &str) -> Range<usize> {
    let end = offset(text, body).unwrap_or(text.len());
    let head = text.get(..end).unwrap_or_default();
    let start = head.rfind("fn ").and_then(|at| Some(at + head.get(at..)?.find(name)?));
    start.map_or(0..0, |start| start..start + name.len())
}

fn offset(text: &str, position: Position) -> Option<usize> {
    let (line, column) = (position.line()?, position.position().unwrap_or(1));
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line.checked_sub(1)?).map(str::len).sum();
    let line = lines.next().unwrap_or_default();
    let within = line.char_indices().nth(column.saturating_sub(1));
    Some(before + within.map_or(line.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_and_given_in_bytes() {
        for (text, line, column, expected) in [
            ("contact.name", 1, 9, "name"),
            ("\"주문\" == contct", 1, 9, "contct"),
            ("a\nbb + cc", 2, 6, "cc"),
            ("a +", 1, 3, "+"),
            ("a +", 1, 9, ""),
            ("a +", 7, 1, ""),
        ] {
            let span = word(text, Position::new(line, column));
            assert_eq!(text.get(span), Some(expected), "{text} {line}:{column}");
        }
        assert_eq!(word("a + b", Position::NONE), 0..5);
    }
}
