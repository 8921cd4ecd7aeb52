//! `follow_up`, compiled: what is said if the customer stays silent.

use super::says::{Say, Template};
use crate::model::Purpose;
use std::collections::BTreeMap;
use std::time::Duration;

/// One step of `follow_up`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpStep {
    /// How long after the rule's answer; longer than that of the step before.
    pub after: Duration,
    /// What it says.
    pub says: Vec<Say>,
}

impl FollowUpStep {
    /// Whether it may be said while the service window is closed: all of it is templates.
    #[must_use]
    pub fn opens_window(&self) -> bool {
        self.says.iter().all(|say| matches!(say, Say::Template(_)))
    }

    /// The strictest purpose of its templates and of `rule`, the purpose of the rule it is of.
    #[must_use]
    pub fn purpose(&self, rule: Purpose, templates: &BTreeMap<String, Template>) -> Purpose {
        let sent = self.says.iter().filter_map(|say| match say {
            Say::Template(used) => templates.get(&used.template).map(|template| template.purpose),
            _ => None,
        });
        sent.fold(rule, Purpose::max)
    }
}
