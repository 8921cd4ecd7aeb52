//! What is told to the business's systems: kept in the journal, and a call to each connector that
//! is told things.

use super::Decision;
use super::occasion::Occasion;
use crate::model::{Call, Effect, Emitted, EventId, RuleId};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Tells every `webhook` connector of `usher.toml`.
pub(super) fn emit(
    occasion: &Occasion<'_>,
    rule: &RuleId,
    emitted: Emitted,
    decision: &mut Decision,
) {
    decision.count("emitted", &emitted.kind);
    let id = once_only(&occasion.event.id, decision.emitted.len());
    let connectors = occasion.rules.settings.connectors.iter().flatten();
    for (connector, _) in connectors.filter(|(_, kind)| kind == "webhook") {
        let (connector, id, emitted) = (connector.clone(), id.clone(), emitted.clone());
        decision.effects.push(Effect::Call {
            number: occasion.now.conversation.number.clone(),
            rule: rule.clone(),
            call: Call::Emit { connector, id, emitted },
        });
    }
    decision.emitted.push(emitted);
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
