//! What is said: drafts → [`Speech`] and [`Say`], each way in a file of its own.
//!
//! Here: which way it is, and that there is only one.

mod buttons;
mod choices;
mod list;
mod location;
mod media;
mod taps;
mod template;
pub mod text;

use super::bench::Bench;
use super::bounded;
use crate::limits;
use crate::model::RuleId;
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::notices::NotifyDraft;
use crate::rules::draft::say::{MessageDraft, SpeechDraft, TextDraft, VariantDraft};
use crate::rules::handing;
use crate::rules::problems::At;
use crate::rules::says::{FrameText, Say, Speech, Variant};
use crate::rules::scripts::FunctionId;
use std::ops::Range;

/// Who speaks, and what its texts may name.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'s> {
    /// Its sheet.
    pub sheet: usize,
    /// The names of `match.NAME`.
    pub matched: &'s [String],
    /// It is no draft: what it sends is sent.
    pub live: bool,
    /// The reply, by its place in the draft; none for greeting, fallbacks and notices.
    pub reply: Option<usize>,
    /// The notice.
    pub notice: Option<&'s NotifyDraft>,
}

/// Keys that are a way to speak, by the way they belong to; the others only go with them.
const WAYS: [(&str, &str); 11] = [
    ("text", "text"),
    ("media", "text"),
    ("buttons", "text"),
    ("list", "text"),
    ("choices", "text"),
    ("location", "location"),
    ("template", "template"),
    ("script", "script"),
    ("messages", "messages"),
    ("variants", "variants"),
    ("go", "go"),
];

/// Keys of which a message has one at most.
const ONE_OF: [&str; 4] = ["buttons", "list", "choices", "media"];

/// Keys that go with others only: the key, what it goes with, and how that is named.
const BESIDE: [(&str, &[&str], &str); 8] = [
    ("header", &["buttons", "list", "choices"], "`buttons`, `list` or `choices`"),
    ("footer", &["buttons", "list", "choices"], "`buttons`, `list` or `choices`"),
    ("buttons", &["text"], "a `text`"),
    ("list", &["text"], "a `text`"),
    ("choices", &["text"], "a `text`"),
    ("numbered", &["choices"], "`choices`"),
    ("button", &["choices"], "`choices`; that of a `list` stands inside its braces"),
    ("params", &["template"], "a `template`"),
];

fn way(key: &str) -> Option<&'static str> {
    WAYS.iter().find(|(known, _)| *known == key).map(|(_, way)| *way)
}

impl SpeechDraft {
    /// Whether it has any way to speak, an unreadable one too.
    #[must_use]
    pub fn speaks(&self) -> bool {
        self.keys.iter().any(|key| way(&key.value).is_some())
    }
}

impl Bench<'_> {
    /// Compiles whatever a rule says; nothing is [`Speech::Silent`].
    pub fn speech(&mut self, by: Speaker<'_>, draft: &SpeechDraft) -> Speech {
        self.one_way(by.sheet, &draft.keys);
        if let Some(go) = &draft.go {
            return self.go(by, go).map_or(Speech::Silent, Speech::Go);
        }
        if let Some(variants) = &draft.variants {
            let variants = variants.value.iter().map(|variant| self.variant(by, variant));
            return Speech::Variants(variants.collect());
        }
        let says = self.said(by, draft);
        if says.is_empty() { Speech::Silent } else { Speech::Says(says) }
    }

    /// Compiles one message or several, where there are no other ways.
    pub fn says(&mut self, by: Speaker<'_>, draft: &SpeechDraft) -> Vec<Say> {
        self.one_way(by.sheet, &draft.keys);
        self.said(by, draft)
    }

    /// The text of a key that takes nothing but a text; none without the key.
    pub fn one_text(
        &mut self,
        by: Speaker<'_>,
        key: &'static str,
        draft: Option<&At<TextDraft>>,
    ) -> Vec<Say> {
        let measure = text::Measure { key, ..text::TEXT };
        Vec::from_iter(draft.map(|draft| Say::Text(self.localised(by, draft, &measure))))
    }

    /// Whether anything is said at all; reported where not.
    pub fn says_something(
        &self,
        what: &str,
        sheet: usize,
        header: &Range<usize>,
        speech: &SpeechDraft,
    ) -> bool {
        if speech.speaks() || !speech.keys.is_empty() {
            return true;
        }
        let message = format!("the {what} says nothing");
        let label = "neither `text` nor anything else to say";
        self.report(&codes::NO_SAY, message, sheet, header, label, "add `text = \"…\"`");
        false
    }

    fn said(&mut self, by: Speaker<'_>, draft: &SpeechDraft) -> Vec<Say> {
        let mut says = Vec::from_iter(self.message(by, &draft.message));
        let Some(messages) = &draft.messages else { return says };
        if messages.value.len() > limits::SENDS_PER_DECISION_MAX {
            let most = limits::SENDS_PER_DECISION_MAX;
            let message =
                format!("{} messages at once; at most {most} are sent", messages.value.len());
            let help = "join some of them with line breaks";
            let label = "too many";
            self.report(&codes::TOO_MANY_MESSAGES, message, by.sheet, &messages.span, label, help);
        }
        for message in &messages.value {
            self.one_way(by.sheet, &message.value.keys);
            says.extend(self.message(by, &message.value));
        }
        says
    }

    fn variant(&mut self, by: Speaker<'_>, draft: &At<VariantDraft>) -> Variant {
        const WEIGHT_MAX: u32 = 1_000;
        let speech = &draft.value.speech;
        self.says_something("variant", by.sheet, &draft.span, speech);
        let weight = draft.value.weight.as_ref();
        let weight = weight.map_or(1, |w| bounded(self, by.sheet, "weight", w, WEIGHT_MAX));
        Variant { weight, says: self.says(by, speech) }
    }

    /// One message; `None` where it says nothing or is wrong, which has been reported.
    fn message(&mut self, by: Speaker<'_>, draft: &MessageDraft) -> Option<Say> {
        if let Some(media) = &draft.media {
            return self.media(by, media, draft.text.as_ref());
        }
        if let Some(location) = &draft.location {
            return self.location(by, &location.value);
        }
        if let Some(template) = &draft.template {
            return self.template(by, template, draft.params.as_ref()).map(Say::Template);
        }
        if let Some(script) = &draft.script {
            return self.script(by.sheet, script).map(Say::Script);
        }
        let text = draft.text.as_ref()?;
        let frame = |bench: &mut Self| FrameText {
            header: draft.header.as_ref().map(|h| bench.localised(by, h, &text::HEADER)),
            body: bench.localised(by, text, &text::BODY),
            footer: draft.footer.as_ref().map(|f| bench.localised(by, f, &text::FOOTER)),
        };
        if let Some(buttons) = &draft.buttons {
            let frame = frame(self);
            return Some(self.buttons(by, frame, buttons));
        }
        if let Some(list) = &draft.list {
            let frame = frame(self);
            return Some(self.menu_list(by, frame, &list.value));
        }
        if let Some(choices) = &draft.choices {
            let frame = frame(self);
            return Some(Say::Choices(self.menu(by, frame, draft, choices)));
        }
        Some(Say::Text(self.localised(by, text, &text::TEXT)))
    }

    /// One way to speak, and nothing that belongs to another.
    fn one_way(&self, sheet: usize, keys: &[At<String>]) {
        let mut ways = keys.iter().filter_map(|key| Some((key, way(&key.value)?)));
        if let Some((first, way)) = ways.next()
            && let Some((second, _)) = ways.find(|(_, other)| *other != way)
        {
            return self.two_ways(sheet, first, second);
        }
        let mut shapes = keys.iter().filter(|key| ONE_OF.contains(&key.value.as_str()));
        if let (Some(first), Some(second)) = (shapes.next(), shapes.next()) {
            return self.two_ways(sheet, first, second);
        }
        for (key, with, named) in BESIDE {
            let Some(stray) = keys.iter().find(|found| found.value == key) else { continue };
            if !keys.iter().any(|found| with.contains(&found.value.as_str())) {
                let message = format!("`{key}` goes with {named}");
                let help = match key {
                    "buttons" | "list" | "choices" => {
                        format!("add `text = \"…\"`: WhatsApp shows `{key}` below a text")
                    }
                    "header" | "footer" => {
                        format!("write it into the `text` itself, or drop `{key}`")
                    }
                    _ => format!("drop `{key}`, or add what it belongs to"),
                };
                let label = "has nothing to go with";
                self.report(&codes::STRAY_KEY, message, sheet, &stray.span, label, help);
            }
        }
    }

    fn two_ways(&self, sheet: usize, first: &At<String>, second: &At<String>) {
        let (one, other) = (first.value.as_str(), second.value.as_str());
        let either = |key: &str| one == key || other == key;
        let help = if either("go") {
            "`go` lets that rule speak in this one's place: keep one of the two".to_owned()
        } else if either("variants") {
            "put it into one of the `variants`, each of which says something of its own".to_owned()
        } else if either("messages") {
            let single = if one == "messages" { other } else { one };
            format!("put the `{single}` into `messages`, where it belongs in the order")
        } else if either("media") {
            let shape = if one == "media" { other } else { one };
            format!("send two: `messages = [{{ media = \"…\" }}, {{ text = \"…\", {shape} = … }}]`")
        } else if one == "text" || other == "text" || way(one) != way(other) {
            format!("send two: `messages = [{{ {one} = … }}, {{ {other} = … }}]`")
        } else {
            "a message has one of the two: buttons up to three, a list up to ten".to_owned()
        };
        let found = Diagnostic::new(&codes::TWO_SAYS, format!("`{one}` and `{other}` together"))
            .at(self.place(sheet, &second.span, "and this as well"))
            .at(self.place(sheet, &first.span, "this is said"))
            .help(help);
        self.problems.add(found);
    }

    /// The rule that `go` names; reported where it cannot be gone to.
    pub fn go(&self, by: Speaker<'_>, go: &At<String>) -> Option<RuleId> {
        let name = go.value.as_str();
        if let Some(queue) = name.strip_prefix(handing::QUEUE) {
            return self.queue(by.sheet, queue, &go.span).then(|| RuleId::from(name));
        }
        let to_hand_off = name.strip_prefix(handing::HAND_OFF);
        let name = handing::target(name);
        let target = self.declared.ids.get(name).and_then(|at| self.draft.replies.get(*at));
        // The rules a form is made of are its own business.
        let target = target.filter(|to| to.form.is_none() || name.starts_with("form:"));
        let Some(target) = target else {
            if let Some(form) = name.strip_prefix("form:") {
                self.unknown_form(by.sheet, form, go);
            } else if !self.draft.lost.rule(name) {
                let known = self.declared.reply_ids();
                let help = crate::rules::suggest::help(name, known, "the replies");
                let message = format!("`go` to a reply `{name}`, which does not exist");
                let label = "no such reply";
                self.report(&codes::UNKNOWN_GO, message, by.sheet, &go.span, label, help);
            }
            return None;
        };
        let why = if to_hand_off.is_some() && !target.hands_over {
            Some(("a reply, no hand-off", "write the id alone, without `handoff:`"))
        } else if target.also.as_ref().is_some_and(|also| also.value) {
            Some(("an `also` rule, which never speaks", "name a rule that says something"))
        } else if by.live && !super::reply::is_live(target) {
            Some(("a draft, which never acts", "set it live: take its `status` out"))
        } else {
            None
        };
        if let Some((what, help)) = why {
            let message = format!("`{name}` is {what}");
            self.report(&codes::BAD_GO, message, by.sheet, &go.span, "cannot be gone to", help);
            return None;
        }
        target.id.as_ref().map(|id| RuleId::from(id.value.as_str()))
    }

    fn script(&mut self, sheet: usize, name: &At<String>) -> Option<FunctionId> {
        match self.scripts.function(&name.value) {
            Ok(function) => Some(function),
            Err(problems) => {
                for problem in problems {
                    let help = problem.help.unwrap_or_else(|| {
                        let example = "fn price_text() { \"…\" }";
                        format!("write the function into a `*.rhai` file: `{example}`")
                    });
                    let label = "not a function to call";
                    let code = &codes::BAD_SCRIPT;
                    self.report(code, problem.message, sheet, &name.span, label, help);
                }
                None
            }
        }
    }
}
