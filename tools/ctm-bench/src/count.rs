//! The count of a program on a home, the content of the home, and the difference of the two.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::path::Path;

/// Kinds of tokens that every program reports, in the order of [`Tokens::kinds`]. Not all of them report
/// cache writes by lifetime.
pub(crate) const KINDS: [&str; 4] = ["input", "output", "cache read", "cache write"];

/// Tokens by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) cache_read: u64,
    /// Cache writes of any lifetime.
    pub(crate) cache_write: u64,
}

impl Tokens {
    /// Returns tokens in the order of [`KINDS`].
    pub(crate) fn of([input, output, cache_read, cache_write]: [u64; KINDS.len()]) -> Self {
        Self { input, output, cache_read, cache_write }
    }

    /// Returns the tokens of all kinds.
    pub(crate) fn sum(self) -> u64 {
        self.kinds().into_iter().fold(0, u64::saturating_add)
    }

    /// Returns the tokens in the order of [`KINDS`].
    pub(crate) fn kinds(self) -> [u64; KINDS.len()] {
        [self.input, self.output, self.cache_read, self.cache_write]
    }
}

impl AddAssign for Tokens {
    // A program that accepts a damaged counter may report any sum.
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
    }
}

/// The usage of a home, as reported by a program or as generated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// Tokens by UTC day (`YYYY-MM-DD`), only of days with any.
    pub(crate) days: BTreeMap<String, Tokens>,
    /// Cost in US dollars, where it is stated.
    pub(crate) cost_usd: Option<f64>,
}

impl Count {
    /// Adds a day of a report.
    pub(crate) fn add(&mut self, day: &str, tokens: Tokens) {
        if tokens != Tokens::default() {
            *self.days.entry(day.to_owned()).or_default() += tokens;
        }
    }

    /// Adds an amount in US dollars.
    pub(crate) fn add_cost(&mut self, cost_usd: f64) {
        *self.cost_usd.get_or_insert(0.0) += cost_usd;
    }

    /// Returns the tokens of all days.
    pub(crate) fn totals(&self) -> Tokens {
        let mut totals = Tokens::default();
        self.days.values().for_each(|day| totals += *day);
        totals
    }

    /// Returns the errors of this count of a home whose content is `truth`.
    pub(crate) fn errors(&self, truth: &Self) -> Errors {
        let (found, expected) = (self.totals(), truth.totals());
        let kinds = (found.kinds(), expected.kinds());
        Errors {
            kinds_percent: std::array::from_fn(|kind| percent(kinds.0[kind], kinds.1[kind])),
            tokens_percent: percent(found.sum(), expected.sum()),
            days_exact: truth.days.iter().filter(|(day, tokens)| self.days.get(*day) == Some(tokens)).count(),
            days: truth.days.len(),
            days_made_up: self.days.keys().filter(|day| !truth.days.contains_key(*day)).count(),
            cost_percent: self.cost_usd.zip(truth.cost_usd).and_then(|(found, expected)| {
                (expected > 0.0).then(|| 100.0 * (found - expected) / expected)
            }),
        }
    }
}

/// The errors of a count, in percent of the true figure: tokens are missing below 0, and are counted in excess above.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Errors {
    /// By kind of token, in the order of [`KINDS`]; `None` where the truth is 0 and the count is not.
    pub(crate) kinds_percent: [Option<f64>; KINDS.len()],
    /// All kinds together.
    pub(crate) tokens_percent: Option<f64>,
    /// Days of which every kind is exact.
    pub(crate) days_exact: usize,
    /// Days that have any tokens.
    pub(crate) days: usize,
    /// Reported days without any tokens in truth.
    pub(crate) days_made_up: usize,
    /// Of the cost, where both are stated.
    pub(crate) cost_percent: Option<f64>,
}

impl Errors {
    /// Returns whether every figure of every day is exact.
    pub(crate) fn is_exact(&self) -> bool {
        self.days_exact == self.days && self.days_made_up == 0
    }

    /// Returns the error of each kind, and the days.
    pub(crate) fn summary(&self) -> String {
        let kind = |(name, percent): (&str, Option<f64>)| format!("{name} {}", shown(percent));
        let kinds = KINDS.into_iter().zip(self.kinds_percent).map(kind).collect::<Vec<_>>();
        format!("{}; {} days exact", kinds.join(", "), self.exact_days())
    }

    /// Returns the days as `n of m`.
    pub(crate) fn exact_days(&self) -> String {
        let exact = format!("{} of {}", self.days_exact, self.days);
        if self.days_made_up == 0 { exact } else { format!("{exact}, {} made up", self.days_made_up) }
    }
}

/// Errors beyond this many percent are shown as such.
const BEYOND_MEASURE: f64 = 1_000.0;

/// Writes an error: `exact` only if nothing differs, and never rounded to it.
pub(crate) fn shown(percent: Option<f64>) -> String {
    match percent {
        None => "none is true".to_owned(),
        Some(0.0) => "exact".to_owned(),
        Some(percent) if percent.abs() > BEYOND_MEASURE => format!("> {BEYOND_MEASURE:+.0} %"),
        Some(percent) if percent.abs() < 0.001 => {
            format!("{}0.001 %", if percent < 0.0 { "> -" } else { "< +" })
        }
        Some(percent) => format!("{percent:+.3} %"),
    }
}

/// Returns the difference of two figures in percent of the second; `None` if that is 0.
#[expect(clippy::cast_precision_loss, reason = "for showing only; equality is decided on integers")]
pub(crate) fn percent(found: u64, expected: u64) -> Option<f64> {
    if found == expected {
        return Some(0.0);
    }
    let difference = found.abs_diff(expected) as f64;
    (expected > 0).then(|| 100.0 * difference / expected as f64 * if found < expected { -1.0 } else { 1.0 })
}

/// The known content of a home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Truth {
    pub(crate) responses: u64,
    pub(crate) count: Count,
}

/// Reads the known content of a home: `answer.json` of a generated one, or `golden.json` of a collection.
pub(crate) fn truth(home: &Path) -> Result<Truth> {
    let generated = home.join("answer.json");
    let path = if generated.exists() { generated } else { home.join("golden.json") };
    let shown = || format!("cannot read `{}`", path.display());
    let json = std::fs::read(&path).with_context(shown)?;
    known(&json).with_context(shown)
}

/// The part of `answer.json` and `golden.json` that is compared.
#[derive(Deserialize)]
struct Known {
    totals: KnownTotals,
    by_day_utc: BTreeMap<String, KnownTokens>,
}

#[derive(Deserialize)]
struct KnownTotals {
    responses: u64,
    /// Exact decimal; absent where costs are not known.
    #[serde(default)]
    cost_usd: Option<String>,
}

#[derive(Deserialize)]
struct KnownTokens {
    input: u64,
    output: u64,
    cache_read: u64,
    write_5m: u64,
    write_1h: u64,
}

fn known(json: &[u8]) -> Result<Truth> {
    let known: Known = serde_json::from_slice(json)?;
    let cost_usd = known.totals.cost_usd.as_deref().map(str::parse).transpose().context("`cost_usd`")?;
    let mut count = Count { cost_usd, ..Count::default() };
    for (day, tokens) in &known.by_day_utc {
        let KnownTokens { input, output, cache_read, write_5m, write_1h } = *tokens;
        count.add(day, Tokens { input, output, cache_read, cache_write: write_5m + write_1h });
    }
    Ok(Truth { responses: known.totals.responses, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a count of days, each with its tokens by kind.
    fn count(days: &[(&str, [u64; KINDS.len()])], cost_usd: Option<f64>) -> Count {
        let mut count = Count { cost_usd, ..Count::default() };
        for (day, tokens) in days {
            count.add(day, Tokens::of(*tokens));
        }
        count
    }

    #[test]
    fn errors_are_signed_shares_of_the_truth() {
        let truth = count(&[("2026-01-01", [10, 100, 0, 8]), ("2026-01-02", [10, 100, 0, 8])], Some(4.0));
        let found = count(
            &[("2026-01-01", [10, 100, 0, 8]), ("2026-01-02", [10, 50, 3, 12]), ("2026-01-03", [0, 0, 0, 0])],
            Some(5.0),
        );
        let errors = found.errors(&truth);
        assert_eq!(errors.kinds_percent, [Some(0.0), Some(-25.0), None, Some(25.0)]);
        assert_eq!((errors.exact_days(), errors.is_exact()), ("1 of 2".to_owned(), false));
        assert_eq!(errors.cost_percent, Some(25.0));
        assert!(truth.errors(&truth).is_exact());
    }

    #[test]
    fn tokens_on_a_wrong_day_are_no_error_of_the_sum_and_two_of_the_days() {
        let truth = count(&[("2026-01-01", [1, 1, 1, 1]), ("2026-01-02", [1, 1, 1, 1])], None);
        let found = count(&[("2026-01-01", [1, 1, 1, 1]), ("2026-01-03", [1, 1, 1, 1])], None);
        let errors = found.errors(&truth);
        assert_eq!(errors.tokens_percent, Some(0.0));
        assert_eq!((errors.exact_days().as_str(), errors.is_exact()), ("1 of 2, 1 made up", false));
    }

    #[test]
    fn nothing_that_differs_is_shown_as_exact() {
        for (percent, expected) in [
            (Some(0.0), "exact"),
            (Some(-2.4332), "-2.433 %"),
            (Some(0.0004), "< +0.001 %"),
            (Some(-0.0004), "> -0.001 %"),
            (Some(1.1e12), "> +1000 %"),
            (None, "none is true"),
        ] {
            assert_eq!(shown(percent), expected);
        }
        // One token of 2^60, which a floating-point number cannot represent.
        let (found, expected) = ((1 << 60) + 1, 1 << 60);
        assert_eq!(shown(percent(found, expected)), "< +0.001 %");
    }

    #[test]
    fn both_forms_of_a_known_answer_are_read() {
        let day = r#""2026-01-01": {"input": 1, "output": 2, "cache_read": 3, "write_5m": 4, "write_1h": 5}"#;
        let generated = format!(r#"{{"totals": {{"responses": 1}}, "by_day_utc": {{{day}}}}}"#);
        let golden =
            format!(r#"{{"totals": {{"responses": 1, "cost_usd": "0.25"}}, "by_day_utc": {{{day}}}}}"#);
        let check = |json: &str, cost_usd| {
            let count = count(&[("2026-01-01", [1, 2, 3, 9])], cost_usd);
            assert_eq!(known(json.as_bytes()).unwrap(), Truth { responses: 1, count });
        };
        check(&generated, None);
        check(&golden, Some(0.25));
    }
}
