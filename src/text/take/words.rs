//! Numbers in words: English and Spanish, Han, and Korean (`셋`, `십오`).
//!
//! Only how they are read; where such a word means a number is known by who asks.

use super::pattern;
use regex::Regex;
use std::sync::LazyLock;

/// Without `once`, eleven in Spanish, which is another word in English.
const LATIN: [(&str, u32); 61] = [
    ("zero", 0),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("hundred", 100),
    ("uno", 1),
    ("una", 1),
    ("un", 1),
    ("dos", 2),
    ("tres", 3),
    ("cuatro", 4),
    ("cinco", 5),
    ("seis", 6),
    ("siete", 7),
    ("ocho", 8),
    ("nueve", 9),
    ("diez", 10),
    ("doce", 12),
    ("trece", 13),
    ("catorce", 14),
    ("quince", 15),
    ("dieciseis", 16),
    ("diecisiete", 17),
    ("dieciocho", 18),
    ("diecinueve", 19),
    ("veinte", 20),
    ("veintiuno", 21),
    ("veintidos", 22),
    ("veintitres", 23),
    ("veinticuatro", 24),
    ("veinticinco", 25),
    ("treinta", 30),
    ("cuarenta", 40),
    ("cincuenta", 50),
    ("sesenta", 60),
    ("setenta", 70),
    ("cien", 100),
];

/// Native Korean numbers; a longer word before the shorter one it begins with.
const KOREAN: [(&str, u32); 22] = [
    ("스물", 20),
    ("스무", 20),
    ("서른", 30),
    ("마흔", 40),
    ("쉰", 50),
    ("열", 10),
    ("하나", 1),
    ("한", 1),
    ("둘", 2),
    ("두", 2),
    ("셋", 3),
    ("세", 3),
    ("넷", 4),
    ("네", 4),
    ("다섯", 5),
    ("여섯", 6),
    ("일곱", 7),
    ("여덟", 8),
    ("아홉", 9),
    ("예순", 60),
    ("일흔", 70),
    ("여든", 80),
];

/// English numbers up to ninety-nine, as a pattern.
pub(super) const ENGLISH: &str = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\
    (?:[-\\ ](?:one|two|three|four|five|six|seven|eight|nine)\\b)?\
    |ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen\
    |one|two|three|four|five|six|seven|eight|nine";

/// Spanish ones but for `once`.
pub(super) const SPANISH: &str = "(?:treinta|cuarenta|cincuenta|sesenta|setenta)\
    (?:\\ y\\ (?:uno|una|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\\b)?\
    |dieciseis|diecisiete|dieciocho|diecinueve|veintiuno|veintidos|veintitres|veinticuatro\
    |veinticinco|veinte|diez|doce|trece|catorce|quince|uno|una|un|dos|tres|cuatro|cinco|seis\
    |siete|ocho|nueve|cien";

/// The number that one of these ways of writing means: figures, English, Spanish, Han, Korean.
pub(super) fn read(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    latin(text).or_else(|| by_place(text)).or_else(|| korean(text))
}

fn latin(text: &str) -> Option<u32> {
    let value = |word: &str| {
        let known = LATIN.iter().find(|(known, _)| *known == word);
        known.map(|(_, value)| *value).or((word == "once").then_some(11))
    };
    static GAPS: LazyLock<Regex> = LazyLock::new(|| pattern("[- ](?:y )?"));
    GAPS.split(text).map(value).sum()
}

/// Han and Sino-Korean: figures before ten, hundred and thousand. `七八` is seven or eight: none.
fn by_place(text: &str) -> Option<u32> {
    let (mut sum, mut figure, mut last) = (0_u32, None, u32::MAX);
    for c in text.chars().filter(|c| *c != ' ') {
        if let Some(value) = han_figure(c) {
            if figure.replace(value).is_some() {
                return None;
            }
            continue;
        }
        let place = place(c)?;
        if place >= last || (figure.is_none() && place > 10 && !('가'..='힣').contains(&c)) {
            return None;
        }
        sum += figure.take().unwrap_or(1) * place;
        last = place;
    }
    // `一百二` is said for 120 and written for 102.
    let is_clear = figure.is_none() || last == 10 || last == u32::MAX;
    (!text.is_empty() && is_clear).then_some(sum + figure.unwrap_or(0))
}

fn han_figure(c: char) -> Option<u32> {
    Some(match c {
        '一' | '일' => 1,
        '二' | '兩' | '两' | '이' => 2,
        '三' | '삼' => 3,
        '四' | '사' => 4,
        '五' | '오' => 5,
        '六' | '육' => 6,
        '七' | '칠' => 7,
        '八' | '팔' => 8,
        '九' | '구' => 9,
        _ => return None,
    })
}

fn place(c: char) -> Option<u32> {
    Some(match c {
        '十' | '십' => 10,
        '百' | '백' => 100,
        '千' | '천' => 1000,
        _ => return None,
    })
}

fn korean(text: &str) -> Option<u32> {
    let mut left = text.trim_start();
    let mut sum = 0;
    while !left.is_empty() {
        let (word, value) = KOREAN.iter().find(|(word, _)| left.starts_with(word))?;
        left = left.strip_prefix(word)?.trim_start();
        sum += value;
    }
    (sum > 0).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words() {
        for (text, expected) in [
            ("12", Some(12)),
            ("twenty-five", Some(25)),
            ("twenty five", Some(25)),
            ("treinta y dos", Some(32)),
            ("once", Some(11)),
            ("十五", Some(15)),
            ("兩", Some(2)),
            ("二十", Some(20)),
            ("一百二十", Some(120)),
            ("七八", None),
            ("百", None),
            ("십오", Some(15)),
            ("이십", Some(20)),
            ("셋", Some(3)),
            ("열두", Some(12)),
            ("열 두", Some(12)),
            ("스물셋", Some(23)),
            ("table", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
