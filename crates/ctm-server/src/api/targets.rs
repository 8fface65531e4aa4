//! Endpoints of targets.

use super::Context;
use crate::http::{Respond, check_change};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::json::{Object, json_body};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_api::targets::{self, Targets};

/// `GET /targets`
pub(super) async fn targets(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let stored = async {
        Params::of(&operations::TARGETS, request.query_string()).finish()?;
        Ok::<_, Problem>(context.personal.targets().await?)
    };
    answer(&request, stored.await.map(Targets::from))
}

/// `PATCH /targets`
pub(super) async fn change_targets(
    request: HttpRequest,
    body: Bytes,
    context: Data<Context>,
) -> HttpResponse {
    answer(&request, change(&request, &body, &context).await)
}

fn answer(request: &HttpRequest, targets: Result<Targets, Problem>) -> HttpResponse {
    match targets {
        Ok(targets) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "private, no-cache")).json(targets),
        Err(problem) => problem.response(request),
    }
}

async fn change(request: &HttpRequest, body: &[u8], context: &Context) -> Result<Targets, Problem> {
    check_change(request)?;
    Params::of(&operations::CHANGE_TARGETS, request.query_string()).finish()?;
    let Object(asked) = json_body(request.content_type(), body)?;
    let change = targets::change(&asked)?;
    let changed = context.personal.change_targets(&change, context.clock.now_ms()).await?;
    context.live.personal_changed(context.personal.version().await.map_err(Problem::Unavailable)?);
    Ok(changed.into())
}
