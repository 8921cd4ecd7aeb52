//! Rules judged before it is certain that they are wanted: while the folder is given time to rest,
//! they are compiled, and that is thrown away where the next look finds something else.

use super::look::Seen;
use super::start::Setup;
use crate::decide::Checked;
use crate::rules::Sources;
use crate::trial::Cores;
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Rules being judged off the serving threads: at most one set of them.
#[derive(Debug, Default)]
pub(super) struct Ahead(Option<Running>);

#[derive(Debug)]
struct Running {
    revision: String,
    checked: JoinHandle<Checked>,
}

impl Ahead {
    /// Begins with what was seen. What was begun for something else goes on to its end, and until
    /// then nothing new is begun: a folder that keeps changing has one trial at a time.
    pub(super) fn begin(&mut self, setup: &Arc<Setup>, sources: &Sources, revision: &str) {
        let busy = |old: &Running| old.revision == revision || !old.checked.is_finished();
        if self.0.as_ref().is_some_and(busy) {
            return;
        }
        let checked = check(setup, sources.clone());
        let_go(self.0.replace(Running { revision: revision.to_owned(), checked }));
    }

    /// The trial of what was seen in the end, if it was begun.
    pub(super) fn of(self, seen: &Seen) -> Option<JoinHandle<Checked>> {
        let running = self.0?;
        if running.revision == seen.key() {
            return Some(running.checked);
        }
        let_go(Some(running));
        None
    }
}

/// Judges rules off the serving threads.
pub(super) fn check(setup: &Arc<Setup>, sources: Sources) -> JoinHandle<Checked> {
    let setup = Arc::clone(setup);
    spawn_blocking(move || setup.check(&sources, Cores::Half))
}

/// Whoever drops a finished trial drops its rules, which takes milliseconds.
fn let_go(old: Option<Running>) {
    if old.is_some() {
        drop(spawn_blocking(move || drop(old)));
    }
}
