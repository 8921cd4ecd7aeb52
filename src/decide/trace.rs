//! Why it was decided so: compact while it is made, rendered only when somebody reads it.

use crate::model::{RuleId, Verdict};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Why an event was decided as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The normal form the matcher saw; spans point into it. Empty without text.
    pub normal: String,
    /// The language chosen, and how: `stored`, `script`, `default`.
    pub language: Option<(String, String)>,
    /// Every rule that was a candidate, the winner first. A rule that is not here had no trigger
    /// that held; [`crate::decide::explain()`] says more of those.
    pub candidates: Vec<Candidate>,
    /// How the rule that won came to say what it says: `chosen: …`, `case 2`, `variant 1`. Empty
    /// where it simply speaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub how: Vec<String>,
    /// Everything that spoke or acted of itself, for whoever asks which rules were ever tried.
    #[serde(skip)]
    pub parts: Vec<Part>,
    /// What else happened: `question_gone`, `text failed: …`, `too many hits`.
    pub notes: Vec<String>,
}

impl Trace {
    /// Why a candidate won or did not; the rule that the verdict names tells how it came to say
    /// what it says.
    #[must_use]
    pub fn reason(&self, candidate: &Candidate, verdict: &Verdict) -> String {
        let won = candidate.reason == Reason::Won
            && matches!(verdict, Verdict::Won(rule) if *rule == candidate.rule);
        if won && !self.how.is_empty() {
            return format!("{}: {}", candidate.reason, self.how.join(", "));
        }
        candidate.reason.to_string()
    }

    /// What was found, as people read it: the entry as written; of a value that was taken, its name
    /// and the piece of the message: `{no} = 11230015`.
    #[must_use]
    pub fn found(&self, found: &Found) -> String {
        let taken = found.entry.starts_with('{').then(|| self.normal.get(found.span.clone()));
        match taken.flatten() {
            Some(piece) => format!("{} = {piece}", found.entry),
            None => found.entry.clone(),
        }
    }
}

/// A rule that spoke or acted, and which of its says it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Which rule: a reply, a fallback, the greeting.
    pub rule: RuleId,
    /// Which of its `cases`, from 1.
    pub case: Option<usize>,
    /// Which of the `variants` there, from 1.
    pub variant: Option<usize>,
    /// Which step of its `follow_up`, from 1.
    pub follow_up: Option<usize>,
}

impl Part {
    /// The rule's own speech.
    #[must_use]
    pub fn of(rule: &RuleId) -> Part {
        Part { rule: rule.clone(), case: None, variant: None, follow_up: None }
    }
}

/// One rule in the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Which rule.
    pub rule: RuleId,
    /// What became of it.
    pub reason: Reason,
    /// What of its triggers was found: the entry as written and its span in the normal form.
    pub found: Vec<Found>,
}

/// An entry that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The entry as written.
    pub entry: String,
    /// Bytes of the normal form.
    pub span: Range<usize>,
}

/// What became of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It won.
    Won,
    /// It would have won; its `go` gave its place to this rule.
    Went {
        /// The rule that won in its place.
        to: RuleId,
    },
    /// It acted in addition (`also`).
    Also,
    /// All its conditions held, but this rule goes before it, for this reason.
    Outranked {
        /// The winner.
        by: RuleId,
        /// `priority 5 over 0`, `longer entry`, `answers the open question`…
        because: String,
    },
    /// A condition did not hold: the words to show.
    Failed(String),
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::Won => f.write_str("won"),
            Reason::Went { to } => write!(f, "won and went to `{to}`"),
            Reason::Also => f.write_str("acted in addition"),
            Reason::Outranked { by, because } => write!(f, "outranked by `{by}`: {because}"),
            Reason::Failed(why) => f.write_str(why),
        }
    }
}
