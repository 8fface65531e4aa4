//! Usage over time, split into series; and by the hours of the week.

use crate::buckets::{Buckets, offset_ms};
use crate::priced::PricedRows;
use crate::report::rank;
use crate::terms::Terms;
use crate::usage::{Amounts, Usage};
use chrono_tz::Tz;
use ctm_pricing::PriceBook;
use ctm_types::{Catalog, PicoUsd, Slot, TokenCounts, UsageRow};
use std::collections::HashMap;
use std::sync::Arc;

/// The split of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// A single series.
    Nothing,
    /// Models, as logged.
    Model,
    /// Projects.
    Project,
    /// Kinds of tokens; web searches are another kind, with a cost but no tokens.
    Kind,
}

/// Usage over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    /// The usage of each bucket.
    pub total: Series,
    /// The series, highest cost first; kinds of tokens in their own order.
    pub series: Vec<Series>,
}

/// A line of a trend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// Its key; `None` for the total, and for the series of the rest.
    pub name: Option<Arc<str>>,
    /// The usage of each bucket.
    pub buckets: Vec<Usage>,
    /// The usage of all buckets.
    pub whole: Usage,
}

impl Series {
    fn new(name: Option<Arc<str>>, buckets: usize) -> Self {
        Self { name, buckets: vec![Usage::default(); buckets], whole: Usage::default() }
    }

    fn add(&mut self, bucket: usize, row: &UsageRow, amounts: Amounts) {
        self.buckets[bucket].add_row(row, amounts);
        self.whole.add_row(row, amounts);
    }
}

impl Trend {
    /// Sums rows by bucket and series; rows outside the buckets are omitted. Series after the
    /// first `most` are folded into one without a name.
    #[must_use]
    pub fn new(
        rows: &[UsageRow],
        catalog: &Catalog,
        prices: &PriceBook,
        buckets: &Buckets,
        split: Split,
        most: usize,
    ) -> Self {
        let priced = PricedRows::new(rows, catalog, prices);
        let placed: Vec<Placed<'_>> = priced
            .iter()
            .filter_map(|(row, terms)| Some(Placed { bucket: buckets.index_of(row.slot)?, row, terms }))
            .collect();
        let mut total = Series::new(None, buckets.len());
        for Placed { bucket, row, terms } in &placed {
            total.add(*bucket, row, terms.amounts(row));
        }
        let series = match split {
            Split::Nothing => vec![total.clone()],
            Split::Kind => by_kind(&placed, buckets.len()),
            Split::Model => by_name(&placed, buckets.len(), most, |placed| &placed.terms.model),
            Split::Project => by_name(&placed, buckets.len(), most, |placed| {
                catalog.projects.get(&placed.row.project).map_or("", String::as_str)
            }),
        };
        Self { total, series }
    }
}

/// A row with its bucket.
struct Placed<'a> {
    bucket: usize,
    row: &'a UsageRow,
    terms: &'a Terms,
}

/// Returns the series by name, highest cost first. Those after the first `most` are merged, because a
/// value per bucket for very many names is not useful.
fn by_name<'a>(
    placed: &'a [Placed<'a>],
    buckets: usize,
    most: usize,
    name: impl Fn(&'a Placed<'a>) -> &'a str,
) -> Vec<Series> {
    let mut sums: HashMap<&str, Amounts> = HashMap::new();
    for of in placed {
        *sums.entry(name(of)).or_default() += of.terms.amounts(of.row);
    }
    let mut ranked: Vec<(&str, Amounts)> = sums.into_iter().collect();
    ranked.sort_by(|(a, amounts), (b, others)| rank(amounts, a).cmp(&rank(others, b)));
    let is_any_left = ranked.len() > most;
    ranked.truncate(most);
    let places: HashMap<&str, usize> =
        ranked.iter().enumerate().map(|(place, (name, _))| (*name, place)).collect();
    let mut series: Vec<Series> =
        ranked.iter().map(|(name, _)| Series::new(Some((*name).into()), buckets)).collect();
    if is_any_left {
        series.push(Series::new(None, buckets));
    }
    for of in placed {
        let place = places.get(name(of)).copied().unwrap_or(most);
        series[place].add(of.bucket, of.row, of.terms.amounts(of.row));
    }
    series
}

/// Returns the series of each kind with usage, in the order of [`KINDS`].
fn by_kind(placed: &[Placed<'_>], buckets: usize) -> Vec<Series> {
    let mut series: HashMap<&str, Series> = HashMap::new();
    for Placed { bucket, row, terms } in placed {
        for (kind, part) in kinds(row, terms) {
            let of_kind = series.entry(kind).or_insert_with(|| Series::new(Some(kind.into()), buckets));
            of_kind.add(*bucket, row, part);
        }
    }
    KINDS.iter().filter_map(|kind| series.remove(kind)).collect()
}

/// The billed kinds, in display order.
pub const KINDS: [&str; 6] =
    ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "web_searches"];

/// Returns tokens and web searches by kind, in the order of [`KINDS`].
pub(crate) fn parts_by_kind(tokens: &TokenCounts, web_searches: u64) -> [(TokenCounts, u64); 6] {
    let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = *tokens;
    let none = TokenCounts::default();
    [
        (TokenCounts { input, ..none }, 0),
        (TokenCounts { output, ..none }, 0),
        (TokenCounts { cache_read, ..none }, 0),
        (TokenCounts { cache_write_5m, ..none }, 0),
        (TokenCounts { cache_write_1h, ..none }, 0),
        (none, web_searches),
    ]
}

/// Returns the amounts of a row by kind; kinds without usage are omitted.
fn kinds<'t>(row: &UsageRow, terms: &'t Terms) -> impl Iterator<Item = (&'static str, Amounts)> + use<'t> {
    let parts = parts_by_kind(&row.tokens, row.web_searches);
    let unfinalised = row.unfinalised;
    KINDS.into_iter().zip(parts).filter(|(_, (tokens, searches))| tokens.total() > 0 || *searches > 0).map(
        move |(kind, (tokens, web_searches))| {
            let amounts = Amounts::priced(tokens, web_searches, &terms.quote);
            // Only the output of a response without a final copy may be incomplete.
            (kind, Amounts { unfinalised: if kind == "output" { unfinalised } else { 0 }, ..amounts })
        },
    )
}

/// Returns usage by weekday and hour of local time in a zone: Monday first, hours from 0 to 23.
#[must_use]
pub fn by_hour_of_week(rows: &[UsageRow], catalog: &Catalog, prices: &PriceBook, tz: Tz) -> [[Usage; 24]; 7] {
    let mut grid: [[Usage; 24]; 7] = Default::default();
    for (row, terms) in PricedRows::new(rows, catalog, prices).iter() {
        let HourOfWeek { weekday, hour } = HourOfWeek::of(row.slot, tz);
        grid[weekday][hour].add_row(row, terms.amounts(row));
    }
    grid
}

/// An hour of the week in the local time of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourOfWeek {
    /// 0 is Monday.
    pub weekday: usize,
    /// 0 to 23.
    pub hour: usize,
}

impl HourOfWeek {
    /// Returns the hour that contains a slot.
    #[must_use]
    pub fn of(slot: Slot, tz: Tz) -> Self {
        let at_ms = slot.start();
        let hours = at_ms.saturating_add(offset_ms(at_ms, tz)).0.div_euclid(60 * 60 * 1000);
        // 1970-01-01 was a Thursday, three days after a Monday.
        let weekday = (hours.div_euclid(24) + 3).rem_euclid(7);
        Self { weekday: place(weekday), hour: place(hours.rem_euclid(24)) }
    }
}

fn place(number: i64) -> usize {
    usize::try_from(number).expect("a remainder is not negative")
}

/// A metric of usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Cost at list prices.
    Cost,
    /// Tokens of all kinds.
    TotalTokens,
    /// Input tokens outside the cache.
    Input,
    /// Output tokens.
    Output,
    /// Prompt tokens read from the cache.
    CacheRead,
    /// Prompt tokens written to the cache for five minutes.
    CacheWrite5m,
    /// Prompt tokens written to the cache for an hour.
    CacheWrite1h,
    /// Responses.
    Responses,
    /// Sessions.
    Sessions,
    /// Cache reads as a share of all prompt tokens.
    CacheHitRate,
    /// What the cache saved at list prices, less the surcharge for writes; negative where it cost more.
    CacheSaving,
}

/// The value of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// A count.
    Count(u64),
    /// An amount.
    Usd(PicoUsd),
    /// A rate, from 0 to 1.
    Rate(f64),
}

impl Metric {
    /// Returns the metric's value; `None` if it is unknown.
    #[must_use]
    pub fn of(self, usage: &Usage) -> Option<Figure> {
        let tokens = &usage.amounts.tokens;
        let count = match self {
            Self::Cost => return usage.amounts.cost_usd().map(Figure::Usd),
            Self::CacheSaving => {
                return usage.amounts.cost_usd().map(|_| Figure::Usd(usage.amounts.cache_saving));
            }
            Self::CacheHitRate => return usage.amounts.cache_hit_rate().map(Figure::Rate),
            Self::TotalTokens => tokens.total(),
            Self::Input => tokens.input,
            Self::Output => tokens.output,
            Self::CacheRead => tokens.cache_read,
            Self::CacheWrite5m => tokens.cache_write_5m,
            Self::CacheWrite1h => tokens.cache_write_1h,
            Self::Responses => usage.amounts.responses,
            Self::Sessions => usage.session_count(),
        };
        Some(Figure::Count(count))
    }
}

impl Figure {
    /// Returns the value as a number for drawing and comparing.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for drawing and comparing only")]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Usd(amount) => amount.to_f64(),
            Self::Rate(rate) => rate,
        }
    }
}
