//! What people put around a message and do not mean as a part of it.
//!
//! Takes and gives normal forms, where a Korean letter that stands alone is a conjoining one.

use super::script::is_outer_punctuation;

/// `ㅋ` and `ㅎ`, with which Korean laughs.
const LAUGHS: [char; 2] = ['\u{110F}', '\u{1112}'];
/// `ㅠ` and `ㅜ`, with which it weeps.
const TEARS: [char; 2] = ['\u{1172}', '\u{116E}'];
/// What the normal form makes of a laugh and a tear that meet: `ㅋㅋㅠㅠ` becomes `ㅋ큐ㅠ`.
const MET: [char; 4] = ['큐', '쿠', '휴', '후'];

/// Without spaces and outer punctuation at both ends.
#[must_use]
pub fn without_signs(text: &str) -> &str {
    text.trim_matches(|c| c == ' ' || is_outer_punctuation(c))
}

/// Without `ㅋㅋ`, `ㅎㅎ`, `ㅠㅠ`, `ㅜㅜ` as well. Nothing may be left.
///
/// One such letter right beside another Korean letter belongs to it: `ㅇㅋ` says “okay”, `ㅎㅇ`
/// “hi”.
#[must_use]
pub fn without_laughter(text: &str) -> &str {
    let mut left = text;
    loop {
        let less = not_behind(not_before(without_signs(left)));
        if less.len() == left.len() {
            return left;
        }
        left = less;
    }
}

fn not_before(text: &str) -> &str {
    let rest = text.trim_start_matches(is_laughter);
    let run = text.get(..text.len() - rest.len()).unwrap_or_default();
    if is_one(run) && rest.starts_with(is_letter) {
        return text;
    }
    let met = rest.strip_prefix(MET).filter(|tears| tears.starts_with(TEARS));
    met.filter(|_| run.ends_with(LAUGHS)).unwrap_or(rest)
}

fn not_behind(text: &str) -> &str {
    let rest = text.trim_end_matches(is_laughter);
    let run = text.get(rest.len()..).unwrap_or_default();
    if is_one(run) && rest.ends_with(is_letter) {
        return text;
    }
    let met = rest.strip_suffix(MET).filter(|laughs| laughs.ends_with(LAUGHS));
    met.filter(|_| run.starts_with(TEARS)).unwrap_or(rest)
}

fn is_laughter(c: char) -> bool {
    LAUGHS.contains(&c) || TEARS.contains(&c)
}

fn is_one(run: &str) -> bool {
    run.chars().nth(1).is_none() && !run.is_empty()
}

/// A Korean letter that is no syllable.
fn is_letter(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;

    #[test]
    fn laughter_and_tears_are_taken_off_at_the_edges() {
        for (text, expected) in [
            ("감사합니다 ㅎㅎ", "감사합니다"),
            ("네ㅋㅋㅋ!", "네"),
            ("넵ㅎ", "넵"),
            ("ㅎㅎ 네 ㅠㅠ", "네"),
            ("네~ ㅠ.ㅠ", "네"),
            ("취소 ㅜ_ㅜ", "취소"),
            ("네 ㅋㅋㅠㅠ", "네"),
            ("ㅋㅋㅠㅠ 네", "네"),
            ("ㅇㅇ ㅋㅋ", "ㅇㅇ"),
            ("ㄱㅅㅎㅎ", "ㄱㅅ"),
            ("ㅇㅋ ㅋㅋ", "ㅇㅋ"),
            ("ㅇㅋ", "ㅇㅋ"),
            ("ㅎㅇ!", "ㅎㅇ"),
            ("오후ㅠㅠ", "오후"),
            ("오후", "오후"),
            ("휴", "휴"),
            ("네 ㅋㅋ 네", "네 ㅋㅋ 네"),
            ("ㅋㅋ", ""),
            ("", ""),
        ] {
            assert_eq!(without_laughter(&normal(text)), normal(expected), "{text}");
        }
    }
}
