//! Plays `[[test]]`: a conversation on a store in memory, through the real `turn`, by a clock that
//! only the test moves.
//!
//! Lives here: playing ([`play`]), judging what came of each turn, and which rules ever spoke
//! ([`coverage`]). May not live here: deciding, sockets, sleeping. What is sent is claimed from the
//! store as the outbox does and counts as taken by WhatsApp at once, so that the guards of commit
//! and claim are the real ones.

mod beginning;
pub mod coverage;
mod judge;
mod stage;
mod telling;

use crate::decide::Part;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::problems::Sheet;
use crate::rules::story::{Expectation, Story, StoryTurn};
use crate::rules::{Ruleset, Sources, codes};
use crate::store::StoreError;
use crate::turn::TurnError;
use stage::{Seen, Stage};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// What came of a test.
#[derive(Debug, Default)]
pub struct Played {
    /// What is wrong at the first turn of which something else came than expected; `None` where
    /// the test passes.
    pub failed: Option<Diagnostic>,
    /// What spoke or acted.
    pub parts: BTreeSet<Part>,
}

/// Why a test could not be played to its end.
#[derive(Debug, thiserror::Error)]
enum StoryError {
    #[error(transparent)]
    Turn(#[from] TurnError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("its beginning could not be written")]
    Beginning,
    #[error("a step waited for something outside the test")]
    Waits,
    #[error("too much happens while the time passes")]
    Endless,
}

/// Plays a test. Pure: the same rules and test give the same result.
#[must_use]
pub fn play(rules: &Arc<Ruleset>, sources: &Sources, story: &Story) -> Played {
    let mut played = Played::default();
    let failed = match Stage::set(rules, story) {
        Ok(mut stage) => act(rules, story, &mut stage, &mut played.parts),
        Err(error) => Some((0, broken(story.turns.first(), &error))),
    };
    played.failed = failed.map(|(turn, failure)| told(sources, story, turn, failure));
    played
}

/// What is wrong with a turn: under which places, and what happened there.
struct Failure {
    places: Vec<(Range<usize>, String)>,
    told: String,
}

/// Plays turn by turn, up to the first that fails.
fn act(
    rules: &Ruleset,
    story: &Story,
    stage: &mut Stage,
    parts: &mut BTreeSet<Part>,
) -> Option<(usize, Failure)> {
    for (number, turn) in story.turns.iter().enumerate() {
        let seen = match stage.turn(turn) {
            Ok(seen) => seen,
            Err(error) => return Some((number, broken(Some(turn), &error))),
        };
        parts.extend(seen.decided.iter().flat_map(|one| one.trace.parts.iter().cloned()));
        if let Some(failure) = judged(rules, turn, &seen) {
            return Some((number, failure));
        }
    }
    None
}

fn judged(rules: &Ruleset, turn: &StoryTurn, seen: &Seen) -> Option<Failure> {
    let wrong: Vec<(&Expectation, String)> = turn
        .expect
        .iter()
        .filter_map(|expected| Some((expected, judge::differs(expected, seen)?)))
        .collect();
    if wrong.is_empty() {
        return None;
    }
    let told = telling::told(rules, seen, wrong.iter().map(|(expected, _)| *expected));
    let places = wrong.into_iter().map(|(expected, how)| (expected.span.clone(), how)).collect();
    Some(Failure { places, told })
}

fn broken(turn: Option<&StoryTurn>, error: &StoryError) -> Failure {
    let span = turn.map_or(0..0, |turn| turn.span.clone());
    let told = "this is no fault of the rules: please report it".to_owned();
    Failure { places: vec![(span, error.to_string())], told }
}

fn told(sources: &Sources, story: &Story, turn: usize, failure: Failure) -> Diagnostic {
    let file: &str = &story.place.file;
    let bytes = sources.files.get(file).map(|bytes| bytes.to_vec()).unwrap_or_default();
    let sheet = Sheet::new(file, String::from_utf8(bytes).unwrap_or_default());
    let message = format!("the test `{}` fails at turn {}", story.name, turn.saturating_add(1));
    let found = Diagnostic::new(&codes::TEST_FAILED, message).help(failure.told);
    failure.places.into_iter().fold(found, |found, (span, how)| found.at(sheet.place(&span, how)))
}
