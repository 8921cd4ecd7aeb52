//! Fields of a request: there, of the right type, not too long; else Meta's error.

use super::GraphError;
use serde_json::{Map, Value};

pub(super) type Object = Map<String, Value>;

/// A text field; absent is fine, another type is not.
pub(super) fn text<'a>(object: &'a Object, name: &str) -> Result<Option<&'a str>, GraphError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(GraphError::invalid(format!("{name} must be a string"))),
    }
}

/// A text that must be there, not blank, and at most `most` UTF-16 units long. `place` is its name
/// in full.
pub(super) fn needed(
    object: &Object,
    name: &str,
    place: &str,
    most: usize,
) -> Result<String, GraphError> {
    match text(object, name)? {
        Some(given) if !given.trim().is_empty() => limited(given, place, most),
        _ => Err(GraphError::missing(place)),
    }
}

/// A text that may be there, not blank, and at most `most` UTF-16 units long.
pub(super) fn optional(
    object: &Object,
    name: &str,
    place: &str,
    most: usize,
) -> Result<Option<String>, GraphError> {
    match text(object, name)? {
        None => Ok(None),
        Some(given) if given.trim().is_empty() => {
            Err(GraphError::value(format!("{place} must not be empty")))
        }
        Some(given) => limited(given, place, most).map(Some),
    }
}

/// An object that must be there.
pub(super) fn object<'a>(
    parent: &'a Object,
    name: &str,
    place: &str,
) -> Result<&'a Object, GraphError> {
    let value = parent.get(name).ok_or_else(|| GraphError::missing(place))?;
    value.as_object().ok_or_else(|| GraphError::invalid(format!("{place} must be an object")))
}

/// An array of objects that must be there.
pub(super) fn objects<'a>(
    parent: &'a Object,
    name: &str,
    place: &str,
) -> Result<Vec<&'a Object>, GraphError> {
    let value = parent.get(name).ok_or_else(|| GraphError::missing(place))?;
    let wrong = || GraphError::invalid(format!("{place} must be an array of objects"));
    value
        .as_array()
        .ok_or_else(wrong)?
        .iter()
        .map(|one| one.as_object().ok_or_else(wrong))
        .collect()
}

/// A number from `-most` to `most`.
pub(super) fn degrees(
    object: &Object,
    name: &str,
    place: &str,
    most: f64,
) -> Result<f64, GraphError> {
    let value = object.get(name).ok_or_else(|| GraphError::missing(place))?;
    let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    number.filter(|degrees| (-most..=most).contains(degrees)).ok_or_else(|| {
        GraphError::value(format!("{place} must be a number from -{most} to {most}"))
    })
}

/// A flag that may be there.
pub(super) fn flag(object: &Object, name: &str, place: &str) -> Result<bool, GraphError> {
    match object.get(name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(GraphError::invalid(format!("{place} must be true or false"))),
    }
}

fn limited(given: &str, place: &str, most: usize) -> Result<String, GraphError> {
    if given.encode_utf16().count() > most {
        return Err(GraphError::invalid(format!("{place} must be at most {most} characters long")));
    }
    Ok(given.to_owned())
}
