//! How an attempt ended, and how it is told to people: one shape for the start and every reload.

use super::look::Seen;
use super::status::{Attempt, Gone, Outcome};
use crate::files::FilesError;
use crate::limits;
use crate::model::Timestamp;
use crate::rules::diagnostic::{Diagnostic, Place, Severity};
use std::path::Path;
use std::time::Duration;

/// The code of a folder or file that cannot be read.
const UNREADABLE: &str = "F001";
/// Findings written to the log, each on its line.
const LOGGED_MAX: usize = 20;

/// What became of files that were seen.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    pub(super) revision: Option<String>,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) shown: Vec<Diagnostic>,
    pub(super) took: Duration,
}

impl Judged {
    /// They are in force.
    pub(super) fn applied(revision: String, found: &[Diagnostic], took: Duration) -> Judged {
        Judged::of(Outcome::Applied, Some(revision), found, took)
    }

    /// They were in force before.
    pub(super) fn unchanged(revision: String, took: Duration) -> Judged {
        Judged::of(Outcome::Unchanged, Some(revision), &[], took)
    }

    /// They are refused.
    pub(super) fn refused(seen: &Seen, found: &[Diagnostic], took: Duration) -> Judged {
        match seen {
            Seen::Rules { revision, .. } => {
                Judged::of(Outcome::Rejected, Some(revision.clone()), found, took)
            }
            Seen::Error(_) => Judged::of(Outcome::Unreadable, None, found, took),
        }
    }

    fn of(
        outcome: Outcome,
        revision: Option<String>,
        found: &[Diagnostic],
        took: Duration,
    ) -> Judged {
        let errors = found.iter().filter(|one| one.is_error()).count();
        let warnings = found.len().saturating_sub(errors);
        // Errors first: what is cut off at the end is the least.
        let (mut shown, mild): (Vec<Diagnostic>, Vec<Diagnostic>) =
            found.iter().cloned().partition(Diagnostic::is_error);
        shown.extend(mild);
        shown.truncate(limits::DIAGNOSTICS_SHOWN_MAX);
        Judged { outcome, revision, errors, warnings, shown, took }
    }

    /// As it is kept and shown.
    pub(super) fn attempt(self, at: Timestamp, gone: Vec<Gone>) -> Attempt {
        Attempt {
            outcome: self.outcome,
            at,
            took_ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            revision: self.revision,
            errors: self.errors,
            warnings: self.warnings,
            diagnostics: self.shown.into(),
            gone,
        }
    }

    /// Tells the log, each finding with its place; `in_force` is what decides from now on.
    pub(super) fn log(&self, folder: &Path, in_force: &str) {
        for found in self.shown.iter().take(LOGGED_MAX) {
            let (code, line) = (found.code, in_a_line(folder, found));
            match found.severity {
                Severity::Error => tracing::error!(code, "{line}"),
                Severity::Warning => tracing::warn!(code, "{line}"),
            }
        }
        let (errors, took) = (self.errors, self.took);
        match self.outcome {
            Outcome::Applied => {
                tracing::info!(revision = in_force, ?took, "new rules are in force")
            }
            Outcome::Unchanged => {
                tracing::info!(revision = in_force, "the rules on disk are those in force");
            }
            Outcome::Rejected => tracing::error!(
                errors,
                revision = in_force,
                "the rules on disk were rejected; those in force stay"
            ),
            Outcome::Unreadable => tracing::error!(
                revision = in_force,
                "the rules on disk cannot be read; those in force stay"
            ),
        }
    }
}

/// Whether something beside the rules failed, such as a full disk: the same rules may be good later.
pub(super) fn may_pass(found: &[Diagnostic]) -> bool {
    found.iter().any(|one| one.code == UNREADABLE)
}

/// A folder that cannot be read as a finding; its place is the file, relative to `folder`. What
/// lies elsewhere, such as the data folder, is no place in the rules.
pub(super) fn unreadable(folder: &Path, error: &FilesError) -> Diagnostic {
    let inside = Path::new(error.path()).strip_prefix(folder).ok();
    let file = inside.map(|inside| match inside.display().to_string() {
        file if file.is_empty() => ".".to_owned(),
        file => file,
    });
    Diagnostic {
        code: UNREADABLE,
        severity: Severity::Error,
        message: error.to_string(),
        places: file.iter().map(|file| Place::whole(file, "")).collect(),
        help: None,
    }
}

/// Compiling broke down: the rules are not judged good.
pub(super) fn broken_down() -> Diagnostic {
    Diagnostic {
        code: "F002",
        severity: Severity::Error,
        message: "compiling these rules failed inside usher; this is a mistake in usher".to_owned(),
        places: Vec::new(),
        help: Some("run `usher check` on the folder and report what it prints".to_owned()),
    }
}

/// `rules/shop.toml:3:1: what is wrong`
pub(super) fn in_a_line(folder: &Path, found: &Diagnostic) -> String {
    let message = &found.message;
    found.places.first().map_or_else(
        || message.clone(),
        |place| {
            let path = folder.join(&place.file);
            format!("{}:{}:{}: {message}", path.display(), place.line, place.column)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_the_folder_is_a_place() {
        let folder = Path::new("shop/rules");
        let told = |path: &str| {
            let error = FilesError::Restless(path.to_owned());
            let found = unreadable(folder, &error);
            in_a_line(folder, &found).strip_suffix(&error.to_string()).map(str::to_owned)
        };
        assert_eq!(told("shop/rules/a.toml").as_deref(), Some("shop/rules/a.toml:1:1: "));
        assert_eq!(told("shop/rules").as_deref(), Some("shop/rules/.:1:1: "));
        for elsewhere in ["data/media", "/data/media"] {
            assert_eq!(told(elsewhere).as_deref(), Some(""), "{elsewhere}");
        }
    }
}
