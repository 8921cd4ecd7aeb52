//! One element of `statuses[]` → a report on a message of ours.

use super::wire::{self, Field, List};
use super::{Around, Batch, digest, people, subject};
use crate::limits;
use crate::model::Raw;
use crate::model::{
    Alias, DeliveryStatus, Event, EventId, EventKind, JobId, Status, Subject, Timestamp, Wamid,
};
use crate::whatsapp::errors;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    status: Field<'a>,
    #[serde(borrow)]
    timestamp: Field<'a>,
    #[serde(borrow)]
    recipient_id: Field<'a>,
    #[serde(borrow)]
    recipient_user_id: Field<'a>,
    /// Meta's pages and SDKs differ in the order of the words.
    #[serde(borrow)]
    recipient_parent_user_id: Field<'a>,
    #[serde(borrow)]
    parent_recipient_user_id: Field<'a>,
    #[serde(borrow)]
    recipient_type: Field<'a>,
    #[serde(borrow)]
    recipient_participant_id: Field<'a>,
    #[serde(borrow)]
    biz_opaque_callback_data: Field<'a>,
    #[serde(borrow)]
    pricing: Field<'a>,
    #[serde(borrow, default)]
    errors: List<'a>,
}

#[derive(Deserialize)]
struct Pricing<'a> {
    #[serde(borrow)]
    category: Field<'a>,
}

/// Reads one status into the batch; one without id or status is kept undecided.
pub fn read(raw: &RawValue, around: &Around<'_>, batch: &mut Batch) {
    let bytes = raw.get().as_bytes();
    let Ok(wire) = serde_json::from_str::<Wire<'_>>(raw.get()) else {
        return batch.undecided("a status is malformed", bytes);
    };
    let id = wire::id(wire.id, limits::WAMID_BYTES_MAX);
    let (Some(id), Some(status)) = (id, wire::id(wire.status, limits::ALIAS_BYTES_MAX)) else {
        return batch.undecided("a status has no id or no status", bytes);
    };
    batch.add(bytes, |at| wire.event(raw, &id, &status, around, at));
}

impl Wire<'_> {
    fn event(
        &self,
        raw: &RawValue,
        id: &str,
        status: &str,
        around: &Around<'_>,
        at: Timestamp,
    ) -> Event {
        let job: Option<JobId> =
            wire::text(self.biz_opaque_callback_data).and_then(|data| data.parse().ok());
        let kind = if around.field == "calls" {
            let raw = Raw::copy(raw.get().as_bytes());
            EventKind::Recorded { what: around.field.to_owned(), raw }
        } else {
            EventKind::Status(Status {
                wamid: Wamid::from(id),
                job,
                status: delivery(status),
                error: self.errors.items.first().map(|raw| errors::stated(raw)),
                rule: None,
                said: None,
                category: self.category(),
            })
        };
        Event {
            id: self.event_id(id, status),
            at,
            stated_at: wire::timestamp(self.timestamp),
            subject: self.subject(job, around),
            kind,
        }
    }

    /// In a group the same status comes once for each participant, who stands there as a digest:
    /// ids come into logs and full numbers do not.
    fn event_id(&self, id: &str, status: &str) -> EventId {
        let participant = wire::id(self.recipient_participant_id, limits::ALIAS_BYTES_MAX);
        let suffix =
            participant.map(|who| format!(":{}", digest(&[who.as_bytes()]))).unwrap_or_default();
        EventId::from(format!("wa:s:{id}:{status}{suffix}"))
    }

    /// The customer; nobody in particular for a group's. Where WhatsApp names nobody, our own job
    /// id does.
    fn subject(&self, job: Option<JobId>, around: &Around<'_>) -> Subject {
        if self.is_of_group() {
            return Subject::Account;
        }
        let (aliases, profile) = people::identify(self.recipients(), &around.people);
        match (aliases.is_empty(), job) {
            (true, Some(job)) => {
                Subject::Contact { id: job.contact, number: around.number.clone() }
            }
            _ => subject(aliases, &around.number, profile),
        }
    }

    fn is_of_group(&self) -> bool {
        wire::text(self.recipient_type).as_deref() == Some("group")
            || self.recipient_participant_id.is_some()
    }

    fn recipients(&self) -> Vec<Alias> {
        [
            wire::any_alias(self.recipient_id),
            wire::bsuid(self.recipient_user_id),
            wire::bsuid(self.recipient_parent_user_id),
            wire::bsuid(self.parent_recipient_user_id),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn category(&self) -> Option<String> {
        let pricing: Pricing<'_> = wire::object(self.pricing)?;
        wire::id(pricing.category, limits::ALIAS_BYTES_MAX).map(Cow::into_owned)
    }
}

fn delivery(status: &str) -> DeliveryStatus {
    match status {
        "sent" => DeliveryStatus::Sent,
        "delivered" => DeliveryStatus::Delivered,
        "read" => DeliveryStatus::Read,
        "played" => DeliveryStatus::Played,
        "failed" => DeliveryStatus::Failed,
        other => DeliveryStatus::Other(other.to_owned()),
    }
}
