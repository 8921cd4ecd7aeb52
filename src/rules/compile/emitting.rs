//! `emit`: what a rule or a form tells the business's systems, held against its declaration.
//!
//! `[event."TYPE"]` says what an event of that type brings, whichever way it goes. A type that
//! nobody declares is told as it is.

use super::bench::Bench;
use super::names;
use crate::limits;
use crate::rules::codes;
use crate::rules::draft::ReplyDraft;
use crate::rules::draft::emit::EmitDraft;
use crate::rules::emitting::{Emit, canonical};
use crate::rules::forming::{Ask, FormPart, Role, Source};
use crate::rules::notify::{EventShape, ValueKind};
use crate::rules::problems::At;
use crate::rules::ruleset::FieldKind;
use crate::rules::suggest;

impl Bench<'_> {
    /// Compiles `emit` of a rule. That of a form is only checked: it tells every answer.
    pub fn emit(&mut self, draft: &ReplyDraft, matched: &[String]) -> Option<Emit> {
        let (sheet, emit) = (draft.sheet, draft.emit.as_ref()?);
        let kind = &emit.value.kind;
        if !names::is_event_type(&kind.value) {
            let message = format!("`{}` is no type of an event", kind.value);
            let help = "write words of `a` to `z`, digits, `-` and `_` with dots between them, \
                        such as `booking.requested`";
            let (code, label) = (&codes::BAD_EVENT_TYPE, "not a type");
            self.report(code, message, sheet, &kind.span, label, help);
            return None;
        }
        let declared = self.declared;
        let shape = declared.events.get(&kind.value);
        if let Some(FormPart { form, .. }) = &draft.form {
            if let Some(shape) = shape {
                self.form_fits(sheet, form, kind, shape);
            }
            return None;
        }
        if let Some(shape) = shape {
            self.emit_fits(sheet, emit, shape);
        }
        self.not_too_many_values(sheet, emit);
        let mut data = Vec::new();
        for (name, value) in &emit.value.data {
            if !names::is_name(&name.value) {
                let message = format!("`{}` is no name for a value", name.value);
                let like = names::like_name(&name.value);
                let help = format!("names consist of `a` to `z`, digits and `_`: `{like}`");
                self.report(&codes::BAD_NAME, message, sheet, &name.span, "not a name", help);
            }
            let text = self.text(sheet, &format!("data.{}", name.value), value, matched);
            data.extend(text.map(|text| (name.value.clone(), text)));
        }
        Some(Emit { kind: kind.value.clone(), data })
    }

    fn not_too_many_values(&self, sheet: usize, emit: &At<EmitDraft>) {
        let (values, most) = (emit.value.data.len(), limits::EMITTED_VALUES_MAX);
        if values > most {
            let message = format!("`emit` tells {values} values; at most {most} are told");
            let help = "tell two events";
            self.report(&codes::OUT_OF_RANGE, message, sheet, &emit.span, "too many", help);
        }
    }

    /// Every value that is told is declared, and the other way round.
    fn emit_fits(&self, sheet: usize, emit: &At<EmitDraft>, shape: &EventShape) {
        let EmitDraft { kind, data } = &emit.value;
        for (name, value) in data {
            if !shape.data.contains_key(&name.value) {
                let message = format!("`{}` brings no `{}`", kind.value, name.value);
                let known = shape.data.keys().map(String::as_str);
                let help = suggest::help(&name.value, known, "its values");
                let label = "not declared";
                self.report(&codes::EMIT_SHAPE, message, sheet, &name.span, label, help);
                continue;
            }
            // What is filled in is known only when it is told.
            if value.value.contains("{{") || value.value.contains("{%") {
                continue;
            }
            if let Err(wanted) = canonical(Some(shape), &name.value, &value.value) {
                let message = format!("`{}` cannot be `{}`", name.value, value.value);
                let help = format!("it is {wanted}");
                let label = "does not fit";
                self.report(&codes::EMIT_SHAPE, message, sheet, &value.span, label, help);
            }
        }
        let told = |name: &String| data.iter().any(|(told, _)| told.value == *name);
        let required = shape.data.iter().filter(|(_, value)| !value.optional);
        for (name, _) in required.filter(|(name, _)| !told(name)) {
            let message = format!("`{}` needs `{name}`, and nothing tells it", kind.value);
            let help = format!(
                "write `emit = {{ type = \"{}\", data = {{ {name} = \"…\" }} }}`, or declare it \
                 with `?` behind its type",
                kind.value
            );
            let label = "a value is missing";
            self.report(&codes::EMIT_SHAPE, message, sheet, &emit.span, label, help);
        }
    }

    /// The same for the answers of a form.
    fn form_fits(&self, sheet: usize, form: &str, kind: &At<String>, shape: &EventShape) {
        let asks = self.forms.get(form).map_or(&[][..], |form| &form.asks);
        let wrong = |message: String, help: String| {
            let label = "another shape";
            self.report(&codes::EMIT_SHAPE, message, sheet, &kind.span, label, help);
        };
        for ask in asks {
            let name = &ask.name;
            match shape.data.get(name) {
                None => wrong(
                    format!("`{}` brings no `{name}`, which the form asks", kind.value),
                    format!("add it to the `data` of `[event.\"{}\"]`", kind.value),
                ),
                Some(value) if !self.is_answered_by(form, ask, value.kind) => wrong(
                    format!("the answer to `{name}` is not {}", value.kind.wanted()),
                    "declare it as `text`, or let the question `accept` what is declared"
                        .to_owned(),
                ),
                Some(_) => {}
            }
        }
        let asked = |name: &String| asks.iter().any(|ask| ask.name == *name);
        let required = shape.data.iter().filter(|(_, value)| !value.optional);
        for (name, _) in required.filter(|(name, _)| !asked(name)) {
            wrong(
                format!("`{}` needs `{name}`, and the form does not ask it", kind.value),
                "add a `[[form.ask]]` of that name, or declare it with `?` behind its type"
                    .to_owned(),
            );
        }
    }

    /// Whether every answer to a question is of this type.
    fn is_answered_by(&self, form: &str, ask: &Ask, wanted: ValueKind) -> bool {
        if wanted == ValueKind::Text {
            return true;
        }
        if let Some(field) = self.declared.fields.get(&ask.name).filter(|_| ask.field) {
            return match field.kind {
                FieldKind::Number => wanted == ValueKind::Number,
                FieldKind::Date => wanted == ValueKind::Date,
                FieldKind::YesNo => wanted == ValueKind::YesNo,
                FieldKind::Text | FieldKind::Choice(_) => false,
            };
        }
        let answers = self.draft.replies.iter().filter_map(|reply| match &reply.form {
            Some(FormPart { form: own, role: Role::Answer { ask: named, value } })
                if own == form && *named == ask.name =>
            {
                Some((reply, value))
            }
            _ => None,
        });
        let mut kinds = answers.map(|(reply, value)| match value {
            Source::Fixed(_) => Some(ValueKind::YesNo),
            Source::Taken => taken(reply, &ask.name),
            _ => None,
        });
        kinds.all(|kind| kind == Some(wanted))
    }
}

/// The type of what `take` finds under a name; none where it is any text.
fn taken(reply: &ReplyDraft, name: &str) -> Option<ValueKind> {
    let pairs = reply.trigger.take.iter().flat_map(|take| &take.value);
    let kind = pairs.filter(|(taken, _)| taken.value == name).map(|(_, kind)| &kind.value).next();
    match kind?.split_whitespace().next()? {
        "number" | "digits" => Some(ValueKind::Number),
        "date" => Some(ValueKind::Date),
        "time" => Some(ValueKind::Time),
        _ => None,
    }
}
