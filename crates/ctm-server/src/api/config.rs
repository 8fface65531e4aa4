//! Settings: effective values with their sources.

use super::Context;
use crate::http::Respond;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use ctm_api::config::{Config, Prices, SettingInForce};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_config::machine::machine_id;

/// `GET /config`
pub(super) async fn config(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    if let Err(problem) = Params::of(&operations::CONFIG, request.query_string()).finish() {
        return problem.response(&request);
    }
    // A machine without a name is shown by its id.
    let machine = || machine_id(&context.settings.database).unwrap_or_default();
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
