//! `ctm explain`: how a session, response or day was counted.

use super::context::{CommandContext, Flags, UpdateArgs};
use super::output::{CommandOutput, JsonArgs, bold, dim, warning};
use super::table::{Row, Table, Value};
use super::text::{count, counted, local, usd};
use crate::error::AppError;
use crate::wrapping::width;
use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_facts::UsageFilter;
use ctm_report::wire::{
    Arithmetic, BilledPart, DailyStats, ExplainedResponse, LoggedLine, SessionDetail, Time, Usd, Witness,
};
use ctm_report::{DatabaseReports, Period, Query, ReportError};
use ctm_types::PicoUsd;
use ctm_types::printable::one_line;
use serde::Serialize;

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Id of a session, key of a response, or a day as YYYY-MM-DD
    #[arg(value_name = "SESSION|RESPONSE|DAY")]
    what: String,
    #[command(flatten)]
    update: UpdateArgs,
    #[command(flatten)]
    form: JsonArgs,
}

/// Subject of the explanation.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Explained {
    Response(Box<ExplainedResponse>),
    Session {
        #[serde(flatten)]
        session: Box<SessionDetail>,
        arithmetic: Arithmetic,
    },
    Day {
        #[serde(flatten)]
        day: Box<DailyStats>,
        arithmetic: Arithmetic,
    },
}

/// Prints the explanation.
pub(super) async fn run(flags: Flags, args: &ExplainArgs) -> Result<(), AppError> {
    let ready = CommandContext::from_database(flags, args.update).await?;
    let explained = explain(&ready.archive()?, &ready, &args.what).await?;
    let answer = if args.form.json {
        CommandOutput::json(&explained)?
    } else {
        CommandOutput::Page(explained.page(ready.tz()))
    };
    answer.print()?;
    ready.close().await
}

async fn explain(
    archive: &DatabaseReports,
    ready: &CommandContext,
    what: &str,
) -> Result<Explained, AppError> {
    let tz = ready.tz();
    if let Ok(day) = super::filter::day(what) {
        return explain_day(archive, ready, day).await;
    }
    match archive.session(what, tz).await {
        Ok(session) => {
            let filter = UsageFilter { sessions: vec![what.to_owned()], ..UsageFilter::default() };
            let arithmetic = archive.arithmetic(&Query { period: Period::ALL, tz, filter }).await?;
            return Ok(Explained::Session { session: Box::new(session), arithmetic });
        }
        Err(ReportError::Unknown { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    match archive.response(what).await {
        Ok(response) => Ok(Explained::Response(Box::new(response))),
        Err(ReportError::Unknown { .. }) => Err(AppError::Query(format!(
            "unknown session, response or day `{}`\n`ctm sessions` lists sessions, `ctm export --dataset \
             responses --fields key,at` responses",
            one_line(what)
        ))),
        Err(error) => Err(error.into()),
    }
}

async fn explain_day(
    archive: &DatabaseReports,
    ready: &CommandContext,
    day: NaiveDate,
) -> Result<Explained, AppError> {
    let period = Period::Between { from: Some(day), to: Some(day) };
    let query = Query { period, tz: ready.tz(), filter: UsageFilter::default() };
    let stats = ready.reporter.daily(&query, Bucket::Day, true).await?;
    let arithmetic = archive.arithmetic(&query).await?;
    Ok(Explained::Day { day: Box::new(stats), arithmetic })
}

impl Explained {
    fn page(&self, tz: Tz) -> String {
        match self {
            Self::Response(response) => page_of_response(response, tz),
            Self::Session { session, arithmetic } => page_of_session(session, arithmetic, tz),
            Self::Day { day, arithmetic } => {
                let title = bold(&format!("Day {} in {}", day.meta.from, day.meta.tz));
                [title, page_of_sum(arithmetic)].join("\n")
            }
        }
    }
}

fn page_of_response(response: &ExplainedResponse, tz: Tz) -> String {
    let ExplainedResponse { response: of, lines, parts, flags, .. } = response;
    let by = match (&of.agent_kind, of.sidechain) {
        (Some(kind), _) => format!("a subagent ({})", one_line(kind)),
        (None, true) => "a subagent".to_owned(),
        (None, false) => "the main conversation".to_owned(),
    };
    let mut text = vec![
        bold(&format!("Response {}", one_line(&of.key))),
        format!("Created at {} ({tz}) by {by}, in {}.", local(of.at, tz), one_line(&of.cwd)),
        format!("Session {}, project {}.", one_line(&of.session), one_line(&of.project)),
        String::new(),
        bold(&format!("Logged by {}", counted(of.copies, "line", "lines"))),
        lines_table(lines).render(width()),
        String::new(),
        bold("Billed"),
    ];
    text.extend(parts.iter().map(part));
    if response.searches_of_calls > 0 {
        let searches = counted(response.searches_of_calls, "web search is", "web searches are");
        text.push(format!(
            "  {searches} counted from the results of its WebSearch calls, not from its usage"
        ));
    }
    if let Some(witness) = &response.witness {
        text.extend([String::new(), bold("Telemetry")]);
        text.extend(witness_lines(witness, tz));
    }
    if !flags.is_empty() {
        text.push(warning(&format!("Notes: {}.", flags.join(", "))));
    }
    text.push(foot(&response.price_version));
    text.join("\n")
}

/// Returns what the second witness says, and which figure is whose.
fn witness_lines(of: &Witness, tz: Tz) -> Vec<String> {
    let [input, output] = [of.input_tokens, of.output_tokens].map(count);
    let [read, written] = [of.cache_read_tokens, of.cache_creation_tokens].map(count);
    let mut lines = vec![
        format!("  at {} ({tz}) for {}: {}", local(of.at, tz), source(of), one_line(&of.model)),
        format!("  input {input}, output {output}, cache read {read}, cache write {written}"),
    ];
    if let Some(cost) = of.claude_code_cost_usd {
        lines.push(format!("  Claude Code's own cost: {}", usd(Some(cost.0))));
    }
    let logged = count(of.logged_output_tokens);
    let speed = of.speed.as_deref().filter(|_| of.completes_speed);
    lines.push(match (of.completes, speed) {
        (true, Some(speed)) => format!(
            "  The output and the speed ({}) are those of telemetry: no transcript has a final record, and they have {logged} \
             and no speed. All else is that of the transcript.",
            one_line(speed)
        ),
        (true, None) => format!(
            "  The output is that of telemetry: no transcript has a final record, and they have {logged}. All else is that \
             of the transcript.",
        ),
        (false, _) => "  All figures are those of the transcript.".to_owned(),
    });
    if !of.conflicts.is_empty() {
        lines.push(warning(&format!("  Not the same in both: {}.", of.conflicts.join(", "))));
    }
    lines
}

fn source(of: &Witness) -> String {
    of.query_source.as_deref().map_or_else(|| "an unnamed purpose".to_owned(), |of| one_line(of).into_owned())
}

fn lines_table(lines: &[LoggedLine]) -> Table {
    let row = |line: &LoggedLine| {
        let gone = if line.present { "" } else { " (gone)" };
        let embedded = if line.embedded { " (progress record)" } else { "" };
        let why = match line.lost_by {
            None => "counts".to_owned(),
            Some(rule) => format!("lost by {rule}"),
        };
        Row::new(vec![
            Value::Name(format!("{}{gone}", line.file)),
            Value::Name(line.line_offset.to_string()),
            Value::Name(if line.r#final { "yes" } else { "no" }.to_owned()),
            Value::Count(line.tokens.output_tokens),
            Value::Count(line.tokens.total_tokens),
            Value::Name(format!("{why}{embedded}")),
        ])
    };
    let head = ["Transcript", "At byte", "Final", "Output", "Tokens", ""];
    Table {
        head: head.map(str::to_owned).to_vec(),
        rows: lines.iter().map(row).collect(),
        total: None,
        compact: false,
    }
}

fn page_of_session(session: &SessionDetail, arithmetic: &Arithmetic, tz: Tz) -> String {
    let at = |at: Option<Time>| at.map(|at| local(at, tz)).unwrap_or_default();
    let of = &session.session;
    let mut text = vec![
        bold(&format!("Session {}", one_line(&of.id))),
        format!("{} to {} ({tz}), in {}.", at(of.started_at), at(of.ended_at), one_line(&of.project)),
        format!(
            "{}, {}, {}.",
            counted(of.prompts, "prompt", "prompts"),
            counted(of.tool_calls, "tool call", "tool calls"),
            counted(of.subagents, "subagent", "subagents"),
        ),
    ];
    let among = &session.among_project;
    if let (Some(factor), Some(median)) = (among.factor, among.median_cost_usd) {
        let sessions = count(among.sessions);
        let median = usd(Some(median.0));
        text.push(format!(
            "{factor:.2} x the median cost of the {sessions} sessions of its project, {median}."
        ));
    }
    if let Some(from) = &session.forked_from {
        text.push(format!(
            "Forked from {} at {} ({tz}), with {} that {} for it.",
            one_line(&from.session),
            local(from.at, tz),
            counted(from.responses, "response", "responses"),
            if from.responses == 1 { "counts" } else { "count" },
        ));
    }
    if session.folders.len() > 1 {
        let folders: Vec<_> = session.folders.iter().map(|folder| one_line(folder)).collect();
        text.push(format!("Working directories: {}.", folders.join(", ")));
    }
    text.extend([String::new(), bold("Transcripts")]);
    for file in &session.files {
        let gone = if file.present { "" } else { "; deleted, its usage is kept" };
        let (lines, responses) = (
            counted(file.lines, "line", "lines"),
            counted(file.responses, "response of the session counts", "responses of the session count"),
        );
        text.push(format!("{}: {lines}, {responses}{gone}", one_line(&file.file)));
    }
    text.extend([String::new(), page_of_sum(arithmetic)]);
    text.join("\n")
}

/// Returns the calculation of a sum.
fn page_of_sum(sum: &Arithmetic) -> String {
    let copies = sum.lines.saturating_sub(sum.responses);
    let mut text = vec![format!(
        "{} logged by {}; {} of the lines are duplicates and do not count.",
        counted(sum.responses, "response is", "responses are"),
        counted(sum.lines, "line", "lines"),
        count(copies)
    )];
    if sum.unfinalised_responses > 0 {
        text.push(warning(&format!(
            "{} of the responses have no final record; their output may be incomplete.",
            count(sum.unfinalised_responses)
        )));
    }
    text.extend([String::new(), bold("Billed")]);
    text.extend(sum.parts.iter().map(part));
    text.push(bold(&format!("Total: {}", exact(sum.cost_usd))));
    if sum.unpriced_tokens > 0 {
        let tokens = counted(sum.unpriced_tokens, "token", "tokens");
        text.push(warning(&format!("Without a price and not included in the total: {tokens}.")));
    }
    text.push(foot(&sum.price_version));
    text.join("\n")
}

/// Returns the price of a part, and the terms of its cost.
fn part(part: &BilledPart) -> String {
    let mut lines = vec![price_row(part)];
    if !part.billed {
        let tokens = counted(part.tokens.total_tokens, "token", "tokens");
        lines.push(format!("  not billed: refused before any output: {tokens}"));
    }
    if let Some(reason) = &part.unpriced_reason {
        let tokens = counted(part.tokens.total_tokens, "token", "tokens");
        lines.push(format!("  {tokens} without a price: {}", one_line(reason)));
    }
    let width = |of: fn(&ctm_report::wire::CostTerm) -> String| {
        part.terms.iter().map(|term| of(term).len()).max().unwrap_or(0)
    };
    let counts = width(|term| count(term.count));
    let kinds = width(|term| term.kind.to_owned());
    for term in &part.terms {
        let (count, kind) = (count(term.count), term.kind);
        let each = match (kind, term.usd_each) {
            (_, None) => "no rate".to_owned(),
            ("web_searches", Some(Usd(each))) => format!("${each} each"),
            (_, Some(Usd(PicoUsd(pico)))) => format!("${} a million", PicoUsd(pico * 1_000_000)),
        };
        lines.push(format!("  {kind:kinds$}  {count:>counts$} x {each} = {}", exact(term.cost_usd)));
    }
    if !part.terms.is_empty() {
        lines.push(format!("  subtotal {}", exact(part.cost_usd)));
    }
    lines.join("\n")
}

fn price_row(part: &BilledPart) -> String {
    let model = if part.model.is_empty() { "(no name)".into() } else { one_line(&part.model) };
    let mut text = model.into_owned();
    let terms = [
        ("speed", &part.speed),
        ("tier", &part.service_tier),
        ("region", &part.inference_geo),
        ("refused as", &part.refusal),
    ];
    for (name, term) in terms {
        if let Some(term) = term {
            text.push_str(&format!(", {name} {}", one_line(term)));
        }
    }
    if let Some((priced_as, price)) = part.priced_as.as_ref().zip(part.price.as_ref()) {
        let from = price.from.map(|from| format!(" from {from}")).unwrap_or_default();
        let until = price.until.map(|until| format!(" until {until}")).unwrap_or_default();
        text.push_str(&format!(" at the price of {}{from}{until}", one_line(priced_as)));
        for multiplier in &part.multipliers {
            text.push_str(&format!(", {} x {}", multiplier.name, multiplier.factor));
        }
        text.push('\n');
        text.push_str(&dim(&format!("  source: {}", one_line(&price.source))));
    }
    text
}

/// Formats an amount with all decimals.
fn exact(amount: Option<Usd>) -> String {
    amount.map_or_else(|| usd(None), |amount| format!("${}", amount.0))
}

fn foot(price_version: &str) -> String {
    dim(&format!("Estimate at API list prices of {price_version}, not your subscription bill."))
}
