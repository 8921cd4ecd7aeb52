//! Tells the demo's terminal how the rules stand, in the words of `usher check`.

use super::output;
use super::target::Findings;
use crate::files;
use crate::reload::{Attempt, Outcome, Reloader, Status};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Tells of every attempt until `stop`; of the first one only what is wrong.
pub(super) async fn tell(reloader: Arc<Reloader>, folder: PathBuf, stop: CancellationToken) {
    let mut changes = reloader.watch();
    let mut before: Option<Attempt> = None;
    loop {
        let status = Arc::clone(&changes.borrow_and_update());
        if before.as_ref() != Some(&status.last) {
            let (first, folder) = (before.is_none(), folder.clone());
            before = Some(status.last.clone());
            let told = tokio::task::spawn_blocking(move || show(&status, first, &folder));
            // If standard error is closed there is nobody to tell.
            let _ = told.await;
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

fn show(status: &Status, first: bool, folder: &Path) -> Result<(), output::Failure> {
    let last = &status.last;
    let mut text = String::new();
    if last.outcome != Outcome::Unchanged && !last.diagnostics.is_empty() {
        // As they lie there now: without them, places are named without their lines.
        let sources = files::read(folder).unwrap_or_default();
        let findings = Findings::of(last.diagnostics.to_vec(), &sources, folder);
        text.push_str(&findings.rendered(output::error_colour()));
    }
    let revision = &status.short_revision;
    let line = match (last.outcome.is_good(), first) {
        (true, true) => String::new(),
        (true, false) => format!("the rules on disk are live: revision {revision}\n"),
        (false, true) => "not live: nothing is answered until the rules are mended\n".to_owned(),
        (false, false) => format!("not live: revision {revision} goes on answering\n"),
    };
    text.push_str(&line);
    output::error_text(&text)
}
