//! The figures of a server under load as tables.

use super::targets;
use crate::goal::Target;
use crate::report::{LoadFigures, QuestionFigures};
use crate::section::{Place, Section, count, head};

/// Returns the table of targets and the table of all requests.
pub(crate) fn sections(load: &LoadFigures) -> [Section; 2] {
    [
        Section {
            place: Place::Load,
            title: format!(
                "{} responses on {} days, {} requests at a time, {} WebSockets",
                count(load.responses),
                load.days,
                load.requests_at_a_time,
                load.watchers
            ),
            head: head(["under load", "measured", "target", "met"]),
            rows: targets::of(load).iter().map(Target::row).collect(),
        },
        Section {
            place: Place::Load,
            title: "Every request: first responses after a new line, and other responses".to_owned(),
            head: head([
                "request",
                "size",
                "first p50",
                "first p99",
                "other p50",
                "other p99",
                "other per second",
            ]),
            rows: load.questions.iter().map(question).collect(),
        },
    ]
}

fn question(asked: &QuestionFigures) -> Vec<String> {
    let milliseconds = |figure: f64| format!("{figure:.2} ms");
    let first = asked.first.map(|first| [first.p50_ms, first.p99_ms].map(milliseconds));
    let others = &asked.others;
    let mut row = vec![asked.path.clone(), format!("{} kB", asked.bytes.div_ceil(1000))];
    row.extend(first.unwrap_or_default());
    row.extend([others.latency.p50_ms, others.latency.p99_ms].map(milliseconds));
    row.push(format!("{:.0}", others.requests_per_s));
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::report;

    fn rows(section: &Section) -> Vec<String> {
        let table = section.table();
        let cells = |row: &str| row.split('|').map(str::trim).collect::<Vec<_>>().join("|");
        table.lines().skip(2).map(cells).collect()
    }

    #[test]
    fn figures_are_shown_with_their_targets() {
        let mut load = report().load.unwrap();
        load.peak_mb = Some(80.5);
        let [targets, _] = sections(&load);
        let expected = [
            "|p99 of other responses of /api/v1/stats, the slowest|1.50 ms|< 20 ms|yes|",
            "|p99 of first responses of /api/v1/stats, the slowest|1.50 ms|< 150 ms|yes|",
            "|all statistics in rotation|2000.0 requests/s|>= 1000 requests/s|yes|",
            "|p99 until the last of 500 WebSockets is notified of a line|1.50 ms|< 100 ms|yes|",
            "|peak memory of the server|80.5 MB|< 80 MB|**no**|",
        ];
        assert_eq!(rows(&targets), expected);
    }

    #[test]
    fn requests_without_first_responses_have_empty_cells() {
        let mut load = report().load.unwrap();
        let health = QuestionFigures { first: None, ..load.questions[0].clone() };
        load.questions.push(health);
        let [_, questions] = sections(&load);
        let expected = [
            "|/api/v1/stats|2 kB|1.50 ms|1.50 ms|1.50 ms|1.50 ms|2000|",
            "|/api/v1/stats|2 kB|||1.50 ms|1.50 ms|2000|",
        ];
        assert_eq!(rows(&questions), expected);
    }
}
