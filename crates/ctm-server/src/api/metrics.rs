//! `GET /metrics`: the metrics of Prometheus, which the collector is sent too.
//!
//! Requests are counted as they happen; everything else is in the database, and is queried at a scrape if it
//! has changed.

use super::answers::Name;
use super::{Context, health};
use crate::http::prefers_open_metrics;
use actix_web::http::header::{CACHE_CONTROL, VARY};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Weekday;
use chrono_tz::Tz;
use ctm_api::metrics::{
    HttpMetrics, OPEN_METRICS, ServerFigures, TEXT_FORMAT, facts, present, server, text_format,
};
use ctm_api::telemetry::{Received, ReceivedCounts};
use ctm_report::{BudgetCalendar, Compare, Query, ReportError};
use std::time::Duration;
use tokio::time::timeout;

/// Address of the metrics, of which they are cached.
const ADDRESS: &str = "/metrics";

/// Maximum wait for the size of the database, before all figures from it are omitted.
const PATIENCE: Duration = Duration::from_secs(2);

/// Present metrics as texts of OpenMetrics.
pub(crate) struct Metrics {
    /// Those from the database: of the facts, and of the present minute; none while it does not answer.
    stored: Vec<Bytes>,
    /// Those since the start of the server, with the end of the text.
    server: String,
}

impl Metrics {
    /// Returns those from the database.
    pub(crate) fn stored(&self) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
        self.stored.iter().map(|part| String::from_utf8_lossy(part))
    }

    /// Returns those since the start of the server.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    fn text(&self) -> String {
        self.stored().chain([self.server().into()]).collect()
    }
}

/// `GET /metrics`
pub(crate) async fn metrics(
    request: HttpRequest,
    context: Data<Context>,
    http: Data<HttpMetrics>,
    received: Data<Received>,
) -> HttpResponse {
    let open_metrics = present_metrics(&context, &http, &received).await.text();
    let (kind, text) = if prefers_open_metrics(&request) {
        (OPEN_METRICS, open_metrics)
    } else {
        (TEXT_FORMAT, text_format(&open_metrics))
    };
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, "accept"))
        .content_type(kind)
        .body(text)
}

/// Returns the present metrics.
pub(crate) async fn present_metrics(context: &Context, http: &HttpMetrics, received: &Received) -> Metrics {
    let size = timeout(PATIENCE, context.store.size_bytes()).await;
    let size = health::in_time(context, PATIENCE, size).ok();
    let mut metrics = Metrics { stored: Vec::new(), server: String::new() };
    if size.is_some() {
        match stored(context).await {
            Ok(stored) => metrics.stored.extend(stored),
            Err(ReportError::Storage(error)) => context.updater.conditions.question_failed(&error),
            // These are only errors of the client.
            Err(_) => {}
        }
    }
    metrics.server = server(&figures(context, size, received.counts()), http);
    metrics
}

/// Returns the metrics from the database: those that only depend on the facts, and those of the present minute. Budgets are in the zone of the
/// settings, in weeks that begin on Monday.
async fn stored(context: &Context) -> Result<[Bytes; 2], ReportError> {
    let name = context.name_at(ADDRESS.to_owned(), context.reporter.today(Tz::UTC)).await?;
    let compute = async || {
        let models = context.reporter.models(&Query::all(), Compare::None).await?;
        // A hub on PostgreSQL has neither lines nor telemetry.
        if context.hub.team().is_some() {
            return Ok(facts(&models, &[], None).into_bytes());
        }
        let lines = context.archive.lines(&Query::all()).await?;
        let telemetry = context.store.telemetry_counts().await?;
        Ok(facts(&models, &lines, Some(&telemetry)).into_bytes())
    };
    let facts = context.answers.computed(&name, compute).await?;
    let limits_version = context.archive.limits_version().await?;
    let personal_version = context.personal.version().await?;
    let name = Name { limits_version, personal_version, minute: context.this_minute(), ..name };
    let calendar = BudgetCalendar { tz: context.settings.tz, week_start: Weekday::Mon };
    let compute = async || {
        let limits = context.archive.limits_by_home().await?;
        let budgets = context.archive.budgets(calendar, None, false).await?;
        Ok(present(&limits, &budgets.items, context.archive.pace().await?).into_bytes())
    };
    Ok([facts, context.answers.computed(&name, compute).await?])
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
