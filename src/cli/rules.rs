//! The rules a daemon starts with, and what keeps them in step with their folder.

use super::output::Failure;
use super::target::Findings;
use crate::config::Config;
use crate::reload::{self, Fallback, LastGood, Refused, Reloader, Setup, Start, Watch};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How a daemon reloads the rules of this configuration.
pub(super) fn setup(config: &Config, last_good: Option<LastGood>) -> Setup {
    Setup {
        folder: config.rules.clone(),
        settings: config.settings(),
        data: config.data.clone(),
        last_good,
        watch: Watch::Events,
    }
}

/// The rules of the folder; where they are broken, the last good ones.
pub(super) fn start(setup: &Setup) -> Result<Start, Failure> {
    let started = reload::start(setup).map_err(|refused| failure(&setup.folder, *refused))?;
    if started.is_stale() {
        tracing::error!(
            "usher runs on the last good rules, for those of the folder are broken; mend them, \
             they are taken without a restart"
        );
    }
    Ok(started)
}

/// Reloads whenever a signal asks for it.
pub(super) async fn on_signal(
    signal: Arc<Notify>,
    reloader: Arc<Reloader>,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = signal.notified() => {}
            () = stop.cancelled() => return,
        }
        tracing::info!("asked by a signal to reload the rules");
        reloader.reload_now().await;
    }
}

/// Shows why there are no rules to start with.
pub(super) fn failure(folder: &Path, refused: Refused) -> Failure {
    match refused {
        Refused::Unreadable(error, fallback) => Failure::start(with(error.to_string(), &fallback)),
        Refused::Rejected { sources, diagnostics, fallback } => {
            let Failure::Sentence(exit, sentence) =
                Findings::of(diagnostics, &sources, folder).stop()
            else {
                return Failure::Closed;
            };
            Failure::Sentence(exit, with(sentence, &fallback))
        }
    }
}

fn with(sentence: String, fallback: &Fallback) -> String {
    match fallback {
        Some(error) => format!("{sentence}; {error}"),
        None => sentence,
    }
}
