//! Digits as they stand, and numbers as they count.

use super::{Taken, counted, pattern};
use crate::text::boundary::stands_alone_but_for;
use regex::Regex;
use std::sync::LazyLock;

static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern("[0-9]+"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern("[0-9](?:[0-9.,]*[0-9])?"));

/// Signs that make a date, a time or a phone number of two numbers.
const JOINTS: [char; 5] = ['.', ',', '-', '/', ':'];

/// What makes a larger number of the one before it.
const LARGE: [&str; 15] = [
    "hundred", "thousand", "million", "billion", "mil ", "천", "만", "백", "억", "百", "千", "萬",
    "万", "億", "亿",
];

/// A run of `min` to `max` digits that is no part of a longer number, nor of one with signs in it:
/// of `26-11230015` nothing is taken, for half an order number is the number of another order.
#[must_use]
pub fn digits(text: &str, min: usize, max: usize) -> Option<Taken> {
    DIGITS
        .find_iter(text)
        .filter(|found| (min..=max).contains(&found.len()))
        .find(|found| stands_alone_but_for(text, &found.range(), &JOINTS))
        .map(|found| Taken { value: found.as_str().to_owned(), span: found.range() })
}

/// A number: `1,200`, `1.200,50`, `-3.5`, `two`, `두 명`, `兩位`, `dos`. Canonical: `1200`, `1200.5`,
/// `-3.5`, `2`. Days and times of day are no numbers. A text with different numbers has none, for
/// nobody knows which is meant: of `2 adults and 1 child` neither 2 nor 1 is the answer.
/// `language` is the customer's: some words are numbers in one language only.
#[must_use]
pub fn number(text: &str, language: &str) -> Option<Taken> {
    let mut found: Vec<Taken> = in_figures(text).collect();
    found.extend(counted::in_words(text, language));
    if found.is_empty() {
        return None;
    }
    let other = [super::date::figures(text), super::time(text).map(|taken| taken.span)];
    found.retain(|taken| {
        let mut other = other.iter().flatten();
        !other.any(|span| span.start < taken.span.end && taken.span.start < span.end)
    });
    found.sort_by_key(|taken| taken.span.start);
    let first = found.first()?;
    found.iter().all(|taken| taken.value == first.value).then(|| first.clone())
}

/// Numbers in figures, each in its canonical text.
fn in_figures(text: &str) -> impl Iterator<Item = Taken> {
    NUMBER.find_iter(text).filter_map(|found| {
        let sign = text.get(..found.start()).and_then(sign).unwrap_or_default();
        let span = found.start() - sign.len()..found.end();
        let onward = text.get(span.end..).unwrap_or_default().trim_start();
        // Not 2 of `2만`, `2 million`.
        let is_part = LARGE.iter().any(|word| onward.starts_with(word));
        if is_part || !stands_alone_but_for(text, &span, &JOINTS) {
            return None;
        }
        let value = decimal(found.as_str())?;
        let sign = if sign == "-" && value != "0" { "-" } else { "" };
        Some(Taken { value: format!("{sign}{value}"), span })
    })
}

/// A sign that begins a number: one that follows nothing, or a space or bracket.
fn sign(before: &str) -> Option<&str> {
    let at = before.strip_suffix(['-', '+'])?;
    let begins = at.is_empty() || at.ends_with([' ', '(', '$', '€', '£', '¥', '₩']);
    begins.then(|| before.get(at.len()..)).flatten()
}

/// Reads thousands and decimals as they are written in English and in Spanish: the last of two
/// kinds of separator is the decimal one; a single comma before three digits parts thousands.
fn decimal(text: &str) -> Option<String> {
    let (dot, comma) = (text.rfind('.'), text.rfind(','));
    let (whole, fraction) = match (dot, comma) {
        (Some(dot), Some(comma)) if dot > comma => parted(text, dot)?,
        (Some(_), Some(comma)) => parted(text, comma)?,
        (Some(dot), None) if text.find('.') == Some(dot) => parted(text, dot)?,
        (None, Some(comma)) if text.find(',') == Some(comma) && !is_grouped(text, ',') => {
            parted(text, comma)?
        }
        _ => (text, ""),
    };
    let is_plain = whole.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain && !is_grouped(whole, '.') && !is_grouped(whole, ',') {
        return None;
    }
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let (whole, fraction) = (digits.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

fn parted(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Whether it is `1,234,567`: groups of three behind a first one that is no zero.
fn is_grouped(text: &str, separator: char) -> bool {
    let mut groups = text.split(separator);
    let head = groups.next().unwrap_or_default();
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&head.len())
        && is_digits(head)
        && !head.starts_with('0')
        && groups.all(|group| group.len() == 3 && is_digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;

    #[test]
    fn digits_stand_alone() {
        for (text, expected) in [
            ("주문번호 12345678 입니다", Some("12345678")),
            ("주문번호12345678입니다", Some("12345678")),
            ("訂單123456謝謝", Some("123456")),
            ("my order is 123456.", Some("123456")),
            ("#123456", Some("123456")),
            ("12 or 1234567", Some("1234567")),
            ("order123456", None),
            ("123456th", None),
            ("12345", None),
            ("12345678901", None),
            ("1,234,567", None),
            ("1.234567", None),
            ("주문번호는 26-11230015요", None),
            ("26–11230015", None),
            ("123456/78", None),
            ("1234567:30", None),
            ("010-1234567", None),
            ("26-11230015, or 1234567", Some("1234567")),
            ("no-1234567-a", Some("1234567")),
            ("1234567 - 2", Some("1234567")),
            ("１２３４５６７", Some("1234567")),
        ] {
            let found = digits(&normal(text), 6, 10).map(|taken| taken.value);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_have_one_form() {
        for (text, expected) in [
            ("about 1,200 won", Some("1200")),
            ("1,234,567.80", Some("1234567.8")),
            ("1.234.567", Some("1234567")),
            ("1.234,5", Some("1234.5")),
            ("3,5 kilos", Some("3.5")),
            ("0,125", Some("0.125")),
            ("-3.5 degrees", Some("-3.5")),
            ("-0", Some("0")),
            ("+7", Some("7")),
            ("007", Some("7")),
            ("3개", Some("3")),
            ("5 or 6", None),
            ("10-5", None),
            ("2026-11-23", None),
            ("14:30", None),
            ("5kg", None),
            ("1.2.3", None),
            ("1,23,456", None),
            ("none", None),
        ] {
            let found = number(&normal(text), "en").map(|taken| taken.value);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
        assert_eq!(number("at -3.5 now", "en").map(|taken| taken.span), Some(3..7));
    }
}
