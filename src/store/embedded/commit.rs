//! Committing one decision: checks first, then writes, so that a refused one changes nothing.

use super::fault::Outcome;
use super::group::{Group, add};
use super::tables::{alias_key, contact_key, encode, seen_key, timer_row};
use super::writer::Work;
use crate::model::{
    Alias, ContactId, FirstAnswer, LedgerEntry, NumberId, State, TimerChange, TimerKey, Timestamp,
};
use crate::store::gate::Gated;
use crate::store::lane::Placed;
use crate::store::person::{Kept, Person};
use crate::store::{Commit, Committed, Write};
use redb::ReadableTable;
use std::collections::BTreeSet;

/// Whether a state may be written.
enum Fit {
    /// Somebody wrote in between, or holds an alias.
    Conflict,
    /// It follows on this, or on nothing.
    On(Option<Box<Person>>),
}

impl Work for Commit {
    type Answer = Committed;

    fn apply(&self, group: &mut Group<'_>) -> Outcome<Committed> {
        let seen = seen_key(self.day, &self.event);
        for back in 0..=self.back {
            if group.tables.seen.get((self.day.minus(back).0, seen.1))?.is_some() {
                return Ok(Committed::Duplicate);
            }
        }
        let before = match &self.write {
            Some(write) => match fit(group, write)? {
                Fit::Conflict => return Ok(Committed::Conflict),
                Fit::On(before) => before,
            },
            None => None,
        };
        let Gated { jobs, tallies } = self.gated();
        group.room(&jobs)?;
        group.touch();
        group.tables.seen.insert(seen, ())?;
        if let Some(answer) = FirstAnswer::of(&self.record) {
            group.tables.answered.insert(seen, encode(&answer)?.as_slice())?;
        }
        if let Some(write) = &self.write {
            group.write_state(before, &write.state)?;
            for job in jobs {
                group.add_job(Placed::new(job, self.record.at.day()))?;
            }
            for entry in self.ledger() {
                group.note_consent(write.state.contact.id, entry)?;
            }
            self.timers.iter().try_for_each(|change| group.turn(change))?;
        }
        for tally in tallies {
            group.count(self.record.at.day(), tally);
        }
        self.note(group)
    }
}

impl Commit {
    /// What needs no state: updates of jobs, the status, the tallies, the journal's line.
    fn note(&self, group: &mut Group<'_>) -> Outcome<Committed> {
        for update in &self.updates {
            group.update_job(update, self.record.at)?;
        }
        for upkeep in &self.upkeep {
            group.upkeep(upkeep)?;
        }
        if let Some((number, at)) = &self.status_seen {
            group.status_seen(number, *at)?;
        }
        for tally in &self.tallies {
            group.count(self.record.at.day(), tally.clone());
        }
        group.write_down(&self.record)?;
        Ok(Committed::Applied)
    }
}

/// S3 and S4. Only new aliases are looked up: the others are the contact's already.
fn fit(group: &Group<'_>, write: &Write) -> Outcome<Fit> {
    let contact = &write.state.contact;
    let before = match group.kept(contact.id)? {
        Some(Kept::Moved { .. }) => return Ok(Fit::Conflict),
        Some(Kept::Here(person)) => Some(person),
        None => None,
    };
    let version = before.as_ref().map_or(0, |person| person.contact.version);
    if version != write.expected || contact.version != write.expected.saturating_add(1) {
        return Ok(Fit::Conflict);
    }
    for alias in contact.aliases.difference(aliases_of(before.as_deref())) {
        let owner = group.tables.aliases.get(alias_key(alias).as_str())?.map(|row| row.value());
        if owner.is_some_and(|owner| owner != contact_key(contact.id)) {
            return Ok(Fit::Conflict);
        }
    }
    Ok(Fit::On(before))
}

fn aliases_of(person: Option<&Person>) -> &BTreeSet<Alias> {
    static NONE: BTreeSet<Alias> = BTreeSet::new();
    person.map_or(&NONE, |person| &person.contact.aliases)
}

impl Group<'_> {
    fn write_state(&mut self, before: Option<Box<Person>>, state: &State) -> Outcome<()> {
        let id = state.contact.id;
        if before.is_none() {
            add(&mut self.totals.counts.contacts, 1);
        }
        let had = aliases_of(before.as_deref());
        for alias in state.contact.aliases.difference(had) {
            self.tables.aliases.insert(alias_key(alias).as_str(), contact_key(id))?;
        }
        for alias in had.difference(&state.contact.aliases) {
            self.tables.aliases.remove(alias_key(alias).as_str())?;
        }
        let person = match before {
            Some(person) => person.with(state.clone()),
            None => Person::new(state.clone()),
        };
        self.keep(id, &Kept::Here(Box::new(person)))
    }

    fn note_consent(&mut self, contact: ContactId, entry: &LedgerEntry) -> Outcome<()> {
        add(&mut self.totals.ledger_last, 1);
        let key = (contact_key(contact), entry.at.millis(), self.totals.ledger_last);
        self.tables.ledger.insert(key, encode(entry)?.as_slice())?;
        Ok(())
    }

    fn turn(&mut self, change: &TimerChange) -> Outcome<()> {
        match change {
            TimerChange::Set(timer) => self.set_timer(&timer.key, timer.at),
            TimerChange::Clear(key) => self.clear_timer(key).map(|_| ()),
        }
    }

    pub(super) fn set_timer(&mut self, key: &TimerKey, at: Timestamp) -> Outcome<()> {
        self.clear_timer(key)?;
        let row = timer_row(key);
        self.tables.timers.insert(row, at.millis())?;
        self.tables.timers_due.insert((at.millis(), row.0, row.1, row.2, row.3), ())?;
        Ok(())
    }

    /// Takes a timer away; when it was set for, if it was there.
    pub(super) fn clear_timer(&mut self, key: &TimerKey) -> Outcome<Option<Timestamp>> {
        let row = timer_row(key);
        let old = self.tables.timers.remove(row)?.map(|row| row.value());
        if let Some(at) = old {
            self.tables.timers_due.remove((at, row.0, row.1, row.2, row.3))?;
        }
        Ok(old.map(Timestamp))
    }

    fn status_seen(&mut self, number: &NumberId, at: Timestamp) -> Outcome<()> {
        let last = self.tables.numbers.get(number.as_str())?.map(|row| row.value());
        let last = last.map_or(at.millis(), |last| last.max(at.millis()));
        self.tables.numbers.insert(number.as_str(), last)?;
        Ok(())
    }

    /// Gives an alias to a contact.
    pub(super) fn give_alias(&mut self, alias: &Alias, to: ContactId) -> Outcome<()> {
        self.tables.aliases.insert(alias_key(alias).as_str(), contact_key(to))?;
        Ok(())
    }
}
