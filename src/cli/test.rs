//! `usher test`: the examples of every rule and the tests of the rule set, which of them fail, and
//! which rules none of them ever made speak.

use super::Format;
use super::check::several;
use super::output::{self, Exit, Failure, Outcome};
use super::target::{self, Findings, Target};
use crate::decide::Part;
use crate::decide::check::try_examples;
use crate::limits;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::ruleset::Reply;
use crate::rules::story::Story;
use crate::rules::{Ruleset, compile};
use crate::stories::coverage::{self, Item};
use crate::stories::play;
use crate::trial::{self, Cores};
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Run the examples of the rules, and play their tests
///
/// Each sentence of `examples` must be won by its rule, each of `not_examples` must not. Each
/// `[[test]]` is played by a clock of its own: nothing is sent, and nobody waits.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher test                       the folder we are in
  usher test shop/rules            a rules folder
  usher test a.toml                rules and tests of one file, among the others of its folder
  usher test --filter order        what has “order” in the rule's id or the test's name
  usher test --coverage            which rules no example and no test ever made speak
  usher test --min 90              fails where less than 90 % of them spoke
  usher test --format json shop    for machines

The exit code is 0 where all is well, 1 where an example or a test fails or less than `--min` is
covered, 2 where the rules cannot be read.

With `--format json` the answer is one object, whose fields keep their names:
  ok         whether the exit code is 0
  examples, tests   how many were tried
  failures   each as a finding of `usher check --format json`; `help` tells what happened
  coverage   with `--coverage` or `--min`: `share` in per cent, and `parts`, each with `rule`, `case`,
             `variant`, `follow_up` (from 1, or null), `file`, `line` and `covered`")]
pub(super) struct Args {
    /// A folder with `usher.toml`, a rules folder, or one rule file
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Only rules whose id, and tests whose name, contain this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Show which rules, cases, variants and follow-ups some example or test made speak
    #[arg(long)]
    coverage: bool,
    /// Fail where a smaller share of them spoke, in per cent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100),
          conflicts_with = "filter")]
    min: Option<u8>,
    /// How results are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What is to be tried: places in the rule set.
struct Chosen {
    replies: Vec<usize>,
    tests: Vec<usize>,
}

/// What came of it.
#[derive(Default)]
struct Results {
    examples: usize,
    failed_examples: Vec<Diagnostic>,
    failed_tests: Vec<Diagnostic>,
    spoke: BTreeSet<Part>,
}

/// What machines read.
#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    examples: usize,
    tests: usize,
    failures: &'a [Diagnostic],
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Coverage<'a>>,
}

#[derive(Serialize)]
struct Coverage<'a> {
    share: f64,
    parts: &'a [Item],
}

pub(super) fn run(args: &Args) -> Outcome {
    let target = match target::read(&args.path)? {
        Ok(target) => target,
        Err(findings) => return Err(findings.stop()),
    };
    // What compiling alone refuses is no failed example.
    let Some(rules) = compile(&target.sources, &target.settings).ruleset else {
        return Err(target.check().findings.stop());
    };
    let rules = Arc::new(rules);
    let chosen = chosen(args, &target, &rules);
    let results = tried(&rules, &target, &chosen);
    let items = (args.coverage || args.min.is_some()).then(|| {
        let mut items = coverage::items(&rules, &results.spoke);
        items.retain(|item| shown(args, &target, item));
        items
    });
    let short = args
        .min
        .zip(items.as_deref())
        .filter(|(min, items)| coverage::share(items) < f64::from(*min));
    let fine = results.failed_examples.is_empty() && results.failed_tests.is_empty();
    let ok = fine && short.is_none();
    match args.format {
        Format::Json => json(&target, &chosen, &results, items.as_deref(), ok)?,
        Format::Text => {
            text(&rules, &target, &chosen, &results)?;
            if let Some(items) = &items {
                table(items, args.coverage)?;
            }
            if let Some((min, _)) = short {
                output::line(&format!("that is less than {min} %"))?;
            }
        }
    }
    Ok(if ok { Exit::Fine } else { Exit::Problems })
}

/// Whether a place of the rules is within the file that was asked for.
fn in_file(target: &Target, file: &str) -> bool {
    target.only.as_ref().is_none_or(|only| only.place == file)
}

fn passes(args: &Args, name: &str) -> bool {
    args.filter.as_ref().is_none_or(|text| name.contains(text.as_str()))
}

fn shown(args: &Args, target: &Target, item: &Item) -> bool {
    let here = match &item.file {
        Some(file) => in_file(target, file),
        None => target.only.is_none(),
    };
    here && passes(args, item.rule.as_str())
}

fn chosen(args: &Args, target: &Target, rules: &Ruleset) -> Chosen {
    let reply = |one: &Reply| in_file(target, &one.place.file) && passes(args, one.id.as_str());
    let test = |one: &Story| in_file(target, &one.place.file) && passes(args, &one.name);
    let replies = rules.replies.iter().enumerate();
    let tests = rules.tests.iter().enumerate();
    Chosen {
        replies: replies.filter(|(_, one)| reply(one)).map(|(at, _)| at).collect(),
        tests: tests.filter(|(_, one)| test(one)).map(|(at, _)| at).collect(),
    }
}

/// Tries everything chosen, on every core.
fn tried(rules: &Arc<Ruleset>, target: &Target, chosen: &Chosen) -> Results {
    let bar = bar(rules, chosen);
    let examples = |places: Range<usize>| {
        let some = chosen.replies.get(places).unwrap_or_default();
        let tried = some.iter().map(|at| {
            let tried = try_examples(rules, &target.sources, *at..at.saturating_add(1));
            bar.inc(1);
            tried
        });
        tried.collect::<Vec<_>>()
    };
    let mut results = Results::default();
    for one in trial::spread(chosen.replies.len(), Cores::All, &examples).into_iter().flatten() {
        results.examples += one.sentences;
        results.failed_examples.extend(one.failed);
        results.spoke.extend(one.parts);
    }
    let tests = |places: Range<usize>| {
        let some = chosen.tests.get(places).unwrap_or_default();
        let stories = some.iter().filter_map(|at| rules.tests.get(*at));
        let played = stories.map(|story| {
            let played = play(rules, &target.sources, story);
            bar.inc(1);
            played
        });
        played.collect::<Vec<_>>()
    };
    for one in trial::spread(chosen.tests.len(), Cores::All, &tests).into_iter().flatten() {
        results.failed_tests.extend(one.failed);
        results.spoke.extend(one.parts);
    }
    bar.finish_and_clear();
    results
}

/// Shown where it takes a while, and only on a terminal.
fn bar(rules: &Ruleset, chosen: &Chosen) -> ProgressBar {
    let replies = chosen.replies.iter().filter_map(|at| rules.replies.get(*at));
    let sentences: usize = replies.map(|one| one.examples.len() + one.not_examples.len()).sum();
    if sentences + chosen.tests.len() < limits::PROGRESS_SHOWN_FROM {
        return ProgressBar::hidden();
    }
    let steps = u64::try_from(chosen.replies.len() + chosen.tests.len()).unwrap_or(u64::MAX);
    // Nothing is drawn where standard error is no terminal.
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:30} {pos} of {len} rules and tests") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn text(
    rules: &Ruleset,
    target: &Target,
    chosen: &Chosen,
    results: &Results,
) -> Result<(), Failure> {
    let failed = [results.failed_examples.as_slice(), &results.failed_tests].concat();
    if !failed.is_empty() {
        let findings = Findings::of(failed, &target.sources, &target.root);
        output::text(&findings.rendered(output::colour()))?;
    }
    let replies: Vec<&Reply> =
        chosen.replies.iter().filter_map(|at| rules.replies.get(*at)).collect();
    let has = |one: &&&Reply| !one.examples.is_empty() || !one.not_examples.is_empty();
    let with = replies.iter().filter(has).count();
    let examples = several(results.examples, "example", "examples");
    let of = format!("{with} of {}", several(replies.len(), "reply", "replies"));
    let end = end(results.failed_examples.len());
    output::line(&format!("{examples} of {of}: {end}"))?;
    if !chosen.tests.is_empty() {
        let tests = several(chosen.tests.len(), "test", "tests");
        output::line(&format!("{tests}: {}", self::end(results.failed_tests.len())))?;
    }
    Ok(())
}

fn end(failed: usize) -> String {
    if failed == 0 { "all pass".to_owned() } else { format!("{failed} fail") }
}

/// Every rule, and whether it ever spoke; then the share.
fn table(items: &[Item], whole: bool) -> Result<(), Failure> {
    if whole {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["rule", "", "spoke", "where"]);
        for item in items {
            let spoke = if item.covered { "yes" } else { "never" };
            let place = item.file.as_ref().zip(item.line);
            let place = place.map(|(file, line)| format!("{file}:{line}")).unwrap_or_default();
            table.add_row([item.rule.to_string(), part(item), spoke.to_owned(), place]);
        }
        output::line(&table.to_string())?;
    }
    let covered = items.iter().filter(|item| item.covered).count();
    let share = coverage::share(items);
    // Rounded down: 100 % means all.
    let share = (share * 10.0).floor() / 10.0;
    output::line(&format!("covered: {covered} of {}, {share} %", items.len()))
}

fn part(item: &Item) -> String {
    let case = item.case.map(|number| format!("case {number}"));
    let variant = item.variant.map(|number| format!("variant {number}"));
    let step = item.follow_up.map(|number| format!("follow-up {number}"));
    case.into_iter().chain(variant).chain(step).collect::<Vec<_>>().join(", ")
}

fn json(
    target: &Target,
    chosen: &Chosen,
    results: &Results,
    items: Option<&[Item]>,
    ok: bool,
) -> Result<(), Failure> {
    let failed = [results.failed_examples.as_slice(), &results.failed_tests].concat();
    let findings = Findings::of(failed, &target.sources, &target.root);
    output::json(&Report {
        ok,
        examples: results.examples,
        tests: chosen.tests.len(),
        failures: &findings.diagnostics,
        coverage: items.map(|parts| Coverage { share: coverage::share(parts), parts }),
    })
}
