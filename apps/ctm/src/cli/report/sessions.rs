//! `ctm sessions`.

use super::super::context::CommandContext;
use super::super::output::CommandOutput;
use super::super::table::{Row, Table, Value};
use super::super::text::local_day;
use super::split::{SplitList, SplitRow, part_columns, parts, split};
use super::usage::{Doubts, cost_value, footer, no_usage};
use super::{SessionsArgs, SplitArgs};
use crate::error::AppError;
use crate::wrapping::width;
use chrono_tz::Tz;
use ctm_aggregate::Bucket;
use ctm_report::export::session_columns;
use ctm_report::wire::{Meta, Session, Usage};
use ctm_report::{PageSort, SessionQuery, SoughtSessions, last_component};

pub(super) async fn answer(ready: &CommandContext, args: &SessionsArgs) -> Result<CommandOutput, AppError> {
    let SplitArgs { report, breakdown } = &args.split;
    let query = report.query(ready, Bucket::Day)?;
    let sought = args.sought.sought();
    let wanted = SessionQuery { sought: sought.clone(), ..report.page(PageSort::LastAt).into() };
    let stats = ready.reporter.sessions(&query, &wanted).await?;
    let is_all = sought == SoughtSessions::default();
    ready.say_why_empty(&query, is_all && stats.totals.responses == 0).await?;
    if report.form.csv && !breakdown {
        return CommandOutput::csv(session_columns(), &stats.items);
    }
    let models = if *breakdown { Some(ready.reporter.models_by_session(&query).await?) } else { None };
    let items = split(stats.items, |session| &session.id, models);
    if report.form.csv {
        let sessions = items.iter().map(|item| (item.row.id.clone(), item.models.as_deref()));
        return CommandOutput::csv(part_columns("session"), &parts(sessions));
    }
    if report.form.json {
        let (meta, totals) = (stats.meta, stats.totals);
        let (next_cursor, total) = (stats.next_cursor, stats.total);
        return CommandOutput::json(&SplitList { meta, items, next_cursor, total, totals });
    }
    if items.is_empty() {
        let Meta { from, to, tz, .. } = &stats.meta;
        let text = if is_all {
            no_usage(&stats.meta)
        } else {
            format!("No such session from {from} to {to} ({tz}).")
        };
        return Ok(CommandOutput::Page(text));
    }
    let (tz, compact, apart) = (query.tz, report.form.compact, args.apart.subagents);
    let mut head = if apart {
        vec!["Project", "Session", "Tokens", "Cost", "Subagents"]
    } else {
        vec!["Project", "Session", "Last", "Tokens", "Cost"]
    };
    if compact {
        head.remove(0);
    }
    let cells = |project: &str, id: &str, last: Option<String>, usage: &Usage| {
        let mut cells = vec![Value::name(project), Value::name(id)];
        cells.extend((!apart).then(|| Value::Name(last.unwrap_or_default())));
        cells.extend([Value::Count(usage.total_tokens), cost_value(usage)]);
        cells.extend(apart.then(|| Value::Rate(usage.subagent_cost_share())));
        if compact {
            // A row that sums up has its name first.
            cells.remove(usize::from(id.is_empty()));
        }
        cells
    };
    let mut rows = Vec::new();
    for SplitRow { row, models } in &items {
        rows.push(Row::new(cells(last_component(&row.project), &row.id, last_day(row, tz), &row.usage)));
        for share in models.iter().flatten() {
            let model = if compact { share.model.clone() } else { format!("  {}", share.model) };
            rows.push(Row::part(cells("", &model, None, &share.usage)));
        }
    }
    let table = Table {
        head: head.into_iter().map(str::to_owned).collect(),
        rows,
        total: Some(cells("Total", "", None, &stats.totals)),
        compact,
    };
    Ok(CommandOutput::Page(table.render(width()) + &footer(&stats.meta, &Doubts::of(&stats.totals))))
}

fn last_day(session: &Session, tz: Tz) -> Option<String> {
    session.ended_at.map(|at| local_day(at, tz))
}
