//! `usher demo`: everything with no account: starter rules, a store, the simulator, a chat page.

use super::check::counts;
use super::daemon::reachable;
use super::output::{self, Failure, Outcome};
use super::passing::Folder;
use super::play::Play;
use super::service::{self, Reload, Service, bind};
use super::told;
use super::watch::Watch;
use super::{logging, run};
use crate::clock::SystemClock;
use crate::config::{Config, Pair, Rate, Secrets, Server, StoreUrl, WhatsApp};
use crate::limits;
use crate::reload::{self, Reloader};
use crate::server::{self, App, Front, chat};
use crate::simulator::{self, Simulator};
use crate::store::embedded::Embedded;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Try usher: a chat page on which you play the customers, no account needed
///
/// Uses the rules of PATH, or of the folder we are in: those of its `usher.toml`, its folder `rules`,
/// or itself where it is a rules folder. Where there are none, the starter rules, which are written
/// among the data: without `--data` they are gone at the end, with what was changed in them.
///
/// The page opens the rule files beside the chat: save one, there or in any editor, and within a
/// second or three the next message is answered by it. Rules with mistakes are no hindrance: the
/// page shows them, and nothing is answered until they are mended.
///
/// It is a daemon like `usher run`: `usher status`, `usher reload` and `usher explain --contact` ask
/// it with `--admin`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher demo
  usher demo shop                     your own rules
  usher demo --data demo-data         starter rules that stay
  usher demo --listen 127.0.0.1:8090
  usher status --admin http://127.0.0.1:8088")]
pub(super) struct Args {
    /// A folder with `usher.toml` or `rules`, or a rules folder; without it the one we are in
    path: Option<PathBuf>,
    /// Where the page is
    #[arg(long, default_value = "127.0.0.1:8088")]
    listen: SocketAddr,
    /// Where conversations and the starter rules are kept; without it they go at the end
    #[arg(long)]
    data: Option<PathBuf>,
}

pub(super) async fn run(args: Args, stop: CancellationToken) -> Outcome {
    // What is wrong with rules is told as text, below.
    logging::start("warn,usherd::reload::attempt=off");
    let listener = bind(args.listen, "it with `--listen`").await?;
    let at = reachable(listener.local_addr().unwrap_or(args.listen));
    let simulator_listener = bind(SocketAddr::from(([127, 0, 0, 1], 0)), "nothing").await?;
    // Lives as long as this function: its folder goes with it.
    let folder = Folder::of(args.data.as_deref())?;
    let play = Play::of(args.path.as_deref(), &folder)?;
    let config = config(at, &simulator_listener, &folder.path, &play);
    output::line(&format!("reading the rules of `{}`", config.rules.display()))?;
    // Whoever tries rules wants to see what is wrong with them, not the last good ones.
    let setup = super::rules::setup(&config, None);
    let start = start(&setup)?;
    let rules = Arc::clone(&start.rules);
    if !start.is_stale() {
        output::line(&format!("  {}", counts(&rules)))?;
    }
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
    let findings = Arc::clone(&reloader);
    let stage = chat::Stage {
        simulator: Arc::clone(&simulator),
        turn: Arc::clone(&turn),
        reloader,
        editing: here.then(|| chat::Editing::new(config.rules.clone(), config.settings())),
        passing: play.passes,
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
    output::line(&format!(
        "  `usher status --admin http://{at}` asks it; so do reload and explain"
    ))?;
    if play.passes {
        output::line(
            "  these rules are a copy that is gone at the end; `--data DIR` keeps what you change",
        )?;
    }
    output::line("Ctrl-C ends it")?;
    let behind = CancellationToken::new();
    let playing = simulator::serve(simulator, simulator_listener, behind.clone());
    let serving = async {
        let outcome = service.run(stop).await;
        behind.cancel();
        outcome
    };
    let telling = told::tell(findings, config.rules.clone(), behind.clone());
    tokio::join!(serving, playing, telling).0
}

/// The rules of the folder; where they have mistakes, none, so that the page can show them.
fn start(setup: &reload::Setup) -> Result<reload::Start, Failure> {
    match reload::start(setup) {
        Ok(start) => Ok(start),
        Err(refused) => reload::start_without_rules(setup, *refused)
            .map_err(|refused| super::rules::failure(&setup.folder, *refused)),
    }
}

/// The settings of a shop that is played.
fn config(at: SocketAddr, simulator: &TcpListener, data: &Path, play: &Play) -> Config {
    let api = simulator.local_addr().unwrap_or(at);
    let secret = || Secrets::from(secret());
    Config {
        rules: play.rules.clone(),
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
            default_region: play.default_region.clone(),
            timeout: limits::SEND_LATE_AFTER,
            rate: Rate::default(),
            // One person plays them all, faster than customers write.
            pair: Pair { every: Duration::from_millis(1), burst: 1_000 },
            numbers: play.numbers.clone(),
        },
        store: StoreUrl::Embedded(data.to_owned()),
        limits: play.limits.clone(),
        journal: data.join("journal"),
        connectors: BTreeMap::new(),
    }
}

/// A secret for this run alone.
fn secret() -> SecretString {
    let part = || Uuid::now_v7().simple().to_string();
    SecretString::from(format!("{}{}", part(), part()))
}

fn simulator(config: &Config, at: SocketAddr) -> Arc<Simulator> {
    let clock = Arc::new(SystemClock);
    let mut settings = simulator::Settings::new(format!("http://{at}/webhook"), clock);
    if let Some(number) = config.whatsapp.numbers.first() {
        settings.number = number.id.to_string();
    }
    if let Some(access_token) = config.whatsapp.access_token.first() {
        settings.access_token = access_token;
    }
    if let Some(app_secret) = config.whatsapp.app_secret.first() {
        settings.app_secret = app_secret;
    }
    Simulator::new(settings)
}
