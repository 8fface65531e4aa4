//! Figures in a document: tables and charts between markers such as `<!-- bench:rest -->` and
//! `<!-- /bench:rest -->`.
//!
//! Charts are Mermaid, which is rendered with Markdown, stays readable as text, and needs no image files.
//! Tables that were not measured stay unchanged.

use super::report::{CommandFigures, HomeFigures, Report};
use super::section::{Place, Section, count};
use super::table;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::Path;

/// Writes the figures into a document.
pub(crate) fn refresh(report: &Report, path: &Path) -> Result<()> {
    let shown = || format!("`{}`", path.display());
    let text = std::fs::read_to_string(path).with_context(shown)?;
    let text = refreshed(&text, report).with_context(shown)?;
    std::fs::write(path, text).with_context(shown)
}

fn refreshed(text: &str, report: &Report) -> Result<String> {
    let sections = table::sections(report);
    let mut text = replaced(text, "bench:run", &origin(report))?;
    for (place, marker) in [
        (Place::Commands, "bench:commands"),
        (Place::Updates, "bench:updates"),
        (Place::Idle, "bench:idle"),
        (Place::Rest, "bench:rest"),
        (Place::Insight, "bench:insight"),
        (Place::Load, "bench:load"),
        (Place::Telemetry, "bench:telemetry"),
        (Place::Costs, "bench:costs"),
    ] {
        let mut content: String =
            sections.iter().filter(|section| section.place == place).map(written).collect();
        if !content.is_empty() {
            content.push_str(&charts(report, place));
            text = replaced(&text, marker, &content)?;
        }
    }
    Ok(text)
}

/// Returns the date, version and machine of the figures.
fn origin(report: &Report) -> String {
    format!("Measured on {} with {} on {}.\n", report.date, report.version, report.machine)
}

/// Replaces the text between two markers.
pub(crate) fn replaced(text: &str, marker: &str, content: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {marker} -->\n"), format!("<!-- /{marker} -->"));
    let (before, rest) =
        text.split_once(&begin).with_context(|| format!("there is no {}", begin.trim_end()))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("there is no {end}"))?;
    Ok(format!("{before}{begin}\n{content}\n{end}{after}"))
}

/// Returns a table below its title.
pub(crate) fn written(section: &Section) -> String {
    format!("{}:\n\n{}\n\n", section.title, section.table())
}

fn charts(report: &Report, place: Place) -> String {
    match place {
        Place::Commands => report.homes.iter().flat_map(command_charts).collect(),
        Place::Rest => rest_chart(report),
        _ => String::new(),
    }
}

/// Returns a chart of what everything that reads a home takes, and one of the rest.
fn command_charts(home: &HomeFigures) -> [String; 2] {
    let reads =
        |command: &&CommandFigures| command.case == "floor" || command.base.as_deref() == Some("floor");
    let bars = |commands: Vec<&CommandFigures>| -> Vec<_> {
        commands.iter().map(|command| (command.case.clone(), command.wall_s.median * 1e3)).collect()
    };
    let (reading, others) = home.commands.iter().partition(reads);
    let size = table::size(home);
    [
        chart(&format!("Reading everything: {size}"), "ms", &bars(reading)),
        chart(&format!("Nothing or little new: {size}"), "ms", &bars(others)),
    ]
}

/// Returns a chart of the slowest first response on each database.
fn rest_chart(report: &Report) -> String {
    let bars: Vec<_> = report
        .databases
        .iter()
        .map(|database| {
            let slowest = database.endpoints.iter().map(|endpoint| endpoint.cold.p99_ms).fold(0.0, f64::max);
            (count(database.responses), slowest)
        })
        .collect();
    chart("p99 of the slowest first response after a new line, by responses in the database", "ms", &bars)
}

fn chart(title: &str, unit: &str, bars: &[(String, f64)]) -> String {
    if bars.is_empty() {
        return String::new();
    }
    let names: Vec<_> = bars.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let heights: Vec<_> = bars.iter().map(|(_, height)| format!("{height:.1}")).collect();
    let mut chart = String::from("```mermaid\nxychart-beta\n");
    let lines = [
        format!("title \"{title}\""),
        format!("x-axis [{}]", names.join(", ")),
        format!("y-axis \"{unit}\""),
        format!("bar [{}]", heights.join(", ")),
    ];
    for line in lines {
        let _ = writeln!(chart, "    {line}");
    }
    chart + "```\n\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Performance\n<!-- bench:run -->\n<!-- /bench:run -->\n\nAbove.\n\
        <!-- bench:commands -->\nold\n<!-- /bench:commands -->\nBetween.\n<!-- bench:updates -->\nold\n\
        <!-- /bench:updates -->\n<!-- bench:idle -->\nold\n<!-- /bench:idle -->\n<!-- bench:rest -->\nold\n\
        <!-- /bench:rest -->\n<!-- bench:insight -->\nold\n<!-- /bench:insight -->\n<!-- bench:load -->\nold\n<!-- /bench:load -->\n\
        <!-- bench:telemetry -->\nold\n<!-- /bench:telemetry -->\n\
        <!-- bench:costs -->\nold\n<!-- /bench:costs -->\nBelow.\n";

    #[test]
    fn unmeasured_tables_are_kept() {
        let mut report = table::tests::report();
        report.updates.clear();
        report.idle = None;
        report.databases.clear();
        report.load = None;
        report.telemetry.clear();
        report.costs.clear();
        let text = refreshed(DOCUMENT, &report).unwrap();
        assert!(text.contains("| cold | 2.500 s (2.000 to 3.000) |"), "{text}");
        assert!(text.contains("Measured on 2026-11-23 with ctm 0.1.0 on 2 cores.\n"), "{text}");
        assert!(text.contains("Above.") && text.contains("Between.") && text.ends_with("Below.\n"), "{text}");
        assert_eq!(text.matches("\nold\n").count(), 7, "{text}");
        assert_eq!(refreshed(&text, &report).unwrap(), text);
    }

    #[test]
    fn everything_has_its_place() {
        let text = refreshed(DOCUMENT, &table::tests::report()).unwrap();
        assert!(!text.contains("\nold\n"), "{text}");
        let chart = "```mermaid\nxychart-beta\n    title \"p99 of the slowest first response after a new line, \
            by responses in the database\"\n    x-axis [\"1,000,000\"]\n    y-axis \"ms\"\n    bar [1.5]\n```\n";
        assert!(text.contains(chart), "{text}");
    }

    #[test]
    fn missing_marker_is_named() {
        let error = refreshed("# Performance\n", &table::tests::report()).unwrap_err();
        assert_eq!(error.to_string(), "there is no <!-- bench:run -->");
    }
}
