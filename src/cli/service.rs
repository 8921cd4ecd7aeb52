//! The daemon put together: listeners, outbox, journal, sweep; and the order in which they end.

use super::output::{Exit, Failure, Outcome};
use super::rules;
use crate::clock::Clock;
use crate::insight::journal;
use crate::limits;
use crate::metrics::Metrics;
use crate::model::{ContactId, Timestamp};
use crate::outbox::Outbox;
use crate::reload::{Reloader, Runner};
use crate::rules::Ruleset;
use crate::server;
use crate::store::Store;
use crate::turn::Turn;
use axum::Router;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::{NoContext, Uuid};

/// Everything that runs.
pub(super) struct Service {
    pub(super) turn: Arc<Turn>,
    pub(super) outbox: Outbox,
    /// Folder the journal is drained to.
    pub(super) journal: PathBuf,
    /// Each with its routes.
    pub(super) listeners: Vec<(TcpListener, Router)>,
    /// What keeps the rules in step with their folder, where they have one.
    pub(super) reload: Option<Reload>,
    /// How long what is under way may take at the end.
    pub(super) drain: Duration,
}

/// What reloads the rules.
pub(super) struct Reload {
    pub(super) reloader: Arc<Reloader>,
    pub(super) runner: Runner,
    /// Rung by a signal.
    pub(super) signal: Arc<Notify>,
}

/// A turn that makes contact ids by time.
pub(super) fn turn(store: Arc<dyn Store>, rules: Arc<Ruleset>, clock: Arc<dyn Clock>) -> Arc<Turn> {
    let metrics = Arc::new(Metrics::default());
    Arc::new(Turn::new(store, rules, clock, new_id, metrics))
}

/// Binds a listener; `setting` is where its address was written.
pub(super) async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::start(match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("`{address}` is in use by another program; stop it or change {setting}")
            }
            std::io::ErrorKind::PermissionDenied => {
                format!("`{address}` may not be listened on by this user; change {setting}")
            }
            _ => format!("`{address}` cannot be listened on ({error}); change {setting}"),
        })
    })
}

impl Service {
    /// Runs until `stop` is cancelled and everything has come to its end. First nothing new is
    /// taken in and requests under way are answered, then the sends under way, then the journal.
    pub(super) async fn run(self, stop: CancellationToken) -> Outcome {
        let behind = CancellationToken::new();
        let mut fronts = JoinSet::new();
        for (listener, routes) in self.listeners {
            fronts.spawn(server::serve(listener, routes, stop.clone(), self.drain));
        }
        let mut backs = JoinSet::new();
        let (outbox, token) = (self.outbox, behind.clone());
        backs.spawn(async move { outbox.run(token).await });
        let journal = journal::Drain::new(Arc::clone(self.turn.store()), self.journal);
        backs.spawn(journal.run(behind.clone()));
        backs.spawn(sweep(Arc::clone(&self.turn), behind.clone()));
        if let Some(Reload { reloader, runner, signal }) = self.reload {
            backs.spawn(runner.run(behind.clone()));
            backs.spawn(rules::on_signal(signal, reloader, behind.clone()));
        }
        let broken = tokio::select! {
            // Told to stop, the listeners end at the same moment: that is no breakdown.
            biased;
            () = stop.cancelled() => false,
            // None of them ends by itself.
            _ = fronts.join_next() => true,
            _ = backs.join_next() => true,
        };
        stop.cancel();
        tracing::info!("stopping: finishing what is under way");
        let ended = tokio::time::timeout(self.drain, async {
            while fronts.join_next().await.is_some() {}
            behind.cancel();
            while backs.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!("what was under way did not end in time; it is taken up at the start");
        }
        if broken {
            return Err(Failure::problem("a part of usher broke down; see the log"));
        }
        Ok(Exit::Fine)
    }
}

/// Forgets what is old enough, every hour.
async fn sweep(turn: Arc<Turn>, stop: CancellationToken) {
    let mut hours = tokio::time::interval(limits::SWEEP_EVERY);
    loop {
        tokio::select! {
            _ = hours.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = turn.store().sweep(turn.clock().now()).await {
            tracing::error!(%error, "the store could not forget what is old");
        }
    }
}

/// A contact's id: sortable by the time it was first heard of.
fn new_id(at: Timestamp) -> ContactId {
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    let nanos = u32::try_from(millis % 1_000).unwrap_or(0) * 1_000_000;
    ContactId(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, millis / 1_000, nanos)))
}
