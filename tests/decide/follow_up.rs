//! `follow_up` on a clock of its own: when it is said, and what ends it.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::talk::{START, Talk, counted, rules, texts, verdict};
use std::time::Duration;
use usherd::decide::{Decision, Part};
use usherd::model::merge::merge_conversations;
use usherd::model::{
    AgentAct, Consent, DeskAct, Echo, EventKind, Message, MessageKind, Preference, Purpose, Raw,
    Timer, TimerChange, TimerKind, Timestamp,
};

const HOUR: Duration = Duration::from_secs(3_600);

const SHOP: &str = r#"
[consent]
sender = "Acme"
[[consent.tier]]
id = "marketing"
allows = ["service", "utility", "authentication", "marketing"]
whole = ["subscribe"]
ask.text = "Reply YES to get offers."
text = "You're in."
[consent.quiet]
marketing = "21:00-08:00"
zone = "UTC"

[queue.care]
return = "on_close"

[[handoff]]
id = "complaint"
words = ["complaint*"]
queue = "care"
text = "A colleague will come."

[[template]]
id = "still_there"
category = "utility"
languages = ["en"]
params = ["no"]

[[template]]
id = "spring_sale"
category = "marketing"
languages = ["en"]

[[reply]]
id = "order"
words = ["order"]
take = { no = "digits 4-8" }
text = "Looking for {{ match.no }}."
follow_up = [
  { after = "2h", text = "Anything else about {{ match.no }}?" },
  { after = "20h", messages = ["Last call.", "Bye."] },
  { after = "2d", template = "still_there", params = { no = "{{ match.no }}" } },
]

[[reply]]
id = "way"
words = ["way"]
go = "target"
follow_up = [{ after = "1h", text = "of the way" }]

[[reply]]
id = "target"
words = ["target"]
text = "Here."
cooldown = { every = "1h", then = { text = "Again." } }
follow_up = [{ after = "1h", text = "of the target", choices = [{ id = "t-order", title = "Target", go = "target" }] }]

[[reply]]
id = "sale"
words = ["sale"]
purpose = "marketing"
text = "Ten per cent."
follow_up = [{ after = "7h", text = "It ends today." }, { after = "3d", template = "spring_sale" }]

[[reply]]
id = "broken"
words = ["broken"]
text = "Hm."
follow_up = [{ after = "1h", text = "{{ contact.username }}" }, { after = "2h", text = "second" }]

[[reply]]
id = "size"
words = ["size"]
text = "Which size?"
follow_up = [{ after = "1h", text = "S, M or L?" }]

[[reply]]
id = "size-given"
after = "size"
whole = ["s", "m", "l"]
text = "Fine."

[[reply]]
id = "hello"
words = ["hello"]
text = "Hi."

[[fallback]]
misses = 1
text = "Pardon?"

[[fallback]]
misses = 2
go = "target"
"#;

/// The clock stands at 2026-09-21 14:13 UTC.
fn talk() -> Talk {
    Talk::new(rules(SHOP))
}

/// The one timer a decision sets or clears.
fn timer(decision: &Decision) -> Option<Timestamp> {
    let mut last = None;
    for change in &decision.timers {
        let (key, at) = match change {
            TimerChange::Set(Timer { key, at }) => (key, Some(*at)),
            TimerChange::Clear(key) => (key, None),
        };
        if key.kind == TimerKind::FollowUp {
            assert_eq!(key.name, "");
            last = Some(at);
        }
    }
    last.unwrap_or(None)
}

fn rings(talk: &mut Talk, at: Timestamp) -> Decision {
    talk.at = at;
    talk.ring(TimerKind::FollowUp, at)
}

/// Lets the timer ring when it is due, and gives what comes of it.
fn ring(talk: &mut Talk) -> Decision {
    let at = talk.state.conversation.follow_up.as_ref().unwrap().at;
    rings(talk, at)
}

fn hours(count: u32) -> Timestamp {
    START.plus(HOUR * count)
}

fn waits(talk: &Talk) -> Option<(String, u32, Timestamp)> {
    let waiting = talk.state.conversation.follow_up.as_ref()?;
    Some((waiting.rule.to_string(), waiting.step, waiting.at))
}

#[test]
fn every_step_is_said_once_in_its_turn() {
    let mut talk = talk();
    let decision = talk.hear("order 123456");
    assert_eq!(timer(&decision), Some(hours(2)));
    assert!(
        decision.trace.notes.iter().any(|note| note.starts_with("follow-up 1 of `order` is due"))
    );

    let first = ring(&mut talk);
    assert_eq!(
        (verdict(&first), texts(&first)),
        ("order".into(), vec!["Anything else about 123456?".into()])
    );
    assert_eq!(first.trace.how, ["follow-up 1"]);
    let part = |step| Part { follow_up: Some(step), ..Part::of(&"order".into()) };
    assert_eq!(first.trace.parts, [part(1)]);
    assert_eq!(counted(&first, "follow_up"), ["said"]);
    assert_eq!(timer(&first), Some(hours(20)));

    let second = ring(&mut talk);
    assert_eq!(texts(&second), ["Last call.", "Bye."]);
    assert_eq!(timer(&second), Some(hours(48)));

    let third = ring(&mut talk);
    assert!(texts(&third)[0].contains("still_there"), "{:?}", texts(&third));
    assert_eq!((timer(&third), waits(&talk)), (None, None));
    // A timer that rings once more finds nobody waiting.
    let again = rings(&mut talk, hours(49));
    assert_eq!((texts(&again).len(), timer(&again)), (0, None));
    assert_eq!(again.timers.len(), 1, "it is cleared");
}

#[test]
fn any_message_ends_it_and_an_answer_may_begin_another() {
    let kinds = [
        MessageKind::Text,
        MessageKind::Image,
        MessageKind::Reaction,
        MessageKind::Unsupported,
        MessageKind::Edit,
    ];
    for kind in kinds {
        let mut talk = talk();
        talk.hear("order 123456");
        let decision = talk.send(kind.clone());
        assert_eq!((timer(&decision), waits(&talk)), (None, None), "{kind:?}");
        assert!(decision.trace.notes.iter().any(|note| note == "the follow-up of `order` is over"));
    }
    // What usher or WhatsApp tells is no message of the customer's.
    let mut talk = talk();
    talk.hear("order 123456");
    assert!(talk.send(MessageKind::System).timers.is_empty());
    let group =
        Message { group: Some("g".to_owned()), ..talk.message(MessageKind::Text, Some("hello")) };
    let event = talk.event(EventKind::Message(group));
    assert!(talk.take(&event).timers.is_empty());
    assert!(waits(&talk).is_some());
    // Too old to be answered, but written.
    let message = talk.message(MessageKind::Text, Some("hello"));
    let mut late = talk.event(EventKind::Message(message));
    (late.at, late.stated_at) = (hours(8), Some(START));
    assert_eq!(verdict(&talk.take(&late)), "Silent(\"too_old\")");
    assert_eq!(waits(&talk), None);

    talk.at = hours(9);
    talk.hear("order 1111");
    let decision = talk.hear("order 2222");
    assert_eq!(timer(&decision), Some(hours(11)));
    assert_eq!(texts(&ring(&mut talk)), ["Anything else about 2222?"]);
}

#[test]
fn people_and_stops_end_it() {
    let echo = Echo { text: Some("I am on it".to_owned()), raw: Raw::copy(b"{}") };
    let take = DeskAct { act: AgentAct::Take, agent: "Mei".to_owned() };
    let stop = Preference { stop: true };
    for kind in [EventKind::Echo(echo), EventKind::Desk(take), EventKind::Preference(stop)] {
        let mut talk = talk();
        talk.hear("order 123456");
        let event = talk.event(kind.clone());
        let decision = talk.take(&event);
        assert_eq!((timer(&decision), waits(&talk)), (None, None), "{kind:?}");
        assert!(!decision.timers.is_empty(), "{kind:?}");
    }
    for said in ["stop", "complaint"] {
        let mut talk = talk();
        talk.hear("order 123456");
        talk.hear(said);
        assert_eq!(waits(&talk), None, "{said}");
    }
    let mut talk = talk();
    talk.hear("order 123456");
    let event = talk.event(EventKind::Preference(Preference { stop: false }));
    assert!(talk.take(&event).timers.is_empty(), "a resume is no stop");
    // An event of any other kind leaves it.
    let event = talk.event(EventKind::Recorded { what: "x".to_owned(), raw: Raw::copy(b"") });
    talk.take(&event);
    assert!(waits(&talk).is_some());
}

#[test]
fn the_rule_nearest_to_the_end_follows_up_unless_it_is_in_cool_down() {
    let mut talk = talk();
    talk.hear("way");
    assert_eq!(waits(&talk).unwrap().0, "target");
    talk.hear("target");
    assert_eq!(waits(&talk), None, "in cool-down it says something else");
    talk.at = hours(2);
    talk.hear("mumble");
    talk.hear("mumble");
    assert_eq!(waits(&talk).unwrap().0, "target", "after a fallback as well");
    let decision = ring(&mut talk);
    assert_eq!(talk.state.conversation.menu.as_ref().unwrap().choices, ["t-order"]);
    assert!(texts(&decision)[0].contains("of the target"));
}

#[test]
fn late_steps_keep_their_distance_and_the_window_is_minded() {
    let mut talk = talk();
    talk.hear("order 123456");
    // usher was down for five hours.
    let decision = rings(&mut talk, hours(7));
    assert_eq!(texts(&decision).len(), 1);
    // The second, 18 h later, would be outside the window: the template is next.
    assert_eq!(timer(&decision), Some(hours(7 + 46)));
    assert_eq!(waits(&talk), Some(("order".into(), 2, hours(7 + 46))));
    let decision = ring(&mut talk);
    assert_eq!(texts(&decision).len(), 1);

    let mut talk = self::talk();
    talk.hear("order 123456");
    // Down for a day: a text can no longer be said, the template can when its turn comes.
    let decision = rings(&mut talk, hours(30));
    assert_eq!(verdict(&decision), "Silent(\"window_closed\")");
    assert_eq!(waits(&talk), Some(("order".into(), 2, hours(30 + 46))));

    // A message that reached usher late: its window closes sooner.
    let mut talk = self::talk();
    let message = talk.message(MessageKind::Text, Some("order 123456"));
    let mut event = talk.event(EventKind::Message(message));
    (event.at, event.stated_at) = (hours(5), Some(START));
    talk.at = event.at;
    talk.take(&event);
    ring(&mut talk);
    assert_eq!(waits(&talk).unwrap().1, 2, "20 h after is 25 h after they wrote");
}

#[test]
fn a_step_that_cannot_be_said_is_passed_over() {
    let mut talk = talk();
    talk.hear("broken");
    let decision = ring(&mut talk);
    assert_eq!(verdict(&decision), "Silent(\"follow_up_failed\")");
    assert_eq!(counted(&decision, "text_failed"), ["broken"]);
    assert_eq!(texts(&ring(&mut talk)), ["second"]);
}

#[test]
fn marketing_waits_for_the_morning_and_for_consent() {
    let allowed = |talk: &mut Talk| {
        talk.state.contact.consent.allows.push(Purpose::Marketing);
        talk.state.contact.consent.tier = "marketing".to_owned();
    };
    let mut talk = talk();
    assert_eq!(talk.say("sale").0, "fallback.1", "below its tier");
    allowed(&mut talk);
    talk.hear("sale");
    // 21:13 is quiet; the morning is 08:00.
    let quiet = ring(&mut talk);
    assert_eq!(verdict(&quiet), "Silent(\"quiet_hours\")");
    let morning = "2026-09-22T08:00:00Z".parse::<jiff::Timestamp>().unwrap();
    assert_eq!(timer(&quiet), Some(Timestamp(morning.as_millisecond())));
    let said = ring(&mut talk);
    assert_eq!(texts(&said), ["It ends today.\n\nAcme"]);
    // The second step would come in the same hour two days later.
    talk.state.contact.consent.stopped.push(Purpose::Marketing);
    let refused = ring(&mut talk);
    assert_eq!((verdict(&refused), texts(&refused).len()), ("Silent(\"consent\")".into(), 0));
    assert_eq!(waits(&talk), None);
}

/// The rule's `consent` holds for what follows as for its answer.
#[test]
fn who_lost_the_tier_is_not_followed_up() {
    let shop = format!(
        "{SHOP}\n[[reply]]\nid = \"club\"\nwords = [\"club\"]\nconsent = \"marketing\"\n\
         text = \"Welcome.\"\nfollow_up = [{{ after = \"2h\", text = \"Still there?\" }}]\n"
    );
    for lowered in [false, true] {
        let mut talk = Talk::new(rules(&shop));
        talk.hear("subscribe");
        talk.hear("yes");
        let before = talk.state.contact.consent.clone();
        assert_eq!(talk.say("club").1, ["Welcome."]);
        if lowered {
            let everybodys = Consent::default();
            talk.state.contact.consent = Consent { tier: everybodys.tier, ..before };
        }
        let said = texts(&ring(&mut talk));
        assert_eq!(said.is_empty(), lowered, "{said:?}");
    }
}

#[test]
fn a_reload_may_take_it_away() {
    let less =
        SHOP.replace("  { after = \"2h\", text = \"Anything else about {{ match.no }}?\" },\n", "");
    let less = less.replace("  { after = \"20h\", messages = [\"Last call.\", \"Bye.\"] },\n", "");
    let gone = SHOP.replace("id = \"order\"\n", "id = \"other\"\n");
    let draft = SHOP.replace("id = \"order\"\n", "id = \"order\"\nstatus = \"draft\"\n");
    for (after, step) in [(&less, 1), (&gone, 0), (&draft, 0)] {
        let mut talk = talk();
        talk.hear("order 123456");
        for _ in 0..step {
            ring(&mut talk);
        }
        talk.rules = rules(after);
        let decision = ring(&mut talk);
        assert_eq!(verdict(&decision), "Silent(\"follow_up_gone\")");
        assert_eq!((waits(&talk), decision.timers.len()), (None, 1));
    }
}

#[test]
fn the_open_question_is_left_alone() {
    let mut talk = talk();
    talk.hear("size");
    ring(&mut talk);
    assert_eq!(talk.state.conversation.question.as_ref().unwrap().rule.as_str(), "size");
    assert_eq!(talk.say("m").0, "size-given");
}

#[test]
fn two_contacts_that_are_one_wait_once() {
    let mut older = talk();
    older.hear("hello");
    older.at = hours(1);
    older.hear("order 1111");
    let mut younger = talk();
    younger.at = hours(2);
    younger.hear("order 2222");
    // Of two timers of one key the store keeps the earlier; of two follow-ups the one of who wrote
    // last stays.
    let one = merge_conversations(&older.state.conversation, &younger.state.conversation);
    older.state.conversation = one;
    let early = rings(&mut older, hours(3));
    assert_eq!((verdict(&early), timer(&early)), ("Silent(\"not_due\")".into(), Some(hours(4))));
    assert_eq!(texts(&ring(&mut older)), ["Anything else about 2222?"]);
    assert_eq!(waits(&older).unwrap().1, 1);
}
