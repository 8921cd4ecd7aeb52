//! Values of calls, checked against what the rules declare, in their canonical text.

use super::Form;
use crate::limits;
use crate::rules::notify::{EventShape, ValueKind};
use crate::rules::ruleset::{Field, FieldKind};
use crate::rules::suggest;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;

/// `data` of an event, against its shape.
pub(super) fn data(form: &mut Form, shape: &EventShape) -> BTreeMap<String, String> {
    let names: Vec<&str> = shape.data.keys().map(String::as_str).collect();
    let given = form.map.get("data").is_some_and(|data| !data.is_null());
    let mut inner = match given.then(|| form.inner("data", &names)) {
        None => Form { map: serde_json::Map::new(), wrong: Vec::new() },
        Some(Some(inner)) => inner,
        Some(None) => return BTreeMap::new(),
    };
    let mut data = BTreeMap::new();
    for (name, declared) in &shape.data {
        let wanted = declared.kind.wanted();
        match inner.map.remove(name).filter(|value| !value.is_null()) {
            None if declared.optional => {}
            None => inner.wrong(format!("`{name}` is missing: {wanted}")),
            Some(value) => match canonical(declared.kind, &value) {
                Some(text) if text.len() > limits::FIELD_VALUE_BYTES_MAX => {
                    let most = limits::FIELD_VALUE_BYTES_MAX;
                    inner.wrong(format!("`{name}` has more than {most} bytes"));
                }
                Some(text) if text.trim().is_empty() && declared.optional => {}
                Some(text) if text.trim().is_empty() => inner.wrong(format!("`{name}` is empty")),
                Some(text) => drop(data.insert(name.clone(), text)),
                None => inner.wrong(format!("`{name}` must be {wanted}")),
            },
        }
    }
    form.join(inner, "data");
    data
}

fn canonical(kind: ValueKind, value: &Value) -> Option<String> {
    match (kind, value) {
        (ValueKind::Number, Value::Number(number)) => Some(number.to_string()),
        (ValueKind::YesNo, Value::Bool(yes)) => Some(yes_no(*yes)),
        (ValueKind::Text | ValueKind::Date | ValueKind::Time, Value::String(text)) => {
            kind.canonical(text).filter(|text| !text.contains('\0'))
        }
        _ => None,
    }
}

/// A value of a declared field; `None` where it does not fit.
pub(super) fn field(field: &Field, value: &Value) -> Option<String> {
    let text = match (&field.kind, value) {
        (FieldKind::Text, Value::String(text))
            if !text.trim().is_empty() && !text.contains('\0') =>
        {
            text.clone()
        }
        (FieldKind::Number, Value::Number(number)) => number.to_string(),
        (FieldKind::YesNo, Value::Bool(yes)) => yes_no(*yes),
        (FieldKind::Date, Value::String(text)) => date(text)?,
        (FieldKind::Choice(of), Value::String(text)) => {
            of.iter().find(|choice| *choice == text)?.clone()
        }
        _ => return None,
    };
    (text.len() <= limits::FIELD_VALUE_BYTES_MAX).then_some(text)
}

/// What a field takes, for who gave something else.
pub(super) fn wanted(field: &Field) -> String {
    match &field.kind {
        FieldKind::Text => "a text".to_owned(),
        FieldKind::Number => ValueKind::Number.wanted().to_owned(),
        FieldKind::Date => ValueKind::Date.wanted().to_owned(),
        FieldKind::YesNo => ValueKind::YesNo.wanted().to_owned(),
        FieldKind::Choice(of) => {
            let listed = suggest::listed(of.iter().map(String::as_str));
            format!("one of {}", listed.unwrap_or_default())
        }
    }
}

fn date(text: &str) -> Option<String> {
    let date: Date = text.parse().ok()?;
    (date.to_string() == text).then(|| text.to_owned())
}

fn yes_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}
