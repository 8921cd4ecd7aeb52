//! The names a condition, a script or a text may read, for one event.

pub(crate) mod facts;
#[cfg(test)]
pub(crate) mod fixture;

pub use facts::Gathered;

use crate::model::{Event, LookupOutcome, Message, State};
use std::collections::BTreeMap;

/// What is visible while one rule is judged or speaks. Borrowed; made once a message.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The state with the changes of this event that are already certain (counted, language,
    /// session) applied.
    pub state: &'a State,
    /// The event; its `at` is `now`.
    pub event: &'a Event,
    /// The message, where the event is one.
    pub message: Option<&'a Message>,
    /// `match`: named groups, taken values, `entry` (the entry that hit, as written).
    pub matched: &'a BTreeMap<String, String>,
    /// `event`: what one of the business's systems posted, in canonical text.
    pub posted: &'a BTreeMap<String, String>,
    /// `lookup`: what was looked up for this rule.
    pub lookup: Option<&'a LookupOutcome>,
    /// The language to speak, canonical.
    pub language: &'a str,
    /// Copies already made for this message.
    pub gathered: &'a Gathered,
    /// The rules, for `hours`, fields and functions.
    pub rules: &'a super::Ruleset,
}
