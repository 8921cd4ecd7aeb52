//! `usher reload`: has the running daemon read its rules now, and says how that ended.

use super::Format;
use super::daemon::Daemon;
use super::output::{self, Exit, Failure, Outcome};
use super::root;
use super::target::Findings;
use crate::config::Config;
use crate::files;
use crate::rules::codes;
use crate::rules::diagnostic::{Diagnostic, Place, Severity};
use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Have the running daemon reload its rules now, and wait for the outcome
///
/// The daemon reloads by itself within a second or three of a save; this waits for it and shows
/// what is wrong. Rules with errors change nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher reload
  usher reload --config shop/usher.toml --format json
  usher reload --admin http://127.0.0.1:8088   `usher demo`

Exit codes: 0 applied or unchanged, 1 rejected or unreadable, 2 no daemon answers.")]
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

/// What the daemon answers, in all four outcomes.
#[derive(Deserialize)]
struct Answer {
    outcome: String,
    revision: String,
    /// The rules folder, as the daemon names it.
    folder: PathBuf,
    #[serde(default)]
    diagnostics: Vec<Found>,
    #[serde(default)]
    gone: Vec<Gone>,
}

#[derive(Deserialize)]
struct Gone {
    rule: String,
    waiting: u64,
}

/// A diagnostic as it comes over the wire.
#[derive(Deserialize)]
struct Found {
    code: String,
    severity: String,
    message: String,
    places: Vec<Place>,
    help: Option<String>,
}

pub(super) async fn run(args: Args) -> Outcome {
    let (daemon, folder) = match &args.admin {
        Some(admin) => (Daemon::at(admin)?, None),
        None => {
            let config = root::config(&args.config)?;
            (running(&config).await?, Some(config.rules))
        }
    };
    let (status, bytes) = daemon.send(Method::POST, "/-/reload", None).await?;
    // In these three the daemon says how the reload ended.
    let ended = [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::SERVICE_UNAVAILABLE];
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if !ended.contains(&status) || value.get("outcome").is_none() {
        return Err(super::daemon::refused(status, &bytes));
    }
    let answer: Answer = serde_json::from_value(value.clone()).map_err(|error| {
        Failure::start(format!("the answer is none of an usher of this version: {error}"))
    })?;
    match args.format {
        Format::Json => output::json(&value)?,
        Format::Text => text(&folder.unwrap_or_else(|| answer.folder.clone()), &answer)?,
    }
    Ok(if status.is_success() { Exit::Fine } else { Exit::Problems })
}

async fn running(config: &Config) -> Result<Daemon, Failure> {
    Daemon::running(config).await?.ok_or_else(|| {
        let admin = config.server.admin;
        Failure::start(format!(
            "no usher answers on `{admin}`; `usher run` starts it, `usher check` tries the rules, \
             and of a demo `--admin http://127.0.0.1:8088` asks"
        ))
    })
}

fn text(folder: &Path, answer: &Answer) -> Result<(), Failure> {
    let found: Vec<Diagnostic> = answer.diagnostics.iter().map(diagnostic).collect();
    if !found.is_empty() {
        // The files as they lie here; without them, places are named without their lines.
        let sources = files::read(folder).unwrap_or_default();
        let findings = Findings::of(found, &sources, folder);
        output::text(&findings.rendered(output::colour()))?;
    }
    for Gone { rule, waiting } in &answer.gone {
        output::line(&format!("`{rule}` is gone; conversations that wait on it: {waiting}"))?;
    }
    let revision = answer.revision.get(..16).unwrap_or(&answer.revision);
    output::line(&match answer.outcome.as_str() {
        "applied" => format!("applied: revision {revision} is in force"),
        "unchanged" => format!("unchanged: revision {revision} is in force"),
        outcome => format!("{outcome}: revision {revision} stays in force"),
    })
}

fn diagnostic(found: &Found) -> Diagnostic {
    let code = codes::find(&found.code).map(|code| code.id);
    Diagnostic {
        // Of a newer daemon, or none of the rules' own.
        code: code.unwrap_or("F001"),
        severity: if found.severity == "error" { Severity::Error } else { Severity::Warning },
        message: found.message.clone(),
        places: found.places.clone(),
        help: found.help.clone(),
    }
}
