//! Prometheus' own judge of a page of metrics.

use std::io::Write;
use std::process::{Command, Stdio};

/// Fails unless `promtool check metrics` takes the page and finds nothing to say about it.
pub fn accept(page: &str) {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut judge = command.spawn().unwrap_or_else(|error| {
        panic!(
            "promtool does not start: {error}; `tests/run` installs it, or: \
             sudo apt-get install --no-install-recommends prometheus"
        )
    });
    judge.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = judge.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && said.trim().is_empty(), "{said}\n{page}");
}
