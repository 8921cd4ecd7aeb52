//! What is wrong, where, and what to type. How it looks is [`render`]'s business alone.

use super::codes::Code;
pub use super::render::{render, summary};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The rule set is refused.
    Error,
    /// It works, but look at it.
    Warning,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Path as the user knows it, with `/`.
    pub file: String,
    /// Byte range in that file; empty ranges point between two characters.
    pub span: Range<usize>,
    /// 1-based line of the start.
    pub line: usize,
    /// 1-based column of the start, in characters.
    pub column: usize,
    /// The first character after it; the start again for an empty range.
    pub end: Point,
    /// What is said under the line; may be empty.
    pub label: String,
}

/// A point between two characters of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
}

impl Place {
    /// A file as a whole, which may hold no text at all.
    #[must_use]
    pub fn whole(file: &str, label: impl Into<String>) -> Place {
        let end = Point { line: 1, column: 1 };
        Place { file: file.to_owned(), span: 0..0, line: 1, column: 1, end, label: label.into() }
    }
}

/// One finding. Lower case, no final period, user input in backticks, no Rust type names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// `U001`…: stable, documented, each with a fixture.
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where; the first place is the main one. Empty only where no file is at fault.
    pub places: Vec<Place>,
    /// The text to type, or what to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding of that code, without a place yet.
    #[must_use]
    pub fn new(code: &'static Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: code.id,
            severity: code.severity,
            message: message.into(),
            places: Vec::new(),
            help: None,
        }
    }

    /// The same with one more place; the first is the main one.
    #[must_use]
    pub fn at(mut self, place: Place) -> Diagnostic {
        self.places.push(place);
        self
    }

    /// The same with what to type or to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Whether it refuses the rule set.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
