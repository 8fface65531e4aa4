//! Budgets at a day: what is used of them, how that stands, and what is left.

use crate::calendar::{Bucket, DateRange, minus_days};
use crate::forecast::{Forecast, Interval};
use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_types::{Budget, BudgetLevel, BudgetPeriod, EpochMs};
use std::ops::Range;

/// What is used of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BudgetUse {
    /// The used amount, in pico-US-dollars or tokens; `None` if it is unknown.
    pub used: Option<i128>,
    /// The level.
    pub level: BudgetLevel,
    /// The elapsed part of the period, 0 to 1: on the pace, the same part of the amount is used. `None` for a rolling window.
    pub elapsed: Option<f64>,
    /// The amount that is left; negative if more is used.
    pub left: Option<i128>,
    /// The amount that is left for each remaining day of a week or month, the last one included.
    pub left_per_day: Option<i128>,
}

/// The time until a budget is reached at the pace of a forecast, in milliseconds. An end of the interval that does not reach it before the end of
/// the period has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetReach {
    /// By the median.
    pub after_ms: Option<i64>,
    /// By the high end of the interval.
    pub earliest_ms: Option<i64>,
    /// By the low end of the interval.
    pub latest_ms: Option<i64>,
}

impl BudgetReach {
    /// Returns when the amount of a budget is reached if the rest of the period, which takes some time, is used evenly. `None` without an
    /// interval, and for a budget that is reached already.
    #[must_use]
    pub fn of(budget: &Budget, forecast: &Forecast, left_ms: i64) -> Option<Self> {
        let Interval { low, median, high } = forecast.at_end?;
        let left = budget.limit.units().checked_sub(forecast.used).filter(|left| *left > 0)?;
        let after = |at_end: i128| {
            let rest = at_end.saturating_sub(forecast.used);
            let after_ms = i128::from(left_ms.max(0)).saturating_mul(left).checked_div(rest)?;
            i64::try_from(after_ms).ok().filter(|_| rest >= left)
        };
        Some(Self { after_ms: after(median), earliest_ms: after(high), latest_ms: after(low) })
    }
}

/// Returns the days of the period of a budget that contains a day: up to its end, or up to that day for a rolling window. `None` for
/// a block, which has no days.
#[must_use]
pub fn days_of(period: BudgetPeriod, day: NaiveDate, week_start: Weekday) -> Option<DateRange> {
    let whole = |bucket: Bucket| DateRange::new(bucket.first_day(day), bucket.last_day(day)).ok();
    match period {
        BudgetPeriod::Block => None,
        BudgetPeriod::Day => Some(DateRange::day(day)),
        BudgetPeriod::Week => whole(Bucket::Week(week_start)),
        BudgetPeriod::Month => whole(Bucket::Month),
        BudgetPeriod::Days(days) => {
            DateRange::new(minus_days(day, u64::from(days.saturating_sub(1))), day).ok()
        }
    }
}

impl BudgetUse {
    /// Returns what is used of a budget over days up to `day`, at a time; times after the day are its end.
    #[must_use]
    pub fn of_days(
        budget: &Budget,
        used: Option<i128>,
        (days, day): (DateRange, NaiveDate),
        now_ms: EpochMs,
        tz: Tz,
    ) -> Self {
        let is_rolling = matches!(budget.period, BudgetPeriod::Days(_));
        let at_ms = now_ms.min(DateRange::day(day).bounds_ms(tz).end);
        let elapsed = (!is_rolling).then(|| part(&days.bounds_ms(tz), at_ms));
        let remaining = days.day_count() - days.index_of(day).unwrap_or_default();
        let is_spread = matches!(budget.period, BudgetPeriod::Week | BudgetPeriod::Month);
        Self::new(budget, used, elapsed, is_spread.then_some(remaining))
    }

    /// Returns what is used of a budget over a stretch of time.
    #[must_use]
    pub fn of_time(budget: &Budget, used: Option<i128>, time: &Range<EpochMs>, now_ms: EpochMs) -> Self {
        Self::new(budget, used, Some(part(time, now_ms)), None)
    }

    /// Returns a budget of which nothing is used, without a period.
    #[must_use]
    pub fn none(budget: &Budget) -> Self {
        Self::new(budget, Some(0), None, None)
    }

    /// Returns a budget whose usage is unknown.
    #[must_use]
    pub fn unknown(budget: &Budget) -> Self {
        Self::new(budget, None, None, None)
    }

    fn new(budget: &Budget, used: Option<i128>, elapsed: Option<f64>, days: Option<usize>) -> Self {
        let left = used.map(|used| budget.limit.units().saturating_sub(used));
        let days = days.and_then(|days| i128::try_from(days).ok()).filter(|days| *days > 0);
        let left_per_day = left.zip(days).map(|(left, days)| left.max(0) / days);
        Self { used, level: budget.level(used), elapsed, left, left_per_day }
    }
}

/// Returns the part of a stretch of time that is over, 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "a part is for showing only")]
fn part(time: &Range<EpochMs>, now_ms: EpochMs) -> f64 {
    let whole = time.end.since(time.start).max(1) as f64;
    (now_ms.since(time.start) as f64 / whole).clamp(0.0, 1.0)
}
