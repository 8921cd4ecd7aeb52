//! Serving: connections that can be closed without an answer, which a router alone cannot do.

use super::{Simulator, http};
use crate::limits;
use axum::Router;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// After a failed accept (too many open files, most likely).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The mark of a response that is not to be sent: the connection is closed instead.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the simulator hangs up")]
pub(super) struct HangUp;

impl HangUp {
    /// A response with the mark.
    pub(super) fn response() -> Response {
        let mut response = ().into_response();
        response.extensions_mut().insert(HangUp);
        response
    }
}

/// Serves the Graph API and `/sim/…` on `listener` and reports statuses, until `stop`; then what
/// is under way is dropped.
pub async fn serve(simulator: Arc<Simulator>, listener: TcpListener, stop: CancellationToken) {
    let router = http::router(Arc::clone(&simulator));
    simulator.tasks.spawn({
        let stop = simulator.stop.clone();
        let pump = Arc::clone(&simulator).pump_statuses();
        async move {
            let _ = stop.run_until_cancelled(pump).await;
        }
    });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < limits::CONNECTIONS_MAX => {
                match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(serve_connection(router.clone(), stream));
                    }
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                }
            }
        }
    }
    simulator.stop.cancel();
    simulator.tasks.close();
    connections.shutdown().await;
    simulator.tasks.wait().await;
}

async fn serve_connection(router: Router, stream: TcpStream) {
    // Small answers at once; where it cannot be set they come a little later.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request).await;
            match response.extensions().get::<HangUp>() {
                Some(hang_up) => Err(*hang_up),
                None => Ok(response),
            }
        }
    });
    // An error ends this connection and nothing else; the client sees it closed.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
