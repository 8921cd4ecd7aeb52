//! `usher status`: how the daemon goes.

use super::Format;
use super::daemon::{self, Daemon};
use super::output::{self, Exit, Outcome};
use crate::model::Timestamp;
use crate::server::status::Status;
use std::path::PathBuf;

/// How the daemon goes: rules, store, outbox, last events
///
/// Asks the daemon at `[server] admin`; if none answers, opens the store itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher status
  usher status --config shop/usher.toml --format json
  usher status --admin http://127.0.0.1:8088   `usher demo`")]
pub(super) struct Args {
    /// The configuration
    #[arg(long, default_value = "usher.toml")]
    config: PathBuf,
    /// The daemon to ask instead, such as the demo at http://127.0.0.1:8088
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    admin: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) async fn run(args: Args) -> Outcome {
    let daemon = match &args.admin {
        Some(admin) => Daemon::at(admin)?,
        None => daemon::of_file(&args.config).await?,
    };
    let status: Status = daemon.get("/v1/status").await?;
    match args.format {
        Format::Json => output::json(&status)?,
        Format::Text => output::text(&text(&status, matches!(daemon, Daemon::Running { .. })))?,
    }
    Ok(Exit::Fine)
}

fn text(status: &Status, running: bool) -> String {
    let store = &status.store;
    let process = match (running, status.stopping) {
        (true, false) => format!("running for {}", span(status.uptime_seconds)),
        (true, true) => "stopping".to_owned(),
        (false, _) => "not running (read from the store)".to_owned(),
    };
    let rules = &status.rules;
    let mut lines = vec![
        format!("usher {}  {process}", status.version),
        format!(
            "rules       {} live, {} draft, {} fallback, {} files, revision {}",
            rules.live, rules.drafts, rules.fallbacks, rules.files, rules.revision
        ),
        format!("contacts    {}", store.contacts),
        format!(
            "outbox      {} waiting, {} sending, {} held, {} unknown, {} dead",
            store.waiting, store.sending, store.held, store.unknown, store.dead
        ),
        format!(
            "journal     {} lines in the store; {}",
            store.journal,
            status.journal.as_deref().unwrap_or("drained nowhere")
        ),
        format!("undecided   {} in {} days", status.undecided, status.undecided_days),
    ];
    lines.extend(status.sending.iter().map(|pause| {
        format!("sending     PAUSED for {}: {} ({})", pause.number, pause.reason, pause.detail)
    }));
    if status.unsigned {
        let why = "UNSIGNED: anybody who reaches them may speak as WhatsApp; set `app_secret`";
        lines.push(format!("webhooks    {why}"));
    }
    lines.extend(
        status.pauses.iter().map(|pause| format!("paused      {}", super::pause::line(pause))),
    );
    if rules.stale {
        let why = "STALE: those on disk are refused; `usher reload` says why";
        lines.insert(2, format!("            {why}"));
    }
    for event in &status.last_events {
        lines.push(format!(
            "  {}  {:<10} {:<10} {}",
            instant(event.at),
            event.kind,
            event.verdict,
            event.id
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// An instant in UTC, to the second.
pub(super) fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis()).map_or_else(
        |_| at.millis().to_string(),
        |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}
