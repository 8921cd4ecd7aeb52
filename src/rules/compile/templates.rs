//! `[[template]]`: what WhatsApp approved, as the rules declare it.

use super::declared::{Work, unknown_language};
use super::{bench::place, names};
use crate::limits;
use crate::model::Purpose;
use crate::rules::codes::{self, Code};
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::TemplateDraft;
use crate::rules::problems::At;
use crate::rules::says::Template;
use crate::rules::suggest;
use crate::text::language;
use std::collections::BTreeMap;

/// The categories as one writes them.
const CATEGORIES: [(&str, Purpose); 3] = [
    ("utility", Purpose::Utility),
    ("authentication", Purpose::Authentication),
    ("marketing", Purpose::Marketing),
];

impl Work<'_> {
    /// Templates by id; what is declared twice or wrongly is reported.
    pub(super) fn templates(&self) -> BTreeMap<String, Template> {
        let mut templates = BTreeMap::new();
        let mut places: BTreeMap<&str, (usize, &std::ops::Range<usize>)> = BTreeMap::new();
        for draft in &self.draft.templates {
            let template = self.template(draft);
            let (Some(id), Some(template)) = (&draft.id, template) else { continue };
            if let Some(first) = places.get(id.value.as_str()) {
                let what = format!("the template `{}`", id.value);
                self.twice(&what, draft.sheet, &id.span, *first);
                continue;
            }
            places.insert(&id.value, (draft.sheet, &id.span));
            templates.insert(id.value.clone(), template);
        }
        templates
    }

    fn template(&self, draft: &TemplateDraft) -> Option<Template> {
        let params = self.places(draft);
        let purpose = self.purpose(draft);
        let languages = self.languages(draft);
        let positional = self.positional(draft);
        let id = draft.id.as_ref()?;
        self.check_name(draft.sheet, id);
        Some(Template { id: id.value.clone(), purpose, languages, params, positional })
    }

    fn check_name(&self, sheet: usize, id: &At<String>) {
        let name = id.value.as_str();
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.is_empty()
            && name.chars().all(letter)
            && name.len() <= limits::TEMPLATE_NAME_BYTES_MAX
        {
            return;
        }
        let message = format!("`{name}` is no name of a template");
        let most = limits::TEMPLATE_NAME_BYTES_MAX;
        let help = format!(
            "WhatsApp's names have `a` to `z`, digits and `_`, at most {most}: copy it from there"
        );
        self.wrong(&codes::BAD_TEMPLATE, message, sheet, id, "not a template's name", help);
    }

    /// Utility where it is wrong, so that nothing else is blamed for it.
    fn purpose(&self, draft: &TemplateDraft) -> Purpose {
        let Some(category) = &draft.category else { return Purpose::Utility };
        let name = category.value.to_lowercase();
        if let Some((_, purpose)) = CATEGORIES.iter().find(|(known, _)| *known == name) {
            return *purpose;
        }
        let message = format!("there is no category `{}`", category.value);
        let known = CATEGORIES.map(|(known, _)| known);
        let help = suggest::help(&name, known, "the categories");
        let code = &codes::UNKNOWN_VALUE;
        self.wrong(code, message, draft.sheet, category, "no such category", help);
        Purpose::Utility
    }

    /// Canonical language and WhatsApp's code.
    fn languages(&self, draft: &TemplateDraft) -> Vec<(String, String)> {
        let mut languages: Vec<(String, String)> = Vec::new();
        for tag in draft.languages.iter().flat_map(|languages| &languages.value) {
            let Some(canonical) = language::canonical(&tag.value) else {
                let place = place(self.draft, draft.sheet, &tag.span, "not a language");
                unknown_language(self.problems, &tag.value, place);
                continue;
            };
            if let Some((_, first)) = languages.iter().find(|(known, _)| *known == canonical) {
                let message =
                    format!("`{first}` and `{}` are one language, `{canonical}`", tag.value);
                let help = "keep one of the two: the other would never be chosen".to_owned();
                let code = &codes::SAME_LANGUAGE;
                self.wrong(code, message, draft.sheet, tag, "the second time", help);
                continue;
            }
            languages.push((canonical, tag.value.clone()));
        }
        languages
    }

    fn places(&self, draft: &TemplateDraft) -> Vec<String> {
        let mut places: Vec<String> = Vec::new();
        for name in draft.params.iter().flat_map(|params| &params.value) {
            if !names::is_name(&name.value) {
                let message = format!("`{}` is no name for a place", name.value);
                let help = format!(
                    "names consist of `a` to `z`, digits and `_`: `{}`",
                    names::like_name(&name.value)
                );
                let code = &codes::BAD_TEMPLATE;
                self.wrong(code, message, draft.sheet, name, "not a name", help);
            } else if places.contains(&name.value) {
                let message = format!("the place `{}` is named twice", name.value);
                let help = "name each place of the template once, in its order".to_owned();
                let code = &codes::BAD_TEMPLATE;
                self.wrong(code, message, draft.sheet, name, "the second time", help);
                continue;
            }
            places.push(name.value.clone());
        }
        places
    }

    fn positional(&self, draft: &TemplateDraft) -> bool {
        let Some(format) = &draft.format else { return false };
        match format.value.as_str() {
            "named" => false,
            "positional" => true,
            other => {
                let message = format!("there is no format `{other}`");
                let help = suggest::help(other, ["named", "positional"], "the formats");
                let code = &codes::UNKNOWN_VALUE;
                self.wrong(code, message, draft.sheet, format, "no such format", help);
                false
            }
        }
    }

    fn wrong(
        &self,
        code: &'static Code,
        message: String,
        sheet: usize,
        at: &At<String>,
        label: &str,
        help: String,
    ) {
        let place = place(self.draft, sheet, &at.span, label);
        self.problems.add(Diagnostic::new(code, message).at(place).help(help));
    }
}
