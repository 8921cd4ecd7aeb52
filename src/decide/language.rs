//! Which language to speak (DESIGN 4.1): stored, else by script, else what was heard, else the
//! default. The statistical detector comes later and will stand before the default.

use super::Decision;
use crate::model::{Alias, Change, Contact, Message, State};
use crate::rules::Ruleset;
use crate::text;

/// Words of a spaced script from which on a message counts as a sentence of its own language, so
/// that what was heard before says nothing about it: `ok` and `thanks` follow the conversation.
const SENTENCE_WORDS: usize = 3;

/// What is spoken where nothing at all is known.
const LAST_RESORT: &str = "en";

/// The language to speak, canonical. A language given away by the script is remembered.
pub(super) fn choose(
    decision: &mut Decision,
    rules: &Ruleset,
    state: &State,
    message: &Message,
) -> String {
    let contact = &state.contact;
    let text = message.text.as_deref().unwrap_or_default();
    let by_script = text::language_by_script(text, country_hint(contact));
    if let Some(heard) = by_script.filter(|heard| contact.heard.as_deref() != Some(heard)) {
        decision.changes.push(Change::Heard(heard.to_owned()));
    }
    let default = rules.language.default.as_deref().unwrap_or(LAST_RESORT);
    let heard = contact.heard.as_deref().filter(|_| spaced_words(text) < SENTENCE_WORDS);
    let (language, how) = match (contact.language.as_deref(), by_script, heard) {
        (Some(stored), _, _) => (stored, "stored"),
        (None, Some(script), _) => (script, "script"),
        (None, None, Some(heard)) => (heard, "heard before"),
        (None, None, None) => (default, "default"),
    };
    decision.trace.language = Some((language.to_owned(), how.to_owned()));
    language.to_owned()
}

/// The language to speak where nobody wrote: stored, else what was heard, else the default.
pub(super) fn known(decision: &mut Decision, rules: &Ruleset, state: &State) -> String {
    let contact = &state.contact;
    let default = rules.language.default.as_deref().unwrap_or(LAST_RESORT);
    let (language, how) = match (contact.language.as_deref(), contact.heard.as_deref()) {
        (Some(stored), _) => (stored, "stored"),
        (None, Some(heard)) => (heard, "heard before"),
        (None, None) => (default, "default"),
    };
    decision.trace.language = Some((language.to_owned(), how.to_owned()));
    language.to_owned()
}

fn spaced_words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count()
}

/// `CN` and `SG` numbers write Han in the simplified way.
fn country_hint(contact: &Contact) -> Option<&'static str> {
    contact.aliases.iter().find_map(|alias| match alias {
        Alias::WaId(id) if id.starts_with("86") => Some("CN"),
        Alias::WaId(id) if id.starts_with("65") => Some("SG"),
        Alias::Bsuid(id) if id.starts_with("CN.") => Some("CN"),
        Alias::Bsuid(id) if id.starts_with("SG.") => Some("SG"),
        _ => None,
    })
}
