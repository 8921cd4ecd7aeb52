//! Spans of time as `usher.toml` writes them: `500ms`, `3.5s`, `25s`, `10m`, `6h`, `1d`.

use std::time::Duration;

const UNITS: [(&str, f64); 5] =
    [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// The span, or `None` where it is not written as a number and a unit.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let unit_at = text.find(|sign: char| !sign.is_ascii_digit() && sign != '.')?;
    let (number, unit) = text.split_at(unit_at);
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit.trim_start())?;
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit() {
        for (text, millis) in [
            ("500ms", Some(500)),
            ("3.5s", Some(3_500)),
            ("10 m", Some(600_000)),
            ("6h", Some(21_600_000)),
            ("1d", Some(86_400_000)),
            ("25", None),
            ("s", None),
            ("-1s", None),
            ("1.2.3s", None),
            ("1e9h", None),
            ("999999999999999999999999d", None),
        ] {
            assert_eq!(parse(text), millis.map(Duration::from_millis), "{text}");
        }
    }
}
