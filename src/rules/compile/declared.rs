//! What the rule files declare: ids, fields, calendars, languages. Collected before anything refers
//! to them.

use super::bench::place;
use super::names;
use super::reply::is_live;
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::{Draft, FieldDraft, HoursTable};
use crate::rules::forming::{FormPart, Role};
use crate::rules::hours::{Calendar, Exception, HoursDraft, HoursProblem};
use crate::rules::notify::EventShape;
use crate::rules::problems::{At, Problems};
use crate::rules::ruleset::{Field, FieldKind, Languages};
use crate::rules::says::Template;
use crate::rules::suggest;
use crate::text::language;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Everything that can be referred to by name.
#[derive(Debug, Default)]
pub struct Declared {
    /// Ids of replies → index in the draft.
    pub ids: BTreeMap<String, usize>,
    /// Ids that a live rule names in `after`.
    pub answered: BTreeSet<String>,
    /// Fields.
    pub fields: BTreeMap<String, Field>,
    /// Calendars that could be read.
    pub hours: BTreeMap<String, Calendar>,
    /// All calendars, unreadable ones too.
    pub hours_names: BTreeSet<String>,
    /// Queues, those that could not be read too.
    pub queues: BTreeSet<String>,
    /// Languages.
    pub language: Languages,
    /// Templates.
    pub templates: BTreeMap<String, Template>,
    /// Events.
    pub events: BTreeMap<String, EventShape>,
    /// The zone of days without one: that of the first calendar by name, else UTC.
    pub zone: String,
}

impl Declared {
    /// Ids somebody wrote a reply with; those that usher makes of forms are left out.
    pub fn reply_ids(&self) -> impl Iterator<Item = &str> + Clone {
        let ids = self.ids.keys().map(String::as_str);
        ids.filter(|id| !id.starts_with("form.") && !id.starts_with("form:"))
    }
}

/// Collects what is declared; reports what is declared twice or wrongly.
pub fn collect(draft: &Draft, problems: &Problems) -> Declared {
    let work = Work { draft, problems };
    let ids = work.ids();
    let fields = work.fields();
    let (hours, hours_names) = work.hours();
    let zone = hours.values().next().map_or_else(|| "UTC".to_owned(), |c| c.zone().to_owned());
    let answered = work.answered();
    let queues = work.queues();
    let language = work.language();
    let templates = work.templates();
    let events = work.events();
    Declared {
        ids,
        answered,
        fields,
        hours,
        hours_names,
        queues,
        language,
        templates,
        events,
        zone,
    }
}

/// What collecting works with.
pub(super) struct Work<'a> {
    pub(super) draft: &'a Draft,
    pub(super) problems: &'a Problems,
}

impl Work<'_> {
    fn ids(&self) -> BTreeMap<String, usize> {
        let mut ids: BTreeMap<String, usize> = BTreeMap::new();
        let mut places: BTreeMap<&str, (usize, &Range<usize>)> = BTreeMap::new();
        for (index, reply) in self.draft.replies.iter().enumerate() {
            let Some(id) = &reply.id else { continue };
            match places.get(id.value.as_str()) {
                Some(first) => {
                    self.twice(&format!("the id `{}`", id.value), reply.sheet, &id.span, *first)
                }
                None => {
                    places.insert(&id.value, (reply.sheet, &id.span));
                    ids.insert(id.value.clone(), index);
                    if let Some(FormPart { form, role: Role::Entry { .. } }) = &reply.form {
                        ids.insert(format!("form:{form}"), index);
                    }
                    // A malformed id is reported as such, not once more wherever it is named well.
                    if !names::is_id(&id.value) {
                        ids.entry(names::like_id(&id.value)).or_insert(index);
                    }
                }
            }
        }
        ids
    }

    fn answered(&self) -> BTreeSet<String> {
        let live = self.draft.replies.iter().filter(|reply| is_live(reply));
        let after = live.filter_map(|reply| reply.trigger.after.as_ref());
        after.flat_map(|after| &after.value).map(|id| id.value.clone()).collect()
    }

    pub(super) fn twice(
        &self,
        what: &str,
        sheet: usize,
        span: &Range<usize>,
        first: (usize, &Range<usize>),
    ) {
        let found = Diagnostic::new(&codes::DUPLICATE, format!("{what} is given twice"))
            .at(place(self.draft, sheet, span, "the second time"))
            .at(place(self.draft, first.0, first.1, "the first time"))
            .help("rename one of the two, or join them");
        self.problems.add(found);
    }

    fn fields(&self) -> BTreeMap<String, Field> {
        let mut places: BTreeMap<&str, (usize, &Range<usize>)> = BTreeMap::new();
        let mut fields = BTreeMap::new();
        for field in &self.draft.fields {
            let name = &field.name;
            if !names::is_name(&name.value) {
                let message = format!("`{}` is no name for a field", name.value);
                let help = format!(
                    "names consist of `a` to `z`, digits and `_`: `{}`",
                    names::like_name(&name.value)
                );
                let place = place(self.draft, field.sheet, &name.span, "not a name");
                self.problems.report(&codes::BAD_NAME, message, place, help);
            }
            match places.insert(&name.value, (field.sheet, &name.span)) {
                Some(first) => {
                    self.twice(
                        &format!("the field `{}`", name.value),
                        field.sheet,
                        &name.span,
                        first,
                    );
                }
                None => {
                    let private = field.private.as_ref().is_some_and(|private| private.value);
                    let crm = field.crm.as_ref().map(|crm| crm.value.clone());
                    let compiled = Field { kind: self.field_kind(field), crm, private };
                    fields.insert(name.value.clone(), compiled);
                }
            }
        }
        fields
    }

    /// The type of a field; text where it is wrong, so that nothing else is blamed for it.
    fn field_kind(&self, field: &FieldDraft) -> FieldKind {
        const KINDS: [&str; 5] = ["text", "number", "date", "yes_no", "choice"];
        let Some(kind) = &field.kind else { return FieldKind::Text };
        let wrong = |message: String, span: &Range<usize>, help: String| {
            let place = place(self.draft, field.sheet, span, "");
            self.problems.report(&codes::BAD_FIELD, message, place, help);
            FieldKind::Text
        };
        let of = field.of.as_ref();
        match (kind.value.as_str(), of) {
            ("choice", Some(of)) => {
                FieldKind::Choice(of.value.iter().map(|choice| choice.value.clone()).collect())
            }
            ("choice", None) => {
                let message =
                    format!("the choice `{}` has nothing to choose from", field.name.value);
                let help = "write `of = [\"…\", \"…\"]` beside it".to_owned();
                wrong(message, &kind.span, help)
            }
            (name, Some(of)) if KINDS.contains(&name) => {
                let message = format!("`of` belongs to the type `choice`, not to `{name}`");
                wrong(message, &of.span, "write `type = \"choice\"`, or drop `of`".to_owned())
            }
            ("text", None) => FieldKind::Text,
            ("number", None) => FieldKind::Number,
            ("date", None) => FieldKind::Date,
            ("yes_no", None) => FieldKind::YesNo,
            (name, _) => {
                let message = format!("there is no type `{name}`");
                wrong(message, &kind.span, suggest::help(name, KINDS, "the types"))
            }
        }
    }

    fn language(&self) -> Languages {
        let mut languages = self.draft.languages.iter();
        let Some(first) = languages.next() else { return Languages::default() };
        for other in languages {
            self.twice("`[language]`", other.sheet, &other.header, (first.sheet, &first.header));
        }
        let default = first.default.as_ref().and_then(|default| {
            let canonical = language::canonical(&default.value);
            if canonical.is_none() {
                let place = place(self.draft, first.sheet, &default.span, "not a language");
                unknown_language(self.problems, &default.value, place);
            }
            canonical
        });
        Languages { default }
    }

    fn queues(&self) -> BTreeSet<String> {
        let mut places: BTreeMap<&str, (usize, &Range<usize>)> = BTreeMap::new();
        for queue in &self.draft.queues {
            let name = &queue.name;
            if !names::is_id(&name.value) {
                let message = format!("`{}` is no name for a queue", name.value);
                let like = names::like_id(&name.value);
                let help = format!("names consist of `a` to `z`, digits, `-` and `_`: `{like}`");
                let place = place(self.draft, queue.sheet, &name.span, "not a name");
                self.problems.report(&codes::BAD_NAME, message, place, help);
            }
            if let Some(first) = places.insert(&name.value, (queue.sheet, &name.span)) {
                self.twice(&format!("the queue `{}`", name.value), queue.sheet, &name.span, first);
            }
        }
        places.into_keys().map(str::to_owned).collect()
    }

    fn hours(&self) -> (BTreeMap<String, Calendar>, BTreeSet<String>) {
        let mut places: BTreeMap<&str, (usize, &Range<usize>)> = BTreeMap::new();
        let mut calendars = BTreeMap::new();
        for table in &self.draft.hours {
            let name = &table.name;
            if let Some(first) = places.insert(&name.value, (table.sheet, &name.span)) {
                self.twice(
                    &format!("the calendar `{}`", name.value),
                    table.sheet,
                    &name.span,
                    first,
                );
            }
            if let Some(calendar) = self.calendar(table) {
                calendars.insert(name.value.clone(), calendar);
            }
        }
        (calendars, places.into_keys().map(str::to_owned).collect())
    }

    fn calendar(&self, table: &HoursTable) -> Option<Calendar> {
        let texts = |entries: &crate::rules::draft::Entries| -> Vec<String> {
            let entries = entries.iter().flat_map(|entries| &entries.value);
            entries.map(|entry| entry.value.clone()).collect()
        };
        let closed = table.closed.iter().map(|day| {
            let (on, why) = day.value.clone();
            Exception { on, why }
        });
        let draft = HoursDraft {
            zone: table.zone.as_ref()?.value.clone(),
            open: texts(&table.open),
            closed: closed.collect(),
            extra: texts(&table.extra),
        };
        table.open.as_ref()?;
        Calendar::parse(&draft)
            .map_err(|problems| {
                for problem in problems {
                    self.calendar_problem(table, problem);
                }
            })
            .ok()
    }

    fn calendar_problem(&self, table: &HoursTable, problem: HoursProblem) {
        let entry = |entries: &crate::rules::draft::Entries| {
            let entries = entries.as_ref()?;
            let entry: Option<&At<String>> = entries.value.get(problem.index);
            Some(entry.map_or(&entries.span, |entry| &entry.span).clone())
        };
        let span = match problem.key {
            "zone" => table.zone.as_ref().map(|zone| zone.span.clone()),
            "open" => entry(&table.open),
            "closed" => table.closed.get(problem.index).map(|day| day.span.clone()),
            _ => entry(&table.extra),
        };
        let span = span.unwrap_or_else(|| table.name.span.clone());
        let found = Diagnostic::new(&codes::BAD_HOURS, problem.message).at(place(
            self.draft,
            table.sheet,
            &span,
            "",
        ));
        let example = "for example `open = [\"mon-fri 09:00-18:00\"]`";
        self.problems.add(found.help(problem.help.unwrap_or_else(|| example.to_owned())));
    }
}

/// Reports a language that is none.
pub fn unknown_language(problems: &Problems, tag: &str, place: crate::rules::diagnostic::Place) {
    let help = match language::meant(tag) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "languages are written as tags: `en`, `ko`, `zh-TW`, `pt-BR`".to_owned(),
    };
    problems.report(&codes::BAD_LANGUAGE, format!("`{tag}` is not a language"), place, help);
}
