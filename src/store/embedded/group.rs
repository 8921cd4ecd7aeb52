//! One write transaction: the tables, and what is added up once for all steps in it.

use super::fault::{Fault, Outcome};
use super::tables::{Tables, contact_key, decode, encode, get};
use crate::model::{ContactId, Day, Record, Tally, Verdict};
use crate::store::Counts;
use crate::store::person::{self, Kept, Person};
use redb::{ReadableTable, WriteTransaction};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Under which key of `meta` the totals stand.
pub(super) const TOTALS: &str = "totals";

/// What is kept so that nothing has to be counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) counts: Counts,
    /// The position last given in the journal.
    pub(super) journal_last: u64,
    /// The number last given in the ledger.
    #[serde(default)]
    pub(super) ledger_last: u64,
    /// Pauses that ended.
    #[serde(default)]
    pub(super) pauses_ended: u64,
}

/// A group of steps under way.
pub(super) struct Group<'txn> {
    pub(super) tables: Tables<'txn>,
    pub(super) totals: Totals,
    tallies: HashMap<(Day, Tally), u64>,
    /// Something was written, so there is something to commit.
    changed: bool,
}

impl<'txn> Group<'txn> {
    pub(super) fn open(txn: &'txn WriteTransaction) -> Outcome<Group<'txn>> {
        let tables = Tables::open(txn)?;
        let totals = get(&tables.meta, "the totals", TOTALS)?.unwrap_or_default();
        Ok(Group { tables, totals, tallies: HashMap::new(), changed: false })
    }

    /// Says that this step writes. Every step that writes says so.
    pub(super) fn touch(&mut self) {
        self.changed = true;
    }

    /// Says so where the step wrote at all.
    pub(super) fn touch_if(&mut self, wrote: bool) {
        self.changed |= wrote;
    }

    /// Writes what was added up; whether there is anything to commit.
    pub(super) fn finish(mut self) -> Outcome<bool> {
        if !self.changed {
            return Ok(false);
        }
        for ((day, tally), more) in &self.tallies {
            let key = (day.0, tally.what.as_str(), tally.label.as_str());
            let count = self.tables.tallies.get(key)?.map_or(0, |row| row.value());
            self.tables.tallies.insert(key, count.saturating_add(*more))?;
        }
        let totals = encode(&self.totals)?;
        self.tables.meta.insert(TOTALS, totals.as_slice())?;
        Ok(true)
    }

    /// Counts once.
    pub(super) fn count(&mut self, day: Day, tally: Tally) {
        *self.tallies.entry((day, tally)).or_default() += 1;
    }

    /// Adds a line to the journal.
    pub(super) fn write_down(&mut self, record: &Record) -> Outcome<()> {
        let line = encode(record)?;
        self.totals.journal_last = self.totals.journal_last.saturating_add(1);
        self.tables.journal.insert(self.totals.journal_last, line.as_slice())?;
        if matches!(record.verdict, Verdict::Undecided(_)) {
            self.keep_undecided(self.totals.journal_last, &line)?;
        }
        add(&mut self.totals.counts.journal, 1);
        Ok(())
    }

    /// What stands under a contact's id.
    pub(super) fn kept(&self, id: ContactId) -> Outcome<Option<Kept>> {
        get(&self.tables.contacts, "a contact", contact_key(id))
    }

    pub(super) fn keep(&mut self, id: ContactId, kept: &Kept) -> Outcome<()> {
        let key = contact_key(id);
        match kept {
            Kept::Here(person) if person.owned().next().is_some() => {
                self.tables.owned.insert(key, ())?;
            }
            Kept::Here(_) | Kept::Moved { .. } => {
                self.tables.owned.remove(key)?;
            }
        }
        self.tables.contacts.insert(key, encode(kept)?.as_slice())?;
        Ok(())
    }

    /// The person an id stands for, merged ones followed.
    pub(super) fn person(&self, id: ContactId) -> Outcome<Option<Person>> {
        follow(&self.tables.contacts, id)
    }

    /// The person in whose lane a job stands.
    pub(super) fn somebody(&self, id: ContactId) -> Outcome<Person> {
        self.person(id)?.ok_or_else(|| Fault::from(person::nobody(id)))
    }
}

/// The person an id stands for, merged ones followed. Pointers lead to older contacts only, so
/// this ends.
pub(super) fn follow(
    contacts: &impl redb::ReadableTable<u128, &'static [u8]>,
    id: ContactId,
) -> Outcome<Option<Person>> {
    let mut id = id;
    loop {
        let kept = contacts.get(contact_key(id))?;
        match kept.map(|row| decode("a contact", row.value())).transpose()? {
            None => return Ok(None),
            Some(Kept::Here(person)) => return Ok(Some(*person)),
            Some(Kept::Moved { to }) => id = to,
        }
    }
}

/// Raises a counter.
pub(super) fn add(counter: &mut u64, by: u64) {
    *counter = counter.saturating_add(by);
}

/// Lowers a counter.
pub(super) fn take(counter: &mut u64, by: u64) {
    *counter = counter.saturating_sub(by);
}
