//! Bodies of requests.

use crate::choose;
use crate::http::ask;

const TARGETS: [(&str, &str); 4] = [
    ("/api/v1/export", "application/json"),
    ("/login", "application/json"),
    ("/login", "application/x-www-form-urlencoded"),
    ("/api/v1/export", "text/plain"),
];

/// The first byte says where the others are sent, and as what.
pub(crate) fn run(input: &[u8]) {
    let Some(((path, content_type), body)) = choose(&TARGETS, input) else { return };
    ask("POST", path.as_bytes(), Some((content_type, body)));
}
