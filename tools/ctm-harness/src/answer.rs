//! Checks results against the content of the home.
//!
//! A fast wrong result is worthless, and a server that lost facts is not healthy: a result that differs from
//! the expected one ends the task.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fs::File;
use std::io::BufReader;
use std::ops::AddAssign;
use std::path::Path;

/// Totals, under the names of `answer.json` and of `ctm --json`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Totals {
    #[serde(alias = "input_tokens")]
    input: u64,
    #[serde(alias = "output_tokens")]
    output: u64,
    #[serde(alias = "cache_read_tokens")]
    cache_read: u64,
    #[serde(alias = "cache_write_5m_tokens")]
    write_5m: u64,
    #[serde(alias = "cache_write_1h_tokens")]
    write_1h: u64,
    /// Responses, each once.
    pub responses: u64,
    #[serde(alias = "unfinalised_responses", default)]
    unfinalised: u64,
    #[serde(default)]
    web_searches: u64,
}

impl Totals {
    /// Returns one final response with these tokens: input, output, cache reads, and cache writes
    /// for five minutes and for an hour.
    pub fn of_response([input, output, cache_read, write_5m, write_1h]: [u64; 5]) -> Self {
        Self { input, output, cache_read, write_5m, write_1h, responses: 1, ..Self::default() }
    }

    /// Returns the tokens of all kinds.
    pub fn tokens(&self) -> u64 {
        self.input + self.output + self.cache_read + self.write_5m + self.write_1h
    }

    fn figures(&self) -> [(&'static str, u64); 8] {
        [
            ("input tokens", self.input),
            ("output tokens", self.output),
            ("cache reads", self.cache_read),
            ("cache writes for five minutes", self.write_5m),
            ("cache writes for an hour", self.write_1h),
            ("responses", self.responses),
            ("unfinalised responses", self.unfinalised),
            ("web searches", self.web_searches),
        ]
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.write_5m += other.write_5m;
        self.write_1h += other.write_1h;
        self.responses += other.responses;
        self.unfinalised += other.unfinalised;
        self.web_searches += other.web_searches;
    }
}

/// Known totals of a home: its `answer.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// The totals of the home.
    pub totals: Totals,
    /// Transcripts.
    pub files: u64,
    /// Bytes of the transcripts.
    pub bytes: u64,
}

impl Answer {
    /// Reads the totals of a home.
    pub fn of(home: &Path) -> Result<Self> {
        let path = home.join("answer.json");
        let file = File::open(&path).with_context(|| {
            format!(
                "cannot read `{}`, without which no answer can be checked; \
                 `cargo xtask corpus` makes homes that have one",
                path.display()
            )
        })?;
        serde_json::from_reader(BufReader::new(file)).with_context(|| format!("`{}`", path.display()))
    }
}

/// Compares results with the expected ones.
#[derive(Debug, Clone)]
pub struct Checker {
    expected: Totals,
    /// The amount of the first result, to the last decimal. It is not known in advance, but all results for
    /// the same home must agree.
    cost: Option<String>,
}

/// Totals of a report of `ctm`.
#[derive(Deserialize)]
struct Report<'a> {
    #[serde(borrow)]
    totals: &'a RawValue,
}

/// The amount in its written form: a floating-point number would round it.
#[derive(Deserialize)]
struct Cost<'a> {
    #[serde(borrow)]
    cost_usd: &'a RawValue,
}

impl Checker {
    /// Creates a checker that expects these totals.
    pub fn new(expected: Totals) -> Self {
        Self { expected, cost: None }
    }

    /// Returns the expected number of responses.
    pub fn responses(&self) -> u64 {
        self.expected.responses
    }

    /// Expects more from now on.
    pub fn grow(&mut self, more: Totals) {
        self.expected += more;
        self.cost = None;
    }

    /// Checks the JSON of a report on everything.
    pub fn check(&mut self, report: &[u8]) -> Result<()> {
        let totals =
            serde_json::from_slice::<Report<'_>>(report).context("the answer is no report")?.totals.get();
        let found: Totals = serde_json::from_str(totals).context("the totals of the answer")?;
        let Cost { cost_usd } = serde_json::from_str(totals).context("the totals of the answer")?;
        let cost = self.cost.get_or_insert_with(|| cost_usd.get().to_owned());

        let pairs = self.expected.figures().into_iter().zip(found.figures());
        let differing = pairs.filter(|((_, expected), (_, found))| expected != found);
        let mut wrong: Vec<_> = differing
            .map(|((name, expected), (_, found))| format!("{name}: {found} instead of {expected}"))
            .collect();
        if cost_usd.get() != cost {
            wrong.push(format!("cost: {} instead of {cost} US dollars", cost_usd.get()));
        }
        if !wrong.is_empty() {
            bail!("the answer is wrong: {}", wrong.join("; "));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(output: u64, cost: &str) -> Vec<u8> {
        format!(
            r#"{{"days": [], "totals": {{"input_tokens": 1, "output_tokens": {output}, "cache_read_tokens": 3,
            "cache_write_5m_tokens": 4, "cache_write_1h_tokens": 5, "total_tokens": 15, "cost_usd": {cost},
            "web_searches": 0, "responses": 1, "sessions": 1, "unfinalised_responses": 0}}}}"#
        )
        .into_bytes()
    }

    #[test]
    fn wrong_figures_are_named() {
        let mut checker = Checker::new(Totals::of_response([1, 2, 3, 4, 5]));
        let mut check = |report: &[u8], expected: &str| {
            let error = checker.check(report).err();
            assert_eq!(error.map(|error| error.to_string()).unwrap_or_default(), expected);
        };
        check(&report(2, "0.1000000000000001"), "");
        check(&report(2, "0.1000000000000001"), "");
        check(&report(7, "0.1000000000000001"), "the answer is wrong: output tokens: 7 instead of 2");
        check(
            &report(2, "0.1000000000000002"),
            "the answer is wrong: cost: 0.1000000000000002 instead of 0.1000000000000001 US dollars",
        );
        check(b"no luck", "the answer is no report");
    }

    #[test]
    fn a_home_that_grows_may_cost_more() {
        let line = Totals::of_response([1, 2, 3, 4, 5]);
        let mut checker = Checker::new(Totals::default());
        checker.cost = Some("0".to_owned());
        checker.grow(line);
        checker.check(&report(2, "0.5")).unwrap();
    }

    #[test]
    fn a_home_without_an_answer_is_refused_with_advice() {
        let folder = tempfile::tempdir().unwrap();
        let error = Answer::of(folder.path()).unwrap_err().to_string();
        assert!(error.contains("`cargo xtask corpus` makes homes that have one"), "{error}");
        let answer = r#"{"totals": {"input": 1, "output": 2, "cache_read": 3, "write_5m": 4, "write_1h": 5,
            "responses": 1, "unfinalised": 0, "web_searches": 0}, "files": 7, "bytes": 8, "lines": 9}"#;
        std::fs::write(folder.path().join("answer.json"), answer).unwrap();
        let expected = Answer { totals: Totals::of_response([1, 2, 3, 4, 5]), files: 7, bytes: 8 };
        assert_eq!(Answer::of(folder.path()).unwrap(), expected);
    }
}
