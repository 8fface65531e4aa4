//! `GET /report`: a written report of a period.

use super::Context;
use crate::http::Respond;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, ContentDisposition, DispositionParam, DispositionType,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_document::Format;
use ctm_report::wire::Meta;

/// A report has styles of its own, and neither scripts nor requests. It is a page of no origin: what it contains cannot reach the
/// interface.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; sandbox";

/// `GET /report`
pub(super) async fn report(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    match written(&request, &context).await {
        Ok(response) => response,
        Err(problem) => problem.response(&request),
    }
}

async fn written(request: &HttpRequest, context: &Context) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&operations::REPORT, request.query_string());
    let query = context.query(&mut params);
    let (wanted, (format, language)) = (params.period_report(), params.written());
    params.finish()?;
    let _turn = context.answers.turn().await;
    let report = context.archive.period_report(&query, &wanted).await?;
    let (extension, media_type) = match format {
        None => ("json", "application/json"),
        Some(Format::Markdown) => ("md", "text/markdown; charset=utf-8"),
        Some(Format::Html) => ("html", "text/html; charset=utf-8"),
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type(media_type)
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(("cache-control", "no-store"))
        .insert_header(shown_as(&report.meta, extension));
    Ok(match format {
        None => response.json(report),
        Some(format) => response.body(ctm_document::written(&report, format, language, query.tz)),
    })
}

/// Returns the name under which a browser that shows the report saves it.
fn shown_as(Meta { from, to, .. }: &Meta, extension: &str) -> ContentDisposition {
    let name = format!("ctm-report-{from}-{to}.{extension}");
    ContentDisposition {
        disposition: DispositionType::Inline,
        parameters: vec![DispositionParam::Filename(name)],
    }
}
