//! Forms: which question is next, what an answer is, what is kept at the end.
//!
//! The parts of a form are replies like any other; here stands only what they need beside: the
//! values so far, and that a form is open exactly as long as one of its questions is.

use super::course::Course;
use super::hearing::Hearing;
use super::{Decision, values};
use crate::limits;
use crate::model::{
    Change, Closing, Emitted, Message, OpenForm, Question, Raw, Session, State, Timestamp,
};
use crate::rules::Ruleset;
use crate::rules::forming::{Ask, Form, FormPart, Interrupt, Role, Source};
use crate::rules::ruleset::Reply;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A form with the answers it has.
#[derive(Debug, Clone)]
pub(super) struct Filled<'a> {
    /// Which.
    pub form: &'a Form,
    /// By the name of the ask, in canonical text.
    pub values: BTreeMap<String, String>,
    /// When it began.
    pub at: Timestamp,
}

/// What a reply is within a form.
pub(super) fn role(reply: &Reply) -> Option<&Role> {
    reply.form.as_ref().map(|part| &part.role)
}

/// Whether a message now would be an answer that a form asked for: it does not count as a turn.
pub(super) fn waits(state: &State, at: Timestamp) -> bool {
    let question = state.conversation.question.as_ref();
    let open = question.is_some_and(|question| question.until.is_none_or(|until| at < until));
    state.conversation.form.is_some() && open
}

/// A part that is only led to never holds by itself.
pub(super) fn hears(reply: &Reply) -> Result<(), String> {
    match role(reply) {
        Some(Role::Entry { triggered: false }) => Err("only `go` leads there".to_owned()),
        Some(role) if !role.hears() => Err("its form leads there".to_owned()),
        _ => Ok(()),
    }
}

/// Whether an open form lets a rule compete.
pub(super) fn lets_in(hearing: &Hearing<'_>, reply: &Reply) -> Result<(), String> {
    let conversation = &hearing.now.conversation;
    let (Some(open), Some(_)) = (&conversation.form, &conversation.question) else {
        return Ok(());
    };
    let own = reply.form.as_ref().is_some_and(|part| part.form == open.form);
    let form = hearing.rules.forms.get(&open.form);
    let ignores = form.is_some_and(|form| form.interrupt == Interrupt::Ignore);
    // Whoever asks for a person gets one.
    if own || reply.also || reply.hands_to.is_some() || !ignores {
        return Ok(());
    }
    Err(format!("the form `{}` is open and lets nothing in", open.form))
}

/// Whether what was said is what this part of a form waits for.
pub(super) fn fits(
    hearing: &Hearing<'_>,
    reply: &Reply,
    matched: &BTreeMap<String, String>,
) -> Result<(), String> {
    let Some(FormPart { form, role }) = &reply.form else { return Ok(()) };
    match role {
        Role::Answer { .. } | Role::Late { .. } => answered(hearing, reply, matched).map(|_| ()),
        Role::Failed => {
            let question = hearing.now.conversation.question.as_ref();
            let tries = hearing.rules.forms.get(form).map_or(0, |form| form.tries);
            match question.is_some_and(|question| question.asked_again >= tries) {
                true => Ok(()),
                false => Err(format!("fewer than {tries} wrong answers yet")),
            }
        }
        _ => Ok(()),
    }
}

/// The value in a message and the name of its ask, as the field holds it where there is one.
fn answered(
    hearing: &Hearing<'_>,
    reply: &Reply,
    matched: &BTreeMap<String, String>,
) -> Result<(String, String), String> {
    let none = || "no answer in it".to_owned();
    let Some(FormPart { form, role: Role::Answer { ask, value } | Role::Late { ask, value } }) =
        &reply.form
    else {
        return Err(none());
    };
    let message = hearing.message.as_deref().ok_or_else(none)?;
    let found = found(message, value, matched.get(ask)).ok_or_else(none)?;
    if found.len() > limits::FIELD_VALUE_BYTES_MAX {
        return Err("the answer is too long".to_owned());
    }
    let form = hearing.rules.forms.get(form);
    let kept = form.is_some_and(|form| form.asks.iter().any(|a| a.name == *ask && a.field));
    let found = if kept { values::canonical(hearing, ask, &found)? } else { found };
    Ok((ask.clone(), found))
}

fn found(message: &Message, source: &Source, taken: Option<&String>) -> Option<String> {
    match source {
        Source::Taken => taken.cloned(),
        Source::Text => message.text.as_deref().map(|text| text.trim().to_owned()),
        Source::Payload => message.payload.clone(),
        Source::Fixed(value) => Some(value.clone()),
        Source::Location => sent(message.raw.as_ref()?)?.location.map(|place| {
            let Place { latitude, longitude } = place;
            format!("{latitude},{longitude}")
        }),
        Source::Image => sent(message.raw.as_ref()?)?.image.map(|image| image.id),
    }
    .filter(|value| !value.is_empty())
}

/// What of a message object a form may ask for (Cloud API, webhook field `messages`).
#[derive(Deserialize)]
struct Sent {
    location: Option<Place>,
    image: Option<Picture>,
}

#[derive(Deserialize)]
struct Place {
    latitude: serde_json::Number,
    longitude: serde_json::Number,
}

#[derive(Deserialize)]
struct Picture {
    id: String,
}

fn sent(raw: &Raw) -> Option<Sent> {
    serde_json::from_slice(&raw.0).ok()
}

/// The form being filled in, where the rules still have it.
pub(super) fn open<'a>(hearing: &Hearing<'a>) -> Option<Filled<'a>> {
    let open = hearing.now.conversation.form.as_ref()?;
    let form = hearing.rules.forms.get(&open.form)?;
    Some(Filled { form, values: open.values.clone(), at: open.at })
}

/// What a course has of its form once it comes to this part.
pub(super) fn reach<'a>(
    hearing: &Hearing<'a>,
    course: &mut Course<'a>,
    reply: &'a Reply,
    matched: &BTreeMap<String, String>,
) {
    let Some(FormPart { form: id, role }) = &reply.form else { return };
    let Some(form) = hearing.rules.forms.get(id) else { return };
    let fresh = || Filled { form, values: BTreeMap::new(), at: hearing.event.at };
    let going_on = || open(hearing).filter(|open| open.form.id == *id).unwrap_or_else(fresh);
    match role {
        Role::Entry { .. } => course.form = Some(fresh()),
        Role::Answer { .. } | Role::Late { .. } => {
            let asks = hearing.now.conversation.question.is_some();
            let mut filled = if asks { going_on() } else { fresh() };
            filled.values.extend(answered(hearing, reply, matched).ok());
            course.form = Some(filled);
        }
        Role::Done => course.finished.extend(course.form.take()),
        Role::Confirmed | Role::Refused | Role::Wrong { .. } | Role::Failed => {
            course.form = Some(going_on());
        }
        Role::Cancel => {
            course.form.get_or_insert_with(going_on);
        }
        Role::Question { .. } | Role::Confirm | Role::Expired => {}
    }
}

/// The part that follows this one in the same breath.
pub(super) fn next<'a>(
    hearing: &Hearing<'a>,
    course: &Course<'a>,
    reply: &Reply,
) -> Option<&'a Reply> {
    let filled = course.form.as_ref()?;
    let form = filled.form;
    let id = match role(reply)? {
        Role::Entry { .. } | Role::Answer { .. } | Role::Late { .. } => {
            let missing = form.asks.iter().find(|ask| is_missing(hearing, filled, ask));
            match missing {
                Some(ask) => form.part(&ask.name),
                None if form.confirms => form.part("confirm"),
                None => form.part("done"),
            }
        }
        Role::Confirmed => form.part("done"),
        Role::Refused => form.part("cancel"),
        _ => return None,
    };
    hearing.rules.by_id.get(&id).and_then(|rule| hearing.reply(*rule))
}

fn is_missing(hearing: &Hearing<'_>, filled: &Filled<'_>, ask: &Ask) -> bool {
    let known = ask.field && !ask.always && hearing.now.contact.fields.contains_key(&ask.name);
    !filled.values.contains_key(&ask.name) && !known
}

/// Every value of a form: what was answered, and what was known.
fn all(hearing: &Hearing<'_>, filled: &Filled<'_>) -> BTreeMap<String, String> {
    let fields = &hearing.now.contact.fields;
    let value = |ask: &Ask| {
        let known = || fields.get(&ask.name).filter(|_| ask.field);
        let value = filled.values.get(&ask.name).or_else(known)?;
        Some((ask.name.clone(), value.clone()))
    };
    filled.form.asks.iter().filter_map(value).collect()
}

/// `match` of what a course says, and `form` where it is a form that speaks.
pub(super) fn named(
    hearing: &Hearing<'_>,
    course: &Course<'_>,
    matched: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let filled = course.form.as_ref().or(course.finished.last());
    let values = filled.map(|filled| all(hearing, filled)).unwrap_or_default();
    let values = values.into_iter().map(|(name, value)| (format!("form.{name}"), value));
    matched.clone().into_iter().chain(values).collect()
}

/// The same for the question that is open.
pub(super) fn named_so_far(hearing: &Hearing<'_>) -> BTreeMap<String, String> {
    let course = Course { form: open(hearing), ..Course::new() };
    named(hearing, &course, &BTreeMap::new())
}

/// What a course leaves behind of its forms: those that are finished, and the one that goes on.
pub(super) fn keep(hearing: &Hearing<'_>, course: &Course<'_>, decision: &mut Decision) {
    for filled in &course.finished {
        finish(hearing, filled, decision);
    }
    let speaker = course.speaker().and_then(role);
    let asks = matches!(speaker, Some(Role::Question { .. } | Role::Confirm));
    if let Some(filled) = course.form.as_ref().filter(|_| asks) {
        if course.rules().any(|reply| matches!(role(reply), Some(Role::Entry { .. }))) {
            decision.count("form_begun", &filled.form.id);
        }
        decision.changes.push(Change::Form(Some(OpenForm {
            form: filled.form.id.clone(),
            values: filled.values.clone(),
            at: filled.at,
        })));
    }
}

/// Fields are kept, the event is told, the session is over.
fn finish(hearing: &Hearing<'_>, filled: &Filled<'_>, decision: &mut Decision) {
    let form = filled.form;
    let fields = form.asks.iter().filter(|ask| ask.field);
    let answered = fields.filter_map(|ask| Some((ask, filled.values.get(&ask.name)?)));
    decision.changes.extend(
        answered.map(|(ask, value)| Change::Set { field: ask.name.clone(), value: value.clone() }),
    );
    if let Some(kind) = &form.emit {
        decision.count("emitted", kind);
        let data = all(hearing, filled);
        decision.emitted.push(Emitted { kind: kind.clone(), data });
    }
    decision.count("form_done", &form.id);
    decision.changes.push(Change::SessionEnded);
}

/// A message that came while a form waited counts as a turn after all: the form had not asked for it.
pub(super) fn count_turn(hearing: &Hearing<'_>, first: Option<&Reply>, decision: &mut Decision) {
    let asked_for = |role: &Role| !matches!(role, Role::Entry { .. } | Role::Late { .. });
    if !hearing.form_waits || first.and_then(role).is_some_and(asked_for) {
        return;
    }
    if let Some(session) = &hearing.now.conversation.session {
        let turns = session.turns.saturating_add(1);
        decision.changes.push(Change::Session(Session { turns, ..session.clone() }));
    }
}

/// The rule that answers a form's `@cancel`.
pub(super) fn cancelled(hearing: &Hearing<'_>, decision: &Decision) -> Option<usize> {
    let asked = decision.changes.iter().rev().find_map(|change| match change {
        Change::Closed { rule, why: Closing::Cancelled } => Some(rule),
        _ => None,
    });
    let asked = hearing.rules.by_id.get(asked?).and_then(|rule| hearing.reply(*rule))?;
    let form = hearing.rules.forms.get(&asked.form.as_ref()?.form)?;
    hearing.rules.by_id.get(&form.part("cancel")).copied()
}

/// A form is open exactly as long as one of its own questions is; a hand-off ends both.
pub(super) fn settle(hearing: &Hearing<'_>, decision: &mut Decision) {
    let conversation = &hearing.now.conversation;
    let (mut form, mut question) = (conversation.form.as_ref(), conversation.question.as_ref());
    let mut handed_off = false;
    for change in &decision.changes {
        match change {
            Change::Form(now) => form = now.as_ref(),
            Change::Asked(now) => question = Some(now),
            Change::Closed { .. } => question = None,
            Change::HandOff(now) => handed_off = now.is_some(),
            _ => {}
        }
    }
    let Some(form) = form.map(|form| form.form.clone()) else { return };
    let asking = question.filter(|question| is_of(hearing.rules, question, &form));
    let closed = asking.map(|question| question.rule.clone()).filter(|_| handed_off);
    if asking.is_some() && !handed_off {
        return;
    }
    if let Some(rule) = closed {
        decision.changes.push(Change::Closed { rule, why: Closing::Replaced });
    }
    decision.note(format!("the form `{form}` is over"));
    if !decision.tallies.iter().any(|tally| tally.what == "form_done" && tally.label == form) {
        decision.count("form_left", &form);
    }
    decision.changes.push(Change::Form(None));
}

fn is_of(rules: &Ruleset, question: &Question, form: &str) -> bool {
    let asking = rules.by_id.get(&question.rule).and_then(|rule| rules.replies.get(*rule));
    asking.and_then(|reply| reply.form.as_ref()).is_some_and(|part| part.form == form)
}
