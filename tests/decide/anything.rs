//! Whatever customers do, in whatever order: what is decided can be sent, stored and told again.

use super::talk::{Talk, contents, rules_with};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use usherd::decide::Decision;
use usherd::limits;
use usherd::model::{Content, Effect, Frame, MessageKind, TimerChange, TimerKind, Timestamp};
use usherd::rules::Ruleset;

const SHOP: &str = r#"
[language]
default = "en"
[fields]
note = { type = "text" }
[greeting]
text = "Welcome, {{ contact.name | default('you') }}."
buttons = [{ id = "g-hi", title = "Hi" }]
[[template]]
id = "ready"
category = "utility"
languages = ["en", "ko"]
params = ["note"]
[[reply]]
id = "menu"
words = ["menu"]
text.en = "Which?"
text.ko = "무엇을요?"
choices = [
  { id = "m-note", title.en = "Note", title.ko = "메모", words = ["notice"], go = "ask" },
  { id = "m-size", title = "Size", go = "size" },
  { id = "m-long", title = "{{ contact.fields.note | default('Short') }}", go = "said" },
  { id = "m-menu", title = "Again", go = "menu" },
]
numbered = true
[[reply]]
id = "ask"
words = ["ask"]
text = "Your note?"
expect = "10m"
follow_up = [
  { after = "3m", text = "{{ contact.fields.note }}?", choices = [{ id = "m-menu", title = "Menu", go = "menu" }] },
  { after = "1h", messages = ["Still there?", "Hello?"] },
  { after = "1d", template = "ready", params = { note = "still" } },
]
[[reply]]
id = "asked"
after = "ask"
take = { note = "rest" }
text = "{{ match.note | default('nothing') }}"
set = { note = "{{ match.note | default('nothing') }}" }
none = ["menu", "size", "hello"]
[[reply]]
id = "size"
words = ["size"]
text = "Which size?"
choices = [{ id = "s-small", title = "Small", go = "said" }, { id = "s-large", title = "Cancel", go = "said" }]
numbered = true
expect = "5m"
[[reply]]
id = "size-unclear"
after = "size"
go = "size"
ask_again = 2
[[reply]]
id = "hello"
words = ["hello"]
follow_up = [{ after = "1h", text = "Anything else?" }]
variants = [{ weight = 2, text = "Hello." }, { text = "Hi.", buttons = [{ id = "g-hi", title = "Hi" }] }]
cooldown = { every = "30m", then = "next" }
react = "👋"
[[reply]]
id = "hi"
payload = ["g-hi"]
text = "Hi {{ message.payload }}."
cooldown = { every = "30m", then = { text = "Hi again." } }
[[reply]]
id = "said"
words = ["said", "note"]
text = "{{ contact.fields.note }}"
cases = [
  { when = "contact.messages > 3 && contact.messages < 6", go = "hello" },
  { when = "message.payload == \"s-large\"", script = "texts" },
  { when = "message.kind == \"image\"", template = "ready", params = { note = "{{ contact.fields.note }}" } },
]
kind = ["text", "image", "button"]
outside_window = { template = "ready", params = { note = "x" } }
cooldown = "2m"
[[reply]]
id = "many"
words = ["many"]
messages = ["1", "2", "3", "4", "5", "6", "7", "8", { text = "9", buttons = [{ id = "g-hi", title = "Hi" }] }]
react = "👍"
[[reply]]
id = "picture"
kind = "image"
go = "said"
[[form]]
id = "booking"
words = ["book"]
text = "Gladly."
tries = 1
confirm = "{{ form.day }}?"
done = { go = "hello" }
emit = "booked"
[[form.ask]]
name = "cut"
text = "Which?"
choices = [{ id = "f-cut", title = "Cut" }, { id = "f-wash", title = "Cancel" }]
[[form.ask]]
name = "day"
text = "When?"
accept = "date"
[[form.ask]]
field = "note"
text = "{{ form.day }}: anything else?"
[[form.ask]]
name = "sure"
text = "Sure?"
accept = "yes_no"
[[fallback]]
misses = 1
text = "Sorry?"
choices = [{ id = "f-menu", title = "Menu", go = "menu" }]
[[fallback]]
misses = 3
go = "menu"
"#;

const SCRIPT: &str = r#"fn texts() { [`${contact.fields.note}`, "", "two"] }"#;

/// The rules, as they are and after a reload that took much of them away.
static RULES: LazyLock<[Arc<Ruleset>; 2]> = LazyLock::new(|| {
    let less = SHOP.split("[[reply]]\nid = \"ask\"").next().unwrap_or_default();
    let less = less
        .replace("go = \"ask\"", "go = \"menu\"")
        .replace("go = \"size\"", "go = \"menu\"")
        .replace("go = \"said\"", "go = \"menu\"")
        .replace("buttons = [{ id = \"g-hi\", title = \"Hi\" }]\n", "");
    [
        rules_with(&[("shop.toml", SHOP), ("texts.rhai", SCRIPT)]),
        rules_with(&[("shop.toml", &less)]),
    ]
});

#[derive(Debug, Clone)]
enum Act {
    Say(String),
    Tap(&'static str),
    Send(MessageKind),
    Wait(u64),
    /// What waits rings, so many seconds late.
    Ring(u64),
    Reload(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let words = [
        "menu",
        "ask",
        "note it down",
        "size",
        "hello",
        "said",
        "many",
        "cancel",
        "1",
        "2",
        "②",
        "3번이요",
        "第4個",
        "Small",
        "4. again",
        "notice",
        "메모",
        "메뉴",
        "blah",
        "size note hello",
        "book",
        "Cut",
        "2026-10-05",
        "yes",
        "no",
        "",
        "a note that is much too long for the title of a row of any list",
    ];
    let ids = [
        "m-note",
        "m-size",
        "m-long",
        "m-menu",
        "s-small",
        "s-large",
        "g-hi",
        "f-menu",
        "f-cut",
        "f-wash",
        "form.booking.sure.no",
        "form.booking.confirm.yes",
        "x",
    ];
    let kinds = vec![MessageKind::Image, MessageKind::Reaction, MessageKind::Location];
    let act = prop_oneof![
        6 => proptest::sample::select(words.to_vec()).prop_map(|text| Act::Say(text.to_owned())),
        1 => any::<String>().prop_map(Act::Say),
        3 => proptest::sample::select(ids.to_vec()).prop_map(Act::Tap),
        1 => proptest::sample::select(kinds).prop_map(Act::Send),
        2 => proptest::sample::select(vec![1, 200, 400, 3_600, 90_000]).prop_map(Act::Wait),
        3 => proptest::sample::select(vec![0, 0, 90_000]).prop_map(Act::Ring),
        1 => (0..2_usize).prop_map(Act::Reload),
    ];
    proptest::collection::vec(act, 1..25)
}

/// What WhatsApp takes, and what the guards and the state hold themselves to.
fn is_sound(talk: &Talk, decision: &Decision, rings: bool) {
    assert!(decision.effects.len() <= limits::SENDS_PER_DECISION_MAX);
    for (place, effect) in decision.effects.iter().enumerate() {
        let Effect::Send { answers, content, guards, .. } = effect else { continue };
        let answers_somebody = place == 0 && !rings;
        assert_eq!(answers.is_some(), answers_somebody, "the first marks it read");
        assert_eq!(guards.window_open, !matches!(content, Content::Template { .. }));
    }
    contents(decision).iter().for_each(is_sendable);
    let conversation = &talk.state.conversation;
    assert!(conversation.cooldowns.len() <= limits::COOLDOWNS_PER_CONVERSATION_MAX);
    let asking = conversation.question.as_ref().map(|question| question.rule.as_str());
    let of_form = asking.is_some_and(|rule| rule.starts_with("form.booking."));
    assert_eq!(conversation.form.is_some(), of_form, "a form is open as long as it asks");
    for emitted in &decision.emitted {
        assert_eq!(emitted.data.len(), 4, "an event carries every answer");
    }
    if let (Some(menu), Some(question)) = (&conversation.menu, &conversation.question) {
        let offered = decision.changes.iter().any(|change| {
            matches!(change, usherd::model::Change::Asked(asked) if asked.asked_again == 0)
        });
        assert!(!offered || menu.rule == question.rule, "a question closes older menus");
    }
}

fn is_sendable(content: &Content) {
    let within = |text: &str, most: usize| {
        let units = text.encode_utf16().count();
        assert!(!text.trim().is_empty() && units <= most, "{units} of {most}: {text:?}");
    };
    let unique = |ids: Vec<&str>| {
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    };
    let framed = |frame: &Frame| within(&frame.body, limits::INTERACTIVE_BODY_UTF16_MAX);
    match content {
        Content::Text { body } => within(body, limits::TEXT_BODY_UTF16_MAX),
        Content::Buttons { frame, buttons } => {
            framed(frame);
            assert!((1..=limits::BUTTONS_MAX).contains(&buttons.len()));
            buttons.iter().for_each(|b| within(&b.title, limits::BUTTON_TITLE_UTF16_MAX));
            unique(buttons.iter().map(|button| button.id.as_str()).collect());
        }
        Content::List { frame, button, sections } => {
            framed(frame);
            within(button, limits::LIST_BUTTON_UTF16_MAX);
            let rows: Vec<_> = sections.iter().flat_map(|section| &section.rows).collect();
            assert!((1..=limits::ROWS_MAX).contains(&rows.len()));
            rows.iter().for_each(|row| within(&row.title, limits::ROW_TITLE_UTF16_MAX));
            unique(rows.iter().map(|row| row.id.as_str()).collect());
        }
        Content::Template { params, .. } => {
            for param in params {
                within(&param.text, limits::TEMPLATE_PARAMS_UTF16_MAX);
                assert!(!param.text.contains(['\n', '\t']));
            }
        }
        Content::Media(_) | Content::Location { .. } | Content::Reaction { .. } => {}
    }
}

/// The timer of the follow-up is set exactly while a step waits, for the time of that step, and only
/// one whose time has come is said.
fn is_followed_up(talk: &Talk, timer: &mut Option<Timestamp>, decision: &Decision) {
    for change in &decision.timers {
        *timer = match change {
            TimerChange::Set(timer) => Some(timer.at),
            TimerChange::Clear(_) => None,
        };
    }
    let waits = talk.state.conversation.follow_up.as_ref().map(|waiting| waiting.at);
    assert_eq!(*timer, waits, "what waits has a timer, and nothing else");
    assert!(waits.is_none_or(|at| at > talk.at), "it is ahead");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_happens_is_decided_soundly(acts in acts()) {
        let mut talk = Talk::new(RULES[0].clone());
        let mut timer = None;
        for act in acts {
            let rings = matches!(act, Act::Ring(_));
            let decision = match act {
                Act::Say(text) => talk.hear(&text),
                Act::Tap(id) => talk.tap(id, "A title"),
                Act::Send(kind) => talk.send(kind),
                Act::Wait(seconds) => {
                    // What is due in that time rings in it.
                    let until = talk.at.plus(Duration::from_secs(seconds));
                    talk.at = timer.map_or(until, |due: Timestamp| until.min(Timestamp(due.0 - 1)));
                    continue
                }
                Act::Ring(late) => {
                    let Some(due) = timer else { continue };
                    talk.at = due.plus(Duration::from_secs(late));
                    talk.ring(TimerKind::FollowUp, due)
                }
                Act::Reload(to) => { talk.rules = RULES[to].clone(); continue }
            };
            is_sound(&talk, &decision, rings);
            is_followed_up(&talk, &mut timer, &decision);
        }
    }
}
