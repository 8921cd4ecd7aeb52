//! Whether the rules of the forms fit the others: fields that exist, choices a field can hold, ends
//! that end.

use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::compile::{paths, trigger};
use crate::rules::draft::{ReplyDraft, TriggerDraft};
use crate::rules::forming::{Ask, FormPart, Role, Source};
use crate::rules::problems::At;
use crate::rules::suggest;
use std::collections::BTreeSet;

/// Checks what only the whole rule set can tell.
pub fn check(bench: &Bench<'_>) {
    for reply in &bench.draft.replies {
        let Some(FormPart { form, role }) = &reply.form else { continue };
        match role {
            Role::Question { ask } => field(bench, reply, form, ask),
            Role::Answer { ask, value: Source::Payload } => values(bench, reply, form, ask),
            Role::Done | Role::Failed => ends(bench, reply, form),
            _ => {}
        }
    }
}

fn ask<'b>(bench: &'b Bench<'_>, form: &str, name: &str) -> Option<&'b Ask> {
    let asks = bench.forms.get(form).map(|form| &form.asks)?;
    asks.iter().find(|ask| ask.name == name && ask.field)
}

fn field(bench: &Bench<'_>, reply: &ReplyDraft, form: &str, name: &str) {
    if let (Some(ask), Some(id)) = (ask(bench, form, name), &reply.id) {
        bench.check_field(reply.sheet, &At { value: ask.name.clone(), span: id.span.clone() });
    }
}

/// The id of a choice is what the field is set to.
fn values(bench: &Bench<'_>, reply: &ReplyDraft, form: &str, name: &str) {
    let (Some(ask), Some(id)) = (ask(bench, form, name), &reply.id) else { return };
    let field = At { value: ask.name.clone(), span: id.span.clone() };
    for value in reply.trigger.payload.iter().flat_map(|payload| &payload.value) {
        bench.check_value(reply.sheet, &field, value);
    }
}

/// Reports an end that leads back into its own form, over other rules and forms too.
fn ends(bench: &Bench<'_>, end: &ReplyDraft, form: &str) {
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    for (first, go) in paths::goes(bench, end) {
        let mut open = vec![first];
        while let Some(at) = open.pop() {
            let Some(reply) = bench.draft.replies.get(at).filter(|_| seen.insert(at)) else {
                continue;
            };
            if let Some(FormPart { form: entered, role: Role::Entry { .. } }) = &reply.form {
                if entered == form {
                    return endless(bench, end, form, go);
                }
                open.extend(endings(bench, entered));
            }
            open.extend(paths::goes(bench, reply).into_iter().map(|(target, _)| target));
        }
    }
}

/// Where a form may end.
fn endings(bench: &Bench<'_>, form: &str) -> Vec<usize> {
    let replies = bench.draft.replies.iter().enumerate();
    let ends = replies.filter(|(_, reply)| {
        let part = reply.form.as_ref().filter(|part| part.form == form);
        part.is_some_and(|part| matches!(part.role, Role::Done | Role::Failed))
    });
    ends.map(|(place, _)| place).collect()
}

fn endless(bench: &Bench<'_>, end: &ReplyDraft, form: &str, go: &At<String>) {
    let message = format!("the form `{form}` never ends: its end leads into it again");
    let help = "say something instead; a menu may offer the form again by its `choices`";
    bench.report(&codes::ENDLESS_FORM, message, end.sheet, &go.span, "begins again", help);
}

impl Bench<'_> {
    /// What the texts of a form's rule may name: what a rule of its own may, and every answer.
    pub fn form_names(&self, part: &FormPart, draft: &TriggerDraft) -> Vec<String> {
        let asks = self.forms.get(&part.form).map(|form| form.asks.as_slice()).unwrap_or_default();
        let answers = asks.iter().map(|ask| format!("form.{}", ask.name));
        trigger::matched(draft).into_iter().chain(answers).collect()
    }

    /// Reports a `go` to a form that is not there.
    pub fn unknown_form(&self, sheet: usize, form: &str, go: &At<String>) {
        if self.draft.lost.rule(&go.value) {
            return;
        }
        let message = format!("`go` to a form `{form}`, which does not exist");
        let known: Vec<&str> = self.forms.keys().map(String::as_str).collect();
        let help = match suggest::nearest(form, known.iter().copied()) {
            Some(near) => format!("did you mean `form:{near}`?"),
            None => format!("write it: `[[form]]` with `id = \"{form}\"`"),
        };
        self.report(&codes::UNKNOWN_FORM, message, sheet, &go.span, "no such form", help);
    }
}
