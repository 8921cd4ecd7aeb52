//! Menus: what is tapped and what is typed is one answer, as long as the menu is the last one
//! offered; a tap counts for good.

use super::talk::{Talk, contents, counted, rules, texts, verdict};
use std::time::Duration;
use usherd::model::{Change, Closing, Content, MessageKind, Verdict};

const MENU: &str = r#"
[language]
default = "en"

[[reply]]
id = "main-menu"
words = ["menu"]
text.en = "What can we do for you?"
text.ko = "무엇을 도와드릴까요?"
choices = [
  { id = "order", title.en = "Orders", title.ko = "주문", words = ["delivery", "where is it"], go = "order-status" },
  { id = "repair", title.en = "Repairs", title.ko = "수리", words = ["broken"] },
  { id = "open", title.en = "Opening hours", title.ko = "영업시간", go = "hours" },
]
numbered = true

[[reply]]
id = "order-status"
words = ["order status"]
text.en = "Which order?"
text.ko = "주문번호를 알려주세요."

[[reply]]
id = "repairs"
payload = ["repair"]
text.en = "We repair it."
text.ko = "고쳐 드립니다."

[[reply]]
id = "hours"
words = ["open today"]
when = "false"
text.en = "We open at ten."
text.ko = "열 시에 엽니다."

[[reply]]
id = "cities"
words = ["city"]
text.en = "Where?"
text.ko = "어디요?"
choices = [
  { id = "taipei", title = "Taipei", go = "hours" },
  { id = "seoul", title = "Seoul", go = "order-status" },
]
numbered = true

[[reply]]
id = "name"
words = ["register"]
text.en = "Your name?"
text.ko = "성함이요?"

[[reply]]
id = "named"
after = "name"
words = ["ana"]
text.en = "Hello Ana."
text.ko = "안녕하세요."

[[fallback]]
misses = 1
text.en = "Sorry?"
text.ko = "네?"
"#;

fn offered() -> Talk {
    let mut talk = Talk::new(rules(MENU));
    talk.say("menu");
    talk
}

#[test]
fn up_to_three_choices_are_buttons_with_their_numbers() {
    let mut talk = Talk::new(rules(MENU));
    let decision = talk.hear("menu");
    let [Content::Buttons { frame, buttons }] = &contents(&decision)[..] else {
        panic!("{decision:?}")
    };
    assert_eq!(frame.body, "What can we do for you?");
    let shown: Vec<(&str, &str)> =
        buttons.iter().map(|b| (b.id.as_str(), b.title.as_str())).collect();
    assert_eq!(
        shown,
        [("order", "1. Orders"), ("repair", "2. Repairs"), ("open", "3. Opening hours")]
    );
    let menu = talk.state.conversation.menu.as_ref().expect("it is open");
    assert_eq!((menu.rule.as_str(), menu.choices.len(), menu.numbered), ("main-menu", 3, true));
}

#[test]
fn more_choices_are_a_list_that_the_shipped_word_opens() {
    let toml = r#"
[[reply]]
id = "menu"
words = ["menu", "메뉴"]
text = "Which?"
choices = [
  { id = "a", title = "A", description = "the first", go = "said" },
  { id = "b", title = "B", go = "said" },
  { id = "c", title = "C", go = "said" },
  { id = "d", title = "D", go = "said" },
]
[[reply]]
id = "said"
words = ["said"]
text = "{{ message.payload }} {{ message.kind }}"
"#;
    for (text, opens) in [("menu", "Choose"), ("메뉴", "선택하기")] {
        let mut talk = Talk::new(rules(toml));
        let decision = talk.hear(text);
        let [Content::List { button, sections, .. }] = &contents(&decision)[..] else {
            panic!("{decision:?}")
        };
        assert_eq!(button, opens);
        let rows: Vec<(&str, Option<&str>)> = sections[0]
            .rows
            .iter()
            .map(|row| (row.title.as_str(), row.description.as_deref()))
            .collect();
        assert_eq!(rows, [("A", Some("the first")), ("B", None), ("C", None), ("D", None)]);
        assert_eq!(talk.say("2").0, "Fallback(None)", "it is not numbered");
        assert_eq!(talk.say("b"), ("said".into(), vec!["b text".into()]));
        assert_eq!(texts(&talk.tap("c", "C")), ["c button"]);
    }
}

#[test]
fn a_tap_its_number_its_title_and_its_word_are_one_answer() {
    for (text, winner) in [
        ("1", "order-status"),
        ("①", "order-status"),
        ("１번이요", "order-status"),
        ("orders", "order-status"),
        ("1. Orders", "order-status"),
        ("주문!", "order-status"),
        ("how is the delivery going", "order-status"),
        ("where is it?", "order-status"),
        ("2", "repairs"),
        ("②", "repairs"),
        ("2번", "repairs"),
        ("第2個", "repairs"),
        ("Repairs", "repairs"),
        ("it is broken", "repairs"),
        ("3", "hours"),
        ("no. 3", "hours"),
        ("opening hours", "hours"),
        ("4", "fallback.1"),
        ("2 tickets", "fallback.1"),
        ("the orders of mine", "fallback.1"),
        ("broken delivery", "fallback.1"),
        ("city", "cities"),
    ] {
        let decision = offered().hear(text);
        assert_eq!(verdict(&decision), winner, "{text}: {:?}", decision.trace);
    }
    for (id, title, winner) in
        [("order", "1. Orders", "order-status"), ("repair", "2. Repairs", "repairs")]
    {
        let decision = offered().tap(id, title);
        assert_eq!(verdict(&decision), winner);
        assert_eq!(counted(&decision, "chosen"), [format!("main-menu#{id}")]);
        assert_eq!(counted(&decision, "won"), [winner]);
    }
}

#[test]
fn the_trace_says_what_was_chosen() {
    let mut talk = offered();
    assert_eq!(talk.why("2", "repairs"), "won: chosen: `2` of the menu `main-menu`");
    assert_eq!(talk.why("3", "hours"), "won: chosen: `3` of the menu `main-menu`");
    assert_eq!(talk.why("3", "repairs"), "not the id that was tapped (`open`)");
    assert_eq!(
        talk.why("order status, where is it", "order-status"),
        "won: chosen: `order status, where is it` of the menu `main-menu`"
    );
    let decision = talk.hear("city 3");
    assert_eq!(verdict(&decision), "cities");
    let decision = talk.tap("open", "3. Opening hours");
    assert_eq!(
        decision.trace.how,
        ["chosen: `3. Opening hours` of an older menu"],
        "the menu of cities is open now"
    );
    assert_eq!(counted(&decision, "chosen"), ["#open"]);
}

#[test]
fn a_rule_that_a_choice_leads_to_wins_over_all_others() {
    let toml = format!(
        "{MENU}\n[[reply]]\nid = \"urgent\"\nwords = [\"delivery\"]\npriority = 9\ntext = \"!\"\n"
    );
    let mut talk = Talk::new(rules(&toml));
    assert_eq!(talk.say("delivery").0, "urgent", "no menu is open");
    talk.say("menu");
    let decision = talk.hear("delivery");
    assert_eq!(verdict(&decision), "order-status");
    let outranked = decision.trace.candidates.iter().find(|c| c.rule.as_str() == "urgent");
    assert_eq!(
        outranked.map(|c| c.reason.to_string()).as_deref(),
        Some("outranked by `order-status`: the choice `order` leads there")
    );
}

#[test]
fn people_choose_twice_but_only_from_the_menu_offered_last() {
    let mut talk = offered();
    assert_eq!(talk.say("1").0, "order-status");
    assert_eq!(talk.say("3").0, "hours", "it stays open after an answer");
    talk.say("city");
    assert_eq!(talk.say("1").0, "hours");
    assert_eq!(talk.say("repairs").0, "fallback.1");
    assert_eq!(
        talk.why("repairs", "repairs"),
        "its menu is not open: what is typed chooses from the menu offered last"
    );
}

#[test]
fn a_question_that_opens_closes_the_menu_and_its_answers_go_first() {
    let mut talk = offered();
    let decision = talk.hear("register");
    let why = Closing::Replaced;
    assert!(decision.changes.contains(&Change::Withdrawn { rule: "main-menu".into(), why }));
    assert_eq!(talk.say("Ana").0, "named");
    assert_eq!(talk.say("1").0, "fallback.1");
}

#[test]
fn an_open_question_hears_its_answers_before_the_menu_of_a_digression() {
    let toml = r#"
[[reply]]
id = "ask"
words = ["tickets"]
text = "How many?"
[[reply]]
id = "many"
after = "ask"
take = { n = "number" }
text = "{{ match.n }} then."
[[reply]]
id = "unclear"
after = "ask"
text = "A number, please."
ask_again = 2
[[reply]]
id = "menu"
words = ["menu"]
text = "Which?"
choices = [{ id = "a", title = "Apples", go = "apples" }, { id = "b", title = "Bananas", go = "apples" }]
numbered = true
[[reply]]
id = "apples"
words = ["apples"]
text = "Fruit."
"#;
    let mut talk = Talk::new(rules(toml));
    talk.say("tickets");
    assert_eq!(talk.say("menu").1, ["Which? [1. Apples] [2. Bananas]", "How many?"]);
    assert_eq!(
        talk.say("Bananas").1,
        ["Fruit.", "How many?"],
        "no answer of the question's own, so the menu's"
    );
    assert_eq!(talk.say("2"), ("many".into(), vec!["2 then.".into()]));
    assert_eq!(talk.say("2").1, ["Fruit."], "the question is closed, the menu is not");
}

const SIZES: &str = r#"
[[reply]]
id = "size"
words = ["shirt"]
text = "Which size?"
choices = [{ id = "s", title = "Small", go = "sized" }, { id = "l", title = "Large", go = "sized" }]
numbered = true
expect = "10m"
[[reply]]
id = "size-unclear"
after = "size"
go = "size"
ask_again = 2
[[reply]]
id = "sized"
words = ["sized"]
text = "Size {{ message.payload }}."
[[reply]]
id = "price"
words = ["price"]
text = "Ten."
"#;

#[test]
fn a_choice_of_its_own_menu_answers_a_question() {
    for text in ["2", "Large", "2. large"] {
        let mut talk = Talk::new(rules(SIZES));
        talk.say("shirt");
        assert_eq!(talk.say(text), ("sized".into(), vec!["Size l.".into()]), "{text}");
        assert_eq!(talk.state.conversation.question, None);
    }
    let mut talk = Talk::new(rules(SIZES));
    talk.say("shirt");
    assert_eq!(texts(&talk.tap("s", "1. Small")), ["Size s."]);
    assert_eq!(talk.state.conversation.question, None);
}

#[test]
fn a_question_with_a_menu_is_put_again_with_it() {
    let mut talk = Talk::new(rules(SIZES));
    talk.say("shirt");
    assert_eq!(talk.say("price?").1, ["Ten.", "Which size? [1. Small] [2. Large]"]);
    let decision = talk.hear("hm");
    assert_eq!(verdict(&decision), "size");
    assert_eq!(texts(&decision), ["Which size? [1. Small] [2. Large]"]);
    let reasons: Vec<String> =
        decision.trace.candidates.iter().map(|c| format!("{}: {}", c.rule, c.reason)).collect();
    assert_eq!(reasons, ["size: won", "size-unclear: won and went to `size`"]);
    let asked = talk.state.conversation.question.as_ref().map(|question| question.asked_again);
    assert_eq!(asked, Some(1), "it is the same question still");
    assert_eq!(talk.say("what").0, "size");
    assert_eq!(talk.say("nothing").0, "Fallback(None)", "asked twice already");
    assert_eq!(talk.state.conversation.question, None);
}

#[test]
fn an_unclear_answer_gives_the_menu_time_again() {
    let mut talk = Talk::new(rules(SIZES));
    talk.say("shirt");
    talk.wait(Duration::from_secs(9 * 60));
    talk.say("hm");
    talk.wait(Duration::from_secs(9 * 60));
    assert_eq!(talk.say("1").0, "sized");
}

#[test]
fn a_menu_closes_with_its_expect_its_session_and_its_cancelled_question() {
    let mut talk = Talk::new(rules(SIZES));
    talk.say("shirt");
    talk.wait(Duration::from_secs(10 * 60));
    assert_eq!(talk.say("1").0, "Fallback(None)");
    assert_eq!(talk.state.conversation.menu, None);

    let mut talk = offered();
    talk.wait(Duration::from_secs(23 * 3600));
    assert_eq!(talk.say("1").0, "order-status");
    talk.wait(Duration::from_secs(24 * 3600));
    assert_eq!(talk.say("1").0, "fallback.1", "a new session");

    let mut talk = Talk::new(rules(SIZES));
    talk.say("shirt");
    assert_eq!(talk.say("cancel").0, "Silent(\"cancelled\")");
    assert_eq!(talk.state.conversation.menu, None);
}

#[test]
fn a_tap_counts_days_later_and_after_a_reload() {
    let mut talk = offered();
    talk.wait(Duration::from_secs(5 * 24 * 3600));
    assert_eq!(verdict(&talk.tap("order", "1. Orders")), "order-status");
    talk.rules = rules(
        r#"
[[reply]]
id = "new-menu"
words = ["menu"]
text = "?"
choices = [{ id = "order", title = "Parcels", go = "parcels" }]
numbered = true
[[reply]]
id = "parcels"
words = ["parcels"]
text = "Parcels."
[[reply]]
id = "repairs-to-come"
status = "draft"
payload = "repair"
text = "Repairs."
[[reply]]
id = "counts-repairs"
also = true
payload = "repair"
tags = ["repair"]
[[fallback]]
misses = 1
text = "Sorry?"
"#,
    );
    talk.wait(Duration::from_secs(5 * 24 * 3600));
    assert_eq!(verdict(&talk.tap("order", "1. Orders")), "parcels", "today's rules answer");
    let decision = talk.tap("repair", "2. Repairs");
    assert_eq!(verdict(&decision), "fallback.1");
    assert!(decision.trace.notes.iter().any(|note| note.starts_with("unknown_payload")));
    assert_eq!(counted(&decision, "unknown_payload").len(), 1);
}

#[test]
fn what_is_typed_for_a_menu_of_older_rules_is_judged_by_todays() {
    let mut talk = offered();
    talk.rules = rules(&MENU.replace("payload = [\"repair\"]", "words = [\"mend\"]").replace(
        "  { id = \"repair\", title.en = \"Repairs\", title.ko = \"수리\", words = [\"broken\"] },\n",
        "",
    ));
    assert_eq!(talk.say("3").0, "hours", "the number of the menu as it was sent");
    let decision = talk.hear("2");
    assert_eq!(verdict(&decision), "fallback.1");
    assert!(decision.trace.notes.iter().any(|note| note.starts_with("unknown_payload")));
}

#[test]
fn a_quick_reply_of_a_template_is_a_tap() {
    let mut talk = Talk::new(rules(MENU));
    let mut message = talk.message(MessageKind::QuickReply, Some("Repairs"));
    message.payload = Some("repair".to_owned());
    let event = talk.event(usherd::model::EventKind::Message(message));
    assert_eq!(verdict(&talk.take(&event)), "repairs");
}

#[test]
fn only_a_written_message_chooses() {
    let mut talk = offered();
    let message = talk.message(MessageKind::Image, Some("2"));
    let event = talk.event(usherd::model::EventKind::Message(message));
    assert_eq!(verdict(&talk.take(&event)), "fallback.1", "the caption of a picture");
}

#[test]
fn greeting_and_fallback_offer_menus_too() {
    let toml = r#"
[greeting]
text = "Welcome"
buttons = [{ id = "hi", title = "Hi" }]
[[reply]]
id = "greeted"
payload = ["hi"]
text = "Hi."
[[reply]]
id = "one"
words = ["one"]
text = "One."
[[fallback]]
misses = 1
text = "Which?"
choices = [{ id = "f1", title = "First", go = "one" }, { id = "f2", title = "Second", go = "one" }]
numbered = true
[[fallback]]
misses = 2
go = "one"
"#;
    let mut talk = Talk::new(rules(toml));
    assert_eq!(
        talk.say("blah"),
        ("fallback.1".into(), vec!["Welcome [Hi]".into(), "Which? [1. First] [2. Second]".into()])
    );
    let decision = talk.hear("2");
    assert_eq!(verdict(&decision), "one");
    assert_eq!(counted(&decision, "chosen"), ["fallback.1#f2"]);
    talk.say("blah");
    let decision = talk.hear("blah");
    assert_eq!((verdict(&decision), texts(&decision)), ("fallback.2".into(), vec!["One.".into()]));
    assert_eq!(decision.trace.notes, ["`fallback.2`: `go` of `fallback.2`"]);
    assert_eq!(decision.verdict, Verdict::Fallback(Some("fallback.2".into())));
    assert_eq!(verdict(&talk.tap("hi", "Hi")), "greeted");
}

#[test]
fn the_list_a_rule_sends_is_sent_as_written() {
    let toml = r#"
[[reply]]
id = "slots"
words = ["slots"]
text = "When?"
header = "Slots"
footer = "Local time"
[reply.list]
button = "Open"
sections = [
  { title = "Monday", rows = [{ id = "m9", title = "09:00", description = "Room {{ session.turns }}" }] },
  { title = "Tuesday", rows = [{ id = "t9", title = "09:00 Tue" }] },
]
[[reply]]
id = "slot"
payload = ["m9", "t9"]
text = "Booked {{ message.payload }}."
"#;
    let mut talk = Talk::new(rules(toml));
    let decision = talk.hear("slots");
    let [Content::List { frame, button, sections }] = &contents(&decision)[..] else {
        panic!("{decision:?}")
    };
    assert_eq!(frame.header.as_deref(), Some("Slots"));
    assert_eq!(frame.footer.as_deref(), Some("Local time"));
    assert_eq!((button.as_str(), sections.len()), ("Open", 2));
    assert_eq!(sections[0].rows[0].description.as_deref(), Some("Room 1"));
    assert_eq!(talk.state.conversation.menu, None, "only `choices` are typed");
    assert_eq!(texts(&talk.tap("t9", "09:00 Tue")), ["Booked t9."]);
}

#[test]
fn a_choice_called_cancel_is_a_choice() {
    let toml = r#"
[[reply]]
id = "confirm"
words = ["order"]
text = "Sure?"
choices = [{ id = "yes", title = "Yes", go = "ordered" }, { id = "no", title = "Cancel", go = "kept" }]
numbered = true
[[reply]]
id = "confirm-unclear"
after = "confirm"
go = "confirm"
ask_again = 1
[[reply]]
id = "ordered"
words = ["ordered"]
text = "Ordered."
[[reply]]
id = "kept"
words = ["kept"]
text = "Not ordered."
"#;
    let mut talk = Talk::new(rules(toml));
    for _ in 0..2 {
        talk.say("order");
        assert_eq!(talk.say("cancel").1, ["Not ordered."]);
        assert_eq!(talk.state.conversation.question, None);
        talk.say("order");
        assert_eq!(texts(&talk.tap("no", "2. Cancel")), ["Not ordered."]);
        assert_eq!(talk.state.conversation.question, None);
    }
    talk.say("order");
    assert_eq!(talk.say("취소").0, "Silent(\"cancelled\")", "no title of this menu");
}
