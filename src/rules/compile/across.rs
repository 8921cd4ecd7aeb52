//! What shows only when all rules are seen together.

use super::bench::Bench;
use crate::model::Purpose;
use crate::rules::codes;
use crate::rules::diagnostic::{Diagnostic, Place};
use crate::rules::ruleset::{Example, Reply, RuleStatus};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// Checks everything that needs all rules.
pub fn check(bench: &Bench<'_>, replies: &[Reply]) {
    examples(bench, replies);
    missing_languages(bench);
    unused_lists(bench);
    unused_templates(bench);
    unused_media(bench);
}

/// A sentence is won by one rule.
fn examples(bench: &Bench<'_>, replies: &[Reply]) {
    let mut winners: HashMap<String, (usize, &Reply, &Example)> = HashMap::new();
    let sheets = bench.draft.replies.iter().map(|draft| draft.sheet);
    for (sheet, reply) in sheets.zip(replies) {
        if reply.status == RuleStatus::Draft {
            continue;
        }
        disclaimed(bench, sheet, reply);
        // A rule with other conditions is not there when another rule's sentence is decided.
        let asks_consent = reply.purpose == Some(Purpose::Marketing);
        if reply.also || asks_consent || reply.trigger.has_conditions() {
            continue;
        }
        for example in &reply.examples {
            let sentence = crate::text::normal(&example.text);
            match winners.get(&sentence) {
                Some((first_sheet, first, before)) if first.id != reply.id => {
                    let message =
                        format!("both `{}` and `{}` are to win this sentence", first.id, reply.id);
                    clash(bench, message, (sheet, &example.span), (*first_sheet, &before.span));
                }
                Some(_) => {}
                None => {
                    winners.insert(sentence, (sheet, reply, example));
                }
            }
        }
    }
}

/// The same rule claims and disclaims a sentence.
fn disclaimed(bench: &Bench<'_>, sheet: usize, reply: &Reply) {
    for example in &reply.examples {
        let sentence = crate::text::normal(&example.text);
        let not = reply.not_examples.iter().find(|not| crate::text::normal(&not.text) == sentence);
        if let Some(not) = not {
            let message = format!("`{}` is both to win and not to win this sentence", reply.id);
            clash(bench, message, (sheet, &not.span), (sheet, &example.span));
        }
    }
}

fn clash(
    bench: &Bench<'_>,
    message: String,
    here: (usize, &Range<usize>),
    first: (usize, &Range<usize>),
) {
    let found = Diagnostic::new(&codes::EXAMPLE_CLASH, message)
        .at(bench.place(here.0, here.1, "claimed here too"))
        .at(bench.place(first.0, first.1, "claimed first"))
        .help("decide which one it belongs to");
    bench.problems.add(found);
}

/// A text by language lacks one that other texts have.
fn missing_languages(bench: &Bench<'_>) {
    let used: BTreeSet<&String> =
        bench.by_language.iter().flat_map(|text| &text.languages).collect();
    for text in &bench.by_language {
        let languages = &text.languages;
        let missing: Vec<&str> = used
            .iter()
            .map(|language| language.as_str())
            .filter(|language| !covers(languages, language))
            .collect();
        let Some(first) = missing.first() else { continue };
        let names: Vec<String> = missing.iter().map(|language| format!("`{language}`")).collect();
        let message =
            format!("the text is not there in {}, which other texts speak", names.join(", "));
        let help = format!("add `{}.{first} = \"…\"`", text.key);
        let label = "not in all languages";
        bench.report(&codes::MISSING_LANGUAGE, message, text.sheet, &text.span, label, help);
    }
}

/// The language itself, the one it falls back to, or for a bare language any form of it.
fn covers(languages: &BTreeSet<String>, language: &str) -> bool {
    let base = language.split('-').next().unwrap_or(language);
    let form = |known: &String| known.starts_with(&format!("{language}-"));
    languages.contains(language) || languages.contains(base) || languages.iter().any(form)
}

/// `words/NAME.txt` that nobody names.
fn unused_lists(bench: &Bench<'_>) {
    let lost = &bench.draft.lost;
    if lost.whole_file || !lost.tables.is_empty() {
        return;
    }
    for (name, list) in &bench.draft.lists {
        if !bench.lists_used.contains(name) && !list.lines.is_empty() {
            let message = format!("no rule uses the word list `@{name}`");
            let help = format!("write `words = [\"@{name}\"]` in a rule, or remove the file");
            bench.report(&codes::UNUSED_LIST, message, list.sheet, &(0..0), "", help);
        }
    }
}

/// `[[template]]` that nothing sends.
fn unused_templates(bench: &Bench<'_>) {
    let lost = &bench.draft.lost;
    if lost.whole_file || !lost.tables.is_empty() {
        return;
    }
    for template in &bench.draft.templates {
        let Some(id) = &template.id else { continue };
        if !bench.templates_used.contains(&id.value) {
            let message = format!("no rule sends the template `{}`", id.value);
            let help = format!("write `template = \"{}\"` in a rule, or take it out", id.value);
            let label = "not used";
            bench.report(&codes::UNUSED_TEMPLATE, message, template.sheet, &id.span, label, help);
        }
    }
}

/// Files of `media/` that nothing sends.
fn unused_media(bench: &Bench<'_>) {
    let lost = &bench.draft.lost;
    if lost.whole_file || !lost.tables.is_empty() {
        return;
    }
    for path in bench.media_files.keys().filter(|path| !bench.media_used.contains(*path)) {
        let place = Place::whole(path, "");
        let message = format!("no rule sends `{path}`");
        let help = format!("write `media = \"{path}\"` in a rule, or remove the file");
        bench.problems.report(&codes::UNUSED_MEDIA, message, place, help);
    }
}
