//! The accept loop: bounds on connections, on handshakes and on the head of a request, and a
//! graceful end.

use super::tls::Tls;
use crate::limits;
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Pause after the system refused a connection (out of file handles), lest the loop spins.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// One listener with what it serves.
pub struct Front {
    listener: TcpListener,
    routes: Router,
    tls: Option<Tls>,
    connections_max: usize,
}

/// Serves plain HTTP until `stop` is cancelled; then finishes the requests under way, for at most
/// `drain`.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    stop: CancellationToken,
    drain: Duration,
) {
    Front::new(listener, routes).serve(stop, drain).await;
}

impl Front {
    /// Plain HTTP, with [`limits::CONNECTIONS_MAX`] connections at once.
    #[must_use]
    pub fn new(listener: TcpListener, routes: Router) -> Front {
        Front { listener, routes, tls: None, connections_max: limits::CONNECTIONS_MAX }
    }

    /// The same over TLS, where it is given.
    #[must_use]
    pub fn with_tls(self, tls: Option<Tls>) -> Front {
        Front { tls, ..self }
    }

    /// The same with another bound on connections; those beyond it wait in the system's queue.
    #[must_use]
    pub fn with_connections_max(self, connections_max: usize) -> Front {
        Front { connections_max, ..self }
    }

    /// Serves until `stop` is cancelled; then finishes the requests under way, for at most `drain`.
    pub async fn serve(self, stop: CancellationToken, drain: Duration) {
        let tasks = TaskTracker::new();
        // Cancelled when the time to drain is over: what is left is cut off.
        let cut = CancellationToken::new();
        self.accept(&stop, &cut, &tasks).await;
        tasks.close();
        if tokio::time::timeout(drain, tasks.wait()).await.is_err() {
            tracing::warn!(left = tasks.len(), "requests were cut off: the time to drain is over");
            cut.cancel();
            tasks.wait().await;
        }
    }

    /// Takes connections until `stop`; then the listener is closed.
    async fn accept(self, stop: &CancellationToken, cut: &CancellationToken, tasks: &TaskTracker) {
        let slots = Arc::new(Semaphore::new(self.connections_max));
        let acceptor = self.tls.as_ref().map(Tls::acceptor);
        loop {
            // A slot first: beyond the bound, callers wait in the system's own queue.
            let slot = tokio::select! {
                slot = Arc::clone(&slots).acquire_owned() => slot,
                () = stop.cancelled() => return,
            };
            let stream = tokio::select! {
                stream = accepted(&self.listener) => stream,
                () = stop.cancelled() => return,
            };
            let connection =
                connection(stream, acceptor.clone(), self.routes.clone(), stop.clone());
            let cut = cut.clone();
            tasks.spawn(async move {
                let _slot = slot;
                tokio::select! {
                    () = connection => {}
                    () = cut.cancelled() => {}
                }
            });
        }
    }
}

async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One connection until its end.
async fn connection(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    routes: Router,
    stop: CancellationToken,
) {
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else {
        return requests(stream, routes, stop).await;
    };
    match tokio::time::timeout(limits::TLS_HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => requests(stream, routes, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

/// The requests of one connection; told to stop, it ends after the one under way.
async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    routes: Router,
    stop: CancellationToken,
) {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits::HEADER_READ_TIMEOUT)
        .max_headers(limits::HEADERS_MAX)
        .max_buf_size(limits::REQUEST_HEAD_BYTES_MAX);
    let served = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
