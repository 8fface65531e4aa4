//! `ctm models`.

use super::super::context::CommandContext;
use super::super::output::CommandOutput;
use super::usage::UsageTable;
use super::{ApartArgs, Direction, ReportArgs};
use crate::error::AppError;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_report::Compare;
use ctm_report::export::model_columns;

#[derive(Debug, Args)]
pub(in crate::cli) struct ModelsArgs {
    #[command(flatten)]
    pub(super) report: ReportArgs,
    #[command(flatten)]
    apart: ApartArgs,
}

pub(super) async fn answer(ready: &CommandContext, args: &ModelsArgs) -> Result<CommandOutput, AppError> {
    let ModelsArgs { report: args, apart } = args;
    let query = args.query(ready, Bucket::Day)?;
    let mut stats = ready.reporter.models(&query, Compare::None).await?;
    ready.say_why_empty(&query, stats.totals.responses == 0).await?;
    if args.order == Some(Direction::Asc) {
        stats.items.reverse();
    }
    args.form.output(&stats, model_columns(), &stats.items, || {
        let mut table = UsageTable::new("Model", args.form.compact).apart(apart.subagents);
        for model in &stats.items {
            table.add(&model.model, &model.usage, None);
        }
        table.render(&stats.totals, &stats.meta)
    })
}
