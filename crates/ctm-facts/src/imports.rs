//! Figures that other programs kept: what a file of them states, and what is refused.
//!
//! # Design
//!
//! They follow the counting rules of others, in days whose zone is often unknown. So they are no facts of usage: they are
//! stored beside them, shown with the name of their program, and in no sum. A later file of a program replaces its earlier figures
//! of the same days, because it read the same transcripts.

use ctm_types::{EpochMs, PicoUsd, UtcDay};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// The most figures of a file: a model in a period each.
const MOST_FIGURES: usize = 200_000;

/// The most of one kind of tokens in a period: what JSON states exactly.
const MOST_TOKENS: u64 = 1 << 53;

/// The longest name of a model, in bytes.
const LONGEST_MODEL: usize = 200;

/// The first and the last possible day: Claude Code is of 2025.
const POSSIBLE: [&str; 2] = ["2020-01-01", "2099-12-31"];

/// A program whose figures can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OtherProgram {
    /// ccusage: its reports as JSON.
    Ccusage,
    /// claude-monitor: its warehouse, or the report of its entries.
    ClaudeMonitor,
    /// toktrack: its cache of Claude Code's days.
    Toktrack,
    /// Token-Dashboard: its database.
    TokenDashboard,
    /// agentsview: its database.
    Agentsview,
}

impl OtherProgram {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Ccusage, Self::ClaudeMonitor, Self::Toktrack, Self::TokenDashboard, Self::Agentsview];

    /// Returns the name of the program.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ccusage => "ccusage",
            Self::ClaudeMonitor => "claude-monitor",
            Self::Toktrack => "toktrack",
            Self::TokenDashboard => "token-dashboard",
            Self::Agentsview => "agentsview",
        }
    }

    /// Returns the program with that name, if any.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|program| program.name() == name)
    }
}

impl fmt::Display for OtherProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What the days of a figure are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportGrain {
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// All sessions that began and ended on the same days.
    Sessions,
}

impl ImportGrain {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Sessions];

    /// Returns the stored and public name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Sessions => "sessions",
        }
    }

    /// Returns the one with that name, if any.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grain| grain.name() == name)
    }
}

/// The days of a figure, as `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportPeriod {
    /// What they are.
    pub grain: ImportGrain,
    /// The first.
    pub first: String,
    /// The last.
    pub last: String,
}

impl ImportPeriod {
    /// Returns one day.
    #[must_use]
    pub fn day(date: &str) -> Self {
        Self { grain: ImportGrain::Day, first: date.to_owned(), last: date.to_owned() }
    }
}

/// Tokens as other programs distinguish them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportTokens {
    /// Input outside of the cache.
    pub input: u64,
    /// Output.
    pub output: u64,
    /// Cache reads.
    pub cache_read: u64,
    /// Cache writes of either duration.
    pub cache_write: u64,
}

impl ImportTokens {
    /// Returns the sum of all kinds.
    #[must_use]
    pub fn total(self) -> u64 {
        [self.output, self.cache_read, self.cache_write].into_iter().fold(self.input, u64::saturating_add)
    }

    fn plus(self, other: Self) -> Option<Self> {
        let add = |sum: u64, more: u64| sum.checked_add(more).filter(|sum| *sum <= MOST_TOKENS);
        Some(Self {
            input: add(self.input, other.input)?,
            output: add(self.output, other.output)?,
            cache_read: add(self.cache_read, other.cache_read)?,
            cache_write: add(self.cache_write, other.cache_write)?,
        })
    }
}

/// What a file states of a model in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFigure {
    /// The period.
    pub period: ImportPeriod,
    /// The model; empty where the file does not distinguish them.
    pub model: String,
    /// Its tokens.
    pub tokens: ImportTokens,
    /// Its cost at the prices of the program; `None`: unknown.
    pub cost: Option<PicoUsd>,
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportContent {
    /// The program that wrote it.
    pub program: OtherProgram,
    /// Version of its format, if the file states it.
    pub format: Option<String>,
    /// The zone of its days; `None`: unknown.
    pub zone: Option<&'static str>,
    /// `true` if its figures include agents other than Claude Code.
    pub has_other_agents: bool,
    /// Its figures, by period and model.
    pub figures: Vec<ImportFigure>,
    /// Its responses without a time, which are left out.
    pub undated: u64,
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImport {
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub digest: String,
    /// Its name, without the folder.
    pub name: String,
    /// The program that wrote it.
    pub program: OtherProgram,
    /// Version of its format, if the file states it.
    pub format: Option<String>,
    /// The zone of its days; `None`: unknown.
    pub zone: Option<String>,
    /// `true` if its figures include agents other than Claude Code.
    pub has_other_agents: bool,
    /// When it was imported, in UTC epoch milliseconds.
    pub imported_at_ms: EpochMs,
    /// Its figures, but for those that a later file of the program replaced.
    pub figures: Vec<ImportFigure>,
}

/// What an import changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportChange {
    /// `false` for a file that had been imported before.
    pub is_new: bool,
    /// Periods of earlier files of the same program that it replaced.
    pub replaced: u64,
}

/// Why a figure is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportFlaw {
    /// The text is not a possible day.
    #[error("`{0}` is not a day between {from} and {to}", from = POSSIBLE[0], to = POSSIBLE[1])]
    Day(String),
    /// A period ends before it begins.
    #[error("{0} is before {1}")]
    Order(String, String),
    /// A sum exceeds what any account uses.
    #[error("more than {MOST_TOKENS} tokens on {0}")]
    Tokens(String),
    /// The name of a model is too long.
    #[error("the name of a model has {0} bytes, at most {LONGEST_MODEL} are permitted")]
    Model(usize),
    /// There are too many figures.
    #[error("more than {MOST_FIGURES} models and days")]
    Figures,
}

/// Figures that are added up by period and model.
#[derive(Debug, Default)]
pub struct ImportFigures(BTreeMap<(ImportPeriod, String), (ImportTokens, Option<PicoUsd>)>);

impl ImportFigures {
    /// Adds tokens and cost of a model in a period. No tokens are no figure, and no cost of tokens is an unknown one.
    ///
    /// # Errors
    ///
    /// Fails when the figure is refused.
    pub fn add(
        &mut self,
        period: ImportPeriod,
        model: &str,
        tokens: ImportTokens,
        cost: Option<PicoUsd>,
    ) -> Result<(), ImportFlaw> {
        check_day(&period.first)?;
        check_day(&period.last)?;
        if period.last < period.first {
            return Err(ImportFlaw::Order(period.last, period.first));
        }
        if tokens.total() == 0 {
            return Ok(());
        }
        if model.len() > LONGEST_MODEL {
            return Err(ImportFlaw::Model(model.len()));
        }
        let cost = cost.filter(|cost| *cost > PicoUsd::ZERO);
        let (is_full, date) = (self.0.len() >= MOST_FIGURES, period.first.clone());
        let (sum, sum_cost) = match self.0.entry((period, model.to_owned())) {
            Entry::Vacant(_) if is_full => return Err(ImportFlaw::Figures),
            entry => entry.or_default(),
        };
        *sum = sum.plus(tokens).ok_or(ImportFlaw::Tokens(date))?;
        *sum_cost = match (*sum_cost, cost) {
            (Some(sum), Some(more)) => Some(sum + more),
            (sum, more) => sum.or(more),
        };
        Ok(())
    }

    /// Returns the sums, by period and model.
    #[must_use]
    pub fn finish(self) -> Vec<ImportFigure> {
        let figure = |((period, model), (tokens, cost))| ImportFigure { period, model, tokens, cost };
        self.0.into_iter().map(figure).collect()
    }
}

fn check_day(date: &str) -> Result<(), ImportFlaw> {
    let is_possible = UtcDay::of_date(date).is_some() && (POSSIBLE[0]..=POSSIBLE[1]).contains(&date);
    if is_possible {
        return Ok(());
    }
    Err(ImportFlaw::Day(date.chars().take(40).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input: u64) -> ImportTokens {
        ImportTokens { input, ..ImportTokens::default() }
    }

    #[test]
    fn figures_of_a_day_and_a_model_add_up_and_an_unknown_cost_is_not_zero() {
        let mut figures = ImportFigures::default();
        let mut add = |model, count, cost| {
            figures.add(ImportPeriod::day("2026-03-08"), model, tokens(count), cost).unwrap();
        };
        add("a", 5, Some(PicoUsd(7)));
        add("a", 6, Some(PicoUsd(1)));
        add("b", 1, Some(PicoUsd::ZERO));
        add("c", 0, Some(PicoUsd(9)));
        let found = figures.finish();
        let found: Vec<_> = found.iter().map(|of| (&*of.model, of.tokens.input, of.cost)).collect();
        assert_eq!(found, [("a", 11, Some(PicoUsd(8))), ("b", 1, None)]);
    }

    #[test]
    fn what_is_impossible_is_refused() {
        let check = |first: &str, last: &str, model: &str, count| {
            let period =
                ImportPeriod { grain: ImportGrain::Week, first: first.to_owned(), last: last.to_owned() };
            ImportFigures::default().add(period, model, tokens(count), None).unwrap_err().to_string()
        };
        let no_day = "`1969-12-31` is not a day between 2020-01-01 and 2099-12-31";
        assert_eq!(check("1969-12-31", "2026-01-01", "m", 1), no_day);
        for day in ["2026-02-30", "+12026-01-01", "2100-01-01", "", "2026-1-1", "today", "２０２６-01-01"]
        {
            assert!(check("2026-01-01", day, "m", 1).contains("is not a day"), "{day}");
        }
        assert_eq!(check("2026-01-02", "2026-01-01", "m", 1), "2026-01-01 is before 2026-01-02");
        assert!(check("2026-01-02", "2026-01-03", &"m".repeat(201), 1).contains("201 bytes"));
        assert!(check("2026-01-02", "2026-01-03", "m", u64::MAX).contains("tokens on 2026-01-02"));
    }
}
