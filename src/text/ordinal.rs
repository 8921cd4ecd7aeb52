//! A place in a numbered list, as people type it: `2`, `②`, `2번이요`, `第2個`, `no. 2`.
//!
//! Only a whole message counts. What has a unit (`2 tickets`, `2시`, `2개`), a sign (`-2`, `2%`) or
//! more digits (`2/3`, `12번 버스`) is no place in a list.

/// What may stand before the number, spaces left out. Normal form.
const BEFORE: &str = "no no. nr nr. num num. number n. option choice item # 第 選 选 我選 我选 選第 选第 \
    選項 选项 選擇 选择 我要 我要第 번호 numero opcion la laopcion elnumero";

/// What may stand behind it, spaces left out. Normal form.
const BEHIND: &str = "please pls plz thanks 번 번요 번이요 번이에요 번입니다 번으로 번으로요 번으로할게요 \
    번으로해주세요 번으로주세요 번으로부탁드려요 번으로부탁드립니다 번할게요 번주세요 번부탁해요 번부탁드려요 \
    번부탁드립니다 번선택 번선택할게요 번째 번째요 번째로 이요 요 號 号 號謝謝 号谢谢 番 番で 番です \
    番でお願いします 番をお願いします 番お願いします 番目 番目で 番目です でお願いします お願いします です で 吧 謝謝 谢谢 porfavor";

/// What may stand behind it only after `第`: by itself it counts things (`2個` is two of them).
const ORDINAL_BEHIND: &str = "個 个 項 项 種 种 條 条 個謝謝 个谢谢";

/// `첫 번째`, spaces left out.
const KOREAN: [&str; 10] = ["첫", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열"];

const HAN: [char; 10] = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];

/// Longer messages say more than a number.
const BYTES_MAX: usize = 64;

/// The place, from 1, that a whole message names; `None` for any other message. Takes a normal
/// form; gives 1 to 99.
#[must_use]
pub fn ordinal(normal: &str) -> Option<usize> {
    if normal.len() > BYTES_MAX {
        return None;
    }
    let bare = bare(normal);
    if let Some(place) = korean(bare) {
        return Some(place);
    }
    let (before, number, behind) = around_number(bare)?;
    let before = squeezed(before).trim_end_matches(':').to_owned();
    let behind = squeezed(behind);
    let knows = |list: &str, word: &str| {
        word.is_empty() || list.split_whitespace().any(|known| known == word)
    };
    let ordinal = before.ends_with('第') && knows(ORDINAL_BEHIND, &behind);
    (knows(BEFORE, &before) && (ordinal || knows(BEHIND, &behind))).then_some(number)
}

/// Without the signs, brackets and emoji around it. What changes a number's meaning stays: a sign
/// of plus, minus, money or per cent, a decimal point before it.
fn bare(text: &str) -> &str {
    let outer = |c: char| !(c.is_alphanumeric() || "+-.,/$€£¥₩%#<>=".contains(c) || is_number(c));
    let text = text.trim_matches(outer);
    text.trim_end_matches(|c| outer(c) || ".,".contains(c))
}

/// Numbers in a disc that have no other form.
fn disc(c: char) -> Option<usize> {
    let from = match c {
        '\u{2776}'..='\u{277F}' => '\u{2776}',
        '\u{2780}'..='\u{2789}' => '\u{2780}',
        '\u{278A}'..='\u{2793}' => '\u{278A}',
        '\u{1F51F}' => return Some(10),
        _ => return None,
    };
    usize::try_from(u32::from(c) - u32::from(from) + 1).ok()
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit() || HAN.contains(&c) || disc(c).is_some()
}

/// The one number of a text: of one or two digits, one disc or one Han sign, and what stands
/// around it; `None` where there is none or more than one.
fn around_number(text: &str) -> Option<(&str, usize, &str)> {
    let start = text.find(is_number)?;
    let (before, rest) = text.split_at(start);
    let first = rest.chars().next()?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, length) = match (disc(first), HAN.iter().position(|sign| *sign == first)) {
        (Some(number), _) => (number, first.len_utf8()),
        (_, Some(place)) => (place + 1, first.len_utf8()),
        _ if digits <= 2 => (rest.get(..digits)?.parse().ok()?, digits),
        _ => return None,
    };
    // The keycap that makes an emoji of a digit.
    let behind = rest.get(length..)?.trim_start_matches('\u{20E3}');
    (number > 0 && first != '0').then_some((before, number, behind))
}

fn korean(text: &str) -> Option<usize> {
    let text = squeezed(text);
    let word = ["요", "로", "거요", "것"].iter().find_map(|end| text.strip_suffix(end));
    let word = word.unwrap_or(&text).strip_suffix("번째")?;
    KOREAN.iter().position(|known| *known == word).map(|place| place + 1)
}

/// Without spaces and without signs that say nothing beside a number.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !")]}(,.!?~".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;

    #[test]
    fn a_place_in_a_list_as_people_type_it() {
        for text in [
            "2",
            "２",
            " 2 ",
            "②",
            "⑵",
            "⒉",
            "❷",
            "➁",
            "2️⃣",
            "2.",
            "2)",
            "(2)",
            "[2]",
            "#2",
            "# 2",
            "2!",
            "2?",
            "\"2\"",
            "*2*",
            "2 👍",
            "2,",
            "no. 2",
            "No.2",
            "no 2",
            "No: 2",
            "number 2",
            "Nr. 2",
            "№2",
            "option 2",
            "Option: 2",
            "choice 2",
            "2 please",
            "2, please!",
            "2번",
            "2 번",
            "2번이요",
            "2번요",
            "2번 요",
            "2번이요~",
            "2번으로 할게요",
            "2번 주세요",
            "2번 부탁드려요",
            "2번입니다",
            "2번째",
            "2 번째요",
            "두번째",
            "두 번째요",
            "2이요",
            "②번",
            "2號",
            "2号",
            "第2個",
            "第2个",
            "第 2 個",
            "第二個",
            "第２項",
            "二",
            "二號",
            "選2",
            "我選2",
            "选2",
            "2號，謝謝",
            "2吧",
            "我要第2個",
            "選項2",
            "2番",
            "2番で",
            "2番です",
            "２番お願いします",
            "2番でお願いします。",
            "2番目",
            "二番",
            "2でお願いします",
            "2 por favor",
            "opción 2",
        ] {
            assert_eq!(ordinal(&normal(text)), Some(2), "{text:?}");
        }
        for (text, place) in [
            ("1", 1),
            ("10", 10),
            ("⑩", 10),
            ("❿", 10),
            ("🔟", 10),
            ("10번", 10),
            ("十", 10),
            ("第十個", 10),
            ("첫 번째", 1),
            ("열번째요", 10),
            ("20", 20),
        ] {
            assert_eq!(ordinal(&normal(text)), Some(place), "{text:?}");
        }
    }

    #[test]
    fn what_only_holds_a_number_is_no_place() {
        for text in [
            "",
            "0",
            "02",
            "200",
            "-2",
            "+2",
            "2.5",
            "2,5",
            "2/3",
            "2-3",
            "2:30",
            "$2",
            "2%",
            "2€",
            "2 tickets",
            "2 please bring",
            "two",
            "I want 2",
            "2 and 3",
            "2 3",
            "1 2",
            "no",
            "a2",
            "2nd of May",
            "May 2",
            "2x",
            "x2",
            "2 people",
            "2pm",
            "12번 버스",
            "2번 버스",
            "2시",
            "2시간",
            "2개",
            "2명",
            "2일",
            "2월",
            "2장이요",
            "이번",
            "2個",
            "2个",
            "2人",
            "2月",
            "2日",
            "2点",
            "2點",
            "2時",
            "2つ",
            "2枚",
            "二個",
            "十二",
            "3月2日",
            "2026-03-02",
            "order 12345678",
            "12345678",
            "call 2 times",
            "第",
            "번",
            "번째",
            "🔥",
            "❷❷",
        ] {
            let found = ordinal(&normal(text));
            assert!(found.is_none(), "{text:?} {found:?}");
        }
    }
}
