//! `ctm telemetry`: what telemetry there is, and how Claude Code is set up to send it.
//!
//! Nothing is changed: the environment and the settings of Claude Code belong to the user.

use super::context::{self, CommandContext, Flags, UpdateArgs};
use super::filter::FilterArgs;
use super::output::{CommandOutput, JsonArgs, bold};
use super::table::{Row, Table, Value};
use super::text::{count, counted, local};
use crate::error::AppError;
use crate::wrapping::width;
use chrono_tz::Tz;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_config::settings::Settings;
use ctm_report::wire::{Telemetry, Usage};
use serde_json::{Map, json};

#[derive(Debug, Args)]
pub(super) struct TelemetryArgs {
    /// Show the environment and the settings with which Claude Code sends its telemetry; nothing is changed
    #[arg(long, conflicts_with_all = ["json", "range", "from", "to", "last"])]
    install: bool,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    update: UpdateArgs,
    #[command(flatten)]
    form: JsonArgs,
}

/// Prints what there is, or how to set it up.
pub(super) async fn run(flags: Flags, args: &TelemetryArgs) -> Result<(), AppError> {
    if args.install {
        let (settings, _) = context::start(flags)?;
        return CommandOutput::Page(installation(&settings)).print();
    }
    let ready = CommandContext::from_database(flags, args.update).await?;
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let telemetry = ready.archive()?.telemetry(&query).await?;
    let output = if args.form.json {
        CommandOutput::json(&telemetry)?
    } else {
        CommandOutput::Page(page(&telemetry, ready.tz()))
    };
    output.print()?;
    ready.close().await
}

fn page(of: &Telemetry, tz: Tz) -> String {
    let Some(last_at) = of.last_at else {
        return "No telemetry was received. `ctm telemetry --install` shows how to send it.".to_owned();
    };
    let share = of.witnessed_share.map(|share| format!(" ({:.1} %)", share * 100.0)).unwrap_or_default();
    let mut text = vec![
        format!(
            "{}, the last one at {} ({tz}).",
            counted(of.requests, "request", "requests"),
            local(last_at, tz)
        ),
        format!(
            "Since the first one, {} of {} have a second witness{share}.",
            count(of.joined),
            counted(of.responses_since, "response", "responses"),
        ),
        format!(
            "{} without a final record got their output.",
            counted(of.completed, "response", "responses")
        ),
    ];
    if of.contested > 0 {
        let requests = counted(of.contested, "request was", "requests were");
        text.push(format!("{requests} reported with different counts; the greatest holds."));
    }
    text.extend([String::new(), bold("Requests that no transcript has")]);
    text.push(unlogged(of));
    text.join("\n")
}

fn unlogged(of: &Telemetry) -> String {
    if of.unlogged.is_empty() {
        return format!("None from {} to {} ({}).", of.meta.from, of.meta.to, of.meta.tz);
    }
    let cells = |source: &str, model: &str, usage: &Usage| {
        vec![
            Value::name(source),
            Value::name(model),
            Value::Count(usage.responses),
            Value::Count(usage.total_tokens),
            Value::cost(usage.cost_usd, usage.certainty),
        ]
    };
    let rows = of.unlogged.iter().map(|item| {
        Row::new(cells(item.query_source.as_deref().unwrap_or("(not reported)"), &item.model, &item.usage))
    });
    let table = Table {
        head: ["For", "Model", "Requests", "Tokens", "Cost"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: Some(cells("Total", "", &of.totals)),
        compact: false,
    };
    let note = if of.meta.unlogged.as_ref().is_some_and(|unlogged| unlogged.included) {
        "They are included in totals."
    } else {
        "They are in no total unless `--unlogged` or the setting `count_unlogged` says so."
    };
    format!("{}\n\n{note}", table.render(width()))
}

/// Returns the environment with which Claude Code sends its telemetry to the server of these settings.
fn environment(settings: &Settings) -> Vec<(&'static str, String)> {
    let host = if settings.host.is_unspecified() { "127.0.0.1".to_owned() } else { shown(settings) };
    let endpoint = match settings.otlp_listen {
        Some(address) => format!("http://{address}/v1/logs"),
        None => format!("http://{host}:{}{}", settings.port, settings.base_path.href("/otlp/v1/logs")),
    };
    let mut variables = vec![
        ("CLAUDE_CODE_ENABLE_TELEMETRY", "1".to_owned()),
        ("OTEL_LOGS_EXPORTER", "otlp".to_owned()),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf".to_owned()),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", endpoint),
    ];
    if settings.auth_token.is_some() {
        variables.push(("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20YOUR_TOKEN".to_owned()));
    }
    variables
}

fn shown(settings: &Settings) -> String {
    match settings.host {
        std::net::IpAddr::V6(host) => format!("[{host}]"),
        std::net::IpAddr::V4(host) => host.to_string(),
    }
}

fn installation(settings: &Settings) -> String {
    let variables = environment(settings);
    let lines: Vec<String> = variables.iter().map(|(name, value)| format!("export {name}={value}")).collect();
    let members: Map<_, _> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let settings = serde_json::to_string_pretty(&json!({ "env": members })).unwrap_or_default();
    [
        "Nothing was changed. Claude Code sends its telemetry to this server with this environment:".to_owned(),
        String::new(),
        lines.join("\n"),
        String::new(),
        "Or with this in `settings.json` of the user, or in the managed settings of a machine; settings of a \
         project cannot set it:"
            .to_owned(),
        String::new(),
        settings,
        String::new(),
        "`ctm serve` has to run. Of telemetry, only counts, models, times and names of skills, agents, plugins \
         and MCP servers are kept: no text, no account, no organization. `ctm doctor` shows whether it arrives."
            .to_owned(),
    ]
    .join("\n")
}
