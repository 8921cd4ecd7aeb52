//! Whether rules may be brought into force: they compile, and the files they send are kept. Blocks.

use super::attempt;
use super::start::Setup;
use crate::clock::{Clock, SystemClock};
use crate::decide::{self, Checked};
use crate::media::{self, MediaError};
use crate::rules::{Ruleset, Sources};
use std::path::Path;

/// Compiles rules and keeps the files they send, so that what is decided by them can be sent
/// whatever becomes of the folder. Without a rule set where either fails.
pub(super) fn check(setup: &Setup, sources: &Sources) -> Checked {
    let mut checked = decide::check(sources, &setup.settings);
    if let (Some(rules), Some(data)) = (&checked.ruleset, &setup.media)
        && let Err(error) = keep(&setup.folder, data, rules)
    {
        checked.ruleset = None;
        checked.diagnostics.push(attempt::unreadable(&setup.folder, &error.into()));
    }
    checked
}

fn keep(folder: &Path, data: &Path, rules: &Ruleset) -> Result<(), MediaError> {
    media::keep(folder, data, rules)?;
    if let Err(error) = media::sweep(data, rules, SystemClock.now()) {
        tracing::warn!(%error, "media files that nothing uses could not be taken away");
    }
    Ok(())
}
