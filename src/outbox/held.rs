//! What was held for a pause waits again once the pause is over. (What waits for the service
//! window is released by the customer's own message, and what waits for the bot by the end of a
//! hand-off, in `decide`.)

use super::dispatch::Dispatcher;
use crate::limits;
use crate::model::{
    ContactId, Event, EventId, EventKind, Hold, Job, JobId, JobState, Pause, Pauses, SendOutcome,
    Subject, Timestamp, Upkeep,
};
use crate::store::StoreError;
use futures_util::StreamExt;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// Held jobs looked at in one go; claims go on in between.
const PAGE: usize = limits::CLAIM_BATCH_MAX;
/// Contacts whose jobs are released at the same time.
const AT_ONCE: usize = limits::CONTACTS_AT_ONCE_MAX;

/// How far the looking is.
#[derive(Debug, Default)]
pub struct Look {
    last: Option<Instant>,
    /// How many pauses had ended when everything held was last looked through.
    ended: Option<u64>,
    /// A look through everything is under way: behind this job, for so many ended pauses.
    walk: Option<(Option<(Timestamp, JobId)>, u64)>,
}

impl Dispatcher {
    /// Ends pauses that ran out, and releases what no pause keeps any more. Looks every
    /// [`limits::OUTBOX_TICK`]; one page of what is held at a time.
    pub async fn release(&self, look: &mut Look) {
        let recently = look.last.is_some_and(|at| at.elapsed() < limits::OUTBOX_TICK);
        if recently && look.walk.is_none() {
            return;
        }
        look.last = Some(Instant::now());
        if let Err(error) = self.look(look).await {
            tracing::warn!(%error, "the outbox cannot read what is paused");
        }
    }

    async fn look(&self, look: &mut Look) -> Result<(), StoreError> {
        let pauses = self.standing().await?;
        if look.walk.is_none() && look.ended != Some(pauses.ended) {
            look.walk = Some((None, pauses.ended));
        }
        let Some((after, ended)) = look.walk.take() else { return Ok(()) };
        let page = self.store().held(after, PAGE).await?;
        match page.last() {
            Some(last) => look.walk = Some((Some((last.due, last.id)), ended)),
            None => look.ended = Some(ended),
        }
        let now = self.now();
        let free = page.into_iter().filter(|job| is_free(job, &pauses.standing, now));
        let mut by_contact: BTreeMap<ContactId, Vec<Job>> = BTreeMap::new();
        for job in free {
            by_contact.entry(job.id.contact).or_default().push(job);
        }
        futures_util::stream::iter(by_contact.into_values())
            .for_each_concurrent(AT_ONCE, |jobs| async move {
                for job in jobs {
                    self.report(&job, SendOutcome::Released).await;
                }
            })
            .await;
        Ok(())
    }

    /// What is paused, after those that ran out were ended.
    async fn standing(&self) -> Result<Pauses, StoreError> {
        let pauses = self.store().pauses().await?;
        let now = self.now();
        let ran_out = |pause: &&Pause| pause.until.is_some_and(|until| until <= now);
        let over: Vec<&Pause> = pauses.standing.iter().filter(ran_out).collect();
        if over.is_empty() {
            return Ok(pauses);
        }
        for pause in over {
            let Pause { scope, since, .. } = pause;
            let event = Event {
                id: EventId::from(format!("pause:{scope}:{}:over", since.millis())),
                at: now,
                stated_at: None,
                subject: Subject::Account,
                kind: EventKind::Upkeep {
                    what: Upkeep::Resume(scope.clone()),
                    by: "its time ran out".to_owned(),
                },
            };
            if let Err(error) = self.turn().take(event).await {
                tracing::warn!(%error, "a pause that ran out could not be ended yet");
            }
        }
        self.store().pauses().await
    }
}

fn is_free(job: &Job, pauses: &[Pause], now: Timestamp) -> bool {
    matches!(job.state, JobState::Held { why: Hold::Paused, .. })
        && !pauses.iter().any(|pause| pause.keeps(job, now))
}
