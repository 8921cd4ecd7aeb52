//! Words of the rule language that this version cannot act on. They are refused by name, so that
//! nothing is accepted and ignored.

/// Keys of `[[reply]]`, `[[fallback]]`, `[greeting]` and of one message.
pub const KEYS: &[&str] = &["canary", "goal", "share", "typos"];

/// Tables of rule files.
pub const TABLES: &[&str] = &["faq"];

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
