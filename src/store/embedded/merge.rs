//! Making two contacts one, in one transaction.

use super::fault::Outcome;
use super::group::{Group, take};
use super::jobs::JobKept;
use super::tables::{LedgerKey, contact_key, ledger_of, timer_key};
use super::writer::Work;
use crate::model::{ContactId, Job, JobId, TimerKey, Timestamp};
use crate::store::lane::{self, Place, Placed, Standing};
use crate::store::person::{self, Kept, Union};
use redb::ReadableTable;

/// Make these two one.
pub(super) struct Merge {
    pub(super) left: ContactId,
    pub(super) right: ContactId,
    pub(super) at: Timestamp,
}

impl Work for Merge {
    type Answer = ContactId;

    fn apply(&self, group: &mut Group<'_>) -> Outcome<ContactId> {
        let (one, other) = match (group.person(self.left)?, group.person(self.right)?) {
            (Some(one), Some(other)) => (one, other),
            (Some(one), None) | (None, Some(one)) => return Ok(one.contact.id),
            (None, None) => return Ok(self.left),
        };
        if one.contact.id == other.contact.id {
            return Ok(one.contact.id);
        }
        group.touch();
        group.unite(person::unite(one, other), self.at)
    }
}

impl Group<'_> {
    fn unite(&mut self, union: Union, at: Timestamp) -> Outcome<ContactId> {
        let (older, younger) = (union.person.contact.id, union.younger);
        for alias in &union.person.contact.aliases {
            self.give_alias(alias, older)?;
        }
        self.move_timers(younger, older)?;
        self.move_ledger(younger, older)?;
        let jobs = self.move_jobs(&union, at)?;
        self.write_down(&person::merge_record(&union, at, jobs))?;
        self.keep(older, &Kept::Here(Box::new(union.person)))?;
        self.keep(younger, &Kept::Moved { to: older })?;
        take(&mut self.totals.counts.contacts, 1);
        Ok(older)
    }

    /// Of two timers with the same key the earlier stays.
    fn move_timers(&mut self, younger: ContactId, older: ContactId) -> Outcome<()> {
        for key in self.timers_of(younger)? {
            let Some(at) = self.clear_timer(&key)? else { continue };
            let key = TimerKey { contact: older, ..key };
            let at = self.clear_timer(&key)?.map_or(at, |theirs| theirs.min(at));
            self.set_timer(&key, at)?;
        }
        Ok(())
    }

    /// A line keeps its time and its number, so it stands among the older's by time.
    fn move_ledger(&mut self, younger: ContactId, older: ContactId) -> Outcome<()> {
        let mut moving: Vec<(LedgerKey, Vec<u8>)> = Vec::new();
        for row in self.tables.ledger.extract_from_if(ledger_of(younger), |_, _| true)? {
            let (key, line) = row?;
            moving.push((key.value(), line.value().to_vec()));
        }
        for ((_, at, number), line) in moving {
            self.tables.ledger.insert((contact_key(older), at, number), line.as_slice())?;
        }
        Ok(())
    }

    fn timers_of(&self, contact: ContactId) -> Outcome<Vec<TimerKey>> {
        let owner = contact_key(contact);
        let mut keys = Vec::new();
        for row in self.tables.timers.range((owner, "", "", "")..)? {
            let row = row?;
            if row.0.value().0 != owner {
                break;
            }
            keys.push(timer_key(row.0.value())?);
        }
        Ok(keys)
    }

    /// Waiting and held jobs are added again under the older's new version, so that the lane's order stays
    /// the order of ids; those under way keep their ids and go before. Gives the ids added.
    fn move_jobs(&mut self, union: &Union, at: Timestamp) -> Outcome<Vec<JobId>> {
        let older = &union.person.contact;
        let mut readded = Vec::new();
        for place in self.empty_lanes(union.younger)? {
            let Some(Placed { job, .. }) = self.lift_job(place.job())? else { continue };
            if lane::standing(&job.state) == Standing::UnderWay {
                self.add_job(Placed { job, lane: older.id, settled_on: None })?;
                continue;
            }
            let index = u16::try_from(readded.len()).unwrap_or(u16::MAX);
            let again: Job = person::readded(&job, older, index);
            self.keep_job(job.id, &JobKept::Moved { to: again.id })?;
            self.settle_on(at.day(), job.id, "")?;
            readded.push(again.id);
            self.add_job(Placed::new(again, at.day()))?;
        }
        Ok(readded)
    }

    /// Takes all places of a contact's lanes away, in order.
    fn empty_lanes(&mut self, contact: ContactId) -> Outcome<Vec<Place>> {
        let owner = contact_key(contact);
        let mut lanes = Vec::new();
        for row in self.tables.lanes.range((owner, 0)..=(owner, u8::MAX))? {
            let (key, row) = row?;
            lanes.push((key.value(), row.value().1));
        }
        let mut places = Vec::new();
        for (key, due) in lanes {
            self.tables.lanes.remove(key)?;
            if let Some(due) = due {
                self.tables.heads.remove((due, key.0, key.1))?;
            }
            places.extend(self.take_places(key)?);
        }
        Ok(places)
    }
}
