//! The short way to the normal form, for texts made of characters that need no tables.
//!
//! Every character taken here has a normal form that does not depend on its neighbours; at the
//! first other one the whole text goes the long way. `normal` is the definition.

use super::normal::{is_skin_tone, plain_sign};

/// What becomes of a character.
enum Step {
    Keep,
    Put(char),
    /// A Hangul consonant, which a vowel would join.
    PutConsonant(char),
    /// A Hangul vowel, which joins a consonant before it.
    PutVowel(char),
    Drop,
    Space,
    Unknown,
}

/// What the next character depends on.
#[derive(Clone, Copy, PartialEq)]
enum After {
    Anything,
    /// Also the beginning: a space would be one too many.
    Space,
    Consonant,
}

/// The normal form; `None` as soon as a character needs the definition.
pub(super) fn fast(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    // What is kept is copied in runs: `raw[kept..at]` is still to be copied.
    let mut kept = 0;
    let mut after = After::Space;
    for (at, c) in raw.char_indices() {
        let (put, now) = match step(c) {
            Step::Keep => {
                after = After::Anything;
                continue;
            }
            Step::Space if after != After::Space && c == ' ' => {
                after = After::Space;
                continue;
            }
            Step::Space if after != After::Space => (Some(' '), After::Space),
            Step::Space | Step::Drop => (None, after),
            Step::Put(plain) => (Some(plain), After::Anything),
            Step::PutConsonant(plain) => (Some(plain), After::Consonant),
            Step::PutVowel(plain) if after != After::Consonant => (Some(plain), After::Anything),
            Step::PutVowel(_) | Step::Unknown => return None,
        };
        out.push_str(raw.get(kept..at)?);
        out.extend(put);
        kept = at + c.len_utf8();
        after = now;
    }
    out.push_str(raw.get(kept..)?);
    out.truncate(out.trim_end_matches(' ').len());
    Some(out)
}

fn step(c: char) -> Step {
    match c {
        '!'..='@' | '['..='~' => Step::Keep,
        ' ' | '\t'..='\r' | '\u{A0}' | '\u{3000}' => Step::Space,
        'A'..='Z' => Step::Put(c.to_ascii_lowercase()),
        '가'..='힣' | '一'..='鿿' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' => Step::Keep,
        '、' | '。' | '〈'..='】' => sign(c),
        'ㄱ'..='ㅣ' => jamo(c),
        'À'..='ÿ' => latin(c),
        '！'..='～' => full_width(c),
        '¡' | '£' | '¥' | '©' | '®' | '°' | '·' | '¿' | '€' | '«' | '»' => sign(c),
        '‐'..='―' | '‘'..='„' => sign(c),
        '\u{200B}' | '\u{FE0F}' => Step::Drop,
        '☀'..='➿' => Step::Keep,
        '\u{1F1E6}'..='\u{1F1FF}' | '\u{1F300}'..='\u{1F64F}' => emoji(c),
        '\u{1F680}'..='\u{1F6FF}' | '\u{1F900}'..='\u{1F9FF}' => emoji(c),
        _ => Step::Unknown,
    }
}

/// The letters of ㅋㅋㅋ and ㅠㅠ; final clusters, which join a syllable before them, go the long way.
fn jamo(c: char) -> Step {
    match c {
        'ㄱ' | 'ㄲ' => moved(c, 'ㄱ', 0x1100).map_or(Step::Unknown, Step::PutConsonant),
        'ㄴ' => Step::PutConsonant('\u{1102}'),
        'ㄷ'..='ㄹ' => moved(c, 'ㄷ', 0x1103).map_or(Step::Unknown, Step::PutConsonant),
        'ㅁ'..='ㅃ' => moved(c, 'ㅁ', 0x1106).map_or(Step::Unknown, Step::PutConsonant),
        'ㅅ'..='ㅎ' => moved(c, 'ㅅ', 0x1109).map_or(Step::Unknown, Step::PutConsonant),
        'ㅏ'..='ㅣ' => moved(c, 'ㅏ', 0x1161).map_or(Step::Unknown, Step::PutVowel),
        _ => Step::Unknown,
    }
}

/// The character as far from `to` as `c` is from `from`.
fn moved(c: char, from: char, to: u32) -> Option<char> {
    char::from_u32(to + u32::from(c).checked_sub(u32::from(from))?)
}

fn sign(c: char) -> Step {
    let plain = plain_sign(c);
    if plain == c { Step::Keep } else { Step::Put(plain) }
}

fn emoji(c: char) -> Step {
    if is_skin_tone(c) { Step::Drop } else { Step::Keep }
}

/// The Latin-1 letters without their accents; `ß` becomes two and goes the long way.
fn latin(c: char) -> Step {
    match c {
        'À'..='Å' | 'à'..='å' => Step::Put('a'),
        'Ç' | 'ç' => Step::Put('c'),
        'È'..='Ë' | 'è'..='ë' => Step::Put('e'),
        'Ì'..='Ï' | 'ì'..='ï' => Step::Put('i'),
        'Ñ' | 'ñ' => Step::Put('n'),
        'Ò'..='Ö' | 'ò'..='ö' => Step::Put('o'),
        'Ù'..='Ü' | 'ù'..='ü' => Step::Put('u'),
        'Ý' | 'ý' | 'ÿ' => Step::Put('y'),
        'Æ' => Step::Put('æ'),
        'Ø' => Step::Put('ø'),
        'Ð' => Step::Put('ð'),
        'Þ' => Step::Put('þ'),
        'ß' => Step::Unknown,
        _ => Step::Keep,
    }
}

/// The ASCII sign a full-width one stands for.
fn full_width(c: char) -> Step {
    let ascii = moved(c, '！', u32::from('!'));
    ascii.map_or(Step::Unknown, |ascii| Step::Put(ascii.to_ascii_lowercase()))
}
