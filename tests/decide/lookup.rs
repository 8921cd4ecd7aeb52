//! Lookups: a rule asks first, and takes its course when the answer comes.
#![expect(clippy::expect_used, reason = "tests")]

use super::talk::{Talk, counted, rules, texts, verdict};
use std::collections::BTreeMap;
use std::time::Duration;
use usherd::decide::Decision;
use usherd::model::{
    AgentAct, Call, DeskAct, Effect, Event, EventId, EventKind, LookedUp, LookupOutcome, Owner,
    Purpose, Subject, TimerKind,
};

const ORDERS: &str = r#"
[fields]
last_status = { type = "text" }

[[lookup]]
name = "order"
connector = "shop"
path = "/orders/{{ match.order_no }}?of={{ contact.name }}"
gives = { status = "text", place = { type = "text", path = "parcel.place" } }

[[reply]]
id = "ask"
words = ["status"]
text = "Which number?"

[[reply]]
id = "order"
after = "ask"
take = { order_no = "rest" }
lookup = "order"
text = "{{ match.order_no }}: {{ lookup.status }}"
cases = [
    { when = "lookup.missing", text = "No such order." },
    { when = "lookup.failed", text = "Try again later." },
    { when = "lookup.place == \"Seoul\"", text = "In Seoul." },
]
set = { last_status = "{{ lookup.status | default('none') }}" }
tags = ["asked"]

[[reply]]
id = "mine"
words = ["mine"]
go = "latest"
tags = ["mine"]

[[reply]]
id = "latest"
whole = ["latest"]
lookup = "latest"
text = "Latest: {{ lookup.status }}"
cases = [{ when = "lookup.missing || lookup.failed", text = "Nothing." }]
follow_up = [
    { after = "1h", text = "Still {{ lookup.status }}?" },
    { after = "2h", text = "{{ lookup.status | default('none') }} it is." },
]

[[lookup]]
name = "latest"
connector = "shop"
path = "/latest"
gives = { status = "text" }

[queue.care]
return = "on_close"

[[handoff]]
id = "person"
words = ["person"]
queue = "care"
text = "Somebody will write."

[[form]]
id = "visit"
words = ["visit"]
done.text = "{{ form.day }} it is."

[[form.ask]]
name = "day"
text = "Which day?"
accept = "rest"

[[reply]]
id = "repair"
words = ["repair"]
lookup = "repair"
cases = [{ when = "lookup.missing", go = "handoff:person" }, { when = "lookup.failed", go = "queue:care" }]
go = "form:visit"

[[lookup]]
name = "repair"
connector = "shop"
path = "/repair"
gives = { status = "text" }

[[consent.tier]]
id = "marketing"
allows = ["service", "utility", "authentication", "marketing"]

[[reply]]
id = "offers"
words = ["offers"]
purpose = "marketing"
lookup = "offers"
text = "Today: {{ lookup.status | default('nothing') }}"

[[lookup]]
name = "offers"
connector = "shop"
path = "/offers"
gives = { status = "text" }

[[reply]]
id = "hi"
words = ["hi"]
text = "Hello!"

[[fallback]]
misses = 1
text = "Pardon?"
"#;

/// The one call of a decision: its path, and the event it is for.
fn call(decision: &Decision) -> (String, EventId) {
    let calls: Vec<_> = decision
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Call { call: Call::Lookup { path, of, .. }, .. } => {
                Some((path.clone(), of.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!((calls.len(), decision.effects.len()), (1, 1), "{:?}", decision.effects);
    calls.into_iter().next().expect("a call")
}

fn answer(talk: &mut Talk, lookup: &str, of: &EventId, outcome: LookupOutcome) -> Decision {
    let number = talk.state.conversation.number.clone();
    let event = Event {
        id: format!("lookup:{of}").into(),
        at: talk.at,
        stated_at: None,
        subject: Subject::Contact { id: talk.state.contact.id, number },
        kind: EventKind::LookedUp(LookedUp { lookup: lookup.to_owned(), of: of.clone(), outcome }),
    };
    talk.take(&event)
}

fn found(values: &[(&str, &str)]) -> LookupOutcome {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    LookupOutcome::Found(values.collect::<BTreeMap<_, _>>())
}

#[test]
fn each_outcome_has_its_own_answer() {
    for (outcome, said, status) in [
        (found(&[("status", "shipped")]), "12 3/4: shipped", "shipped"),
        (found(&[("status", "there"), ("place", "Seoul")]), "In Seoul.", "there"),
        (LookupOutcome::Missing, "No such order.", "none"),
        (LookupOutcome::Failed("timeout".to_owned()), "Try again later.", "none"),
    ] {
        let mut talk = Talk::new(rules(ORDERS));
        talk.say("status");
        let asked = talk.hear("12 3/4");
        assert_eq!(verdict(&asked), "order");
        let (path, of) = call(&asked);
        assert_eq!(path, "/orders/12%203%2F4?of=Ana", "values are percent-encoded");
        assert_eq!(talk.state.conversation.question, None, "it is answered");
        assert!(talk.state.contact.tags.is_empty(), "what the rule does waits");
        assert_eq!(talk.say("hi").1, ["Hello!"], "the customer is answered meanwhile");
        let answered = answer(&mut talk, "order", &of, outcome);
        assert_eq!((verdict(&answered).as_str(), texts(&answered)), ("order", vec![said.into()]));
        assert_eq!(talk.state.contact.fields["last_status"], status);
        assert!(talk.state.contact.tags.contains("asked"));
        assert!(talk.state.conversation.lookups.is_empty());
        let again = answer(&mut talk, "order", &of, LookupOutcome::Missing);
        assert!(again.effects.is_empty(), "an answer counts once");
    }
}

#[test]
fn a_value_that_is_not_there_is_the_fallback() {
    let mut talk = Talk::new(rules(ORDERS));
    talk.say("status");
    let (_, of) = call(&talk.hear("123456"));
    let answered = answer(&mut talk, "order", &of, found(&[]));
    assert_eq!(
        (verdict(&answered).as_str(), texts(&answered)),
        ("fallback.1", vec!["Pardon?".into()])
    );
    assert_eq!(counted(&answered, "text_failed"), ["order"]);
}

#[test]
fn go_leads_to_a_rule_that_looks_something_up() {
    let mut talk = Talk::new(rules(ORDERS));
    let (path, of) = call(&talk.hear("mine"));
    assert_eq!(path, "/latest");
    assert!(talk.state.contact.tags.contains("mine"), "the rule before it has acted");
    let answered = answer(&mut talk, "latest", &of, found(&[("status", "packed")]));
    assert_eq!(texts(&answered), ["Latest: packed"]);
}

#[test]
fn whoever_owns_the_conversation_meanwhile_speaks_alone() {
    let took = |talk: &mut Talk| {
        let act = DeskAct { act: AgentAct::Take, agent: "kim".to_owned() };
        let event = talk.event(EventKind::Desk(act));
        drop(talk.take(&event));
        assert_eq!(talk.state.conversation.owner, Owner::Agent { name: "kim".to_owned() });
    };
    for (is_asked_for, takes, outcome) in [
        (true, false, found(&[("status", "shipped")])),
        (false, true, LookupOutcome::Missing),
        (true, true, LookupOutcome::Failed("timeout".to_owned())),
    ] {
        let mut talk = Talk::new(rules(ORDERS));
        let (_, of) = call(&talk.hear("mine"));
        if is_asked_for {
            assert_eq!(verdict(&talk.hear("a person")), "person");
        }
        if takes {
            took(&mut talk);
        }
        let owner = talk.state.conversation.owner.clone();
        let answered = answer(&mut talk, "latest", &of, outcome);
        assert_eq!(verdict(&answered), r#"Silent("owned")"#);
        assert!(answered.effects.is_empty() && talk.state.conversation.lookups.is_empty());
        assert_eq!(talk.state.conversation.owner, owner, "and it stays theirs");
    }
}

#[test]
fn what_was_looked_up_may_lead_to_people_and_to_a_form() {
    let mut talk = Talk::new(rules(ORDERS));
    let (_, of) = call(&talk.hear("repair"));
    let answered = answer(&mut talk, "repair", &of, LookupOutcome::Missing);
    assert_eq!(texts(&answered), ["Somebody will write."]);
    assert_eq!(talk.state.conversation.owner, Owner::Waiting { queue: "care".to_owned() });

    let mut talk = Talk::new(rules(ORDERS));
    let (_, of) = call(&talk.hear("repair"));
    let answered = answer(&mut talk, "repair", &of, found(&[("status", "in")]));
    assert_eq!(texts(&answered), ["Which day?"]);
    assert_eq!(talk.say("Monday").1, ["Monday it is."]);
    assert!(talk.state.conversation.form.is_none());
}

#[test]
fn whoever_says_stop_meanwhile_is_sold_nothing() {
    let mut talk = Talk::new(rules(ORDERS));
    talk.state.contact.consent.tier = "marketing".to_owned();
    talk.state.contact.consent.allows = vec![Purpose::Service, Purpose::Marketing];
    let (_, of) = call(&talk.hear("offers"));
    assert_eq!(talk.say("STOP").1.len(), 1);
    let answered = answer(&mut talk, "offers", &of, found(&[("status", "-20%")]));
    let silent = (r#"Silent("not_allowed")"#, 0);
    assert_eq!((verdict(&answered).as_str(), answered.effects.len()), silent);
}

#[test]
fn a_rule_that_is_gone_leaves_the_fallback() {
    let mut talk = Talk::new(rules(ORDERS));
    let (_, of) = call(&talk.hear("mine"));
    talk.rules = rules("[[fallback]]\nmisses = 1\ntext = \"Pardon?\"\n");
    let answered = answer(&mut talk, "latest", &of, LookupOutcome::Missing);
    assert_eq!(texts(&answered), ["Pardon?"]);
    assert_eq!(answered.trace.notes, ["`latest` is no longer in the rules"]);
}

#[test]
fn only_so_many_wait_at_once() {
    let mut talk = Talk::new(rules(ORDERS));
    for _ in 0..8 {
        call(&talk.hear("mine"));
    }
    assert_eq!(talk.say("mine").0, "fallback.1");
}

/// What was looked up is known still when the customer stays silent.
#[test]
fn what_was_looked_up_may_be_said_later() {
    let nothing = (vec![], vec!["none it is.".to_owned()]);
    for (outcome, first, second) in [
        (found(&[("status", "packed")]), vec!["Still packed?"], vec!["packed it is.".to_owned()]),
        (LookupOutcome::Missing, nothing.0, nothing.1),
    ] {
        let mut talk = Talk::new(rules(ORDERS));
        let (_, of) = call(&talk.hear("latest"));
        assert!(talk.state.conversation.follow_up.is_none(), "nothing is said yet");
        answer(&mut talk, "latest", &of, outcome);
        let mut ring = || {
            talk.wait(Duration::from_secs(3600));
            let due = talk.at;
            talk.ring(TimerKind::FollowUp, due)
        };
        let said = ring();
        assert_eq!(
            (texts(&said), texts(&ring())),
            (first.into_iter().map(str::to_owned).collect(), second)
        );
    }
}
