//! Numbers in words where they count something: `two`, `두 명`, `兩位`, `dos`.

use super::{Taken, pattern, words};
use crate::text::boundary::{begins, stands};
use crate::text::edges::without_signs;
use crate::text::script::{Class, class};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

static ENGLISH: LazyLock<Regex> = LazyLock::new(|| {
    let words = words::ENGLISH;
    pattern(&format!(r"(?:(?:{words})(?: hundred)?(?-u:\b)|hundred)"))
});
static SPANISH: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?:{}|once)(?-u:\b)", words::SPANISH)));
static HAN: LazyLock<Regex> = LazyLock::new(|| pattern("[一二兩两三四五六七八九十百千]+"));
static NATIVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "(?:(?:열|스물|서른|마흔|쉰|예순|일흔|여든) ?)?(?:하나|한|둘|두|셋|세|넷|네|다섯|여섯|일곱|여덟|아홉)\
         |스무|열|스물|서른|마흔|쉰",
    )
});
static SINO: LazyLock<Regex> = LazyLock::new(|| {
    pattern("[이삼사오육칠팔구]?[백십][일이삼사오육칠팔구]?(?:십[일이삼사오육칠팔구]?)?")
});

/// `one` and its like count only beside one of these, for else they stand for a thing.
const ONE_OF_THESE: &str = "person people adult adults guest guests child children kid kids baby \
    infant night ticket room persona personas adulto adulta adultos nino nina bebe noche";

/// What makes a larger number of a word before it.
const LARGE: [&str; 5] = [" thousand", " million", " billion", " hundred", " mil"];

/// What Chinese and Japanese count with.
const HAN_COUNTERS: &str = "位個个名人份張张杯件盒瓶本台隻只間间晚條条碗包大小枚つ泊匹冊";
/// Of these also the ones that `一` may count with: `一個` and `一件` are “a”, not “one”.
const HAN_COUNTERS_OF_ONE: &str = "位名人份張张杯盒瓶間间晚碗包大小枚つ泊";

/// What Korean counts with.
const KOREAN_COUNTERS: [&str; 24] = [
    "명", "분", "인분", "인", "사람", "개", "장", "잔", "병", "마리", "박", "대", "권", "자리",
    "그릇", "세트", "접시", "판", "살", "가지", "달", "송이", "벌", "켤레",
];
/// What may follow a counter, or a number that stands for itself.
const KOREAN_ENDINGS: &str = "이입요으을를은는도만과와정씩에로예";

/// Numbers in words, those of each language in the order of the text.
pub(super) fn in_words(text: &str, language: &str) -> Vec<Taken> {
    let mut found = Vec::new();
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        found.extend(latin(text, &ENGLISH));
        // `dos` is “of the” in Portuguese, `tres` is “very” in French: only where nothing speaks
        // against it. `once` is an English word, too.
        let language = language.get(..2).unwrap_or_default();
        if ["es", "en", "ko", "zh", "ja"].contains(&language) {
            found.extend(
                latin(text, &SPANISH).filter(|taken| {
                    language == "es" || text.get(taken.span.clone()) != Some("once")
                }),
            );
        }
    }
    if !text.is_ascii() {
        found.extend(HAN.find_iter(text).filter_map(|found| han(text, found.range())));
        found.extend(NATIVE.find_iter(text).filter_map(|found| native(text, found.range())));
        found.extend(SINO.find_iter(text).filter_map(|found| sino(text, found.range())));
    }
    found
}

fn taken(text: &str, span: Range<usize>) -> Option<Taken> {
    let value = words::read(text.get(span.clone())?)?.to_string();
    Some(Taken { value, span })
}

fn is_whole(text: &str, span: &Range<usize>) -> bool {
    text.get(span.clone()).is_some_and(|word| without_signs(text) == word)
}

fn latin(text: &str, words: &'static Regex) -> impl Iterator<Item = Taken> {
    words.find_iter(text).filter_map(move |found| {
        let span = found.range();
        let onward = text.get(span.end..)?;
        stands(text, &span).ok()?;
        // `two-door`, `one's`, `two thousand`.
        let joined = onward.starts_with(['-', '\'']) || text.get(..span.start)?.ends_with('-');
        if joined || LARGE.iter().any(|word| onward.starts_with(word)) {
            return None;
        }
        let next = onward.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
        let beside = next.is_some_and(|next| ONE_OF_THESE.split_whitespace().any(|w| w == next));
        let is_one = ["one", "uno", "una", "un"].contains(&found.as_str());
        let counts = !is_one || beside || is_whole(text, &span);
        counts.then(|| with_hundred(text, span)).flatten()
    })
}

fn with_hundred(text: &str, span: Range<usize>) -> Option<Taken> {
    match text.get(span.clone())?.strip_suffix(" hundred") {
        Some(many) => Some(Taken { value: (words::read(many)? * 100).to_string(), span }),
        None => taken(text, span),
    }
}

/// A Han number: the whole text, or before what is counted. `第三`, `週三`, `三月` count nothing.
fn han(text: &str, span: Range<usize>) -> Option<Taken> {
    if is_whole(text, &span) {
        return taken(text, span);
    }
    let before = text.get(..span.start)?.trim_end();
    if before.ends_with(['第', '週', '周', '期', '拜', '.'])
        || before.ends_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let onward = text.get(span.end..)?.trim_start();
    let next = onward.chars().next();
    let counters = match text.get(span.clone())? {
        "一" => HAN_COUNTERS_OF_ONE,
        _ => HAN_COUNTERS,
    };
    // `一個人` is one person.
    let alone = onward.starts_with("個人") || onward.starts_with("个人");
    let counted = next.is_some_and(|c| counters.contains(c)) || alone;
    let many = text.get(span.clone())?.chars().nth(1).is_some();
    let ends = next.is_none_or(|c| !matches!(class(c), Class::Unspaced));
    (counted || (many && ends)).then(|| taken(text, span)).flatten()
}

/// A native Korean number: before what is counted, or for itself where it has its own form.
fn native(text: &str, span: Range<usize>) -> Option<Taken> {
    begins(text, &span).ok()?;
    let word = text.get(span.clone())?;
    let onward = text.get(span.end..)?;
    let for_itself = !word.ends_with(['한', '두', '세', '네']) && word != "스무";
    let tail = onward.trim_start();
    // `하나도` is “none at all”, `하나 물어볼게요` “let me ask”.
    let sure = !word.starts_with("하나")
        || !onward.starts_with([' ', '도', '만', '로'])
        || tail.starts_with('주');
    let alone = for_itself && sure && ends_a_word(onward) && !tail.starts_with("다 ");
    (counted(onward) || alone).then(|| taken(text, span)).flatten()
}

/// A Sino-Korean number from ten on: before what is counted, or the whole text.
fn sino(text: &str, span: Range<usize>) -> Option<Taken> {
    begins(text, &span).ok()?;
    let onward = text.get(span.end..)?;
    let minutes = onward.trim_start().starts_with('분');
    let counts = (counted(onward) && !minutes) || is_whole(text, &span);
    counts.then(|| taken(text, span)).flatten()
}

fn counted(onward: &str) -> bool {
    let onward = onward.strip_prefix(' ').unwrap_or(onward);
    KOREAN_COUNTERS.iter().any(|counter| onward.strip_prefix(counter).is_some_and(ends_a_word))
}

/// Whether a Korean word ends here but for its particle: `네 병` counts bottles, `네 병원` nothing.
fn ends_a_word(onward: &str) -> bool {
    let next = onward.chars().next();
    next.is_none_or(|c| class(c) != Class::Hangul || KOREAN_ENDINGS.contains(c))
}
