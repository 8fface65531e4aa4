//! Reports over time and by the hours of the week.

use super::error::ReportError;
use super::query::{METRICS, Query, SPLITS, TrendQuery, name_of, name_of_step};
use super::reporter::{Gathered, Reporter, label, last_component};
use super::wire;
use ctm_aggregate::trend::by_hour_of_week;
use ctm_aggregate::{Bucket, Buckets, DateRange, Figure, Ledger, Metric, Series, Split, Step, Trend};
use ctm_facts::CatalogNames;
use ctm_pricing::Quote;
use ctm_types::Billing;
use ctm_types::printable::one_line;

impl Reporter {
    /// Returns a metric over time, in buckets and series.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or the trend has usage in too many buckets.
    pub async fn trends(&self, query: &Query, trend: TrendQuery) -> Result<wire::TrendStats, ReportError> {
        let base_of = |range: DateRange| {
            let shift = trend.compare.shift(query.period, range)?.aligned(range, trend.step);
            let base = self.base_at(query, shift, range)?;
            // Hours to come are compared with nothing yet, and those of the base show what may come.
            Some(if trend.step == Step::Hour { base.whole_days(range) } else { base })
        };
        let days_of_base = |range| base_of(range).map(|base| base.days).into_iter().collect();
        let names = if trend.split == Split::Project { CatalogNames::Projects } else { CatalogNames::None };
        let gathered = self.gather(query, names, days_of_base).await?;
        let Gathered { rows, catalog, range, .. } = &gathered;
        let fold = |buckets: &Buckets, split| {
            Trend::new(rows, catalog, &self.prices, buckets, split, trend.most_series)
        };
        let is_complete = Buckets::count(*range, trend.step) <= MOST_BUCKETS;
        let buckets = if is_complete {
            Buckets::new(*range, trend.step, query.tz)
        } else {
            Buckets::with_usage(*range, trend.step, query.tz, rows.iter().map(|row| row.slot))
        };
        check_length(&buckets, *range, trend.step)?;
        let folded = fold(&buckets, trend.split);
        let totals: Vec<_> = folded.total.buckets.iter().map(|usage| trend.metric.of(usage)).collect();
        let partial = buckets.partial(*range, trend.step, query.tz, self.clock.now_ms());
        // Where buckets are omitted, no other period has a bucket for each.
        let base = base_of(*range).filter(|_| is_complete);
        let previous = base.map(|base| {
            let buckets = Buckets::of_base(*range, trend.step, query.tz, &base);
            let before = fold(&buckets, Split::Nothing).total.buckets;
            let value = |(index, usage)| trend.metric.of(usage).filter(|_| buckets.has_time(index));
            before.iter().enumerate().map(|at| value(at).map(Into::into)).collect()
        });
        Ok(wire::TrendStats {
            meta: self.meta(query, &gathered, &self.ledger(query, &gathered)),
            metric: name_of(&METRICS, &trend.metric),
            bucket: name_of_step(trend.step),
            group: name_of(&SPLITS, &trend.split),
            buckets: buckets.starts().iter().copied().map(Into::into).collect(),
            series: folded.series.iter().map(|series| self.series_item(series, trend)).collect(),
            statistics: statistics(&totals, &partial, trend.metric.of(&folded.total.whole)),
            totals: totals.into_iter().map(|value| value.map(wire::Number::from)).collect(),
            previous,
            previous_period: base.as_ref().map(Into::into),
            partial,
        })
    }

    /// Returns a metric by weekday and hour in the local time of the zone.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn activity(&self, query: &Query, metric: Metric) -> Result<wire::ActivityStats, ReportError> {
        let gathered = self.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let grid = by_hour_of_week(&gathered.rows, &gathered.catalog, &self.prices, query.tz);
        let mut peak = None;
        let mut highest = 0.0;
        for (weekday, hours) in grid.iter().enumerate() {
            for (hour, usage) in hours.iter().enumerate() {
                let value = metric.of(usage).map_or(0.0, Figure::to_f64);
                if value > highest {
                    highest = value;
                    peak = Some(wire::Peak { weekday, hour });
                }
            }
        }
        let number = |usage| metric.of(usage).map(wire::Number::from);
        Ok(wire::ActivityStats {
            meta: self.meta(query, &gathered, &self.ledger(query, &gathered)),
            metric: name_of(&METRICS, &metric),
            grid: grid.iter().map(|hours| hours.iter().map(number).collect()).collect(),
            peak,
        })
    }

    fn series_item(&self, series: &Series, trend: TrendQuery) -> wire::TrendSeries {
        let name = series.name.as_deref();
        let label = match (name, trend.split) {
            (None, _) => String::new(),
            (Some(name), Split::Model) => self.model_label(name),
            (Some(name), Split::Project) => last_component(name).to_owned(),
            (Some(name), Split::Nothing | Split::Kind) => name.to_owned(),
        };
        wire::TrendSeries {
            key: name.map(str::to_owned),
            label: one_line(&label).into_owned(),
            values: values(series, trend.metric),
            total: trend.metric.of(&series.whole).map(Into::into),
        }
    }

    /// Returns the display name of a model, by its logged name.
    pub(super) fn model_label(&self, name: &str) -> String {
        let billing = Billing { model: name.to_owned(), ..Billing::default() };
        match self.prices.quote(&billing, Some(self.clock.now_ms()), 0) {
            Quote::Priced(price) => label(&price.model),
            Quote::Unpriced(_) | Quote::Ignored | Quote::Unbilled(_) => label(name),
        }
    }

    /// Returns the ledger of the gathered period.
    pub(super) fn ledger(&self, query: &Query, gathered: &Gathered) -> Ledger {
        self.ledger_of(query, gathered).within(gathered.range)
    }

    /// Returns the ledger of all that was gathered.
    pub(super) fn ledger_of(&self, query: &Query, gathered: &Gathered) -> Ledger {
        Ledger::new(&gathered.rows, &gathered.catalog, &self.prices, query.tz)
    }
}

/// Maximum number of buckets of a trend: more than a year of hours, or 27 years of days. A period with
/// more has only the buckets with usage.
const MOST_BUCKETS: usize = 10_000;

fn check_length(buckets: &Buckets, range: DateRange, step: Step) -> Result<(), ReportError> {
    if buckets.len() <= MOST_BUCKETS {
        return Ok(());
    }
    let parts = match step {
        Step::Hour => "hours with usage",
        Step::Calendar(Bucket::Day) => "days with usage",
        Step::Calendar(Bucket::Week(_)) => "weeks with usage",
        Step::Calendar(Bucket::Month) => "months with usage",
    };
    Err(ReportError::TooLong { from: range.from(), to: range.to(), most: MOST_BUCKETS, parts })
}

fn values(series: &Series, metric: Metric) -> Vec<Option<wire::Number>> {
    series.buckets.iter().map(|usage| metric.of(usage).map(Into::into)).collect()
}

/// Returns the statistics of buckets; one that is not complete is neither the smallest nor in the mean.
#[expect(clippy::cast_precision_loss, reason = "a mean is for showing only")]
fn statistics(values: &[Option<Figure>], partial: &[usize], total: Option<Figure>) -> wire::TrendStatistics {
    let known = || values.iter().flatten();
    if known().next().is_none() {
        return wire::TrendStatistics::default();
    }
    let complete: Vec<&Figure> = values
        .iter()
        .enumerate()
        .filter(|(index, _)| partial.binary_search(index).is_err())
        .filter_map(|(_, value)| value.as_ref())
        .collect();
    let by_size = |a: &&Figure, b: &&Figure| a.to_f64().total_cmp(&b.to_f64());
    let sum: f64 = complete.iter().map(|figure| figure.to_f64()).sum();
    wire::TrendStatistics {
        min: complete.iter().copied().min_by(by_size).map(|figure| (*figure).into()),
        max: known().max_by(by_size).map(|figure| (*figure).into()),
        avg: (!complete.is_empty()).then(|| sum / complete.len() as f64),
        total: total.map(Into::into),
    }
}
