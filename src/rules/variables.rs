//! Every name a condition, a script or a text may read: one table, from which scripts and texts are
//! checked and the reference is made.
//!
//! What a name gives for one event is read in [`super::scope`]; nothing here knows an event.

use super::lookup;
use super::notify::ValueKind;
use super::ruleset::FieldKind;
use super::suggest::nearest;
use std::collections::{BTreeMap, BTreeSet};

/// What the rule files declare beside this table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// `[fields]`.
    pub fields: BTreeMap<String, FieldKind>,
    /// `[hours.X]`.
    pub hours: BTreeSet<String>,
    /// Values that some `[[lookup]]` gives.
    pub looked_up: BTreeSet<String>,
    /// Values of `[event]`: a name has one type in all of them.
    pub events: BTreeMap<String, ValueKind>,
}

/// What a name gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// True or false; `yes` or `no` where it is written into a text.
    YesNo,
    /// Several texts.
    List,
}

impl Kind {
    /// The kind in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Number => "a number",
            Kind::YesNo => "yes or no",
            Kind::List => "a list",
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// As written; `*` stands for a declared name.
    pub path: &'static str,
    /// What it gives.
    pub kind: Kind,
    /// What it means.
    pub meaning: &'static str,
    /// When it is absent; empty where it never is. An absent value is `()` in scripts and undefined
    /// in texts.
    pub absent: &'static str,
}

/// The table.
pub const VARIABLES: &[Variable] = &[
    row("contact.name", Kind::Text, "profile name", "WhatsApp gave none"),
    row("contact.username", Kind::Text, "WhatsApp user name", "WhatsApp gave none"),
    row("contact.phone", Kind::Text, "phone number, `+` and digits", "it is not known"),
    row("contact.language", Kind::Text, "the language spoken with them: `ko`, `zh-Hant`", ""),
    row("contact.tags", Kind::List, "their tags", ""),
    row("contact.messages", Kind::Number, "messages of theirs so far, this one included", ""),
    row("contact.consent", Kind::Text, "the consent tier; after a stop the one below", ""),
    row("contact.fields.*", Kind::Text, "a declared field, in its own type", "it is not set"),
    row("conversation.number", Kind::Text, "our number, by its id", ""),
    row("conversation.question", Kind::Text, "the rule whose question is open", "none is open"),
    row("session.number", Kind::Number, "1, 2, 3… within the conversation", "there is no session"),
    row(
        "session.turns",
        Kind::Number,
        "customer messages in this session, this one included",
        "there is no session",
    ),
    row(
        "session.misses",
        Kind::Number,
        "messages in a row that no rule answered",
        "there is no session",
    ),
    row("message.text", Kind::Text, "body, caption, or title of a tap", "it has no text"),
    row("message.kind", Kind::Text, "`text`, `image`, `voice`, …", "the event is no message"),
    row(
        "message.payload",
        Kind::Text,
        "the id of what was tapped, or chosen from a menu by typing",
        "nothing was",
    ),
    row("message.from_ad", Kind::YesNo, "came from an ad", "the event is no message"),
    row("match.entry", Kind::Text, "the entry that was found, as written", "none was"),
    row(
        "match.*",
        Kind::Text,
        "a value of `take`, or a named group of `regex`",
        "it was not found",
    ),
    row("lookup.missing", Kind::YesNo, "the system that was asked knows of no such thing", ""),
    row("lookup.failed", Kind::YesNo, "no answer came in time, or none that could be used", ""),
    row(
        "lookup.*",
        Kind::Text,
        "a value of the rule's `lookup`",
        "the answer has none, or there is no answer",
    ),
    row(
        "event.*",
        Kind::Text,
        "a value of the event, in its own type",
        "the event did not bring it",
    ),
    row(
        "form.*",
        Kind::Text,
        "an answer of the form this belongs to, by the name or field of its ask",
        "it was not answered yet",
    ),
    row("hours.*.open", Kind::YesNo, "open now", ""),
    row("hours.*.text", Kind::Text, "the week in words", "it never opens"),
    row("hours.*.opens", Kind::Text, "the next opening in words", "it does not open again"),
    row("hours.*.why", Kind::Text, "why it is closed today", "no reason is given"),
    row("hours.*.date", Kind::Text, "today there: `2026-03-01`", ""),
    row("hours.*.time", Kind::Text, "the time there: `23:10`", ""),
    row("hours.*.weekday", Kind::Text, "the day there: `mon` … `sun`", ""),
    row("now", Kind::Text, "the time of the event, UTC: `2026-03-01T14:10:00Z`", ""),
];

const fn row(
    path: &'static str,
    kind: Kind,
    meaning: &'static str,
    absent: &'static str,
) -> Variable {
    Variable { path, kind, meaning, absent }
}

/// What a path of names is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// A value, named by the first `used` parts of the path.
    Value {
        /// What it gives.
        kind: Kind,
        /// Parts of the path that name it; what follows is asked of the value itself.
        used: usize,
    },
    /// A name for several values, such as `contact`.
    Group,
}

/// Stands among the names of what is said without a message: a follow-up, a notice. `message` and
/// what is in it are unknown there.
pub const NOBODY_WROTE: &str = "message.";

/// A name nobody declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Which part of the path.
    pub part: usize,
    /// What is wrong.
    pub message: String,
    /// What to type.
    pub help: Option<String>,
}

impl Names {
    /// Finds out what a path (`["contact", "fields", "size"]`) is. `matched` are the names this rule
    /// takes from the message.
    ///
    /// # Errors
    /// The first part that nothing declares.
    pub fn resolve(&self, path: &[&str], matched: &[String]) -> Result<Resolved, Unknown> {
        if path.first() == Some(&"lookup") && lookup::of_lookup(matched).next().is_none() {
            let message = "this rule looks nothing up".to_owned();
            let help = Some("write `lookup = \"…\"` beside it".to_owned());
            return Err(Unknown { part: 0, message, help });
        }
        if path.first() == Some(&"message") && matched.iter().any(|name| name == NOBODY_WROTE) {
            let message = "nobody wrote a message when this is said".to_owned();
            let help = "take it out: a notice reads `event.…`, a follow-up the `match.…` of its \
                        rule, both what `set` keeps";
            return Err(Unknown { part: 0, message, help: Some(help.to_owned()) });
        }
        for (at, part) in path.iter().enumerate() {
            let before = path.get(..at).unwrap_or_default();
            let names = self.names_after(before, matched);
            if !names.iter().any(|name| name == part) {
                return Err(unknown(before, part, &names));
            }
            let named = path.get(..=at).unwrap_or_default();
            if let Some(kind) = self.kind(named) {
                return Ok(Resolved::Value { kind, used: named.len() });
            }
        }
        Ok(Resolved::Group)
    }

    /// The values of all events, as those of one are told to what it is said by.
    pub(crate) fn of_events(&self) -> Vec<String> {
        self.events.keys().map(|name| format!("event.{name}")).collect()
    }

    fn names_after(&self, before: &[&str], matched: &[String]) -> Vec<String> {
        let mut names = BTreeSet::new();
        for variable in VARIABLES {
            let mut parts = variable.path.split('.');
            let fits =
                before.iter().all(|name| parts.next().is_some_and(|p| p == *name || p == "*"));
            match parts.next() {
                Some("*") if fits => names.extend(self.declared_after(before, matched)),
                Some(name) if fits => drop(names.insert(name.to_owned())),
                _ => {}
            }
        }
        names.into_iter().collect()
    }

    fn declared_after(&self, before: &[&str], matched: &[String]) -> Vec<String> {
        match before {
            ["match"] => matched.iter().filter(|name| !name.contains('.')).cloned().collect(),
            ["lookup"] => lookup::of_lookup(matched).map(str::to_owned).collect(),
            [group @ ("event" | "form")] => {
                let ours = matched.iter().filter_map(|n| n.strip_prefix(group)?.strip_prefix('.'));
                ours.map(str::to_owned).collect()
            }
            ["hours"] => self.hours.iter().cloned().collect(),
            _ => self.fields.keys().cloned().collect(),
        }
    }

    fn kind(&self, path: &[&str]) -> Option<Kind> {
        if let ["contact", "fields", field] = path {
            return self.fields.get(*field).map(|kind| match kind {
                FieldKind::Number => Kind::Number,
                FieldKind::YesNo => Kind::YesNo,
                FieldKind::Text | FieldKind::Date | FieldKind::Choice(_) => Kind::Text,
            });
        }
        if let ["event", name] = path {
            return Some(match self.events.get(*name) {
                Some(ValueKind::Number) => Kind::Number,
                Some(ValueKind::YesNo) => Kind::YesNo,
                _ => Kind::Text,
            });
        }
        VARIABLES.iter().find(|variable| fits(variable.path, path)).map(|variable| variable.kind)
    }
}

fn fits(pattern: &str, path: &[&str]) -> bool {
    pattern.split('.').count() == path.len()
        && pattern.split('.').zip(path).all(|(part, name)| part == "*" || part == *name)
}

/// Names of properties in the table, the declared ones not included.
pub(crate) fn property_names() -> BTreeSet<&'static str> {
    let parts = VARIABLES.iter().flat_map(|variable| variable.path.split('.').skip(1));
    parts.filter(|part| *part != "*").chain(["fields"]).collect()
}

fn unknown(before: &[&str], part: &str, names: &[String]) -> Unknown {
    let message = match before {
        [] => format!("there is no `{part}`"),
        ["contact", "fields"] => format!("no field `{part}` is declared"),
        ["hours"] => format!("no hours `{part}` are declared"),
        ["lookup"] => format!("the lookup of this rule gives no `{part}`"),
        ["event"] => format!("the event brings no `{part}`"),
        ["form"] => format!("this belongs to no form with an ask `{part}`"),
        ["match"] => format!("this rule takes no `{part}` from the message"),
        _ => format!("`{}` has no `{part}`", before.join(".")),
    };
    Unknown { part: before.len(), message, help: Some(help(before, part, names)) }
}

fn help(before: &[&str], part: &str, names: &[String]) -> String {
    if let Some(near) = nearest(part, names.iter().map(String::as_str)) {
        return format!("did you mean `{near}`?");
    }
    match before {
        ["contact", "fields"] => format!("declare it: `[fields]` `{part} = {{ type = \"text\" }}`"),
        ["hours"] => format!("declare it: `[hours.{part}]`"),
        ["lookup"] => format!("name it in its `gives`: `{part} = \"text\"`"),
        ["event"] => {
            format!(
                "add it to the `data` of the event; only a `[[notify]]` knows any: `{part} = \"text\"`"
            )
        }
        ["form"] => format!(
            "write a `[[form.ask]]` with `name = \"{part}\"`; only the form itself names it"
        ),
        ["match"] => format!("name it in `take`, or as a group in `regex`: `(?<{part}>…)`"),
        _ => {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("there is {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            fields: BTreeMap::from([
                ("size".to_owned(), FieldKind::Text),
                ("age".to_owned(), FieldKind::Number),
            ]),
            hours: BTreeSet::from(["office".to_owned()]),
            looked_up: BTreeSet::new(),
            events: BTreeMap::from([("total".to_owned(), ValueKind::Number)]),
        }
    }

    #[test]
    fn declared_names_resolve() {
        let matched = ["order_no".to_owned()];
        for (path, expected) in [
            ("contact", Resolved::Group),
            ("contact.fields", Resolved::Group),
            ("hours.office", Resolved::Group),
            ("now", Resolved::Value { kind: Kind::Text, used: 1 }),
            ("contact.name", Resolved::Value { kind: Kind::Text, used: 2 }),
            ("contact.name.len", Resolved::Value { kind: Kind::Text, used: 2 }),
            ("contact.fields.age", Resolved::Value { kind: Kind::Number, used: 3 }),
            ("match.order_no", Resolved::Value { kind: Kind::Text, used: 2 }),
            ("match.entry", Resolved::Value { kind: Kind::Text, used: 2 }),
            ("hours.office.open", Resolved::Value { kind: Kind::YesNo, used: 3 }),
        ] {
            let parts: Vec<_> = path.split('.').collect();
            assert_eq!(names().resolve(&parts, &matched), Ok(expected), "{path}");
        }
    }

    #[test]
    fn undeclared_names_are_told_apart_with_the_name_that_was_meant() {
        for (path, part, message, help) in [
            ("contct.name", 0, "there is no `contct`", "did you mean `contact`?"),
            ("contact.nmae", 1, "`contact` has no `nmae`", "did you mean `name`?"),
            ("contact.fields.sise", 2, "no field `sise` is declared", "did you mean `size`?"),
            (
                "match.x",
                1,
                "this rule takes no `x` from the message",
                "name it in `take`, or as a group in `regex`: `(?<x>…)`",
            ),
            ("hours.shop.text", 1, "no hours `shop` are declared", "declare it: `[hours.shop]`"),
            ("session.zzz", 1, "`session` has no `zzz`", "there is `misses`, `number`, `turns`"),
        ] {
            let parts: Vec<_> = path.split('.').collect();
            let unknown = names().resolve(&parts, &[]).unwrap_err();
            assert_eq!((unknown.part, unknown.message.as_str()), (part, message), "{path}");
            assert_eq!(unknown.help.as_deref(), Some(help), "{path}");
        }
    }
}
