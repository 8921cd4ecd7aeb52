//! What is counted while usher runs, in Prometheus' naming conventions.
//!
//! Counting is not I/O: any room above the pure ones may count. Serving the page is `server`'s.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// An event decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct EventLabels {
    /// [`crate::model::EventKind::label`]
    pub kind: &'static str,
    /// [`crate::model::Verdict::label`], or `duplicate`
    pub verdict: &'static str,
}

/// An attempt to send, or a job that ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// `accepted`, `again`, `dead`, `dropped`, `unknown`, `repeat`
    pub outcome: &'static str,
    /// Why; empty where there is nothing to say.
    pub reason: String,
}

/// A webhook answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CodeLabels {
    /// HTTP status.
    pub code: u16,
}

/// An attempt to replace the rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReloadLabels {
    /// `applied`, `unchanged`, `rejected`, `unreadable`
    pub outcome: &'static str,
}

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RevisionLabels {
    /// The first hex digits of their digest.
    pub revision: String,
}

/// Every counter of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Events by kind and verdict.
    pub events: Family<EventLabels, Counter>,
    /// Webhooks by answer.
    pub webhooks: Family<CodeLabels, Counter>,
    /// From the last byte of a webhook to its answer.
    pub webhook_seconds: Histogram,
    /// What became of sends.
    pub sends: Family<OutcomeLabels, Counter>,
    /// From the start of a POST to its answer.
    pub send_seconds: Histogram,
    /// Attempts that took longer than `[whatsapp] timeout` (S45).
    pub sends_late: Counter,
    /// From a customer's message taken in to WhatsApp having the answer (S25).
    pub answer_seconds: Histogram,
    /// Jobs that wait.
    pub outbox_waiting: Gauge,
    /// Dead letters.
    pub dead_letters: Gauge,
    /// Read-decide-commit rounds that met a conflict.
    pub conflicts: Counter,
    /// Attempts to replace the rules.
    pub reloads: Family<ReloadLabels, Counter>,
    /// From the first look at changed files to the end of the attempt.
    pub reload_seconds: Histogram,
    /// 1 for the rules in force, and for no others.
    pub rules_info: Family<RevisionLabels, Gauge>,
    /// Since when they are in force, in seconds since 1970.
    pub rules_loaded: Gauge,
    /// 1 while the rules on disk are refused.
    pub rules_stale: Gauge,
    /// 1 while the file system tells of no changes.
    pub rules_polling: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("usher");
        let seconds =
            || [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0];
        let metrics = Metrics {
            events: Family::default(),
            webhooks: Family::default(),
            webhook_seconds: Histogram::new(seconds()),
            sends: Family::default(),
            send_seconds: Histogram::new(seconds()),
            sends_late: Counter::default(),
            answer_seconds: Histogram::new(seconds()),
            outbox_waiting: Gauge::default(),
            dead_letters: Gauge::default(),
            conflicts: Counter::default(),
            reloads: Family::default(),
            reload_seconds: Histogram::new(seconds()),
            rules_info: Family::default(),
            rules_loaded: Gauge::default(),
            rules_stale: Gauge::default(),
            rules_polling: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("events", "Events decided", metrics.events.clone());
        registry.register("webhooks", "Webhooks answered", metrics.webhooks.clone());
        registry.register_with_unit(
            "webhook_duration",
            "From the last byte of a webhook to its answer",
            Unit::Seconds,
            metrics.webhook_seconds.clone(),
        );
        registry.register("sends", "What became of sends", metrics.sends.clone());
        registry.register_with_unit(
            "send_duration",
            "From the start of a POST to its answer",
            Unit::Seconds,
            metrics.send_seconds.clone(),
        );
        registry.register(
            "sends_late",
            "Sends slower than the timeout",
            metrics.sends_late.clone(),
        );
        registry.register_with_unit(
            "answer_duration",
            "From a message taken in to its answer accepted",
            Unit::Seconds,
            metrics.answer_seconds.clone(),
        );
        registry.register("outbox_waiting", "Jobs that wait", metrics.outbox_waiting.clone());
        registry.register("dead_letters", "Dead letters", metrics.dead_letters.clone());
        registry.register("conflicts", "Commits decided again", metrics.conflicts.clone());
        metrics.register_rules(&mut registry);
        Metrics { registry, ..metrics }
    }
}

impl Metrics {
    fn register_rules(&self, registry: &mut Registry) {
        registry.register("reloads", "Attempts to replace the rules", self.reloads.clone());
        registry.register_with_unit(
            "reload_duration",
            "From the first look at changed files to the end of the attempt",
            Unit::Seconds,
            self.reload_seconds.clone(),
        );
        registry.register("rules_info", "The rules in force", self.rules_info.clone());
        registry.register_with_unit(
            "rules_loaded_timestamp",
            "Since when the rules are in force",
            Unit::Seconds,
            self.rules_loaded.clone(),
        );
        let stale = "Whether the rules on disk are refused and others in force";
        registry.register("rules_stale", stale, self.rules_stale.clone());
        let polling = "Whether the file system tells of no changes";
        registry.register("rules_polling", polling, self.rules_polling.clone());
    }

    /// The page Prometheus reads, in OpenMetrics text.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = String::new();
        // Writing into a String cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut page, &self.registry);
        page
    }
}
