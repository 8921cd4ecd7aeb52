//! The daemon put together: listeners, outbox, timers, journal, sweep; and the order in which
//! they end.

use super::output::{Exit, Failure, Outcome};
use super::rules;
use super::watch::Watch;
use crate::clock::Clock;
use crate::insight::journal;
use crate::limits;
use crate::metrics::Metrics;
use crate::model::{ContactId, Timestamp};
use crate::outbox::Outbox;
use crate::reload::{Reloader, Runner};
use crate::rules::Ruleset;
use crate::server::Front;
use crate::store::Store;
use crate::timers::Timers;
use crate::turn::Turn;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::{NoContext, Uuid};

/// Everything that runs.
pub(super) struct Service {
    pub(super) turn: Arc<Turn>,
    pub(super) outbox: Outbox,
    /// Folder the journal is drained to.
    pub(super) journal: PathBuf,
    /// Each with its routes.
    pub(super) fronts: Vec<Front>,
    /// What keeps the rules in step with their folder, where they have one.
    pub(super) reload: Option<Reload>,
    /// Files that are read again when they change.
    pub(super) watch: Watch,
    /// How long the end may take.
    pub(super) drain: Duration,
    /// How much of it usher goes on listening.
    pub(super) linger: Duration,
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
    /// Runs until `stop` is cancelled and everything has come to its end, within `drain`.
    ///
    /// The order of the end: `/readyz` says so at once (it reads `stop`), and for `linger` usher
    /// goes on listening, as load balancers send new connections until they have heard. Then
    /// nothing new is taken in and requests under way are answered; then the sends under way are
    /// finished; then the journal, which the others still wrote, is drained. Each stage leaves the
    /// later ones half of what is left of `drain`; what is cut off is durable and taken up at the
    /// next start.
    pub(super) async fn run(self, stop: CancellationToken) -> Outcome {
        let (drain, linger) = (self.drain, self.linger.min(self.drain / 2));
        let mut fronts = Stage::new("requests");
        // A little less than the stage has, so that they cut off their requests themselves.
        let reserve = (drain - linger) * 2 / 5;
        for front in self.fronts {
            let closed = fronts.end.clone();
            fronts.tasks.spawn(front.serve(closed, reserve));
        }
        let mut sends = Stage::new("sends");
        let (outbox, end) = (self.outbox, sends.end.clone());
        sends.tasks.spawn(async move { outbox.run(end).await });
        sends.tasks.spawn(Timers::new(Arc::clone(&self.turn)).run(sends.end.clone()));
        let mut keeping = Stage::new("the journal");
        let journal = journal::Drain::new(Arc::clone(self.turn.store()), self.journal);
        keeping.tasks.spawn(journal.run(keeping.end.clone()));
        keeping.tasks.spawn(sweep(Arc::clone(&self.turn), keeping.end.clone()));
        keeping.tasks.spawn(self.watch.run(keeping.end.clone()));
        if let Some(Reload { reloader, runner, signal }) = self.reload {
            keeping.tasks.spawn(runner.run(keeping.end.clone()));
            keeping.tasks.spawn(rules::on_signal(signal, reloader, keeping.end.clone()));
        }
        let broken = tokio::select! {
            biased;
            () = stop.cancelled() => false,
            // None of them ends by itself.
            _ = fronts.tasks.join_next() => true,
            _ = sends.tasks.join_next() => true,
            _ = keeping.tasks.join_next() => true,
        };
        stop.cancel();
        let deadline = Instant::now() + drain;
        if !broken {
            tracing::info!(?linger, ?drain, "stopping: finishing what is under way");
            tokio::time::sleep(linger).await;
        }
        fronts.finish(deadline, 2).await;
        sends.finish(deadline, 2).await;
        keeping.finish(deadline, 1).await;
        if broken {
            return Err(Failure::problem("a part of usher broke down; see the log"));
        }
        tracing::info!("stopped");
        Ok(Exit::Fine)
    }
}

/// Tasks that end together.
struct Stage {
    name: &'static str,
    end: CancellationToken,
    tasks: JoinSet<()>,
}

impl Stage {
    fn new(name: &'static str) -> Stage {
        Stage { name, end: CancellationToken::new(), tasks: JoinSet::new() }
    }

    /// Ends the tasks and waits for them, for this part (1: all of it, 2: half) of the time left.
    async fn finish(mut self, deadline: Instant, part: u32) {
        self.end.cancel();
        let most = deadline.saturating_duration_since(Instant::now()) / part;
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(most, all).await.is_err() {
            tracing::warn!(
                stage = self.name,
                "not all under way ended in time; the rest is taken up at the next start"
            );
        }
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
