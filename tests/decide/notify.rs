//! What is said because of an event of the business's systems.
#![expect(clippy::panic, reason = "tests")]

use super::talk::{START, Talk, contents, counted, rules, texts, verdict};
use std::collections::BTreeMap;
use std::time::Duration;
use usherd::decide::Decision;
use usherd::model::{
    Content, Effect, Event, EventKind, Outbound, Outside, Posted, Purpose, Stated, TimerChange,
    TimerKey, Timestamp,
};

const HOUR: Duration = Duration::from_secs(3600);

const SHOP: &str = r#"
[language]
default = "en"

[fields]
last_order = { type = "text" }

[hours.office]
zone = "Asia/Seoul"
open = ["mon-sun 09:00-18:00"]

[[template]]
id = "booked"
category = "utility"
languages = ["en", "ko"]
params = ["no"]

[event."order.confirmed"]
data = { no = "text", total = "number?" }

[event."booking.made"]
data = { no = "text", starts_at = "text" }

[event."booking.cancelled"]
data = { no = "text" }

[event."parcel.left"]
data = { no = "text" }

[[notify]]
id = "order"
on = "order.confirmed"
text.en = "Order {{ event.no }}."
text.ko = "주문 {{ event.no }}"
template = "booked"
params = { no = "{{ event.no }}" }
set = { last_order = "{{ event.no }}" }
tags = ["buyer"]

[[notify]]
id = "big-order"
on = "order.confirmed"
when = "event.total != () && event.total > 100"
template = "booked"
params = { no = "big {{ event.no }}" }

[[notify]]
id = "reminder"
on = "booking.made"
at = "{{ event.starts_at }} - 24h"
cancel = { on = "booking.cancelled", same = "no" }
template = "booked"
params = { no = "{{ event.no }}" }

[[notify]]
id = "left"
on = "parcel.left"
hours = "office"
template = "booked"
params = { no = "{{ event.no }}" }
"#;

fn event(talk: &Talk, id: &str, kind: EventKind) -> Event {
    Event { id: format!("api:{id}").into(), stated_at: None, ..talk.event(kind) }
}

fn post(talk: &mut Talk, id: &str, kind: &str, data: &[(&str, &str)]) -> Decision {
    let data: BTreeMap<String, String> =
        data.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let posted =
        Posted { kind: kind.to_owned(), data, person: Stated::default(), by: "crm".to_owned() };
    let event = event(talk, id, EventKind::Posted(posted));
    talk.take(&event)
}

/// The one timer that is set.
fn set(decision: &Decision) -> (TimerKey, Timestamp) {
    match decision.timers.as_slice() {
        [TimerChange::Set(timer)] => (timer.key.clone(), timer.at),
        other => panic!("{other:?}"),
    }
}

fn ring(talk: &mut Talk, key: &TimerKey, at: Timestamp) -> Decision {
    talk.at = at;
    let event = event(talk, "timer", EventKind::Timer { key: key.clone(), due: at });
    talk.take(&event)
}

#[test]
fn outside_the_window_it_is_the_template_inside_the_text_with_the_template_behind_it() {
    let mut talk = Talk::new(rules(SHOP));
    let decision = post(&mut talk, "1", "order.confirmed", &[("no", "A-1")]);
    assert_eq!(verdict(&decision), "order");
    let [Effect::Send { outside, guards, purpose, .. }] = decision.effects.as_slice() else {
        panic!("{decision:?}")
    };
    assert_eq!(*purpose, Purpose::Utility);
    assert!(guards.window_open && !guards.bot_owns, "also while a person talks with them");
    let Outside::Template { content, .. } = outside else { panic!("{outside:?}") };
    assert!(matches!(&**content, Content::Template { params, .. } if params[0].text == "A-1"));
    assert_eq!(texts(&decision), ["Order A-1."]);
    assert_eq!(talk.state.contact.fields["last_order"], "A-1");
    assert!(talk.state.contact.tags.contains("buyer"));
}

#[test]
fn a_notice_that_advertises_is_said_to_those_who_allow_it() {
    let mut talk = Talk::new(rules(
        r#"
[language]
default = "en"
[consent]
sender = "Acme"
[[consent.tier]]
id = "offers"
allows = ["service", "utility", "authentication", "marketing"]
whole = ["subscribe"]
ask.text = "Offers from Acme?"
[[template]]
id = "sale"
category = "marketing"
languages = ["en"]
[event."deal.made"]
data = { no = "text" }
[[notify]]
id = "deal"
on = "deal.made"
purpose = "marketing"
template = "sale"
"#,
    ));
    let refused = post(&mut talk, "1", "deal.made", &[("no", "1")]);
    assert_eq!(verdict(&refused), "Silent(\"below_tier\")");
    talk.hear("subscribe");
    talk.hear("yes");
    let said = post(&mut talk, "2", "deal.made", &[("no", "2")]);
    assert_eq!(verdict(&said), "deal");
    assert!(matches!(said.effects.as_slice(), [Effect::Send { purpose: Purpose::Marketing, .. }]));
}

#[test]
fn a_condition_reads_the_event_and_every_notice_that_holds_is_said() {
    let mut talk = Talk::new(rules(SHOP));
    let small = post(&mut talk, "1", "order.confirmed", &[("no", "1"), ("total", "99.5")]);
    assert_eq!(contents(&small).len(), 1);
    let large = post(&mut talk, "2", "order.confirmed", &[("no", "2"), ("total", "100.5")]);
    assert_eq!((verdict(&large).as_str(), contents(&large).len()), ("order", 2));
    assert_eq!(counted(&large, "won"), ["order", "big-order"]);
}

#[test]
fn a_notice_waits_for_its_time_and_is_said_once() {
    let mut talk = Talk::new(rules(SHOP));
    let starts = START.plus(48 * HOUR);
    let at = jiff::Timestamp::from_millisecond(starts.millis()).unwrap().to_string();
    let decision = post(&mut talk, "1", "booking.made", &[("no", "B-1"), ("starts_at", &at)]);
    assert!(decision.effects.is_empty());
    let (key, due) = set(&decision);
    assert_eq!((due, key.name.as_str()), (START.plus(24 * HOUR), "reminder#api:1"));

    let early = ring(&mut talk, &key, START.plus(HOUR));
    assert_eq!((verdict(&early).as_str(), set(&early).1), ("Silent(\"not_due\")", due));
    let rung = ring(&mut talk, &key, due);
    assert_eq!(verdict(&rung), "reminder");
    assert!(
        matches!(contents(&rung).as_slice(), [Content::Template { params, .. }] if params[0].text == "B-1")
    );
    assert_eq!(rung.timers, [TimerChange::Clear(key.clone())]);
    let again = ring(&mut talk, &key, due);
    assert_eq!(verdict(&again), "Silent(\"notify_gone\")");
    assert_eq!(again.timers, [TimerChange::Clear(key)]);
}

#[test]
fn an_event_takes_back_what_waits_for_the_same_value_only() {
    let mut talk = Talk::new(rules(SHOP));
    let at = jiff::Timestamp::from_millisecond(START.plus(48 * HOUR).millis()).unwrap().to_string();
    for no in ["1", "2"] {
        post(&mut talk, no, "booking.made", &[("no", no), ("starts_at", &at)]);
    }
    let decision = post(&mut talk, "3", "booking.cancelled", &[("no", "1")]);
    assert!(
        matches!(decision.timers.as_slice(), [TimerChange::Clear(key)] if key.name == "reminder#api:1")
    );
    assert_eq!(counted(&decision, "unscheduled"), ["reminder"]);
    let waits: Vec<&str> =
        talk.state.conversation.scheduled.iter().map(|one| one.event.as_str()).collect();
    assert_eq!(waits, ["api:2"]);
}

#[test]
fn a_time_that_has_passed_or_is_none_is_told() {
    let mut talk = Talk::new(rules(SHOP));
    let at = |span: i64| {
        let millis = START.millis() + span * 3_600_000;
        jiff::Timestamp::from_millisecond(millis).unwrap().to_string()
    };
    let soon = post(&mut talk, "1", "booking.made", &[("no", "1"), ("starts_at", &at(3))]);
    assert_eq!(verdict(&soon), "reminder", "less than a day ahead: at once");
    let over = post(&mut talk, "2", "booking.made", &[("no", "1"), ("starts_at", &at(-2))]);
    assert_eq!(verdict(&over), "Silent(\"too_late\")");
    let none = post(&mut talk, "3", "booking.made", &[("no", "1"), ("starts_at", "soon")]);
    assert_eq!(verdict(&none), "Silent(\"at_failed\")");
}

#[test]
fn a_notice_with_hours_waits_for_the_opening() {
    let mut talk = Talk::new(rules(SHOP));
    // 2026-09-22 03:00 in Seoul.
    talk.at = "2026-09-21T18:00:00Z"
        .parse::<jiff::Timestamp>()
        .map(|at| Timestamp(at.as_millisecond()))
        .unwrap();
    let decision = post(&mut talk, "1", "parcel.left", &[("no", "P")]);
    let (key, due) = set(&decision);
    assert_eq!(due, talk.at.plus(6 * HOUR));
    assert_eq!(verdict(&ring(&mut talk, &key, due)), "left");
}

#[test]
fn advertising_below_its_tier_is_not_said_and_counted() {
    let text = SHOP.replace("id = \"big-order\"", "id = \"big-order\"\npurpose = \"marketing\"");
    let mut talk = Talk::new(rules(&text));
    let large = post(&mut talk, "1", "order.confirmed", &[("no", "2"), ("total", "500")]);
    assert_eq!(contents(&large).len(), 1);
    assert_eq!(counted(&large, "below_tier"), ["big-order"]);
    let none = post(&mut talk, "2", "booking.cancelled", &[("no", "2")]);
    assert_eq!(verdict(&none), "Silent(\"no_notify\")");
}

#[test]
fn advertising_goes_to_who_agreed_until_they_stop() {
    let text = format!(
        r#"{SHOP}
[consent]
sender = "Rose & Co"

[[consent.tier]]
id = "offers"
allows = ["service", "utility", "authentication", "marketing"]
whole = ["subscribe"]
ask.text = "Reply YES to get offers from Rose & Co."
version = "1"
footer = "Reply STOP to opt out"

[[template]]
id = "sale"
category = "marketing"
languages = ["en"]

[event."sale.begins"]
data = {{}}

[[notify]]
id = "sale"
on = "sale.begins"
text = "Roses at half price."
template = "sale"
purpose = "marketing"
"#
    );
    let mut talk = Talk::new(rules(&text));
    talk.hear("hello");
    let before = post(&mut talk, "1", "sale.begins", &[]);
    assert_eq!((verdict(&before), contents(&before).len()), ("Silent(\"below_tier\")".into(), 0));
    talk.hear("subscribe");
    talk.hear("yes");
    let agreed = post(&mut talk, "2", "sale.begins", &[]);
    let [Effect::Send { purpose, outside, content, .. }] = agreed.effects.as_slice() else {
        panic!("{agreed:?}")
    };
    assert_eq!(*purpose, Purpose::Marketing);
    let Outside::Template { purpose, .. } = outside else { panic!("{outside:?}") };
    assert_eq!(*purpose, Purpose::Marketing);
    let signed = "Roses at half price.\n\nRose & Co · Reply STOP to opt out";
    assert_eq!(content.in_words(), signed);
    for (text, said) in [
        ("New: peonies.", "New: peonies.\n\nRose & Co · Reply STOP to opt out"),
        ("Rose & Co has peonies.", "Rose & Co has peonies.\n\nReply STOP to opt out"),
    ] {
        let wanted = Outbound {
            text: Some(text.to_owned()),
            template: None,
            params: BTreeMap::new(),
            purpose: Purpose::Marketing,
            person: Stated::default(),
            by: "crm".to_owned(),
        };
        let event = talk.event(EventKind::Outbound(wanted));
        let decision = talk.take(&event);
        assert_eq!(contents(&decision)[0].in_words(), said);
    }
    talk.hear("stop");
    let after = post(&mut talk, "3", "sale.begins", &[]);
    assert_eq!((verdict(&after), contents(&after).len()), ("Silent(\"stopped\")".into(), 0));
}

/// What would be lost: the typed answer to a form's question, to a notice that came in between.
#[test]
fn a_notice_takes_no_menu_away_from_what_is_open() {
    let mut talk = Talk::new(rules(
        r#"
[event."order.changed"]
data = { no = "text" }

[[template]]
id = "changed"
category = "utility"
languages = ["en"]

[[notify]]
id = "changed"
on = "order.changed"
text = "Which?"
choices = [{ id = "red", title = "Red", go = "colour" }, { id = "blue", title = "Blue", go = "colour" }]
template = "changed"

[[reply]]
id = "colour"
whole = ["colour"]
text = "Noted."

[[form]]
id = "table"
words = ["book"]
done = "Done: {{ form.place }}."

[[form.ask]]
name = "place"
text = "Inside or outside?"
choices = [{ id = "inside", title = "Inside" }, { id = "outside", title = "Outside" }]
"#,
    ));
    talk.hear("hello");
    assert_eq!(post(&mut talk, "1", "order.changed", &[("no", "1")]).effects.len(), 1);
    assert_eq!(verdict(&talk.hear("red")), "colour", "nothing else is open");
    talk.hear("book");
    assert_eq!(post(&mut talk, "2", "order.changed", &[("no", "2")]).effects.len(), 1);
    assert_eq!(talk.say("inside").1, ["Done: inside."]);
    talk.hear("book");
    assert_eq!(post(&mut talk, "3", "order.changed", &[("no", "3")]).effects.len(), 1);
    assert_eq!(verdict(&talk.tap("blue", "Blue")), "colour", "a tap works anyway");
}
