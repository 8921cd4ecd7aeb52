//! Optional spaces: a space beside Hangul is left out before the automaton looks, in entries and
//! in messages alike, and put back when a place is judged.

use crate::text::script::{Class, class};
use std::borrow::Cow;
use std::ops::Range;

/// A text without the spaces beside Hangul.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Squeezed<'a> {
    pub text: Cow<'a, str>,
    /// Bytes of `text` before which a space was left out, ascending.
    pub cuts: Vec<usize>,
}

impl<'a> Squeezed<'a> {
    /// Squeezes a normal form.
    pub fn of(normal: &'a str) -> Squeezed<'a> {
        let mut kept = String::new();
        let mut cuts = Vec::new();
        let mut from = 0;
        if !normal.is_ascii() {
            for (at, _) in normal.match_indices(' ').filter(|(at, _)| beside_hangul(normal, *at)) {
                kept.push_str(normal.get(from..at).unwrap_or_default());
                cuts.push(kept.len());
                from = at + 1;
            }
        }
        if cuts.is_empty() {
            return Squeezed { text: Cow::Borrowed(normal), cuts };
        }
        kept.push_str(normal.get(from..).unwrap_or_default());
        Squeezed { text: Cow::Owned(kept), cuts }
    }

    /// The place in the normal form of a place in the squeezed text.
    pub fn original(&self, place: &Range<usize>) -> Range<usize> {
        let before = self.cuts.partition_point(|cut| *cut <= place.start);
        let within = self.cuts.partition_point(|cut| *cut < place.end);
        place.start + before..place.end + within.max(before)
    }

    /// Where spaces were left out inside a place, counted from its start.
    pub fn cuts_inside(&self, place: &Range<usize>) -> impl Iterator<Item = usize> {
        let start = place.start;
        let first = self.cuts.partition_point(|cut| *cut <= start);
        let inside = self.cuts.get(first..).unwrap_or_default();
        inside.iter().take_while(move |cut| **cut < place.end).map(move |cut| cut - start)
    }
}

fn beside_hangul(text: &str, at: usize) -> bool {
    let (before, after) = (text.get(..at), text.get(at + 1..));
    let is_hangul = |c: Option<char>| c.map(class) == Some(Class::Hangul);
    is_hangul(before.and_then(|before| before.chars().next_back()))
        || is_hangul(after.and_then(|after| after.chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_again() {
        for (normal, squeezed, part, original) in [
            ("배송 조회 ok go", "배송조회ok go", "조회", "조회"),
            ("배송 조회 ok go", "배송조회ok go", "송조", "송 조"),
            ("배송 조회 ok go", "배송조회ok go", "ok go", "ok go"),
            ("ok go", "ok go", "go", "go"),
            ("가 나 다", "가나다", "가나다", "가 나 다"),
            ("가 나 다", "가나다", "나", "나"),
        ] {
            let found = Squeezed::of(normal);
            assert_eq!(found.text, squeezed);
            let at = squeezed.find(part).expect("it is there");
            assert_eq!(&normal[found.original(&(at..at + part.len()))], original);
        }
    }
}
