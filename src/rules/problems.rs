//! What a compile run gathers: the texts it looks at and the problems it finds in them.

use super::codes::{self, Code};
use super::diagnostic::{Diagnostic, Place, Point};
use super::position::{self, Lines};
use crate::limits;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

/// A value with the bytes it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Bytes of its file.
    pub span: Range<usize>,
}

impl<T> At<T> {
    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), span: self.span }
    }
}

/// One file as text.
#[derive(Debug)]
pub struct Sheet {
    /// Path relative to the rules folder.
    pub path: Arc<str>,
    /// Its text.
    pub text: String,
    lines: Lines,
}

impl Sheet {
    /// A file of that text.
    #[must_use]
    pub fn new(path: &str, text: String) -> Sheet {
        let lines = Lines::of(&text);
        Sheet { path: path.into(), text, lines }
    }

    /// A place in it, with what is said under the line.
    #[must_use]
    pub fn place(&self, span: &Range<usize>, label: impl Into<String>) -> Place {
        let span = position::clamp(&self.text, span);
        let (line, column) = self.lines.locate(&self.text, span.start);
        let (end_line, end_column) = self.lines.locate(&self.text, span.end);
        let end = Point { line: end_line, column: end_column };
        Place { file: self.path.to_string(), span, line, column, end, label: label.into() }
    }

    /// The 1-based line of a byte.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.lines.locate(&self.text, offset).0
    }

    /// The bytes of a part of a TOML string that stands at `token`, the part given in bytes of the
    /// decoded string.
    #[must_use]
    pub fn inside(&self, token: &Range<usize>, part: &Range<usize>) -> Range<usize> {
        super::draft::literal::inside(&self.text, token, part)
    }
}

/// Every problem found so far. Shared by reference among all who look.
#[derive(Debug, Default)]
pub struct Problems {
    found: RefCell<Vec<Diagnostic>>,
}

impl Problems {
    /// Adds a finding; the same finding at the same place counts once, and the total is bounded.
    pub fn add(&self, diagnostic: Diagnostic) {
        let mut found = self.found.borrow_mut();
        if found.len() < limits::DIAGNOSTICS_KEPT_MAX {
            found.push(diagnostic);
        } else if found.len() == limits::DIAGNOSTICS_KEPT_MAX {
            let message = format!("more than {} problems", limits::DIAGNOSTICS_KEPT_MAX);
            found.push(
                Diagnostic::new(&codes::TOO_MANY_PROBLEMS, message)
                    .help("mend the ones listed first"),
            );
        }
    }

    /// Adds a finding with one place.
    pub fn report(
        &self,
        code: &'static Code,
        message: impl Into<String>,
        place: Place,
        help: impl Into<String>,
    ) {
        self.add(Diagnostic::new(code, message).at(place).help(help));
    }

    /// All findings in the order of file and place, each once.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by(|a, b| key(a).cmp(&key(b)));
        found.dedup();
        found
    }
}

/// What has no place (the whole rule set) comes last.
fn key(diagnostic: &Diagnostic) -> (bool, Option<(&str, usize)>, &'static str, &str) {
    let place = diagnostic.places.first().map(|place| (place.file.as_str(), place.span.start));
    (place.is_none(), place, diagnostic.code, &diagnostic.message)
}
