//! How a command ends, and how it writes: a closed pipe is an end like any other, never a panic.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Fine,
    /// It did its work and found problems.
    Problems,
    /// It was used wrongly or could not start.
    CannotStart,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        match exit {
            Exit::Fine => ExitCode::SUCCESS,
            Exit::Problems => ExitCode::from(1),
            Exit::CannotStart => ExitCode::from(2),
        }
    }
}

/// Why a command ended before its end.
#[derive(Debug)]
pub enum Failure {
    /// Nobody reads standard output any more.
    Closed,
    /// One sentence that says what to do.
    Sentence(Exit, String),
}

/// How a command ends.
pub type Outcome = Result<Exit, Failure>;

impl Failure {
    /// It could not start.
    pub(super) fn start(sentence: impl Into<String>) -> Failure {
        Failure::Sentence(Exit::CannotStart, sentence.into())
    }

    /// It found a problem.
    pub(super) fn problem(sentence: impl Into<String>) -> Failure {
        Failure::Sentence(Exit::Problems, sentence.into())
    }
}

impl Failure {
    /// Says why on standard error, and gives the exit code.
    #[must_use]
    pub fn end(self) -> Exit {
        match self {
            Failure::Closed => Exit::Fine,
            Failure::Sentence(exit, sentence) => {
                let _ = error_text(&format!("usher: {sentence}\n"));
                exit
            }
        }
    }
}

/// Writes to standard output.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    written(std::io::stdout().lock(), text)
}

/// Writes one line to standard output.
pub(super) fn line(line: &str) -> Result<(), Failure> {
    text(&format!("{line}\n"))
}

/// Writes a value as JSON to standard output.
pub(super) fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::problem(format!("the answer cannot be written: {error}")))?;
    line(&json)
}

/// Writes to standard error.
pub(super) fn error_text(text: &str) -> Result<(), Failure> {
    written(std::io::stderr().lock(), text)
}

/// Whether standard output shows colours.
pub(super) fn colour() -> bool {
    wants_colour(std::io::stdout().is_terminal())
}

/// Whether standard error shows colours.
pub(super) fn error_colour() -> bool {
    wants_colour(std::io::stderr().is_terminal())
}

fn wants_colour(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn written(mut to: impl Write, text: &str) -> Result<(), Failure> {
    let done = to.write_all(text.as_bytes()).and_then(|()| to.flush());
    done.map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Failure::Closed,
        _ => Failure::start(format!("standard output cannot be written: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_a_fine_end() {
        let failure = written(Closed, "x").unwrap_err();
        assert!(matches!(failure, Failure::Closed));
        assert_eq!(failure.end(), Exit::Fine);
    }
}
