//! Requests to a hub, and its answers.
//!
//! # Design
//!
//! No redirect is followed: a token is for one address. What a hub answers is text of others: it is bounded, and only ever
//! shown on one line.

use crate::error::PushError;
use ctm_facts::{PushHub, RefusedClaim};
use ctm_push_format::{Level, MOST_CLAIMS};
use ctm_push_protocol::{Answer, Hello, Taken};
use ctm_types::printable::{one_line, with_causes};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{Request, Response, StatusCode, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// The longest that a request takes.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The largest answer.
const MOST_ANSWER: u64 = 1 << 20;

/// The longest reason of a hub that is shown.
const MOST_REASON: usize = 200;

/// A hub that requests are sent to.
pub(crate) struct Hub {
    agent: Agent,
    url: String,
    token: Option<String>,
}

/// What a hub answered.
pub(crate) struct Answered {
    /// What it means.
    pub(crate) answer: Answer,
    /// Responses that it refused.
    pub(crate) refused: Vec<RefusedClaim>,
    /// The same for a person, on one line.
    pub(crate) outcome: String,
}

/// An answer as it was received.
struct Received {
    status: StatusCode,
    /// The wait that the hub asks for.
    retry_after_ms: Option<u64>,
    text: String,
}

/// What a machine gets when it is enrolled.
#[derive(Deserialize)]
pub(crate) struct Enrolment {
    pub(crate) token: String,
    pub(crate) pepper: String,
    pub(crate) level: String,
    pub(crate) hub: String,
    pub(crate) epoch: u64,
}

#[derive(Deserialize)]
struct TokenBody {
    token: String,
}

#[derive(Deserialize)]
struct HelloBody {
    versions: Vec<u32>,
    most: usize,
    journal: Option<String>,
    acked: u64,
    level: String,
    again_after_ms: u64,
}

#[derive(Deserialize)]
struct TakenBody {
    acked: u64,
    receipt: String,
    again_after_ms: u64,
    #[serde(default = "most_claims")]
    most: usize,
    #[serde(default)]
    refused: Vec<RefusedBody>,
}

#[derive(Deserialize)]
struct RefusedBody {
    r: u64,
    reason: String,
}

#[derive(Deserialize, Default)]
struct Problem {
    code: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    acked: Option<u64>,
}

fn most_claims() -> usize {
    MOST_CLAIMS
}

impl Hub {
    /// Returns a hub as it was enrolled at.
    pub(crate) fn new(hub: &PushHub, token: Option<String>) -> Result<Self, PushError> {
        let url = crate::address::checked(&hub.url, hub.plain_http)
            .map_err(|reason| PushError::Argument(format!("`{}` {reason}", one_line(&hub.url))))?;
        let roots = match &hub.certificate {
            Some(pem) => RootCerts::from(certificates(pem)?),
            None => RootCerts::PlatformVerifier,
        };
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("ctm-push/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.new_agent(), url, token })
    }

    /// Enrols a machine.
    pub(crate) fn enrol(&self, code: &str, machine: &str, name: &str) -> Result<Enrolment, PushError> {
        let body = serde_json::json!({ "code": code, "machine": machine, "name": name }).to_string();
        let request =
            self.request("POST", "/push/enrolment").header(header::CONTENT_TYPE, "application/json");
        let received = self.send(request.body(body.into_bytes()))?;
        if received.status != StatusCode::OK {
            return Err(self.refusal(&received));
        }
        serde_json::from_str(&received.text).map_err(|_| self.is_no_hub())
    }

    /// Asks where the hub is.
    pub(crate) fn hello(&self) -> Answered {
        let answered = self.send(self.request("GET", "/push").body(Vec::new()));
        self.answered(answered, |text| {
            let HelloBody { versions, most, journal, acked, level, again_after_ms } =
                serde_json::from_str(text).ok()?;
            let level: Level = level.parse().ok()?;
            let hello = Hello { versions, most, journal, acked, level, again_after_ms };
            Some((Answer::Hello(hello), Vec::new()))
        })
    }

    /// Sends a push.
    pub(crate) fn push(&self, body: Vec<u8>) -> Answered {
        let request = self
            .request("POST", "/push")
            .header(header::CONTENT_TYPE, "application/x-ndjson")
            .header(header::CONTENT_ENCODING, "gzip");
        let answered = self.send(request.body(body));
        self.answered(answered, |text| {
            let TakenBody { acked, receipt, again_after_ms, most, refused } =
                serde_json::from_str(text).ok()?;
            let refused = refused
                .into_iter()
                .map(|RefusedBody { r, reason }| RefusedClaim { revision: r, reason: short(&reason) });
            Some((Answer::Taken(Taken { acked, receipt, again_after_ms, most }), refused.collect()))
        })
    }

    /// Returns a token in place of the present one.
    pub(crate) fn rotate(&self) -> Result<String, PushError> {
        let received = self.send(self.request("POST", "/push/token").body(Vec::new()))?;
        if received.status != StatusCode::OK {
            return Err(self.refusal(&received));
        }
        let body: TokenBody = serde_json::from_str(&received.text).map_err(|_| self.is_no_hub())?;
        Ok(body.token)
    }

    /// Deletes all usage of this machine on the hub.
    pub(crate) fn forget(&self) -> Result<(), PushError> {
        let received = self.send(self.request("DELETE", "/push").body(Vec::new()))?;
        match received.status.is_success() || received.status == StatusCode::GONE {
            true => Ok(()),
            false => Err(self.refusal(&received)),
        }
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("{}/api/v1{path}", self.url));
        match &self.token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        }
    }

    fn send(&self, request: ureq::http::Result<Request<Vec<u8>>>) -> Result<Received, PushError> {
        let unreachable = |error: &dyn std::error::Error| {
            PushError::Hub(format!("cannot reach `{}`: {}", one_line(&self.url), short(&with_causes(error))))
        };
        let request = request.map_err(|error| unreachable(&error))?;
        let mut response = self.agent.run(request).map_err(|error| unreachable(&error))?;
        let body = response.body_mut().with_config().limit(MOST_ANSWER).lossy_utf8(true);
        let text = body.read_to_string().map_err(|error| unreachable(&error))?;
        Ok(Received { status: response.status(), retry_after_ms: retry_after_ms(&response), text })
    }

    fn answered(
        &self,
        received: Result<Received, PushError>,
        read: impl FnOnce(&str) -> Option<(Answer, Vec<RefusedClaim>)>,
    ) -> Answered {
        let failed = |error: &PushError| Answered {
            answer: Answer::Failed,
            refused: Vec::new(),
            outcome: error.text(),
        };
        match received {
            Err(error) => failed(&error),
            Ok(Received { status: StatusCode::OK, text, .. }) => match read(&text) {
                Some((answer, refused)) => Answered { answer, refused, outcome: "taken".to_owned() },
                None => failed(&self.is_no_hub()),
            },
            Ok(received) => Answered { answer: refusing(&received), ..failed(&self.refusal(&received)) },
        }
    }

    fn refusal(&self, received: &Received) -> PushError {
        let Problem { title, detail, .. } = received.problem();
        let reason = detail.or(title).map(|reason| format!(": {}", short(&reason))).unwrap_or_default();
        PushError::Hub(format!("`{}` answers {}{reason}", one_line(&self.url), received.status.as_u16()))
    }

    fn is_no_hub(&self) -> PushError {
        PushError::Hub(format!("`{}` does not answer as a hub does", one_line(&self.url)))
    }
}

/// Returns the certificates of a PEM file.
pub(crate) fn certificates(pem: &str) -> Result<Vec<Certificate<'static>>, PushError> {
    let items: Vec<PemItem<'static>> =
        parse_pem(pem.as_bytes()).collect::<Result<_, _>>().map_err(|error| {
            PushError::Argument(format!("the certificate is damaged: {}", one_line(&error.to_string())))
        })?;
    let certificates = items.into_iter().filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    let certificates: Vec<_> = certificates.collect();
    match certificates.is_empty() {
        false => Ok(certificates),
        true => Err(PushError::Argument("the certificate file has no certificate in PEM form".to_owned())),
    }
}

/// Returns what an answer other than 200 means.
fn refusing(received: &Received) -> Answer {
    let Problem { code, detail, acked, .. } = received.problem();
    match (received.status, code.as_deref(), acked) {
        (StatusCode::CONFLICT, Some("fork"), _) => Answer::Fork,
        (StatusCode::CONFLICT, Some("behind"), Some(acked)) => Answer::Behind { acked },
        (StatusCode::GONE, ..) => Answer::Gone,
        (StatusCode::PAYLOAD_TOO_LARGE, ..) => Answer::TooLarge,
        (StatusCode::UPGRADE_REQUIRED, ..) => {
            Answer::Version(short(detail.as_deref().unwrap_or("other versions")))
        }
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, ..) => {
            Answer::Busy { retry_after_ms: received.retry_after_ms }
        }
        _ => Answer::Failed,
    }
}

impl Received {
    fn problem(&self) -> Problem {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

fn retry_after_ms(response: &Response<ureq::Body>) -> Option<u64> {
    let seconds: u64 = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(seconds.saturating_mul(1_000))
}

/// Returns a text of others for one line.
fn short(text: &str) -> String {
    one_line(text).chars().take(MOST_REASON).collect()
}
