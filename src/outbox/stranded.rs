//! Jobs that stand `sending` and that nobody sends: after a start, and after a claim that failed.

use super::calls::is_call;
use super::dispatch::Dispatcher;
use crate::limits;
use crate::model::{Job, SendError, SendOutcome, Timestamp};
use std::sync::atomic::Ordering;

impl Dispatcher {
    /// Jobs a dead process left `sending` are of unknown outcome. This process has claimed
    /// nothing yet, so every such job is one, whatever the clock says.
    pub async fn recover(&self) {
        self.settle_stranded(|job| match is_call(job) {
            // To ask again harms nobody, and whoever is told twice knows it by the id.
            true => self.again(),
            false => SendOutcome::Unknown { due: self.now().plus(self.settings.unknown_wait) },
        })
        .await;
    }

    /// Whether a claim failed, so that jobs may stand `sending` that nobody sends.
    pub fn is_in_doubt(&self) -> bool {
        self.doubt.load(Ordering::Relaxed)
    }

    /// Has such jobs claimed again. To be called while nothing is under way.
    pub async fn clear_doubt(&self) {
        self.settle_stranded(|_| self.again()).await;
        self.doubt.store(false, Ordering::Relaxed);
    }

    fn again(&self) -> SendOutcome {
        let detail = "the store failed as it was claimed; nothing was sent".to_owned();
        let error = SendError { code: None, reason: "store".to_owned(), detail };
        SendOutcome::Postponed { error, due: self.now() }
    }

    async fn settle_stranded(&self, outcome: impl Fn(&Job) -> SendOutcome) {
        let ever = Timestamp(i64::MAX);
        let mut last = None;
        loop {
            match self.store().stranded(ever, limits::CLAIM_BATCH_MAX).await {
                Ok(jobs) if jobs.is_empty() => return,
                Ok(jobs) => {
                    let first = jobs.first().map(|job| job.id);
                    if first == last {
                        tracing::error!("jobs that nobody sends could not be settled");
                        return;
                    }
                    last = first;
                    for job in jobs {
                        self.report(&job, outcome(&job)).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot read the store yet");
                    tokio::time::sleep(limits::OUTBOX_TICK).await;
                }
            }
        }
    }
}
