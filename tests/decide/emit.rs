//! What a rule tells the business's systems.

use super::talk::{START, Talk, counted, rules_under, verdict};
use std::collections::BTreeMap;
use std::time::Duration;
use usherd::decide::Decision;
use usherd::limits;
use usherd::model::{
    About, Alias, Call, Effect, EventKind, LookedUp, LookupOutcome, Posted, Stated,
};
use usherd::rules::Settings;

const SHOP: &str = r#"
[language]
default = "en"

[event."lead.qualified"]
data = { interest = "text", budget = "number?" }

[[lookup]]
name = "stock"
connector = "shop"
path = "/stock"
gives = { left = "text" }

[[notify]]
id = "thanks"
on = "lead.qualified"
text = "Thank you."

[[reply]]
id = "lead"
words = ["sofa", "table"]
text = "We call you."
cooldown = { every = "1h" }
emit = { type = "lead.qualified", data = { interest = "{{ match.entry }}", budget = "{{ contact.fields.budget | default('') }}" } }

[[reply]]
id = "seen"
also = true
words = ["sofa"]
emit = "sofa.named"

[[reply]]
id = "typed"
words = ["budget"]
text = "Noted."
emit = { type = "lead.qualified", data = { interest = "b", budget = "{{ contact.name }}" } }

[[reply]]
id = "user"
words = ["user"]
text = "Hello."
emit = { type = "user.named", data = { user = "{{ contact.username }}" } }

[[reply]]
id = "stock"
words = ["stock"]
lookup = "stock"
text = "{{ lookup.left }} left"
cases = [{ when = "lookup.missing || lookup.failed", text = "?" }]
emit = { type = "stock.asked", data = { left = "{{ lookup.left }}" } }

[fields]
budget = { type = "number" }

[[handoff]]
id = "complaint"
words = ["complaint"]
queue = "care"
emit = { type = "complaint.made", data = { by = "{{ contact.name }}" } }

[queue.care]
return = "on_close"
"#;

fn talk() -> Talk {
    let connectors = [("shop", "rest"), ("crm", "webhook"), ("mail", "webhook")];
    let connectors = connectors.map(|(name, kind)| (name.to_owned(), kind.to_owned())).to_vec();
    let settings = Settings { connectors: Some(connectors), ..Settings::default() };
    let files = BTreeMap::from([("shop.toml".to_owned(), SHOP.as_bytes().into())]);
    Talk::new(rules_under(settings, files))
}

/// Types and values, in order.
fn told(decision: &Decision) -> Vec<String> {
    let value = |(name, value): (&String, &String)| format!(" {name}={value}");
    let one = |emitted: &usherd::model::Emitted| {
        format!("{}{}", emitted.kind, emitted.data.iter().map(value).collect::<String>())
    };
    decision.emitted.iter().map(one).collect()
}

/// Connector, id and whom it is about, of every call.
fn calls(decision: &Decision) -> Vec<(&str, &str, &About)> {
    let call = |effect| match effect {
        &Effect::Call { call: Call::Emit { ref connector, ref id, ref about, .. }, .. } => {
            Some((connector.as_str(), id.as_str(), about))
        }
        _ => None,
    };
    decision.effects.iter().filter_map(call).collect()
}

#[test]
fn a_rule_tells_every_webhook_what_and_about_whom() {
    let mut talk = talk();
    talk.aliases.push(Alias::Bsuid("PT.7301A".to_owned()));
    let decision = talk.hear("a sofa please");
    assert_eq!(verdict(&decision), "lead");
    let mut all = told(&decision);
    all.sort();
    assert_eq!(all, ["lead.qualified interest=sofa", "sofa.named"]);
    let calls = calls(&decision);
    let connectors: Vec<&str> = calls.iter().map(|(connector, ..)| *connector).collect();
    assert_eq!(connectors, ["crm", "mail", "crm", "mail"]);
    let ids: Vec<&str> = calls.iter().map(|(_, id, _)| *id).collect();
    assert!(ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2], "one id each: {ids:?}");
    let about = About {
        at: START,
        wa_id: Some("351910000001".to_owned()),
        phone: None,
        bsuid: Some("PT.7301A".to_owned()),
        language: "en".to_owned(),
    };
    assert!(calls.iter().all(|(.., told)| **told == about), "{calls:?}");
}

#[test]
fn what_is_told_has_the_declared_shape_or_is_not_told() {
    let mut talk = talk();
    for (said, expected, failed) in [
        ("sofa", vec!["sofa.named", "lead.qualified interest=sofa"], vec![]),
        // Cooling is about what the customer hears: the business is told each time.
        ("table", vec!["lead.qualified interest=table"], vec![]),
        ("budget", vec![], vec!["typed"]),
        ("user", vec![], vec!["user"]),
        ("complaint", vec!["complaint.made by=Ana"], vec![]),
        // People have the conversation: no rule is asked.
        ("sofa", vec![], vec![]),
    ] {
        let decision = talk.hear(said);
        assert_eq!(told(&decision), expected, "{said}");
        assert_eq!(counted(&decision, "emit_failed"), failed, "{said}");
        assert_eq!(
            decision.effects.iter().any(|effect| effect.content().is_some()),
            said != "table" && said != "complaint" && talk.state.conversation.owner.is_bot(),
            "{said}"
        );
        talk.wait(Duration::from_secs(1));
    }
}

#[test]
fn what_was_looked_up_may_be_told() {
    let mut talk = talk();
    let asked = talk.hear("stock");
    assert!(told(&asked).is_empty());
    let of = talk.state.conversation.lookups[0].of.clone();
    for (outcome, expected) in [
        (
            LookupOutcome::Found([("left".to_owned(), "3".to_owned())].into()),
            vec!["stock.asked left=3"],
        ),
        (LookupOutcome::Missing, vec![]),
    ] {
        let before = talk.state.clone();
        let looked_up = LookedUp { lookup: "stock".to_owned(), of: of.clone(), outcome };
        let event = talk.event(EventKind::LookedUp(looked_up));
        assert_eq!(told(&talk.take(&event)), expected);
        talk.state = before;
    }
}

/// Whatever comes in by the API tells nothing: two systems cannot drive each other round.
#[test]
fn what_is_posted_is_never_told_on() {
    let mut talk = talk();
    talk.hear("sofa");
    let posted = Posted {
        kind: "lead.qualified".to_owned(),
        data: [("interest".to_owned(), "sofa".to_owned())].into(),
        person: Stated::default(),
        by: "crm".to_owned(),
    };
    let event = talk.event(EventKind::Posted(posted));
    let decision = talk.take(&event);
    assert_eq!(verdict(&decision), "thanks");
    assert!(decision.emitted.is_empty() && calls(&decision).is_empty());
}

#[test]
fn one_message_tells_so_much_and_no_more() {
    let rule = |n: usize| {
        format!("[[reply]]\nid = \"r{n}\"\nalso = true\nwords = [\"hi\"]\nemit = \"hi.{n}\"\n")
    };
    let many: String = (0..limits::EMITTED_PER_DECISION_MAX + 2).map(rule).collect();
    let mut talk = Talk::new(super::talk::rules(&many));
    let decision = talk.hear("hi");
    assert_eq!(decision.emitted.len(), limits::EMITTED_PER_DECISION_MAX);
    assert_eq!(counted(&decision, "emit_failed").len(), 2);
}
