//! Nobody is flooded, and two bots do not answer each other for ever.

use super::talk::{Talk, counted, rules_under, texts, verdict};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use usherd::decide::Decision;
use usherd::model::{
    Event, EventKind, Outbound, Owner, Posted, Purpose, Stated, TimerKind, Verdict,
};
use usherd::rules::settings::StormGuards;
use usherd::rules::{Ruleset, Settings};

const SECOND: Duration = Duration::from_secs(1);

/// With the guards as they are unless `usher.toml` says otherwise.
fn guarded(toml: &str) -> Arc<Ruleset> {
    let files = BTreeMap::from([("shop.toml".to_owned(), toml.as_bytes().into())]);
    rules_under(Settings::default(), files)
}

/// Says what it heard, which is never the same twice.
const ECHO: &str = r#"
[[reply]]
id = "echo"
starts = ["say"]
text = "You said {{ message.text }}"
"#;

const HOURS: &str = r#"
[[reply]]
id = "hours"
words = ["open"]
text = "We open at ten."
tags = ["asked"]

[[reply]]
id = "prices"
words = ["price"]
text = "From 10 euros."
"#;

#[test]
fn twenty_messages_a_minute_and_then_silence_for_an_hour() {
    let mut talk = Talk::new(guarded(ECHO));
    for n in 0..20 {
        assert_eq!(talk.say(&format!("say {n}")).0, "echo", "{n}");
        talk.wait(SECOND);
    }
    let cut = talk.hear("say 21");
    assert_eq!(cut.verdict, Verdict::Silent("storm".to_owned()));
    assert_eq!((cut.effects.len(), counted(&cut, "storm").len()), (0, 1));
    talk.wait(Duration::from_secs(3_599));
    let still = talk.hear("say 22");
    assert_eq!(still.verdict, Verdict::Silent("storm".to_owned()));
    assert!(counted(&still, "storm").is_empty(), "it is told once");
    talk.wait(SECOND);
    assert_eq!(talk.say("say 23").0, "echo");
}

#[test]
fn whoever_writes_at_a_human_pace_is_always_answered() {
    let mut talk = Talk::new(guarded(ECHO));
    for n in 0..200 {
        assert_eq!(talk.say(&format!("say {n}")).0, "echo", "{n}");
        talk.wait(3 * SECOND);
    }
    let storm = &talk.state.conversation.storm;
    assert!(storm.replies.len() <= 20 && storm.texts.len() <= 32, "{storm:?}");
}

#[test]
fn the_third_same_text_within_ten_minutes_is_not_sent() {
    let mut talk = Talk::new(guarded(HOURS));
    assert_eq!(talk.say("open?").1.len(), 1);
    talk.wait(299 * SECOND);
    assert_eq!(talk.say("open?").1.len(), 1);
    talk.state.contact.tags.clear();
    let third = talk.hear("open?");
    assert_eq!(verdict(&third), r#"Silent("same_text")"#);
    assert!(third.effects.is_empty());
    assert!(talk.state.contact.tags.contains("asked"), "what a rule notes is noted all the same");
    assert_eq!(talk.say("price?").1, ["From 10 euros."], "another text is");
    talk.wait(301 * SECOND);
    assert_eq!(talk.say("open?").1.len(), 1, "the first was ten minutes ago");
}

/// Each hears what the other says, until one says nothing.
fn between(one: &mut Talk, other: &mut Talk, opening: &str, pace: Duration) -> usize {
    let mut said = vec![opening.to_owned()];
    for exchanged in 0..1_000 {
        let hears = if exchanged % 2 == 0 { &mut *other } else { &mut *one };
        let mut answer = Vec::new();
        for text in &said {
            answer.extend(hears.say(text).1);
        }
        if answer.is_empty() {
            return exchanged;
        }
        said = answer;
        one.wait(pace);
        other.wait(pace);
    }
    1_000
}

#[test]
fn two_bots_that_answer_each_other_stop() {
    let fixed = "[[reply]]\nid = \"any\"\nkind = [\"text\"]\ntext = \"Thank you for writing!\"\n";
    let growing = "[[reply]]\nid = \"any\"\nkind = [\"text\"]\n\
                   text = \"Thanks for {{ contact.messages }} messages!\"\n";
    for (rules, exchanged) in [(fixed, 4), (growing, 40)] {
        let rules = guarded(rules);
        let (mut one, mut other) = (Talk::new(Arc::clone(&rules)), Talk::new(rules));
        assert_eq!(between(&mut one, &mut other, "hello", SECOND), exchanged);
    }
}

const CARE: &str = r#"
[queue.care]
return = "on_close"

[[reply]]
id = "echo"
starts = ["say"]
text = "You said {{ message.text }}"
"#;

/// A contact in a storm; gives the decision in which it broke out.
fn stormy(queue: Option<&str>) -> (Talk, Decision) {
    let files = BTreeMap::from([("shop.toml".to_owned(), CARE.as_bytes().into())]);
    let storm_queue = queue.map(str::to_owned);
    let mut talk = Talk::new(rules_under(Settings { storm_queue, ..Settings::default() }, files));
    for n in 0..20 {
        assert_eq!(talk.say(&format!("say {n}")).0, "echo", "{n}");
    }
    let cut = talk.hear("say 21");
    (talk, cut)
}

#[test]
fn a_storm_is_handed_over_where_a_queue_is_named() {
    let (talk, cut) = stormy(None);
    assert!(talk.state.conversation.owner.is_bot() && cut.timers.is_empty());
    let (mut talk, cut) = stormy(Some("care"));
    assert_eq!((verdict(&cut).as_str(), cut.effects.len()), (r#"Silent("storm")"#, 0));
    let care = Owner::Waiting { queue: "care".to_owned() };
    assert_eq!(talk.state.conversation.owner, care);
    let handoff = talk.state.conversation.handoff.clone();
    assert_eq!(handoff.map(|handoff| (handoff.queue, handoff.rule)), {
        Some(("care".to_owned(), "storm".into()))
    });
    assert_eq!(counted(&cut, "handoff_begun"), ["care"]);
    assert_eq!(cut.timers.len(), 1, "one day the bot has it back");
    assert_eq!(talk.say("say 22").0, r#"Silent("owned")"#);
}

#[test]
fn a_stop_is_confirmed_in_a_storm_once_a_day() {
    for queue in [None, Some("care")] {
        let (mut talk, _) = stormy(queue);
        assert_eq!(talk.say("STOP").1.len(), 1, "{queue:?}");
        for _ in 0..5 {
            talk.wait(SECOND);
            assert_eq!(talk.say("STOP"), ("consent.stop".to_owned(), Vec::new()), "{queue:?}");
        }
        talk.wait(Duration::from_secs(24 * 3_600));
        assert_eq!(talk.say("STOP").1.len(), 1, "{queue:?}");
    }
}

#[test]
fn a_question_about_consent_is_put_and_answered_in_a_storm() {
    let (mut talk, _) = stormy(None);
    for _ in 0..4 {
        let (rule, said) = talk.say("please stop sending");
        assert_eq!((rule.as_str(), said.len()), ("consent.near_stop", 1));
        let (rule, said) = talk.say("no");
        assert_eq!((rule.as_str(), said.len()), ("consent.no", 1));
    }
    assert_eq!(talk.say("say 22").0, r#"Silent("storm")"#);
}

const FORM: &str = r#"
[[form]]
id = "booking"
words = ["book"]
done.text = "Booked."

[[form.ask]]
name = "day"
text = "Which day?"
accept = "rest"

[[form.ask]]
name = "name"
text = "What name?"
accept = "rest"
"#;

#[test]
fn a_form_ends_with_the_question_that_a_storm_cuts_off() {
    let guards = StormGuards { replies_per_minute: 2, ..StormGuards::default() };
    let files = BTreeMap::from([("shop.toml".to_owned(), FORM.as_bytes().into())]);
    let settings = Settings { storm: guards, ..Settings::default() };
    let mut talk = Talk::new(rules_under(settings, files));
    assert_eq!(talk.say("book").1, ["Which day?"]);
    assert_eq!(talk.say("Monday").1, ["What name?"]);
    assert!(talk.state.conversation.form.is_some());
    let cut = talk.hear("book");
    assert_eq!(verdict(&cut), r#"Silent("storm")"#);
    let open = &talk.state.conversation;
    assert_eq!(open.form.is_some(), open.question.is_some());
}

const TABLE: &str = r#"
[queue.care]
return = "on_close"

[[form]]
id = "booking"
words = ["book"]
done = "Booked."
cancel = "Nothing."
failed = { go = "queue:care" }

[[form.ask]]
name = "day"
text = "Which day?"
accept = "date"
WRONG

[[reply]]
id = "hours"
words = ["open"]
text = "We open at ten."

[[fallback]]
misses = 1
text = "Pardon?"
"#;

/// What would be lost: whoever answers wrongly three times in ten minutes met silence, and never the
/// people that the form fails to.
#[test]
fn a_form_runs_out_of_tries_however_fast_the_wrong_answers_come() {
    for (wrong, said) in [("wrong = \"A date, please.\"", 1), ("", 2)] {
        let mut talk = Talk::new(guarded(&TABLE.replace("WRONG", wrong)));
        assert_eq!(talk.say("book").1, ["Which day?"]);
        for n in 0..3 {
            assert_eq!(talk.say(&format!("wrong {n}")).1.len(), said, "{n}");
        }
        assert!(talk.state.conversation.owner.is_bot());
        drop(talk.hear("wrong again"));
        let care = Owner::Waiting { queue: "care".to_owned() };
        assert_eq!(talk.state.conversation.owner, care, "{wrong}");
        assert!(talk.state.conversation.form.is_none());
    }
}

#[test]
fn a_form_runs_out_of_tries_in_a_storm_as_well() {
    let mut talk = Talk::new(guarded(&TABLE.replace("WRONG", "")));
    assert_eq!(talk.say("book").1, ["Which day?"]);
    talk.state.conversation.storm.silent_until = Some(talk.at.plus(3_000 * SECOND));
    for n in 0..3 {
        assert_eq!(talk.say(&format!("wrong {n}")).0, r#"Silent("storm")"#, "{n}");
    }
    drop(talk.hear("wrong again"));
    assert!(talk.state.conversation.form.is_none() && talk.state.conversation.question.is_none());
}

#[test]
fn whoever_begins_a_form_anew_is_asked_anew_and_a_bot_not_for_ever() {
    let mut talk = Talk::new(guarded(&TABLE.replace("WRONG", "")));
    for n in 0..3 {
        assert_eq!(talk.say("book").1, ["Which day?"], "{n}");
        assert_eq!(talk.say("cancel").1, ["Nothing."], "{n}");
        talk.wait(2 * SECOND);
    }
    let asked = (0..50).filter(|_| {
        talk.wait(5 * SECOND);
        !talk.say("please book").1.is_empty()
    });
    assert_eq!(asked.count(), 6);
}

#[test]
fn a_digression_from_a_form_is_answered_no_more_often_than_any_other() {
    let mut talk = Talk::new(guarded(&TABLE.replace("WRONG", "")));
    assert_eq!(talk.say("book").1, ["Which day?"]);
    assert_eq!(talk.say("open?").1, ["We open at ten.", "Which day?"]);
    for _ in 0..5 {
        talk.wait(5 * SECOND);
        drop(talk.hear("open?"));
    }
    assert!(talk.say("open?").1.is_empty());
    assert!(talk.state.conversation.form.is_some(), "the question waits all the same");
    assert_eq!(talk.say("2026-12-24").1, ["Booked."]);
}

const NUMBER: &str = r#"
[[reply]]
id = "ask"
words = ["number"]
text = "Which number?"

[[reply]]
id = "number"
after = "ask"
take = { no = "digits 6-10" }
text = "Number {{ match.no }}."

[[reply]]
id = "unclear"
after = "ask"
text = "6 to 10 digits please."
ask_again = 5

[[fallback]]
misses = 1
text = "Pardon?"
"#;

#[test]
fn a_question_is_asked_again_as_often_as_its_rule_says() {
    let mut talk = Talk::new(guarded(NUMBER));
    assert_eq!(talk.say("number").1, ["Which number?"]);
    for n in 0..5 {
        assert_eq!(talk.say(&format!("wrong {n}")).1, ["6 to 10 digits please."], "{n}");
    }
    assert_eq!(talk.say("wrong").1, ["Pardon?"]);
    assert!(talk.state.conversation.question.is_none());
}

const NOTICES: &str = r#"
[event."order.confirmed"]
data = { no = "text" }

[[template]]
id = "order"
category = "utility"
languages = ["en"]

[[notify]]
id = "confirmed"
on = "order.confirmed"
text = "Your order is confirmed."
template = "order"

[[reply]]
id = "echo"
starts = ["say"]
text = "You said {{ message.text }}"
"#;

fn post(talk: &mut Talk, number: usize) -> Decision {
    let data = BTreeMap::from([("no".to_owned(), number.to_string())]);
    let kind = "order.confirmed".to_owned();
    let posted = Posted { kind, data, person: Stated::default(), by: "crm".to_owned() };
    let event = talk.event(EventKind::Posted(posted));
    talk.take(&Event { id: format!("api:{number}").into(), stated_at: None, ..event })
}

#[test]
fn notices_are_no_replies_and_have_a_bound_of_their_own() {
    let mut talk = Talk::new(guarded(NOTICES));
    assert_eq!(talk.say("say hello").0, "echo");
    for n in 0..1_000 {
        let told = post(&mut talk, n);
        assert_eq!((verdict(&told).as_str(), told.effects.len()), ("confirmed", 1), "{n}");
    }
    let over = post(&mut talk, 1_000);
    assert_eq!(verdict(&over), r#"Silent("too_many_notices")"#);
    assert!(over.effects.is_empty());
    assert_eq!(talk.say("say more").0, "echo", "the bot is not silenced by them");
    talk.wait(60 * SECOND);
    assert_eq!(post(&mut talk, 1_001).effects.len(), 1);
}

#[test]
fn a_notice_is_sent_in_a_storm() {
    let mut talk = Talk::new(guarded(NOTICES));
    for n in 0..21 {
        drop(talk.hear(&format!("say {n}")));
    }
    assert_eq!(talk.say("say more").0, r#"Silent("storm")"#);
    assert_eq!(post(&mut talk, 1).effects.len(), 1);
    assert_eq!(talk.say("say more").0, r#"Silent("storm")"#, "and ends it not");
}

#[test]
fn messages_of_the_api_are_no_replies() {
    let mut talk = Talk::new(guarded(NOTICES));
    assert_eq!(talk.say("say hello").0, "echo");
    for n in 0..30 {
        let wanted = Outbound {
            text: Some("Your table is ready.".to_owned()),
            template: None,
            params: BTreeMap::new(),
            purpose: Purpose::Utility,
            person: Stated::default(),
            by: "crm".to_owned(),
        };
        let event = talk.event(EventKind::Outbound(wanted));
        let sent = talk.take(&Event { id: format!("api:{n}").into(), stated_at: None, ..event });
        assert_eq!(sent.effects.len(), 1, "{n}");
    }
    assert_eq!(talk.say("say more").0, "echo");
}

const STEPS: &str = r#"
[[reply]]
id = "r"
words = ["abc"]
text = "r!"
follow_up = [
    { after = "5m", text = "r!" },
    { after = "9m", text = "r!" },
    { after = "14m", text = "step three" },
]
"#;

#[test]
fn a_follow_up_that_was_said_too_often_makes_place_for_the_next() {
    let mut talk = Talk::new(guarded(STEPS));
    assert_eq!(talk.say("abc").1, ["r!"]);
    let said = [(5, vec!["r!"]), (4, Vec::new()), (5, vec!["step three"])];
    for (minutes, said) in said {
        talk.wait(60 * minutes * SECOND);
        let due = talk.state.conversation.follow_up.as_ref().map(|next| next.at);
        assert_eq!(due, Some(talk.at));
        assert_eq!(texts(&talk.ring(TimerKind::FollowUp, talk.at)), said);
    }
    assert_eq!(talk.state.conversation.follow_up, None);
}

#[test]
fn what_is_not_said_has_no_follow_up_and_no_timer() {
    let mut talk = Talk::new(guarded(STEPS));
    talk.state.conversation.storm.silent_until = Some(talk.at.plus(SECOND));
    let cut = talk.hear("abc");
    assert!(cut.timers.is_empty() && talk.state.conversation.follow_up.is_none());
}
