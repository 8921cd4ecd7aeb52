//! What a message chooses: a tap, or what is typed while a menu is open.
//!
//! A tap names an id, and ids are known to the whole rule set, so it counts days later too. What is
//! typed counts as a tap on a choice of the menu that was offered last.

use super::candidates;
use super::hearing::{ChoiceHit, Hearing, Seen};
use super::{Circumstances, Decision};
use crate::model::{Message, MessageKind, OpenMenu, RuleId};
use crate::rules::Ruleset;
use crate::rules::ruleset::{Reply, RuleStatus};
use crate::rules::says::{Cooling, Say};
use crate::text;

/// A choice that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// The menu it is of; unknown where a menu is tapped that is open no longer.
    pub menu: Option<RuleId>,
    /// Its id.
    pub id: String,
    /// The rule its `go` leads to (index in `Ruleset::replies`).
    pub leads: Option<usize>,
}

impl Chosen {
    /// `MENU#ID`, for the tallies.
    pub fn label(&self) -> String {
        format!("{}#{}", self.menu.as_ref().map_or("", RuleId::as_str), self.id)
    }

    /// How it came about, for the trace.
    pub fn in_words(&self, hearing: &Hearing<'_>) -> String {
        let said = hearing.text().unwrap_or(&self.id);
        match &self.menu {
            Some(menu) => format!("chosen: `{said}` of the menu `{menu}`"),
            None => format!("chosen: `{said}` of an older menu"),
        }
    }
}

/// Finds the choice that a message makes. What is typed has its `payload` then, as if it were
/// tapped.
pub(super) fn choose(hearing: &mut Hearing<'_>, decision: &mut Decision) {
    let typed = typed(hearing).filter(|_| !question_goes_first(hearing));
    if let Some(id) = typed {
        hearing.tap(id);
    }
    let Some(id) = hearing.payload().map(str::to_owned) else { return };
    let rules = hearing.rules;
    if !is_answered(rules, &id) {
        decision.note(format!("unknown_payload: no rule of today answers `{id}`"));
        decision.count("unknown_payload", "");
        return;
    }
    let leads = rules.leads.get(&id).and_then(|rule| rules.by_id.get(rule)).copied();
    let open = hearing.now.conversation.menu.as_ref();
    let menu = open.filter(|menu| menu.choices.contains(&id)).map(|menu| menu.rule.clone());
    if leads.is_some() || menu.is_some() {
        hearing.chosen = Some(Chosen { menu, id, leads });
    }
}

/// Whether a message is clearly a choice, so that a button called `Cancel` is no `@cancel`.
pub(super) fn is_choice(rules: &Ruleset, message: &Message, seen: &Seen<'_>) -> bool {
    let tapped = message.payload.as_ref().is_some_and(|id| is_answered(rules, id));
    tapped || seen.choices.iter().any(|hit| hit.whole)
}

/// The place in the open menu of a choice of the rule set.
pub(super) fn place(rules: &Ruleset, menu: &OpenMenu, choice: usize) -> Option<usize> {
    let id = rules.choices.get(choice)?;
    menu.choices.iter().position(|offered| offered == id)
}

/// Whether a rule sends this id on anything it says.
pub(super) fn offers(reply: &Reply, id: &str) -> bool {
    let cases = reply.cases.iter().flat_map(|case| case.speech.says());
    let cooling = reply.cooldown.iter().flat_map(|cooldown| match &cooldown.then {
        Cooling::Say(says) => says.as_slice(),
        Cooling::Silent | Cooling::Next => &[],
    });
    reply.speech.says().into_iter().chain(cases).chain(cooling).any(|say| sends(say, id))
}

fn sends(say: &Say, id: &str) -> bool {
    match say {
        Say::Buttons { buttons, .. } => buttons.iter().any(|button| button.id == id),
        Say::List { sections, .. } => {
            sections.iter().flat_map(|section| &section.rows).any(|row| row.id == id)
        }
        Say::Choices(menu) => menu.choices.iter().any(|choice| choice.id == id),
        _ => false,
    }
}

fn is_answered(rules: &Ruleset, id: &str) -> bool {
    let answers = |rule: &usize| {
        let reply = rules.replies.get(*rule);
        reply.is_some_and(|reply| reply.status == RuleStatus::Live && !reply.also)
    };
    rules.leads.contains_key(id) || rules.payloads.get(id).is_some_and(|by| by.iter().any(answers))
}

/// The id of the open menu that a typed message stands for.
fn typed(hearing: &Hearing<'_>) -> Option<String> {
    let menu = hearing.now.conversation.menu.as_ref()?;
    if hearing.circumstances != Circumstances::Real
        || hearing.kind() != Some(&MessageKind::Text)
        || hearing.payload().is_some()
    {
        return None;
    }
    let place = by_title(hearing).or_else(|| by_number(hearing, menu)).or_else(|| by_word(hearing));
    place.and_then(|place| menu.choices.get(place)).cloned()
}

/// A title may be a number itself, so titles go first. It counts with its number before it, too.
fn by_title(hearing: &Hearing<'_>) -> Option<usize> {
    hearing.seen.choices.iter().find(|hit| hit.whole).map(|hit| hit.place)
}

fn by_number(hearing: &Hearing<'_>, menu: &OpenMenu) -> Option<usize> {
    let number = text::ordinal(&hearing.seen.normal).filter(|_| menu.numbered)?;
    number.checked_sub(1).filter(|place| *place < menu.choices.len())
}

/// The longest word; where words of two choices stand side by side, nobody knows which is meant.
fn by_word(hearing: &Hearing<'_>) -> Option<usize> {
    let hits = &hearing.seen.choices;
    let longest = hits.iter().max_by_key(|hit| hit.span.len())?;
    let within = |hit: &ChoiceHit| {
        longest.span.start <= hit.span.start
            && hit.span.end <= longest.span.end
            && hit.span.len() < longest.span.len()
    };
    let clear = hits.iter().all(|hit| hit.place == longest.place || within(hit));
    clear.then_some(longest.place)
}

/// An open question's own answers go before what is typed for a menu that another rule offered.
fn question_goes_first(hearing: &Hearing<'_>) -> bool {
    let conversation = &hearing.now.conversation;
    let (Some(question), Some(menu)) = (&conversation.question, &conversation.menu) else {
        return false;
    };
    if question.rule == menu.rule {
        return false;
    }
    let answers = |judgement: &candidates::Judgement| {
        judgement.holds.is_ok()
            && hearing.reply(judgement.rule).is_some_and(|reply| {
                reply.trigger.is_textual() && reply.trigger.after.contains(&question.rule)
            })
    };
    candidates::judge(hearing).iter().any(answers)
}
