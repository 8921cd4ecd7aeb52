//! What kind of character it is, as far as word boundaries and the normal form care.

use icu_properties::props::{ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

/// A character's class (DESIGN 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// A letter or mark of a script that parts words by spaces: Latin, Cyrillic, Arabic…
    Spaced,
    /// A mark of no script of its own: it belongs to the letter before it.
    Mark,
    /// A Hangul syllable or letter.
    Hangul,
    /// Han, Kana, Thai, Lao, Khmer, Burmese: words are not parted.
    Unspaced,
    /// A decimal digit of any script.
    Digit,
    /// An emoji or a part of one.
    Emoji,
    /// White space.
    Space,
    /// Anything else: punctuation, symbols.
    Symbol,
}

/// Scripts whose words are not parted by spaces.
const UNSPACED: [Script; 8] = [
    Script::Han,
    Script::Hiragana,
    Script::Katakana,
    Script::Bopomofo,
    Script::Thai,
    Script::Lao,
    Script::Khmer,
    Script::Myanmar,
];

/// The class of a character of the normal form.
#[must_use]
pub fn class(c: char) -> Class {
    match c {
        'a'..='z' | 'A'..='Z' => Class::Spaced,
        '0'..='9' => Class::Digit,
        ' ' => Class::Space,
        '!'..='~' => Class::Symbol,
        '가'..='힣' => Class::Hangul,
        '一'..='鿿' => Class::Unspaced,
        _ => class_by_table(c),
    }
}

fn class_by_table(c: char) -> Class {
    if c.is_whitespace() {
        return Class::Space;
    }
    if is_pictographic(c) || is_regional_indicator(c) || c == '\u{200D}' {
        return Class::Emoji;
    }
    match category(c) {
        GeneralCategory::DecimalNumber => Class::Digit,
        _ if is_mark(c) => class_by_script(c, Class::Mark),
        _ if is_letter(c) => class_by_script(c, Class::Spaced),
        _ => Class::Symbol,
    }
}

/// The class of a letter or mark; `common` where Unicode gives it no script of its own.
fn class_by_script(c: char, common: Class) -> Class {
    match script(c) {
        Script::Hangul => Class::Hangul,
        Script::Common | Script::Inherited if belongs_to_kana_or_han(c) => Class::Unspaced,
        Script::Common | Script::Inherited => common,
        script if UNSPACED.contains(&script) => Class::Unspaced,
        _ => Class::Spaced,
    }
}

/// Letters and marks that Kana or Han share, so that Unicode counts them to no script: `ー 〆 〱`.
fn belongs_to_kana_or_han(c: char) -> bool {
    matches!(c, '\u{3006}' | '\u{3031}'..='\u{3035}' | '\u{303C}' | '\u{3099}' | '\u{309A}' | 'ー')
}

/// Whether accents are folded on this letter: Latin, Greek and Cyrillic ones.
#[must_use]
pub fn is_accentable(c: char) -> bool {
    c.is_ascii_alphabetic()
        || (is_letter(c) && matches!(script(c), Script::Latin | Script::Greek | Script::Cyrillic))
}

/// Whether a character can stand in an emoji sequence.
#[must_use]
pub fn is_pictographic(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

/// Punctuation people put around a message: not what carries a meaning of its own, such as `% # +`.
#[must_use]
pub fn is_outer_punctuation(c: char) -> bool {
    match c {
        '%' | '#' | '&' | '@' | '/' | '\\' | '‰' => false,
        '~' | '^' | '`' => true,
        _ => GeneralCategoryGroup::Punctuation.contains(category(c)),
    }
}

/// A mark of any kind.
#[must_use]
pub fn is_mark(c: char) -> bool {
    !c.is_ascii() && GeneralCategoryGroup::Mark.contains(category(c))
}

/// A mark that takes no room of its own, such as an accent.
#[must_use]
pub fn is_nonspacing_mark(c: char) -> bool {
    !c.is_ascii() && category(c) == GeneralCategory::NonspacingMark
}

/// A letter, or a letter that counts (the Han `〇`).
fn is_letter(c: char) -> bool {
    let category = category(c);
    GeneralCategoryGroup::Letter.contains(category) || category == GeneralCategory::LetterNumber
}

fn is_regional_indicator(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_has_its_class() {
        for (text, expected) in [
            ("aéжαعकאẞ", Class::Spaced),
            ("가힣ㄱ\u{1100}", Class::Hangul),
            ("中かカーไ", Class::Unspaced),
            ("ລខမㄅ〆々〇\u{e31}", Class::Unspaced),
            ("0٣९", Class::Digit),
            ("👍❤🇰", Class::Emoji),
            ("\u{301}\u{20e3}", Class::Mark),
            (" \u{3000}", Class::Space),
            ("%+.,'½€_", Class::Symbol),
        ] {
            for c in text.chars() {
                assert_eq!(class(c), expected, "{c}");
            }
        }
    }

    #[test]
    fn outer_punctuation_carries_no_meaning() {
        assert!(".,!?。！？~^*_()\"'-…、".chars().all(is_outer_punctuation));
        assert!(!"%#@&/+$€=a1가👍 ".chars().any(is_outer_punctuation));
    }
}
