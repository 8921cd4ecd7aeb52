//! One element of `messages[]` → a message event.
//!
//! The hot path is a text: read once, borrowed, no copy of the object. Every other kind keeps the
//! object as received, since rules and people may want more of it than its text.

use super::wire::{self, Field};
use super::{Around, Batch, people};
use crate::limits;
use crate::model::Raw;
use crate::model::{
    Alias, Event, EventId, EventKind, Message, MessageKind, Profile, Subject, Timestamp, Wamid,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The fields all messages share, and the objects text is taken from.
#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    from: Field<'a>,
    #[serde(borrow)]
    from_user_id: Field<'a>,
    #[serde(borrow)]
    from_parent_user_id: Field<'a>,
    #[serde(borrow)]
    group_id: Field<'a>,
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    timestamp: Field<'a>,
    #[serde(borrow, rename = "type")]
    kind: Field<'a>,
    #[serde(borrow)]
    context: Field<'a>,
    #[serde(borrow)]
    referral: Field<'a>,
    #[serde(borrow)]
    text: Field<'a>,
    #[serde(borrow)]
    image: Field<'a>,
    #[serde(borrow)]
    video: Field<'a>,
    #[serde(borrow)]
    audio: Field<'a>,
    #[serde(borrow)]
    document: Field<'a>,
    #[serde(borrow)]
    interactive: Field<'a>,
    #[serde(borrow)]
    button: Field<'a>,
    #[serde(borrow)]
    reaction: Field<'a>,
    #[serde(borrow)]
    order: Field<'a>,
    #[serde(borrow)]
    system: Field<'a>,
    #[serde(borrow)]
    edit: Field<'a>,
    #[serde(borrow)]
    revoke: Field<'a>,
}

/// Every field text, ids or flags are taken from, whichever object it stands in.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Inner<'a> {
    #[serde(borrow)]
    body: Field<'a>,
    #[serde(borrow)]
    caption: Field<'a>,
    #[serde(borrow)]
    text: Field<'a>,
    #[serde(borrow)]
    payload: Field<'a>,
    #[serde(borrow)]
    voice: Field<'a>,
    #[serde(borrow)]
    emoji: Field<'a>,
    #[serde(borrow)]
    message_id: Field<'a>,
    #[serde(borrow)]
    original_message_id: Field<'a>,
    #[serde(borrow)]
    message: Field<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Interactive<'a> {
    #[serde(borrow)]
    button_reply: Field<'a>,
    #[serde(borrow)]
    list_reply: Field<'a>,
    #[serde(borrow)]
    nfm_reply: Field<'a>,
    #[serde(borrow, rename = "type")]
    kind: Field<'a>,
}

#[derive(Deserialize)]
struct Tap<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    title: Field<'a>,
}

#[derive(Deserialize)]
struct Context<'a> {
    #[serde(borrow)]
    id: Field<'a>,
}

#[derive(Deserialize)]
struct Referral<'a> {
    #[serde(borrow)]
    source_id: Field<'a>,
    #[serde(borrow)]
    source_url: Field<'a>,
}

/// `system`: who somebody is now. `new_wa_id` and `customer` are its older names.
#[derive(Deserialize)]
struct System<'a> {
    #[serde(borrow)]
    wa_id: Field<'a>,
    #[serde(borrow)]
    new_wa_id: Field<'a>,
    #[serde(borrow)]
    user_id: Field<'a>,
    #[serde(borrow)]
    parent_user_id: Field<'a>,
    #[serde(borrow)]
    customer: Field<'a>,
}

/// What a message says, taken from the object of its kind.
struct Said<'a> {
    kind: MessageKind,
    text: Option<Cow<'a, str>>,
    payload: Option<Cow<'a, str>>,
    /// The message it speaks of, where that is not the `context`.
    about: Option<Cow<'a, str>>,
}

/// Reads one message into the batch; one that has no id or no sender is kept undecided.
pub fn read(raw: &RawValue, around: &Around<'_>, batch: &mut Batch) {
    let bytes = raw.get().as_bytes();
    let Ok(wire) = serde_json::from_str::<Wire<'_>>(raw.get()) else {
        return batch.undecided("a message is malformed", bytes);
    };
    let Some(id) = wire::id(wire.id, limits::WAMID_BYTES_MAX) else {
        return batch.undecided("a message has no id", bytes);
    };
    let (aliases, profile) = people::identify(wire.senders(), &around.people);
    if aliases.is_empty() {
        return batch.undecided("a message names no sender", bytes);
    }
    batch.add(bytes, |at| wire.event(raw, &id, (aliases, profile), around, at));
}

impl<'a> Wire<'a> {
    /// Who wrote; after a change of number the new names first, since messages go there now.
    fn senders(&self) -> Vec<Alias> {
        let system: Option<System<'_>> = wire::object(self.system);
        let changed = system.map(|system| {
            [
                wire::any_alias(system.wa_id),
                wire::any_alias(system.new_wa_id),
                wire::bsuid(system.user_id),
                wire::bsuid(system.parent_user_id),
                wire::any_alias(system.customer),
            ]
        });
        let stated = [
            wire::any_alias(self.from),
            wire::bsuid(self.from_user_id),
            wire::bsuid(self.from_parent_user_id),
        ];
        changed.into_iter().flatten().chain(stated).flatten().collect()
    }

    fn event(
        &self,
        raw: &RawValue,
        id: &str,
        (aliases, profile): (Vec<Alias>, Profile),
        around: &Around<'_>,
        at: Timestamp,
    ) -> Event {
        let Said { kind, text, payload, about } = self.said();
        let long = text.as_ref().is_some_and(|text| text.len() > limits::MESSAGE_TEXT_BYTES_MAX);
        let keep = long || kind != MessageKind::Text || self.referral.is_some();
        let context: Option<Context<'_>> = wire::object(self.context);
        let quoted = context.and_then(|context| wire::id(context.id, limits::WAMID_BYTES_MAX));
        let message = Message {
            wamid: Wamid::from(id),
            kind,
            text: text.map(|text| wire::cut(&text, limits::MESSAGE_TEXT_BYTES_MAX).to_owned()),
            payload: payload.map(Cow::into_owned),
            reply_to: about.or(quoted).map(|id| Wamid::from(id.as_ref())),
            ad: self.ad(),
            group: wire::text(self.group_id).map(Cow::into_owned),
            raw: keep.then(|| Raw::copy(raw.get().as_bytes())),
        };
        Event {
            id: EventId::from(format!("wa:m:{id}")),
            at,
            stated_at: wire::timestamp(self.timestamp),
            subject: Subject::Person { aliases, number: around.number.clone(), profile },
            kind: EventKind::Message(message),
        }
    }

    /// The ad or post it came from.
    fn ad(&self) -> Option<String> {
        let referral: Referral<'_> = wire::object(self.referral)?;
        wire::text(referral.source_id)
            .or_else(|| wire::text(referral.source_url))
            .map(Cow::into_owned)
    }

    fn said(&self) -> Said<'a> {
        let kind = wire::text(self.kind).unwrap_or(Cow::Borrowed(""));
        let inner = |field| wire::object::<Inner<'a>>(field).unwrap_or_default();
        let captioned = |kind, field| Said { text: wire::text(inner(field).caption), ..bare(kind) };
        match kind.as_ref() {
            "text" => Said { text: wire::text(inner(self.text).body), ..bare(MessageKind::Text) },
            "image" => captioned(MessageKind::Image, self.image),
            "video" => captioned(MessageKind::Video, self.video),
            "document" => captioned(MessageKind::Document, self.document),
            "audio" if wire::is_true(inner(self.audio).voice) => bare(MessageKind::Voice),
            "audio" => bare(MessageKind::Audio),
            "sticker" => bare(MessageKind::Sticker),
            "location" => bare(MessageKind::Location),
            "contacts" => bare(MessageKind::Contacts),
            "interactive" => interactive(self.interactive),
            "button" => quick_reply(&inner(self.button)),
            "reaction" => reaction(&inner(self.reaction)),
            "order" => {
                Said { text: wire::text(inner(self.order).text), ..bare(MessageKind::Order) }
            }
            "system" => bare(MessageKind::System),
            "unsupported" | "unknown" => bare(MessageKind::Unsupported),
            "edit" => edit(&inner(self.edit)),
            "revoke" => revoke(&inner(self.revoke)),
            other => bare(MessageKind::Other(wire::cut(other, limits::ALIAS_BYTES_MAX).to_owned())),
        }
    }
}

fn bare<'a>(kind: MessageKind) -> Said<'a> {
    Said { kind, text: None, payload: None, about: None }
}

/// A tap, or an answer to a form. What stands in the chat after a form was sent (`body`) is
/// WhatsApp's word and not the customer's, so a form has no text; its values are in the object.
fn interactive<'a>(field: Field<'a>) -> Said<'a> {
    let inner: Interactive<'a> = wire::object(field).unwrap_or_default();
    let tap = |kind, reply| {
        let tap: Option<Tap<'a>> = wire::object(reply);
        let (id, title) = tap.map_or((None, None), |tap| (tap.id, tap.title));
        Said { text: wire::text(title), payload: wire::text(id), ..bare(kind) }
    };
    if inner.button_reply.is_some() {
        tap(MessageKind::Button, inner.button_reply)
    } else if inner.list_reply.is_some() {
        tap(MessageKind::List, inner.list_reply)
    } else if inner.nfm_reply.is_some() {
        bare(MessageKind::Flow)
    } else {
        let kind = wire::id(inner.kind, limits::ALIAS_BYTES_MAX);
        bare(MessageKind::Other(kind.map_or("interactive".to_owned(), Cow::into_owned)))
    }
}

fn quick_reply<'a>(inner: &Inner<'a>) -> Said<'a> {
    Said {
        text: wire::text(inner.text),
        payload: wire::text(inner.payload),
        ..bare(MessageKind::QuickReply)
    }
}

/// Taken away again: the emoji is empty or absent.
fn reaction<'a>(inner: &Inner<'a>) -> Said<'a> {
    Said {
        text: wire::text(inner.emoji),
        about: wire::id(inner.message_id, limits::WAMID_BYTES_MAX),
        ..bare(MessageKind::Reaction)
    }
}

fn edit<'a>(inner: &Inner<'a>) -> Said<'a> {
    let message: Option<Inner<'a>> = wire::object(inner.message);
    let body: Option<Inner<'a>> = message.and_then(|message| wire::object(message.text));
    Said {
        text: body.and_then(|body| wire::text(body.body)),
        about: wire::id(inner.original_message_id, limits::WAMID_BYTES_MAX),
        ..bare(MessageKind::Edit)
    }
}

fn revoke<'a>(inner: &Inner<'a>) -> Said<'a> {
    Said {
        about: wire::id(inner.original_message_id, limits::WAMID_BYTES_MAX),
        ..bare(MessageKind::Revoke)
    }
}
