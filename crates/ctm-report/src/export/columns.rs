//! Columns of each table.

use super::PartOfDay;
use crate::wire::{self, HasUsage};
use ctm_export::{Cell, Column, Kind};

/// How much of the usage a value covers.
pub(super) const CERTAINTY: Kind = Kind::Word(&wire::Certainty::NAMES);

/// The certainty of what ctm counts without a price, or what a person wrote.
const EXACT: Cell<'static> = Cell::Text(wire::Certainty::Exact.name());

/// A day of usage.
const DAY: Kind = Kind::Day("zone of the report");

/// Values of the metric that is compared.
const COMPARED: Kind = Kind::Number("metric that is compared");

/// Columns of a table of days.
#[must_use]
pub fn day_columns() -> Vec<Column<wire::Day>> {
    with_usage([Column::described("date", DAY.always("Day of the usage."), |day| Cell::Date(day.date))])
}

/// Columns of a table of models.
#[must_use]
pub fn model_columns() -> Vec<Column<wire::Model>> {
    with_usage([
        Column::described("model", Kind::Text.always("Model, as logged."), |model| Cell::Text(&model.model)),
        Column::described(
            "priced_as",
            Kind::Text.or_null("Model of the price table whose price was applied; null without a price."),
            |model| text(model.priced_as.as_ref()),
        ),
    ])
}

/// Columns of a table of projects.
#[must_use]
pub fn project_columns() -> Vec<Column<wire::Project>> {
    with_usage([Column::described("project", Kind::Text.always("Project."), |project| {
        Cell::Text(&project.project)
    })])
}

/// Columns of a table of sessions.
#[must_use]
pub fn session_columns() -> Vec<Column<wire::Session>> {
    with_usage([
        Column::described("session", Kind::Text.always("Id of the session."), |session| {
            Cell::Text(&session.id)
        }),
        Column::described("project", Kind::Text.always("Project of the session."), |session| {
            Cell::Text(&session.project)
        }),
        Column::described("branch", Kind::Text.or_null("Git branch of its last response."), |session| {
            text(session.branch.as_ref())
        }),
        Column::described(
            "started_at",
            Kind::Time.or_null("Time of its first response in the period."),
            |session| session.started_at.map(|at| Cell::Time(at.0)).into(),
        ),
        Column::described(
            "ended_at",
            Kind::Time.or_null("Time of its last response in the period."),
            |session| session.ended_at.map(|at| Cell::Time(at.0)).into(),
        ),
    ])
}

/// Columns of a table of tools.
#[must_use]
pub fn tool_columns() -> Vec<Column<wire::ToolUsage>> {
    vec![
        Column::described("tool", Kind::Text.always("Tool, as logged."), |tool| Cell::Text(&tool.tool)),
        Column::described(
            "mcp_server",
            Kind::Text.or_null("MCP server that provides it; null for Claude Code's own tools."),
            |tool| text(tool.mcp_server.as_ref()),
        ),
        Column::described("calls", Kind::Count("calls").always("Calls."), |tool| Cell::Count(tool.calls)),
        Column::described("errors", Kind::Count("calls").always("Calls that failed."), |tool| {
            Cell::Count(tool.errors)
        }),
        Column::described(
            "error_rate",
            Kind::Number("share").always("Share of failed calls, 0 to 1."),
            |tool| Cell::Rate(tool.error_rate),
        ),
        Column::described(
            "sessions",
            Kind::Count("sessions").always("Sessions in which it was called."),
            |tool| Cell::Count(tool.sessions),
        ),
        Column::described("last_at", Kind::Time.or_null("Time of the last call."), |tool| {
            tool.last_at.map(|at| Cell::Time(at.0)).into()
        }),
        Column::described(
            "certainty",
            CERTAINTY.always("How much of the logged calls it counts: always `exact`."),
            |_| EXACT,
        ),
    ]
}

/// Columns of a table of five-hour blocks.
#[must_use]
pub fn block_columns() -> Vec<Column<wire::Block>> {
    let mut columns = with_usage([
        Column::described(
            "start_at",
            Kind::Time.always("Start: the full hour of the first response."),
            |block: &wire::Block| Cell::Time(block.start_at.0),
        ),
        Column::described("end_at", Kind::Time.always("End: five hours after the start."), |block| {
            Cell::Time(block.end_at.0)
        }),
        Column::described("first_at", Kind::Time.or_null("Time of the first response."), |block| {
            block.first_at.map(|at| Cell::Time(at.0)).into()
        }),
        Column::described("last_at", Kind::Time.or_null("Time of the last response."), |block| {
            block.last_at.map(|at| Cell::Time(at.0)).into()
        }),
        Column::described("active", Kind::Flag.always("Whether it is the active block."), |block| {
            Cell::Flag(block.active)
        }),
    ]);
    columns.extend([
        Column::described(
            "burn_tokens_per_min",
            Kind::Number("tokens per minute").or_null("Tokens per minute so far; null in the first minute."),
            |block: &wire::Block| block.burn_tokens_per_min.map(Cell::Rate).into(),
        ),
        Column::described(
            "burn_usd_per_h",
            Kind::Number("USD per hour").or_null("Cost per hour so far; null in the first minute."),
            |block| block.burn_usd_per_h.map(Cell::Rate).into(),
        ),
        Column::described(
            "projected_tokens",
            Kind::Count("tokens").or_null("Projected tokens at the end; null unless active for 30 minutes."),
            |block| block.projected_tokens.map(Cell::Count).into(),
        ),
        Column::described(
            "projected_cost_usd",
            Kind::Usd.or_null("Projected cost at the end; null unless active for 30 minutes."),
            |block| block.projected_cost_usd.map(|cost| Cell::Usd(cost.0)).into(),
        ),
    ]);
    columns
}

/// Columns of a table of changes; the values are those of the metric that is compared.
pub(super) fn change_columns() -> Vec<Column<wire::ChangedItem>> {
    vec![
        Column::described("key", Kind::Text.always("Item: a model, project, tool or session."), |item| {
            Cell::Text(&item.key)
        }),
        Column::described(
            "project",
            Kind::Text.or_null("Project of a session; null for other items."),
            |item| text(item.project.as_ref()),
        ),
        Column::described(
            "presence",
            Kind::Word(&wire::ChangedPresence::NAMES)
                .always("Whether it is in both periods, `new`, or `gone`."),
            |item| Cell::Text(item.presence.name()),
        ),
        Column::described(
            "previous",
            COMPARED.or_null("Value in the period of comparison; null where it is unknown."),
            |item| item.value.previous.map(number).into(),
        ),
        Column::described(
            "previous_certainty",
            CERTAINTY.always("How much of the usage the previous value covers."),
            |item| Cell::Text(item.value.previous_certainty.name()),
        ),
        Column::described(
            "current",
            COMPARED.or_null("Value in the period; null where it is unknown."),
            |item| item.value.current.map(number).into(),
        ),
        Column::described(
            "current_certainty",
            CERTAINTY.always("How much of the usage the current value covers."),
            |item| Cell::Text(item.value.current_certainty.name()),
        ),
        Column::described(
            "difference",
            COMPARED.or_null("The current value less the previous one; null without both."),
            |item| item.value.difference.map(difference).into(),
        ),
        Column::described(
            "certainty",
            CERTAINTY.always("How much of the usage both values cover; the difference is a bound in neither direction unless `exact`."),
            |item| {
                let value = &item.value;
                Cell::Text(value.previous_certainty.max(value.current_certainty).name())
            },
        ),
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

/// Columns of the models of each day.
pub(super) fn daily_model_columns() -> Vec<Column<PartOfDay>> {
    part_columns("model", "Model, as logged.")
}

/// Columns of the projects of each day.
pub(super) fn daily_project_columns() -> Vec<Column<PartOfDay>> {
    part_columns("project", "Project.")
}

fn part_columns(name: &'static str, description: &'static str) -> Vec<Column<PartOfDay>> {
    with_usage([
        Column::described("date", DAY.always("Day of the usage."), |part: &PartOfDay| Cell::Date(part.date)),
        Column::described(name, Kind::Text.always(description), |part| Cell::Text(&part.name)),
    ])
}

pub(super) fn response_columns() -> Vec<Column<wire::Response>> {
    vec![
        Column::described("key", Kind::Text.always("Response key, which all copies share."), |response| {
            Cell::Text(&response.key)
        }),
        Column::described("at", Kind::Time.always("Time of the response."), |response| {
            Cell::Time(response.at.0)
        }),
        Column::described("session", Kind::Text.always("Id of its session."), |response| {
            Cell::Text(&response.session)
        }),
        Column::described("project", Kind::Text.always("Its project."), |response| {
            Cell::Text(&response.project)
        }),
        Column::described(
            "cwd",
            Kind::Text.always("Working directory, or the folder of the transcript if no line has one."),
            |response| Cell::Text(&response.cwd),
        ),
        Column::described(
            "model",
            Kind::Text.always("Model of its first billed part, as logged."),
            |response| Cell::Text(&response.model),
        ),
        Column::described(
            "input_tokens",
            Kind::Count("tokens").always("Input tokens outside the cache."),
            |response| Cell::Count(response.tokens.input_tokens),
        ),
        Column::described("output_tokens", Kind::Count("tokens").always("Output tokens."), |response| {
            Cell::Count(response.tokens.output_tokens)
        }),
        Column::described(
            "cache_read_tokens",
            Kind::Count("tokens").always("Prompt tokens read from the cache."),
            |response| Cell::Count(response.tokens.cache_read_tokens),
        ),
        Column::described(
            "cache_write_5m_tokens",
            Kind::Count("tokens").always("Prompt tokens written to the cache for five minutes."),
            |response| Cell::Count(response.tokens.cache_write_5m_tokens),
        ),
        Column::described(
            "cache_write_1h_tokens",
            Kind::Count("tokens").always("Prompt tokens written to the cache for an hour."),
            |response| Cell::Count(response.tokens.cache_write_1h_tokens),
        ),
        Column::described("total_tokens", Kind::Count("tokens").always("Tokens of all kinds."), |response| {
            Cell::Count(response.tokens.total_tokens)
        }),
        Column::described(
            "cost_usd",
            Kind::Usd.or_null("Cost at API list prices; null when nothing could be priced."),
            |response| response.cost_usd.map(|cost| Cell::Usd(cost.0)).into(),
        ),
        Column::described(
            "unpriced_tokens",
            Kind::Count("tokens").always("Tokens that are not included in the cost."),
            |response| Cell::Count(response.unpriced_tokens),
        ),
        Column::described(
            "web_searches",
            Kind::Count("searches").always("Web searches, which are included in the cost."),
            |response| Cell::Count(response.web_searches),
        ),
        Column::described(
            "context_tokens",
            Kind::Count("tokens").always("Prompt size of its last part."),
            |response| Cell::Count(response.context_tokens),
        ),
        Column::described("sidechain", Kind::Flag.always("Whether it is of a subagent."), |response| {
            Cell::Flag(response.sidechain)
        }),
        Column::described("agent", Kind::Text.or_null("Id of the subagent."), |response| {
            text(response.agent.as_ref())
        }),
        Column::described("copies", Kind::Count("lines").always("Lines that log it."), |response| {
            Cell::Count(response.copies)
        }),
        Column::described(
            "final",
            Kind::Flag.always("Whether a final record exists, or telemetry reports the output."),
            |response| Cell::Flag(response.r#final),
        ),
        Column::described("file", Kind::Text.always("Transcript of the line that counts."), |response| {
            Cell::Text(&response.source.file)
        }),
        Column::described(
            "line_offset",
            Kind::Count("bytes").always("Offset of the first byte of the line that counts."),
            |response| Cell::Count(response.source.line_offset),
        ),
        Column::described("skill", Kind::Text.or_null("Skill that it is attributed to."), |response| {
            text(response.details.skill.as_ref())
        }),
        Column::described("plugin", Kind::Text.or_null("Plugin that it is attributed to."), |response| {
            text(response.details.plugin.as_ref())
        }),
        Column::described(
            "attributed_agent",
            Kind::Text.or_null("Name of the agent that it is attributed to."),
            |response| text(response.details.attributed_agent.as_ref()),
        ),
        Column::described(
            "mcp_server",
            Kind::Text.or_null("MCP server that it is attributed to."),
            |response| text(response.details.mcp_server.as_ref()),
        ),
        Column::described("mcp_tool", Kind::Text.or_null("MCP tool that it is attributed to."), |response| {
            text(response.details.mcp_tool.as_ref())
        }),
        Column::described("effort", Kind::Text.or_null("Requested effort, such as `high`."), |response| {
            text(response.details.effort.as_ref())
        }),
        Column::described(
            "thinking_tokens",
            Kind::Count("tokens").or_null("Thinking tokens, which are part of `output_tokens`."),
            |response| response.details.thinking_tokens.map(Cell::Count).into(),
        ),
        Column::described(
            "cache_miss_reason",
            Kind::Text.or_null("Reason of the cache miss, such as `tools_changed`."),
            |response| text(response.details.cache_miss_reason.as_ref()),
        ),
        Column::described(
            "cache_missed_tokens",
            Kind::Count("tokens").or_null("Tokens that were not read from the cache because it was missed."),
            |response| response.details.cache_missed_tokens.map(Cell::Count).into(),
        ),
        Column::described(
            "refusal_category",
            Kind::Text.or_null("Category of the model's refusal."),
            |response| text(response.details.refusal_category.as_ref()),
        ),
        Column::described(
            "entrypoint",
            Kind::Text.or_null("Entrypoint of Claude Code, such as `cli`."),
            |response| text(response.details.entrypoint.as_ref()),
        ),
        Column::described("team", Kind::Text.or_null("Team that the session is a member of."), |response| {
            text(response.details.team.as_ref())
        }),
        Column::described("teammate", Kind::Text.or_null("Name of the session in the team."), |response| {
            text(response.details.teammate.as_ref())
        }),
        Column::described(
            "certainty",
            CERTAINTY.always("How much of the response the cost covers."),
            |response| Cell::Text(response.certainty.name()),
        ),
    ]
}

pub(super) fn note_columns() -> Vec<Column<wire::Note>> {
    vec![
        Column::described("id", Kind::Text.always("Id of the note."), |note| Cell::Text(&note.id)),
        Column::described(
            "date",
            Kind::Day("any").always("Day of the note, independent of any zone."),
            |note| Cell::Date(note.date),
        ),
        Column::described("text", Kind::Text.always("Text of the note: one line."), |note| {
            Cell::Text(&note.text)
        }),
        Column::described("created_at", Kind::Time.always("Time of its creation."), |note| {
            Cell::Time(note.created_at.0)
        }),
        Column::described("changed_at", Kind::Time.always("Time of its last change."), |note| {
            Cell::Time(note.changed_at.0)
        }),
        Column::described("certainty", CERTAINTY.always("Always `exact`: a person wrote it."), |_| EXACT),
    ]
}

pub(super) fn view_columns() -> Vec<Column<wire::View>> {
    vec![
        Column::described("id", Kind::Text.always("Id of the view."), |view| Cell::Text(&view.id)),
        Column::described("name", Kind::Text.always("Name of the view."), |view| Cell::Text(&view.name)),
        Column::described(
            "path",
            Kind::Text.always("Path of the page with its query, relative to the base path."),
            |view| Cell::Text(&view.path),
        ),
        Column::described("created_at", Kind::Time.always("Time of its creation."), |view| {
            Cell::Time(view.created_at.0)
        }),
        Column::described("changed_at", Kind::Time.always("Time of its last change."), |view| {
            Cell::Time(view.changed_at.0)
        }),
        Column::described("certainty", CERTAINTY.always("Always `exact`: a person saved it."), |_| EXACT),
    ]
}

fn text(text: Option<&String>) -> Cell<'_> {
    text.map(|text| Cell::Text(text)).into()
}

/// Adds the columns common to all tables of usage.
#[must_use]
pub fn with_usage<R: HasUsage, const N: usize>(names: [Column<R>; N]) -> Vec<Column<R>> {
    let usage = [
        Column::described(
            "input_tokens",
            Kind::Count("tokens").or_null("Input tokens outside the cache; null without data."),
            |row: &R| count(row, |usage| usage.input_tokens),
        ),
        Column::described(
            "output_tokens",
            Kind::Count("tokens").or_null("Output tokens; null without data."),
            |row| count(row, |usage| usage.output_tokens),
        ),
        Column::described(
            "cache_read_tokens",
            Kind::Count("tokens").or_null("Prompt tokens read from the cache; null without data."),
            |row| count(row, |usage| usage.cache_read_tokens),
        ),
        Column::described(
            "cache_write_5m_tokens",
            Kind::Count("tokens")
                .or_null("Prompt tokens written to the cache for five minutes; null without data."),
            |row| count(row, |usage| usage.cache_write_5m_tokens),
        ),
        Column::described(
            "cache_write_1h_tokens",
            Kind::Count("tokens")
                .or_null("Prompt tokens written to the cache for an hour; null without data."),
            |row| count(row, |usage| usage.cache_write_1h_tokens),
        ),
        Column::described(
            "total_tokens",
            Kind::Count("tokens").or_null("Tokens of all kinds; null without data."),
            |row| count(row, |usage| usage.total_tokens),
        ),
        Column::described(
            "cost_usd",
            Kind::Usd.or_null("Cost at API list prices; null when nothing could be priced."),
            |row| row.usage().cost_usd.map(|cost| Cell::Usd(cost.0)).into(),
        ),
        Column::described(
            "web_searches",
            Kind::Count("searches")
                .or_null("Web searches, which are included in the cost; null without data."),
            |row| count(row, |usage| usage.web_searches),
        ),
        Column::described(
            "responses",
            Kind::Count("responses").or_null("Responses, each counted once; null without data."),
            |row| count(row, |usage| usage.responses),
        ),
        Column::described(
            "sessions",
            Kind::Count("sessions").or_null("Sessions; null without data."),
            |row| count(row, |usage| usage.sessions),
        ),
        Column::described(
            "cache_hit_rate",
            Kind::Number("share")
                .or_null("Cache reads as a share of prompt tokens, 0 to 1; null without any."),
            |row| row.usage().cache_hit_rate.map(Cell::Rate).into(),
        ),
        Column::described(
            "unpriced_tokens",
            Kind::Count("tokens").or_null("Tokens that are not included in the cost; null without data."),
            |row| count(row, |usage| usage.unpriced_tokens),
        ),
        Column::described(
            "unfinalised_responses",
            Kind::Count("responses").or_null(
                "Responses without a final record, whose output may be incomplete; null without data.",
            ),
            |row| count(row, |usage| usage.unfinalised_responses),
        ),
        Column::described("certainty", CERTAINTY.always("How much of the usage the cost covers."), |row| {
            Cell::Text(row.usage().certainty.name())
        }),
        Column::described(
            "subagent_responses",
            Kind::Count("responses").or_null("Responses of subagents; null where that is unknown."),
            |row| row.usage().subagent_responses.map(Cell::Count).into(),
        ),
        Column::described(
            "subagent_tokens",
            Kind::Count("tokens").or_null("Tokens of subagents; null where that is unknown."),
            |row| row.usage().subagent_tokens.map(Cell::Count).into(),
        ),
        Column::described(
            "subagent_cost_usd",
            Kind::Usd.or_null("Cost of subagents; null where it is unknown."),
            |row| row.usage().subagent_cost_usd.map(|cost| Cell::Usd(cost.0)).into(),
        ),
    ];
    names.into_iter().chain(usage).collect()
}

/// Returns a count, which is unknown for a time without data.
fn count(row: &impl HasUsage, of: fn(&wire::Usage) -> u64) -> Cell<'static> {
    let usage = row.usage();
    if usage.is_unknown() { Cell::Unknown } else { Cell::Count(of(usage)) }
}
