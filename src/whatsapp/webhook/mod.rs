//! A webhook's body → [`Event`]s. Infallible: what cannot be understood becomes an event that
//! keeps the bytes, so that the sender gets its 200 and nobody loses anything.
//!
//! Lives here: the envelope and who is named in it. One file for each thing inside: `message`,
//! `status`, `account` (everything else), `people`, and `wire` for lenient reading. May not live
//! here: deciding what to do about an event.

mod account;
mod message;
mod people;
mod status;
mod wire;

use crate::limits;
use crate::model::Raw;
use crate::model::{Alias, Event, EventId, EventKind, NumberId, Profile, Subject, Timestamp};
use people::Person;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use wire::{Field, List};

/// What `usher.toml` names: updates for anything else are kept and never answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Business account ids; empty where none is configured, then every account counts as named.
    pub accounts: Vec<String>,
    /// Our numbers.
    pub numbers: Vec<NumberId>,
}

/// The events of one webhook body, received at `at`. The signature has been checked.
#[must_use]
pub fn parse(body: &[u8], known: &Known, at: Timestamp) -> Vec<Event> {
    let mut batch = Batch::new(at);
    match std::str::from_utf8(body).ok().and_then(envelope) {
        None => batch.undecided("the body is not a webhook's JSON", body),
        Some((object, _)) if !is_whatsapp(object) => batch.unnamed(body),
        Some((_, changes)) => {
            for change in changes {
                match change {
                    Ok(change) => change.read(known, &mut batch),
                    Err(raw) => batch.undecided("an entry or change is malformed", raw.as_bytes()),
                }
            }
        }
    }
    batch.finish()
}

/// `{"object": …, "entry": […]}`; generic in how far it is understood at once.
#[derive(Deserialize)]
struct Envelope<'a, E> {
    #[serde(borrow)]
    object: Field<'a>,
    entry: Vec<E>,
}

#[derive(Deserialize)]
struct Entry<'a, C> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    time: Field<'a>,
    changes: Vec<C>,
}

#[derive(Deserialize)]
struct NamedValue<'a> {
    #[serde(borrow)]
    field: Field<'a>,
    #[serde(borrow)]
    value: Field<'a>,
}

/// The object named and every change of every entry; of what is malformed, the bytes.
type Changes<'a> = (Field<'a>, Vec<Result<Change<'a>, &'a str>>);

/// In one pass where everything is well formed; else entry by entry and change by change, so that
/// a bad one spoils nothing.
fn envelope(body: &str) -> Option<Changes<'_>> {
    let mut changes = Vec::new();
    if let Ok(all) = serde_json::from_str::<Envelope<'_, Entry<'_, NamedValue<'_>>>>(body) {
        for entry in all.entry {
            let (id, time) = (entry.id, entry.time);
            changes.extend(entry.changes.into_iter().map(|change| Change::of(id, time, change)));
        }
        return Some((all.object, changes));
    }
    let rough: Envelope<'_, &RawValue> = serde_json::from_str(body).ok()?;
    for raw in rough.entry {
        match serde_json::from_str::<Entry<'_, &RawValue>>(raw.get()) {
            Err(_) => changes.push(Err(raw.get())),
            Ok(Entry { id, time, changes: raws }) => {
                for raw in raws {
                    changes.push(match serde_json::from_str(raw.get()) {
                        Ok(change) => Change::of(id, time, change),
                        Err(_) => Err(raw.get()),
                    });
                }
            }
        }
    }
    Some((rough.object, changes))
}

fn is_whatsapp(object: Field<'_>) -> bool {
    wire::text(object).as_deref() == Some("whatsapp_business_account")
}

/// One change, with what its entry says of it.
struct Change<'a> {
    account: Field<'a>,
    time: Option<Timestamp>,
    field: String,
    value: &'a RawValue,
}

/// A `value`. Every array is optional and independent of the others.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Value<'a> {
    #[serde(borrow)]
    metadata: Field<'a>,
    #[serde(borrow)]
    contacts: List<'a>,
    #[serde(borrow)]
    messages: List<'a>,
    #[serde(borrow)]
    statuses: List<'a>,
    #[serde(borrow)]
    errors: List<'a>,
    #[serde(borrow)]
    user_actions: List<'a>,
    #[serde(borrow)]
    user_preferences: List<'a>,
    #[serde(borrow)]
    message_echoes: List<'a>,
    #[serde(borrow)]
    calls: List<'a>,
    #[serde(borrow)]
    waba_info: Field<'a>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    phone_number_id: Field<'a>,
}

#[derive(Deserialize)]
struct AccountInfo<'a> {
    #[serde(borrow)]
    waba_id: Field<'a>,
}

/// What the readers of elements are told of the change around them.
struct Around<'a> {
    number: NumberId,
    people: Vec<Person<'a>>,
    field: &'a str,
    time: Option<Timestamp>,
}

impl<'a> Change<'a> {
    /// A change is a field with a value; without them, its bytes.
    fn of(
        account: Field<'a>,
        time: Field<'a>,
        change: NamedValue<'a>,
    ) -> Result<Change<'a>, &'a str> {
        let Some(value) = change.value else {
            return Err(change.field.map_or("null", RawValue::get));
        };
        let Some(field) = wire::id(change.field, limits::ALIAS_BYTES_MAX) else {
            return Err(value.get());
        };
        Ok(Change { account, time: wire::timestamp(time), field: field.into_owned(), value })
    }

    fn read(&self, known: &Known, batch: &mut Batch) {
        let Ok(value) = serde_json::from_str::<Value<'_>>(self.value.get()) else {
            return self.whole(batch);
        };
        if !self.is_of_named_account(&value, known) {
            return batch.unnamed(self.value.get().as_bytes());
        }
        if !matches!(
            self.field.as_str(),
            "messages" | "calls" | "user_preferences" | "smb_message_echoes" | "history"
        ) {
            return account::notice(self, batch);
        }
        let Some(number) = number_of(&value, known) else {
            return batch.unnamed(self.value.get().as_bytes());
        };
        if self.field == "history" {
            return account::history(self, batch);
        }
        let people = value.contacts.items.iter().filter_map(|raw| Person::read(raw)).collect();
        let around = Around { number, people, field: &self.field, time: self.time };
        self.elements(&value, &around, batch);
    }

    /// Each element by itself; where none was found, the whole as a notice.
    fn elements(&self, value: &Value<'_>, around: &Around<'_>, batch: &mut Batch) {
        let before = batch.taken;
        let lists: [(&List<'_>, ReadElement); 7] = [
            (&value.messages, message::read),
            (&value.statuses, status::read),
            (&value.user_preferences, account::preference),
            (&value.message_echoes, account::echo),
            (&value.calls, account::call),
            (&value.errors, account::element),
            (&value.user_actions, account::element),
        ];
        let odd = value.contacts.odd || lists.iter().any(|(list, _)| list.odd);
        for (list, read) in lists {
            for raw in &list.items {
                read(raw, around, batch);
            }
        }
        if odd {
            batch.undecided("a list is something else", self.value.get().as_bytes());
        } else if batch.taken == before {
            account::notice(self, batch);
        }
    }

    /// A value that is no object: all that is known of it is its field.
    fn whole(&self, batch: &mut Batch) {
        batch.undecided("the value of a change is malformed", self.value.get().as_bytes());
    }

    /// `PARTNER_…` events carry the portfolio's id in the entry and the account's in the value.
    fn is_of_named_account(&self, value: &Value<'_>, known: &Known) -> bool {
        let named = |id: Field<'_>| {
            wire::text(id).is_some_and(|id| known.accounts.iter().any(|account| *account == id))
        };
        let info: Option<AccountInfo<'_>> = wire::object(value.waba_info);
        known.accounts.is_empty()
            || named(self.account)
            || info.is_some_and(|info| named(info.waba_id))
    }
}

/// Reads one element of a list into the batch.
type ReadElement = fn(&RawValue, &Around<'_>, &mut Batch);

/// The number a value is for, where it is one of ours. A value that names none can only be for
/// the one number there is.
fn number_of(value: &Value<'_>, known: &Known) -> Option<NumberId> {
    let metadata: Option<Metadata<'_>> = wire::object(value.metadata);
    match metadata.and_then(|metadata| wire::text(metadata.phone_number_id)) {
        Some(id) => known.numbers.iter().find(|number| number.as_str() == id).cloned(),
        None => match known.numbers.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        },
    }
}

/// The events of one body, bounded.
struct Batch {
    at: Timestamp,
    events: Vec<Event>,
    /// Updates seen, those of the rest included.
    taken: usize,
    /// What came after [`limits::WEBHOOK_UPDATES_TAKEN_MAX`], a line an update.
    rest: Vec<u8>,
}

impl Batch {
    fn new(at: Timestamp) -> Batch {
        Batch { at, events: Vec::new(), taken: 0, rest: Vec::new() }
    }

    /// Takes an update, or keeps its bytes when there are too many.
    fn add(&mut self, raw: &[u8], event: impl FnOnce(Timestamp) -> Event) {
        self.taken = self.taken.saturating_add(1);
        if self.taken <= limits::WEBHOOK_UPDATES_TAKEN_MAX {
            self.events.push(event(self.at));
        } else {
            self.rest.extend_from_slice(raw);
            self.rest.push(b'\n');
        }
    }

    fn undecided(&mut self, reason: &str, raw: &[u8]) {
        self.add(raw, |at| undecided(at, reason.to_owned(), raw));
    }

    fn unnamed(&mut self, raw: &[u8]) {
        self.add(raw, |at| Event {
            id: EventId::from(format!("wa:a:{}", digest(&[raw]))),
            at,
            stated_at: None,
            subject: Subject::Account,
            kind: EventKind::Unnamed { raw: Raw::copy(raw) },
        });
    }

    fn finish(mut self) -> Vec<Event> {
        if !self.rest.is_empty() {
            let reason =
                format!("more than {} updates in one body", limits::WEBHOOK_UPDATES_TAKEN_MAX);
            self.events.push(undecided(self.at, reason, &self.rest));
        }
        self.events
    }
}

fn undecided(at: Timestamp, reason: String, raw: &[u8]) -> Event {
    Event {
        id: EventId::from(format!("wa:u:{}", digest(&[raw]))),
        at,
        stated_at: None,
        subject: Subject::Account,
        kind: EventKind::Undecided { reason, raw: Raw::copy(raw) },
    }
}

/// The first 16 hex digits of the SHA-256 over the parts.
fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A person where anybody is named, else the account.
fn subject(aliases: Vec<Alias>, number: &NumberId, profile: Profile) -> Subject {
    if aliases.is_empty() {
        Subject::Account
    } else {
        Subject::Person { aliases, number: number.clone(), profile }
    }
}
