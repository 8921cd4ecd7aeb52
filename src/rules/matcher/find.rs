//! Looking: every place an entry's characters stand, and whether it counts there.

use super::entry::{Part, whole_key};
use super::squeeze::Squeezed;
use super::{Compiled, EntryId, Hit, Hits, Matcher, Mode, Use};
use crate::limits;
use crate::text::boundary;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Characters have at most four bytes.
const GAP_BYTES_MAX: usize = limits::ENTRY_GAP_CHARS_MAX * 4;

/// Where a part of an entry stands, and whether it counts there.
pub(super) struct Place<'m> {
    pub used: Use,
    pub compiled: &'m Compiled,
    pub part: &'m Part,
    /// Bytes of the squeezed message.
    at: Range<usize>,
}

impl Matcher {
    /// Every entry that occurs in a message, each at its first place; `message` is in the normal
    /// form.
    #[must_use]
    pub fn find(&self, message: &str) -> Hits {
        let squeezed = Squeezed::of(message);
        let mut found = Finding::default();
        for entry in self.whole_entries(message) {
            found.add(self, entry, 0..message.len());
        }
        let mut parted = Parted::new();
        let mut looked = 0;
        for place in self.places(&squeezed) {
            looked += 1;
            if found.hits.overflow || looked > limits::PLACES_PER_MESSAGE_MAX {
                found.hits.overflow = true;
                break;
            }
            if found.seen.contains(&place.used.entry) {
                continue;
            }
            let Ok(span) = place.judge(message, &squeezed) else { continue };
            if place.compiled.pattern.parts.len() == 1 {
                found.add(self, place.used.entry, span);
            } else {
                parted.entry(place.used.entry).or_default().push((place.used.part, span));
            }
        }
        for (entry, places) in parted {
            if let Some(span) = self.joined(message, entry, &places) {
                found.add(self, entry, span);
            }
        }
        found.sorted()
    }

    /// Entries of `whole` that are this message.
    pub(super) fn whole_entries(&self, message: &str) -> impl Iterator<Item = EntryId> {
        let key = if self.whole.is_empty() { String::new() } else { whole_key(message) };
        self.whole.get(&key).into_iter().flatten().copied()
    }

    /// Every place where the characters of a part stand, by the place's end.
    pub(super) fn places<'a>(
        &'a self,
        squeezed: &'a Squeezed<'_>,
    ) -> impl Iterator<Item = Place<'a>> {
        let texts = self.automaton.find_overlapping_iter(squeezed.text.as_ref());
        texts.flat_map(move |text| {
            self.uses.of(text.pattern().as_usize()).iter().filter_map(move |used| {
                let compiled = self.compiled(used.entry)?;
                let part = compiled.pattern.parts.get(used.part)?;
                Some(Place { used: *used, compiled, part, at: text.span().range() })
            })
        })
    }

    /// The first place where all parts of an entry follow each other closely enough.
    pub(super) fn joined(
        &self,
        message: &str,
        entry: EntryId,
        places: &[(usize, Range<usize>)],
    ) -> Option<Range<usize>> {
        let parts = self.compiled(entry)?.pattern.parts.len();
        let of_part = |part| places.iter().filter(move |(of, _)| *of == part).map(|(_, at)| at);
        let mut chains: Vec<Range<usize>> = of_part(0).cloned().collect();
        for part in 1..parts {
            chains = of_part(part).filter_map(|next| onward(message, &chains, next)).collect();
        }
        chains.into_iter().min_by_key(|chain| chain.start)
    }
}

/// Places of the parts of entries with `…`.
pub(super) type Parted = BTreeMap<EntryId, Vec<(usize, Range<usize>)>>;

/// The chain that `next` goes on with: one that ends before it, within the gap. Chains come
/// sorted by their end.
fn onward(message: &str, chains: &[Range<usize>], next: &Range<usize>) -> Option<Range<usize>> {
    let from = chains.partition_point(|chain| chain.end + GAP_BYTES_MAX < next.start);
    let near = chains.get(from..)?.iter().take_while(|chain| chain.end <= next.start);
    let mut close = near.filter(|chain| {
        let gap = message.get(chain.end..next.start).unwrap_or_default();
        gap.chars().count() <= limits::ENTRY_GAP_CHARS_MAX
    });
    close.next().map(|chain| chain.start..next.end)
}

impl Place<'_> {
    /// The bytes of the message's normal form.
    pub fn span(&self, squeezed: &Squeezed<'_>) -> Range<usize> {
        squeezed.original(&self.at)
    }

    /// The span, if it counts here; else the reason in words.
    pub fn judge(
        &self,
        message: &str,
        squeezed: &Squeezed<'_>,
    ) -> Result<Range<usize>, &'static str> {
        if !squeezed.cuts_inside(&self.at).all(|cut| self.part.spaces.contains(&cut)) {
            return Err("a space stands inside it where the entry has none");
        }
        let span = self.span(squeezed);
        boundary::keeps_emoji_whole(message, &span)?;
        match self.compiled.mode {
            Mode::Words => {
                boundary::begins(message, &span)?;
                if self.part.any_ending {
                    return Ok(span.start..boundary::word_end(message, &span));
                }
                boundary::ends(message, &span)?;
            }
            Mode::Starts if self.used.part == 0 && span.start > 0 => {
                return Err("the message does not begin with it");
            }
            Mode::Starts | Mode::Inside | Mode::Whole => {}
        }
        Ok(span)
    }
}

/// Hits being gathered.
#[derive(Default)]
struct Finding {
    hits: Hits,
    seen: HashSet<EntryId>,
}

impl Finding {
    fn add(&mut self, matcher: &Matcher, entry: EntryId, span: Range<usize>) {
        let Some(compiled) = matcher.compiled(entry) else { return };
        if self.hits.hits.len() == limits::HITS_PER_MESSAGE_MAX {
            self.hits.overflow = true;
        } else if self.seen.insert(entry) {
            self.hits.hits.push(Hit { group: compiled.entry.group, entry, span });
        }
    }

    fn sorted(mut self) -> Hits {
        self.hits.hits.sort_by_key(|hit| (hit.group, hit.span.start, hit.entry));
        self.hits
    }
}
