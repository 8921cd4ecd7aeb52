//! `usher demo`: everything with no account: starter rules, a store, the simulator, a chat page.

use super::check::counts;
use super::daemon::reachable;
use super::output::{self, Failure, Outcome};
use super::service::{self, Reload, Service, bind};
use super::starter;
use super::watch::Watch;
use super::{logging, run};
use crate::clock::SystemClock;
use crate::config::{Config, Limits, Number, Pair, Rate, Secrets, Server, StoreUrl, WhatsApp};
use crate::limits;
use crate::model::NumberId;
use crate::reload::Reloader;
use crate::server::{self, App, Front, chat};
use crate::simulator::{self, Simulator};
use crate::store::embedded::Embedded;
use secrecy::SecretString;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Try usher: a chat page on which you play the customers, no account needed
///
/// Uses the folder `rules` of the folder we are in, where there is one; else the starter rules,
/// which are written among the data. The page opens the rule files beside the chat: save one, there
/// or in any editor, and the next message is answered by it.
/// A change saved there is live within a second or three.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher demo
  usher demo --listen 127.0.0.1:8090 --data demo-data")]
pub(super) struct Args {
    /// Where the page is
    #[arg(long, default_value = "127.0.0.1:8088")]
    listen: SocketAddr,
    /// Where conversations are kept; without it they are forgotten at the end
    #[arg(long)]
    data: Option<PathBuf>,
}

pub(super) async fn run(args: Args, stop: CancellationToken) -> Outcome {
    logging::start("warn");
    let listener = bind(args.listen, "it with `--listen`").await?;
    let at = reachable(listener.local_addr().unwrap_or(args.listen));
    let simulator_listener = bind(SocketAddr::from(([127, 0, 0, 1], 0)), "nothing").await?;
    // Lives as long as this function: its folder goes with it.
    let folder = Folder::of(args.data.as_deref())?;
    let config = config(at, &simulator_listener, &folder.path)?;
    output::line(&format!("reading the rules of `{}`", config.rules.display()))?;
    // Whoever tries rules wants to see what is wrong with them, not the last good ones.
    let setup = super::rules::setup(&config, None);
    let start = super::rules::start(&setup)?;
    let rules = Arc::clone(&start.rules);
    output::line(&format!("  {}", counts(&rules)))?;
    output::line("opening the store")?;
    let store = Embedded::open(&folder.path).map_err(|why| Failure::start(why.to_string()))?;
    let turn = service::turn(Arc::new(store), rules, Arc::new(SystemClock));
    let simulator = simulator(&config, at);
    let (reloader, runner) = Reloader::new(setup, start, Arc::clone(&turn));
    // No signal asks the demo to reload: the end of its terminal is its end.
    let reload = Reload { reloader: Arc::clone(&reloader), runner, signal: Arc::default() };
    let settings = server::Settings::of(&config);
    let app = App::reloading(Arc::clone(&turn), settings, stop.clone(), Arc::clone(&reloader));
    // Files of this disk are written by the page only for whoever sits at it.
    let here = args.listen.ip().is_loopback();
    let stage = chat::Stage {
        simulator: Arc::clone(&simulator),
        turn: Arc::clone(&turn),
        reloader,
        editing: here.then(|| chat::Editing::new(config.rules.clone(), config.settings())),
    };
    let routes = server::all(&app, chat::routes(stage));
    let outbox = run::outbox(&config, Arc::clone(&turn))?;
    let watch = Watch::new(&config, None, Arc::clone(turn.metrics()));
    let service = Service {
        turn,
        outbox,
        journal: config.journal.clone(),
        fronts: vec![Front::new(listener, routes)],
        watch,
        reload: Some(reload),
        drain: config.server.drain,
        linger: config.server.linger,
    };
    output::line(&format!("usher demo is ready: http://{at}/chat"))?;
    output::line("Ctrl-C ends it")?;
    let behind = CancellationToken::new();
    let playing = simulator::serve(simulator, simulator_listener, behind.clone());
    let serving = async {
        let outcome = service.run(stop).await;
        behind.cancel();
        outcome
    };
    tokio::join!(serving, playing).0
}

/// The settings of a shop that is played.
fn config(at: SocketAddr, simulator: &TcpListener, data: &Path) -> Result<Config, Failure> {
    let api = simulator.local_addr().unwrap_or(at);
    let secret = || Secrets::from(secret());
    Ok(Config {
        rules: rules_folder(data)?,
        data: data.to_owned(),
        server: Server {
            listen: at,
            admin: at,
            drain: Duration::from_secs(3),
            // Nobody balances its load, and Ctrl-C is to end it at once.
            linger: Duration::ZERO,
            tls: None,
            tokens: Vec::new(),
        },
        whatsapp: WhatsApp {
            api: format!("http://{api}/v25.0"),
            business_account_id: simulator::Settings::ACCOUNT.to_owned(),
            access_token: secret(),
            app_secret: secret(),
            verify_token: secret(),
            default_region: Some("TW".to_owned()),
            timeout: limits::SEND_LATE_AFTER,
            rate: Rate::default(),
            pair: Pair::default(),
            numbers: vec![Number {
                id: NumberId::from(simulator::Settings::NUMBER),
                name: "main".to_owned(),
            }],
        },
        store: StoreUrl::Embedded(data.to_owned()),
        limits: Limits::default(),
        journal: data.join("journal"),
    })
}

/// A secret for this run alone.
fn secret() -> SecretString {
    let part = || Uuid::now_v7().simple().to_string();
    SecretString::from(format!("{}{}", part(), part()))
}

fn simulator(config: &Config, at: SocketAddr) -> Arc<Simulator> {
    let clock = Arc::new(SystemClock);
    let mut settings = simulator::Settings::new(format!("http://{at}/webhook"), clock);
    if let Some(access_token) = config.whatsapp.access_token.first() {
        settings.access_token = access_token;
    }
    if let Some(app_secret) = config.whatsapp.app_secret.first() {
        settings.app_secret = app_secret;
    }
    Simulator::new(settings)
}

/// The folder `rules` of the folder we are in, else the starter rules, written out among the data
/// so that they can be edited.
fn rules_folder(data: &Path) -> Result<PathBuf, Failure> {
    let here = PathBuf::from("rules");
    if here.is_dir() {
        return Ok(here);
    }
    let folder = data.join("rules");
    if !folder.exists() {
        starter::write_rules(&folder).map_err(|why| {
            let shown = folder.display();
            Failure::start(format!("the starter rules cannot be written to `{shown}`: {why}"))
        })?;
    }
    Ok(folder)
}

/// Where the demo keeps its conversations.
struct Folder {
    path: PathBuf,
    /// The folder is ours and goes with us. Locked while we run, so that the next demo can tell a
    /// folder in use from one that a killed demo left behind.
    lock: Option<File>,
}

/// What the folders of passing demos are called, in the system's folder for such things.
const FOLDER_PREFIX: &str = "usher-demo-";

/// The file in it that is locked.
const LOCK_FILE: &str = "in-use";

impl Folder {
    fn of(given: Option<&Path>) -> Result<Folder, Failure> {
        if let Some(path) = given {
            return Ok(Folder { path: path.to_owned(), lock: None });
        }
        let around = std::env::temp_dir();
        clear_left_behind(&around);
        let path = around.join(format!("{FOLDER_PREFIX}{}", Uuid::now_v7().simple()));
        let lock = locked(&path).map_err(|why| {
            let path = path.display();
            Failure::start(format!("`{path}` cannot be made ({why}); give a folder with `--data`"))
        })?;
        Ok(Folder { path, lock: Some(lock) })
    }
}

/// Makes the folder. It gets its name only once the lock is held: nobody sees it unlocked.
fn locked(path: &Path) -> std::io::Result<File> {
    let hidden = path.with_extension("new");
    std::fs::create_dir(&hidden)?;
    let lock = File::create_new(hidden.join(LOCK_FILE))?;
    lock.lock()?;
    std::fs::rename(&hidden, path)?;
    Ok(lock)
}

/// Removes the folders of demos that were killed. What cannot be removed stays: it may belong to
/// somebody else.
fn clear_left_behind(around: &Path) {
    for entry in std::fs::read_dir(around).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().and_then(|name| name.strip_prefix(FOLDER_PREFIX));
        let ours = ours.is_some_and(|id| Uuid::try_parse(id).is_ok());
        // Not through a link: `file_type` tells of the entry itself.
        if ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let lock = File::options().write(true).open(entry.path().join(LOCK_FILE));
            if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.lock.is_some() {
            // What is left of it is the system's to clear away.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_killed_demo_left_behind_is_cleared_away() {
        let around = tempfile::tempdir().unwrap();
        let named = |name: &str| around.path().join(format!("{FOLDER_PREFIX}{name}"));
        let id = || Uuid::now_v7().simple().to_string();
        let (used, left, other, bare) = (named(&id()), named(&id()), named("x"), named(&id()));
        let in_use = locked(&used).unwrap();
        drop(locked(&left).unwrap());
        drop(locked(&other).unwrap());
        std::fs::create_dir(&bare).unwrap();
        clear_left_behind(around.path());
        let there = [&used, &left, &other, &bare].map(|path| path.exists());
        assert_eq!(there, [true, false, true, true]);
        drop(in_use);
        clear_left_behind(around.path());
        assert!(!used.exists());
    }
}
