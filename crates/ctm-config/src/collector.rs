//! The collector that is sent ctm's own metrics, as the settings have it.

use crate::secret::Secret;
use std::time::Duration;

/// A collector that receives metrics over OTLP/HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorSettings {
    /// The address, without anything that is secret.
    pub url: String,
    /// Headers of each request: lower-case names with their values.
    pub headers: Vec<(String, Secret)>,
    /// Time between two requests.
    pub interval: Duration,
    /// Whether the address may be one of a private network or this machine.
    pub allow_private: bool,
    /// Whether the address may be without encryption.
    pub allow_http: bool,
}
