//! `GET /config`: the settings in force, and where each came from.

use super::Context;
use super::params::Params;
use crate::http::Problems;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(super) struct Config {
    settings: Vec<SettingInForce>,
    prices: Prices,
}

/// A setting with its value and source.
#[derive(Serialize, ToSchema)]
struct SettingInForce {
    name: &'static str,
    /// The environment variable that sets it.
    env: &'static str,
    value: String,
    /// `flag`, `env`, `env_file`, `file` or `default`.
    source: &'static str,
    default: &'static str,
    help: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PricesInForce)]
struct Prices {
    version: String,
    as_of: chrono::NaiveDate,
    models: usize,
}

/// Effective settings with the source of each, and the price table.
#[utoipa::path(get, path = "/api/v1/config", tag = "Server", responses(
    (status = 200, description = "Secrets are never included.", body = Config), Problems))]
pub(super) async fn config(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    if let Err(problem) = Params::of(&request, [].iter()).finish() {
        return problem.response(&request);
    }
    // A machine without a name is known by its identity.
    let machine = || ctm_storage::machine_id(&context.settings.database).unwrap_or_default();
    let settings = context.settings.in_force.iter().map(|value| SettingInForce {
        name: value.setting.name,
        env: value.setting.env,
        value: match value.setting.name {
            "machine_name" if value.text.is_empty() => machine(),
            _ => value.text.clone(),
        },
        source: value.source.name(),
        default: value.setting.default.shown(),
        help: value.setting.description(),
    });
    let prices = context.reporter.prices();
    HttpResponse::Ok().insert_header(("cache-control", "private, no-cache")).json(Config {
        settings: settings.collect(),
        prices: Prices {
            version: prices.version().to_owned(),
            as_of: prices.as_of(),
            models: prices.models().count(),
        },
    })
}
