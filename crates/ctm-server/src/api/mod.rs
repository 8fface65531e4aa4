//! The REST interface and the WebSocket, under `/api/v1`.

mod answers;
mod config;
mod context;
mod details;
mod export;
mod health;
mod metrics;
mod openapi;
mod params;
mod projects;
mod queries;
mod stats;
mod ws;

pub(crate) use context::Context;
pub use openapi::document;
pub(crate) use ws::News;

use crate::http::{READ, not_found, others};
use actix_web::{Resource, Scope, web};

/// Returns the route that is asked for metrics.
#[must_use]
pub fn metrics() -> Resource {
    web::resource("/metrics").route(web::get().to(metrics::metrics)).default_service(others(READ))
}

/// Returns the routes under `/api/v1`.
#[must_use]
pub fn routes() -> Scope {
    let get = |resource: actix_web::Resource| resource.default_service(others(READ));
    web::scope("/api/v1")
        .service(get(web::resource("/health").route(web::get().to(health::health))))
        .service(get(web::resource("/stats").route(web::get().to(stats::stats))))
        .service(get(web::resource("/stats/daily").route(web::get().to(stats::daily))))
        .service(get(web::resource("/stats/models").route(web::get().to(stats::models))))
        .service(get(web::resource("/stats/projects").route(web::get().to(stats::projects))))
        .service(get(web::resource("/stats/sources").route(web::get().to(stats::sources))))
        .service(get(web::resource("/stats/tools").route(web::get().to(details::tools))))
        .service(get(web::resource("/stats/history").route(web::get().to(details::history))))
        .service(get(web::resource("/stats/trends").route(web::get().to(stats::trends))))
        .service(get(web::resource("/stats/activity").route(web::get().to(stats::activity))))
        .service(get(web::resource("/blocks").route(web::get().to(stats::blocks))))
        .service(get(web::resource("/limits").route(web::get().to(details::limits))))
        .service(get(web::resource("/sessions").route(web::get().to(stats::sessions))))
        .service(get(web::resource("/sessions/{id}").route(web::get().to(details::session))))
        .service(get(
            web::resource("/sessions/{id}/responses").route(web::get().to(details::session_responses))
        ))
        .service(get(web::resource("/responses/{key}").route(web::get().to(details::response))))
        .service(get(web::resource("/projects/folders").route(web::get().to(projects::folders))))
        .service(
            web::resource("/projects/rules")
                .route(web::get().to(projects::rules))
                .route(web::patch().to(projects::change_rules))
                .default_service(others("GET, HEAD, PATCH, OPTIONS")),
        )
        .service(get(web::resource("/audit").route(web::get().to(details::audit))))
        .service(
            web::resource("/export")
                .route(web::post().to(export::export))
                .default_service(others("POST, OPTIONS")),
        )
        .service(get(web::resource("/config").route(web::get().to(config::config))))
        .service(get(web::resource("/openapi.json").route(web::get().to(openapi::json))))
        .service(get(web::resource("/ws").route(web::get().to(ws::connect))))
        .default_service(web::to(not_found))
}
