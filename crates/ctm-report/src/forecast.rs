//! What the current day, week and month will use.

use super::error::ReportError;
use super::query::{Period, Query};
use super::reporter::Reporter;
use super::wire;
use chrono::Weekday;
use chrono_tz::Tz;
use ctm_aggregate::forecast::{Forecast, UsedByDay, by_slot};
use ctm_aggregate::{Amounts, Bucket, Ledger};
use ctm_facts::UsageFilter;
use ctm_types::PicoUsd;

impl Reporter {
    /// Returns forecasts of the current day, week and month in a zone, of some projects and homes, or of all usage if none is
    /// named.
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
        let gathered = self.gather_by_time(&query).await?;
        let slots = by_slot(&gathered.rows, &gathered.catalog, &self.prices);
        let now_ms = self.clock.now_ms();
        let used = |amount: fn(&Amounts) -> i128| {
            let amounts = slots.iter().map(|(slot, amounts)| (slot.start(), amount(amounts)));
            UsedByDay::new(amounts, now_ms, tz)
        };
        let cost = used(|amounts| amounts.cost.0);
        let tokens = used(|amounts| amounts.tokens.total().into());
        let ledger = Ledger::new(&gathered.rows, &gathered.catalog, &self.prices, tz);
        let certainty = wire::Certainty::of(&ledger.total().amounts);
        let today = self.today(tz);
        let items = [("day", Bucket::Day), ("week", Bucket::Week(week_start)), ("month", Bucket::Month)];
        let items = items.into_iter().map(|(period, bucket)| {
            let [cost, tokens] = [&cost, &tokens].map(|used| used.as_ref().map(|used| used.forecast(bucket)));
            wire::PeriodForecast {
                period,
                from: bucket.first_day(today),
                to: bucket.last_day(today),
                certainty,
                cost: cost.map_or_else(wire::CostForecast::default, |of| (&of).into()),
                tokens: tokens.map_or_else(wire::TokenForecast::default, |of| (&of).into()),
            }
        });
        let items = items.collect();
        Ok(wire::Forecasts { meta: self.meta(&query, &gathered, &ledger), items })
    }
}

impl From<&Forecast> for wire::CostForecast {
    fn from(of: &Forecast) -> Self {
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

impl From<&Forecast> for wire::TokenForecast {
    fn from(of: &Forecast) -> Self {
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
