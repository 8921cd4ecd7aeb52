//! What is new about the person and the thread before any rule is asked.

use super::{Decision, form};
use crate::limits;
use crate::model::{
    Alias, Change, Closing, Conversation, Event, EventKind, Hold, JobUpdate, MessageKind,
    Recipient, Session, State, Subject, Timestamp,
};
use crate::rules::Ruleset;

/// Names and addresses WhatsApp stated with the event.
pub(super) fn identity(decision: &mut Decision, state: &State, event: &Event) {
    let Subject::Person { aliases, profile, .. } = &event.subject else { return };
    let contact = &state.contact;
    let room = limits::ALIASES_PER_CONTACT_MAX.saturating_sub(contact.aliases.len());
    let unknown = aliases.iter().filter(|alias| !contact.aliases.contains(alias));
    decision.changes.extend(unknown.take(room).cloned().map(Change::Alias));
    if matches!(event.kind, EventKind::Message(_)) {
        let reach = address(aliases).filter(|to| contact.reach.as_ref() != Some(to));
        decision.changes.extend(reach.map(Change::Reach));
    }
    let news = |given: &Option<String>, known: &Option<String>| {
        given.clone().filter(|name| !name.is_empty() && known.as_ref() != Some(name))
    };
    decision.changes.extend(news(&profile.name, &contact.name).map(Change::Name));
    decision.changes.extend(news(&profile.username, &contact.username).map(Change::Username));
}

/// The address to answer to: the `wa_id` if the message showed one, else the business-scoped id.
/// A number change states the new ids after the old, so the last of a kind counts.
fn address(aliases: &[Alias]) -> Option<Recipient> {
    let phone = aliases.iter().rev().find_map(|alias| match alias {
        Alias::WaId(id) => Some(Recipient::Phone(id.clone())),
        _ => None,
    });
    phone.or_else(|| {
        aliases.iter().rev().find_map(|alias| match alias {
            Alias::Bsuid(id) => Some(Recipient::Bsuid(id.clone())),
            _ => None,
        })
    })
}

/// Counts the message, opens the service window by WhatsApp's own time, opens or continues the
/// session by ours.
pub(super) fn session(decision: &mut Decision, state: &State, event: &Event) {
    decision.changes.push(Change::Counted);
    // Never after the event: a sender's clock that is ahead must not make the window longer.
    let from = event.stated_at.unwrap_or(event.at).min(event.at);
    decision.changes.push(Change::Window(from));
    release(decision, state, event, from);
    let last = state.conversation.session.as_ref();
    let goes_on = last.filter(|last| event.at.since(last.last_at) < limits::SESSION_SILENCE);
    // Whether a form asked for it shows only once it is judged.
    let counts = u32::from(!form::waits(state, event.at));
    let session = match goes_on {
        Some(session) => Session {
            last_at: event.at,
            turns: session.turns.saturating_add(counts),
            ..session.clone()
        },
        None => Session {
            ordinal: last.map_or(1, |last| last.ordinal.saturating_add(1)),
            opened_at: event.at,
            last_at: event.at,
            turns: counts,
            misses: 0,
        },
    };
    decision.changes.push(Change::Session(session));
    menu(decision, state, event);
}

/// A menu that was offered lasts until the customer is silent for as long as a session lasts, or the
/// `expect` of its rule; that of a form's end outlives the session, which is over with the form.
fn menu(decision: &mut Decision, state: &State, event: &Event) {
    let Conversation { menu: Some(menu), window_from, .. } = &state.conversation else { return };
    let silent = window_from.is_none_or(|from| event.at.since(from) >= limits::SESSION_SILENCE);
    if silent || menu.until.is_some_and(|until| event.at >= until) {
        decision.note(format!("the menu of `{}` had lapsed", menu.rule));
        let why = Closing::Lapsed;
        decision.changes.push(Change::Withdrawn { rule: menu.rule.clone(), why });
    }
}

/// What is held for the window waits again, if this message opens it.
fn release(decision: &mut Decision, state: &State, event: &Event, from: Timestamp) {
    if !state.conversation.held || from.plus(limits::SERVICE_WINDOW) <= event.at {
        return;
    }
    decision.changes.push(Change::Held(false));
    decision.count("released", "window_closed");
    decision.updates.push(JobUpdate::Release {
        contact: state.contact.id,
        number: state.conversation.number.clone(),
        why: Hold::WindowClosed,
    });
}

/// Whether the message waited so long that an answer would come out of the blue.
pub(super) fn is_too_old(rules: &Ruleset, event: &Event) -> bool {
    event.stated_at.is_some_and(|stated| event.at.since(stated) > rules.settings.answer_within)
}

/// Closes a question that lapsed, was cancelled, or whose rule is gone. Gives the state rules are
/// judged on, and whether the customer cancelled.
pub(super) fn question(
    decision: &mut Decision,
    rules: &Ruleset,
    now: State,
    event: &Event,
    cancels: bool,
) -> (State, bool) {
    let Some(question) = now.conversation.question.clone() else { return (now, false) };
    let rule = question.rule;
    let asking = rules.by_id.get(&rule).and_then(|place| rules.replies.get(*place));
    let exists = asking.is_some_and(|reply| reply.asks);
    let why = if !exists {
        decision.count("question_gone", rule.as_str());
        decision.note(format!("question_gone: `{rule}` is no longer in the rules"));
        Closing::Gone
    } else if question.until.is_some_and(|until| event.at >= until) {
        decision.note(format!("the question of `{rule}` had lapsed"));
        Closing::Lapsed
    } else if cancels {
        decision.note(format!("the question of `{rule}` was cancelled"));
        Closing::Cancelled
    } else {
        return (now, false);
    };
    let mut changes = vec![Change::Closed { rule: rule.clone(), why }];
    // A cancelled question takes its own menu with it.
    if why == Closing::Cancelled && now.conversation.menu.as_ref().is_some_and(|m| m.rule == rule) {
        changes.push(Change::Withdrawn { rule, why });
    }
    let next = now.after(&changes);
    decision.changes.extend(changes);
    (next, why == Closing::Cancelled)
}

/// Whether a message is one that rules see only where `kind` asks for it, and the fallback never.
pub(super) fn only_where_asked(kind: &MessageKind) -> bool {
    use crate::model::MessageKind::{Call, Reaction};
    matches!(kind, Call | Reaction)
}
