//! Logs to standard error: text on a terminal, JSON elsewhere; `USHER_LOG` says how much.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// The variable that says how much is logged (`info`, `usherd=debug`).
const VARIABLE: &str = "USHER_LOG";

/// Starts logging, by default from `level` on.
pub(super) fn start(level: &str) {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(level));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only where logging runs already.
    let _ = if std::io::stderr().is_terminal() {
        logs.try_init()
    } else {
        logs.json().flatten_event(true).with_ansi(false).try_init()
    };
}
