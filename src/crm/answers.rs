//! Answers that are shared: who asks the same at the same time waits for one request, and what is
//! young enough is given again.

use super::Trouble;
use crate::limits;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What a lookup came to.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// The values that are there, by name.
    Found(BTreeMap<String, String>),
    /// There is nothing of the kind: 404, 410, 204, or `null`, `{}`, `[]`.
    Missing,
    /// Nobody knows.
    Failed(Trouble),
}

/// The values are customers' data: only their names are shown.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Found(values) => {
                f.write_str("Found")?;
                f.debug_set().entries(values.keys()).finish()
            }
            Answer::Missing => f.write_str("Missing"),
            Answer::Failed(trouble) => f.debug_tuple("Failed").field(trouble).finish(),
        }
    }
}

/// What makes two questions the same: an answer holds only the values that were wanted.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Question {
    pub(super) path: String,
    pub(super) gives: Vec<(String, String)>,
}

/// What is kept and what is under way at one connector. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Answers {
    /// Held for a look; never while something is awaited.
    desk: Arc<Mutex<Desk>>,
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.desk().kept.entries.len();
        f.debug_struct("Answers").field("kept", &kept).finish_non_exhaustive()
    }
}

type Flight = BoxFuture<'static, Answer>;

#[derive(Default)]
struct Desk {
    kept: Kept,
    /// Requests under way, each with its number. They live as long as somebody waits for them.
    flights: HashMap<Question, (u64, WeakShared<Flight>)>,
    next: u64,
}

enum Way {
    Known(Answer),
    Wait(Shared<Flight>),
}

impl Answers {
    /// The answer: kept, under way, or what `ask` brings. Whoever stops waiting disturbs nobody;
    /// when the last one stops, the request ends.
    pub(super) async fn get(
        &self,
        question: Question,
        keep: Duration,
        ask: impl Future<Output = Answer> + Send + 'static,
    ) -> Answer {
        match self.way(question, keep, ask) {
            Way::Known(answer) => answer,
            Way::Wait(flight) => flight.await,
        }
    }

    fn way(
        &self,
        question: Question,
        keep: Duration,
        ask: impl Future<Output = Answer> + Send + 'static,
    ) -> Way {
        let asked = Instant::now();
        let mut desk = self.desk();
        if let Some(answer) = desk.kept.find(&question, keep, asked) {
            return Way::Known(answer);
        }
        let under_way = desk.flights.get(&question).and_then(|(_, flight)| flight.upgrade());
        if let Some(flight) = under_way {
            return Way::Wait(flight);
        }
        let number = desk.next;
        desk.next = number.wrapping_add(1);
        let landing = Landing { answers: self.clone(), question: question.clone(), number };
        let flight = async move {
            let answer = ask.await;
            landing.keep(&answer, asked, keep);
            answer
        };
        let flight = flight.boxed().shared();
        // It was not begun, so there is a way back to it.
        if let Some(weak) = flight.downgrade() {
            desk.flights.insert(question, (number, weak));
        }
        Way::Wait(flight)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // Nothing panics while it is held; a poisoned lock still holds whole values.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a flight, however it ends: with an answer, or because nobody waits any more.
struct Landing {
    answers: Answers,
    question: Question,
    number: u64,
}

impl Landing {
    fn keep(&self, answer: &Answer, asked: Instant, keep: Duration) {
        if !matches!(answer, Answer::Failed(_)) {
            self.answers.desk().kept.keep(&self.question, answer, asked, keep, Instant::now());
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut desk = self.answers.desk();
        // Another flight may have begun under the same question.
        if desk.flights.get(&self.question).is_some_and(|(number, _)| *number == self.number) {
            desk.flights.remove(&self.question);
        }
    }
}

/// Answers that may be given again: bounded in number and bytes, those that end first go first.
#[derive(Default)]
struct Kept {
    entries: HashMap<Arc<Question>, Entry>,
    ends: BTreeSet<(Instant, Arc<Question>)>,
    bytes: usize,
}

struct Entry {
    answer: Answer,
    asked: Instant,
    ends: Instant,
    bytes: usize,
}

impl Kept {
    /// An answer that is younger than `keep` and was meant to be kept until now.
    fn find(&self, question: &Question, keep: Duration, now: Instant) -> Option<Answer> {
        let entry = self.entries.get(question)?;
        let young = now.saturating_duration_since(entry.asked) < keep && now < entry.ends;
        young.then(|| entry.answer.clone())
    }

    fn keep(
        &mut self,
        question: &Question,
        answer: &Answer,
        asked: Instant,
        keep: Duration,
        now: Instant,
    ) {
        let ends = asked + keep.min(limits::LOOKUP_KEEP_MAX);
        let bytes = bytes(question, answer);
        self.forget(question);
        self.forget_ended(now);
        if ends <= now || bytes > limits::LOOKUPS_KEPT_BYTES_MAX {
            return;
        }
        let question = Arc::new(question.clone());
        self.bytes += bytes;
        self.ends.insert((ends, Arc::clone(&question)));
        self.entries.insert(question, Entry { answer: answer.clone(), asked, ends, bytes });
        while self.entries.len() > limits::LOOKUPS_KEPT_MAX
            || self.bytes > limits::LOOKUPS_KEPT_BYTES_MAX
        {
            self.forget_first();
        }
    }

    fn forget_ended(&mut self, now: Instant) {
        while self.ends.first().is_some_and(|(ends, _)| *ends <= now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, question)) = self.ends.first().cloned() {
            self.forget(&question);
        }
    }

    fn forget(&mut self, question: &Question) {
        if let Some((question, entry)) = self.entries.remove_entry(question) {
            self.bytes = self.bytes.saturating_sub(entry.bytes);
            self.ends.remove(&(entry.ends, question));
        }
    }
}

/// What an entry takes, its question counted once: near enough for a bound.
fn bytes(question: &Question, answer: &Answer) -> usize {
    let pair =
        |(name, value): (&String, &String)| name.len() + value.len() + 2 * size_of::<String>();
    let gives: usize = question.gives.iter().map(|(name, path)| pair((name, path))).sum();
    let values: usize = match answer {
        Answer::Found(values) => values.iter().map(pair).sum(),
        Answer::Missing | Answer::Failed(_) => 0,
    };
    question.path.len() + gives + values + size_of::<Question>() + size_of::<Entry>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(path: &str) -> Question {
        Question { path: path.to_owned(), gives: Vec::new() }
    }

    fn answer(value: &str) -> Answer {
        Answer::Found(BTreeMap::from([("it".to_owned(), value.to_owned())]))
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_answer_is_as_young_as_both_want_it() {
        let began = Instant::now();
        let mut kept = Kept::default();
        kept.keep(&question("/a"), &answer("1"), began, seconds(30), began + seconds(1));
        for (after, keep, found) in
            [(29, 30, true), (30, 60, false), (9, 10, true), (10, 10, false), (1, 0, false)]
        {
            let given = kept.find(&question("/a"), seconds(keep), began + seconds(after));
            assert_eq!(given.is_some(), found, "after {after}, keep {keep}");
        }
        assert_eq!(kept.find(&question("/b"), seconds(30), began), None);
        // What ended leaves with the next that comes.
        kept.keep(&question("/b"), &answer("2"), began, seconds(60), began + seconds(31));
        assert_eq!(kept.entries.len(), 1);
        kept.keep(&question("/c"), &answer("3"), began, Duration::ZERO, began);
        kept.keep(&question("/d"), &answer("4"), began, seconds(2), began + seconds(2));
        assert_eq!(kept.entries.len(), 1, "what is not kept takes no place");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let began = Instant::now();
        let mut kept = Kept::default();
        let large = "x".repeat(limits::LOOKUPS_KEPT_BYTES_MAX / 10);
        for n in 0..50 {
            let question = question(&format!("/{n}"));
            kept.keep(&question, &answer(&large), began, seconds(100 - n), began);
            kept.keep(&question, &answer(&large), began, seconds(100 - n), began);
            assert!(kept.bytes <= limits::LOOKUPS_KEPT_BYTES_MAX);
        }
        assert_eq!(kept.entries.len(), 9);
        assert!(kept.find(&question("/0"), seconds(9), began).is_some(), "the last to end stays");
        kept.keep(&question("/huge"), &answer(&large.repeat(11)), began, seconds(9), began);
        assert_eq!(kept.entries.len(), 9, "nothing leaves for what never fits");
        for n in 0..limits::LOOKUPS_KEPT_MAX + 10 {
            kept.keep(&question(&format!("/n{n}")), &Answer::Missing, began, seconds(200), began);
        }
        assert_eq!(kept.entries.len(), limits::LOOKUPS_KEPT_MAX);
        assert_eq!(kept.ends.len(), limits::LOOKUPS_KEPT_MAX);
        kept.forget_ended(began + seconds(200));
        assert_eq!((kept.entries.len(), kept.bytes), (0, 0));
    }
}
