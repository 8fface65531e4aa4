//! The collector that is sent ctm's own metrics: as a channel, but for what is sent.

use crate::address::PrivateAddresses;
use crate::http::{HttpSender, parsed};
use crate::redaction::Redaction;
use ctm_config::collector::CollectorSettings;
use ctm_config::secret::Secret;
use ctm_types::printable::one_line;
use std::fmt;

/// The shortest word of a header that is a secret of its own: shorter ones are words such as `Bearer`.
const SHORTEST_SECRET: usize = 8;

/// A collector that can be sent to.
pub struct Collector {
    url: String,
    headers: Vec<(String, Secret)>,
    sender: HttpSender,
    redaction: Redaction,
}

/// A collector that cannot be sent to as it is configured.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectorError {
    /// The address cannot be one.
    #[error("the setting `otlp_export` is no address; allowed: https, a host, and no user or fragment")]
    Address,
    /// The address is without encryption.
    #[error(
        "the setting `otlp_export` is not encrypted; allowed: https, or http with `otlp_export_allow_http = true`"
    )]
    Unencrypted,
}

impl Collector {
    /// Checks the values of a collector; nothing is connected to.
    ///
    /// # Errors
    ///
    /// Fails when the address is not allowed.
    pub fn open(settings: &CollectorSettings) -> Result<Self, CollectorError> {
        let (_, is_encrypted) = parsed(&settings.url).ok_or(CollectorError::Address)?;
        if !is_encrypted && !settings.allow_http {
            return Err(CollectorError::Unencrypted);
        }
        Ok(Self {
            url: settings.url.clone(),
            headers: settings.headers.clone(),
            sender: HttpSender::of_system(PrivateAddresses::of_collector(settings.allow_private)),
            redaction: Redaction::of(&secrets(&settings.headers), None),
        })
    }

    /// Returns the address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a body and waits for the end, a minute at most. Returns the beginning of the answer's body.
    ///
    /// # Errors
    ///
    /// Fails with the reason, in one line and without secrets, when it is not known that the body was accepted.
    pub fn send(&self, media_type: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        let headers = self.headers.iter().map(|(name, value)| (&**name, value.expose()));
        let sent = self.sender.post(&self.url, media_type, headers, body);
        let (response, answer) = sent.map_err(|failure| self.shown(&failure.text))?;
        match response.status().as_u16() {
            200..=299 => Ok(answer),
            status @ 300..=399 => {
                Err(format!("answers {status}: redirects are not followed; specify the address itself"))
            }
            status => Err(self.shown(&refused(status, &String::from_utf8_lossy(&answer)))),
        }
    }

    /// Returns a text of the collector for one line, without secrets.
    #[must_use]
    pub fn shown(&self, text: &str) -> String {
        self.redaction.shown(text)
    }
}

/// Returns the values of headers and the words in them: one of `Bearer KEY` is the secret itself.
fn secrets(headers: &[(String, Secret)]) -> Vec<Secret> {
    let words =
        |value: &Secret| value.expose().split_whitespace().filter_map(Secret::parse).collect::<Vec<_>>();
    let is_secret = |word: &Secret| word.expose().len() >= SHORTEST_SECRET;
    let words = headers.iter().flat_map(|(_, value)| words(value)).filter(is_secret);
    headers.iter().map(|(_, value)| value.clone()).chain(words).collect()
}

/// Returns what a status and a body mean. A body in protobuf has the reason among bytes that are no text.
fn refused(status: u16, body: &str) -> String {
    let is_text = |char: &char| !char.is_control() && *char != char::REPLACEMENT_CHARACTER;
    let body: String = body.chars().filter(is_text).collect();
    match body.trim() {
        "" => format!("answers {status}"),
        body => format!("answers {status}: {}", one_line(body)),
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("url", &self.url).finish_non_exhaustive()
    }
}
