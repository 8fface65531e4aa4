//! The counts as tables of docs/accuracy.md.

use super::cases::CaseCounts;
use super::{Accuracy, HomeCounts, ProgramCount};
use crate::count::{KINDS, shown};
use crate::document::{replaced, written};
use crate::section::{Place, Section, count, head};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::Path;

/// Returns a table for every home, and one of the programs.
pub(super) fn sections(accuracy: &Accuracy) -> Vec<Section> {
    let programs = std::iter::once(programs(accuracy));
    programs.chain(accuracy.homes.iter().map(home)).chain(std::iter::once(cases(accuracy))).collect()
}

/// Writes the figures into the page.
pub(super) fn refresh(accuracy: &Accuracy, path: &Path) -> Result<()> {
    let shown = || format!("`{}`", path.display());
    let text = std::fs::read_to_string(path).with_context(shown)?;
    let text = refreshed(&text, accuracy).with_context(shown)?;
    std::fs::write(path, text).with_context(shown)
}

fn refreshed(text: &str, accuracy: &Accuracy) -> Result<String> {
    let text = replaced(text, "accuracy:programs", &origin(accuracy))?;
    let homes = |generated| {
        let homes = accuracy.homes.iter().filter(|home| home.generated == generated);
        homes.map(|home| written(&self::home(home)).trim_end().to_owned() + "\n\n").collect::<String>()
    };
    let (generated, real) = (homes(true), homes(false));
    let text = replaced(&text, "accuracy:generated", generated.trim_end())?;
    let text = replaced(&text, "accuracy:cases", &cases(accuracy).table())?;
    // Without any collection the figures of an earlier run stay.
    if real.is_empty() { Ok(text) } else { replaced(&text, "accuracy:real", real.trim_end()) }
}

fn origin(accuracy: &Accuracy) -> String {
    let mut text = format!(
        "Measured on {} with seed {}.\n\n{}",
        accuracy.date,
        accuracy.seed,
        programs(accuracy).table()
    );
    for left_out in &accuracy.left_out {
        let _ = write!(text, "\n\nLeft out, because it could not be installed: {}.", left_out.name);
    }
    let _ = write!(text, "\n\nCommands, with `HOME` for the home:\n\n```sh\n{}```", commands(accuracy));
    text
}

/// Returns a line for the command of each program.
pub(super) fn commands(accuracy: &Accuracy) -> String {
    accuracy.programs.iter().map(|program| program.command.clone() + "\n").collect()
}

fn programs(accuracy: &Accuracy) -> Section {
    let rows = accuracy
        .programs
        .iter()
        .map(|program| vec![program.name.clone(), program.version.clone(), program.origin.clone()]);
    Section {
        place: Place::Accuracy,
        title: "Programs".to_owned(),
        head: head(["program", "version", "from"]),
        rows: rows.collect(),
    }
}

fn home(home: &HomeCounts) -> Section {
    let [input, output, cache_read, cache_write] = KINDS;
    #[expect(clippy::cast_precision_loss, reason = "for showing only")]
    let megabytes = home.bytes as f64 / 1e6;
    let mut columns = head(["program", input, output, cache_read, cache_write, "days exact", "cost"]);
    if home.truth.count.cost_usd.is_some() {
        columns.push("error of the cost".to_owned());
    }
    Section {
        place: Place::Accuracy,
        title: format!(
            "**{}**: {}; {megabytes:.0} MB, {} responses on {} days",
            home.name,
            home.what,
            count(home.truth.responses),
            home.truth.count.days.len()
        ),
        head: columns,
        rows: home.counts.iter().map(|count| row(home, count)).collect(),
    }
}

fn row(home: &HomeCounts, counted: &ProgramCount) -> Vec<String> {
    let mut row = vec![counted.name.clone()];
    let Ok(count) = &counted.result else {
        row.push("no report".to_owned());
        return row;
    };
    let errors = count.errors(&home.truth.count);
    row.extend(errors.kinds_percent.map(shown));
    row.push(errors.exact_days());
    row.push(count.cost_usd.map_or_else(|| "unknown".to_owned(), |cost| format!("${cost:.2}")));
    if home.truth.count.cost_usd.is_some() {
        row.push(errors.cost_percent.map_or_else(|| "unknown".to_owned(), |percent| cost(Some(percent))));
    }
    row
}

fn cases(accuracy: &Accuracy) -> Section {
    let names = accuracy.programs.iter().map(|program| program.name.clone());
    let row = |case: &CaseCounts| {
        let outcomes = case.counts.iter().map(|count| case.outcome(count));
        std::iter::once(case.name.clone()).chain(outcomes).collect()
    };
    Section {
        place: Place::Accuracy,
        title: "Cases of one response".to_owned(),
        head: std::iter::once("response".to_owned()).chain(names).collect(),
        rows: accuracy.cases.iter().map(row).collect(),
    }
}

/// Writes the error of a cost, which programs print as a floating-point number: it is exact if it is so to the
/// nearest millionth of a percent.
fn cost(percent: Option<f64>) -> String {
    shown(percent.map(|percent| if percent.abs() < 1e-6 { 0.0 } else { percent }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accuracy::tests::accuracy;

    const PAGE: &str = "# Accuracy\n<!-- accuracy:programs -->\nold\n<!-- /accuracy:programs -->\nBetween.\n\
        <!-- accuracy:generated -->\nold\n<!-- /accuracy:generated -->\n\
        <!-- accuracy:real -->\nold\n<!-- /accuracy:real -->\n\
        <!-- accuracy:cases -->\nold\n<!-- /accuracy:cases -->\nBelow.\n";

    fn cells(text: &str, name: &str) -> Vec<String> {
        let rows = text.lines().filter(|line| line.split('|').nth(1).is_some_and(|cell| cell.trim() == name));
        rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn recorded_reports_become_a_page() {
        let text = refreshed(PAGE, &accuracy()).unwrap();
        assert!(text.contains("Measured on 2026-11-28 with seed 3.\n"), "{text}");
        assert!(text.contains("```sh\nctm daily --json\n```\n"), "{text}");
        assert!(text.contains("Left out, because it could not be installed: ccstats."), "{text}");
        assert!(text.contains("**made**: made up; 4 MB, 3 responses on 2 days:\n"), "{text}");
        assert!(text.contains("Between.") && text.ends_with("Below.\n") && !text.contains("old"), "{text}");
        let check = |name: &str, expected: &[&str]| assert_eq!(cells(&text, name), expected, "{text}");
        check(
            "ctm",
            &[
                "|ctm|0.1.0|this repository|",
                "|ctm|exact|exact|exact|exact|2 of 2|$0.75|",
                "|ctm|exact|exact|exact|exact|2 of 2|$0.75|exact|",
            ],
        );
        check("unusual", &["|unusual|exact|"]);
        check("ccusage", &["|ccusage|exact|-49.554 %|exact|exact|1 of 2|$0.75|"]);
        check("ccost", &["|ccost|exact|-49.554 %|exact|exact|1 of 2|$0.75|", "|ccost|no report|||||||"]);
        assert_eq!(refreshed(&text, &accuracy()).unwrap(), text);
    }

    #[test]
    fn figures_of_collections_stay_where_there_are_none() {
        let mut accuracy = accuracy();
        accuracy.homes.retain(|home| home.generated);
        assert_eq!(refreshed(PAGE, &accuracy).unwrap().matches("\nold\n").count(), 1);
    }

    #[test]
    fn a_cost_is_exact_whatever_floating_point_adds() {
        for (percent, expected) in [(3e-14, "exact"), (-0.04, "-0.040 %"), (0.0005, "< +0.001 %")] {
            assert_eq!(cost(Some(percent)), expected);
        }
    }
}
