//! `ctm statusline`: one line for Claude Code's status line, and the official limits kept.
//!
//! Claude Code starts it after every answer and tells it about the session on standard input. It
//! has to be quick, and to say something whatever happens: what the database knows is shown when
//! reading the newest lines takes too long, and what Claude Code told when there is no database.

mod spool;

use super::output::Answer;
use super::text::{duration, local_as, usd};
use crate::clock::Clock;
use crate::error::AppError;
use crate::ingest::{Ingestor, Walk};
use crate::logging::{self, Console};
use crate::prices;
use crate::printable;
use crate::report::wire::{self, Usage};
use crate::report::{Archive, Compare, Facts, Homes, Period, Query, ReportError, Reporter};
use crate::settings::{DEFAULT_STATUSLINE, Layers, STATUSLINE_FIGURES, Settings};
use chrono::{DateTime, TimeDelta};
use clap::Args as ClapArgs;
use ctm_aggregate::RangePreset;
use ctm_reader::StatusLine;
use ctm_storage::{Store, UsageFilter};
use ctm_types::{LimitSample, PicoUsd};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// How long reading what is new may take.
const READING: Duration = Duration::from_millis(40);

/// How long the database may take to answer; it takes a few milliseconds unless the machine is busy.
const ANSWERING: Duration = Duration::from_millis(500);

/// What is read of standard input at most, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// What is asked of `ctm statusline`.
#[derive(Debug, ClapArgs)]
pub(super) struct StatuslineArgs {
    /// Show what to add to Claude Code's settings; nothing is changed
    #[arg(long)]
    install: bool,
    /// Format of the line, with figures in braces and groups in brackets; --install lists the figures
    #[arg(id = "statusline_format", long = "statusline-format", value_name = "FORMAT")]
    pub(super) format: Option<String>,
}

pub(super) async fn run(
    flags: BTreeMap<&'static str, String>,
    args: &StatuslineArgs,
) -> Result<(), AppError> {
    if args.install {
        return Answer::Data(installation()).print();
    }
    let told = listen()?;
    let settings = Settings::new(&Layers::of_process(flags))?;
    logging::start(&settings, Console::Err)?;
    let clock = Clock::system();
    let home = home_of(&settings, told.transcript.as_deref());
    let (known, store) = match look(&settings, &clock, &told, &home).await {
        Ok((known, store)) => (known, Some(store)),
        // Claude Code shows nothing at all when the command fails.
        Err(error) => {
            logging::complain(&error);
            (Known::default(), None)
        }
    };
    let figures = figures(&settings, &clock, &told, &known);
    Answer::Data(settings.statusline_format.fill(&figures)).print()?;
    if let Some(store) = store {
        let stored = spool::store(&store, samples(&told, &home, clock.now_ms())).await;
        store.close().await;
        stored?;
    }
    Ok(())
}

/// Says what to add to which file.
fn installation() -> String {
    let program =
        std::env::current_exe().map_or_else(|_| "ctm".to_owned(), |path| path.display().to_string());
    let command = format!("{program} statusline");
    let setting = serde_json::json!({ "statusLine": { "type": "command", "command": command } });
    let figures: String = STATUSLINE_FIGURES
        .iter()
        .map(|(name, what)| format!("\n  {:<18}{what}", format!("{{{name}}}")))
        .collect();
    let setting = format!("{setting:#}");
    let setting = printable::json(&setting);
    format!(
        "Add this to ~/.claude/settings.json, beside what is there already:\n\n{setting}\n\n\
         Claude Code then shows one line under its prompt, and tells ctm the official limits, which `ctm limits`\n\
         shows over time. Run `ctm` once before, so that what was written until now is counted already.\n\n\
         Another format is set with --statusline-format, CTM_STATUSLINE_FORMAT or `statusline_format` in the config file:\n\n  \
         {DEFAULT_STATUSLINE}\n{figures}"
    )
}

fn listen() -> Result<StatusLine, AppError> {
    let advice = "`ctm statusline --install` shows how Claude Code is told to run it";
    let input = std::io::stdin();
    if input.is_terminal() {
        return Err(AppError::Query(format!(
            "Claude Code has to tell about a session on standard input; {advice}"
        )));
    }
    let mut text = Vec::new();
    input.lock().take(MOST_BYTES).read_to_end(&mut text).map_err(AppError::io("read standard input"))?;
    StatusLine::parse(&text).map_err(|error| {
        let error = printable::Printable(error);
        AppError::Query(format!("standard input does not tell about a session: {error}; {advice}"))
    })
}

/// Returns the Claude home that a transcript lies in; an empty text when that is none that is read.
fn home_of(settings: &Settings, transcript: Option<&Path>) -> String {
    let Some(transcript) = transcript else { return String::new() };
    let transcript = transcript.canonicalize().unwrap_or_else(|_| transcript.to_owned());
    let root = settings.roots.iter().find(|root| transcript.starts_with(&root.path));
    root.map(|root| root.name.to_string()).unwrap_or_default()
}

/// What the database knows.
#[derive(Default)]
struct Known {
    session: Option<Usage>,
    today: Option<Usage>,
    block: Option<wire::Block>,
    limits: Option<wire::CurrentLimits>,
    /// Whether not everything that is there was read.
    behind: bool,
}

async fn look(
    settings: &Settings,
    clock: &Clock,
    told: &StatusLine,
    home: &str,
) -> Result<(Known, Store), AppError> {
    let prices = prices::load(settings.prices.as_deref())?;
    let walk = Walk::start(&settings.roots);
    let store = Store::open(&settings.database, prices.context_thresholds()).await?;
    let reading = async {
        let mut ingestor = Ingestor::new(settings.roots.clone(), store.clone(), |_| {}).await?;
        let outcome = ingestor.read_walked(walk).await?;
        ingestor.close().await?;
        Ok::<_, AppError>(outcome)
    };
    let behind = !matches!(timeout(READING, reading).await, Ok(Ok(_)));
    let homes = Homes::new(&settings.roots);
    let reporter = Reporter::new(Facts::Stored(store.clone()), prices, clock.clone(), homes);
    let known = timeout(ANSWERING, ask(&reporter, &store, settings, told, home)).await;
    let known = known.unwrap_or_else(|_| Ok(Known::default()))?;
    Ok((Known { behind, ..known }, store))
}

async fn ask(
    reporter: &Reporter,
    store: &Store,
    settings: &Settings,
    told: &StatusLine,
    home: &str,
) -> Result<Known, ReportError> {
    if store.time_span().await?.is_none() {
        return Ok(Known::default());
    }
    let archive = Archive::new(store.clone(), reporter.clone());
    let query = |period, sessions: Vec<String>| Query {
        period,
        tz: settings.tz,
        filter: UsageFilter { sessions, ..UsageFilter::default() },
    };
    let session = query(Period::ALL, vec![told.session.clone()]);
    let today = query(Period::Preset(RangePreset::Today), Vec::new());
    let homes = [home.to_owned()];
    let (session, today, block, limits) = tokio::try_join!(
        reporter.stats(&session, Compare::None),
        reporter.stats(&today, Compare::None),
        reporter.current_block(),
        archive.current_limits(if home.is_empty() { &[] } else { &homes }),
    )?;
    Ok(Known {
        session: Some(session.totals).filter(|_| !told.session.is_empty()),
        today: Some(today.totals),
        block,
        limits,
        behind: false,
    })
}

/// Puts everything that is known into words.
fn figures(
    settings: &Settings,
    clock: &Clock,
    told: &StatusLine,
    known: &Known,
) -> BTreeMap<&'static str, String> {
    let now = clock.now();
    let cost = |usage: &Usage| usage.cost_usd.map(|cost| usd(Some(cost.0)));
    // A session that was not read yet has no cost that we know; Claude Code knows one.
    let session = known.session.as_ref().filter(|session| session.responses > 0);
    let session_cost = session.and_then(cost).or_else(|| told.cost_usd.and_then(dollars));
    let block = known.block.as_ref();
    let left = block
        .and_then(|block| DateTime::parse_from_rfc3339(&block.end_at).ok())
        .map(|end| end.to_utc() - now);
    let reset =
        |limit: &wire::CurrentLimit, form| Some(local_as(limit.resets_at.as_deref()?, settings.tz, form));
    let limits = now_told(told).or_else(|| known.limits.clone());
    let limit =
        |limit: Option<&wire::CurrentLimit>| limit.map(|limit| format!("{:.0}%", limit.used_percentage));
    let five_hour = limits.as_ref().and_then(|limits| limits.five_hour.as_ref());
    let seven_day = limits.as_ref().and_then(|limits| limits.seven_day.as_ref());
    let named = [
        (
            "model",
            told.model_name
                .as_ref()
                .or(told.model.as_ref())
                .map(|name| printable::one_line(name).into_owned()),
        ),
        ("session_cost", session_cost),
        ("today_cost", known.today.as_ref().and_then(cost)),
        ("block_cost", block.and_then(|block| cost(&block.usage))),
        (
            "block_left",
            left.filter(|left| *left > TimeDelta::zero()).map(|left| duration(left.num_seconds())),
        ),
        ("block_projected", block.and_then(|block| block.projected_cost_usd).map(|cost| usd(Some(cost.0)))),
        ("burn", block.and_then(|block| block.burn_usd_per_h).and_then(dollars)),
        ("context", told.context_percentage.map(|part| format!("{part:.0}%"))),
        ("five_hour", limit(five_hour)),
        ("five_hour_reset", five_hour.and_then(|limit| reset(limit, "%H:%M"))),
        ("seven_day", limit(seven_day)),
        ("seven_day_reset", seven_day.and_then(|limit| reset(limit, "%a %H:%M"))),
        ("behind", known.behind.then(|| "reading…".to_owned())),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Returns the limits that Claude Code told just now, if it told any.
fn now_told(told: &StatusLine) -> Option<wire::CurrentLimits> {
    let of = |window| {
        let limit = told.limits.iter().find(|limit| limit.window == window)?;
        Some(wire::CurrentLimit {
            used_percentage: limit.used_percentage,
            resets_at: limit.resets_at_ms.map(wire::time),
            sampled_at: String::new(),
        })
    };
    let [five_hour, seven_day] = ctm_types::LimitWindow::ALL.map(of);
    (five_hour.is_some() || seven_day.is_some()).then_some(wire::CurrentLimits {
        source: None,
        five_hour,
        seven_day,
    })
}

fn samples(told: &StatusLine, home: &str, at_ms: i64) -> Vec<LimitSample> {
    let sample = |limit: &ctm_reader::OfficialLimit| LimitSample {
        home: home.to_owned(),
        session: told.session.clone(),
        window: limit.window,
        used_percentage: limit.used_percentage,
        resets_at_ms: limit.resets_at_ms,
        first_at_ms: at_ms,
        last_at_ms: at_ms,
    };
    told.limits.iter().map(sample).collect()
}

/// Writes an amount that was told as a float.
fn dollars(amount: f64) -> Option<String> {
    format!("{amount:.12}").parse::<PicoUsd>().ok().map(|amount| usd(Some(amount)))
}
