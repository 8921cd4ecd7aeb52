//! The loop that looks, judges and swaps. It runs until it is told to stop, whatever it meets.

use super::ahead::{self, Ahead};
use super::attempt::{self, Judged};
use super::look::{Seen, look};
use super::settle::{Settle, Step};
use super::start::{Setup, Start};
use super::status::{Attempt, Gone, Origin, Outcome, Status};
use super::watching::Watching;
use crate::decide::{self, Checked};
use crate::files::FilesError;
use crate::limits;
use crate::media;
use crate::metrics::{ReloadLabels, RevisionLabels};
use crate::model::RuleId;
use crate::rules::{Diagnostic, Ruleset, Sources};
use crate::turn::Turn;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// How the rules stand, for whoever asks; and asks for a reload.
#[derive(Debug)]
pub struct Reloader {
    shown: watch::Receiver<Arc<Status>>,
    requests: mpsc::Sender<oneshot::Sender<()>>,
}

impl Reloader {
    /// A reloader over the rules that `turn` was started with, and the loop that does the work:
    /// nothing is reloaded before it runs.
    #[must_use]
    pub fn new(setup: Setup, start: Start, turn: Arc<Turn>) -> (Arc<Reloader>, Runner) {
        let bell = Arc::new(Notify::new());
        let watching = Watching::new(setup.watch, Arc::clone(&bell));
        let status = first_status(&setup, &start, &turn, watching.is_polling());
        let first = Arc::clone(&status.last.diagnostics);
        let accepted = (!start.is_stale()).then(|| status.last.clone());
        let (show, shown) = watch::channel(Arc::new(status));
        let (ask, requests) = mpsc::channel(limits::RELOAD_REQUESTS_MAX);
        let runner = Runner {
            setup: Arc::new(setup),
            turn,
            show,
            requests,
            bell,
            watching: Arc::new(Mutex::new(watching)),
            failed: start.failed.map(|key| Failed::of(key, &first)),
            accepted,
            keep: start.keep,
            retired: Vec::new(),
        };
        runner.measure();
        (Arc::new(Reloader { shown, requests: ask }), runner)
    }

    /// How the rules stand.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.shown.borrow())
    }

    /// How the rules stand, as it changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Status>> {
        self.shown.clone()
    }

    /// Looks at the rules folder now, whatever it saw before, and gives how it ended. While usher
    /// stops, gives how the rules stand.
    pub async fn reload_now(&self) -> Arc<Status> {
        let (done, ended) = oneshot::channel();
        if self.requests.send(done).await.is_ok() {
            // An error says that the loop has ended.
            let _ = ended.await;
        }
        self.status()
    }
}

/// The loop behind a [`Reloader`].
pub struct Runner {
    setup: Arc<Setup>,
    turn: Arc<Turn>,
    show: watch::Sender<Arc<Status>>,
    requests: mpsc::Receiver<oneshot::Sender<()>>,
    /// Rung by the watches.
    bell: Arc<Notify>,
    /// Locked only by the look under way, of which there is one at a time.
    watching: Arc<Mutex<Watching>>,
    /// What was refused last; `None` where the folder holds what is in force.
    failed: Option<Failed>,
    /// The attempt that brought the rules in force into force, with their warnings; `None` for the
    /// last good ones.
    accepted: Option<Attempt>,
    /// What is yet to be kept as the last good rules.
    keep: Option<Sources>,
    /// Replaced sets that decisions under way still read.
    retired: Vec<Arc<Ruleset>>,
}

/// What was refused.
struct Failed {
    /// [`Seen::key`]
    key: String,
    /// From when on the same files are judged again: it was not the files that were refused.
    again: Option<tokio::time::Instant>,
}

impl Failed {
    fn of(key: String, found: &[Diagnostic]) -> Failed {
        let again = || tokio::time::Instant::now() + limits::RELOAD_JUDGE_AGAIN;
        Failed { key, again: attempt::may_pass(found).then(again) }
    }

    /// Whether it is known that this is refused.
    fn covers(&self, seen: &Seen) -> bool {
        self.key == seen.key() && self.again.is_none_or(|at| tokio::time::Instant::now() < at)
    }
}

impl Runner {
    /// Keeps the rules in force in step with the folder until `stop` is cancelled.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut scans = tokio::time::interval(limits::RELOAD_SCAN_EVERY);
        scans.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut rested = tokio::time::Instant::now();
        self.keep_last_good().await;
        loop {
            let bell = Arc::clone(&self.bell);
            let hinted = async {
                tokio::time::sleep_until(rested).await;
                bell.notified().await;
            };
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                Some(asked) = self.requests.recv() => Some(asked),
                () = hinted => None,
                _ = scans.tick() => None,
            };
            tokio::select! {
                // Whatever is dropped half-way is found again at the next start.
                () = stop.cancelled() => return,
                () = self.round(asked.is_some()) => {}
            }
            // Whoever asked may have gone.
            let _ = asked.map(|asked| asked.send(()));
            self.bury();
            rested = tokio::time::Instant::now() + limits::RELOAD_HINT_REST;
        }
    }

    /// One look, and what follows from it. What was `asked` for is judged and told even where it
    /// is no news.
    async fn round(&mut self, asked: bool) {
        let began = Instant::now();
        let seen = self.look().await;
        self.show_polling();
        if !asked && !self.is_news(&seen) {
            return;
        }
        let (seen, begun) = self.settled(seen, asked).await;
        if asked || self.is_news(&seen) {
            self.judge(seen, begun, began).await;
        }
    }

    async fn look(&self) -> Seen {
        let (setup, watching) = (Arc::clone(&self.setup), Arc::clone(&self.watching));
        let looked = tokio::task::spawn_blocking(move || {
            let mut watching = watching.lock().unwrap_or_else(PoisonError::into_inner);
            look(&setup.folder, &mut watching)
        });
        looked.await.unwrap_or_else(|_| Seen::Error(self.restless()))
    }

    /// Whether it is neither what is in force, with nothing to mend, nor what was refused last.
    fn is_news(&self, seen: &Seen) -> bool {
        match &self.failed {
            Some(failed) => !failed.covers(seen),
            None => self.show.borrow().revision != seen.key(),
        }
    }

    /// Looks again until two looks are equal; gives the trial of what they saw, if it was begun.
    async fn settled(&self, first: Seen, asked: bool) -> (Seen, Option<JoinHandle<Checked>>) {
        let mut ahead = Ahead::default();
        let mut settle = Settle::begin(&first.key(), Instant::now());
        let mut pause = limits::RELOAD_SETTLE;
        let mut seen = first;
        loop {
            self.judge_ahead(&mut ahead, &seen, asked);
            tokio::select! {
                () = self.rest(pause) => {}
                () = ahead.free(&seen) => {}
            }
            seen = self.look().await;
            match settle.see(&seen.key(), Instant::now()) {
                Step::Settled => break,
                Step::Again(after) => pause = after,
                Step::Restless => {
                    seen = Seen::Error(self.restless());
                    break;
                }
            }
        }
        let begun = ahead.of(&seen);
        (seen, begun)
    }

    /// Begins to judge what will be judged if it stays.
    fn judge_ahead(&self, ahead: &mut Ahead, seen: &Seen, asked: bool) {
        if let Seen::Rules { sources, revision } = seen
            && self.show.borrow().revision != *revision
            && (asked || self.is_news(seen))
        {
            ahead.begin(&self.setup, sources, revision);
        }
    }

    /// Waits, for no longer than until the file system tells of another change: what a save leaves
    /// in the end is then seen that much sooner.
    async fn rest(&self, pause: Duration) {
        let hinted = async {
            tokio::time::sleep(limits::RELOAD_HINT_REST).await;
            self.bell.notified().await;
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = hinted => {}
        }
    }

    fn restless(&self) -> FilesError {
        FilesError::Restless(self.setup.folder.display().to_string())
    }

    async fn judge(&mut self, seen: Seen, begun: Option<JoinHandle<Checked>>, began: Instant) {
        let key = seen.key();
        let in_force = self.turn.rules();
        match seen {
            Seen::Rules { revision, .. } if revision == in_force.revision => {
                self.failed = None;
                self.end(Judged::unchanged(revision, began.elapsed()), None, Vec::new());
            }
            Seen::Rules { sources, revision } => {
                let checked = self.check(&sources, begun).await;
                let found = &checked.diagnostics;
                if let Some(rules) = checked.ruleset {
                    let judged = Judged::applied(revision, found, began.elapsed());
                    self.apply(rules, &in_force, sources, judged).await;
                } else {
                    let seen = Seen::Rules { sources, revision };
                    self.failed = Some(Failed::of(key, found));
                    self.end(Judged::refused(&seen, found, began.elapsed()), None, Vec::new());
                }
            }
            Seen::Error(error) => {
                let found = [attempt::unreadable(&self.setup.folder, &error)];
                self.failed = Some(Failed { key, again: None });
                let judged = Judged::refused(&Seen::Error(error), &found, began.elapsed());
                self.end(judged, None, Vec::new());
            }
        }
    }

    /// What came of the trial, begun now where it was not yet, and of keeping what the rules send;
    /// all of it off the serving threads. A breakdown is a rejection like any other.
    async fn check(&self, sources: &Sources, begun: Option<JoinHandle<Checked>>) -> Checked {
        let checked = begun.unwrap_or_else(|| ahead::check(&self.setup, sources.clone()));
        let kept = async {
            let (checked, setup, sources) =
                (checked.await?, Arc::clone(&self.setup), sources.clone());
            tokio::task::spawn_blocking(move || setup.keep_media(checked, &sources)).await
        };
        kept.await.unwrap_or_else(|_| Checked {
            ruleset: None,
            failing: None,
            diagnostics: vec![attempt::broken_down()],
            examples: 0,
        })
    }

    /// Brings rules into force: from here on every decision is by them.
    async fn apply(
        &mut self,
        rules: Arc<Ruleset>,
        before: &Ruleset,
        sources: Sources,
        judged: Judged,
    ) {
        self.failed = None;
        self.retired.push(self.turn.put_rules(Arc::clone(&rules)));
        let gone = self.gone(before, &rules).await;
        self.end(judged, Some(&rules), gone);
        self.keep = Some(sources);
        self.keep_last_good().await;
    }

    /// The questions nobody reads the answer to any more, with how many conversations wait.
    async fn gone(&self, before: &Ruleset, after: &Ruleset) -> Vec<Gone> {
        let left = asking(before).difference(&asking(after)).cloned().collect::<Vec<_>>();
        if left.is_empty() {
            return Vec::new();
        }
        let now = self.turn.clock().now();
        let most = limits::QUESTIONS_COUNTED_MAX;
        match self.turn.store().waiting_on(&left, now, most).await {
            Ok(waiting) => waiting
                .into_iter()
                .map(|(rule, waiting)| {
                    tracing::warn!(%rule, waiting, "a rule is gone while conversations wait on it");
                    Gone { rule, waiting }
                })
                .collect(),
            Err(error) => {
                tracing::warn!(%error, rules = ?left, "who waits on rules that are gone is not known");
                Vec::new()
            }
        }
    }

    /// Ends an attempt: tells the log, the metrics, and whoever watches.
    fn end(&mut self, judged: Judged, applied: Option<&Ruleset>, gone: Vec<Gone>) {
        let now = self.turn.clock().now();
        let before = Status::clone(&self.show.borrow());
        let status = match applied {
            Some(rules) => before.in_force(rules, Origin::Folder, now),
            None => before,
        };
        judged.log(&self.setup.folder, &status.short_revision);
        let metrics = self.turn.metrics();
        let outcome = judged.outcome.label();
        metrics.reloads.get_or_create(&ReloadLabels { outcome }).inc();
        metrics.reload_seconds.observe(judged.took.as_secs_f64());
        let mut last = judged.attempt(now, gone);
        match (&self.accepted, last.outcome) {
            (_, Outcome::Applied) => self.accepted = Some(last.clone()),
            // Their warnings, and who waits in vain, are as true as before.
            (Some(accepted), Outcome::Unchanged) => last = last.again(accepted),
            _ => {}
        }
        self.show.send_replace(Arc::new(status.after(last)));
        self.measure();
    }

    /// Whether events come is news by itself.
    fn show_polling(&self) {
        let polling = self.watching.lock().unwrap_or_else(PoisonError::into_inner).is_polling();
        let changed = self.show.send_if_modified(|status| {
            let changed = status.polling != polling;
            if changed {
                *status = Arc::new(Status { polling, ..Status::clone(status) });
            }
            changed
        });
        if changed {
            self.measure();
        }
    }

    /// The gauges as the status says.
    fn measure(&self) {
        let status = Arc::clone(&self.show.borrow());
        let metrics = self.turn.metrics();
        metrics.rules_info.clear();
        let revision = status.short_revision.clone();
        metrics.rules_info.get_or_create(&RevisionLabels { revision }).set(1);
        metrics.rules_loaded.set(status.loaded_at.millis() / 1_000);
        metrics.rules_stale.set(status.stale.into());
        metrics.rules_polling.set(status.polling.into());
    }

    /// What cannot be kept now is not kept: the rules are in force all the same. Files that no
    /// rules sent for long go.
    async fn keep_last_good(&mut self) {
        let Some(sources) = self.keep.take() else { return };
        let setup = Arc::clone(&self.setup);
        let now = self.turn.clock().now();
        let kept = tokio::task::spawn_blocking(move || {
            if let Err(error) = media::sweep(&setup.data, &sources.media, now) {
                tracing::warn!(%error, "media files that nothing uses could not be taken away");
            }
            let Some(last_good) = &setup.last_good else { return Ok(()) };
            last_good.keep(&sources, &sources.revision())
        });
        if let Ok(Err(error)) = kept.await {
            tracing::warn!(%error, "the rules in force could not be kept as the last good ones");
        }
    }

    /// Lets go of replaced sets that nobody reads any more: taking a large one apart takes
    /// milliseconds, which a serving thread has not.
    fn bury(&mut self) {
        let over = self.retired.len().saturating_sub(limits::RELOAD_RETIRED_MAX);
        let mut dead: Vec<Arc<Ruleset>> = self.retired.drain(..over).collect();
        dead.extend(self.retired.extract_if(.., |rules| Arc::strong_count(rules) == 1));
        if !dead.is_empty() {
            drop(tokio::task::spawn_blocking(move || drop(dead)));
        }
    }
}

/// The rules that ask something.
fn asking(rules: &Ruleset) -> BTreeSet<RuleId> {
    rules.replies.iter().filter(|reply| reply.asks).map(|reply| reply.id.clone()).collect()
}

fn first_status(setup: &Setup, start: &Start, turn: &Turn, polling: bool) -> Status {
    let now = turn.clock().now();
    let Start { rules, judged, .. } = start;
    judged.log(&setup.folder, rules.short_revision());
    Status {
        folder: shown(&setup.folder),
        revision: rules.revision.clone(),
        short_revision: rules.short_revision().to_owned(),
        engine: decide::ENGINE,
        loaded_at: now,
        origin: if start.is_stale() { Origin::LastGood } else { Origin::Folder },
        stale: start.is_stale(),
        polling,
        files: Arc::new(rules.files.clone()),
        last: judged.clone().attempt(now, Vec::new()),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
