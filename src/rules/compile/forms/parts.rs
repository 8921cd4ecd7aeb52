//! The replies a form is made of. Each stands where its question or the form's header stands.

use crate::model::MessageKind;
use crate::rules::compile::trigger::is_narrowed;
use crate::rules::draft::emit::EmitDraft;
use crate::rules::draft::form::{AskDraft, FormDraft};
use crate::rules::draft::say::{SpeechDraft, TapDraft, TextDraft};
use crate::rules::draft::{Entries, FieldDraft, Pairs, ReplyDraft, TriggerDraft};
use crate::rules::forming::{Form, FormPart, Role, Source, entry_id, part_id};
use crate::rules::problems::At;
use crate::rules::shipped::Shipped;
use std::ops::Range;

/// How long a question stays open where its form does not say.
const EXPECT: &str = "30m";

/// Every reply of a form.
pub fn replies(
    form: &Form,
    id: &At<String>,
    written: FormDraft,
    fields: &[FieldDraft],
) -> Vec<ReplyDraft> {
    let expect = written.expect.clone();
    let expect = expect.unwrap_or_else(|| At { value: EXPECT.to_owned(), span: id.span.clone() });
    let press = Press {
        form,
        sheet: written.sheet,
        owner: written.owner.clone(),
        status: written.status.clone(),
        header: written.header.clone(),
        span: id.span.clone(),
        expect,
    };
    let mut replies = Vec::new();
    for (draft, ask) in written.asks.into_iter().zip(&form.asks) {
        press.ask(&ask.name, draft, fields, &mut replies);
    }
    if let Some(text) = written.confirm {
        press.confirm(text, &mut replies);
    }
    let mut done = press.ending("done", Role::Done, written.done, Shipped::Done);
    (done.tags, done.untag) = (written.tags, written.untag);
    (done.set, done.unset) = (written.set, written.unset);
    // Every answer is told; here it is only held against its declaration.
    done.emit = written
        .emit
        .map(|kind| At { span: kind.span.clone(), value: EmitDraft { kind, data: Pairs::new() } });
    let failed = ReplyDraft {
        trigger: TriggerDraft {
            after: press.list(form_questions(form)),
            kind: press.list(kinds()),
            ..TriggerDraft::default()
        },
        ..press.ending("failed", Role::Failed, written.failed, Shipped::Failed)
    };
    let cancel = written.cancel.map(SpeechDraft::of_text);
    let cancel = press.ending("cancel", Role::Cancel, cancel, Shipped::Cancelled);
    let entry = ReplyDraft {
        id: Some(press.at(entry_id(&form.id))),
        speech: written.text.map(SpeechDraft::of_text).unwrap_or_default(),
        examples: written.examples,
        not_examples: written.not_examples,
        ..press.part("", Role::Entry { triggered: is_narrowed(&written.trigger) })
    };
    replies.insert(0, ReplyDraft { trigger: written.trigger, ..entry });
    replies.extend([done, failed, cancel]);
    replies
}

/// The ids of everything that waits for an answer.
fn form_questions(form: &Form) -> Vec<String> {
    let asks = form.asks.iter().map(|ask| part_id(&form.id, &ask.name));
    asks.chain(form.confirms.then(|| part_id(&form.id, "confirm"))).collect()
}

/// Every kind of message that may be an answer.
fn kinds() -> Vec<String> {
    let never = [MessageKind::Reaction, MessageKind::Call];
    let names = MessageKind::NAMES.iter();
    let names = names.filter(|name| never.iter().all(|kind| kind.name() != **name));
    names.map(|name| (*name).to_owned()).collect()
}

/// What the replies of one form, or of one question, have in common.
#[derive(Clone)]
struct Press<'a> {
    form: &'a Form,
    sheet: usize,
    owner: Option<At<String>>,
    status: Option<At<String>>,
    header: Range<usize>,
    span: Range<usize>,
    expect: At<String>,
}

impl Press<'_> {
    fn at<T>(&self, value: T) -> At<T> {
        At { value, span: self.span.clone() }
    }

    fn list(&self, texts: Vec<String>) -> Entries {
        Some(self.at(texts.into_iter().map(|text| self.at(text)).collect()))
    }

    fn shipped(&self, text: Shipped) -> At<TextDraft> {
        self.at(TextDraft::Shipped(text))
    }

    fn part(&self, name: &str, role: Role) -> ReplyDraft {
        ReplyDraft {
            sheet: self.sheet,
            header: self.header.clone(),
            id: Some(self.at(part_id(&self.form.id, name))),
            owner: self.owner.clone(),
            status: self.status.clone(),
            form: Some(FormPart { form: self.form.id.clone(), role }),
            ..ReplyDraft::default()
        }
    }

    fn ending(
        &self,
        name: &str,
        role: Role,
        speech: Option<SpeechDraft>,
        shipped: Shipped,
    ) -> ReplyDraft {
        let speech = speech.unwrap_or_else(|| SpeechDraft::of_text(self.shipped(shipped)));
        ReplyDraft { speech, ..self.part(name, role) }
    }

    fn ask(
        &self,
        name: &str,
        draft: AskDraft,
        fields: &[FieldDraft],
        replies: &mut Vec<ReplyDraft>,
    ) {
        let given = draft.field.as_ref().or(draft.name.as_ref());
        let span = given.map_or_else(|| draft.header.clone(), |given| given.span.clone());
        let press = Press { header: draft.header.clone(), span, ..self.clone() };
        let accept = draft.accept.clone().unwrap_or_else(|| press.at(fitting(&draft, fields)));
        let yes_no = accept.value.trim() == "yes_no" && draft.choices.is_none();
        let choices = if yes_no { Some(press.yes_no(name)) } else { draft.choices };
        let ids = choices.iter().flat_map(|choices| &choices.value);
        let ids: Vec<At<String>> = ids.filter_map(|choice| choice.value.id.clone()).collect();
        let speech = draft.text.map(|text| SpeechDraft::of_message(text, choices));
        let question = Role::Question { ask: name.to_owned() };
        replies.push(ReplyDraft {
            speech: speech.unwrap_or_default(),
            expect: Some(self.expect.clone()),
            ..press.part(name, question)
        });
        if yes_no {
            for answer in ["yes", "no"] {
                press.yes_or_no(name, answer, replies);
            }
        } else if ids.is_empty() {
            replies.push(press.answer(name, &accept));
        } else {
            press.chosen(name, ids, replies);
        }
        let wrong = Role::Wrong { again: draft.wrong.is_none() };
        let text = draft.wrong.unwrap_or_else(|| press.shipped(Shipped::Wrong));
        replies.push(press.wrong(name, wrong, text));
    }

    /// A reply to the open question of this name.
    fn after(&self, name: &str, trigger: TriggerDraft) -> TriggerDraft {
        TriggerDraft { after: self.list(vec![part_id(&self.form.id, name)]), ..trigger }
    }

    /// Takes the value out of what was said or sent.
    fn answer(&self, name: &str, accept: &At<String>) -> ReplyDraft {
        let kind = |kind: &str| TriggerDraft {
            kind: self.list(vec![kind.to_owned()]),
            ..TriggerDraft::default()
        };
        let (trigger, value) = match accept.value.trim() {
            "location" => (kind("location"), Source::Location),
            "image" => (kind("image"), Source::Image),
            words => {
                let pair = (self.at(name.to_owned()), accept.clone());
                let take = Some(At { value: vec![pair], span: accept.span.clone() });
                let value = if words == "rest" { Source::Text } else { Source::Taken };
                (TriggerDraft { take, ..TriggerDraft::default() }, value)
            }
        };
        let role = Role::Answer { ask: name.to_owned(), value };
        let part = format!("{name}.answer");
        ReplyDraft { trigger: self.after(name, trigger), ..self.part(&part, role) }
    }

    /// One of the choices was tapped or typed: now, or when the question is open no longer.
    fn chosen(&self, name: &str, ids: Vec<At<String>>, replies: &mut Vec<ReplyDraft>) {
        let payload = Some(self.at(ids));
        let trigger = || TriggerDraft { payload: payload.clone(), ..TriggerDraft::default() };
        let (ask, value) = (name.to_owned(), Source::Payload);
        let answer = Role::Answer { ask: ask.clone(), value: value.clone() };
        replies.push(ReplyDraft {
            trigger: self.after(name, trigger()),
            ..self.part(&format!("{name}.answer"), answer)
        });
        let late = Role::Late { ask, value };
        let late = self.part(&format!("{name}.late"), late);
        replies.push(ReplyDraft { trigger: trigger(), ..late });
    }

    /// Two buttons.
    fn yes_no(&self, name: &str) -> At<Vec<At<TapDraft>>> {
        let tap = |answer: &str, title| {
            self.at(TapDraft {
                id: Some(self.at(self.button(name, answer))),
                title: Some(self.shipped(title)),
                ..TapDraft::default()
            })
        };
        self.at(vec![tap("yes", Shipped::Yes), tap("no", Shipped::No)])
    }

    /// What a button brings back.
    fn button(&self, name: &str, answer: &str) -> String {
        part_id(&self.form.id, &format!("{name}.{answer}"))
    }

    /// The button, or the word that says the same.
    fn saying(&self, name: &str, answer: &str) -> TriggerDraft {
        TriggerDraft {
            payload: self.list(vec![self.button(name, answer)]),
            whole: self.list(vec![format!("@{answer}")]),
            ..TriggerDraft::default()
        }
    }

    fn yes_or_no(&self, name: &str, answer: &str, replies: &mut Vec<ReplyDraft>) {
        let (ask, value) = (name.to_owned(), Source::Fixed(answer.to_owned()));
        let role = Role::Answer { ask: ask.clone(), value: value.clone() };
        replies.push(ReplyDraft {
            trigger: self.after(name, self.saying(name, answer)),
            ..self.part(&format!("{name}.{answer}"), role)
        });
        let late = self.part(&format!("{name}.{answer}.late"), Role::Late { ask, value });
        let payload = self.list(vec![self.button(name, answer)]);
        replies.push(ReplyDraft {
            trigger: TriggerDraft { payload, ..TriggerDraft::default() },
            ..late
        });
    }

    fn wrong(&self, name: &str, role: Role, text: At<TextDraft>) -> ReplyDraft {
        let kinds = TriggerDraft { kind: self.list(kinds()), ..TriggerDraft::default() };
        ReplyDraft {
            trigger: self.after(name, kinds),
            speech: SpeechDraft::of_text(text),
            ask_again: Some(self.at(i64::from(self.form.tries))),
            ..self.part(&format!("{name}.wrong"), role)
        }
    }

    /// What was answered is shown; a tap on its buttons that comes too late does nothing.
    fn confirm(&self, text: At<TextDraft>, replies: &mut Vec<ReplyDraft>) {
        let name = "confirm";
        replies.push(ReplyDraft {
            speech: SpeechDraft::of_message(text, Some(self.yes_no(name))),
            expect: Some(self.expect.clone()),
            ..self.part(name, Role::Confirm)
        });
        for (answer, role) in [("yes", Role::Confirmed), ("no", Role::Refused)] {
            replies.push(ReplyDraft {
                trigger: self.after(name, self.saying(name, answer)),
                ..self.part(&format!("{name}.{answer}"), role)
            });
        }
        let buttons = ["yes", "no"].map(|answer| self.button(name, answer));
        let payload = self.list(buttons.to_vec());
        let expired = self.ending("confirm.late", Role::Expired, None, Shipped::Expired);
        let trigger = TriggerDraft { payload, ..TriggerDraft::default() };
        replies.push(ReplyDraft { trigger, ..expired });
        let wrong = self.shipped(Shipped::Wrong);
        replies.push(self.wrong(name, Role::Wrong { again: true }, wrong));
    }
}

/// What is accepted where an ask does not say: what its field holds, else any text.
fn fitting(draft: &AskDraft, fields: &[FieldDraft]) -> String {
    let named = |field: &&FieldDraft| {
        draft.field.as_ref().is_some_and(|name| name.value == field.name.value)
    };
    let kind = fields.iter().find(named).and_then(|field| field.kind.as_ref());
    match kind.map(|kind| kind.value.as_str()) {
        Some(kind @ ("number" | "date" | "yes_no")) => kind.to_owned(),
        _ => "rest".to_owned(),
    }
}
