//! Consent: what customers may say about it, in conversations, and what that grants and takes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use crate::talk::{START, Talk, counted, rules, texts, verdict};
use proptest::prelude::*;
use std::time::Duration;
use usherd::decide::{Decision, Occasion, from_outside};
use usherd::model::{
    Change, Consent, ConsentAct, ConsentUpdate, ContactUpdate, Content, Conversation,
    DeliveryStatus, Effect, Event, EventId, EventKind, JobId, LedgerEntry, MessageKind, Owner,
    Preference, Purpose, SendError, SendOutcome, Status, Stops,
};

const NOTHING: ConsentUpdate =
    ConsentUpdate { tier: None, stop: None, source: None, at: None, version: None };

const SHOP: &str = r#"
[consent]
sender = "Acme"

[[consent.tier]]
id = "transactional"
allows = ["service", "utility", "authentication"]

[[consent.tier]]
id = "marketing"
allows = ["service", "utility", "authentication", "marketing"]
whole = ["subscribe", "구독", "訂閱"]
ask.text = "Reply YES to receive offers from Acme."
within = "24h"
text = "You're in."
version = "2026-11"
renew = "2y"
footer = "Reply STOP to opt out"

[consent.stop]
whole = ["광고거부"]
text = "No more offers."
near_text = "Shall I stop all offers?"

[consent.quiet]
marketing = "21:00-08:00"
zone = "Asia/Seoul"

[[reply]]
id = "offers"
words = ["offers"]
purpose = "marketing"
text = "Roses at half price."

[[reply]]
id = "club"
words = ["club"]
consent = "marketing"
text = "Welcome back to the club."

[[reply]]
id = "to-offers"
words = ["deals"]
go = "offers"

[[reply]]
id = "to-club"
words = ["members"]
go = "club"

[[reply]]
id = "hours"
words = ["open"]
text = "We open at ten."

[[fallback]]
misses = 1
text = "Pardon?"
"#;

/// Noon in Seoul.
fn shop() -> Talk {
    let mut talk = Talk::new(rules(SHOP));
    talk.at = usherd::model::Timestamp(START.millis() / 86_400_000 * 86_400_000 + 3 * 3_600_000);
    talk
}

fn subscribed() -> Talk {
    let mut talk = shop();
    talk.hear("subscribe");
    assert_eq!(talk.say("yes"), ("consent.yes.marketing".into(), vec!["You're in.".into()]));
    talk
}

fn may_sell(talk: &Talk) -> bool {
    talk.state.contact.consent.permits(Purpose::Marketing, talk.at).is_ok()
}

fn acts(decision: &Decision) -> Vec<ConsentAct> {
    let act = |change: &Change| match change {
        Change::Consent { entry, .. } => Some(entry.act),
        _ => None,
    };
    decision.changes.iter().filter_map(act).collect()
}

fn entry(decision: &Decision) -> LedgerEntry {
    let entry = decision.changes.iter().find_map(|change| match change {
        Change::Consent { entry, .. } => Some(entry.clone()),
        _ => None,
    });
    entry.unwrap()
}

/// What would be lost: a customer who says stop on one of our numbers is sold to after a yes to what
/// they were asked on another before.
#[test]
fn a_withdrawal_closes_what_was_asked_on_every_number() {
    let lower = |consent| {
        let (source, by) = ("api".to_owned(), "crm".to_owned());
        let consent = Some(consent);
        EventKind::Updated(ContactUpdate { consent, source, by, ..ContactUpdate::default() })
    };
    let tier = Some("none".to_owned());
    let nothing: fn(&mut Talk) = |_| {};
    type Does<'a> = Box<dyn Fn(&mut Talk) + 'a>;
    let cases: [(&str, Does<'_>, bool); 8] = [
        ("nothing", Box::new(nothing), true),
        ("a word", Box::new(|talk| drop(talk.hear("when do you open"))), true),
        ("a stop", Box::new(|talk| drop(talk.hear("stop"))), false),
        ("a near-stop", Box::new(|talk| drop(talk.hear("please stop sending"))), false),
        (
            "a refusal",
            Box::new(|talk| {
                talk.hear("subscribe");
                talk.hear("no");
            }),
            false,
        ),
        (
            "WhatsApp's switch",
            Box::new(|talk| {
                let event = talk.event(EventKind::Preference(Preference { stop: true }));
                talk.take(&event);
            }),
            false,
        ),
        (
            "a stop from outside",
            Box::new(|talk| {
                let stop = Some(Stops::Marketing);
                let event = talk.event(lower(ConsentUpdate { stop, ..NOTHING }));
                talk.take(&event);
            }),
            false,
        ),
        (
            "less from outside",
            Box::new(|talk| {
                let tier = tier.clone();
                let event = talk.event(lower(ConsentUpdate { tier, ..NOTHING }));
                talk.take(&event);
            }),
            false,
        ),
    ];
    for (what, act, grants) in cases {
        let mut talk = shop();
        assert_eq!(verdict(&talk.hear("subscribe")), "consent.ask.marketing");
        talk.wait(Duration::from_secs(60));
        let elsewhere = Conversation::new("200".into());
        let here = std::mem::replace(&mut talk.state.conversation, elsewhere);
        act(&mut talk);
        talk.state.conversation = here;
        let yes = talk.hear("yes");
        assert_eq!(acts(&yes) == [ConsentAct::Confirmed], grants, "{what}: {:?}", yes.trace);
        assert_eq!(may_sell(&talk), grants, "{what}");
    }
}

/// A line says how much is stopped: the lines alone tell what is allowed.
#[test]
fn the_ledger_says_how_much_is_stopped() {
    let mut talk = shop();
    assert_eq!(entry(&talk.hear("stop")).stops, Some(Stops::Marketing));
    assert_eq!(entry(&talk.hear("subscribe")).stops, None);
    for stop in [Stops::Marketing, Stops::All] {
        let talk = subscribed();
        let event = EventId::from("e");
        let (at, number) = (talk.at, None);
        let occasion = Occasion { at, event: &event, number, source: "api", by: None };
        let update = ConsentUpdate { stop: Some(stop), ..NOTHING };
        let before = &talk.state.contact.consent;
        let (_, line) = from_outside(&talk.rules, before, &update, &occasion).unwrap().unwrap();
        assert_eq!((line.stops, line.tier.as_str()), (Some(stop), "marketing"));
    }
}

#[test]
fn an_opt_in_is_asked_and_confirmed() {
    let mut talk = shop();
    let asked = talk.hear("Subscribe!");
    assert_eq!(verdict(&asked), "consent.ask.marketing");
    assert_eq!(acts(&asked), [ConsentAct::Asked]);
    let [Effect::Send { content: Content::Buttons { frame, buttons }, purpose, .. }] =
        asked.effects.as_slice()
    else {
        panic!("{:?}", asked.effects)
    };
    assert_eq!(frame.body, "Reply YES to receive offers from Acme.");
    let ids: Vec<_> = buttons.iter().map(|b| (b.id.as_str(), b.title.as_str())).collect();
    assert_eq!(ids, [("consent.yes.marketing", "Yes"), ("consent.no.marketing", "No")]);
    assert_eq!(*purpose, Purpose::Service);
    assert!(!may_sell(&talk), "asking grants nothing");
    talk.wait(Duration::from_secs(60));
    let granted = talk.hear("yes please");
    assert_eq!(texts(&granted), ["You're in."]);
    let line = entry(&granted);
    assert_eq!((line.act, line.tier.as_str()), (ConsentAct::Confirmed, "marketing"));
    assert_eq!((line.version.as_deref(), line.source.as_str()), (Some("2026-11"), "customer"));
    assert!(may_sell(&talk));
    assert_eq!(talk.state.conversation.consent_asked, None);
    assert_eq!(counted(&granted, "consent"), ["confirmed"]);
    talk.wait(Duration::from_secs(2 * 365 * 86_400));
    assert!(!may_sell(&talk), "the grant is over");
    assert_eq!(talk.say("offers").0, "fallback.1");
    assert!(talk.why("offers", "offers").contains("is over"));
}

/// Said after "subscribe", in these words; what it leads to, and whether marketing is granted.
#[test]
fn what_grants_and_what_does_not() {
    let day = Duration::from_secs(24 * 3600);
    let cases: &[(&[&str], Duration, bool)] = &[
        (&["yes"], Duration::ZERO, true),
        (&["네"], Duration::ZERO, true),
        (&["yes"], day, false),
        (&["open", "yes"], Duration::ZERO, false),
        (&["no", "yes"], Duration::ZERO, false),
        (&["stop", "yes"], Duration::ZERO, false),
        (&["그만 보내", "no", "yes"], Duration::ZERO, false),
        (&["구독 취소해주세요"], Duration::ZERO, false),
        (&["取消訂閱"], Duration::ZERO, false),
        (&["I don't want to subscribe"], Duration::ZERO, false),
        (&["不好"], Duration::ZERO, false),
        (&["네이버에서 봤어요"], Duration::ZERO, false),
        (&["yes but not now"], Duration::ZERO, false),
        (&["maybe"], Duration::ZERO, false),
    ];
    for (said, wait, grants) in cases {
        let mut talk = shop();
        talk.hear("subscribe");
        talk.wait(*wait);
        for words in *said {
            talk.hear(words);
        }
        assert_eq!(may_sell(&talk), *grants, "{said:?} after {wait:?}");
    }
    let mut talk = shop();
    talk.hear("yes");
    assert!(!may_sell(&talk), "a yes to nothing");
}

#[test]
fn what_stops_or_asks() {
    for words in [
        "수신거부 부탁드립니다",
        "我要退訂",
        "STOP please",
        "unsubscribe me",
        "보내지 마세요",
        "광고거부",
        "그만 보내",
    ] {
        let mut talk = subscribed();
        let heard = talk.hear(words);
        let by = verdict(&heard);
        assert!(["consent.stop", "consent.near_stop"].contains(&by.as_str()), "{words}: {by}");
        assert_eq!(heard.effects.len(), 1, "{words}");
        assert!(!may_sell(&talk), "{words}");
    }
}

#[test]
fn a_stop_is_confirmed_once_and_taken_back_by_opting_in() {
    let mut talk = subscribed();
    assert_eq!(talk.say("stop"), ("consent.stop".into(), vec!["No more offers.".into()]));
    assert_eq!(talk.say("STOP"), ("consent.stop".into(), vec![]));
    assert_eq!(talk.say("offers").0, "fallback.1");
    assert!(talk.why("offers", "offers").contains("stopped marketing"));
    talk.hear("subscribe");
    assert!(!may_sell(&talk));
    talk.hear("yes");
    assert!(may_sell(&talk), "there is a way back");
    assert_eq!(talk.say("stop").1, ["No more offers."], "another stop");
}

#[test]
fn a_near_stop_suspends_at_once_and_asks() {
    for (answer, by, sells) in [
        ("yes", "consent.stop", false),
        ("no", "consent.no", true),
        ("open", "hours", false),
        ("subscribe", "consent.ask.marketing", false),
    ] {
        let mut talk = subscribed();
        let (rule, said) = talk.say("그만 보내");
        assert_eq!(rule, "consent.near_stop");
        assert!(said[0].contains("Shall I stop all offers?"), "{said:?}");
        assert!(!may_sell(&talk), "suspended at once");
        assert_eq!(talk.say(answer).0, by);
        assert_eq!(may_sell(&talk), sells, "{answer}");
    }
    let mut talk = subscribed();
    talk.hear("그만 보내");
    talk.hear("open");
    talk.hear("no");
    assert!(!may_sell(&talk), "a no to something else");
    assert_eq!(verdict(&talk.tap("consent.stop.no", "No")), "consent.near_stop", "asked again");
    assert_eq!(verdict(&talk.tap("consent.stop.no", "No")), "consent.no");
    assert!(may_sell(&talk));
}

#[test]
fn a_tap_counts_as_long_as_its_question_is_the_last_thing_sent() {
    let mut talk = shop();
    talk.hear("subscribe");
    talk.hear("open");
    let late = talk.tap("consent.yes.marketing", "Yes");
    assert_eq!(verdict(&late), "consent.ask.marketing", "the question is put again");
    assert!(!may_sell(&talk));
    talk.wait(Duration::from_secs(25 * 3600));
    assert_eq!(verdict(&talk.tap("consent.yes.marketing", "Yes")), "consent.ask.marketing");
    assert_eq!(verdict(&talk.tap("consent.yes.marketing", "Yes")), "consent.yes.marketing");
    assert!(may_sell(&talk));
    let refused = talk.tap("consent.no.marketing", "No");
    assert_eq!(
        (verdict(&refused).as_str(), acts(&refused)),
        ("consent.no", vec![ConsentAct::Refused])
    );
    assert!(!may_sell(&talk), "a no takes back what a yes gave");
    assert_eq!(verdict(&talk.tap("consent.stop.yes", "Yes")), "consent.stop");
    assert_eq!(verdict(&talk.tap("consent.yes.gone", "Yes")), "fallback.1");
}

#[test]
fn a_yes_from_before_the_question_answers_something_else() {
    let mut talk = shop();
    talk.hear("subscribe");
    let message = talk.message(usherd::model::MessageKind::Text, Some("yes"));
    let mut event = talk.event(EventKind::Message(message.clone()));
    event.stated_at = Some(usherd::model::Timestamp(talk.at.millis() - 10_000));
    talk.take(&event);
    assert!(!may_sell(&talk));
    talk.hear("subscribe");
    let mut quoting = message;
    quoting.reply_to = Some("wamid.other".into());
    let event = talk.event(EventKind::Message(quoting));
    talk.take(&event);
    assert!(!may_sell(&talk), "it quotes another message");
}

/// Nobody can answer a question that has not been sent: where nothing else waits for the answer it
/// is met with silence, so that the question is the last thing sent when it comes.
#[test]
fn a_yes_before_the_question_is_on_its_way_grants_nothing() {
    let accepted = || SendOutcome::Accepted { wamid: "wamid.out".into(), wa_id: None };
    let mut talk = shop();
    talk.sleeps = true;
    talk.hear("subscribe");
    let early = talk.hear("yes");
    assert_eq!(verdict(&early), r#"Silent("not_asked_yet")"#);
    assert_eq!((texts(&early).len(), may_sell(&talk)), (0, false));
    assert_eq!(verdict(&talk.tap("consent.yes.marketing", "Yes")), "consent.ask.marketing");
    talk.report(accepted());
    talk.hear("yes");
    assert!(may_sell(&talk), "it was sent, and answered");

    // Said before, and late: no answer either.
    let mut talk = shop();
    talk.sleeps = true;
    talk.hear("subscribe");
    let (said, typed) = (talk.at.plus(Duration::from_secs(5)), Some("yes"));
    talk.wait(Duration::from_secs(60));
    talk.report(accepted());
    let message = talk.message(MessageKind::Text, typed);
    let late = Event { stated_at: Some(said), ..talk.event(EventKind::Message(message)) };
    assert_eq!(verdict(&talk.take(&late)), r#"Silent("not_asked_yet")"#);
    assert!(!may_sell(&talk));
    talk.hear("yes");
    assert!(may_sell(&talk));
}

/// What WhatsApp may have taken the customer may have seen, and what is delivered they have.
#[test]
fn a_question_whose_sending_is_unclear_may_be_answered() {
    let due = START.plus(Duration::from_secs(60));
    let error = || SendError { code: None, reason: "network".into(), detail: "no way".into() };
    for (outcome, counts) in [
        (SendOutcome::Unknown { due }, true),
        (SendOutcome::Postponed { error: error(), due }, false),
        (SendOutcome::Again { error: error(), due }, false),
    ] {
        let mut talk = shop();
        talk.sleeps = true;
        talk.hear("subscribe");
        talk.report(outcome.clone());
        talk.hear("yes");
        assert_eq!(may_sell(&talk), counts, "{outcome:?}");
    }
    for (status, version, counts) in [
        (DeliveryStatus::Delivered, 1, true),
        (DeliveryStatus::Delivered, 9, false),
        (DeliveryStatus::Failed, 1, false),
    ] {
        let mut talk = shop();
        talk.sleeps = true;
        talk.hear("subscribe");
        let job = Some(JobId { contact: talk.state.contact.id, version, index: 0 });
        let (wamid, error, rule) = ("wamid.out".into(), None, None);
        let status = Status { wamid, job, status, error, rule, category: None, said: None };
        let event = talk.event(EventKind::Status(status.clone()));
        talk.take(&event);
        talk.hear("yes");
        assert_eq!(may_sell(&talk), counts, "{status:?}");
    }
}

/// Of what can be read in two ways, less: a yes stops before it is asked, a no takes nothing back.
#[test]
fn what_takes_less_need_not_wait_for_the_question() {
    let mut talk = subscribed();
    talk.sleeps = true;
    talk.hear("please stop sending");
    assert_eq!(verdict(&talk.hear("no")), r#"Silent("not_asked_yet")"#);
    assert!(talk.state.contact.consent.suspended);
    talk.hear("yes");
    assert_eq!(talk.state.contact.consent.stopped, [Purpose::Marketing]);

    let mut talk = shop();
    talk.sleeps = true;
    talk.hear("subscribe");
    assert_eq!(acts(&talk.hear("no")), [ConsentAct::Refused]);
}

/// It is owed whoever has the conversation by the time it is sent.
#[test]
fn that_a_stop_is_heard_is_said_by_nobody_else() {
    let stopped = subscribed().hear("stop");
    let [Effect::Send { guards, .. }] = &stopped.effects[..] else { panic!("{stopped:?}") };
    assert!(!guards.bot_owns);
}

/// What was held is sent behind the question, so the question is no longer the last thing sent.
#[test]
fn what_is_released_behind_a_question_closes_it() {
    for held in [false, true] {
        let mut talk = shop();
        talk.hear("subscribe");
        talk.state.conversation.held = held;
        talk.state.conversation.owner = Owner::Agent { name: "Ana".to_owned() };
        talk.hear("hm");
        talk.state.conversation.owner = Owner::Bot;
        talk.hear("yes");
        assert_eq!(may_sell(&talk), !held, "held: {held}");
    }
    for (rule, grants) in [("hours", false), ("consent.ask.marketing", true)] {
        let mut talk = shop();
        talk.hear("subscribe");
        let released = talk.event(EventKind::Sent {
            job: JobId { contact: talk.state.contact.id, version: 1, index: 0 },
            outcome: SendOutcome::Released,
            since: None,
            rule: Some(rule.into()),
            replaced: false,
            said: None,
        });
        talk.take(&released);
        talk.hear("yes");
        assert_eq!(may_sell(&talk), grants, "{rule}");
    }
}

#[test]
fn what_sounds_like_a_stop_is_asked_and_explained() {
    for (words, met) in [
        ("pls quit msging me 😡", "`quit msging`"),
        ("광고 문자 진짜 그만 좀...", "`그만` … `광고문자`"),
        ("stop the endless promos thx", "`stop` … `promos`"),
    ] {
        let mut talk = subscribed();
        let heard = talk.hear(words);
        assert_eq!(verdict(&heard), "consent.near_stop", "{words}");
        assert!(!may_sell(&talk));
        let why = heard.trace.how.join("\n");
        assert!(why.contains(&format!("it sounds like a stop ({met})")), "{words}: {why}");
    }
    for words in
        ["stop by your shop", "no more questions, thanks", "取消訂單", "배송 중지해 주세요"]
    {
        let mut talk = subscribed();
        talk.hear(words);
        assert!(may_sell(&talk), "{words}");
    }
}

#[test]
fn a_yes_to_a_question_that_was_not_delivered_grants_nothing() {
    for (rule, grants) in [("consent.ask.marketing", false), ("hours", true)] {
        let mut talk = shop();
        talk.hear("subscribe");
        let event = talk.event(EventKind::Status(Status {
            wamid: "wamid.of-the-question".into(),
            job: None,
            status: DeliveryStatus::Failed,
            error: None,
            rule: Some(rule.into()),
            said: None,
            category: None,
        }));
        talk.take(&event);
        talk.hear("yes");
        assert_eq!(may_sell(&talk), grants, "{rule}");
    }
}

#[test]
fn marketing_is_conditioned_and_carries_its_footer() {
    let mut talk = shop();
    for (words, rule) in
        [("offers", "offers"), ("club", "club"), ("deals", "to-offers"), ("members", "to-club")]
    {
        assert_eq!(talk.say(words).0, "fallback.1", "{words}");
        let why = talk.why(words, rule);
        assert!(why.contains("marketing"), "{words}: {why}");
    }
    let mut talk = subscribed();
    let sold = talk.hear("offers");
    assert_eq!(texts(&sold), ["Roses at half price.\n\nReply STOP to opt out"]);
    let [Effect::Send { purpose, .. }] = sold.effects.as_slice() else { panic!() };
    assert_eq!(*purpose, Purpose::Marketing);
    assert_eq!(talk.say("deals").0, "offers");
    assert_eq!(talk.say("members").0, "club");
    assert_eq!(talk.say("club"), ("club".into(), vec!["Welcome back to the club.".into()]));
    talk.wait(Duration::from_secs(10 * 3600));
    assert_eq!(talk.say("offers").0, "fallback.1", "it is ten in the evening in Seoul");
    assert!(talk.why("offers", "offers").contains("quiet hours"));
    talk.state.contact.zone = Some("Europe/Lisbon".to_owned());
    assert_eq!(talk.say("offers").0, "offers", "and afternoon where they live");
}

#[test]
fn consent_words_act_when_nobody_may_answer() {
    let mut talk = subscribed();
    talk.state.conversation.owner = Owner::Agent { name: "Ana".to_owned() };
    assert_eq!(verdict(&talk.hear("subscribe")), "Silent(\"owned\")");
    let stopped = talk.hear("stop");
    assert!(!may_sell(&talk));
    let [Effect::Send { guards, .. }] = stopped.effects.as_slice() else { panic!() };
    assert!(!guards.bot_owns, "a stop is confirmed whoever owns the conversation");

    let mut talk = subscribed();
    let message = talk.message(usherd::model::MessageKind::Text, Some("stop"));
    let mut event = talk.event(EventKind::Message(message));
    event.at = talk.at.plus(Duration::from_secs(7 * 3600));
    let stopped = talk.take(&event);
    assert_eq!((verdict(&stopped).as_str(), stopped.effects.len()), ("consent.stop", 0));
    assert!(!may_sell(&talk));
}

#[test]
fn without_any_tables_stop_words_are_on() {
    for (words, text) in [
        ("stop", "You will get no more offers from us."),
        ("수신거부", "앞으로 광고 메시지를 보내지 않겠습니다."),
        ("退訂", "我們不會再傳送優惠訊息給您。"),
    ] {
        let mut talk = Talk::new(rules("[language]\ndefault = \"en\"\n"));
        assert_eq!(talk.say(words), ("consent.stop".into(), vec![text.into()]));
        assert_eq!(talk.state.contact.consent.stopped, [Purpose::Marketing]);
    }
}

#[test]
fn a_stop_of_everything_leaves_answers() {
    let mut talk = Talk::new(rules("[consent.stop]\nstops = \"all\"\n"));
    talk.hear("stop");
    let consent = &talk.state.contact.consent;
    assert!(consent.permits(Purpose::Utility, talk.at).is_err());
    assert!(consent.permits(Purpose::Service, talk.at).is_ok());
}

#[test]
fn a_new_contact_holds_the_default() {
    let toml = "[consent]\ndefault = \"none\"\n[[consent.tier]]\nid = \"orders\"\n\
                allows = [\"service\", \"utility\"]\nwhole = [\"keep me posted\"]\n";
    let mut talk = Talk::new(rules(toml));
    let first = talk.hear("hello");
    assert_eq!(acts(&first), [ConsentAct::Created]);
    assert!(talk.state.contact.consent.permits(Purpose::Utility, talk.at).is_err());
    assert_eq!(acts(&talk.hear("hello")), []);
    assert_eq!(talk.say("keep me posted").0, "consent.yes.orders", "no marketing: no question");
    assert!(talk.state.contact.consent.permits(Purpose::Utility, talk.at).is_ok());
}

#[test]
fn whatsapps_own_stop_is_cleared_by_nothing_else() {
    let mut talk = subscribed();
    let event = talk.event(EventKind::Preference(Preference { stop: true }));
    talk.take(&event);
    talk.hear("subscribe");
    let granted = talk.hear("yes");
    assert!(granted.trace.notes.iter().any(|note| note.contains("WhatsApp's own stop")));
    assert!(!may_sell(&talk));
    let event = talk.event(EventKind::Preference(Preference { stop: false }));
    talk.take(&event);
    assert!(may_sell(&talk));
}

#[test]
fn a_person_typing_in_the_app_closes_the_question() {
    let mut talk = shop();
    talk.hear("subscribe");
    let raw = usherd::model::Raw::default();
    let event = talk.event(EventKind::Echo(usherd::model::Echo { text: None, raw }));
    talk.take(&event);
    talk.hear("yes");
    assert!(!may_sell(&talk));
}

#[test]
fn from_outside_it_is_lowered_at_once_and_raised_with_proof() {
    let talk = subscribed();
    let (rules, at) = (&talk.rules, talk.at);
    let event = EventId::from("api:1");
    let occasion = Occasion { at, event: &event, number: None, source: "api", by: Some("crm") };
    let new = rules.consent.of_new_contact();
    let holds = talk.state.contact.consent.clone();
    let tier = |tier: &str| ConsentUpdate { tier: Some(tier.into()), ..NOTHING };
    let proven = ConsentUpdate {
        source: Some("web form".into()),
        at: Some(at),
        version: Some("2026-11".into()),
        ..tier("marketing")
    };
    let update =
        |now: &Consent, update: &ConsentUpdate| from_outside(rules, now, update, &occasion);

    let (lower, line) = update(&holds, &tier("transactional")).unwrap().unwrap();
    assert!(lower.permits(Purpose::Marketing, at).is_err());
    assert_eq!((line.act, line.source.as_str()), (ConsentAct::Lowered, "api"));
    let why = update(&new, &tier("marketing")).unwrap_err();
    assert!(["`source`", "`at`", "`version`"].iter().all(|key| why.contains(key)), "{why}");
    for missing in [
        ConsentUpdate { source: None, ..proven.clone() },
        ConsentUpdate { at: None, ..proven.clone() },
        ConsentUpdate { version: Some(" ".into()), ..proven.clone() },
        ConsentUpdate { at: Some(at.plus(Duration::from_secs(1))), ..proven.clone() },
        ConsentUpdate { at: Some(usherd::model::Timestamp(0)), ..proven.clone() },
        ConsentUpdate { stop: Some(Stops::All), ..proven.clone() },
        tier("marketng"),
    ] {
        assert!(update(&new, &missing).is_err(), "{missing:?}");
    }
    let (raised, line) = update(&new, &proven).unwrap().unwrap();
    assert_eq!((line.act, line.source.as_str()), (ConsentAct::Raised, "web form"));
    assert!(raised.permits(Purpose::Marketing, at).is_ok());
    assert_eq!(update(&raised, &tier("marketing")), Ok(None));
    let stop = ConsentUpdate { stop: Some(Stops::Marketing), ..NOTHING };
    let (stopped, _) = update(&raised, &stop).unwrap().unwrap();
    assert!(stopped.permits(Purpose::Marketing, at).is_err());
    assert!(update(&stopped, &proven).unwrap_err().contains("their own words"));
    let suspended = Consent { suspended: true, ..new.clone() };
    assert!(update(&suspended, &proven).is_err());
}

const HEARD: [&str; 16] = [
    "subscribe",
    "yes",
    "yes",
    "no",
    "stop",
    "그만 보내",
    "open",
    "offers",
    "deals",
    "club",
    "maybe",
    "네",
    "구독",
    "取消訂閱",
    "subscribe?",
    "hello",
];

const TAPPED: [&str; 4] =
    ["consent.yes.marketing", "consent.no.marketing", "consent.stop.yes", "consent.stop.no"];

#[derive(Debug, Clone)]
enum Step {
    Hear(usize),
    Tap(usize),
    Wait(u64),
    Preference(bool),
    Echo,
    Agent(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..HEARD.len()).prop_map(Step::Hear),
        2 => (0..TAPPED.len()).prop_map(Step::Tap),
        2 => (1..40u64).prop_map(Step::Wait),
        1 => any::<bool>().prop_map(Step::Preference),
        1 => Just(Step::Echo),
        1 => any::<bool>().prop_map(Step::Agent),
    ]
}

fn take(talk: &mut Talk, step: &Step) -> Option<Decision> {
    let kind = match step {
        Step::Hear(which) => return Some(talk.hear(HEARD[*which])),
        Step::Tap(which) => return Some(talk.tap(TAPPED[*which], "Yes")),
        Step::Wait(hours) => {
            talk.wait(Duration::from_secs(hours * 3600));
            return None;
        }
        Step::Agent(owns) => {
            let agent = Owner::Agent { name: "Ana".to_owned() };
            talk.state.conversation.owner = if *owns { agent } else { Owner::Bot };
            return None;
        }
        Step::Preference(stop) => EventKind::Preference(Preference { stop: *stop }),
        Step::Echo => {
            let raw = usherd::model::Raw::default();
            EventKind::Echo(usherd::model::Echo { text: None, raw })
        }
    };
    let event = talk.event(kind);
    Some(talk.take(&event))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Marketing is decided only where it is permitted, not in quiet hours; it becomes permitted
    /// only by an answer to the question that was the last thing sent, or by WhatsApp's switch.
    #[test]
    fn nothing_is_granted_or_sold_against_the_customers_will(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut talk = shop();
        let mut asked_last = false;
        for step in &steps {
            let (at, could) = (talk.at, may_sell(&talk));
            let quiet = talk.rules.consent.quiet.clone();
            let Some(decision) = take(&mut talk, step) else { continue };
            let consent = &talk.state.contact.consent;
            let can = consent.permits(Purpose::Marketing, at).is_ok();
            if can && !could {
                let resumed = matches!(step, Step::Preference(false));
                prop_assert!(asked_last || resumed, "{step:?} granted it");
            }
            for effect in &decision.effects {
                let Effect::Send { purpose, .. } = effect else { continue };
                if *purpose == Purpose::Marketing {
                    prop_assert!(can, "sold against {consent:?}");
                    let quiet = quiet.as_ref().and_then(|q| q.end_for(&talk.state.contact, at));
                    prop_assert_eq!(quiet, None, "sold at night");
                }
            }
            let by = verdict(&decision);
            if !decision.effects.is_empty() || matches!(step, Step::Echo) {
                asked_last = by == "consent.ask.marketing" || by == "consent.near_stop";
            }
            prop_assert!(asked_last || talk.state.conversation.consent_asked.is_none());
        }
    }
}
