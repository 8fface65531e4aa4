//! The REST interface and the WebSocket, under `/api/v1`.

mod accept;
mod answers;
mod config;
mod details;
mod export;
mod form;
mod head;
mod health;
mod json;
mod metrics;
mod openapi;
mod params;
mod problem;
mod projects;
mod queries;
mod stats;
mod trace;
mod ws;

pub(crate) use accept::accepts_pages;
pub(crate) use form::normalize_errors;
pub(crate) use head::answer_head;
pub(crate) use json::json_body;
pub use openapi::document;
pub(crate) use problem::{FieldError, Problem, READ, other_method, others};
pub(crate) use trace::trace;

use self::answers::Answers;
use self::metrics::HttpMetrics;
use crate::base::BasePath;
use crate::clock::Clock;
use crate::live::Live;
use crate::report::{DatabaseReports, Reporter};
use crate::rules::ProjectRules;
use crate::service::ServiceState;
use crate::settings::Settings;
use actix_web::dev::HttpServiceFactory;
use actix_web::{Resource, Scope, web};
use ctm_storage::Store;
use std::sync::Arc;
use tokio::sync::watch;

/// State shared by handlers.
pub struct Context {
    /// The database.
    pub store: Store,
    /// Answers questions.
    pub reporter: Reporter,
    /// Answers those that only the database can.
    pub archive: DatabaseReports,
    /// Publishes changes.
    pub live: Arc<Live>,
    /// State of the update loop.
    pub service: Arc<ServiceState>,
    /// The rules of project names.
    pub rules: Arc<ProjectRules>,
    /// The settings in force.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
    /// Start time of the server, in UTC epoch milliseconds.
    pub started_ms: i64,
    /// A name for this run of the server.
    pub instance_id: String,
    /// Set when the server stops.
    pub stop: watch::Receiver<bool>,
    /// Answers that were computed.
    pub(crate) answers: Answers,
    /// Metrics of requests.
    pub(crate) http: HttpMetrics,
    /// The messages to all WebSockets.
    pub(crate) news: ws::News,
}

impl Context {
    /// Puts together what handlers share.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "each is made by itself, and made once")]
    pub fn new(
        store: Store,
        reporter: Reporter,
        live: Arc<Live>,
        service: Arc<ServiceState>,
        rules: Arc<ProjectRules>,
        settings: Settings,
        clock: Clock,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            archive: DatabaseReports::new(store.clone(), reporter.clone()),
            store,
            reporter,
            live,
            service,
            rules,
            settings,
            started_ms: clock.now_ms(),
            instance_id: format!("{:016x}", fastrand::u64(..)),
            clock,
            stop,
            answers: Answers::default(),
            http: HttpMetrics::default(),
            news: ws::News::default(),
        }
    }

    /// Returns the minute that it is, for answers that tell how long ago something was.
    pub(crate) fn this_minute(&self) -> Option<i64> {
        Some(self.clock.now_ms() / 60_000)
    }
}

/// Returns the page to try the interface, which is beside it.
#[must_use]
pub fn docs(base: &BasePath) -> impl HttpServiceFactory + use<> {
    openapi::page(base)
}

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
        .default_service(web::to(problem::not_found))
}
