//! The families of a text of OpenMetrics as metrics of OTLP.
//!
//! The text is ctm's own: what its encoder never writes, such as exemplars and times of samples, is not read.

use super::messages::{Data, HistogramPoint, KeyValue, Metric, Number, Point};

/// A family: its lines up to those of the next one.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Family<'t> {
    name: &'t str,
    kind: &'t str,
    help: &'t str,
    unit: &'t str,
    samples: Vec<Sample<'t>>,
}

#[derive(Debug, PartialEq)]
struct Sample<'t> {
    name: &'t str,
    labels: Vec<(&'t str, String)>,
    value: &'t str,
}

/// Reads all families, in their order.
pub(super) fn read(open_metrics: &str) -> Vec<Family<'_>> {
    let mut families: Vec<Family<'_>> = Vec::new();
    for line in open_metrics.lines() {
        let described = |prefix| line.strip_prefix(prefix).and_then(|rest: &str| rest.split_once(' '));
        if let Some((name, help)) = described("# HELP ") {
            families.push(Family { name, help, ..Family::default() });
        } else if let Some((name, kind)) = described("# TYPE ") {
            if families.last().is_none_or(|last| last.name != name) {
                families.push(Family { name, ..Family::default() });
            }
            set(&mut families, |last| last.kind = kind);
        } else if let Some((_, unit)) = described("# UNIT ") {
            set(&mut families, |last| last.unit = unit);
        } else if let Some(sample) = sample(line) {
            set(&mut families, |last| last.samples.push(sample));
        }
    }
    families
}

fn set<'t>(families: &mut [Family<'t>], change: impl FnOnce(&mut Family<'t>)) {
    if let Some(last) = families.last_mut() {
        change(last);
    }
}

impl Family<'_> {
    /// Returns the metric, named as its samples are; `None` without a sample.
    pub(super) fn metric(&self, start_ns: u64, time_ns: u64) -> Option<Metric> {
        let named = self.samples.first()?.name;
        let gauge = || self.points(0, time_ns);
        let (name, data) = match self.kind {
            "counter" => (named, Data::sum(self.points(start_ns, time_ns), true)),
            // As the specification of OpenTelemetry has it.
            "info" => (named, Data::sum(self.points(0, time_ns), false)),
            "histogram" => (self.name, Data::histogram(self.histograms(start_ns, time_ns))),
            _ => (named, Data::gauge(gauge())),
        };
        Some(Metric {
            name: name.to_owned(),
            description: self.help.to_owned(),
            unit: ucum(self.unit).to_owned(),
            data: Some(data),
        })
    }

    fn points(&self, start_ns: u64, time_ns: u64) -> Vec<Point> {
        let points = self.samples.iter().map(|sample| Point {
            start_ns,
            time_ns,
            attributes: attributes(&sample.labels),
            number: sample.number(),
        });
        points.collect()
    }

    /// Joins the samples of each histogram: its buckets follow each other, between its sum and count and the next one.
    fn histograms(&self, start_ns: u64, time_ns: u64) -> Vec<HistogramPoint> {
        let mut points: Vec<HistogramPoint> = Vec::new();
        for sample in &self.samples {
            let of: Vec<_> = sample.labels.iter().filter(|(name, _)| *name != "le").cloned().collect();
            let attributes = attributes(&of);
            if points.last().is_none_or(|last| last.attributes != attributes) {
                points.push(HistogramPoint { start_ns, time_ns, attributes, ..HistogramPoint::default() });
            }
            let Some(point) = points.last_mut() else { continue };
            let count = || sample.value.parse().unwrap_or_default();
            match sample.name.strip_prefix(self.name) {
                Some("_sum") => point.sum = sample.value.parse().ok(),
                Some("_count") => point.count = count(),
                Some("_bucket") => point.add(sample.bound(), count()),
                _ => {}
            }
        }
        points
    }
}

impl HistogramPoint {
    /// Adds a bucket with its count, which includes those of all before.
    fn add(&mut self, bound: f64, count: u64) {
        let before: u64 = self.counts.iter().sum();
        self.counts.push(count.saturating_sub(before));
        if bound.is_finite() {
            self.bounds.push(bound);
        }
    }
}

impl Sample<'_> {
    fn number(&self) -> Option<Number> {
        let integer = self.value.parse().ok().map(Number::Integer);
        integer.or_else(|| self.value.parse().ok().map(Number::Double))
    }

    fn bound(&self) -> f64 {
        let bound = self.labels.iter().find(|(name, _)| *name == "le");
        bound.and_then(|(_, text)| text.parse().ok()).unwrap_or(f64::INFINITY)
    }
}

fn attributes(labels: &[(&str, String)]) -> Vec<KeyValue> {
    labels.iter().map(|(name, text)| KeyValue::new(name, text)).collect()
}

/// Reads the line of a sample.
fn sample(line: &str) -> Option<Sample<'_>> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while let Some((name, after)) = rest.split_once("=\"") {
            let (text, after) = quoted(after)?;
            labels.push((name, text));
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None => {
                    rest = after;
                    break;
                }
            }
        }
        rest = rest.strip_prefix('}')?;
    }
    let is_name = !name.is_empty() && !name.starts_with('#');
    is_name.then(|| Sample { name, labels, value: rest.trim() })
}

/// Returns a text up to its closing quotation mark, and what follows that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut unescaped = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((unescaped, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => unescaped.push('\n'),
                other => unescaped.push(other),
            },
            other => unescaped.push(other),
        }
    }
    None
}

/// Returns a unit of OpenMetrics by the code that OpenTelemetry uses.
fn ucum(unit: &str) -> &str {
    match unit {
        "seconds" => "s",
        "bytes" => "By",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn metrics(text: &str) -> Vec<Metric> {
        read(text).iter().filter_map(|family| family.metric(1, 2)).collect()
    }

    fn point(start_ns: u64, labels: &[(&str, &str)], number: Number) -> Point {
        let attributes = labels.iter().map(|(name, text)| KeyValue::new(name, text)).collect();
        Point { start_ns, time_ns: 2, attributes, number: Some(number) }
    }

    fn metric(name: &str, description: &str, unit: &str, data: Data) -> Metric {
        Metric { name: name.into(), description: description.into(), unit: unit.into(), data: Some(data) }
    }

    #[test]
    fn each_family_is_a_metric_with_the_name_of_its_samples() {
        let text = "\
# HELP ctm_tokens Tokens by model.
# TYPE ctm_tokens counter
ctm_tokens_total{model=\"a # TYPE b\\\\c\\\"\\nd,e=f}\",kind=\"input\"} 12
ctm_tokens_total{model=\"b\",kind=\"input\"} 18446744073709551615
# HELP ctm_cost_usd Cost.
# TYPE ctm_cost_usd counter
ctm_cost_usd_total 0.5
# HELP ctm_none Nothing.
# TYPE ctm_none gauge
# HELP ctm_size_bytes Size.
# TYPE ctm_size_bytes gauge
# UNIT ctm_size_bytes bytes
ctm_size_bytes 7
# TYPE ctm_build info
ctm_build_info{version=\"1\"} 1
# EOF
";
        let tokens = vec![
            point(1, &[("model", "a # TYPE b\\c\"\nd,e=f}"), ("kind", "input")], Number::Integer(12)),
            point(1, &[("model", "b"), ("kind", "input")], Number::Double(u64::MAX as f64)),
        ];
        let expected = [
            metric("ctm_tokens_total", "Tokens by model.", "", Data::sum(tokens, true)),
            metric(
                "ctm_cost_usd_total",
                "Cost.",
                "",
                Data::sum(vec![point(1, &[], Number::Double(0.5))], true),
            ),
            metric("ctm_size_bytes", "Size.", "By", Data::gauge(vec![point(0, &[], Number::Integer(7))])),
            metric(
                "ctm_build_info",
                "",
                "",
                Data::sum(vec![point(0, &[("version", "1")], Number::Integer(1))], false),
            ),
        ];
        assert_eq!(metrics(text), expected);
    }

    #[test]
    fn buckets_are_counted_apart() {
        let text = "\
# TYPE ctm_wait_seconds histogram
# UNIT ctm_wait_seconds seconds
ctm_wait_seconds_sum{route=\"/\"} 3.5
ctm_wait_seconds_count{route=\"/\"} 6
ctm_wait_seconds_bucket{le=\"0.5\",route=\"/\"} 1
ctm_wait_seconds_bucket{le=\"1.0\",route=\"/\"} 4
ctm_wait_seconds_bucket{le=\"+Inf\",route=\"/\"} 6
ctm_wait_seconds_sum{route=\"/a\"} 0.0
ctm_wait_seconds_count{route=\"/a\"} 0
ctm_wait_seconds_bucket{le=\"+Inf\",route=\"/a\"} 0
";
        let of = |route, count, sum, counts: &[u64], bounds: &[f64]| HistogramPoint {
            start_ns: 1,
            time_ns: 2,
            count,
            sum: Some(sum),
            counts: counts.to_vec(),
            bounds: bounds.to_vec(),
            attributes: vec![KeyValue::new("route", route)],
        };
        let points = vec![of("/", 6, 3.5, &[1, 3, 2], &[0.5, 1.0]), of("/a", 0, 0.0, &[0], &[])];
        assert_eq!(metrics(text), [metric("ctm_wait_seconds", "", "s", Data::histogram(points))]);
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "([#{}=\",\\\\ a-c\n_]|# TYPE |# HELP |# UNIT |histogram|_bucket|le=){0,60}") {
            metrics(&text);
        }
    }
}
