//! Other systems are asked and told: a claimed call is performed by its connector.
//!
//! A lookup's answer is taken as an event of its own before the job is reported done: whatever is
//! cut off in between is asked again, and the event's id makes it one.

use super::dispatch::Dispatcher;
use super::retry::usual_pause;
use crate::crm::{Answer, Failure};
use crate::limits;
use crate::metrics::LookupLabels;
use crate::model::{
    About, Call, ContactId, Effect, Emitted, Event, EventId, EventKind, Job, LookedUp,
    LookupOutcome, SendError, SendOutcome, Subject, Timestamp, Wamid,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// Why a call comes to nothing whose connector `usher.toml` does not name any more.
const NO_CONNECTOR: &str = "no_connector";

/// Whether a job asks or tells another system.
pub fn is_call(job: &Job) -> bool {
    matches!(job.effect, Effect::Call { .. })
}

/// What a connector is told beside the event's id and type.
#[derive(Serialize)]
struct Telling<'a> {
    at: String,
    number: &'a str,
    contact: Named<'a>,
    data: &'a BTreeMap<String, String>,
}

/// A contact by every name usher knows; each is one that `/v1/events` takes.
#[derive(Serialize)]
struct Named<'a> {
    id: ContactId,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bsuid: Option<&'a str>,
    language: &'a str,
}

impl Dispatcher {
    /// Performs a claimed call, to its durable report.
    pub async fn call(&self, job: &Job) {
        let Effect::Call { call, .. } = &job.effect else { return };
        let outcome = match call {
            Call::Lookup { .. } => {
                self.look_up(job, call).await;
                done(job)
            }
            Call::Emit { connector, id, emitted, about } => {
                self.tell(job, connector, id, (emitted, about)).await
            }
        };
        self.report(job, outcome).await;
    }

    async fn look_up(&self, job: &Job, call: &Call) {
        let Call::Lookup { lookup, connector, path, gives, timeout, keep, of } = call else {
            return;
        };
        let begun = Instant::now();
        let outcome = match self.settings.connectors.rest(connector) {
            None => LookupOutcome::Failed(NO_CONNECTOR.to_owned()),
            Some(rest) => match rest.look_up(path, gives, *timeout, *keep).await {
                Answer::Found(values) => LookupOutcome::Found(values),
                Answer::Missing => LookupOutcome::Missing,
                Answer::Failed(trouble) => LookupOutcome::Failed(trouble.word().to_owned()),
            },
        };
        self.metrics().lookup_seconds.observe(begun.elapsed().as_secs_f64());
        let labels = LookupLabels { lookup: lookup.clone(), outcome: outcome.label() };
        self.metrics().lookups.get_or_create(&labels).inc();
        if let LookupOutcome::Failed(why) = &outcome {
            tracing::warn!(lookup, connector, why, "a lookup failed");
        }
        let (lookup, of) = (lookup.clone(), of.clone());
        self.keep_event(Event {
            id: EventId::from(format!("lookup:{}", job.id)),
            at: self.now(),
            stated_at: None,
            subject: Subject::Contact { id: job.id.contact, number: job.effect.number().clone() },
            kind: EventKind::LookedUp(LookedUp { lookup, of, outcome }),
        })
        .await;
    }

    async fn tell(
        &self,
        job: &Job,
        connector: &str,
        id: &EventId,
        (emitted, about): (&Emitted, &About),
    ) -> SendOutcome {
        let Some(hook) = self.settings.connectors.webhook(connector) else {
            return SendOutcome::Dead { error: error(NO_CONNECTOR) };
        };
        let number = job.effect.number();
        let body = Telling {
            at: in_rfc_3339(about.at),
            number: number.as_str(),
            contact: Named {
                id: job.id.contact,
                wa_id: about.wa_id.as_deref(),
                phone: about.phone.as_deref(),
                bsuid: about.bsuid.as_deref(),
                language: &about.language,
            },
            data: &emitted.data,
        };
        match hook.tell(id.as_str(), &emitted.kind, &body).await {
            Ok(()) => done(job),
            Err(failure) => self.after_failure(job, failure),
        }
    }

    fn after_failure(&self, job: &Job, failure: Failure) -> SendOutcome {
        let error = error(failure.trouble().word());
        let pause = match failure {
            Failure::Definite { .. } => None,
            Failure::Passing { retry_after, .. } => usual_pause(job.tries())
                .map(|pause| pause.max(retry_after.unwrap_or(Duration::ZERO))),
        };
        match pause {
            Some(pause) => SendOutcome::Again { error, due: self.now().plus(pause) },
            None => SendOutcome::Dead { error },
        }
    }

    /// Takes an event until it is durable.
    pub(super) async fn keep_event(&self, event: Event) {
        let mut pause = limits::REPORT_RETRY_FIRST;
        while let Err(error) = self.turn().take(event.clone()).await {
            tracing::warn!(%error, "a report could not be kept yet");
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(limits::REPORT_RETRY_MAX);
        }
    }
}

/// It is done. No status will ever come for this id.
fn done(job: &Job) -> SendOutcome {
    SendOutcome::Accepted { wamid: Wamid::from(format!("call:{}", job.id)), wa_id: None }
}

/// As `/v1/events` takes it.
fn in_rfc_3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map_or_else(|_| String::new(), |at| at.to_string())
}

fn error(reason: &str) -> SendError {
    let detail = "another system was not told".to_owned();
    SendError { code: None, reason: reason.to_owned(), detail }
}
