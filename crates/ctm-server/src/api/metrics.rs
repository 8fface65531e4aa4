//! `GET /metrics`: what Prometheus and its like ask for.
//!
//! What happens to requests is counted as it happens; everything else is in the database, and is
//! queried at a scrape if it changed since. Names follow the Prometheus conventions: base units, `_total`
//! for what only rises.

use super::Context;
use super::health;
use crate::http::{HttpMetrics, Problems, TAKES_ALL, encoded, new_registry};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono_tz::Tz;
use ctm_ingest::conditions::Code;
use ctm_report::{Query, ReportError, wire};
use ctm_types::printable::one_line;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode_eof;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take to say how large it is, before everything in it is left out.
const PATIENCE: Duration = Duration::from_secs(2);

/// The media type of OpenMetrics, which Prometheus reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

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

/// Metrics of usage, lines and the server, for Prometheus.
///
/// While the database does not respond, only the metrics of the server.
#[utoipa::path(get, path = "/metrics", tag = "Server", responses(
    (status = 200, description = "OpenMetrics text.", content_type = "application/openmetrics-text", body = String), Problems))]
pub(crate) async fn metrics(
    request: HttpRequest,
    context: Data<Context>,
    http: Data<HttpMetrics>,
) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .content_type(OPEN_METRICS)
        .body(scrape(&request, &context, &http).await)
}

async fn scrape(request: &HttpRequest, context: &Context, http: &HttpMetrics) -> Vec<u8> {
    let mut registry = new_registry();
    let mut text = Vec::new();
    let size = timeout(PATIENCE, context.store.size_bytes()).await;
    if let Ok(size) = health::in_time(context, PATIENCE, size) {
        bytes(&mut registry, "database_size", "Size of the database", size);
        match stored(request, context).await {
            Ok(facts) => text.extend_from_slice(&facts),
            Err(ReportError::Storage(error)) => context.updater.conditions.question_failed(&error),
            // Only what a client can say wrong.
            Err(_) => {}
        }
    }
    server(&mut registry, context);
    conditions(&mut registry, context);
    let mut rest = encoded(&registry);
    rest.push_str(&http.encoded());
    encode_eof(&mut rest).expect(TAKES_ALL);
    text.extend(rest.into_bytes());
    text
}

/// Returns what is in the database.
async fn stored(request: &HttpRequest, context: &Context) -> Result<Bytes, ReportError> {
    let name = context.name_of(request, context.reporter.today(Tz::UTC)).await?;
    context.answers.computed(&name, async || facts(context).await.map(String::into_bytes)).await
}

/// Returns the metrics that depend on the facts alone.
async fn facts(context: &Context) -> Result<String, ReportError> {
    let mut registry = new_registry();
    usage(&mut registry, &context.reporter.models(&Query::all()).await?);
    lines(&mut registry, &context.archive.lines(&Query::all()).await?);
    Ok(encoded(&registry))
}

fn usage(registry: &mut Registry, models: &wire::ModelStats) {
    let tokens = Family::<OfKind, Counter>::default();
    let cost = Family::<OfModel, Counter<f64, AtomicU64>>::default();
    let unpriced = Family::<OfModel, Counter>::default();
    let responses = Family::<OfModel, Counter>::default();
    for model in &models.items {
        // Labels are read by people as well, and each sample is a line.
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
    registry.register("cost_usd", "Cost in US dollars, estimated at API list prices, by model", cost);
    registry.register("unpriced_tokens", "Tokens that the cost leaves out, by model", unpriced);
    registry.register("responses", "Responses, each counted once, by model", responses);
    gauge(registry, "sessions", "Sessions", models.totals.sessions);
    gauge(registry, "data_version", "Rises when the stored facts change", models.meta.data_version);
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
    registry.register("files", "Transcripts that were read", files);
    registry.register("files_gone", "Transcripts that are no longer there", gone);
    // Gauges: a rewritten transcript is counted again.
    registry.register("lines_used", "Lines that count", used);
    registry.register("lines_duplicate", "Lines whose response another line counts for", duplicate);
    registry.register("lines_forgotten", "Lines whose response was forgotten", forgotten);
    registry.register("lines_skipped", "Lines that log no response, by reason", skipped);
}

fn server(registry: &mut Registry, context: &Context) {
    let ingest = *context.updater.ingest.borrow();
    let read = "Bytes of transcripts that were read since the start";
    bytes(registry, "ingest_read", read, ingest.bytes_done);
    let waiting = ingest.bytes_total.saturating_sub(ingest.bytes_done);
    bytes(registry, "ingest_lag", "Bytes of transcripts that are known and not read yet", waiting);
    let files = ingest.files_total.saturating_sub(ingest.files_done);
    gauge(registry, "ingest_lag_files", "Transcripts that are known and not read to their end yet", files);
    let listings = Counter::<u64, AtomicU64>::default();
    listings.inc_by(context.updater.listings());
    registry.register("home_listings", "Times that all transcripts of the homes were listed", listings);
    let clients = context.live.clients() as u64;
    gauge(registry, "websocket_clients", "Open WebSockets", clients);
    let uptime = context.clock.now_ms().saturating_sub(context.started_ms).max(0).unsigned_abs() / 1000;
    gauge(registry, "uptime_seconds", "Seconds since the start", uptime);
    let dropped: Counter = Counter::default();
    dropped.inc_by((context.log_status)().dropped_lines);
    let help = "Log lines that could not be written in time";
    registry.register("log_lines_dropped", help, dropped);
    let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "Version of the program", version);
}

/// What is not as it should be, and what failed.
fn conditions(registry: &mut Registry, context: &Context) {
    let present = health::conditions(context);
    let all = Family::<OfCondition, Gauge>::default();
    for code in Code::ALL {
        let of = OfCondition { code: code.name(), severity: code.severity().name() };
        let is_present = present.iter().any(|condition| condition.code == code);
        all.get_or_create(&of).set(i64::from(is_present));
    }
    registry.register("condition", "1 while something is not as it should be, by code", all);
    let conditions = &context.updater.conditions;
    let failed = "Looks of which something could not be read or stored";
    counter(registry, "looks_failed", failed, conditions.failed_stores());
    let failed = "Questions that the database could not answer";
    counter(registry, "questions_failed", failed, conditions.failed_questions());
    let reopened = "How often another file became the database";
    counter(registry, "database_reopened", reopened, conditions.times_reopened());
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
