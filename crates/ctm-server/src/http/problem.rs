//! Errors as problem details (RFC 9457).

use super::base_path::asked_path;
use super::request_id::request_id;
use actix_web::http::header::{ALLOW, ContentType, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder, Route, web};
use ctm_ingest::updater::UpdaterState;
use ctm_report::ReportError;
use ctm_storage::StorageError;
use ctm_types::printable::{one_line, with_causes};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// Methods of read-only routes.
pub(crate) const READ: &str = "GET, HEAD, OPTIONS";

/// The longest body of a request, in bytes.
pub(crate) const MOST_BYTES: usize = 64 << 10;

/// A problem with one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The parameter.
    pub(crate) field: String,
    /// The code of the problem, for programs.
    pub(crate) code: &'static str,
    /// The problem and the allowed values, in plain words.
    pub(crate) message: String,
}

/// A problem of a request.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Invalid parameters; all of them are listed.
    BadRequest(Vec<FieldError>),
    /// A request that is not understood as a whole.
    Malformed(String),
    /// The client has to say who it is.
    Unauthorized(String),
    /// The client may not do that.
    Forbidden(String),
    /// There is no such thing.
    NotFound,
    /// There is nothing by the name that is asked for.
    Unknown(String),
    /// The resource has no such method; it has these.
    MethodNotAllowed(&'static str),
    /// The client takes nothing of the kind that there is.
    NotAcceptable {
        /// The media type that there is.
        offered: String,
    },
    /// The client was too slow.
    Timeout(Duration),
    /// The body is too long.
    TooLarge,
    /// The query is too long.
    UriTooLong {
        /// Maximum length.
        most_bytes: usize,
    },
    /// The body is of another kind than is understood.
    UnsupportedMediaType(String),
    /// Another server is meant.
    Misdirected(String),
    /// The client asks too often, and has to wait.
    TooManyRequests(Duration),
    /// The server failed.
    Internal,
    /// The database cannot be read now.
    Unavailable(StorageError),
    /// Clients have the server keep as much as it can.
    Busy,
    /// So many WebSockets are open, which is all that may be.
    TooManyClients(usize),
    /// A file of settings cannot be changed.
    Unwritable {
        /// Why, and what to do.
        message: String,
        /// What has to be in the file.
        toml: String,
    },
    /// Whatever a library below refuses, or asks for in its protocol.
    Other(StatusCode, String),
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
            ReportError::TooLong { .. } => Self::BadRequest(vec![FieldError {
                field: "to".to_owned(),
                code: "too_long",
                message: error.to_string(),
            }]),
            ReportError::Unknown { .. } | ReportError::Forgotten { .. } => Self::Unknown(error.to_string()),
        }
    }
}

/// The body of an error: problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Details<'a> {
    /// `about:blank`: the status is the kind of problem.
    r#type: &'static str,
    /// The status in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// The problem, and the allowed values.
    detail: &'a str,
    /// The requested path.
    instance: &'a str,
    /// The id of the request in the log.
    request_id: &'a str,
    /// Every parameter that is wrong.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
    /// Text to write into the config file by hand where the server cannot change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    toml: Option<&'a str>,
}

/// What every operation can answer instead, for the OpenAPI document.
pub(crate) struct Problems;

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
            ("400", "Invalid parameters; all of them are listed."),
            (
                "default",
                "Another problem: missing token, rate limit exceeded, or a database that cannot be read at present.",
            ),
        ];
        texts.into_iter().map(|(status, text)| (status.to_owned(), problem(text))).collect()
    }
}

impl Problem {
    /// Returns the answer to the request that the problem is about.
    pub(crate) fn response(self, request: &HttpRequest) -> HttpResponse {
        if let Self::Unavailable(error) = &self {
            tracing::error!("cannot answer: {}", with_causes(error));
            if let Some(updater) = request.app_data::<Data<UpdaterState>>() {
                updater.conditions.question_failed(error);
            }
        }
        let asked = asked_path(request);
        self.about(asked.split('?').next().unwrap_or(&asked), &request_id(request))
    }

    /// Returns the answer to a request for a path, by the request's id.
    pub(super) fn about(mut self, path: &str, id: &str) -> HttpResponse {
        if let Self::BadRequest(errors) = &mut self {
            errors.iter_mut().for_each(|error| error.message = one_line(&error.message).into_owned());
        }
        let status = self.status();
        let detail = self.detail(path);
        let details = Details {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: &one_line(&detail),
            instance: path,
            request_id: id,
            errors: if let Self::BadRequest(errors) = &self { errors } else { &[] },
            toml: if let Self::Unwritable { toml, .. } = &self { Some(toml) } else { None },
        };
        let body = serde_json::to_string(&details).expect("texts and numbers are always JSON");
        let mut response = HttpResponse::build(status);
        response.insert_header(ContentType(MEDIA_TYPE.parse().expect("a constant media type")));
        response.insert_header(("cache-control", "no-store"));
        if let Some(header) = self.header() {
            response.insert_header(header);
        }
        response.body(body)
    }

    /// Returns the status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound | Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable { .. } => StatusCode::NOT_ACCEPTABLE,
            Self::Timeout(_) => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) | Self::Busy | Self::TooManyClients(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unwritable { .. } => StatusCode::CONFLICT,
            Self::Other(status, _) => *status,
        }
    }

    fn detail(&self, path: &str) -> String {
        match self {
            Self::BadRequest(errors) => {
                let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
                messages.join("; ")
            }
            Self::Malformed(detail)
            | Self::Unauthorized(detail)
            | Self::Forbidden(detail)
            | Self::UnsupportedMediaType(detail)
            | Self::Misdirected(detail)
            | Self::Unknown(detail)
            | Self::Unwritable { message: detail, .. }
            | Self::Other(_, detail) => detail.clone(),
            Self::NotFound => format!("there is nothing at {path}"),
            Self::MethodNotAllowed(allowed) => format!("{path} has no such method; it has {allowed}"),
            Self::NotAcceptable { offered } => format!("{path} is {offered}, which is not accepted"),
            Self::Timeout(patience) => format!("the request was not there within {} s", patience.as_secs()),
            Self::TooLarge => format!("the body has more than {MOST_BYTES} bytes"),
            Self::UriTooLong { most_bytes } => format!("the query has more than {most_bytes} bytes"),
            Self::TooManyRequests(wait) => {
                format!("too many requests; try again in {} s", whole_seconds(*wait))
            }
            Self::Internal => "the server failed; its log has more under the request's id".to_owned(),
            Self::Unavailable(error) => with_causes(error),
            Self::Busy => "other clients take what they are sent too slowly; try again in 1 s".to_owned(),
            Self::TooManyClients(most) => {
                format!("{most} clients are connected, which is all that may be (ws_clients)")
            }
        }
    }

    /// Returns the header that says what a client can do about it.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized(_) => {
                Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ctm\"")))
            }
            Self::MethodNotAllowed(allowed) => Some((ALLOW, HeaderValue::from_static(allowed))),
            Self::TooManyRequests(wait) => Some((RETRY_AFTER, whole_seconds(*wait).into())),
            Self::Busy => Some((RETRY_AFTER, HeaderValue::from_static("1"))),
            _ => None,
        }
    }
}

/// The media type of errors.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// Returns seconds after which a wait is over.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

/// Answers a request for something that there is not.
pub(crate) async fn not_found(request: HttpRequest) -> impl Responder {
    Problem::NotFound.response(&request)
}

/// Returns the route for the methods that a resource does not have; it has those in `allowed`.
pub(crate) fn others(allowed: &'static str) -> Route {
    web::to(move |request: HttpRequest| async move { other_method(&request, allowed) })
}

/// Answers a request by a method that a resource does not have; it has those in `allowed`.
pub(crate) fn other_method(request: &HttpRequest, allowed: &'static str) -> HttpResponse {
    if request.method() == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((ALLOW, allowed)).finish();
    }
    Problem::MethodNotAllowed(allowed).response(request)
}
