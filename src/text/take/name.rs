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

/// Words with which people say that they do not know, or want something else: in no name.
const NO_NAME: &str = "know don't dont didn't can't cant cannot won't idk dunno want need why what \
    which where when who how remember forgot sure please whatever";
/// The same as whole answers. `No` and `Si` are family names, too.
const NO_ANSWER: [&str; 12] = [
    "no", "yes", "ok", "okay", "none", "nothing", "skip", "nobody", "n-a", "si", "nada", "ninguno",
];
/// How such a sentence begins in Spanish.
const NO_NAME_LEAD: [&str; 8] =
    ["no se", "no lo ", "no quiero", "no tengo", "no recuerdo", "no me ", "ni idea", "yo no "];
/// The same in writing without spaces, or with endings: anywhere.
const NO_NAME_INSIDE: [&str; 21] = [
    "모르겠",
    "모르는",
    "모릅니다",
    "모름",
    "몰라",
    "싫어",
    "없어요",
    "없습니다",
    "안 알려",
    "글쎄",
    "不",
    "沒",
    "没",
    "忘記",
    "忘记",
    "為什麼",
    "为什么",
    "ません",
    "らない",
    "たくない",
    "わかんない",
];

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
    (is_name(name) && !says_else(name)).then(|| Taken { value: capitalised(name), span })
}

fn is_name(text: &str) -> bool {
    let is_letter =
        |c: char| matches!(class(c), Class::Spaced | Class::Mark | Class::Hangul | Class::Unspaced);
    text.chars().any(is_letter)
        && text.chars().count() <= NAME_CHARS_MAX
        && text.split(' ').count() <= NAME_WORDS_MAX
        && text.chars().all(|c| is_letter(c) || " '-.·・".contains(c))
}

/// Whether it is a sentence of somebody who gives no name.
fn says_else(text: &str) -> bool {
    let mut words = text.split(' ');
    words.any(|word| NO_NAME.split_whitespace().any(|known| known == word))
        || NO_ANSWER.contains(&text)
        || text.starts_with("do not ")
        || text.contains(" do not ")
        || NO_NAME_LEAD.iter().any(|lead| {
            let behind = text.strip_prefix(lead);
            behind
                .is_some_and(|rest| rest.is_empty() || lead.ends_with(' ') || rest.starts_with(' '))
        })
        || NO_NAME_INSIDE.iter().any(|word| text.contains(word))
}

/// With capitals where names have them: `O'Neill`, but no `D` in `Ma'dan`.
fn capitalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut begins = true;
    let mut letters = 0;
    for c in name.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        begins = matches!(c, ' ' | '-') || (c == '\'' && letters == 1);
        letters = if matches!(c, ' ' | '-' | '\'') { 0 } else { letters + 1 };
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
            ("d'angelo", Some("D'Angelo")),
            ("Ma'dan Khalil", Some("Ma'dan Khalil")),
            ("No Minsu", Some("No Minsu")),
            ("राम", Some("राम")),
            ("I don't know", None),
            ("I dont know", None),
            ("Not sure", None),
            ("no", None),
            ("I do not remember", None),
            ("no sé", None),
            ("No quiero decirlo", None),
            ("모르겠어요", None),
            ("잘 몰라요", None),
            ("我不知道", None),
            ("不想說", None),
            ("沒有", None),
            ("わかりません", None),
            ("知らない", None),
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
