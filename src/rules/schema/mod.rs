//! The JSON Schema of a rule file, for editors: which keys there are, what each takes, what it
//! means.
//!
//! Lives here: one line of meaning and the kind of value for every key of every table in
//! [`super::draft::shapes`]; a test holds that neither has a key the other lacks. What a value means
//! (that a rule exists, that a regex can be read) is `check`'s business, not the schema's.

pub mod consenting;
pub mod events;
pub mod forms;
pub mod handing;
pub mod hours;
pub mod kind;
pub mod lookups;
pub mod says;
pub mod stories;
pub mod syncing;
pub mod tables;

pub use kind::{Key, Kind, Table};

use kind::{object, with};
use serde_json::{Value, json};

/// The schema of one rule file.
#[must_use]
pub fn schema() -> Value {
    document("usher rules", "A rule file of usher", tables::FILE, &[])
}

/// A whole document: its title, what it is, its keys, and those it cannot do without.
#[must_use]
pub fn document(title: &str, meaning: &str, keys: &[Key], needed: &[&str]) -> Value {
    let about = [
        ("$schema", "http://json-schema.org/draft-07/schema#"),
        ("title", title),
        ("description", meaning),
    ];
    let schema = object(keys, needed);
    about.into_iter().fold(schema, |schema, (name, text)| with(schema, name, json!(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::draft::shapes;
    use std::collections::{BTreeMap, BTreeSet};

    /// Every table that can be reached from `kind`, by its header.
    fn reach(kind: &Kind, found: &mut BTreeMap<&'static str, BTreeSet<&'static str>>) {
        match kind {
            Kind::Either(kinds) => kinds.iter().for_each(|kind| reach(kind, found)),
            Kind::List(kind, ..) | Kind::Map(kind) => reach(kind, found),
            Kind::Table(table) => {
                let keys: BTreeSet<&str> = table.keys().map(|key| key.name).collect();
                assert_eq!(keys.len(), table.keys().count(), "{}: a key twice", table.header);
                for needed in table.needed {
                    assert!(keys.contains(needed), "{}: `{needed}` is no key", table.header);
                }
                let known = found.insert(table.header, keys.clone());
                assert!(known.is_none_or(|known| known == keys), "two are `{}`", table.header);
                table.keys().for_each(|key| reach(&key.kind, found));
            }
            _ => {}
        }
    }

    #[test]
    fn every_key_of_every_shape_has_an_entry_and_the_reverse() {
        let mut described = BTreeMap::new();
        tables::FILE.iter().for_each(|key| reach(&key.kind, &mut described));
        let shapes: BTreeMap<&str, BTreeSet<&str>> = shapes::ALL
            .iter()
            .map(|shape| (shape.header, shape.keys.iter().copied().collect()))
            .collect();
        assert_eq!(shapes.len(), shapes::ALL.len(), "two shapes have one header");
        assert_eq!(described, shapes);
    }

    #[test]
    fn every_table_of_a_file_has_an_entry_and_the_reverse() {
        let described: BTreeMap<&str, bool> =
            tables::FILE.iter().map(|key| (key.name, matches!(key.kind, Kind::List(..)))).collect();
        assert_eq!(described, shapes::TABLES.iter().copied().collect());
    }

    #[test]
    fn meanings_are_one_line() {
        fn walk(schema: &Value, seen: &mut usize) {
            if let Some(meaning) = schema.get("description").and_then(Value::as_str) {
                *seen += 1;
                assert!(!meaning.is_empty() && !meaning.contains('\n'), "{meaning}");
                assert!(meaning.len() <= 160 && !meaning.ends_with('.'), "{meaning}");
            }
            match schema {
                Value::Object(map) => map.values().for_each(|value| walk(value, seen)),
                Value::Array(list) => list.iter().for_each(|value| walk(value, seen)),
                _ => {}
            }
        }
        let mut seen = 0;
        walk(&schema(), &mut seen);
        assert!(seen > 40, "{seen}");
    }
}
