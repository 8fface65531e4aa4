//! `ctm models`.

use super::super::context::CommandContext;
use super::super::output::CommandOutput;
use super::usage::UsageTable;
use super::{Direction, ReportArgs};
use crate::error::AppError;
use ctm_aggregate::Bucket;
use ctm_report::Compare;
use ctm_report::export::model_columns;

pub(super) async fn answer(ready: &CommandContext, args: &ReportArgs) -> Result<CommandOutput, AppError> {
    let query = args.query(ready, Bucket::Day)?;
    let mut stats = ready.reporter.models(&query, Compare::None).await?;
    ready.say_why_empty(&query, stats.totals.responses == 0).await?;
    if args.order == Some(Direction::Asc) {
        stats.items.reverse();
    }
    args.form.output(&stats, model_columns(), &stats.items, || {
        let mut table = UsageTable::new("Model", args.form.compact);
        for model in &stats.items {
            table.add(&model.model, &model.usage, None);
        }
        table.render(&stats.totals, &stats.meta)
    })
}
