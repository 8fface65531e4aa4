//! The counts as tables of docs/accuracy.md.

use super::{Accuracy, HomeCounts, ProgramCount};
use crate::count::{Errors, KINDS, shown};
use crate::document::{replaced, written};
use crate::section::{Place, Section, count, head};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::Path;

/// Returns a table for every home, and one of the programs.
pub(super) fn sections(accuracy: &Accuracy) -> Vec<Section> {
    let programs = std::iter::once(programs(accuracy));
    programs.chain(accuracy.homes.iter().map(home)).collect()
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
    // Without any collection the figures of an earlier run stay.
    if real.is_empty() { Ok(text) } else { replaced(&text, "accuracy:real", real.trim_end()) }
}

fn origin(accuracy: &Accuracy) -> String {
    let mut text = format!("Counted on {} with seed {}.\n\n", accuracy.date, accuracy.seed);
    text.push_str(&programs(accuracy).table());
    for left_out in &accuracy.left_out {
        let _ = write!(text, "\n\nLeft out, because it could not be installed: {}.", left_out.name);
    }
    text
}

fn programs(accuracy: &Accuracy) -> Section {
    let rows = accuracy.programs.iter().map(|program| {
        let command = format!("`{}`", program.command.replace('|', "\\|"));
        vec![program.name.clone(), program.version.clone(), program.origin.clone(), command]
    });
    Section {
        place: Place::Accuracy,
        title: "Programs, and the commands as run".to_owned(),
        head: head(["program", "version", "from", "command"]),
        rows: rows.collect(),
    }
}

fn home(home: &HomeCounts) -> Section {
    let [input, output, cache_read, cache_write] = KINDS;
    #[expect(clippy::cast_precision_loss, reason = "for showing only")]
    let megabytes = home.bytes as f64 / 1e6;
    Section {
        place: Place::Accuracy,
        title: format!(
            "**{}**: {}; {megabytes:.0} MB, {} responses on {} days",
            home.name,
            home.what,
            count(home.truth.responses),
            home.truth.count.days.len()
        ),
        head: head([
            "program",
            input,
            output,
            cache_read,
            cache_write,
            "days exact",
            "cost",
            "error of the cost",
        ]),
        rows: home.counts.iter().map(|count| row(home, count)).collect(),
    }
}

fn row(home: &HomeCounts, counted: &ProgramCount) -> Vec<String> {
    let mut row = vec![counted.name.clone()];
    match &counted.result {
        Ok(count) => {
            let Errors { kinds_percent, cost_percent, .. } = count.errors(&home.truth.count);
            row.extend(kinds_percent.map(shown));
            row.push(count.errors(&home.truth.count).exact_days());
            row.push(count.cost_usd.map_or_else(|| "unknown".to_owned(), |cost| format!("${cost:.2}")));
            row.push(cost_percent.map_or_else(|| "no known truth".to_owned(), |percent| cost(Some(percent))));
        }
        Err(_) => row.extend(["no report".to_owned()]),
    }
    row
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
        <!-- accuracy:real -->\nold\n<!-- /accuracy:real -->\nBelow.\n";

    fn cells(text: &str, name: &str) -> Vec<String> {
        let rows = text.lines().filter(|line| line.split('|').nth(1).is_some_and(|cell| cell.trim() == name));
        rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn recorded_reports_become_a_page() {
        let text = refreshed(PAGE, &accuracy()).unwrap();
        assert!(text.contains("Counted on 2026-11-28 with seed 3.\n"), "{text}");
        assert!(text.contains("Left out, because it could not be installed: ccstats."), "{text}");
        assert!(text.contains("**made**: made up; 4 MB, 3 responses on 2 days:\n"), "{text}");
        assert!(text.contains("Between.") && text.ends_with("Below.\n") && !text.contains("old"), "{text}");
        let check = |name: &str, expected: &[&str]| assert_eq!(cells(&text, name), expected, "{text}");
        check(
            "ctm",
            &[
                "|ctm|0.1.0|this repository|`ctm daily --json`|",
                "|ctm|exact|exact|exact|exact|2 of 2|$0.75|no known truth|",
                "|ctm|exact|exact|exact|exact|2 of 2|$0.75|exact|",
            ],
        );
        check("ccusage", &["|ccusage|exact|-49.554 %|exact|exact|1 of 2|$0.75|no known truth|"]);
        check(
            "ccost",
            &["|ccost|exact|-49.554 %|exact|exact|1 of 2|$0.75|no known truth|", "|ccost|no report|||||||"],
        );
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
