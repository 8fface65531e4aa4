//! Reports on the command line: up to date first, then the answer.

use super::args::{Report, ReportArgs, Subject};
use super::table::{Table, Value};
use super::text::{count, print, usd};
use crate::clock::Clock;
use crate::error::AppError;
use crate::ingest::{Ingestor, Walk, tally};
use crate::logging::{self, Console};
use crate::report::export::{day_columns, model_columns, project_columns, session_columns};
use crate::report::wire::{self, Meta, Usage};
use crate::report::{
    Compare, Facts, Homes, PageQuery, PageSort, Period, Query, ReadFacts, Reporter, last_component,
};
use crate::settings::{Layers, Settings};
use crate::{prices, progress};
use chrono_tz::Tz;
use ctm_aggregate::{Bucket, RangePreset, Tally};
use ctm_export::{Column, Exporter, Format};
use ctm_pricing::PriceBook;
use ctm_storage::{Store, UsageFilter};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The width of tables where there is no terminal.
const DEFAULT_WIDTH: usize = 80;

const ESTIMATE: &str = "Estimate at API list prices, not your subscription bill.";

pub(super) async fn run(flags: BTreeMap<&'static str, String>, report: Report) -> Result<(), AppError> {
    let (subject, args) = report.take();
    let ready = if args.no_database {
        Ready::without_database(flags, subject)?
    } else {
        Ready::up_to_date(flags).await?
    };
    let (reporter, query) = (&ready.reporter, query(&args, ready.tz)?);
    let output = match subject {
        Subject::Days(bucket) => days(&args, &reporter.daily(&query, bucket, false).await?, bucket)?,
        Subject::Models => models(&args, &reporter.models(&query).await?)?,
        Subject::Projects => {
            let page = PageQuery::all(PageSort::Cost);
            projects(&args, &reporter.projects(&query, &page).await?)?
        }
        Subject::Sessions => {
            let page = PageQuery::all(PageSort::LastAt);
            sessions(&args, &reporter.sessions(&query, &page).await?)?
        }
    };
    print(&output)?;
    ready.close().await
}

/// Today, 7 days, 30 days and all time in a few lines.
pub(super) async fn summary(flags: BTreeMap<&'static str, String>) -> Result<(), AppError> {
    let ready = Ready::up_to_date(flags).await?;
    let (reporter, tz) = (&ready.reporter, ready.tz);
    let periods = [("Today", "today"), ("7 days", "7d"), ("30 days", "30d"), ("All time", "all")];
    let mut rows = Vec::new();
    let mut meta = None;
    for (name, preset) in periods {
        let preset: RangePreset = preset.parse().expect("a preset that exists");
        let query = Query { period: Period::Preset(preset), tz, filter: UsageFilter::default() };
        let stats = reporter.stats(&query, Compare::None).await?;
        rows.push(vec![
            Value::Name(name.to_owned()),
            Value::Usd(cost(&stats.totals)),
            Value::Count(stats.totals.total_tokens),
            Value::Count(stats.totals.output_tokens),
            Value::Count(stats.totals.responses),
            Value::Count(stats.totals.sessions),
            Value::Rate(stats.totals.cache_hit_rate),
        ]);
        meta = Some((stats.meta, stats.totals));
    }
    let head = vec!["", "Cost", "Tokens", "Output", "Responses", "Sessions", "Cache hits"];
    let table = Table { head, rows, total: None };
    let mut text = table.render(width());
    if let Some((meta, totals)) = meta {
        text.push_str(&footer(&meta, &totals));
    }
    print(&text)?;
    ready.close().await
}

/// What answers, from facts that are up to date.
struct Ready {
    reporter: Reporter,
    tz: Tz,
    /// The database and its writer, to be closed after the answer was printed.
    database: Option<(Store, Ingestor)>,
}

impl Ready {
    /// Opens the database and reads what is new.
    async fn up_to_date(flags: BTreeMap<&'static str, String>) -> Result<Self, AppError> {
        let (settings, prices) = start(flags)?;
        // What was stored is answered from even when there is no home any more.
        if !(settings.roots.is_empty() && settings.database.exists()) {
            settings.check_homes()?;
        }
        let walk = Walk::start(&settings.roots);
        let store = Store::open(&settings.database, prices.context_thresholds()).await?;
        let mut ingestor = Ingestor::new(settings.roots.clone(), store.clone(), |_| {}).await?;
        let outcome = progress::with_bar(ingestor.status(), ingestor.read_walked(walk)).await?;
        tell(&outcome.problems);
        let reporter =
            Reporter::new(Facts::Stored(store.clone()), prices, Clock::system(), Homes::new(&settings.roots));
        Ok(Self { reporter, tz: settings.tz, database: Some((store, ingestor)) })
    }

    /// Reads all transcripts that are there, and opens no database.
    fn without_database(flags: BTreeMap<&'static str, String>, subject: Subject) -> Result<Self, AppError> {
        let (settings, prices) = start(flags)?;
        settings.check_homes()?;
        let empty = match subject {
            Subject::Sessions => Tally::with_session_details,
            _ => Tally::default,
        };
        let (tally, problems) = tally(&settings.roots, empty);
        tell(&problems);
        let facts = Facts::Read(Arc::new(ReadFacts::new(tally, prices.context_thresholds())));
        let reporter = Reporter::new(facts, prices, Clock::system(), Homes::new(&settings.roots));
        Ok(Self { reporter, tz: settings.tz, database: None })
    }

    /// Closes the readers first, so that the writer can put its log away.
    async fn close(self) -> Result<(), AppError> {
        if let Some((store, ingestor)) = self.database {
            store.close().await;
            return ingestor.close().await;
        }
        // The process ends here. To free every response first would take a tenth of the whole time.
        std::mem::forget(self.reporter);
        Ok(())
    }
}

fn start(flags: BTreeMap<&'static str, String>) -> Result<(Settings, PriceBook), AppError> {
    let settings = Settings::new(&Layers::of_process(flags))?;
    logging::start(&settings, Console::Err)?;
    let prices = prices::load(settings.prices.as_deref())?;
    Ok((settings, prices))
}

fn tell(problems: &[String]) {
    for problem in problems {
        eprintln!("ctm: cannot read {problem}");
    }
}

fn query(args: &ReportArgs, tz: Tz) -> Result<Query, AppError> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(AppError::Query(format!("--from is {from}, after --to, which is {to}")));
    }
    Ok(Query {
        period: match args.range {
            Some(preset) => Period::Preset(preset),
            None if args.from.is_none() && args.to.is_none() => Period::ALL,
            None => Period::Between { from: args.from, to: args.to },
        },
        tz,
        filter: UsageFilter {
            projects: args.project.clone(),
            models: args.model.clone(),
            sessions: args.session.clone(),
            ..UsageFilter::default()
        },
    })
}

fn days(args: &ReportArgs, answer: &wire::DailyStats, bucket: Bucket) -> Result<String, AppError> {
    if args.json {
        return json(answer);
    }
    let used = answer.days.iter().filter(|day| day.usage.responses > 0);
    if args.csv {
        return csv(day_columns(), used);
    }
    let name = |day: &wire::Day| match bucket {
        Bucket::Month => day.date.format("%Y-%m").to_string(),
        _ => day.date.to_string(),
    };
    let head = match bucket {
        Bucket::Day => "Day",
        Bucket::Week(_) => "Week from",
        Bucket::Month => "Month",
    };
    Ok(table(head, used.map(|day| (name(day), &day.usage)), &answer.totals, &answer.meta))
}

fn models(args: &ReportArgs, answer: &wire::ModelStats) -> Result<String, AppError> {
    if args.json {
        return json(answer);
    }
    if args.csv {
        return csv(model_columns(), answer.items.iter());
    }
    let rows = answer.items.iter().map(|model| (model.model.clone(), &model.usage));
    Ok(table("Model", rows, &answer.totals, &answer.meta))
}

fn projects(args: &ReportArgs, answer: &wire::ProjectStats) -> Result<String, AppError> {
    if args.json {
        return json(answer);
    }
    if args.csv {
        return csv(project_columns(), answer.items.iter());
    }
    let rows = answer.items.iter().map(|project| (project.project.clone(), &project.usage));
    Ok(table("Project", rows, &answer.totals, &answer.meta))
}

fn sessions(args: &ReportArgs, answer: &wire::Sessions) -> Result<String, AppError> {
    if args.json {
        return json(answer);
    }
    if args.csv {
        return csv(session_columns(), answer.items.iter());
    }
    if answer.items.is_empty() {
        return Ok(no_usage(&answer.meta));
    }
    let row = |session: &wire::Session| {
        vec![
            Value::Name(last_component(&session.project).to_owned()),
            Value::Name(session.id.clone()),
            Value::Name(
                session.ended_at.as_deref().and_then(|at| at.get(..10)).unwrap_or_default().to_owned(),
            ),
            Value::Count(session.usage.total_tokens),
            Value::Usd(cost(&session.usage)),
        ]
    };
    let total = vec![
        Value::Name("Total".to_owned()),
        Value::Name(String::new()),
        Value::Name(String::new()),
        Value::Count(answer.totals.total_tokens),
        Value::Usd(cost(&answer.totals)),
    ];
    let head = vec!["Project", "Session", "Last (UTC)", "Tokens", "Cost"];
    let table = Table { head, rows: answer.items.iter().map(row).collect(), total: Some(total) };
    Ok(table.render(width()) + &footer(&answer.meta, &answer.totals))
}

fn json(answer: &impl Serialize) -> Result<String, AppError> {
    let text = serde_json::to_string_pretty(answer);
    text.map_err(|error| AppError::io("write JSON")(error.into()))
}

fn csv<'a, R: 'a>(columns: Vec<Column<R>>, rows: impl Iterator<Item = &'a R>) -> Result<String, AppError> {
    let written = || -> std::io::Result<Vec<u8>> {
        let mut exporter = Exporter::new(Format::Csv, columns, Vec::new())?;
        for row in rows {
            exporter.write(row)?;
        }
        exporter.finish()
    };
    let text = written().map_err(AppError::io("write CSV"))?;
    Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
}

fn table<'a>(
    head: &'static str,
    rows: impl Iterator<Item = (String, &'a Usage)>,
    totals: &Usage,
    meta: &Meta,
) -> String {
    let row = |name: String, usage: &Usage| {
        vec![
            Value::Name(name),
            Value::Count(usage.input_tokens),
            Value::Count(usage.output_tokens),
            Value::Count(usage.cache_write_5m_tokens + usage.cache_write_1h_tokens),
            Value::Count(usage.cache_read_tokens),
            Value::Count(usage.total_tokens),
            Value::Usd(cost(usage)),
        ]
    };
    let rows: Vec<_> = rows.map(|(name, usage)| row(name, usage)).collect();
    if rows.is_empty() {
        return no_usage(meta);
    }
    let head = vec![head, "Input", "Output", "Cache write", "Cache read", "Total", "Cost"];
    let table = Table { head, rows, total: Some(row("Total".to_owned(), totals)) };
    table.render(width()) + &footer(meta, totals)
}

fn no_usage(meta: &Meta) -> String {
    format!("No usage from {} to {} ({}).", meta.from, meta.to, meta.tz)
}

/// What a reader must know about the figures.
fn footer(meta: &Meta, totals: &Usage) -> String {
    let mut text = format!("\n\n{ESTIMATE} Days in {}.", meta.tz);
    if let Some(wire::Discount { multiplier, cost_usd }) = &meta.discount {
        let cost = usd(cost_usd.map(|cost| cost.0));
        text.push_str(&format!("\nAfter your discount (list price x {multiplier}): {cost}."));
    }
    if totals.unpriced_tokens > 0 {
        let models =
            meta.unpriced_models.iter().map(|model| if model.is_empty() { "(no name)" } else { model });
        let models: Vec<_> = models.collect();
        let tokens = count(totals.unpriced_tokens);
        text.push_str(&format!(
            "\nWithout a price, and not in the cost: {tokens} tokens of {}.",
            models.join(", ")
        ));
    }
    if totals.unfinalised_responses > 0 {
        let (part, all) = (count(totals.unfinalised_responses), count(totals.responses));
        text.push_str(&format!(
            "\n{part} of {all} responses have no final record; their output may be incomplete."
        ));
    }
    text
}

fn cost(usage: &Usage) -> Option<ctm_types::PicoUsd> {
    usage.cost_usd.map(|cost| cost.0)
}

fn width() -> usize {
    terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
}
