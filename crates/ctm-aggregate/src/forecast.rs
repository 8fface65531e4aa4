//! Forecast of a period: what is used at its end, with an interval.
//!
//! # Method
//!
//! What the rest of a period uses is estimated from the rests of earlier stretches of the same length, at the same time of day:
//! those that begin whole days earlier for a day, and whole weeks earlier for a week or a month, because working days differ from others.
//! Only stretches count that had usage up to that time, as the present one has. Each is taken relative to the two weeks before it, because habits
//! change within a year: a rest of half of these two weeks is half of the present two. There is no forecast from fewer than [`LEAST`] of them.
//!
//! The interval is the shortest one that contains a share of these rests, so that one of many idle days begins at zero. The share is adapted to
//! the person's own past: the forecasts of all earlier days are repeated with what was known then; after each one that the truth was
//! outside of, the share grows, and else it shrinks, so that in the long run [`LEVEL`] of them contain the truth (Gibbs and Candès, *Adaptive
//! conformal inference under distribution shift*, 2021). Nothing is assumed about the distribution of usage.

use crate::calendar::{Bucket, DateRange, day_of_ms, day_start_ms, instant, local_ms, plus_days};
use crate::priced::PricedRows;
use crate::usage::Amounts;
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_pricing::PriceBook;
use ctm_types::{Catalog, EpochMs, Slot, UsageRow};
use std::collections::BTreeMap;

/// Number of earlier stretches from which on there is a forecast: of fewer, no interval contains four of five.
pub const LEAST: usize = 9;

/// Maximum number of earlier stretches, the latest ones.
pub const MOST: usize = 28;

/// Share of intervals that contain the truth in the long run.
pub const LEVEL: f64 = 0.8;

/// How much the share of rests adapts after each forecast.
const STEP: f64 = 0.02;

/// Days before a time by which its usage is compared with that of other times.
pub(crate) const RECENT: usize = 14;

/// Returns the billed consumption of each slot with any.
#[must_use]
pub fn by_slot(rows: &[UsageRow], catalog: &Catalog, prices: &PriceBook) -> BTreeMap<Slot, Amounts> {
    let mut slots: BTreeMap<Slot, Amounts> = BTreeMap::new();
    for (row, terms) in PricedRows::new(rows, catalog, prices).iter() {
        *slots.entry(row.slot).or_default() += terms.amounts(row);
    }
    slots
}

/// Usage since the first day with any, as forecasts need it: before the midnight of each day, and before one time of each day.
#[derive(Debug)]
pub struct UsedByDay {
    first: NaiveDate,
    midnights: Vec<i128>,
    times: Vec<i128>,
}

/// The forecast of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Amount that is used so far.
    pub used: i128,
    /// Number of earlier stretches that it rests on.
    pub stretches: usize,
    /// What will be used at the end of the period; `None` if there are too few stretches, or nothing is used so far.
    pub at_end: Option<Interval>,
}

/// An interval of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Its low end.
    pub low: i128,
    /// The median.
    pub median: i128,
    /// Its high end.
    pub high: i128,
}

/// A day with the bounds of its period, as numbers of days since the first one. The end is the day after the last one.
#[derive(Debug, Clone, Copy)]
struct Origin {
    day: usize,
    begin: usize,
    end: usize,
}

impl UsedByDay {
    /// Sums amounts, each with its time, up to a time. Returns `None` without any.
    #[must_use]
    pub fn new(amounts: impl IntoIterator<Item = (EpochMs, i128)>, now_ms: EpochMs, tz: Tz) -> Option<Self> {
        let mut amounts: Vec<_> = amounts.into_iter().filter(|(at_ms, _)| *at_ms < now_ms).collect();
        amounts.sort_unstable();
        let today = day_of_ms(now_ms, tz);
        let first = day_of_ms(amounts.first()?.0, tz);
        let time = instant(now_ms).with_timezone(&tz).time();
        // Clocks may show the present time twice.
        let time_of = |day: NaiveDate| if day == today { now_ms } else { local_ms(day.and_time(time), tz) };
        let mut sum = 0;
        let mut amounts = amounts.into_iter().peekable();
        let mut up_to = |bound: EpochMs| {
            while let Some((_, amount)) = amounts.next_if(|(at_ms, _)| *at_ms < bound) {
                sum += amount;
            }
            sum
        };
        let days = DateRange::new(first, today).ok()?;
        let bounds = days.days().map(|day| (up_to(day_start_ms(day, tz)), up_to(time_of(day))));
        let (midnights, times) = bounds.unzip();
        Some(Self { first, midnights, times })
    }

    /// Returns the forecast of the day, week or month of the last day.
    #[must_use]
    pub fn forecast(&self, period: Bucket) -> Forecast {
        let last = self.times.len() - 1;
        let Some(origin) = self.origin(period, last) else {
            let begin = self.index(period.first_day(self.day(last)));
            let used = self.times[last] - begin.map_or(0, |begin| self.midnights[begin]);
            return Forecast { used, stretches: 0, at_end: None };
        };
        let used = self.used(origin);
        let rests = self.rests(period, origin);
        Forecast::new(used, &rests, || self.share(period, last))
    }

    /// Returns the share of rests that contains the truth in [`LEVEL`] of the forecasts before a day.
    fn share(&self, period: Bucket, before: usize) -> f64 {
        let mut share = LEVEL;
        for day in 0..before {
            let Some(origin) = self.origin(period, day).filter(|origin| origin.end <= before) else {
                continue;
            };
            let rests = self.rests(period, origin);
            if self.used(origin) > 0 && rests.len() >= LEAST {
                share = adapted(share, &rests, self.rest(origin));
            }
        }
        share
    }

    /// Returns the rests of the latest earlier stretches that were over by then and had begun, sorted. Each is scaled to the usage of the
    /// latest days.
    fn rests(&self, period: Bucket, origin: Origin) -> Vec<i128> {
        let step = if period == Bucket::Day { 1 } else { 7 };
        let earlier = (1..).map(|number| number * step).take_while(|days| *days <= origin.begin);
        let earlier = earlier.map(|days| Origin {
            day: origin.day - days,
            begin: origin.begin - days,
            end: origin.end - days,
        });
        let comparable = earlier.filter(|earlier| earlier.end <= origin.day && self.used(*earlier) > 0);
        let scaled = |earlier| {
            let [now, then] = [origin, earlier].map(|of| self.recent(of));
            let [now, then] = [now?, then?];
            (now > 0 && then > 0).then(|| self.rest(earlier).saturating_mul(now) / then)
        };
        let mut rests: Vec<i128> = comparable.filter_map(scaled).take(MOST).collect();
        rests.sort_unstable();
        rests
    }

    /// Returns the usage of the latest days; `None` if they began before the first one.
    fn recent(&self, of: Origin) -> Option<i128> {
        Some(self.times[of.day] - self.times[of.day.checked_sub(RECENT)?])
    }

    fn used(&self, of: Origin) -> i128 {
        self.times[of.day] - self.midnights[of.begin]
    }

    fn rest(&self, of: Origin) -> i128 {
        self.midnights[of.end] - self.times[of.day]
    }

    /// Returns a day with its period, unless that began before the first one.
    fn origin(&self, period: Bucket, day: usize) -> Option<Origin> {
        let date = self.day(day);
        let begin = self.index(period.first_day(date))?;
        let length = DateRange::new(period.first_day(date), period.last_day(date)).ok()?.day_count();
        Some(Origin { day, begin, end: begin + length })
    }

    fn day(&self, index: usize) -> NaiveDate {
        plus_days(self.first, index as u64)
    }

    fn index(&self, day: NaiveDate) -> Option<usize> {
        usize::try_from((day - self.first).num_days()).ok()
    }
}

impl Forecast {
    /// Returns the forecast of a period of which something is used, from the sorted rests of earlier stretches.
    pub(crate) fn new(used: i128, rests: &[i128], share: impl FnOnce() -> f64) -> Self {
        let rest = (used > 0 && rests.len() >= LEAST).then(|| interval(rests, share()));
        let at_end = rest.map(|Interval { low, median, high }| Interval {
            low: used + low,
            median: used + median,
            high: used + high,
        });
        Self { used, stretches: rests.len(), at_end }
    }
}

/// Returns the share of rests to take after a forecast from sorted ones, of which the truth is known.
pub(crate) fn adapted(share: f64, rests: &[i128], truth: i128) -> f64 {
    let Interval { low, high, .. } = interval(rests, share);
    let is_inside = f64::from(u8::from((low..=high).contains(&truth)));
    (share + STEP * (LEVEL - is_inside)).clamp(0.3, 0.97)
}

/// Returns the shortest interval that contains a share of sorted amounts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share of a few amounts"
)]
fn interval(sorted: &[i128], share: f64) -> Interval {
    let number = ((share * (sorted.len() + 1) as f64).ceil() as usize).clamp(1, sorted.len());
    let shortest = sorted.windows(number).min_by_key(|of| of[number - 1] - of[0]).unwrap_or(sorted);
    let median = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2;
    Interval { low: shortest[0].min(median), median, high: shortest[number - 1].max(median) }
}
