//! What is decided: conversations against small rule sets, by the same function `usher run` calls.

#[path = "decide/anything.rs"]
mod anything;
#[path = "decide/beside.rs"]
mod beside;
#[path = "decide/consent.rs"]
mod consent;
#[path = "decide/emit.rs"]
mod emit;
#[path = "decide/follow_up.rs"]
mod follow_up;
#[path = "decide/forms.rs"]
mod forms;
#[path = "decide/handoff.rs"]
mod handoff;
#[path = "decide/lookup.rs"]
mod lookup;
#[path = "decide/menus.rs"]
mod menus;
#[path = "decide/notify.rs"]
mod notify;
#[path = "decide/speech.rs"]
mod speech;
#[path = "decide/storm.rs"]
mod storm;
#[path = "decide/talk.rs"]
mod talk;
#[path = "decide/untold.rs"]
mod untold;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use talk::{Talk, rules, texts, verdict};
use usherd::decide::{self, check};
use usherd::model::{
    Alias, Change, ConsentAct, Effect, EventKind, MessageKind, Owner, Preference, Recipient,
    Verdict, Wamid,
};
use usherd::rules::{Settings, Sources};

const ORDERS: &str = r#"
[language]
default = "en"

[fields]
last_order = { type = "text" }

[[reply]]
id = "order-status"
words = ["order status", "주문 조회", "訂單查詢"]
text.en = "Which order number?"
text.ko = "주문번호를 알려주세요."
text.zh-TW = "請問訂單編號？"
expect = "15m"

[[reply]]
id = "order-found"
after = "order-status"
take = { order_no = "digits 6-10" }
text = "Order {{ match.order_no }} is on its way."
set = { last_order = "{{ match.order_no }}" }
tags = ["order"]

[[reply]]
id = "order-unclear"
after = "order-status"
text = "6 to 10 digits, please."
ask_again = 2

[[reply]]
id = "hours"
words = ["open", "opening hours"]
text = "We open at ten."

[[fallback]]
misses = 1
text = "I did not understand."

[[fallback]]
misses = 2
text = "Shall I call a colleague?"
"#;

#[test]
fn a_question_is_asked_answered_and_kept() {
    let mut talk = Talk::new(rules(ORDERS));
    assert_eq!(talk.say("order status").1, ["Which order number?"]);
    assert_eq!(
        talk.say("it's 12345678"),
        ("order-found".into(), vec!["Order 12345678 is on its way.".into()])
    );
    assert_eq!(talk.state.contact.fields["last_order"], "12345678");
    assert!(talk.state.contact.tags.contains("order"));
    assert_eq!(talk.state.conversation.question, None);
    assert_eq!(talk.say("87654321").0, "fallback.1", "the question is closed");
}

#[test]
fn an_unclear_answer_is_asked_again_twice_and_then_given_up() {
    let mut talk = Talk::new(rules(ORDERS));
    talk.say("order status");
    assert_eq!(talk.say("hmm").0, "order-unclear");
    assert_eq!(talk.say("what?").0, "order-unclear");
    assert_eq!(talk.say("dunno").0, "fallback.1");
    assert_eq!(talk.state.conversation.question, None);
}

#[test]
fn a_digression_is_answered_and_the_question_put_again() {
    let mut talk = Talk::new(rules(ORDERS));
    talk.say("order status");
    assert_eq!(
        talk.say("when do you open?"),
        ("hours".into(), vec!["We open at ten.".into(), "Which order number?".into()])
    );
    assert_eq!(talk.say("12345678").0, "order-found");
}

#[test]
fn a_question_lapses_and_can_be_cancelled() {
    let mut talk = Talk::new(rules(ORDERS));
    talk.say("order status");
    talk.wait(Duration::from_secs(15 * 60));
    assert_eq!(talk.say("12345678").0, "fallback.1");
    talk.say("order status");
    let decision = talk.hear("cancel");
    assert_eq!(decision.verdict, Verdict::Silent("cancelled".into()));
    assert_eq!(talk.state.conversation.question, None);
}

#[test]
fn a_cancelled_question_is_answered_by_a_rule_for_the_word() {
    let polite = format!(
        "{ORDERS}\n[[reply]]\nid = \"cancelled\"\nwhole = [\"@cancel\"]\ntext = \"Fine.\"\n"
    );
    let mut talk = Talk::new(rules(&polite));
    talk.say("order status");
    assert_eq!(talk.say("취소 ㅠㅠ").0, "cancelled");
    assert_eq!(talk.state.conversation.question, None);
}

#[test]
fn half_a_number_is_no_answer() {
    let mut talk = Talk::new(rules(ORDERS));
    talk.say("order status");
    assert_eq!(talk.say("주문번호는 26-11230015요").0, "order-unclear");
    assert_eq!(talk.say("주문번호는 11230015요").0, "order-found");
}

/// The clock stands at 2026-09-21 14:13 UTC: in Auckland the next day has begun.
#[test]
fn days_are_those_of_the_first_calendar() {
    let day = |zone: &str| {
        let calendar = match zone {
            "" => String::new(),
            zone => format!("[hours.shop]\nzone = \"{zone}\"\nopen = [\"daily 09:00-18:00\"]\n"),
        };
        let rules = rules(&format!(
            "{calendar}[language]\ndefault = \"en\"\n\
             [[reply]]\nid = \"gone\"\nwords = [\"today\"]\nuntil = \"2026-09-21\"\ntext = \"Yes.\"\n\
             [[reply]]\nid = \"day\"\ntake = {{ day = \"date\" }}\ntext = \"{{{{ match.day }}}}\"\n\
             [[fallback]]\nmisses = 1\ntext = \"Pardon?\"\n"
        ));
        let mut talk = Talk::new(rules);
        (talk.say("9월 21일"), talk.say("today").0)
    };
    let (date, today) = day("");
    assert_eq!((date.1, today.as_str()), (vec!["2026-09-21".to_owned()], "gone"));
    let (date, today) = day("Pacific/Auckland");
    assert_eq!((date.1, today.as_str()), (vec!["2027-09-21".to_owned()], "day"));
}

#[test]
fn tomorrow_is_seen_from_where_the_customer_is() {
    let rules = || {
        rules(
            "[language]\ndefault = \"en\"\n\
             [[reply]]\nid = \"day\"\ntake = { day = \"date from today\" }\ntext = \"{{ match.day }}\"\n\
             [[fallback]]\nmisses = 1\ntext = \"Pardon?\"\n",
        )
    };
    for (zone, said, expected) in [
        (None, "tomorrow", "2026-09-22"),
        (Some("Pacific/Auckland"), "tomorrow", "2026-09-23"),
        (Some("Pacific/Auckland"), "2026-09-21", "Pardon?"),
        (None, "2026-09-21", "2026-09-21"),
    ] {
        let mut talk = Talk::new(rules());
        talk.state.contact.zone = zone.map(str::to_owned);
        assert_eq!(talk.say(said).1, [expected], "{zone:?} {said}");
    }
}

#[test]
fn a_question_whose_rule_is_gone_is_closed() {
    let mut talk = Talk::new(rules(ORDERS));
    talk.say("order status");
    talk.rules = rules("[[reply]]\nid = \"hours\"\nwords = [\"open\"]\ntext = \"At ten.\"\n");
    let decision = talk.hear("open?");
    assert_eq!(texts(&decision), ["At ten."]);
    assert!(decision.trace.notes.iter().any(|note| note.starts_with("question_gone")));
}

#[test]
fn every_customer_is_answered_in_their_language() {
    for (text, answer) in [
        ("주문조회 부탁드려요", "주문번호를 알려주세요."),
        ("我要訂單查詢", "請問訂單編號？"),
        ("ORDER STATUS!!", "Which order number?"),
    ] {
        assert_eq!(Talk::new(rules(ORDERS)).say(text).1, [answer], "{text}");
    }
}

#[test]
fn a_short_word_follows_the_language_of_the_conversation() {
    let toml = format!(
        "{ORDERS}\n[[reply]]\nid = \"ok\"\nwhole = [\"ok\"]\ntext.en = \"Fine.\"\ntext.ko = \"좋아요.\"\n"
    );
    let mut talk = Talk::new(rules(&toml));
    talk.say("주문 조회");
    assert_eq!(talk.say("ok").1[0], "좋아요.");
}

#[test]
fn misses_count_up_within_a_session_and_an_answer_clears_them() {
    let mut talk = Talk::new(rules(ORDERS));
    assert_eq!(talk.say("blah").0, "fallback.1");
    assert_eq!(talk.say("blah").0, "fallback.2");
    assert_eq!(talk.say("blah").0, "fallback.2");
    talk.say("open?");
    assert_eq!(talk.say("blah").0, "fallback.1");
    talk.say("blah");
    talk.wait(Duration::from_secs(24 * 3600));
    assert_eq!(talk.say("blah").0, "fallback.1", "a new session");
    assert_eq!(
        talk.state.conversation.session.as_ref().map(|s| (s.ordinal, s.turns)),
        Some((2, 1))
    );
}

#[test]
fn the_order_of_rules_is_priority_answer_payload_whole_length_place() {
    let toml = r#"
[[reply]]
id = "short"
words = ["order"]
text = "short"
[[reply]]
id = "long"
words = ["order status"]
text = "long"
[[reply]]
id = "whole"
whole = ["my order status"]
text = "whole"
[[reply]]
id = "summed"
words = ["order"]
all = ["please", "quickly"]
text = "summed"
[[reply]]
id = "urgent"
words = ["urgent"]
priority = 5
text = "urgent"
[[reply]]
id = "twin-a"
words = ["twin"]
text = "a"
[[reply]]
id = "twin-b"
words = ["twin"]
text = "b"
"#;
    let rules = rules(toml);
    for (text, winner, because) in [
        ("order?", "short", None),
        ("an order status", "long", Some("longer entry (12 over 5 characters)")),
        ("My order status!", "whole", Some("`whole` goes before other words")),
        ("order status quickly please", "summed", Some("longer entry (18 over 12 characters)")),
        ("urgent order status", "urgent", Some("priority 5 over 0")),
        ("twin", "twin-a", Some("it stands first (shop.toml:")),
    ] {
        let decision = Talk::new(rules.clone()).hear(text);
        assert_eq!(verdict(&decision), winner, "{text}");
        let told: Vec<String> =
            decision.trace.candidates.iter().map(|c| c.reason.to_string()).collect();
        if let Some(because) = because {
            assert!(told.iter().any(|reason| reason.contains(because)), "{text}: {told:?}");
        }
    }
}

#[test]
fn conditions_are_judged_and_named() {
    let toml = r#"
[fields]
city = { type = "text" }
[[reply]]
id = "vip"
words = ["sale"]
has = ["vip"]
text = "vip"
[[reply]]
id = "returns"
words = ["배송"]
none = ["반품"]
text = "delivery"
[[reply]]
id = "written"
words = ["draft"]
status = "draft"
text = "draft"
[[reply]]
id = "second"
words = ["second"]
when = "session.turns > 1"
text = "second"
[[reply]]
id = "first"
words = ["first"]
new = true
text = "first"
[[reply]]
id = "photo"
kind = "image"
text = "nice photo"
[[reply]]
id = "tagger"
words = ["sale"]
also = true
tags = ["asked-sale"]
"#;
    let rules = rules(toml);
    let reason = |talk: &mut Talk, text: &str, rule: &str| {
        let message = talk.message(MessageKind::Text, Some(text));
        let event = talk.event(EventKind::Message(message));
        let explained = decide::explain(&talk.rules, &talk.state, &event);
        talk.take(&event);
        explained.rules.into_iter().find(|e| e.rule.as_str() == rule).expect("every rule").reason
    };
    let mut talk = Talk::new(rules.clone());
    assert_eq!(reason(&mut talk, "sale", "vip"), "has: the contact has no tag `vip`");
    assert!(talk.state.contact.tags.contains("asked-sale"), "`also` acted without a winner");
    assert_eq!(reason(&mut talk, "반품 배송비", "returns"), "none: matched \"반품\"");
    assert_eq!(reason(&mut talk, "draft", "written"), "draft");
    assert_eq!(
        reason(&mut talk, "재배송", "returns"),
        "\"배송\" stands in it, but a Hangul letter stands right before it"
    );
    assert_eq!(reason(&mut talk, "first", "first"), "new: this is message 5 of the contact");
    assert_eq!(reason(&mut talk, "hello", "photo"), "kind: this is `text`");
    assert_eq!(reason(&mut talk, "hello", "vip"), "none of its words occur");
    assert_eq!(reason(&mut talk, "second", "second"), "won");
    let mut fresh = Talk::new(rules.clone());
    assert_eq!(reason(&mut fresh, "second", "second"), "when was false");
    fresh.state.contact.tags.insert("vip".into());
    assert_eq!(fresh.say("sale").0, "vip");
    let message = fresh.message(MessageKind::Image, None);
    let event = fresh.event(EventKind::Message(message));
    assert_eq!(verdict(&fresh.take(&event)), "photo");
}

#[test]
fn what_never_reaches_rules_is_silent() {
    let rules = rules(ORDERS);
    let group = |talk: &mut Talk| {
        let mut message = talk.message(MessageKind::Text, Some("open?"));
        message.group = Some("g1".into());
        EventKind::Message(message)
    };
    let kind = |kind: MessageKind| {
        move |talk: &mut Talk| EventKind::Message(talk.message(kind.clone(), Some("open?")))
    };
    type Make = Box<dyn Fn(&mut Talk) -> EventKind>;
    let rows: Vec<(Make, Verdict)> = vec![
        (Box::new(group), Verdict::Silent("group".into())),
        (Box::new(kind(MessageKind::System)), Verdict::Recorded),
        (Box::new(kind(MessageKind::Unsupported)), Verdict::Recorded),
        (Box::new(kind(MessageKind::Edit)), Verdict::Recorded),
        (Box::new(kind(MessageKind::Revoke)), Verdict::Recorded),
        (Box::new(kind(MessageKind::Other("hologram".into()))), Verdict::Recorded),
        (Box::new(kind(MessageKind::Reaction)), Verdict::Silent("not_asked_for".into())),
    ];
    for (make, expected) in rows {
        let mut talk = Talk::new(rules.clone());
        let event = make(&mut talk);
        let event = talk.event(event);
        let decision = talk.take(&event);
        assert_eq!(decision.verdict, expected, "{:?}", event.kind);
        assert!(decision.effects.is_empty());
    }
}

#[test]
fn old_messages_are_recorded_and_not_answered() {
    let mut talk = Talk::new(rules(ORDERS));
    let message = talk.message(MessageKind::Text, Some("open?"));
    let mut event = talk.event(EventKind::Message(message));
    event.stated_at = Some(talk.at.minus(Duration::from_secs(6 * 3600 + 1)));
    let decision = talk.take(&event);
    assert_eq!(decision.verdict, Verdict::Silent("too_old".into()));
    assert!(decision.effects.is_empty());
    assert_eq!(talk.state.conversation.window_from, event.stated_at, "WhatsApp's own time");
}

#[test]
fn the_bot_is_silent_while_a_person_owns() {
    let mut talk = Talk::new(rules(ORDERS));
    for owner in [Owner::Waiting { queue: "care".into() }, Owner::Agent { name: "Mei".into() }] {
        talk.state.conversation.owner = owner;
        let decision = talk.hear("open?");
        assert_eq!(decision.verdict, Verdict::Silent("owned".into()));
        assert!(decision.effects.is_empty());
    }
}

#[test]
fn a_new_contact_is_greeted_once_and_nothing_is_swallowed() {
    let toml = format!(
        "{ORDERS}\n[greeting]\ntext = \"Hello, {{{{ contact.name | default('there') }}}}.\"\n"
    );
    let mut talk = Talk::new(rules(&toml));
    assert_eq!(talk.say("open?").1, ["Hello, Ana.", "We open at ten."]);
    assert_eq!(talk.say("open?").1, ["We open at ten."]);
}

#[test]
fn somebody_without_a_phone_is_answered_by_their_own_id() {
    let mut talk = Talk::new(rules(ORDERS));
    talk.aliases = vec![Alias::Bsuid("PT.7301A".into())];
    let decision = talk.hear("open?");
    let Effect::Send { to, answers, .. } = &decision.effects[0] else { panic!("no message") };
    assert_eq!(*to, Recipient::Bsuid("PT.7301A".into()));
    assert_eq!(answers.as_ref().map(Wamid::as_str), Some("wamid.1"));
}

#[test]
fn a_text_with_a_missing_value_is_never_sent_half_filled() {
    let toml = r#"
[fields]
city = { type = "text" }
[[reply]]
id = "city"
words = ["city"]
text = "You live in {{ contact.fields.city }}."
[[fallback]]
misses = 1
text = "Sorry."
"#;
    let mut talk = Talk::new(rules(toml));
    let decision = talk.hear("city");
    assert_eq!(texts(&decision), ["Sorry."]);
    assert!(decision.trace.notes.iter().any(|note| note.contains("text of `city` failed")));
    assert!(decision.tallies.iter().any(|tally| tally.what == "text_failed"));
}

#[test]
fn whatsapps_own_stop_is_kept_apart() {
    let mut talk = Talk::new(rules(ORDERS));
    for stop in [true, false] {
        let event = talk.event(EventKind::Preference(Preference { stop }));
        let decision = talk.take(&event);
        let act = match stop {
            true => ConsentAct::StoppedInWhatsApp,
            false => ConsentAct::ResumedInWhatsApp,
        };
        let noted =
            |change: &Change| matches!(change, Change::Consent { entry, .. } if entry.act == act);
        assert!(decision.changes.iter().any(noted));
        assert_eq!(talk.state.contact.consent.whatsapp_stop, stop);
    }
}

#[test]
fn examples_that_fail_refuse_the_rules_and_say_why() {
    let toml = r#"
[[reply]]
id = "a"
words = ["refund"]
text = "a"
examples = ["I want a refund", "money back"]
not_examples = ["refund policy"]
"#;
    let files = BTreeMap::from([("a.toml".to_owned(), Arc::from(toml.as_bytes()))]);
    let checked = check(&Sources { files, ..Sources::default() }, &Settings::default());
    assert!(checked.ruleset.is_none());
    assert_eq!(checked.examples, 3);
    let codes: Vec<&str> = checked.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["U058", "U059"]);
    assert_eq!(
        (checked.diagnostics[0].places[0].line, checked.diagnostics[1].places[0].line),
        (6, 7)
    );
}

/// Rules, and what is said of the one example of `a` that fails: under the sentence, and as the mend.
const FAILING: [(&str, &str, &str); 8] = [
    (
        "words = [\"가게\"]\nexamples = [\"가게 예약문의요\"]\n[[reply]]\nid = \"b\"\nwords = [\"예약문의\"]\ntext = \"b\"\n",
        "outranked by `b`: longer entry (4 over 2 characters): \"예약문의\" over \"가게\"",
        "write a longer entry here, more words of the sentence together, or `none = [\"가게\"]` in `b`",
    ),
    (
        "words = [\"order\"]\nexamples = [\"order status\"]\n[[reply]]\nid = \"b\"\nwords = [\"order status\"]\ntext = \"b\"\n",
        "outranked by `b`: longer entry (12 over 5 characters): \"order status\" over \"order\"",
        "write a longer entry here, more words of the sentence together",
    ),
    (
        "words = [\"order\"]\nexamples = [\"order a cake\"]\n[[reply]]\nid = \"b\"\npriority = 5\nwords = [\"cake\"]\ntext = \"b\"\n",
        "outranked by `b`: priority 5 over 0: \"cake\" over \"order\"",
        "write `priority = 5` here, or lower that of `b`, or `none = [\"order\"]` in `b`",
    ),
    (
        "words = [\"x1\"]\nnone = [\"cake\"]\nexamples = [\"x1 cake\"]\n",
        "none: matched \"cake\"",
        "take the word out of this rule's `none`, or take the example out",
    ),
    (
        "words = [\"x1\"]\nall = [\"cake\"]\nexamples = [\"x1\"]\n",
        "all: \"cake\" does not occur",
        "take the entry out of `all`, or write it into the example",
    ),
    (
        "whole = [\"thanks\"]\nexamples = [\"thanks a lot\"]\n",
        "the message as a whole is none of this rule's `whole`",
        "add the sentence to `whole`, or write `words` where more may stand around them",
    ),
    (
        "take = { no = \"digits 8-10\" }\nexamples = [\"my order\"]\n",
        "nothing that `take` asks for, `no`, stands in it",
        "write an example that holds it, or change `take`",
    ),
    (
        "words = [\"refund\"]\nnot_examples = [\"refund policy\"]\n[[reply]]\nid = \"b\"\nfrom = \"2027-01-01\"\nwords = [\"policy\"]\ntext = \"b\"\n",
        "this rule wins by \"refund\"",
        "add a word of it to `none`, or make the rule's words longer; `b` has conditions such as hours or dates, so it counts in its own examples only",
    ),
];

#[test]
fn of_an_example_that_fails_the_entries_and_the_mend_are_told() {
    for (rule, label, help) in FAILING {
        let sources = Sources::default()
            .with("a.toml", format!("[[reply]]\nid = \"a\"\ntext = \"a\"\n{rule}"));
        let checked = check(&sources, &Settings::default());
        let [found] = checked.diagnostics.as_slice() else {
            panic!("{rule}: {:#?}", checked.diagnostics)
        };
        assert_eq!(found.places[0].label, label, "{rule}");
        assert_eq!(found.help.as_deref(), Some(help), "{rule}");
    }
}

#[test]
fn a_rule_that_stands_below_another_is_told_to_go_above_it() {
    let sources = Sources::default().with(
        "a.toml",
        "[[reply]]\nid = \"b\"\nwords = [\"open\"]\ntext = \"b\"\n[[reply]]\nid = \"a\"\nwords = [\"shop\"]\nexamples = [\"shop open\"]\ntext = \"a\"\n",
    );
    let checked = check(&sources, &Settings::default());
    let found = &checked.diagnostics[0];
    assert_eq!(
        found.places[0].label,
        "outranked by `b`: it stands first (a.toml:1): \"open\" over \"shop\""
    );
    let help =
        "put this rule above `b`, or write a longer entry here, or `none = [\"shop\"]` in `b`";
    assert_eq!(found.help.as_deref(), Some(help));
}
