//! Counters by day: what the monthly tuning reads.

use serde::{Deserialize, Serialize};

/// One thing counted once. Kept by UTC day, added up inside the commit that caused it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tally {
    /// What is counted: `event`, `won`, `matched`, `fallback`, `sent`, `dropped`, `dead`…
    pub what: String,
    /// Of which rule, kind or reason; empty where there is none.
    pub label: String,
}

impl Tally {
    /// One count of `what` for `label`.
    #[must_use]
    pub fn of(what: &str, label: &str) -> Tally {
        Tally { what: what.to_owned(), label: label.to_owned() }
    }
}
