//! Endpoint of telemetry.

use super::Context;
use crate::http::Respond;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_api::telemetry::{Received, TelemetryAnswer};

/// `GET /telemetry`
///
/// It is not cached: what was received changes with every delivery.
pub(super) async fn telemetry(
    request: HttpRequest,
    context: Data<Context>,
    received: Data<Received>,
) -> HttpResponse {
    let mut params = Params::of(&operations::TELEMETRY, request.query_string());
    let query = context.query(&mut params);
    let answered = async {
        params.finish()?;
        let stored = context.archive.telemetry(&query).await?;
        Ok::<_, Problem>(TelemetryAnswer { stored, received: received.counts() })
    };
    match answered.await {
        Ok(answer) => HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(answer),
        Err(problem) => problem.response(&request),
    }
}
