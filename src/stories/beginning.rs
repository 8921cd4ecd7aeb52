//! The customer with whom a test begins. What happens then is `stage`'s.

use crate::model::{Alias, ContactId, NumberId, Recipient, State};
use crate::rules::Ruleset;
use crate::rules::story::Story;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The customer's address.
pub(super) const ADDRESS: &str = "15550100000";

/// The customer as the test describes them.
pub(super) fn begins(rules: &Ruleset, story: &Story) -> State {
    let numbers = rules.settings.numbers.as_deref().unwrap_or_default();
    let first = || numbers.first().map_or_else(|| NumberId::from("0"), |(id, _)| id.clone());
    let number = story.number.clone().unwrap_or_else(first);
    let mut state = State::new(who(&story.name), number, story.at);
    let (contact, person) = (&mut state.contact, &story.contact);
    contact.aliases.insert(Alias::WaId(ADDRESS.to_owned()));
    contact.reach = Some(Recipient::Phone(ADDRESS.to_owned()));
    contact.name.clone_from(&person.name);
    contact.language.clone_from(&person.language);
    contact.tags.extend(person.tags.iter().cloned());
    contact.fields.clone_from(&person.fields);
    contact.consent = person.consent.clone().unwrap_or_else(|| rules.consent.of_new_contact());
    if person.known {
        contact.messages = 1;
        contact.greeted = true;
    }
    state
}

/// Each test has a customer of its own, always the same: `variants` differ from one to another.
fn who(name: &str) -> ContactId {
    let digest = Sha256::digest(name.as_bytes());
    let number =
        digest.iter().take(16).fold(0, |number: u128, byte| number << 8 | u128::from(*byte));
    ContactId(Uuid::from_u128(number))
}
