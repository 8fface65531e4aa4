//! Bodies of requests.

use crate::choose;
use crate::http::ask;

const TARGETS: [(&str, &str, &str); 5] = [
    ("POST", "/api/v1/export", "application/json"),
    ("POST", "/login", "application/json"),
    ("POST", "/login", "application/x-www-form-urlencoded"),
    ("POST", "/api/v1/export", "text/plain"),
    ("PATCH", "/api/v1/projects/rules", "application/json"),
];

/// The first byte selects the route and the content type of the rest.
pub(crate) fn run(input: &[u8]) {
    let Some(((method, path, content_type), body)) = choose(&TARGETS, input) else { return };
    ask(method, path.as_bytes(), Some((content_type, body)));
}
