//! Waiting with a bound: poll until it is so, or say what never came.

use std::time::{Duration, Instant};

/// How long anything may take on a slow machine before the test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(60);

const POLL_EVERY: Duration = Duration::from_millis(50);

/// Asks `probe` until it gives something. Panics after `bound` with `what`.
pub async fn until<T>(what: &str, bound: Duration, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(began.elapsed() < bound, "waited {bound:?} in vain: {what}");
        tokio::time::sleep(POLL_EVERY).await;
    }
}
