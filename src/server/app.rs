//! What every route reads: the turn, the settings, whether usher is stopping.

use super::access::Access;
use super::seldom::Seldom;
use crate::config::{Config, Secrets, Token};
use crate::limits;
use crate::metrics::SendingPause;
use crate::model::Timestamp;
use crate::reload::Reloader;
use crate::turn::Turn;
use crate::whatsapp::webhook::Known;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What the routes need to know of `usher.toml`.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Any of them may have signed a webhook; empty: signatures are not asked for.
    pub app_secrets: Secrets,
    /// Any of them answers the challenge; empty: no challenge is answered.
    pub verify_tokens: Secrets,
    /// The account and the numbers that are ours.
    pub known: Known,
    /// Who may use the API; empty: everybody.
    pub tokens: Vec<Token>,
    /// Where the journal is drained to; `None` where it stays in the store.
    pub journal: Option<PathBuf>,
}

impl Settings {
    /// The settings as the file says.
    #[must_use]
    pub fn of(config: &Config) -> Settings {
        let whatsapp = &config.whatsapp;
        Settings {
            app_secrets: whatsapp.app_secret.clone(),
            verify_tokens: whatsapp.verify_token.clone(),
            known: Known {
                accounts: vec![whatsapp.business_account_id.clone()],
                numbers: whatsapp.numbers.iter().map(|number| number.id.clone()).collect(),
            },
            tokens: config.server.tokens.clone(),
            journal: Some(config.journal.clone()),
        }
    }
}

/// The state of the routes.
pub struct App {
    pub(super) turn: Arc<Turn>,
    pub(super) settings: Settings,
    pub(super) access: Access,
    /// Cancelled when usher is told to stop: `/readyz` says so.
    pub(super) stop: CancellationToken,
    /// Webhooks being worked on.
    pub(super) webhooks: Semaphore,
    pub(super) started: Timestamp,
    pub(super) seldom: Lines,
    /// Keeps the rules in step with their folder; `None` where they come from none.
    pub(super) reloader: Option<Arc<Reloader>>,
}

impl App {
    /// Routes' state over a turn; `stop` is cancelled when usher is told to stop.
    #[must_use]
    pub fn new(turn: Arc<Turn>, settings: Settings, stop: CancellationToken) -> Arc<App> {
        Arc::new(App::over(turn, settings, stop, None))
    }

    /// As [`App::new`], over rules that are reloaded.
    #[must_use]
    pub fn reloading(
        turn: Arc<Turn>,
        settings: Settings,
        stop: CancellationToken,
        reloader: Arc<Reloader>,
    ) -> Arc<App> {
        Arc::new(App::over(turn, settings, stop, Some(reloader)))
    }

    /// Whether the rules on disk are refused and others in force.
    pub(super) fn rules_are_stale(&self) -> bool {
        self.reloader.as_ref().is_some_and(|reloader| reloader.status().stale)
    }

    /// What people should know although usher is ready.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.rules_are_stale() {
            notes.push(
                "the rules on disk are refused, older ones are in force: see /-/rules".into(),
            );
        }
        if self.takes_unsigned() {
            notes.push("webhooks are taken unsigned: `[whatsapp] app_secret` is not set".into());
        }
        // Outsiders read this: why, but not in WhatsApp's words.
        let pauses = self.turn.metrics().sending.standing();
        notes.extend(pauses.iter().map(|pause| {
            let SendingPause { number, reason, .. } = pause;
            format!("sending pauses for {number} ({reason}): see /v1/status")
        }));
        notes
    }

    /// Whether anybody who reaches the listener may speak as WhatsApp.
    pub(super) fn takes_unsigned(&self) -> bool {
        self.settings.app_secrets.is_empty()
    }

    fn over(
        turn: Arc<Turn>,
        settings: Settings,
        stop: CancellationToken,
        reloader: Option<Arc<Reloader>>,
    ) -> App {
        let started = turn.clock().now();
        let access = Access::new(settings.tokens.clone());
        let webhooks = Semaphore::new(limits::WEBHOOKS_IN_FLIGHT_MAX);
        let seldom = Lines::default();
        App { turn, settings, access, stop, webhooks, started, seldom, reloader }
    }
}

/// What is said in the log now and then only.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) signature: Seldom,
    pub(super) overload: Seldom,
    pub(super) unsigned: Seldom,
    pub(super) call: Seldom,
}

impl Default for Lines {
    fn default() -> Self {
        let refusals = || Seldom::new(limits::REFUSALS_TOLD_EVERY);
        Lines {
            signature: refusals(),
            overload: refusals(),
            unsigned: Seldom::new(limits::UNSIGNED_TOLD_EVERY),
            call: refusals(),
        }
    }
}
