//! Contacts in memory: who is meant, who may be written, and two that turn out to be one.

use super::{JobKept, Shelves};
use crate::model::{Alias, ContactId, JobId, NumberId, State, TimerKey, Timestamp};
use crate::store::lane::{self, Lane, Place, Placed, Standing};
use crate::store::person::{self, Kept, Person};
use crate::store::{Resolved, Write};
use std::collections::BTreeSet;

impl Shelves {
    pub(super) fn person(&self, id: ContactId) -> Option<&Person> {
        match self.contacts.get(&id)? {
            Kept::Here(person) => Some(person),
            Kept::Moved { to } => self.person(*to),
        }
    }

    pub(super) fn resolve(&self, aliases: &[Alias], number: &NumberId) -> Resolved {
        let ids: BTreeSet<ContactId> =
            aliases.iter().filter_map(|alias| self.aliases.get(alias).copied()).collect();
        let mut people: Vec<&Person> = ids.iter().filter_map(|id| self.person(*id)).collect();
        people.sort_by_key(|person| (person.contact.created_at, person.contact.id));
        match people.as_slice() {
            [] => Resolved::New,
            [one] => Resolved::Known(Box::new(one.state(number))),
            several => Resolved::Several(several.iter().map(|one| one.contact.id).collect()),
        }
    }

    /// Whether this state may be written: S3 and S4.
    pub(super) fn fits(&self, write: &Write) -> bool {
        let contact = &write.state.contact;
        let version = match self.contacts.get(&contact.id) {
            None => 0,
            Some(Kept::Here(person)) => person.contact.version,
            Some(Kept::Moved { .. }) => return false,
        };
        let mine = |alias| self.aliases.get(alias).is_none_or(|owner| *owner == contact.id);
        version == write.expected
            && contact.version == write.expected.saturating_add(1)
            && contact.aliases.iter().all(mine)
    }

    pub(super) fn write(&mut self, state: State) {
        let id = state.contact.id;
        let before = match self.contacts.remove(&id) {
            Some(Kept::Here(person)) => Some(person),
            Some(Kept::Moved { .. }) | None => None,
        };
        for alias in before.iter().flat_map(|person| &person.contact.aliases) {
            self.aliases.remove(alias);
        }
        self.aliases.extend(state.contact.aliases.iter().map(|alias| (alias.clone(), id)));
        let person = match before {
            Some(person) => person.with(state),
            None => Person::new(state),
        };
        self.contacts.insert(id, Kept::Here(Box::new(person)));
    }

    pub(super) fn merge(&mut self, left: ContactId, right: ContactId, at: Timestamp) -> ContactId {
        let (Some(one), Some(other)) = (self.person(left), self.person(right)) else {
            return self.person(left).or(self.person(right)).map_or(left, |one| one.contact.id);
        };
        if one.contact.id == other.contact.id {
            return one.contact.id;
        }
        let union = person::unite(one.clone(), other.clone());
        let (older, younger) = (union.person.contact.id, union.younger);
        self.aliases.values_mut().filter(|id| **id == younger).for_each(|id| *id = older);
        self.move_timers(younger, older);
        self.move_ledger(younger, older);
        let jobs = self.move_jobs(&union, at);
        self.write_down(person::merge_record(&union, at, jobs));
        self.contacts.insert(older, Kept::Here(Box::new(union.person)));
        self.contacts.insert(younger, Kept::Moved { to: older });
        older
    }

    /// Of two timers with the same key the earlier stays.
    fn move_timers(&mut self, younger: ContactId, older: ContactId) {
        let (moving, staying) = std::mem::take(&mut self.timers)
            .into_iter()
            .partition(|(key, _)| key.contact == younger);
        self.timers = staying;
        for (key, at) in moving {
            let kept = self.timers.entry(TimerKey { contact: older, ..key }).or_insert(at);
            *kept = at.min(*kept);
        }
    }

    fn move_ledger(&mut self, younger: ContactId, older: ContactId) {
        let moving = self.ledger.remove(&younger).unwrap_or_default();
        self.ledger.entry(older).or_default().extend(moving);
    }

    fn move_jobs(&mut self, union: &person::Union, at: Timestamp) -> Vec<JobId> {
        let older = &union.person.contact;
        let lanes: Vec<Lane> =
            self.lanes.keys().filter(|lane| lane.contact == union.younger).copied().collect();
        let places = lanes.iter().filter_map(|lane| self.lanes.remove(lane)).flatten();
        let mut readded = Vec::new();
        for place in places.collect::<Vec<Place>>() {
            let Some(JobKept::Here(placed)) = self.jobs.remove(&place.job()) else {
                continue;
            };
            if lane::standing(&placed.job.state) == Standing::UnderWay {
                self.add(Placed { lane: older.id, ..*placed });
                continue;
            }
            let index = u16::try_from(readded.len()).unwrap_or(u16::MAX);
            let job = person::readded(&placed.job, older, index);
            self.jobs.insert(place.job(), JobKept::Moved { to: job.id, on: at.day() });
            readded.push(job.id);
            self.add(Placed::new(job, at.day()));
        }
        readded
    }
}
