//! `ctm close`: seals months, and shows whether seals hold.

use super::context::{self, CommandContext, Flags, UpdateArgs};
use super::filter::day;
use super::output::{CommandOutput, JsonArgs, bad, bold, warning};
use super::signing;
use super::table::{Row, Table, Value};
use super::text::{count, counted, local, usd};
use crate::error::AppError;
use crate::wrapping::width;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use clap::Args;
use ctm_export::Format;
use ctm_facts::StoredSeal;
use ctm_proof::key::Signed;
use ctm_proof::seal::SEAL_VERSION;
use ctm_proof::{ProofTotals, SealStatement, chain, digest};
use ctm_report::clock::Clock;
use ctm_report::wire::{Certainty, SealCorrection, SealedMonth, SealedMonths, SealedState, Usd};
use ctm_types::printable::{self, one_line};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code of a check with a corrected month.
const CORRECTED: u8 = 10;

/// Exit code of a check with a broken seal.
const BROKEN: u8 = 11;

#[derive(Debug, Args)]
pub(super) struct CloseArgs {
    /// Month to seal, or to check, as YYYY-MM [default: list the seals]
    #[arg(value_parser = month)]
    month: Option<NaiveDate>,
    /// Check the seals and change nothing; the exit code is 0, 10 if a month was corrected, 11 if a seal is broken
    #[arg(long)]
    check: bool,
    /// Sign with the key in this file
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    key: Option<PathBuf>,
    /// Print the facts of a day, of which the digest of the day is the SHA-256
    #[arg(long, value_name = "DAY", value_parser = day, conflicts_with_all = ["month", "check", "key", "json"])]
    lines: Option<NaiveDate>,
    /// Make a key in a new file, and print its public key
    #[arg(long, value_name = "FILE", conflicts_with_all = ["month", "check", "key", "lines", "json"])]
    make_key: Option<PathBuf>,
    #[command(flatten)]
    update: UpdateArgs,
    #[command(flatten)]
    form: JsonArgs,
}

/// Parses a month, and returns its first day.
fn month(text: &str) -> Result<NaiveDate, String> {
    let is_written = text.len() == 7 && text.starts_with(|first: char| first.is_ascii_digit());
    let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok();
    let first = first.filter(|first| is_written && first.year() >= 1970);
    first.ok_or_else(|| "a month is written as YYYY-MM".to_owned())
}

/// Seals, lists or checks.
pub(super) async fn run(flags: Flags, args: &CloseArgs) -> Result<ExitCode, AppError> {
    if let Some(file) = &args.make_key {
        let (settings, _) = context::start(flags)?;
        let public = signing::make(&settings, file)?;
        let text = format!("Made a key in `{}`. Its public key is {public}", printable::path(file));
        CommandOutput::Page(text).print()?;
        return Ok(ExitCode::SUCCESS);
    }
    // Before reading transcripts, which may take long.
    let key = signing::key(args.key.as_deref())?;
    let ready = CommandContext::from_database(flags, args.update).await?;
    if let Some(day) = args.lines {
        let lines = ready.archive()?.day_lines(day, ready.tz()).await?;
        CommandOutput::Rows(Format::Ndjson, lines.trim_end().to_owned()).print()?;
        ready.close().await?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(first) = args.month.filter(|_| !args.check) {
        seal(&ready, first, key.as_ref()).await?;
    } else if key.is_some() {
        return Err(AppError::Query(
            "--key signs a month\nspecify the month: `ctm close YYYY-MM --key FILE`".to_owned(),
        ));
    }
    let notice_at = (!args.check).then(|| Clock::system().now_ms());
    let mut months = ready.archive()?.sealed_months(notice_at).await?;
    if let Some(first) = args.month {
        months.items.retain(|item| item.month == chain::month(&first));
        if months.items.is_empty() {
            let month = chain::month(&first);
            return Err(AppError::Query(format!("{month} is not sealed\n`ctm close {month}` seals it")));
        }
    }
    let code = if args.check { code(&months) } else { ExitCode::SUCCESS };
    let answer = if args.form.json {
        CommandOutput::json(&months)?
    } else {
        CommandOutput::Page(page(&months, ready.tz()))
    };
    answer.print()?;
    ready.close().await?;
    Ok(code)
}

fn code(months: &SealedMonths) -> ExitCode {
    match months.items.iter().map(|item| item.state).max() {
        None | Some(SealedState::Intact) => ExitCode::SUCCESS,
        Some(SealedState::Corrected) => ExitCode::from(CORRECTED),
        Some(SealedState::Broken) => ExitCode::from(BROKEN),
    }
}

/// Seals a month.
async fn seal(
    ready: &CommandContext,
    first: NaiveDate,
    key: Option<&ctm_proof::SigningKey>,
) -> Result<(), AppError> {
    let (archive, tz) = (ready.archive()?, ready.tz());
    let now = Clock::system().now();
    let running = now.with_timezone(&tz).date_naive();
    let running = running.with_day(1).unwrap_or(running);
    let seals = archive.sealed_texts().await?;
    let previous = chain::check_next(&seals, first, tz.name(), running)
        .map_err(|refused| AppError::Query(refused.to_string()))?;
    let facts = archive.month_facts(first, tz).await?;
    let statement = SealStatement {
        version: SEAL_VERSION,
        month: first,
        zone: tz.name().to_owned(),
        sealed_at_ms: now.timestamp_millis(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        previous,
        price_version: ready.reporter.prices().version().to_owned(),
        price_digest: String::new(),
        facts: String::new(),
        days_unknown: archive.days_unknown(first, tz).await?,
        totals: ProofTotals::default(),
        days: Vec::new(),
    };
    let statement = statement.with_facts(facts).text();
    let digest = digest::of(&statement);
    let signature = key.map(|key| key.sign(Signed::Seal, &digest));
    let signature = signature.and_then(|signature| serde_json::to_string(&signature).ok());
    let month = chain::month(&first);
    let seal = StoredSeal { month: month.clone(), statement, digest, signature };
    if ready.store()?.add_seal(&seal, seals.len()).await? {
        return Ok(());
    }
    Err(AppError::Query(format!(
        "another process sealed a month at the same time\nrun `ctm close {month}` again"
    )))
}

fn page(months: &SealedMonths, tz: Tz) -> String {
    if months.items.is_empty() {
        return "No month is sealed. `ctm close YYYY-MM` seals one that is over.".to_owned();
    }
    let head = ["Month", "Zone", "Sealed", "Responses", "Tokens", "Cost", "Signed", "State"];
    let table = Table {
        head: head.map(str::to_owned).to_vec(),
        rows: months.items.iter().map(|item| row(item, tz)).collect(),
        total: None,
        compact: false,
    };
    let mut text = vec![table.render(width())];
    for item in &months.items {
        text.extend(remarks(item, &months.price_version, tz));
    }
    text.join("\n")
}

fn row(item: &SealedMonth, tz: Tz) -> Row {
    let state = match item.state {
        SealedState::Intact => "intact",
        SealedState::Corrected => "corrected",
        SealedState::Broken => "broken",
    };
    let cost = Some(Usd(item.totals.cost_usd.0)).filter(|_| item.certainty != Certainty::Unknown);
    Row::new(vec![
        Value::name(&item.month),
        Value::name(&item.zone),
        Value::Name(item.sealed_at.map(|at| local(at, tz)).unwrap_or_default()),
        Value::Count(item.totals.responses),
        Value::Count(item.totals.tokens()),
        Value::cost(cost, item.certainty),
        Value::Name(if item.signature.is_some() { "yes" } else { "no" }.to_owned()),
        Value::Name(state.to_owned()),
    ])
}

/// Returns the remarks on a seal, which are below the table.
fn remarks(item: &SealedMonth, price_version: &str, tz: Tz) -> Vec<String> {
    let month = &item.month;
    let mut lines: Vec<String> =
        item.faults.iter().map(|fault| bad(&format!("{month}: the seal does not hold: {fault}."))).collect();
    if item.days_unknown > 0 {
        let days = counted(item.days_unknown, "day", "days");
        lines.push(warning(&format!("{month}: the transcripts of {days} were never read.")));
    }
    if item.repriced
        && let Some(present) = &item.present
    {
        lines.push(format!(
            "{month}: sealed with the prices of {}; at those of {} it is {}.",
            one_line(&item.price_version),
            one_line(price_version),
            usd(Some(present.cost_usd.0)),
        ));
    }
    if !item.corrections.is_empty() {
        let days = counted(item.corrections.len() as u64, "correction", "corrections");
        lines.push(bold(&format!("{month}: {days}")));
        lines.extend(item.corrections.iter().map(|of| correction(of, tz)));
    }
    lines
}

fn correction(of: &SealCorrection, tz: Tz) -> String {
    let noticed = match of.noticed_at {
        Some(at) => format!("noticed {}", local(at, tz)),
        None => "not noticed before".to_owned(),
    };
    format!("  {}, {noticed}: {}; now {}", of.day, sums(of.before.as_ref()), sums(of.after.as_ref()))
}

fn sums(of: Option<&ProofTotals>) -> String {
    let Some(of) = of else { return "nothing".to_owned() };
    let responses = counted(of.responses, "response", "responses");
    format!("{responses}, {} tokens, {}", count(of.tokens()), usd(Some(of.cost_usd.0)))
}
