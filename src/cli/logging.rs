//! Logs to standard error: text on a terminal, JSON elsewhere; `USHER_LOG` says how much.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The variable that says how much is logged (`info`, `usherd=debug`).
const VARIABLE: &str = "USHER_LOG";

/// Starts logging, by default from `level` on.
pub(super) fn start(level: &str) {
    let asked = std::env::var(VARIABLE).ok().filter(|asked| !asked.is_empty());
    let parsed = asked.as_deref().map(said);
    let filter = match &parsed {
        Some(Ok(filter)) => filter.clone(),
        Some(Err(_)) | None => EnvFilter::new(level),
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    std::panic::set_hook(Box::new(tell_of_panic));
    // Fails only where logging runs already.
    let _ = if std::io::stderr().is_terminal() {
        logs.try_init()
    } else {
        logs.json().flatten_event(true).with_span_list(false).with_ansi(false).try_init()
    };
    if let Some(Err(why)) = parsed {
        tracing::warn!("{VARIABLE} is not understood ({why}): `{level}` is used instead");
    }
}

/// The filter that was asked for. A bare word that is no level would name a part that there is not.
fn said(asked: &str) -> Result<EnvFilter, String> {
    let known = |part: &str| {
        part.contains(['=', ':', '[']) || part == "usherd" || part.parse::<LevelFilter>().is_ok()
    };
    match asked.split(',').map(str::trim).find(|part| !known(part)) {
        Some(part) => Err(format!("`{part}` is no level such as `info`")),
        None => EnvFilter::try_new(asked).map_err(|why| why.to_string()),
    }
}

/// Says where, not what: the words of a panic quote what it stumbled on, which may be a customer's.
fn tell_of_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let backtrace = Backtrace::capture();
    let backtrace =
        (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    tracing::error!(place, backtrace, "usher met a mistake of its own; please report it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_level_is_told() {
        for (asked, fine) in [
            ("info", true),
            ("WARN", true),
            ("off", true),
            ("usherd=debug,usherd::outbox=trace", true),
            ("bananas", false),
            ("info,bananas", false),
            ("usherd=bananas", false),
        ] {
            assert_eq!(said(asked).is_ok(), fine, "{asked}");
        }
    }
}
