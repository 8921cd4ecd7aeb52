//! What nearly was: entries whose characters occur but do not count, with the reason.

use super::find::Parted;
use super::squeeze::Squeezed;
use super::{EntryId, Matcher, Mode, NearMiss};
use crate::limits;
use crate::text::{boundary, normal};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const APART: &str = "its parts stand in another order or too far apart";
const MORE: &str = "the message says more than that";

/// The first refusal of each entry.
type Refusals = BTreeMap<EntryId, (Range<usize>, &'static str)>;

impl Matcher {
    /// Entries whose characters occur but which do not count anywhere in the message, with the
    /// reason at the first place. Slow; for `explain`. `message` is in the normal form.
    #[must_use]
    pub fn near_misses(&self, message: &str) -> Vec<NearMiss> {
        let hit: BTreeSet<EntryId> = self.find(message).hits.iter().map(|hit| hit.entry).collect();
        let mut refused = self.refused_places(message, &hit);
        refused.extend(self.more_than_whole(message, &hit));
        let misses = refused.into_iter().filter_map(|(entry, (span, why))| {
            let group = self.compiled(entry)?.entry.group;
            Some(NearMiss { group, entry, span, why })
        });
        misses.take(limits::HITS_PER_MESSAGE_MAX).collect()
    }

    fn refused_places(&self, message: &str, hit: &BTreeSet<EntryId>) -> Refusals {
        let squeezed = Squeezed::of(message);
        let mut refused = Refusals::new();
        let mut parted = Parted::new();
        for place in self.places(&squeezed).take(limits::PLACES_PER_MESSAGE_MAX) {
            let entry = place.used.entry;
            if hit.contains(&entry) {
                continue;
            }
            if place.compiled.pattern.parts.len() > 1 {
                let span = place.span(&squeezed);
                parted.entry(entry).or_default().push((place.used.part, span));
            }
            if let Err(why) = place.judge(message, &squeezed) {
                refused.entry(entry).or_insert_with(|| (place.span(&squeezed), why));
            }
        }
        for (entry, places) in parted {
            self.settle_parts(entry, &places, &mut refused);
        }
        refused
    }

    /// An entry with `…` is a near miss only where each of its parts occurs.
    fn settle_parts(
        &self,
        entry: EntryId,
        places: &[(usize, Range<usize>)],
        refused: &mut Refusals,
    ) {
        let parts = self.compiled(entry).map_or(0, |compiled| compiled.pattern.parts.len());
        let occurs = |part: usize| places.iter().any(|(of, _)| *of == part);
        if !(0..parts).all(occurs) {
            refused.remove(&entry);
        } else if let Some((_, first)) = places.first() {
            refused.entry(entry).or_insert((first.clone(), APART));
        }
    }

    /// Entries of `whole` that stand in the message beside other words.
    fn more_than_whole(&self, message: &str, hit: &BTreeSet<EntryId>) -> Refusals {
        let entries = (0..).map(EntryId).zip(&self.entries);
        let whole = entries
            .filter(|(entry, compiled)| compiled.mode == Mode::Whole && !hit.contains(entry));
        let beside = whole.filter_map(|(entry, compiled)| {
            let words = normal(&compiled.entry.written);
            let places = message.match_indices(&words).map(|(at, words)| at..at + words.len());
            let mut standing = places.filter(|span| boundary::stands(message, span).is_ok());
            Some((entry, (standing.next()?, MORE)))
        });
        beside.collect()
    }
}
