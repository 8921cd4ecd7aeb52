//! What stands where in the file: tables, keys, and records as JSON so that versions can evolve.
//!
//! Keys sort as numbers and bytes do; a range is always walked from its low end.

use super::fault::{Fault, Outcome};
use crate::model::{
    Alias, ContactId, Day, Destination, EventId, JobId, NumberId, TimerKey, TimerKind, Timestamp,
};
use crate::store::lane::{Lane, Place};
use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Contact, version, index.
pub(super) type JobKey = (u128, u64, u16);
/// Contact, destination.
pub(super) type LaneKey = (u128, u8);
/// Lane, own, version, index, origin: see [`Place`].
pub(super) type PlaceKey = (u128, u8, bool, u64, u16, u128);
/// Day, job, wamid (empty where there is none).
pub(super) type SettledKey = (i32, u128, u64, u16, &'static str);
/// When, job.
pub(super) type JobAtKey = (i64, u128, u64, u16);
/// Contact, when, number of the line.
pub(super) type LedgerKey = (u128, i64, u64);
/// Contact, kind, our number, name.
pub(super) type TimerRow = (u128, &'static str, &'static str, &'static str);
/// When, contact, kind, our number, name.
pub(super) type TimerAtRow = (i64, u128, &'static str, &'static str, &'static str);

macro_rules! tables {
    ($($(#[$doc:meta])* $field:ident / $opened:ident : $key:ty => $value:ty = $name:literal;)*) => {
        $($(#[$doc])*
        pub(super) const $field: TableDefinition<'static, $key, $value> = TableDefinition::new($name);)*

        /// Every table, open in one write transaction.
        pub(super) struct Tables<'txn> {
            $(pub(super) $opened: redb::Table<'txn, $key, $value>,)*
        }

        impl<'txn> Tables<'txn> {
            /// Opens all tables; makes those that are not there yet.
            pub(super) fn open(txn: &'txn WriteTransaction) -> Outcome<Tables<'txn>> {
                Ok(Tables { $($opened: txn.open_table($field)?,)* })
            }
        }
    };
}

tables! {
    /// Contacts with their conversations, or where they moved to.
    CONTACTS / contacts: u128 => &'static [u8] = "contacts";
    /// Contacts of whom a conversation is in people's hands.
    OWNED / owned: u128 => () = "owned";
    /// Whose an alias is.
    ALIASES / aliases: &'static str => u128 = "aliases";
    /// Event ids by day, as digests.
    SEEN / seen: (i32, u128) => () = "seen";
    /// What was answered to the event ids that were called for, by the same keys.
    ANSWERED / answered: (i32, u128) => &'static [u8] = "answered";
    /// Jobs, settled or not.
    JOBS / jobs: JobKey => &'static [u8] = "jobs";
    /// Lanes that hold jobs: how many, and under which time the head stands in `heads`.
    LANES / lanes: LaneKey => (u64, Option<i64>) = "lanes";
    /// The waiting jobs of the lanes, in order.
    PLACES / places: PlaceKey => () = "places";
    /// The jobs of the lanes that are under way or of unknown outcome.
    UNDER_WAY / under_way: PlaceKey => () = "under_way";
    /// The jobs of the lanes that are held, in order.
    HELD_PLACES / held_places: PlaceKey => () = "held_places";
    /// Held jobs, by when they are given up.
    HELD / held: JobAtKey => () = "held";
    /// Lane heads that wait, by time.
    HEADS / heads: (i64, u128, u8) => () = "heads";
    /// Jobs under way, by when they were claimed.
    SENDING / sending: JobAtKey => () = "sending";
    /// Dead letters, by when they were decided.
    DEAD / dead: JobAtKey => () = "dead";
    /// Which job WhatsApp's id belongs to.
    WAMIDS / wamids: &'static str => JobKey = "wamids";
    /// What a sweep takes away, by the day it settled.
    SETTLED / settled: SettledKey => () = "settled";
    /// Timers by key.
    TIMERS / timers: TimerRow => i64 = "timers_by_key";
    /// Timers by time.
    TIMERS_DUE / timers_due: TimerAtRow => () = "timers_by_time";
    /// The ledger of consent: contact, when, number of the line.
    LEDGER / ledger: LedgerKey => &'static [u8] = "ledger";
    /// The journal by position.
    JOURNAL / journal: u64 => &'static [u8] = "journal";
    /// Counters by day.
    TALLIES / tallies: (i32, &'static str, &'static str) => u64 = "tallies";
    /// When a status of a number last came.
    NUMBERS / numbers: &'static str => i64 = "numbers";
    /// What is paused, by scope.
    PAUSES / pauses: &'static str => &'static [u8] = "pauses";
    /// Undecided events nobody has dealt with: their lines of the journal, by position.
    UNDECIDED / undecided: u64 => &'static [u8] = "undecided";
    /// The schema and the counters.
    META / meta: &'static str => &'static [u8] = "meta";
}

pub(super) fn contact_key(id: ContactId) -> u128 {
    id.0.as_u128()
}

pub(super) fn contact_id(key: u128) -> ContactId {
    ContactId(Uuid::from_u128(key))
}

pub(super) fn alias_key(alias: &Alias) -> String {
    alias.to_string()
}

/// The first half of SHA-256: two ids never meet, and a row is short whatever the id's length.
pub(super) fn seen_key(day: Day, event: &EventId) -> (i32, u128) {
    let digest = Sha256::digest(event.as_str().as_bytes());
    let half = digest.iter().take(16).fold(0, |key, byte| (key << 8) | u128::from(*byte));
    (day.0, half)
}

pub(super) fn job_key(id: JobId) -> JobKey {
    (contact_key(id.contact), id.version, id.index)
}

pub(super) fn job_id((contact, version, index): JobKey) -> JobId {
    JobId { contact: contact_id(contact), version, index }
}

pub(super) fn job_at_key(at: Timestamp, id: JobId) -> JobAtKey {
    (at.millis(), contact_key(id.contact), id.version, id.index)
}

/// Written in files: a destination keeps its number.
fn destination_code(destination: Destination) -> u8 {
    match destination {
        Destination::WhatsApp => 0,
        Destination::Lookup => 1,
        Destination::Hook => 2,
    }
}

fn destination(code: u8) -> Outcome<Destination> {
    match code {
        0 => Ok(Destination::WhatsApp),
        1 => Ok(Destination::Lookup),
        2 => Ok(Destination::Hook),
        _ => Err(Fault::Corrupt(format!("no destination has the number {code}"))),
    }
}

/// What a timer stands under.
pub(super) fn timer_row(key: &TimerKey) -> (u128, &str, &str, &str) {
    (contact_key(key.contact), key.kind.label(), key.number.as_str(), key.name.as_str())
}

/// What timer stands there.
pub(super) fn timer_key(
    (contact, kind, number, name): (u128, &str, &str, &str),
) -> Outcome<TimerKey> {
    let named = TimerKind::ALL.into_iter().find(|one| one.label() == kind);
    let kind = named.ok_or_else(|| Fault::Corrupt(format!("no timer is for `{kind}`")))?;
    let (contact, number) = (contact_id(contact), NumberId::from(number));
    Ok(TimerKey { contact, number, kind, name: name.to_owned() })
}

pub(super) fn lane_key(lane: Lane) -> LaneKey {
    (contact_key(lane.contact), destination_code(lane.destination))
}

pub(super) fn lane((contact, code): LaneKey) -> Outcome<Lane> {
    Ok(Lane { contact: contact_id(contact), destination: destination(code)? })
}

pub(super) fn place_key(lane: Lane, place: Place) -> PlaceKey {
    let (contact, destination) = lane_key(lane);
    (contact, destination, place.own, place.version, place.index, contact_key(place.origin))
}

pub(super) fn place((_, _, own, version, index, origin): PlaceKey) -> Place {
    Place { own, version, index, origin: contact_id(origin) }
}

/// All places of a lane, as a range.
pub(super) fn places_of((contact, destination): LaneKey) -> std::ops::RangeInclusive<PlaceKey> {
    let first = (contact, destination, false, 0, 0, 0);
    first..=(contact, destination, true, u64::MAX, u16::MAX, u128::MAX)
}

/// All lines of a contact's ledger, as a range.
pub(super) fn ledger_of(contact: ContactId) -> std::ops::RangeInclusive<LedgerKey> {
    let contact = contact_key(contact);
    (contact, i64::MIN, 0)..=(contact, i64::MAX, u64::MAX)
}

/// A record as it is kept.
pub(super) fn encode<T: Serialize>(record: &T) -> Outcome<Vec<u8>> {
    serde_json::to_vec(record).map_err(|e| Fault::Corrupt(format!("it cannot be written: {e}")))
}

/// A record as it was kept. What is wrong with it is told by its place: the error's own words
/// quote what stands there, which may be a customer's.
pub(super) fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Outcome<T> {
    let unreadable =
        |e: serde_json::Error| format!("{what}: not as expected at byte {}", e.column());
    serde_json::from_slice(bytes).map_err(|e| Fault::Corrupt(unreadable(e)))
}

/// Reads one record.
pub(super) fn get<K: redb::Key + 'static, T: DeserializeOwned>(
    table: &impl ReadableTable<K, &'static [u8]>,
    what: &str,
    key: K::SelfType<'_>,
) -> Outcome<Option<T>> {
    table.get(key)?.map(|row| decode(what, row.value())).transpose()
}

/// A table to read from.
pub(super) fn reading<K: redb::Key + 'static, V: redb::Value + 'static>(
    txn: &ReadTransaction,
    table: TableDefinition<'static, K, V>,
) -> Outcome<redb::ReadOnlyTable<K, V>> {
    Ok(txn.open_table(table)?)
}
