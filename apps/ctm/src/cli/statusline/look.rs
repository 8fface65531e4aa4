//! Data of the status line, from settings, database and transcripts.

use super::super::context;
use super::entries::Samples;
use super::input::Described;
use super::{Schedule, spool};
use crate::error::AppError;
use crate::logging::{self, Console};
use ctm_aggregate::RangePreset;
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings};
use ctm_facts::UsageFilter;
use ctm_ingest::ingest::Walk;
use ctm_personal::Personal;
use ctm_reader::{OfficialLimit, StatusLine};
use ctm_report::clock::Clock;
use ctm_report::wire::{Block, Usage};
use ctm_report::{Compare, DatabaseReports, Period, Query, ReportError, Reporter, cold_cost};
use ctm_storage::{StorageError, Store};
use ctm_types::{CacheSample, EpochMs, LimitSample, PicoUsd};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout_at;

/// A part of the line.
pub(super) enum Finding {
    /// The effective settings.
    Settings(Arc<Settings>),
    /// Everything that was written is counted.
    UpToDate,
    /// Usage of the session.
    Session(Box<Usage>),
    /// Usage of the day.
    Today(Box<Usage>),
    /// The current window of five hours.
    Block(Box<Block>),
    /// The used part of the monthly budget, from 0 to 1 and above.
    MonthBudget(f64),
    /// The cost of writing the prompt cache again.
    ColdCache(PicoUsd),
    /// The official limits, as they were stored.
    Limits(Vec<LimitSample>),
    /// A problem that needs attention.
    Problem,
    /// Nothing more is found.
    Done,
}

/// Destination of findings; late ones are ignored.
pub(super) struct Findings<'a>(&'a Sender<Finding>);

impl Findings<'_> {
    fn send(&self, finding: Finding) {
        let _ = self.0.send(finding);
    }

    /// Explains a problem on standard error, which Claude Code does not show.
    fn problem(&self, problem: &impl std::fmt::Display) {
        logging::complain(problem);
        self.send(Finding::Problem);
    }
}

/// Finds the parts of the line, then stores the limits.
pub(super) fn look(
    flags: BTreeMap<&'static str, String>,
    described: &Described,
    schedule: Schedule,
    findings: &Sender<Finding>,
) {
    let findings = Findings(findings);
    if let Some(problem) = &described.problem {
        logging::complain(problem);
    }
    match start(flags) {
        Ok((settings, runtime)) => {
            let settings = Arc::new(settings);
            findings.send(Finding::Settings(Arc::clone(&settings)));
            runtime.block_on(look_and_store(&settings, &described.status, schedule, &findings));
            // Folders that are still being walked through are of no interest any more.
            runtime.shutdown_background();
        }
        Err(error) => findings.problem(&error.text()),
    }
}

fn start(flags: BTreeMap<&'static str, String>) -> Result<(Settings, Runtime), AppError> {
    let settings = Settings::new(&Layers::of_process(flags))?;
    logging::start(&settings, Console::Err)?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(AppError::io("start"))?;
    Ok((settings, runtime))
}

async fn look_and_store(
    settings: &Settings,
    status: &StatusLine,
    schedule: Schedule,
    findings: &Findings<'_>,
) {
    let home = home_of(settings, status.transcript.as_deref());
    let store = find(settings, status, &home, schedule, findings).await.unwrap_or_else(|error| {
        findings.problem(&error.text());
        None
    });
    findings.send(Finding::Done);
    let samples = samples(settings, status, &home);
    if let Err(error) = spool::store(&settings.database, store.as_ref(), &samples).await {
        logging::complain(error.text());
    }
    if let Some(store) = store {
        store.close().await;
    }
}

/// Returns the Claude home of a transcript; an empty text if no such home is read.
fn home_of(settings: &Settings, transcript: Option<&Path>) -> String {
    let Some(transcript) = transcript else { return String::new() };
    let transcript = transcript.canonicalize().unwrap_or_else(|_| transcript.to_owned());
    let home = settings.homes.iter().find(|home| transcript.starts_with(&home.path));
    home.map(|home| home.name.to_string()).unwrap_or_default()
}

/// Reads new transcripts and runs the queries; returns the database, unless it is busy.
async fn find(
    settings: &Settings,
    status: &StatusLine,
    home: &str,
    schedule: Schedule,
    findings: &Findings<'_>,
) -> Result<Option<Store>, AppError> {
    let prices = prices::load(settings)?;
    let now_ms = Clock::system().now_ms();
    let cost =
        status.cache.as_ref().and_then(|cache| cold_cost(&prices, status.model.as_deref(), cache, now_ms));
    cost.into_iter().for_each(|cost| findings.send(Finding::ColdCache(cost)));
    let walk = Walk::start(&settings.homes);
    let opening = context::open_store(settings, &prices);
    let Some(store) = by(schedule.printed, opening).await? else { return Ok(None) };

    let reading = async {
        let mut ingestor = context::ingestor(settings, store.clone()).await?;
        ingestor.read_walked(walk).await?;
        Ok(ingestor.close().await?)
    };
    match by(schedule.read, reading).await {
        Ok(Some(())) => findings.send(Finding::UpToDate),
        Ok(None) => {}
        Err(error) => findings.problem(&error.text()),
    }
    let reporter = context::reporter(settings, prices, store.clone());
    let asking = async { Ok(ask(&reporter, &store, settings, status, home, findings).await?) };
    if let Err(error) = by(schedule.printed, asking).await {
        findings.problem(&error.text());
    }
    Ok(Some(store))
}

/// Returns what comes of something until a moment; nothing when it takes longer or the database is busy.
async fn by<T>(
    until: Instant,
    work: impl Future<Output = Result<T, AppError>>,
) -> Result<Option<T>, AppError> {
    match timeout_at(until.into(), work).await {
        Ok(Ok(done)) => Ok(Some(done)),
        Err(_) | Ok(Err(AppError::Storage { source: StorageError::Locked { .. } })) => Ok(None),
        Ok(Err(error)) => Err(error),
    }
}

/// Queries all figures at once; each is sent as soon as it is available.
async fn ask(
    reporter: &Reporter,
    store: &Store,
    settings: &Settings,
    status: &StatusLine,
    home: &str,
    findings: &Findings<'_>,
) -> Result<(), ReportError> {
    if store.time_span().await?.is_none() {
        return Ok(());
    }
    let archive = DatabaseReports::new(store.clone(), reporter.clone());
    let usage = async |period, sessions: &[String]| {
        let filter = UsageFilter { sessions: sessions.to_owned(), ..UsageFilter::default() };
        let query = Query { period, tz: settings.tz, filter };
        Ok::<_, ReportError>(Box::new(reporter.stats(&query, Compare::None).await?.totals))
    };
    let session = async {
        if !status.session.is_empty() {
            let sessions = [status.session.clone()];
            findings.send(Finding::Session(usage(Period::ALL, &sessions).await?));
        }
        Ok(())
    };
    let today = async {
        findings.send(Finding::Today(usage(Period::Preset(RangePreset::Today), &[]).await?));
        Ok(())
    };
    let block = async {
        if let Some(block) = reporter.current_block(&[]).await? {
            findings.send(Finding::Block(Box::new(block)));
        }
        Ok(())
    };
    let month = async {
        let budgets = Personal::new(store.clone()).targets().await.unwrap_or_default();
        if let Some(budget) = budgets.month {
            let used = usage(Period::Preset(RangePreset::ThisMonth), &[]).await?.cost_usd;
            used.into_iter().for_each(|used| {
                findings.send(Finding::MonthBudget(used.0.to_f64() / budget.to_f64()));
            });
        }
        Ok(())
    };
    let limits = async {
        let homes = [home.to_owned()];
        let limits = archive.recent_limits(if home.is_empty() { &[] } else { &homes }).await?;
        findings.send(Finding::Limits(limits));
        Ok(())
    };
    tokio::try_join!(session, today, block, month, limits).map(|_| ())
}

/// Returns what is stored of a session's description.
fn samples(settings: &Settings, status: &StatusLine, home: &str) -> Samples {
    let now_ms = Clock::system().now_ms();
    let cache = status.cache.clone().filter(|_| !status.session.is_empty()).map(|cache| CacheSample {
        home: home.to_owned(),
        session: status.session.clone(),
        title: status.title.clone().filter(|_| settings.session_names),
        model: status.model.clone(),
        cache,
        first_at_ms: now_ms,
        last_at_ms: now_ms,
    });
    Samples { limits: limit_samples(status, home, now_ms), caches: cache.into_iter().collect() }
}

/// Returns the limits that a session was described with.
pub(super) fn limit_samples(status: &StatusLine, home: &str, at_ms: EpochMs) -> Vec<LimitSample> {
    let sample = |limit: &OfficialLimit| LimitSample {
        home: home.to_owned(),
        session: status.session.clone(),
        window: limit.window,
        used_percentage: limit.used_percentage,
        resets_at_ms: limit.resets_at_ms,
        first_at_ms: at_ms,
        last_at_ms: at_ms,
    };
    status.limits.iter().map(sample).collect()
}
