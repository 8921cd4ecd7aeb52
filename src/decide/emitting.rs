//! What is told to the business's systems: kept in the journal, and a call to each connector that
//! is told things.
//!
//! Only what a customer writes is answered by an `emit`; an event that is posted, a message by the
//! API and a timer tell nothing. So what comes back in through the API can never go out again, and
//! two systems cannot drive each other round by way of usher.

use super::Decision;
use super::occasion::Occasion;
use crate::limits;
use crate::model::{About, Call, Effect, Emitted, EventId, RuleId};
use crate::rules::emitting::{Emit, canonical};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Tells what a rule has to tell. A value that is missing or does not fit is no reason to stay
/// silent to the customer; the event is not told then, which is counted.
pub(super) fn told(
    occasion: &Occasion<'_>,
    rule: &RuleId,
    wanted: &Emit,
    matched: &BTreeMap<String, String>,
    decision: &mut Decision,
) {
    match filled(occasion, wanted, matched) {
        Ok(data) => emit(occasion, rule, Emitted { kind: wanted.kind.clone(), data }, decision),
        Err(why) => fail(rule, &wanted.kind, &why, decision),
    }
}

/// Tells every `webhook` connector of `usher.toml`.
pub(super) fn emit(
    occasion: &Occasion<'_>,
    rule: &RuleId,
    emitted: Emitted,
    decision: &mut Decision,
) {
    if decision.emitted.len() >= limits::EMITTED_PER_DECISION_MAX {
        return fail(rule, &emitted.kind, "too many events because of one message", decision);
    }
    decision.count("emitted", &emitted.kind);
    decision.note(format!("`{rule}` emits `{}`", emitted.kind));
    let id = once_only(&occasion.event.id, decision.emitted.len());
    let about = About::of(&occasion.now.contact, &occasion.language, occasion.event.at);
    let connectors = occasion.rules.settings.connectors.iter().flatten();
    for (connector, _) in connectors.filter(|(_, kind)| kind == "webhook") {
        let (connector, id, emitted) = (connector.clone(), id.clone(), emitted.clone());
        decision.effects.push(Effect::Call {
            number: occasion.now.conversation.number.clone(),
            rule: rule.clone(),
            call: Call::Emit { connector, id, emitted, about: about.clone() },
        });
    }
    decision.emitted.push(emitted);
}

/// The values of an event, as its declaration writes them.
fn filled(
    occasion: &Occasion<'_>,
    wanted: &Emit,
    matched: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, String> {
    let rules = occasion.rules;
    let shape = rules.notices.events.get(&wanted.kind);
    let mut data = BTreeMap::new();
    for (name, text) in &wanted.data {
        let value = rules.texts.render(*text, &occasion.scope(matched));
        let value = value.map_err(|error| format!("`{name}`: {error}"))?;
        if value.len() > limits::FIELD_VALUE_BYTES_MAX {
            return Err(format!("`{name}` is too long"));
        }
        let value = canonical(shape, name, &value);
        let value = value.map_err(|wanted| format!("`{name}` is not {wanted}"))?;
        data.extend(value.map(|value| (name.clone(), value)));
    }
    Ok(data)
}

fn fail(rule: &RuleId, kind: &str, why: &str, decision: &mut Decision) {
    decision.note(format!("`{rule}` did not emit `{kind}`: {why}"));
    decision.count("emit_failed", rule.as_str());
}

/// The same whenever the same is decided. An event's own id may hold an address; this one does not.
fn once_only(event: &EventId, place: usize) -> EventId {
    let digest = Sha256::digest(format!("{event}:{place}"));
    let id = digest.iter().take(16).fold(String::new(), |mut id, byte| {
        // Writing to a text never fails.
        let _ = write!(id, "{byte:02x}");
        id
    });
    EventId::from(id)
}
