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
    /// When it is too much for one contact.
    pub storm: StormGuards,
    /// `[limits] storm = "queue:NAME"`: the queue that gets a contact in a storm.
    pub storm_queue: Option<String>,
    /// `[connector.X]`: name and kind. `None` where no `usher.toml` was given: then every connector
    /// a rule names counts as declared.
    pub connectors: Option<Vec<(String, String)>>,
}

/// `[limits] replies_per_minute` and `same_text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StormGuards {
    /// Messages to one contact within a minute; more silences the bot.
    pub replies_per_minute: u32,
    /// The same text is not sent from this time on…
    pub same_text: u32,
    /// …within so long.
    pub same_text_within: Duration,
}

impl Default for StormGuards {
    fn default() -> Self {
        StormGuards {
            replies_per_minute: limits::REPLIES_PER_MINUTE_DEFAULT,
            same_text: limits::SAME_TEXT_TIMES_DEFAULT,
            same_text_within: limits::SAME_TEXT_WITHIN_DEFAULT,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            numbers: None,
            default_region: None,
            answer_within: limits::ANSWER_WITHIN_DEFAULT,
            storm: StormGuards::default(),
            storm_queue: None,
            connectors: None,
        }
    }
}
