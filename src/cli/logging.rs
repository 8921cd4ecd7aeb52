//! Logs to standard error: text on a terminal, JSON elsewhere; `USHER_LOG` says how much.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;

/// The variable that says how much is logged (`info`, `usherd=debug`).
const VARIABLE: &str = "USHER_LOG";

/// Starts logging, by default from `level` on.
pub(super) fn start(level: &str) {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(level));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    std::panic::set_hook(Box::new(tell_of_panic));
    // Fails only where logging runs already.
    let _ = if std::io::stderr().is_terminal() {
        logs.try_init()
    } else {
        logs.json().flatten_event(true).with_span_list(false).with_ansi(false).try_init()
    };
}

/// Says where, not what: the words of a panic quote what it stumbled on, which may be a customer's.
fn tell_of_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let backtrace = Backtrace::capture();
    let backtrace =
        (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    tracing::error!(place, backtrace, "usher met a mistake of its own; please report it");
}
