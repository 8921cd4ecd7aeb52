//! What buttons, rows and choices share: ids that are sent, titles that are told apart.

use super::{Speaker, text};
use crate::rules::codes::{self, Code};
use crate::rules::compile::bench::{Bench, SentId};
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::say::TapDraft;
use crate::rules::problems::At;
use std::collections::HashMap;
use std::ops::Range;

/// A title or a word by which something is chosen: language and normal form.
type Name = (String, String);

impl Bench<'_> {
    /// Checks the ids of one message, and remembers them: each needs an answer.
    pub fn tap_ids(&mut self, by: Speaker<'_>, taps: &[&At<TapDraft>], most: usize) {
        let mut seen: HashMap<&str, &Range<usize>> = HashMap::new();
        for tap in taps {
            let Some(id) = &tap.value.id else { continue };
            if let Some(first) = seen.insert(&id.value, &id.span) {
                let message = format!("the id `{}` stands twice in one message", id.value);
                let help = "give each its own id: a tap brings nothing else back";
                self.twice(&codes::SAME_TAP_ID, message, by.sheet, &id.span, first, help);
                continue;
            }
            if self.is_tap_id(by.sheet, id, most) {
                let (id, go) = (id.clone(), tap.value.go.clone());
                self.sent.push(SentId { sheet: by.sheet, id, go, live: by.live });
            }
        }
    }

    /// Titles and words of one message are told apart, in each language by itself.
    pub fn tap_names(&self, by: Speaker<'_>, taps: &[&At<TapDraft>]) {
        let mut seen: HashMap<Name, (usize, Range<usize>)> = HashMap::new();
        for (index, tap) in taps.iter().enumerate() {
            for (name, span) in names(&tap.value) {
                match seen.get(&name) {
                    Some((other, first)) if *other != index => {
                        let message = format!("two of them are called `{}`", name.1);
                        let help = "call them by different names, or nobody can tell them apart";
                        self.twice(&codes::SAME_TITLE, message, by.sheet, &span, first, help);
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(name, (index, span));
                    }
                }
            }
        }
    }

    fn is_tap_id(&self, sheet: usize, id: &At<String>, most: usize) -> bool {
        let text = id.value.as_str();
        if text.len() > most {
            let message = format!("the id has {} characters; WhatsApp takes {most}", text.len());
            let help = "choose a short one, such as `order`: customers never see it";
            self.report(&codes::LONG_TAP_ID, message, sheet, &id.span, "too long", help);
            return false;
        }
        let (message, help) = if text.is_empty() {
            ("an empty id".to_owned(), "write what a tap brings: `id = \"yes\"`".to_owned())
        } else if text.trim() != text {
            let message = format!("the id `{text}` begins or ends with a space");
            (message, format!("write `id = \"{}\"`", text.trim()))
        } else if !text.chars().all(|c| c.is_ascii() && !c.is_ascii_control()) {
            let message = format!("the id `{text}` has letters other than `a` to `z`");
            let help = "write it in plain letters: customers see the `title`, never the id";
            (message, help.to_owned())
        } else {
            return true;
        };
        self.report(&codes::BAD_TAP_ID, message, sheet, &id.span, "cannot be sent", help);
        false
    }

    fn twice(
        &self,
        code: &'static Code,
        message: String,
        sheet: usize,
        second: &Range<usize>,
        first: &Range<usize>,
        help: &str,
    ) {
        let found = Diagnostic::new(code, message)
            .at(self.place(sheet, second, "the second"))
            .at(self.place(sheet, first, "the first"))
            .help(help);
        self.problems.add(found);
    }
}

/// The titles and words by which one is chosen, as far as they are written out.
fn names(tap: &TapDraft) -> Vec<(Name, Range<usize>)> {
    let mut names = Vec::new();
    let mut add = |language: &str, text: &str, span: &Range<usize>| {
        if text::is_literal(text) && !text.trim().is_empty() {
            names.push(((language.to_owned(), crate::text::normal(text)), span.clone()));
        }
    };
    if let Some(title) = &tap.title {
        for (language, text) in text::written(&title.value) {
            add(language, text, &title.span);
        }
    }
    for word in tap.words.iter().flat_map(|words| &words.value) {
        if !word.value.starts_with('@') {
            add("", &word.value, &word.span);
        }
    }
    names
}
