//! Text places: by language or not, compiled and within WhatsApp's limits.

use super::Speaker;
use crate::limits;
use crate::rules::codes::{self, Code};
use crate::rules::compile::bench::{Bench, ByLanguage};
use crate::rules::compile::declared::unknown_language;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::Pairs;
use crate::rules::draft::say::TextDraft;
use crate::rules::problems::At;
use crate::rules::ruleset::TextId;
use crate::rules::says::Localised;
use crate::rules::shipped::Shipped;
use crate::text::language;
use std::collections::BTreeSet;
use std::ops::Range;

/// A kind of text place: what it is called, how much it takes.
#[derive(Debug)]
pub struct Measure {
    /// Its key.
    pub key: &'static str,
    /// What it is, in a sentence.
    pub what: &'static str,
    /// UTF-16 units.
    pub most: usize,
    /// Said where it is longer.
    pub code: &'static Code,
    /// And what to do.
    pub help: &'static str,
}

/// A text message.
pub static TEXT: Measure = Measure {
    key: "text",
    what: "the text",
    most: limits::TEXT_BODY_UTF16_MAX,
    code: &codes::LONG_TEXT,
    help: "divide it: `messages = [\"first part\", \"second part\"]`",
};

/// The text below a picture, video or document.
pub static CAPTION: Measure = Measure {
    key: "text",
    what: "the caption",
    most: limits::CAPTION_UTF16_MAX,
    code: &codes::LONG_CAPTION,
    help: "send the text by itself: `messages = [{ media = \"…\" }, \"…\"]`",
};

/// The text above buttons or a list.
pub static BODY: Measure = Measure {
    key: "text",
    what: "the text",
    most: limits::INTERACTIVE_BODY_UTF16_MAX,
    code: &codes::LONG_BODY,
    help: "send the long part before it: `messages = [\"…\", { text = \"…\", buttons = … }]`",
};

/// `header`
pub static HEADER: Measure = Measure {
    key: "header",
    what: "the header",
    most: limits::HEADER_UTF16_MAX,
    code: &codes::LONG_HEADER,
    help: "shorten it; what is long belongs into `text`",
};

/// `footer`
pub static FOOTER: Measure = Measure {
    key: "footer",
    what: "the footer",
    most: limits::FOOTER_UTF16_MAX,
    code: &codes::LONG_FOOTER,
    help: "shorten it; what is long belongs into `text`",
};

/// `title` of a button
pub static BUTTON_TITLE: Measure = Measure {
    key: "title",
    what: "the button's title",
    most: limits::BUTTON_TITLE_UTF16_MAX,
    code: &codes::LONG_BUTTON,
    help: "shorten it, or write a `list`, whose rows take 24 characters and a description",
};

/// What opens a list
pub static LIST_BUTTON: Measure = Measure {
    key: "button",
    what: "the list's button",
    most: limits::LIST_BUTTON_UTF16_MAX,
    code: &codes::LONG_LIST_BUTTON,
    help: "shorten it: `button = \"Choose\"`",
};

/// `title` of a row
pub static ROW_TITLE: Measure = Measure {
    key: "title",
    what: "the row's title",
    most: limits::ROW_TITLE_UTF16_MAX,
    code: &codes::LONG_ROW_TITLE,
    help: "shorten it; the rest belongs into `description`",
};

/// `description` of a row
pub static ROW_DESCRIPTION: Measure = Measure {
    key: "description",
    what: "the row's description",
    most: limits::ROW_DESCRIPTION_UTF16_MAX,
    code: &codes::LONG_ROW_DESCRIPTION,
    help: "shorten it; the rest belongs into the `text` above the list",
};

/// `title` of a section
pub static SECTION_TITLE: Measure = Measure {
    key: "title",
    what: "the section's title",
    most: limits::SECTION_TITLE_UTF16_MAX,
    code: &codes::LONG_SECTION_TITLE,
    help: "shorten it",
};

/// `name` and `address` of a place; WhatsApp publishes no limit of their own.
pub static PLACE_NAME: Measure = Measure { key: "name", what: "the name", ..TEXT };

/// `address` of a place
pub static PLACE_ADDRESS: Measure = Measure { key: "address", what: "the address", ..TEXT };

/// What fills a place of a template
pub static PARAM: Measure = Measure {
    key: "params",
    what: "the value",
    most: limits::TEMPLATE_PARAMS_UTF16_MAX,
    code: &codes::LONG_PARAMS,
    help: "shorten it: what is long belongs into the template itself",
};

impl Bench<'_> {
    /// Compiles a text place.
    pub fn localised(
        &mut self,
        by: Speaker<'_>,
        text: &At<TextDraft>,
        measure: &Measure,
    ) -> Localised {
        self.localised_after(by, text, measure, 0)
    }

    /// The same where so many units are put before it.
    pub fn localised_after(
        &mut self,
        by: Speaker<'_>,
        text: &At<TextDraft>,
        measure: &Measure,
        before: usize,
    ) -> Localised {
        match &text.value {
            TextDraft::Plain(plain) => {
                let plain = At { value: plain.clone(), span: text.span.clone() };
                self.check_length(by.sheet, &plain, measure, before);
                let default = self.text(by.sheet, measure.key, &plain, by.matched);
                Localised { texts: Vec::new(), default }
            }
            TextDraft::Shipped(shipped) => self.shipped(by, *shipped),
            TextDraft::ByLanguage(pairs) => {
                for (_, text) in pairs {
                    self.check_length(by.sheet, text, measure, before);
                }
                self.by_language(by, &text.span, pairs, measure.key)
            }
        }
    }

    fn shipped(&mut self, by: Speaker<'_>, shipped: Shipped) -> Localised {
        self.shipped_for(shipped.versions(), by.matched)
    }

    /// A text usher brings along that says nothing of the message.
    pub(in crate::rules::compile) fn shipped_in(&mut self, versions: &[(&str, &str)]) -> Localised {
        self.shipped_for(versions, &[])
    }

    /// A text usher brings along; where it has not the language, that of the rules, else English.
    fn shipped_for(&mut self, versions: &[(&str, &str)], matched: &[String]) -> Localised {
        let texts = versions.iter().filter_map(|(language, text)| {
            Some(((*language).to_owned(), self.texts.add(text, matched).ok()?))
        });
        let texts: Vec<(String, TextId)> = texts.collect();
        let declared = self.declared.language.default.as_deref();
        let of = |wanted: Option<&str>| {
            texts.iter().find(|(language, _)| Some(language.as_str()) == wanted).map(|(_, id)| *id)
        };
        let default = of(declared).or_else(|| of(Some("en")));
        Localised { texts, default }
    }

    fn by_language(
        &mut self,
        by: Speaker<'_>,
        span: &Range<usize>,
        pairs: &Pairs,
        key: &'static str,
    ) -> Localised {
        let sheet = by.sheet;
        let mut texts: Vec<(String, TextId)> = Vec::new();
        let mut seen: Vec<(String, &At<String>)> = Vec::new();
        let mut sound = !pairs.is_empty();
        for (tag, text) in pairs {
            let compiled = self.text(sheet, &format!("{key}.{}", tag.value), text, by.matched);
            let Some(language) = language::canonical(&tag.value) else {
                let place = self.place(sheet, &tag.span, "not a language");
                unknown_language(self.problems, &tag.value, place);
                sound = false;
                continue;
            };
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == language) {
                self.same_language(sheet, &language, tag, first);
                continue;
            }
            seen.push((language.clone(), tag));
            texts.extend(compiled.map(|id| (language, id)));
        }
        let languages: BTreeSet<String> = seen.into_iter().map(|(language, _)| language).collect();
        if pairs.is_empty() {
            let help = format!("write `{key}.en = \"…\"`");
            self.report(&codes::EMPTY_LIST, "a text without any language", sheet, span, "", help);
        } else {
            self.check_default(sheet, span, key, &languages, sound);
        }
        let default = self.declared.language.default.as_ref();
        let default_there = default.is_none_or(|default| languages.contains(default));
        let default = texts.iter().find(|(l, _)| Some(l) == default).map(|(_, id)| *id);
        // What lacks the default language, or has one that is none, has been reported.
        if sound && default_there {
            self.by_language.push(ByLanguage { sheet, span: span.clone(), key, languages });
        }
        Localised { texts, default }
    }

    fn same_language(&self, sheet: usize, language: &str, tag: &At<String>, first: &At<String>) {
        let message =
            format!("`{}` and `{}` are one language, `{language}`", first.value, tag.value);
        let found = Diagnostic::new(&codes::SAME_LANGUAGE, message)
            .at(self.place(sheet, &tag.span, "the second time"))
            .at(self.place(sheet, &first.span, "the first time"))
            .help(format!("keep one of the two, `{language}`"));
        self.problems.add(found);
    }

    /// A table of languages needs the default language to be known, and to be in it.
    fn check_default(
        &mut self,
        sheet: usize,
        span: &Range<usize>,
        key: &str,
        languages: &BTreeSet<String>,
        sound: bool,
    ) {
        match &self.declared.language.default {
            Some(default) if !languages.contains(default) && sound => {
                let message = format!("the text is not there in the default language, `{default}`");
                let help = format!("add `{key}.{default} = \"…\"`");
                let label = format!("no `{default}`");
                self.report(&codes::NOT_IN_DEFAULT_LANGUAGE, message, sheet, span, label, help);
            }
            None if self.draft.languages.is_empty()
                && !self.draft.lost.table("language")
                && !std::mem::replace(&mut self.default_missed, true) =>
            {
                let message = "texts by language, but no default language";
                let example = languages.first().map_or("en", String::as_str);
                let help = format!("add `[language]` with `default = \"{example}\"` to one file");
                let label = "by language here";
                self.report(&codes::NO_DEFAULT_LANGUAGE, message, sheet, span, label, help);
            }
            _ => {}
        }
    }

    /// Compiles one text; reported and `None` where it is wrong.
    pub fn text(
        &mut self,
        sheet: usize,
        key: &str,
        text: &At<String>,
        matched: &[String],
    ) -> Option<TextId> {
        if !self.not_blank(sheet, key, text) {
            return None;
        }
        match self.texts.add(&text.value, matched) {
            Ok(id) => {
                self.single_braces(sheet, text);
                Some(id)
            }
            Err(problems) => {
                for problem in problems {
                    let span = self.inside(sheet, &text.span, &problem.span);
                    let help = problem.help.unwrap_or_else(|| {
                        "a name stands between `{{` and `}}`: `{{ contact.name }}`".to_owned()
                    });
                    self.report(&codes::BAD_TEXT, problem.message, sheet, &span, "", help);
                }
                None
            }
        }
    }

    fn check_length(&self, sheet: usize, text: &At<String>, measure: &Measure, before: usize) {
        let units = literal_units(&text.value) + before;
        if units <= measure.most {
            return;
        }
        let Measure { what, most, code, help, .. } = measure;
        let message = if before == 0 {
            format!("{what} has {units} characters; WhatsApp takes {most}")
        } else {
            format!("{what} has {units} characters with its number; WhatsApp takes {most}")
        };
        self.report(code, message, sheet, &text.span, "too long", *help);
    }
}

/// UTF-16 units of a text that are surely sent.
#[must_use]
pub fn literal_units(text: &str) -> usize {
    literal(text).encode_utf16().count()
}

/// What of a text is surely sent: without `{{ }}` and `{% %}`.
#[must_use]
pub fn literal(text: &str) -> String {
    let mut sure = String::new();
    let mut rest = text;
    loop {
        let opening = ["{{", "{%", "{#"].iter().filter_map(|sign| rest.find(sign)).min();
        let Some(opening) = opening else { break };
        let (before, inner) = rest.split_at(opening);
        sure.push_str(before);
        let closing = ["}}", "%}", "#}"].iter().filter_map(|sign| inner.find(sign)).min();
        let Some(closing) = closing else { return sure };
        rest = inner.get(closing + 2..).unwrap_or_default();
    }
    sure + rest
}

/// Whether nothing in it is filled in later.
#[must_use]
pub fn is_literal(text: &str) -> bool {
    !text.contains("{{") && !text.contains("{%")
}

/// A text of a place: its language, empty for all; the text; where it stands.
pub type Written<'t> = (&'t str, &'t str, &'t Range<usize>);

/// The texts of a place.
#[must_use]
pub fn written(place: &At<TextDraft>) -> Vec<Written<'_>> {
    match &place.value {
        TextDraft::Plain(text) => vec![("", text, &place.span)],
        TextDraft::Shipped(shipped) => {
            let versions = shipped.versions().iter();
            versions.map(|(language, text)| (*language, *text, &place.span)).collect()
        }
        TextDraft::ByLanguage(pairs) => pairs
            .iter()
            .map(|(tag, text)| (tag.value.as_str(), text.value.as_str(), &text.span))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_surely_sent_counts() {
        assert_eq!(literal_units("ab {{ contact.name }} c😀"), 7);
        assert_eq!(literal_units("{% if x %}y{% endif %}"), 1);
        assert_eq!(literal_units("a {{ never closed"), 2);
    }
}
