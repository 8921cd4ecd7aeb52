//! `GET` and `PATCH /v1/contacts/{id}`: what is known of a person, and what others know better.

use super::{Form, event_id, first_answer, party, take, values};
use crate::config::Role;
use crate::decide;
use crate::limits;
use crate::model::{
    Alias, Consent, ConsentUpdate, ContactId, ContactUpdate, Conversation, Event, EventId,
    EventKind, NumberId, Owner, Profile, State, Stops, Subject, Timestamp,
};
use crate::rules::Ruleset;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::decide::known;
use crate::server::problem::Problem;
use axum::Json;
use axum::extract::{self, Path, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Stands for the value of a private field.
const BLOTTED: &str = "********";

/// A contact as callers see it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Shown {
    /// usher's own id.
    pub id: ContactId,
    /// When usher first heard of them.
    pub created_at: Timestamp,
    /// Every name they are known by.
    pub aliases: BTreeSet<Alias>,
    /// The profile name.
    pub name: Option<String>,
    /// The user name at WhatsApp.
    pub username: Option<String>,
    /// The language they are known to speak.
    pub language: Option<String>,
    /// Their time zone.
    pub zone: Option<String>,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// Fields; private ones are blotted out for whoever is no `admin`.
    pub fields: BTreeMap<String, String>,
    /// What they allow.
    pub consent: Consent,
    /// Messages of theirs so far.
    pub messages: u64,
    /// The threads on our numbers.
    pub conversations: Vec<Thread>,
}

/// A thread on one of our numbers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Thread {
    /// Our number.
    pub number: NumberId,
    /// Who answers.
    pub owner: Owner,
    /// When the service window closes.
    pub window_until: Option<Timestamp>,
    /// The rule whose question is open.
    pub question: Option<String>,
    /// Notices that wait for their time.
    pub scheduled: usize,
}

/// Shows a contact.
pub(crate) async fn show(
    extract::State(app): extract::State<Arc<App>>,
    Path(contact): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Shown>, Problem> {
    let rules = app.turn.rules();
    let state = known(&app, &contact, &first_number(&rules)).await?;
    let mut conversations = Vec::new();
    let numbers = rules.settings.numbers.as_deref().unwrap_or_default();
    for (number, _) in numbers {
        let there = app.turn.store().state(state.contact.id, number).await?;
        let thread = there.map(|state| state.conversation);
        conversations.extend(thread.filter(|one| *one != Conversation::new(number.clone())));
    }
    Ok(Json(shown(&rules, state, conversations, app.access.may(&headers, Role::Admin))))
}

fn shown(rules: &Ruleset, state: State, conversations: Vec<Conversation>, admin: bool) -> Shown {
    let contact = state.contact;
    let is_private = |name: &String| rules.fields.get(name).is_none_or(|field| field.private);
    let fields = contact.fields.into_iter().map(|(name, value)| {
        let blot = !admin && is_private(&name);
        (name, if blot { BLOTTED.to_owned() } else { value })
    });
    Shown {
        id: contact.id,
        created_at: contact.created_at,
        aliases: contact.aliases,
        name: contact.name,
        username: contact.username,
        language: contact.language,
        zone: contact.zone,
        tags: contact.tags,
        fields: fields.collect(),
        consent: contact.consent,
        messages: contact.messages,
        conversations: conversations.into_iter().map(thread).collect(),
    }
}

fn thread(conversation: Conversation) -> Thread {
    Thread {
        window_until: conversation.window_until(),
        question: conversation.question.map(|question| question.rule.to_string()),
        scheduled: conversation.scheduled.len(),
        number: conversation.number,
        owner: conversation.owner,
    }
}

/// Changes a contact.
pub(crate) async fn change(
    extract::State(app): extract::State<Arc<App>>,
    Path(contact): Path<String>,
    Caller(by): Caller,
    request: Request,
) -> Result<Response, Problem> {
    let keys = ["id", "name", "language", "zone", "tag", "untag", "fields", "consent"];
    let mut form = Form::read(request, &keys).await?;
    let rules = app.turn.rules();
    let id = if form.map.contains_key("id") { form.id() } else { None };
    let consent = consent(&mut form, &rules);
    let person = party::stated(&mut form);
    let (tag, untag) = (tags(&mut form, "tag"), tags(&mut form, "untag"));
    let fields = fields(&mut form, &rules);
    if let Some(answer) = first_answer(&app, id.as_ref(), None).await? {
        return Ok(answer);
    }
    form.sound()?;
    let number = first_number(&rules);
    let source = "api".to_owned();
    let at = app.turn.clock().now();
    let stops = consent.as_ref().is_some_and(|consent| consent.stop.is_some());
    let (subject, state) = whom(&app, &contact, number, stops, at).await?;
    // Without an id of the caller each call is one of its own.
    let id = id.unwrap_or_else(|| format!("patch:{}", Uuid::now_v7()));
    let event = event_id(&id);
    let update = ContactUpdate { person, tag, untag, fields, consent, source, by };
    allowed(&rules, &state, &update, &event, at)
        .map_err(|why| Problem::wrong(vec![format!("consent: {why}")]))?;
    let kind = EventKind::Updated(update);
    take(&app, id, Event { id: event, at, stated_at: None, subject, kind }).await
}

/// Who is changed. A stop of somebody nobody has heard of is kept as well, or the next event would
/// make a contact of them that never stopped.
async fn whom(
    app: &App,
    contact: &str,
    number: NumberId,
    stops: bool,
    at: Timestamp,
) -> Result<(Subject, State), Problem> {
    match (known(app, contact, &number).await, party::by_name(contact)) {
        (Ok(state), _) => Ok((Subject::Contact { id: state.contact.id, number }, state)),
        (Err(problem), Some(aliases)) if stops && problem.is(StatusCode::NOT_FOUND) => {
            let state = State::new(ContactId(Uuid::nil()), number.clone(), at);
            Ok((Subject::Person { aliases, number, profile: Profile::default() }, state))
        }
        (Err(problem), _) => Err(problem),
    }
}

/// Whether the consent can be what the caller wants, as [`decide::from_outside`] says.
fn allowed(
    rules: &Ruleset,
    state: &State,
    update: &ContactUpdate,
    event: &EventId,
    at: Timestamp,
) -> Result<(), String> {
    let Some(wanted) = &update.consent else { return Ok(()) };
    let (source, by) = (update.source.as_str(), Some(update.by.as_str()));
    let occasion = decide::Occasion { at, event, number: None, source, by };
    decide::from_outside(rules, &state.contact.consent, wanted, &occasion).map(drop)
}

/// `consent`: a tier with its proof, or a stop.
fn consent(form: &mut Form, rules: &Ruleset) -> Option<ConsentUpdate> {
    let mut inner = form.inner("consent", &["tier", "stop", "source", "at", "version"])?;
    let tier = inner.text("tier", limits::NAME_BYTES_MAX);
    let stop = inner.text("stop", limits::NAME_BYTES_MAX).and_then(|stop| match stop.as_str() {
        "marketing" => Some(Stops::Marketing),
        "all" => Some(Stops::All),
        _ => {
            inner.wrong("`stop` is `marketing` or `all`");
            None
        }
    });
    let source = inner.text("source", limits::FIELD_VALUE_BYTES_MAX);
    let version = inner.text("version", limits::NAME_BYTES_MAX);
    let at = inner.text("at", limits::ALIAS_BYTES_MAX).and_then(|text| {
        let at = decide::clock_time::instant(rules, &text);
        if at.is_none() {
            inner.wrong("`at` is no instant such as `2026-03-01T23:10:00+09:00`");
        }
        at
    });
    if inner.wrong.is_empty() && tier.is_none() && stop.is_none() {
        inner.wrong("nothing to change: give a `tier`, or `stop`");
    }
    form.join(inner, "consent");
    Some(ConsentUpdate { tier, stop, source, at, version })
}

fn first_number(rules: &Ruleset) -> NumberId {
    let numbers = rules.settings.numbers.as_deref().unwrap_or_default();
    numbers.first().map_or_else(|| NumberId::from("0"), |(id, _)| id.clone())
}

fn tags(form: &mut Form, key: &str) -> Vec<String> {
    let wrong = format!(
        "`{key}` is a list of texts, each at most {} bytes and without control characters",
        limits::NAME_BYTES_MAX
    );
    let items = match form.map.remove(key) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(items)) if items.len() <= limits::TAGS_PER_CONTACT_MAX => items,
        Some(_) => {
            form.wrong(wrong);
            return Vec::new();
        }
    };
    let text = |item: Value| match item {
        Value::String(text) if is_tag(&text) => Some(text),
        _ => None,
    };
    let count = items.len();
    let tags: Vec<String> = items.into_iter().filter_map(text).collect();
    if tags.len() < count {
        form.wrong(wrong);
    }
    tags
}

fn is_tag(text: &str) -> bool {
    !text.trim().is_empty()
        && text.len() <= limits::NAME_BYTES_MAX
        && !text.contains(char::is_control)
}

fn fields(form: &mut Form, rules: &Ruleset) -> BTreeMap<String, Option<String>> {
    let names: Vec<&str> = rules.fields.keys().map(String::as_str).collect();
    let Some(mut inner) = form.inner("fields", &names) else { return BTreeMap::new() };
    let mut fields = BTreeMap::new();
    for (name, value) in std::mem::take(&mut inner.map) {
        let Some(field) = rules.fields.get(&name) else { continue };
        let canonical = values::field(field, &value);
        if canonical.is_none() && !value.is_null() {
            inner.wrong(format!("`{name}` must be {}", values::wanted(field)));
            continue;
        }
        fields.insert(name, canonical);
    }
    form.join(inner, "fields");
    fields
}
