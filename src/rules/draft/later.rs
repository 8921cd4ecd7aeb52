//! Words of the rule language that this version cannot act on. They are refused by name, so that
//! nothing is accepted and ignored.

/// Keys of `[[reply]]`, `[[fallback]]`, `[greeting]` and of one message.
pub const KEYS: &[&str] = &[
    "buttons",
    "canary",
    "cases",
    "choices",
    "consent",
    "cooldown",
    "emit",
    "follow_up",
    "footer",
    "go",
    "goal",
    "list",
    "location",
    "lookup",
    "media",
    "numbered",
    "outside_window",
    "params",
    "purpose",
    "queue",
    "react",
    "script",
    "share",
    "template",
    "typos",
    "variants",
    "weight",
];

/// Tables of rule files.
pub const TABLES: &[&str] = &[
    "consent", "event", "faq", "form", "handoff", "lookup", "notify", "queue", "sync", "template",
    "test",
];

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
