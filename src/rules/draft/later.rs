//! Words of the rule language that this version cannot act on. They are refused by name, so that
//! nothing is accepted and ignored.

use super::shapes::{EXPECT, NOT, Shape, TURN};

/// Keys of `[[reply]]`, `[[fallback]]`, `[greeting]` and of one message.
pub const KEYS: &[&str] = &["canary", "emit", "goal", "lookup", "share", "typos"];

/// Tables of rule files.
pub const TABLES: &[&str] = &["event", "faq", "lookup", "notify"];

/// Keys of `[[test.turn]]` and of its `expect`.
const TEST_KEYS: &[&str] = &["agent", "emit", "event", "form", "handoff", "lookup", "queue"];

/// Whether a key of a test's turn is one of those.
#[must_use]
pub fn of_tests(shape: &Shape, key: &str) -> bool {
    [&TURN, &EXPECT, &NOT].contains(&shape) && TEST_KEYS.contains(&key)
}

/// What `owner` in a test may be one day.
pub const OWNERS: &[&str] = &["waiting", "agent"];

/// Tables of `usher.toml`, which are no rules.
pub const OPS_TABLES: &[&str] = &[
    "alerts",
    "connector",
    "data",
    "journal",
    "keep",
    "limits",
    "log",
    "reports",
    "rules",
    "server",
    "store",
    "whatsapp",
];

/// Values of `status`.
pub const STATUSES: &[&str] = &["shadow", "canary"];
