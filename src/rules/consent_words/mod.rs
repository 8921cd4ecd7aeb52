//! The words of consent: what a message says about it where it says nothing else.
//!
//! A consent word is the whole message. Around it may stand courtesies (`STOP please`) and, where
//! it names a deed, what makes a request of it (`구독할게요`); it may be said more than once, and
//! several may follow one another, parted by signs (`No thanks. Unsubscribe me.`). Anything more,
//! and it is no consent word: nothing may be granted by a guess. To be asked about, it is enough
//! that it sounds like a stop: see [`ConsentWords::sounds_like_stop`].
//!
//! Pure: takes normal forms. What is done about a word is not decided here, and neither is
//! whether a question was asked.

mod around;
mod slots;
mod tight;

use crate::limits;
use crate::rules::lists;
use crate::rules::matcher::{EntryError, whole_text};
use crate::text::normal;
use around::Around;
use std::collections::HashMap;
use tight::Tight;

const NEAR_STOP: &str = include_str!("../words/near_stop.txt");

/// Signs that turn a word into its opposite (`구독 ❌`), in the normal form.
const NEGATING: [char; 11] = ['❌', '✖', '✗', '✘', '🚫', '🙅', '👎', '⛔', '🛑', '✋', '❎'];

/// Most times a word may be said in a row and count as said once (`stop stop stop`).
const REPEATS_MAX: usize = 8;

/// Most words of a yes that stands right before another word (`yes of course subscribe me`).
const YES_WORDS_MAX: usize = 3;

/// What a consent word says, the weightiest first: where two readings fit, the earlier one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// No more offers: `unsubscribe me`.
    Stop,
    /// Probably no more offers, to be asked: `그만 보내`, every stop word as a question, and what
    /// sounds like a stop in free words: `pls quit msging me`.
    NearStop,
    /// A refusal: `no thanks`.
    No,
    /// An agreement; it counts only as the answer to a question.
    Yes,
}

/// What the whole message says about consent; nothing, by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// The word it is.
    pub word: Option<Word>,
    /// The index of the tier it opts in to. Never beside a stop, near-stop or no; beside a yes
    /// (`Yes, subscribe`) the yes comes first where a question is open.
    pub opt_in: Option<usize>,
}

/// Every consent word of a rule set: the shipped ones and its own. Immutable once built.
#[derive(Debug, Clone)]
pub struct ConsentWords {
    /// By the text that is compared; see [`Tight`].
    said: HashMap<String, Heard>,
    around: Around,
}

impl Default for ConsentWords {
    /// The shipped words.
    fn default() -> Self {
        ConsentWords::shipped()
    }
}

impl ConsentWords {
    /// The shipped words, of every language, and no opt-in word.
    #[must_use]
    pub fn shipped() -> ConsentWords {
        let mut words = ConsentWords { said: HashMap::new(), around: Around::shipped() };
        let list = |name| lists::shipped(name).unwrap_or_default();
        for (word, text) in [
            (Word::Stop, list("stop")),
            (Word::NearStop, NEAR_STOP),
            (Word::No, list("no")),
            (Word::Yes, list("yes")),
        ] {
            for (_, entry) in lists::entries(text) {
                words.put(&normal(entry), Heard { word: Some(word), opt_in: None });
            }
        }
        words
    }

    /// Adds a word of the rules' own, as an entry of `whole` is written. A word that is already
    /// one keeps the weightier meaning.
    ///
    /// # Errors
    /// It is no entry of `whole`.
    pub fn add(&mut self, word: Word, written: &str) -> Result<(), EntryError> {
        self.put(&whole_text(written)?, Heard { word: Some(word), opt_in: None });
        Ok(())
    }

    /// Adds an opt-in word of a tier, as an entry of `whole` is written. It opts in to the tier
    /// that had it first, and to none where it is a stop, near-stop or no as well; whether it took
    /// effect shows in what is [`heard`](ConsentWords::heard) of it.
    ///
    /// # Errors
    /// It is no entry of `whole`.
    pub fn add_opt_in(&mut self, tier: usize, written: &str) -> Result<(), EntryError> {
        self.put(&whole_text(written)?, Heard { word: None, opt_in: Some(tier) });
        Ok(())
    }

    /// What a message says about consent as a whole. Takes its normal form.
    ///
    /// As in `whole`, emoji, spaces, outer punctuation and laughter do not count. But a stop word
    /// asked (`stop?`) is a near-stop, and nothing is granted or refused by a question, nor
    /// granted beside a sign of refusal (`구독 ❌`).
    #[must_use]
    pub fn heard(&self, normal: &str) -> Heard {
        if normal.len() > limits::CONSENT_MESSAGE_BYTES_MAX {
            return Heard::default();
        }
        let heard = match self.clause(normal) {
            Clause::Word(heard) => heard,
            Clause::Courtesy | Clause::Other => self.clauses(normal),
        };
        let heard = heard.asked(normal.contains(['?', '؟'])).denied(normal.contains(NEGATING));
        if heard == Heard::default() && ConsentWords::sounds_like_stop(normal).is_some() {
            return Heard { word: Some(Word::NearStop), opt_in: None };
        }
        heard
    }

    /// The words that make a near-stop of a message that is no consent word as a whole: a thing
    /// that is sent and a verb of ending near it, as the shipped lists have them. Takes its normal
    /// form. What is also a word of consent as a whole may have such words or not.
    #[must_use]
    pub fn sounds_like_stop(normal: &str) -> Option<Vec<&'static str>> {
        slots::opting_out(normal)
    }

    /// Several words, parted by signs; nothing if anything else stands among them.
    fn clauses(&self, normal: &str) -> Heard {
        let mut words = Vec::new();
        for clause in normal.split(tight::is_pause) {
            match self.clause(clause) {
                Clause::Word(heard) => words.push(heard),
                Clause::Courtesy => {}
                Clause::Other => return Heard::default(),
            }
        }
        together(&words)
    }

    fn clause(&self, clause: &str) -> Clause {
        let tight = Tight::of(clause);
        if tight.text.is_empty() {
            let sign = self.said.get(&tight::without_spaces(clause));
            return sign.map_or(Clause::Courtesy, |heard| Clause::Word(*heard));
        }
        match self.phrase(&tight) {
            Clause::Other => self.after_yes(&tight).map_or(Clause::Other, Clause::Word),
            known => known,
        }
    }

    /// One word and what may stand around it.
    fn phrase(&self, tight: &Tight) -> Clause {
        let begins = self.around.begins(tight);
        let ends = self.around.ends(tight);
        let mut best: Option<Heard> = None;
        for begin in &begins {
            for end in ends.iter().filter(|end| begin.at < end.at) {
                let said = self.said(tight, begin.at, end.at);
                let said = said.and_then(|said| said.asked_for(begin.request || end.request));
                best = [best, said].into_iter().flatten().min_by_key(Heard::rank);
            }
        }
        let is_courtesy = begins.iter().any(|begin| begin.at == tight.text.len() && !begin.request)
            || ends.iter().any(|end| end.at == 0 && !end.request);
        match best {
            Some(heard) => Clause::Word(heard),
            None if is_courtesy => Clause::Courtesy,
            None => Clause::Other,
        }
    }

    /// A yes and another word with no sign between them (`네 구독할게요`). A no is left out: `yes
    /// no` says nothing, and so is a no in front: `不要 退訂` wants to stay.
    fn after_yes(&self, tight: &Tight) -> Option<Heard> {
        tight.partings().take(YES_WORDS_MAX).find_map(|at| {
            let yes = self.said(tight, 0, at)?;
            match self.phrase(&tight.from(at)) {
                Clause::Word(heard) if yes.word == Some(Word::Yes) => {
                    (heard.word != Some(Word::No)).then(|| together(&[yes, heard]))
                }
                _ => None,
            }
        })
    }

    /// The word between two places, said once or several times in a row.
    fn said(&self, tight: &Tight, begin: usize, end: usize) -> Option<Heard> {
        let text = tight.text.get(begin..end)?;
        let found = (1..=REPEATS_MAX).filter(|times| text.len() % times == 0).find_map(|times| {
            let length = text.len() / times;
            let once = text.get(..length)?;
            let is_repeated = (1..times).all(|nth| {
                text.get(nth * length..(nth + 1) * length) == Some(once)
                    && tight.may_part(begin + nth * length)
            });
            is_repeated.then(|| self.said.get(once)).flatten()
        });
        found.copied()
    }

    fn put(&mut self, normal: &str, heard: Heard) {
        let tight = Tight::of(normal).text;
        let key = if tight.is_empty() { tight::without_spaces(normal) } else { tight };
        let before = self.said.entry(key).or_default();
        *before = before.with(heard);
    }
}

/// What a piece of a message between two signs is.
enum Clause {
    Word(Heard),
    /// Nothing that says anything: `thanks`.
    Courtesy,
    Other,
}

impl Heard {
    /// Both meanings of one text, as far as they agree.
    fn with(self, other: Heard) -> Heard {
        let word = [self.word, other.word].into_iter().flatten().min();
        let grants = matches!(word, None | Some(Word::Yes));
        Heard { word, opt_in: self.opt_in.or(other.opt_in).filter(|_| grants) }
    }

    /// Less is weightier.
    fn rank(&self) -> (Word, bool) {
        (self.word.unwrap_or(Word::Yes), self.opt_in.is_none())
    }

    /// What is left of it where a request stands around it: `네 좀` is no yes. `None` for nothing.
    fn asked_for(self, request: bool) -> Option<Heard> {
        let word = self.word.filter(|word| !request || *word <= Word::NearStop);
        let left = Heard { word, ..self };
        (left != Heard::default()).then_some(left)
    }

    fn asked(self, question: bool) -> Heard {
        match self.word {
            Some(Word::Stop | Word::NearStop) if question => {
                Heard { word: Some(Word::NearStop), opt_in: None }
            }
            _ if question => Heard::default(),
            _ => self,
        }
    }

    fn denied(self, sign: bool) -> Heard {
        match self.word {
            None | Some(Word::Yes) if sign => Heard::default(),
            _ => self,
        }
    }
}

/// What several words say together: a stop among them holds; for the rest all have to agree.
fn together(words: &[Heard]) -> Heard {
    let has = |word| words.iter().any(|heard| heard.word == Some(word));
    let all_no = words.iter().all(|heard| heard.word == Some(Word::No));
    let tiers = || words.iter().filter_map(|heard| heard.opt_in);
    let opt_in = tiers().next().filter(|tier| tiers().all(|other| other == *tier));
    let only = |word| Heard { word: Some(word), opt_in: None };
    match () {
        () if words.is_empty() => Heard::default(),
        () if has(Word::Stop) => only(Word::Stop),
        () if has(Word::NearStop) => only(Word::NearStop),
        () if all_no => only(Word::No),
        () if has(Word::No) => Heard::default(),
        () => Heard { word: has(Word::Yes).then_some(Word::Yes), opt_in },
    }
}

#[cfg(test)]
mod tests;
