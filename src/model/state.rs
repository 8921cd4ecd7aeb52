//! What is known when an event is decided, and the few fields a claim is judged by.

use super::{
    Change, ConsentAsked, Contact, ContactId, Conversation, Guards, Hold, NumberId, Owner, Purpose,
    Timestamp,
};
use serde::{Deserialize, Serialize};

/// A contact and the conversation on one number: read together, decided on, written together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The person.
    pub contact: Contact,
    /// The thread.
    pub conversation: Conversation,
}

impl State {
    /// The state of somebody nobody has heard of.
    #[must_use]
    pub fn new(id: ContactId, number: NumberId, at: Timestamp) -> State {
        State { contact: Contact::new(id, at), conversation: Conversation::new(number) }
    }

    /// The state after `changes`, in their order. The version is the commit's business.
    #[must_use]
    pub fn after(&self, changes: &[Change]) -> State {
        let mut next = self.clone();
        for change in changes {
            change.apply(&mut next);
        }
        next
    }

    /// The question about consent that is open. One that was asked before they withdrew anything is
    /// open no longer, on whichever of our numbers it was asked: a yes from before says nothing now.
    #[must_use]
    pub fn consent_asked(&self) -> Option<&ConsentAsked> {
        let asked = self.conversation.consent_asked.as_ref();
        asked.filter(|_| self.conversation.asked_after == self.contact.withdrawals)
    }

    /// The fields a claim is judged by.
    #[must_use]
    pub fn header(&self) -> Header<'_> {
        Header {
            permits: &self.contact.consent,
            owner: &self.conversation.owner,
            window_until: self.conversation.window_until(),
        }
    }
}

/// What a claim compares a job's guards with.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The contact's consent.
    pub permits: &'a super::Consent,
    /// Who answers on this number.
    pub owner: &'a Owner,
    /// When the service window closes; `None` when it never opened.
    pub window_until: Option<Timestamp>,
}

impl Header<'_> {
    /// Whether a job with these guards may be performed at `now`.
    ///
    /// # Errors
    /// The first guard that does not hold.
    pub fn allows(&self, guards: Guards, purpose: Purpose, now: Timestamp) -> Result<(), Hold> {
        self.permits.permits(purpose, now).map_err(Hold::Consent)?;
        if guards.bot_owns && !self.owner.is_bot() {
            return Err(Hold::NotOwned);
        }
        if guards.window_open && self.window_until.is_none_or(|until| now >= until) {
            return Err(Hold::WindowClosed);
        }
        Ok(())
    }
}
