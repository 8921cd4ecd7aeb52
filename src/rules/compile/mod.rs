//! Draft → [`Ruleset`]: what names mean, whether rules make sense and fit together.
//!
//! Every step reports what is wrong and goes on with the rest, so that all problems are told at
//! once; the rule set is handed out only where there was no error.

mod across;
mod bench;
mod beside;
mod consenting;
mod dates;
mod declared;
mod emitting;
mod entries;
mod expected;
mod following;
mod forms;
mod habits;
mod handing;
mod lookup;
mod names;
mod notices;
mod others;
mod paths;
mod quiet;
mod regexes;
mod reply;
mod say;
mod sometimes;
mod story;
mod syncing;
mod take;
mod templates;
mod trigger;

use super::codes;
use super::diagnostic::Diagnostic;
use super::draft;
use super::problems::Problems;
use super::ruleset::{Reply, Ruleset};
use super::settings::Settings;
use super::sources::Sources;
use crate::limits;
use crate::model::RuleId;
use bench::Bench;
use std::collections::HashMap;

/// What came of compiling.
#[derive(Debug)]
pub struct Compiled {
    /// The rule set; `None` where a diagnostic is an error.
    pub ruleset: Option<Ruleset>,
    /// Everything found, in the order of file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles rule files. Pure: the same bytes and settings give the same rule set and the same
/// diagnostics. Examples are not decided here; that is `decide`'s part of `check`.
#[must_use]
pub fn compile(sources: &Sources, settings: &Settings) -> Compiled {
    let problems = Problems::default();
    let mut draft = draft::read(sources, &problems);
    let forms = forms::expand(&mut draft, &problems);
    let declared = declared::collect(&draft, &problems);
    let mut bench = Bench::new(&draft, &declared, settings, &sources.media, &problems);
    bench.forms = forms;
    let mut replies: Vec<Reply> =
        draft.replies.iter().enumerate().map(|(rule, reply)| bench.reply(rule, reply)).collect();
    let greeting = others::greeting(&mut bench);
    let fallbacks = others::fallbacks(&mut bench);
    let notices = notices::notices(&mut bench);
    let consent = consenting::consenting(&mut bench);
    let queues = handing::queues(&mut bench);
    bench.cancel();
    bench.connectors();
    across::check(&bench, &replies);
    habits::never_spoken(&bench);
    syncing::check(&bench);
    handing::check(&bench, &replies);
    paths::ends(&bench);
    forms::check(&bench);
    let leads = paths::leads(&bench);
    let tests = story::stories(&bench, &replies, &fallbacks, &notices, &consent);
    replies.extend(handing::led(&bench));
    let (regex_set, regex_rules) = regexes::set(&bench, &replies);
    let payloads = payloads(&replies);
    let always = always(&replies);
    let Bench { scripts, texts, matcher, groups, one_of, choice_ids, forms, .. } = bench;
    let diagnostics = problems.into_sorted();
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Compiled { ruleset: None, diagnostics };
    }
    let Ok(matcher) = matcher.build() else {
        let found = Diagnostic::new(&codes::TOO_BIG, "the entries are too many for one automaton");
        return Compiled { ruleset: None, diagnostics: vec![found] };
    };
    let scripts = scripts.build();
    let ruleset = Ruleset {
        revision: sources.revision(),
        files: sources.digests(),
        settings: settings.clone(),
        by_id: by_id(&replies),
        replies,
        greeting,
        fallbacks,
        fields: declared.fields,
        language: declared.language,
        hours: declared.hours,
        consent,
        matcher,
        groups,
        regex_set,
        regex_rules,
        payloads,
        leads,
        choices: choice_ids,
        queues,
        templates: declared.templates,
        lookups: declared.lookups.into_iter().map(|(name, one)| (name, one.lookup)).collect(),
        notices,
        always,
        forms,
        texts: texts.build(),
        scripts,
        lists: one_of,
        tests,
    };
    Compiled { ruleset: Some(ruleset), diagnostics }
}

fn by_id(replies: &[Reply]) -> HashMap<RuleId, usize> {
    replies.iter().enumerate().map(|(place, reply)| (reply.id.clone(), place)).collect()
}

/// Rules by payload.
fn payloads(replies: &[Reply]) -> HashMap<String, Vec<usize>> {
    let mut payloads: HashMap<String, Vec<usize>> = HashMap::new();
    for (rule, reply) in replies.iter().enumerate() {
        for payload in &reply.trigger.payload {
            payloads.entry(payload.clone()).or_default().push(rule);
        }
    }
    payloads
}

/// Rules that no automaton finds.
fn always(replies: &[Reply]) -> Vec<usize> {
    let led_to = |reply: &Reply| {
        reply.trigger.only_led || reply.form.as_ref().is_some_and(|part| !part.role.hears())
    };
    let found = |reply: &Reply| {
        led_to(reply) || (reply.trigger.is_textual() && reply.trigger.take.is_empty())
    };
    replies.iter().enumerate().filter(|(_, reply)| !found(reply)).map(|(rule, _)| rule).collect()
}

/// A number of the file within bounds, or the default with a diagnostic.
fn bounded(
    bench: &Bench<'_>,
    sheet: usize,
    key: &str,
    number: &super::problems::At<i64>,
    most: u32,
) -> u32 {
    match u32::try_from(number.value) {
        Ok(value) if (1..=most).contains(&value) => value,
        _ => {
            let message = format!("`{key}` is between 1 and {most}, not {}", number.value);
            let help = format!("write a number from 1 to {most}");
            bench.report(&codes::OUT_OF_RANGE, message, sheet, &number.span, "out of range", help);
            1
        }
    }
}

/// The most `misses` a fallback may wait for.
const MISSES_MAX: u32 = 100;

/// The most `ask_again`.
const ASK_AGAIN_MAX: u32 = limits::ASK_AGAIN_MAX;

#[cfg(test)]
mod says_tests;
#[cfg(test)]
mod tests;
