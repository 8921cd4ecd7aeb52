//! Which rules hold for a message, and why the others do not.

use super::clock_time;
use super::form;
use super::hearing::{Hearing, RuleHits};
use super::reception::only_where_asked;
use super::trace::Found;
use super::values;
use super::{Circumstances, cooling, permission};
use crate::model::{MessageKind, Purpose, Question};
use crate::rules::matcher::EntryId;
use crate::rules::ruleset::{Reply, RuleStatus, Trigger};
use crate::text::language;
use std::collections::BTreeMap;

/// One rule judged.
#[derive(Debug)]
pub(super) struct Judgement {
    /// Index in `Ruleset::replies`.
    pub rule: usize,
    /// Whether it holds; if not, the reason in words.
    pub holds: Result<(), String>,
    /// What of its text triggers was found.
    pub found: Vec<Found>,
    /// `match`.
    pub matched: BTreeMap<String, String>,
    /// A tap hit it.
    pub by_payload: bool,
    /// `whole` hit it.
    pub by_whole: bool,
    /// Characters of the longest entry; `all` sums.
    pub chars: u32,
    /// It would have held, but its `ask_again` is used up.
    pub exhausted: bool,
    /// A script failed.
    pub failed: bool,
}

impl Judgement {
    /// The rule a choice leads to, of whose triggers nothing was found.
    pub fn led(rule: usize) -> Judgement {
        Judgement {
            rule,
            holds: Ok(()),
            found: Vec::new(),
            matched: BTreeMap::new(),
            by_payload: true,
            by_whole: false,
            chars: 0,
            exhausted: false,
            failed: false,
        }
    }

    /// The same rule led to by a choice: what its own conditions say does not count.
    pub fn leading(self) -> Judgement {
        Judgement { holds: Ok(()), by_payload: true, ..self }
    }
}

/// Judges every rule that could hold: those whose entries were seen, those a tap names, and those
/// without a text trigger. Rules in no trace had no trigger that held.
pub(super) fn judge(hearing: &Hearing<'_>) -> Vec<Judgement> {
    let rules = hearing.rules;
    let mut could: Vec<usize> = hearing.seen.rules.keys().copied().collect();
    could.extend(&rules.always);
    could.extend(
        rules
            .regex_set
            .matches(&hearing.seen.nfkc)
            .iter()
            .filter_map(|at| rules.regex_rules.get(at)),
    );
    let tap = hearing.payload().and_then(|payload| rules.payloads.get(payload));
    could.extend(tap.into_iter().flatten());
    could.sort_unstable();
    could.dedup();
    could.into_iter().filter_map(|rule| judge_rule(hearing, rule)).collect()
}

/// Judges one rule; `None` when its text trigger did not hold.
pub(super) fn judge_rule(hearing: &Hearing<'_>, rule: usize) -> Option<Judgement> {
    let reply = hearing.reply(rule).filter(|reply| !reply.trigger.only_led)?;
    let nothing = RuleHits::default();
    let hits = hearing.seen.rules.get(&rule).unwrap_or(&nothing);
    let mut judgement = triggered(hearing, rule, reply, hits)?;
    judgement.holds = conditions(hearing, rule, reply, hits, &mut judgement);
    Some(judgement)
}

/// The text trigger: one of its alternatives, where it has any.
fn triggered(
    hearing: &Hearing<'_>,
    rule: usize,
    reply: &Reply,
    hits: &RuleHits,
) -> Option<Judgement> {
    let trigger = &reply.trigger;
    let mut found: Vec<Found> = hits
        .triggers
        .iter()
        .map(|hit| Found { entry: written(hearing, hit.entry), span: hit.span.clone() })
        .collect();
    let mut matched = BTreeMap::new();
    if let Some(first) = found.first() {
        matched.insert("entry".to_owned(), first.entry.clone());
    }
    let by_regex = capture(trigger, &hearing.seen.nfkc, &mut matched);
    let by_take = values::take(hearing, trigger, &mut matched, &mut found);
    let by_payload =
        hearing.payload().is_some_and(|payload| trigger.payload.iter().any(|id| id == payload));
    let best = hits.triggers.first();
    if trigger.is_textual() && best.is_none() && !by_regex && !by_take && !by_payload {
        return None;
    }
    let all: u32 = hits.all.iter().map(|(_, entry, _)| chars(hearing, *entry)).sum();
    found.extend(
        hits.all
            .iter()
            .map(|(_, entry, span)| Found { entry: written(hearing, *entry), span: span.clone() }),
    );
    Some(Judgement {
        rule,
        holds: Ok(()),
        found,
        matched,
        by_payload,
        by_whole: best.is_some_and(|hit| hit.whole),
        chars: best.map_or(0, |hit| hit.chars).saturating_add(all),
        exhausted: false,
        failed: false,
    })
}

/// Named groups of the regex become `match.NAME`. Whether it matches at all.
fn capture(trigger: &Trigger, nfkc: &str, matched: &mut BTreeMap<String, String>) -> bool {
    let Some(regex) = &trigger.regex else { return false };
    let Some(captures) = regex.captures(nfkc) else { return false };
    for name in regex.capture_names().flatten() {
        if let Some(value) = captures.name(name) {
            matched.insert(name.to_owned(), value.as_str().to_owned());
        }
    }
    true
}

/// Every condition beside the trigger; the first that does not hold is the reason.
fn conditions(
    hearing: &Hearing<'_>,
    rule: usize,
    reply: &Reply,
    hits: &RuleHits,
    judgement: &mut Judgement,
) -> Result<(), String> {
    words(hearing, &reply.trigger, hits)?;
    if hearing.is_exemplified(rule) {
        return Ok(());
    }
    if reply.status == RuleStatus::Draft {
        return Err("draft".to_owned());
    }
    form::hears(reply)?;
    if hearing.circumstances != Circumstances::Real {
        let asks_consent = reply.purpose == Some(Purpose::Marketing);
        return match reply.trigger.has_conditions() || asks_consent {
            true => Err("has conditions of its own, so it takes no part in examples".to_owned()),
            false => Ok(()),
        };
    }
    kind(hearing, &reply.trigger)?;
    after(hearing, reply, judgement)?;
    form::lets_in(hearing, reply)?;
    form::fits(hearing, reply, &judgement.matched)?;
    cooling::stands_back(hearing, reply)?;
    person(hearing, &reply.trigger)?;
    permission::may_speak(hearing, reply)?;
    calendar(hearing, &reply.trigger)?;
    when(hearing, &reply.trigger, judgement)
}

/// `all` and `none`.
fn words(hearing: &Hearing<'_>, trigger: &Trigger, hits: &RuleHits) -> Result<(), String> {
    if let Some(entry) = hits.none {
        return Err(format!("none: matched \"{}\"", written(hearing, entry)));
    }
    let missing = trigger.all.iter().find(|group| !hits.all.iter().any(|(hit, ..)| hit == *group));
    match missing {
        Some(group) => {
            let entry = hearing.rules.matcher.group_entries(*group).next();
            let entry = entry.map_or_else(String::new, |entry| entry.written.clone());
            Err(format!("all: \"{entry}\" does not occur"))
        }
        None => Ok(()),
    }
}

/// `kind`; without it, kinds that have text, reactions and calls left out.
fn kind(hearing: &Hearing<'_>, trigger: &Trigger) -> Result<(), String> {
    let Some(kind) = hearing.kind() else { return Err("kind: nobody wrote".to_owned()) };
    match &trigger.kind {
        Some(kinds) => {
            // WhatsApp's `audio` is a voice note as well as a sound file.
            let voice_as_audio = *kind == MessageKind::Voice && kinds.contains(&MessageKind::Audio);
            match kinds.contains(kind) || voice_as_audio {
                true => Ok(()),
                false => Err(format!("kind: this is `{}`", kind.name())),
            }
        }
        None if only_where_asked(kind) => {
            Err(format!("kind: `{}` has to be asked for", kind.name()))
        }
        None if hearing.text().is_none() && hearing.payload().is_none() => {
            Err(format!("kind: `{}` has no text", kind.name()))
        }
        None => Ok(()),
    }
}

/// `after` and `ask_again`.
fn after(hearing: &Hearing<'_>, reply: &Reply, judgement: &mut Judgement) -> Result<(), String> {
    if reply.trigger.after.is_empty() {
        return Ok(());
    }
    let open: Option<&Question> = hearing.now.conversation.question.as_ref();
    let Some(question) = open.filter(|open| reply.trigger.after.contains(&open.rule)) else {
        return Err("not the open question".to_owned());
    };
    if reply.ask_again > 0 && question.asked_again >= reply.ask_again {
        judgement.exhausted = true;
        return Err(format!("asked again {} times already", question.asked_again));
    }
    Ok(())
}

/// What is asked of the person and the thread.
fn person(hearing: &Hearing<'_>, trigger: &Trigger) -> Result<(), String> {
    let contact = &hearing.now.contact;
    if !trigger.lang.is_empty() && !speaks(&trigger.lang, &hearing.language) {
        return Err(format!("lang: the language is `{}`", hearing.language));
    }
    let number = &hearing.now.conversation.number;
    if !trigger.number.is_empty() && !trigger.number.contains(number) {
        return Err(format!("number: it came to `{number}`"));
    }
    if let Some(tag) = trigger.has.iter().find(|tag| !contact.tags.contains(*tag)) {
        return Err(format!("has: the contact has no tag `{tag}`"));
    }
    if let Some(tag) = trigger.lacks.iter().find(|tag| contact.tags.contains(*tag)) {
        return Err(format!("lacks: the contact has the tag `{tag}`"));
    }
    // The message at hand is counted already.
    if trigger.new.is_some_and(|new| new != (contact.messages <= 1)) {
        return Err(format!("new: this is message {} of the contact", contact.messages));
    }
    let from_ad = hearing.message.as_ref().is_some_and(|message| message.ad.is_some());
    if trigger.from_ad.is_some_and(|asked| asked != from_ad) {
        return Err("from_ad does not hold".to_owned());
    }
    Ok(())
}

fn speaks(wanted: &[String], language: &str) -> bool {
    let mut spoken = std::iter::once(language.to_owned()).chain(language::fallbacks(language));
    spoken.any(|language| wanted.contains(&language))
}

/// `hours`, `closed`, `from`, `until`.
fn calendar(hearing: &Hearing<'_>, trigger: &Trigger) -> Result<(), String> {
    let at = hearing.event.at;
    let is_open = |name: &String| hearing.rules.hours.get(name).map(|hours| hours.is_open(at));
    if trigger.hours.as_ref().and_then(is_open) == Some(false) {
        return Err("outside hours".to_owned());
    }
    if trigger.closed.as_ref().and_then(is_open) == Some(true) {
        return Err("inside hours".to_owned());
    }
    let in_words = |at| clock_time::in_words(hearing.rules, at);
    if let Some(from) = trigger.from.filter(|from| at < *from) {
        return Err(format!("from: not yet, it begins {}", in_words(from)));
    }
    if let Some(until) = trigger.until.filter(|until| at >= *until) {
        return Err(format!("until: no longer, it ended {}", in_words(until)));
    }
    Ok(())
}

/// `when`. A script that fails is named; it is never silently false.
fn when(hearing: &Hearing<'_>, trigger: &Trigger, judgement: &mut Judgement) -> Result<(), String> {
    let Some(condition) = trigger.when else { return Ok(()) };
    match hearing.rules.scripts.holds(condition, &hearing.scope(&judgement.matched)) {
        Ok(true) => Ok(()),
        Ok(false) => Err("when was false".to_owned()),
        Err(error) => {
            judgement.failed = true;
            Err(format!("when failed: {error}"))
        }
    }
}

fn written(hearing: &Hearing<'_>, entry: EntryId) -> String {
    hearing.rules.matcher.entry(entry).map_or_else(String::new, |entry| entry.written.clone())
}

fn chars(hearing: &Hearing<'_>, entry: EntryId) -> u32 {
    hearing.rules.matcher.entry(entry).map_or(0, |entry| entry.chars)
}
