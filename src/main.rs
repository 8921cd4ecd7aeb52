//! Parses the command line, runs one command, turns its end into an exit code. Signals stay here.

use clap::Parser;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use usherd::cli::{Cli, Exit, Failure, Outcome};

/// What still blocks a thread when the command has ended may take so long.
const LAST_WORK_MAX: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // Help goes to a pipe that may be closed: that is no error.
            let _ = usage.print();
            return if usage.use_stderr() { Exit::CannotStart } else { Exit::Fine }.into();
        }
    };
    // Fails only where one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let outcome = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(cli));
            // A disk that hangs must not keep the process from ending.
            runtime.shutdown_timeout(LAST_WORK_MAX);
            outcome
        }
        Err(error) => {
            let sentence = format!("the system gives no threads: {error}");
            Err(Failure::Sentence(Exit::CannotStart, sentence))
        }
    };
    outcome.unwrap_or_else(Failure::end).into()
}

/// Runs the command; the first signal asks it to end, the second does not wait.
async fn run(cli: Cli) -> Outcome {
    let stop = CancellationToken::new();
    // Before the command says that it is ready: whoever reads that may send a signal at once.
    let mut signals = Signals::listen();
    let mut command = std::pin::pin!(cli.run(stop.clone()));
    tokio::select! {
        outcome = &mut command => return outcome,
        () = signals.next() => stop.cancel(),
    }
    tokio::select! {
        outcome = command => outcome,
        () = signals.next() => Err(Failure::Sentence(Exit::Problems, "ended at once".to_owned())),
    }
}

/// Ctrl-C, or SIGTERM from whoever runs us; none where the system gives no handlers.
struct Signals(Option<(Signal, Signal)>);

impl Signals {
    fn listen() -> Signals {
        let interrupt = signal(SignalKind::interrupt());
        Signals(interrupt.and_then(|one| Ok((one, signal(SignalKind::terminate())?))).ok())
    }

    async fn next(&mut self) {
        match &mut self.0 {
            Some((interrupt, terminate)) => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            None => std::future::pending().await,
        }
    }
}
