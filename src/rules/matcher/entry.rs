//! How an entry is written, and the pattern it becomes.

use super::squeeze::Squeezed;
use super::{EntryError, Mode};
use crate::limits;
use crate::text::edges::{without_laughter, without_signs};
use crate::text::normal;
use crate::text::script::{Class, class};

/// What an entry asks for: parts in order. Between two parts lies a gap (`…`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// At least one; exactly one for `whole`.
    pub parts: Vec<Part>,
    /// Characters of the normal form, signs not counted.
    pub chars: usize,
}

/// A stretch without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// What the automaton looks for, optional spaces left out; for `whole`, the key.
    pub text: String,
    /// Bytes of `text` before which a space may stand.
    pub spaces: Vec<usize>,
    /// `*` at its end.
    pub any_ending: bool,
}

/// What stands between two `…`, as written, the escapes taken away.
#[derive(Debug, Default)]
struct Stretch {
    text: String,
    any_ending: bool,
}

/// Reads an entry as written: `\*`, `\@`, `\…` and `\\` stand for the signs themselves.
pub(super) fn parse(written: &str, mode: Mode) -> Result<Pattern, EntryError> {
    let stretches = stretches(written)?;
    refuse_signs(&stretches, mode)?;
    let last = stretches.len() - 1;
    let mut pattern = Pattern { parts: Vec::new(), chars: 0 };
    for (at, stretch) in stretches.iter().enumerate() {
        let normal = normal(&stretch.text);
        if !normal.is_empty() {
            pattern.chars += normal.chars().count();
            pattern.parts.push(part(&normal, stretch.any_ending, mode));
        } else if last == 0 {
            return Err(EntryError::Empty);
        } else if at == 0 || at == last || stretch.any_ending {
            return Err(EntryError::Signs("`…` needs a word on both sides"));
        }
        // An empty stretch in the middle is `……`, which Chinese writes for one `…`.
    }
    if pattern.chars > limits::ENTRY_CHARS_MAX {
        return Err(EntryError::TooLong);
    }
    if mode != Mode::Whole && is_one_syllable(&pattern) {
        return Err(EntryError::OneSyllable);
    }
    Ok(pattern)
}

/// The normal form of an entry of `whole`, the escapes taken away: the message it stands for.
///
/// # Errors
/// It is no entry of `whole`.
pub fn whole_text(written: &str) -> Result<String, EntryError> {
    parse(written, Mode::Whole)?;
    Ok(normal(&stretches(written)?.into_iter().map(|stretch| stretch.text).collect::<String>()))
}

fn stretches(written: &str) -> Result<Vec<Stretch>, EntryError> {
    let mut done = Vec::new();
    let mut now = Stretch::default();
    let mut chars = written.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '…' => done.push(std::mem::take(&mut now)),
            '*' if now.any_ending => {}
            '*' => now.any_ending = true,
            _ if now.any_ending && !c.is_whitespace() => {
                return Err(EntryError::Signs(
                    "`*` may stand only at the end; write `\\*` for the sign itself",
                ));
            }
            '\\' => now.text.push(chars.next_if(|c| "*@…\\".contains(*c)).unwrap_or(c)),
            _ => now.text.push(c),
        }
    }
    done.push(now);
    Ok(done)
}

fn refuse_signs(stretches: &[Stretch], mode: Mode) -> Result<(), EntryError> {
    let any_ending = stretches.iter().any(|stretch| stretch.any_ending);
    match mode {
        Mode::Whole if any_ending || stretches.len() > 1 => {
            Err(EntryError::Signs("`*` and `…` mean nothing in `whole`"))
        }
        Mode::Starts | Mode::Inside if any_ending => Err(EntryError::Signs(
            "`*` means nothing in `starts` and `inside`, which allow any ending",
        )),
        _ => Ok(()),
    }
}

fn part(normal: &str, any_ending: bool, mode: Mode) -> Part {
    if mode == Mode::Whole {
        return Part { text: whole_key(normal), spaces: Vec::new(), any_ending };
    }
    let Squeezed { text, cuts } = Squeezed::of(normal);
    Part { text: text.into_owned(), spaces: cuts, any_ending }
}

fn is_one_syllable(pattern: &Pattern) -> bool {
    let mut chars = pattern.parts.iter().flat_map(|part| part.text.chars());
    matches!((chars.next(), chars.next()), (Some(c), None) if class(c) == Class::Hangul)
}

/// What `whole` compares of an entry and of a message: spaces, emoji, outer punctuation and laughter
/// do not count, as far as anything else is there.
pub(super) fn whole_key(normal: &str) -> String {
    let told: String = normal.chars().filter(|c| class(*c) != Class::Emoji).collect();
    let tight = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
    let keys = [without_laughter(&told), without_signs(&told), without_signs(normal)].map(tight);
    keys.into_iter().find(|key| !key.is_empty()).unwrap_or_else(|| tight(normal))
}
