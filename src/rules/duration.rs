//! Durations as people write them: `10s`, `5m`, `2h`, `3d`.

use std::time::Duration;

/// The form, for messages.
pub const FORM: &str = "a whole number and `s`, `m`, `h` or `d`, such as `15m`";

/// A text that is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not a number and a unit.
    #[error("expected a whole number and `s`, `m`, `h` or `d`, such as `15m`")]
    Form,
    /// Nothing, or over ten years.
    #[error("expected a duration between one second and ten years")]
    Range,
}

/// Reads `10s`, `5m`, `2h`, `3d`; several one after the other are added (`1h 30m`).
///
/// # Errors
/// What was expected instead.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    const YEARS_MAX: u64 = 10 * 365 * 86_400;
    let mut seconds: u64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(DurationError::Form);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(DurationError::Form)?;
        let (number, tail) = rest.split_at(digits);
        let mut tail = tail.chars();
        let unit = match tail.next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            // Consent is renewed by the year.
            Some('y') => 365 * 86_400,
            _ => return Err(DurationError::Form),
        };
        if number.is_empty() {
            return Err(DurationError::Form);
        }
        let number: u64 = number.parse().map_err(|_| DurationError::Range)?;
        seconds = seconds.saturating_add(number.saturating_mul(unit));
        rest = tail.as_str().trim_start();
    }
    if (1..=YEARS_MAX).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err(DurationError::Range)
    }
}

/// A duration as people write it, in the largest unit that fits: `15m`.
#[must_use]
pub fn in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let fits =
        units.into_iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    let (unit, letter) = fits.unwrap_or((1, 's'));
    format!("{}{letter}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words_it_is_as_written() {
        for text in ["1s", "90s", "15m", "90m", "2h", "25h", "30d"] {
            assert_eq!(parse(text).map(in_words), Ok(text.to_owned()));
        }
    }

    #[test]
    fn durations() {
        let good = [("10s", 10), ("5m", 300), ("2h", 7_200), ("3d", 259_200), ("1h 30m", 5_400)];
        for (text, seconds) in good {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "15", "m", "15 m", "1.5h", "15min", "-1m", "１m", "15m,"] {
            assert_eq!(parse(text), Err(DurationError::Form), "{text}");
        }
        for text in ["0s", "99999999999999999999d", "4000d"] {
            assert_eq!(parse(text), Err(DurationError::Range), "{text}");
        }
    }
}
