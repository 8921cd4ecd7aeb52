//! What a message costs before any rule is judged: its normal form, and the search for entries.
//!
//! `cargo bench --bench matching`. Figures are ratios: the normal form beside what ICU needs for
//! NFKC, fold and NFKC; the search over few and many entries.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a bench may stop")]

use divan::{Bencher, black_box};
use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;
use usherd::rules::matcher::{GroupId, Matcher, MatcherBuilder, Mode};
use usherd::text::normal;

fn main() {
    divan::main();
}

/// Messages as customers write them, one of a kind each.
const MESSAGES: [(&str, &str); 6] = [
    ("english", "Hello, I ordered two weeks ago. Where is my order 12345678?"),
    ("korean", "안녕하세요, 지난주에 주문한 상품 배송 조회 부탁드려요. 언제 오나요?"),
    ("chinese", "你好，我上星期訂的東西還沒有收到，可以幫我查詢訂單嗎？"),
    ("spanish", "Buenos días, ¿dónde está mi pedido? Todavía no llegó y es para mañana"),
    ("emoji", "ok perfecto 👍🏽 muchas gracias ❤️🙏"),
    ("jamo", "네 감사합니다 ㅋㅋㅋ 주문할게요 ㅠㅠ"),
];

fn names() -> impl Iterator<Item = &'static str> {
    MESSAGES.iter().map(|(name, _)| *name)
}

fn message(name: &str) -> &'static str {
    MESSAGES.iter().find(|(of, _)| *of == name).expect("a name of the table").1
}

#[divan::bench(args = names())]
fn normal_form(bencher: Bencher, name: &str) {
    let message = message(name);
    bencher.bench(|| normal(black_box(message)));
}

#[divan::bench(args = names())]
fn nfkc_fold_nfkc_by_icu(bencher: Bencher, name: &str) {
    let message = message(name);
    let (nfkc, cases) = (ComposingNormalizerBorrowed::new_nfkc(), CaseMapper::new());
    bencher.bench(|| {
        let composed = nfkc.normalize(black_box(message));
        nfkc.normalize(&cases.fold_string(&composed)).into_owned()
    });
}

/// Entries of two and three made-up words in Latin, Hangul and Han, and a few that occur.
fn entries(count: usize) -> Matcher {
    const LATIN: [&str; 8] = ["or", "der", "sta", "tus", "par", "cel", "mon", "day"];
    const HANGUL: [&str; 8] = ["배송", "주문", "조회", "환불", "교환", "문의", "결제", "취소"];
    const HAN: [&str; 8] = ["訂單", "查詢", "退貨", "付款", "送貨", "取消", "客服", "門市"];
    let mut builder = MatcherBuilder::default();
    for (number, group) in (0..count).zip((0..).map(GroupId)) {
        let syllables = [LATIN, HANGUL, HAN][number % 3];
        let space = ["", " ", ""][number % 3];
        let mut left = number / 3;
        let mut entry = String::from(syllables[left % 8]);
        while left >= 8 {
            left /= 8;
            entry.push_str(space);
            entry.push_str(syllables[left % 8]);
        }
        builder.add(group, Mode::Words, &entry).expect("good entries");
    }
    builder.build().expect("the entries fit")
}

#[divan::bench(args = [100, 1_000, 10_000, 100_000])]
fn search(bencher: Bencher, count: usize) {
    let matcher = entries(count);
    let messages = MESSAGES.map(|(_, message)| normal(message));
    bencher.bench(|| {
        messages.iter().map(|message| matcher.find(black_box(message)).hits.len()).sum::<usize>()
    });
}

#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 10)]
fn build(bencher: Bencher, count: usize) {
    bencher.bench(|| entries(black_box(count)));
}
