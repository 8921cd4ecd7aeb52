//! Opting out in free words (`pls quit msging me`, `別再發廣告了`), found by what is said and of
//! what: a verb of ending near a thing that is sent. What is found so is only asked about, so it
//! may be wrong sometimes; nothing here can grant.
//!
//! The words stand in a file for each language (`words/opting_out/`), under these headings:
//!
//! - `alone`: says it by itself, wherever it stands (`unsubscribe`);
//! - `end`: says it near an `object` (`don't send`), or with nothing but `around` beside it. With
//!   `…` it says nothing without an object of the same clause: `stop…` wants it behind, `…거부`
//!   before, `…그만…` on either side;
//! - `object`: what is sent (`messages`);
//! - `around`: says nothing more;
//! - `not`: what it covers is no other word (`don't stop`, `stop by`);
//! - `other`: what else the message is about (`order`); then only `alone` counts.

use super::tight::{self, Tight};
use crate::limits;
use crate::rules::lists;
use crate::text::normal;
use crate::text::script::{Class, class};
use aho_corasick::AhoCorasick;
use std::collections::BTreeSet;
use std::sync::LazyLock;

const FILES: [&str; 6] = [
    include_str!("../words/opting_out/en.txt"),
    include_str!("../words/opting_out/ko.txt"),
    include_str!("../words/opting_out/zh-Hant.txt"),
    include_str!("../words/opting_out/zh-Hans.txt"),
    include_str!("../words/opting_out/es.txt"),
    include_str!("../words/opting_out/ja.txt"),
];

/// Where the object stands, in an entry of `end`.
const OBJECT: char = '…';

/// What a word is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Alone,
    End(Side),
    Object,
    Around,
    Not,
    Other,
}

/// Where the object of an ending stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
    Either,
    /// On either side, or it is understood.
    Any,
}

/// The words of every language, looked for in one pass. Immutable once built.
#[derive(Debug)]
pub(super) struct Slots {
    finder: AhoCorasick,
    words: Vec<(Slot, String)>,
}

/// One word at its place in the text.
#[derive(Debug, Clone, Copy)]
struct Hit {
    word: usize,
    slot: Slot,
    start: usize,
    end: usize,
}

static SHIPPED: LazyLock<Option<Slots>> = LazyLock::new(|| Slots::of(&FILES));

/// The words that together say that no more is wanted, as the lists have them: one, or an ending
/// and its object. Takes a message's normal form.
pub(super) fn opting_out(normal: &str) -> Option<Vec<&'static str>> {
    SHIPPED.as_ref()?.opting_out(normal)
}

impl Slots {
    /// `None` if there is no building a finder of them; a test holds that there is.
    fn of(files: &[&str]) -> Option<Slots> {
        let (mut words, mut patterns) = (Vec::new(), Vec::new());
        for file in files {
            let mut heading = "";
            for (_, line) in lists::entries(file) {
                if let Some(named) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                    heading = named;
                    continue;
                }
                for entry in line.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                    let written = entry.trim_matches(OBJECT);
                    patterns.push(Tight::of(&folded(&normal(written))).text);
                    words.push((slot(heading, entry)?, written.to_owned()));
                }
            }
        }
        Some(Slots { finder: AhoCorasick::new(&patterns).ok()?, words })
    }

    fn opting_out(&self, normal: &str) -> Option<Vec<&str>> {
        if width(normal) > limits::OPT_OUT_WIDTH_MAX {
            return None;
        }
        let text = folded(normal);
        let whole = Tight::of(&text);
        let found = self.found(&whole);
        let has = |wanted: fn(Slot) -> bool| found.iter().find(|hit| wanted(hit.slot));
        if let Some(alone) = has(|slot| slot == Slot::Alone) {
            return Some(self.written(&[alone]));
        }
        if has(|slot| slot == Slot::Other).is_some() {
            return None;
        }
        has(|slot| matches!(slot, Slot::End(_)))?;
        let in_clause = clauses(&text).find_map(|clause| {
            let clause = Tight::of(clause);
            self.pair(&clause, &self.found(&clause), |_| true)
        });
        let across = || self.pair(&whole, &found, |side| side == Side::Any);
        in_clause.or_else(across).or_else(|| {
            let end = has(|slot| slot == Slot::End(Side::Any)).filter(|_| is_all(&whole, &found));
            end.map(|end| self.written(&[end]))
        })
    }

    /// An ending and its object near each other, of endings on whose side they may stand so.
    fn pair(&self, tight: &Tight, found: &[Hit], may: fn(Side) -> bool) -> Option<Vec<&str>> {
        let ends = found.iter().filter(|hit| matches!(hit.slot, Slot::End(side) if may(side)));
        let objects = || found.iter().filter(|hit| hit.slot == Slot::Object);
        let mut pairs = ends.flat_map(|end| objects().map(move |object| (end, object)));
        let (end, object) = pairs.find(|(end, object)| are_near(tight, end, object))?;
        Some(self.written(&[end, object]))
    }

    fn written(&self, hits: &[&Hit]) -> Vec<&str> {
        let words = hits.iter().filter_map(|hit| self.words.get(hit.word));
        words.map(|(_, written)| written.as_str()).collect()
    }

    /// The words of a text, none within another: of those that say it by themselves or forbid it
    /// what begins first holds, and then the longest; so of the others, in what is left.
    fn found(&self, tight: &Tight) -> Vec<Hit> {
        let hits = self.finder.find_overlapping_iter(&tight.text).filter_map(|found| {
            let (word, start, end) = (found.pattern().as_usize(), found.start(), found.end());
            let slot = self.words.get(word)?.0;
            let is_word = tight.may_part(start) && tight.may_part(end);
            is_word.then_some(Hit { word, slot, start, end })
        });
        let mut hits: Vec<Hit> = hits.collect();
        hits.sort_by_key(|hit| (rank(hit.slot), hit.start, std::cmp::Reverse(hit.end), hit.word));
        let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
        for hit in hits {
            let apart = |other: &Hit| hit.end <= other.start || other.end <= hit.start;
            // One string may be a word of two languages, and then it is both.
            let same = |other: &Hit| other.start == hit.start && other.end == hit.end;
            if kept.iter().all(|other| apart(other) || same(other)) {
                kept.push(hit);
            }
        }
        kept
    }
}

fn slot(heading: &str, entry: &str) -> Option<Slot> {
    Some(match heading {
        "alone" => Slot::Alone,
        "end" if entry.starts_with(OBJECT) && entry.ends_with(OBJECT) => Slot::End(Side::Either),
        "end" if entry.ends_with(OBJECT) => Slot::End(Side::After),
        "end" if entry.starts_with(OBJECT) => Slot::End(Side::Before),
        "end" => Slot::End(Side::Any),
        "object" => Slot::Object,
        "around" => Slot::Around,
        "not" => Slot::Not,
        "other" => Slot::Other,
        _ => return None,
    })
}

/// What stands between signs; where words are not parted by spaces, a space is one as well.
fn clauses(text: &str) -> impl Iterator<Item = &str> {
    let is_unspaced = |c: Option<char>| c.is_some_and(|c| class(c) == Class::Unspaced);
    text.split(tight::is_pause).flat_map(move |clause| {
        let mut start = 0;
        let parts = clause.match_indices(' ').filter(move |(at, _)| {
            let (before, after) = clause.split_at(*at);
            is_unspaced(before.chars().next_back()) && is_unspaced(after.chars().nth(1))
        });
        let ends = parts.map(|(at, _)| at).chain([clause.len()]);
        ends.filter_map(move |end| clause.get(std::mem::replace(&mut start, end)..end))
    })
}

/// Whose place it is where two words overlap: the lower one's. `please stop` leaves `stop texting`.
fn rank(slot: Slot) -> u8 {
    match slot {
        Slot::Alone | Slot::Not => 0,
        Slot::End(_) | Slot::Object | Slot::Other => 1,
        Slot::Around => 2,
    }
}

/// Whether a thing is what an ending ends.
fn are_near(tight: &Tight, end: &Hit, object: &Hit) -> bool {
    let is_after = object.start >= end.end;
    let side = if is_after { Side::After } else { Side::Before };
    let between = if is_after { end.end..object.start } else { object.end..end.start };
    let gap = tight.text.get(between).map_or(usize::MAX, width);
    let takes = |wanted| matches!(wanted, Side::Any | Side::Either) || wanted == side;
    matches!(end.slot, Slot::End(wanted) if takes(wanted)) && gap <= limits::OPT_OUT_GAP_WIDTH_MAX
}

/// Whether hardly anything stands in a text but these words.
fn is_all(tight: &Tight, hits: &[Hit]) -> bool {
    let places: BTreeSet<_> = hits.iter().map(|hit| (hit.start, hit.end)).collect();
    let texts = places.into_iter().filter_map(|(start, end)| tight.text.get(start..end));
    let said: usize = texts.map(width).sum();
    width(&tight.text).saturating_sub(said) <= limits::OPT_OUT_REST_WIDTH_MAX
}

/// How wide a text is: a character that is a syllable or a word counts twice a letter.
fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(class(c), Class::Hangul | Class::Unspaced)
}

/// As people type in haste: without accents, apostrophes and hyphens.
fn folded(normal: &str) -> String {
    normal.chars().filter(|c| !matches!(c, '\'' | '-' | '*')).map(without_accent).collect()
}

fn without_accent(c: char) -> char {
    match c {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(text: &str) -> Option<Vec<&'static str>> {
        opting_out(&normal(text))
    }

    #[test]
    fn every_entry_stands_once_in_its_file_and_has_a_heading() {
        for file in FILES {
            let slots = Slots::of(&[file]).expect("it is built");
            assert!(slots.words.len() > 150);
            let distinct: BTreeSet<_> =
                slots.words.iter().map(|(slot, word)| (format!("{slot:?}"), word)).collect();
            let mut seen = BTreeSet::new();
            let twice: Vec<_> = slots.words.iter().map(|(_, word)| word).collect::<Vec<_>>();
            let twice: Vec<_> = twice.into_iter().filter(|word| !seen.insert(*word)).collect();
            assert_eq!(distinct.len(), slots.words.len(), "{twice:?}");
        }
        assert!(Slots::of(&FILES).is_some() && Slots::of(&["[end]\nstop\n[nothing]\nx"]).is_none());
    }

    #[test]
    fn the_words_that_say_it_are_told() {
        for (text, words) in [
            ("Pls unsuscribe me", Some(vec!["unsuscribe"])),
            ("could you stop sending me all these damn ads", Some(vec!["stop sending", "ads"])),
            ("stop stopping all the ads", Some(vec!["stop", "ads"])),
            ("문자 좀 그만", Some(vec!["그만", "문자"])),
            ("그만 좀 보내라", Some(vec!["그만좀보내"])),
            ("no me manden más", Some(vec!["no me manden"])),
            ("not ads. i want the red one", None),
            ("不要辣 有優惠嗎", None),
            ("お知らせは不要です", Some(vec!["不要", "お知らせ"])),
            ("stop", None),
            ("ads stop", None),
            ("stop the delivery", None),
            ("stop the messages about my order", None),
            ("unsubscribe me and cancel my order", Some(vec!["unsubscribe me"])),
            ("don't unsubscribe me", None),
            ("stop and let me tell you something long about the ads", None),
        ] {
            assert_eq!(met(text), words, "{text}");
        }
    }

    #[test]
    fn a_long_message_is_about_something_else() {
        let text = "unsubscribe me ".repeat(20);
        assert_eq!(met(&text), None);
    }
}
