//! Reading: each from one snapshot, which is always a durable one.

use super::claim::{due_held, due_lanes};
use super::fault::Outcome;
use super::group::{TOTALS, Totals, follow};
use super::jobs::find_job;
use super::tables::{
    ALIASES, ANSWERED, CONTACTS, DEAD, HEADS, HELD, JOBS, JOURNAL, JobAtKey, LEDGER, META, NUMBERS,
    OWNED, PAUSES, SENDING, TALLIES, TIMERS_DUE, UNDECIDED, alias_key, contact_id, contact_key,
    decode, get, job_at_key, job_id, ledger_of, reading, seen_key, timer_key,
};
use super::upkeep::standing_pauses;
use crate::limits;
use crate::model::{
    Alias, ContactId, Day, EventId, FirstAnswer, Job, JobId, LedgerEntry, NumberId, Pauses, Record,
    RuleId, State, Tally, Timer, Timestamp,
};
use crate::store::person::{Kept, Person};
use crate::store::{Counts, Resolved};
use redb::{ReadTransaction, ReadableTable, TableDefinition};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

pub(super) fn resolve(
    txn: &ReadTransaction,
    aliases: &[Alias],
    number: &NumberId,
) -> Outcome<Resolved> {
    let owners = reading(txn, ALIASES)?;
    let contacts = reading(txn, CONTACTS)?;
    let mut ids = BTreeSet::new();
    for alias in aliases {
        ids.extend(owners.get(alias_key(alias).as_str())?.map(|row| row.value()));
    }
    let mut people: Vec<Person> = Vec::new();
    for id in ids {
        people.extend(follow(&contacts, contact_id(id))?);
    }
    people.sort_by_key(|person| (person.contact.created_at, person.contact.id));
    Ok(match people.as_slice() {
        [] => Resolved::New,
        [one] => Resolved::Known(Box::new(one.state(number))),
        several => Resolved::Several(several.iter().map(|one| one.contact.id).collect()),
    })
}

pub(super) fn state(
    txn: &ReadTransaction,
    contact: ContactId,
    number: &NumberId,
) -> Outcome<Option<State>> {
    let person = follow(&reading(txn, CONTACTS)?, contact)?;
    Ok(person.map(|person| person.state(number)))
}

pub(super) fn is_due(txn: &ReadTransaction, now: Timestamp) -> Outcome<bool> {
    Ok(!due_lanes(&reading(txn, HEADS)?, now, 1)?.is_empty()
        || !due_held(&reading(txn, HELD)?, now, 1)?.is_empty())
}

pub(super) fn next_due(txn: &ReadTransaction) -> Outcome<Option<Timestamp>> {
    let head = reading(txn, HEADS)?.first()?.map(|(key, _)| key.value().0);
    let held = reading(txn, HELD)?.first()?.map(|(key, _)| key.value().0);
    Ok([head, held].into_iter().flatten().min().map(Timestamp))
}

pub(super) fn job(txn: &ReadTransaction, id: JobId) -> Outcome<Option<Job>> {
    Ok(find_job(&reading(txn, JOBS)?, id)?.map(|placed| placed.job))
}

pub(super) fn stranded(
    txn: &ReadTransaction,
    before: Timestamp,
    limit: usize,
) -> Outcome<Vec<Job>> {
    let before = Bound::Excluded((before.millis(), 0, 0, 0));
    jobs_by_time(txn, SENDING, (Bound::Unbounded, before), limit)
}

pub(super) fn dead_letters(
    txn: &ReadTransaction,
    after: Option<JobId>,
    limit: usize,
) -> Outcome<Vec<Job>> {
    let after = match after {
        Some(id) => find_job(&reading(txn, JOBS)?, id)?,
        None => None,
    };
    let after = after.map(|found| job_at_key(found.job.decided_at, found.job.id));
    jobs_by_time(txn, DEAD, behind(after), limit)
}

pub(super) fn held(
    txn: &ReadTransaction,
    after: Option<(Timestamp, JobId)>,
    limit: usize,
) -> Outcome<Vec<Job>> {
    jobs_by_time(txn, HELD, behind(after.map(|(due, id)| job_at_key(due, id))), limit)
}

type Keys = (Bound<JobAtKey>, Bound<JobAtKey>);

fn behind(after: Option<JobAtKey>) -> Keys {
    (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

/// The jobs an index lists under these keys, in its order.
fn jobs_by_time(
    txn: &ReadTransaction,
    index: TableDefinition<'static, JobAtKey, ()>,
    keys: Keys,
    limit: usize,
) -> Outcome<Vec<Job>> {
    let (index, jobs) = (reading(txn, index)?, reading(txn, JOBS)?);
    let mut found = Vec::new();
    for row in index.range(keys)?.take(limit) {
        let (_, contact, version, index) = row?.0.value();
        found.extend(find_job(&jobs, job_id((contact, version, index)))?.map(|placed| placed.job));
    }
    Ok(found)
}

pub(super) fn timers_due(
    txn: &ReadTransaction,
    now: Timestamp,
    limit: usize,
) -> Outcome<Vec<Timer>> {
    let timers = reading(txn, TIMERS_DUE)?;
    let mut due = Vec::new();
    for row in timers.iter()?.take(limit) {
        let row = row?;
        let (at, contact, kind, number, name) = row.0.value();
        if at > now.millis() {
            break;
        }
        let key = timer_key((contact, kind, number, name))?;
        due.push(Timer { key, at: Timestamp(at) });
    }
    Ok(due)
}

pub(super) fn next_timer(txn: &ReadTransaction) -> Outcome<Option<Timestamp>> {
    Ok(reading(txn, TIMERS_DUE)?.first()?.map(|(key, _)| Timestamp(key.value().0)))
}

pub(super) fn ledger(
    txn: &ReadTransaction,
    contact: ContactId,
    skip: usize,
    limit: usize,
) -> Outcome<Vec<LedgerEntry>> {
    let Some(person) = follow(&reading(txn, CONTACTS)?, contact)? else { return Ok(Vec::new()) };
    let ledger = reading(txn, LEDGER)?;
    let mut lines = Vec::new();
    for row in ledger.range(ledger_of(person.contact.id))?.skip(skip).take(limit) {
        lines.push(decode("a line of the ledger", row?.1.value())?);
    }
    Ok(lines)
}

pub(super) fn last_status(txn: &ReadTransaction, number: &NumberId) -> Outcome<Option<Timestamp>> {
    let last = reading(txn, NUMBERS)?.get(number.as_str())?;
    Ok(last.map(|row| Timestamp(row.value())))
}

pub(super) fn journal(
    txn: &ReadTransaction,
    after: u64,
    limit: usize,
) -> Outcome<Vec<(u64, Record)>> {
    lines(txn, JOURNAL, after, limit)
}

pub(super) fn undecided(
    txn: &ReadTransaction,
    after: u64,
    limit: usize,
) -> Outcome<Vec<(u64, Record)>> {
    lines(txn, UNDECIDED, after, limit)
}

fn lines(
    txn: &ReadTransaction,
    table: TableDefinition<'static, u64, &'static [u8]>,
    after: u64,
    limit: usize,
) -> Outcome<Vec<(u64, Record)>> {
    let Some(from) = after.checked_add(1) else { return Ok(Vec::new()) };
    let journal = reading(txn, table)?;
    let mut lines = Vec::new();
    for row in journal.range(from..)?.take(limit) {
        let (position, line) = row?;
        lines.push((position.value(), decode("a line of the journal", line.value())?));
    }
    Ok(lines)
}

pub(super) fn tallies(
    txn: &ReadTransaction,
    from: Day,
    to: Day,
) -> Outcome<Vec<(Day, Tally, u64)>> {
    let tallies = reading(txn, TALLIES)?;
    let mut found = Vec::new();
    for row in tallies.range((from.0, "", "")..)? {
        let (key, count) = row?;
        let (day, what, label) = key.value();
        if day > to.0 {
            break;
        }
        found.push((Day(day), Tally::of(what, label), count.value()));
    }
    Ok(found)
}

pub(super) fn first_answer(
    txn: &ReadTransaction,
    event: &EventId,
    day: Day,
) -> Outcome<Option<FirstAnswer>> {
    let answered = reading(txn, ANSWERED)?;
    let (_, digest) = seen_key(day, event);
    for back in 0..limits::DEDUPE_DAYS {
        let found = get(&answered, "an answer", (day.minus(back).0, digest))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

pub(super) fn pauses(txn: &ReadTransaction) -> Outcome<Pauses> {
    let totals: Option<Totals> = get(&reading(txn, META)?, "the totals", TOTALS)?;
    let standing = standing_pauses(&reading(txn, PAUSES)?)?;
    Ok(Pauses { ended: totals.unwrap_or_default().pauses_ended, standing })
}

/// `waiting` holds each rule with 0.
pub(super) fn waiting_on(
    txn: &ReadTransaction,
    mut waiting: BTreeMap<RuleId, u64>,
    now: Timestamp,
    contacts_max: usize,
) -> Outcome<Vec<(RuleId, u64)>> {
    for row in reading(txn, CONTACTS)?.iter()?.take(contacts_max) {
        let (_, kept) = row?;
        if let Kept::Here(person) = decode("a contact", kept.value())? {
            person.count_questions(&mut waiting, now);
        }
    }
    Ok(waiting.into_iter().filter(|(_, count)| *count > 0).collect())
}

pub(super) fn owned(
    txn: &ReadTransaction,
    after: Option<ContactId>,
    limit: usize,
) -> Outcome<Vec<State>> {
    let contacts = reading(txn, CONTACTS)?;
    let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(contact_key(after)));
    let mut owned = Vec::new();
    for row in reading(txn, OWNED)?.range::<u128>((from, Bound::Unbounded))?.take(limit) {
        let (key, ()) = row.map(|(key, _)| (key.value(), ()))?;
        if let Some(Kept::Here(person)) = get(&contacts, "a contact", key)? {
            owned.extend(person.owned());
        }
    }
    Ok(owned)
}

pub(super) fn counts(txn: &ReadTransaction) -> Outcome<Counts> {
    let totals: Option<Totals> = get(&reading(txn, META)?, "the totals", TOTALS)?;
    Ok(totals.unwrap_or_default().counts)
}
