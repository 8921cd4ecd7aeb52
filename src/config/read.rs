//! The file as a whole: bytes → [`Config`], or every mistake at once.

use super::Config;
use super::blot::blotted;
use super::sections;
use super::walk::{Problems, Section};
use crate::rules::diagnostic::{Diagnostic, Severity};
use std::path::Path;
use toml::de::DeTable;

/// Larger files are no configuration.
const CONFIG_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A file that was understood.
#[derive(Debug)]
pub struct Read {
    /// What it says.
    pub config: Config,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The text to show beside them, secrets blotted out.
    pub source: String,
}

/// A file that was refused.
#[derive(Debug)]
pub struct Refused {
    /// Every mistake; at least one error.
    pub diagnostics: Vec<Diagnostic>,
    /// The text to show beside them, secrets blotted out.
    pub source: String,
}

/// Reads the file for running: every secret it names must be there.
///
/// # Errors
/// Every mistake in it, with its place and the mend.
pub fn load(path: &Path) -> Result<Read, Refused> {
    read(path, Severity::Error)
}

/// Reads the file to check rules or to ask a running daemon: a secret that is not there is a
/// warning, and its list stays empty.
///
/// # Errors
/// Every other mistake in it, with its place and the mend.
pub fn look(path: &Path) -> Result<Read, Refused> {
    read(path, Severity::Warning)
}

fn read(path: &Path, missing_secret: Severity) -> Result<Read, Refused> {
    let file = path.display().to_string();
    let base = path.parent().unwrap_or(Path::new(""));
    match text_of(path) {
        Ok(text) => parse(&file, &text, base, missing_secret),
        Err(why) => {
            let help = "`usher init DIR` writes one to start from".to_owned();
            let message = format!("`{file}` cannot be read: {why}");
            let found = Diagnostic {
                code: "C000",
                severity: Severity::Error,
                message,
                places: Vec::new(),
                help: Some(help),
            };
            Err(Refused { diagnostics: vec![found], source: String::new() })
        }
    }
}

fn text_of(path: &Path) -> std::io::Result<String> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() || about.len() > CONFIG_FILE_BYTES_MAX {
        return Err(std::io::Error::other("it is not a small text file"));
    }
    std::fs::read_to_string(path)
}

/// Reads a text: `file` is its name for people, `base` the folder its paths are relative to,
/// `missing_secret` how bad it is when a secret cannot be read.
///
/// # Errors
/// Every mistake in it, with its place and the mend.
pub fn parse(
    file: &str,
    text: &str,
    base: &Path,
    missing_secret: Severity,
) -> Result<Read, Refused> {
    let mut problems = Problems::new(file, text, base, missing_secret);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        let message = format!("this is no TOML: {}", error.message());
        problems.error("C001", span, "", message, None);
    }
    let config = sections::walk(Section::top(&document), &mut problems);
    let source = blotted(text, &problems.literal_secrets);
    let mut diagnostics = problems.found;
    leave_echoes_out(&mut diagnostics);
    diagnostics.sort_by_key(|found| found.places.first().map(|place| place.span.start));
    match config {
        Some(config) if !diagnostics.iter().any(|one| one.severity == Severity::Error) => {
            Ok(Read { config, diagnostics, source })
        }
        _ => Err(Refused { diagnostics, source }),
    }
}

/// Takes out what is only said because a line could not be read: about that line, and about keys
/// that may stand in it.
fn leave_echoes_out(diagnostics: &mut Vec<Diagnostic>) {
    let line = |found: &Diagnostic| found.places.first().map(|place| place.line);
    let broken: Vec<_> =
        diagnostics.iter().filter(|found| found.code == "C001").map(line).collect();
    diagnostics.retain(|found| {
        found.code == "C001"
            || broken.is_empty()
            || (found.code != "C008" && !broken.contains(&line(found)))
    });
}
