//! The record of one event: what came, what was decided, what moved.

use super::{Change, ContactId, Emitted, Event, JobId, NumberId, RuleId, State, Timestamp};
use serde::{Deserialize, Serialize};

/// One line of the journal. With the last snapshot of the contact and the rules of `revision`, it
/// can be decided again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it was committed in usher's time: `event.at`.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
    /// Whose state moved; `None` for the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// On which number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberId>,
    /// The contact's version after it.
    #[serde(default)]
    pub version: u64,
    /// The rules decided by: the first 16 hex digits of their digest.
    pub revision: String,
    /// The engine's number: normal form, time zones, decide.
    pub engine: u32,
    /// What was decided.
    pub verdict: Verdict,
    /// How the state moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The jobs it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<JobId>,
    /// What the business's systems were told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emitted: Vec<Emitted>,
    /// The full state before the event, once a day for each contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<State>,
}

/// What a caller was told of a call with an id of its own; who calls again gets the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstAnswer {
    /// Whom it was about.
    pub contact: Option<ContactId>,
    /// What was decided.
    pub verdict: Verdict,
    /// How many messages and calls went out because of it.
    pub jobs: usize,
}

impl FirstAnswer {
    /// The answer to the call that this records; `None` where nobody called.
    #[must_use]
    pub fn of(record: &Record) -> Option<FirstAnswer> {
        let Record { contact, verdict, jobs, event, .. } = record;
        event.kind.is_called().then(|| FirstAnswer {
            contact: *contact,
            verdict: verdict.clone(),
            jobs: jobs.len(),
        })
    }
}

/// What was decided, in one word and the rule it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A rule won.
    Won(RuleId),
    /// No rule won; this fallback spoke, or none.
    Fallback(Option<RuleId>),
    /// Nothing was to be decided: a status, an echo, a notice.
    Recorded,
    /// It was not answered, for this reason: `too_old`, `owned`, `group`…
    Silent(String),
    /// It could not be decided.
    Undecided(String),
    /// A claim found a guard that no longer held, or the outbox gave up: the reason.
    Dropped(String),
}

impl Verdict {
    /// What was decided, for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Verdict::Won(rule) => format!("`{rule}` wins"),
            Verdict::Fallback(Some(rule)) => format!("no rule wins; `{rule}` answers"),
            Verdict::Fallback(None) => "no rule wins, and no fallback answers".to_owned(),
            Verdict::Recorded => "it is recorded; nothing is to be decided".to_owned(),
            Verdict::Silent(why) => format!("it is not answered: {why}"),
            Verdict::Undecided(why) => format!("it could not be decided: {why}"),
            Verdict::Dropped(why) => format!("it was dropped: {why}"),
        }
    }

    /// Why nothing was answered, as metric label and tally; `None` where something was, or there
    /// was nothing to answer.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Verdict::Silent(why) | Verdict::Undecided(why) | Verdict::Dropped(why) => Some(why),
            Verdict::Won(_) | Verdict::Fallback(_) | Verdict::Recorded => None,
        }
    }

    /// A short name for metrics.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Verdict::Won(_) => "won",
            Verdict::Fallback(_) => "fallback",
            Verdict::Recorded => "recorded",
            Verdict::Silent(_) => "silent",
            Verdict::Undecided(_) => "undecided",
            Verdict::Dropped(_) => "dropped",
        }
    }
}
