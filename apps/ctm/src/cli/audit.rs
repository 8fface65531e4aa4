//! `ctm audit`: line accounting, the classification of every line read.

use super::context::{CommandContext, Flags, UpdateArgs};
use super::filter::FilterArgs;
use super::output::{CommandOutput, JsonArgs, bold, dim, warning};
use super::table::{Row, Table, Value};
use super::text::{count, counted, percent};
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_report::wire::{
    Audit, AuditedForgotten, AuditedLines, AuditedResponses, AuditedSessions, AuditedStatsCache, Retention,
    Usd,
};
use ctm_types::PicoUsd;
use ctm_types::printable::one_line;

/// Number of lines with issues that are shown; all are in the JSON.
const SHOWN_ISSUES: usize = 10;

/// Number of compared sessions that are shown; more are in the JSON.
const SHOWN_SESSIONS: usize = 10;

/// Number of days of Claude Code's own figures that are shown; all are in the JSON.
const SHOWN_DAYS: usize = 10;

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    update: UpdateArgs,
    #[command(flatten)]
    form: JsonArgs,
}

/// Runs and prints the audit.
pub(super) async fn run(flags: Flags, args: &AuditArgs) -> Result<(), AppError> {
    let ready = CommandContext::from_database(flags, args.update).await?;
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let audit = ready.archive()?.audit(&query).await?;
    let answer =
        if args.form.json { CommandOutput::json(&audit)? } else { CommandOutput::Page(page(&audit)) };
    answer.print()?;
    ready.close().await
}

fn page(audit: &Audit) -> String {
    let mut parts = vec![lines(&audit.lines)];
    parts.extend(forgotten(&audit.forgotten));
    parts.extend(issues(audit));
    parts.push(responses(&audit.responses));
    parts.extend(audit.stats_cache.iter().map(stats_cache));
    parts.extend(sessions(&audit.sessions));
    parts.extend(audit.retention.iter().map(retention));
    let meta = &audit.meta;
    parts.push(dim(&format!(
        "Lines: all time. Responses and Claude Code's own figures: {} to {} ({}).",
        meta.from, meta.to, meta.tz
    )));
    parts.join("\n\n")
}

/// Every line is used, a duplicate, or skipped with a reason.
fn lines(homes: &[AuditedLines]) -> String {
    if homes.is_empty() {
        return "No transcript was read.".to_owned();
    }
    let mut rows = Vec::new();
    for home in homes {
        let gone =
            if home.files_gone > 0 { format!(", {} gone", count(home.files_gone)) } else { String::new() };
        let files = counted(home.files, "transcript", "transcripts");
        rows.push(row(&format!("{} ({files}{gone})", home.source), home.read));
        rows.push(part("used: one per response", home.used));
        rows.push(part("duplicates of these", home.duplicate));
        if home.unbilled > 0 {
            rows.push(part("refused before any output: not billed", home.unbilled));
        }
        if home.forgotten > 0 {
            rows.push(part("of responses that were forgotten", home.forgotten));
        }
        rows.extend(home.skipped.iter().map(|(reason, lines)| part(&format!("skipped: {reason}"), *lines)));
    }
    table(["Line accounting", "Lines"], rows)
}

fn forgotten(of: &AuditedForgotten) -> Option<String> {
    let text = || {
        format!(
            "Forgotten: {}, {}; {} excluded. `ctm db forget --list` shows the runs.",
            counted(of.responses, "response", "responses"),
            counted(of.tokens, "token", "tokens"),
            counted(of.lines, "line is", "lines are"),
        )
    };
    (of.decisions > 0).then(text)
}

fn issues(audit: &Audit) -> Option<String> {
    if audit.issues.is_empty() {
        return None;
    }
    let kinds: Vec<_> =
        audit.issues.iter().map(|(kind, lines)| format!("{kind} {}", count(*lines))).collect();
    let mut text = vec![warning(&format!("Lines with problems: {}.", kinds.join(", ")))];
    let shown = audit.issue_lines.iter().take(SHOWN_ISSUES);
    text.extend(
        shown.map(|line| format!("  {} at byte {}: {}", one_line(&line.file), line.line_offset, line.kind)),
    );
    let more = audit.issues.values().sum::<u64>().saturating_sub(SHOWN_ISSUES as u64);
    if more > 0 {
        text.push(format!("  and {} more", count(more)));
    }
    Some(text.join("\n"))
}

fn responses(of: &AuditedResponses) -> String {
    let mut rows = vec![row("all", of.totals.responses)];
    for copies in &of.by_copies {
        rows.push(part(&format!("logged by {}", counted(copies.copies, "line", "lines")), copies.responses));
    }
    rows.push(row("without a final record: output may be incomplete", of.totals.unfinalised_responses));
    rows.push(row("counted from a progress record, all time", of.embedded_used));
    rows.push(row("duplicates in progress records, all time", of.embedded_duplicates));
    let mut text = vec![table(["Responses", "Count"], rows)];
    if let Some(share) = of.sidechain_share {
        text.push(format!("Subagents used {} of all tokens.", percent(Some(share))));
    }
    if of.unbilled.tokens > 0 {
        let categories: Vec<_> = of
            .unbilled
            .by_category
            .iter()
            .map(|(category, tokens)| format!("{} {}", one_line(category), count(*tokens)))
            .collect();
        text.push(format!(
            "Refused before any output and not billed: {} ({}).",
            counted(of.unbilled.tokens, "token", "tokens"),
            categories.join(", ")
        ));
    }
    for category in &of.unbilled.unknown_categories {
        text.push(warning(&format!(
            "It is unknown whether refusals of `{}` are billed; they are treated as not billed.",
            one_line(category)
        )));
    }
    for (model, tokens) in &of.unpriced {
        let name = if model.is_empty() { "(no name)".into() } else { one_line(model) };
        text.push(warning(&format!(
            "{name} has no price: {} are not included in the cost.",
            counted(*tokens, "token", "tokens")
        )));
    }
    text.join("\n")
}

/// Compares Claude Code's own figures with the transcripts.
fn stats_cache(cache: &AuditedStatsCache) -> String {
    let signed = |difference: Option<i64>| {
        Value::Name(difference.map_or_else(String::new, |difference| {
            let sign = if difference < 0 { "-" } else { "+" };
            format!("{sign}{}", count(difference.unsigned_abs()))
        }))
    };
    let theirs = |tokens: Option<u64>| tokens.map_or(Value::Nothing, Value::Count);
    let mut rows: Vec<Row> = cache
        .models
        .iter()
        .map(|of| {
            let name = Value::name(&of.model);
            Row::new(vec![name, theirs(of.stats_cache), Value::Count(of.events), signed(of.difference)])
        })
        .collect();
    let newest = cache.days.len().saturating_sub(SHOWN_DAYS);
    rows.extend(cache.days.iter().skip(newest).map(|of| {
        let name = Value::name(&format!("{} {}", of.date, of.model));
        Row::part(vec![name, theirs(of.stats_cache), Value::Count(of.events), signed(of.difference)])
    }));
    let head = ["Model, all time; newest days", "Claude Code", "ctm", "Difference"];
    let table =
        Table { head: head.map(str::to_owned).to_vec(), rows, total: None, compact: false }.render(width());
    let computed = cache.last_computed_date.as_deref().unwrap_or("an unknown day");
    let mut text = vec![
        bold(&format!("Claude Code's own count of {}, as of {computed}", one_line(&cache.source))),
        table,
    ];
    text.extend(cache.reasons.iter().map(|reason| format!("- {}", reason.text)));
    text.join("\n")
}

/// Compares Claude Code's own totals of sessions with their responses.
fn sessions(of: &AuditedSessions) -> Option<String> {
    if of.sessions == 0 {
        return None;
    }
    let cells = |name: &str, ours: Option<Usd>, theirs: Usd, difference: Option<Usd>| {
        let cost = |usd: Option<Usd>| Value::Usd(usd.map(|usd| usd.0));
        vec![Value::name(name), cost(Some(theirs)), cost(ours), cost(difference)]
    };
    let listed = of.largest.iter().filter(|session| session.difference_usd != Some(Usd(PicoUsd::ZERO)));
    let rows: Vec<Row> = listed
        .take(SHOWN_SESSIONS)
        .map(|session| {
            let ours = session.cost_usd;
            Row::new(cells(&session.session, ours, session.claude_code_usd, session.difference_usd))
        })
        .collect();
    let head = ["Session, largest differences", "Claude Code", "ctm", "Difference"];
    let all = counted(of.sessions, "session", "sessions");
    let total = Some(cells(&all, Some(of.cost_usd), of.claude_code_usd, Some(of.difference_usd)));
    let table = Table { head: head.map(str::to_owned).to_vec(), rows, total, compact: false };
    let mut text =
        vec![bold("Claude Code's own totals of sessions, all time; in no report"), table.render(width())];
    text.extend(of.reasons.iter().map(|(code, sessions)| {
        format!("- {} ({})", reason_words(code), counted(*sessions, "session", "sessions"))
    }));
    Some(text.join("\n"))
}

/// Returns a reason for differences of sessions in words.
fn reason_words(code: &str) -> &str {
    match code {
        "unlogged" => "Requests that no transcript has, such as titles and summaries.",
        "unfinalised" => "Responses without a final record: their output is a lower bound.",
        "behind" => "Totals that were written before the last responses.",
        "dropped_model" => "A model that Claude Code's totals lack.",
        "price" => "The same tokens at another price.",
        "unpriced" => "A model without a price here.",
        other => other,
    }
}

fn retention(of: &Retention) -> String {
    let said = said_by(of);
    let head = format!(
        "Claude Code deletes the transcripts of {} after {} {said}{}: {} within 3 days, of which {} fully stored.",
        one_line(&of.source),
        counted(of.cleanup_period_days, "day", "days"),
        desktop_period(of),
        counted(of.files_expiring_in_3_days, "is due", "are due"),
        counted(of.fully_stored, "is", "are"),
    );
    let head = if of.missing() > 0 { warning(&head) } else { head };
    match pending(of) {
        Some(pending) => format!("{head}\n{pending}"),
        None => head,
    }
}

/// Returns what determines how long transcripts are kept.
pub(super) fn said_by(of: &Retention) -> &'static str {
    match of {
        Retention { is_managed: true, .. } => "by managed settings",
        Retention { is_set: true, .. } => "by its settings",
        _ => "by default",
    }
}

/// Returns how long the sessions of the desktop app are kept, if that is different and there are any.
pub(super) fn desktop_period(of: &Retention) -> String {
    match of.desktop_period_days {
        Some(days) => format!(", those of the desktop app after {}", counted(days, "day", "days")),
        None if of.kept_desktop_files > 0 => {
            let kept = counted(of.kept_desktop_files, "transcript", "transcripts");
            format!(", and keeps {kept} of the desktop app")
        }
        None => String::new(),
    }
}

/// Returns which of the due transcripts have a pending line, if any have.
pub(super) fn pending(of: &Retention) -> Option<String> {
    let first = of.pending_files.first()?;
    let (has, more) = (counted(of.pending_lines, "has", "have"), of.pending_lines.saturating_sub(1));
    let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
    let path = one_line(first);
    Some(format!("{has} a pending last line, without a line feed, and nothing else missing: `{path}`{more}"))
}

fn row(name: &str, number: u64) -> Row {
    Row::new(vec![Value::name(name), Value::Count(number)])
}

fn part(name: &str, number: u64) -> Row {
    Row::part(vec![Value::name(name), Value::Count(number)])
}

fn table(head: [&str; 2], rows: Vec<Row>) -> String {
    Table { head: head.map(str::to_owned).to_vec(), rows, total: None, compact: false }.render(width())
}
