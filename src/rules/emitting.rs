//! `emit` of a rule, compiled: what the business's systems are told.

use super::notify::EventShape;
use super::ruleset::TextId;

/// What a rule tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emit {
    /// The type of the event.
    pub kind: String,
    /// Its values by name, in the order of the file.
    pub data: Vec<(String, TextId)>,
}

/// The canonical text of one value that is told; none where it is left out.
///
/// Without a declaration every text is told as it is. A value declared with `?` that comes out
/// empty is left out.
///
/// # Errors
/// What a value of that name has to be.
pub fn canonical(
    shape: Option<&EventShape>,
    name: &str,
    text: &str,
) -> Result<Option<String>, &'static str> {
    let Some(declared) = shape.and_then(|shape| shape.data.get(name)) else {
        return Ok(Some(text.to_owned()));
    };
    match (text.trim().is_empty(), declared.optional) {
        (true, true) => return Ok(None),
        (true, false) => return Err(declared.kind.wanted()),
        (false, _) => {}
    }
    declared.kind.canonical(text).map(Some).ok_or(declared.kind.wanted())
}
