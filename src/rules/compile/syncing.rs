//! `[sync.contacts]` and `[sync.conversations]`: checked in full, and told that nothing runs yet.
//!
//! Nothing of it goes into the rule set, for nothing reads it.

use super::bench::{Bench, place};
use super::names;
use crate::limits;
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::syncing::{ContactsDraft, ConversationsDraft, MappedDraft};
use crate::rules::duration;
use crate::rules::problems::At;
use crate::rules::suggest;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// What usher knows of every contact, beside the declared fields.
const OWN: [&str; 7] = ["phone", "bsuid", "name", "username", "language", "tags", "consent"];

/// By what a contact is found again in the CRM.
const IDENTITIES: [&str; 2] = ["phone", "bsuid"];

const DIRECTIONS: [&str; 3] = ["in", "out", "both"];
const CONFLICTS: [&str; 3] = ["newest", "crm", "usher"];

/// Checks every `[sync]`.
pub fn check(bench: &Bench<'_>) {
    let mut contacts: Option<(usize, &Range<usize>)> = None;
    let mut conversations: Option<(usize, &Range<usize>)> = None;
    for draft in &bench.draft.syncs {
        let checked = Table { bench, sheet: draft.sheet };
        if let Some(found) = &draft.contacts {
            match contacts {
                Some(first) => checked.twice("[sync.contacts]", &found.span, first),
                None => checked.contacts(found),
            }
            contacts.get_or_insert((draft.sheet, &found.span));
        }
        if let Some(found) = &draft.conversations {
            match conversations {
                Some(first) => checked.twice("[sync.conversations]", &found.span, first),
                None => checked.conversations(found),
            }
            conversations.get_or_insert((draft.sheet, &found.span));
        }
    }
}

/// A table of one sheet.
#[derive(Clone, Copy)]
struct Table<'b, 'a> {
    bench: &'b Bench<'a>,
    sheet: usize,
}

impl Table<'_, '_> {
    fn contacts(self, found: &At<ContactsDraft>) {
        let ContactsDraft { connector, every, full, direction, conflict, fields } = &found.value;
        self.connector(connector.as_ref());
        let often = self.span("every", every.as_ref(), limits::SYNC_EVERY);
        let whole = self.span("full", full.as_ref(), limits::SYNC_FULL);
        if let (Some(often), Some(whole), Some(full)) = (often, whole, full)
            && whole <= often
        {
            let message = "`full` is not longer than `every`: nothing would be left for `every`";
            let help =
                "`every` brings what has changed, `full` looks at all of it: make `full` longer";
            self.wrong(message, &full.span, "not longer than `every`", help);
        }
        let way = self.word("direction", direction.as_ref(), &DIRECTIONS);
        let _ = self.word("conflict", conflict.as_ref(), &CONFLICTS);
        if let (Some(way @ ("in" | "out")), Some(conflict)) = (way, conflict) {
            let message =
                format!("`conflict` with `direction = \"{way}\"`: there is none to settle");
            let help = "take it out, or write `direction = \"both\"`";
            self.wrong(message, &conflict.span, "only one side writes", help);
        }
        if let Some(fields) = fields {
            self.fields(fields, way);
        }
        let ways = match way {
            Some("in") => "from the CRM",
            Some("out") => "to the CRM",
            _ => "both ways",
        };
        let count = fields.as_ref().map_or(0, |fields| fields.value.len());
        let count = format!("{count} {}", if count == 1 { "field" } else { "fields" });
        let every = every.as_ref().map_or(limits::SYNC_EVERY.usual, |every| every.value.as_str());
        let plan = format!("every {every}, {ways}, {count}");
        self.later("[sync.contacts]", connector.as_ref(), &plan, &found.span);
    }

    fn conversations(self, found: &At<ConversationsDraft>) {
        let ConversationsDraft { connector, within } = &found.value;
        self.connector(connector.as_ref());
        self.span("within", within.as_ref(), limits::SYNC_WITHIN);
        let within = within.as_ref().map_or(limits::SYNC_WITHIN.usual, |it| it.value.as_str());
        let plan = format!("within {within}");
        self.later("[sync.conversations]", connector.as_ref(), &plan, &found.span);
    }

    /// What is not in `usher.toml` yet cannot be, for it takes no CRM before it runs a sync; what is
    /// there is something else.
    fn connector(self, connector: Option<&At<String>>) {
        let Some(connector) = connector else { return };
        let mut known = self.bench.settings.connectors.iter().flatten();
        let other = known.find(|(name, _)| *name == connector.value);
        if let Some((name, kind)) = other {
            let message = format!(
                "the connector `{name}` is of the kind `{kind}`: it is no CRM to sync with"
            );
            let help = "name another: this version declares no CRM in `usher.toml` yet";
            return self.wrong(message, &connector.span, "no CRM", help);
        }
        if names::is_id(&connector.value) {
            return;
        }
        let message = format!("`{}` is no name of a connector", connector.value);
        let help =
            "write the NAME of its `[connector.NAME]` in `usher.toml`: `connector = \"hubspot\"`";
        self.wrong(message, &connector.span, "not a name", help);
    }

    /// A duration between its bounds; the usual one where it is not given.
    fn span(self, key: &str, written: Option<&At<String>>, span: limits::Span) -> Option<Duration> {
        let Some(written) = written else { return duration::parse(span.usual).ok() };
        let read = self.bench.duration(self.sheet, written)?;
        if (span.least..=span.most).contains(&read) {
            return Some(read);
        }
        let (least, most) = (duration::in_words(span.least), duration::in_words(span.most));
        let message = format!("`{key}` is between {least} and {most}, not {}", written.value);
        let help = format!("write `{key} = \"{}\"`, as it is unless given", span.usual);
        self.wrong(message, &written.span, "out of range", &help);
        None
    }

    fn word<'w>(
        self,
        key: &str,
        written: Option<&At<String>>,
        known: &[&'w str],
    ) -> Option<&'w str> {
        let written = written?;
        let found = known.iter().find(|known| **known == written.value);
        if found.is_none() {
            let message = format!("`{key}` cannot be `{}`", written.value);
            let help = suggest::help(&written.value, known.iter().copied(), "the words");
            let code = &codes::UNKNOWN_VALUE;
            self.bench.report(code, message, self.sheet, &written.span, "no such word", help);
        }
        found.copied()
    }

    fn fields(self, fields: &At<Vec<MappedDraft>>, way: Option<&str>) {
        let mut mapped: BTreeMap<&str, &At<String>> = BTreeMap::new();
        for field in &fields.value {
            self.field(field, way);
            let Some(crm) = &field.crm else { continue };
            self.crm_name(crm);
            if let Some(other) = mapped.insert(&crm.value, &field.name) {
                let message = format!(
                    "`{}` and `{}` are one field of the CRM, `{}`",
                    other.value, field.name.value, crm.value
                );
                let help = "one would overwrite the other: keep one of the two";
                self.wrong(message, &crm.span, "taken already", help);
            }
        }
        if !fields.value.iter().any(|field| IDENTITIES.contains(&field.name.value.as_str())) {
            let message = "no field says who a contact is";
            let help =
                "add `phone = \"…\"`, or `bsuid = \"…\"`, with the field of the CRM that holds it";
            self.wrong(message, &fields.span, "neither `phone` nor `bsuid`", help);
        }
    }

    fn field(self, field: &MappedDraft, way: Option<&str>) {
        let (name, declared) = (field.name.value.as_str(), &self.bench.declared.fields);
        let is_own = OWN.contains(&name);
        let lost = self.bench.draft.lost.table("fields");
        if is_own && declared.contains_key(name) {
            let message =
                format!("`{name}` may be what usher knows of everybody, or the declared field");
            let help = "rename the field under `[fields]`";
            self.wrong(message, &field.name.span, "which one?", help);
        } else if !is_own && !declared.contains_key(name) && !lost {
            let known = OWN.into_iter().chain(declared.keys().map(String::as_str));
            let help = match suggest::nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it under `[fields]`: `{name} = {{ type = \"text\" }}`"),
            };
            let (code, message) = (&codes::UNKNOWN_FIELD, format!("there is no field `{name}`"));
            self.bench.report(code, message, self.sheet, &field.name.span, "not declared", help);
        }
        self.other_name(field);
        let own = self.word("sync", field.sync.as_ref(), &DIRECTIONS);
        if let (Some(way @ ("in" | "out")), Some(own), Some(written)) = (way, own, &field.sync)
            && way != own
        {
            let message = format!("`sync = \"{own}\"` of a table with `direction = \"{way}\"`");
            let help = "a field goes a part of the table's way: write `direction = \"both\"`, or drop `sync`";
            self.wrong(message, &written.span, "against the table's direction", help);
        }
    }

    /// `crm` under `[fields]` says it as well.
    fn other_name(self, field: &MappedDraft) {
        let declared = self.bench.declared.fields.get(&field.name.value);
        let declared = declared.and_then(|declared| declared.crm.as_deref());
        let (Some(there), Some(here)) = (declared, &field.crm) else { return };
        if there != here.value {
            let message = format!(
                "the field `{}` is `{there}` in the CRM, says `[fields]`",
                field.name.value
            );
            let help = format!("write `{there}` here, or change `crm` there");
            self.wrong(message, &here.span, "another name", &help);
        }
    }

    /// The name a CRM gives a field, not the label that people see.
    fn crm_name(self, crm: &At<String>) {
        let letter = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let name = crm.value.as_str();
        if !name.is_empty() && name.len() <= limits::NAME_BYTES_MAX && name.chars().all(letter) {
            return;
        }
        let message = format!("`{name}` is no name of a CRM's field");
        let help = "write its internal name, such as `firstname`, `Last_Name` or `WhatsApp_Id__c`; \
                    the label that people see is another one";
        self.wrong(message, &crm.span, "not a field's name", help);
    }

    fn later(self, table: &str, connector: Option<&At<String>>, plan: &str, span: &Range<usize>) {
        let with = connector.map_or_else(String::new, |one| format!(" with `{}`", one.value));
        let message = format!("nothing is synchronised yet: `{table}` is checked only");
        let help =
            format!("a later version runs it{with}, {plan}: until then leave it, or take it out");
        let code = &codes::SYNC_LATER;
        self.bench.report(code, message, self.sheet, span, "does not run yet", help);
    }

    fn twice(self, table: &str, span: &Range<usize>, first: (usize, &Range<usize>)) {
        let found = Diagnostic::new(&codes::DUPLICATE, format!("`{table}` is given twice"))
            .at(self.bench.place(self.sheet, span, "the second time"))
            .at(place(self.bench.draft, first.0, first.1, "the first time"))
            .help("join the two");
        self.bench.problems.add(found);
    }

    fn wrong(self, message: impl Into<String>, span: &Range<usize>, label: &str, help: &str) {
        self.bench.report(&codes::BAD_SYNC, message, self.sheet, span, label, help);
    }
}
