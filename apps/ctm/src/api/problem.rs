//! Errors as problem details (RFC 9457).

use super::trace::request_id;
use crate::report::ReportError;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, Responder};
use ctm_storage::StorageError;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// The parameter.
    pub(super) field: String,
    /// What is wrong, for programs.
    pub(super) code: &'static str,
    /// What is wrong and what is allowed, for people.
    pub(super) message: String,
}

/// Why a request is not answered.
#[derive(Debug)]
pub(super) enum Problem {
    /// Parameters that are not understood: all of them.
    BadRequest(Vec<FieldError>),
    /// The database cannot be read now.
    Unavailable(StorageError),
    /// So many WebSockets are open, which is all that may be.
    TooManyClients(usize),
    /// The request is not one for a WebSocket.
    NoUpgrade(actix_web::Error),
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Storage(error) => Self::Unavailable(error),
            ReportError::Cursor(_) => Self::BadRequest(vec![FieldError {
                field: "cursor".to_owned(),
                code: "unknown_cursor",
                message: error.to_string(),
            }]),
        }
    }
}

/// The body of an error: problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Details<'a> {
    /// `about:blank`: the status says what kind of problem it is.
    r#type: &'static str,
    /// The status in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What was wrong, and what is allowed.
    detail: &'a str,
    /// The path that was asked for.
    instance: &'a str,
    /// The id by which the log tells of the request.
    request_id: &'a str,
    /// Every parameter that is wrong.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
}

/// What every operation can answer instead, for the OpenAPI document.
pub(super) struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = |description: &str| {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            ResponseBuilder::new()
                .description(description)
                .content("application/problem+json", content)
                .build()
                .into()
        };
        let texts = [
            ("400", "Parameters that are not understood: all of them."),
            ("default", "Another problem: no token, too many requests, a database that cannot be read now."),
        ];
        texts.into_iter().map(|(status, text)| (status.to_owned(), problem(text))).collect()
    }
}

impl Problem {
    /// Returns the answer to the request that the problem is about.
    pub(super) fn response(self, request: &HttpRequest) -> HttpResponse {
        match self {
            Self::BadRequest(errors) => {
                let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
                respond(request, StatusCode::BAD_REQUEST, &messages.join("; "), &errors)
            }
            Self::Unavailable(error) => {
                tracing::error!("cannot answer: {error}");
                respond(request, StatusCode::SERVICE_UNAVAILABLE, &error.to_string(), &[])
            }
            Self::TooManyClients(most) => {
                let detail = format!("{most} clients are connected, which is all that may be (ws_clients)");
                respond(request, StatusCode::SERVICE_UNAVAILABLE, &detail, &[])
            }
            Self::NoUpgrade(error) => {
                let status = error.error_response().status();
                respond(request, status, &format!("this is a WebSocket: {error}"), &[])
            }
        }
    }
}

fn respond(request: &HttpRequest, status: StatusCode, detail: &str, errors: &[FieldError]) -> HttpResponse {
    let title = status.canonical_reason().unwrap_or("Error");
    let details = Details {
        r#type: "about:blank",
        title,
        status: status.as_u16(),
        detail,
        instance: request.path(),
        request_id: &request_id(request),
        errors,
    };
    let body = serde_json::to_string(&details).expect("texts and numbers are always JSON");
    let problem = ContentType("application/problem+json".parse().expect("a constant media type"));
    HttpResponse::build(status).insert_header(problem).body(body)
}

/// Answers a request for something that there is not.
pub(super) async fn not_found(request: HttpRequest) -> impl Responder {
    let detail = format!("there is nothing at {}", request.path());
    respond(&request, StatusCode::NOT_FOUND, &detail, &[])
}

/// Answers a request by a method that a resource does not have.
pub(super) async fn method_not_allowed(request: HttpRequest) -> impl Responder {
    let detail = format!("{} has no {}; use GET", request.path(), request.method());
    let mut response = respond(&request, StatusCode::METHOD_NOT_ALLOWED, &detail, &[]);
    let allow = actix_web::http::header::HeaderValue::from_static("GET");
    response.headers_mut().insert(actix_web::http::header::ALLOW, allow);
    response
}
