//! Whom a call is about: one name of a person, and what the caller says of them.

use super::Form;
use crate::limits;
use crate::model::{Alias, ContactId, NumberId, Profile, Stated, Subject};
use crate::rules::Ruleset;
use crate::server::app::App;
use crate::server::problem::Problem;
use crate::store::Resolved;
use crate::text::{language, take};
use jiff::tz::TimeZoneDatabase;

/// The names a caller may give; one of them.
const NAMES: [&str; 4] = ["id", "bsuid", "wa_id", "phone"];

/// The keys of `contact`.
const KEYS: [&str; 7] = ["id", "bsuid", "wa_id", "phone", "name", "language", "zone"];

/// A person as a caller names them.
pub(super) enum Named {
    /// By usher's own id.
    Id(ContactId),
    /// By any of these names, which are one and the same; the first is that of somebody new.
    Known(Vec<Alias>),
}

/// Reads `contact`.
pub(super) fn read(form: &mut Form, rules: &Ruleset) -> Option<(Named, Stated)> {
    if !form.map.contains_key("contact") {
        form.wrong("`contact` is missing: `{ \"phone\": \"+82 10 0000 0001\" }`");
        return None;
    }
    let mut contact = form.inner("contact", &KEYS)?;
    let named = named(&mut contact, rules);
    let stated = stated(&mut contact);
    form.join(contact, "contact");
    Some((named?, stated))
}

fn named(form: &mut Form, rules: &Ruleset) -> Option<Named> {
    let given: Vec<&str> = NAMES.into_iter().filter(|name| form.map.contains_key(*name)).collect();
    let [name] = given.as_slice() else {
        form.wrong(match given.len() {
            0 => "no address: give one of `id`, `bsuid`, `wa_id`, `phone`",
            _ => "one of `id`, `bsuid`, `wa_id`, `phone` is enough: whether two are one person only WhatsApp knows",
        });
        return None;
    };
    let text = form.needed(name, limits::ALIAS_BYTES_MAX)?;
    let text = text.trim();
    match *name {
        "id" => match text.parse() {
            Ok(id) => Some(Named::Id(id)),
            Err(_) => {
                form.wrong("`id` is no id of a contact");
                None
            }
        },
        "bsuid" if is_bsuid(text) => Some(Named::Known(vec![Alias::Bsuid(text.to_owned())])),
        "wa_id" if is_wa_id(text) => Some(Named::Known(by_digits(text))),
        "phone" => {
            let taken = take::phone(text, rules.settings.default_region.as_deref());
            let whole = taken.filter(|taken| taken.span == (0..text.len()));
            if whole.is_none() {
                form.wrong(
                    "`phone` is no phone number with its country code, such as `+82 10 1234 5678`",
                );
            }
            whole.map(|taken| Named::Known(by_digits(&taken.value)))
        }
        "bsuid" => {
            form.wrong("`bsuid` is none: a country, a dot and an id, such as `KR.1234567890`");
            None
        }
        _ => {
            form.wrong("`wa_id` is none: the digits of a phone number with its country code");
            None
        }
    }
}

/// Somebody new by the name in a path: WhatsApp's id, or a BSUID.
pub(super) fn by_name(text: &str) -> Option<Vec<Alias>> {
    if is_bsuid(text) {
        return Some(vec![Alias::Bsuid(text.to_owned())]);
    }
    let mut names = Some(text).filter(|text| is_wa_id(text)).map(by_digits)?;
    names.truncate(1);
    Some(names)
}

/// A country of two letters, a dot, and letters and digits (also `CC.ENT.…`): as WhatsApp writes it.
fn is_bsuid(text: &str) -> bool {
    text.split_once('.').is_some_and(|(country, id)| {
        country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && id.bytes().any(|byte| byte.is_ascii_alphanumeric())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    })
}

/// The digits of a phone number with its country code (E.164 has at most 15), a `+` before them or
/// not.
fn is_wa_id(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (6..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}

/// WhatsApp's id of a phone number is its digits: the two names are looked up as one.
fn by_digits(text: &str) -> Vec<Alias> {
    let id = text.trim_start_matches('+');
    let mut names = vec![Alias::WaId(id.to_owned())];
    if id.bytes().all(|byte| byte.is_ascii_digit()) {
        names.push(Alias::Phone(format!("+{id}")));
    }
    names
}

/// `name`, `language`, `zone`.
pub(super) fn stated(form: &mut Form) -> Stated {
    let name = form.text("name", limits::PROFILE_NAME_BYTES_MAX);
    let language = form.text("language", limits::ALIAS_BYTES_MAX).and_then(|tag| {
        let canonical = language::canonical(&tag);
        if canonical.is_none() {
            form.wrong("`language` is no language such as `en`, `ko`, `zh-TW`");
        }
        canonical
    });
    let zone = form.text("zone", limits::ALIAS_BYTES_MAX).filter(|zone| {
        let known = TimeZoneDatabase::bundled().get(zone).is_ok();
        if !known {
            form.wrong("`zone` is no time zone such as `Asia/Seoul`");
        }
        known
    });
    Stated { name, language, zone }
}

/// `number`, by name or id; without it `otherwise`, or the first.
pub(super) fn number(form: &mut Form, rules: &Ruleset, otherwise: Option<NumberId>) -> NumberId {
    let numbers = rules.settings.numbers.as_deref().unwrap_or_default();
    let first = || numbers.first().map_or_else(|| NumberId::from("0"), |(id, _)| id.clone());
    let Some(given) = form.text("number", limits::ALIAS_BYTES_MAX) else {
        return otherwise.unwrap_or_else(first);
    };
    let known = numbers.iter().find(|(id, name)| id.as_str() == given || *name == given);
    if known.is_none() {
        let help = crate::rules::suggest::help(
            &given,
            numbers.iter().map(|(_, name)| name.as_str()),
            "our numbers",
        );
        form.wrong(format!("`number` is none of ours: {help}"));
    }
    known.map_or_else(first, |(id, _)| id.clone())
}

/// The subject of the event. Only one name is looked up at a time: a caller never makes two
/// contacts one.
pub(super) async fn subject(app: &App, named: Named, number: NumberId) -> Result<Subject, Problem> {
    let store = app.turn.store();
    match named {
        Named::Id(id) => match store.state(id, &number).await? {
            Some(state) => Ok(Subject::Contact { id: state.contact.id, number }),
            None => Err(Problem::wrong(vec!["contact: no contact has this `id`".to_owned()])),
        },
        Named::Known(names) => {
            for name in &names {
                if let Resolved::Known(state) =
                    store.resolve(std::slice::from_ref(name), &number).await?
                {
                    return Ok(Subject::Contact { id: state.contact.id, number });
                }
            }
            let aliases = names.into_iter().take(1).collect();
            Ok(Subject::Person { aliases, number, profile: Profile::default() })
        }
    }
}
