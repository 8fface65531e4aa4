//! `ctm limits`: official rate limits, as Claude Code reports them to the status line.

mod calibration;

use super::context::{CommandContext, Flags, UpdateArgs};
use super::filter::{HomeArgs, day};
use super::output::{CommandOutput, JsonArgs, dim};
use super::table::{Row, Table, Value};
use super::text::{duration, local, shortened};
use crate::error::AppError;
use crate::wrapping::{width, wrapped};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use clap::Args as ClapArgs;
use ctm_aggregate::{DateRange, RangePreset};
use ctm_report::clock::Clock;
use ctm_report::wire::{
    CurrentLimit, LimitCalibrations, LimitHit, LimitSample, Limits, PromptCache, ReportedMisses,
};
use ctm_types::LimitWindow;
use ctm_types::printable::one_line;

/// Columns of the chart.
const CURVE_WIDTH: usize = 60;

/// Columns of the name of a session.
const NAME_WIDTH: usize = 24;

/// Heights of the chart, from 0 to 100 %.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Arguments of `ctm limits`.
#[derive(Debug, ClapArgs)]
pub(super) struct LimitsArgs {
    /// Days to show: today, yesterday, this-week, last-week, this-month, last-month, a number of days as 7d, or 1y; by
    /// default 30d, and 90d with `--calibration`
    #[arg(long, conflicts_with_all = ["from", "to"])]
    range: Option<RangePreset>,
    /// First day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<NaiveDate>,
    /// Last day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<NaiveDate>,
    /// Show what one percent of each limit buys, from the reported percentages and the usage at the same time
    #[arg(long)]
    calibration: bool,
    #[command(flatten)]
    homes: HomeArgs,
    #[command(flatten)]
    update: UpdateArgs,
    #[command(flatten)]
    form: JsonArgs,
}

impl LimitsArgs {
    /// Returns the first and the last day; `None` leaves the choice to the report.
    fn days(&self, ready: &CommandContext, tz: Tz) -> (Option<NaiveDate>, Option<NaiveDate>) {
        self.range.map_or((self.from, self.to), |range| {
            let days = range.resolve(ready.reporter.today(tz), None);
            (Some(days.from()), Some(days.to()))
        })
    }
}

pub(super) async fn run(flags: Flags, args: &LimitsArgs) -> Result<(), AppError> {
    // Limits are in no transcript, so that nothing is read for them alone.
    let no_update = args.update.no_update || !args.calibration;
    let ready = CommandContext::from_database(flags, UpdateArgs { no_update }).await?;
    let tz = ready.tz();
    let (from, to) = args.days(&ready, tz);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(AppError::Query("--from is after --to".to_owned()));
    }
    let homes = args.homes.paths(&ready.reporter);
    let archive = ready.archive()?;
    let answer = if args.calibration {
        let of = archive.calibrations(from, to, tz, &homes).await?;
        if args.form.json { CommandOutput::json(&of)? } else { CommandOutput::Page(calibrated(&of, tz)) }
    } else {
        let limits = archive.limits(from, to, tz, &homes).await?;
        let now = Clock::system().now();
        if args.form.json {
            CommandOutput::json(&limits)?
        } else {
            CommandOutput::Page(page(&limits, tz, now, width()))
        }
    };
    answer.print()?;
    ready.close().await
}

fn calibrated(of: &LimitCalibrations, tz: Tz) -> String {
    let width = width();
    let note = format!(
        "Percentages as reported by Claude Code, usage at API list prices. Anthropic may weigh models in another way. \
         Times in {tz}."
    );
    let note: Vec<_> = wrapped(&note, width).iter().map(|line| dim(line)).collect();
    format!("{}\n\n{}", calibration::page(of, tz, width), note.join("\n"))
}

fn page(limits: &Limits, tz: Tz, now: DateTime<Utc>, width: usize) -> String {
    let text = current(limits, tz, now);
    let mut text: String = text.lines().flat_map(|line| wrapped(line, width)).collect::<Vec<_>>().join("\n");
    text.push_str(&caches(limits, tz, now, width));
    if limits.samples.is_empty() {
        return text;
    }
    let days = (limits.to - limits.from).num_days() + 1;
    for window in LimitWindow::ALL {
        let (window, name) = (window.name(), name(window.name()));
        let of_window: Vec<_> = limits.samples.iter().filter(|sample| sample.window == window).collect();
        if of_window.is_empty() {
            continue;
        }
        let hits = limits.hits.iter().filter(|hit| hit.window == window).count();
        let times = if hits == 1 { "once".to_owned() } else { format!("{hits} times") };
        text.push_str(&format!("\n\nLimit of {name} reached {times} in {days} days\n  "));
        text.push_str(&curve(&of_window, limits, tz));
    }
    if !limits.hits.is_empty() {
        let row = |hit: &LimitHit| {
            let until = hit.resets_at.map_or_else(|| "-".to_owned(), |at| local(at, tz));
            let cells = [local(hit.at, tz), name(hit.window).to_owned(), until];
            Row::new(cells.map(Value::Name).into())
        };
        let rows = limits.hits.iter().rev().map(row).collect();
        let head = ["Reached", "Limit", "Reset"].map(str::to_owned).into();
        let table = Table { head, rows, total: None, compact: false };
        text.push_str(&format!("\n\n{}", table.render(width)));
    }
    let note = format!("As reported by Claude Code to its status line, without estimates. Times in {tz}.");
    let note: Vec<_> = wrapped(&note, width).iter().map(|line| dim(line)).collect();
    text.push_str(&format!("\n\n{}", note.join("\n")));
    text
}

fn current(limits: &Limits, tz: Tz, now: DateTime<Utc>) -> String {
    let Some(current) = &limits.current else {
        return "No current data on the official limits.\nClaude Code reports them to `ctm statusline`; \
                `ctm statusline --install` shows the setup."
            .to_owned();
    };
    let others = current.others.iter().map(|other| name(other.window));
    let width = others.clone().map(str::len).max().unwrap_or_default().max("5 hours".len());
    let line = |name: &str, limit: &Option<CurrentLimit>| {
        let Some(limit) = limit else { return format!("{name:<width$} unknown") };
        let reset = limit.resets_at.map_or_else(String::new, |at| {
            format!(", resets {} (in {})", local(at, tz), duration((at.0 - now).num_seconds()))
        });
        let outlook = outlook(limit, tz, now);
        let reported = local(limit.sampled_at, tz);
        format!("{name:<width$} {:>5.1}%{reset}{outlook}; reported {reported}", limit.used_percentage)
    };
    let mut lines = vec![line("5 hours", &current.five_hour), line("7 days", &current.seven_day)];
    lines.extend(others.zip(&current.others).map(|(name, other)| line(name, &Some(other.limit.clone()))));
    lines.join("\n")
}

/// Returns the prompt caches and their misses; nothing if none are known.
fn caches(limits: &Limits, tz: Tz, now: DateTime<Utc>, width: usize) -> String {
    let mut text = String::new();
    if !limits.caches.is_empty() {
        let head = ["Session", "Model", "Cache", "Tokens", "If cold", "Misses", "Last miss"];
        let head = head.map(str::to_owned).into();
        let rows = limits.caches.iter().map(|cache| cache_row(cache, tz, now)).collect();
        let table = Table { head, rows, total: None, compact: false };
        text.push_str(&format!("\n\n{}", table.render(width)));
    }
    let ReportedMisses { misses, unexplained, causes } = &limits.cache_misses;
    if *misses > 0 {
        let causes = causes.iter().map(|of| format!("{} {}×", one_line(&of.cause), of.misses));
        let unexplained = (*unexplained > 0).then(|| format!("unknown {unexplained}×"));
        let causes = causes.chain(unexplained).collect::<Vec<_>>().join(", ");
        let days = (limits.to - limits.from).num_days() + 1;
        let text_of = format!("Misses of prompt caches in {days} days: {misses} ({causes})");
        text.push_str(&format!("\n\n{}", wrapped(&text_of, width).join("\n")));
    }
    text
}

fn cache_row(cache: &PromptCache, tz: Tz, now: DateTime<Utc>) -> Row {
    let left = cache.expires_at.map(|at| (at.0 - now).num_seconds());
    let state = left.map_or_else(
        || "-".to_owned(),
        |left| if left > 0 { format!("expires in {}", duration(left)) } else { "cold".to_owned() },
    );
    let last = cache.last_miss_at.map(|at| local(at, tz)).unwrap_or_default();
    let last = [vec![last], cache.last_miss_causes.clone()].concat();
    let last: Vec<String> = last.into_iter().filter(|word| !word.is_empty()).collect();
    let name = cache.session_title.as_ref().unwrap_or(&cache.session);
    let count = |count: Option<u64>| count.map_or_else(|| Value::name("-"), Value::Count);
    Row::new(vec![
        Value::name(&shortened(name, NAME_WIDTH)),
        Value::name(cache.model.as_deref().unwrap_or("-")),
        Value::Name(state),
        count(cache.recache_tokens),
        Value::Usd(cache.cold_cost_usd.map(|cost| cost.0)),
        count(cache.misses),
        Value::name(&last.join(" ")),
    ])
}

/// Returns when a limit runs out at its present pace; nothing if that is unknown.
fn outlook(limit: &CurrentLimit, tz: Tz, now: DateTime<Utc>) -> String {
    match (limit.runs_out_at, limit.percent_per_h) {
        (Some(at), _) => {
            format!(", runs out in {} ({})", duration((at.0 - now).num_seconds()), local(at, tz))
        }
        (None, Some(_)) if limit.used_percentage < 100.0 => ", lasts until the reset".to_owned(),
        _ => String::new(),
    }
}

/// Draws the highest value of each interval; an interval without samples is a space.
fn curve(samples: &[&LimitSample], limits: &Limits, tz: Tz) -> String {
    let bounds = DateRange::new(limits.from, limits.to).map(|range| range.bounds_ms(tz));
    let Ok(bounds) = bounds else { return String::new() };
    let mut highest = [None::<f64>; CURVE_WIDTH];
    for sample in samples {
        let since = i128::from(sample.sampled_at.epoch_ms().0) - i128::from(bounds.start.0);
        let all = i128::from(bounds.end.0) - i128::from(bounds.start.0);
        let column = since * CURVE_WIDTH as i128 / all.max(1);
        let column = usize::try_from(column).unwrap_or(0).min(CURVE_WIDTH - 1);
        highest[column] = Some(highest[column].unwrap_or(0.0).max(sample.used_percentage));
    }
    let bars: String = highest.iter().map(|used| used.map_or(' ', level)).collect();
    format!("▕{bars}▏")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=7")]
fn level(used: f64) -> char {
    LEVELS[(used / 100.0 * 7.0).round().clamp(0.0, 7.0) as usize]
}

fn name(window: &str) -> &'static str {
    match LimitWindow::by_name(window) {
        Some(LimitWindow::FiveHour) => "5 hours",
        Some(LimitWindow::SevenDayOpus) => "7 days of Opus",
        Some(LimitWindow::SevenDaySonnet) => "7 days of Sonnet",
        Some(LimitWindow::SevenDayHaiku) => "7 days of Haiku",
        Some(LimitWindow::SevenDayFable) => "7 days of Fable",
        Some(LimitWindow::SevenDayMythos) => "7 days of Mythos",
        Some(LimitWindow::Spend) => "spending",
        Some(LimitWindow::SevenDay) | None => "7 days",
    }
}
