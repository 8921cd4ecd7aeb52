//! Whatever customers do, in whatever order: what is decided can be sent, stored and told again.

use super::talk::{Talk, contents, rules_with};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use usherd::decide::Decision;
use usherd::limits;
use usherd::model::{
    AgentAct, Content, Conversation, DeskAct, Echo, Effect, EventKind, Frame, MessageKind, Raw,
    TimerChange, TimerKey, TimerKind, Timestamp,
};
use usherd::rules::Ruleset;

const SHOP: &str = r##"
[language]
default = "en"
[fields]
note = { type = "text" }
[greeting]
text = "Welcome, {{ contact.name | default('you') }}."
buttons = [{ id = "g-hi", title = "Hi" }]
[queue.care]
within = "20s"
escalate = "desk"
return = { idle = "30m" }
give_up = "2h"
back = "Back: {{ contact.fields.note | default('nothing') }}"
[queue.desk]
return = { command = "#end" }
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
  { id = "m-care", title = "A person", go = "queue:care" },
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
[[handoff]]
id = "complaint"
words = ["refund"]
queue = "care"
text = "A colleague comes: {{ contact.fields.note | default('nothing') }}"
tags = ["complained"]
examples = ["refund"]
[[handoff]]
id = "long"
when = "session.turns > 9"
queue = "desk"
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
"##;

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
    Reload(usize),
    /// An agent does this.
    Desk(&'static str, AgentAct),
    /// Somebody types this in the WhatsApp Business app.
    Type(&'static str),
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
        "refund",
        "note refund",
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
        "m-care",
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
        1 => (0..2_usize).prop_map(Act::Reload),
        2 => proptest::sample::select(desk()).prop_map(|(agent, act)| Act::Desk(agent, act)),
        1 => proptest::sample::select(vec!["me here", "#end"]).prop_map(Act::Type),
    ];
    proptest::collection::vec(act, 1..25)
}

fn desk() -> Vec<(&'static str, AgentAct)> {
    let answer = |text: &str| AgentAct::Answer { text: text.to_owned() };
    let acts =
        [AgentAct::Take, AgentAct::Release, AgentAct::Close, answer("Mei here"), answer("#end")];
    ["Mei", "Jun"].iter().flat_map(|agent| acts.clone().map(|act| (*agent, act))).collect()
}

/// What WhatsApp takes, and what the guards and the state hold themselves to.
fn is_sound(talk: &Talk, event: &Happened, decision: &Decision) {
    assert!(decision.effects.len() <= limits::SENDS_PER_DECISION_MAX);
    for (place, effect) in decision.effects.iter().enumerate() {
        let Effect::Send { answers, content, guards, .. } = effect else { continue };
        let first = place == 0 && *event == Happened::Customer;
        assert_eq!(answers.is_some(), first, "the first marks it read");
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

/// The timers that stand in the store.
#[derive(Default)]
struct Standing(BTreeMap<TimerKey, Timestamp>);

impl Standing {
    fn keep(&mut self, decision: &Decision) {
        for change in &decision.timers {
            match change {
                TimerChange::Set(timer) => self.0.insert(timer.key.clone(), timer.at),
                TimerChange::Clear(key) => self.0.remove(key),
            };
        }
    }

    /// Everything that is due rings, the earliest first; each decision is seen.
    fn ring(&mut self, talk: &mut Talk, mut seen: impl FnMut(&Talk, &Standing, &Decision)) {
        for _ in 0..9 {
            let due = self.0.iter().filter(|(_, at)| **at <= talk.at).min_by_key(|(_, at)| **at);
            let Some((key, due)) = due.map(|(key, at)| (key.clone(), *at)) else { return };
            let event = talk.event(EventKind::Timer { key, due });
            let decision = talk.take(&event);
            self.keep(&decision);
            seen(talk, self, &decision);
        }
        let due = self.0.values().any(|at| *at <= talk.at);
        assert!(!due, "a timer rings for ever: {:?}", self.0);
    }
}

/// Who has a conversation, and what follows from it.
fn is_owned_soundly(
    before: &Conversation,
    talk: &Talk,
    standing: &Standing,
    event: &Happened,
    decision: &Decision,
) {
    let Conversation { owner, handoff, question, menu, form, follow_up, .. } =
        &talk.state.conversation;
    let people = !owner.is_bot();
    assert_eq!(people, handoff.is_some(), "people have it, and it is known how");
    let waits = standing.0.keys().filter(|key| key.kind == TimerKind::HandOff).count();
    assert_eq!(waits, usize::from(people), "a hand-off waits for one thing, and nothing else does");
    if people {
        let open = (question, menu, form, follow_up);
        assert!(matches!(open, (None, None, None, None)), "nothing waits beside people: {open:?}");
    }
    for effect in &decision.effects {
        let Effect::Send { guards, .. } = effect else { continue };
        assert!(!(people && guards.bot_owns), "decided and refused at the claim: {effect:?}");
        let hands = people || *event == Happened::Desk;
        assert!(hands || guards.bot_owns, "the bot's own words are guarded: {effect:?}");
    }
    if !before.owner.is_bot() && *event == Happened::Customer {
        assert!(decision.effects.is_empty(), "the bot is silent: {decision:?}");
        assert_eq!(before.owner, *owner, "a customer takes nothing from anybody");
    }
}

/// The timer of the follow-up is set exactly while a step waits, for the time of that step.
fn is_followed_up(talk: &Talk, standing: &Standing) {
    let mut timers = standing.0.iter().filter(|(key, _)| key.kind == TimerKind::FollowUp);
    let timer = timers.next().map(|(_, at)| *at);
    assert!(timers.next().is_none(), "one at most");
    let waits = talk.state.conversation.follow_up.as_ref().map(|waiting| waiting.at);
    assert_eq!(timer, waits, "what waits has a timer, and nothing else");
}

/// By whom it comes.
#[derive(PartialEq)]
enum Happened {
    Customer,
    Desk,
    Timer,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_happens_is_decided_soundly(acts in acts()) {
        let mut talk = Talk::new(RULES[0].clone());
        let mut standing = Standing::default();
        for act in acts {
            let before = talk.state.conversation.clone();
            let (happened, decision) = match act {
                Act::Say(text) => (Happened::Customer, talk.hear(&text)),
                Act::Tap(id) => (Happened::Customer, talk.tap(id, "A title")),
                Act::Send(kind) => (Happened::Customer, talk.send(kind)),
                Act::Desk(agent, act) => {
                    let desk = DeskAct { act, agent: agent.to_owned() };
                    let event = talk.event(EventKind::Desk(desk));
                    (Happened::Desk, talk.take(&event))
                }
                Act::Type(text) => {
                    let echo = Echo { text: Some(text.to_owned()), raw: Raw::copy(b"{}") };
                    let event = talk.event(EventKind::Echo(echo));
                    (Happened::Desk, talk.take(&event))
                }
                Act::Wait(seconds) => {
                    talk.wait(Duration::from_secs(seconds));
                    let mut before = before;
                    standing.ring(&mut talk, |talk, standing, decision| {
                        is_sound(talk, &Happened::Timer, decision);
                        is_owned_soundly(&before, talk, standing, &Happened::Timer, decision);
                        is_followed_up(talk, standing);
                        before = talk.state.conversation.clone();
                    });
                    continue
                }
                Act::Reload(to) => { talk.rules = RULES[to].clone(); continue }
            };
            standing.keep(&decision);
            is_followed_up(&talk, &standing);
            is_sound(&talk, &happened, &decision);
            is_owned_soundly(&before, &talk, &standing, &happened, &decision);
        }
    }
}
