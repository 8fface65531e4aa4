//! ctm's own metrics as OTLP: a request to a collector, and its answer.
//!
//! # Design
//!
//! The request is derived from the text of OpenMetrics that `/metrics` serves, family by family, so that no metric is
//! written twice: each is named as its samples are named there. [`MetricsRequest`] has the few messages of
//! `opentelemetry/proto` that it needs.

mod families;
mod messages;

use crate::status::Response;
use messages::{Metrics, ScopeMetrics, resource, scope};
use prost::Message;

/// The media type of requests and answers.
pub const MEDIA_TYPE: &str = "application/x-protobuf";

/// Metrics that are sent together.
pub struct MetricsRequest {
    resource: messages::Resource,
    scope: ScopeMetrics,
    time_ns: u64,
}

/// Points that a collector rejects of a request that it accepts.
#[derive(Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The number of points that were rejected; 0 with a text is a warning.
    pub points: i64,
    /// Why.
    pub message: String,
}

impl MetricsRequest {
    /// Begins a request: of this version of ctm, on this machine if it has a name, and at a time in UTC epoch milliseconds.
    #[must_use]
    pub fn new(version: &str, machine: Option<&str>, now_ms: i64) -> Self {
        Self { resource: resource(version, machine), scope: scope(version), time_ns: nanoseconds(now_ms) }
    }

    /// Adds the metrics of a text of OpenMetrics. Their sums begin at `since_ms`, in UTC epoch milliseconds; without it that is unknown,
    /// as of sums of all that is stored.
    pub fn add(&mut self, open_metrics: &str, since_ms: Option<i64>) {
        let since_ns = since_ms.map_or(0, nanoseconds);
        let families = families::read(open_metrics);
        let metrics = families.iter().filter_map(|family| family.metric(since_ns, self.time_ns));
        self.scope.metrics.extend(metrics);
    }

    /// Returns the body in protobuf.
    #[must_use]
    pub fn body(self) -> Vec<u8> {
        Metrics::of(self.resource, self.scope).encode_to_vec()
    }
}

/// Returns the rejected points by the body of an answer, if it has any; a body in another form has none.
#[must_use]
pub fn rejected(answer: &[u8]) -> Option<Rejected> {
    let partial = Response::decode(answer).ok()?.partial_success?;
    let rejected = Rejected { points: partial.rejected, message: partial.error_message };
    (rejected.points != 0 || !rejected.message.is_empty()).then_some(rejected)
}

/// Returns a time in nanoseconds; 0, which is unknown, before 1970.
fn nanoseconds(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or_default().saturating_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Encoding;
    use crate::metrics::count;
    use crate::status::accepted;

    const TEXT: &str = "\
# HELP ctm_tokens Tokens by model.
# TYPE ctm_tokens counter
ctm_tokens_total{model=\"a\"} 12
# TYPE ctm_build info
ctm_build_info{version=\"1\"} 1
# EOF
";

    #[test]
    fn a_request_is_what_a_receiver_reads() {
        let mut request = MetricsRequest::new("1.2.3", Some("desk"), 2_000);
        request.add(TEXT, None);
        request.add("# TYPE ctm_up gauge\nctm_up 1\n", Some(1_000));
        let body = request.body();
        assert_eq!(count(&body, Encoding::Protobuf), Ok(3));
        let metrics = Metrics::decode(&body[..]).unwrap();
        assert_eq!(metrics.names(), ["ctm_tokens_total", "ctm_build_info", "ctm_up"]);
        // The first bytes as `opentelemetry/proto` has them: `resource_metrics`, `resource`, `attributes`, `key`.
        let [first, _, _, resource, _, attribute, _, key, length, ..] = body[..] else { panic!("{body:?}") };
        assert_eq!([first, resource, attribute, key, length], [0x0a, 0x0a, 0x0a, 0x0a, 12]);
        assert_eq!(&body[9..21], b"service.name");
    }

    #[test]
    fn an_answer_says_what_was_not_taken() {
        let answer = |rejected, message: Option<&str>| {
            super::rejected(&accepted(Encoding::Protobuf, rejected, message.map(str::to_owned)))
        };
        assert_eq!(answer(0, None), None);
        assert_eq!(answer(0, Some("")), None);
        let expected = Rejected { points: 2, message: "no".to_owned() };
        assert_eq!(answer(2, Some("no")), Some(expected));
        assert_eq!(rejected(b"<html>"), None);
    }
}
