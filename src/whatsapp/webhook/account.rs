//! Everything that is neither a message nor a status: the account, the marketing switch, what
//! people typed in the WhatsApp Business app, old messages, calls.

use super::wire::{self, Field};
use super::{Around, Batch, Change, digest, people, subject};
use crate::limits;
use crate::model::{self, Raw};
use crate::model::{
    Alias, Event, EventId, EventKind, Message, MessageKind, Preference, Subject, Timestamp, Wamid,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A change that is about the account as a whole: templates, quality, restrictions, and every
/// field from the future.
pub fn notice(change: &Change<'_>, batch: &mut Batch) {
    let raw = change.value.get().as_bytes();
    let field = change.field.clone();
    batch.add(raw, |at| {
        let kind = EventKind::Account { field, raw: Raw::copy(raw) };
        of_account(at, change.time, &change.field, raw, kind)
    });
}

/// A part of the chat history of before usher: recorded, never answered.
pub fn history(change: &Change<'_>, batch: &mut Batch) {
    let raw = change.value.get().as_bytes();
    let what = change.field.clone();
    batch.add(raw, |at| {
        let kind = EventKind::Recorded { what, raw: Raw::copy(raw) };
        of_account(at, change.time, &change.field, raw, kind)
    });
}

/// An error without a message (`errors[]`), or a click WhatsApp reports (`user_actions[]`).
pub fn element(raw: &RawValue, around: &Around<'_>, batch: &mut Batch) {
    let raw = raw.get().as_bytes();
    let field = around.field.to_owned();
    batch.add(raw, |at| {
        let kind = EventKind::Account { field, raw: Raw::copy(raw) };
        of_account(at, around.time, around.field, raw, kind)
    });
}

#[derive(Deserialize)]
struct WirePreference<'a> {
    #[serde(borrow)]
    wa_id: Field<'a>,
    #[serde(borrow)]
    user_id: Field<'a>,
    #[serde(borrow)]
    parent_user_id: Field<'a>,
    #[serde(borrow)]
    category: Field<'a>,
    #[serde(borrow)]
    value: Field<'a>,
    #[serde(borrow)]
    timestamp: Field<'a>,
}

/// WhatsApp's marketing switch. `stop` and `resume` act; what else it may say (`signup`) is
/// recorded, so that nothing but `resume` ever lifts a stop.
pub fn preference(raw: &RawValue, around: &Around<'_>, batch: &mut Batch) {
    let bytes = raw.get().as_bytes();
    let Ok(wire) = serde_json::from_str::<WirePreference<'_>>(raw.get()) else {
        return batch.undecided("a user preference is malformed", bytes);
    };
    let stated =
        [wire::any_alias(wire.wa_id), wire::bsuid(wire.user_id), wire::bsuid(wire.parent_user_id)];
    let (aliases, profile) =
        people::identify(stated.into_iter().flatten().collect(), &around.people);
    let value = wire::id(wire.value, limits::ALIAS_BYTES_MAX);
    let (Some(user), Some(value)) = (aliases.first(), value) else {
        return batch.undecided("a user preference names nobody or has no value", bytes);
    };
    let category = wire::text(wire.category);
    let marketing = category.is_none_or(|category| category == "marketing_messages");
    let kind = match value.as_ref() {
        "stop" if marketing => EventKind::Preference(Preference { stop: true }),
        "resume" if marketing => EventKind::Preference(Preference { stop: false }),
        _ => recorded(around, raw),
    };
    let stated_at = wire::timestamp(wire.timestamp).or(around.time);
    let millis = stated_at.map_or(0, Timestamp::millis);
    // Ids come into logs and full numbers do not: the person stands there as a digest.
    let user = digest(&[user.to_string().as_bytes()]);
    batch.add(bytes, |at| Event {
        id: EventId::from(format!("wa:p:{user}:{value}:{millis}")),
        at,
        stated_at,
        subject: subject(aliases, &around.number, profile),
        kind,
    });
}

#[derive(Deserialize)]
struct Echo<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    timestamp: Field<'a>,
    #[serde(borrow)]
    to: Field<'a>,
    #[serde(borrow)]
    to_user_id: Field<'a>,
    #[serde(borrow, rename = "type")]
    kind: Field<'a>,
    #[serde(borrow)]
    text: Field<'a>,
}

#[derive(Deserialize)]
struct EchoText<'a> {
    #[serde(borrow)]
    body: Field<'a>,
}

/// A person typed in the WhatsApp Business app: about the customer it went to. What was taken back
/// or changed afterwards, and what names no customer, is recorded.
pub fn echo(raw: &RawValue, around: &Around<'_>, batch: &mut Batch) {
    let bytes = raw.get().as_bytes();
    let Ok(wire) = serde_json::from_str::<Echo<'_>>(raw.get()) else {
        return batch.undecided("an echo is malformed", bytes);
    };
    let Some(id) = wire::id(wire.id, limits::WAMID_BYTES_MAX) else {
        return batch.undecided("an echo has no id", bytes);
    };
    let stated = [wire::any_alias(wire.to), wire::bsuid(wire.to_user_id)];
    let (aliases, profile) =
        people::identify(stated.into_iter().flatten().collect(), &around.people);
    let said = !matches!(wire::text(wire.kind).as_deref(), Some("revoke" | "edit"));
    let kind = if said && !aliases.is_empty() {
        let text: Option<EchoText<'_>> = wire::object(wire.text);
        let text = text.and_then(|text| wire::text(text.body)).map(Cow::into_owned);
        EventKind::Echo(model::Echo { text, raw: Raw::copy(bytes) })
    } else {
        recorded(around, raw)
    };
    batch.add(bytes, |at| Event {
        id: EventId::from(format!("wa:m:{id}")),
        at,
        stated_at: wire::timestamp(wire.timestamp).or(around.time),
        subject: subject(aliases, &around.number, profile),
        kind,
    });
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    from: Field<'a>,
    #[serde(borrow)]
    from_user_id: Field<'a>,
    #[serde(borrow)]
    to: Field<'a>,
    #[serde(borrow)]
    to_user_id: Field<'a>,
    #[serde(borrow)]
    event: Field<'a>,
    #[serde(borrow)]
    direction: Field<'a>,
    #[serde(borrow)]
    timestamp: Field<'a>,
}

/// A customer's call that begins is a message of kind `call` (it opens the window); how it ends,
/// and our own calls, are recorded.
pub fn call(raw: &RawValue, around: &Around<'_>, batch: &mut Batch) {
    let bytes = raw.get().as_bytes();
    let Ok(wire) = serde_json::from_str::<Call<'_>>(raw.get()) else {
        return batch.undecided("a call is malformed", bytes);
    };
    let id = wire::id(wire.id, limits::WAMID_BYTES_MAX);
    let (Some(id), Some(event)) = (id, wire::id(wire.event, limits::ALIAS_BYTES_MAX)) else {
        return batch.undecided("a call has no id or no event", bytes);
    };
    let ours = wire::text(wire.direction).as_deref() == Some("BUSINESS_INITIATED");
    let (aliases, profile) = people::identify(wire.customer(ours), &around.people);
    let begins = event == "connect" && !ours && !aliases.is_empty();
    let (id, kind) = if begins {
        (format!("wa:m:{id}"), EventKind::Message(call_message(&id, raw)))
    } else {
        (format!("wa:c:{id}:{event}"), recorded(around, raw))
    };
    batch.add(bytes, |at| Event {
        id: EventId::from(id),
        at,
        stated_at: wire::timestamp(wire.timestamp).or(around.time),
        subject: subject(aliases, &around.number, profile),
        kind,
    });
}

impl Call<'_> {
    fn customer(&self, ours: bool) -> Vec<Alias> {
        let (address, user) =
            if ours { (self.to, self.to_user_id) } else { (self.from, self.from_user_id) };
        [wire::any_alias(address), wire::bsuid(user)].into_iter().flatten().collect()
    }
}

fn call_message(id: &str, raw: &RawValue) -> Message {
    Message {
        wamid: Wamid::from(id),
        kind: MessageKind::Call,
        text: None,
        payload: None,
        reply_to: None,
        ad: None,
        group: None,
        raw: Some(Raw::copy(raw.get().as_bytes())),
    }
}

fn recorded(around: &Around<'_>, raw: &RawValue) -> EventKind {
    let raw = Raw::copy(raw.get().as_bytes());
    EventKind::Recorded { what: around.field.to_owned(), raw }
}

/// An event of the account. It has no id of its own: field, bytes and the entry's time make one.
fn of_account(
    at: Timestamp,
    time: Option<Timestamp>,
    field: &str,
    raw: &[u8],
    kind: EventKind,
) -> Event {
    let digest = digest(&[field.as_bytes(), b"\n", raw]);
    let millis = time.map_or(0, Timestamp::millis);
    Event {
        id: EventId::from(format!("wa:a:{digest}:{millis}")),
        at,
        stated_at: time,
        subject: Subject::Account,
        kind,
    }
}
