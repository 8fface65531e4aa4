//! `ctm projects`.

use super::super::context::CommandContext;
use super::super::output::CommandOutput;
use super::split::{SplitList, SplitRow, part_columns, parts, split};
use super::usage::UsageTable;
use super::{ApartArgs, SplitArgs};
use crate::error::AppError;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_report::export::project_columns;
use ctm_report::{Compare, PageSort};

#[derive(Debug, Args)]
pub(in crate::cli) struct ProjectsArgs {
    #[command(flatten)]
    pub(super) split: SplitArgs,
    /// Show the folders that sessions were started in, and why each belongs to its project
    #[arg(long, conflicts_with_all = ["breakdown", "subagents"])]
    folders: bool,
    #[command(flatten)]
    apart: ApartArgs,
}

pub(super) async fn answer(ready: &CommandContext, args: &ProjectsArgs) -> Result<CommandOutput, AppError> {
    let SplitArgs { report, breakdown } = &args.split;
    if args.folders {
        return super::folders::answer(ready, report).await;
    }
    let query = report.query(ready, Bucket::Day)?;
    let stats = ready.reporter.projects(&query, &report.page(PageSort::Cost), Compare::None).await?;
    ready.say_why_empty(&query, stats.totals.responses == 0).await?;
    if report.form.csv && !breakdown {
        return CommandOutput::csv(project_columns(), &stats.items);
    }
    let models = if *breakdown { Some(ready.reporter.models_by_project(&query).await?) } else { None };
    let items = split(stats.items, |project| &project.project, models);
    if report.form.csv {
        let projects = items.iter().map(|item| (item.row.project.clone(), item.models.as_deref()));
        return CommandOutput::csv(part_columns("project"), &parts(projects));
    }
    if report.form.json {
        let (meta, totals) = (stats.meta, stats.totals);
        let (next_cursor, total) = (stats.next_cursor, stats.total);
        return CommandOutput::json(&SplitList { meta, items, next_cursor, total, totals });
    }
    let mut table = UsageTable::new("Project", report.form.compact).apart(args.apart.subagents);
    for SplitRow { row, models } in &items {
        table.add(&row.project, &row.usage, models.as_deref());
    }
    Ok(CommandOutput::Page(table.render(&stats.totals, &stats.meta)))
}
