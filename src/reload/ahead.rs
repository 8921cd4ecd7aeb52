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
    /// Begins with what was seen, unless a trial is under way: a folder that keeps changing has one
    /// at a time.
    pub(super) fn begin(&mut self, setup: &Arc<Setup>, sources: &Sources, revision: &str) {
        if self.0.is_none() {
            let checked = check(setup, sources.clone());
            self.0 = Some(Running { revision: revision.to_owned(), checked });
        }
    }

    /// Comes back when a trial of something else is over and another may begin; never where there
    /// is none.
    pub(super) async fn free(&mut self, seen: &Seen) {
        match &mut self.0 {
            Some(other) if other.revision != seen.key() => {
                let over = (&mut other.checked).await;
                self.0 = None;
                let_go(over);
            }
            _ => std::future::pending().await,
        }
    }

    /// The trial of what was seen in the end, if it was begun.
    pub(super) fn of(self, seen: &Seen) -> Option<JoinHandle<Checked>> {
        let running = self.0?;
        if running.revision == seen.key() {
            return Some(running.checked);
        }
        let_go(running);
        None
    }
}

/// Judges rules off the serving threads.
pub(super) fn check(setup: &Arc<Setup>, sources: Sources) -> JoinHandle<Checked> {
    let setup = Arc::clone(setup);
    spawn_blocking(move || setup.check(&sources, Cores::Half))
}

/// Whoever drops a finished trial drops its rules, which takes milliseconds.
fn let_go(old: impl Send + 'static) {
    drop(spawn_blocking(move || drop(old)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reload::Watch;
    use crate::rules::Settings;

    fn seen(text: &str) -> (Sources, String, Seen) {
        let sources = Sources::default().with("a.toml", text);
        let revision = sources.revision();
        let seen = Seen::Rules { sources: sources.clone(), revision: revision.clone() };
        (sources, revision, seen)
    }

    #[tokio::test]
    async fn only_the_trial_of_what_was_seen_in_the_end_counts() {
        let dir = tempfile::tempdir().unwrap();
        let setup = Arc::new(Setup {
            folder: dir.path().join("rules"),
            settings: Settings::default(),
            data: dir.path().to_owned(),
            last_good: None,
            watch: Watch::Polling,
        });
        let rule = "[[reply]]\nid = \"a\"\nwords = [\"hello\"]\ntext = \"Hi.\"\n";
        let (half, half_revision, half_seen) = seen("[[reply]]\nid = ");
        let (whole, whole_revision, whole_seen) = seen(rule);

        let mut ahead = Ahead::default();
        ahead.begin(&setup, &half, &half_revision);
        assert!(ahead.of(&whole_seen).is_none(), "half a save");

        let mut ahead = Ahead::default();
        ahead.begin(&setup, &half, &half_revision);
        ahead.begin(&setup, &whole, &whole_revision);
        ahead.free(&whole_seen).await;
        ahead.begin(&setup, &whole, &whole_revision);
        let checked = ahead.of(&whole_seen).unwrap().await.unwrap();
        assert_eq!(checked.ruleset.unwrap().revision, whole_revision);

        assert!(Ahead::default().of(&half_seen).is_none(), "nothing was begun");
    }
}
