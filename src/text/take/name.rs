//! A person's name: what is left when the ways people introduce themselves are taken off.

use super::{Taken, pattern};
use crate::text::script::{Class, class};
use regex::Regex;
use std::sync::LazyLock;

/// Words a name may have.
const NAME_WORDS_MAX: usize = 5;
/// Characters a name may have.
const NAME_CHARS_MAX: usize = 60;

static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^
        (?: (?:hi|hello|hey|hola|안녕하세요|你好|您好|こんにちは) [,.!、。，！\s]+ )?
        (?: (?:my\ name\ is|my\ name's|name\ is|i\ am|i'm|im|it's|this\ is
              |me\ llamo|mi\ nombre\ es|soy) (?:\s+|$)
          | (?:name|nombre|이름|성함|姓名|名字|名前) \s? : \s?
          | (?:제|내)\s?이름은 \s? | 이름은 \s? | 저는 \s?
          | 我的名字是 | 我的名字叫 | 我名叫 | 名字是 | 我叫 | 我是
          | 私の名前は | 名前は | 私は )",
    )
});
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x) \s? (?: 이라고\s?합니다 | 라고\s?합니다 | 이라고\s?해요 | 라고\s?해요 | 입니다 | 이에요
          | 예요 | 이요 | と申します | といいます | です )? [.!,。！~\s]* $",
    )
});

/// A person's name: the whole text but for how people introduce themselves. Latin words begin
/// with a capital again, which the normal form took.
#[must_use]
pub fn name(text: &str) -> Option<Taken> {
    let start = LEAD.find(text).map_or(0, |lead| lead.end());
    let told = text.get(start..)?;
    let tail = TAIL.find(told).map_or(told.len(), |tail| tail.start());
    let told = told.get(..tail)?;
    let name = told.trim();
    let from = start + told.len() - told.trim_start().len();
    let span = from..from + name.len();
    is_name(name).then(|| Taken { value: capitalised(name), span })
}

fn is_name(text: &str) -> bool {
    let is_letter =
        |c: char| matches!(class(c), Class::Spaced | Class::Mark | Class::Hangul | Class::Unspaced);
    text.chars().any(is_letter)
        && text.chars().count() <= NAME_CHARS_MAX
        && text.split(' ').count() <= NAME_WORDS_MAX
        && text.chars().all(|c| is_letter(c) || " '-.·・".contains(c))
}

fn capitalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut begins = true;
    for c in name.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        begins = matches!(c, ' ' | '-' | '\'');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;

    #[test]
    fn names_lose_their_introduction() {
        for (text, expected) in [
            ("Ana", Some("Ana")),
            ("My name is Ana Silva", Some("Ana Silva")),
            ("Hi! I’m Ana.", Some("Ana")),
            ("Imran Khan", Some("Imran Khan")),
            ("Soyeon", Some("Soyeon")),
            ("Name: Ana", Some("Ana")),
            ("me llamo José", Some("Jose")),
            ("제 이름은 김민수입니다", Some("김민수")),
            ("제 이름은 김민수 입니다.", Some("김민수")),
            ("저는 김민수예요", Some("김민수")),
            ("我叫陳美玲", Some("陳美玲")),
            ("私の名前は田中です", Some("田中")),
            ("Jean-Luc O'Neill", Some("Jean-Luc O'Neill")),
            ("राम", Some("राम")),
            ("order 66", None),
            ("where is it?", None),
            ("my name is", None),
            ("", None),
            ("...", None),
        ] {
            let found = name(&normal(text)).map(|taken| taken.value);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
