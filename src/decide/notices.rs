//! What is said because of an event of the business's systems: at once, or when its time comes.

use super::occasion::Occasion;
use super::sending::{Spoken, send};
use super::speaking::{Voice, speak};
use super::trace::{Candidate, Part, Reason};
use super::{Decision, answer, clock_time, language, stated, untold};
use crate::limits;
use crate::model::{
    Change, Event, EventId, Guards, Hold, Posted, RuleId, Scheduled, State, Task, Timer,
    TimerChange, TimerKey, TimerKind, Timestamp, Verdict,
};
use crate::rules::Ruleset;
use crate::rules::notify::{NoticeTime, Notify, WhileOwned};
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
        round.settle(&occasion, notice, outcome, &mut decision);
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
    round.settle(&occasion, notice, outcome, &mut decision);
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
    /// What cannot be sent, and the queue whose task the first of it is.
    untold: Option<(String, Vec<Task>)>,
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
    /// It is to be said, and cannot be.
    Cannot(&'static str, String),
}

impl Round {
    fn settle(
        &mut self,
        occasion: &Occasion<'_>,
        notice: &Notify,
        outcome: Outcome,
        decision: &mut Decision,
    ) {
        if let (Outcome::Cannot(word, _), Some(queue)) = (&outcome, &notice.otherwise) {
            let task = untold::task(occasion, &notice.id, word);
            self.untold.get_or_insert_with(|| (queue.clone(), Vec::new())).1.push(task);
        }
        let reason = match outcome {
            Outcome::Said | Outcome::Waits if self.won.is_none() => {
                self.won = Some(notice.id.clone());
                Reason::Won
            }
            Outcome::Said | Outcome::Waits => Reason::Also,
            Outcome::Fails(why) => Reason::Failed(why),
            Outcome::Unsaid(word, why) | Outcome::Cannot(word, why) => {
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
        send(occasion, self.spoken, &mut decision);
        if let Some((queue, tasks)) = self.untold {
            untold::hand(occasion, &queue, tasks, &mut decision);
        }
        match self.won {
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
        Some(Err(outcome)) => return outcome,
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
fn due(occasion: &Occasion<'_>, at: NoticeTime) -> Result<Timestamp, Outcome> {
    let instant = instant(occasion, at).map_err(|why| Outcome::Cannot("at_failed", why))?;
    let due = Timestamp(instant.millis().saturating_add(at.shift_ms));
    if occasion.event.at.since(instant.max(due)) > limits::NOTICE_LATE_MAX {
        return Err(Outcome::Unsaid("too_late", "its time has passed".to_owned()));
    }
    Ok(due)
}

/// What `at` names, before the time that is added to it.
fn instant(occasion: &Occasion<'_>, at: NoticeTime) -> Result<Timestamp, String> {
    let matched = BTreeMap::new();
    let text = occasion.rules.texts.render(at.text, &occasion.scope(&matched));
    let text = text.map_err(|error| error.to_string())?;
    let instant = clock_time::instant(occasion.rules, &text);
    instant.ok_or_else(|| "`at` gives no time".to_owned())
}

/// What a notice that is said now needs when it is claimed. It is no answer, so it goes out whoever
/// owns the conversation; one with `while_owned = "hold"` is held while people do, and no longer
/// than it is news.
fn guards(occasion: &Occasion<'_>, notice: &Notify, guards: Guards) -> Guards {
    match notice.while_owned {
        WhileOwned::Send => Guards { bot_owns: false, ..guards },
        WhileOwned::Hold => {
            let most = occasion.event.at.plus(limits::HELD_MAX);
            let instant = notice.at.and_then(|at| instant(occasion, at).ok());
            let late = instant.map(|instant| instant.plus(limits::NOTICE_LATE_MAX));
            let until = late.map_or(most, |late| late.min(most));
            Guards { bot_owns: true, kept_until: Some(until), ..guards }
        }
    }
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
        return Outcome::Cannot("too_many_scheduled", "too many notices wait already".to_owned());
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
    if occasion.now.contact.reach.is_none() {
        return Outcome::Cannot("no_address", "no address to send it to".to_owned());
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
        return Outcome::Cannot("notify_failed", "what it says failed".to_owned());
    }
    for spoken in round.spoken.iter_mut().skip(before) {
        spoken.guards = guards(occasion, notice, spoken.guards);
    }
    if notice.while_owned == WhileOwned::Hold && !occasion.now.conversation.owner.is_bot() {
        let id = &notice.id;
        decision.note(format!("people have the conversation: `{id}` is held until the bot has it"));
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
