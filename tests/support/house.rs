//! A whole installation for one test: a simulator, a folder with `usher.toml` and rules, and the
//! daemon between them, which may be killed and started again.

use super::process::{Process, free_port, usher};
use super::wait::{PATIENCE, until};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The daemon sends it to the simulator.
pub const ACCESS_TOKEN: &str = "a-token-of-the-tests";
/// Signs webhooks.
pub const APP_SECRET: &str = "a-secret-of-the-tests";
/// Answers the handshake.
pub const VERIFY_TOKEN: &str = "a-word-of-the-tests";

/// A simulator and a daemon that know each other.
pub struct House {
    // In the order in which they end.
    daemon: Option<Process>,
    simulator: Process,
    http: reqwest::Client,
    ports: Ports,
    /// What `USHER_LOG` says to the daemon.
    log: Option<&'static str>,
    dir: TempDir,
}

#[derive(Clone, Copy)]
struct Ports {
    listen: u16,
    admin: u16,
    simulator: u16,
}

/// How a house is set up.
pub struct Plan<'a> {
    /// What its daemon answers by.
    pub rules: Rules<'a>,
    /// More lines of `[server]`.
    pub server: &'a str,
    /// What `USHER_LOG` says to the daemon.
    pub log: Option<&'static str>,
}

/// Where the rules of a house come from.
#[derive(Clone, Copy)]
pub enum Rules<'a> {
    /// The text of one rule file.
    Text(&'a str),
    /// A folder, left where it is.
    Folder(&'a Path),
}

impl House {
    /// Starts simulator and daemon, and waits until both answer.
    pub async fn start(rules: &Rules<'_>) -> House {
        House::planned(&Plan { rules: *rules, server: "", log: None }).await
    }

    /// As [`House::start`], set up otherwise.
    pub async fn planned(plan: &Plan<'_>) -> House {
        House::planned_with(plan, &[]).await
    }

    /// As [`House::planned`], with files beside `usher.toml`.
    pub async fn planned_with(plan: &Plan<'_>, files: &[(&str, &str)]) -> House {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(dir.path().join(name), content).unwrap();
        }
        let ports = Ports { listen: free_port(), admin: free_port(), simulator: free_port() };
        write_config(dir.path(), plan, ports);
        let simulator = start_simulator(dir.path(), ports);
        let mut house = House { daemon: None, simulator, http: http(), ports, log: plan.log, dir };
        house.simulator_ready().await;
        house.start_daemon().await;
        house
    }

    /// Starts the daemon, and waits until it is ready.
    pub async fn start_daemon(&mut self) {
        let command = self.command("run");
        self.start_daemon_by(command).await;
    }

    /// `usher NAME` with the house's configuration and secrets.
    pub fn command(&self, name: &str) -> Command {
        let mut command = usher();
        command.args([name, "--config", "usher.toml"]);
        self.furnish(&mut command);
        command
    }

    /// Runs a command in the house's folder, with its secrets.
    pub fn furnish(&self, command: &mut Command) {
        command.current_dir(self.dir.path()).env("NO_COLOR", "1");
        for (name, secret) in [
            ("USHER_TEST_ACCESS_TOKEN", ACCESS_TOKEN),
            ("USHER_TEST_APP_SECRET", APP_SECRET),
            ("USHER_TEST_VERIFY_TOKEN", VERIFY_TOKEN),
        ] {
            command.env(name, secret);
        }
        if let Some(level) = self.log {
            command.env("USHER_LOG", level);
        }
    }

    /// Starts the daemon by this command, and waits until it is ready.
    pub async fn start_daemon_by(&mut self, command: Command) {
        let mut daemon = Process::start(command, "usher-run", self.dir.path());
        let ready = format!("http://127.0.0.1:{}/readyz", self.ports.listen);
        until("the daemon is ready", PATIENCE, async || {
            daemon.assert_alive();
            let answer = self.http.get(&ready).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        self.daemon = Some(daemon);
    }

    /// `kill -9` of the daemon.
    pub fn kill_daemon(&mut self) {
        let mut daemon = self.daemon.take().expect("the daemon runs");
        daemon.assert_alive();
        daemon.kill();
    }

    /// SIGTERM to the daemon: how it ends, and how long that takes. Fails after `bound`.
    pub async fn terminate_daemon(&mut self, bound: Duration) -> (ExitStatus, Duration) {
        self.ask_daemon_to_end();
        self.terminated(bound).await
    }

    /// The end of a daemon that was asked to end.
    pub async fn terminated(&mut self, bound: Duration) -> (ExitStatus, Duration) {
        let mut daemon = self.daemon.take().expect("the daemon runs");
        let began = Instant::now();
        let ended = until("the daemon ends", bound, async || daemon.ended()).await;
        (ended, began.elapsed())
    }

    /// SIGTERM to the daemon, without waiting for its end.
    pub fn ask_daemon_to_end(&mut self) {
        let daemon = self.daemon.as_mut().expect("the daemon runs");
        daemon.assert_alive();
        daemon.terminate();
    }

    /// Where the daemon answers: public, then admin.
    pub fn addresses(&self) -> [String; 2] {
        [self.ports.listen, self.ports.admin].map(|port| format!("http://127.0.0.1:{port}"))
    }

    /// Everything the daemons of this house have printed and logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("usher-run.log")).unwrap()
    }

    /// The daemon's process.
    pub fn daemon(&self) -> &Process {
        self.daemon.as_ref().expect("the daemon runs")
    }

    /// The house's folder.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What the daemon answers on its public address: status and text.
    pub async fn public(&self, path: &str) -> (u16, String) {
        let address = format!("http://127.0.0.1:{}{path}", self.ports.listen);
        let answer = self.http.get(address).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// What the daemon answers on its admin address: status and text.
    pub async fn admin(&self, path: &str) -> (u16, String) {
        let answer = self.http.get(self.admin_address(path)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// What the daemon answers to a POST on its admin address: status and JSON.
    pub async fn admin_post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.http.post(self.admin_address(path)).json(body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    /// The status of what the daemon answers to a DELETE on its admin address.
    pub async fn admin_delete(&self, path: &str) -> u16 {
        let answer = self.http.delete(self.admin_address(path)).send().await.unwrap();
        answer.status().as_u16()
    }

    fn admin_address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports.admin)
    }

    /// A signed webhook with this body: the status of its answer.
    pub async fn webhook(&self, body: &str) -> u16 {
        let address = format!("http://127.0.0.1:{}/webhook", self.ports.listen);
        let request = self.http.post(address).header("content-type", "application/json");
        let request = request.header("x-hub-signature-256", signature(body.as_bytes()));
        request.body(body.to_owned()).send().await.unwrap().status().as_u16()
    }

    /// What the simulator answers to GET.
    pub async fn ask_simulator(&self, path: &str) -> Value {
        let address = format!("http://127.0.0.1:{}{path}", self.ports.simulator);
        json_of(self.http.get(address)).await
    }

    /// Tells the simulator something by POST.
    pub async fn tell_simulator(&self, path: &str, body: &Value) -> Value {
        let address = format!("http://127.0.0.1:{}{path}", self.ports.simulator);
        json_of(self.http.post(address).json(body)).await
    }

    /// Sets what goes wrong; what is not named goes right.
    pub async fn set_faults(&self, faults: &Value) {
        let address = format!("http://127.0.0.1:{}/sim/faults", self.ports.simulator);
        json_of(self.http.put(address).json(faults)).await;
    }

    /// Sets which templates WhatsApp approved.
    pub async fn approve(&self, templates: &Value) {
        let address = format!("http://127.0.0.1:{}/sim/templates", self.ports.simulator);
        json_of(self.http.put(address).json(templates)).await;
    }

    /// The daemon's own account of itself.
    pub async fn status(&self) -> Value {
        json_of(self.http.get(format!("http://127.0.0.1:{}/v1/status", self.ports.admin))).await
    }

    async fn simulator_ready(&mut self) {
        let address = format!("http://127.0.0.1:{}/sim/load", self.ports.simulator);
        let (simulator, http) = (&mut self.simulator, &self.http);
        until("the simulator answers", PATIENCE, async || {
            simulator.assert_alive();
            http.get(&address).send().await.ok()?.status().is_success().then_some(())
        })
        .await;
    }
}

impl Process {
    /// Asks it to end (SIGTERM).
    pub fn terminate(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
}

fn write_config(dir: &Path, plan: &Plan<'_>, ports: Ports) {
    let server = plan.server;
    let folder = match plan.rules {
        Rules::Folder(folder) => folder.to_path_buf(),
        Rules::Text(text) => {
            let folder = dir.join("rules");
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("rules.toml"), text).unwrap();
            folder
        }
    };
    let Ports { listen, admin, simulator } = ports;
    // The least `unknown_wait` there is, so that what a kill left in doubt is settled soon.
    let config = format!(
        r#"rules = {rules}
data  = "data"

[server]
listen = "127.0.0.1:{listen}"
admin  = "127.0.0.1:{admin}"
{server}

[whatsapp]
api                 = "http://127.0.0.1:{simulator}/v25.0"
business_account_id = "100000000000001"
access_token        = {{ env = "USHER_TEST_ACCESS_TOKEN" }}
app_secret          = {{ env = "USHER_TEST_APP_SECRET" }}
verify_token        = {{ env = "USHER_TEST_VERIFY_TOKEN" }}
# The loads are heavier than WhatsApp allows.
rate = {{ start = 1000, max = 1000 }}
pair = {{ every = "1ms", burst = 1000 }}

[[whatsapp.number]]
id   = "900000000000001"
name = "main"

[store]
url = "embedded:data"

[limits]
unknown_wait = "30s"
# The loads say the same to the same customers again and again.
replies_per_minute = 1000
same_text = {{ times = 100, in = "1s" }}
"#,
        rules = json!(folder),
    );
    std::fs::write(dir.join("usher.toml"), config).unwrap();
}

fn start_simulator(dir: &Path, ports: Ports) -> Process {
    let mut command = usher();
    command.arg("sim").current_dir(dir);
    command.args(["--listen", &format!("127.0.0.1:{}", ports.simulator)]);
    command.args(["--webhook", &format!("http://127.0.0.1:{}/webhook", ports.listen)]);
    command.args(["--app-secret", APP_SECRET, "--access-token", ACCESS_TOKEN]);
    command.args(["--number", "900000000000001", "--account", "100000000000001", "--seed", "7"]);
    Process::start(command, "usher-sim", dir)
}

fn http() -> reqwest::Client {
    // A second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn json_of(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// What WhatsApp signs a body with.
pub fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).unwrap();
    mac.update(body);
    let mut text = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}
