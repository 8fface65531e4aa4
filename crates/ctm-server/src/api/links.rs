//! Read-only links: listing, creating and removing them.

use super::Context;
use super::uncached::respond;
use crate::http::{Authenticator, check_change};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::json::json_body;
use ctm_api::links::{CreatedLink, Links, NEEDS_TOKEN, NewLink, ReadOnlyLink, path_of};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_personal::Link;

/// `GET /links`
pub(super) async fn links(
    request: HttpRequest,
    context: Data<Context>,
    authenticator: Data<Authenticator>,
) -> HttpResponse {
    let listed = async {
        Params::of(&operations::LINKS, request.query_string()).finish()?;
        list(&context, &authenticator).await
    };
    respond(&request, StatusCode::OK, listed.await)
}

/// `POST /links`
pub(super) async fn create(
    request: HttpRequest,
    body: Bytes,
    context: Data<Context>,
    authenticator: Data<Authenticator>,
) -> HttpResponse {
    let created = async {
        check_change(&request)?;
        Params::of(&operations::CREATE_LINK, request.query_string()).finish()?;
        if !authenticator.has_token() {
            return Err(Problem::Forbidden(NEEDS_TOKEN.to_owned()));
        }
        let wanted: NewLink = json_body(request.content_type(), &body)?;
        let (scope, hours) = wanted.checked(|label| context.reporter.homes().permanent(label))?;
        let now = context.clock.now_ms();
        let (link, secret) = Link::create(&wanted.name, scope, wanted.names, hours, now);
        let record = context.personal.add(&link, now).await?;
        Ok(CreatedLink { link: ReadOnlyLink::of(&record, now), path: path_of(&secret) })
    };
    respond(&request, StatusCode::CREATED, created.await)
}

/// `DELETE /links/{id}`
pub(super) async fn remove(
    request: HttpRequest,
    id: Path<String>,
    context: Data<Context>,
    authenticator: Data<Authenticator>,
) -> HttpResponse {
    let removed = async {
        check_change(&request)?;
        Params::of(&operations::REMOVE_LINK, request.query_string()).finish()?;
        context.personal.remove::<Link>(&id).await?;
        list(&context, &authenticator).await
    };
    respond(&request, StatusCode::OK, removed.await)
}

async fn list(context: &Context, authenticator: &Authenticator) -> Result<Links, Problem> {
    let now = context.clock.now_ms();
    let records = context.personal.all::<Link>().await?;
    let items = records.iter().map(|record| ReadOnlyLink::of(record, now)).collect();
    Ok(Links { allowed: authenticator.has_token(), items })
}
