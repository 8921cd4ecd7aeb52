//! What is said because of an event of the business's systems: at once, or when its time comes.

use super::occasion::Occasion;
use super::sending::{Spoken, send};
use super::speaking::{Voice, speak};
use super::trace::{Candidate, Part, Reason};
use super::{Decision, answer, clock_time, language, stated};
use crate::limits;
use crate::model::{
    Change, Event, EventId, Hold, Posted, RuleId, Scheduled, State, Timer, TimerChange, TimerKey,
    TimerKind, Timestamp, Verdict,
};
use crate::rules::Ruleset;
use crate::rules::notify::{NoticeTime, Notify};
use crate::rules::ruleset::RuleStatus;
use crate::rules::says::{OutsideWindow, Say};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Decides what one of the business's systems posted.
pub(super) fn posted(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    posted: &Posted,
    mut decision: Decision,
) -> Decision {
    stated::apply(&mut decision, state, &posted.person);
    stated::reach(&mut decision, state);
    take_back(rules, state, posted, &mut decision);
    let Some(notices) = rules.notices.by_type.get(&posted.kind) else {
        return decision.silent("no_notify");
    };
    let occasion = occasion(rules, state, event, &posted.data, &mut decision);
    let mut round = Round::default();
    for notice in notices.iter().filter(|notice| notice.status == RuleStatus::Live) {
        let outcome = begin(&occasion, notice, posted, &mut round, &mut decision);
        round.settle(notice, outcome, &mut decision);
    }
    round.end(&occasion, decision)
}

/// A notice's time has come.
pub(super) fn rang(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    key: &TimerKey,
    mut decision: Decision,
) -> Decision {
    let waiting = state.conversation.scheduled.iter();
    let Some(due) = waiting.clone().find(|one| name(&one.notify, &one.event) == key.name) else {
        decision.timers.push(TimerChange::Clear(key.clone()));
        return decision.silent("notify_gone");
    };
    if due.at > event.at {
        // It was put off since: this is the ring of before.
        decision.timers.push(TimerChange::Set(Timer { key: key.clone(), at: due.at }));
        return decision.silent("not_due");
    }
    decision.timers.push(TimerChange::Clear(key.clone()));
    let (notify, of) = (due.notify.clone(), due.event.clone());
    decision.changes.push(Change::Unscheduled { notify, event: of });
    let notice = rules.notices.notice(&due.notify);
    let Some(notice) = notice.filter(|notice| notice.status == RuleStatus::Live) else {
        decision.note(format!("notify_gone: `{}` is no longer in the rules", due.notify));
        return decision.silent("notify_gone");
    };
    let occasion = occasion(rules, state, event, &due.data, &mut decision);
    let mut round = Round::default();
    let outcome = match opening(&occasion, notice) {
        Some(at) => {
            put_off(&occasion, notice, &due.event, at, &due.data, &mut round, &mut decision)
        }
        None => say(&occasion, notice, &mut round, &mut decision),
    };
    round.settle(notice, outcome, &mut decision);
    round.end(&occasion, decision)
}

fn occasion<'a>(
    rules: &'a Ruleset,
    state: &State,
    event: &'a Event,
    data: &'a BTreeMap<String, String>,
    decision: &mut Decision,
) -> Occasion<'a> {
    let now = state.after(&decision.changes);
    let language = language::known(decision, rules, &now);
    let mut occasion = Occasion::new(rules, event, None, now, language);
    occasion.posted = Cow::Borrowed(data);
    occasion
}

/// What the notices of one event come to.
#[derive(Default)]
struct Round {
    spoken: Vec<Spoken>,
    won: Option<RuleId>,
    waits: usize,
    why: Option<&'static str>,
}

/// What one notice comes to.
enum Outcome {
    /// It is said.
    Said,
    /// It waits for its time.
    Waits,
    /// A condition does not hold.
    Fails(String),
    /// It is not said: the word that is counted, and why.
    Unsaid(&'static str, String),
}

impl Round {
    fn settle(&mut self, notice: &Notify, outcome: Outcome, decision: &mut Decision) {
        let reason = match outcome {
            Outcome::Said | Outcome::Waits if self.won.is_none() => {
                self.won = Some(notice.id.clone());
                Reason::Won
            }
            Outcome::Said | Outcome::Waits => Reason::Also,
            Outcome::Fails(why) => Reason::Failed(why),
            Outcome::Unsaid(word, why) => {
                decision.count(word, notice.id.as_str());
                self.why.get_or_insert(word);
                Reason::Failed(why)
            }
        };
        if matches!(reason, Reason::Won | Reason::Also) {
            decision.count("won", notice.id.as_str());
        }
        let (rule, found) = (notice.id.clone(), Vec::new());
        decision.trace.candidates.push(Candidate { rule, reason, found });
    }

    fn end(self, occasion: &Occasion<'_>, mut decision: Decision) -> Decision {
        let nowhere = occasion.now.contact.reach.is_none() && !self.spoken.is_empty();
        send(occasion, self.spoken, &mut decision);
        match self.won {
            Some(_) if nowhere => decision.silent("no_address"),
            Some(rule) => Decision { verdict: Verdict::Won(rule), ..decision },
            None => decision.silent(self.why.unwrap_or("no_notify")),
        }
    }
}

/// Whether a notice is meant, and whether its time is now.
fn begin(
    occasion: &Occasion<'_>,
    notice: &Notify,
    posted: &Posted,
    round: &mut Round,
    decision: &mut Decision,
) -> Outcome {
    let number = &occasion.now.conversation.number;
    if !notice.number.is_empty() && !notice.number.contains(number) {
        return Outcome::Fails("another number".to_owned());
    }
    match holds(occasion, notice) {
        Ok(true) => {}
        Ok(false) => return Outcome::Fails("`when` is false".to_owned()),
        Err(why) => return Outcome::Unsaid("script_failed", why),
    }
    let (now, of) = (occasion.event.at, &occasion.event.id);
    let due = match notice.at.map(|at| due(occasion, at)) {
        None => now,
        Some(Ok(due)) => due,
        Some(Err((word, why))) => return Outcome::Unsaid(word, why),
    };
    let due = if due > now { Some(due) } else { opening(occasion, notice) };
    match due {
        Some(due) => put_off(occasion, notice, of, due, &posted.data, round, decision),
        None => say(occasion, notice, round, decision),
    }
}

fn holds(occasion: &Occasion<'_>, notice: &Notify) -> Result<bool, String> {
    let Some(when) = notice.when else { return Ok(true) };
    let scripts = &occasion.rules.scripts;
    let matched = BTreeMap::new();
    scripts.holds(when, &occasion.scope(&matched)).map_err(|error| error.to_string())
}

/// When a notice with `at` is due. One whose own instant is long past is for nobody any more.
fn due(occasion: &Occasion<'_>, at: NoticeTime) -> Result<Timestamp, (&'static str, String)> {
    let matched = BTreeMap::new();
    let text = occasion.rules.texts.render(at.text, &occasion.scope(&matched));
    let text = text.map_err(|error| ("at_failed", error.to_string()))?;
    let instant = clock_time::instant(occasion.rules, &text)
        .ok_or_else(|| ("at_failed", "`at` gives no time".to_owned()))?;
    let due = Timestamp(instant.millis().saturating_add(at.shift_ms));
    if occasion.event.at.since(instant.max(due)) > limits::NOTICE_LATE_MAX {
        return Err(("too_late", "its time has passed".to_owned()));
    }
    Ok(due)
}

/// When the calendar of a notice opens, where it is closed now.
fn opening(occasion: &Occasion<'_>, notice: &Notify) -> Option<Timestamp> {
    let calendar = occasion.rules.hours.get(notice.hours.as_ref()?)?;
    if calendar.is_open(occasion.event.at) {
        return None;
    }
    calendar.next_opening(occasion.event.at)
}

/// Schedules a notice.
fn put_off(
    occasion: &Occasion<'_>,
    notice: &Notify,
    of: &EventId,
    at: Timestamp,
    data: &BTreeMap<String, String>,
    round: &mut Round,
    decision: &mut Decision,
) -> Outcome {
    let waiting = occasion.now.conversation.scheduled.len();
    if waiting.saturating_add(round.waits) >= limits::SCHEDULED_PER_CONVERSATION_MAX {
        return Outcome::Unsaid("too_many_scheduled", "too many notices wait already".to_owned());
    }
    round.waits = round.waits.saturating_add(1);
    let key = key(&occasion.now, &notice.id, of);
    decision.timers.push(TimerChange::Set(Timer { key, at }));
    let (notify, event, data) = (notice.id.clone(), of.clone(), data.clone());
    decision.changes.push(Change::Scheduled(Scheduled { notify, event, at, data }));
    decision.count("scheduled", notice.id.as_str());
    decision.note(format!(
        "`{}` waits until {}",
        notice.id,
        clock_time::in_words(occasion.rules, at)
    ));
    Outcome::Waits
}

/// Says a notice: what it says inside the service window, its template outside.
fn say(
    occasion: &Occasion<'_>,
    notice: &Notify,
    round: &mut Round,
    decision: &mut Decision,
) -> Outcome {
    if let Err(refusal) = occasion.now.contact.consent.permits(notice.purpose, occasion.event.at) {
        let why = Hold::Consent(refusal).label();
        return Outcome::Unsaid(why, format!("consent does not permit it: {why}"));
    }
    let matched = BTreeMap::new();
    let voice = Voice {
        rule: &notice.id,
        matched: &matched,
        outside: &notice.outside,
        expect: None,
        purpose: notice.purpose,
        tier: None,
    };
    let template;
    let says = match (&notice.says, &notice.template) {
        (says, Some(used)) if says.is_empty() => {
            template = [Say::Template(used.clone())];
            &template[..]
        }
        (says, _) => says.as_slice(),
    };
    let voice = match says {
        [Say::Template(_)] => Voice { outside: &OutsideWindow::Drop, ..voice },
        _ => voice,
    };
    let before = round.spoken.len();
    if !speak(occasion, voice, says, &mut round.spoken, decision) {
        return Outcome::Unsaid("notify_failed", "what it says failed".to_owned());
    }
    // A notice is no answer: it goes out whoever owns the conversation.
    for spoken in round.spoken.iter_mut().skip(before) {
        spoken.guards.bot_owns = false;
    }
    decision.trace.parts.push(Part::of(&notice.id));
    answer::keep(occasion, &notice.id, (&notice.tags, &notice.set), &matched, decision);
    Outcome::Said
}

/// Notices that wait and that this event takes back.
fn take_back(rules: &Ruleset, state: &State, posted: &Posted, decision: &mut Decision) {
    for waiting in &state.conversation.scheduled {
        let cancel = rules.notices.notice(&waiting.notify).and_then(|one| one.cancel.as_ref());
        let meant = cancel.is_some_and(|cancel| {
            let same = cancel.same.as_ref();
            cancel.on.contains(&posted.kind)
                && same.is_none_or(|same| {
                    posted.data.get(same).is_some_and(|one| waiting.data.get(same) == Some(one))
                })
        });
        if meant {
            let (notify, event) = (waiting.notify.clone(), waiting.event.clone());
            decision.timers.push(TimerChange::Clear(key(state, &notify, &event)));
            decision.count("unscheduled", notify.as_str());
            decision.note(format!("`{notify}` is taken back"));
            decision.changes.push(Change::Unscheduled { notify, event });
        }
    }
}

fn key(state: &State, notify: &RuleId, event: &EventId) -> TimerKey {
    TimerKey {
        contact: state.contact.id,
        number: state.conversation.number.clone(),
        kind: TimerKind::Notify,
        name: name(notify, event),
    }
}

fn name(notify: &RuleId, event: &EventId) -> String {
    format!("{notify}#{event}")
}
