//! A contact with all its conversations, as every store keeps it, and how two become one. Pure.

use super::{StoreError, gate};
use crate::decide;
use crate::model::{
    Contact, ContactId, Conversation, Day, Effect, Event, EventId, EventKind, Hold, Job, JobId,
    JobUpdate, NumberId, Pause, QuietHours, Record, RuleId, SendOutcome, State, Subject, Timestamp,
    Verdict, merge,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A contact and the conversations on every number: read and written together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) contact: Contact,
    pub(super) conversations: BTreeMap<NumberId, Conversation>,
}

/// What stands under a contact's id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kept {
    /// The person.
    Here(Box<Person>),
    /// They were found to be somebody older.
    Moved { to: ContactId },
}

/// Two persons found to be one.
pub(super) struct Union {
    /// The one they are, under the id of the older; its version is raised.
    pub(super) person: Person,
    /// The id that becomes a pointer.
    pub(super) younger: ContactId,
}

impl Person {
    /// The person a first commit makes.
    pub(super) fn new(state: State) -> Person {
        let State { contact, conversation } = state;
        let conversations = BTreeMap::from([(conversation.number.clone(), conversation)]);
        Person { contact, conversations }
    }

    /// What is decided on: the contact and the thread on `number`.
    pub(super) fn state(&self, number: &NumberId) -> State {
        let known = self.conversations.get(number).cloned();
        State {
            contact: self.contact.clone(),
            conversation: known.unwrap_or_else(|| Conversation::new(number.clone())),
        }
    }

    /// The threads that are in people's hands.
    pub(super) fn owned(&self) -> impl Iterator<Item = State> {
        let owned = self.conversations.values().filter(|one| !one.owner.is_bot());
        owned.map(|one| State { contact: self.contact.clone(), conversation: one.clone() })
    }

    /// Counts the questions of `waiting`'s rules that are open at `now`.
    pub(super) fn count_questions(&self, waiting: &mut BTreeMap<RuleId, u64>, now: Timestamp) {
        let questions = self.conversations.values().filter_map(|one| one.question.as_ref());
        for question in questions.filter(|one| one.until.is_none_or(|until| now < until)) {
            if let Some(count) = waiting.get_mut(&question.rule) {
                *count = count.saturating_add(1);
            }
        }
    }

    /// This person after a commit.
    pub(super) fn with(mut self, state: State) -> Person {
        self.contact = state.contact;
        self.conversations.insert(state.conversation.number.clone(), state.conversation);
        self
    }

    /// The job as it is claimed at `now`, if its guards hold on the conversation it belongs to
    /// and neither quiet hours nor a pause keep it. Where the window is closed, the template it may name goes instead.
    pub(super) fn claims(
        &self,
        job: &Job,
        pauses: &[Pause],
        quiet: Option<&QuietHours>,
        now: Timestamp,
    ) -> Result<Job, Hold> {
        let job = match self.allows(job, now) {
            Err(Hold::WindowClosed) => {
                let instead = job.outside_window().ok_or(Hold::WindowClosed)?;
                // It has a purpose of its own.
                self.allows(&instead, now)?;
                instead
            }
            allowed => allowed.map(|()| job.clone())?,
        };
        if let Some(until) = gate::quiet_until(job.purpose(), &self.contact, now, quiet) {
            return Err(Hold::QuietHours { until });
        }
        if pauses.iter().any(|pause| pause.keeps(&job, now)) {
            return Err(Hold::Paused);
        }
        Ok(job.claimed(now))
    }

    fn allows(&self, job: &Job, now: Timestamp) -> Result<(), Hold> {
        let Effect::Send { number, guards, purpose, needs, .. } = &job.effect else {
            return Ok(());
        };
        if let Some(needed) = needs {
            self.contact.consent.holds(needed, now).map_err(Hold::Consent)?;
        }
        self.state(number).header().allows(*guards, *purpose, now)
    }
}

/// Makes two persons one. The same whichever way round it is called.
pub(super) fn unite(left: Person, right: Person) -> Union {
    let mut contact = merge(&left.contact, &right.contact);
    contact.version = contact.version.saturating_add(1);
    // The journal's changes cannot say "merged": the next event writes a full snapshot instead.
    contact.snapshot_day = Day::default();
    let younger = if contact.id == left.contact.id { right.contact.id } else { left.contact.id };
    let mut conversations = left.conversations;
    for (number, theirs) in right.conversations {
        let one = match conversations.get(&number) {
            Some(ours) => merge::merge_conversations(ours, &theirs),
            None => theirs,
        };
        conversations.insert(number, one);
    }
    // A yes to a question that was asked of one of them says nothing for both.
    for conversation in conversations.values_mut() {
        conversation.consent_asked = None;
    }
    Union { person: Person { contact, conversations }, younger }
}

/// A waiting job of the younger, added again under the older's version.
pub(super) fn readded(job: &Job, older: &Contact, index: u16) -> Job {
    let id = JobId { contact: older.id, version: older.version, index };
    Job { id, ..job.clone() }
}

/// The journal's line for a merge.
pub(super) fn merge_record(union: &Union, at: Timestamp, jobs: Vec<JobId>) -> Record {
    let older = &union.person.contact;
    let ids = serde_json::json!({ "older": older.id, "younger": union.younger });
    Record {
        at,
        event: Event {
            id: EventId::from(format!("merge:{}:{}", union.younger, older.id)),
            at,
            stated_at: None,
            subject: Subject::Account,
            kind: EventKind::Recorded {
                what: "merge".to_owned(),
                raw: ids.to_string().into_bytes().into(),
            },
        },
        contact: Some(older.id),
        number: None,
        version: older.version,
        revision: String::new(),
        engine: decide::ENGINE,
        verdict: Verdict::Recorded,
        changes: Vec::new(),
        jobs,
        emitted: Vec::new(),
        snapshot: None,
    }
}

/// Whether a report that a job is held for a pause has been overtaken by the end of that pause:
/// then nobody would release it, so it goes on waiting instead.
pub(super) fn pause_is_over(
    update: &JobUpdate,
    job: &Job,
    pauses: &[Pause],
    now: Timestamp,
) -> bool {
    let JobUpdate::Attempt { outcome: SendOutcome::Held { why: Hold::Paused, .. }, .. } = update
    else {
        return false;
    };
    // The pause may be of the template that would go where the window is closed.
    let instead = job.outside_window();
    let kept = |pause: &Pause| {
        pause.keeps(job, now) || instead.as_ref().is_some_and(|job| pause.keeps(job, now))
    };
    !pauses.iter().any(kept)
}

/// A job in a lane whose contact is nowhere.
pub(super) fn nobody(contact: ContactId) -> StoreError {
    StoreError::Corrupt(format!("contact `{contact}` is named but not kept"))
}
