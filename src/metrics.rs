//! What is counted while usher runs, in Prometheus' naming conventions.
//!
//! Counting is not I/O: any room above the pure ones may count. Serving the page is `server`'s.

mod known;
mod labels;
mod sending;

pub use labels::{
    CodeLabels, EventLabels, HandOffLabels, LookupLabels, OutcomeLabels, ReasonLabels,
    ReloadLabels, RereadLabels, RevisionLabels, TimerLabels, WhyLabels,
};
pub use sending::{Changed, EVERY_NUMBER, Sending, SendingPause};

use labels::{BuildLabels, FileLabels};
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::AtomicU64;

/// What the system says of the process, by the names every Prometheus client gives it.
#[derive(Debug, Default)]
pub struct ProcessMetrics {
    registry: Registry,
    /// Unix seconds.
    pub start_time: Gauge,
    /// User and system time.
    pub cpu_seconds: Counter<f64, AtomicU64>,
    /// Physical memory.
    pub resident_bytes: Gauge,
    /// Files, sockets, pipes.
    pub open_fds: Gauge,
    /// How many of them it may have.
    pub max_fds: Gauge,
}

/// Every counter of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Events by kind and verdict.
    pub events: Family<EventLabels, Counter>,
    /// Events that were not answered, by reason.
    pub unanswered: Family<WhyLabels, Counter>,
    /// What happened to hand-offs.
    pub handoffs: Family<HandOffLabels, Counter>,
    /// Webhooks by answer.
    pub webhooks: Family<CodeLabels, Counter>,
    /// From the last byte of a webhook to its answer.
    pub webhook_seconds: Histogram,
    /// Webhooks being worked on.
    pub webhooks_in_flight: Gauge,
    /// Webhooks that were not taken, by reason.
    pub webhooks_refused: Family<ReasonLabels, Counter>,
    /// Secrets and certificates read again.
    pub files_reread: Family<RereadLabels, Counter>,
    /// When the listeners' certificate ends; nothing without TLS.
    tls_expiry: Family<FileLabels, Gauge>,
    /// The process as the system sees it.
    pub process: ProcessMetrics,
    /// What became of sends.
    pub sends: Family<OutcomeLabels, Counter>,
    /// From the start of a POST to its answer.
    pub send_seconds: Histogram,
    /// What came of lookups.
    pub lookups: Family<LookupLabels, Counter>,
    /// From the start of a lookup to its answer.
    pub lookup_seconds: Histogram,
    /// Attempts that took longer than `[whatsapp] timeout` (S45).
    pub sends_late: Counter,
    /// From a customer's message taken in to WhatsApp having the answer (S25).
    pub answer_seconds: Histogram,
    /// Jobs that wait.
    pub outbox_waiting: Gauge,
    /// Jobs held.
    pub outbox_held: Gauge,
    /// Jobs of unknown fate.
    pub outbox_unknown: Gauge,
    /// Where the destination fails.
    pub sending: Sending,
    /// Calls of the API that were not let in, by reason.
    pub calls_refused: Family<ReasonLabels, Counter>,
    /// Dead letters.
    pub dead_letters: Gauge,
    /// Read-decide-commit rounds that met a conflict.
    pub conflicts: Counter,
    /// Timers that rang.
    pub timers_fired: Family<TimerLabels, Counter>,
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
            unanswered: Family::default(),
            handoffs: Family::default(),
            webhooks: Family::default(),
            webhook_seconds: Histogram::new(seconds()),
            webhooks_in_flight: Gauge::default(),
            webhooks_refused: Family::default(),
            files_reread: Family::default(),
            tls_expiry: Family::default(),
            process: ProcessMetrics::new(),
            sends: Family::default(),
            send_seconds: Histogram::new(seconds()),
            lookups: Family::default(),
            lookup_seconds: Histogram::new(seconds()),
            sends_late: Counter::default(),
            answer_seconds: Histogram::new(seconds()),
            outbox_waiting: Gauge::default(),
            outbox_held: Gauge::default(),
            outbox_unknown: Gauge::default(),
            sending: Sending::default(),
            calls_refused: Family::default(),
            dead_letters: Gauge::default(),
            conflicts: Counter::default(),
            timers_fired: Family::default(),
            reloads: Family::default(),
            reload_seconds: Histogram::new(seconds()),
            rules_info: Family::default(),
            rules_loaded: Gauge::default(),
            rules_stale: Gauge::default(),
            rules_polling: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("events", "Events decided", metrics.events.clone());
        registry.register("handoffs", "What happened to hand-offs", metrics.handoffs.clone());
        registry.register("unanswered", "Events not answered", metrics.unanswered.clone());
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
        registry.register("lookups", "What came of lookups", metrics.lookups.clone());
        registry.register_with_unit(
            "lookup_duration",
            "From the start of a lookup to its answer",
            Unit::Seconds,
            metrics.lookup_seconds.clone(),
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
        registry.register("outbox_held", "Jobs held", metrics.outbox_held.clone());
        registry.register("outbox_unknown", "Jobs of unknown fate", metrics.outbox_unknown.clone());
        registry.register("sending_paused", "Where sending pauses", metrics.sending.gauge.clone());
        registry.register("dead_letters", "Dead letters", metrics.dead_letters.clone());
        registry.register("conflicts", "Commits decided again", metrics.conflicts.clone());
        registry.register("timers_fired", "Timers that rang", metrics.timers_fired.clone());
        register_edges(&mut registry, &metrics);
        known::prepare(&metrics);
        metrics.register_rules(&mut registry);
        Metrics { registry, ..metrics }
    }
}

/// What is counted where usher meets its callers and its files.
fn register_edges(registry: &mut Registry, metrics: &Metrics) {
    registry.register(
        "webhooks_in_flight",
        "Webhooks being worked on",
        metrics.webhooks_in_flight.clone(),
    );
    registry.register(
        "webhooks_refused",
        "Webhooks that were not taken",
        metrics.webhooks_refused.clone(),
    );
    registry.register(
        "calls_refused",
        "Calls of the admin listener that were not let in",
        metrics.calls_refused.clone(),
    );
    registry.register(
        "files_reread",
        "Secrets and certificates read again after a change",
        metrics.files_reread.clone(),
    );
    registry.register_with_unit(
        "tls_certificate_expiry_timestamp",
        "When the certificate of the listeners ends",
        Unit::Seconds,
        metrics.tls_expiry.clone(),
    );
    let build = Family::<BuildLabels, Gauge>::default();
    build.get_or_create(&BuildLabels { version: env!("CARGO_PKG_VERSION") }).set(1);
    registry.register("build_info", "Which usher this is", build);
}

impl ProcessMetrics {
    fn new() -> ProcessMetrics {
        let mut registry = Registry::with_prefix("process");
        let metrics = ProcessMetrics::default();
        registry.register_with_unit(
            "start_time",
            "When the process began",
            Unit::Seconds,
            metrics.start_time.clone(),
        );
        registry.register_with_unit(
            "cpu",
            "User and system time used",
            Unit::Seconds,
            metrics.cpu_seconds.clone(),
        );
        registry.register_with_unit(
            "resident_memory",
            "Physical memory in use",
            Unit::Bytes,
            metrics.resident_bytes.clone(),
        );
        registry.register("open_fds", "Open file handles", metrics.open_fds.clone());
        registry.register("max_fds", "File handles there may be", metrics.max_fds.clone());
        ProcessMetrics { registry, ..metrics }
    }
}

impl Metrics {
    /// When the certificate in this file ends, in Unix seconds.
    #[must_use]
    pub fn tls_expiry(&self, file: &str) -> Gauge {
        self.tls_expiry.get_or_create_owned(&FileLabels { file: file.to_owned() })
    }

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

    /// The page in OpenMetrics text 1.0.
    #[must_use]
    pub fn openmetrics(&self) -> String {
        self.families() + "# EOF\n"
    }

    /// The page in Prometheus' own text format 0.0.4. It differs in how counters are announced: by
    /// the name their samples have.
    #[must_use]
    pub fn page(&self) -> String {
        let families = self.families();
        let counters: HashSet<&str> = families
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
            .collect();
        let mut page = String::with_capacity(families.len());
        for line in families.lines().filter(|line| !line.starts_with("# UNIT ")) {
            page.push_str(&announced(line, &counters));
            page.push('\n');
        }
        page
    }

    fn families(&self) -> String {
        let mut page = String::new();
        for registry in [&self.registry, &self.process.registry] {
            // Writing into a String cannot fail.
            let _ = encode_registry(&mut page, registry);
        }
        page
    }
}

fn announced<'l>(line: &'l str, counters: &HashSet<&str>) -> Cow<'l, str> {
    for keyword in ["# HELP ", "# TYPE "] {
        if let Some((name, rest)) = line.strip_prefix(keyword).and_then(|it| it.split_once(' '))
            && counters.contains(name)
        {
            return Cow::Owned(format!("{keyword}{name}_total {rest}"));
        }
    }
    Cow::Borrowed(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_tell_the_same_in_their_own_words() {
        let metrics = Metrics::default();
        metrics.webhooks.get_or_create(&CodeLabels { code: 200 }).inc();
        let open = metrics.openmetrics();
        assert!(open.contains("# TYPE usher_webhooks counter\n"), "{open}");
        assert!(open.contains("# UNIT process_start_time_seconds seconds\n"), "{open}");
        assert!(open.ends_with("# EOF\n"), "{open}");
        let page = metrics.page();
        assert!(page.contains("# HELP usher_webhooks_total "), "{page}");
        assert!(page.contains("# TYPE usher_webhooks_total counter\n"), "{page}");
        assert!(page.contains("# TYPE usher_webhook_duration_seconds histogram\n"), "{page}");
        assert!(!page.contains("EOF") && !page.contains("# UNIT"), "{page}");
        let samples = |page: &str| -> Vec<String> {
            page.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
        };
        assert_eq!(samples(&open), samples(&page));
        assert!(samples(&page).contains(&"usher_webhooks_total{code=\"200\"} 1".to_owned()));
    }
}
