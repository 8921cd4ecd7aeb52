//! What agents do with a conversation: at the desk, by the API, or in the WhatsApp Business app.
//!
//! What is refused changes nothing and has its reason as verdict: `held_by_other`, `not_held`,
//! `window_closed`.

use super::Decision;
use super::handoff::{self, deadline, give_up, hush, plan};
use super::occasion::Occasion;
use super::sending::{Spoken, send};
use crate::model::{
    AgentAct, Change, Content, DeskAct, Echo, Event, Guards, HandOff, Owner, RuleId, State,
};
use crate::rules::Ruleset;
use crate::rules::handing::Return;

/// As who somebody who types in the WhatsApp Business app takes a conversation.
pub const APP_AGENT: &str = "WhatsApp Business app";

/// The rule that an agent's own words count as.
const AGENT: &str = "agent";

/// Why an act is refused.
pub const HELD_BY_OTHER: &str = "held_by_other";
/// Why an act is refused.
pub const NOT_HELD: &str = "not_held";
/// Why an act is refused.
pub const WINDOW_CLOSED: &str = "window_closed";

/// Decides what an agent does.
pub(super) fn act(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    desk: &DeskAct,
    mut decision: Decision,
) -> Decision {
    let owner = &state.conversation.owner;
    let held = matches!(owner, Owner::Agent { name } if *name == desk.agent);
    if matches!(owner, Owner::Agent { .. }) && !held {
        return decision.silent(HELD_BY_OTHER);
    }
    let occasion = handoff::occasion(rules, state, event, &mut decision);
    let mut spoken = Vec::new();
    match &desk.act {
        AgentAct::Take => take(&occasion, &desk.agent, &mut decision),
        AgentAct::Answer { text } if ends(&occasion, text) => {
            handoff::finish(&occasion, "handoff_returned", &mut spoken, &mut decision);
        }
        AgentAct::Answer { text } => {
            let open = state.conversation.window_until().is_some_and(|end| event.at < end);
            if !open {
                return decision.silent(WINDOW_CLOSED);
            }
            take(&occasion, &desk.agent, &mut decision);
            spoken.push(answer(text));
        }
        AgentAct::Release if !held => return decision.silent(NOT_HELD),
        AgentAct::Release => release(&occasion, &mut spoken, &mut decision),
        AgentAct::Close if owner.is_bot() => return decision.silent(NOT_HELD),
        AgentAct::Close => {
            handoff::finish(&occasion, "handoff_closed", &mut spoken, &mut decision);
        }
    }
    send(&occasion, spoken, &mut decision);
    decision
}

/// A person typed in the WhatsApp Business app: the customer has it already, so nobody can refuse.
pub(super) fn echoed(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    echo: &Echo,
    mut decision: Decision,
) -> Decision {
    let occasion = handoff::occasion(rules, state, event, &mut decision);
    let mut spoken = Vec::new();
    match &state.conversation.owner {
        _ if echo.text.as_deref().is_some_and(|text| ends(&occasion, text)) => {
            handoff::finish(&occasion, "handoff_returned", &mut spoken, &mut decision);
        }
        // Another agent keeps it: two people at one conversation are theirs to sort out.
        Owner::Agent { name } => take(&occasion, name, &mut decision),
        Owner::Bot | Owner::Waiting { .. } => take(&occasion, APP_AGENT, &mut decision),
    }
    send(&occasion, spoken, &mut decision);
    decision
}

/// Whether this is the command of the conversation's queue.
fn ends(occasion: &Occasion<'_>, text: &str) -> bool {
    let queue = occasion.now.conversation.handoff.as_ref().map(|handoff| &handoff.queue);
    let queue = queue.and_then(|queue| occasion.rules.queues.get(queue));
    queue.is_some_and(|queue| match &queue.returns {
        Return::Command(command) => command == text.trim(),
        Return::OnClose | Return::Idle(_) => false,
    })
}

/// The agent has it from now on, and said or did something now.
fn take(occasion: &Occasion<'_>, agent: &str, decision: &mut Decision) {
    let (rules, at, state) = (occasion.rules, occasion.event.at, &occasion.now);
    let owner = Owner::Agent { name: agent.to_owned() };
    let unasked = || HandOff {
        queue: String::new(),
        rule: RuleId::from(AGENT),
        since: at,
        deadline: None,
        escalated: Vec::new(),
        taken_at: None,
        last_at: at,
        ends_at: None,
        tasks: Vec::new(),
    };
    let before = state.conversation.handoff.clone().unwrap_or_else(unasked);
    if state.conversation.owner != owner {
        hush(state, decision);
        decision.count("handoff_taken", &before.queue);
        decision.changes.push(Change::Owner(owner));
    }
    let handoff = HandOff {
        deadline: None,
        taken_at: before.taken_at.or(Some(at)),
        last_at: at,
        ends_at: Some(at.plus(give_up(rules, &before.queue))),
        ..before
    };
    decision.changes.push(Change::HandOff(Some(handoff)));
    plan(rules, state, decision);
}

/// Back to the queue it came from; one that came from none goes back to the bot.
fn release(occasion: &Occasion<'_>, spoken: &mut Vec<Spoken>, decision: &mut Decision) {
    let (rules, at, state) = (occasion.rules, occasion.event.at, &occasion.now);
    let handoff = state.conversation.handoff.as_ref();
    let Some(handoff) = handoff.filter(|handoff| rules.queues.contains_key(&handoff.queue)) else {
        return handoff::finish(occasion, "handoff_returned", spoken, decision);
    };
    decision.changes.push(Change::Owner(Owner::Waiting { queue: handoff.queue.clone() }));
    let handoff = HandOff {
        deadline: deadline(rules, &handoff.queue, at),
        taken_at: None,
        last_at: at,
        ends_at: Some(at.plus(give_up(rules, &handoff.queue))),
        ..handoff.clone()
    };
    decision.changes.push(Change::HandOff(Some(handoff)));
    plan(rules, state, decision);
}

/// An agent's words: whoever owns the conversation, in the service window only.
fn answer(text: &str) -> Spoken {
    let content = Content::Text { body: text.to_owned() };
    let guards = Guards { bot_owns: false, ..Guards::REPLY };
    Spoken { guards, ..Spoken::reply(&RuleId::from(AGENT), content) }
}
