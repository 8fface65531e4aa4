//! Errors as problem details (RFC 9457), independent of their transport.

use ctm_facts::StorageError;
use ctm_report::ReportError;
use ctm_types::printable::{one_line, with_causes};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The longest request body, in bytes.
pub const MOST_BYTES: usize = 64 << 10;

/// A problem with one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The parameter.
    pub field: String,
    /// The code of the problem, for programs.
    pub code: &'static str,
    /// The problem and the allowed values, in plain words.
    pub message: String,
}

/// A problem of a request.
#[derive(Debug)]
pub enum Problem {
    /// Invalid parameters; all of them are listed.
    BadRequest(Vec<FieldError>),
    /// A request that is invalid as a whole.
    Malformed(String),
    /// The client has to authenticate.
    Unauthorized(String),
    /// The client lacks permission.
    Forbidden(String),
    /// The resource does not exist.
    NotFound,
    /// The named item does not exist.
    Unknown(String),
    /// The resource is only in the databases of the machines that push to this hub.
    OfMachines(String),
    /// The resource has no such method; it has these.
    MethodNotAllowed(&'static str),
    /// The client accepts no available media type.
    NotAcceptable {
        /// The available media type.
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
    /// The body has an unsupported media type.
    UnsupportedMediaType(String),
    /// The request is for another server.
    Misdirected(String),
    /// The client exceeded a rate limit, and has to wait.
    TooManyRequests(Duration),
    /// The server failed.
    Internal,
    /// The database is temporarily unreadable.
    Unavailable(StorageError),
    /// The shared memory for requests is exhausted.
    RequestsFull,
    /// The shared memory for unread responses is exhausted.
    ResponsesFull,
    /// The maximum number of WebSockets is open.
    TooManyClients(usize),
    /// A settings file cannot be changed.
    Unwritable {
        /// The reason and the remedy.
        message: String,
        /// Required content of the file.
        toml: String,
    },
    /// A push begins after the last stored entry of its journal.
    Behind {
        /// The last stored entry.
        acked: u64,
    },
    /// A push does not follow the last one.
    Fork,
    /// A refusal or a protocol response of a library below.
    Other(u16, String),
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        Self::Unavailable(error)
    }
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
            ReportError::OfMachines => Self::OfMachines(error.to_string()),
            ReportError::Sql(_) => Self::BadRequest(vec![FieldError {
                field: "sql".to_owned(),
                code: "refused",
                message: error.to_string(),
            }]),
            ReportError::Unknown { .. } | ReportError::Ambiguous { .. } | ReportError::Forgotten { .. } => {
                Self::Unknown(error.to_string())
            }
        }
    }
}

/// The body of an error: problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
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
    /// All invalid parameters.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
    /// What a program does about it: `behind` or `fork`, of a push; `of_machines`, on a hub on PostgreSQL, where a resource is
    /// only in the databases of the machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    code: Option<&'static str>,
    /// The last stored entry of a journal, with the code `behind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    acked: Option<u64>,
    /// Text for the config file, to be written by hand if the server cannot change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    toml: Option<&'a str>,
}

impl Problem {
    /// Returns the body of the response to a request for a path, with the request's id; `title` is the status
    /// in words.
    #[expect(clippy::missing_panics_doc, reason = "it cannot panic, see `expect`")]
    #[must_use]
    pub fn body(&self, title: &str, path: &str, id: &str) -> String {
        let (detail, errors) = (self.detail(path), self.errors());
        let details = ProblemBody {
            r#type: "about:blank",
            title,
            status: self.status(),
            detail: &one_line(&detail),
            instance: path,
            request_id: id,
            errors: &errors,
            code: match self {
                Self::Behind { .. } => Some("behind"),
                Self::Fork => Some("fork"),
                Self::OfMachines(_) => Some("of_machines"),
                _ => None,
            },
            acked: if let Self::Behind { acked } = self { Some(*acked) } else { None },
            toml: if let Self::Unwritable { toml, .. } = self { Some(toml) } else { None },
        };
        serde_json::to_string(&details).expect("texts and numbers are always JSON")
    }

    /// Returns the invalid parameters, each on one line.
    fn errors(&self) -> Vec<FieldError> {
        let Self::BadRequest(errors) = self else { return Vec::new() };
        let shown = |error: &FieldError| FieldError {
            message: one_line(&error.message).into_owned(),
            ..error.clone()
        };
        errors.iter().map(shown).collect()
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) | Self::Malformed(_) => 400,
            Self::Unauthorized(_) => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound | Self::Unknown(_) | Self::OfMachines(_) => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::NotAcceptable { .. } => 406,
            Self::Timeout(_) => 408,
            Self::TooLarge => 413,
            Self::UriTooLong { .. } => 414,
            Self::UnsupportedMediaType(_) => 415,
            Self::Misdirected(_) => 421,
            Self::TooManyRequests(_) => 429,
            Self::Internal => 500,
            Self::Unavailable(_) | Self::RequestsFull | Self::ResponsesFull | Self::TooManyClients(_) => 503,
            Self::Unwritable { .. } | Self::Behind { .. } | Self::Fork => 409,
            Self::Other(status, _) => *status,
        }
    }

    /// Returns the problem in words, for a request for a path.
    #[must_use]
    pub fn detail(&self, path: &str) -> String {
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
            | Self::OfMachines(detail)
            | Self::Unwritable { message: detail, .. }
            | Self::Other(_, detail) => detail.clone(),
            Self::Behind { acked } => format!("the push begins after entry {acked}, the last one that is stored"),
            Self::Fork => "the push does not follow the last one: two machines have this identity, or one was restored from a backup; \
                 begin another journal with the next epoch"
                .to_owned(),
            Self::NotFound => format!("{path} does not exist"),
            Self::MethodNotAllowed(allowed) => format!("method not allowed for {path}; allowed: {allowed}"),
            Self::NotAcceptable { offered } => format!("{path} is {offered}, which is not accepted"),
            Self::Timeout(patience) => format!("the request was incomplete after {} s", patience.as_secs()),
            Self::TooLarge => format!("the body has more than {MOST_BYTES} bytes"),
            Self::UriTooLong { most_bytes } => format!("the query has more than {most_bytes} bytes"),
            Self::TooManyRequests(wait) => {
                format!("rate limit exceeded; try again in {} s", whole_seconds(*wait))
            }
            Self::Internal => "internal error; the log has details under the request id".to_owned(),
            Self::Unavailable(error) => with_causes(error),
            Self::RequestsFull => "too many long requests at once; try again in 1 s".to_owned(),
            Self::ResponsesFull => "too many unread response bodies; try again in 1 s".to_owned(),
            Self::TooManyClients(most) => {
                format!("the maximum of {most} clients is connected (ws_clients)")
            }
        }
    }

    /// Returns the header with the action for the client.
    #[must_use]
    pub fn header(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Unauthorized(_) => Some(("www-authenticate", "Bearer realm=\"ctm\"".to_owned())),
            Self::MethodNotAllowed(allowed) => Some(("allow", (*allowed).to_owned())),
            Self::TooManyRequests(wait) => Some(("retry-after", whole_seconds(*wait).to_string())),
            Self::RequestsFull | Self::ResponsesFull => Some(("retry-after", "1".to_owned())),
            _ => None,
        }
    }
}

/// The media type of errors.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Returns the wait in whole seconds, rounded up.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_nanos().div_ceil(1_000_000_000).try_into().unwrap_or(u64::MAX)
}
