//! The line, of whatever is known.

use super::look::{Finding, limit_samples};
use crate::cli::text::{duration, local_as, shortened, usd};
use chrono::{DateTime, TimeDelta, Utc};
use ctm_aggregate::limits::current;
use ctm_config::settings::{Settings, StatuslineFormat};
use ctm_reader::StatusLine;
use ctm_report::wire::{Block, CurrentLimit, CurrentLimits, Usage};
use ctm_types::printable::one_line;
use ctm_types::{EpochMs, LimitSample, LimitWindow, PicoUsd, PromptCache};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Columns that a figure takes at most.
const FIGURE_WIDTH: usize = 60;

/// Data of the line at the time of printing.
#[derive(Default)]
pub(super) struct Known {
    settings: Option<Arc<Settings>>,
    session: Option<Box<Usage>>,
    today: Option<Box<Usage>>,
    block: Option<Box<Block>>,
    month_budget: Option<f64>,
    cold_cost: Option<PicoUsd>,
    limits: Vec<LimitSample>,
    is_up_to_date: bool,
    is_complete: bool,
    has_problem: bool,
}

impl Known {
    /// Takes a finding, and returns whether there are more.
    pub(super) fn take(&mut self, finding: Finding) -> bool {
        match finding {
            Finding::Settings(settings) => self.settings = Some(settings),
            Finding::UpToDate => self.is_up_to_date = true,
            Finding::Session(usage) => self.session = Some(usage),
            Finding::Today(usage) => self.today = Some(usage),
            Finding::Block(block) => self.block = Some(block),
            Finding::MonthBudget(used) => self.month_budget = Some(used),
            Finding::ColdCache(cost) => self.cold_cost = Some(cost),
            Finding::Limits(limits) => self.limits = limits,
            Finding::Problem => self.has_problem = true,
            Finding::Done => self.is_complete = true,
        }
        !self.is_complete
    }
}

/// Returns the line.
pub(super) fn line(status: &StatusLine, known: &Known, now: DateTime<Utc>) -> String {
    let figures = figures(status, known, now);
    match &known.settings {
        Some(settings) => settings.statusline_format.fill(&figures),
        None => StatuslineFormat::default().fill(&figures),
    }
}

/// Puts everything that is known into words.
fn figures(status: &StatusLine, known: &Known, now: DateTime<Utc>) -> BTreeMap<&'static str, String> {
    let cost = |usage: &Usage| usage.cost_usd.map(|cost| usd(Some(cost.0)));
    // A session that was not read yet has no stored cost; Claude Code reports one.
    let session = known.session.as_deref().filter(|session| session.responses > 0);
    let session_cost = session.and_then(cost).or_else(|| status.cost_usd.and_then(dollars));
    let block = known.block.as_deref();
    let limits = limits(status, &known.limits, now);
    let limit = |limit: Option<&CurrentLimit>| limit.map(|limit| format!("{:.0}%", limit.used_percentage));
    let reset = |limit: Option<&CurrentLimit>, form| {
        Some(local_as(limit?.resets_at?, known.settings.as_ref()?.tz, form))
    };
    let window = |of: fn(&CurrentLimits) -> &Option<CurrentLimit>| of(limits.as_ref()?).as_ref();
    let (five_hour, seven_day) = (window(|limits| &limits.five_hour), window(|limits| &limits.seven_day));
    // The official window replaces the one estimated from transcripts.
    let end = five_hour.and_then(|limit| limit.resets_at).or_else(|| Some(block?.end_at));
    let left = end.map(|end| end.0 - now);
    let title = status.title.as_ref().filter(|_| known.settings.as_ref().is_some_and(|of| of.session_names));
    let named = [
        (
            "model",
            status.model_name.as_ref().or(status.model.as_ref()).map(|name| one_line(name).into_owned()),
        ),
        ("session_name", title.map(|title| one_line(title).into_owned())),
        ("session_cost", session_cost),
        ("today_cost", known.today.as_deref().and_then(cost)),
        ("block_cost", block.and_then(|block| cost(&block.usage))),
        (
            "block_left",
            left.filter(|left| *left > TimeDelta::zero()).map(|left| duration(left.num_seconds())),
        ),
        ("block_projected", block.and_then(|block| block.projected_cost_usd).map(|cost| usd(Some(cost.0)))),
        ("burn", block.and_then(|block| block.burn_usd_per_h).and_then(dollars)),
        ("context", status.context_percentage.map(|part| format!("{part:.0}%"))),
        ("five_hour", limit(five_hour)),
        ("five_hour_reset", reset(five_hour, "%H:%M")),
        ("seven_day", limit(seven_day)),
        ("seven_day_reset", reset(seven_day, "%a %H:%M")),
        ("spend_limit", spend_limit(limits.as_ref())),
        ("cache_expires", status.cache.as_ref().and_then(|cache| cache_left(cache, now))),
        ("cache_cost_if_cold", known.cold_cost.map(|cost| usd(Some(cost)))),
        ("cache_miss", status.cache.as_ref().and_then(last_miss)),
        ("month_budget", known.month_budget.map(|used| format!("{:.0}%", used * 100.0))),
        ("behind", behind(known).map(str::to_owned)),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name, shortened(&value?, FIGURE_WIDTH)))).collect()
}

/// Returns the used part of the spending limit.
fn spend_limit(limits: Option<&CurrentLimits>) -> Option<String> {
    let spend = limits?.others.iter().find(|other| other.window == LimitWindow::Spend.name())?;
    Some(format!("{:.0}%", spend.limit.used_percentage))
}

/// Returns the time until the prompt cache expires, or a word once it has.
fn cache_left(cache: &PromptCache, now: DateTime<Utc>) -> Option<String> {
    let left = cache.expires_at_ms?.since(EpochMs(now.timestamp_millis())) / 1_000;
    Some(if left > 0 { duration(left) } else { "cold".to_owned() })
}

fn last_miss(cache: &PromptCache) -> Option<String> {
    let causes: Vec<_> = cache.last_miss.iter().map(|cause| one_line(cause)).collect();
    (!causes.is_empty()).then(|| causes.join(", "))
}

/// Returns the reason why the figures are incomplete.
fn behind(known: &Known) -> Option<&'static str> {
    if known.has_problem {
        return Some("see `ctm doctor`");
    }
    (!(known.is_up_to_date && known.is_complete)).then_some("reading…")
}

/// Returns the current windows, from the session's description and from stored samples, as `ctm limits`
/// does: of the latest window the highest figure, because use never falls within one.
fn limits(status: &StatusLine, known: &[LimitSample], now: DateTime<Utc>) -> Option<CurrentLimits> {
    let now_ms = EpochMs(now.timestamp_millis());
    // All of them are of the home that the session is in.
    let known = known.iter().map(|sample| LimitSample { home: String::new(), ..sample.clone() });
    let samples: Vec<_> = limit_samples(status, "", now_ms).into_iter().chain(known).collect();
    current(&samples, now_ms).map(|current| CurrentLimits::of(&current, None))
}

/// Writes an amount that came as a float.
fn dollars(amount: f64) -> Option<String> {
    format!("{amount:.12}").parse::<PicoUsd>().ok().map(|amount| usd(Some(amount)))
}
