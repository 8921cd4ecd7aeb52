//! The rules that a PATH on the command line stands for, read; and what is wrong with them.

use super::check::several;
use super::output::{self, Exit, Failure};
use super::root::{self, Root};
use crate::config::{self, Config};
use crate::decide;
use crate::files;
use crate::rules::diagnostic::{Diagnostic, Severity, render};
use crate::rules::{Ruleset, Settings, Sources};
use crate::trial::{self, Cores};
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
    pub(super) root: PathBuf,
    /// The one file that was asked for.
    pub(super) only: Option<Only>,
    /// What was found in `usher.toml`.
    warnings: Vec<Diagnostic>,
    /// Texts to show beside findings, by the name a place gives them.
    texts: HashMap<String, String>,
}

/// One file that was asked for.
pub(super) struct Only {
    /// Within the rules folder.
    pub(super) place: String,
    /// As places of findings name it.
    pub(super) shown: String,
    /// It lies in no rules folder, so that nothing else is known.
    pub(super) alone: bool,
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
    /// The rules, where nothing but their examples keeps them from use.
    pub(super) failing: Option<Arc<Ruleset>>,
    /// The one file that was asked for.
    pub(super) only: Option<Only>,
    /// What was found.
    pub(super) findings: Findings,
}

/// Reads what PATH stands for. `Err` inside: `usher.toml` was refused.
pub(super) fn read(path: &Path) -> Result<Result<Target, Findings>, Failure> {
    let target = match Root::of(path) {
        Root::Config(config) => of_config(&config)?,
        Root::Folder(root) => Ok(Target::new(files::read(&root)?, Settings::default(), &root)),
        Root::File(file) => {
            let root = file.parent().unwrap_or(Path::new(""));
            Ok(Target::new(files::read_one(&file)?, Settings::default(), root))
        }
    };
    Ok(target.map(|target| target.looked_at(path)))
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
        let (root, warnings) = (root.to_owned(), Vec::new());
        Target { sources, settings, root, only: None, warnings, texts }
    }

    /// Where `path` is a rule file, it is the one that was asked for.
    fn looked_at(mut self, path: &Path) -> Target {
        let place = if path.is_file() { root::within(path, &self.root) } else { None };
        self.only = place.filter(|place| self.sources.files.contains_key(place)).map(|place| {
            let alone = matches!(Root::of(path), Root::File(_));
            Only { shown: shown(&self.root, &place), place, alone }
        });
        self
    }

    /// Compiles the rules and runs their examples.
    pub(super) fn check(mut self) -> Checked {
        let checked = trial::check(&self.sources, &self.settings, Cores::All);
        let decide::Checked { ruleset, failing, diagnostics: found, .. } = checked;
        let mut diagnostics = std::mem::take(&mut self.warnings);
        diagnostics.extend(found.into_iter().map(|one| relocated(one, &self.root)));
        let findings = Findings { diagnostics, texts: self.texts };
        Checked { ruleset, failing, only: self.only, findings }
    }
}

impl Findings {
    /// Those with a place in this file, and how many errors the others are.
    pub(super) fn of_file(mut self, shown: &str) -> (Findings, usize) {
        let here = |one: &Diagnostic| one.places.iter().any(|place| place.file == shown);
        let (these, others): (Vec<_>, Vec<_>) = self.diagnostics.into_iter().partition(here);
        self.diagnostics = others;
        let elsewhere = self.errors();
        self.diagnostics = these;
        (self, elsewhere)
    }

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

    /// The findings as people read them; secrets that are not here, which nobody but `usher run`
    /// needs, in one line.
    pub(super) fn rendered(&self, colour: bool) -> String {
        let (absent, others): (Vec<_>, Vec<_>) =
            self.diagnostics.iter().cloned().partition(is_absent_secret);
        let mut text = render(&others, &|file: &str| self.texts.get(file).cloned(), colour);
        if !absent.is_empty() {
            let secrets = several(absent.len(), "secret", "secrets");
            text.push_str(&format!(
                "note[C007]: {secrets} of `usher.toml` cannot be read here; only `usher run` needs them\n"
            ));
        }
        text
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

fn is_absent_secret(found: &Diagnostic) -> bool {
    found.code == "C007" && found.severity == Severity::Warning
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
