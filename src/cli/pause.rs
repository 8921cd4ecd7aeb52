//! `usher pause` and `usher resume`: what is not sent for a while.

use super::Format;
use super::daemon::{self, Daemon};
use super::output::{self, Exit, Failure, Outcome};
use super::status::instant;
use crate::model::{Pause, Pauses, Timestamp};
use crate::server::Resumed;
use serde_json::json;
use std::path::PathBuf;

/// Hold back messages for a while: of a rule, a template, a number, a purpose, or all of them
///
/// Effective within a second. Customers' messages are received and decided all the same; what would
/// be sent is held, and goes out in order when the pause ends. After 7 days it is dropped.
///
/// Asks the daemon at `[server] admin`; if none answers, opens the store itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher pause --rule order-status --for 1h
  usher pause --purpose marketing
  usher pause --all --for 15m
  usher pause list
  usher resume --rule order-status")]
pub(super) struct Args {
    #[command(subcommand)]
    list: Option<List>,
    #[command(flatten)]
    what: What,
    /// How long, such as 1h; without it until `usher resume`
    #[arg(long = "for")]
    span: Option<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Subcommand)]
enum List {
    /// What is paused
    List,
}

/// End a pause: what it held goes out, in order
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher resume --rule order-status
  usher resume --all                 the pause of all messages; others stand")]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Args)]
struct How {
    /// The configuration
    #[arg(long, default_value = "usher.toml", global = true)]
    config: PathBuf,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

/// One thing that can be paused.
#[derive(Debug, clap::Args)]
#[group(required = false, multiple = false)]
struct What {
    /// Everything
    #[arg(long)]
    all: bool,
    /// What this rule says
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// This template, by its name at WhatsApp
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// What goes out from this number, by its id or name
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,
    /// What is sent for this purpose: service, utility, authentication, marketing
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,
}

impl What {
    /// The scope as the API takes it.
    fn scope(&self) -> Result<String, Failure> {
        if self.all {
            return Ok("all".to_owned());
        }
        let named = [
            ("rule", &self.rule),
            ("template", &self.template),
            ("number", &self.number),
            ("purpose", &self.purpose),
        ];
        let scope =
            named.into_iter().find_map(|(kind, name)| Some(format!("{kind}:{}", name.as_ref()?)));
        scope.ok_or_else(|| {
            let how = "say what: `--rule ID`, `--template NAME`, `--number NUMBER`, `--purpose PURPOSE` or `--all`";
            Failure::start(how)
        })
    }
}

pub(super) async fn run(args: Args) -> Outcome {
    if let Some(List::List) = &args.list {
        if args.what.scope().is_ok() || args.span.is_some() {
            return Err(Failure::start("`list` lists every pause: leave the rest out"));
        }
        return list(&args.how).await;
    }
    let scope = args.what.scope()?;
    let mut wanted = json!({ "scope": scope });
    if let (Some(span), Some(wanted)) = (args.span, wanted.as_object_mut()) {
        wanted.insert("for".to_owned(), span.into());
    }
    let daemon = daemon::of_file_to_change(&args.how.config).await?;
    let pause: Pause = daemon.post("/v1/pauses", &wanted).await?;
    match args.how.format {
        Format::Json => output::json(&pause)?,
        Format::Text => output::line(&line(&pause))?,
    }
    Ok(Exit::Fine)
}

pub(super) async fn resume(args: ResumeArgs) -> Outcome {
    let scope = args.what.scope()?;
    let daemon = daemon::of_file(&args.how.config).await?;
    let path = format!("/v1/pauses/{}", daemon::segment(&scope));
    let resumed: Resumed = daemon.delete(&path).await?;
    match (args.how.format, &daemon) {
        (Format::Json, _) => output::json(&resumed)?,
        (Format::Text, Daemon::Running { .. }) => {
            output::line(&format!("`{}` goes out again", resumed.scope))?;
        }
        (Format::Text, Daemon::Here(_)) => {
            output::line(&format!("`{}` goes out again once usher runs", resumed.scope))?;
        }
    }
    Ok(Exit::Fine)
}

async fn list(how: &How) -> Outcome {
    let pauses: Pauses = daemon::of_file(&how.config).await?.get("/v1/pauses").await?;
    match how.format {
        Format::Json => output::json(&pauses.standing)?,
        Format::Text if pauses.standing.is_empty() => output::line("nothing is paused")?,
        Format::Text => {
            for pause in &pauses.standing {
                output::line(&line(pause))?;
            }
        }
    }
    Ok(Exit::Fine)
}

/// A pause in one line.
pub(super) fn line(pause: &Pause) -> String {
    let until = |until: Timestamp| format!("until {}", instant(until));
    let until = pause.until.map_or_else(|| "until it is resumed".to_owned(), until);
    let (scope, since, by) = (&pause.scope, instant(pause.since), &pause.by);
    format!("`{scope}` is paused since {since} by {by}, {until}")
}
