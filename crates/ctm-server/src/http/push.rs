//! The paths of machines that push.

use actix_web::http::Method;

/// The path at which a machine without a token enrols.
pub(crate) const ENROLMENT: &str = "/api/v1/push/enrolment";

/// The path at which a token is replaced.
const TOKEN: &str = "/api/v1/push/token";

/// The path of pushes.
const PUSH: &str = "/api/v1/push";

/// Returns whether a path is for machines alone.
pub(crate) fn is_push(path: &str) -> bool {
    path.strip_prefix(PUSH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns whether a path for machines takes a method; the router refuses all others.
pub(crate) fn takes(path: &str, method: &Method) -> bool {
    match *method {
        Method::POST => true,
        Method::GET | Method::HEAD | Method::DELETE => path != ENROLMENT && path != TOKEN,
        _ => false,
    }
}

/// Returns whether the body of a request for a path can be a push, which is longer than others, and compressed.
pub(crate) fn receives_push(path: &str) -> bool {
    path == PUSH
}
