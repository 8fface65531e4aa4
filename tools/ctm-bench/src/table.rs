//! Figures as tables, for the terminal and for documents alike.

use super::count::{KINDS, shown};
use super::load;
use super::report::{CommandFigures, CostFigures, HomeFigures, Report, ReportFigures, RunFigures};
use super::section::{Place, Section, count, head, spread};
use super::statistics::Latency;
use super::telemetry;

/// Returns the tables of all figures that there are.
pub(crate) fn sections(report: &Report) -> Vec<Section> {
    let homes = report.homes.iter().filter(|home| !home.commands.is_empty());
    let mut sections: Vec<_> =
        homes.flat_map(|home| std::iter::once(commands(home)).chain(errors(home))).collect();
    sections.extend((!report.updates.is_empty()).then(|| updates(report)));
    sections.extend(idle(report));
    sections.extend((!report.databases.is_empty()).then(|| rest(report)));
    sections.extend(insight(report));
    sections.extend(report.load.iter().flat_map(load::sections));
    sections.extend(telemetry::section(&report.telemetry));
    sections.extend((!report.costs.is_empty()).then(|| costs(report)));
    sections
}

fn commands(home: &HomeFigures) -> Section {
    let runs = home.commands.iter().map(|command| command.runs).max().unwrap_or_default();
    let missed =
        home.floor_misses_percent.map(|percent| format!("; the floor misses {percent:.2} % of the tokens"));
    Section {
        place: Place::Commands,
        title: format!(
            "{}; medians of {runs} runs (least to most){}",
            size(home),
            missed.unwrap_or_default()
        ),
        head: head([
            "case",
            "wall",
            "answer",
            "CPU",
            "peak memory",
            "wall times",
            "CPU times",
            "database",
            "written",
        ]),
        rows: home.commands.iter().map(command).collect(),
    }
}

/// Returns the table of what other programs counted wrong.
fn errors(home: &HomeFigures) -> Option<Section> {
    let row = |figures: &CommandFigures| {
        let errors = figures.errors?;
        let kinds = errors.kinds_percent.map(shown);
        Some([vec![figures.case.clone()], kinds.into(), vec![errors.exact_days()]].concat())
    };
    let rows: Vec<_> = home.commands.iter().filter_map(row).collect();
    let [input, output, cache_read, cache_write] = KINDS;
    let head = head(["program", input, output, cache_read, cache_write, "days exact"]);
    let title = format!("{}; errors of other programs", size(home));
    (!rows.is_empty()).then_some(Section { place: Place::Commands, title, head, rows })
}

/// Describes the size of a home.
pub(crate) fn size(home: &HomeFigures) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for showing only")]
    let gigabytes = home.bytes as f64 / 1e9;
    format!("{gigabytes:.2} GB, {} transcripts, {} responses", count(home.files), count(home.responses))
}

fn command(figures: &CommandFigures) -> Vec<String> {
    let times = |times: Option<f64>| match (&figures.base, times) {
        (Some(base), Some(times)) => format!("{times:.2} × {base}"),
        _ => String::new(),
    };
    vec![
        figures.case.clone(),
        spread(figures.wall_s, 3, "s"),
        figures.answer_s.map_or_else(String::new, |answer| format!("{:.3} s", answer.median)),
        spread(figures.cpu_s, 3, "s"),
        spread(figures.peak_mb, 1, "MB"),
        times(figures.wall_to_base),
        times(figures.cpu_to_base),
        figures.database_percent.map_or_else(String::new, |percent| format!("{percent:.1} %")),
        figures.written_to_database.map_or_else(String::new, |times| format!("{times:.1} × database")),
    ]
}

fn updates(report: &Report) -> Section {
    let row = |clients: usize, latency: Latency| {
        let percentiles = [latency.p50_ms, latency.p95_ms, latency.p99_ms, latency.max_ms];
        let mut row = vec![clients.to_string(), latency.count.to_string()];
        row.extend(percentiles.map(|percentile| format!("{percentile:.1} ms")));
        row
    };
    Section {
        place: Place::Updates,
        title: "Time from a line in a transcript to the notification of the last client".to_owned(),
        head: head(["clients", "lines", "p50", "p95", "p99", "worst"]),
        rows: report.updates.iter().map(|update| row(update.clients, update.latency)).collect(),
    }
}

fn idle(report: &Report) -> Option<Section> {
    let idle = report.idle.as_ref()?;
    Some(Section {
        place: Place::Idle,
        title: "Idle server".to_owned(),
        head: head(["time", "CPU", "of a core", "resident memory"]),
        rows: vec![vec![
            format!("{} s", idle.seconds),
            format!("{:.2} s", idle.cpu_s),
            format!("{:.2} %", idle.core_percent),
            format!("{:.1} MB", idle.resident_mb),
        ]],
    })
}

fn rest(report: &Report) -> Section {
    let milliseconds = |figure: f64| format!("{figure:.2} ms");
    let mut rows = Vec::new();
    for database in &report.databases {
        for endpoint in &database.endpoints {
            let (cold, warm) = (endpoint.cold, endpoint.warm);
            let mut row = vec![
                endpoint.path.split('?').next().unwrap_or_default().to_owned(),
                count(database.responses),
                format!("{} kB", endpoint.bytes.div_ceil(1000)),
            ];
            row.extend([cold.p50_ms, cold.p99_ms, warm.p50_ms, warm.p99_ms].map(milliseconds));
            rows.push(row);
        }
    }
    Section {
        place: Place::Rest,
        title: "REST, all time: first response with a new line, and other responses".to_owned(),
        head: head(["request", "responses", "size", "first p50", "first p99", "other p50", "other p99"]),
        rows,
    }
}

fn insight(report: &Report) -> Option<Section> {
    let row = |responses: u64, of: &ReportFigures| {
        vec![
            of.path.split('?').next().unwrap_or_default().to_owned(),
            count(responses),
            format!("{} kB", of.bytes.div_ceil(1000)),
            format!("{:.0} ms", of.first_ms),
            format!("{:.2} ms", of.others.p50_ms),
            format!("{:.2} ms", of.others.p99_ms),
            of.peak_mb.map_or_else(String::new, |peak| format!("{peak:.0} MB")),
        ]
    };
    let databases = report.databases.iter();
    let rows: Vec<_> = databases
        .flat_map(|database| database.reports.iter().map(|of| row(database.responses, of)))
        .collect();
    (!rows.is_empty()).then(|| Section {
        place: Place::Insight,
        title: "Reports that explain usage: first request, other requests, and memory of the server"
            .to_owned(),
        head: head(["request", "responses", "size", "first", "other p50", "other p99", "peak memory"]),
        rows,
    })
}

fn costs(report: &Report) -> Section {
    let cells = |run: RunFigures| [format!("{:.2} s", run.wall_s), format!("{:.0} MB", run.peak_mb)];
    let row = |costs: &CostFigures| {
        let named = [costs.what.clone(), count(costs.count)];
        [named, cells(costs.first), cells(costs.again)].concat()
    };
    Section {
        place: Place::Costs,
        title: "`ctm daily` on a home with many items of one kind".to_owned(),
        head: head(["item", "number", "new database", "peak memory", "nothing new", "peak memory"]),
        rows: report.costs.iter().map(row).collect(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::count::Errors;
    use crate::report::{
        CostFigures, DatabaseFigures, EndpointFigures, IdleFigures, LoadFigures, QuestionFigures, RunFigures,
        TelemetryFigures, Traffic, UpdateFigures,
    };
    use crate::statistics::Spread;

    fn same(figure: f64) -> Spread {
        Spread { median: figure, min: figure, max: figure }
    }

    /// A report with one of everything.
    pub(crate) fn report() -> Report {
        let latency = Latency::of(vec![1.5]).unwrap();
        let commands = vec![CommandFigures {
            case: "cold".to_owned(),
            runs: 5,
            wall_s: Spread { median: 2.5, min: 2.0, max: 3.0 },
            cpu_s: same(3.0),
            peak_mb: same(100.0),
            answer_s: Some(same(2.25)),
            base: Some("floor".to_owned()),
            wall_to_base: Some(12.5),
            cpu_to_base: Some(6.25),
            database_percent: Some(3.0),
            written_to_database: Some(3.5),
            errors: Some(Errors {
                kinds_percent: [Some(0.0), Some(-2.0), Some(0.0), Some(0.0)],
                tokens_percent: Some(-0.5),
                days_exact: 3,
                days: 4,
                days_made_up: 0,
                cost_percent: None,
            }),
        }];
        let endpoint = EndpointFigures {
            path: "/api/v1/stats?range=all".to_owned(),
            bytes: 1_001,
            cold: latency,
            warm: latency,
        };
        let insight = ReportFigures {
            path: "/api/v1/drivers?range=all".to_owned(),
            bytes: 1_001,
            first_ms: 950.4,
            others: latency,
            peak_mb: Some(60.25),
        };
        let traffic = Traffic { seconds: 2.0, requests_per_s: 2_000.0, latency };
        let question = QuestionFigures {
            path: "/api/v1/stats".to_owned(),
            address: "/api/v1/stats?range=all".to_owned(),
            bytes: 1_001,
            first: Some(latency),
            others: traffic.clone(),
        };
        let load = LoadFigures {
            responses: 300_000,
            days: 365,
            requests_at_a_time: 50,
            watchers: 100,
            questions: vec![question],
            mixed: traffic,
            update: UpdateFigures { clients: 500, latency },
            peak_mb: Some(60.0),
        };
        Report {
            date: "2026-11-23".to_owned(),
            machine: "2 cores".to_owned(),
            version: "ctm 0.1.0".to_owned(),
            left_out: Vec::new(),
            homes: vec![HomeFigures {
                bytes: 1_000_000_000,
                files: 1_300,
                responses: 56_000,
                floor_misses_percent: None,
                commands,
            }],
            updates: vec![UpdateFigures { clients: 100, latency }],
            idle: Some(IdleFigures { seconds: 60, cpu_s: 0.03, core_percent: 0.05, resident_mb: 20.0 }),
            databases: vec![DatabaseFigures {
                responses: 1_000_000,
                endpoints: vec![endpoint],
                reports: vec![insight],
            }],
            load: Some(load),
            telemetry: vec![TelemetryFigures {
                encoding: "http/json".to_owned(),
                record_bytes: 1_500.0,
                offered_per_s: 5_000.0,
                seconds: 30.0,
                answers: latency,
                core_percent: Some(40.0),
                most_per_s: same(20_000.0),
                peak_mb: Some(50.0),
            }],
            costs: vec![CostFigures {
                what: "lines".to_owned(),
                count: 5_000,
                first: RunFigures { wall_s: 1.5, peak_mb: 20.25 },
                again: RunFigures { wall_s: 0.125, peak_mb: 10.0 },
            }],
        }
    }

    #[test]
    fn every_figure_is_shown() {
        let check = |place: Place, expected: &str| {
            let sections = sections(&report());
            let section = sections.iter().find(|section| section.place == place).unwrap();
            let table = section.table();
            let row = table.lines().last().unwrap();
            assert_eq!(row.split('|').map(str::trim).collect::<Vec<_>>().join("|"), expected);
        };
        check(
            Place::Commands,
            "|cold|2.500 s (2.000 to 3.000)|2.250 s|3.000 s (3.000 to 3.000)|100.0 MB (100.0 to 100.0)|12.50 × floor|6.25 × floor|3.0 %|3.5 × database|",
        );
        let errors = errors(&report().homes[0]).unwrap().rows.concat().join("|");
        assert_eq!(errors, "cold|exact|-2.000 %|exact|exact|3 of 4");
        check(Place::Updates, "|100|1|1.5 ms|1.5 ms|1.5 ms|1.5 ms|");
        check(Place::Costs, "|lines|5,000|1.50 s|20 MB|0.12 s|10 MB|");
        check(
            Place::Telemetry,
            "|http/json|1500 B|1.5 ms|1.5 ms|40 %|20000 records/s (20000 to 20000)|4.0 ×|50 MB|",
        );
        check(Place::Idle, "|60 s|0.03 s|0.05 %|20.0 MB|");
        check(Place::Insight, "|/api/v1/drivers|1,000,000|2 kB|950 ms|1.50 ms|1.50 ms|60 MB|");
        check(Place::Rest, "|/api/v1/stats|1,000,000|2 kB|1.50 ms|1.50 ms|1.50 ms|1.50 ms|");
    }
}
