//! `GET /config`: the settings in force, and where each came from.

use super::Context;
use crate::http::Respond;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use ctm_api::config::{Config, Prices, SettingInForce};
use ctm_api::operations;
use ctm_api::params::Params;

/// `GET /config`
pub(super) async fn config(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    if let Err(problem) = Params::of(&operations::CONFIG, request.query_string()).finish() {
        return problem.response(&request);
    }
    // A machine without a name is known by its identity.
    let machine = || ctm_storage::machine_id(&context.settings.database).unwrap_or_default();
    let settings = context.settings.origins.iter().map(|(setting, value, source)| SettingInForce {
        name: setting.name,
        env: setting.env,
        value: if setting.name == "machine_name" && value.is_empty() { machine() } else { value.clone() },
        source: source.name(),
        default: setting.default,
        help: setting.help,
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
