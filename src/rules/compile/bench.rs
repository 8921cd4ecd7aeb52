//! The workbench of one compile run: the draft and what it declares, the builders, the problems.

use super::declared::Declared;
use crate::rules::codes::{self, Code};
use crate::rules::diagnostic::{Diagnostic, Place};
use crate::rules::draft::{Draft, Entries};
use crate::rules::forming::Form;
use crate::rules::matcher::MatcherBuilder;
use crate::rules::problems::{At, Problems, Sheet};
use crate::rules::ruleset::Group;
use crate::rules::scripts::{ScriptProblem, ScriptsBuilder};
use crate::rules::settings::Settings;
use crate::rules::sources::MediaFile;
use crate::rules::texts::TextsBuilder;
use crate::rules::variables::Names;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What a compile run works with.
#[derive(Debug)]
pub struct Bench<'a> {
    /// What the files say.
    pub draft: &'a Draft,
    /// What they declare.
    pub declared: &'a Declared,
    /// What `usher.toml` says.
    pub settings: &'a Settings,
    /// What may be sent from `media/`.
    pub media_files: &'a BTreeMap<String, MediaFile>,
    /// Where problems go.
    pub problems: &'a Problems,
    /// Conditions and functions so far.
    pub scripts: ScriptsBuilder,
    /// Texts so far.
    pub texts: TextsBuilder,
    /// Entries so far.
    pub matcher: MatcherBuilder,
    /// Groups so far, by number.
    pub groups: Vec<Group>,
    /// How many entries so far.
    pub entries: usize,
    /// Lists of `one_of` so far.
    pub one_of: BTreeMap<String, Vec<(String, String)>>,
    /// Lists somebody refers to.
    pub lists_used: BTreeSet<String>,
    /// Lines of lists already blamed, by sheet and byte.
    pub blamed: BTreeSet<(usize, usize)>,
    /// Texts by language.
    pub by_language: Vec<ByLanguage>,
    /// Ids of choices that groups name, by number.
    pub choice_ids: Vec<String>,
    /// Every id that a tap may bring.
    pub sent: Vec<SentId>,
    /// Files that are sent.
    pub media_used: BTreeSet<String>,
    /// Templates that are sent.
    pub templates_used: BTreeSet<String>,
    /// `[[form]]` by id.
    pub forms: BTreeMap<String, Form>,
    /// It has been said that `[language] default` is missing.
    pub default_missed: bool,
}

/// A text by language.
#[derive(Debug)]
pub struct ByLanguage {
    /// Its sheet.
    pub sheet: usize,
    /// Where it stands.
    pub span: Range<usize>,
    /// Its key.
    pub key: &'static str,
    /// Its languages.
    pub languages: BTreeSet<String>,
}

/// An id that is sent with a button, a row or a choice.
#[derive(Debug)]
pub struct SentId {
    /// Its sheet.
    pub sheet: usize,
    /// The id.
    pub id: At<String>,
    /// Where it leads by itself.
    pub go: Option<At<String>>,
    /// Whether it is sent by more than a draft.
    pub live: bool,
    /// The reply that sends it, by its place in the draft; none for greeting and fallbacks.
    pub reply: Option<usize>,
}

impl<'a> Bench<'a> {
    /// An empty bench; scripts are compiled at once, for texts and conditions call them.
    pub fn new(
        draft: &'a Draft,
        declared: &'a Declared,
        settings: &'a Settings,
        media_files: &'a BTreeMap<String, MediaFile>,
        problems: &'a Problems,
    ) -> Bench<'a> {
        let fields = declared.fields.iter().map(|(name, f)| (name.clone(), f.kind.clone()));
        let names = Names {
            fields: fields.collect(),
            hours: declared.hours_names.iter().cloned().collect(),
            events: declared
                .events
                .values()
                .flat_map(|shape| shape.data.iter().map(|(name, value)| (name.clone(), value.kind)))
                .collect(),
        };
        let (scripts, found) = ScriptsBuilder::new(&draft.scripts, &names);
        let texts = TextsBuilder::new(&names, &scripts);
        for problem in found {
            script_problem(draft, problems, problem);
        }
        Bench {
            draft,
            declared,
            settings,
            media_files,
            problems,
            scripts,
            texts,
            matcher: MatcherBuilder::default(),
            groups: Vec::new(),
            entries: 0,
            one_of: BTreeMap::new(),
            lists_used: BTreeSet::new(),
            blamed: BTreeSet::new(),
            by_language: Vec::new(),
            choice_ids: Vec::new(),
            sent: Vec::new(),
            media_used: BTreeSet::new(),
            templates_used: BTreeSet::new(),
            forms: BTreeMap::new(),
            default_missed: false,
        }
    }

    /// A place in a sheet.
    #[must_use]
    pub fn place(&self, sheet: usize, span: &Range<usize>, label: impl Into<String>) -> Place {
        place(self.draft, sheet, span, label)
    }

    /// The bytes of the file behind a part of the decoded string at `token`.
    #[must_use]
    pub fn inside(&self, sheet: usize, token: &Range<usize>, part: &Range<usize>) -> Range<usize> {
        let sheet = self.draft.sheets.get(sheet);
        sheet.map_or_else(|| token.clone(), |sheet| sheet.inside(token, part))
    }

    /// Reports a problem with one place.
    pub fn report(
        &self,
        code: &'static Code,
        message: impl Into<String>,
        sheet: usize,
        span: &Range<usize>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.report(code, message, self.place(sheet, span, label), help);
    }

    /// The texts of a list; blank ones are reported.
    pub fn plain(&self, sheet: usize, key: &str, entries: &Entries) -> Vec<String> {
        let texts = entries.iter().flat_map(|entries| &entries.value);
        texts.filter(|text| self.not_blank(sheet, key, text)).map(|t| t.value.clone()).collect()
    }

    /// Whether a text has something in it; reported where not.
    pub fn not_blank(&self, sheet: usize, key: &str, text: &At<String>) -> bool {
        let blank = text.value.trim().is_empty();
        if blank {
            let message = format!("an empty text in `{key}`");
            let help = "write something, or take it out";
            self.report(&codes::EMPTY_LIST, message, sheet, &text.span, "nothing in it", help);
        }
        !blank
    }
}

/// A place in a sheet of the draft.
pub fn place(draft: &Draft, sheet: usize, span: &Range<usize>, label: impl Into<String>) -> Place {
    match draft.sheets.get(sheet) {
        Some(sheet) => sheet.place(span, label),
        None => Place::whole("", label),
    }
}

fn script_problem(draft: &Draft, problems: &Problems, problem: ScriptProblem) {
    let file = problem.file.unwrap_or_default();
    let text = draft.scripts.get(&file).cloned().unwrap_or_default();
    let place = Sheet::new(&file, text).place(&problem.span, "");
    let found = Diagnostic::new(&codes::BAD_SCRIPT, problem.message).at(place);
    problems.add(match problem.help {
        Some(help) => found.help(help),
        None => found.help("`usher check --explain U048` shows an example"),
    });
}
