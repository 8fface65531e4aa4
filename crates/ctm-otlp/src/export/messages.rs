//! The messages of a request with metrics, numbered as in `opentelemetry/proto`, version 1.

use prost::{Message, Oneof};

/// `AggregationTemporality`: a sum since its start.
const CUMULATIVE: i32 = 2;

/// `ExportMetricsServiceRequest`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Metrics {
    #[prost(message, repeated, tag = "1")]
    resource_metrics: Vec<ResourceMetrics>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceMetrics {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_metrics: Vec<ScopeMetrics>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ScopeMetrics {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    pub(super) metrics: Vec<Metric>,
}

#[derive(Clone, PartialEq, Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Metric {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) description: String,
    #[prost(string, tag = "3")]
    pub(super) unit: String,
    #[prost(oneof = "Data", tags = "5, 7, 9")]
    pub(super) data: Option<Data>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Data {
    #[prost(message, tag = "5")]
    Gauge(Gauge),
    #[prost(message, tag = "7")]
    Sum(Sum),
    #[prost(message, tag = "9")]
    Histogram(Histogram),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Gauge {
    #[prost(message, repeated, tag = "1")]
    points: Vec<Point>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Sum {
    #[prost(message, repeated, tag = "1")]
    points: Vec<Point>,
    #[prost(int32, tag = "2")]
    temporality: i32,
    #[prost(bool, tag = "3")]
    is_monotonic: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Histogram {
    #[prost(message, repeated, tag = "1")]
    points: Vec<HistogramPoint>,
    #[prost(int32, tag = "2")]
    temporality: i32,
}

/// `NumberDataPoint`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Point {
    #[prost(fixed64, tag = "2")]
    pub(super) start_ns: u64,
    #[prost(fixed64, tag = "3")]
    pub(super) time_ns: u64,
    #[prost(message, repeated, tag = "7")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(oneof = "Number", tags = "4, 6")]
    pub(super) number: Option<Number>,
}

#[derive(Clone, Copy, PartialEq, Oneof)]
pub(super) enum Number {
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(sfixed64, tag = "6")]
    Integer(i64),
}

/// `HistogramDataPoint`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct HistogramPoint {
    #[prost(fixed64, tag = "2")]
    pub(super) start_ns: u64,
    #[prost(fixed64, tag = "3")]
    pub(super) time_ns: u64,
    #[prost(fixed64, tag = "4")]
    pub(super) count: u64,
    #[prost(double, optional, tag = "5")]
    pub(super) sum: Option<f64>,
    /// The counts of the buckets, each without those before; one more than bounds.
    #[prost(fixed64, repeated, tag = "6")]
    pub(super) counts: Vec<u64>,
    #[prost(double, repeated, tag = "7")]
    pub(super) bounds: Vec<f64>,
    #[prost(message, repeated, tag = "9")]
    pub(super) attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(string, optional, tag = "1")]
    text: Option<String>,
}

impl Metrics {
    /// Returns the request with the metrics of a scope.
    pub(super) fn of(resource: Resource, scope: ScopeMetrics) -> Self {
        let resource = ResourceMetrics { resource: Some(resource), scope_metrics: vec![scope] };
        Self { resource_metrics: vec![resource] }
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> Vec<&str> {
        let scopes = self.resource_metrics.iter().flat_map(|of| &of.scope_metrics);
        scopes.flat_map(|of| &of.metrics).map(|metric| metric.name.as_str()).collect()
    }
}

impl Data {
    pub(super) fn gauge(points: Vec<Point>) -> Self {
        Self::Gauge(Gauge { points })
    }

    pub(super) fn sum(points: Vec<Point>, is_monotonic: bool) -> Self {
        Self::Sum(Sum { points, temporality: CUMULATIVE, is_monotonic })
    }

    pub(super) fn histogram(points: Vec<HistogramPoint>) -> Self {
        Self::Histogram(Histogram { points, temporality: CUMULATIVE })
    }
}

impl KeyValue {
    pub(super) fn new(key: &str, text: &str) -> Self {
        Self { key: key.to_owned(), value: Some(AnyValue { text: Some(text.to_owned()) }) }
    }
}

/// Returns what sends the metrics, by the conventions of OpenTelemetry.
pub(super) fn resource(version: &str, machine: Option<&str>) -> Resource {
    let service = [("service.name", "ctm"), ("service.version", version)].into_iter();
    let all = service.chain(machine.map(|machine| ("service.instance.id", machine)));
    Resource { attributes: all.map(|(key, text)| KeyValue::new(key, text)).collect() }
}

/// Returns the scope, without metrics.
pub(super) fn scope(version: &str) -> ScopeMetrics {
    let scope = Scope { name: "ctm".to_owned(), version: version.to_owned() };
    ScopeMetrics { scope: Some(scope), metrics: Vec::new() }
}
