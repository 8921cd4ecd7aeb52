//! Other systems take part in a test: they are asked, and told.

use super::*;

const LOOKUPS: &str = r#"
[[lookup]]
name = "order"
connector = "shop"
path = "/orders/{{ match.no }}"
gives = { status = "text", place = "text" }

[[reply]]
id = "order"
take = { no = "digits 6-10" }
lookup = "order"
text = "Order {{ match.no }}: {{ lookup.status }}"
cases = [
    { when = "lookup.missing", text = "I cannot find it." },
    { when = "lookup.failed", text = "Please try again later." },
]
tags = ["looked"]

[[fallback]]
misses = 1
text = "Pardon?"
"#;

#[test]
fn a_test_says_what_lookups_bring() {
    let play = |toml: String| {
        let sources = Sources::default().with("shop.toml", toml);
        let compiled = compile(&sources, &Settings::default());
        let rules = Arc::new(compiled.ruleset.expect("good rules"));
        let played: Vec<Played> =
            rules.tests.iter().map(|story| play(&rules, &sources, story)).collect();
        (rules, played)
    };
    let brings = [
        ("lookup = { order = { status = \"shipped\" } }", "Order 123456: shipped", "order"),
        ("lookup = { order = { place = \"Seoul\" } }", "Pardon?", "fallback"),
        ("lookup = { order = \"failed\" }", "Please try again later.", "order"),
        ("lookup = { order = \"missing\" }", "I cannot find it.", "order"),
        ("", "I cannot find it.", "order"),
    ];
    let mut spoke = BTreeSet::new();
    for (lookup, said, rule) in brings {
        for expected in [said, "something else"] {
            let turn = format!(
                "[[test]]\nname = \"x\"\n[[test.turn]]\nsay = \"it is 123456\"\n{lookup}\n\
                 expect = {{ reply = \"{rule}\", text = \"{expected}\" }}\n"
            );
            let (rules, played) = play(format!("{LOOKUPS}{turn}"));
            assert_eq!(played[0].failed.is_none(), expected == said, "{lookup}: {expected}");
            spoke.extend(played.into_iter().flat_map(|played| played.parts));
            let covered = coverage::items(&rules, &spoke).iter().all(|item| item.covered);
            assert_eq!(covered, spoke.len() == 4, "{spoke:?}");
        }
    }
    assert_eq!(spoke.len(), 4, "the rule, its two cases, the fallback: {spoke:?}");
}

const BOOKING: &str = r#"
[[form]]
id = "booking"
words = ["book"]
done = "Booked."
emit = "booking.requested"

[[form.ask]]
name = "guests"
text = "How many are you?"
accept = "number"
"#;

#[test]
fn a_test_expects_what_systems_are_told() {
    let turn = |expect: &str| {
        let turns = "say = \"book\"\nexpect = { not = { emit = \"booking.requested\" } } | \
                     say = \"4\"\nexpect = { ";
        story("", &format!("{turns}{expect} }}"))
    };
    for (expect, passes) in
        [("emit = \"booking.requested\"", true), ("not = { emit = \"booking.requested\" }", false)]
    {
        let sources = Sources::default().with("a.toml", format!("{BOOKING}{}", turn(expect)));
        let compiled = compile(&sources, &Settings::default());
        let rules = Arc::new(compiled.ruleset.expect("good rules"));
        let played = play(&rules, &sources, &rules.tests[0]);
        assert_eq!(played.failed.is_none(), passes, "{expect}: {:?}", played.failed);
    }
}
