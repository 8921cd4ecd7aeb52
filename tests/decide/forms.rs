//! Forms: five answers, wrong ones, a digression, a cancel, and what comes of them.

use super::talk::{Talk, counted, rules, texts, verdict};
use std::time::Duration;
use usherd::model::{Change, Closing, Emitted, EventKind, MessageKind, Raw};

const BOOKING: &str = r#"
[language]
default = "en"

[fields]
phone = { type = "text" }
guests = { type = "number" }

[[form]]
id      = "booking"
words   = ["book", "예약"]
text    = "Gladly."
examples = ["I want to book a table"]
expect  = "1h"
tries   = 2
cancel  = "Nothing booked on {{ form.day | default('no day') }}."
failed  = "Please call us."
confirm = "{{ form.service }} on {{ form.day }}, {{ form.guests }} guests?"
done    = "Booked: {{ form.service }}, {{ form.day }}, {{ form.phone }}."
emit    = "booking.requested"
tags    = ["booked"]
set     = { phone = "{{ form.phone }}" }

[[form.ask]]
name    = "service"
text    = "Which service?"
choices = [
  { id = "cut", title = "Cut", words = ["haircut"] },
  { id = "colour", title = "Colour" },
]

[[form.ask]]
name   = "day"
text   = "Which day?"
accept = "date"
wrong  = "A day, please."

[[form.ask]]
field = "guests"
text  = "How many?"

[[form.ask]]
field  = "phone"
text   = "Your phone for {{ form.service }}?"
accept = "digits 6-12"

[[form.ask]]
name   = "parking"
text   = "Parking?"
accept = "yes_no"

[[reply]]
id    = "prices"
words = ["price"]
text  = "From 20."

[[reply]]
id    = "menu"
words = ["menu"]
text  = "What?"
choices = [{ id = "go-book", title = "Book", go = "form:booking" }]

[[reply]]
id   = "turns"
words = ["turns"]
text = "{{ session.turns }}"

[[fallback]]
misses = 1
text = "Sorry?"
"#;

fn talk() -> Talk {
    Talk::new(rules(BOOKING))
}

/// Says everything up to the confirmation.
fn answered() -> Talk {
    let mut talk = talk();
    for said in ["book", "haircut", "2026-10-05", "4", "0912345678", "yes"] {
        talk.hear(said);
    }
    talk
}

#[test]
fn five_answers_end_with_one_event_that_carries_all_of_them() {
    let mut talk = talk();
    let expected = [
        (
            "I want to book a table",
            "form.booking.service",
            vec!["Gladly.", "Which service? [Cut] [Colour]"],
        ),
        ("haircut", "form.booking.day", vec!["Which day?"]),
        ("on 2026-10-05", "form.booking.guests", vec!["How many?"]),
        ("4", "form.booking.phone", vec!["Your phone for cut?"]),
        ("0912345678", "form.booking.parking", vec!["Parking? [Yes] [No]"]),
        ("yes", "form.booking.confirm", vec!["cut on 2026-10-05, 4 guests? [Yes] [No]"]),
        ("Yes", "form.booking.done", vec!["Booked: cut, 2026-10-05, 0912345678."]),
    ];
    let mut last = None;
    for (said, rule, answers) in expected {
        let decision = talk.hear(said);
        assert_eq!(verdict(&decision), rule, "{said}: {:?}", decision.trace);
        assert_eq!(texts(&decision), answers, "{said}");
        last = Some(decision);
    }
    let decision = last.expect("a decision");
    let data = [
        ("service", "cut"),
        ("day", "2026-10-05"),
        ("guests", "4"),
        ("phone", "0912345678"),
        ("parking", "yes"),
    ];
    let data = data.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(decision.emitted, [Emitted { kind: "booking.requested".to_owned(), data }]);
    assert_eq!(counted(&decision, "emitted"), ["booking.requested"]);
    let state = &talk.state;
    assert_eq!(state.contact.fields.get("phone").map(String::as_str), Some("0912345678"));
    assert_eq!(state.contact.fields.get("guests").map(String::as_str), Some("4"));
    assert!(state.contact.tags.contains("booked"));
    assert_eq!((&state.conversation.form, &state.conversation.question), (&None, &None));
    // A finished form ends the session.
    let before = state.conversation.session.clone().expect("a session").ordinal;
    talk.hear("menu");
    assert_eq!(talk.state.conversation.session.clone().expect("a session").ordinal, before + 1);
}

#[test]
fn a_wrong_answer_is_said_to_be_wrong_and_too_many_end_it() {
    let mut talk = talk();
    talk.hear("book");
    // Usher's own words: the question follows with its menu.
    let decision = talk.hear("a moustache");
    assert_eq!(verdict(&decision), "form.booking.service.wrong");
    let said = ["Sorry, I did not understand that.", "Which service? [Cut] [Colour]"];
    assert_eq!(texts(&decision), said);
    assert_eq!(talk.say("Colour").0, "form.booking.day", "the menu still answers");
    for _ in 0..2 {
        assert_eq!(talk.say("someday").1, ["A day, please."]);
    }
    let decision = talk.hear("someday");
    assert_eq!(verdict(&decision), "form.booking.failed");
    assert_eq!(texts(&decision), ["Please call us."]);
    let given_up = |change: &Change| matches!(change, Change::Closed { why: Closing::GivenUp, .. });
    assert!(decision.changes.iter().any(given_up));
    assert!(talk.state.conversation.form.is_none());
    assert_eq!(talk.say("2026-10-05").0, "fallback.1");
    // What is sent instead of said is no answer either; what a field cannot hold neither.
    let mut talk = self::talk();
    talk.hear("book");
    talk.hear("Cut");
    assert_eq!(verdict(&talk.send(MessageKind::Sticker)), "form.booking.day.wrong");
    talk.hear("2026-10-05");
    assert_eq!(talk.say("many").0, "form.booking.guests.wrong");
}

#[test]
fn another_rule_may_answer_in_between_and_the_question_is_put_again() {
    let mut talk = talk();
    talk.hear("book");
    talk.hear("Cut");
    talk.hear("2026-10-05");
    talk.hear("2");
    let (rule, answers) = talk.say("what is the price?");
    assert_eq!(rule, "prices");
    assert_eq!(answers, ["From 20.", "Your phone for cut?"]);
    assert_eq!(talk.say("0912345678").0, "form.booking.parking");
}

#[test]
fn a_form_that_ignores_is_left_only_by_its_own_words() {
    let toml = BOOKING.replace("tries   = 2", "interrupt = \"ignore\"");
    let mut talk = Talk::new(rules(&toml));
    talk.hear("menu");
    talk.hear("book");
    assert_eq!(talk.say("what is the price?").0, "form.booking.service.wrong");
    assert_eq!(
        talk.why("what is the price?", "prices"),
        "the form `booking` is open and lets nothing in"
    );
    talk.hear("Cut");
    assert_eq!(talk.say("cancel").0, "form.booking.cancel");
    assert_eq!(talk.say("what is the price?").0, "prices");
}

#[test]
fn cancelling_says_so_and_forgets_what_was_answered() {
    let mut talk = talk();
    talk.hear("book");
    assert_eq!(talk.say("cancel").1, ["Nothing booked on no day."]);
    talk.hear("book");
    talk.hear("Cut");
    talk.hear("2026-10-05");
    let decision = talk.hear("cancel");
    assert_eq!(verdict(&decision), "form.booking.cancel");
    assert_eq!(texts(&decision), ["Nothing booked on 2026-10-05."]);
    assert!(decision.emitted.is_empty());
    assert!(talk.state.conversation.form.is_none());
    // Entered again, it starts afresh.
    assert_eq!(talk.say("book").0, "form.booking.service");
}

#[test]
fn no_to_the_confirmation_cancels() {
    for no in ["no", "No"] {
        let mut talk = answered();
        let decision = talk.hear(no);
        assert_eq!(verdict(&decision), "form.booking.cancel", "{no}");
        assert!(decision.emitted.is_empty() && talk.state.conversation.form.is_none());
        assert!(!talk.state.contact.fields.contains_key("phone"), "nothing was kept");
    }
    let mut talk = answered();
    assert_eq!(talk.say("perhaps").0, "form.booking.confirm.wrong");
    assert_eq!(talk.say("네").0, "form.booking.done");
}

#[test]
fn what_is_known_is_not_asked_unless_always() {
    let mut talk = answered();
    talk.hear("yes");
    talk.wait(Duration::from_secs(60));
    for said in ["book", "Colour"] {
        talk.hear(said);
    }
    let decision = talk.hear("2026-11-01");
    assert_eq!(verdict(&decision), "form.booking.parking", "guests and phone are known");
    talk.hear("no");
    let decision = talk.hear("yes");
    let data = &decision.emitted.first().expect("an event").data;
    assert_eq!(data.get("phone").map(String::as_str), Some("0912345678"), "it carries all values");
    let toml =
        BOOKING.replace("accept = \"digits 6-12\"", "accept = \"digits 6-12\"\nalways = true");
    let mut asked = Talk::new(rules(&toml));
    asked.state.contact = talk.state.contact.clone();
    for said in ["book", "Colour"] {
        asked.hear(said);
    }
    assert_eq!(asked.say("2026-11-01").0, "form.booking.phone");
}

#[test]
fn a_tap_counts_days_later_and_mends_an_answer_before() {
    let mut talk = talk();
    talk.hear("book");
    talk.wait(Duration::from_secs(5 * 24 * 3600));
    let decision = talk.tap("colour", "Colour");
    assert_eq!(verdict(&decision), "form.booking.day", "it begins with that answer");
    let form = talk.state.conversation.form.clone().expect("a form");
    assert_eq!(form.values.get("service").map(String::as_str), Some("colour"));
    // An older question of the open form: the answer is mended, the question put again.
    let decision = talk.tap("cut", "Cut");
    assert_eq!(verdict(&decision), "form.booking.day");
    let form = talk.state.conversation.form.clone().expect("a form");
    assert_eq!(form.values.get("service").map(String::as_str), Some("cut"));
    // A yes to what is long over books nothing.
    let mut late = answered();
    late.wait(Duration::from_secs(3 * 3600));
    let decision = late.tap("form.booking.confirm.yes", "Yes");
    assert_eq!(verdict(&decision), "form.booking.confirm.late");
    assert!(decision.emitted.is_empty() && late.state.conversation.form.is_none());
}

#[test]
fn a_question_that_vanishes_or_lapses_closes_its_form() {
    let mut talk = talk();
    talk.hear("book");
    talk.rules = rules("[[reply]]\nid = \"a\"\nwords = [\"price\"]\ntext = \"From 20.\"");
    let decision = talk.hear("price");
    assert_eq!(verdict(&decision), "a");
    assert_eq!(counted(&decision, "question_gone"), ["form.booking.service"]);
    assert!(talk.state.conversation.form.is_none());
    let mut talk = self::talk();
    talk.hear("book");
    talk.wait(Duration::from_secs(3600));
    assert_eq!(talk.say("haircut").0, "fallback.1");
    assert!(talk.state.conversation.form.is_none());
}

#[test]
fn answers_do_not_count_as_turns_and_digressions_do() {
    let mut talk = talk();
    talk.hear("menu");
    for said in ["book", "Cut", "someday", "2026-10-05", "what is the price?"] {
        talk.hear(said);
    }
    let turns = talk.state.conversation.session.clone().expect("a session").turns;
    assert_eq!(turns, 3, "`menu`, `book` and the price");
}

#[test]
fn places_pictures_and_free_text_are_answers_too() {
    let toml = r#"
[[form]]
id = "help"
done = { go = "thanks" }
emit = "repair"
[[form.ask]]
name = "what"
text = "What is broken?"
[[form.ask]]
name = "picture"
text = "A picture?"
accept = "image"
[[form.ask]]
name = "place"
text = "Where?"
accept = "location"

[[reply]]
id = "repair"
words = ["repair"]
go = "form:help"

[[reply]]
id = "thanks"
words = ["thanks"]
text = "We are on our way."
"#;
    let mut talk = Talk::new(rules(toml));
    assert_eq!(talk.say("repair").0, "form.help.what");
    assert_eq!(talk.say("My Red Bike ").0, "form.help.picture");
    let send = |talk: &mut Talk, kind, raw: &str| {
        let mut message = talk.message(kind, None);
        message.raw = Some(Raw::copy(raw.as_bytes()));
        let event = talk.event(EventKind::Message(message));
        talk.take(&event)
    };
    let decision = send(&mut talk, MessageKind::Image, r#"{"image":{"id":"77"}}"#);
    assert_eq!(verdict(&decision), "form.help.place");
    let raw = r#"{"location":{"latitude":25.03,"longitude":121.5}}"#;
    let decision = send(&mut talk, MessageKind::Location, raw);
    assert_eq!(verdict(&decision), "thanks");
    let emitted = decision.emitted.first().expect("an event");
    let values: Vec<&str> = emitted.data.values().map(String::as_str).collect();
    assert_eq!(values, ["77", "25.03,121.5", "My Red Bike"]);
}

#[test]
fn a_draft_form_never_opens_and_a_menu_may_lead_to_a_live_one() {
    let mut talk = talk();
    talk.hear("menu");
    assert_eq!(talk.say("Book").0, "form.booking.service");
    let toml = BOOKING
        .replace("id      = \"booking\"", "id = \"booking\"\nstatus = \"draft\"")
        .replace("go = \"form:booking\"", "go = \"prices\"");
    let mut talk = Talk::new(rules(&toml));
    assert_eq!(talk.say("book").0, "fallback.1");
    assert_eq!(talk.why("book", "form.booking"), "draft");
}

/// What would be lost: a form begun by those who never agreed to it, or at night, by a button of
/// months ago.
#[test]
fn a_late_tap_begins_a_form_only_where_its_words_would() {
    let visit = |conditions: &str| {
        format!(
            r#"
[hours.office]
zone = "UTC"
open = ["mon-sun 09:00-10:00"]

[[form]]
id = "visit"
words = ["visit"]
done = "Fine."
{conditions}

[[form.ask]]
name = "place"
text = "Where?"
choices = [{{ id = "inside", title = "Inside" }}, {{ id = "outside", title = "Outside" }}]

[[form.ask]]
name = "seat"
text = "A seat?"
accept = "yes_no"

[[fallback]]
misses = 1
text = "Sorry?"
"#
        )
    };
    for (conditions, begins) in [
        ("", true),
        ("lacks = [\"booked\"]", true),
        ("has = [\"member\"]", false),
        ("hours = \"office\"", false),
        ("when = \"contact.messages > 1000\"", false),
        ("until = \"2020-01-01\"", false),
    ] {
        for (id, title) in [("inside", "Inside"), ("form.visit.seat.yes", "Yes")] {
            let mut talk = Talk::new(rules(&visit(conditions)));
            drop(talk.tap(id, title));
            assert_eq!(talk.state.conversation.form.is_some(), begins, "{conditions} {id}");
            let mut talk = Talk::new(rules(&visit(conditions)));
            drop(talk.hear("visit"));
            assert_eq!(talk.state.conversation.form.is_some(), begins, "{conditions}");
        }
    }
}
