//! The pure function at the heart: rules, a state, an event → a [`Decision`].
//!
//! Lives here: everything that applies rules. May not live here: I/O, a clock, randomness. The
//! event carries its time; `run`, `check`, `explain`, `test` and the API call the same function.
//!
//! The way of a message: [`reception`] says what is new about the person and whether the bot may
//! speak; [`consent`] hears what it says about consent, before everything else; [`menu`] says what
//! it chooses; [`candidates`] judges every rule that could apply; [`ranking`] picks the winner;
//! [`lookup`] asks another system first where the winner wants that; [`course`] finds out which of
//! its says it is, over `cases`, `go`, `variants` and [`cooling`], and [`permission`] whether
//! consent lets it; [`speaking`] puts it into words; [`question`] moves the question and [`form`]
//! the form it is of; [`handoff`] gives the conversation to people and takes it back, [`desk`] is
//! what those people do; [`follow_up`] is what is said if the customer stays silent; [`untold`]
//! what nobody could be told; [`storm`] keeps anybody from being flooded; [`answer`] holds the order of all this, and [`sending`] makes
//! effects of it.
//!
//! What is no message: [`notices`] speak because of an event of the business's systems, [`outbound`]
//! says what a caller asks for, [`outside`] changes consent, [`timers`] looks at what rang, and
//! [`emitting`] tells those systems. [`occasion`] is what all that speaks has before it.

mod answer;
mod candidates;
pub mod check;
pub mod clock_time;
mod consent;
mod cooling;
mod course;
pub mod desk;
mod emitting;
pub mod explain;
mod failing;
mod follow_up;
mod form;
mod handoff;
mod hearing;
mod language;
mod lookup;
mod menu;
mod notices;
mod occasion;
mod outbound;
mod outside;
mod permission;
mod question;
mod ranking;
mod reception;
mod sending;
mod speaking;
mod stated;
mod storm;
mod timers;
pub mod trace;
mod untold;
mod values;

pub use check::{Checked, check};
pub use explain::{Explanation, explain};
pub use outside::{Occasion, from_outside};
pub use trace::{Candidate, Found, Part, Reason, Trace};

use crate::model::{
    Change, DeliveryStatus, Effect, Emitted, Event, EventKind, Hold, JobId, JobUpdate, Message,
    SendOutcome, State, Status, Tally, TimerChange, TimerKind, Upkeep, Verdict,
};
use crate::rules::Ruleset;
use crate::text::NORMAL_FORM;
use consent::Manner;

/// Raised whenever the same rules, state and event may be decided otherwise than before: normal
/// form, time zones, language detector, this room.
pub const ENGINE: u32 = 100 * NORMAL_FORM + 11;

/// What is to be done about an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// In one word.
    pub verdict: Verdict,
    /// How the state moves.
    pub changes: Vec<Change>,
    /// What is to be done in the world, in order.
    pub effects: Vec<Effect>,
    /// What is now known of older jobs.
    pub updates: Vec<JobUpdate>,
    /// Timers to set and clear.
    pub timers: Vec<TimerChange>,
    /// What the business's systems are told, in order.
    pub emitted: Vec<Emitted>,
    /// What is counted.
    pub tallies: Vec<Tally>,
    /// Why.
    pub trace: Trace,
}

impl Decision {
    /// A decision that so far only says that the event happened.
    fn begin(event: &Event) -> Decision {
        Decision {
            verdict: Verdict::Recorded,
            changes: vec![Change::At(event.at)],
            effects: Vec::new(),
            updates: Vec::new(),
            timers: Vec::new(),
            emitted: Vec::new(),
            tallies: vec![Tally::of("event", event.kind.label())],
            trace: Trace::default(),
        }
    }

    fn count(&mut self, what: &str, label: &str) {
        self.tallies.push(Tally::of(what, label));
    }

    fn note(&mut self, note: impl Into<String>) {
        self.trace.notes.push(note.into());
    }

    /// Nothing is answered, for this reason.
    fn silent(mut self, why: &str) -> Decision {
        self.count("silent", why);
        self.verdict = Verdict::Silent(why.to_owned());
        self
    }
}

/// Decides one event.
#[must_use]
pub fn decide(rules: &Ruleset, state: &State, event: &Event) -> Decision {
    decide_under(rules, state, event, Circumstances::Real)
}

/// Under which circumstances rules are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circumstances {
    /// As they are.
    Real,
    /// A rule's example: its own conditions beside the text count as true and its question as
    /// open; other rules take part only if they have no such conditions (DESIGN 4.7).
    Example {
        /// Index in `Ruleset::replies`.
        rule: usize,
    },
}

fn decide_under(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    circumstances: Circumstances,
) -> Decision {
    let decision = by_kind(rules, state, event, circumstances);
    // What is not said ends no question about consent: so the guards go first.
    let mut decision = storm::calm(rules, state, event, decision);
    consent::settle(&mut decision, state, event);
    follow_up::settle(&mut decision, state, event);
    lookup::settle(rules, &mut decision, state, event);
    decision
}

fn by_kind(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    circumstances: Circumstances,
) -> Decision {
    let mut decision = Decision::begin(event);
    reception::identity(&mut decision, state, event);
    consent::created(&mut decision, rules, state, event);
    match &event.kind {
        EventKind::Message(message) => {
            return decide_message(rules, state, event, message, circumstances, decision);
        }
        EventKind::LookedUp(looked_up) => {
            return lookup::answered(rules, state, event, looked_up, decision);
        }
        EventKind::Status(status) => {
            delivery(&mut decision, status);
            untold::not_sent(rules, state, event, &mut decision);
        }
        EventKind::Sent { job, outcome, replaced, .. } => {
            attempt(&mut decision, state, event, *job, outcome);
            if *replaced && matches!(outcome, SendOutcome::Accepted { .. }) {
                decision.count("replaced", Hold::WindowClosed.label());
            }
            untold::not_sent(rules, state, event, &mut decision);
        }
        EventKind::Upkeep { what: Upkeep::Retry(job), .. } => {
            decision.count("dead", "retried");
            decision.updates.push(JobUpdate::Retry { job: *job });
        }
        EventKind::Upkeep { what: Upkeep::Discard(job), .. } => {
            decision.count("dead", "discarded");
            decision.updates.push(JobUpdate::Discard { job: *job });
        }
        EventKind::Preference(preference) => {
            consent::switched(&mut decision, state, event, preference.stop);
        }
        EventKind::Posted(posted) => {
            return notices::posted(rules, state, event, posted, decision);
        }
        EventKind::Outbound(wanted) => {
            return outbound::outbound(rules, state, event, wanted, decision);
        }
        EventKind::Updated(update) => {
            return stated::update(rules, state, event, update, decision);
        }
        EventKind::Timer { key, .. } if key.kind == TimerKind::Notify => {
            return notices::rang(rules, state, event, key, decision);
        }
        EventKind::Timer { key, .. } if key.kind == TimerKind::HandOff => {
            return handoff::rang(rules, state, event, decision);
        }
        EventKind::Timer { key, .. } if key.kind == TimerKind::FollowUp => {
            return follow_up::rang(rules, state, event, key, decision);
        }
        EventKind::Timer { key, .. } => timers::rang(&mut decision, state, key),
        EventKind::Desk(act) => return desk::act(rules, state, event, act, decision),
        EventKind::Echo(echo) => return desk::echoed(rules, state, event, echo, decision),
        EventKind::Recorded { .. }
        | EventKind::Account { .. }
        | EventKind::Unnamed { .. }
        | EventKind::Upkeep { .. }
        | EventKind::Undecided { .. } => {}
    }
    decision
}

/// What WhatsApp reports of a message. One that it had taken and did not deliver is a dead letter.
fn delivery(decision: &mut Decision, status: &Status) {
    if status.status == DeliveryStatus::Failed {
        let reason = status.error.as_ref().map_or("failed", |error| &error.reason);
        decision.count("dropped", reason);
        decision.verdict = Verdict::Dropped(reason.to_owned());
    }
    decision.updates.push(JobUpdate::Status {
        job: status.job,
        wamid: status.wamid.clone(),
        status: status.status.clone(),
        error: status.error.clone(),
    });
}

/// What the outbox reports of a job.
fn attempt(
    decision: &mut Decision,
    state: &State,
    event: &Event,
    job: JobId,
    outcome: &SendOutcome,
) {
    let closed = state.conversation.window_until().is_none_or(|until| event.at >= until);
    match outcome {
        // The customer wrote while this was on its way: the job still waits and is claimed again.
        SendOutcome::Held { why: Hold::WindowClosed, .. } if !closed => {
            decision.count("job", "window_opened");
            return decision.note("the window opened meanwhile");
        }
        // People gave the conversation back while this was on its way.
        SendOutcome::Held { why: Hold::NotOwned, .. } if state.conversation.owner.is_bot() => {
            decision.count("job", "given_back");
            return decision.note("the bot owns the conversation again");
        }
        SendOutcome::Held { why: Hold::WindowClosed, .. } if !state.conversation.held => {
            decision.changes.push(Change::Held(true));
        }
        SendOutcome::Dropped { why } => decision.verdict = Verdict::Dropped(why.label().to_owned()),
        SendOutcome::Dead { error } => decision.verdict = Verdict::Dropped(error.reason.clone()),
        _ => {}
    }
    decision.count("job", outcome.label());
    if !outcome.reason().is_empty() {
        decision.count(outcome.label(), outcome.reason());
    }
    decision.updates.push(JobUpdate::Attempt { job, outcome: outcome.clone() });
}

fn decide_message(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    message: &Message,
    circumstances: Circumstances,
    mut decision: Decision,
) -> Decision {
    if message.group.is_some() {
        return decision.silent("group");
    }
    if !message.kind.reaches_rules() {
        return decision;
    }
    reception::session(&mut decision, state, event);
    let manner = match (reception::is_too_old(rules, event), state.conversation.owner.is_bot()) {
        (true, _) => Manner::TooOld,
        (false, false) => Manner::Owned,
        (false, true) => Manner::Free,
    };
    if consent::hear(rules, state, event, message, manner, &mut decision) {
        return decision;
    }
    match manner {
        Manner::TooOld => return decision.silent("too_old"),
        Manner::Owned => {
            handoff::heard(rules, state, event, &mut decision);
            return decision.silent("owned");
        }
        Manner::Free => {}
    }
    let (hearing, cancelled) =
        hearing::listen(rules, state, event, message, circumstances, &mut decision);
    let judged = candidates::judge(&hearing);
    answer::answer(&hearing, judged, cancelled, decision)
}
