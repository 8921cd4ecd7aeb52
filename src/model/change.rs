//! How a state moves: small steps that the journal keeps and a replay applies again.
//!
//! `decide` yields changes, never a new state, so what the journal holds is by construction what
//! happened.

use super::{
    Alias, Consent, ConsentAsked, Day, EventId, FollowUp, HandOff, LedgerEntry, OpenForm, OpenMenu,
    Owner, PendingLookup, Question, Recipient, RuleId, Scheduled, Session, State, Storm, Timestamp,
};
use serde::{Deserialize, Serialize};

/// One step of a state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// An event was applied at this time.
    At(Timestamp),
    /// The contact is also known by this.
    Alias(Alias),
    /// Messages go here from now on.
    Reach(Recipient),
    /// The profile name.
    Name(String),
    /// The user name.
    Username(String),
    /// The language they are known to speak.
    Language(String),
    /// The language the script of a message gave away.
    Heard(String),
    /// A tag was given.
    Tag(String),
    /// A tag was taken.
    Untag(String),
    /// A field was set, in the canonical text of its type.
    Set {
        /// The declared field.
        field: String,
        /// The value.
        value: String,
    },
    /// A field was cleared.
    Unset(String),
    /// A message of theirs was counted.
    Counted,
    /// The greeting is done with.
    Greeted,
    /// The service window counts from here (WhatsApp's time).
    Window(Timestamp),
    /// A session began, or went on.
    Session(Session),
    /// A question was opened, or asked again.
    Asked(Question),
    /// The open question was closed.
    Closed {
        /// The rule that had asked.
        rule: RuleId,
        /// Why.
        why: Closing,
    },
    /// A menu was offered; it takes the place of an older one.
    Offered(OpenMenu),
    /// What is typed chooses no longer from the menu that was open.
    Withdrawn {
        /// The rule that had offered it.
        rule: RuleId,
        /// Why.
        why: Closing,
    },
    /// A rule spoke and stays quiet for a while.
    Cooling {
        /// Which.
        rule: RuleId,
        /// Until when.
        until: Timestamp,
    },
    /// A message was missed: misses in a row now.
    Missed(u32),
    /// Somebody else answers now.
    Owner(Owner),
    /// Their time zone.
    Zone(String),
    /// The consent is this now, and why: a line of the ledger.
    Consent {
        /// From now on.
        now: Consent,
        /// The line.
        entry: LedgerEntry,
    },
    /// A question about consent was put, or is no longer the last thing sent.
    ConsentAsked(Option<ConsentAsked>),
    /// A hand-off began, went on, or is over.
    HandOff(Option<HandOff>),
    /// The session is over: the customer's next message begins another.
    SessionEnded,
    /// A form was begun, went on, or is over.
    Form(Option<OpenForm>),
    /// A follow-up waits, or none does any more.
    FollowUp(Option<FollowUp>),
    /// A notice waits for its time; one of the same rule and event is replaced.
    Scheduled(Scheduled),
    /// A notice no longer waits.
    Unscheduled {
        /// The `[[notify]]`.
        notify: RuleId,
        /// The event it was about.
        event: EventId,
    },
    /// A message waits for what its rule looked up.
    LookingUp(Box<PendingLookup>),
    /// What was looked up for this message came.
    LookedUp(EventId),
    /// What was said lately.
    Storm(Storm),
    /// A message is held for this conversation until the window opens, or none is any more.
    Held(bool),
    /// A full snapshot was written on this day.
    Snapshot(Day),
}

/// Why a question or a menu was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// It was answered.
    Answered,
    /// Another question took its place, or another menu.
    Replaced,
    /// `expect` ran out; a menu's session may have ended before.
    Lapsed,
    /// The customer cancelled (`@cancel`).
    Cancelled,
    /// Its `ask_again` was used up.
    GivenUp,
    /// People have the conversation now.
    HandedOver,
    /// Its rule vanished in a reload (`question_gone`).
    Gone,
}

impl Change {
    /// Applies this step to a state.
    pub fn apply(&self, state: &mut State) {
        let State { contact, conversation } = state;
        match self {
            Change::At(at) => contact.last_event_at = (*at).max(contact.last_event_at),
            Change::Alias(alias) => {
                contact.aliases.insert(alias.clone());
            }
            Change::Reach(to) => contact.reach = Some(to.clone()),
            Change::Name(name) => contact.name = Some(name.clone()),
            Change::Username(name) => contact.username = Some(name.clone()),
            Change::Language(language) => contact.language = Some(language.clone()),
            Change::Heard(language) => contact.heard = Some(language.clone()),
            Change::Tag(tag) => {
                contact.tags.insert(tag.clone());
            }
            Change::Untag(tag) => {
                contact.tags.remove(tag);
            }
            Change::Set { field, value } => {
                contact.fields.insert(field.clone(), value.clone());
            }
            Change::Unset(field) => {
                contact.fields.remove(field);
            }
            Change::Counted => contact.messages = contact.messages.saturating_add(1),
            Change::Greeted => contact.greeted = true,
            Change::Window(from) => {
                conversation.window_from = conversation.window_from.max(Some(*from));
            }
            Change::Session(session) => conversation.session = Some(session.clone()),
            Change::Asked(question) => conversation.question = Some(question.clone()),
            Change::Closed { .. } => conversation.question = None,
            Change::Offered(menu) => conversation.menu = Some(menu.clone()),
            Change::Withdrawn { .. } => conversation.menu = None,
            Change::Cooling { rule, until } => {
                conversation.cool(rule, *until, contact.last_event_at);
            }
            Change::Missed(misses) => {
                if let Some(session) = &mut conversation.session {
                    session.misses = *misses;
                }
            }
            Change::Owner(owner) => conversation.owner = owner.clone(),
            Change::Zone(zone) => contact.zone = Some(zone.clone()),
            Change::Consent { now, entry } => {
                contact.consent = now.clone();
                let withdrawn = u64::from(entry.act.withdraws());
                contact.withdrawals = contact.withdrawals.saturating_add(withdrawn);
            }
            Change::ConsentAsked(asked) => {
                conversation.consent_asked.clone_from(asked);
                conversation.asked_after = contact.withdrawals;
            }
            Change::HandOff(handoff) => conversation.handoff.clone_from(handoff),
            Change::SessionEnded => conversation.end_session(),
            Change::Form(form) => conversation.form.clone_from(form),
            Change::FollowUp(follow_up) => conversation.follow_up.clone_from(follow_up),
            Change::Scheduled(notice) => conversation.schedule(notice),
            Change::Unscheduled { notify, event } => {
                conversation.scheduled.retain(|one| one.notify != *notify || one.event != *event);
            }
            Change::LookingUp(pending) => conversation.lookups.push((**pending).clone()),
            Change::LookedUp(of) => conversation.lookups.retain(|one| one.of != *of),
            Change::Storm(storm) => conversation.storm.clone_from(storm),
            Change::Held(held) => conversation.held = *held,
            Change::Snapshot(day) => contact.snapshot_day = *day,
        }
    }
}
