//! Performance targets under load.

use crate::goal::{Bound, Target};
use crate::report::{LoadFigures, QuestionFigures};

/// Prefix of the statistics endpoints, which have targets and are requested in rotation.
const STATISTICS: &str = "/api/v1/stats";

/// Returns whether a path is a statistics endpoint.
pub(super) fn is_statistics(path: &str) -> bool {
    path.strip_prefix(STATISTICS).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the figures that have targets.
pub(super) fn of(load: &LoadFigures) -> Vec<Target> {
    let target = |what: &str, measured, unit, bound| Target { what: what.to_owned(), measured, unit, bound };
    let slowest = |p99_ms: fn(&QuestionFigures) -> Option<f64>, kind, bound| {
        let statistics = load.questions.iter().filter(|question| is_statistics(&question.path));
        let times = statistics.filter_map(|question| Some((p99_ms(question)?, &question.path)));
        let (slowest, path) = times.max_by(|one, other| one.0.total_cmp(&other.0))?;
        Some(target(&format!("p99 of {kind} of {path}, the slowest"), slowest, "ms", Bound::Below(bound)))
    };
    let first = slowest(|question| Some(question.first?.p99_ms), "first responses", 150.0);
    let others = slowest(|question| Some(question.others.latency.p99_ms), "other responses", 20.0);
    let crowd = format!("p99 until the last of {} WebSockets is notified of a line", load.update.clients);
    let mut targets: Vec<_> = others.into_iter().chain(first).collect();
    targets.extend([
        target(
            "all statistics in rotation",
            load.mixed.requests_per_s,
            "requests/s",
            Bound::AtLeast(1_000.0),
        ),
        target(&crowd, load.update.latency.p99_ms, "ms", Bound::Below(100.0)),
    ]);
    let peak = |peak_mb| target("peak memory of the server", peak_mb, "MB", Bound::Below(80.0));
    targets.extend(load.peak_mb.map(peak));
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::report;

    #[test]
    fn only_statistics_have_targets() {
        for (path, expected) in [
            ("/api/v1/stats", true),
            ("/api/v1/stats/daily", true),
            ("/api/v1/statsx", false),
            ("/api/v1/sessions", false),
        ] {
            assert_eq!(is_statistics(path), expected, "{path}");
        }
    }

    #[test]
    fn the_slowest_statistic_counts() {
        let mut load = report().load.unwrap();
        let mut add = |path: &str, p99_ms: f64| {
            let mut question = load.questions[0].clone();
            question.path = path.to_owned();
            question.others.latency.p99_ms = p99_ms;
            load.questions.push(question);
        };
        add("/api/v1/stats/daily", 20.0);
        add("/api/v1/sessions", 70.0);
        let slowest = &of(&load)[0];
        assert_eq!(slowest.what, "p99 of other responses of /api/v1/stats/daily, the slowest");
        assert!(slowest.measured == 20.0 && !slowest.is_met());
    }
}
