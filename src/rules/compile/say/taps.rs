//! What buttons, rows and choices share: ids that are sent, titles that are told apart.

use super::{Speaker, text};
use crate::rules::codes::{self, Code};
use crate::rules::compile::bench::{Bench, SentId};
use crate::rules::consenting::RESERVED;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::say::TapDraft;
use crate::rules::problems::At;
use std::collections::HashMap;
use std::ops::Range;

/// A title or a word by which something is chosen.
struct Named {
    /// Which of the message's taps.
    index: usize,
    /// Empty for all languages.
    language: String,
    span: Range<usize>,
}

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
                self.sent.push(SentId { sheet: by.sheet, id, go, live: by.live, reply: by.reply });
            }
        }
    }

    /// Titles and words of one message are told apart, and from the numbers of the others.
    pub fn tap_names(&self, by: Speaker<'_>, taps: &[&At<TapDraft>], numbered: bool) {
        let mut seen: HashMap<String, Vec<Named>> = HashMap::new();
        let each = taps.iter().enumerate().flat_map(|(index, tap)| names(index, &tap.value));
        let numbers = taps.iter().enumerate().filter(|_| numbered).filter_map(|(index, tap)| {
            Some(named(index, "", &(index + 1).to_string(), &tap.value.title.as_ref()?.span))
        });
        for (name, named) in numbers.chain(each) {
            let others = seen.entry(name.clone()).or_default();
            if let Some(other) = others.iter().find(|other| other.is_mistaken_for(&named)) {
                let message = format!("two of them are called `{name}`");
                let help = "call them by different names, or nobody can tell them apart";
                let (second, first) = (&named.span, &other.span);
                self.twice(&codes::SAME_TITLE, message, by.sheet, second, first, help);
            }
            others.push(named);
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
        } else if text.starts_with(RESERVED) {
            let message = format!("the id `{text}` belongs to the questions about consent");
            (message, format!("choose one that does not begin with `{RESERVED}`"))
        } else if text.trim() != text {
            let message = format!("the id `{text}` begins or ends with a space");
            (message, format!("write `id = \"{}\"`", text.trim()))
        } else if !text::is_literal(text) {
            let message = format!("the id `{text}` is sent as it is: nothing is filled in");
            (message, "write the id out, `id = \"order\"`; texts may have `{{ }}`".to_owned())
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

impl Named {
    /// A text for all languages is shown beside those of each.
    fn is_mistaken_for(&self, other: &Named) -> bool {
        let meet = self.language == other.language
            || self.language.is_empty()
            || other.language.is_empty();
        meet && self.index != other.index
    }
}

/// The titles and words by which one is chosen, as far as they are written out.
fn names(index: usize, tap: &TapDraft) -> Vec<(String, Named)> {
    let titles = tap.title.iter().flat_map(text::written);
    let words = tap.words.iter().flat_map(|words| &words.value);
    let words = words.filter(|word| !word.value.starts_with('@'));
    let words = words.map(|word| ("", word.value.as_str(), &word.span));
    titles
        .chain(words)
        .filter(|(_, text, _)| text::is_literal(text) && !text.trim().is_empty())
        .map(|(language, text, span)| named(index, language, text, span))
        .collect()
}

fn named(index: usize, language: &str, text: &str, span: &Range<usize>) -> (String, Named) {
    let named = Named { index, language: language.to_owned(), span: span.clone() };
    (crate::text::normal(text), named)
}
