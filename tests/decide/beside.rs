//! What stands beside what a rule says: `react` and `cooldown`.

use super::talk::{START, Talk, contents, counted, rules, texts, verdict};
use std::time::Duration;
use usherd::limits::COOLDOWNS_PER_CONVERSATION_MAX;
use usherd::model::{Change, Content, Effect, Guards, MessageKind, RuleId, Wamid};

#[test]
fn a_reaction_alone_answers_and_beside_a_text_it_comes_last() {
    let toml = r#"
[[reply]]
id = "thanks"
words = ["thanks"]
react = "❤️"
[[reply]]
id = "done"
words = ["done"]
text = "Great."
react = "👍"
[[reply]]
id = "touched"
kind = "reaction"
react = "👍"
"#;
    let mut talk = Talk::new(rules(toml));
    let decision = talk.hear("thanks");
    let Effect::Send { content, answers, guards, .. } = &decision.effects[0] else {
        panic!("no message")
    };
    let to = Wamid::from("wamid.1");
    assert_eq!(*content, Content::Reaction { to: to.clone(), emoji: "❤️".into() });
    assert_eq!((answers.as_ref(), *guards), (Some(&to), Guards::REPLY), "it marks read too");
    assert_eq!(verdict(&decision), "thanks");
    let decision = talk.hear("done");
    assert_eq!(texts(&decision), ["Great.", "[reaction 👍]"]);
    let read = |effect: &Effect| {
        let Effect::Send { answers, .. } = effect else { panic!("no message") };
        answers.is_some()
    };
    assert_eq!(decision.effects.iter().map(read).collect::<Vec<_>>(), [true, false]);
    let decision = talk.send(MessageKind::Reaction);
    assert_eq!(verdict(&decision), "touched");
    assert!(contents(&decision).is_empty(), "a reaction is no message to react to");
}

const COOLING: &str = r#"
[[reply]]
id = "silent"
words = ["alpha"]
text = "Alpha."
react = "👍"
tags = ["alpha"]
cooldown = "1h"
[[reply]]
id = "next"
words = ["beta gamma"]
text = "Both."
cooldown = { every = "1h", then = "next" }
[[reply]]
id = "plain"
words = ["gamma"]
text = "Gamma."
[[reply]]
id = "instead"
words = ["delta"]
text = "Delta."
cooldown = { every = "1h", then = { text = "As I said." } }
[[reply]]
id = "goer"
words = ["epsilon"]
go = "next"
[[reply]]
id = "menu"
words = ["menu"]
text = "Which?"
choices = [{ id = "both", title = "Both", go = "next" }]
[[fallback]]
misses = 1
text = "Sorry."
"#;

#[test]
fn in_cool_down_a_rule_is_silent_lets_others_win_or_says_something_else() {
    let mut talk = Talk::new(rules(COOLING));
    assert_eq!(talk.say("alpha").1, ["Alpha.", "[reaction 👍]"]);
    talk.state.contact.tags.clear();
    talk.wait(Duration::from_secs(3599));
    let why = talk.why("alpha", "silent");
    assert!(why.starts_with("won: cool-down: it spoke and stays quiet until 2026-09-21"), "{why}");
    assert_eq!(talk.say("alpha"), ("silent".into(), vec![]), "it wins and says nothing");
    assert!(talk.state.contact.tags.contains("alpha"), "what stands beside acts");
    talk.wait(Duration::from_secs(1));
    assert_eq!(talk.say("alpha").1.len(), 2, "silence did not make it longer");

    assert_eq!(talk.say("beta gamma").0, "next");
    let why = talk.why("beta gamma", "next");
    assert!(why.starts_with("cool-down: it spoke and stays quiet until"), "{why}");
    assert_eq!(talk.say("beta gamma").1, ["Gamma."]);

    assert_eq!(talk.say("delta").1, ["Delta."]);
    talk.wait(Duration::from_secs(3000));
    assert_eq!(talk.say("delta"), ("instead".into(), vec!["As I said.".into()]));
    talk.wait(Duration::from_secs(600));
    assert_eq!(talk.say("delta").1, ["Delta."]);
}

#[test]
fn a_rule_that_stands_back_does_so_behind_go_and_choices_too() {
    let mut talk = Talk::new(rules(COOLING));
    talk.say("menu");
    assert_eq!(talk.say("both").0, "next");
    assert_eq!(talk.say("both").0, "fallback.1");
    assert_eq!(verdict(&talk.tap("both", "Both")), "fallback.1");
    let why = talk.why("both", "next");
    assert!(why.starts_with("cool-down: it spoke and stays quiet until"), "{why}");
    let decision = talk.hear("epsilon gamma");
    assert_eq!(verdict(&decision), "plain");
    let told: Vec<String> =
        decision.trace.candidates.iter().map(|c| format!("{}: {}", c.rule, c.reason)).collect();
    assert!(told[0].starts_with("goer: `next`: cool-down: it spoke"), "{told:?}");
    talk.wait(Duration::from_secs(3600));
    assert_eq!(verdict(&talk.tap("both", "Both")), "next");
}

#[test]
fn a_text_that_failed_begins_no_cool_down() {
    let toml = r#"
[fields]
city = { type = "text" }
[[reply]]
id = "city"
words = ["city"]
text = "{{ contact.fields.city }}"
cooldown = "1h"
"#;
    let mut talk = Talk::new(rules(toml));
    let decision = talk.hear("city");
    assert_eq!(counted(&decision, "text_failed"), ["city"]);
    assert!(talk.state.conversation.cooldowns.is_empty());
    talk.state.contact.fields.insert("city".into(), "Porto".into());
    assert_eq!(talk.say("city").1, ["Porto"]);
}

#[test]
fn cool_downs_of_one_conversation_are_bounded_and_old_ones_forgotten() {
    let mut talk = Talk::new(rules(COOLING));
    let cooling = |number: usize, until: i64| Change::Cooling {
        rule: RuleId::from(format!("rule-{number}")),
        until: START.plus(Duration::from_secs(until.unsigned_abs())),
    };
    let most = COOLDOWNS_PER_CONVERSATION_MAX;
    let mut changes = vec![Change::At(START)];
    changes.extend((0..most + 50).map(|number| cooling(number, 100 + number as i64)));
    let state = talk.state.after(&changes);
    assert_eq!(state.conversation.cooldowns.len(), most);
    assert!(!state.conversation.cooldowns.contains_key(&RuleId::from("rule-49")), "ends soonest");
    assert!(state.conversation.cooldowns.contains_key(&RuleId::from("rule-50")));
    talk.state = state;
    talk.wait(Duration::from_secs(300));
    talk.say("alpha");
    let left = &talk.state.conversation.cooldowns;
    assert!(left.values().all(|until| *until > talk.at));
    assert!(left.contains_key(&RuleId::from("silent")) && left.len() < most);
}
