//! Parsers of the report by day of each program.
//!
//! A count that is not a non-negative integer is rejected, so that a change of a format is not taken for an error of the
//! program.

use crate::count::{Count, Tokens};
use anyhow::{Context, Result};
use serde::Deserialize;

/// Parser of a report.
pub(crate) type Read = fn(&[u8]) -> Result<Count>;

/// A day, with the field names of all programs.
#[derive(Deserialize)]
struct Day {
    #[serde(alias = "label")]
    date: String,
    #[serde(alias = "inputTokens", alias = "input_tokens")]
    input: u64,
    #[serde(alias = "outputTokens", alias = "output_tokens")]
    output: u64,
    #[serde(alias = "cacheReadTokens", alias = "cache_read_tokens")]
    cache_read: u64,
    #[serde(alias = "cacheCreationTokens", alias = "cache_creation_tokens")]
    cache_write: u64,
    /// `None` where it is unknown.
    #[serde(alias = "totalCost", alias = "total_cost", default)]
    cost: Option<f64>,
}

impl FromIterator<Day> for Count {
    fn from_iter<T: IntoIterator<Item = Day>>(days: T) -> Self {
        let mut count = Self::default();
        for Day { date, input, output, cache_read, cache_write, cost } in days {
            count.add(&date, Tokens { input, output, cache_read, cache_write });
            cost.into_iter().for_each(|cost| count.add_cost(cost));
        }
        count
    }
}

/// Parses the output of `ccusage claude daily --json`.
pub(super) fn ccusage(output: &[u8]) -> Result<Count> {
    #[derive(Deserialize)]
    struct Report {
        daily: Vec<Day>,
    }
    let report: Report = serde_json::from_slice(output)?;
    Ok(report.daily.into_iter().collect())
}

/// Parses the output of `ccost --per day --output json`.
pub(super) fn ccost(output: &[u8]) -> Result<Count> {
    #[derive(Deserialize)]
    struct Report {
        data: Vec<Day>,
    }
    let report: Report = serde_json::from_slice(output)?;
    Ok(report.data.into_iter().collect())
}

/// Parses a list of days: the output of `ccstats daily --json`, and the days of claude-monitor.
pub(super) fn days(output: &[u8]) -> Result<Count> {
    let days: Vec<Day> = serde_json::from_slice(output)?;
    Ok(days.into_iter().collect())
}

/// Parses the output of `cctrack --bucket day --json`.
pub(super) fn cctrack(output: &[u8]) -> Result<Count> {
    #[derive(Deserialize)]
    struct Report {
        buckets: Vec<Bucket>,
    }
    #[derive(Deserialize)]
    struct Bucket {
        /// Midnight, as a time in RFC 3339.
        bucket_start: String,
        tokens: Kinds,
        cost_usd: f64,
    }
    #[derive(Deserialize)]
    struct Kinds {
        input: u64,
        output: u64,
        cache_read: u64,
        cache_write_5m: u64,
        cache_write_1h: u64,
    }
    let report: Report = serde_json::from_slice(output)?;
    let mut count = Count::default();
    for Bucket { bucket_start, tokens, cost_usd } in report.buckets {
        let (day, _) = bucket_start.split_once('T').context("a day without a time")?;
        let Kinds { input, output, cache_read, cache_write_5m, cache_write_1h } = tokens;
        let cache_write = cache_write_5m.saturating_add(cache_write_1h);
        count.add(day, Tokens { input, output, cache_read, cache_write });
        count.add_cost(cost_usd);
    }
    Ok(count)
}

/// Parses the output of `ctm daily --json`.
pub(crate) fn ctm(output: &[u8]) -> Result<Count> {
    #[derive(Deserialize)]
    struct Report {
        days: Vec<CtmDay>,
        totals: Totals,
    }
    #[derive(Deserialize)]
    struct CtmDay {
        date: String,
        input_tokens: u64,
        output_tokens: u64,
        cache_read_tokens: u64,
        cache_write_5m_tokens: u64,
        cache_write_1h_tokens: u64,
    }
    #[derive(Deserialize)]
    struct Totals {
        cost_usd: f64,
    }
    let report: Report = serde_json::from_slice(output).context("the report of ctm")?;
    let mut count = Count::default();
    for day in report.days {
        let tokens = Tokens {
            input: day.input_tokens,
            output: day.output_tokens,
            cache_read: day.cache_read_tokens,
            cache_write: day.cache_write_5m_tokens + day.cache_write_1h_tokens,
        };
        count.add(&day.date, tokens);
    }
    count.add_cost(report.totals.cost_usd);
    Ok(count)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns a recorded form of each program's report; all have the same made-up figures.
    pub(crate) fn recorded() -> [(&'static str, Read, &'static [u8]); 6] {
        [
            ("ctm", ctm, include_bytes!("../../testdata/ctm.json")),
            ("ccusage", ccusage, include_bytes!("../../testdata/ccusage.json")),
            ("ccost", ccost, include_bytes!("../../testdata/ccost.json")),
            ("ccstats", days, include_bytes!("../../testdata/ccstats.json")),
            ("cctrack", cctrack, include_bytes!("../../testdata/cctrack.json")),
            ("claude-monitor", days, include_bytes!("../../testdata/claude-monitor.json")),
        ]
    }

    #[test]
    fn every_report_says_the_same() {
        for (name, read, output) in recorded() {
            let count = read(output).unwrap();
            let days: Vec<_> =
                count.days.iter().map(|(day, tokens)| (day.as_str(), tokens.kinds())).collect();
            let expected = [("2026-01-01", [11, 222, 3_333, 444]), ("2026-01-03", [1, 2, 3, 4])];
            assert_eq!(days, expected, "{name}");
            assert_eq!(count.cost_usd, Some(0.75), "{name}");
        }
    }

    #[test]
    fn another_format_is_no_count() {
        for (name, read, _) in recorded() {
            for output in ["", "{}", r#"[{"date": "2026-01-01", "input": "1"}]"#] {
                assert!(read(output.as_bytes()).is_err(), "{name}: {output}");
            }
        }
    }

    #[test]
    fn unknown_cost_is_not_nothing() {
        let day = r#"[{"date": "2026-01-01", "input_tokens": 1, "output_tokens": 1, "cache_read_tokens": 0,
            "cache_creation_tokens": 0, "cost": null}]"#;
        assert_eq!(days(day.as_bytes()).unwrap().cost_usd, None);
    }
}
