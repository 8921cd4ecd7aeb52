//! `POST /v1/messages`: somebody asks for a message to be sent.

use super::{Form, event_id, first_answer, party, take};
use crate::limits;
use crate::model::{Event, EventKind, Outbound, Purpose};
use crate::rules::{Ruleset, suggest};
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::problem::Problem;
use axum::extract::{Request, State};
use axum::response::Response;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Takes one message.
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    Caller(by): Caller,
    request: Request,
) -> Result<Response, Problem> {
    let keys = ["id", "contact", "number", "text", "template", "params", "purpose"];
    let mut form = Form::read(request, &keys).await?;
    let rules = app.turn.rules();
    let id = form.id();
    let text = text(&mut form);
    let (template, params) = template(&mut form, &rules);
    if text.is_none() && template.is_none() && form.wrong.is_empty() {
        form.wrong("nothing to send: give `text`, `template` or both");
    }
    let purpose = purpose(&mut form);
    let number = party::number(&mut form, &rules, None);
    let person = party::read(&mut form, &rules);
    if let Some(answer) = first_answer(&app, id.as_ref(), None).await? {
        return Ok(answer);
    }
    form.sound()?;
    let (Some(id), Some((named, person))) = (id, person) else {
        return Err(Problem::bad_request("the message is not whole"));
    };
    let subject = party::subject(&app, named, number).await?;
    let kind = EventKind::Outbound(Outbound { text, template, params, purpose, person, by });
    let at = app.turn.clock().now();
    take(&app, id.clone(), Event { id: event_id(&id), at, stated_at: None, subject, kind }).await
}

fn text(form: &mut Form) -> Option<String> {
    let text = form.text("text", limits::MESSAGE_TEXT_BYTES_MAX)?;
    let most = limits::TEXT_BODY_UTF16_MAX;
    if text.encode_utf16().count() > most {
        form.wrong(format!("`text` has more than {most} characters"));
    }
    Some(text)
}

/// The template, and a value for each of its places.
fn template(form: &mut Form, rules: &Ruleset) -> (Option<String>, BTreeMap<String, String>) {
    let given = form.map.contains_key("params");
    let Some(name) = form.text("template", limits::TEMPLATE_NAME_BYTES_MAX) else {
        if given {
            form.wrong("`params` goes with a `template`");
        }
        return (None, BTreeMap::new());
    };
    let Some(template) = rules.templates.get(&name) else {
        let known = rules.templates.keys().map(String::as_str);
        let help = suggest::help(&name, known, "the declared templates");
        form.wrong(format!("no such `template` is declared: {help}"));
        return (None, BTreeMap::new());
    };
    let places: Vec<&str> = template.params.iter().map(String::as_str).collect();
    let mut inner = match given.then(|| form.inner("params", &places)) {
        None => Form { map: serde_json::Map::new(), wrong: Vec::new() },
        Some(Some(inner)) => inner,
        Some(None) => return (Some(name), BTreeMap::new()),
    };
    let mut params = BTreeMap::new();
    for place in &template.params {
        if let Some(value) = inner.needed(place, limits::FIELD_VALUE_BYTES_MAX) {
            params.insert(place.clone(), value);
        }
    }
    let units: usize = params.values().map(|value| value.encode_utf16().count()).sum();
    if units > limits::TEMPLATE_PARAMS_UTF16_MAX {
        let most = limits::TEMPLATE_PARAMS_UTF16_MAX;
        inner.wrong(format!("the values have more than {most} characters together"));
    }
    form.join(inner, "params");
    (Some(name), params)
}

fn purpose(form: &mut Form) -> Purpose {
    let Some(given) = form.text("purpose", limits::ALIAS_BYTES_MAX) else {
        return Purpose::Utility;
    };
    let known = Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == given);
    if known.is_none() {
        let names = Purpose::ALL.map(Purpose::as_str);
        let help = suggest::help(&given, names, "the purposes");
        form.wrong(format!("there is no such `purpose`: {help}"));
    }
    known.unwrap_or(Purpose::Utility)
}
