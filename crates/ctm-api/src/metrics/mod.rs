//! The metrics of Prometheus: their names, labels and help texts. Names follow its conventions: base units,
//! and `_total` for counters.

mod present;
mod text_format;

pub use present::present;
pub use text_format::{TEXT_FORMAT, text_format};

use crate::telemetry::ReceivedCounts;
use ctm_facts::telemetry::TelemetryCounts;
use ctm_ingest::conditions::{Code, Condition};
use ctm_ingest::ingest::IngestStatus;
use ctm_report::wire;
use ctm_types::printable::one_line;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

/// The media type of OpenMetrics, which Prometheus reads.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The reason why writing to a text cannot fail.
const TAKES_ALL: &str = "writing to a text cannot fail";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfModel {
    model: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    model: String,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSource {
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReason {
    source: String,
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCondition {
    code: &'static str,
    severity: &'static str,
}

/// Figures of the server itself.
pub struct ServerFigures {
    /// The size of the database in bytes, if it is known.
    pub database_size: Option<u64>,
    /// Progress of reading.
    pub ingest: IngestStatus,
    /// Complete listings of the homes.
    pub listings: u64,
    /// Open WebSockets.
    pub clients: usize,
    /// Seconds since the start.
    pub uptime_s: u64,
    /// Dropped log lines.
    pub dropped_lines: u64,
    /// Present conditions.
    pub conditions: Vec<Condition>,
    /// Failed updates.
    pub failed_updates: u64,
    /// Failed queries.
    pub failed_queries: u64,
    /// Number of times that another file became the database.
    pub reopened: u64,
    /// Received telemetry.
    pub received: ReceivedCounts,
}

/// Returns the metrics that only depend on the facts.
#[must_use]
pub fn facts(
    models: &wire::ModelStats,
    homes: &[wire::AuditedLines],
    telemetry: Option<&TelemetryCounts>,
) -> String {
    let mut registry = new_registry();
    usage(&mut registry, models);
    lines(&mut registry, homes);
    if let Some(telemetry) = telemetry {
        witnesses(&mut registry, telemetry);
    }
    encoded(&registry)
}

/// Returns all other metrics, with the end of the text.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic, see `expect`")]
#[must_use]
pub fn server(figures: &ServerFigures, http: &HttpMetrics) -> String {
    let mut registry = new_registry();
    if let Some(size) = figures.database_size {
        bytes(&mut registry, "database_size", "Size of the database", size);
    }
    process(&mut registry, figures);
    received(&mut registry, figures.received);
    conditions(&mut registry, figures);
    let mut text = encoded(&registry);
    text.push_str(&encoded(&http.registry));
    encode_eof(&mut text).expect(TAKES_ALL);
    text
}

fn usage(registry: &mut Registry, models: &wire::ModelStats) {
    let tokens = Family::<OfKind, Counter>::default();
    let cost = Family::<OfModel, Counter<f64, AtomicU64>>::default();
    let unpriced = Family::<OfModel, Counter>::default();
    let responses = Family::<OfModel, Counter>::default();
    for model in &models.items {
        // Labels are made safe to show, and each sample is a line.
        let name = one_line(&model.model).into_owned();
        let of = OfModel { model: name.clone() };
        let usage = &model.usage;
        for (kind, count) in [
            ("input", usage.input_tokens),
            ("output", usage.output_tokens),
            ("cache_read", usage.cache_read_tokens),
            ("cache_write_5m", usage.cache_write_5m_tokens),
            ("cache_write_1h", usage.cache_write_1h_tokens),
        ] {
            tokens.get_or_create(&OfKind { model: name.clone(), kind }).inc_by(count);
        }
        if let Some(amount) = usage.cost_usd {
            cost.get_or_create(&of).inc_by(amount.0.to_f64().max(0.0));
        }
        unpriced.get_or_create(&of).inc_by(usage.unpriced_tokens);
        responses.get_or_create(&of).inc_by(usage.responses);
    }
    registry.register("tokens", "Tokens by model and kind", tokens);
    registry.register("cost_usd", "Cost in US dollars at API list prices, by model", cost);
    registry.register("unpriced_tokens", "Tokens without a price, by model", unpriced);
    registry.register("responses", "Responses stored, by model", responses);
    gauge(registry, "sessions", "Sessions stored", models.totals.sessions);
    gauge(registry, "data_version", "Version of the stored facts", models.meta.data_version);
}

fn lines(registry: &mut Registry, homes: &[wire::AuditedLines]) {
    let files = Family::<OfSource, Gauge>::default();
    let gone = Family::<OfSource, Gauge>::default();
    let used = Family::<OfSource, Gauge>::default();
    let duplicate = Family::<OfSource, Gauge>::default();
    let forgotten = Family::<OfSource, Gauge>::default();
    let skipped = Family::<OfReason, Gauge>::default();
    for home in homes {
        let source = one_line(&home.source).into_owned();
        let of = OfSource { source: source.clone() };
        for (family, count) in [
            (&files, home.files),
            (&gone, home.files_gone),
            (&used, home.used),
            (&duplicate, home.duplicate),
            (&forgotten, home.forgotten),
        ] {
            family.get_or_create(&of).set(signed(count));
        }
        for (reason, count) in &home.skipped {
            let of = OfReason { source: source.clone(), reason: reason.clone() };
            skipped.get_or_create(&of).set(signed(*count));
        }
    }
    registry.register("files", "Transcripts read, by home", files);
    registry.register("files_gone", "Transcripts read and deleted since, by home", gone);
    // Gauges: a rewritten transcript is counted again.
    registry.register("lines_used", "Lines counted as usage, by home", used);
    registry.register("lines_duplicate", "Superseded lines, by home", duplicate);
    registry.register("lines_forgotten", "Lines of forgotten responses, by home", forgotten);
    registry.register("lines_skipped", "Lines without a response, by home and reason", skipped);
}

fn witnesses(registry: &mut Registry, telemetry: &TelemetryCounts) {
    gauge(registry, "telemetry_requests", "Requests that telemetry reports", telemetry.requests);
    let completed = "Responses without a final record whose output telemetry reports";
    gauge(registry, "telemetry_completed_responses", completed, telemetry.completed);
    if let Some(last_ms) = telemetry.last_ms {
        let last_s = last_ms.0.div_euclid(1_000).max(0).unsigned_abs();
        gauge(registry, "telemetry_last_timestamp_seconds", "Time of the last reported request", last_s);
    }
    if let Some(share) = telemetry.witnessed_share() {
        let gauge: Gauge<f64, AtomicU64> = Gauge::default();
        gauge.set(share);
        let help = "Share of the responses since the first reported request that have a second witness";
        registry.register("telemetry_witnessed_ratio", help, gauge);
    }
}

fn received(registry: &mut Registry, received: ReceivedCounts) {
    let ReceivedCounts { records, reports, without_request, rejected, metrics, refused } = received;
    for (name, help, value) in [
        ("telemetry_records", "Log records of telemetry received since the start", records),
        ("telemetry_reports", "Reports of requests received since the start", reports),
        ("telemetry_reports_without_request", "Reports without the id of their request", without_request),
        ("telemetry_records_rejected", "Records rejected because they cannot be right", rejected),
        (
            "telemetry_metrics",
            "Metrics of telemetry received since the start, of which nothing is kept",
            metrics,
        ),
        ("telemetry_refused", "Requests with telemetry that were refused as a whole", refused),
    ] {
        counter(registry, name, help, value);
    }
}

fn process(registry: &mut Registry, figures: &ServerFigures) {
    let ingest = &figures.ingest;
    bytes(registry, "ingest_read", "Bytes read from transcripts since the start", ingest.bytes_done);
    let waiting = ingest.bytes_total.saturating_sub(ingest.bytes_done);
    bytes(registry, "ingest_lag", "Bytes of known transcripts not read yet", waiting);
    let files = ingest.files_total.saturating_sub(ingest.files_done);
    gauge(registry, "ingest_lag_files", "Known transcripts not read to the end yet", files);
    counter(registry, "home_listings", "Complete listings of the transcripts of all homes", figures.listings);
    gauge(registry, "websocket_clients", "Open WebSockets", figures.clients as u64);
    gauge(registry, "uptime_seconds", "Seconds since the start", figures.uptime_s);
    counter(
        registry,
        "log_lines_dropped",
        "Log lines dropped because the output was too slow",
        figures.dropped_lines,
    );
    let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "Version of the program", version);
}

fn conditions(registry: &mut Registry, figures: &ServerFigures) {
    let all = Family::<OfCondition, Gauge>::default();
    for code in Code::ALL {
        let of = OfCondition { code: code.name(), severity: code.severity().name() };
        let is_present = figures.conditions.iter().any(|condition| condition.code == code);
        all.get_or_create(&of).set(i64::from(is_present));
    }
    registry.register("condition", "1 while the condition is present, by code", all);
    counter(
        registry,
        "looks_failed",
        "Updates in which something could not be read or stored",
        figures.failed_updates,
    );
    counter(
        registry,
        "questions_failed",
        "Queries that the database could not answer",
        figures.failed_queries,
    );
    counter(registry, "database_reopened", "Times that another file became the database", figures.reopened);
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let counter: Counter = Counter::default();
    counter.inc_by(value);
    registry.register(name, help, counter);
}

fn bytes(registry: &mut Registry, name: &str, help: &str, count: u64) {
    let gauge: Gauge<i64, AtomicI64> = Gauge::default();
    gauge.set(signed(count));
    registry.register_with_unit(name, help, Unit::Bytes, gauge);
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(signed(value));
    registry.register(name, help, gauge);
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Metrics of requests.
#[derive(Debug)]
pub struct HttpMetrics {
    durations: Family<RequestLabels, Histogram, fn() -> Histogram>,
    registry: Registry,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    /// The pattern of the route rather than the path, because there are few patterns.
    route: String,
    status: u16,
}

impl Default for HttpMetrics {
    fn default() -> Self {
        // From half a millisecond to eight seconds.
        let durations: Family<RequestLabels, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0005, 2.0, 15)));
        let mut registry = new_registry();
        let help = "Time to answer a request";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, durations.clone());
        Self { durations, registry }
    }
}

impl HttpMetrics {
    /// Counts a completed request.
    pub fn observe(&self, method: &str, route: Option<String>, status: u16, took: Duration) {
        // Clients can send any method, and any path without a route.
        let known = ["GET", "HEAD", "POST", "OPTIONS"].into_iter().find(|known| *known == method);
        let labels = RequestLabels {
            method: known.unwrap_or("other").to_owned(),
            route: route.unwrap_or_else(|| "none".to_owned()),
            status,
        };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

fn new_registry() -> Registry {
    Registry::with_prefix("ctm")
}

fn encoded(registry: &Registry) -> String {
    let mut text = String::new();
    encode_registry(&mut text, registry).expect(TAKES_ALL);
    text
}
