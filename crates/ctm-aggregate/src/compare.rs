//! The change from one period to another.

use crate::Usage;
use ctm_types::PicoUsd;

/// The change of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference<T> {
    /// The figure now, less the figure of the base period.
    pub absolute: T,
    /// `absolute` as a fraction of the base figure: 0.5 is half as much again, -1 is all gone.
    ///
    /// `None` when the base figure is 0: the figure is new.
    pub relative: Option<f64>,
}

impl Difference<i64> {
    /// Returns the change of a count.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a relative change is for showing only")]
    pub fn of_count(now: u64, base: u64) -> Self {
        let absolute = i128::from(now) - i128::from(base);
        Self {
            absolute: i64::try_from(absolute).unwrap_or(if absolute < 0 { i64::MIN } else { i64::MAX }),
            relative: (base > 0).then(|| absolute as f64 / base as f64),
        }
    }
}

impl Difference<PicoUsd> {
    /// Returns the change of an amount.
    #[must_use]
    pub fn of_cost(now: PicoUsd, base: PicoUsd) -> Self {
        let absolute = now - base;
        Self { absolute, relative: (base != PicoUsd::ZERO).then(|| absolute.to_f64() / base.to_f64()) }
    }
}

impl Difference<f64> {
    /// Returns the change of a rate.
    #[must_use]
    pub fn of_rate(now: f64, base: f64) -> Self {
        let absolute = now - base;
        Self { absolute, relative: (base != 0.0).then(|| absolute / base) }
    }
}

/// The change of every figure of a usage from a base period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UsageChange {
    /// All tokens.
    pub total_tokens: Difference<i64>,
    /// Input tokens.
    pub input: Difference<i64>,
    /// Output tokens.
    pub output: Difference<i64>,
    /// Cache reads.
    pub cache_read: Difference<i64>,
    /// Cache writes for five minutes.
    pub cache_write_5m: Difference<i64>,
    /// Cache writes for one hour.
    pub cache_write_1h: Difference<i64>,
    /// Web searches.
    pub web_searches: Difference<i64>,
    /// Responses.
    pub responses: Difference<i64>,
    /// Sessions.
    pub sessions: Difference<i64>,
    /// Cost; `None` if it is unknown for either period.
    pub cost: Option<Difference<PicoUsd>>,
    /// Cache hit rate; `None` if it is unknown for either period.
    pub cache_hit_rate: Option<Difference<f64>>,
}

impl UsageChange {
    /// Returns the change from the usage of a base period to that of the present one.
    #[must_use]
    pub fn between(now: &Usage, base: &Usage) -> Self {
        let count = |figure: fn(&Usage) -> u64| Difference::of_count(figure(now), figure(base));
        let (now, base) = (&now.amounts, &base.amounts);
        Self {
            total_tokens: count(|usage| usage.amounts.tokens.total()),
            input: count(|usage| usage.amounts.tokens.input),
            output: count(|usage| usage.amounts.tokens.output),
            cache_read: count(|usage| usage.amounts.tokens.cache_read),
            cache_write_5m: count(|usage| usage.amounts.tokens.cache_write_5m),
            cache_write_1h: count(|usage| usage.amounts.tokens.cache_write_1h),
            web_searches: count(|usage| usage.amounts.web_searches),
            responses: count(|usage| usage.amounts.responses),
            sessions: count(Usage::session_count),
            cost: now.cost_usd().zip(base.cost_usd()).map(|(now, base)| Difference::of_cost(now, base)),
            cache_hit_rate: now
                .cache_hit_rate()
                .zip(base.cache_hit_rate())
                .map(|(now, base)| Difference::of_rate(now, base)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Amounts;
    use ctm_types::TokenCounts;

    #[test]
    fn a_count_changes_by_a_number_and_a_part_of_the_base() {
        let check = |now, base, absolute, relative| {
            assert_eq!(Difference::of_count(now, base), Difference { absolute, relative });
        };
        check(15, 10, 5, Some(0.5));
        check(0, 10, -10, Some(-1.0));
        check(10, 10, 0, Some(0.0));
        check(10, 0, 10, None);
        check(0, 0, 0, None);
        check(u64::MAX, 1, i64::MAX, Some(18_446_744_073_709_551_614.0));
        check(0, u64::MAX, i64::MIN, Some(-1.0));
    }

    #[test]
    fn unknown_figures_have_no_change() {
        let usage = |input, unpriced_tokens| Usage {
            amounts: Amounts {
                tokens: TokenCounts { input, ..TokenCounts::default() },
                unpriced_tokens,
                priced_tokens: input - unpriced_tokens,
                cost: PicoUsd(i128::from(input - unpriced_tokens)),
                ..Amounts::default()
            },
            ..Usage::default()
        };
        let change = UsageChange::between(&usage(30, 0), &usage(20, 0));
        assert_eq!(change.input, change.total_tokens);
        assert_eq!(change.cost, Some(Difference::of_cost(PicoUsd(30), PicoUsd(20))));
        assert_eq!(change.cache_hit_rate, Some(Difference { absolute: 0.0, relative: None }));

        assert_eq!(UsageChange::between(&usage(30, 0), &usage(20, 20)).cost, None);
        let from_nothing = UsageChange::between(&usage(30, 0), &Usage::default());
        assert_eq!(from_nothing.cache_hit_rate, None);
        assert_eq!(from_nothing.cost, Some(Difference { absolute: PicoUsd(30), relative: None }));
    }
}
