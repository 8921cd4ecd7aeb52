//! One message being heard: everything that is asked about it, gathered once.

use super::menu::{self, Chosen};
use super::occasion::Occasion;
use super::{Circumstances, Decision, form, language, reception};
use crate::limits;
use crate::model::{Event, LookedUp, Message, OpenMenu, PendingLookup, State};
use crate::rules::Ruleset;
use crate::rules::matcher::{EntryId, GroupId};
use crate::rules::ruleset::{Group, Reply};
use crate::text;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::{Deref, Range};

/// A message, the rules, and the state they are judged on.
pub(super) struct Hearing<'a> {
    occasion: Occasion<'a>,
    /// The choice it makes, if any.
    pub chosen: Option<Chosen>,
    pub circumstances: Circumstances,
    /// A form's question is open for it.
    pub form_waits: bool,
    /// Its rule waited, and meanwhile the customer was asked something else: that stays open, and
    /// nothing is asked beside it.
    pub overtaken: bool,
    pub seen: Seen<'a>,
}

impl<'a> Deref for Hearing<'a> {
    type Target = Occasion<'a>;
    fn deref(&self) -> &Occasion<'a> {
        &self.occasion
    }
}

impl<'a> Hearing<'a> {
    /// A message heard before, whose rule waited for what came now.
    pub fn resumed(
        rules: &'a Ruleset,
        event: &'a Event,
        pending: &'a PendingLookup,
        looked_up: &'a LookedUp,
        now: State,
        language: String,
    ) -> Hearing<'a> {
        let overtaken = pending.is_overtaken(now.conversation.question.as_ref());
        let mut occasion = Occasion::new(rules, event, Some(&pending.message), now, language);
        occasion.lookup = Some(looked_up);
        Hearing {
            occasion,
            chosen: None,
            circumstances: Circumstances::Real,
            form_waits: false,
            overtaken,
            seen: Seen::default(),
        }
    }

    /// The message counts as a tap on this from now on.
    pub fn tap(&mut self, id: String) {
        self.occasion.tap(id);
    }

    /// A reply by its index.
    pub fn reply(&self, rule: usize) -> Option<&'a Reply> {
        self.rules.replies.get(rule)
    }

    /// Whether this rule is the one whose example is being heard.
    pub fn is_exemplified(&self, rule: usize) -> bool {
        self.circumstances == Circumstances::Example { rule }
    }
}

/// Gathers what is asked about a message. `decision` holds what is certain already; the language,
/// a question that closes and a choice that is made are added to it. Gives also whether the
/// customer cancelled.
pub(super) fn listen<'a>(
    rules: &'a Ruleset,
    state: &State,
    event: &'a Event,
    message: &'a Message,
    circumstances: Circumstances,
    decision: &mut Decision,
) -> (Hearing<'a>, bool) {
    let now = state.after(&decision.changes);
    let language = language::choose(decision, rules, &now, message);
    let seen = see(rules, message, now.conversation.menu.as_ref());
    let cancels = seen.cancels && !menu::is_choice(rules, message, &seen);
    let (now, cancelled) = reception::question(decision, rules, now, event, cancels);
    let occasion = Occasion::new(rules, event, Some(message), now, language);
    let form_waits = form::waits(state, event.at);
    let overtaken = false;
    let mut hearing =
        Hearing { occasion, chosen: None, circumstances, form_waits, overtaken, seen };
    menu::choose(&mut hearing, decision);
    (hearing, cancelled)
}

/// A message that says something about consent: no rule is asked, no question is touched.
pub(super) fn of_consent<'a>(
    rules: &'a Ruleset,
    now: State,
    event: &'a Event,
    message: &'a Message,
    language: String,
) -> Hearing<'a> {
    Hearing {
        occasion: Occasion::new(rules, event, Some(message), now, language),
        chosen: None,
        circumstances: Circumstances::Real,
        form_waits: false,
        overtaken: false,
        seen: Seen::default(),
    }
}

/// What the matcher saw in a message.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    /// What `regex` sees.
    pub nfkc: Cow<'a, str>,
    /// What everything else sees.
    pub normal: String,
    /// Hits by rule.
    pub rules: BTreeMap<usize, RuleHits>,
    /// What of the open menu's choices was seen.
    pub choices: Vec<ChoiceHit>,
    /// The whole message is a word of `@cancel`.
    pub cancels: bool,
    /// More hits than are kept.
    pub overflow: bool,
}

/// What of one rule's entries was seen.
#[derive(Debug, Default, Clone)]
pub(super) struct RuleHits {
    /// Text triggers: the longest first once [`see`] is done.
    pub triggers: Vec<TriggerHit>,
    /// Groups of `all` that were hit, with the characters of the entry.
    pub all: Vec<(GroupId, EntryId, Range<usize>)>,
    /// The first hit of `none`.
    pub none: Option<EntryId>,
}

/// An entry of a text trigger that occurs.
#[derive(Debug, Clone)]
pub(super) struct TriggerHit {
    pub entry: EntryId,
    pub span: Range<usize>,
    pub whole: bool,
    pub chars: u32,
}

/// A title or a word of a choice that occurs.
#[derive(Debug, Clone)]
pub(super) struct ChoiceHit {
    /// Its place in the open menu, from 0.
    pub place: usize,
    pub span: Range<usize>,
    /// It is the title, and the whole message.
    pub whole: bool,
}

/// Runs the automaton over a message.
fn see<'a>(rules: &Ruleset, message: &'a Message, menu: Option<&OpenMenu>) -> Seen<'a> {
    let text = readable(message.text.as_deref().unwrap_or_default());
    let normal = text::normal(text);
    let found = rules.matcher.find(&normal);
    let mut seen =
        Seen { nfkc: text::nfkc(text), overflow: found.overflow, normal, ..Seen::default() };
    for hit in found.hits {
        let place = usize::try_from(hit.group.0).ok().and_then(|at| rules.groups.get(at));
        match place {
            Some(Group::Trigger { rule, whole }) => {
                let chars = rules.matcher.entry(hit.entry).map_or(0, |entry| entry.chars);
                let hit = TriggerHit { entry: hit.entry, span: hit.span, whole: *whole, chars };
                seen.rules.entry(*rule).or_default().triggers.push(hit);
            }
            Some(Group::All { rule }) => {
                let hits = seen.rules.entry(*rule).or_default();
                hits.all.push((hit.group, hit.entry, hit.span));
            }
            Some(Group::None { rule }) => {
                seen.rules.entry(*rule).or_default().none.get_or_insert(hit.entry);
            }
            Some(Group::Cancel) => seen.cancels = true,
            Some(Group::Choice { choice, whole }) => {
                let place = menu.and_then(|menu| menu::place(rules, menu, *choice));
                let hit = |place| ChoiceHit { place, span: hit.span, whole: *whole };
                seen.choices.extend(place.map(hit));
            }
            None => {}
        }
    }
    for hits in seen.rules.values_mut() {
        hits.triggers.sort_by_key(|hit| std::cmp::Reverse((hit.whole, hit.chars)));
    }
    seen
}

/// As much of the text as is matched, cut between two characters.
fn readable(text: &str) -> &str {
    let most = limits::MESSAGE_TEXT_BYTES_MAX.min(text.len());
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
