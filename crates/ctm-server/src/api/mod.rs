//! The REST interface and the WebSocket, under `/api/v1`.

mod alerts;
mod answers;
mod backups;
mod budgets;
mod config;
mod context;
mod details;
mod export;
mod health;
mod links;
mod machines;
mod metrics;
mod personal;
mod projects;
mod push;
mod report;
mod seals;
mod sql;
mod stats;
mod targets;
mod team;
mod telemetry;
mod uncached;
mod ws;

pub(crate) use context::Context;
pub(crate) use health::conditions;
pub(crate) use metrics::{Metrics, present_metrics};
pub(crate) use ws::News;

use crate::http::{READ, base_path, not_found, others};
use actix_web::body::SizedStream;
use actix_web::dev::Handler;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Resource, Scope, web};
use ctm_api::document::document_at;
use ctm_api::operations::{self, Operation};
use futures_util::stream::{self, Stream};
use std::convert::Infallible;

/// The path prefix of all operations except metrics.
const SCOPE: &str = "/api/v1";

/// Bytes of a long body that a connection takes at a time.
const PIECE: usize = 16 * 1024;

/// Methods of a list of personal records.
const LIST: &str = "GET, HEAD, POST, OPTIONS";

/// Methods of a personal record.
const ITEM: &str = "PATCH, DELETE, OPTIONS";

/// Returns the route of metrics.
pub(crate) fn metrics() -> Resource {
    get(&operations::METRICS, metrics::metrics)
}

/// Returns the routes under `/api/v1`.
pub(crate) fn routes() -> Scope {
    web::scope(SCOPE)
        .service(get(&operations::HEALTH, health::health))
        .service(get(&operations::NOW, details::now))
        .service(get(&operations::STATS, stats::stats))
        .service(get(&operations::DAILY, stats::daily))
        .service(get(&operations::MODELS, stats::models))
        .service(get(&operations::PROJECTS, stats::projects))
        .service(get(&operations::SOURCES, stats::sources))
        .service(get(&operations::TOOLS, details::tools))
        .service(get(&operations::HISTORY, details::history))
        .service(get(&operations::TELEMETRY, telemetry::telemetry))
        .service(get(&operations::TRENDS, stats::trends))
        .service(get(&operations::CHANGES, details::changes))
        .service(get(&operations::WHY, details::why))
        .service(get(&operations::REPORT, report::report))
        .service(get(&operations::SEALS, seals::seals))
        .service(get(&operations::BY, details::by))
        .service(get(&operations::CACHE, details::cache))
        .service(get(&operations::DRIVER_STATS, details::drivers))
        .service(get(&operations::HOOKS, details::hooks))
        .service(get(&operations::CONCURRENCY, details::concurrency))
        .service(get(&operations::FORECAST, details::forecast))
        .service(get(&operations::COMPARED, details::compare))
        .service(get(&operations::WHAT_IF, details::what_if))
        .service(get(&operations::WORTH, stats::worth))
        .service(get(&operations::ACTIVITY, stats::activity))
        .service(get(&operations::BLOCKS, stats::blocks))
        .service(get(&operations::LIMITS, details::limits))
        .service(get(&operations::CALIBRATION, details::calibration))
        .service(get(&operations::SESSIONS, stats::sessions))
        .service(get(&operations::SESSION, details::session))
        .service(get(&operations::SESSION_RESPONSES, details::session_responses))
        .service(get(&operations::RESPONSES, details::responses))
        .service(get(&operations::RESPONSE, details::response))
        .service(get(&operations::PROJECT_FOLDERS, projects::folders))
        .service(
            resource(&operations::PROJECT_RULES)
                .route(web::get().to(projects::rules))
                .route(web::patch().to(projects::change_rules))
                .default_service(others("GET, HEAD, PATCH, OPTIONS")),
        )
        .service(
            resource(&operations::TARGETS)
                .route(web::get().to(targets::targets))
                .route(web::patch().to(targets::change_targets))
                .default_service(others("GET, HEAD, PATCH, OPTIONS")),
        )
        .service(get(&operations::MARKERS, personal::markers))
        .service(
            resource(&operations::BUDGETS)
                .route(web::get().to(budgets::budgets))
                .route(web::post().to(budgets::add_budget))
                .default_service(others(LIST)),
        )
        .service(
            resource(&operations::BUDGET_HISTORY)
                .route(web::get().to(budgets::history))
                .route(web::delete().to(budgets::remove_budget))
                .default_service(others("GET, HEAD, DELETE, OPTIONS")),
        )
        .service(get(&operations::ALERTS, alerts::alerts))
        .service(
            resource(&operations::ALERT_RULES)
                .route(web::get().to(alerts::rules))
                .route(web::post().to(alerts::add_rule))
                .default_service(others(LIST)),
        )
        .service(
            resource(&operations::ALERT_RULE)
                .route(web::get().to(alerts::rule))
                .route(web::delete().to(alerts::remove_rule))
                .default_service(others("GET, HEAD, DELETE, OPTIONS")),
        )
        .service(
            resource(&operations::TEST_ALERT_RULE)
                .route(web::post().to(alerts::test_rule))
                .default_service(others("POST, OPTIONS")),
        )
        .service(get(&operations::ALERT_CHANNELS, alerts::channels))
        .service(
            resource(&operations::TEST_ALERT_CHANNEL)
                .route(web::post().to(alerts::test_channel))
                .default_service(others("POST, OPTIONS")),
        )
        .service(get(&operations::MACHINES, machines::machines))
        .service(
            resource(&operations::REMOVE_MACHINE)
                .route(web::delete().to(machines::remove))
                .default_service(others("DELETE, OPTIONS")),
        )
        .service(get(&operations::TEAM, team::team))
        .service(
            resource(&operations::CREATE_INVITE)
                .route(web::post().to(team::invite))
                .default_service(others("POST, OPTIONS")),
        )
        .service(
            resource(&operations::REVOKE_TOKEN)
                .route(web::delete().to(team::revoke))
                .default_service(others("DELETE, OPTIONS")),
        )
        .service(
            resource(&operations::PUSH)
                .route(web::get().to(push::position))
                .route(web::post().to(push::push))
                .route(web::delete().to(push::leave))
                .default_service(others("GET, HEAD, POST, DELETE, OPTIONS")),
        )
        .service(
            resource(&operations::ENROL)
                .route(web::post().to(push::enrol))
                .default_service(others("POST, OPTIONS")),
        )
        .service(
            resource(&operations::ROTATE_TOKEN)
                .route(web::post().to(push::rotate))
                .default_service(others("POST, OPTIONS")),
        )
        .service(
            resource(&operations::NOTES)
                .route(web::get().to(personal::notes))
                .route(web::post().to(personal::add_note))
                .default_service(others(LIST)),
        )
        .service(
            resource(&operations::CHANGE_NOTE)
                .route(web::patch().to(personal::change_note))
                .route(web::delete().to(personal::remove_note))
                .default_service(others(ITEM)),
        )
        .service(
            resource(&operations::VIEWS)
                .route(web::get().to(personal::views))
                .route(web::post().to(personal::add_view))
                .default_service(others(LIST)),
        )
        .service(
            resource(&operations::CHANGE_VIEW)
                .route(web::patch().to(personal::change_view))
                .route(web::delete().to(personal::remove_view))
                .default_service(others(ITEM)),
        )
        .service(
            resource(&operations::SQL_VIEWS)
                .route(web::get().to(sql::views))
                .route(web::post().to(sql::run))
                .default_service(others(LIST)),
        )
        .service(
            resource(&operations::QUERIES)
                .route(web::get().to(sql::queries))
                .route(web::post().to(sql::add_query))
                .default_service(others(LIST)),
        )
        .service(
            resource(&operations::CHANGE_QUERY)
                .route(web::patch().to(sql::change_query))
                .route(web::delete().to(sql::remove_query))
                .default_service(others(ITEM)),
        )
        .service(
            resource(&operations::PREVIEW_PROJECT_RULES)
                .route(web::post().to(projects::preview_rules))
                .default_service(others("POST, OPTIONS")),
        )
        .service(
            resource(&operations::BACKUPS)
                .route(web::get().to(backups::list))
                .route(web::put().to(backups::create))
                .default_service(others("GET, HEAD, PUT, OPTIONS")),
        )
        .service(
            resource(&operations::RESTORE_BACKUP)
                .route(web::put().to(backups::restore))
                .default_service(others("PUT, OPTIONS")),
        )
        .service(get(&operations::AUDIT, details::audit))
        .service(
            resource(&operations::EXPORT)
                .route(web::post().to(export::export))
                .default_service(others("POST, OPTIONS")),
        )
        .service(get(&operations::CONFIG, config::config))
        .service(
            resource(&operations::LINKS)
                .route(web::get().to(links::links))
                .route(web::post().to(links::create))
                .default_service(others("GET, HEAD, POST, OPTIONS")),
        )
        .service(
            resource(&operations::REMOVE_LINK)
                .route(web::delete().to(links::remove))
                .default_service(others("DELETE, OPTIONS")),
        )
        .service(web::resource("/openapi.json").route(web::get().to(document)).default_service(others(READ)))
        .service(get(&operations::WEBSOCKET, ws::connect))
        .default_service(web::to(not_found))
}

/// Returns the resource of a read-only operation.
fn get<Args: FromRequest + 'static>(
    operation: &Operation,
    handler: impl Handler<Args, Output = HttpResponse>,
) -> Resource {
    resource(operation).route(web::get().to(handler)).default_service(others(READ))
}

fn resource(operation: &Operation) -> Resource {
    web::resource(operation.path.strip_prefix(SCOPE).unwrap_or(operation.path))
}

/// `GET /openapi.json`
async fn document(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let document = context.document.get_or_init(|| document_at(base_path(&request)).into());
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-cache"))
        .content_type("application/json")
        .body(in_pieces(document))
}

/// Returns a body that is copied to a connection a piece at a time, so that clients that do not read take little memory.
fn in_pieces(body: &Bytes) -> SizedStream<impl Stream<Item = Result<Bytes, Infallible>> + use<>> {
    let starts = (0..body.len()).step_by(PIECE);
    let pieces: Vec<_> = starts.map(|start| Ok(body.slice(start..body.len().min(start + PIECE)))).collect();
    SizedStream::new(body.len() as u64, stream::iter(pieces))
}
