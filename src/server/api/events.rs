//! `POST /v1/events`: something happened in one of the business's systems.

use super::{Form, event_id, first_answer, party, stated_at, take, values};
use crate::limits;
use crate::model::{Event, EventKind, NumberId, Posted};
use crate::rules::{Ruleset, suggest};
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::problem::Problem;
use axum::extract::{Request, State};
use axum::response::Response;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Takes one event of a declared type.
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    Caller(by): Caller,
    request: Request,
) -> Result<Response, Problem> {
    let keys = ["id", "type", "contact", "number", "data", "at"];
    let mut form = Form::read(request, &keys).await?;
    let rules = app.turn.rules();
    let id = form.id();
    let kind = form.needed("type", limits::ALIAS_BYTES_MAX);
    let data = match kind.as_deref().map(|kind| (kind, rules.notices.events.get(kind))) {
        Some((_, Some(shape))) => values::data(&mut form, shape),
        Some((kind, None)) => {
            let known = rules.notices.events.keys().map(String::as_str);
            let help = suggest::help(kind, known, "the declared types");
            form.wrong(format!("no event of this `type` is declared: {help}"));
            Default::default()
        }
        None => Default::default(),
    };
    let otherwise = kind.as_deref().and_then(|kind| number_of(&rules, kind));
    let number = party::number(&mut form, &rules, otherwise);
    let person = party::read(&mut form, &rules);
    let stated_at = stated_at(&mut form, &app);
    if let Some(answer) = first_answer(&app, id.as_ref(), stated_at).await? {
        return Ok(answer);
    }
    form.sound()?;
    let (Some(id), Some(kind), Some((named, person))) = (id, kind, person) else {
        return Err(Problem::bad_request("the event is not whole"));
    };
    let subject = party::subject(&app, named, number).await?;
    let kind = EventKind::Posted(Posted { kind, data, person, by });
    let at = app.turn.clock().now();
    take(&app, id.clone(), Event { id: event_id(&id), at, stated_at, subject, kind }).await
}

/// The number that all notices of a type are sent from, where they name one.
fn number_of(rules: &Ruleset, kind: &str) -> Option<NumberId> {
    let notices = rules.notices.by_type.get(kind)?;
    let named: BTreeSet<&NumberId> = notices.iter().flat_map(|notice| &notice.number).collect();
    let mut named = named.into_iter();
    named.next().filter(|_| named.next().is_none()).cloned()
}
