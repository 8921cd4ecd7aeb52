//! Words of the rule language that this version cannot act on. They are refused by name, so that
//! nothing is accepted and ignored.

/// Keys of `[[reply]]`, `[[fallback]]`, `[greeting]` and of one message.
pub const KEYS: &[&str] = &[
    "canary",
    "consent",
    "else",
    "emit",
    "follow_up",
    "goal",
    "lookup",
    "purpose",
    "queue",
    "share",
    "typos",
    "while_owned",
];

/// Tables of rule files.
pub const TABLES: &[&str] =
    &["consent", "faq", "form", "handoff", "lookup", "queue", "sync", "test"];

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

/// What `go` may name one day beside a rule: the sign before its name.
pub const GOALS: &[&str] = &["form", "handoff", "queue"];

/// Categories of templates that nothing may say yet.
pub const CATEGORIES: &[&str] = &["marketing"];
