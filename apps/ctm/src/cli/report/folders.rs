//! `ctm projects --folders`: the folders of each project, and why they belong to it.

use super::super::context::CommandContext;
use super::super::output::CommandOutput;
use super::super::table::{Row, Table, Value};
use super::super::text::local_day;
use super::ReportArgs;
use super::usage::no_usage;
use crate::error::AppError;
use crate::wrapping::width;
use chrono_tz::Tz;
use ctm_aggregate::Bucket;
use ctm_export::{Cell, Column};
use ctm_report::PageSort;
use ctm_report::wire::{FolderUsage, StartFolder, Time, Why};

pub(super) async fn answer(ready: &CommandContext, report: &ReportArgs) -> Result<CommandOutput, AppError> {
    let query = report.query(ready, Bucket::Day)?;
    let stats = ready.reporter.project_folders(&query, &report.page(PageSort::Cost)).await?;
    if report.form.json {
        return CommandOutput::json(&stats);
    }
    if report.form.csv {
        let folders = stats.items.iter().flat_map(|project| {
            project.folders.iter().map(|folder| FolderRow { project: &project.project, folder })
        });
        return CommandOutput::csv(columns(), &folders.collect::<Vec<_>>());
    }
    if stats.items.is_empty() {
        return Ok(CommandOutput::Page(no_usage(&stats.meta)));
    }
    let compact = report.form.compact;
    let mut head = vec!["Project, folders", "Why", "Responses", "Cost", "First", "Last"];
    let cells = |name: &str, why: &str, usage: &FolderUsage| {
        let mut cells = vec![Value::name(name), Value::name(why), Value::Count(usage.responses)];
        cells.push(Value::cost(usage.cost_usd, usage.certainty));
        if !compact {
            cells.push(Value::Name(day(usage.first_at, query.tz)));
        }
        cells.push(Value::Name(day(usage.last_at, query.tz)));
        cells
    };
    if compact {
        head.remove(4);
    }
    let mut rows = Vec::new();
    for project in &stats.items {
        rows.push(Row::new(cells(&project.project, "", &project.usage)));
        for folder in &project.folders {
            rows.push(Row::part(cells(&folder.folder, why(folder), &folder.usage)));
        }
    }
    let head = head.into_iter().map(str::to_owned).collect();
    Ok(CommandOutput::Page(Table { head, rows, total: None, compact }.render(width())))
}

fn day(at: Option<Time>, tz: Tz) -> String {
    at.map(|at| local_day(at, tz)).unwrap_or_default()
}

fn why(folder: &StartFolder) -> &'static str {
    match folder.why {
        Why::Itself => "itself",
        Why::Worktree => "worktree",
        Why::Rule => "rule",
    }
}

/// A folder of a project.
struct FolderRow<'a> {
    project: &'a str,
    folder: &'a StartFolder,
}

fn columns<'a>() -> Vec<Column<FolderRow<'a>>> {
    fn text(text: Option<&String>) -> Cell<'_> {
        text.map(|text| Cell::Text(text)).into()
    }
    fn time<'a>(at: Option<Time>) -> Cell<'a> {
        at.map(|at| Cell::Time(at.0)).into()
    }
    vec![
        Column::new("project", |line: &FolderRow<'_>| Cell::Text(line.project)),
        Column::new("folder", |line| Cell::Text(&line.folder.folder)),
        Column::new("why", |line| Cell::Text(why(line.folder))),
        Column::new("repository", |line| text(line.folder.repository.as_ref())),
        Column::new("rule", |line| text(line.folder.rule.as_ref())),
        Column::new("responses", |line| Cell::Count(line.folder.usage.responses)),
        Column::new("sessions", |line| Cell::Count(line.folder.usage.sessions)),
        Column::new("total_tokens", |line| Cell::Count(line.folder.usage.total_tokens)),
        Column::new("cost_usd", |line| line.folder.usage.cost_usd.map(|cost| Cell::Usd(cost.0)).into()),
        Column::new("first_at", |line| time(line.folder.usage.first_at)),
        Column::new("last_at", |line| time(line.folder.usage.last_at)),
    ]
}
