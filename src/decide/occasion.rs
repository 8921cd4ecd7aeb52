//! What speaks has this before it: the event, the state it is judged on, the language, and what may
//! be read in conditions and texts. A message is one occasion of many.

use crate::model::{Event, LookupOutcome, Message, MessageKind, State, Wamid};
use crate::rules::Ruleset;
use crate::rules::scope::{Gathered, Scope};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// An event about a contact, and what is said because of it is judged on.
pub(super) struct Occasion<'a> {
    pub rules: &'a Ruleset,
    pub event: &'a Event,
    /// The customer's message, as it counts: what is typed may stand for a tap, and has its
    /// `payload` then. `None` where nobody wrote.
    pub message: Option<Cow<'a, Message>>,
    /// The state with what is certain already applied: counted, session, lapsed question closed.
    pub now: State,
    pub language: String,
    /// `event.NAME`: what one of the business's systems posted.
    pub posted: Cow<'a, BTreeMap<String, String>>,
    /// `lookup.NAME`: what was looked up.
    pub lookup: Option<&'a LookupOutcome>,
    /// What conditions and texts have asked for so far.
    gathered: Gathered,
}

impl<'a> Occasion<'a> {
    /// An occasion on which somebody wrote, or nobody did.
    pub fn new(
        rules: &'a Ruleset,
        event: &'a Event,
        message: Option<&'a Message>,
        now: State,
        language: String,
    ) -> Occasion<'a> {
        Occasion {
            rules,
            event,
            message: message.map(Cow::Borrowed),
            now,
            language,
            posted: Cow::Owned(BTreeMap::new()),
            lookup: None,
            gathered: Gathered::default(),
        }
    }

    /// The names a rule's conditions and texts may read.
    pub fn scope<'s>(&'s self, matched: &'s BTreeMap<String, String>) -> Scope<'s> {
        Scope {
            state: &self.now,
            event: self.event,
            message: self.message.as_deref(),
            matched,
            posted: &self.posted,
            lookup: self.lookup,
            language: &self.language,
            gathered: &self.gathered,
            rules: self.rules,
        }
    }

    /// The message counts as a tap on this from now on.
    pub fn tap(&mut self, id: String) {
        if let Some(message) = &mut self.message {
            message.to_mut().payload = Some(id);
        }
        self.gathered = Gathered::default();
    }

    /// The id of what was tapped, or chosen by typing.
    pub fn payload(&self) -> Option<&str> {
        self.message.as_ref()?.payload.as_deref()
    }

    /// The message's text.
    pub fn text(&self) -> Option<&str> {
        self.message.as_ref()?.text.as_deref()
    }

    /// The message's kind.
    pub fn kind(&self) -> Option<&MessageKind> {
        Some(&self.message.as_ref()?.kind)
    }

    /// The message's id at WhatsApp.
    pub fn wamid(&self) -> Option<&Wamid> {
        Some(&self.message.as_ref()?.wamid)
    }
}
