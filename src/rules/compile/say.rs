//! What is said: texts, by language or not, compiled and within WhatsApp's limits.

use super::bench::Bench;
use super::declared::unknown_language;
use crate::limits;
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::{Pairs, SayDraft, TextDraft};
use crate::rules::problems::At;
use crate::rules::ruleset::TextId;
use crate::rules::says::{Localised, Say};
use crate::text::language;
use std::collections::BTreeSet;
use std::ops::Range;

impl Bench<'_> {
    /// Compiles `text` or `messages`. `matched` are the names of `match.NAME`.
    pub fn say(&mut self, sheet: usize, say: &SayDraft, matched: &[String]) -> Vec<Say> {
        let mut says = Vec::new();
        if let Some(text) = &say.text {
            says.push(Say::Text(self.localised(sheet, text, matched)));
        }
        let Some(messages) = &say.messages else { return says };
        if let Some(text) = &say.text {
            let found = Diagnostic::new(&codes::TWO_SAYS, "`text` and `messages` together")
                .at(self.place(sheet, &messages.span, "a list of messages"))
                .at(self.place(sheet, &text.span, "and one more"))
                .help("put the text into `messages`, where it belongs in the order");
            self.problems.add(found);
        }
        if messages.value.len() > limits::SENDS_PER_DECISION_MAX {
            let most = limits::SENDS_PER_DECISION_MAX;
            let message =
                format!("{} messages at once; at most {most} are sent", messages.value.len());
            let help = "join some of them with line breaks";
            let label = "too many";
            self.report(&codes::TOO_MANY_MESSAGES, message, sheet, &messages.span, label, help);
        }
        says.extend(messages.value.iter().map(|m| Say::Text(self.localised(sheet, m, matched))));
        says
    }

    fn localised(&mut self, sheet: usize, text: &At<TextDraft>, matched: &[String]) -> Localised {
        match &text.value {
            TextDraft::Plain(plain) => {
                let plain = At { value: plain.clone(), span: text.span.clone() };
                Localised { texts: Vec::new(), default: self.text(sheet, "text", &plain, matched) }
            }
            TextDraft::ByLanguage(pairs) => self.by_language(sheet, &text.span, pairs, matched),
        }
    }

    fn by_language(
        &mut self,
        sheet: usize,
        span: &Range<usize>,
        pairs: &Pairs,
        matched: &[String],
    ) -> Localised {
        let mut texts: Vec<(String, TextId)> = Vec::new();
        let mut seen: Vec<(String, &At<String>)> = Vec::new();
        let mut sound = !pairs.is_empty();
        for (tag, text) in pairs {
            let compiled = self.text(sheet, &format!("text.{}", tag.value), text, matched);
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
            let help = "write `text.en = \"…\"`";
            self.report(&codes::EMPTY_LIST, "a text without any language", sheet, span, "", help);
        } else {
            self.check_default(sheet, span, &languages, sound);
        }
        let default = self.declared.language.default.as_ref();
        let default = texts.iter().find(|(l, _)| Some(l) == default).map(|(_, id)| *id);
        self.by_language.push((sheet, span.clone(), languages));
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
        languages: &BTreeSet<String>,
        sound: bool,
    ) {
        match &self.declared.language.default {
            Some(default) if !languages.contains(default) && sound => {
                let message = format!("the text is not there in the default language, `{default}`");
                let help = format!("add `text.{default} = \"…\"`");
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
        self.check_length(sheet, text);
        match self.texts.add(&text.value, matched) {
            Ok(id) => Some(id),
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

    fn check_length(&self, sheet: usize, text: &At<String>) {
        let units = literal_units(&text.value);
        if units > limits::TEXT_BODY_UTF16_MAX {
            let most = limits::TEXT_BODY_UTF16_MAX;
            let message = format!("the text has {units} characters; WhatsApp takes {most}");
            let help = "divide it: `messages = [\"first part\", \"second part\"]`";
            self.report(&codes::LONG_TEXT, message, sheet, &text.span, "too long", help);
        }
    }
}

/// UTF-16 units of a text, what stands in `{{ }}` and `{% %}` not counted.
fn literal_units(text: &str) -> usize {
    let mut units = 0;
    let mut rest = text;
    loop {
        let opening = ["{{", "{%", "{#"].iter().filter_map(|sign| rest.find(sign)).min();
        let Some(opening) = opening else { break };
        let (before, inner) = rest.split_at(opening);
        units += before.encode_utf16().count();
        let closing = ["}}", "%}", "#}"].iter().filter_map(|sign| inner.find(sign)).min();
        let Some(closing) = closing else { return units };
        rest = inner.get(closing + 2..).unwrap_or_default();
    }
    units + rest.encode_utf16().count()
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
