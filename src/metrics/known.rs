//! Counters that stand at nought from the start: where a sample is only there after the first
//! count, `increase()` misses just that one.

use super::{
    CodeLabels, EVERY_NUMBER, EventLabels, Metrics, OutcomeLabels, ReasonLabels, ReloadLabels,
    RereadLabels, TimerLabels,
};
use crate::model::TimerKind;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use std::hash::Hash;

/// What WhatsApp may be answered.
const CODES: [u16; 7] = [200, 401, 408, 413, 415, 500, 503];

const WEBHOOK_REASONS: [&str; 7] =
    ["signature", "overload", "too_large", "too_slow", "encoding", "broken_off", "store"];

const CALL_REASONS: [&str; 3] = ["no_token", "wrong_token", "role"];

const RELOADS: [&str; 4] = ["applied", "unchanged", "rejected", "unreadable"];

const MESSAGE_VERDICTS: [&str; 7] =
    ["won", "fallback", "recorded", "silent", "undecided", "dropped", "duplicate"];

/// Outcomes with the reasons they may have; those that WhatsApp gives are the outbox's.
const SENDS: [(&str, &str); 23] = [
    ("accepted", ""),
    ("released", ""),
    ("unknown", ""),
    ("repeat", ""),
    ("wait", ""),
    ("put_off", "pair_pace"),
    ("put_off", "number_pace"),
    ("put_off", "calls"),
    ("replaced", "window_closed"),
    ("held", "window_closed"),
    ("held", "paused"),
    ("held", "quiet_hours"),
    ("held", "not_owned"),
    ("dropped", "below_tier"),
    ("dropped", "lapsed"),
    ("dropped", "stopped"),
    ("dropped", "suspended"),
    ("dropped", "stopped_in_whatsapp"),
    ("dropped", "not_owned"),
    ("dropped", "window_closed"),
    ("dropped", "paused"),
    ("dropped", "by_hand"),
    ("dead", "unknown"),
];

/// Makes the samples whose labels are known.
pub(super) fn prepare(metrics: &Metrics) {
    for verdict in MESSAGE_VERDICTS {
        nought(&metrics.events, &EventLabels { kind: "message", verdict });
    }
    let undecided = EventLabels { kind: "undecided", verdict: "undecided" };
    nought(&metrics.events, &undecided);
    for code in CODES {
        nought(&metrics.webhooks, &CodeLabels { code });
    }
    for reason in WEBHOOK_REASONS {
        nought(&metrics.webhooks_refused, &ReasonLabels { reason });
    }
    for reason in CALL_REASONS {
        nought(&metrics.calls_refused, &ReasonLabels { reason });
    }
    for outcome in RELOADS {
        nought(&metrics.reloads, &ReloadLabels { outcome });
    }
    for what in ["secret", "tls"] {
        for outcome in ["changed", "failed"] {
            nought(&metrics.files_reread, &RereadLabels { what, outcome });
        }
    }
    for kind in TimerKind::ALL {
        nought(&metrics.timers_fired, &TimerLabels { kind: kind.label() });
    }
    for reason in ["unreachable", "token"] {
        metrics.sending.prepare(EVERY_NUMBER, reason);
    }
    for (outcome, reason) in SENDS {
        metrics.send_outcome(outcome, reason);
    }
}

impl Metrics {
    /// Has an outcome of sends counted from nought on; gives its counter.
    pub fn send_outcome(&self, outcome: &'static str, reason: &str) -> Counter {
        let labels = OutcomeLabels { outcome, reason: reason.to_owned() };
        self.sends.get_or_create_owned(&labels)
    }
}

fn nought<L: Clone + Hash + Eq>(family: &Family<L, Counter>, labels: &L) {
    family.get_or_create(labels).inc_by(0);
}
