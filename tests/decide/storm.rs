//! Nobody is flooded, and two bots do not answer each other for ever.

use super::talk::{Talk, counted, rules_under, verdict};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use usherd::model::Verdict;
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
