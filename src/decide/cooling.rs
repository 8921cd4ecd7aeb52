//! Cool-down: how long a rule that spoke stays quiet for a contact.

use super::Decision;
use super::clock_time;
use super::occasion::Occasion;
use crate::model::{Change, Timestamp};
use crate::rules::ruleset::Reply;
use crate::rules::says::Cooling;

/// What a rule does instead of speaking, while it is in cool-down.
pub(super) fn in_force<'a>(occasion: &Occasion<'_>, reply: &'a Reply) -> Option<&'a Cooling> {
    until(occasion, reply).and(reply.cooldown.as_ref()).map(|cooldown| &cooldown.then)
}

/// `then = "next"`: in cool-down the rule is no candidate.
///
/// # Errors
/// Until when, in words.
pub(super) fn stands_back(occasion: &Occasion<'_>, reply: &Reply) -> Result<(), String> {
    match in_force(occasion, reply) {
        Some(Cooling::Next) => Err(in_words(occasion, reply)),
        _ => Ok(()),
    }
}

/// Until when it stays quiet.
pub(super) fn in_words(occasion: &Occasion<'_>, reply: &Reply) -> String {
    let until = until(occasion, reply);
    let until = until.map_or_else(String::new, |at| clock_time::in_words(occasion.rules, at));
    format!("cool-down: it spoke and stays quiet until {until}")
}

/// The rule spoke: its cool-down begins.
pub(super) fn begin(occasion: &Occasion<'_>, reply: &Reply, decision: &mut Decision) {
    let Some(cooldown) = &reply.cooldown else { return };
    let until = occasion.event.at.plus(cooldown.every);
    decision.changes.push(Change::Cooling { rule: reply.id.clone(), until });
}

/// A cool-down that is no longer in the rules ends with them.
fn until(occasion: &Occasion<'_>, reply: &Reply) -> Option<Timestamp> {
    reply.cooldown.as_ref()?;
    let until = occasion.now.conversation.cooldowns.get(&reply.id).copied();
    until.filter(|until| occasion.event.at < *until)
}
