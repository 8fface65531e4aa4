//! Columns of each table.

use super::PartOfDay;
use crate::wire::{self, HasUsage};
use ctm_export::{Cell, Column};

/// Columns of a table of days.
#[must_use]
pub fn day_columns() -> Vec<Column<wire::Day>> {
    with_usage([Column::new("date", |day| Cell::Date(day.date))])
}

/// Columns of a table of models.
#[must_use]
pub fn model_columns() -> Vec<Column<wire::Model>> {
    with_usage([
        Column::new("model", |model| Cell::Text(&model.model)),
        Column::new("priced_as", |model| text(model.priced_as.as_ref())),
    ])
}

/// Columns of a table of projects.
#[must_use]
pub fn project_columns() -> Vec<Column<wire::Project>> {
    with_usage([Column::new("project", |project| Cell::Text(&project.project))])
}

/// Columns of a table of sessions.
#[must_use]
pub fn session_columns() -> Vec<Column<wire::Session>> {
    with_usage([
        Column::new("session", |session| Cell::Text(&session.id)),
        Column::new("project", |session| Cell::Text(&session.project)),
        Column::new("branch", |session| text(session.branch.as_ref())),
        Column::new("started_at", |session| session.started_at.map(|at| Cell::Time(at.0)).into()),
        Column::new("ended_at", |session| session.ended_at.map(|at| Cell::Time(at.0)).into()),
    ])
}

/// Columns of a table of tools.
#[must_use]
pub fn tool_columns() -> Vec<Column<wire::ToolUsage>> {
    vec![
        Column::new("tool", |tool| Cell::Text(&tool.tool)),
        Column::new("mcp_server", |tool| text(tool.mcp_server.as_ref())),
        Column::new("calls", |tool| Cell::Count(tool.calls)),
        Column::new("errors", |tool| Cell::Count(tool.errors)),
        Column::new("error_rate", |tool| Cell::Rate(tool.error_rate)),
        Column::new("sessions", |tool| Cell::Count(tool.sessions)),
        Column::new("last_at", |tool| tool.last_at.map(|at| Cell::Time(at.0)).into()),
    ]
}

/// Columns of a table of five-hour blocks.
#[must_use]
pub fn block_columns() -> Vec<Column<wire::Block>> {
    let mut columns = with_usage([
        Column::new("start_at", |block: &wire::Block| Cell::Time(block.start_at.0)),
        Column::new("end_at", |block| Cell::Time(block.end_at.0)),
        Column::new("first_at", |block| block.first_at.map(|at| Cell::Time(at.0)).into()),
        Column::new("last_at", |block| block.last_at.map(|at| Cell::Time(at.0)).into()),
        Column::new("active", |block| Cell::Flag(block.active)),
    ]);
    columns.extend([
        Column::new("burn_tokens_per_min", |block: &wire::Block| {
            block.burn_tokens_per_min.map(Cell::Rate).into()
        }),
        Column::new("burn_usd_per_h", |block| block.burn_usd_per_h.map(Cell::Rate).into()),
        Column::new("projected_tokens", |block| block.projected_tokens.map(Cell::Count).into()),
        Column::new("projected_cost_usd", |block| {
            block.projected_cost_usd.map(|cost| Cell::Usd(cost.0)).into()
        }),
    ]);
    columns
}

/// Columns of a table of changes; the values are those of the metric that is compared.
pub(super) fn change_columns() -> Vec<Column<wire::ChangedItem>> {
    vec![
        Column::new("key", |item| Cell::Text(&item.key)),
        Column::new("project", |item| text(item.project.as_ref())),
        Column::new("presence", |item| Cell::Text(item.presence.name())),
        Column::new("previous", |item| item.value.previous.map(number).into()),
        Column::new("previous_certainty", |item| Cell::Text(item.value.previous_certainty.name())),
        Column::new("current", |item| item.value.current.map(number).into()),
        Column::new("current_certainty", |item| Cell::Text(item.value.current_certainty.name())),
        Column::new("difference", |item| item.value.difference.map(difference).into()),
    ]
}

fn number(number: wire::Number) -> Cell<'static> {
    match number {
        wire::Number::Count(count) => Cell::Count(count),
        wire::Number::Usd(amount) => Cell::Usd(amount.0),
        wire::Number::Rate(rate) => Cell::Rate(rate),
    }
}

fn difference(difference: wire::ChangedDifference) -> Cell<'static> {
    match difference {
        wire::ChangedDifference::Count(count) => Cell::Difference(count),
        wire::ChangedDifference::Usd(amount) => Cell::Usd(amount.0),
    }
}

pub(super) fn part_columns(name: &'static str) -> Vec<Column<PartOfDay>> {
    with_usage([
        Column::new("date", |part: &PartOfDay| Cell::Date(part.date)),
        Column::new(name, |part| Cell::Text(&part.name)),
    ])
}

pub(super) fn response_columns() -> Vec<Column<wire::Response>> {
    vec![
        Column::new("key", |response| Cell::Text(&response.key)),
        Column::new("at", |response| Cell::Time(response.at.0)),
        Column::new("session", |response| Cell::Text(&response.session)),
        Column::new("project", |response| Cell::Text(&response.project)),
        Column::new("cwd", |response| Cell::Text(&response.cwd)),
        Column::new("model", |response| Cell::Text(&response.model)),
        Column::new("input_tokens", |response| Cell::Count(response.tokens.input_tokens)),
        Column::new("output_tokens", |response| Cell::Count(response.tokens.output_tokens)),
        Column::new("cache_read_tokens", |response| Cell::Count(response.tokens.cache_read_tokens)),
        Column::new("cache_write_5m_tokens", |response| Cell::Count(response.tokens.cache_write_5m_tokens)),
        Column::new("cache_write_1h_tokens", |response| Cell::Count(response.tokens.cache_write_1h_tokens)),
        Column::new("total_tokens", |response| Cell::Count(response.tokens.total_tokens)),
        Column::new("cost_usd", |response| response.cost_usd.map(|cost| Cell::Usd(cost.0)).into()),
        Column::new("unpriced_tokens", |response| Cell::Count(response.unpriced_tokens)),
        Column::new("web_searches", |response| Cell::Count(response.web_searches)),
        Column::new("context_tokens", |response| Cell::Count(response.context_tokens)),
        Column::new("sidechain", |response| Cell::Flag(response.sidechain)),
        Column::new("agent", |response| text(response.agent.as_ref())),
        Column::new("copies", |response| Cell::Count(response.copies)),
        Column::new("final", |response| Cell::Flag(response.r#final)),
        Column::new("file", |response| Cell::Text(&response.source.file)),
        Column::new("line_offset", |response| Cell::Count(response.source.line_offset)),
        Column::new("skill", |response| text(response.details.skill.as_ref())),
        Column::new("plugin", |response| text(response.details.plugin.as_ref())),
        Column::new("attributed_agent", |response| text(response.details.attributed_agent.as_ref())),
        Column::new("mcp_server", |response| text(response.details.mcp_server.as_ref())),
        Column::new("mcp_tool", |response| text(response.details.mcp_tool.as_ref())),
        Column::new("effort", |response| text(response.details.effort.as_ref())),
        Column::new("thinking_tokens", |response| response.details.thinking_tokens.map(Cell::Count).into()),
        Column::new("cache_miss_reason", |response| text(response.details.cache_miss_reason.as_ref())),
        Column::new("cache_missed_tokens", |response| {
            response.details.cache_missed_tokens.map(Cell::Count).into()
        }),
        Column::new("refusal_category", |response| text(response.details.refusal_category.as_ref())),
        Column::new("entrypoint", |response| text(response.details.entrypoint.as_ref())),
        Column::new("team", |response| text(response.details.team.as_ref())),
        Column::new("teammate", |response| text(response.details.teammate.as_ref())),
        Column::new("certainty", |response| Cell::Text(response.certainty.name())),
    ]
}

pub(super) fn note_columns() -> Vec<Column<wire::Note>> {
    vec![
        Column::new("id", |note| Cell::Text(&note.id)),
        Column::new("date", |note| Cell::Date(note.date)),
        Column::new("text", |note| Cell::Text(&note.text)),
        Column::new("created_at", |note| Cell::Time(note.created_at.0)),
        Column::new("changed_at", |note| Cell::Time(note.changed_at.0)),
    ]
}

pub(super) fn view_columns() -> Vec<Column<wire::View>> {
    vec![
        Column::new("id", |view| Cell::Text(&view.id)),
        Column::new("name", |view| Cell::Text(&view.name)),
        Column::new("path", |view| Cell::Text(&view.path)),
        Column::new("created_at", |view| Cell::Time(view.created_at.0)),
        Column::new("changed_at", |view| Cell::Time(view.changed_at.0)),
    ]
}

fn text(text: Option<&String>) -> Cell<'_> {
    text.map(|text| Cell::Text(text)).into()
}

/// Adds the columns common to all tables of usage.
#[must_use]
pub fn with_usage<R: HasUsage, const N: usize>(names: [Column<R>; N]) -> Vec<Column<R>> {
    let usage = [
        Column::new("input_tokens", |row: &R| count(row, |usage| usage.input_tokens)),
        Column::new("output_tokens", |row| count(row, |usage| usage.output_tokens)),
        Column::new("cache_read_tokens", |row| count(row, |usage| usage.cache_read_tokens)),
        Column::new("cache_write_5m_tokens", |row| count(row, |usage| usage.cache_write_5m_tokens)),
        Column::new("cache_write_1h_tokens", |row| count(row, |usage| usage.cache_write_1h_tokens)),
        Column::new("total_tokens", |row| count(row, |usage| usage.total_tokens)),
        Column::new("cost_usd", |row| row.usage().cost_usd.map(|cost| Cell::Usd(cost.0)).into()),
        Column::new("web_searches", |row| count(row, |usage| usage.web_searches)),
        Column::new("responses", |row| count(row, |usage| usage.responses)),
        Column::new("sessions", |row| count(row, |usage| usage.sessions)),
        Column::new("cache_hit_rate", |row| row.usage().cache_hit_rate.map(Cell::Rate).into()),
        Column::new("unpriced_tokens", |row| count(row, |usage| usage.unpriced_tokens)),
        Column::new("unfinalised_responses", |row| count(row, |usage| usage.unfinalised_responses)),
        Column::new("certainty", |row| Cell::Text(row.usage().certainty.name())),
        Column::new("subagent_responses", |row| row.usage().subagent_responses.map(Cell::Count).into()),
        Column::new("subagent_tokens", |row| row.usage().subagent_tokens.map(Cell::Count).into()),
        Column::new("subagent_cost_usd", |row| {
            row.usage().subagent_cost_usd.map(|cost| Cell::Usd(cost.0)).into()
        }),
    ];
    names.into_iter().chain(usage).collect()
}

/// Returns a count, which is unknown for a time without data.
fn count(row: &impl HasUsage, of: fn(&wire::Usage) -> u64) -> Cell<'static> {
    let usage = row.usage();
    if usage.is_unknown() { Cell::Unknown } else { Cell::Count(of(usage)) }
}
