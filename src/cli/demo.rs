//! `usher demo`: everything with no account: starter rules, a store, the simulator, a chat page.

use super::check::counts;
use super::daemon::reachable;
use super::output::{self, Failure, Outcome};
use super::service::{self, Reload, Service, bind};
use super::starter;
use super::{logging, run};
use crate::clock::SystemClock;
use crate::config::{Config, Limits, Number, Server, StoreUrl, WhatsApp};
use crate::limits;
use crate::model::NumberId;
use crate::reload::Reloader;
use crate::server::{self, App, chat};
use crate::simulator::{self, Simulator};
use crate::store::embedded::Embedded;
use secrecy::SecretString;
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
    let service = Service {
        turn,
        outbox,
        journal: config.journal.clone(),
        listeners: vec![(listener, routes)],
        reload: Some(reload),
        drain: config.server.drain,
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
    let secret = || vec![secret()];
    Ok(Config {
        rules: rules_folder(data)?,
        data: data.to_owned(),
        server: Server { listen: at, admin: at, drain: Duration::from_secs(3), tokens: Vec::new() },
        whatsapp: WhatsApp {
            api: format!("http://{api}/v25.0"),
            business_account_id: simulator::Settings::ACCOUNT.to_owned(),
            access_token: secret(),
            app_secret: secret(),
            verify_token: secret(),
            default_region: Some("TW".to_owned()),
            timeout: limits::SEND_LATE_AFTER,
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
    if let [access_token, ..] = config.whatsapp.access_token.as_slice() {
        settings.access_token = access_token.clone();
    }
    if let [app_secret, ..] = config.whatsapp.app_secret.as_slice() {
        settings.app_secret = app_secret.clone();
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
    /// It is ours, and goes with us.
    passing: bool,
}

impl Folder {
    fn of(given: Option<&Path>) -> Result<Folder, Failure> {
        if let Some(path) = given {
            return Ok(Folder { path: path.to_owned(), passing: false });
        }
        let path = std::env::temp_dir().join(format!("usher-demo-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&path).map_err(|why| {
            let path = path.display();
            Failure::start(format!("`{path}` cannot be made ({why}); give a folder with `--data`"))
        })?;
        Ok(Folder { path, passing: true })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.passing {
            // What is left of it is the system's to clear away.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
