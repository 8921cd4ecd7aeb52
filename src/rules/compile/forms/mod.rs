//! `[[form]]` → replies: each question, answer and ending becomes a `ReplyDraft` of its own, so
//! that a form is compiled, checked, decided and explained like everything else.
//!
//! Here: what is read of a form and whether it makes sense. [`parts`] writes the replies.

mod checks;
mod parts;

pub use checks::check;

use super::bench::place;
use super::names;
use crate::limits;
use crate::rules::codes::{self, Code};
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::Draft;
use crate::rules::draft::form::{AskDraft, FormDraft};
use crate::rules::forming::{self, Ask, Form, Interrupt};
use crate::rules::problems::{At, Problems};
use crate::rules::suggest;
use std::collections::BTreeMap;
use std::ops::Range;

/// `tries` where a form does not say.
const TRIES: u32 = 3;

/// Names that a form gives to its own parts.
const TAKEN: [&str; 5] = ["confirm", "done", "failed", "cancel", "entry"];

/// What an ask accepts, beside the kinds of `take`.
const ACCEPTS: [&str; 12] = [
    "digits", "number", "phone", "email", "date", "time", "name", "rest", "one_of", "yes_no",
    "location", "image",
];

/// Takes the forms out of the draft and puts their replies in; reports what is wrong with them.
pub fn expand(draft: &mut Draft, problems: &Problems) -> BTreeMap<String, Form> {
    let mut forms: BTreeMap<String, Form> = BTreeMap::new();
    let mut places: BTreeMap<String, (usize, Range<usize>)> = BTreeMap::new();
    for written in std::mem::take(&mut draft.forms) {
        let desk = Desk { draft, problems, sheet: written.sheet };
        let read = desk.form(&written, &places).zip(written.id.clone());
        let Some((form, id)) = read else {
            let id = written.id.map(|id| id.value).unwrap_or_default();
            draft.lost.tables.insert("form".to_owned());
            draft.lost.ids.extend([forming::entry_id(&id), format!("form:{id}")]);
            continue;
        };
        places.insert(id.value.clone(), (written.sheet, id.span.clone()));
        let replies = parts::replies(&form, &id, written, &draft.fields);
        draft.replies.extend(replies);
        forms.insert(id.value, form);
    }
    forms
}

/// Where one form is read.
struct Desk<'a> {
    draft: &'a Draft,
    problems: &'a Problems,
    sheet: usize,
}

impl Desk<'_> {
    fn report(
        &self,
        code: &'static Code,
        message: String,
        span: &Range<usize>,
        label: &str,
        help: impl Into<String>,
    ) {
        self.problems.report(code, message, place(self.draft, self.sheet, span, label), help);
    }

    /// What can be made of it; `None` where it cannot be told what it asks, which is reported.
    fn form(
        &self,
        written: &FormDraft,
        places: &BTreeMap<String, (usize, Range<usize>)>,
    ) -> Option<Form> {
        let id = self.id(written, places);
        let asks = self.asks(written);
        let form = Form {
            id: id.unwrap_or_default(),
            asks: asks.unwrap_or_default(),
            interrupt: self.interrupt(written.interrupt.as_ref()),
            tries: self.tries(written.tries.as_ref()),
            confirms: written.confirm.is_some(),
            emit: written.emit.as_ref().map(|emit| emit.value.clone()),
        };
        (!form.id.is_empty() && !form.asks.is_empty()).then_some(form)
    }

    fn id(
        &self,
        written: &FormDraft,
        places: &BTreeMap<String, (usize, Range<usize>)>,
    ) -> Option<String> {
        let Some(id) = &written.id else {
            if !written.keys.contains("id") {
                let message = "a form without an id".to_owned();
                let help = "write `id = \"…\"`: `go = \"form:ID\"` leads there";
                let label = "`id` is missing";
                self.report(&codes::MISSING_KEY, message, &written.header, label, help);
            }
            return None;
        };
        let text = id.value.as_str();
        if !names::is_id(text) || text.contains('.') || text.len() > limits::NAME_BYTES_MAX {
            let message = format!(
                "`{text}` is no id of a form: they consist of `a` to `z`, digits, `-` and `_`"
            );
            let help = format!("write `id = \"{}\"`", names::like_id(text).replace('.', "-"));
            self.report(&codes::BAD_NAME, message, &id.span, "not an id", help);
            return None;
        }
        if let Some((sheet, first)) = places.get(text) {
            let found =
                Diagnostic::new(&codes::DUPLICATE, format!("the form `{text}` is given twice"))
                    .at(place(self.draft, self.sheet, &id.span, "the second time"))
                    .at(place(self.draft, *sheet, first, "the first time"))
                    .help("rename one of the two, or join them");
            self.problems.add(found);
            return None;
        }
        Some(text.to_owned())
    }

    /// The asks; `None` where one of them is wrong.
    fn asks(&self, written: &FormDraft) -> Option<Vec<Ask>> {
        let count = written.asks.len();
        if count == 0 {
            if !written.keys.contains("ask") {
                let message = "a form that asks nothing".to_owned();
                let help = "add `[[form.ask]]` with `name = \"…\"` and `text = \"…\"` below it";
                let label = "no `[[form.ask]]`";
                self.report(&codes::FORM_WITHOUT_ASKS, message, &written.header, label, help);
            }
            return None;
        }
        if count > limits::FORM_ASKS_MAX {
            let most = limits::FORM_ASKS_MAX;
            let message = format!("{count} questions in one form; at most {most} are asked");
            let help = "ask less, or let `done = { go = \"form:…\" }` lead to a second form";
            self.report(&codes::LONG_FORM, message, &written.header, "too many", help);
        }
        let mut seen: BTreeMap<String, Range<usize>> = BTreeMap::new();
        let mut asks = Vec::new();
        for draft in &written.asks {
            let sound = self.accepts(draft);
            let Some(name) = self.ask_name(draft) else { continue };
            if let Some(first) = seen.insert(name.value.clone(), name.span.clone()) {
                let message = format!("two questions of this form are `{}`", name.value);
                let found = Diagnostic::new(&codes::SAME_ASK, message)
                    .at(place(self.draft, self.sheet, &name.span, "the second"))
                    .at(place(self.draft, self.sheet, &first, "the first"))
                    .help("rename one: an answer is kept under the name of its question");
                self.problems.add(found);
                continue;
            }
            if !sound {
                continue;
            }
            asks.push(Ask {
                name: name.value.clone(),
                field: draft.field.is_some(),
                always: draft.always.as_ref().is_some_and(|always| always.value),
            });
        }
        (asks.len() == count).then_some(asks)
    }

    /// The one of `field` and `name` that is given.
    fn ask_name<'d>(&self, draft: &'d AskDraft) -> Option<&'d At<String>> {
        let name = match (&draft.field, &draft.name) {
            (Some(name), None) | (None, Some(name)) => name,
            (Some(_), Some(name)) => {
                let message = "`field` and `name` together".to_owned();
                let help = "`field` is kept on the contact, `name` only in the form: keep one";
                self.report(&codes::ASK_WITHOUT_NAME, message, &name.span, "one of the two", help);
                return None;
            }
            (None, None) => {
                if !draft.keys.contains("field") && !draft.keys.contains("name") {
                    let message = "a question whose answer has no name".to_owned();
                    let help = "write `name = \"…\"`, or `field = \"…\"` to keep it on the contact";
                    let label = "neither `field` nor `name`";
                    self.report(&codes::ASK_WITHOUT_NAME, message, &draft.header, label, help);
                }
                return None;
            }
        };
        let text = name.value.as_str();
        let (message, help) = if TAKEN.contains(&text) {
            let message = format!("`{text}` is a name the form gives itself");
            (message, "choose another name".to_owned())
        } else if !names::is_name(text) {
            let message = format!("`{text}` cannot stand after `form.`");
            let near = names::like_name(text);
            (message, format!("names consist of `a` to `z`, digits and `_`: `{near}`"))
        } else {
            return Some(name);
        };
        self.report(&codes::BAD_NAME, message, &name.span, "not a name", help);
        None
    }

    /// Whether an answer is of one kind; reported where not.
    fn accepts(&self, draft: &AskDraft) -> bool {
        let choices = draft.choices.as_ref();
        for go in
            choices.iter().flat_map(|choices| &choices.value).filter_map(|c| c.value.go.as_ref())
        {
            let message = "a choice of a form leads nowhere: its id is the answer".to_owned();
            let help = "drop `go`; the next question follows by itself";
            self.report(&codes::ACCEPT_AND_CHOICES, message, &go.span, "not here", help);
        }
        let leads = choices.is_some_and(|c| c.value.iter().any(|c| c.value.go.is_some()));
        let Some(accept) = &draft.accept else { return !leads };
        if draft.keys.contains("choices") {
            let message = "`accept` and `choices` together".to_owned();
            let help = "keep one of the two: the id of the choice is the answer";
            self.report(&codes::ACCEPT_AND_CHOICES, message, &accept.span, "one of the two", help);
            return false;
        }
        let kind = accept.value.split_whitespace().next().unwrap_or_default();
        if !ACCEPTS.contains(&kind) {
            let message = format!("no answer is of the kind `{kind}`");
            let help = suggest::help(kind, ACCEPTS, "the kinds");
            self.report(&codes::BAD_ACCEPT, message, &accept.span, "no such kind", help);
        }
        ACCEPTS.contains(&kind)
    }

    fn interrupt(&self, interrupt: Option<&At<String>>) -> Interrupt {
        match interrupt.map(|interrupt| interrupt.value.as_str()) {
            None | Some("answer") => return Interrupt::Answer,
            Some("ignore") => return Interrupt::Ignore,
            Some(other) => {
                let message = format!("`interrupt` cannot be `{other}`");
                let help = suggest::help(other, ["answer", "ignore"], "the words");
                let span = interrupt.map(|interrupt| interrupt.span.clone()).unwrap_or_default();
                self.report(&codes::UNKNOWN_VALUE, message, &span, "no such word", help);
            }
        }
        Interrupt::Answer
    }

    fn tries(&self, tries: Option<&At<i64>>) -> u32 {
        let Some(tries) = tries else { return TRIES };
        let most = limits::ASK_AGAIN_MAX;
        if let Some(number) = u32::try_from(tries.value).ok().filter(|n| (1..=most).contains(n)) {
            return number;
        }
        let message = format!("`tries` is between 1 and {most}, not {}", tries.value);
        let help = format!("write a number from 1 to {most}");
        self.report(&codes::OUT_OF_RANGE, message, &tries.span, "out of range", help);
        TRIES
    }
}
