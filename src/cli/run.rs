//! `usher run`: the daemon.

use super::Asked;
use super::check::counts;
use super::logging;
use super::output::{self, Failure, Outcome};
use super::rules;
use super::service::{self, Reload, Service, bind};
use super::target::Findings;
use super::watch::Watch;
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, Server, StoreUrl};
use crate::crm::Connectors;
use crate::files::CONFIG_FILE;
use crate::outbox::{self, Outbox};
use crate::reload::{LastGood, Reloader};
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::server::tls::Tls;
use crate::server::{self, App, Front};
use crate::store::embedded::Embedded;
use crate::turn::Turn;
use crate::whatsapp::Uploads;
use crate::whatsapp::client::{Client, ClientSettings};
use axum::Router;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// The daemon: answers customers until it is told to stop
///
/// Logs go to standard error, as text on a terminal and as JSON elsewhere; USHER_LOG=debug says
/// more. Secrets and certificates in files are read again when they change. SIGTERM ends it: what
/// is under way is finished within `[server] drain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher run
  usher run --config /etc/usher/usher.toml")]
pub(super) struct Args {
    /// The configuration
    #[arg(long, default_value = "usher.toml")]
    config: PathBuf,
    /// Listen to the network even without `app_secret` or without `[server] tokens`
    #[arg(long)]
    insecure: bool,
}

pub(super) async fn run(args: Args, asked: Asked) -> Outcome {
    logging::start("info");
    let config = load(&args.config)?;
    if !args.insecure {
        refuse_open_doors(&config)?;
    }
    let stop = asked.stop.clone();
    let setup = rules::setup(&config, Some(LastGood::of(&config.data)));
    let start = rules::start(&setup)?;
    let rules = Arc::clone(&start.rules);
    let StoreUrl::Embedded(dir) = &config.store;
    let store = Embedded::open(dir).map_err(|why| Failure::start(why.to_string()))?;
    let turn = service::turn(Arc::new(store), Arc::clone(&rules), Arc::new(SystemClock));
    let (reloader, runner) = Reloader::new(setup, start, Arc::clone(&turn));
    let settings = server::Settings::of(&config);
    let app = App::reloading(Arc::clone(&turn), settings, stop.clone(), Arc::clone(&reloader));
    let outbox = outbox(&config, Arc::clone(&turn))?;
    let tls = config.server.tls.clone().map(Tls::open).transpose();
    let tls = tls.map_err(|why| Failure::start(why.to_string()))?;
    let (fronts, addresses) = fronts(&config, &app, tls.as_ref()).await?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %addresses, "usher begins");
    output::line(&format!("usher listens on {addresses}: {}", counts(&rules)))?;
    tell_open_files(&config);
    let watch = Watch::new(&config, tls, Arc::clone(turn.metrics()));
    let (journal, Server { drain, linger, .. }) = (config.journal, config.server);
    let reload = Some(Reload { reloader, runner, signal: asked.reload });
    Service { turn, outbox, journal, fronts, reload, watch, drain, linger }.run(stop).await
}

fn load(path: &Path) -> Result<Config, Failure> {
    let read = config::load(path).map_err(|refused| Findings::refused(path, refused).stop())?;
    Ok(read.config)
}

/// Whoever reaches an open door could speak as WhatsApp, or read what customers wrote.
fn refuse_open_doors(config: &Config) -> Result<(), Failure> {
    if let Some(door) = open_doors(config).into_iter().next() {
        return Err(Failure::start(door));
    }
    if config.whatsapp.app_secret.is_empty() {
        tracing::warn!("webhooks are taken unsigned: `[whatsapp] app_secret` is not set");
    }
    Ok(())
}

/// Secrets that every user of the machine may read.
#[cfg(unix)]
fn tell_open_files(config: &Config) {
    use std::os::unix::fs::PermissionsExt;
    let secrets = [config.whatsapp_secrets(), config.token_secrets(), config.connector_secrets()];
    for (name, secrets) in secrets.into_iter().flatten() {
        let Some(file) = secrets.file() else { continue };
        if file.metadata().is_ok_and(|about| about.permissions().mode() & 0o004 != 0) {
            tracing::warn!(file = %file.display(), "every user may read {name}: `chmod o-r` its file");
        }
    }
}

#[cfg(not(unix))]
fn tell_open_files(_: &Config) {}

/// Each open door in one sentence.
fn open_doors(config: &Config) -> Vec<String> {
    let (listen, admin) = (config.server.listen, config.server.admin);
    let mut doors = Vec::new();
    if !listen.ip().is_loopback() && config.whatsapp.app_secret.is_empty() {
        doors.push(format!(
            "`{listen}` is open to the network, but without `[whatsapp] app_secret` anybody could \
             speak as WhatsApp; set it, listen on 127.0.0.1, or say `--insecure`"
        ));
    }
    if !admin.ip().is_loopback() && config.server.tokens.is_empty() {
        doors.push(format!(
            "`{admin}` is open to the network, but without `[server] tokens` anybody could read \
             what customers wrote; set one, use 127.0.0.1 for `admin`, or say `--insecure`"
        ));
    }
    doors
}

/// What keeps the daemon from starting with the `usher.toml` at `path` (the file or its folder) on
/// this machine, the rules aside. Nothing where there is no such file.
pub(super) fn unfit(path: &Path) -> Vec<Diagnostic> {
    let named = path.file_name().is_some_and(|name| name == CONFIG_FILE);
    let file = if named { path.to_owned() } else { path.join(CONFIG_FILE) };
    if !file.is_file() {
        return Vec::new();
    }
    let config = match config::load(&file) {
        Ok(read) => read.config,
        Err(refused) => return refused.diagnostics,
    };
    let error = |message| Diagnostic {
        code: "C011",
        severity: Severity::Error,
        message,
        places: Vec::new(),
        help: None,
    };
    let mut found: Vec<Diagnostic> = open_doors(&config).into_iter().map(error).collect();
    match config.server.tls.map(Tls::open) {
        Some(Err(why)) => found.push(error(why.to_string())),
        Some(Ok(tls)) => {
            found.extend(
                tls.outside_its_time(SystemClock.now())
                    .map(|why| Diagnostic { severity: Severity::Warning, ..error(why) }),
            );
        }
        None => {}
    }
    found
}

/// The outbox that sends as `usher.toml` says.
pub(super) fn outbox(config: &Config, turn: Arc<Turn>) -> Result<Outbox, Failure> {
    let whatsapp = &config.whatsapp;
    let settings =
        ClientSettings { api: whatsapp.api.clone(), access_token: whatsapp.access_token.clone() };
    let uploads = Uploads::open(&config.data, Arc::new(SystemClock));
    let client = Client::new(settings).map_err(|why| Failure::start(why.to_string()))?;
    let client = client.with_uploads(Arc::new(uploads));
    let connectors =
        Connectors::new(&config.connectors).map_err(|why| Failure::start(why.to_string()))?;
    let settings = outbox::Settings {
        connectors,
        timeout: whatsapp.timeout,
        unknown_wait: config.limits.unknown_wait,
        drain: config.server.drain,
        numbers: whatsapp.numbers.iter().map(|number| number.id.clone()).collect(),
        rates: outbox::Rates {
            start: whatsapp.rate.start,
            max: whatsapp.rate.max,
            pair_every: whatsapp.pair.every,
            pair_burst: whatsapp.pair.burst,
        },
    };
    Ok(Outbox::new(turn, client, settings))
}

/// The listeners with their routes, and their addresses as people read them.
async fn fronts(
    config: &Config,
    app: &Arc<App>,
    tls: Option<&Tls>,
) -> Result<(Vec<Front>, String), Failure> {
    let (listen, admin) = (config.server.listen, config.server.admin);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let front = |listener, routes| Front::new(listener, routes).with_tls(tls.cloned());
    let public = bind(listen, "`[server] listen`").await?;
    let at = |listener: &TcpListener| listener.local_addr().unwrap_or(listen);
    if listen == admin && listen.port() != 0 {
        let addresses = format!("{scheme}://{}", at(&public));
        return Ok((vec![front(public, server::all(app, Router::new()))], addresses));
    }
    let inner = bind(admin, "`[server] admin`").await?;
    let (outer, behind) = (at(&public), at(&inner));
    let addresses = format!("{scheme}://{outer} (webhook) and {scheme}://{behind} (admin)");
    let fronts = vec![front(public, server::public(app)), front(inner, server::admin(app))];
    Ok((fronts, addresses))
}
