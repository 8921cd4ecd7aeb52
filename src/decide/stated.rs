//! What callers of the API say of a person, and where that person is reached.

use super::{Decision, consent, from_outside, outside};
use crate::limits;
use crate::model::{Alias, Change, ConsentAct, ContactUpdate, Event, Recipient, State, Stated};
use crate::rules::Ruleset;

/// Keeps what is stated; a name WhatsApp gave stays.
pub(super) fn apply(decision: &mut Decision, state: &State, person: &Stated) {
    let contact = &state.contact;
    let news = |given: &Option<String>, known: &Option<String>| {
        given.clone().filter(|given| known.as_ref() != Some(given))
    };
    if contact.name.is_none() {
        decision.changes.extend(person.name.clone().map(Change::Name));
    }
    decision.changes.extend(news(&person.language, &contact.language).map(Change::Language));
    decision.changes.extend(news(&person.zone, &contact.zone).map(Change::Zone));
}

/// Whoever never wrote is reached by the name the caller gave.
pub(super) fn reach(decision: &mut Decision, state: &State) {
    let now = state.after(&decision.changes);
    if now.contact.reach.is_some() {
        return;
    }
    let by = |of: fn(&Alias) -> Option<Recipient>| now.contact.aliases.iter().find_map(of);
    let phone = by(|alias| match alias {
        Alias::WaId(id) => Some(Recipient::Phone(id.clone())),
        Alias::Phone(number) => Some(Recipient::Phone(number.trim_start_matches('+').to_owned())),
        Alias::Bsuid(_) | Alias::Crm { .. } => None,
    });
    let reach = phone.or_else(|| {
        by(|alias| match alias {
            Alias::Bsuid(id) => Some(Recipient::Bsuid(id.clone())),
            _ => None,
        })
    });
    decision.changes.extend(reach.map(Change::Reach));
}

/// A contact is changed from outside: all of it, or, where its consent cannot be, nothing.
pub(super) fn update(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    update: &ContactUpdate,
    mut decision: Decision,
) -> Decision {
    if let Err(why) = consent(rules, state, event, update, &mut decision) {
        decision.note(why);
        decision.count("consent_refused", "");
        return decision.silent("consent_refused");
    }
    apply(&mut decision, state, &update.person);
    reach(&mut decision, state);
    decision.changes.extend(update.untag.iter().cloned().map(Change::Untag));
    let tags = state.after(&decision.changes).contact.tags;
    let room = limits::TAGS_PER_CONTACT_MAX.saturating_sub(tags.len());
    let given = update.tag.iter().filter(|tag| !tags.contains(*tag)).take(room);
    decision.changes.extend(given.cloned().map(Change::Tag));
    decision.changes.extend(update.fields.iter().map(|(field, value)| match value {
        Some(value) => Change::Set { field: field.clone(), value: value.clone() },
        None => Change::Unset(field.clone()),
    }));
    decision.note(format!("updated by {} ({})", update.by, update.source));
    decision
}

/// Less is allowed from outside at once, more with proof. What was asked of the customer is
/// answered by neither, but a yes that comes after a stop must not take it back.
fn consent(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    update: &ContactUpdate,
    decision: &mut Decision,
) -> Result<(), String> {
    let Some(wanted) = &update.consent else { return Ok(()) };
    let by = Some(update.by.as_str());
    let occasion = outside::Occasion {
        at: event.at,
        event: &event.id,
        number: None,
        source: &update.source,
        by,
    };
    let before = consent::latest(decision, state);
    let Some((now, entry)) = from_outside(rules, before, wanted, &occasion)? else { return Ok(()) };
    if entry.act == ConsentAct::Lowered {
        decision.changes.push(Change::ConsentAsked(None));
    }
    consent::write(decision, now, entry);
    Ok(())
}
