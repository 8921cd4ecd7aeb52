//! Parses the command line, runs one command, turns its end into an exit code. Signals stay here.

use clap::Parser;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use usherd::cli::{Asked, Cli, Exit, Failure, Outcome};

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
    let asked = Asked::default();
    // Before the command says that it is ready: whoever reads that may send a signal at once.
    let mut signals = Signals::listen(cli.is_daemon());
    let mut command = std::pin::pin!(cli.run(asked.clone()));
    loop {
        let heard = tokio::select! {
            outcome = &mut command => return outcome,
            heard = signals.next() => heard,
        };
        match heard {
            Heard::Reload => asked.reload.notify_one(),
            Heard::Stop if asked.stop.is_cancelled() => {
                return Err(Failure::Sentence(Exit::Problems, "ended at once".to_owned()));
            }
            Heard::Stop => asked.stop.cancel(),
        }
    }
}

/// What a signal asks for.
enum Heard {
    Stop,
    Reload,
}

/// Ctrl-C, or SIGTERM from whoever runs us; SIGHUP where it means to reload. None where the
/// system gives no handlers.
struct Signals {
    stop: Option<(Signal, Signal)>,
    reload: Option<Signal>,
}

impl Signals {
    fn listen(reloads: bool) -> Signals {
        let interrupt = signal(SignalKind::interrupt());
        let stop = interrupt.and_then(|one| Ok((one, signal(SignalKind::terminate())?))).ok();
        let reload = reloads.then(|| signal(SignalKind::hangup()).ok()).flatten();
        Signals { stop, reload }
    }

    async fn next(&mut self) -> Heard {
        let stop = async {
            match &mut self.stop {
                Some((interrupt, terminate)) => {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                }
                None => std::future::pending().await,
            }
        };
        let reload = async {
            match &mut self.reload {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop => Heard::Stop,
            _ = reload => Heard::Reload,
        }
    }
}
