//! `usher dead`: what could not be sent, and what could not be decided.

use super::Format;
use super::daemon::{self, Daemon};
use super::output::{self, Exit, Failure, Outcome};
use super::status::instant;
use crate::server::{DeadDone, DeadItem, DeadPage, DeadShown};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Messages that were given up and events that could not be decided: see them, try them again
///
/// Asks the daemon at `[server] admin`; if none answers, opens the store itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher dead list
  usher dead show 0198c1d2-…-7a.12.0     the message with its text, and what WhatsApp said
  usher dead retry 0198c1d2-…-7a.12.0    it waits again, with all its tries
  usher dead retry --all                 all of them, after the cause is gone
  usher dead drop event-1207             it is done with
  usher dead drop --all --yes            all of them are; without --yes a terminal is asked")]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
    /// The configuration
    #[arg(long, default_value = "usher.toml", global = true)]
    config: PathBuf,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// What there is, the oldest first
    List,
    /// One of them with all that is known; holds customers' words
    Show {
        /// Its id, from `usher dead list`
        id: String,
    },
    /// Send a message again, decide an event again
    Retry(Which),
    /// Be done with it: it is neither sent nor listed any more
    Drop(Dropped),
}

/// Some of them.
#[derive(Debug, clap::Args)]
struct Which {
    /// Their ids, from `usher dead list`
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<String>,
    /// All of them
    #[arg(long)]
    all: bool,
}

/// Those to be dropped.
#[derive(Debug, clap::Args)]
struct Dropped {
    #[command(flatten)]
    which: Which,
    /// With `--all`: do not ask
    #[arg(long)]
    yes: bool,
}

/// What is to be done with each.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Retry,
    Drop,
}

pub(super) async fn run(args: Args) -> Outcome {
    let daemon = daemon::of_file(&args.config).await?;
    match &args.action {
        Action::List => list(&daemon, args.format).await,
        Action::Show { id } => show(&daemon, id, args.format).await,
        Action::Retry(which) => each(&daemon, which, Deed::Retry).await,
        Action::Drop(Dropped { which, yes }) => {
            if which.all && !yes && !agreed(all(&daemon).await?.len())? {
                return Err(Failure::problem("nothing was dropped"));
            }
            each(&daemon, which, Deed::Drop).await
        }
    }
}

/// Asks on a terminal whether all of them are to be dropped; elsewhere nobody answers.
fn agreed(count: usize) -> Result<bool, Failure> {
    if count == 0 {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        let sentence = "this drops all of them for good: say `--yes`, or name them";
        return Err(Failure::start(sentence));
    }
    output::error_text(&format!("drop all {count} for good? [y/N] "))?;
    let mut answer = String::new();
    // A terminal that cannot be read says nothing, which is no.
    let _ = std::io::stdin().read_line(&mut answer);
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

async fn list(daemon: &Daemon, format: Format) -> Outcome {
    let items = all(daemon).await?;
    match format {
        Format::Json => output::json(&items)?,
        Format::Text if items.is_empty() => output::line("nothing was given up")?,
        Format::Text => output::line(&table(&items))?,
    }
    Ok(Exit::Fine)
}

/// The whole list, page by page.
async fn all(daemon: &Daemon) -> Result<Vec<DeadItem>, Failure> {
    let mut items = Vec::new();
    let mut path = "/v1/dead".to_owned();
    loop {
        let page: DeadPage = daemon.get(&path).await?;
        items.extend(page.items);
        match page.next {
            Some(next) => path = format!("/v1/dead?after={next}"),
            None => return Ok(items),
        }
    }
}

fn table(items: &[DeadItem]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["id", "since", "why", "rule"]);
    for item in items {
        let code = item.code.map(|code| format!(" ({code})")).unwrap_or_default();
        let rule = item.rule.as_ref().map_or("-", |rule| rule.as_str());
        let why = format!("{}{code}", item.reason);
        table.add_row([item.id.as_str(), &instant(item.at), &why, rule]);
    }
    table.to_string()
}

async fn show(daemon: &Daemon, id: &str, format: Format) -> Outcome {
    let shown: DeadShown = daemon.get(&format!("/v1/dead/{}", daemon::segment(id))).await?;
    if format == Format::Json {
        output::json(&shown)?;
        return Ok(Exit::Fine);
    }
    output::line(&table(std::slice::from_ref(&shown.item)))?;
    match (&shown.job, &shown.record) {
        (Some(job), _) => output::json(job)?,
        (None, Some(record)) => output::json(record)?,
        (None, None) => {}
    }
    Ok(Exit::Fine)
}

/// Does it with each; what fails is told and the others go on.
async fn each(daemon: &Daemon, which: &Which, deed: Deed) -> Outcome {
    let ids = if which.all {
        all(daemon).await?.into_iter().map(|item| item.id).collect()
    } else {
        which.ids.clone()
    };
    let mut exit = Exit::Fine;
    for id in &ids {
        let path = format!("/v1/dead/{}", daemon::segment(id));
        let done: Result<DeadDone, Failure> = match deed {
            Deed::Retry => daemon.post(&format!("{path}/retry"), &json!({})).await,
            Deed::Drop => daemon.delete(&path).await,
        };
        match done {
            Ok(done) => {
                let warning = done.warning.map(|warning| format!("; {warning}"));
                let verb = match deed {
                    Deed::Retry => "is tried again",
                    Deed::Drop => "is done with",
                };
                output::line(&format!("`{id}` {verb}{}", warning.unwrap_or_default()))?;
            }
            Err(Failure::Sentence(Exit::Problems, why)) => {
                output::error_text(&format!("usher: {why}\n"))?;
                exit = Exit::Problems;
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(exit)
}
