//! `cargo bench-ctm`: how fast the program is, and how near to the least that is possible.
//!
//! - [`contest`]: commands on homes, one against the other, as [`measure`] takes them;
//! - [`watchers`], [`api`], [`insight`], [`idle`]: a server that is up to date, its REST interface, its reports that
//!   explain usage, and its idle consumption, by [`procfs`];
//! - [`load`]: a server with many requests and subscribers;
//! - [`telemetry`]: a server that receives telemetry;
//! - [`costs`]: homes with many items of one kind;
//! - [`programs`]: the measured programs, on the homes of [`ctm_harness::home`];
//! - [`accuracy`]: the counts of other programs, which [`rivals`] installs and runs, on homes with known content;
//!   [`count`] compares them;
//! - [`goals`]: all figures that have a target ([`goal`]), in one run, on generated [`homes`];
//! - [`growth`]: the cost of reading by size, as a table and as a [`chart`];
//! - [`image`]: the container image, tested with all restrictions;
//! - [`statistics`], [`report`], [`section`], [`table`], [`document`]: figures, a file of them, and how they
//!   are shown.
//!
//! # Design
//!
//! Times are not comparable between machines, so every figure of reading is also reported as a multiple of a
//! floor: a bare loop that reads the same bytes and sums the same tokens, or a walk that only reads the
//! metadata of every file. All of it is measured in one run, interleaved, and no figure is taken from a wrong
//! result.

mod accuracy;
mod api;
mod chart;
mod contest;
mod costs;
mod count;
mod document;
mod goal;
mod goals;
mod growth;
mod homes;
mod idle;
mod image;
mod insight;
mod load;
mod measure;
mod procfs;
mod programs;
mod report;
mod rivals;
mod section;
mod statistics;
mod table;
mod team;
mod telemetry;
mod watchers;

use anyhow::{Context, Result};
use chrono::DateTime;
use clap::{Parser, Subcommand, ValueEnum};
use contest::Other;
use ctm_harness::clock;
use ctm_harness::home::Home;
use ctm_harness::repository::Repository;
use programs::Programs;
use report::{DatabaseFigures, Report};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Measures the program on generated homes, and verifies every result.
///
/// Create homes with `cargo xtask corpus`. The case `idle` needs Linux, other commands a `sh`, and `--load`
/// the load generator `wrk`, which is installed on Debian as root.
#[derive(Parser)]
#[command(
    name = "cargo bench-ctm",
    bin_name = "cargo bench-ctm",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
struct Args {
    #[command(subcommand)]
    task: Option<Task>,
    /// A home that commands are measured on; the server is measured on the first. May be repeated.
    #[arg(long = "home", value_name = "DIR", required_unless_present_any = ["responses_homes", "load", "telemetry", "costs", "from"])]
    homes: Vec<PathBuf>,
    /// A home for the measurement of REST; may be repeated.
    #[arg(long = "responses-home", value_name = "DIR")]
    responses_homes: Vec<PathBuf>,
    /// Also measures a server under load: a generated year of 300,000 responses, 50 requests at a time, and
    /// 100 WebSockets. It takes some minutes.
    #[arg(long)]
    load: bool,
    /// Also measures a server that receives telemetry in both encodings: 5,000 records a second, then as many as
    /// it takes. It takes some minutes.
    #[arg(long)]
    telemetry: bool,
    /// Also measures `ctm daily` on generated homes with many items of one kind: model names, transcripts,
    /// broken lines. It takes some minutes.
    #[arg(long)]
    costs: bool,
    /// Runs of each command
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Another command to time, for the shell, with `CLAUDE_CONFIG_DIR` set to the home; may be repeated.
    #[arg(long = "vs", value_name = "NAME=COMMAND")]
    others: Vec<Other>,
    /// Also measures the programs of docs/accuracy.md, which are installed below the build folder, and their errors.
    #[arg(long)]
    rivals: bool,
    /// Only these cases [default: all].
    #[arg(long, value_name = "CASES", value_delimiter = ',')]
    only: Vec<Case>,
    /// Seconds of the case `idle`
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    idle_seconds: u64,
    /// Takes the release builds as they are.
    #[arg(long)]
    no_build: bool,
    /// Writes the figures to a file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Shows the figures of such a file instead of measuring.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["homes", "responses_homes", "load", "telemetry", "costs"])]
    from: Option<PathBuf>,
    /// Writes the figures into docs/performance.md; unmeasured ones are unchanged.
    #[arg(long)]
    markdown: bool,
}

/// Alternatives to measuring.
#[derive(Subcommand)]
enum Task {
    Accuracy(accuracy::Args),
    Goals(goals::Args),
    #[command(hide = true)]
    Generate(homes::Args),
    Growth(growth::Args),
    Image(image::Args),
    Team(team::Args),
}

/// Cases in the order of measurement: those with many writes come long before the short ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Case {
    /// The bare loop that any reader needs.
    Floor,
    /// `ctm daily` with a new database.
    Cold,
    /// `ctm daily` without a database.
    Nodb,
    /// A walk that reads the metadata of every transcript.
    Stat,
    /// `ctm daily` when nothing is new.
    Same,
    /// `ctm daily` after a line was appended.
    Append,
    /// `ctm statusline` when nothing is new.
    Statusline,
    /// `ctm budget status` of three budgets when nothing is new.
    Budget,
    /// `ctm guard` with a budget.
    Guard,
    /// `ctm serve` when nothing is new, until it is up to date.
    Restart,
    /// From a line to one watcher.
    Live,
    /// From a line to many watchers.
    Fanout,
    /// A server that has nothing to do.
    Idle,
    /// Questions over REST.
    Api,
}

impl Args {
    fn cases(&self) -> &[Case] {
        if self.only.is_empty() { Case::value_variants() } else { &self.only }
    }
}

impl Case {
    /// Returns its name in `--only` and in the tables.
    fn name(self) -> String {
        let value = self.to_possible_value().expect("every case can be named");
        value.get_name().to_owned()
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match &args.task {
        Some(Task::Accuracy(args)) => accuracy::run(args),
        Some(Task::Generate(args)) => homes::run(args),
        Some(Task::Growth(args)) => growth::run(args),
        Some(Task::Goals(args)) => goals::run(args),
        Some(Task::Image(args)) => image::run(args),
        Some(Task::Team(args)) => team::run(args),
        None => run(&args),
    };
    if let Err(error) = result {
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let report = match &args.from {
        Some(path) => Report::read(path)?,
        None => measure_all(args, &repository)?,
    };
    for section in table::sections(&report) {
        println!("\n{}\n\n{}", section.title, section.table());
    }
    if let Some(path) = &args.json {
        report.write(path)?;
    }
    if args.markdown {
        document::refresh(&report, &repository.root.join("docs/performance.md"))?;
    }
    Ok(())
}

fn measure_all(args: &Args, repository: &Repository) -> Result<Report> {
    let open = |paths: &[PathBuf]| paths.iter().map(|path| Home::open(path)).collect::<Result<Vec<_>>>();
    let (homes, databases) = (open(&args.homes)?, open(&args.responses_homes)?);
    let cases = args.cases();
    let programs = Programs::of(repository, !args.no_build)?;
    let (rivals, left_out) =
        if args.rivals { rivals::installed(repository)? } else { (Vec::new(), Vec::new()) };
    let mut report = Report {
        date: today(),
        machine: machine(),
        version: programs.version()?,
        left_out,
        homes: Vec::new(),
        updates: Vec::new(),
        idle: None,
        databases: Vec::new(),
        load: None,
        telemetry: Vec::new(),
        costs: Vec::new(),
    };
    for home in &homes {
        let figures = contest::hold(&programs, home, cases, &args.others, &rivals, args.runs.into());
        report.homes.push(figures.with_context(|| home.path.display().to_string())?);
    }
    if let Some(home) = homes.first() {
        report.updates = watchers::measure(&programs, home, cases).context("updates")?;
        if cases.contains(&Case::Idle) {
            let time = Duration::from_secs(args.idle_seconds);
            report.idle = idle::watch(&programs, home, time).context("idle")?;
        }
    }
    if cases.contains(&Case::Api) {
        for home in &databases {
            let figures = served(&programs, home);
            report.databases.push(figures.with_context(|| home.path.display().to_string())?);
        }
    }
    if args.load {
        report.load = Some(load::measure(&programs).context("load")?);
    }
    if args.telemetry {
        report.telemetry = telemetry::measure(&programs).context("telemetry")?;
    }
    if args.costs {
        report.costs = costs::measure(&programs).context("costs")?;
    }
    Ok(report)
}

/// Measures a server on the database of a home.
fn served(programs: &Programs, home: &Home) -> Result<DatabaseFigures> {
    let endpoints = api::ask(programs, home)?;
    let reports = insight::ask(programs, home)?;
    Ok(DatabaseFigures { responses: home.answer.totals.responses, endpoints, reports })
}

/// Returns the UTC day.
fn today() -> String {
    DateTime::from_timestamp_millis(clock::now_ms()).unwrap_or_default().date_naive().to_string()
}

/// Describes the machine.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model.trim());
    format!("{cores} cores of {model}, {}", std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split(' '))
    }

    #[test]
    fn every_measurement_in_the_documentation_is_understood() {
        let root = Repository::here().root;
        let mut checked = 0;
        for document in ["CONTRIBUTING.md", "docs/accuracy.md", "docs/performance.md"] {
            let text = std::fs::read_to_string(root.join(document)).unwrap();
            for line in text.lines().filter(|line| line.starts_with("cargo bench-ctm ")) {
                let words = line.trim_end_matches('\\').split(" #").next().unwrap();
                let parsed = Args::try_parse_from(words.split_whitespace().skip(1));
                assert!(parsed.is_ok(), "{document}: `{line}`: {}", parsed.err().unwrap());
                checked += 1;
            }
        }
        assert!(checked > 8, "{checked}");
    }

    #[test]
    fn command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn other_tasks_have_arguments_of_their_own() {
        assert!(matches!(parse("bench accuracy --seed 4").unwrap().task, Some(Task::Accuracy(_))));
        assert!(matches!(parse("bench growth --sizes-mb 1,2").unwrap().task, Some(Task::Growth(_))));
        assert!(matches!(parse("bench goals --only reading,page").unwrap().task, Some(Task::Goals(_))));
        assert!(parse("bench growth --from figures.json --runs 2").is_err());
        assert!(parse("bench accuracy --size-mb 0").is_err());
    }

    #[test]
    fn trying_the_image_is_not_measuring() {
        assert!(matches!(parse("bench image --size-mb 5").unwrap().task, Some(Task::Image(_))));
        assert!(parse("bench --home a image").is_err());
    }

    #[test]
    fn everything_is_measured_unless_cases_are_named() {
        let check =
            |line: &str, expected: &[Case]| assert_eq!(parse(line).unwrap().cases(), expected, "{line}");
        check("bench --home a", Case::value_variants());
        check("bench --home a --home b --only floor,cold", &[Case::Floor, Case::Cold]);
        check("bench --responses-home a --only api", &[Case::Api]);
    }

    #[test]
    fn something_has_to_be_measured_or_shown() {
        assert!(parse("bench").is_err());
        assert!(parse("bench --from figures.json --markdown").is_ok());
        assert!(parse("bench --load").is_ok());
        assert!(parse("bench --telemetry").is_ok());
        assert!(parse("bench --from figures.json --home a").is_err());
        assert!(parse("bench --from figures.json --load").is_err());
        assert!(parse("bench --home a --vs nameless").is_err());
    }
}
