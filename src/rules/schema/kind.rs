//! What a key takes, as data; and how JSON Schema says it.
//!
//! Only what draft 4 and draft 7 share is used, and no `$ref`: editors such as Taplo know no more,
//! and ignore a description beside a `$ref`.

use serde_json::{Map, Value, json};

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A text.
    Text,
    /// A text of this form: a regex that the whole text fits.
    Form(&'static str),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Integer,
    /// A whole number between two, both included.
    Whole(i64, i64),
    /// Any number.
    Number,
    /// A number between two, both included.
    Between(f64, f64),
    /// `true` or `false`.
    YesNo,
    /// A text, or one by language.
    Place,
    /// One of these kinds.
    Either(&'static [Kind]),
    /// A list of so many at least and at most.
    List(&'static Kind, usize, usize),
    /// A table whose names are free.
    Map(&'static Kind),
    /// A table with keys of its own.
    Table(&'static Table),
}

/// A table: what it is, its keys, and those it cannot do without.
#[derive(Debug, PartialEq)]
pub struct Table {
    /// As a person writes its header: `[[reply]]`.
    pub header: &'static str,
    /// One line.
    pub meaning: &'static str,
    /// Its keys, group by group: several tables share a group.
    pub groups: &'static [&'static [Key]],
    /// Keys it cannot do without.
    pub needed: &'static [&'static str],
}

/// A key of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// One line for people: what an editor shows beside the key.
    pub meaning: &'static str,
}

/// A key.
#[must_use]
pub const fn key(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { name, kind, meaning }
}

/// A text, or a list of at least one.
pub const TEXTS: Kind = Kind::Either(&[Kind::Text, Kind::List(&Kind::Text, 1, MANY)]);

/// A text, or a number or truth that counts as one.
pub const PLAIN: Kind = Kind::Either(&[Kind::Text, Kind::Number, Kind::YesNo]);

/// No bound of its own.
pub const MANY: usize = usize::MAX;

/// Languages an editor offers; any other that looks like one is taken as well.
const LANGUAGES: [&str; 6] = ["en", "ko", "zh-TW", "zh-CN", "ja", "es"];

impl Kind {
    /// The schema of a value of this kind.
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Kind::Text => json!({ "type": "string" }),
            Kind::Form(form) => json!({ "type": "string", "pattern": format!("^(?:{form})$") }),
            Kind::OneOf(words) => json!({ "type": "string", "enum": words }),
            Kind::Whole(least, most) => {
                json!({ "type": "integer", "minimum": least, "maximum": most })
            }
            Kind::Integer => json!({ "type": "integer" }),
            Kind::Number => json!({ "type": "number" }),
            Kind::Between(least, most) => {
                json!({ "type": "number", "minimum": least, "maximum": most })
            }
            Kind::YesNo => json!({ "type": "boolean" }),
            Kind::Place => either(vec![Kind::Text.schema(), by_language()]),
            Kind::Either(kinds) => either(kinds.iter().map(Kind::schema).collect()),
            Kind::List(kind, least, most) => list(kind, *least, *most),
            Kind::Map(kind) => {
                json!({ "type": "object", "additionalProperties": kind.schema() })
            }
            Kind::Table(table) => table.schema(),
        }
    }
}

/// One schema of several types where it says the same as a choice of schemas: editors then offer the
/// key once, and show its description.
fn either(schemas: Vec<Value>) -> Value {
    let mut types: Vec<Value> = Vec::new();
    let mut merged = Map::new();
    for (name, value) in schemas.iter().filter_map(Value::as_object).flatten() {
        let told = match (name.as_str(), value) {
            ("type", Value::Array(several)) => several.clone(),
            ("type", one) => vec![one.clone()],
            ("description", _) => continue,
            // These speak of every type, so they cannot stand beside another one.
            ("enum" | "anyOf", _) => return json!({ "anyOf": schemas }),
            _ if merged.insert(name.clone(), value.clone()).is_none() => continue,
            _ => return json!({ "anyOf": schemas }),
        };
        if told.iter().any(|one| types.contains(one)) {
            return json!({ "anyOf": schemas });
        }
        types.extend(told);
    }
    with(Value::Object(merged), "type", Value::Array(types))
}

fn list(kind: &Kind, least: usize, most: usize) -> Value {
    let bounds = [("minItems", least), ("maxItems", most)];
    let bounds = bounds.into_iter().filter(|(_, bound)| *bound != 0 && *bound != MANY);
    let schema = json!({ "type": "array", "items": kind.schema() });
    bounds.fold(schema, |schema, (name, bound)| with(schema, name, json!(bound)))
}

fn by_language() -> Value {
    let known: Map<String, Value> = LANGUAGES
        .iter()
        .map(|language| ((*language).to_owned(), json!({ "type": "string" })))
        .collect();
    json!({
        "type": "object",
        "properties": known,
        "patternProperties": { "^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$": { "type": "string" } },
        "additionalProperties": false,
        "minProperties": 1,
    })
}

impl Table {
    /// The schema of such a table.
    #[must_use]
    pub fn schema(&self) -> Value {
        with(object(self.keys(), self.needed), "description", json!(self.meaning))
    }

    /// Its keys.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.groups.iter().copied().flatten()
    }
}

/// The schema of a table with these keys and no others.
#[must_use]
pub fn object<'k>(keys: impl IntoIterator<Item = &'k Key>, needed: &[&str]) -> Value {
    let properties: Map<String, Value> =
        keys.into_iter().map(|key| (key.name.to_owned(), described(key))).collect();
    let schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    // Draft 4 takes no empty list here.
    if needed.is_empty() { schema } else { with(schema, "required", json!(needed)) }
}

fn described(key: &Key) -> Value {
    let mut schema = with(key.kind.schema(), "description", json!(key.meaning));
    // An editor shows what stands beside the schema it chose.
    for choice in schema.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten() {
        *choice = with(choice.take(), "description", json!(key.meaning));
    }
    schema
}

/// The schema with one more key.
#[must_use]
pub fn with(mut schema: Value, name: &str, value: Value) -> Value {
    if let Some(keys) = schema.as_object_mut() {
        keys.insert(name.to_owned(), value);
    }
    schema
}
