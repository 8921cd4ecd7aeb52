//! The consent a decision leaves, with its line in the ledger, where no consent word was heard: of a
//! new contact, of WhatsApp's own switch, and of a question that is the last thing sent no longer.

use crate::decide::Decision;
use crate::model::{
    Change, Consent, ConsentAct, ConsentAsked, DeliveryStatus, Effect, Event, EventKind, JobUpdate,
    LedgerEntry, RuleId, SendOutcome, State, Subject, Timestamp,
};
use crate::rules::Ruleset;
use crate::rules::consenting::NEAR_STOP;

/// A new contact holds what the rules give to everybody.
pub(in crate::decide) fn created(
    decision: &mut Decision,
    rules: &Ruleset,
    state: &State,
    event: &Event,
) {
    let contact = &state.contact;
    let is_new = contact.version == 0 && contact.last_event_at == Timestamp::EPOCH;
    let now = rules.consent.of_new_contact();
    let is_person = !matches!(event.subject, Subject::Account);
    let caller = match &event.kind {
        EventKind::Posted(posted) => Some(&posted.by),
        EventKind::Outbound(wanted) => Some(&wanted.by),
        _ => None,
    };
    let tells = now != contact.consent || caller.is_some();
    if !is_new || !is_person || contact.consent != Consent::default() || !tells {
        return;
    }
    let mut entry = line(state, event, ConsentAct::Created, &now.tier);
    if caller.is_some() { "api" } else { "rules" }.clone_into(&mut entry.source);
    entry.by = caller.cloned();
    write(decision, now, entry);
}

/// WhatsApp's own marketing switch: a flag of its own, with its line in the ledger.
pub(in crate::decide) fn switched(
    decision: &mut Decision,
    state: &State,
    event: &Event,
    stop: bool,
) {
    let now = Consent { whatsapp_stop: stop, ..latest(decision, state).clone() };
    let act = if stop { ConsentAct::StoppedInWhatsApp } else { ConsentAct::ResumedInWhatsApp };
    let mut entry = line(state, event, act, &now.tier);
    "whatsapp".clone_into(&mut entry.source);
    entry.stated_at = event.stated_at;
    write(decision, now, entry);
    if stop {
        // A yes from before says nothing about offers any more.
        decision.changes.push(Change::ConsentAsked(None));
    }
}

/// A question about consent is the last thing sent only until anything else is: this is the one
/// place that sees to it, for events of every kind.
pub(in crate::decide) fn settle(decision: &mut Decision, state: &State, event: &Event) {
    let told = decision.changes.iter().any(|change| matches!(change, Change::ConsentAsked(_)));
    let Some(asked) = state.conversation.consent_asked.as_ref().filter(|_| !told) else { return };
    let speaks = decision.effects.iter().any(|effect| matches!(effect, Effect::Send { .. }));
    let by_person = matches!(event.kind, EventKind::Echo(_));
    let late = decision.updates.iter().any(|update| matches!(update, JobUpdate::Release { .. }));
    if speaks || by_person || late || was_not_sent(&event.kind) || is_released(&event.kind) {
        decision.changes.push(Change::ConsentAsked(None));
    } else if let Some(shown) =
        shown_by(&event.kind, state, asked).filter(|_| asked.shown.is_none())
    {
        let asked = ConsentAsked { shown: Some(shown), ..asked.clone() };
        decision.changes.push(Change::ConsentAsked(Some(asked)));
    }
}

/// From when on the customer may have seen the question, as this event tells: WhatsApp took it, may
/// have taken it, or reports on it before its own answer came.
fn shown_by(kind: &EventKind, state: &State, asked: &ConsentAsked) -> Option<Timestamp> {
    let (job, since) = match kind {
        EventKind::Sent { job, outcome, since, .. } => {
            let went =
                matches!(outcome, SendOutcome::Accepted { .. } | SendOutcome::Unknown { .. });
            (Some(*job).filter(|_| went)?, *since)
        }
        EventKind::Status(status) if status.status != DeliveryStatus::Failed => (status.job?, None),
        _ => return None,
    };
    let is_it = job.contact == state.contact.id && job.version == asked.version;
    is_it.then(|| since.unwrap_or(asked.at))
}

/// The question itself never reached the customer: it was not sent, or WhatsApp did not deliver it.
fn was_not_sent(kind: &EventKind) -> bool {
    let rule = match kind {
        EventKind::Sent { outcome, rule, .. } => rule
            .as_ref()
            .filter(|_| matches!(outcome, SendOutcome::Dead { .. } | SendOutcome::Dropped { .. })),
        EventKind::Status(status) => {
            status.rule.as_ref().filter(|_| status.status == DeliveryStatus::Failed)
        }
        _ => None,
    };
    rule.is_some_and(asks)
}

/// Something that was held follows the question now.
fn is_released(kind: &EventKind) -> bool {
    let EventKind::Sent { outcome: SendOutcome::Released, rule, .. } = kind else { return false };
    !rule.as_ref().is_some_and(asks)
}

fn asks(rule: &RuleId) -> bool {
    rule.as_str() == NEAR_STOP || rule.as_str().starts_with("consent.ask.")
}

/// The consent as this decision leaves it so far.
pub(in crate::decide) fn latest<'a>(decision: &'a Decision, state: &'a State) -> &'a Consent {
    let changed = decision.changes.iter().rev().find_map(|change| match change {
        Change::Consent { now, .. } => Some(now),
        _ => None,
    });
    changed.unwrap_or(&state.contact.consent)
}

/// A line of the ledger about what the customer did.
pub(super) fn line(state: &State, event: &Event, act: ConsentAct, tier: &str) -> LedgerEntry {
    LedgerEntry {
        at: event.at,
        event: event.id.clone(),
        act,
        tier: tier.to_owned(),
        stops: None,
        source: "customer".to_owned(),
        version: None,
        stated_at: None,
        number: Some(state.conversation.number.clone()),
        by: None,
    }
}

/// The consent from now on, with its line in the ledger. What takes something away for good is
/// remembered with its time: nobody proves it away by what was agreed to before.
pub(in crate::decide) fn write(decision: &mut Decision, mut now: Consent, entry: LedgerEntry) {
    decision.count("consent", entry.act.label());
    if matches!(entry.act, ConsentAct::Refused | ConsentAct::Stopped | ConsentAct::Lowered) {
        now.no_at = now.no_at.max(Some(entry.at));
    }
    decision.changes.push(Change::Consent { now, entry });
}
