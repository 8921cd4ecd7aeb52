//! What messages say about consent, and what they do not.

use super::*;

const STOP: Heard = Heard { word: Some(Word::Stop), opt_in: None };
const NEAR: Heard = Heard { word: Some(Word::NearStop), opt_in: None };
const NO: Heard = Heard { word: Some(Word::No), opt_in: None };
const YES: Heard = Heard { word: Some(Word::Yes), opt_in: None };
const OFFERS: Heard = Heard { word: None, opt_in: Some(1) };
const NEWS: Heard = Heard { word: None, opt_in: Some(2) };
const NOTHING: Heard = Heard { word: None, opt_in: None };

fn words() -> ConsentWords {
    let mut words = ConsentWords::shipped();
    for written in ["subscribe", "구독", "訂閱", "suscribirme", "購読", "\\*offers\\*"] {
        words.add_opt_in(1, written).expect("it is an entry");
    }
    words.add_opt_in(2, "뉴스레터").expect("it is an entry");
    words.add(Word::Stop, "광고거부").expect("it is an entry");
    words.add(Word::Stop, "🛑").expect("it is an entry");
    words
}

fn assert_heard(words: &ConsentWords, table: &[(&str, Heard)]) {
    for (text, expected) in table {
        assert_eq!(words.heard(&normal(text)), *expected, "{text}");
    }
}

#[test]
fn the_whole_message_is_the_word() {
    assert_heard(
        &words(),
        &[
            ("Stop", STOP),
            ("ＳＴＯＰ", STOP),
            ("st\u{200b}op", STOP),
            ("광고 거부", STOP),
            ("🛑🛑", NOTHING),
            (" 🛑 ", STOP),
            ("no thanks", NO),
            ("yes", YES),
            ("subscribe", OFFERS),
            ("*OFFERS*", OFFERS),
            ("뉴스레터", NEWS),
            ("그만 보내", NEAR),
            ("그만보내", NEAR),
            ("수신 거 부", STOP),
            ("bus stop", NOTHING),
            ("unsubscribed", NOTHING),
            ("nonstop", NOTHING),
            ("stop 4411", NOTHING),
            ("", NOTHING),
            ("👍", NOTHING),
            ("ㅋㅋㅋ", NOTHING),
        ],
    );
}

#[test]
fn courtesies_stand_around_every_word_and_requests_around_deeds() {
    assert_heard(
        &words(),
        &[
            ("STOP please", STOP),
            ("please STOP, thank you", STOP),
            ("stop부탁드립니다", STOP),
            ("Hello! I would like to unsubscribe now, please. Thanks", STOP),
            ("welcome", NOTHING),
            ("subscribe me", OFFERS),
            ("I want to subscribe", OFFERS),
            ("구독할게요", OFFERS),
            ("구독 신청합니다", OFFERS),
            ("구독하고 싶어요!", OFFERS),
            ("뉴스레터 신청해요", NEWS),
            ("我要訂閱", OFFERS),
            ("quiero suscribirme, por favor", OFFERS),
            ("購読お願いします", OFFERS),
            ("yes thank you", YES),
            ("yes now", NOTHING),
            ("i want yes", NOTHING),
            ("네 좀", NOTHING),
            ("네요", NOTHING),
            ("好吧", YES),
            ("是吧", NOTHING),
            ("對吧", NOTHING),
            ("please", NOTHING),
            ("thanks, please", NOTHING),
            ("please me", NOTHING),
            ("해주세요", NOTHING),
        ],
    );
}

#[test]
fn an_end_of_a_subscription_is_no_beginning_of_one() {
    assert_heard(
        &words(),
        &[
            ("구독 취소해주세요", STOP),
            ("구독을 취소해 주세요", STOP),
            ("구독 신청 취소해주세요", STOP),
            ("取消訂閱", STOP),
            ("我要取消訂閱", STOP),
            ("購読を解除してください", STOP),
            ("I don't want to subscribe", NOTHING),
            ("구독 안 할게요", NOTHING),
            ("구독하지 마세요", NOTHING),
            ("不訂閱", NOTHING),
            ("我不想訂閱", NOTHING),
            ("no quiero suscribirme", NOTHING),
            ("購読しません", NOTHING),
            ("yes but not now", NOTHING),
            ("네이버에서 봤어요", NOTHING),
            ("不好", NO),
        ],
    );
}

#[test]
fn several_words_have_to_agree_and_a_stop_among_them_holds() {
    assert_heard(
        &words(),
        &[
            ("stop stop stop", STOP),
            ("STOP!STOP!STOP!", STOP),
            ("stopstop", NOTHING),
            ("네네네네", YES),
            ("好好好", YES),
            ("yes yes please", YES),
            ("no no no", NO),
            ("No thanks. Unsubscribe me.", STOP),
            ("yes, stop", STOP),
            ("stop. please stop sending", STOP),
            ("no stop", NEAR),
            ("不要退訂", NOTHING),
            ("yes, no", NOTHING),
            ("yes, no, yes", NOTHING),
            ("no. yes.", NOTHING),
            ("no, subscribe", NOTHING),
            ("Yes, subscribe!", Heard { word: Some(Word::Yes), opt_in: Some(1) }),
            ("구독, 뉴스레터", NOTHING),
            ("네 구독할게요", Heard { word: Some(Word::Yes), opt_in: Some(1) }),
            ("yes of course subscribe me", Heard { word: Some(Word::Yes), opt_in: Some(1) }),
            ("yes yes subscribe", Heard { word: Some(Word::Yes), opt_in: Some(1) }),
            ("ok stop", STOP),
            ("yes no", NOTHING),
            ("no yes", NOTHING),
            ("no subscribe", NOTHING),
            ("不要 退訂", NOTHING),
            ("네 구독 안 할게요", NOTHING),
            ("ok i don't want to subscribe", NOTHING),
            ("yes, but not now", NOTHING),
            ("stop, what is this", NOTHING),
            ("hello. no. thanks.", NO),
        ],
    );
}

#[test]
fn a_question_and_a_sign_of_refusal_grant_nothing() {
    assert_heard(
        &words(),
        &[
            ("stop?", NEAR),
            ("¿baja?", NEAR),
            ("how do I unsubscribe?", NEAR),
            ("yes?", NOTHING),
            ("네?", NOTHING),
            ("はい？", NOTHING),
            ("no?", NOTHING),
            ("구독?", NOTHING),
            ("subscribe, yes?", NOTHING),
            ("구독 ❌", NOTHING),
            ("yes 👎🏽", NOTHING),
            ("no 🙅‍♀️", NO),
            ("stop 🚫", STOP),
            ("yes 👍", YES),
        ],
    );
}

#[test]
fn of_two_meanings_the_weightier_holds() {
    let mut words = words();
    for written in ["stop", "그만 보내", "no", "yes", "subscribe", "unsubscribe me"] {
        words.add_opt_in(3, written).expect("it is an entry");
    }
    words.add(Word::Yes, "unsubscribe").expect("it is an entry");
    words.add(Word::Stop, "yes please").expect("it is an entry");
    assert_heard(
        &words,
        &[
            ("stop", STOP),
            ("그만 보내", NEAR),
            ("no", NO),
            ("subscribe", OFFERS),
            ("unsubscribe", STOP),
            ("unsubscribe me", STOP),
            ("yes", Heard { word: Some(Word::Yes), opt_in: Some(3) }),
            ("yes please", STOP),
        ],
    );
}

#[test]
fn what_is_no_entry_is_refused() {
    let mut words = ConsentWords::shipped();
    assert!(words.add(Word::Stop, "").is_err());
    assert!(words.add(Word::Stop, "stop*").is_err());
    assert!(words.add_opt_in(0, "sub…scribe").is_err());
}

#[test]
fn long_messages_are_no_words() {
    let words = words();
    assert_eq!(words.heard(&normal(&"stop ".repeat(8))), STOP);
    assert_eq!(words.heard(&normal(&"please ".repeat(500))), NOTHING);
    assert_eq!(words.heard(&format!("stop{}", "!".repeat(2_000))), NOTHING);
}

/// Words of the other lists reach the rules: `그만` cancels what was begun, it does not opt out.
#[test]
fn other_lists_are_no_words_of_consent() {
    let words = words();
    for name in ["cancel", "agent", "menu", "thanks", "hello"] {
        for (_, entry) in lists::entries(lists::shipped(name).expect("it is shipped")) {
            let heard = words.heard(&normal(entry));
            let is_no = name == "cancel" && heard == NO;
            assert!(heard == NOTHING || is_no, "@{name}: {entry}: {heard:?}");
        }
    }
}

#[test]
fn every_shipped_word_is_heard_as_what_it_is() {
    let words = ConsentWords::shipped();
    let list = |name| lists::shipped(name).expect("it is shipped");
    for (text, expected) in
        [(list("stop"), STOP), (NEAR_STOP, NEAR), (list("no"), NO), (list("yes"), YES)]
    {
        assert!(lists::entries(text).count() > 100);
        let heard = lists::entries(text).map(|(_, entry)| (entry, words.heard(&normal(entry))));
        let other: Vec<_> = heard.filter(|(_, heard)| *heard != expected).collect();
        assert!(other.is_empty(), "heard as something else than {expected:?}: {other:?}");
    }
}

/// However a refusal or a stop is put together with opt-in words, yes and courtesies.
#[test]
fn nothing_made_with_a_refusal_grants() {
    let words = words();
    let list = |name| lists::shipped(name).expect("it is shipped");
    let against = [list("stop"), NEAR_STOP, list("no")];
    let mut looked = 0;
    for (_, entry) in against.into_iter().flat_map(lists::entries) {
        for other in ["subscribe", "구독", "訂閱", "suscribirme", "購読", "yes", "네", "好", "はい"]
        {
            for made in [
                format!("{entry} {other}"),
                format!("{other} {entry}"),
                format!("{entry}, {other}"),
                format!("{other}. {entry}! please"),
                format!("{other}, {entry}, {other}"),
                format!("請 {entry} {other} 부탁드립니다"),
            ] {
                let heard = words.heard(&normal(&made));
                let grants = heard.word == Some(Word::Yes) || heard.opt_in.is_some();
                assert!(!grants, "{made}: {heard:?}");
                looked += 1;
            }
        }
    }
    assert!(looked > 20_000, "{looked}");
}
