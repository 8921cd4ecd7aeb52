//! A text as consent words are compared: without spaces, emoji, signs around its words and
//! laughter, and with the places where they stood.

use crate::text::edges::without_laughter;
use crate::text::script::{Class, class};

/// What is compared of a normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tight {
    /// The words, one right after the other.
    pub text: String,
    /// Bytes of `text` at which something was left out, ascending.
    cuts: Vec<usize>,
}

impl Tight {
    /// Of a normal form. Empty where only signs and emoji stand.
    pub fn of(normal: &str) -> Tight {
        let mut tight = Tight { text: String::with_capacity(normal.len()), cuts: Vec::new() };
        for word in normal.split(|c| is_pause(c) || class(c) == Class::Emoji || c == ' ') {
            let word = without_laughter(word);
            if !word.is_empty() {
                tight.cuts.push(tight.text.len());
                tight.text.push_str(word);
            }
        }
        tight
    }

    /// The bytes at which something was left out between two words.
    pub fn partings(&self) -> impl Iterator<Item = usize> {
        self.cuts.iter().copied().filter(|at| *at > 0)
    }

    /// What follows a place.
    pub fn from(&self, at: usize) -> Tight {
        let text = self.text.get(at..).unwrap_or_default().to_owned();
        Tight { text, cuts: self.cuts.iter().filter_map(|cut| cut.checked_sub(at)).collect() }
    }

    /// Whether one word may end and another begin here: at a space, or where either side is no
    /// letter or digit of a script that parts its words by spaces.
    pub fn may_part(&self, at: usize) -> bool {
        let (Some(before), Some(after)) = (self.text.get(..at), self.text.get(at..)) else {
            return false;
        };
        let is_spaced = |c: Option<char>| {
            matches!(c.map(class), Some(Class::Spaced | Class::Mark | Class::Digit))
        };
        let joined = is_spaced(before.chars().next_back()) && is_spaced(after.chars().next());
        !joined || self.cuts.binary_search(&at).is_ok()
    }
}

/// A sign that parts one clause from the next.
pub(super) fn is_pause(c: char) -> bool {
    matches!(c, '.' | ',' | '!' | '?' | ';' | ':' | '~' | '、' | '。' | '¡' | '¿' | '؟')
}

/// A text without its spaces: how an emoji alone is compared.
pub(super) fn without_spaces(normal: &str) -> String {
    normal.chars().filter(|c| *c != ' ').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;

    #[test]
    fn what_says_nothing_is_left_out() {
        for (text, expected) in [
            ("Stop, please!", "stopplease"),
            ("\"STOP\"", "stop"),
            ("(stop) - please", "stopplease"),
            ("opt-out", "opt-out"),
            ("don’t", "don't"),
            ("stop🙏please", "stopplease"),
            ("수신거부ㅠㅠ 부탁드려요 ㅎㅎ", "수신거부부탁드려요"),
            ("はい、お願いします。", "はいお願いします"),
            ("yes/no", "yes/no"),
            ("🙏!", ""),
            ("", ""),
        ] {
            assert_eq!(Tight::of(&normal(text)).text, normal(expected), "{text}");
        }
    }

    #[test]
    fn letters_of_one_word_are_not_parted() {
        for (text, before, expected) in [
            ("stop me", "stop", true),
            ("stop👍me", "stop", true),
            ("welcome", "welco", false),
            ("stop2", "stop", false),
            ("stop해주세요", "stop", true),
            ("구독해요", "구독", true),
            ("我要退訂", "我要", true),
        ] {
            let tight = Tight::of(&normal(text));
            assert_eq!(tight.may_part(before.len()), expected, "{text}");
        }
    }
}
