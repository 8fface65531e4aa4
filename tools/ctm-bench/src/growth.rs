//! Growth of the cost of reading with the size of a home and with its number of responses.
//!
//! Each home is generated, measured by [`contest`], and removed before the next one. The figures are written into
//! docs/performance.md as tables and two charts.

use super::Case;
use super::chart::{self, Line};
use super::contest;
use super::document::{replaced, written};
use super::homes::generated;
use super::programs::Programs;
use super::report::{CommandFigures, HomeFigures};
use super::rivals::{self, Installed};
use super::section::{Place, Section, count, head};
use super::{machine, today};
use anyhow::{Context, Result};
use ctm_corpus::Plan;
use ctm_harness::home::UNTIL_MS;
use ctm_harness::repository::Repository;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Measures the growth of the cost of reading with the size of homes.
///
/// Homes are generated in the folder for temporary files, one after the other; the largest must fit there.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sizes of homes with real proportions, in MB.
    #[arg(long, value_name = "MB", value_delimiter = ',', default_value = "100,300,1000,3000,10000")]
    sizes_mb: Vec<u64>,
    /// Numbers of responses of homes that contain little else.
    #[arg(
        long,
        value_name = "COUNTS",
        value_delimiter = ',',
        default_value = "10000,100000,1000000,10000000"
    )]
    responses: Vec<u64>,
    /// Seed of the homes.
    #[arg(long, default_value_t = 3)]
    seed: u64,
    /// Runs of each command.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Measures the programs of docs/accuracy.md as well.
    #[arg(long)]
    rivals: bool,
    /// Takes the release builds as they are.
    #[arg(long)]
    no_build: bool,
    /// Writes the figures to a file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Shows the figures of such a file instead of measuring.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sizes_mb", "responses", "seed", "runs", "rivals", "no_build"])]
    from: Option<PathBuf>,
    /// Writes the figures into docs/performance.md and the charts into docs/images.
    #[arg(long)]
    markdown: bool,
}

/// The figures of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Growth {
    date: String,
    machine: String,
    version: String,
    /// Homes with real proportions.
    by_size: Vec<HomeFigures>,
    /// Homes that are mostly responses.
    by_responses: Vec<HomeFigures>,
}

/// The measured commands, and their names in tables and charts.
const CASES: [(Case, &str); 5] = [
    (Case::Floor, "floor"),
    (Case::Cold, "first reading"),
    (Case::Nodb, "no database"),
    (Case::Stat, "walk"),
    (Case::Same, "nothing new"),
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let growth = match &args.from {
        Some(path) => read(path)?,
        None => measure(args, &repository)?,
    };
    for section in growth.sections() {
        println!("\n{}\n\n{}", section.title, section.table());
    }
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&growth)? + "\n";
        fs::write(path, json).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    if args.markdown {
        growth.publish(&repository.root.join("docs"))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Growth> {
    let shown = || format!("cannot read `{}`", path.display());
    serde_json::from_slice(&fs::read(path).with_context(shown)?).with_context(shown)
}

fn measure(args: &Args, repository: &Repository) -> Result<Growth> {
    let programs = Programs::of(repository, !args.no_build)?;
    let rivals = if args.rivals { rivals::installed(repository)?.0 } else { Vec::new() };
    let all = |plans: Vec<Plan>| -> Result<Vec<HomeFigures>> {
        plans.iter().map(|plan| measure_one(&programs, &rivals, plan, args.runs.into())).collect()
    };
    Ok(Growth {
        date: today(),
        machine: machine(),
        version: programs.version()?,
        by_size: all(args
            .sizes_mb
            .iter()
            .map(|mb| Plan::stress(args.seed, mb * 1_000_000, UNTIL_MS))
            .collect())?,
        by_responses: all(args
            .responses
            .iter()
            .map(|count| Plan::lean(args.seed, *count, UNTIL_MS))
            .collect())?,
    })
}

fn measure_one(programs: &Programs, rivals: &[Installed], plan: &Plan, runs: usize) -> Result<HomeFigures> {
    let folder = tempfile::tempdir()?;
    let home = generated(plan, &folder.path().join("home"))?;
    let cases = CASES.map(|(case, _)| case);
    contest::hold(programs, &home, &cases, &[], rivals, runs)
}

impl Growth {
    fn sections(&self) -> Vec<Section> {
        let by_size = ("By size, homes with real proportions", &self.by_size);
        let by_responses = ("By responses, homes that contain little else", &self.by_responses);
        let sections = [by_size, by_responses].into_iter().filter(|(_, homes)| !homes.is_empty());
        sections.flat_map(|(title, homes)| [times(title, homes), resources(title, homes)]).collect()
    }

    /// Returns the charts of the measured homes with their file names.
    fn charts(&self) -> Vec<(&'static str, String)> {
        #[expect(clippy::cast_precision_loss, reason = "for showing only")]
        let by_size = lines(&self.by_size, |home| home.bytes as f64 / 1e9);
        #[expect(clippy::cast_precision_loss, reason = "for showing only")]
        let by_responses = lines(&self.by_responses, |home| home.responses as f64);
        let charts = [
            ("growth-size.svg", chart::svg("Time by size of the home", "GB", "seconds", &by_size)),
            ("growth-responses.svg", chart::svg("Time by responses", "responses", "seconds", &by_responses)),
        ];
        charts.into_iter().filter_map(|(name, svg)| Some((name, svg?))).collect()
    }

    fn publish(&self, docs: &Path) -> Result<()> {
        let path = docs.join("performance.md");
        let shown = || format!("`{}`", path.display());
        let text = fs::read_to_string(&path).with_context(shown)?;
        let mut content = format!("Measured on {} with {} on {}.\n\n", self.date, self.version, self.machine);
        for section in self.sections() {
            content.push_str(&written(&section));
        }
        for (name, svg) in self.charts() {
            let image = docs.join("images").join(name);
            fs::write(&image, svg).with_context(|| format!("cannot write `{}`", image.display()))?;
            let alternative = name.trim_end_matches(".svg").replace('-', " by ");
            let _ = write!(content, "![{alternative}](images/{name})\n\n");
        }
        let text = replaced(&text, "bench:growth", content.trim_end()).with_context(shown)?;
        fs::write(&path, text).with_context(shown)
    }
}

/// Returns the commands of all homes with their names, in the order of display.
fn contenders(homes: &[HomeFigures]) -> Vec<(String, String)> {
    let known = |case: Case| homes.iter().any(|home| command(home, &case.name()).is_some());
    let mut names: Vec<_> = CASES
        .iter()
        .filter(|(case, _)| known(*case))
        .map(|(case, name)| (case.name(), (*name).to_owned()))
        .collect();
    for figures in homes.iter().flat_map(|home| &home.commands) {
        if !names.iter().any(|(case, _)| *case == figures.case) {
            names.push((figures.case.clone(), figures.case.clone()));
        }
    }
    names
}

fn command<'a>(home: &'a HomeFigures, case: &str) -> Option<&'a CommandFigures> {
    home.commands.iter().find(|figures| figures.case == case)
}

fn lines(homes: &[HomeFigures], extent: impl Fn(&HomeFigures) -> f64) -> Vec<Line> {
    let line = |(case, name): (String, String)| {
        let points =
            homes.iter().filter_map(|home| Some((extent(home), command(home, &case)?.wall_s.median)));
        Line { name, points: points.collect() }
    };
    contenders(homes).into_iter().map(line).collect()
}

/// Returns the table of the times of all commands.
fn times(title: &str, homes: &[HomeFigures]) -> Section {
    let contenders = contenders(homes);
    let names = contenders.iter().map(|(_, name)| name.clone());
    let rows = homes.iter().map(|home| {
        let time = |figures: &CommandFigures| format!("{:.3} s", figures.wall_s.median);
        let times = contenders.iter().map(|(case, _)| command(home, case).map_or_else(String::new, time));
        size(home).into_iter().chain(times).collect()
    });
    let rows = rows.collect();
    let head = head(["size", "responses"]).into_iter().chain(names).collect();
    Section { place: Place::Growth, title: title.to_owned(), head, rows }
}

/// Returns the table of what else a first reading uses, and a run with nothing new.
fn resources(title: &str, homes: &[HomeFigures]) -> Section {
    let before = std::iter::once(None).chain(homes.iter().map(Some));
    let rows = homes.iter().zip(before).map(|(home, before)| {
        let first = command(home, &Case::Cold.name());
        let same = command(home, &Case::Same.name());
        let peak = |figures: &CommandFigures| format!("{:.0} MB", figures.peak_mb.median);
        let cells = [
            first.map(|first| per_second(home.responses, first.wall_s.median)),
            marginal(home, before),
            first.map(peak),
            first
                .and_then(|first| first.written_to_database)
                .map(|written| format!("{written:.1} × database")),
            same.map(peak),
        ];
        size(home).into_iter().chain(cells.map(Option::unwrap_or_default)).collect()
    });
    let rows = rows.collect();
    let head = head([
        "size",
        "responses",
        "responses/s",
        "additional responses",
        "peak memory",
        "written",
        "peak memory, nothing new",
    ]);
    Section { place: Place::Growth, title: format!("{title}, first reading"), head, rows }
}

fn size(home: &HomeFigures) -> [String; 2] {
    #[expect(clippy::cast_precision_loss, reason = "for showing only")]
    let gigabytes = home.bytes as f64 / 1e9;
    [format!("{gigabytes:.2} GB"), count(home.responses)]
}

/// Returns the rate of a first reading for the responses that a home has in addition to the previous one.
fn marginal(home: &HomeFigures, before: Option<&HomeFigures>) -> Option<String> {
    let before = before?;
    let cold = Case::Cold.name();
    let seconds = command(home, &cold)?.wall_s.median - command(before, &cold)?.wall_s.median;
    let more = home.responses.checked_sub(before.responses)?;
    (seconds > 0.0).then(|| per_second(more, seconds))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "for showing only"
)]
fn per_second(responses: u64, seconds: f64) -> String {
    format!("{}/s", count((responses as f64 / seconds).round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Spread;
    use crate::table::tests::report;

    /// Returns a home with the time of a first reading, and the same time for another program.
    fn home(responses: u64, seconds: f64) -> HomeFigures {
        let home = report().homes.remove(0);
        let wall_s = Spread { median: seconds, min: seconds, max: seconds };
        let cold = CommandFigures { wall_s, written_to_database: Some(3.5), ..home.commands[0].clone() };
        let other = CommandFigures { case: "other".to_owned(), ..cold.clone() };
        HomeFigures { responses, bytes: responses * 1_000, commands: vec![cold, other], ..home }
    }

    fn growth() -> Growth {
        Growth {
            date: "2026-11-28".to_owned(),
            machine: "2 cores".to_owned(),
            version: "ctm 0.1.0".to_owned(),
            by_size: Vec::new(),
            by_responses: vec![home(10_000, 0.5), home(100_000, 2.0)],
        }
    }

    #[test]
    fn rates_are_those_of_what_a_home_has_more() {
        let [times, resources] = growth().sections().try_into().ok().unwrap();
        let cells = |section: &Section| section.rows.iter().map(|row| row.join("|")).collect::<Vec<_>>();
        assert_eq!(cells(&times), ["0.01 GB|10,000|0.500 s|0.500 s", "0.10 GB|100,000|2.000 s|2.000 s"]);
        assert_eq!(times.head[2..], ["first reading", "other"]);
        let expected = [
            "0.01 GB|10,000|20,000/s||100 MB|3.5 × database|",
            "0.10 GB|100,000|50,000/s|60,000/s|100 MB|3.5 × database|",
        ];
        assert_eq!(cells(&resources), expected);
    }

    #[test]
    fn charts_are_of_what_was_measured() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("images")).unwrap();
        let page = folder.path().join("performance.md");
        fs::write(&page, "Above.\n<!-- bench:growth -->\nold\n<!-- /bench:growth -->\nBelow.\n").unwrap();
        growth().publish(folder.path()).unwrap();
        let text = fs::read_to_string(page).unwrap();
        assert!(text.contains("(images/growth-responses.svg)") && !text.contains("growth-size"), "{text}");
        let chart = fs::read_to_string(folder.path().join("images/growth-responses.svg")).unwrap();
        assert_eq!(chart.matches("<polyline").count(), 2, "{chart}");
        assert!(!folder.path().join("images/growth-size.svg").exists());
    }
}
