//! Endpoints of projects: their folders, and the rules that join them.

use super::Context;
use super::stats::answer;
use crate::http::{Respond, check_change};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, EntityTag, Header, IF_MATCH, IfMatch, IfNoneMatch};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::json::{Object, json_body};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_api::rules::{ProjectRules, edits, problem};
use ctm_report::wire::ProjectPreview;
use ctm_report::{Order, PageSort};

/// `GET /projects/folders`
pub(super) async fn folders(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let mut params = Params::of(&operations::PROJECT_FOLDERS, request.query_string());
    let (query, sort) = (context.query(&mut params), params.sort(PageSort::Cost));
    let page = params.page(sort, Order::Descending);
    answer(&request, &context, params, &query, None, || context.reporter.project_folders(&query, &page)).await
}

/// `GET /projects/rules`
pub(super) async fn rules(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    if let Err(problem) = Params::of(&operations::PROJECT_RULES, request.query_string()).finish() {
        return problem.response(&request);
    }
    let tag = EntityTag::new_strong(context.rules.version().to_string());
    let known = request.headers().contains_key("if-none-match").then(|| IfNoneMatch::parse(&request));
    let is_known = match known {
        Some(Ok(IfNoneMatch::Any)) => true,
        Some(Ok(IfNoneMatch::Items(known))) => known.iter().any(|known| known.weak_eq(&tag)),
        _ => false,
    };
    if is_known {
        return HttpResponse::NotModified()
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .insert_header((ETAG, tag))
            .finish();
    }
    in_force(&context)
}

/// `PATCH /projects/rules`
pub(super) async fn change_rules(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    match change(&request, &body, &context).await {
        Ok(()) => in_force(&context),
        Err(problem) => problem.response(&request),
    }
}

/// `POST /projects/rules/preview`
pub(super) async fn preview_rules(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    match preview(&request, &body, &context).await {
        Ok(preview) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(preview),
        Err(problem) => problem.response(&request),
    }
}

async fn preview(request: &HttpRequest, body: &[u8], context: &Context) -> Result<ProjectPreview, Problem> {
    Params::of(&operations::PREVIEW_PROJECT_RULES, request.query_string()).finish()?;
    let Object(asked) = json_body(request.content_type(), body)?;
    let rules = context.rules.preview(&edits(&asked)?).map_err(problem)?;
    Ok(context.reporter.project_preview(&rules).await?)
}

/// Returns the response with the effective rules.
fn in_force(context: &Context) -> HttpResponse {
    let version = context.rules.version().to_string();
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((ETAG, EntityTag::new_strong(version.clone())))
        .json(ProjectRules {
            version,
            file: context.rules.path().map(|path| path.display().to_string()),
            editable: context.rules.is_editable(),
            folders: context.rules.current(),
            undo: context.rules.undo(),
        })
}

async fn change(request: &HttpRequest, body: &[u8], context: &Context) -> Result<(), Problem> {
    check_change(request)?;
    Params::of(&operations::CHANGE_PROJECT_RULES, request.query_string()).finish()?;
    let Object(asked) = json_body(request.content_type(), body)?;
    let change = edits(&asked)?;
    if !request.headers().contains_key(IF_MATCH) {
        let detail = "`If-Match` is missing; send the `ETag` of the rules that the change is based on";
        return Err(Problem::Other(StatusCode::PRECONDITION_REQUIRED.as_u16(), detail.to_owned()));
    }
    let known = IfMatch::parse(request)
        .map_err(|_| Problem::Malformed("invalid `If-Match`; send the `ETag` of the rules".to_owned()))?;
    let expected = |version: &str| match &known {
        IfMatch::Any => true,
        // A proxy that compresses weakens a tag.
        IfMatch::Items(tags) => {
            tags.iter().any(|tag| tag.weak_eq(&EntityTag::new_strong(version.to_owned())))
        }
    };
    context.rules.change(&change, expected).await.map_err(problem)
}
