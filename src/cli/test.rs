//! `usher test`: the examples of every rule, and which of them fail.

use super::check::several;
use super::output::{self, Exit, Outcome};
use super::target;
use crate::rules::compile;
use crate::rules::ruleset::Reply;
use std::path::PathBuf;

/// Run the examples of the rules
///
/// Each sentence of `examples` must be won by its rule, each of `not_examples` must not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher test             the folder we are in
  usher test shop/rules  a rules folder
  usher test a.toml      the rules of one file, among the others of its folder")]
pub(super) struct Args {
    /// A folder with `usher.toml`, a rules folder, or one rule file
    #[arg(default_value = ".")]
    path: PathBuf,
}

pub(super) fn run(args: &Args) -> Outcome {
    let target = match target::read(&args.path)? {
        Ok(target) => target,
        Err(findings) => return Err(findings.stop()),
    };
    // What compiling alone refuses is no failed example.
    let Some(compiled) = compile(&target.sources, &target.settings).ruleset else {
        return Err(target.check().findings.stop());
    };
    let asked = target.only.as_ref().map(|only| only.place.as_str());
    let replies: Vec<&Reply> = compiled
        .replies
        .iter()
        .filter(|one| asked.is_none_or(|place| &*one.place.file == place))
        .collect();
    let examples: usize =
        replies.iter().map(|one| one.examples.len() + one.not_examples.len()).sum();
    let with = replies
        .iter()
        .filter(|one| !one.examples.is_empty() || !one.not_examples.is_empty())
        .count();
    let checked = target.check();
    let findings = match checked.only {
        Some(only) => checked.findings.of_file(&only.shown).0,
        None => checked.findings,
    };
    let failed = findings.errors();
    if failed > 0 {
        output::text(&findings.rendered(output::colour()))?;
    }
    let examples = several(examples, "example", "examples");
    let replies = format!("{with} of {}", several(replies.len(), "reply", "replies"));
    output::line(&match failed {
        0 => format!("{examples} of {replies}: all pass"),
        _ => format!("{examples} of {replies}: {failed} fail"),
    })?;
    Ok(if failed == 0 { Exit::Fine } else { Exit::Problems })
}
