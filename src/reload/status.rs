//! How the rules stand: those in force, and what became of the last attempt to replace them.

use crate::model::{RuleId, Timestamp};
use crate::rules::Diagnostic;
use crate::rules::ruleset::Ruleset;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was read is in force.
    Applied,
    /// What was read was in force already.
    Unchanged,
    /// It has errors; what was in force stays.
    Rejected,
    /// It cannot be read; what was in force stays.
    Unreadable,
}

impl Outcome {
    /// As metrics and the log name it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Outcome::Applied => "applied",
            Outcome::Unchanged => "unchanged",
            Outcome::Rejected => "rejected",
            Outcome::Unreadable => "unreadable",
        }
    }

    /// Whether the rules on disk are those in force after it.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Outcome::Applied | Outcome::Unchanged)
    }
}

/// Where the rules in force were read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The rules folder.
    Folder,
    /// The copy kept of the last good rules, because those of the folder were refused at the start.
    LastGood,
}

/// One attempt to bring the rules on disk into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// Milliseconds from the first look at the new files to the end.
    pub took_ms: u64,
    /// SHA-256 of what was read, as 64 hex digits; `None` where it could not be read.
    pub revision: Option<String>,
    /// Errors found.
    pub errors: usize,
    /// Warnings found.
    pub warnings: usize,
    /// The first [`crate::limits::DIAGNOSTICS_SHOWN_MAX`] of them; files are relative to the
    /// rules folder.
    pub diagnostics: Arc<[Diagnostic]>,
    /// Questions that rules of the set before asked and that nobody reads the answer to any more.
    pub gone: Vec<Gone>,
}

impl Attempt {
    /// This attempt, with what was found when the same rules were first accepted.
    pub(super) fn again(self, accepted: &Attempt) -> Attempt {
        Attempt { outcome: self.outcome, at: self.at, took_ms: self.took_ms, ..accepted.clone() }
    }
}

/// A rule that is gone while conversations wait on it. Each is closed (`question_gone`) with its
/// customer's next message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// Which.
    pub rule: RuleId,
    /// Conversations in which its question is open, among the
    /// [`crate::limits::QUESTIONS_COUNTED_MAX`] contacts looked at.
    pub waiting: u64,
}

/// How the rules stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The rules folder, as `usher.toml` names it.
    pub folder: String,
    /// SHA-256 of the rules in force, as 64 hex digits.
    pub revision: String,
    /// Its first 16, as decisions name it.
    pub short_revision: String,
    /// Of deciding.
    pub engine: u32,
    /// Since when they are in force.
    pub loaded_at: Timestamp,
    /// Where they came from.
    pub origin: Origin,
    /// The rules on disk are others, and are refused: see `last`.
    pub stale: bool,
    /// The file system tells of no changes: they are found by looking, every 2 s.
    pub polling: bool,
    /// SHA-256 of every file of the rules in force, by its path in the rules folder.
    pub files: Arc<BTreeMap<String, String>>,
    /// The last attempt; quiet looks at unchanged files are none.
    pub last: Attempt,
}

impl Status {
    /// The same with another set of rules in force.
    pub(super) fn in_force(self, rules: &Ruleset, origin: Origin, at: Timestamp) -> Status {
        Status {
            revision: rules.revision.clone(),
            short_revision: rules.short_revision().to_owned(),
            loaded_at: at,
            origin,
            files: Arc::new(rules.files.clone()),
            ..self
        }
    }

    /// The same after an attempt.
    pub(super) fn after(self, last: Attempt) -> Status {
        let stale = !last.outcome.is_good();
        let origin = if stale { self.origin } else { Origin::Folder };
        Status { stale, origin, last, ..self }
    }
}
