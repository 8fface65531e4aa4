//! The text format 0.0.4 of Prometheus, which clients read that do not know OpenMetrics.
//!
//! # Design
//!
//! Both formats have the same samples. They differ in the lines before them: the text format names a metric as its samples
//! are named, has no units, no type for information, and no end. So it is derived from OpenMetrics, line by line, and
//! no metric is written twice.

/// The media type of the text format.
pub const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Returns a text of OpenMetrics in the text format.
#[must_use]
pub fn text_format(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    let mut help = None;
    for line in open_metrics.lines() {
        if let Some(described) = line.strip_prefix("# HELP ") {
            help = described.split_once(' ');
        } else if let Some((name, kind)) = typed(line) {
            let (ending, kind) = in_text_format(kind);
            if let Some((_, help)) = help.take().filter(|(of, _)| *of == name) {
                text.push_str(&format!("# HELP {name}{ending} {help}\n"));
            }
            text.push_str(&format!("# TYPE {name}{ending} {kind}\n"));
        } else if !line.starts_with('#') {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Returns the name and the type that a line declares.
fn typed(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("# TYPE ")?.split_once(' ')
}

/// Returns the ending of the samples of a type, and the type in the text format.
fn in_text_format(kind: &str) -> (&'static str, &str) {
    match kind {
        "counter" => ("_total", "counter"),
        "info" => ("_info", "gauge"),
        "unknown" => ("", "untyped"),
        other => ("", other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_the_same_and_described_by_their_names() {
        let open_metrics = "\
# HELP ctm_tokens Tokens by model and kind.
# TYPE ctm_tokens counter
ctm_tokens_total{model=\"# TYPE a\\nb\",kind=\"input\"} 12
# HELP ctm_build Version of the program.
# TYPE ctm_build info
ctm_build_info{version=\"1\"} 1
# HELP ctm_wait_seconds Time to answer.
# TYPE ctm_wait_seconds histogram
# UNIT ctm_wait_seconds seconds
ctm_wait_seconds_bucket{le=\"+Inf\"} 3
# TYPE ctm_odd unknown
ctm_odd 1.5
# EOF
";
        let expected = "\
# HELP ctm_tokens_total Tokens by model and kind.
# TYPE ctm_tokens_total counter
ctm_tokens_total{model=\"# TYPE a\\nb\",kind=\"input\"} 12
# HELP ctm_build_info Version of the program.
# TYPE ctm_build_info gauge
ctm_build_info{version=\"1\"} 1
# HELP ctm_wait_seconds Time to answer.
# TYPE ctm_wait_seconds histogram
ctm_wait_seconds_bucket{le=\"+Inf\"} 3
# TYPE ctm_odd untyped
ctm_odd 1.5
";
        assert_eq!(text_format(open_metrics), expected);
    }
}
