//! Nobody is flooded, and two bots do not answer each other for ever.

use super::talk::{Talk, counted, rules_under, verdict};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use usherd::decide::Decision;
use usherd::model::{Owner, Verdict};
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
