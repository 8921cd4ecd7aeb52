//! Asks the running daemon; where none answers, asks the same routes in this process over the
//! store itself. One code path for both.

use super::output::Failure;
use super::pinned;
use super::service;
use super::target::{Findings, Target};
use crate::clock::SystemClock;
use crate::config::{self, Config, Role, StoreUrl, TlsFiles};
use crate::server::{self, App, Settings, tls};
use crate::store::Store;
use crate::store::embedded::Embedded;
use crate::store::memory::Memory;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// A daemon on this machine that does not take a connection in this time is none.
const CONNECT_MAX: Duration = Duration::from_secs(2);

/// A running daemon's answer.
const ANSWER_MAX: Duration = Duration::from_secs(15);

/// Somebody who answers `/v1`.
pub(super) enum Daemon {
    /// A process of its own.
    Running {
        /// `http://127.0.0.1:9090`
        root: String,
        /// The first admin token.
        token: Option<SecretString>,
        /// Speaks HTTP.
        client: reqwest::Client,
    },
    /// The routes in this process.
    Here(Router),
}

impl Daemon {
    /// The daemon at `[server] admin`; else this process over the store of `[store]`.
    pub(super) async fn of(config: &Config) -> Result<Daemon, Failure> {
        match Daemon::running(config).await? {
            Some(running) => Ok(running),
            None => Daemon::over(config, Daemon::store_if_any(config)?),
        }
    }

    /// As [`Daemon::of`], for what is to be kept: where there is no store yet, one is made.
    pub(super) async fn to_change(config: &Config) -> Result<Daemon, Failure> {
        match Daemon::running(config).await? {
            Some(running) => Ok(running),
            None => Daemon::over(config, Daemon::store(config)?),
        }
    }

    /// The daemon at `[server] admin`; `None` where nobody takes a connection.
    pub(super) async fn running(config: &Config) -> Result<Option<Daemon>, Failure> {
        let admin = reachable(config.server.admin);
        let reached = tokio::time::timeout(CONNECT_MAX, TcpStream::connect(admin)).await;
        if !matches!(reached, Ok(Ok(_))) {
            return Ok(None);
        }
        let client = client(config.server.tls.as_ref())?;
        let scheme = if config.server.tls.is_some() { "https" } else { "http" };
        let root = format!("{scheme}://{admin}");
        Ok(Some(Daemon::Running { root, token: admin_token(config), client }))
    }

    /// The daemon whose admin paths are at this address, without a token: `usher demo` or another.
    pub(super) fn at(admin: &str) -> Result<Daemon, Failure> {
        let root = admin.trim_end_matches('/').trim_end_matches("/chat");
        if !root.starts_with("http://") && !root.starts_with("https://") {
            return Err(Failure::start(format!(
                "`{admin}` is no address of a daemon such as `http://127.0.0.1:8088`"
            )));
        }
        Ok(Daemon::Running { root: root.to_owned(), token: None, client: client(None)? })
    }

    fn store(config: &Config) -> Result<Arc<dyn Store>, Failure> {
        let StoreUrl::Embedded(dir) = &config.store;
        Ok(Arc::new(Embedded::open(dir).map_err(|why| Failure::start(why.to_string()))?))
    }

    /// Asking leaves no traces: where nothing was ever kept, nothing is made.
    fn store_if_any(config: &Config) -> Result<Arc<dyn Store>, Failure> {
        let StoreUrl::Embedded(dir) = &config.store;
        if dir.exists() { Daemon::store(config) } else { Ok(Arc::new(Memory::new())) }
    }

    fn over(config: &Config, store: Arc<dyn Store>) -> Result<Daemon, Failure> {
        let checked = Target::of(config)?.check();
        let Some(rules) = checked.ruleset else {
            return Err(checked.findings.stop());
        };
        // Whoever may open the store needs no token.
        let settings = Settings { tokens: Vec::new(), ..Settings::of(config) };
        let turn = service::turn(store, rules, Arc::new(SystemClock));
        Ok(Daemon::here(&App::new(turn, settings, CancellationToken::new())))
    }

    /// The routes in this process.
    pub(super) fn here(app: &Arc<App>) -> Daemon {
        Daemon::Here(server::admin(app))
    }

    /// The answer to a `GET`.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.ask(Method::GET, path, None).await
    }

    /// The answer to a `POST` of JSON.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<T, Failure> {
        self.ask(Method::POST, path, Some(body.to_string())).await
    }

    /// The answer to a `DELETE`.
    pub(super) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.ask(Method::DELETE, path, None).await
    }

    /// The answer as it came, whatever its status.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<(StatusCode, Vec<u8>), Failure> {
        match self {
            Daemon::Running { root, token, client } => {
                let request = client.request(method, format!("{root}{path}"));
                remote(root, request, token.as_ref(), body).await
            }
            Daemon::Here(router) => local(router.clone(), method, path, body).await,
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<T, Failure> {
        let (status, bytes) = self.send(method, path, body).await?;
        if !status.is_success() {
            return Err(refused(status, &bytes));
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            let what = "the answer is none of an usher of this version";
            Failure::start(format!("{what}: {error}"))
        })
    }
}

/// The daemon of a configuration file.
pub(super) async fn of_file(path: &Path) -> Result<Daemon, Failure> {
    Daemon::of(&look(path)?).await
}

/// As [`of_file`], for what is to be kept.
pub(super) async fn of_file_to_change(path: &Path) -> Result<Daemon, Failure> {
    Daemon::to_change(&look(path)?).await
}

fn look(path: &Path) -> Result<Config, Failure> {
    let read = config::look(path).map_err(|refused| Findings::refused(path, refused).stop())?;
    Ok(read.config)
}

/// The text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(byte);
    let encoded = |byte: u8| {
        if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encoded).collect()
}

/// A client that trusts nobody but the daemon whose certificate this is.
fn client(tls: Option<&TlsFiles>) -> Result<reqwest::Client, Failure> {
    let mut client = reqwest::Client::builder().timeout(ANSWER_MAX).no_proxy();
    if let Some(files) = tls {
        let certificate = tls::first_certificate(&files.cert);
        let certificate = certificate.map_err(|why| Failure::start(why.to_string()))?;
        let config = pinned::client_config(certificate);
        let config = config.map_err(|why| Failure::start(format!("no TLS: {why}")))?;
        client = client.tls_backend_preconfigured(config);
    }
    client.build().map_err(|why| Failure::start(format!("no HTTP client: {why}")))
}

async fn remote(
    root: &str,
    mut request: reqwest::RequestBuilder,
    token: Option<&SecretString>,
    body: Option<String>,
) -> Result<(StatusCode, Vec<u8>), Failure> {
    let tokenless = token.is_none();
    if let Some(token) = token {
        request = request.bearer_auth(token.expose_secret());
    }
    if let Some(body) = body {
        request = request.header(header::CONTENT_TYPE, "application/json").body(body);
    }
    let gone = |error: reqwest::Error| {
        let tls = root.starts_with("https:") && (error.is_connect() || error.is_request());
        Failure::start(if tls {
            format!(
                "what listens on {root} does not answer as usher does; its certificate may be \
                 another than the one in `[server] tls` now: usher takes a new pair within \
                 seconds, and its log says why it does not"
            )
        } else if error.is_connect() {
            format!("no usher answers at {root}")
        } else {
            format!("what listens on {root} does not answer as usher does")
        })
    };
    let response = request.send().await.map_err(gone)?;
    let status = response.status();
    if tokenless && status == StatusCode::UNAUTHORIZED {
        return Err(Failure::start(
            "the daemon asks for a token, and no `admin` token of `[server] tokens` can be read here: \
             is its file there, not empty, and readable for you, or its variable set?",
        ));
    }
    Ok((status, response.bytes().await.map_err(gone)?.to_vec()))
}

async fn local(
    router: Router,
    method: Method,
    path: &str,
    body: Option<String>,
) -> Result<(StatusCode, Vec<u8>), Failure> {
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::from(body.unwrap_or_default()));
    let request = request.map_err(|_| Failure::start(format!("`{path}` is no path")))?;
    let Ok(response) = router.oneshot(request).await;
    let status = response.status();
    let bytes = response.into_body().collect().await;
    let bytes = bytes.map_err(|error| Failure::start(error.to_string()))?;
    Ok((status, bytes.to_bytes().to_vec()))
}

/// What a problem's detail says; a caller's mistake is exit 1, anything else could not start.
pub(super) fn refused(status: StatusCode, bytes: &[u8]) -> Failure {
    let problem: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let detail = problem.get("detail").and_then(Value::as_str);
    let sentence = detail.map_or_else(|| format!("the daemon answered {status}"), str::to_owned);
    match status {
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST | StatusCode::CONFLICT => {
            Failure::problem(sentence)
        }
        _ => Failure::start(sentence),
    }
}

fn admin_token(config: &Config) -> Option<SecretString> {
    let admin = config.server.tokens.iter().find(|token| token.role == Role::Admin)?;
    admin.secrets.first()
}

/// Where a listener on this address is reached from this machine.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        ip if !ip.is_unspecified() => listen,
        IpAddr::V4(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port())),
        IpAddr::V6(_) => SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, listen.port())),
    }
}
