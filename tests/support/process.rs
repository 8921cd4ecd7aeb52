//! Programs started by a test: their output is kept, and they end with the test, by their own id.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

/// A running program.
pub struct Process {
    pub(super) child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; what it prints goes to `NAME.log` in `dir`, after what stands there.
    pub fn start(mut command: Command, name: &str, dir: &Path) -> Process {
        let log = dir.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log).unwrap();
        let err = out.try_clone().unwrap();
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let program = command.get_program().to_owned();
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("{} does not start: {error}; `tests/run` installs it", program.display())
        });
        Process { child, name: name.to_owned(), log }
    }

    /// Fails the test, with what the program printed, if it has ended by itself.
    pub fn assert_alive(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("`{}` ended with {status}:\n{}", self.name, self.printed());
        }
    }

    /// Kills it at once (`kill -9`) and waits until it is gone.
    pub fn kill(&mut self) {
        // An error means that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Its id, for signals.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let printed = self.printed();
            let lines: Vec<&str> = printed.lines().collect();
            let last = lines.get(lines.len().saturating_sub(40)..).unwrap_or_default();
            eprintln!("── the last lines of `{}` ──\n{}", self.name, last.join("\n"));
        }
    }
}

/// The built `usher`.
pub fn usher() -> Command {
    Command::new(env!("CARGO_BIN_EXE_usher"))
}

/// A port of this machine that is free. It lies below the ports that outgoing connections get, so
/// that none of those takes it while a daemon on it is killed and started again.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 199).unwrap() * 50;
    for _ in 0..10_000 {
        let port = 20_000 + (own + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port from 20000 to 29999 is free");
}
