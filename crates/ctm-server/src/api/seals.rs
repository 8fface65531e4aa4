//! Endpoint of sealed months.

use super::Context;
use super::answers::Name;
use crate::http::Respond;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono_tz::Tz;
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;

/// `GET /seals`
///
/// Nothing is stored as noticed: a request that reads changes no database.
pub(super) async fn seals(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    if let Err(problem) = Params::of(&operations::SEALS, request.query_string()).finish() {
        return problem.response(&request);
    }
    let name = async {
        let name = context.name_of(&request, context.reporter.today(Tz::UTC)).await?;
        let seals_version = context.archive.seals_version().await?;
        Ok::<_, Problem>(Name { minute: Some(seals_version.cast_signed()), ..name })
    };
    match name.await {
        Ok(name) => context.answers.answer(&request, name, || context.archive.sealed_months(None)).await,
        Err(problem) => problem.response(&request),
    }
}
