//! One automaton over all rules: which entries occur in a message, and where.
//!
//! The matcher knows *groups*: a group is one list of entries of one rule (its `words`, its
//! `none`, …). Which rule a group belongs to is `Ruleset`'s business. Here stand the words of the
//! trade and the making; `find` looks, `near` tells what nearly was.

mod entry;
mod find;
mod near;
mod squeeze;

use aho_corasick::{AhoCorasick, MatchKind};
use entry::Pattern;
pub use entry::whole_text;
use std::collections::HashMap;
use std::ops::Range;

/// How an entry must occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As whole words, by the entry's own edge characters (`words`, `all`, `none`).
    Words,
    /// It is the whole message; case, outer punctuation, emoji and spaces ignored (`whole`).
    Whole,
    /// The message begins with it (`starts`).
    Starts,
    /// Anywhere, even inside a word (`inside`).
    Inside,
}

/// One list of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u32);

/// An entry as the rules wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its group.
    pub group: GroupId,
    /// As written (lists already expanded to their lines).
    pub written: String,
    /// Characters of its normal form, the signs `*` and `…` not counted: the measure of ties.
    pub chars: u32,
}

/// An entry that occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The entry's group.
    pub group: GroupId,
    /// The entry.
    pub entry: EntryId,
    /// Bytes of the message's normal form; after `*` up to the end of the word.
    pub span: Range<usize>,
}

/// An entry whose characters occur, but not as its mode demands: what `explain` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// The entry's group.
    pub group: GroupId,
    /// The entry.
    pub entry: EntryId,
    /// Bytes of the message's normal form.
    pub span: Range<usize>,
    /// The reason in words, e.g. `a Hangul letter stands right before it`.
    pub why: &'static str,
}

/// What a message contains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hits {
    /// Every hit, by group, then place; each entry once, at its first place.
    pub hits: Vec<Hit>,
    /// More than [`crate::limits::HITS_PER_MESSAGE_MAX`] were found, or more than
    /// [`crate::limits::PLACES_PER_MESSAGE_MAX`] places were to be looked at; the rest were left.
    pub overflow: bool,
}

/// Why an entry is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Nothing is left of it in the normal form.
    #[error("the entry is empty once normalised")]
    Empty,
    /// One Hangul syllable outside `whole`.
    #[error("one syllable alone would be found in too many words")]
    OneSyllable,
    /// Over [`crate::limits::ENTRY_CHARS_MAX`].
    #[error("the entry is too long")]
    TooLong,
    /// `*` or `…` where they mean nothing.
    #[error("{0}")]
    Signs(&'static str),
}

/// Why an automaton could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the entries are too many for one automaton")]
pub struct BuildError;

/// Gathers entries; [`MatcherBuilder::build`] makes the automaton.
#[derive(Debug, Default)]
pub struct MatcherBuilder {
    entries: Vec<Compiled>,
}

/// An entry with what it becomes.
#[derive(Debug)]
struct Compiled {
    entry: Entry,
    mode: Mode,
    pattern: Pattern,
}

impl MatcherBuilder {
    /// Adds an entry to a group.
    ///
    /// # Errors
    /// Why the entry can never be meant that way.
    pub fn add(&mut self, group: GroupId, mode: Mode, entry: &str) -> Result<EntryId, EntryError> {
        let pattern = entry::parse(entry, mode)?;
        let id = EntryId(u32::try_from(self.entries.len()).map_err(|_| EntryError::TooLong)?);
        let chars = u32::try_from(pattern.chars).map_err(|_| EntryError::TooLong)?;
        let entry = Entry { group, written: entry.to_owned(), chars };
        self.entries.push(Compiled { entry, mode, pattern });
        Ok(id)
    }

    /// Every entry so far, and how it must occur.
    pub fn entries(&self) -> impl Iterator<Item = (&Entry, Mode)> {
        self.entries.iter().map(|compiled| (&compiled.entry, compiled.mode))
    }

    /// How many entries were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Builds the automaton.
    ///
    /// # Errors
    /// The automaton would be too large.
    pub fn build(self) -> Result<Matcher, BuildError> {
        let mut whole: HashMap<String, Vec<EntryId>> = HashMap::new();
        let mut sought: Vec<(&str, Use)> = Vec::new();
        for (entry, compiled) in (0..).map(EntryId).zip(&self.entries) {
            for (part, piece) in compiled.pattern.parts.iter().enumerate() {
                if compiled.mode == Mode::Whole {
                    whole.entry(piece.text.clone()).or_default().push(entry);
                } else {
                    sought.push((&piece.text, Use { entry, part }));
                }
            }
        }
        sought.sort_by_key(|(text, _)| *text);
        let (automaton, uses) = automaton(&sought)?;
        Ok(Matcher { automaton, uses, whole, entries: self.entries })
    }
}

/// The automaton over the distinct texts, and who uses each; `sought` is sorted by text.
fn automaton(sought: &[(&str, Use)]) -> Result<(AhoCorasick, Uses), BuildError> {
    let mut uses = Uses { all: Vec::with_capacity(sought.len()), first: vec![0] };
    let mut texts = Vec::new();
    for same in sought.chunk_by(|(left, _), (right, _)| left == right) {
        texts.extend(same.first().map(|(text, _)| *text));
        uses.all.extend(same.iter().map(|(_, one)| *one));
        uses.first.push(uses.all.len());
    }
    let automaton = AhoCorasick::builder()
        // Only the standard kind reports hits that overlap: `order status` must not hide
        // `status of refund`. Beyond a hundred patterns the builder takes the contiguous NFA,
        // which stays in the cache where a DFA would not.
        .match_kind(MatchKind::Standard)
        .build(texts)
        .map_err(|_| BuildError)?;
    Ok((automaton, uses))
}

/// The compiled automaton. Immutable, shared between threads.
#[derive(Debug)]
pub struct Matcher {
    automaton: AhoCorasick,
    uses: Uses,
    /// Entries of `whole` by what they compare.
    whole: HashMap<String, Vec<EntryId>>,
    entries: Vec<Compiled>,
}

/// A part of an entry that is a pattern of the automaton.
#[derive(Debug, Clone, Copy)]
struct Use {
    entry: EntryId,
    part: usize,
}

/// Who uses each pattern of the automaton: pattern `i` is used by `all[first[i]..first[i + 1]]`.
#[derive(Debug)]
struct Uses {
    all: Vec<Use>,
    first: Vec<usize>,
}

impl Uses {
    fn of(&self, pattern: usize) -> &[Use] {
        let bounds = (self.first.get(pattern), self.first.get(pattern + 1));
        let (Some(from), Some(to)) = bounds else { return &[] };
        self.all.get(*from..*to).unwrap_or_default()
    }
}

impl Matcher {
    /// An entry by its id.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.compiled(id).map(|compiled| &compiled.entry)
    }

    /// Whether an entry is longer than another and has all of it inside, wherever both occur.
    #[must_use]
    pub fn contains(&self, longer: EntryId, shorter: EntryId) -> bool {
        let (Some(longer), Some(shorter)) = (self.compiled(longer), self.compiled(shorter)) else {
            return false;
        };
        let mut parts = shorter.pattern.parts.iter();
        longer.pattern.chars > shorter.pattern.chars
            && parts
                .all(|part| longer.pattern.parts.iter().any(|all| all.text.contains(&part.text)))
    }

    /// The entries of a group, in the order they were added.
    pub fn group_entries(&self, group: GroupId) -> impl Iterator<Item = &Entry> {
        self.entries.iter().map(|compiled| &compiled.entry).filter(move |e| e.group == group)
    }

    fn compiled(&self, id: EntryId) -> Option<&Compiled> {
        self.entries.get(usize::try_from(id.0).ok()?)
    }
}
