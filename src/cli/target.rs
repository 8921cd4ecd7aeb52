//! What a PATH on the command line stands for: a folder with `usher.toml`, a rules folder, or one
//! rule file; and what is wrong with it.

use super::output::{self, Exit, Failure};
use crate::config::{self, Config};
use crate::decide;
use crate::files::{self, CONFIG_FILE};
use crate::rules::diagnostic::{Diagnostic, Severity, render};
use crate::rules::{Ruleset, Settings, Sources};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rules as they were found, not yet compiled.
pub(super) struct Target {
    /// The bytes.
    pub(super) sources: Sources,
    /// What the rules know of `usher.toml`.
    pub(super) settings: Settings,
    /// The folder the rules were read from, as people write it.
    root: PathBuf,
    /// What was found in `usher.toml`.
    warnings: Vec<Diagnostic>,
    /// Texts to show beside findings, by the name a place gives them.
    texts: HashMap<String, String>,
}

/// What is wrong with a target, ready to be shown.
#[derive(Default)]
pub(super) struct Findings {
    /// Every finding.
    pub(super) diagnostics: Vec<Diagnostic>,
    texts: HashMap<String, String>,
}

/// A target that was checked.
pub(super) struct Checked {
    /// The rules, where they may be used.
    pub(super) ruleset: Option<Arc<Ruleset>>,
    /// What was found.
    pub(super) findings: Findings,
}

/// Reads what PATH stands for. `Err` inside: `usher.toml` was refused.
pub(super) fn read(path: &Path) -> Result<Result<Target, Findings>, Failure> {
    let config = path.join(CONFIG_FILE);
    let named = path.file_name().is_some_and(|name| name == CONFIG_FILE);
    if named {
        of_config(path)
    } else if config.is_file() {
        of_config(&config)
    } else if path.is_file() {
        let root = path.parent().unwrap_or(Path::new(""));
        Ok(Ok(Target::new(files::read_one(path)?, Settings::default(), root)))
    } else {
        // A folder that holds a rules folder stands for that one.
        let inner = path.join("rules");
        let root = if inner.is_dir() { &inner } else { path };
        Ok(Ok(Target::new(files::read(root)?, Settings::default(), root)))
    }
}

fn of_config(path: &Path) -> Result<Result<Target, Findings>, Failure> {
    let read = match config::look(path) {
        Ok(read) => read,
        Err(refused) => return Ok(Err(Findings::refused(path, refused))),
    };
    let mut target = Target::of(&read.config)?;
    target.warnings = read.diagnostics;
    target.texts.insert(path.display().to_string(), read.source);
    Ok(Ok(target))
}

impl Target {
    /// The rules `usher.toml` names.
    pub(super) fn of(config: &Config) -> Result<Target, Failure> {
        let sources = files::read(&config.rules)?;
        Ok(Target::new(sources, config.settings(), &config.rules))
    }

    /// Rules from memory or from `root`.
    pub(super) fn new(sources: Sources, settings: Settings, root: &Path) -> Target {
        let texts = texts(&sources, root);
        Target { sources, settings, root: root.to_owned(), warnings: Vec::new(), texts }
    }

    /// Compiles the rules and runs their examples.
    pub(super) fn check(mut self) -> Checked {
        let checked = decide::check(&self.sources, &self.settings);
        let mut diagnostics = std::mem::take(&mut self.warnings);
        diagnostics.extend(checked.diagnostics.into_iter().map(|one| relocated(one, &self.root)));
        let findings = Findings { diagnostics, texts: self.texts };
        Checked { ruleset: checked.ruleset, findings }
    }
}

impl Findings {
    /// What is wrong with rules that lie under `root`.
    pub(super) fn of(found: Vec<Diagnostic>, sources: &Sources, root: &Path) -> Findings {
        let diagnostics = found.into_iter().map(|one| relocated(one, root)).collect();
        Findings { diagnostics, texts: texts(sources, root) }
    }

    /// What is wrong with an `usher.toml`.
    pub(super) fn refused(path: &Path, refused: config::Refused) -> Findings {
        let texts = HashMap::from([(path.display().to_string(), refused.source)]);
        Findings { diagnostics: refused.diagnostics, texts }
    }

    /// Adds what else was found; what is known already is not said twice.
    pub(super) fn add(&mut self, found: Vec<Diagnostic>) {
        for one in found {
            match self.diagnostics.iter_mut().find(|known| known.message == one.message) {
                Some(known) => known.severity = one.severity,
                None => self.diagnostics.push(one),
            }
        }
    }

    /// Whether there is an error among them.
    pub(super) fn refuse(&self) -> bool {
        self.diagnostics.iter().any(|one| one.severity == Severity::Error)
    }

    /// How many errors there are.
    pub(super) fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|one| one.severity == Severity::Error).count()
    }

    /// The findings as people read them.
    pub(super) fn rendered(&self, colour: bool) -> String {
        render(&self.diagnostics, &|file: &str| self.texts.get(file).cloned(), colour)
    }

    /// Shows them on standard error, as what keeps a command from starting.
    pub(super) fn stop(&self) -> Failure {
        // If standard error is closed there is nobody to tell.
        let _ = output::error_text(&self.rendered(output::error_colour()));
        let count = self.errors();
        let errors = if count == 1 { "an error".to_owned() } else { format!("{count} errors") };
        Failure::Sentence(Exit::CannotStart, format!("it cannot start with {errors}; see above"))
    }
}

impl From<files::FilesError> for Failure {
    fn from(error: files::FilesError) -> Failure {
        Failure::start(error.to_string())
    }
}

/// The files by the names that places give them.
fn texts(sources: &Sources, root: &Path) -> HashMap<String, String> {
    let texts = sources
        .files
        .iter()
        .map(|(place, bytes)| (shown(root, place), String::from_utf8_lossy(bytes).into_owned()));
    texts.collect()
}

/// The finding with its files named as people reach them from where they are.
fn relocated(mut diagnostic: Diagnostic, root: &Path) -> Diagnostic {
    for place in &mut diagnostic.places {
        place.file = shown(root, &place.file);
    }
    diagnostic
}

fn shown(root: &Path, place: &str) -> String {
    let path = root.join(place);
    path.strip_prefix(".").unwrap_or(&path).display().to_string()
}
