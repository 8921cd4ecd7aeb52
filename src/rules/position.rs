//! Where something stands in a text: lines and columns from byte offsets, for people.

use std::ops::Range;

/// The line starts of one text.
#[derive(Debug, Clone)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Finds the lines of `text`; `\n` ends a line, a `\r` before it belongs to it.
    #[must_use]
    pub fn of(text: &str) -> Lines {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Lines { starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// 1-based line and column (in characters; a byte order mark counts for nothing) of a byte
    /// offset in the same text; an offset past the end is the end.
    #[must_use]
    pub fn locate(&self, text: &str, offset: usize) -> (usize, usize) {
        let offset = floor(text, offset);
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.start_of(line);
        let before = text.get(start..offset).unwrap_or_default();
        (line, before.chars().filter(|c| *c != '\u{feff}').count() + 1)
    }

    /// The byte offset at which a 1-based line starts.
    #[must_use]
    pub fn start_of(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// The nearest character boundary at or before `offset`.
#[must_use]
pub fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The nearest character boundary at or after `offset`.
#[must_use]
pub fn ceil(text: &str, offset: usize) -> usize {
    (offset..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// A span moved outward to character boundaries and into the text.
#[must_use]
pub fn clamp(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = floor(text, span.start);
    start..ceil(text, span.end.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a\r\n주문 = 1\nz";
        let lines = Lines::of(text);
        assert_eq!(lines.locate(text, 0), (1, 1));
        assert_eq!(lines.locate(text, text.find('=').unwrap()), (2, 4));
        assert_eq!(lines.locate(text, 4), (2, 1), "inside a character is its start");
        assert_eq!(lines.locate(text, 99), (3, 2));
        assert_eq!(clamp(text, &(4..5)), 3..6);
    }
}
