//! `[[lookup]]`, and `lookup` of replies.

use super::bench::{Bench, place};
use super::declared::Work;
use super::names;
use crate::limits;
use crate::rules::draft::ReplyDraft;
use crate::rules::draft::lookup::{GivenDraft, LookupDraft};
use crate::rules::lookup::{self, LooksUp, Lookup};
use crate::rules::problems::At;
use crate::rules::{codes, duration, suggest};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// A lookup, and the path as written: it is compiled in the names of each rule that has it.
#[derive(Debug)]
pub struct Declaration {
    /// What it asks.
    pub lookup: Lookup,
    /// The sheet of `path`.
    pub sheet: usize,
    /// `path`
    pub path: Option<At<String>>,
}

impl Work<'_> {
    /// Every `[[lookup]]` by its name.
    pub(super) fn lookups(&self) -> BTreeMap<String, Declaration> {
        let mut places: BTreeMap<&str, (usize, &Range<usize>)> = BTreeMap::new();
        let mut lookups = BTreeMap::new();
        for draft in &self.draft.lookups {
            let Some(name) = &draft.name else { continue };
            if !names::is_id(&name.value) {
                let message = format!("`{}` is no name for a lookup", name.value);
                let help = format!("write `name = \"{}\"`", names::like_id(&name.value));
                self.bad_lookup(draft, &name.span, message, help);
            }
            if let Some(first) = places.insert(&name.value, (draft.sheet, &name.span)) {
                self.twice(&format!("the lookup `{}`", name.value), draft.sheet, &name.span, first);
            }
            lookups.insert(name.value.clone(), self.lookup(draft));
        }
        lookups
    }

    fn lookup(&self, draft: &LookupDraft) -> Declaration {
        let (timeout, keep) = (limits::LOOKUP_TIMEOUT_DEFAULT, Duration::ZERO);
        if let Some(path) = draft.path.as_ref().filter(|path| !path.value.starts_with('/')) {
            let message = "the path of a lookup begins with `/`".to_owned();
            let help = "it is added to the connector's `url`: `path = \"/orders/…\"`".to_owned();
            self.bad_lookup(draft, &path.span, message, help);
        }
        let lookup = Lookup {
            connector: draft.connector.as_ref().map_or_else(String::new, |it| it.value.clone()),
            timeout: self.span(
                draft,
                "timeout",
                &draft.timeout,
                timeout,
                limits::LOOKUP_TIMEOUT_MAX,
            ),
            keep: self.span(draft, "keep", &draft.keep, keep, limits::LOOKUP_KEPT_MAX),
            gives: draft.gives.iter().filter_map(|given| self.given(draft, given)).collect(),
        };
        Declaration { lookup, sheet: draft.sheet, path: draft.path.clone() }
    }

    fn span(
        &self,
        draft: &LookupDraft,
        key: &str,
        written: &Option<At<String>>,
        default: Duration,
        most: Duration,
    ) -> Duration {
        let Some(written) = written else { return default };
        if key == "keep" && written.value.trim() == "0s" {
            return Duration::ZERO;
        }
        match duration::parse(&written.value) {
            Ok(span) if span <= most => span,
            _ => {
                let message = format!("`{key}` cannot be `{}`", written.value);
                let help = format!("write {}, {} s at most", duration::FORM, most.as_secs());
                self.bad_lookup(draft, &written.span, message, help);
                default
            }
        }
    }

    fn given(&self, draft: &LookupDraft, given: &GivenDraft) -> Option<(String, String)> {
        let name = &given.name;
        if !names::is_name(&name.value) || ["missing", "failed"].contains(&name.value.as_str()) {
            let message = format!("`{}` is no name for a value that is looked up", name.value);
            let help = "names consist of `a` to `z`, digits and `_`; `missing` and `failed` are \
                        taken";
            self.bad_lookup(draft, &name.span, message, help.to_owned());
            return None;
        }
        if let Some(kind) = given.kind.as_ref().filter(|kind| kind.value != "text") {
            let message = format!("`{}` is no type of a value that is looked up", kind.value);
            let help = format!("write `{} = \"text\"`: numbers are looked up as texts", name.value);
            self.bad_lookup(draft, &kind.span, message, help);
        }
        let path = given.path.as_ref().map_or(&name.value, |path| &path.value);
        Some((name.value.clone(), path.clone()))
    }

    fn bad_lookup(&self, draft: &LookupDraft, span: &Range<usize>, message: String, help: String) {
        let place = place(self.draft, draft.sheet, span, "");
        self.problems.report(&codes::BAD_LOOKUP, message, place, help);
    }
}

impl Bench<'_> {
    /// Whether every lookup asks a connector that can be asked.
    pub fn connectors(&self) {
        let Some(known) = &self.settings.connectors else { return };
        for draft in &self.draft.lookups {
            let Some(connector) = &draft.connector else { continue };
            let name = connector.value.as_str();
            let found = known.iter().find(|(known, _)| known == name);
            let (message, help) = match found {
                Some((_, kind)) if kind == "rest" => continue,
                Some((_, kind)) => (
                    format!("the connector `{name}` is of the kind `{kind}`: it cannot be asked"),
                    "name one with `kind = \"rest\"`".to_owned(),
                ),
                None => {
                    let rest = known.iter().filter(|(_, kind)| kind == "rest");
                    let near = suggest::nearest(name, rest.map(|(name, _)| name.as_str()));
                    let help = near.map_or_else(
                        || format!("declare it in `usher.toml`: `[connector.{name}]`"),
                        |near| format!("did you mean `{near}`?"),
                    );
                    (format!("there is no connector `{name}`"), help)
                }
            };
            let label = "cannot be asked";
            let code = &codes::UNKNOWN_CONNECTOR;
            self.report(code, message, draft.sheet, &connector.span, label, help);
        }
    }

    /// The names `lookup` brings to a reply.
    pub fn names_looked_up(&self, draft: &ReplyDraft) -> Vec<String> {
        let Some(name) = &draft.lookup else { return Vec::new() };
        let declared = self.declared.lookups.get(&name.value);
        let gives = declared.iter().flat_map(|declared| &declared.lookup.gives);
        lookup::names(gives.map(|(name, _)| name))
    }

    /// Compiles `lookup` of a reply; `matched` are the names of the rule.
    pub fn looks_up(&mut self, draft: &ReplyDraft, matched: &[String]) -> Option<LooksUp> {
        let name = draft.lookup.as_ref()?;
        let Some(declared) = self.declared.lookups.get(&name.value) else {
            if !self.draft.lost.table("lookup") {
                let known = self.declared.lookups.keys().map(String::as_str);
                let help = match suggest::nearest(&name.value, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "declare it: `[[lookup]]` with its `name`, `connector`, `path`, `gives`"
                            .to_owned()
                    }
                };
                let message = format!("there is no lookup `{}`", name.value);
                let (code, label) = (&codes::UNKNOWN_LOOKUP, "not declared");
                self.report(code, message, draft.sheet, &name.span, label, help);
            }
            return None;
        };
        let (sheet, path) = (declared.sheet, declared.path.clone()?);
        let of_match: Vec<String> = lookup::of_match(matched).cloned().collect();
        let path = self.path_text(sheet, &path, &of_match)?;
        Some(LooksUp { name: name.value.clone(), path })
    }

    /// A rule whose own text needs what was looked up, with nothing to say where there is nothing.
    pub fn looked_up_in_vain(&self, draft: &ReplyDraft, named: bool) {
        let Some(name) = draft.lookup.as_ref().filter(|_| named) else { return };
        let says = |word: &str| {
            let mut cases = draft.cases.iter().filter_map(|case| case.value.when.as_ref());
            cases.any(|when| when.value.contains(word))
        };
        let unsaid =
            ["missing", "failed"].into_iter().find(|what| !says(&format!("lookup.{what}")));
        let Some(what) = unsaid else { return };
        let does = if what == "missing" { "finds nothing" } else { "fails" };
        let message = format!("no case says what to do where the lookup `{}` {does}", name.value);
        let help = format!("add `cases = [{{ when = \"lookup.{what}\", text = \"…\" }}]`");
        let label = "the fallback would speak";
        let code = &codes::LOOKUP_UNHANDLED;
        self.report(code, message, draft.sheet, &name.span, label, help);
    }
}
