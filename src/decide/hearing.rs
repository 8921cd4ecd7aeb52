//! One message being heard: everything that is asked about it, gathered once.

use super::menu::{self, Chosen};
use super::{Circumstances, Decision, language, reception};
use crate::limits;
use crate::model::{Event, Message, OpenMenu, State};
use crate::rules::Ruleset;
use crate::rules::matcher::{EntryId, GroupId};
use crate::rules::ruleset::{Group, Reply};
use crate::rules::scope::{Gathered, Scope};
use crate::text;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// A message, the rules, and the state they are judged on.
pub(super) struct Hearing<'a> {
    pub rules: &'a Ruleset,
    pub event: &'a Event,
    /// As it counts: what is typed may stand for a tap, and has its `payload` then.
    pub message: Cow<'a, Message>,
    /// The choice it makes, if any.
    pub chosen: Option<Chosen>,
    /// The state with what is certain already applied: counted, session, lapsed question closed.
    pub now: State,
    pub language: String,
    pub circumstances: Circumstances,
    pub seen: Seen<'a>,
    /// What conditions and texts have asked for so far.
    gathered: Gathered,
}

impl<'a> Hearing<'a> {
    /// The names a rule's conditions and texts may read.
    pub fn scope<'s>(&'s self, matched: &'s BTreeMap<String, String>) -> Scope<'s> {
        Scope {
            state: &self.now,
            event: self.event,
            message: Some(&self.message),
            matched,
            language: &self.language,
            gathered: &self.gathered,
            rules: self.rules,
        }
    }

    /// The message counts as a tap on this from now on.
    pub fn tap(&mut self, id: String) {
        self.message.to_mut().payload = Some(id);
        self.gathered = Gathered::default();
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
    let mut hearing = Hearing {
        rules,
        event,
        message: Cow::Borrowed(message),
        chosen: None,
        now,
        language,
        circumstances,
        seen,
        gathered: Gathered::default(),
    };
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
        rules,
        event,
        message: Cow::Borrowed(message),
        chosen: None,
        now,
        language,
        circumstances: Circumstances::Real,
        seen: Seen::default(),
        gathered: Gathered::default(),
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
