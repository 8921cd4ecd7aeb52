//! Notices that wait: for people, for the morning, and for the customer's leave.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;

const OFFERS: &str = r#"
[consent]
sender = "Rose & Co"

[[consent.tier]]
id = "offers"
allows = ["service", "utility", "authentication", "marketing"]
whole = ["subscribe"]
ask.text = "Reply YES to get offers from Rose & Co."
version = "1"
footer = "Reply STOP to opt out"

[consent.quiet]
marketing = "21:00-08:00"
zone = "Asia/Seoul"

[queue.care]
return = "on_close"

[event."sale.begins"]
data = {}

[event."parcel.left"]
data = { no = "text" }

[event."booking.made"]
data = { starts_at = "text" }

[[template]]
id = "sale"
category = "marketing"
languages = ["en"]

[[template]]
id = "parcel"
category = "utility"
languages = ["en"]
params = ["no"]

[[notify]]
id = "sale"
on = "sale.begins"
text = "Roses at half price."
template = "sale"
purpose = "marketing"
while_owned = "hold"
else = "queue:care"

[[notify]]
id = "parcel"
on = "parcel.left"
template = "parcel"
params = { no = "{{ event.no }}" }
while_owned = "hold"

[[notify]]
id = "reminder"
on = "booking.made"
at = "{{ event.starts_at }} - 24h"
template = "parcel"
params = { no = "booking" }
while_owned = "hold"
else = "queue:care"

[[reply]]
id = "hello"
words = ["hello"]
text = "Hi!"
"#;

const SALE: &str = "event = { type = \"sale.begins\" }";
const PARCEL: &str = "event = { type = \"parcel.left\", data = { no = \"P\" } }";
const BOOKING: &str =
    "event = { type = \"booking.made\", data = { starts_at = \"2026-01-09T12:00:00Z\" } }";

/// How a test of these turns ends, the last of which expects this; `None` where it passes.
fn played(tier: &str, turns: &[&str], expect: &str) -> Option<String> {
    let turns: Vec<String> = turns.iter().map(|turn| format!("[[test.turn]]\n{turn}\n")).collect();
    let toml = format!(
        "{OFFERS}\n[[test]]\nname = \"x\"\nat = \"2026-01-07T12:00:00Z\"\n\
         contact = {{ consent = \"{tier}\" }}\n{}expect = {{ {expect} }}\n",
        turns.join("")
    );
    let sources = Sources::default().with("shop.toml", &toml);
    let compiled = compile(&sources, &Settings::default());
    let rules = compiled.ruleset.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    let rules = Arc::new(rules);
    play(&rules, &sources, &rules.tests[0]).failed.map(|failed| failed.message)
}

#[test]
fn notices_wait_for_people_for_the_morning_and_for_leave() {
    // 21:00 in Seoul at the beginning: the quiet hours begin.
    let (takes, closes) = ("agent = \"takes\"", "agent = \"closes\"");
    let morning = "wait = \"11h\"";
    for (turns, said, not) in [
        (vec![SALE], "silent = true", "text = \"half price\""),
        (vec!["say = \"hello\"", SALE, morning], "text = \"half price\"", "silent = true"),
        (vec!["say = \"hello\"", SALE, "wait = \"10h\""], "silent = true", "reply = \"sale\""),
        // The morning comes while an agent has them: it waits on.
        (vec!["say = \"hello\"", SALE, takes, morning], "silent = true", "owner = \"bot\""),
        (
            vec!["say = \"hello\"", SALE, takes, morning, closes],
            "text = \"half price\"",
            "silent = true",
        ),
        // They stop meanwhile: judged anew, and nobody's task.
        (
            vec!["say = \"hello\"", SALE, takes, morning, "say = \"stop\"", closes],
            "silent = true, owner = \"bot\"",
            "text = \"half price\"",
        ),
        (vec![PARCEL], "template = \"parcel\"", "silent = true"),
        (vec![takes, PARCEL, morning], "silent = true, owner = \"agent\"", "template = \"parcel\""),
        (vec![takes, PARCEL, morning, closes], "template = \"parcel\"", "silent = true"),
        (
            vec![takes, PARCEL, "agent = \"releases\""],
            "template = \"parcel\", owner = \"bot\"",
            "silent = true",
        ),
        // After its own time the reminder is no news; that it never went out is the agent's task.
        (vec![takes, BOOKING, "wait = \"47h\"", closes], "template = \"parcel\"", "silent = true"),
        (vec![takes, BOOKING, "wait = \"50h\"", closes], "silent = true", "template = \"parcel\""),
        (
            vec!["event = { type = \"booking.made\", data = { starts_at = \"soon\" } }"],
            "handoff = \"reminder\", queue = \"care\", silent = true",
            "owner = \"bot\"",
        ),
    ] {
        assert_eq!(played("offers", &turns, said), None, "{turns:?}");
        assert!(played("offers", &turns, not).is_some(), "{turns:?}: {not}");
    }
    let below = played("transactional", &["say = \"hello\"", SALE, morning], "owner = \"bot\"");
    assert_eq!(below, None, "below the tier it is nobody's task");
}
