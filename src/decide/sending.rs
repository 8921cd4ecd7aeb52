//! What was spoken becomes effects, and the last menu among it the one that is open.

use super::Decision;
use super::occasion::Occasion;
use crate::limits;
use crate::model::{
    Change, Closing, Content, Effect, Guards, MessageKind, OpenMenu, Outside, Purpose, RuleId,
    TierNeeded,
};
use crate::rules::ruleset::REPLY_PURPOSE;

/// A message that is ready to go.
#[derive(Debug)]
pub(super) struct Spoken {
    /// The rule it is of.
    pub rule: RuleId,
    /// What.
    pub content: Content,
    /// The menu it offers.
    pub menu: Option<OpenMenu>,
    /// Why.
    pub purpose: Purpose,
    /// The tier its rule asks for.
    pub needs: Option<TierNeeded>,
    /// What must still be true when it is claimed.
    pub guards: Guards,
    /// What is done where the window is closed.
    pub outside: Outside,
}

impl Spoken {
    /// An ordinary answer.
    pub fn reply(rule: &RuleId, content: Content) -> Spoken {
        Spoken {
            rule: rule.clone(),
            content,
            menu: None,
            purpose: REPLY_PURPOSE,
            needs: None,
            guards: Guards::REPLY,
            outside: Outside::Drop,
        }
    }
}

/// `react`: an emoji on the customer's message. It comes last: no answer waits for it.
pub(super) fn react(
    occasion: &Occasion<'_>,
    reaction: Option<(&RuleId, &str)>,
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) {
    let Some((rule, emoji)) = reaction else { return };
    let on = occasion
        .wamid()
        .filter(|_| !matches!(occasion.kind(), Some(MessageKind::Reaction | MessageKind::Call)));
    let Some(to) = on.cloned() else {
        decision.note(format!("`react` of `{rule}`: there is no message to put it on"));
        return;
    };
    spoken.push(Spoken::reply(rule, Content::Reaction { to, emoji: emoji.to_owned() }));
}

/// Makes effects of what is said; the first one marks the customer's message read.
pub(super) fn send(occasion: &Occasion<'_>, mut spoken: Vec<Spoken>, decision: &mut Decision) {
    let Some(to) = occasion.now.contact.reach.clone() else {
        if !spoken.is_empty() {
            decision.note("no address to answer to");
            decision.count("no_address", "");
        }
        return;
    };
    if spoken.len() > limits::SENDS_PER_DECISION_MAX {
        decision.note("too many messages: the last ones are left out");
        decision.count("sends_cut", "");
        spoken.truncate(limits::SENDS_PER_DECISION_MAX);
    }
    offer(occasion, &mut spoken, decision);
    let mut answers = occasion.wamid().cloned();
    for Spoken { rule, content, purpose, needs, guards, outside, .. } in spoken {
        decision.effects.push(Effect::Send {
            number: occasion.now.conversation.number.clone(),
            to: to.clone(),
            content,
            purpose,
            needs,
            rule,
            answers: answers.take(),
            guards,
            outside,
        });
    }
}

/// The menu that is offered last is open. A question that opens without a menu of its own closes
/// the one that was.
fn offer(occasion: &Occasion<'_>, spoken: &mut [Spoken], decision: &mut Decision) {
    let asked = decision.changes.iter().rev().find_map(|change| match change {
        Change::Asked(question) if question.asked_again == 0 => Some(question.rule.clone()),
        _ => None,
    });
    let offered = spoken.iter_mut().rev().find_map(|spoken| spoken.menu.take());
    let offered = offered.filter(|menu| asked.as_ref().is_none_or(|rule| menu.rule == *rule));
    match (offered, asked, &occasion.now.conversation.menu) {
        (Some(menu), _, _) => decision.changes.push(Change::Offered(menu)),
        (None, Some(_), Some(open)) => {
            let (rule, why) = (open.rule.clone(), Closing::Replaced);
            decision.changes.push(Change::Withdrawn { rule, why });
        }
        _ => {}
    }
}
