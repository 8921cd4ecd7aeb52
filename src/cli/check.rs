//! `usher check`: everything that is wrong with rules and configuration.

use super::Format;
use super::output::{self, Exit, Outcome};
use super::run;
use super::target::{self, Findings, Only};
use crate::rules::Ruleset;
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::says::Cooling;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Check rules and configuration: every mistake, with its place and its mend
///
/// Examples are run as well: a rule set whose examples fail is not activated.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher check                    the folder we are in
  usher check shop               a folder with `usher.toml`
  usher check shop/rules         a rules folder; numbers count as declared
  usher check shop/rules/a.toml  one rule file: as a part of its rules, its findings alone
  usher check --format json shop for machines
  usher check --start shop       also what keeps `usher run` from starting on this machine
  usher check --explain U012     what a code means, and how to mend it

With `--format json` the answer is one object, whose fields keep their names:
  ok           false where an error keeps the rules from use
  revision     of the rules, null where there is an error
  diagnostics  each with `code`, `severity` (error or warning), `message`, `help` and `places`;
               the first place is the main one. A place has `file`, `line` and `column` (from 1,
               in characters), `end` (line and column behind it), `span` (bytes) and `label`
Codes keep their numbers: those with U are of rules, those with C of `usher.toml`.")]
pub(super) struct Args {
    /// A folder with `usher.toml`, a rules folder, or one rule file
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Judge this machine too: whatever keeps `usher run` from starting here is an error, such as
    /// a secret or a certificate that is missing
    #[arg(long)]
    start: bool,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Say what a code of the rules means instead
    #[arg(long, value_name = "CODE", conflicts_with_all = ["path", "format"])]
    explain: Option<String>,
}

/// What the manual says of C007.
const ABSENT_SECRET: &str = "\
C007: a secret that cannot be read

`usher.toml` names an environment variable or a file that holds a secret, such as
`access_token = { env = \"WHATSAPP_TOKEN\" }`, and it is not there, not readable or empty.

Whoever writes rules has nothing to mend: `usher check`, `usher test` and `usher demo` need no
secrets. `usher run` does: set the variable, or write the file, where the daemon runs.
";

/// Why a file counts as all there is.
const ALONE: &str = "it lies in no folder `rules`, nor in one that an `usher.toml` names";

/// What machines read.
#[derive(serde::Serialize)]
struct Report<'a> {
    ok: bool,
    revision: Option<&'a str>,
    diagnostics: &'a [Diagnostic],
}

/// One file among those that were looked at.
struct Part {
    only: Only,
    root: PathBuf,
    /// Errors in the other files.
    elsewhere: usize,
}

pub(super) fn run(args: &Args) -> Outcome {
    if let Some(code) = &args.explain {
        return explain(code);
    }
    let (ruleset, findings, part) = match target::read(&args.path)? {
        Ok(target) => {
            let root = target.root.clone();
            let checked = target.check();
            let part = checked.only.map(|only| Part { only, root, elsewhere: 0 });
            (checked.ruleset, checked.findings, part)
        }
        Err(findings) => (None, findings, None),
    };
    let (mut findings, part) = match part {
        None => (findings, None),
        Some(part) => {
            let (findings, elsewhere) = findings.of_file(&part.only.shown);
            (findings, Some(Part { elsewhere, ..part }))
        }
    };
    if args.start {
        findings.add(run::unfit(&args.path));
    }
    match (args.format, &part) {
        (Format::Json, _) => json(ruleset.as_deref(), &findings)?,
        (Format::Text, None) => text(ruleset.as_deref(), &findings)?,
        (Format::Text, Some(part)) if part.only.alone => {
            text(ruleset.as_deref(), &findings)?;
            if findings.refuse() {
                output::line(&format!("`{}` was looked at alone: {ALONE}", part.only.shown))?;
            }
        }
        (Format::Text, Some(part)) => file_text(part, &findings)?,
    }
    Ok(if findings.refuse() { Exit::Problems } else { Exit::Fine })
}

/// What the manual says of a code.
fn explain(code: &str) -> Outcome {
    let Some(found) = codes::find(code) else {
        if code.eq_ignore_ascii_case("C007") {
            return output::text(ABSENT_SECRET).map(|()| Exit::Fine);
        }
        let last = codes::all().last().map_or("U001", |code| code.id);
        let sentence = format!(
            "there is no code `{code}` of the rules; they are U001 to {last}. Findings with C are \
             of `usher.toml` and say all there is to say; of them only C007 has more"
        );
        return Err(output::Failure::start(sentence));
    };
    output::line(&format!("{}: {}\n\n{}", found.id, found.title, found.explanation))?;
    Ok(Exit::Fine)
}

/// Shows findings and, where they allow, what the rules hold.
pub(super) fn text(ruleset: Option<&Ruleset>, findings: &Findings) -> Result<(), output::Failure> {
    if !findings.diagnostics.is_empty() {
        output::text(&findings.rendered(output::colour()))?;
    }
    match ruleset {
        Some(rules) if !findings.refuse() => {
            output::line(&format!("rules fine: {}", counts(rules)))
        }
        _ => Ok(()),
    }
}

/// Shows the findings of one file, and that the others were looked at too.
fn file_text(part: &Part, findings: &Findings) -> Result<(), output::Failure> {
    if !findings.diagnostics.is_empty() {
        output::text(&findings.rendered(output::colour()))?;
    }
    let shown = &part.only.shown;
    let fine = if findings.refuse() { String::new() } else { format!("`{shown}` is fine, ") };
    let root = part.root.display();
    output::line(&format!("{fine}looked at as a part of `{root}`"))?;
    match part.elsewhere {
        0 => Ok(()),
        count => output::line(&format!(
            "the other files have {}: see `usher check {root}`",
            several(count, "error", "errors")
        )),
    }
}

fn json(ruleset: Option<&Ruleset>, findings: &Findings) -> Result<(), output::Failure> {
    output::json(&Report {
        ok: !findings.refuse(),
        revision: ruleset.map(|rules| rules.revision.as_str()),
        diagnostics: &findings.diagnostics,
    })
}

/// `12 replies, 3 languages, 41 examples, revision 0123456789abcdef`
pub(super) fn counts(rules: &Ruleset) -> String {
    let examples: usize =
        rules.replies.iter().map(|one| one.examples.len() + one.not_examples.len()).sum();
    let replies = several(rules.written().count(), "reply", "replies");
    let languages = several(languages(rules).max(1), "language", "languages");
    let examples = several(examples, "example", "examples");
    format!("{replies}, {languages}, {examples}, revision {}", rules.short_revision())
}

/// A number with its noun.
pub(super) fn several(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How many languages the texts are written in.
fn languages(rules: &Ruleset) -> usize {
    let greeting = rules.greeting.iter().flat_map(|greeting| &greeting.says);
    let fallbacks = rules.fallbacks.iter().flat_map(|fallback| fallback.speech.says());
    let cases = rules.replies.iter().flat_map(|reply| &reply.cases);
    let cases = cases.flat_map(|case| case.speech.says());
    let says = rules.replies.iter().flat_map(|reply| reply.speech.says());
    let cooling = rules.replies.iter().filter_map(|reply| reply.cooldown.as_ref());
    let cooling = cooling.flat_map(|cooldown| match &cooldown.then {
        Cooling::Say(says) => says.iter().collect(),
        Cooling::Silent | Cooling::Next => Vec::new(),
    });
    let steps = rules.replies.iter().flat_map(|reply| &reply.follow_up);
    let steps = steps.flat_map(|step| &step.says);
    let spoken = says.chain(cases).chain(cooling).chain(steps).chain(greeting).chain(fallbacks);
    let spoken = spoken.flat_map(|say| say.texts()).flat_map(|text| &text.texts);
    let default = rules.language.default.as_deref();
    let languages: BTreeSet<&str> =
        spoken.map(|(language, _)| language.as_str()).chain(default).collect();
    languages.len()
}
