//! What one percent of an official limit buys: rises of reported percentages, joined with the usage at the same time.
//!
//! # Design
//!
//! An observation is a rise between two reports in the same window, with the usage after the first until the last of them. Its
//! rate is usage per percent. A change of the rate is a [change of level](change_points), and between changes the rate is the
//! median of its observations, with the quartiles as its spread: a mean would follow usage elsewhere, which raises the percentage
//! without usage here. Such rises are those that are explained by less than a third of the rate around them.
//!
//! A regression over whole windows was rejected: there are a few windows, and hundreds of rises.

mod change_points;
mod meter;
mod rises;

pub use change_points::{ChangePoint, change_points};
pub use meter::UsageMeter;
pub use rises::{EarlyReset, LEAST_PERCENT, Rise};

use crate::usage::Amounts;
use ctm_types::{EpochMs, LimitSample, LimitWindow, PicoUsd};
use rises::Reports;
use std::collections::BTreeMap;

/// Observations from which on a rate is known.
pub const FEWEST_OBSERVATIONS: usize = 5;

/// The limits that apply to all models.
const CALIBRATED: [LimitWindow; 2] = [LimitWindow::FiveHour, LimitWindow::SevenDay];

/// Part of the usual rate under which a rise is not explained by the usage here.
const EXPLAINED_PART: f64 = 1.0 / 3.0;

/// The reports of a limit of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitRises {
    /// The Claude home of the account; empty when unknown.
    pub home: String,
    /// The limit.
    pub window: LimitWindow,
    /// Number of windows with a report.
    pub windows: usize,
    /// The rises, in order.
    pub rises: Vec<Rise>,
    /// Windows that were reset before their end, in order.
    pub early_resets: Vec<EarlyReset>,
}

/// What one percent of a limit buys.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The rates, in order of time; none with too few observations.
    pub rates: Vec<LimitRate>,
    /// Rises that the usage here does not explain, in order; none without a rate.
    pub elsewhere: Vec<ElsewhereUse>,
    /// Number of rises whose usage has no known cost.
    pub unpriced: usize,
}

/// What one percent buys over a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitRate {
    /// Time of the first report, in UTC epoch milliseconds.
    pub from_ms: EpochMs,
    /// Time of the last report, in UTC epoch milliseconds.
    pub to_ms: EpochMs,
    /// Number of observations.
    pub observations: usize,
    /// Cost per percent, at list prices, in pico-US-dollars.
    pub cost: Quartiles,
    /// Tokens per percent.
    pub tokens: Quartiles,
    /// How it differs from the rate before; `None` for the first.
    pub change: Option<RateChange>,
}

/// The middle half of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    /// A quarter of the values is below.
    pub lower: f64,
    /// Half of the values is below.
    pub median: f64,
    /// A quarter of the values is above.
    pub upper: f64,
}

/// A change of the rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateChange {
    /// The difference of the median cost, as a part of the one before.
    pub part: f64,
    /// Probability of such a difference without a change.
    pub p_value: f64,
}

/// A rise that the usage here does not explain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ElsewhereUse {
    /// Time of the report before, in UTC epoch milliseconds.
    pub from_ms: EpochMs,
    /// Time of the report after, in UTC epoch milliseconds.
    pub to_ms: EpochMs,
    /// The rise in percent.
    pub percent: f64,
    /// The part of the rise that the usage here does not explain, in percent.
    pub unexplained: f64,
}

/// A rise with the usage here.
#[derive(Debug, Clone, Copy)]
struct Observation {
    rise: Rise,
    /// Pico-US-dollars per percent.
    cost: f64,
    tokens: f64,
}

/// Returns the rises of each limit of all models by account, of samples in the order of their first report.
#[must_use]
pub fn limit_rises(samples: &[LimitSample]) -> Vec<LimitRises> {
    let mut reports: BTreeMap<(&str, LimitWindow), Reports<'_>> = BTreeMap::new();
    for sample in samples.iter().filter(|sample| CALIBRATED.contains(&sample.window)) {
        reports.entry((&sample.home, sample.window)).or_default().add(sample);
    }
    let of = |((home, window), of): ((&str, LimitWindow), Reports<'_>)| LimitRises {
        home: home.to_owned(),
        window,
        windows: of.windows,
        rises: of.rises,
        early_resets: of.early_resets,
    };
    reports.into_iter().map(of).collect()
}

/// Returns what one percent buys, of rises in order, with the usage between two moments.
#[must_use]
pub fn calibrate(rises: &[Rise], used: impl Fn(EpochMs, EpochMs) -> Amounts) -> Calibration {
    let with_usage: Vec<(Rise, Amounts)> =
        rises.iter().map(|rise| (*rise, used(rise.from_ms, rise.to_ms))).collect();
    let (unpriced, priced): (Vec<_>, Vec<_>) = with_usage.into_iter().partition(|(_, used)| !is_priced(used));
    let all: Vec<Observation> = priced.iter().map(|(rise, used)| observation(rise, used)).collect();
    let (here, nothing): (Vec<_>, Vec<_>) = all.into_iter().partition(|of| of.cost > 0.0);
    let (rates, mut elsewhere) = rates(&here);
    if let Some(first) = rates.first() {
        let unexplained = nothing.iter().map(|of| unexplained(of, rate_at(&rates, of, first)));
        elsewhere.extend(unexplained);
        elsewhere.sort_by_key(|of| of.from_ms);
    }
    Calibration { rates, elsewhere, unpriced: unpriced.len() }
}

fn is_priced(used: &Amounts) -> bool {
    used.unpriced_tokens == 0 && used.unpriced_web_searches == 0
}

#[expect(clippy::cast_precision_loss, reason = "a rate is for showing only")]
fn observation(rise: &Rise, used: &Amounts) -> Observation {
    let PicoUsd(cost) = used.cost;
    let per_percent = |of: f64| of / rise.percent;
    Observation {
        rise: *rise,
        cost: per_percent(cost as f64),
        tokens: per_percent(used.tokens.total() as f64),
    }
}

/// Returns the rates of observations in order, and those among them that are not explained.
fn rates(here: &[Observation]) -> (Vec<LimitRate>, Vec<ElsewhereUse>) {
    let costs: Vec<f64> = here.iter().map(|of| of.cost).collect();
    let points = change_points(&costs, FEWEST_OBSERVATIONS);
    let ends = points.iter().map(|point| point.index).chain([here.len()]);
    let (mut rates, mut elsewhere): (Vec<LimitRate>, Vec<ElsewhereUse>) = (Vec::new(), Vec::new());
    let mut start = 0;
    for (number, end) in ends.enumerate() {
        let (explained, other) = explained(&here[start..end]);
        start = end;
        let Some(mut rate) = rate(&explained) else { continue };
        elsewhere.extend(other.iter().map(|of| unexplained(of, &rate)));
        let point = number.checked_sub(1).map(|before| points[before]);
        rate.change = rates.last().zip(point).map(|(before, point)| RateChange {
            part: rate.cost.median / before.cost.median - 1.0,
            p_value: point.p_value,
        });
        rates.push(rate);
    }
    (rates, elsewhere)
}

/// Splits observations of the same rate into those that the usage here explains, and others.
fn explained(all: &[Observation]) -> (Vec<Observation>, Vec<Observation>) {
    let mut explained = all.to_vec();
    // Without the others the rate is higher, so that further ones may fall below the part.
    while let Some(usual) = quartiles(explained.iter().map(|of| of.cost)) {
        let count = explained.len();
        explained.retain(|of| of.cost >= usual.median * EXPLAINED_PART);
        if explained.len() == count {
            break;
        }
    }
    let least = explained.iter().map(|of| of.cost).fold(f64::INFINITY, f64::min);
    let other = all.iter().filter(|of| of.cost < least).copied().collect();
    (explained, other)
}

/// Returns the rate of observations; `None` for too few.
fn rate(of: &[Observation]) -> Option<LimitRate> {
    let (first, last) = of.first().zip(of.last())?;
    Some(LimitRate {
        from_ms: first.rise.from_ms,
        to_ms: last.rise.to_ms,
        observations: of.len(),
        cost: quartiles(of.iter().map(|of| of.cost))?,
        tokens: quartiles(of.iter().map(|of| of.tokens))?,
        change: None,
    })
    .filter(|_| of.len() >= FEWEST_OBSERVATIONS)
}

/// Returns the rate at the time of an observation: the last that had begun, or else the first.
fn rate_at<'r>(rates: &'r [LimitRate], of: &Observation, first: &'r LimitRate) -> &'r LimitRate {
    rates.iter().rev().find(|rate| rate.from_ms <= of.rise.from_ms).unwrap_or(first)
}

fn unexplained(of: &Observation, rate: &LimitRate) -> ElsewhereUse {
    let Rise { from_ms, to_ms, percent } = of.rise;
    ElsewhereUse { from_ms, to_ms, percent, unexplained: percent * (1.0 - of.cost / rate.cost.median) }
}

/// Returns the quartiles of values, between two values in proportion; `None` without any.
fn quartiles(values: impl Iterator<Item = f64>) -> Option<Quartiles> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a position among a few values"
    )]
    let at = |part: f64| {
        let place = part * last as f64;
        let (below, rest) = (place.floor() as usize, place.fract());
        values[below] + (values[last.min(below + 1)] - values[below]) * rest
    };
    Some(Quartiles { lower: at(0.25), median: at(0.5), upper: at(0.75) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOLLAR: i128 = 1_000_000_000_000;

    /// Rises of a percent each, a minute long, with cents of usage.
    fn calibrated(cents: &[i128]) -> Calibration {
        let minute = |minute: usize| EpochMs(i64::try_from(minute).unwrap() * 60_000);
        let rises: Vec<Rise> = (0..cents.len())
            .map(|index| Rise { from_ms: minute(index), to_ms: minute(index + 1), percent: 1.0 })
            .collect();
        let mut meter = UsageMeter::new((0..=cents.len()).map(minute));
        for (index, cents) in cents.iter().enumerate() {
            let cost = PicoUsd(cents * DOLLAR / 100);
            meter.add(minute(index + 1), Amounts { cost, ..Amounts::default() });
        }
        calibrate(&rises, |from_ms, to_ms| meter.between(from_ms, to_ms))
    }

    #[expect(clippy::cast_precision_loss, reason = "small")]
    fn cents(of: f64) -> f64 {
        of * 100.0 / DOLLAR as f64
    }

    #[test]
    fn a_rate_has_its_median_and_quartiles() {
        let of = calibrated(&[40, 50, 60, 70, 80]);
        let Quartiles { lower, median, upper } = of.rates[0].cost;
        assert_eq!([lower, median, upper].map(cents), [50.0, 60.0, 70.0]);
        assert_eq!((of.rates.len(), of.rates[0].observations, of.elsewhere.len()), (1, 5, 0));
    }

    #[test]
    fn too_few_observations_say_nothing() {
        let of = calibrated(&[40, 50, 0, 60, 70]);
        assert_eq!((of.rates.len(), of.elsewhere.len()), (0, 0));
        assert_eq!(calibrated(&[]).rates, []);
    }

    #[test]
    fn rises_without_enough_usage_here_are_from_elsewhere() {
        let of = calibrated(&[50, 60, 0, 55, 10, 45, 50, 25]);
        let found: Vec<_> = of.elsewhere.iter().map(|of| of.from_ms.0 / 60_000).collect();
        assert_eq!((found, of.rates[0].observations), (vec![2, 4], 6));
        assert_eq!(cents(of.rates[0].cost.median), 50.0);
        let unexplained: Vec<_> = of.elsewhere.iter().map(|of| of.unexplained).collect();
        assert_eq!(unexplained, [1.0, 0.8]);
    }

    #[test]
    fn a_changed_rate_begins_another_stretch() {
        let cents: Vec<i128> =
            (0..40).map(|index| if index < 20 { 50 + index % 3 } else { 40 + index % 3 }).collect();
        let of = calibrated(&cents);
        assert_eq!(of.rates.iter().map(|rate| rate.observations).collect::<Vec<_>>(), [20, 20]);
        assert_eq!(of.rates[0].change, None);
        let change = of.rates[1].change.unwrap();
        assert!((change.part + 10.0 / 51.0).abs() < 1e-9 && change.p_value < 1e-4, "{change:?}");
    }
}
