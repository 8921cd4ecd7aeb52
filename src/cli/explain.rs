//! `usher explain`: what is decided about a sentence, and the reason of every rule.

use super::check::several;
use super::daemon::{self, Daemon};
use super::output::{self, Exit, Failure, Outcome};
use super::status::instant;
use super::target::{self, Findings, Target};
use super::{Format, service};
use crate::clock::SystemClock;
use crate::files::CONFIG_FILE;
use crate::server::{Answer, App, EventAnswer, Settings};
use crate::store::memory::Memory;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What is decided about a sentence, and for every rule why it did or did not win
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher explain \"where is my order\"              as somebody new, by the rules on disk
  usher explain \"환불\" --rules shop/rules --at \"2026-03-01 23:10\"
  usher explain \"12345678\" --after order-status   as the answer to that question
  usher explain \"and now?\" --contact +351911111  as that contact, by the running daemon
  usher explain --event wamid.HBgM                 a message that came
  usher explain \"hours?\" --admin http://127.0.0.1:8088   by `usher demo`, or any other daemon

Rules whose examples fail are explained as well.")]
pub(super) struct Args {
    /// The customer's words
    #[arg(required_unless_present = "event", conflicts_with = "event")]
    text: Option<String>,
    /// A folder with `usher.toml`, a rules folder, or one rule file
    #[arg(long, conflicts_with_all = ["config", "contact", "event"])]
    rules: Option<PathBuf>,
    /// The configuration; without it `usher.toml`, else the folder `rules`
    #[arg(long)]
    config: Option<PathBuf>,
    /// When it is said: 2026-03-01T23:10:00+09:00, or "2026-03-01 23:10" or 2026-03-01 in the zone
    /// of the first calendar by name, else UTC
    #[arg(long)]
    at: Option<String>,
    /// The rule whose question it answers, as if that were open
    #[arg(long, conflicts_with = "event")]
    after: Option<String>,
    /// Who says it: a contact's id, phone number or user id
    #[arg(long)]
    contact: Option<String>,
    /// The daemon to ask, such as the demo at http://127.0.0.1:8088
    #[arg(long, value_name = "URL", conflicts_with_all = ["rules", "config"])]
    admin: Option<String>,
    /// An event of the journal, by its id or the message's
    #[arg(long, conflicts_with_all = ["at", "contact"])]
    event: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) async fn run(args: Args) -> Outcome {
    match (&args.event, &args.text) {
        (Some(event), _) => explain_event(&args, event).await?,
        (None, Some(text)) => explain_text(&args, text).await?,
        (None, None) => return Err(Failure::start("say a sentence, or an event with `--event`")),
    }
    Ok(Exit::Fine)
}

async fn explain_text(args: &Args, text: &str) -> Result<(), Failure> {
    let here = Path::new(".");
    let daemon = match (&args.contact, &args.admin, &args.rules) {
        (Some(_), _, _) | (_, Some(_), _) => daemon(args).await?,
        (None, None, Some(rules)) => over_rules(target::read(rules)?)?,
        (None, None, None) => over_rules(target::read(args.config.as_deref().unwrap_or(here))?)?,
    };
    let mut question = serde_json::Map::from_iter([("text".to_owned(), json!(text))]);
    for (name, value) in [("contact", &args.contact), ("at", &args.at), ("after", &args.after)] {
        if let Some(value) = value {
            question.insert(name.to_owned(), json!(value));
        }
    }
    let answer: Answer = daemon.post("/v1/decide", &question.into()).await?;
    match args.format {
        Format::Json => output::json(&answer),
        Format::Text => output::text(&readable(&answer)),
    }
}

async fn explain_event(args: &Args, event: &str) -> Result<(), Failure> {
    let path = format!("/v1/events/{}", daemon::segment(event));
    let answer: EventAnswer = daemon(args).await?.get(&path).await?;
    if args.format == Format::Json {
        return output::json(&answer);
    }
    let record = &answer.record;
    let (kind, revision) = (record.event.kind.label(), &record.revision);
    let verdict = record.verdict.in_words();
    let id = &record.event.id;
    output::line(&format!("{kind} {id} of {}", instant(record.at)))?;
    output::line(&format!("it was decided by revision {revision}: {verdict}\n"))?;
    let Some(explanation) = &answer.explanation else {
        return output::line("the state before it is no longer in the journal of the store");
    };
    if !answer.same_rules {
        output::line("the rules have changed since; this is what they say now:")?;
    }
    output::text(&readable(explanation))
}

async fn daemon(args: &Args) -> Result<Daemon, Failure> {
    if let Some(admin) = &args.admin {
        return Daemon::at(admin);
    }
    daemon::of_file(args.config.as_deref().unwrap_or(Path::new(CONFIG_FILE))).await
}

/// The routes over the rules on disk and an empty store: a sentence of somebody new.
fn over_rules(target: Result<Target, Findings>) -> Result<Daemon, Failure> {
    let checked = target.map_err(|findings| findings.stop())?.check();
    let rules = match (checked.ruleset, checked.failing) {
        (Some(rules), _) => rules,
        (None, Some(rules)) => {
            let errors = several(checked.findings.errors(), "example fails", "examples fail");
            let line =
                format!("usher: {errors} (`usher test` shows them); explained all the same\n");
            // If standard error is closed there is nobody to tell.
            let _ = output::error_text(&line);
            rules
        }
        (None, None) => return Err(checked.findings.stop()),
    };
    let turn = service::turn(Arc::new(Memory::new()), rules, Arc::new(SystemClock));
    Ok(Daemon::here(&App::new(turn, Settings::default(), CancellationToken::new())))
}

/// The decision, what is said, and every rule in a table.
fn readable(answer: &Answer) -> String {
    let mut out = format!("{}\n", answer.verdict.in_words());
    for text in &answer.texts {
        out.push_str(&format!("  says: {}\n", text.replace('\n', "\n        ")));
    }
    if let Some((language, how)) = &answer.trace.language {
        out.push_str(&format!("language: {language} ({how})\n"));
    }
    for note in &answer.trace.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    if let Some(local) = &answer.local {
        out.push_str(&format!("at: {local}\n"));
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["rule", "why", "found"]);
    for rule in &answer.rules {
        let found: Vec<String> =
            rule.found.iter().map(|found| format!("“{}”", answer.trace.found(found))).collect();
        table.add_row([rule.rule.as_str(), &rule.reason, &found.join(", ")]);
    }
    out.push_str(&format!("{table}\nrevision {}\n", answer.revision));
    out
}
