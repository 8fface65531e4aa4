//! The server over HTTP: Streamable HTTP without sessions, where each request is answered by itself.
//!
//! # Design
//!
//! Requests and answers are plain texts and bytes, because the server of the program and `rmcp` use different versions of
//! the same types. Hosts, origins and the token are checked before.

use crate::answer::Reports;
use crate::server::{McpServer, Refresh};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use std::fmt;
use std::sync::Arc;

/// A request.
#[derive(Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// Names and values of headers.
    pub headers: Vec<(&'a str, &'a [u8])>,
    /// The whole body.
    pub body: Bytes,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names and values of headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole body.
    pub body: Bytes,
}

/// Facts that something else keeps up to date.
#[derive(Debug, Clone, Copy)]
struct UpToDate;

impl Refresh for UpToDate {
    async fn refresh(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Answers requests of clients.
#[derive(Clone)]
pub struct McpService(StreamableHttpService<McpServer<UpToDate>, NeverSessionManager>);

impl fmt::Debug for McpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpService").finish_non_exhaustive()
    }
}

impl McpService {
    /// Creates a service that answers from reports, whose facts are kept up to date.
    #[must_use]
    pub fn new(reports: Reports) -> Self {
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_sse_keep_alive(None)
            .disable_allowed_hosts();
        let server = move || Ok(McpServer::new(reports.clone(), UpToDate));
        Self(StreamableHttpService::new(server, Arc::new(NeverSessionManager::default()), config))
    }

    /// Answers a request. An invalid one gets the status of its fault.
    pub async fn answer(&self, request: Request<'_>) -> Answer {
        let mut parts = http::Request::builder().method(request.method).uri("/mcp");
        for (name, value) in request.headers {
            parts = parts.header(name, value);
        }
        let Ok(request) = parts.body(Full::new(request.body)) else {
            return Answer { status: 400, headers: Vec::new(), body: Bytes::from_static(b"invalid headers") };
        };
        let (head, body) = self.0.handle(request).await.into_parts();
        let Ok(body) = body.collect().await;
        let named = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), value.as_bytes().to_vec())
        };
        Answer {
            status: head.status.as_u16(),
            headers: head.headers.iter().map(named).collect(),
            body: body.to_bytes(),
        }
    }
}
