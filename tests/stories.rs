//! `[[test]]` played: what each expectation takes and refuses, time that passes, and which rules
//! spoke.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "stories/notices.rs"]
mod notices;
#[path = "stories/people.rs"]
mod people;
#[path = "stories/systems.rs"]
mod systems;

use std::collections::BTreeSet;
use std::sync::Arc;
use usherd::decide::check::try_examples;
use usherd::rules::{Ruleset, Settings, Sources, compile};
use usherd::stories::{Played, coverage, play};

const SHOP: &str = r#"
[language]
default = "en"

[fields]
last_order = { type = "text" }

[hours.office]
zone = "Asia/Taipei"
open = ["mon-fri 10:00-18:00"]

[greeting]
text = "Welcome!"

[[template]]
id = "order_ready"
category = "utility"
languages = ["en"]

[[reply]]
id = "order"
words = ["order"]
text = "Hi {{ contact.name | default('there') }}, which number?"
footer = "Lantern Tea"
buttons = [{ id = "lost", title = "I lost it" }]
expect = "15m"
tags = ["asked"]

[[reply]]
id = "number"
after = "order"
take = { no = "digits 6-10" }
text = "Order {{ match.no }}."
set = { last_order = "{{ match.no }}" }

[[reply]]
id = "lost"
payload = "lost"
text = "We look for it."

[[reply]]
id = "ready"
words = ["ready"]
template = "order_ready"

[[reply]]
id = "hi"
whole = ["hi"]
go = "cool"

[[reply]]
id = "cool"
words = ["cool"]
text = "Brr."
cooldown = { every = "1h" }

[[reply]]
id = "open"
words = ["open"]
hours = "office"
text = "Open."

[[reply]]
id = "cart"
words = ["cart"]
text = "It waits for you."
follow_up = [{ after = "1h", text = "Still yours." }, { after = "1d", template = "order_ready" }]

[[reply]]
id = "vip"
words = ["discount"]
has = ["vip"]
text = "Ten per cent."

[[reply]]
id = "photo"
kind = "image"
text = "Nice."

[[reply]]
id = "again"
words = ["again"]
text = "Back."
cases = [{ when = "contact.messages > 1", text = "Back again." }]

[[fallback]]
misses = 1
text = "Pardon?"
"#;

fn rules(tests: &str) -> (Arc<Ruleset>, Sources) {
    let sources = Sources::default().with("shop.toml", format!("{SHOP}{tests}"));
    let compiled = compile(&sources, &Settings::default());
    assert!(compiled.ruleset.is_some(), "{tests}\n{:#?}", compiled.diagnostics);
    (Arc::new(compiled.ruleset.unwrap()), sources)
}

fn played(tests: &str) -> Vec<Played> {
    let (rules, sources) = rules(tests);
    rules.tests.iter().map(|story| play(&rules, &sources, story)).collect()
}

/// A test of these turns, each the lines between `|`.
fn story(contact: &str, turns: &str) -> String {
    let turns = turns.replace(" | ", "\n[[test.turn]]\n").replace("; ", "\n");
    format!("[[test]]\nname = \"x\"\n{contact}\n[[test.turn]]\n{turns}\n")
}

#[test]
fn each_expectation_takes_what_is_so_and_refuses_what_is_not() {
    // What happens; what must hold; what must not, and what is said of it then.
    let cases = [
        ("say = \"order\"", "reply = \"order\"", "reply = \"fallback\"", "`order` wins"),
        ("say = \"hm\"", "reply = \"fallback\"", "reply = \"order\"", "`fallback.1` answers"),
        ("say = \"hm\"", "reply = \"fallback.1\"", "reply = \"lost\"", "not `lost`"),
        ("say = \"hi\"", "reply = \"hi\"", "reply = \"lost\"", "`cool` wins"),
        ("say = \"hi\"", "reply = \"cool\"", "silent = true", "\"Brr.\""),
        (
            "say = \"order\"",
            "text = [\"Hi there\", \"[I lost it]\", \"Lantern\", \"Welcome\"]",
            "text = \"Jin\"",
            "\"Jin\" is not in it",
        ),
        ("say = \"cool\"", "text = { is = \"Brr.\" }", "text = { is = \"Brr\" }", "exactly this"),
        (
            "say = \"hm\"",
            "tags = \"vip\", not = { tags = \"asked\" }",
            "tags = \"asked\"",
            "not this tag, but `vip`",
        ),
        (
            "say = \"order\"",
            "question = \"order\"",
            "not = { question = \"order\" }",
            "of `order` is open",
        ),
        (
            "say = \"hm\"",
            "not = { question = \"order\" }",
            "question = \"order\"",
            "no question is open",
        ),
        (
            "say = \"ready\"",
            "template = \"order_ready\"",
            "not = { template = \"order_ready\" }",
            "[template order_ready",
        ),
        (
            "say = \"hm\"",
            "consent = \"transactional\"",
            "not = { consent = \"transactional\" }",
            "all the same",
        ),
        ("say = \"hm\"", "owner = \"bot\"", "not = { owner = \"bot\" }", "all the same"),
        ("say = \"hm\"", "silent = false", "not = { silent = false }", "\"Pardon?\""),
        (
            "say = \"hm\"",
            "not = { text = [\"Brr\", \"Hi\"] }",
            "not = { text = [\"Brr\", \"Pard\"] }",
            "it is there",
        ),
        ("send = \"image\"", "reply = \"photo\"", "reply = \"fallback\"", "`photo` wins"),
        ("tap = \"lost\"", "reply = \"lost\"", "reply = \"order\"", "`lost` wins"),
        (
            "say = \"order\" | say = \"it is 12345678\"",
            "fields = { last_order = 12345678 }",
            "fields = { last_order = \"1\" }",
            "is \"12345678\"",
        ),
        (
            "say = \"order\" | tap = \"lost\"",
            "reply = \"lost\"",
            "fields = { last_order = \"1\" }",
            "not known of",
        ),
        (
            "say = \"order\" | wait = \"16m\"; say = \"12345678\"",
            "reply = \"fallback\"",
            "reply = \"number\"",
            "no rule wins",
        ),
        (
            "say = \"cool\" | say = \"cool\"",
            "reply = \"cool\", silent = true",
            "silent = false",
            "nothing is sent",
        ),
        (
            "say = \"cool\" | wait = \"1h\"; say = \"cool\"",
            "text = \"Brr\"",
            "silent = true",
            "\"Brr.\"",
        ),
        ("say = \"open\"", "reply = \"open\"", "reply = \"fallback\"", "`open` wins"),
        (
            "wait = \"9h\"; say = \"open\"",
            "reply = \"fallback\"",
            "reply = \"open\"",
            "no rule wins",
        ),
        (
            "say = \"cart\" | wait = \"1h\"",
            "reply = \"cart\", text = \"Still yours\"",
            "silent = true",
            "Still yours.",
        ),
        (
            "say = \"cart\" | wait = \"2h\" | wait = \"22h\"",
            "template = \"order_ready\"",
            "silent = true",
            "[template order_ready",
        ),
        (
            "say = \"cart\" | wait = \"59m\"; say = \"cool\" | wait = \"1d\"",
            "silent = true",
            "reply = \"cart\"",
            "nothing is decided",
        ),
        ("wait = \"9h\"", "silent = true", "reply = \"open\"", "nothing is decided"),
        (
            "say = \"discount\"",
            "reply = \"vip\", tags = \"vip\"",
            "not = { reply = \"vip\" }",
            "`vip` wins",
        ),
    ];
    for (happens, holds, fails, told) in cases {
        let contact = "contact = { tags = [\"vip\"] }";
        let good = played(&story(contact, &format!("{happens}; expect = {{ {holds} }}")));
        assert!(good[0].failed.is_none(), "{happens}: {holds}: {:#?}", good[0].failed);
        let bad = played(&story(contact, &format!("{happens}; expect = {{ {fails} }}")));
        let found = bad[0].failed.as_ref().unwrap_or_else(|| panic!("{happens}: {fails} passes"));
        let labels: Vec<&str> = found.places.iter().map(|place| place.label.as_str()).collect();
        assert!(labels.iter().any(|label| label.contains(told)), "{happens}: {fails}: {labels:?}");
        let help = found.help.as_deref().unwrap_or_default();
        assert!(help.starts_with("what happened:"), "{help}");
    }
}

#[test]
fn the_customer_is_as_described() {
    let turns = "say = \"order\"; expect = { text = \"Hi Jin\", not = { text = \"Welcome\" } }";
    let known = "contact = { name = \"Jin\", new = false }";
    assert!(played(&story(known, turns))[0].failed.is_none());
    // Somebody new is greeted.
    let found = played(&story("contact = { name = \"Jin\" }", turns)).remove(0).failed.unwrap();
    assert_eq!(found.message, "the test `x` fails at turn 1");
    assert!(found.places[0].label.contains("Welcome!"), "{found:#?}");
}

#[test]
fn the_first_turn_that_fails_is_shown_and_why_the_rule_did_not_win() {
    let tests = story(
        "",
        "say = \"order\" | say = \"reorder\"; expect = { reply = \"order\" } | say = \"hm\"; expect = { silent = true }",
    );
    let found = played(&tests).remove(0).failed.unwrap();
    assert_eq!(found.message, "the test `x` fails at turn 2");
    let help = found.help.unwrap();
    assert!(help.contains("message: no rule wins") && help.contains("`order`: "), "{help}");
    let line =
        format!("{SHOP}{tests}").lines().position(|line| line.contains("reply = \"order\" }"));
    assert_eq!(Some(found.places[0].line), line.map(|line| line + 1));
}

#[test]
fn time_begins_where_the_test_says() {
    for (at, answer) in [
        ("2026-03-02T10:00", "open"),
        ("2026-03-02T02:00:00Z", "open"),
        ("2026-03-02T09:59", "fallback"),
        ("2026-03-01T10:00:00+08:00", "fallback"),
    ] {
        let tests = story(
            &format!("at = \"{at}\""),
            &format!("say = \"open\"; expect = {{ reply = \"{answer}\" }}"),
        );
        assert!(played(&tests)[0].failed.is_none(), "{at}");
    }
}

#[test]
fn a_test_comes_out_the_same_each_time() {
    let (rules, sources) = rules(&story("", "say = \"order\"; expect = { silent = true }"));
    let one = play(&rules, &sources, &rules.tests[0]);
    let two = play(&rules, &sources, &rules.tests[0]);
    assert_eq!((one.failed, one.parts), (two.failed, two.parts));
}

#[test]
fn coverage_knows_cases_variants_fallbacks_and_the_greeting() {
    let more = r#"
[[reply]]
id = "tip"
words = ["tip"]
variants = [{ text = "a" }, { text = "b" }]
examples = ["a tip"]

[[reply]]
id = "asleep"
words = ["asleep"]
text = "z"
status = "draft"
"#;
    let tests = story(
        "",
        "say = \"hi\"; expect = { reply = \"hi\" } | say = \"again\" | say = \"hm\" | say = \"cart\" | wait = \"2h\"",
    );
    let (rules, sources) = rules(&format!("{more}{tests}"));
    let mut spoke: BTreeSet<_> = play(&rules, &sources, &rules.tests[0]).parts;
    let covered = |spoke: &BTreeSet<_>| -> Vec<String> {
        let items = coverage::items(&rules, spoke).into_iter().filter(|item| item.covered);
        let name = |number: Option<usize>| number.map(|n| format!("/{n}")).unwrap_or_default();
        items
            .map(|item| {
                let step = item.follow_up.map(|n| format!("+{n}")).unwrap_or_default();
                format!("{}{}{}{step}", item.rule, name(item.case), name(item.variant))
            })
            .collect()
    };
    assert_eq!(
        covered(&spoke),
        ["hi", "cool", "cart", "cart+1", "again/1", "fallback.1", "greeting"]
    );
    let tried = try_examples(&rules, &sources, 0..rules.replies.len());
    assert!(tried.failed.is_empty());
    spoke.extend(tried.parts);
    let now = covered(&spoke);
    assert_eq!(now.iter().filter(|name| name.starts_with("tip/")).count(), 1, "{now:?}");
    let items = coverage::items(&rules, &spoke);
    assert!(items.iter().all(|item| item.rule.as_str() != "asleep"), "drafts never speak");
    assert_eq!(items.iter().filter(|item| item.rule.as_str() == "again").count(), 2);
    let share = coverage::share(&items);
    assert!(share > 0.0 && share < 100.0, "{share}");
}
