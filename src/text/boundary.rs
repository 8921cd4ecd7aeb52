//! Where a word may begin and end, by its own edge characters, each edge apart (DESIGN 4.2).
//!
//! Every refusal is told in words of its own: `explain` shows them.

use crate::text::script::{Class, class};
use std::ops::Range;
use unicode_segmentation::GraphemeCursor;

/// Whether a stretch of a normal form stands there as words.
///
/// # Errors
/// The reason in words.
pub fn stands(message: &str, span: &Range<usize>) -> Result<(), &'static str> {
    begins(message, span)?;
    ends(message, span)?;
    keeps_emoji_whole(message, span)
}

/// Whether a word may begin where the stretch begins.
///
/// # Errors
/// The reason in words.
pub fn begins(message: &str, span: &Range<usize>) -> Result<(), &'static str> {
    let (Some(first), Some(before)) = (first(message, span), message.get(..span.start)) else {
        return Ok(());
    };
    let mut back = before.chars().rev();
    let Some(neighbour) = back.next() else { return Ok(()) };
    match (class(first), class(neighbour)) {
        (Class::Spaced | Class::Mark, Class::Spaced) => Err("a letter stands right before it"),
        (Class::Spaced | Class::Mark, Class::Mark) => Err("an accent stands right before it"),
        (Class::Spaced | Class::Mark | Class::Digit, Class::Digit) => {
            Err("a digit stands right before it")
        }
        (Class::Hangul, Class::Hangul) => Err("a Hangul letter stands right before it"),
        (Class::Digit, _) if joins_digits(neighbour, back.next()) => {
            Err("it is the end of a longer number")
        }
        _ => Ok(()),
    }
}

/// Whether a word may end where the stretch ends.
///
/// # Errors
/// The reason in words.
pub fn ends(message: &str, span: &Range<usize>) -> Result<(), &'static str> {
    let (Some(last), Some(after)) = (last(message, span), message.get(span.end..)) else {
        return Ok(());
    };
    let mut onward = after.chars();
    let Some(neighbour) = onward.next() else { return Ok(()) };
    match (last, class(neighbour)) {
        (Class::Spaced, Class::Spaced) => Err("a letter stands right after it"),
        (Class::Spaced, Class::Mark) => Err("an accent stands right after it"),
        (Class::Spaced | Class::Digit, Class::Digit) => Err("a digit stands right after it"),
        (Class::Digit, _) if joins_digits(neighbour, onward.next()) => {
            Err("it is the beginning of a longer number")
        }
        _ => Ok(()),
    }
}

/// Whether no emoji is cut at the edges: 👨 is not found in a family it belongs to.
///
/// # Errors
/// The reason in words.
pub fn keeps_emoji_whole(message: &str, span: &Range<usize>) -> Result<(), &'static str> {
    let cut = |at: usize| {
        !GraphemeCursor::new(at, message.len(), true).is_boundary(message, 0).unwrap_or(true)
    };
    if first(message, span).map(class) == Some(Class::Emoji) && cut(span.start) {
        return Err("it is the end of another emoji");
    }
    if last(message, span) == Some(Class::Emoji) && cut(span.end) {
        return Err("it is the beginning of another emoji");
    }
    Ok(())
}

/// Whether a value stands alone: beside it is no digit, no letter of a spaced script, and no `.` or
/// `,` that a digit follows. Hangul, Han and Kana may touch it (`주문번호123456입니다`).
#[must_use]
pub fn stands_alone(message: &str, span: &Range<usize>) -> bool {
    stands_alone_but_for(message, span, &['.', ','])
}

/// The same, with other signs that make one value of two numbers.
#[must_use]
pub fn stands_alone_but_for(message: &str, span: &Range<usize>, joints: &[char]) -> bool {
    let touches = |neighbour: Option<char>, beyond: Option<char>| {
        neighbour.is_some_and(|c| match class(c) {
            Class::Digit | Class::Spaced | Class::Mark => true,
            _ => joints.contains(&c) && beyond.map(class) == Some(Class::Digit),
        })
    };
    let mut back = message.get(..span.start).unwrap_or_default().chars().rev();
    let mut onward = message.get(span.end..).unwrap_or_default().chars();
    !touches(back.next(), back.next()) && !touches(onward.next(), onward.next())
}

/// Where the word ends that the stretch begins: on over letters, marks and digits of its kind.
#[must_use]
pub fn word_end(message: &str, span: &Range<usize>) -> usize {
    if !matches!(last(message, span), Some(Class::Spaced | Class::Digit)) {
        return span.end;
    }
    let after = message.get(span.end..).unwrap_or_default();
    let goes_on = |c: &char| matches!(class(*c), Class::Spaced | Class::Mark | Class::Digit);
    span.end + after.chars().take_while(goes_on).map(char::len_utf8).sum::<usize>()
}

fn first(message: &str, span: &Range<usize>) -> Option<char> {
    message.get(span.clone())?.chars().next()
}

/// The class at the end; a mark counts as the letter it stands on.
fn last(message: &str, span: &Range<usize>) -> Option<Class> {
    let mut classes = message.get(span.clone())?.chars().rev().map(class);
    let class = classes.find(|class| *class != Class::Mark);
    class.or(Some(Class::Spaced))
}

/// `.` or `,` with a digit on its far side belongs to the number.
fn joins_digits(neighbour: char, beyond: Option<char>) -> bool {
    matches!(neighbour, '.' | ',') && beyond.map(class) == Some(Class::Digit)
}
