//! `/v1/conversations`: what waits for people, and what they do with it. No customer's words are
//! in the list.

use super::app::App;
use super::body;
use super::caller::Caller;
use super::problem::Problem;
use crate::config::Role;
use crate::limits;
use crate::model::{
    AgentAct, ContactId, DeskAct, Event, EventId, EventKind, NumberId, Owner, RuleId, State,
    Subject, Task, Timestamp,
};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{self, Path, Query, Request};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Some conversations, by the ids of their contacts.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConversationPage {
    /// The list.
    pub items: Vec<ConversationShown>,
    /// Ask with `after` this for more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<ContactId>,
}

/// A conversation as agents see it, without its words.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConversationShown {
    /// With whom.
    pub contact: ContactId,
    /// Their profile name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// On which of our numbers.
    pub number: NumberId,
    /// `bot`, `waiting` or `agent`.
    pub owner: String,
    /// Who has it, where an agent does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The queue it is in or came from; none where an agent took it unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The rule that handed it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// By when it is to be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// The deadline has passed.
    pub late: bool,
    /// Notices that could not be sent: somebody is to tell the customer in another way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
    /// Until then a free text can be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_until: Option<Timestamp>,
}

impl ConversationShown {
    fn of(state: &State, now: Timestamp) -> ConversationShown {
        let State { contact, conversation } = state;
        let handoff = conversation.handoff.as_ref();
        let (owner, agent) = match &conversation.owner {
            Owner::Bot => ("bot", None),
            Owner::Waiting { .. } => ("waiting", None),
            Owner::Agent { name } => ("agent", Some(name.clone())),
        };
        let queue = handoff.map(|handoff| handoff.queue.clone());
        let deadline = handoff.and_then(|handoff| handoff.deadline);
        ConversationShown {
            contact: contact.id,
            name: contact.name.clone(),
            number: conversation.number.clone(),
            owner: owner.to_owned(),
            agent,
            queue: queue.filter(|queue| !queue.is_empty()),
            rule: handoff.map(|handoff| handoff.rule.clone()),
            since: handoff.map(|handoff| handoff.since),
            deadline,
            late: deadline.is_some_and(|deadline| deadline < now),
            tasks: handoff.map(|handoff| handoff.tasks.clone()).unwrap_or_default(),
            window_until: conversation.window_until(),
        }
    }
}

/// Which part of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    owner: Wanted,
    limit: Option<usize>,
    after: Option<ContactId>,
}

/// Whose conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    /// Those nobody took yet.
    Waiting,
    /// Those agents have.
    Agent,
    /// Both.
    #[default]
    All,
}

impl Wanted {
    fn wants(self, owner: &Owner) -> bool {
        match owner {
            Owner::Bot => false,
            Owner::Waiting { .. } => self != Wanted::Agent,
            Owner::Agent { .. } => self != Wanted::Waiting,
        }
    }
}

/// `GET /v1/conversations`
pub(super) async fn list(
    extract::State(app): extract::State<Arc<App>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<ConversationPage>, Problem> {
    let Query(asked) = asked.map_err(|error| Problem::bad_request(error.body_text()))?;
    let most = limits::CONVERSATIONS_PAGE_MAX;
    let limit = asked.limit.unwrap_or(most).clamp(1, most);
    let now = app.turn.clock().now();
    // One more tells whether there is more.
    let mut states = app.turn.store().owned(asked.after, limit.saturating_add(1)).await?;
    let mut contacts: Vec<ContactId> = states.iter().map(|state| state.contact.id).collect();
    contacts.dedup();
    let last = contacts.get(limit.saturating_sub(1)).copied();
    let next = last.filter(|_| contacts.len() > limit);
    states.retain(|state| next.is_none_or(|next| state.contact.id <= next));
    let wanted = states.iter().filter(|state| asked.owner.wants(&state.conversation.owner));
    let items = wanted.map(|state| ConversationShown::of(state, now)).collect();
    Ok(Json(ConversationPage { items, next }))
}

/// What is sent with an act; an empty body is none of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    /// Who acts; for admins only, else it is the token's name.
    agent: Option<String>,
    /// On which of our numbers, by its id or its name.
    number: Option<String>,
    /// What is answered.
    text: Option<String>,
    /// What makes it once-only.
    id: Option<String>,
}

/// `POST /v1/conversations/{contact}/take|answer|release|close`
pub(super) async fn act(
    extract::State(app): extract::State<Arc<App>>,
    Path((contact, act)): Path<(String, String)>,
    Caller(by): Caller,
    request: Request,
) -> Result<Json<ConversationShown>, Problem> {
    let is_admin = app.access.may(request.headers(), Role::Admin);
    let given = given(request).await?;
    if given.agent.is_some() && !is_admin {
        let detail = "`agent` is for admins: everybody else acts under the name of their token";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    let act = act_of(&act, given.text.as_deref())?;
    let unknown = || Problem::not_found(format!("no contact `{contact}` is known"));
    let contact = contact.parse().map(ContactId).map_err(|_| unknown())?;
    let state = conversation(&app, contact, given.number.as_deref()).await?.ok_or_else(unknown)?;
    let agent = given.agent.unwrap_or(by);
    let now = app.turn.clock().now();
    let (contact, number) = (state.contact.id, state.conversation.number.clone());
    let own = given.id.unwrap_or_else(|| Uuid::now_v7().to_string());
    // An id is an agent's own, for one act in one conversation: what somebody else calls the same
    // is something else.
    let id = EventId::from(format!("desk:{contact}:{number}:{}:{agent}:{own}", act.label()));
    let first = app.turn.store().first_answer(&id, now.day()).await?;
    if first.is_some() {
        return Ok(Json(ConversationShown::of(&state, now)));
    }
    allowed(&state, &act, &agent, now)?;
    let event = Event {
        id,
        at: now,
        stated_at: None,
        subject: Subject::Contact { id: contact, number: number.clone() },
        kind: EventKind::Desk(DeskAct { act, agent: agent.clone() }),
    };
    app.turn.take(event).await?;
    let after = app.turn.store().state(contact, &number).await?.ok_or_else(unknown)?;
    // Somebody else may have been quicker.
    held_by_other(&after, &agent)?;
    Ok(Json(ConversationShown::of(&after, now)))
}

async fn given(request: axum::http::Request<Body>) -> Result<Given, Problem> {
    let bytes = body::read(request, limits::API_BODY_BYTES_MAX).await?;
    if bytes.is_empty() {
        return Ok(Given::default());
    }
    let given: Given = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::bad_request(format!("the body cannot be understood: {error}")))?;
    name("agent", given.agent.as_deref(), limits::NAME_BYTES_MAX)?;
    name("id", given.id.as_deref(), limits::API_ID_BYTES_MAX)?;
    Ok(given)
}

/// A name that a caller gives is neither blank nor long, and on one line.
fn name(key: &str, given: Option<&str>, bytes_max: usize) -> Result<(), Problem> {
    let Some(given) = given else { return Ok(()) };
    if given.trim().is_empty() || given.contains(char::is_control) {
        return Err(unprocessable(format!("`{key}` is blank, or holds control characters")));
    }
    if given.len() > bytes_max {
        return Err(unprocessable(format!("`{key}` has more than {bytes_max} bytes")));
    }
    Ok(())
}

fn act_of(name: &str, text: Option<&str>) -> Result<AgentAct, Problem> {
    Ok(match name {
        "take" => AgentAct::Take,
        "release" => AgentAct::Release,
        "close" => AgentAct::Close,
        "answer" => AgentAct::Answer { text: answer(text)? },
        _ => {
            let detail = "a conversation takes `take`, `answer`, `release` and `close`";
            return Err(Problem::not_found(detail));
        }
    })
}

fn answer(text: Option<&str>) -> Result<String, Problem> {
    let text = text.filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| Problem::bad_request("`text` is missing: what is answered?"))?;
    let most = limits::TEXT_BODY_UTF16_MAX;
    if text.encode_utf16().count() > most {
        return Err(unprocessable(format!("`text` may have at most {most} characters")));
    }
    Ok(text.to_owned())
}

/// The conversation on this number; without one, the one in people's hands, else the one in which
/// the customer wrote last.
async fn conversation(
    app: &App,
    contact: ContactId,
    number: Option<&str>,
) -> Result<Option<State>, Problem> {
    let known = &app.settings.known.numbers;
    let store = app.turn.store();
    if let Some(given) = number {
        let rules = app.turn.rules();
        let names = rules.settings.numbers.as_deref().unwrap_or_default();
        let named = names.iter().find(|(_, name)| name == given).map(|(id, _)| id);
        let by_id = || known.iter().find(|id| id.as_str() == given);
        let number = named.or_else(by_id);
        let unknown = || Problem::bad_request(format!("`{given}` is none of our numbers"));
        return Ok(store.state(contact, number.ok_or_else(unknown)?).await?);
    }
    let mut found: Vec<State> = Vec::new();
    for number in known {
        found.extend(store.state(contact, number).await?);
    }
    let rank = |state: &State| {
        let conversation = &state.conversation;
        (!conversation.owner.is_bot(), conversation.window_from)
    };
    Ok(found.into_iter().max_by_key(rank))
}

/// Whether it can be done at all; the decision itself judges it again.
fn allowed(state: &State, act: &AgentAct, agent: &str, now: Timestamp) -> Result<(), Problem> {
    held_by_other(state, agent)?;
    let conversation = &state.conversation;
    match act {
        AgentAct::Close if conversation.owner.is_bot() => {
            Err(unprocessable("there is nothing to close: the bot answers"))
        }
        AgentAct::Release if !matches!(conversation.owner, Owner::Agent { .. }) => {
            Err(unprocessable("there is nothing to release: no agent has the conversation"))
        }
        AgentAct::Answer { .. } if conversation.window_until().is_none_or(|end| end <= now) => {
            let detail = "more than 24 h have passed since the customer's last message: WhatsApp \
                          takes templates only";
            Err(unprocessable(detail))
        }
        _ => Ok(()),
    }
}

fn held_by_other(state: &State, agent: &str) -> Result<(), Problem> {
    match &state.conversation.owner {
        Owner::Agent { name } if name != agent => {
            let detail = format!("`{name}` has the conversation");
            Err(Problem::new(StatusCode::CONFLICT, detail))
        }
        _ => Ok(()),
    }
}

fn unprocessable(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}
