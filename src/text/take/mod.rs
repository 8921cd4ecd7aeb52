//! Values taken from a text: numbers, dates, names… on the normal form, standing alone.
//!
//! Each function gives the value in its canonical text and the bytes it was read from. Which rule
//! wants which value is not known here.

#[cfg(test)]
mod cases;
mod counted;
mod date;
mod days;
mod name;
mod number;
mod time;
mod words;

pub use date::{Today, date, date_from_today};
pub use name::name;
pub use number::{digits, number};
pub use time::time;

use super::boundary;
use regex::Regex;
use rlibphonenumber::phonenumber_matcher::{Leniency, PHONE_MATCHER_FACTORY};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::LazyLock;

/// A value found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The canonical text.
    pub value: String,
    /// Where it stood.
    pub span: Range<usize>,
}

/// Stretches of a message that are tried as a phone number.
const PHONE_TRIES_MAX: u64 = 200;

#[expect(clippy::expect_used, reason = "the patterns are constants; the tests compile each")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern compiles")
}

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i-u)[a-z0-9][a-z0-9._%+\-]*@(?:[a-z0-9][a-z0-9\-]*\.)+[a-z]{2,24}")
});

/// Whether telephone numbers of this region (ISO 3166, capital letters) are known.
#[must_use]
pub fn is_region(region: &str) -> bool {
    region
        .parse::<Region>()
        .is_ok_and(|region| PHONE_NUMBER_UTIL.get_supported_regions().any(|known| known == region))
}

/// A phone number; without a country code by `region` (ISO 3166). Canonical E.164.
#[must_use]
pub fn phone(text: &str, region: Option<&str>) -> Option<Taken> {
    let region: Option<Region> = region.and_then(|region| region.to_ascii_uppercase().parse().ok());
    let mut found = PHONE_MATCHER_FACTORY
        .matcher_builder(text)
        // The number itself must be valid; how it is grouped, or whether the leading zero is
        // written, is nobody's mistake.
        .leniency(Leniency::Possible)
        .max_tries(PHONE_TRIES_MAX)
        .preferred_region(region)
        .build();
    found.find_map(|found| {
        let span = found.start..found.end();
        let counts = found.number.is_valid() && boundary::stands_alone(text, &span);
        let value = found.number.format_as(PhoneNumberFormat::E164).into_owned();
        counts.then_some(Taken { value, span })
    })
}

/// An e-mail address.
#[must_use]
pub fn email(text: &str) -> Option<Taken> {
    let found = EMAIL.find(text)?;
    Some(Taken { value: found.as_str().to_owned(), span: found.range() })
}

/// What is left when `taken` is cut out; `None` when that is nothing.
#[must_use]
pub fn rest(text: &str, taken: &[Range<usize>]) -> Option<Taken> {
    let is_taken = |at: usize| taken.iter().any(|span| span.contains(&at));
    let left: String =
        text.char_indices().map(|(at, c)| if is_taken(at) { ' ' } else { c }).collect();
    let value = left.split_whitespace().collect::<Vec<_>>().join(" ");
    (!value.is_empty()).then_some(Taken { value, span: 0..text.len() })
}

/// The longest entry of a list (as written, normal form) that stands in the text as words; among
/// equals the first. Canonical is the entry as written.
#[must_use]
pub fn one_of(text: &str, list: &[(String, String)]) -> Option<Taken> {
    let places = list.iter().filter(|(_, normal)| !normal.is_empty()).filter_map(|entry| {
        let (written, normal) = entry;
        let places = text.match_indices(normal.as_str()).map(|(at, found)| at..at + found.len());
        let span = places.into_iter().find(|span| boundary::stands(text, span).is_ok())?;
        Some(Taken { value: written.clone(), span })
    });
    places.min_by_key(|taken| (Reverse(taken.span.len()), taken.span.start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;

    #[test]
    fn phones_are_read_by_region() {
        for (text, region, expected) in [
            ("call me at 0912-345-678", Some("TW"), Some("+886912345678")),
            ("call me at 0912 345 678 please", Some("tw"), Some("+886912345678")),
            ("912345678", Some("TW"), Some("+886912345678")),
            ("010-1234-5678 입니다", Some("KR"), Some("+821012345678")),
            ("제 번호는01012345678입니다", Some("KR"), Some("+821012345678")),
            ("電話０９１２３４５６７８", Some("TW"), Some("+886912345678")),
            ("+351 912 345 678", None, Some("+351912345678")),
            ("(02) 2345-6789", Some("TW"), Some("+886223456789")),
            ("order 12345 phone 0912-345-678", Some("TW"), Some("+886912345678")),
            ("on 2026/03/01 or 0912345678", Some("TW"), Some("+886912345678")),
            ("0912-345-678", None, None),
            ("12345", Some("TW"), None),
            ("no phone", Some("nowhere"), None),
        ] {
            let found = phone(&normal(text), region).map(|taken| taken.value);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn emails_end_where_the_address_ends() {
        for (text, expected) in [
            ("mail ana@example.org. thanks", Some("ana@example.org")),
            ("메일은ana.b+c@mail.example.co.kr입니다", Some("ana.b+c@mail.example.co.kr")),
            ("Ana@Example.ORG", Some("ana@example.org")),
            ("(ana@example.org)", Some("ana@example.org")),
            ("ana@example", None),
            ("@ana", None),
        ] {
            let found = email(&normal(text)).map(|taken| taken.value);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_rest_is_what_the_others_leave() {
        for (text, cut, expected) in [
            ("order 123456 is late", 6..12, Some("order is late")),
            ("주문123456늦어요", 6..12, Some("주문 늦어요")),
            ("abc", 0..3, None),
            ("abc", 0..0, Some("abc")),
        ] {
            let left = rest(text, std::slice::from_ref(&cut)).map(|taken| taken.value);
            assert_eq!(left.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_longest_entry_of_a_list_is_taken() {
        let list: Vec<(String, String)> = ["Red", "Dark Red", "빨간색", "大", "Sky", "Sea"]
            .map(|e| (e.to_owned(), normal(e)))
            .into();
        for (text, expected) in [
            ("I want dark red please", Some("Dark Red")),
            ("빨간색으로 주세요", Some("빨간색")),
            ("我要大的", Some("大")),
            ("sea or sky", Some("Sea")),
            ("a bored customer", None),
            ("새빨간색", None),
        ] {
            let found = one_of(&normal(text), &list).map(|taken| taken.value);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
