//! Access by a read-only link: the only place that decides what a link reads.
//!
//! # Design
//!
//! An operation that is not in the tables below is refused, so that a new one is not readable by default.
//! The scope is written into the query before the handler parses it, so that no handler can omit it. Operations on a
//! single session or response have no such filter and contain paths, and are therefore in no table.

use super::redact::{redact, redact_limits, redact_now};
use super::{Guard, Unread, refuse};
use crate::http::{Access, Visit, knows_its_page};
use actix_web::body::{BoxBody, EitherBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, error};
use ctm_api::operations::{self, Operation};
use ctm_api::problem::Problem;
use ctm_personal::{Link, LinkScope};
use ctm_report::Aliases;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Operations with filters by project and home, which a link of any scope reads.
static FILTERED: [&Operation; 10] = [
    &operations::STATS,
    &operations::REPORT,
    &operations::DAILY,
    &operations::MODELS,
    &operations::PROJECTS,
    &operations::TRENDS,
    &operations::ACTIVITY,
    &operations::TOOLS,
    &operations::SESSIONS,
    &operations::NOW,
];

/// Operations on the usage of whole homes, which a link of a project does not read: blocks begin and end by all usage of
/// a home, and limits are those of an account.
static OF_HOMES: [&Operation; 3] = [&operations::BLOCKS, &operations::LIMITS, &operations::CALIBRATION];

/// Operations without figures.
static PLAIN: [&Operation; 2] = [&operations::HEALTH, &operations::WEBSOCKET];

/// The page for the REST interface, which is below the path of operations and is none.
const API_DOCS: &str = "/api/docs";

/// Parameters that contain no name of a project, folder or home, which a link without names has besides `project`.
/// Cursors are not among them, because they contain names.
const WITHOUT_NAMES: [&str; 26] = [
    "from",
    "to",
    "range",
    "week_start",
    "since",
    "until",
    "tz",
    "model",
    "session",
    "sidechain",
    "unlogged",
    "limit",
    "order",
    "sort",
    "compare",
    "metric",
    "bucket",
    "group",
    "series",
    "breakdown",
    "weekday",
    "hour",
    "active",
    "format",
    "language",
    "v",
];

/// Parameters by which the usage of homes is selected.
const HOME: [&str; 2] = ["home", "source"];

/// Serves a request within the scope of a link.
///
/// # Errors
///
/// Fails when the handler does.
pub(super) async fn serve<B: MessageBody + 'static>(
    guard: &Guard,
    visit: Visit,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, Unread>>, actix_web::Error> {
    let aliases = match guard.aliases(&visit.link).await {
        Ok(aliases) => aliases,
        Err(problem) => return Ok(refuse(request, problem)),
    };
    if let Err(problem) = admit(&mut request, &visit.link, aliases.as_ref()) {
        return Ok(refuse(request, problem));
    }
    guard.authenticator.note_use(&visit).await;
    request.extensions_mut().insert(Access::Link);
    request.extensions_mut().insert(visit);
    let is_of = |operation: &Operation| request.path() == operation.path;
    let is_limits = is_of(&operations::LIMITS) || is_of(&operations::CALIBRATION);
    let is_now = is_of(&operations::NOW);
    // It was made without names, as a whole: `admit` wrote so into its query.
    let aliases = aliases.filter(|_| !is_of(&operations::REPORT));
    let is_operation = request.path().starts_with("/api/v1/");
    let mut response = next.call(request).await?;
    if !is_operation || response.status().is_informational() {
        return Ok(response.map_into_left_body());
    }
    response.headers_mut().remove(ETAG);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !is_json || (aliases.is_none() && !is_limits && !is_now) {
        return Ok(response.map_into_left_body());
    }
    rewritten(response, |body| {
        if is_limits {
            redact_limits(body);
        }
        if is_now {
            redact_now(body);
        }
        if let Some(aliases) = &aliases {
            redact(body, aliases);
        }
    })
    .await
}

impl Guard {
    /// Returns the names in place of others for a link without names.
    async fn aliases(&self, link: &Link) -> Result<Option<Aliases>, Problem> {
        if link.names {
            return Ok(None);
        }
        Ok(Some(self.reporter.aliases().await?))
    }
}

/// Checks that a request is within the scope of a link, and writes the scope into its query.
fn admit(request: &mut ServiceRequest, link: &Link, aliases: Option<&Aliases>) -> Result<(), Problem> {
    if request.method() != Method::GET || !knows_its_page(request.request()) {
        return Err(Problem::Forbidden("a read-only link only reads".to_owned()));
    }
    let path = request.path().to_owned();
    if path.trim_end_matches('/') == API_DOCS || !is_operation(&path) {
        return Ok(());
    }
    let is_in = |table: &[&Operation]| table.iter().any(|operation| operation.path == path);
    let of_homes = is_in(&OF_HOMES) && !matches!(link.scope, LinkScope::Project(_));
    if !is_in(&FILTERED) && !of_homes {
        let detail = "this is not within the scope of the read-only link";
        return if is_in(&PLAIN) { Ok(()) } else { Err(Problem::Forbidden(detail.to_owned())) };
    }
    let mut query = within_scope(request.query_string(), link, aliases)?;
    if path == operations::REPORT.path && aliases.is_some() {
        query.push_str("&names=numbered");
    }
    request.headers_mut().remove(IF_NONE_MATCH);
    replace_query(request, &path, &query);
    Ok(())
}

/// Returns whether a path, in any notation, is one of the interface and not of the page.
fn is_operation(path: &str) -> bool {
    let mut path = path.to_owned();
    loop {
        let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        if decoded == path {
            break;
        }
        path = decoded;
    }
    let first = path.split(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    first.eq_ignore_ascii_case("api") || first.eq_ignore_ascii_case("metrics")
}

/// Returns a query limited to the scope of a link.
fn within_scope(query: &str, link: &Link, aliases: Option<&Aliases>) -> Result<String, Problem> {
    let mut limited = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let is_home = HOME.contains(&&*name);
        match (&link.scope, aliases) {
            // Replaced below.
            (LinkScope::Project(_), _) if name == "project" => {}
            (LinkScope::Home(_), _) if is_home => {}
            (_, Some(aliases)) if name == "project" => {
                limited.append_pair("project", aliases.project_of(&value));
            }
            // A report has none, whatever is requested.
            (_, Some(_)) if name == "names" => {}
            // An answer would confirm a guessed name.
            (_, Some(_)) if !WITHOUT_NAMES.contains(&&*name) => {
                let detail = format!("this read-only link shows no names, and has no parameter `{name}`");
                return Err(Problem::Forbidden(detail));
            }
            _ => _ = limited.append_pair(&name, &value),
        }
    }
    match &link.scope {
        LinkScope::Everything => {}
        LinkScope::Project(project) => _ = limited.append_pair("project", project),
        LinkScope::Home(home) => _ = limited.append_pair("home", home),
    }
    Ok(limited.finish())
}

fn replace_query(request: &mut ServiceRequest, path: &str, query: &str) {
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = format!("{path}?{query}").parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// Returns a response with its JSON changed.
async fn rewritten<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    change: impl FnOnce(&mut Value),
) -> Result<ServiceResponse<EitherBody<B, Unread>>, actix_web::Error> {
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|_| error::ErrorInternalServerError("an answer broke off"))?;
    let mut json: Value = serde_json::from_slice(&body).map_err(error::ErrorInternalServerError)?;
    change(&mut json);
    let body = Unread::new(BoxBody::new(json.to_string()), Payload::None);
    Ok(ServiceResponse::new(request, head.set_body(EitherBody::right(body))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::{EpochMs, ProjectId};

    #[test]
    fn every_operation_within_a_scope_has_its_filter() {
        for operation in FILTERED {
            assert!(operation.takes("project") && operation.takes("home"), "{}", operation.path);
        }
        for operation in OF_HOMES {
            assert!(operation.takes("home"), "{}", operation.path);
        }
    }

    #[test]
    fn an_operation_is_recognised_in_any_notation() {
        for path in
            ["/api/v1/config", "/%61pi/v1/config", "/%2561pi", "//api/v1", "/API/v1", "/metrics", "/api"]
        {
            assert!(is_operation(path), "{path}");
        }
        for path in ["/", "/projects/%2Fapi%2Fv1", "/sessions/api", "/_app/immutable/a.js"] {
            assert!(!is_operation(path), "{path}");
        }
    }

    #[test]
    fn a_query_is_limited_to_the_scope() {
        let names =
            [(ProjectId::from(1), "/src/web".to_owned()), (ProjectId::from(2), "/src/api".to_owned())];
        let aliases = Aliases::new(names.into_iter().collect(), Vec::new());
        let check = |scope: LinkScope, names: bool, query: &str, expected: Option<&str>| {
            let (link, _) = Link::create("Lead", scope, names, 1, EpochMs(0));
            let aliases = (!names).then_some(&aliases);
            assert_eq!(within_scope(query, &link, aliases).ok().as_deref(), expected, "{query}");
        };
        let project = || LinkScope::Project("/src/web".to_owned());
        check(project(), true, "project=%2Fsrc%2Fapi&range=7d", Some("range=7d&project=%2Fsrc%2Fweb"));
        check(project(), true, "pro%6Aect=a&project=b", Some("project=%2Fsrc%2Fweb"));
        check(project(), false, "home=a", None);
        check(
            LinkScope::Home("/h".to_owned()),
            true,
            "source=a&home=b&project=p",
            Some("project=p&home=%2Fh"),
        );
        check(LinkScope::Everything, true, "home=a&cwd=b", Some("home=a&cwd=b"));
        check(LinkScope::Everything, false, "project=Project+B", Some("project=%2Fsrc%2Fapi"));
        check(LinkScope::Everything, false, "project=%2Fsrc%2Fapi", Some("project="));
        check(LinkScope::Everything, false, "cwd=%2Fsrc", None);
    }
}
