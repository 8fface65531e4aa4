//! `GET /metrics`: the metrics of Prometheus.
//!
//! Requests are counted as they happen; everything else is in the database, and is queried at a scrape if it
//! has changed.

use super::Context;
use super::health;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono_tz::Tz;
use ctm_api::metrics::{HttpMetrics, OPEN_METRICS, ServerFigures, facts, server};
use ctm_api::telemetry::{Received, ReceivedCounts};
use ctm_report::{Compare, Query, ReportError};
use std::time::Duration;
use tokio::time::timeout;

/// Maximum wait for the size of the database, before all figures from it are omitted.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /metrics`
pub(crate) async fn metrics(
    request: HttpRequest,
    context: Data<Context>,
    http: Data<HttpMetrics>,
    received: Data<Received>,
) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .content_type(OPEN_METRICS)
        .body(scrape(&request, &context, &http, received.counts()).await)
}

async fn scrape(
    request: &HttpRequest,
    context: &Context,
    http: &HttpMetrics,
    received: ReceivedCounts,
) -> Vec<u8> {
    let mut text = Vec::new();
    let size = timeout(PATIENCE, context.store.size_bytes()).await;
    let size = health::in_time(context, PATIENCE, size).ok();
    if size.is_some() {
        match stored(request, context).await {
            Ok(facts) => text.extend_from_slice(&facts),
            Err(ReportError::Storage(error)) => context.updater.conditions.question_failed(&error),
            // These are only errors of the client.
            Err(_) => {}
        }
    }
    text.extend(server(&figures(context, size, received), http).into_bytes());
    text
}

/// Returns the metrics from the database.
async fn stored(request: &HttpRequest, context: &Context) -> Result<Bytes, ReportError> {
    let name = context.name_of(request, context.reporter.today(Tz::UTC)).await?;
    let compute = async || {
        let models = context.reporter.models(&Query::all(), Compare::None).await?;
        let lines = context.archive.lines(&Query::all()).await?;
        let telemetry = context.store.telemetry_counts().await?;
        Ok(facts(&models, &lines, &telemetry).into_bytes())
    };
    context.answers.computed(&name, compute).await
}

fn figures(context: &Context, database_size: Option<u64>, received: ReceivedCounts) -> ServerFigures {
    let updater = &context.updater;
    let ingest = *updater.ingest.borrow();
    let present = health::conditions(context);
    ServerFigures {
        database_size,
        ingest,
        listings: updater.listings(),
        clients: context.live.clients(),
        uptime_s: context.clock.now_ms().since(context.started_ms).max(0).unsigned_abs() / 1000,
        dropped_lines: (context.log_status)().dropped_lines,
        conditions: present,
        failed_updates: updater.conditions.failed_stores(),
        failed_queries: updater.conditions.failed_questions(),
        reopened: updater.conditions.times_reopened(),
        received,
    }
}
