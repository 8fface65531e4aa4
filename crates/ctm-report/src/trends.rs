//! Reports over time and by the hours of the week.

use super::error::ReportError;
use super::query::{METRICS, Query, SPLITS, TrendQuery, name_of, name_of_step};
use super::reporter::{Gathered, Reporter, label, last_component};
use super::wire;
use chrono_tz::Tz;
use ctm_aggregate::trend::by_hour_of_week;
use ctm_aggregate::{
    Bucket, BucketStart, Buckets, DateRange, Figure, Ledger, Metric, Series, Split, Step, Trend, Usage,
    day_of_ms,
};
use ctm_facts::CatalogNames;
use ctm_pricing::Quote;
use ctm_types::printable::one_line;
use ctm_types::{Billing, Slot};

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
        let buckets = buckets(*range, trend.step, query.tz, rows.iter().map(|row| row.slot))?;
        let folded = fold(&buckets, trend.split);
        let unknown = buckets
            .starts()
            .iter()
            .filter(|start| is_unknown(&gathered, **start, trend.step, query.tz))
            .count();
        let totals = known_values(&folded.total, trend.metric, unknown);
        let partial = buckets.partial(*range, trend.step, query.tz, self.clock.now_ms());
        // Where buckets are omitted, no other period has a bucket for each.
        let base = gathered.known_base(base_of(*range)).filter(|_| is_complete(*range, trend.step));
        let before = base.map(|base| {
            let buckets = Buckets::of_base(*range, trend.step, query.tz, &base);
            let before = fold(&buckets, Split::Nothing).total;
            let is_known = |index: usize| {
                buckets.last_day(index, query.tz).is_some_and(|last| !gathered.is_unknown(last))
            };
            let value = |(index, usage)| trend.metric.of(usage).filter(|_| is_known(index));
            let values = before.buckets.iter().enumerate().map(|at| value(at).map(Into::into)).collect();
            (values, lower_bounds(&before, trend.metric))
        });
        let (previous, previous_at_least) = before.unzip();
        Ok(wire::TrendStats {
            meta: self.meta(query, &gathered, &self.ledger(query, &gathered)),
            metric: name_of(&METRICS, &trend.metric),
            bucket: name_of_step(trend.step),
            group: name_of(&SPLITS, &trend.split),
            buckets: buckets.starts().iter().copied().map(Into::into).collect(),
            series: folded.series.iter().map(|series| self.series_item(series, trend, unknown)).collect(),
            statistics: statistics(&totals, &partial, trend.metric.of(&folded.total.whole)),
            totals: totals.into_iter().map(|value| value.map(wire::Number::from)).collect(),
            previous,
            previous_at_least: previous_at_least.unwrap_or_default(),
            previous_period: base.map(|base| gathered.previous_period(&base)),
            partial,
            at_least: lower_bounds(&folded.total, trend.metric),
            certainty: wire::Certainty::of_metric(trend.metric, &folded.total.whole.amounts),
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
            at_least: bounded(grid.iter().flatten(), metric),
            peak,
        })
    }

    fn series_item(&self, series: &Series, trend: TrendQuery, unknown: usize) -> wire::TrendSeries {
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
            values: known_values(series, trend.metric, unknown)
                .into_iter()
                .map(|value| value.map(Into::into))
                .collect(),
            at_least: lower_bounds(series, trend.metric),
            total: trend.metric.of(&series.whole).map(Into::into),
            certainty: wire::Certainty::of_metric(trend.metric, &series.whole.amounts),
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

fn is_complete(range: DateRange, step: Step) -> bool {
    Buckets::count(range, step) <= MOST_BUCKETS
}

/// Returns the buckets of a period; of a long one, those with usage in `slots`.
pub(super) fn buckets(
    range: DateRange,
    step: Step,
    tz: Tz,
    slots: impl Iterator<Item = Slot>,
) -> Result<Buckets, ReportError> {
    let buckets = if is_complete(range, step) {
        Buckets::new(range, step, tz)
    } else {
        Buckets::with_usage(range, step, tz, slots)
    };
    check_length(&buckets, range, step).map(|()| buckets)
}

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

/// Returns the values of a series; the first ones are unknown.
fn known_values(series: &Series, metric: Metric, unknown: usize) -> Vec<Option<Figure>> {
    let values = series.buckets.iter().enumerate();
    values.map(|(index, usage)| metric.of(usage).filter(|_| index >= unknown)).collect()
}

/// Returns the buckets of a series whose value is a lower bound, by index.
fn lower_bounds(series: &Series, metric: Metric) -> Vec<usize> {
    bounded(series.buckets.iter(), metric)
}

/// Returns the usages whose value is a lower bound, by index.
fn bounded<'u>(usages: impl Iterator<Item = &'u Usage>, metric: Metric) -> Vec<usize> {
    let is_bound =
        |usage: &Usage| wire::Certainty::of_metric(metric, &usage.amounts) == wire::Certainty::AtLeast;
    usages.enumerate().filter(|(_, usage)| is_bound(usage)).map(|(index, _)| index).collect()
}

/// Returns whether nothing is known of a bucket: it ends before the first day with usage.
fn is_unknown(gathered: &Gathered, start: BucketStart, step: Step, tz: Tz) -> bool {
    gathered.is_unknown(match (start, step) {
        (BucketStart::Hour(at_ms), _) => day_of_ms(at_ms, tz),
        (BucketStart::Day(first), Step::Calendar(bucket)) => bucket.last_day(first),
        (BucketStart::Day(first), Step::Hour) => first,
    })
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
