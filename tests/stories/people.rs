//! Agents, forms and notices take part in a test.

use super::*;

/// People, systems and forms, beside the customer.
const PEOPLE: &str = r##"
[event."order.confirmed"]
data = { order_no = "text", total = "number?", at = "time?" }

[event."booking.made"]
data = { starts_at = "text" }

[event."booking.cancelled"]
data = {}

[queue.care]
return = "on_close"
within = "20s"
escalate = "bosses"
back = "Back with the bot."

[queue.bosses]
return = { command = "#end" }

[[handoff]]
id = "complaint"
words = ["complaint*"]
queue = "care"
text = "A colleague comes."

[[reply]]
id = "person"
whole = ["person"]
go = "queue:bosses"

[[reply]]
id = "hello"
words = ["hello"]
text = "Hi!"

[[form]]
id = "booking"
words = ["book"]
done = "Booked for {{ form.day }}."
[[form.ask]]
name = "day"
text = "Which day?"

[[template]]
id = "confirmed"
category = "utility"
languages = ["en"]
params = ["no"]

[[template]]
id = "reminder"
category = "utility"
languages = ["en"]

[[notify]]
id = "confirmed"
on = "order.confirmed"
text = "Order {{ event.order_no }} is confirmed."
template = "confirmed"
params = { no = "{{ event.order_no }}" }
tags = ["buyer"]

[[notify]]
id = "big"
on = "order.confirmed"
when = "is_big()"
text = "That is a big one."
template = "confirmed"
params = { no = "{{ event.order_no }}" }

[[notify]]
id = "reminder"
on = "booking.made"
at = "{{ event.starts_at }} - 24h"
cancel = "booking.cancelled"
template = "reminder"
"##;

const ORDER: &str =
    r#"event = { type = "order.confirmed", data = { order_no = "7", total = 120 } }"#;
const BOOKING: &str =
    r#"event = { type = "booking.made", data = { starts_at = "2026-01-07T12:00:00Z" } }"#;
const CANCELLED: &str = r#"event = { type = "booking.cancelled" }"#;

#[test]
fn people_systems_and_forms_take_part() {
    // What happens; what must hold; what must not, and what is said of it then.
    let cases = [
        (
            "say = \"a complaint\"".to_owned(),
            "handoff = \"complaint\", queue = \"care\", owner = \"waiting\", text = \"colleague\"",
            "owner = \"agent\"",
            "the owner is `waiting`",
        ),
        (
            "say = \"person\"".to_owned(),
            "handoff = \"queue:bosses\", queue = \"bosses\"",
            "queue = \"care\"",
            "`queue:bosses` handed it over to `bosses`",
        ),
        (
            "say = \"a complaint\" | say = \"hello\"".to_owned(),
            "silent = true, not = { reply = \"hello\" }",
            "silent = false",
            "nothing is sent",
        ),
        (
            "say = \"a complaint\" | wait = \"21s\"".to_owned(),
            "queue = \"bosses\", handoff = \"complaint\"",
            "not = { queue = \"bosses\" }",
            "all the same",
        ),
        (
            "say = \"a complaint\" | agent = \"takes\"".to_owned(),
            "owner = \"agent\", queue = \"care\"",
            "owner = \"waiting\"",
            "the owner is `agent`",
        ),
        (
            "say = \"a complaint\" | agent = \"says I am Kim\"".to_owned(),
            "owner = \"agent\", text = { is = \"I am Kim\" }",
            "owner = \"bot\"",
            "the owner is `agent`",
        ),
        (
            "say = \"hello\" | agent = \"types I am Kim\"".to_owned(),
            "owner = \"agent\", silent = true, not = { handoff = \"complaint\" }",
            "handoff = \"complaint\"",
            "an agent took it",
        ),
        (
            "say = \"a complaint\" | agent = \"types I am Kim\" | agent = \"releases\"".to_owned(),
            "owner = \"waiting\", queue = \"care\"",
            "owner = \"agent\"",
            "the owner is `waiting`",
        ),
        (
            "say = \"a complaint\" | agent = \"types I am Kim\" | agent = \"closes\"".to_owned(),
            "owner = \"bot\", text = \"Back with\", not = { queue = \"care\" }",
            "handoff = \"complaint\"",
            "it is not handed over",
        ),
        (
            "say = \"person\" | agent = \"types #end\" | say = \"hello\"".to_owned(),
            "owner = \"bot\", reply = \"hello\"",
            "silent = true",
            "\"Hi!\"",
        ),
        (
            "say = \"book\"".to_owned(),
            "form = \"booking\", text = \"Which day\"",
            "not = { form = \"booking\" }",
            "all the same",
        ),
        (
            "say = \"book\" | say = \"Friday\"".to_owned(),
            "text = \"Booked for Friday\", not = { form = \"booking\" }",
            "form = \"booking\"",
            "no form is open",
        ),
        (
            ORDER.to_owned(),
            "reply = \"confirmed\", template = \"confirmed\", tags = \"buyer\"",
            "silent = true",
            "[template confirmed",
        ),
        (
            format!("say = \"hello\" | {ORDER}"),
            "reply = \"big\", text = [\"Order 7 is\", \"a big one\"], not = { template = \"confirmed\" }",
            "reply = \"reminder\"",
            "`confirmed` wins",
        ),
        (
            format!("say = \"a complaint\" | agent = \"takes\" | {ORDER}"),
            "text = \"Order 7\", owner = \"agent\"",
            "silent = true",
            "Order 7",
        ),
        (
            format!("{BOOKING} | wait = \"26h\""),
            "template = \"reminder\", reply = \"reminder\"",
            "silent = true",
            "[template reminder",
        ),
        (
            format!("{BOOKING} | wait = \"25h\""),
            "silent = true",
            "template = \"reminder\"",
            "not sent",
        ),
        (
            format!("{BOOKING} | {CANCELLED} | wait = \"48h\""),
            "silent = true",
            "template = \"reminder\"",
            "nothing is sent",
        ),
    ];
    let play = |happens: &str, expect: &str| {
        let turns = story("", &format!("{happens}; expect = {{ {expect} }}"));
        let sources = Sources::default()
            .with("shop.toml", format!("{PEOPLE}{turns}"))
            .with("shop.rhai", "fn is_big() { (event.total ?? 0) > 100 }");
        let compiled = compile(&sources, &Settings::default());
        let rules = compiled.ruleset.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
        let rules = Arc::new(rules);
        let played = play(&rules, &sources, &rules.tests[0]);
        (rules, played)
    };
    let mut spoke = BTreeSet::new();
    for (happens, holds, fails, told) in &cases {
        let (_, good) = play(happens, holds);
        assert!(good.failed.is_none(), "{happens}: {holds}: {:#?}", good.failed);
        spoke.extend(good.parts);
        let found = play(happens, fails).1.failed;
        let found = found.unwrap_or_else(|| panic!("{happens}: {fails} passes"));
        let labels: Vec<&str> = found.places.iter().map(|place| place.label.as_str()).collect();
        assert!(labels.iter().any(|label| label.contains(told)), "{happens}: {fails}: {labels:?}");
    }
    // Notices are among what has to be tried.
    let (rules, _) = play("say = \"hello\"", "silent = false");
    let items = coverage::items(&rules, &spoke);
    for notice in ["confirmed", "big", "reminder"] {
        assert!(items.iter().any(|item| item.rule.as_str() == notice && item.covered), "{notice}");
    }
}

const CLAIM: &str = r#"
[[form]]
id = "claim"
words = ["claim"]
done.en = "Noted: {{ form.place }}."
done.ko = "접수했습니다."
failed.en = "Please call us."
failed.ko = "전화 주세요."

[[form.ask]]
name = "photo"
text = { en = "A photo, please.", ko = "사진을 보내 주세요." }
accept = "image"

[[form.ask]]
name = "place"
text = { en = "Where was it?", ko = "어디였나요?" }
accept = "location"
"#;

#[test]
fn what_customers_send_answers_a_form_and_its_end_is_in_their_language() {
    let happens = |language: &str, said: &str| {
        let turns = story(
            &format!("contact = {{ language = \"{language}\" }}"),
            &format!(
                "say = \"claim\" | send = \"location\"; expect = {{ reply = \"form.claim.photo.wrong\" }} | \
                 send = \"image\"; expect = {{ question = \"form.claim.place\" }} | \
                 send = \"location\"; expect = {{ text = {{ is = \"{said}\" }}, not = {{ form = \"claim\" }} }}"
            ),
        );
        let sources = Sources::default()
            .with("shop.toml", format!("[language]\ndefault = \"en\"\n{CLAIM}{turns}"));
        let compiled = compile(&sources, &Settings::default());
        let rules = compiled.ruleset.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
        let rules = Arc::new(rules);
        play(&rules, &sources, &rules.tests[0]).failed
    };
    assert!(happens("en", "Noted: 25.05,121.53.").is_none());
    assert!(happens("ko", "접수했습니다.").is_none());
    assert!(happens("ko", "Noted: 25.05,121.53.").is_some());
}

/// What would be lost: the answer of somebody who writes what the end of a form offers.
#[test]
fn a_menu_at_the_end_of_a_form_is_typed() {
    let rules = r#"
[[form]]
id = "lead"
words = ["lead"]
done = { go = "next" }
[[form.ask]]
name = "who"
text = "Who are you?"

[[reply]]
id = "next"
payload = "next"
text = "What next?"
choices = [{ id = "now", title = "Now", go = "later" }, { id = "soon", title = "Soon", go = "later" }]

[[reply]]
id = "later"
payload = "later"
text = "Fine."
"#;
    let turns = "say = \"lead\" | say = \"me\"; expect = { reply = \"next\" } | \
                 say = \"soon\"; expect = { reply = \"later\" }";
    let late = turns.replace("say = \"soon\"", "wait = \"25h\"; say = \"soon\"");
    for (turns, holds) in [(turns, true), (late.as_str(), false)] {
        let toml = format!("{rules}{}", story("", turns));
        let sources = Sources::default().with("shop.toml", toml);
        let compiled = compile(&sources, &Settings::default());
        let rules = compiled.ruleset.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
        let rules = Arc::new(rules);
        let failed = play(&rules, &sources, &rules.tests[0]).failed;
        assert_eq!(failed.is_none(), holds, "{turns}: {failed:#?}");
    }
}

/// What would be lost: a rule that tells somebody who stopped that they are subscribed.
#[test]
fn after_a_stop_the_tier_below_counts() {
    let rules = r#"
[consent]
sender = "Acme"
[[consent.tier]]
id = "transactional"
allows = ["service", "utility", "authentication"]
[[consent.tier]]
id = "news"
allows = ["service", "utility", "authentication", "marketing"]
whole = ["subscribe"]
ask.text = "Reply YES to get news from Acme."
version = "1"
renew = "30d"

[[reply]]
id = "mine"
words = ["mine"]
text = "none"
cases = [{ when = "contact.consent == \"news\"", text = "news" }]
"#;
    let turns = "say = \"subscribe\" | say = \"yes\"; expect = { consent = \"news\" } | \
                 say = \"mine\"; expect = { text = { is = \"news\" } } | LOSE | \
                 say = \"mine\"; expect = { text = { is = \"none\" }, consent = \"transactional\" }";
    for loses in ["say = \"stop\"", "say = \"please stop sending\"", "wait = \"31d\""] {
        let toml = format!("{rules}{}", story("", &turns.replace("LOSE", loses)));
        let sources = Sources::default().with("shop.toml", toml);
        let compiled = compile(&sources, &Settings::default());
        let rules = compiled.ruleset.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
        let rules = Arc::new(rules);
        let failed = play(&rules, &sources, &rules.tests[0]).failed;
        assert!(failed.is_none(), "{loses}: {failed:#?}");
    }
}
