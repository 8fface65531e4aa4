//! What happens to requests, counted.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// Why writing to a text cannot fail.
pub(crate) const TAKES_ALL: &str = "a text takes all that is written";

/// What happens to requests.
#[derive(Debug)]
pub(crate) struct HttpMetrics {
    durations: Family<RequestLabels, Histogram, fn() -> Histogram>,
    registry: Registry,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    /// The pattern of the route, of which there are few, rather than the path.
    route: String,
    status: u16,
}

impl Default for HttpMetrics {
    fn default() -> Self {
        // From half a millisecond to eight seconds.
        let durations: Family<RequestLabels, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0005, 2.0, 15)));
        let mut registry = new_registry();
        let help = "Time until a request was answered";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, durations.clone());
        Self { durations, registry }
    }
}

impl HttpMetrics {
    /// Counts a request that was answered.
    pub(super) fn observe(&self, method: &str, route: Option<String>, status: u16, took: Duration) {
        // A client can make up any method, and any path that leads nowhere.
        let known = ["GET", "HEAD", "POST", "OPTIONS"].into_iter().find(|known| *known == method);
        let labels = RequestLabels {
            method: known.unwrap_or("other").to_owned(),
            route: route.unwrap_or_else(|| "none".to_owned()),
            status,
        };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Returns the counts as text.
    pub(crate) fn encoded(&self) -> String {
        encoded(&self.registry)
    }
}

pub(crate) fn new_registry() -> Registry {
    Registry::with_prefix("ctm")
}

pub(crate) fn encoded(registry: &Registry) -> String {
    let mut text = String::new();
    encode_registry(&mut text, registry).expect(TAKES_ALL);
    text
}
