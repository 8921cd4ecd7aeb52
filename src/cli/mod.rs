//! The command line: one file a command. Each returns how it ended; `main` turns that into an
//! exit code.
//!
//! Lives here: arguments, what is printed, putting the rooms together. May not live here: what the
//! daemon does (that is in the rooms).

mod check;
mod daemon;
mod dead;
mod demo;
mod explain;
mod init;
mod logging;
mod output;
mod passing;
mod pause;
mod pinned;
mod play;
mod reload;
mod root;
mod rules;
mod run;
mod schema;
mod service;
mod sim;
mod starter;
mod status;
mod target;
mod test;
mod told;
mod watch;

pub use output::{Exit, Failure, Outcome};

use clap::{Parser, Subcommand, ValueEnum};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A daemon that answers WhatsApp customers from rule files.
#[derive(Debug, Parser)]
#[command(name = "usher", version, about, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Examples:
  usher demo                         try it: a chat page, no account needed
  usher init shop                    a folder to start from
  usher check shop                   every mistake in it, with its place and its mend
  usher run --config shop/usher.toml the daemon

Exit codes: 0 fine, 1 problems found, 2 wrong usage or cannot start.")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Init(init::Args),
    Run(run::Args),
    Check(check::Args),
    Test(test::Args),
    Explain(explain::Args),
    Schema(schema::Args),
    Sim(sim::Args),
    Status(status::Args),
    Dead(dead::Args),
    Pause(pause::Args),
    Resume(pause::ResumeArgs),
    Reload(reload::Args),
}

/// What signals ask of a command.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Cancelled: come to a clean end.
    pub stop: CancellationToken,
    /// Rung: read the rules again, if this is a daemon.
    pub reload: Arc<Notify>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Cli {
    /// Whether the command hears [`Asked::reload`]. To others, the end of their terminal is an end.
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        matches!(self.command, Command::Run(_))
    }

    /// Runs the command until it is done or, once `stop` is cancelled, has come to a clean end.
    ///
    /// # Errors
    /// The one sentence to print, and the exit code; or nobody reads the output any more.
    pub async fn run(self, asked: Asked) -> Outcome {
        let stop = asked.stop.clone();
        match self.command {
            Command::Demo(args) => demo::run(args, stop).await,
            Command::Init(args) => init::run(&args),
            Command::Run(args) => run::run(args, asked).await,
            Command::Check(args) => check::run(&args),
            Command::Test(args) => test::run(&args),
            Command::Explain(args) => explain::run(args).await,
            Command::Schema(args) => schema::run(&args),
            Command::Sim(args) => sim::run(args, stop).await,
            Command::Status(args) => status::run(args).await,
            Command::Dead(args) => dead::run(args).await,
            Command::Pause(args) => pause::run(args).await,
            Command::Resume(args) => pause::resume(args).await,
            Command::Reload(args) => reload::run(args).await,
        }
    }
}
