//! Who is meant: the `contacts[]` of a value, matched to an element by id, never by place.

use super::wire::{self, Field};
use crate::limits;
use crate::model::{Alias, Profile};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One element of `contacts[]`.
#[derive(Deserialize)]
pub struct Person<'a> {
    #[serde(borrow)]
    wa_id: Field<'a>,
    #[serde(borrow)]
    user_id: Field<'a>,
    #[serde(borrow)]
    parent_user_id: Field<'a>,
    #[serde(borrow)]
    profile: Field<'a>,
}

#[derive(Deserialize)]
struct WireProfile<'a> {
    #[serde(borrow)]
    name: Field<'a>,
    #[serde(borrow)]
    username: Field<'a>,
}

impl<'a> Person<'a> {
    /// The person; `None` for an element that is no object.
    pub fn read(raw: &'a RawValue) -> Option<Person<'a>> {
        serde_json::from_str(raw.get()).ok()
    }

    /// Every name this object states: the address first, the parent's id last.
    fn aliases(&self) -> impl Iterator<Item = Alias> {
        [wire::any_alias(self.wa_id), wire::bsuid(self.user_id), wire::bsuid(self.parent_user_id)]
            .into_iter()
            .flatten()
    }

    fn profile(&self) -> Profile {
        let profile: Option<WireProfile<'_>> = wire::object(self.profile);
        let short = |field| {
            wire::text(field)
                .map(|text| wire::cut(&text, limits::PROFILE_NAME_BYTES_MAX).to_owned())
        };
        profile.map_or_else(Profile::default, |profile| Profile {
            name: short(profile.name),
            username: short(profile.username),
        })
    }
}

/// The names an element states, joined with those of the contacts that share one with it and
/// contradict none; and what the first of these says of the person.
pub fn identify(stated: Vec<Alias>, people: &[Person<'_>]) -> (Vec<Alias>, Profile) {
    let mut aliases = unique(stated);
    let mut profile = None;
    for person in people {
        let theirs: Vec<Alias> = person.aliases().collect();
        if theirs.iter().any(|alias| aliases.contains(alias)) && !contradict(&aliases, &theirs) {
            profile = profile.or_else(|| Some(person.profile()));
            aliases.extend(theirs);
            aliases = unique(aliases);
        }
    }
    (aliases, profile.unwrap_or_default())
}

/// Two different phone addresses are never joined by way of a contact: that takes one object that
/// states both.
fn contradict(ours: &[Alias], theirs: &[Alias]) -> bool {
    let address =
        |aliases: &[Alias]| aliases.iter().find(|alias| matches!(alias, Alias::WaId(_))).cloned();
    match (address(ours), address(theirs)) {
        (Some(_), Some(other)) => !ours.contains(&other),
        _ => false,
    }
}

fn unique(aliases: Vec<Alias>) -> Vec<Alias> {
    let mut kept: Vec<Alias> = Vec::with_capacity(aliases.len());
    for alias in aliases {
        if !kept.contains(&alias) {
            kept.push(alias);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identified(stated: &[&str], contacts: &str) -> (Vec<String>, Option<String>) {
        let raws: Vec<Box<RawValue>> = serde_json::from_str(contacts).unwrap();
        let people: Vec<Person<'_>> = raws.iter().filter_map(|raw| Person::read(raw)).collect();
        let stated = stated.iter().map(|name| wire::alias(name)).collect();
        let (aliases, profile) = identify(stated, &people);
        (aliases.iter().map(ToString::to_string).collect(), profile.name)
    }

    #[test]
    fn contacts_are_matched_by_any_id_not_by_place() {
        let two = r#"[{"profile":{"name":"Bo"},"wa_id":"2","user_id":"PT.2"},
                      {"profile":{"name":"Ana"},"wa_id":"1","user_id":"PT.1"}]"#;
        let ana = Some("Ana".to_owned());
        assert_eq!(
            identified(&["1"], two),
            (vec!["wa:1".into(), "bsuid:PT.1".into()], ana.clone())
        );
        assert_eq!(identified(&["PT.1"], two), (vec!["bsuid:PT.1".into(), "wa:1".into()], ana));
        assert_eq!(identified(&["3"], two), (vec!["wa:3".into()], None));
        assert_eq!(identified(&[], two), (vec![], None));
    }

    #[test]
    fn a_contact_that_contradicts_joins_nobody() {
        let other = r#"[{"profile":{"name":"Bo"},"wa_id":"2","user_id":"PT.1"}]"#;
        let (aliases, name) = identified(&["1", "PT.1"], other);
        assert_eq!(aliases, ["wa:1", "bsuid:PT.1"]);
        assert_eq!(name, None);
    }

    #[test]
    fn oddities_of_contacts_are_read() {
        let odd = r#"[17, {"wa_id":351910000001,"profile":"x"}, {"wa_id":"PT.9","user_id":"PT.9",
                      "parent_user_id":"PT.ENT.1","profile":{"name":null,"username":"@ana"}}]"#;
        assert_eq!(identified(&["351910000001"], odd).0, ["wa:351910000001"]);
        assert_eq!(identified(&["PT.9"], odd).0, ["bsuid:PT.9", "bsuid:PT.ENT.1"]);
    }
}
