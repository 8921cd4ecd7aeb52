//! The labels of the families: what is told apart in what is counted. Counting is elsewhere.

use crate::model::Tally;
use prometheus_client::encoding::EncodeLabelSet;

/// An event decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct EventLabels {
    /// [`crate::model::EventKind::label`]
    pub kind: &'static str,
    /// [`crate::model::Verdict::label`], or `duplicate`
    pub verdict: &'static str,
}

/// An attempt to send, or a job that ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// [`crate::model::SendOutcome::label`], and `put_off` (reasons `pair_pace`, `number_pace`) and
    /// `replaced` (by the template that goes outside the window)
    pub outcome: &'static str,
    /// Why; empty where there is nothing to say.
    pub reason: String,
}

/// A lookup that ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct LookupLabels {
    /// The declared lookup.
    pub lookup: String,
    /// `found`, `missing`, `failed`
    pub outcome: &'static str,
}

/// An event that was not answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct WhyLabels {
    /// `silent`, `undecided`, `dropped`
    pub verdict: &'static str,
    /// [`crate::model::Verdict::why`]
    pub reason: String,
}

/// Something that happened to a hand-off.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HandOffLabels {
    /// The queue's name; `none` where an agent took a conversation unasked.
    pub queue: String,
    /// `begun`, `task`, `taken`, `escalated`, `closed`, `given_up`, `returned`
    pub event: &'static str,
}

impl HandOffLabels {
    /// The labels of what was counted, where it is about a hand-off.
    #[must_use]
    pub fn of(tally: &Tally) -> Option<HandOffLabels> {
        const EVENTS: [&str; 7] =
            ["begun", "task", "taken", "escalated", "closed", "given_up", "returned"];
        let event = tally.what.strip_prefix("handoff_")?;
        let event = EVENTS.into_iter().find(|known| *known == event)?;
        let queue = if tally.label.is_empty() { "none" } else { &tally.label };
        Some(HandOffLabels { queue: queue.to_owned(), event })
    }
}

/// A webhook answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CodeLabels {
    /// HTTP status.
    pub code: u16,
}

/// A webhook that was not taken, or a call that was not let in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReasonLabels {
    /// Of webhooks: `signature`, `overload`, `too_large`, `too_slow`, `encoding`, `broken_off`,
    /// `store`; of calls: `no_token`, `wrong_token`, `role`
    pub reason: &'static str,
}

/// Secrets or a certificate read again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RereadLabels {
    /// `secret`, `tls`
    pub what: &'static str,
    /// `changed`, `failed`
    pub outcome: &'static str,
}

/// A timer that rang.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TimerLabels {
    /// [`crate::model::TimerKind::label`]
    pub kind: &'static str,
}

/// A file usher lives by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct FileLabels {
    pub file: String,
}

/// Which usher this is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BuildLabels {
    pub version: &'static str,
}

/// An attempt to replace the rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReloadLabels {
    /// `applied`, `unchanged`, `rejected`, `unreadable`
    pub outcome: &'static str,
}

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RevisionLabels {
    /// The first hex digits of their digest.
    pub revision: String,
}
