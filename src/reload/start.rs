//! The first rules of a process: those of the folder, else the last good ones. Blocks.

use super::attempt::{self, Judged};
use super::last_good::{LastGood, LastGoodError};
use super::look::Seen;
use super::watching::Watch;
use crate::decide::{self, Checked};
use crate::files::{self, FilesError};
use crate::media;
use crate::rules::{Diagnostic, Ruleset, Settings, Sources};
use crate::trial::{self, Cores};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// What a reload needs to know of `usher.toml`.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The rules folder.
    pub folder: PathBuf,
    /// What rules know of the installation.
    pub settings: Settings,
    /// The data folder, where what the rules send is kept.
    pub data: PathBuf,
    /// Where the last good rules are kept; `None` where they are not.
    pub last_good: Option<LastGood>,
    /// Whether to ask the file system for events.
    pub watch: Watch,
}

/// Rules to start with.
#[derive(Debug)]
pub struct Start {
    /// The rules.
    pub rules: Arc<Ruleset>,
    /// How the folder was judged.
    pub(super) judged: Judged,
    /// What is to be kept as the last good rules; `None` where `rules` are those.
    pub(super) keep: Option<Sources>,
    /// What was refused of the folder.
    pub(super) failed: Option<String>,
}

impl Setup {
    /// Judges rules by themselves.
    pub(super) fn check(&self, sources: &Sources, cores: Cores) -> Checked {
        trial::check(sources, &self.settings, cores)
    }

    /// Keeps the files that good rules send: rules are good only with those.
    pub(super) fn keep_media(&self, mut checked: Checked, sources: &Sources) -> Checked {
        if checked.ruleset.is_some()
            && let Err(error) = media::keep(&self.folder, &self.data, &sources.media)
        {
            checked.ruleset = None;
            checked.diagnostics.push(attempt::unreadable(&self.folder, &error.into()));
        }
        checked
    }
}

impl Start {
    /// Whether these are the last good rules, because those of the folder were refused.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.failed.is_some()
    }
}

/// Why there are no rules to start with.
#[derive(Debug)]
pub enum Refused {
    /// The folder cannot be read.
    Unreadable(FilesError, Fallback),
    /// Its rules have errors.
    Rejected {
        /// The files, to be shown beside them.
        sources: Sources,
        /// What was found.
        diagnostics: Vec<Diagnostic>,
        /// Why the last good ones were of no use.
        fallback: Fallback,
    },
}

/// Why there was nothing to fall back on; `None` where none were ever kept.
pub type Fallback = Option<LastGoodError>;

/// Finds rules to start with.
///
/// # Errors
/// The folder's rules cannot be used, nor are there last good ones.
pub fn start(setup: &Setup) -> Result<Start, Box<Refused>> {
    let began = Instant::now();
    let refused = match files::read(&setup.folder) {
        Ok(sources) => {
            let checked = setup.check(&sources, Cores::All);
            let Checked { ruleset, diagnostics, .. } = setup.keep_media(checked, &sources);
            if let Some(rules) = ruleset {
                let judged = Judged::applied(sources.revision(), &diagnostics, began.elapsed());
                return Ok(Start { rules, judged, keep: Some(sources), failed: None });
            }
            Refused::Rejected { sources, diagnostics, fallback: None }
        }
        Err(error) => Refused::Unreadable(error, None),
    };
    fall_back(setup, refused, began)
}

/// Starts with no rules at all, after those of the folder were refused: nothing is answered until
/// they are mended.
///
/// # Errors
/// The same, where the folder cannot even be read.
pub fn start_without_rules(setup: &Setup, refused: Refused) -> Result<Start, Box<Refused>> {
    let Refused::Rejected { sources, diagnostics, fallback } = refused else {
        return Err(Box::new(refused));
    };
    let Some(rules) = decide::check(&Sources::default(), &setup.settings).ruleset else {
        return Err(Box::new(Refused::Rejected { sources, diagnostics, fallback }));
    };
    let seen = Seen::Rules { revision: sources.revision(), sources };
    Ok(refused_start(rules, &seen, &diagnostics, Instant::now()))
}

fn fall_back(setup: &Setup, refused: Refused, began: Instant) -> Result<Start, Box<Refused>> {
    let Some(last_good) = &setup.last_good else { return Err(Box::new(refused)) };
    let rules = match last_good_rules(last_good, &setup.settings) {
        Ok(rules) => rules,
        Err(LastGoodError::None(_)) => return Err(Box::new(refused)),
        Err(error) => return Err(Box::new(refused.without(error))),
    };
    let (seen, diagnostics) = match refused {
        Refused::Rejected { sources, diagnostics, .. } => {
            (Seen::Rules { revision: sources.revision(), sources }, diagnostics)
        }
        Refused::Unreadable(error, _) => {
            let found = attempt::unreadable(&setup.folder, &error);
            (Seen::Error(error), vec![found])
        }
    };
    Ok(refused_start(rules, &seen, &diagnostics, began))
}

/// A start on other rules than those that were seen.
fn refused_start(
    rules: Arc<Ruleset>,
    seen: &Seen,
    diagnostics: &[Diagnostic],
    began: Instant,
) -> Start {
    let judged = Judged::refused(seen, diagnostics, began.elapsed());
    Start { rules, judged, keep: None, failed: Some(seen.key()) }
}

/// The last good rules, compiled as any other.
fn last_good_rules(
    last_good: &LastGood,
    settings: &Settings,
) -> Result<Arc<Ruleset>, LastGoodError> {
    let (sources, revision) = last_good.load()?;
    let checked = trial::check(&sources, settings, Cores::All);
    checked.ruleset.ok_or_else(|| {
        let path = last_good.path(&revision);
        let first = checked.diagnostics.iter().find(|found| found.is_error());
        let errors = first.map(|found| attempt::in_a_line(&path, found)).unwrap_or_default();
        LastGoodError::Rejected { path: path.display().to_string(), errors }
    })
}

impl Refused {
    fn without(self, error: LastGoodError) -> Refused {
        match self {
            Refused::Unreadable(why, _) => Refused::Unreadable(why, Some(error)),
            Refused::Rejected { sources, diagnostics, .. } => {
                Refused::Rejected { sources, diagnostics, fallback: Some(error) }
            }
        }
    }
}
