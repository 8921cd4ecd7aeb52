//! The tables of a rule file other than `[[reply]]`, and who reads which.

use super::reader::{self, Page, TableReader, Value};
use super::shapes::{CLOSED, FALLBACK, FIELD, GREETING, HOURS, LANGUAGE, TABLES, TEMPLATE};
use super::{
    Draft, Entries, FallbackDraft, FieldDraft, GreetingDraft, HoursTable, LanguageDraft,
    TemplateDraft, consenting, form, later, lookup, notices, queue, reply, say, shapes, story,
    syncing,
};
use crate::rules::codes;
use crate::rules::problems::At;
use crate::rules::suggest;
use toml::de::{DeTable, DeValue};

/// Reads every table of a file into the draft.
pub fn read<'a>(page: Page<'a>, root: &'a DeTable<'a>, draft: &mut Draft) {
    for (name, value) in reader::in_order(root) {
        match (name.value.as_str(), value.get_ref()) {
            (
                "reply" | "fallback" | "template" | "lookup" | "form" | "test" | "handoff"
                | "notify",
                DeValue::Array(items),
            ) => {
                for item in items {
                    repeated(page, &name, item, draft);
                }
            }
            (
                "greeting" | "fields" | "language" | "hours" | "consent" | "queue" | "event"
                | "sync",
                DeValue::Table(table),
            ) => {
                single(page, &name, value, table, draft);
            }
            _ => refuse(page, &name, value),
        }
    }
}

fn repeated<'a>(page: Page<'a>, name: &At<String>, item: &'a Value<'a>, draft: &mut Draft) {
    let DeValue::Table(table) = item.get_ref() else {
        return refuse(page, name, item);
    };
    match name.value.as_str() {
        "reply" => draft.replies.push(reply::read(page, table, item.span())),
        "lookup" => draft.lookups.push(lookup::read(page, table, item.span())),
        "handoff" => draft.replies.push(queue::hand_off(page, table, item.span())),
        "form" => draft.forms.push(form::read(page, table, item.span())),
        "template" => draft.templates.push(template(page, table, item)),
        "notify" => draft.notices.push(notices::notify(page, table, item)),
        "test" => draft.stories.push(story::read(page, table, item.span())),
        _ => draft.fallbacks.push(fallback(page, table, item)),
    }
}

fn single<'a>(
    page: Page<'a>,
    name: &At<String>,
    value: &'a Value<'a>,
    table: &'a DeTable<'a>,
    draft: &mut Draft,
) {
    match name.value.as_str() {
        "greeting" => draft.greetings.push(greeting(page, table, value)),
        "consent" => draft.consents.push(consenting::read(page, table, value.span())),
        "sync" => draft.syncs.push(syncing::read(page, table, value)),
        "language" => draft.languages.push(language(page, table, value)),
        "event" => draft.events.extend(notices::events(page, table)),
        "fields" => {
            let fields = reader::in_order(table);
            draft.fields.extend(fields.into_iter().filter_map(|(n, v)| field(page, n, v)));
        }
        "queue" => {
            let queues = reader::in_order(table);
            draft.queues.extend(queues.into_iter().filter_map(|(n, v)| queue::queue(page, n, v)));
        }
        _ => {
            let calendars = reader::in_order(table);
            draft.hours.extend(calendars.into_iter().filter_map(|(n, v)| hours(page, n, v)));
        }
    }
}

fn greeting<'a>(page: Page<'a>, table: &'a DeTable<'a>, value: &Value<'_>) -> GreetingDraft {
    let mut reader = TableReader::new(page, table, value.span(), &GREETING);
    let speech = say::speech(&mut reader);
    reader.finish();
    GreetingDraft { sheet: page.number, header: value.span(), speech }
}

fn fallback<'a>(page: Page<'a>, table: &'a DeTable<'a>, value: &Value<'_>) -> FallbackDraft {
    let mut reader = TableReader::new(page, table, value.span(), &FALLBACK);
    let draft = FallbackDraft {
        sheet: page.number,
        header: value.span(),
        misses: reader.integer("misses"),
        speech: say::speech(&mut reader),
        tags: reader.texts("tags"),
    };
    // A value of a wrong type has been reported; only a key that is not there is missing.
    if draft.misses.is_none() && reader.value("misses").is_none() {
        let message = "a `[[fallback]]` without `misses`";
        let help = "write `misses = 1`: it speaks at the first message that no rule answers";
        page.report(&codes::MISSING_KEY, message, &value.span(), "`misses` is missing", help);
    }
    reader.finish();
    draft
}

fn template<'a>(page: Page<'a>, table: &'a DeTable<'a>, value: &Value<'_>) -> TemplateDraft {
    let mut reader = TableReader::new(page, table, value.span(), &TEMPLATE);
    let draft = TemplateDraft {
        sheet: page.number,
        header: value.span(),
        id: reader.text("id"),
        category: reader.text("category"),
        languages: reader.texts("languages"),
        params: reader.value("params").and_then(|params| params_of(page, params)),
        format: reader.text("format"),
    };
    for (missing, key, example) in [
        (draft.id.is_none() && reader.value("id").is_none(), "id", "id = \"order_ready\""),
        (
            draft.category.is_none() && reader.value("category").is_none(),
            "category",
            "category = \"utility\"",
        ),
        (
            draft.languages.is_none() && reader.value("languages").is_none(),
            "languages",
            "languages = [\"en\"]",
        ),
    ] {
        if missing {
            let message = format!("a `[[template]]` without `{key}`");
            let help = format!("write `{example}`, as WhatsApp approved it");
            let label = format!("`{key}` is missing");
            page.report(&codes::MISSING_KEY, message, &value.span(), &label, help);
        }
    }
    reader.finish();
    draft
}

/// A template without places may say so: `params = []`.
fn params_of(page: Page<'_>, value: &Value<'_>) -> Entries {
    match value.get_ref() {
        DeValue::Array(items) if items.is_empty() => None,
        _ => reader::texts_of(page, "params", value),
    }
}

fn language<'a>(page: Page<'a>, table: &'a DeTable<'a>, value: &Value<'_>) -> LanguageDraft {
    let mut reader = TableReader::new(page, table, value.span(), &LANGUAGE);
    let default = reader.text("default");
    if default.is_none() && reader.value("default").is_none() {
        let message = "`[language]` without `default`";
        let help = "write `default = \"en\"`";
        page.report(&codes::MISSING_KEY, message, &value.span(), "`default` is missing", help);
    }
    reader.finish();
    LanguageDraft { sheet: page.number, header: value.span(), default }
}

fn field<'a>(page: Page<'a>, name: At<String>, value: &'a Value<'a>) -> Option<FieldDraft> {
    let DeValue::Table(table) = value.get_ref() else {
        let message =
            format!("the field `{}` takes a table, not {}", name.value, reader::type_of(value));
        let help = format!("write `{} = {{ type = \"text\" }}`", name.value);
        page.report(&codes::WRONG_TYPE, message, &value.span(), "expected a table", help);
        return None;
    };
    let mut reader = TableReader::new(page, table, value.span(), &FIELD);
    let draft = FieldDraft {
        sheet: page.number,
        kind: reader.text("type"),
        of: reader.texts("of"),
        crm: reader.text("crm"),
        private: reader.boolean("private"),
        name,
    };
    if draft.kind.is_none() && reader.value("type").is_none() {
        let message = format!("the field `{}` has no `type`", draft.name.value);
        let help = format!("write `{} = {{ type = \"text\" }}`", draft.name.value);
        page.report(&codes::MISSING_KEY, message, &draft.name.span, "`type` is missing", help);
    }
    reader.finish();
    Some(draft)
}

fn hours<'a>(page: Page<'a>, name: At<String>, value: &'a Value<'a>) -> Option<HoursTable> {
    let DeValue::Table(table) = value.get_ref() else {
        let message =
            format!("`{}` stands under `[hours]`, which holds calendars only", name.value);
        let help = "give the calendar a name: `[hours.office]`";
        page.report(&codes::WRONG_TYPE, message, &name.span, "expected a calendar", help);
        return None;
    };
    let mut reader = TableReader::new(page, table, value.span(), &HOURS);
    let closed = reader.value("closed");
    let draft = HoursTable {
        sheet: page.number,
        zone: reader.text("zone"),
        open: reader.texts("open"),
        closed: closed.map(|value| closed_days(page, value)).unwrap_or_default(),
        extra: reader.texts("extra"),
        name,
    };
    for (missing, key, example) in [
        (draft.zone.is_none() && reader.value("zone").is_none(), "zone", "zone = \"Asia/Seoul\""),
        (
            draft.open.is_none() && reader.value("open").is_none(),
            "open",
            "open = [\"mon-fri 09:00-18:00\"]",
        ),
    ] {
        if missing {
            let message = format!("the calendar `{}` has no `{key}`", draft.name.value);
            let label = format!("`{key}` is missing");
            let help = format!("write `{example}`");
            page.report(&codes::MISSING_KEY, message, &value.span(), &label, help);
        }
    }
    reader.finish();
    Some(draft)
}

fn closed_days(page: Page<'_>, value: &Value<'_>) -> Vec<At<(String, Option<String>)>> {
    let DeValue::Array(items) = value.get_ref() else {
        let message = format!("`closed` takes a list, not {}", reader::type_of(value));
        let help = "write `closed = [{ on = \"2026-01-01\", why = \"New Year\" }]`";
        page.report(&codes::WRONG_TYPE, message, &value.span(), "expected a list", help);
        return Vec::new();
    };
    items.iter().filter_map(|item| closed_day(page, item)).collect()
}

fn closed_day(page: Page<'_>, item: &Value<'_>) -> Option<At<(String, Option<String>)>> {
    let DeValue::Table(table) = item.get_ref() else {
        let day = reader::text_of(page, "closed", item)?;
        return Some(day.map(|on| (on, None)));
    };
    let mut reader = TableReader::new(page, table, item.span(), &CLOSED);
    let on = reader.moment("on");
    let why = reader.text("why").map(|why| why.value);
    if on.is_none() && reader.value("on").is_none() {
        let help = "write `{ on = \"2026-01-01\", why = \"New Year\" }`";
        let message = "a closed day without `on`";
        page.report(&codes::MISSING_KEY, message, &item.span(), "`on` is missing", help);
    }
    reader.finish();
    on.map(|on| At { value: (on.value, why), span: on.span })
}

/// A table of the wrong shape, or one that does not exist.
fn refuse(page: Page<'_>, name: &At<String>, value: &Value<'_>) {
    let key = name.value.as_str();
    if let Some((_, many)) = TABLES.iter().find(|(table, _)| *table == key) {
        let (right, why) = match (*many, key) {
            (true, _) => (format!("[[{key}]]"), "may occur many times"),
            (false, "hours") => ("[hours.office]".to_owned(), "is one calendar with its name"),
            (false, "event") => {
                ("[event.\"order.confirmed\"]".to_owned(), "is one event with its type")
            }
            (false, "queue") => ("[queue.care]".to_owned(), "is one queue with its name"),
            (false, "sync") => ("[sync.contacts]".to_owned(), "is one table with its name"),
            (false, _) => (format!("[{key}]"), "occurs once"),
        };
        let message = format!("`{key}` is written `{right}`: it {why}");
        let help = format!("write `{right}`");
        return page.report(&codes::TABLE_SHAPE, message, &value.span(), "not like this", help);
    }
    if later::TABLES.contains(&key) {
        let message = format!("`{key}` is not part of this version");
        let help = "take it out: it would have no effect";
        return page.report(&codes::NOT_YET, message, &name.span, "not supported yet", help);
    }
    if later::OPS_TABLES.contains(&key) {
        let message = format!("`{key}` is no part of a rule file");
        let help = "it belongs to `usher.toml`";
        return page.report(&codes::UNKNOWN_TABLE, message, &name.span, "not a rule", help);
    }
    if let Some(home) = shapes::HOMES.iter().find(|home| home.keys.contains(&key)) {
        let message = format!("`{key}` stands under no header");
        let help = format!("write `{}` above it", home.header);
        let label = "above the first header";
        return page.report(&codes::MISPLACED_KEY, message, &name.span, label, help);
    }
    let what = if matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_)) {
        "table"
    } else {
        "key"
    };
    let known = TABLES.iter().map(|(table, _)| *table);
    let help = match suggest::nearest(key, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a rule file holds `[[reply]]`, `[[fallback]]`, `[greeting]`, `[[form]]`, \
                 `[[template]]`, `[fields]`, `[language]`, `[consent]`, `[hours.NAME]`, \
                 `[[lookup]]`, `[[handoff]]`, `[queue.NAME]`, `[[notify]]`, `[event.\"TYPE\"]`, \
                 `[sync.contacts]`, `[sync.conversations]` and `[[test]]`"
            .to_owned(),
    };
    let message = format!("unknown {what} `{key}`");
    page.report(&codes::UNKNOWN_TABLE, message, &name.span, "not known", help);
}
