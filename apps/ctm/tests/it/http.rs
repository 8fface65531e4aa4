//! A client for HTTP that takes every answer as it is.

use crate::running::PATIENCE;
use serde_json::Value;
use ureq::http::{HeaderMap, Request};

/// An answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Returns a header, or nothing where it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// Returns the host and port of an address.
pub(crate) fn host(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches('/')
}

/// Fetches an address.
#[track_caller]
pub(crate) fn get(url: &str) -> Answer {
    request("GET", url, &[])
}

/// Sends a request without a body, by any method and with any headers, and checks the answer
/// against the OpenAPI document.
#[track_caller]
pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE));
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = config.build().new_agent().run(request.body(()).unwrap()).unwrap();
    let (parts, mut body) = response.into_parts();
    let body = body.read_to_string().unwrap();
    let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
    let path =
        url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("/");
    let path = path.split('?').next().unwrap();
    crate::contract::check(method, path, answer.status, answer.header("content-type"), &answer.body);
    answer
}
