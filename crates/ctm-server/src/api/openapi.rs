//! The OpenAPI document. The web page at `/api/docs` shows it, and has requests to try.
//!
//! The document is made from the types that are sent and the functions that send them. The test
//! client checks every answer of every test against it.

use super::{config, details, export, health, metrics, projects, stats};
use crate::http::base_path;
use crate::http::{Details, FieldError};
use actix_web::{HttpRequest, HttpResponse};
use ctm_config::base_path::BasePath;
use ctm_report::wire;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi as Described, RefOr, Schema, Server};
use utoipa::{Modify, OpenApi};

/// Everything that can be asked for.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Claude Token Monitor",
        description = "Exact token usage and cost of Claude Code, from its transcripts. Counts are whole numbers, rates go \
                       from 0 to 1, times are in UTC, days are those of the zone that is asked for. Amounts are estimates \
                       at API list prices, not the bill of a subscription; what has no price is null, never 0.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        health::health,
        config::config,
        stats::stats,
        stats::daily,
        stats::models,
        stats::projects,
        stats::sources,
        stats::trends,
        stats::activity,
        details::tools,
        details::history,
        stats::sessions,
        details::session,
        details::session_responses,
        details::response,
        stats::blocks,
        details::audit,
        details::limits,
        export::export,
        projects::folders,
        projects::rules,
        projects::change_rules,
        metrics::metrics,
    ),
    components(schemas(wire::Usd, Details<'static>, FieldError)),
    modifiers(&EveryFieldIsSent, &TokenIsSent),
    security((), ("token" = [])),
    tags(
        (name = "Statistics", description = "Totals of usage. All of them agree to the last digit."),
        (name = "Sessions", description = "Sessions and their responses, and how a response was counted."),
        (name = "Limits", description = "Five-hour windows."),
        (name = "Projects", description = "Projects, their folders, and the rules that join them."),
        (name = "Server", description = "Health, metrics and settings of the server."),
    ),
)]
struct Document;

/// Fields that are left out where there is nothing to say; all others are always sent, as null if
/// need be.
const SOMETIMES: [(&str, &str); 4] =
    [("Day", "models"), ("Day", "stats_cache"), ("Problem", "errors"), ("Problem", "toml")];

/// Says which fields are always there. Derived, a field that can be null would be one that can be
/// missing.
struct EveryFieldIsSent;

impl Modify for EveryFieldIsSent {
    fn modify(&self, document: &mut Described) {
        let components = document.components.get_or_insert_default();
        let sent = |name: &str| !name.starts_with("Export") && name != "ProjectRulesChange";
        for (name, schema) in components.schemas.iter_mut().filter(|(name, _)| sent(name)) {
            require_all(name, schema);
        }
    }
}

fn require_all(name: &str, schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            let sent = |field: &&String| !SOMETIMES.contains(&(name, field.as_str()));
            object.required = object.properties.keys().filter(sent).cloned().collect();
        }
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter_mut().for_each(|part| require_all(name, part)),
        _ => {}
    }
}

/// Says how the token is sent, where one is asked for.
struct TokenIsSent;

impl Modify for TokenIsSent {
    fn modify(&self, document: &mut Described) {
        let scheme = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The access token of the server. Logged-in browsers send a cookie instead."));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
    }
}

/// Returns the OpenAPI document as JSON.
#[must_use]
pub fn document() -> String {
    document_at(&BasePath::default())
}

/// Returns the document of a server that lives under a base path.
fn document_at(base: &BasePath) -> String {
    let mut document = Document::openapi();
    if !base.as_str().is_empty() {
        document.servers = Some(vec![Server::new(base.as_str())]);
    }
    let document = document.to_pretty_json();
    document.expect("texts, numbers and lists are always JSON")
}

/// `GET /openapi.json`
pub(super) async fn json(request: HttpRequest) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-cache"))
        .content_type("application/json")
        .body(document_at(base_path(&request)))
}
