//! Hand-off on a clock of its own: what is handed over, how it waits, how it comes back.
#![expect(clippy::panic, reason = "tests")]

use super::talk::{START, Talk, counted, rules, texts, verdict};
use std::time::Duration;
use usherd::decide::Decision;
use usherd::model::{
    AgentAct, DeskAct, Echo, Effect, EventKind, Owner, Raw, Timer, TimerChange, TimerKind,
    Timestamp, Verdict,
};

const SHOP: &str = r##"
[hours.office]
zone = "UTC"
open = ["mon-sun 09:00-18:00"]

[queue.care]
hours = "office"
within = "20s"
escalate = "supervisors"
closed = "We open {{ hours.office.opens }}."
return = "on_close"
back = "The assistant is back."

[queue.supervisors]
return = { idle = "30m" }

[queue.desk]
return = { command = "#end" }
give_up = "2h"

[[handoff]]
id = "complaint"
words = ["complaint*", "refund*", "환불"]
queue = "care"
text = "I'm connecting you with a colleague."
tags = ["complained"]
examples = ["I want a refund"]
not_examples = ["your refund policy please"]

[[handoff]]
id = "long-conversation"
when = "session.turns > 6"
queue = "care"

[[reply]]
id = "policy"
words = ["refund policy", "환불 규정"]
text = "Within 14 days."

[[reply]]
id = "hours"
words = ["open"]
priority = 9
text = "We open at nine."

[[reply]]
id = "menu"
words = ["menu"]
text = "What is it?"
choices = [{ id = "m-person", title = "A person", go = "queue:desk" }, { id = "m-sad", title = "I am sad", go = "handoff:complaint" }, { id = "m-open", title = "Open", go = "hours" }]

[[reply]]
id = "size"
words = ["size"]
text = "Which one?"

[[reply]]
id = "size-given"
after = "size"
take = { no = "number" }
text = "Fine."

[[fallback]]
misses = 1
text = "Pardon?"

[[fallback]]
misses = 2
go = "queue:supervisors"
"##;

/// The clock stands at 2026-09-21 14:13 UTC.
fn talk() -> Talk {
    Talk::new(rules(SHOP))
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// The one timer of the hand-off that a decision leaves.
fn timer(decision: &Decision) -> Option<Timestamp> {
    match decision.timers.as_slice() {
        [TimerChange::Set(Timer { key, at })] if key.kind == TimerKind::HandOff => Some(*at),
        [TimerChange::Clear(key)] if key.kind == TimerKind::HandOff => None,
        other => panic!("not one timer: {other:?}"),
    }
}

fn ring(talk: &mut Talk, at: Timestamp) -> Decision {
    talk.at = at;
    talk.ring(TimerKind::HandOff, at)
}

fn desk(talk: &mut Talk, agent: &str, act: AgentAct) -> Decision {
    let event = talk.event(EventKind::Desk(DeskAct { act, agent: agent.to_owned() }));
    talk.take(&event)
}

fn echo(talk: &mut Talk, text: &str) -> Decision {
    let echo = Echo { text: Some(text.to_owned()), raw: Raw::copy(b"{}") };
    let event = talk.event(EventKind::Echo(echo));
    talk.take(&event)
}

fn waiting(queue: &str) -> Owner {
    Owner::Waiting { queue: queue.to_owned() }
}

fn agent(name: &str) -> Owner {
    Owner::Agent { name: name.to_owned() }
}

fn guards(decision: &Decision) -> Vec<bool> {
    let owned = |effect: &Effect| match effect {
        Effect::Send { guards, .. } => guards.bot_owns,
        Effect::Call { .. } => panic!("no message"),
    };
    decision.effects.iter().map(owned).collect()
}

#[test]
fn a_complaint_not_taken_in_twenty_seconds_escalates_once() {
    let mut talk = talk();
    let decision = talk.hear("I want a refund!");
    assert_eq!(verdict(&decision), "complaint");
    assert_eq!(texts(&decision), ["I'm connecting you with a colleague."]);
    assert_eq!(guards(&decision), [false], "it is sent though people own the conversation");
    assert_eq!(talk.state.conversation.owner, waiting("care"));
    assert!(talk.state.contact.tags.contains("complained"));
    let due = START.plus(seconds(20));
    assert_eq!(timer(&decision), Some(due));

    let early = ring(&mut talk, START.plus(seconds(19)));
    assert_eq!((timer(&early), &talk.state.conversation.owner), (Some(due), &waiting("care")));
    let decision = ring(&mut talk, due);
    assert_eq!(talk.state.conversation.owner, waiting("supervisors"));
    assert_eq!(counted(&decision, "handoff_escalated"), ["care"]);
    let end = START.plus(seconds(72 * 3600));
    assert_eq!(timer(&decision), Some(end), "nothing but the end is to come");
    let again = ring(&mut talk, due.plus(seconds(1)));
    assert_eq!(counted(&again, "handoff_escalated"), Vec::<String>::new());
    assert_eq!(timer(&again), Some(end));
    let decision = ring(&mut talk, end);
    assert_eq!(
        (counted(&decision, "handoff_given_up"), timer(&decision)),
        (vec!["supervisors".into()], None)
    );
    assert_eq!(talk.state.conversation.owner, Owner::Bot);
    assert_eq!(timer(&ring(&mut talk, end.plus(seconds(1)))), None, "it is over");
}

#[test]
fn at_night_it_is_kept_and_the_clock_starts_at_opening() {
    let mut talk = talk();
    talk.wait(seconds(8 * 3600)); // 22:13
    let decision = talk.hear("refund!");
    let said = ["I'm connecting you with a colleague.", "We open Tuesday 09:00."];
    assert_eq!(texts(&decision), said);
    assert_eq!(guards(&decision), [false, false]);
    let opening = Timestamp(1_790_000_000_000 - 51_200_000 + 32_400_000 + 86_400_000);
    assert_eq!(timer(&decision), Some(opening.plus(seconds(20))));
}

#[test]
fn the_bot_is_silent_until_an_agent_closes_and_then_says_so() {
    let mut talk = talk();
    talk.hear("refund");
    for text in ["open?", "blah", "refund"] {
        talk.wait(seconds(5));
        let decision = talk.hear(text);
        assert_eq!(decision.verdict, Verdict::Silent("owned".into()), "{text}");
        assert!(decision.effects.is_empty());
        assert_eq!(talk.state.conversation.window_from, Some(talk.at));
        assert_eq!(talk.state.conversation.handoff.as_ref().map(|h| h.last_at), Some(talk.at));
        assert_eq!(talk.state.conversation.session.as_ref().map(|s| s.misses), Some(0));
    }
    let taken = desk(&mut talk, "Mei", AgentAct::Take);
    assert_eq!(
        (counted(&taken, "handoff_taken"), &talk.state.conversation.owner),
        (vec!["care".into()], &agent("Mei"))
    );
    for act in
        [AgentAct::Take, AgentAct::Answer { text: "hi".into() }, AgentAct::Release, AgentAct::Close]
    {
        let before = talk.state.conversation.clone();
        let refused = desk(&mut talk, "Jun", act);
        assert_eq!(refused.verdict, Verdict::Silent("held_by_other".into()));
        assert!(refused.effects.is_empty() && refused.timers.is_empty());
        assert_eq!(talk.state.conversation, before);
    }
    let said = desk(&mut talk, "Mei", AgentAct::Answer { text: "Hello, Mei here.".into() });
    assert_eq!((texts(&said), guards(&said)), (vec!["Hello, Mei here.".into()], vec![false]));
    let closed = desk(&mut talk, "Mei", AgentAct::Close);
    assert_eq!((texts(&closed), timer(&closed)), (vec!["The assistant is back.".into()], None));
    assert_eq!(guards(&closed), [true]);
    assert_eq!(
        (&talk.state.conversation.owner, &talk.state.conversation.handoff),
        (&Owner::Bot, &None)
    );
    assert_eq!(talk.say("open?").0, "hours");
    assert_eq!(desk(&mut talk, "Mei", AgentAct::Close).verdict, Verdict::Silent("not_held".into()));
}

#[test]
fn seven_messages_hand_over_and_after_the_close_the_bot_answers() {
    let mut talk = talk();
    for _ in 0..6 {
        assert_eq!(talk.say("open?").0, "hours");
    }
    assert_eq!(talk.say("open?").0, "long-conversation");
    assert_eq!(talk.state.conversation.owner, waiting("care"));
    desk(&mut talk, "Mei", AgentAct::Take);
    desk(&mut talk, "Mei", AgentAct::Close);
    assert_eq!(talk.say("open?").0, "hours");
    assert_eq!(
        talk.state.conversation.session.as_ref().map(|s| (s.ordinal, s.turns)),
        Some((2, 1))
    );
}

#[test]
fn hand_offs_go_before_replies_but_not_before_taps_and_longer_entries() {
    for (text, winner) in [
        ("refund, and when do you open?", "complaint"),
        ("your refund policy?", "policy"),
        ("환불 규정 알려주세요", "policy"),
        ("refund policy? This is a complaint!", "complaint"),
        ("open", "hours"),
    ] {
        assert_eq!(talk().say(text).0, winner, "{text}");
    }
    let mut talk = talk();
    talk.hear("menu");
    assert_eq!(verdict(&talk.tap("m-open", "refund")), "hours");
}

#[test]
fn go_leads_to_queues_and_hand_offs() {
    for (id, winner, queue) in [("m-person", "queue:desk", "desk"), ("m-sad", "complaint", "care")]
    {
        let mut talk = talk();
        talk.hear("menu");
        let decision = talk.tap(id, "x");
        assert_eq!(
            (verdict(&decision).as_str(), &talk.state.conversation.owner),
            (winner, &waiting(queue))
        );
        assert_eq!(talk.state.conversation.menu, None);
    }
    let mut talk = talk();
    assert_eq!(talk.say("blah").0, "fallback.1");
    assert_eq!(talk.say("blah").0, "fallback.2");
    assert_eq!(talk.state.conversation.owner, waiting("supervisors"));
}

#[test]
fn an_open_question_is_closed() {
    let mut talk = talk();
    talk.hear("size");
    assert!(talk.state.conversation.question.is_some());
    talk.hear("refund");
    assert_eq!(talk.state.conversation.question, None);
}

#[test]
fn idle_conversations_come_back() {
    let mut talk = talk();
    talk.hear("blah");
    talk.hear("blah");
    let taken = desk(&mut talk, "Mei", AgentAct::Take);
    assert_eq!(timer(&taken), Some(START.plus(seconds(1800))));
    talk.wait(seconds(600));
    assert_eq!(timer(&talk.hear("hello?")), Some(START.plus(seconds(2400))));
    let early = ring(&mut talk, START.plus(seconds(1800)));
    assert_eq!(timer(&early), Some(START.plus(seconds(2400))));
    let over = ring(&mut talk, START.plus(seconds(2400)));
    assert_eq!(
        (counted(&over, "handoff_returned"), &talk.state.conversation.owner),
        (vec!["supervisors".into()], &Owner::Bot)
    );
}

#[test]
fn a_command_ends_it_also_from_the_app_and_is_not_sent() {
    for from_app in [false, true] {
        let mut talk = talk();
        talk.hear("menu");
        talk.tap("m-person", "A person");
        let ended = if from_app {
            echo(&mut talk, "On my way");
            assert_eq!(talk.state.conversation.owner, agent("WhatsApp Business app"));
            echo(&mut talk, " #end ")
        } else {
            desk(&mut talk, "Mei", AgentAct::Answer { text: "#end".into() })
        };
        assert!(ended.effects.is_empty());
        assert_eq!(talk.state.conversation.owner, Owner::Bot);
    }
}

#[test]
fn whoever_types_in_the_app_owns_the_conversation() {
    let mut talk = talk();
    talk.hear("open?");
    let decision = echo(&mut talk, "It's me");
    assert_eq!(timer(&decision), Some(START.plus(seconds(72 * 3600))));
    assert_eq!(talk.hear("open?").verdict, Verdict::Silent("owned".into()));
    desk(&mut talk, "WhatsApp Business app", AgentAct::Close);
    assert_eq!(talk.say("open?").0, "hours");
    desk(&mut talk, "Mei", AgentAct::Take);
    echo(&mut talk, "me too");
    assert_eq!(talk.state.conversation.owner, agent("Mei"), "she keeps it");
}

#[test]
fn released_it_waits_again_and_unasked_it_is_the_bots() {
    let mut talk = talk();
    talk.hear("refund");
    desk(&mut talk, "Mei", AgentAct::Take);
    talk.wait(seconds(100));
    let released = desk(&mut talk, "Mei", AgentAct::Release);
    assert_eq!(
        (timer(&released), &talk.state.conversation.owner),
        (Some(talk.at.plus(seconds(20))), &waiting("care"))
    );
    assert_eq!(
        desk(&mut talk, "Mei", AgentAct::Release).verdict,
        Verdict::Silent("not_held".into())
    );
    desk(&mut talk, "Mei", AgentAct::Close);
    desk(&mut talk, "Mei", AgentAct::Take);
    desk(&mut talk, "Mei", AgentAct::Release);
    assert_eq!(talk.state.conversation.owner, Owner::Bot);
}

#[test]
fn nobody_answers_outside_the_window() {
    let mut talk = talk();
    talk.hear("refund");
    talk.wait(seconds(24 * 3600));
    let refused = desk(&mut talk, "Mei", AgentAct::Answer { text: "Sorry!".into() });
    assert_eq!(refused.verdict, Verdict::Silent("window_closed".into()));
    assert_eq!(talk.state.conversation.owner, waiting("care"));
    let closed = desk(&mut talk, "Mei", AgentAct::Close);
    assert!(closed.effects.is_empty(), "nobody is told that the bot is back");
}

#[test]
fn a_queue_that_a_reload_took_away_still_gives_up() {
    let mut talk = talk();
    talk.hear("refund");
    talk.rules = rules("[[reply]]\nid = \"open\"\nwords = [\"open\"]\ntext = \"At nine.\"\n");
    let decision = ring(&mut talk, START.plus(seconds(20)));
    assert_eq!(timer(&decision), Some(START.plus(seconds(72 * 3600))));
    ring(&mut talk, START.plus(seconds(72 * 3600)));
    assert_eq!(talk.say("open").0, "open");
}
