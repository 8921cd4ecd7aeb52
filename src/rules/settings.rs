//! What the rules need to know of `usher.toml`: plain facts, no secrets, no sockets.

use crate::limits;
use crate::model::NumberId;
use std::time::Duration;

/// Facts of the installation that rules refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Our numbers: id and name (`[[whatsapp.number]]`). `None` where no `usher.toml` was given:
    /// then every number a rule names counts as declared.
    pub numbers: Option<Vec<(NumberId, String)>>,
    /// Region for phone numbers without a country code (ISO 3166, `TW`).
    pub default_region: Option<String>,
    /// Messages older than this are recorded, not answered.
    pub answer_within: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            numbers: None,
            default_region: None,
            answer_within: limits::ANSWER_WITHIN_DEFAULT,
        }
    }
}
