//! What `words`, `whole`, `starts` and `inside` mean: every sentence of the rule language's
//! chapter on words is a row here, and the automaton is held against a slow, obvious scan.
#![expect(clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "matching/obvious.rs"]
mod obvious;

use usherd::limits::{ENTRY_CHARS_MAX, HITS_PER_MESSAGE_MAX};
use usherd::rules::lists;
use usherd::rules::matcher::{EntryError, GroupId, Matcher, MatcherBuilder, Mode};
use usherd::text::normal;

/// A matcher of these entries, each a group of its own.
fn matcher(mode: Mode, entries: &[&str]) -> Matcher {
    let mut builder = MatcherBuilder::default();
    for (group, entry) in (0..).map(GroupId).zip(entries) {
        builder.add(group, mode, entry).unwrap_or_else(|error| panic!("{entry}: {error}"));
    }
    builder.build().expect("few entries fit")
}

/// The stretches of the normal form that were hit.
fn found(mode: Mode, entry: &str, message: &str) -> Option<String> {
    let message = normal(message);
    let hits = matcher(mode, &[entry]).find(&message).hits;
    hits.first().map(|hit| message[hit.span.clone()].to_owned())
}

fn table(mode: Mode, rows: &[(&str, &str, bool)]) {
    for (entry, message, expected) in rows {
        assert_eq!(found(mode, entry, message).is_some(), *expected, "{entry:?} in {message:?}");
    }
}

#[test]
fn letters_of_spaced_scripts_end_at_letters_marks_and_digits() {
    table(
        Mode::Words,
        &[
            ("refund", "I want a refund", true),
            ("refund", "REFUND!", true),
            ("refund", "(refund)", true),
            ("refund", "refunds", false),
            ("refund", "prerefund", false),
            ("refund", "refund2", false),
            ("refund", "2refund", false),
            ("refund", "жrefund", false),
            ("refund", "refundж", false),
            ("طلب", "طلب\u{64b}ا", false),
            ("refund", "refund_now", true),
            ("refund", "non-refund", true),
            ("refund", "refund's", true),
            ("lg", "lgs", false),
            ("заказ", "где мой заказ?", true),
            ("заказ", "заказы", false),
            ("παραγγελία", "η παραγγελια μου", true),
            ("नमस्ते", "नमस्ते जी", true),
            ("नमस्त", "नमस्ते", false),
            ("طلب", "أين طلبي", false),
            ("طلب", "أين طلب؟", true),
            ("no thanks", "no no thanks", true),
            ("no thanks", "no thanksgiving", false),
            ("no no", "no no no", true),
            ("no", "no", true),
        ],
    );
}

#[test]
fn hangul_han_or_kana_beside_a_letter_is_a_boundary() {
    table(
        Mode::Words,
        &[
            ("refund", "refund해주세요", true),
            ("refund", "환불refund", true),
            ("refund", "我要refund", true),
            ("refund", "refundを", true),
            ("refund", "ขอrefundครับ", true),
            ("refund", "🙏refund🙏", true),
            ("카톡ok", "카톡ok?", true),
            ("카톡ok", "카톡okay", false),
            ("카톡ok", "새카톡ok", false),
            ("ok카톡", "ok카톡으로", true),
            ("ok카톡", "book카톡", false),
            ("3d프린터", "13d프린터", false),
            ("3d프린터", "a3d프린터로", true),
            ("t恤", "白色t恤衫", true),
            ("t恤", "shirt恤", false),
        ],
    );
}

#[test]
fn a_word_in_an_address_is_a_word_between_signs() {
    table(
        Mode::Words,
        &[
            ("refund", "https://x.com/refund", true),
            ("refund", "https://shop.example/refund?id=1", true),
            ("refund", "https://shop.example/my-refund/", true),
            ("refund", "https://shop.example/refunds", false),
            ("x.com", "https://x.com/refund", true),
            ("x.com", "https://fox.com", false),
            ("x.com", "x.community", false),
            ("ana@example.org", "mail ana@example.org.", true),
        ],
    );
}

#[test]
fn digits_are_no_part_of_longer_numbers() {
    table(
        Mode::Words,
        &[
            ("24", "open 24 hours", true),
            ("24", "24시간", true),
            ("24", "mp24", true),
            ("24", "24h", true),
            ("24", "124", false),
            ("24", "245", false),
            ("24", "24.5", false),
            ("24", "3.24", false),
            ("24", "1,24", false),
            ("24", "24,000", false),
            ("24", "it is 24.", true),
            ("24", "24, please", true),
            ("24", "is it.24", true),
            ("24", "24-7", true),
            ("24", "２４", true),
            ("1", "1️⃣", true),
            ("1", "①", true),
        ],
    );
}

#[test]
fn nothing_is_asked_beside_symbols() {
    table(
        Mode::Words,
        &[
            ("50%", "a 50%off sale", true),
            ("50%", "50%%", true),
            ("50%", "150%", false),
            ("50%", "1.50%", false),
            ("c++", "i like c++11", true),
            ("c++", "c+++", true),
            ("c++", "objc++", false),
            ("#sale", "big#sale", true),
            ("#sale", "#sales", false),
            ("\\*", "press *", true),
            ("\\*", "press #", false),
            ("a\\*b", "a*b", true),
            ("\\@home", "i am @home", true),
            ("\\@home", "i am home", false),
            ("\\\\o/", "\\o/", true),
            ("wait\\…", "wait…", true),
            ("wait\\…", "wait...", true),
        ],
    );
}

#[test]
fn hangul_starts_after_anything_but_hangul_and_anything_may_follow() {
    table(
        Mode::Words,
        &[
            ("주문", "주문", true),
            ("주문", "주문은 어디", true),
            ("주문", "주문하고싶어요", true),
            ("주문", "재주문 하고 싶어요", false),
            ("주문", "재 주문", true),
            ("주문", "재주문, 주문", true),
            ("주문", "my주문", true),
            ("주문", "3주문", true),
            ("주문", "新주문", true),
            ("배송조회", "배송조회해주세요", true),
            ("강남", "강남역", true),
            ("가나", "강남", false),
            ("ㅇㅇ", "ㅇㅇ 좋아요", true),
        ],
    );
}

#[test]
fn a_space_in_a_hangul_entry_is_optional_and_one_in_the_message_is_not_skipped() {
    table(
        Mode::Words,
        &[
            ("배송 조회", "배송조회해주세요", true),
            ("배송 조회", "배송 조회 부탁", true),
            ("배송 조회", "배송  조회", true),
            ("배송 조회", "배송, 조회", false),
            ("배송 조회", "새배송 조회", false),
            ("배송조회", "배송 조회", false),
            ("이사", "이 사람", false),
            ("이사", "이사람", true),
            ("이사", "곧 이사", true),
            ("이 사", "이 사람", true),
            ("내 주문 어디", "내주문 어디에요", true),
            ("내 주문 어디", "내 주문어디에요", true),
            ("내 주문 어디", "내 주 문어디에요", false),
            ("LG 전자", "lg전자 서비스", true),
            ("전자 LG", "전자lg 서비스", true),
            ("전자 LG", "전자lgs", false),
            ("order status", "orderstatus", false),
            ("訂單 查詢", "訂單查詢", false),
            ("a b 가", "a b가", true),
            ("a b 가", "ab가", false),
        ],
    );
}

#[test]
fn unspaced_scripts_are_found_anywhere() {
    table(
        Mode::Words,
        &[
            ("退貨", "我想退貨謝謝", true),
            ("退貨", "我想退款", false),
            ("退貨", "退 貨", false),
            ("痛", "胸口很痛", true),
            ("配送", "この配送について", true),
            ("キャンセル", "注文のキャンセルを", true),
            ("サーバ", "サーバー", true),
            ("คืนเงิน", "ขอคืนเงินครับ", true),
            ("ສະບາຍດີ", "ສະບາຍດີເດີ", true),
            ("សួស្តី", "សួស្តីបង", true),
            ("မင်္ဂလာ", "မင်္ဂလာပါ", true),
        ],
    );
}

#[test]
fn emoji_are_found_by_grapheme_and_skin_tone_is_ignored() {
    let rows = [
        ("👍", "ok 👍🏽", true),
        ("👍🏿", "👍", true),
        ("👍", "👍👍", true),
        ("👍", "good👍good", true),
        ("👨", "👨‍👩‍👧", false),
        ("👧", "👨‍👩‍👧", false),
        ("👨‍👩", "👨‍👩‍👧", false),
        ("👨", "👨‍👩‍👧 👨", true),
        ("👨‍👩‍👧", "our 👨‍👩‍👧 family", true),
        ("👩🏽‍🚀", "👩‍🚀", true),
        ("👩", "👩‍🚀", false),
        ("❤", "❤️", true),
        ("❤️", "❤", true),
        ("🇰🇷", "🇰🇷!", true),
        ("🇷🇺", "🇰🇷🇺🇸", false),
        ("🇺🇸", "🇰🇷🇺🇸", true),
    ];
    table(Mode::Words, &rows);
    table(Mode::Inside, &rows);
}

#[test]
fn one_normal_form_for_entries_and_messages() {
    table(
        Mode::Words,
        &[
            ("café", "cafe\u{301}", true),
            ("cafe", "CAFÉ", true),
            ("cafés", "los cafes", true),
            ("mañana", "manana", true),
            ("ｏｒｄｅｒ", "order", true),
            ("order", "ＯＲＤＥＲ　ＮＯＷ", true),
            ("don't", "don’t do it", true),
            ("don't", "don´t do it", true),
            ("\"sale\"", "the “sale” is on", true),
            ("opt-out", "opt–out", true),
            ("opt-out", "opt‑out", true),
            ("\u{1100}\u{1161}방", "가방", true),
            ("가방", "\u{1100}\u{1161}방", true),
            ("ガス", "ｶﾞｽ", true),
            ("か", "が", false),
            ("straße", "STRASSE", true),
            ("ΣΊΣΥΦΟΣ", "σίσυφος", true),
            ("order status", "order  \n status", true),
            ("order status", "order\u{a0}status", true),
            ("refund", "ref\u{200b}und", true),
            ("refund", "re\u{ad}fund", true),
            ("می‌خواهم", "میخواهم", true),
        ],
    );
}

#[test]
fn a_star_allows_any_ending() {
    for (entry, message, expected) in [
        ("refund*", "my refunding, please", Some("refunding")),
        ("refund*", "refund", Some("refund")),
        ("refund*", "refund2you", Some("refund2you")),
        ("refund*", "refund해주세요", Some("refund")),
        ("refund*", "prerefunding", None),
        ("order stat*", "order statuses", Some("order statuses")),
        ("20*", "2026", Some("2026")),
        ("20*", "12026", None),
        ("환불*", "환불해주세요", Some("환불")),
        ("환불*", "재환불", None),
        ("cancel*…order*", "cancelling my orders", Some("cancelling my orders")),
        ("cancel*…order*", "cancelling my reorders", None),
    ] {
        assert_eq!(found(Mode::Words, entry, message).as_deref(), expected, "{entry} in {message}");
    }
}

#[test]
fn parts_follow_in_order_within_twelve_characters() {
    for (entry, message, expected) in [
        ("胸…痛", "我胸口很痛啊", Some("胸口很痛")),
        ("胸…痛", "胸痛", Some("胸痛")),
        ("胸……痛", "胸口痛", Some("胸口痛")),
        ("胸 … 痛", "胸口痛", Some("胸口痛")),
        ("胸…痛", "痛胸", None),
        ("胸…痛", "胸一二三四五六七八九十一二痛", Some("胸一二三四五六七八九十一二痛")),
        ("胸…痛", "胸一二三四五六七八九十一二三痛", None),
        ("胸…痛", "胸一二三四五六七八九胸一二三四痛", Some("胸一二三四痛")),
        ("胸…痛", "胸👨‍👩‍👧👨‍👩‍👧👨‍👩痛", None),
        ("lost…parcel", "I lost my parcel", Some("lost my parcel")),
        ("lost…parcel", "lost my parcels", None),
        ("lost…parcel", "lostparcel", None),
        ("배…아파", "배가 너무 아파요", Some("배가 너무 아파")),
        ("배…아파", "담배가 아파요", None),
        ("a…b…c", "a x b y c", Some("a x b y c")),
        ("a…b…c", "a x c y b", None),
        ("a…a", "a", None),
        ("a…a", "a a", Some("a a")),
        ("못 받…물건", "못받은 물건", Some("못받은 물건")),
    ] {
        assert_eq!(found(Mode::Words, entry, message).as_deref(), expected, "{entry} in {message}");
    }
}

#[test]
fn whole_ignores_case_outer_punctuation_emoji_and_spaces() {
    table(
        Mode::Whole,
        &[
            ("stop", "STOP!!", true),
            ("stop", "  🙏 stop. 🙏", true),
            ("stop", "*stop*", true),
            ("stop", "„Stop“", true),
            ("stop", "stop please", false),
            ("stop", "stops", false),
            ("stop!", "stop", true),
            ("네", "네!", true),
            ("네", "네~^^", true),
            ("네", "네 ㅋㅋ", true),
            ("네", "네ㅎ", true),
            ("네", "ㅎㅎ 네ㅠㅠ", true),
            ("네", "ㅋㅋㅠㅠ 네 👍", true),
            ("감사합니다", "감사합니다 ㅎㅎ", true),
            ("감사합니다", "감사합니다ㅠ.ㅠ", true),
            ("ㅇㅇ", "ㅇㅇ ㅋㅋ", true),
            ("ㅇㅋ", "ㅇㅋ", true),
            ("ㅇㅋ", "ㅇ", false),
            ("ㅎㅇ", "ㅇㅋ", false),
            ("ㅋㅋ", "ㅋㅋ!", true),
            ("ㅋㅋ", "ㅠㅠ", false),
            ("네", "네 ㅋㅋ 네", false),
            ("오후", "오후ㅠㅠ", true),
            ("네", "네네", false),
            ("no thanks", "no no thanks", false),
            ("no thanks", "No, thanks", false),
            ("주문 조회", "주문조회", true),
            ("주문조회", "주문 조회", true),
            ("取消", "取消。", true),
            ("👍", "👍🏽", true),
            ("👍", "👍!", true),
            ("👍", "👎", false),
            ("?", "?", true),
            ("?", "?!", false),
            ("50%", "50", false),
            ("50%", "50%!", true),
            ("c++", "c", false),
            ("#end", "end", false),
            ("1", "１", true),
            ("1", "1️⃣", false),
        ],
    );
}

#[test]
fn starts_and_inside_do_not_ask_for_words() {
    table(
        Mode::Starts,
        &[
            ("order", "orders please", true),
            ("order", "  ORDER", true),
            ("order", "my order", false),
            ("배송 조회", "배송조회요", true),
            ("배송 조회", "제 배송 조회", false),
            ("lost…parcel", "lost my parcels", true),
            ("lost…parcel", "I lost my parcel", false),
        ],
    );
    table(
        Mode::Inside,
        &[
            ("order", "reordering", true),
            ("주문", "재주문", true),
            ("order", "or der", false),
            ("배송조회", "배송 조회", false),
            ("24", "1245", true),
        ],
    );
}

#[test]
fn entries_that_mean_nothing_are_refused() {
    let refused = |mode, entry: &str| MatcherBuilder::default().add(GroupId(0), mode, entry);
    for mode in [Mode::Words, Mode::Starts, Mode::Inside] {
        assert_eq!(refused(mode, "네"), Err(EntryError::OneSyllable));
        assert_eq!(refused(mode, " \u{1102}\u{1166} "), Err(EntryError::OneSyllable));
    }
    assert_eq!(refused(Mode::Words, "네*"), Err(EntryError::OneSyllable));
    assert!(refused(Mode::Whole, "네").is_ok());
    for good in ["胸", "a", "7", "%", "👍", "네?", "배…아파", "\\*"] {
        assert!(refused(Mode::Words, good).is_ok(), "{good}");
    }
    for empty in ["", "  ", "\u{200b}", "*", "🏽"] {
        assert_eq!(refused(Mode::Words, empty), Err(EntryError::Empty), "{empty:?}");
    }
    for senseless in ["re*fund", "*refund", "a* b", "pain…", "…pain", "…", "a…*…b"] {
        let error = refused(Mode::Words, senseless);
        assert!(matches!(error, Err(EntryError::Signs(_))), "{senseless}: {error:?}");
    }
    for (mode, sign) in
        [(Mode::Whole, "stop*"), (Mode::Whole, "a…b"), (Mode::Starts, "a*"), (Mode::Inside, "a*")]
    {
        assert!(matches!(refused(mode, sign), Err(EntryError::Signs(_))), "{sign}");
    }
    assert!(refused(Mode::Words, &"x".repeat(ENTRY_CHARS_MAX)).is_ok());
    let long = "x".repeat(ENTRY_CHARS_MAX + 1);
    assert_eq!(refused(Mode::Words, &long), Err(EntryError::TooLong));
}

#[test]
fn ties_are_measured_in_characters_of_the_normal_form() {
    for (written, chars) in
        [("Refund*", 6), ("胸…痛", 2), ("order  status", 12), ("\\*7", 2), ("Straße", 7)]
    {
        let matcher = matcher(Mode::Words, &[written]);
        let entry = matcher.group_entries(GroupId(0)).next().expect("it was added");
        assert_eq!((entry.written.as_str(), entry.chars), (written, chars));
    }
}

#[test]
fn hits_that_overlap_are_all_found() {
    let matcher = matcher(Mode::Words, &["order status", "status of refund", "refund", "status"]);
    let found = matcher.find("order status of refund");
    let places: Vec<_> = found.hits.iter().map(|hit| (hit.group.0, hit.span.clone())).collect();
    assert_eq!(places, [(0, 0..12), (1, 6..22), (2, 16..22), (3, 6..12)]);
    assert!(!found.overflow);
}

#[test]
fn an_entry_is_told_once_at_its_first_good_place() {
    for (entry, message, span) in
        [("no", "nope no no", 5..7), ("주문", "재주문 주문 주문", 10..16), ("a…b", "a a b b", 0..5)]
    {
        let hits = matcher(Mode::Words, &[entry]).find(message).hits;
        assert_eq!(hits.len(), 1, "{entry}");
        assert_eq!(hits[0].span, span, "{entry}");
    }
}

#[test]
fn a_near_miss_says_why() {
    for (mode, entry, message, why) in [
        (Mode::Words, "주문", "재주문 하고 싶어요", "a Hangul letter stands right before it"),
        (Mode::Words, "이사", "이 사람", "a space stands inside it where the entry has none"),
        (Mode::Words, "refund", "refunds", "a letter stands right after it"),
        (Mode::Words, "refund", "prerefund", "a letter stands right before it"),
        (Mode::Words, "refund", "refund2", "a digit stands right after it"),
        (Mode::Words, "refund", "2refund", "a digit stands right before it"),
        (Mode::Words, "ع", "ع\u{64b}", "an accent stands right after it"),
        (Mode::Words, "ع", "م\u{64b}ع", "an accent stands right before it"),
        (Mode::Words, "24", "124", "a digit stands right before it"),
        (Mode::Words, "24", "24.5", "it is the beginning of a longer number"),
        (Mode::Words, "24", "1,24", "it is the end of a longer number"),
        (Mode::Words, "👨", "👨‍👩‍👧", "it is the beginning of another emoji"),
        (Mode::Words, "👧", "👨‍👩‍👧", "it is the end of another emoji"),
        (Mode::Words, "胸…痛", "痛胸", "its parts stand in another order or too far apart"),
        (Mode::Words, "lost…parcel", "lost parcels", "a letter stands right after it"),
        (Mode::Starts, "order", "my order", "the message does not begin with it"),
        (Mode::Whole, "no thanks", "no thanks mate", "the message says more than that"),
    ] {
        let misses = matcher(mode, &[entry]).near_misses(&normal(message));
        let whys: Vec<&str> = misses.iter().map(|miss| miss.why).collect();
        assert_eq!(whys, [why], "{entry} in {message}");
    }
}

#[test]
fn what_is_hit_or_does_not_occur_is_no_near_miss() {
    for (mode, entry, message) in [
        (Mode::Words, "주문", "재주문 말고 주문"),
        (Mode::Words, "refund", "hello"),
        (Mode::Words, "lost…parcel", "all is lost"),
        (Mode::Words, "lost…parcel", "he was ghosted, lost2"),
        (Mode::Whole, "네", "네"),
        (Mode::Whole, "네", "언제 오네요"),
    ] {
        let misses = matcher(mode, &[entry]).near_misses(&normal(message));
        assert_eq!(misses, [], "{entry} in {message}");
    }
}

#[test]
fn more_hits_than_are_kept_are_a_visible_outcome() {
    let entries = vec!["word"; HITS_PER_MESSAGE_MAX + 1];
    let found = matcher(Mode::Words, &entries).find("one word");
    assert_eq!((found.hits.len(), found.overflow), (HITS_PER_MESSAGE_MAX, true));
    let found = matcher(Mode::Words, &entries[1..]).find("one word, one more word");
    assert_eq!((found.hits.len(), found.overflow), (HITS_PER_MESSAGE_MAX, false));
}

/// Would be lost: the answer to every other customer, while one message is looked at.
#[test]
fn a_message_made_to_be_slow_is_left_with_a_visible_outcome() {
    let entries: Vec<String> = (1..=ENTRY_CHARS_MAX).map(|chars| "a".repeat(chars)).collect();
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    let words = matcher(Mode::Words, &entries);
    let found = words.find(&"a".repeat(60_000));
    assert!(found.overflow && found.hits.is_empty());
    let parts = ["a"; 100].join("…");
    let found = matcher(Mode::Inside, &[&parts]).find(&"a ".repeat(2_000));
    assert_eq!((found.hits.len(), found.overflow), (1, false));
    let found = matcher(Mode::Inside, &[&format!("{parts}…b")]).find(&"a ".repeat(2_000));
    assert_eq!((found.hits.len(), found.overflow), (0, false));
}

#[test]
fn an_empty_matcher_finds_nothing() {
    let nothing = MatcherBuilder::default();
    assert!(nothing.is_empty());
    let nothing = nothing.build().expect("nothing fits");
    assert!(nothing.find("anything").hits.is_empty());
    assert!(nothing.find("").hits.is_empty());
    assert!(matcher(Mode::Whole, &["?"]).find("").hits.is_empty());
}

/// The entries of a shipped list.
fn shipped(list: &str) -> Vec<&'static str> {
    let text = lists::shipped(list).expect("it is shipped");
    lists::entries(text).map(|(_, entry)| entry).collect()
}

#[test]
fn the_shipped_lists_are_heard_in_every_language() {
    for (list, heard, not) in [
        ("stop", ["STOP", "수신거부", "退訂", "退订", "Baja.", "配信停止"], "stop by the shop"),
        ("yes", ["Yes!", "네~", "好的", "对", "Sí", "はい。"], "yesterday"),
        ("no", ["no, thanks", "아니요", "不用謝謝", "不用谢谢", "No, gracias", "いいえ"], "know"),
        (
            "cancel",
            ["Cancel", "취소 ㅠㅠ", "取消", "算了", "cancelar", "キャンセル"],
            "cancel my order",
        ),
        ("agent", ["human", "상담원", "專員", "转人工", "Agente", "オペレーター"], "agency"),
        ("menu", ["Menu", "메뉴 보여주세요", "選單", "菜单", "Menú", "メニュー"], "menus"),
        (
            "thanks",
            ["Thank you!", "감사합니당 ㅎㅎ", "謝謝", "谢谢", "¡Gracias!", "ありがとう"],
            "thank",
        ),
        ("hello", ["Hi", "안녕하세여~", "哈囉", "哈喽", "¡Hola!", "こんにちは"], "hi-fi"),
    ] {
        let matcher = matcher(Mode::Whole, &shipped(list));
        for message in heard {
            let hits = matcher.find(&normal(message)).hits;
            assert!(!hits.is_empty(), "@{list} does not hear {message}");
        }
        assert!(matcher.find(&normal(not)).hits.is_empty(), "@{list} hears {not}");
    }
}

/// Would be lost: a refusal taken for consent, or an opt-out taken for an answer.
#[test]
fn lists_that_decide_on_consent_share_no_message() {
    for (one, other) in [("yes", "no"), ("yes", "stop"), ("yes", "cancel"), ("stop", "cancel")] {
        let matcher = matcher(Mode::Whole, &shipped(one));
        for message in shipped(other) {
            let hits = matcher.find(&normal(message)).hits;
            assert!(hits.is_empty(), "{message} is in @{one} and in @{other}");
        }
    }
}

/// `yes`, `no` and `cancel` are for `whole`; the others are at home in `words` as well.
#[test]
fn lists_of_wishes_can_be_used_as_words() {
    for list in ["stop", "agent", "menu", "thanks", "hello"] {
        matcher(Mode::Words, &shipped(list));
    }
    let agents = matcher(Mode::Words, &shipped("agent"));
    for message in
        ["can I talk to a human?", "상담원 연결해주세요", "我要找真人客服", "quiero un agente"]
    {
        assert!(!agents.find(&normal(message)).hits.is_empty(), "{message}");
    }
}
