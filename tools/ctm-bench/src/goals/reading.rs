//! Reading of homes: a gigabyte, millions of responses, many files.

use super::Args;
use crate::costs::{self, Thing};
use crate::goal::{Bound, Target};
use crate::homes::generated;
use crate::programs::Programs;
use crate::report::{CommandFigures, HomeFigures};
use crate::section::count;
use crate::{Case, api, contest, rivals};
use anyhow::{Context, Result};
use ctm_corpus::Plan;
use ctm_harness::home::UNTIL_MS;
use ctm_harness::repository::Repository;

/// The program that a first reading has to be ahead of.
const FASTEST_RIVAL: &str = "ccusage";

/// Measures the commands and other programs on a home with real proportions.
pub(super) fn of_a_size(args: &Args, programs: &Programs, repository: &Repository) -> Result<Vec<Target>> {
    let rivals = if args.no_rivals { Vec::new() } else { rivals::installed(repository)?.0 };
    let plan = Plan::stress(args.seed, args.size_mb * 1_000_000, UNTIL_MS);
    let cases = [Case::Floor, Case::Cold, Case::Nodb, Case::Stat, Case::Same, Case::Statusline, Case::Budget];
    let home = held(programs, &plan, &cases, &rivals, args.runs)?;
    rated(&home, &format!("{} MB", args.size_mb))
}

/// Returns the targets of the commands on a home, and how far ahead of each other program a first reading is.
fn rated(home: &HomeFigures, size: &str) -> Result<Vec<Target>> {
    let mut targets = vec![
        target(&format!("first reading of {size}"), to_base(home, Case::Cold)?, "× floor", Bound::Below(3.5)),
        target("without a database", to_base(home, Case::Nodb)?, "× floor", Bound::Below(1.6)),
        target("nothing new", to_base(home, Case::Same)?, "× walk", Bound::Below(3.7)),
        target("status line", to_base(home, Case::Statusline)?, "× walk", Bound::Below(3.7)),
        target("status of budgets", to_base(home, Case::Budget)?, "× walk", Bound::Below(4.0)),
    ];
    let (cold, same) = (seconds(home, Case::Cold)?, seconds(home, Case::Same)?);
    for other in home.commands.iter().filter(|figures| figures.errors.is_some()) {
        let name = &other.case;
        let least = if name == FASTEST_RIVAL { 2.0 } else { 1.0 };
        let errors = other.errors.map_or_else(String::new, |errors| errors.summary());
        let ahead = |what: &str| format!("{what}, ahead of {name} (its tokens: {errors})");
        let other = other.wall_s.median;
        targets.push(target(&ahead("first reading"), other / cold, "×", Bound::AtLeast(least)));
        targets.push(target(&ahead("nothing new"), other / same, "×", Bound::AtLeast(20.0)));
    }
    Ok(targets)
}

/// Measures a first reading of many responses, and of a tenth of them, which shows the rate at its end.
pub(super) fn of_responses(args: &Args, programs: &Programs) -> Result<Vec<Target>> {
    let read = |responses| {
        let plan = Plan::lean(args.seed, responses, UNTIL_MS);
        held(programs, &plan, &[Case::Cold], &[], args.runs)
    };
    let (few, many) = (read(args.responses / 10)?, read(args.responses)?);
    let what = |figure: &str| format!("{} responses, first reading: {figure}", count(many.responses));
    let cold = command(&many, Case::Cold)?;
    let mut targets = vec![
        target(
            &what("rate after the first tenth"),
            rate_behind(&few, &many)?,
            "responses/s",
            Bound::AtLeast(120_000.0),
        ),
        target(&what("peak memory"), cold.peak_mb.median, "MB", Bound::Below(80.0)),
    ];
    targets.extend(
        cold.written_to_database
            .map(|written| target(&what("written"), written, "× database", Bound::Below(4.0))),
    );
    Ok(targets)
}

/// Measures reading, reports and REST on the most responses.
pub(super) fn of_most_responses(args: &Args, programs: &Programs) -> Result<Vec<Target>> {
    let million = Plan::lean(args.seed, args.responses, UNTIL_MS);
    let million = held(programs, &million, &[Case::Cold], &[], 1)?;
    let folder = tempfile::tempdir()?;
    let home = generated(&Plan::lean(args.seed, args.most_responses, UNTIL_MS), &folder.path().join("home"))?;
    let most = contest::hold(programs, &home, &[Case::Cold, Case::Same], &[], &[], 1)?;
    let asked = api::ask(programs, &home)?;
    let warm = asked.iter().map(|endpoint| endpoint.warm.p99_ms).fold(0.0, f64::max);
    let what = |figure: &str| format!("{} responses: {figure}", count(most.responses));
    let same = command(&most, Case::Same)?;
    let growth = each(&most)? / each(&million)?;
    Ok(vec![
        target(&what("time per response, compared with fewer"), growth, "×", Bound::Below(1.2)),
        target(&what("`ctm daily` when nothing is new"), same.wall_s.median, "s", Bound::Below(0.5)),
        target(&what("its peak memory"), same.peak_mb.median, "MB", Bound::Below(80.0)),
        target(&what("REST, p99 of cached responses"), warm, "ms", Bound::Below(5.0)),
    ])
}

/// Measures a first reading of many files.
pub(super) fn of_files(args: &Args, programs: &Programs) -> Result<Vec<Target>> {
    let first = costs::measure_one(programs, Thing::Transcripts, args.files)?.first;
    let what = |figure: &str| format!("{} files, first reading: {figure}", count(args.files));
    Ok(vec![
        target(&what("time"), first.wall_s, "s", Bound::Below(20.0)),
        target(&what("peak memory"), first.peak_mb, "MB", Bound::Below(120.0)),
    ])
}

/// Measures cases on the home of a plan, which is removed then.
fn held(
    programs: &Programs,
    plan: &Plan,
    cases: &[Case],
    rivals: &[rivals::Installed],
    runs: u16,
) -> Result<HomeFigures> {
    let folder = tempfile::tempdir()?;
    let home = generated(plan, &folder.path().join("home"))?;
    contest::hold(programs, &home, cases, &[], rivals, runs.into())
}

pub(super) fn target(what: &str, measured: f64, unit: &'static str, bound: Bound) -> Target {
    Target { what: what.to_owned(), measured, unit, bound }
}

fn command(home: &HomeFigures, case: Case) -> Result<&CommandFigures> {
    let name = case.name();
    let found = home.commands.iter().find(|figures| figures.case == name);
    found.with_context(|| format!("`{name}` was not measured"))
}

fn seconds(home: &HomeFigures, case: Case) -> Result<f64> {
    Ok(command(home, case)?.wall_s.median)
}

fn to_base(home: &HomeFigures, case: Case) -> Result<f64> {
    command(home, case)?
        .wall_to_base
        .with_context(|| format!("`{}` has nothing to compare with", case.name()))
}

/// Returns the seconds that a first reading takes for each response.
#[expect(clippy::cast_precision_loss, reason = "for showing only")]
fn each(home: &HomeFigures) -> Result<f64> {
    Ok(seconds(home, Case::Cold)? / home.responses as f64)
}

/// Returns how many responses a second are read of those that the one home has more than the other.
#[expect(clippy::cast_precision_loss, reason = "for showing only")]
fn rate_behind(few: &HomeFigures, many: &HomeFigures) -> Result<f64> {
    let more = many.responses.saturating_sub(few.responses) as f64;
    Ok(more / (seconds(many, Case::Cold)? - seconds(few, Case::Cold)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Spread;
    use crate::table::tests::report;

    fn home(responses: u64, commands: &[(&str, f64)]) -> HomeFigures {
        let home = report().homes.remove(0);
        let command = |(case, median): &(&str, f64)| CommandFigures {
            case: (*case).to_owned(),
            wall_s: Spread { median: *median, min: *median, max: *median },
            wall_to_base: Some(median / 0.5),
            errors: home.commands[0].errors.filter(|_| *case == "ccusage"),
            ..home.commands[0].clone()
        };
        HomeFigures { responses, commands: commands.iter().map(command).collect(), ..home.clone() }
    }

    #[test]
    fn commands_are_rated_by_their_base_and_by_other_programs() {
        let commands = [
            ("cold", 1.0),
            ("nodb", 0.75),
            ("same", 0.1),
            ("statusline", 0.1),
            ("budget", 0.1),
            ("ccusage", 3.0),
        ];
        let rated = rated(&home(1, &commands), "1000 MB").unwrap();
        let rows: Vec<_> = rated.iter().map(|target| target.row().join("|")).collect();
        let errors = "ahead of ccusage (its tokens: input exact, output -2.000 %, cache read exact, cache write exact; 3 of 4 days exact)";
        let expected = [
            "first reading of 1000 MB|2.00 × floor|< 3.5 × floor|yes".to_owned(),
            "without a database|1.50 × floor|< 1.6 × floor|yes".to_owned(),
            "nothing new|0.20 × walk|< 3.7 × walk|yes".to_owned(),
            "status line|0.20 × walk|< 3.7 × walk|yes".to_owned(),
            "status of budgets|0.20 × walk|< 4 × walk|yes".to_owned(),
            format!("first reading, {errors}|3.00 ×|>= 2 ×|yes"),
            format!("nothing new, {errors}|30.0 ×|>= 20 ×|yes"),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn rate_at_the_end_is_that_of_what_is_more() {
        let (few, many) = (home(100, &[("cold", 1.0)]), home(1_000, &[("cold", 4.0)]));
        assert_eq!(rate_behind(&few, &many).unwrap(), 300.0);
        assert_eq!(each(&many).unwrap(), 0.004);
    }

    #[test]
    fn what_was_not_measured_is_named() {
        let error = rated(&home(1, &[]), "1000 MB").unwrap_err();
        assert_eq!(error.to_string(), "`cold` was not measured");
    }
}
