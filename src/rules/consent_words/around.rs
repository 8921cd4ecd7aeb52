//! What may stand around a consent word: courtesies and what makes a request of it, from the
//! shipped lists.

use super::tight::Tight;
use crate::rules::lists;
use crate::text::normal;
use std::collections::HashMap;

const POLITE: &str = include_str!("../words/polite.txt");
const REQUEST: &str = include_str!("../words/request.txt");

/// Where the word stands in an entry of the lists.
const GAP: char = '…';

/// Most places looked at on one side of a message; people do not stack up more courtesies.
const PLACES_MAX: usize = 12;

/// Openings by their first character and endings by their last, so that most messages are looked
/// at with one look-up on each side.
#[derive(Debug, Clone)]
pub(super) struct Around {
    openings: HashMap<char, Vec<Phrase>>,
    endings: HashMap<char, Vec<Phrase>>,
}

#[derive(Debug, Clone)]
struct Phrase {
    text: String,
    request: bool,
}

/// A place at which the word may begin or end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// A byte of the text.
    pub at: usize,
    /// More than courtesy lies between here and the edge.
    pub request: bool,
}

impl Around {
    /// The shipped phrases of every language.
    pub fn shipped() -> Around {
        let mut around = Around { openings: HashMap::new(), endings: HashMap::new() };
        for (list, request) in [(POLITE, false), (REQUEST, true)] {
            for (_, entry) in lists::entries(list) {
                around.put(entry, request);
            }
        }
        around
    }

    /// Where the word may begin, the beginning first.
    pub fn begins(&self, tight: &Tight) -> Vec<Place> {
        let mut places = vec![Place { at: 0, request: false }];
        grow(&mut places, |place| {
            let rest = tight.text.get(place.at..).unwrap_or_default();
            let phrases = rest.chars().next().and_then(|first| self.openings.get(&first));
            let fitting = phrases.into_iter().flatten().filter(|p| rest.starts_with(&p.text));
            let next = fitting.map(move |p| place.moved(place.at + p.text.len(), p.request));
            next.filter(|place| tight.may_part(place.at)).collect()
        });
        places
    }

    /// Where the word may end, the end first.
    pub fn ends(&self, tight: &Tight) -> Vec<Place> {
        let mut places = vec![Place { at: tight.text.len(), request: false }];
        grow(&mut places, |place| {
            let rest = tight.text.get(..place.at).unwrap_or_default();
            let phrases = rest.chars().next_back().and_then(|last| self.endings.get(&last));
            let fitting = phrases.into_iter().flatten().filter(|p| rest.ends_with(&p.text));
            let next = fitting.map(move |p| place.moved(place.at - p.text.len(), p.request));
            next.filter(|place| tight.may_part(place.at)).collect()
        });
        places
    }

    fn put(&mut self, entry: &str, request: bool) {
        let text = Tight::of(&normal(entry.trim_matches(GAP))).text;
        let phrase = Phrase { text, request };
        if !entry.starts_with(GAP)
            && let Some(first) = phrase.text.chars().next()
        {
            self.openings.entry(first).or_default().push(phrase.clone());
        }
        if !entry.ends_with(GAP)
            && let Some(last) = phrase.text.chars().next_back()
        {
            self.endings.entry(last).or_default().push(phrase);
        }
    }
}

impl Place {
    fn moved(self, at: usize, request: bool) -> Place {
        Place { at, request: self.request || request }
    }
}

/// Adds what can be reached from the places there are, until there is nothing more.
fn grow(places: &mut Vec<Place>, next: impl Fn(Place) -> Vec<Place>) {
    let mut looked = 0;
    while let Some(place) = places.get(looked).copied() {
        looked += 1;
        for reached in next(place) {
            if places.len() < PLACES_MAX && !places.contains(&reached) {
                places.push(reached);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_kept_on_its_sides() {
        let around = Around::shipped();
        let count = |side: &HashMap<char, Vec<Phrase>>| side.values().map(Vec::len).sum::<usize>();
        let entries = || [POLITE, REQUEST].into_iter().flat_map(lists::entries);
        let openings = entries().filter(|(_, entry)| !entry.starts_with(GAP)).count();
        let endings = entries().filter(|(_, entry)| !entry.ends_with(GAP)).count();
        assert_eq!((count(&around.openings), count(&around.endings)), (openings, endings));
        assert!(openings > 60 && endings > 90, "{openings} {endings}");
    }

    #[test]
    fn phrases_are_taken_off_one_after_the_other() {
        let around = Around::shipped();
        for (text, words) in [
            ("hello please stop", vec!["hellopleasestop", "pleasestop", "stop"]),
            ("plea stop", vec!["pleastop"]),
            ("me stop", vec!["mestop"]),
            ("請幫我退訂", vec!["請幫我退訂", "幫我退訂", "退訂"]),
        ] {
            let tight = Tight::of(&normal(text));
            let left = around.begins(&tight).into_iter().map(|place| &tight.text[place.at..]);
            let mut left: Vec<_> = left.collect();
            left.dedup();
            assert_eq!(left, words, "{text}");
        }
        let tight = Tight::of(&normal("stop now, please. Thanks"));
        let left = around.ends(&tight).into_iter().map(|place| (&tight.text[..place.at], place));
        let found = left.map(|(text, place)| (text, place.request)).collect::<Vec<_>>();
        let expected =
            [("stopnowpleasethanks", false), ("stopnowplease", false), ("stopnow", false)];
        assert_eq!(found[..3], expected);
        assert_eq!(found[3], ("stop", true));
    }
}
