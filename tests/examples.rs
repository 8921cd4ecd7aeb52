//! What is there to copy is without fault: no error and no warning, every example sentence answered,
//! every text in every language, and enough to learn from.
#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "the tests of deciding use the rest")]
#[path = "decide/talk.rs"]
mod talk;

use std::path::Path;
use talk::{Talk, texts, verdict};
use usherd::decide;
use usherd::files;
use usherd::rules::Settings;
use usherd::rules::diagnostic::render;

fn check(folder: &str, replies_min: usize, examples_min: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let sources = files::read(&path).unwrap();
    let checked = decide::check(&sources, &Settings::default());
    let text = |file: &str| String::from_utf8(sources.files.get(file)?.to_vec()).ok();
    let found = render(&checked.diagnostics, &text, false);
    assert!(checked.diagnostics.is_empty(), "{folder}:\n{found}");
    let replies = checked.ruleset.unwrap().replies.len();
    assert!(replies >= replies_min, "{folder}: {replies} replies");
    assert!(checked.examples >= examples_min, "{folder}: {} examples", checked.examples);
}

#[test]
fn the_starter_rules() {
    check("rules", 18, 212);
}

#[test]
fn the_bakery() {
    check("examples/bakery/rules", 6, 30);
}

#[test]
fn the_clinic() {
    check("examples/clinic/rules", 30, 200);
}

#[test]
fn the_courses() {
    check("examples/courses/rules", 30, 200);
}

/// What a customer does.
enum Does<'a> {
    Says(&'a str),
    Taps(&'a str),
}
use Does::{Says, Taps};

/// Plays a conversation: what the customer does, the rule that answers, words of the answer.
fn play(folder: &str, conversation: &[(Does<'_>, &str, &str)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let rules = decide::check(&files::read(&path).unwrap(), &Settings::default()).ruleset.unwrap();
    let mut talk = Talk::new(rules);
    for (does, rule, words) in conversation {
        let (what, decision) = match does {
            Says(text) => (text, talk.hear(text)),
            Taps(id) => (id, talk.tap(id, "…")),
        };
        let said = texts(&decision).join("\n");
        assert_eq!(verdict(&decision), *rule, "{folder}: {what}: {said}");
        assert!(said.contains(words), "{folder}: {what}: {said}");
    }
}

#[test]
fn an_appointment_is_made_and_cancelled() {
    play(
        "examples/clinic/rules",
        &[
            (Says("예약하고 싶어요"), "booking", "어떤 진료를"),
            (Says("②"), "booking-checkup", "오전에만"),
            (Says("글쎄요"), "booking-unclear", "숫자로"),
            (Says("주차 되나요?"), "parking", "무료"),
            (Says("12월 3일이요"), "booking-day", "몇 시가"),
            (Says("오전 9시"), "booking-time", "성함"),
            (Says("김민지입니다"), "booking-name", "김민지 님"),
            (Says("예약 취소할게요"), "booking-cancel", "취소하시겠어요"),
            (Says("네"), "booking-cancel-yes", "접수했습니다"),
            (Says("숨을 못 쉬겠어요"), "emergency", "119"),
        ],
    );
}

#[test]
fn a_course_is_found_and_a_trial_lesson_asked_for() {
    play(
        "examples/courses/rules",
        &[
            (Says("您好"), "main-menu", "1. 課程介紹"),
            (Says("1"), "courses", "日文"),
            (Taps("lang-japanese"), "japanese", "程度"),
            (Says("沒學過"), "japanese-n5", "五十音"),
            (Says("試聽"), "trial", "哪一天"),
            (Says("12月3日 19:00"), "trial-when", "對嗎"),
            (Taps("trial-wrong"), "trial", "哪一天"),
            (Says("12月4日"), "trial-day", "幾點"),
            (Says("晚上7點"), "trial-time", "對嗎"),
            (Says("對"), "trial-right", "收到了"),
            (Says("簡章"), "brochure", "簡章"),
            (Says("簡章"), "brochure", "往上滑"),
        ],
    );
}

#[test]
fn a_customer_of_the_shop_finds_the_way_by_the_menu() {
    play(
        "rules",
        &[
            (Says("hello"), "main-menu", "1. My order"),
            (Says("5"), "where", "Zhongshan"),
            (Says("no. 2"), "delivery-time", "1 to 3 days"),
            (Taps("menu-order"), "order-status", "which order number"),
            (Says("12345678"), "order-found", "12345678"),
            (Says("what do you sell?"), "fallback.1", ""),
            (Says("please cancel my order"), "seven-messages", "colleague"),
        ],
    );
    play(
        "rules",
        &[
            (Says("please cancel my order"), "order-change", "two hours"),
            (Says("no"), "order-change-late", "14 days"),
            (Taps("change-early"), "order-change-early", "right away"),
            (Says("thanks!"), "thanks", "welcome"),
        ],
    );
}
