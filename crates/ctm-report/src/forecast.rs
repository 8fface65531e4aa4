//! What the active block and the current day, week and month will use.

use super::error::ReportError;
use super::query::{Period, Query};
use super::reporter::{Gathered, Reporter};
use super::wire;
use chrono::Weekday;
use chrono_tz::Tz;
use ctm_aggregate::block_forecast::block_forecast;
use ctm_aggregate::blocks::active;
use ctm_aggregate::forecast::{Forecast, UsedByDay, by_slot};
use ctm_aggregate::{Amounts, Bucket, DateRange, Ledger, Window, day_of_ms};
use ctm_facts::UsageFilter;
use ctm_types::{EpochMs, PicoUsd, Slot};
use std::collections::BTreeMap;

/// The usage that forecasts are made from.
pub(super) struct Past {
    tz: Tz,
    now_ms: EpochMs,
    windows: Vec<Window>,
    slots: BTreeMap<Slot, Amounts>,
}

/// The period of a forecast.
#[derive(Debug, Clone, Copy)]
pub(super) enum Forecasted {
    /// The active block.
    Block,
    /// The current day, week or month.
    Days(Bucket),
}

impl Past {
    /// Returns the forecast of an amount with the end of its period; `None` without usage or, of a block, without an active one.
    pub(super) fn forecast(
        &self,
        period: Forecasted,
        amount: fn(&Amounts) -> i128,
    ) -> Option<(Forecast, EpochMs)> {
        let slots = self.slots.iter().map(|(slot, amounts)| (*slot, amount(amounts)));
        match period {
            Forecasted::Block => {
                let window = active(&self.windows, self.now_ms)?;
                let slots: Vec<_> = slots.collect();
                Some((block_forecast(&slots, &self.windows, self.now_ms)?, window.end_ms()))
            }
            Forecasted::Days(bucket) => {
                let amounts = slots.map(|(slot, amount)| (slot.start(), amount));
                let used = UsedByDay::new(amounts, self.now_ms, self.tz)?;
                let end = DateRange::day(bucket.last_day(day_of_ms(self.now_ms, self.tz)));
                Some((used.forecast(bucket), end.bounds_ms(self.tz).end))
            }
        }
    }
}

/// Returns the cost, in pico-US-dollars.
pub(super) fn cost(amounts: &Amounts) -> i128 {
    amounts.cost.0
}

/// Returns the tokens of all kinds.
pub(super) fn tokens(amounts: &Amounts) -> i128 {
    amounts.tokens.total().into()
}

impl Reporter {
    /// Returns forecasts of the active block and of the current day, week and month in a zone, of some projects and homes, or of all usage
    /// if none is named.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forecast(
        &self,
        tz: Tz,
        week_start: Weekday,
        of: &UsageFilter,
    ) -> Result<wire::Forecasts, ReportError> {
        let query = Query { period: Period::ALL, tz, filter: of.clone() };
        let (gathered, past) = self.past(&query, true).await?;
        let ledger = Ledger::new(&gathered.rows, &gathered.catalog, &self.prices, tz);
        let certainty = wire::Certainty::of(&ledger.total().amounts);
        let item = |period, (from, to), end_ms, of| {
            let [cost, tokens] = [cost, tokens].map(|amount| past.forecast(of, amount));
            wire::PeriodForecast {
                period,
                from,
                to,
                ends_at: wire::Time::of(end_ms),
                certainty,
                cost: cost.map_or_else(wire::CostForecast::default, |(of, _)| of.into()),
                tokens: tokens.map_or_else(wire::TokenForecast::default, |(of, _)| of.into()),
            }
        };
        let block = active(&past.windows, past.now_ms).map(|window| {
            let days = [window.start_ms, window.end_ms().saturating_sub(1)].map(|at_ms| day_of_ms(at_ms, tz));
            item("block", days.into(), window.end_ms(), Forecasted::Block)
        });
        let today = self.today(tz);
        let periods = [("day", Bucket::Day), ("week", Bucket::Week(week_start)), ("month", Bucket::Month)];
        let periods = periods.into_iter().map(|(period, bucket)| {
            let days = (bucket.first_day(today), bucket.last_day(today));
            let end_ms = DateRange::day(days.1).bounds_ms(tz).end;
            item(period, days, end_ms, Forecasted::Days(bucket))
        });
        let items = block.into_iter().chain(periods).collect();
        Ok(wire::Forecasts { meta: self.meta(&query, &gathered, &ledger), items })
    }

    /// Returns the usage of all time that passes a filter, for forecasts; `has_blocks` if one of them is of the active block.
    pub(super) async fn past(
        &self,
        query: &Query,
        has_blocks: bool,
    ) -> Result<(Gathered, Past), ReportError> {
        let gathered = self.gather_by_time(query).await?;
        let past = Past {
            tz: query.tz,
            now_ms: self.clock.now_ms(),
            windows: if has_blocks { self.account_windows(query).await? } else { Vec::new() },
            slots: by_slot(&gathered.rows, &gathered.catalog, &self.prices),
        };
        Ok((gathered, past))
    }
}

impl From<Forecast> for wire::CostForecast {
    fn from(of: Forecast) -> Self {
        let usd = |amount| wire::Usd(PicoUsd(amount));
        Self {
            used_usd: usd(of.used),
            low_usd: of.at_end.map(|end| usd(end.low)),
            median_usd: of.at_end.map(|end| usd(end.median)),
            high_usd: of.at_end.map(|end| usd(end.high)),
            stretches: of.stretches as u64,
        }
    }
}

impl From<Forecast> for wire::TokenForecast {
    fn from(of: Forecast) -> Self {
        let tokens = |amount: i128| u64::try_from(amount).unwrap_or(u64::MAX);
        Self {
            used: tokens(of.used),
            low: of.at_end.map(|end| tokens(end.low)),
            median: of.at_end.map(|end| tokens(end.median)),
            high: of.at_end.map(|end| tokens(end.high)),
            stretches: of.stretches as u64,
        }
    }
}
