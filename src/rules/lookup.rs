//! `[[lookup]]`: what may be asked of a system of the business, and how a rule asks it.

use super::ruleset::TextId;
use std::time::Duration;

/// A declared lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The `rest` connector of `usher.toml`.
    pub connector: String,
    /// How long the answer may take.
    pub timeout: Duration,
    /// How long an answer may be used again.
    pub keep: Duration,
    /// What `lookup.NAME` gives: the name, and where it stands in the answer (`order.state`).
    pub gives: Vec<(String, String)>,
}

/// `lookup` of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooksUp {
    /// The declared lookup.
    pub name: String,
    /// Its path, in the names of this rule; values are percent-encoded.
    pub path: TextId,
}

/// How a value of the lookup is told among the names a rule takes from a message: no name of
/// `match` has a point.
const OF_LOOKUP: &str = "lookup.";

/// The names a rule may read with these values of its lookup: those of its `match` beside.
#[must_use]
pub fn names<'a>(gives: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let values = gives.into_iter().map(|name| format!("{OF_LOOKUP}{name}"));
    ["missing", "failed"]
        .map(|name| format!("{OF_LOOKUP}{name}"))
        .into_iter()
        .chain(values)
        .collect()
}

/// What of a rule's names is of its `match`.
pub fn of_match(names: &[String]) -> impl Iterator<Item = &String> {
    names.iter().filter(|name| !name.starts_with(OF_LOOKUP))
}

/// What of a rule's names is of its lookup; nothing where it has none.
pub fn of_lookup(names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().filter_map(|name| name.strip_prefix(OF_LOOKUP))
}
