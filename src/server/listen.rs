//! The accept loop: a bound on connections and on the time a request's head may take, and a
//! graceful end.

use crate::limits;
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Pause after the system refused a connection (out of file handles), lest the loop spins.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is cancelled; then finishes the requests under way, for at most `drain`.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    stop: CancellationToken,
    drain: Duration,
) {
    let tasks = TaskTracker::new();
    // Cancelled when the time to drain is over: what is left is cut off.
    let cut = CancellationToken::new();
    let slots = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
    loop {
        // A slot first: beyond the bound, callers wait in the system's own queue.
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot,
            () = stop.cancelled() => break,
        };
        let stream = tokio::select! {
            stream = accepted(&listener) => stream,
            () = stop.cancelled() => break,
        };
        let connection = connection(stream, routes.clone(), stop.clone());
        let cut = cut.clone();
        tasks.spawn(async move {
            let _slot = slot;
            tokio::select! {
                () = connection => {}
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(drain, tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "requests were cut off: the time to drain is over");
        cut.cancel();
        tasks.wait().await;
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

/// One connection until its end; told to stop, it ends after the request under way.
async fn connection(stream: TcpStream, routes: Router, stop: CancellationToken) {
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits::HEADER_READ_TIMEOUT);
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
