//! Requests to services and the collector, and their answers.

use crate::address::PrivateAddresses;
use crate::answer::{ServiceAnswer, judged};
use crate::notice::{SendFailure, Sent};
use crate::resolver::{Addresses, Unreachable};
use crate::templates::ServiceRequest;
use ctm_config::channel::HttpKind;
use ctm_types::EpochMs;
use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use ureq::http::{Response, Uri, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

/// The longest that a request takes.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The largest part of an answer that is read, in bytes.
const MOST_ANSWER: u64 = 4 * 1024;

/// Sends requests to the permitted addresses.
pub(crate) struct HttpSender {
    agent: Agent,
}

impl HttpSender {
    pub(crate) fn new(addresses: Addresses, timeout: Duration) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy would resolve the name itself.
            .proxy(None)
            // Each request is resolved and checked on its own.
            .max_idle_connections(0)
            .timeout_global(Some(timeout))
            .accept_encoding("")
            .user_agent(concat!("ctm/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), addresses) }
    }

    /// Sends to the addresses of the system's resolver.
    pub(crate) fn of_system(private: PrivateAddresses) -> Self {
        Self::new(Addresses::of_system(private), TIMEOUT)
    }

    /// Sends a request. Texts of the result may have secrets.
    pub(crate) fn send(
        &self,
        kind: HttpKind,
        request: &ServiceRequest,
        now_ms: EpochMs,
    ) -> Result<Sent, SendFailure> {
        let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let (response, body) = self.post(&request.url, "application/json", headers, &request.body)?;
        let answer = ServiceAnswer {
            status: response.status().as_u16(),
            retry_after_ms: retry_after_ms(&response, now_ms),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        judged(kind, &answer)
    }

    /// Posts a body, and returns the answer with the beginning of its body; what follows is not read, and the connection is closed. Texts
    /// of a failure may have secrets.
    pub(crate) fn post<'a>(
        &self,
        url: &str,
        content_type: &str,
        headers: impl Iterator<Item = (&'a str, &'a str)>,
        body: &[u8],
    ) -> Result<(Response<Body>, Vec<u8>), SendFailure> {
        let mut post = self.agent.post(url).header(header::CONTENT_TYPE, content_type);
        for (name, value) in headers {
            post = post.header(name, value);
        }
        let mut response = post.send(body).map_err(|error| unsent(&error))?;
        let mut beginning = Vec::new();
        // The status was received: a body that ends early changes nothing.
        response.body_mut().as_reader().take(MOST_ANSWER).read_to_end(&mut beginning).ok();
        Ok((response, beginning))
    }
}

/// Returns the wait that a header asks for, in seconds or until a date.
fn retry_after_ms(response: &Response<Body>, now_ms: EpochMs) -> Option<u64> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(seconds.saturating_mul(1_000));
    }
    let at = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let at_ms = EpochMs(i64::try_from(at.as_millis()).ok()?);
    u64::try_from(at_ms.since(now_ms)).ok()
}

fn unsent(error: &ureq::Error) -> SendFailure {
    match error {
        ureq::Error::Other(other) => match other.downcast_ref::<Unreachable>() {
            Some(refused @ Unreachable::Refused(..)) => {
                SendFailure::for_good(format!("is not connected to: {refused}"))
            }
            _ => SendFailure::for_now(format!("cannot be reached: {other}")),
        },
        ureq::Error::Timeout(_) => SendFailure::for_now("does not answer in time"),
        ureq::Error::Http(_) | ureq::Error::BadUri(_) => {
            SendFailure::for_good("is not sent to: the address or a header is not valid")
        }
        other => SendFailure::for_now(format!("cannot be reached: {other}")),
    }
}

/// Returns an address with a scheme and a host and without user and fragment, and whether it is encrypted.
pub(crate) fn parsed(url: &str) -> Option<(Uri, bool)> {
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?.as_str();
    let host = uri.host().unwrap_or_default();
    if host.is_empty() || authority.contains('@') || url.contains('#') || authority.ends_with(':') {
        return None;
    }
    let is_encrypted = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    Some((uri, is_encrypted))
}

/// Returns an address that requests can be sent to, without a trailing slash where a path follows. No error has any of it.
pub(crate) fn checked(kind: HttpKind, url: &str, allow_http: bool) -> Result<String, &'static str> {
    let (uri, is_encrypted) =
        parsed(url).ok_or("is no address; allowed: https, a host, and no user or fragment")?;
    if !is_encrypted && !allow_http {
        return Err("is not encrypted; allowed: https, or http with `allow_http = true`");
    }
    let is_base = matches!(kind, HttpKind::Gotify | HttpKind::Telegram | HttpKind::Ntfy);
    let url = if is_base { url.trim_end_matches('/') } else { url };
    let is_topic = |path: &str| path.rsplit('/').next().is_some_and(|topic| !topic.is_empty());
    if kind == HttpKind::Ntfy && (!is_topic(uri.path().trim_end_matches('/')) || uri.query().is_some()) {
        return Err(
            "has no topic; allowed: the address of a server and a topic, such as https://ntfy.example/topic",
        );
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    fn send(sender: &HttpSender, url: &str) -> Result<Sent, SendFailure> {
        let request = ServiceRequest { url: url.to_owned(), headers: Vec::new(), body: b"{}".to_vec() };
        sender.send(HttpKind::Webhook, &request, EpochMs(0))
    }

    #[test]
    fn the_address_that_was_checked_is_the_one_that_is_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let host = lines.map_while(Result::ok).find(|line| line.to_lowercase().starts_with("host:"));
            stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
            host.unwrap()
        });
        let lookups = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&lookups);
        // A name that has another address each time it is resolved.
        let lookup = move |_: &str| {
            let second = SocketAddr::new([169, 254, 169, 254].into(), 80);
            Ok(vec![if counted.fetch_add(1, Ordering::SeqCst) == 0 { address } else { second }])
        };
        let lookup: crate::resolver::Lookup = Arc::new(lookup);
        let sender = HttpSender::new(
            Addresses::with(Arc::clone(&lookup), PrivateAddresses::of_channel(true)),
            TIMEOUT,
        );
        assert!(send(&sender, "http://hooks.example/a").is_ok());
        assert_eq!(server.join().unwrap().to_lowercase(), "host: hooks.example");
        assert_eq!(lookups.load(Ordering::SeqCst), 1);
        let failure = send(&sender, "http://hooks.example/a").unwrap_err();
        assert!(failure.text.contains("its address 169.254.169.254") && !failure.can_retry, "{failure:?}");
    }

    #[test]
    fn a_private_address_is_refused_before_anything_is_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let sender = HttpSender::of_system(PrivateAddresses::of_channel(false));
        let failure = send(&sender, &format!("http://{}/a", listener.local_addr().unwrap())).unwrap_err();
        assert!(failure.text.contains("its address 127.0.0.1 is private"), "{failure:?}");
        assert!(!failure.can_retry && listener.accept().is_err());
    }

    #[test]
    fn a_service_that_does_not_answer_holds_nothing_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sender = HttpSender::new(
            Addresses::of_system(PrivateAddresses::of_channel(true)),
            Duration::from_millis(100),
        );
        let url = format!("http://{}/a", listener.local_addr().unwrap());
        assert_eq!(send(&sender, &url), Err(SendFailure::for_now("does not answer in time")));
        drop(listener);
        let failure = send(&sender, &url).unwrap_err();
        assert!(failure.can_retry && failure.text.starts_with("cannot be reached: "), "{failure:?}");
    }

    #[test]
    fn an_address_is_encrypted_unless_a_channel_permits_otherwise() {
        let check = |url: &str, allow_http, expected: Result<&str, &str>| match (
            checked(HttpKind::Webhook, url, allow_http),
            expected,
        ) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{url}: {found}"),
            (found, _) => panic!("{url}: {found:?}"),
        };
        check("https://a.example/b?c=d", false, Ok("https://a.example/b?c=d"));
        check("https://[::1]:8443/b/", false, Ok("https://[::1]:8443/b/"));
        check("http://a.example", true, Ok("http://a.example"));
        check("http://a.example", false, Err("`allow_http = true`"));
        for url in
            ["", "a", "/b", "a.example", "https://", "https:///b", "ftp://a.example", "file:///etc/passwd"]
        {
            check(url, true, Err("is no address"));
        }
        for url in ["https://user@a.example", "https://a:b@a.example", "https://a.example/#b", "https://a b"]
        {
            check(url, true, Err("is no address"));
        }
    }

    #[test]
    fn ntfy_needs_a_topic() {
        let check = |url: &str| checked(HttpKind::Ntfy, url, false);
        assert_eq!(check("https://ntfy.sh/topic").as_deref(), Ok("https://ntfy.sh/topic"));
        assert_eq!(check("https://a.example/ntfy/topic/").as_deref(), Ok("https://a.example/ntfy/topic"));
        for url in ["https://ntfy.sh", "https://ntfy.sh/", "https://ntfy.sh/topic?auth=a"] {
            assert!(check(url).unwrap_err().contains("has no topic"), "{url}");
        }
    }
}
