//! `template`: one that WhatsApp approved, with what fills its places.

use super::{Speaker, text};
use crate::limits;
use crate::model::Purpose;
use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::draft::say::{ParamsDraft, TextDraft};
use crate::rules::problems::At;
use crate::rules::says::{Template, TemplateUse};
use crate::rules::suggest;

/// Spaces in a row that WhatsApp takes in a value.
const SPACES_MAX: usize = 4;

impl Bench<'_> {
    /// Compiles the use of a template.
    pub fn template(
        &mut self,
        by: Speaker<'_>,
        name: &At<String>,
        params: Option<&At<ParamsDraft>>,
    ) -> Option<TemplateUse> {
        let declared = self.declared;
        let Some(template) = declared.templates.get(&name.value) else {
            self.unknown_template(by.sheet, name);
            return None;
        };
        self.templates_used.insert(name.value.clone());
        if template.purpose == Purpose::Marketing {
            self.check_marketing_template(by, name);
        }
        let given = params.map(|params| params.value.as_slice()).unwrap_or_default();
        self.check_params(by.sheet, name, template, params);
        for (_, value) in given {
            self.check_values(by.sheet, value);
        }
        self.check_total(by.sheet, params);
        let filled = template.params.iter().filter_map(|wanted| {
            let (_, value) = given.iter().find(|(name, _)| name.value == *wanted)?;
            Some(self.localised(by, value, &text::PARAM))
        });
        let params = filled.collect();
        Some(TemplateUse { template: name.value.clone(), params })
    }

    fn unknown_template(&mut self, sheet: usize, name: &At<String>) {
        let known = self.declared.templates.keys().map(String::as_str);
        let near = suggest::nearest(&name.value, known).map(str::to_owned);
        self.templates_used.extend(near.clone());
        if self.draft.lost.table("template") {
            return;
        }
        let message = format!("there is no template `{}`", name.value);
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "declare it: `[[template]]` with `id = \"{}\"`, its `category`, `languages` and `params`",
                name.value
            ),
        };
        let label = "not declared";
        self.report(&codes::UNKNOWN_TEMPLATE, message, sheet, &name.span, label, help);
    }

    /// Every place is filled, and nothing else.
    fn check_params(
        &self,
        sheet: usize,
        name: &At<String>,
        template: &Template,
        params: Option<&At<ParamsDraft>>,
    ) {
        let given = params.map(|params| params.value.as_slice()).unwrap_or_default();
        let is_given = |wanted: &&String| given.iter().any(|(name, _)| name.value == **wanted);
        let missing: Vec<&str> =
            template.params.iter().filter(|w| !is_given(w)).map(String::as_str).collect();
        if let Some(first) = missing.first() {
            let span = params.map_or(&name.span, |params| &params.span);
            let listed = suggest::listed(missing.iter().copied()).unwrap_or_default();
            let message = format!("the template `{}` also needs {listed}", name.value);
            let help = match params {
                Some(_) => format!("add `{first} = \"…\"` to `params`"),
                None => {
                    let each: Vec<String> =
                        missing.iter().map(|name| format!("{name} = \"…\"")).collect();
                    format!("add `params = {{ {} }}`", each.join(", "))
                }
            };
            let label = "not all places are filled";
            self.report(&codes::TEMPLATE_PARAMS, message, sheet, span, label, help);
        }
        for (unknown, _) in given.iter().filter(|(name, _)| !template.params.contains(&name.value))
        {
            let message = format!("the template `{}` has no place `{}`", name.value, unknown.value);
            let known = template.params.iter().map(String::as_str);
            let help = match suggest::listed(known.clone()) {
                Some(_) => suggest::help(&unknown.value, known, "the places"),
                None => "it has no `params` at all: drop it".to_owned(),
            };
            let label = "no such place";
            self.report(&codes::TEMPLATE_PARAMS, message, sheet, &unknown.span, label, help);
        }
    }

    fn check_values(&self, sheet: usize, value: &At<TextDraft>) {
        let spaces = " ".repeat(SPACES_MAX + 1);
        for (_, text, span) in text::written(value) {
            let sure = text::literal(text);
            let what = if sure.contains(['\n', '\r']) {
                "a line break"
            } else if sure.contains('\t') {
                "a tab"
            } else if sure.contains(&spaces) {
                "more than four spaces in a row"
            } else {
                continue;
            };
            let message = format!("the value has {what}, which WhatsApp refuses in a template");
            let help = "write it in one line; line breaks belong into the template itself";
            let label = "refused by WhatsApp";
            self.report(&codes::BAD_PARAM, message, sheet, span, label, help);
        }
    }

    fn check_total(&self, sheet: usize, params: Option<&At<ParamsDraft>>) {
        let Some(params) = params else { return };
        let longest = |value: &At<TextDraft>| {
            text::written(value).into_iter().map(|(_, text, _)| text::literal_units(text)).max()
        };
        let each: Vec<usize> =
            params.value.iter().filter_map(|(_, value)| longest(value)).collect();
        let (total, most) = (each.iter().sum::<usize>(), limits::TEMPLATE_PARAMS_UTF16_MAX);
        // One that is too long by itself is told by itself.
        if total > most && each.iter().all(|units| *units <= most) {
            let message = format!("the values have {total} characters together; {most} are sent");
            let help = "shorten them: what is long belongs into the template itself";
            self.report(&codes::LONG_PARAMS, message, sheet, &params.span, "too long", help);
        }
    }
}
