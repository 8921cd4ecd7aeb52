//! What a turn tells of what it committed: counters, the log, the bell and whoever watches. Nothing
//! is decided or committed here.

use super::{Decided, Taken, Turn};
use crate::limits;
use crate::metrics::{EventLabels, WhyLabels};
use crate::model::{Event, Hold, JobId, RuleId, Verdict};
use crate::store::Passage;
use std::sync::Arc;

impl Turn {
    pub(super) fn announce(&self, decided: Decided) -> Arc<Decided> {
        let decided = Arc::new(decided);
        self.count(&decided.event, decided.verdict.label());
        self.count_why(&decided.verdict);
        tell_storm(&decided);
        for labels in &decided.handed {
            self.metrics.handoffs.get_or_create(labels).inc();
        }
        // What was released or is tried again waits like what is new.
        if decided.wakes || !decided.jobs.is_empty() {
            self.bell.notify_one();
        }
        if self.live.receiver_count() > 0 {
            // Nobody listening any more is no error.
            let _ = self.live.send(Arc::clone(&decided));
        }
        decided
    }

    /// Says what the store's gate did not let pass. A refusal is told aloud: whoever decided should
    /// have known.
    pub(super) fn tell_kept_back(&self, kept_back: &[(JobId, RuleId, Passage)]) {
        for (job, rule, passage) in kept_back {
            match passage {
                Passage::Refused(refusal) => {
                    let reason = Hold::Consent(*refusal).label();
                    tracing::error!(%job, %rule, reason, "decided without consent: not sent");
                    self.metrics.send_outcome("dropped", reason).inc();
                }
                Passage::NotOwned => {
                    let reason = Hold::NotOwned.label();
                    tracing::error!(%job, %rule, reason, "decided while people have it: not sent");
                    self.metrics.send_outcome("dropped", reason).inc();
                }
                Passage::Quiet(until) => {
                    let reason = Hold::QuietHours { until: *until }.label();
                    tracing::info!(%job, %rule, reason, "it waits for the end of the quiet hours");
                    self.metrics.send_outcome("held", reason).inc();
                }
                Passage::WithoutTemplate(refusal) => {
                    let reason = Hold::Consent(*refusal).label();
                    tracing::info!(%job, %rule, reason, "its template will not go outside the window");
                }
                Passage::Free => {}
            }
        }
    }

    pub(super) fn duplicate(&self, event: &Event) -> Taken {
        self.count(event, "duplicate");
        Taken::Duplicate
    }

    pub(super) fn count(&self, event: &Event, verdict: &'static str) {
        self.metrics.events.get_or_create(&EventLabels { kind: event.kind.label(), verdict }).inc();
    }

    pub(super) fn count_why(&self, verdict: &Verdict) {
        if let Some(why) = verdict.why() {
            let labels = WhyLabels { verdict: verdict.label(), reason: why.to_owned() };
            self.metrics.unanswered.get_or_create(&labels).inc();
        }
    }
}

/// Says aloud that a storm began; that it goes on is counted only.
fn tell_storm(Decided { event, verdict, state, .. }: &Decided) {
    let begins = event.at.plus(limits::STORM_SILENCE);
    let storm = matches!(verdict, Verdict::Silent(why) if why == "storm");
    if storm && state.conversation.storm.silent_until == Some(begins) {
        tracing::error!(
            contact = %state.contact.id,
            "a storm: more messages to one contact within a minute than `[limits]` \
             `replies_per_minute` allows; nothing is said to it for an hour"
        );
    }
}
