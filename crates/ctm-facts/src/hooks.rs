//! Runs of hooks, and how long they take.
//!
//! # Design
//!
//! A hook has neither a model nor a folder. It runs at the end of a turn, so it has those of the last response before
//! it. Durations are counted by their value: quantiles are exact, and memory depends on how many different durations
//! there are.

use crate::{FactKey, ResolvedFilter};
use ctm_types::{BillingId, EpochMs, FolderId, HomeId, ProjectId, SessionId, Slot, TermId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How long before a run its response is sought, in milliseconds.
pub const RESPONSE_BEFORE_MS: i64 = 60 * 60 * 1000;

/// Durations in milliseconds, each with its number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durations(BTreeMap<u64, u64>);

impl Durations {
    /// Adds a duration.
    pub fn add(&mut self, duration_ms: u64) {
        *self.0.entry(duration_ms).or_default() += 1;
    }

    /// Adds all of others.
    pub fn extend(&mut self, others: &Self) {
        for (duration_ms, count) in &others.0 {
            *self.0.entry(*duration_ms).or_default() += count;
        }
    }

    /// Returns their number.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns their sum, in milliseconds.
    #[must_use]
    pub fn total_ms(&self) -> u64 {
        let products = self.0.iter().map(|(duration_ms, count)| duration_ms.saturating_mul(*count));
        products.fold(0, u64::saturating_add)
    }

    /// Returns the longest one, in milliseconds.
    #[must_use]
    pub fn max_ms(&self) -> Option<u64> {
        self.0.last_key_value().map(|(duration_ms, _)| *duration_ms)
    }

    /// Returns the least duration that at least `percent` of all do not exceed, in milliseconds; `None` without any.
    #[must_use]
    pub fn quantile_ms(&self, percent: u64) -> Option<u64> {
        let rank = self.count().saturating_mul(percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.0.iter().find_map(|(duration_ms, count)| {
            seen += count;
            (seen >= rank).then_some(*duration_ms)
        })
    }
}

/// The runs of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookUsage {
    /// File name of the program, if it is known.
    pub program: Option<String>,
    /// Number of runs, also of those without a duration.
    pub runs: u64,
    /// Durations of the runs that have one.
    pub durations: Durations,
    /// Sessions with a run.
    pub sessions: HashSet<SessionId>,
    /// Time of the last run.
    pub last_ms: EpochMs,
}

impl HookUsage {
    fn of(program: Option<String>) -> Self {
        let (durations, sessions) = (Durations::default(), HashSet::new());
        Self { program, runs: 0, durations, sessions, last_ms: EpochMs::MIN }
    }
}

/// Sums of runs by program.
#[derive(Debug, Default)]
pub struct HookSums(HashMap<Option<TermId>, HookUsage>);

impl HookSums {
    /// Adds a run that the filter takes. Its columns are its time, session, project, folder, home, billing, program (0
    /// if it is unknown) and duration in milliseconds (-1 if it is unknown).
    pub fn add(&mut self, columns: &[i64], filter: &ResolvedFilter) {
        let &[at_ms, session, project, folder, home, billing, program, duration_ms] = columns else { return };
        let (at_ms, session) = (EpochMs(at_ms), SessionId(session));
        let key = FactKey {
            slot: Slot::of(at_ms),
            session,
            project: ProjectId(project),
            folder: FolderId(folder),
            home: HomeId(home),
            billing: BillingId(billing),
            sidechain: false,
        };
        if !filter.takes(&key) {
            return;
        }
        let program = Some(program).filter(|program| *program > 0).map(TermId);
        let of = self.0.entry(program).or_insert_with(|| HookUsage::of(None));
        of.runs += 1;
        of.sessions.insert(session);
        of.last_ms = of.last_ms.max(at_ms);
        if let Ok(duration_ms) = u64::try_from(duration_ms) {
            of.durations.add(duration_ms);
        }
    }

    /// Returns the numbers of the programs.
    #[must_use]
    pub fn programs(&self) -> Vec<TermId> {
        self.0.keys().flatten().copied().collect()
    }

    /// Returns the runs of each program, the longest time first, then the most runs, then by name.
    #[must_use]
    pub fn named(self, names: &HashMap<TermId, String>) -> Vec<HookUsage> {
        let mut by_name: HashMap<Option<String>, HookUsage> = HashMap::new();
        for (program, of) in self.0 {
            let program = program.and_then(|program| names.get(&program).cloned());
            let sum = by_name.entry(program.clone()).or_insert_with(|| HookUsage::of(program));
            sum.runs += of.runs;
            sum.durations.extend(&of.durations);
            sum.sessions.extend(of.sessions);
            sum.last_ms = sum.last_ms.max(of.last_ms);
        }
        let mut usage: Vec<HookUsage> = by_name.into_values().collect();
        usage.sort_by_cached_key(|of| {
            (Reverse(of.durations.total_ms()), Reverse(of.runs), of.program.clone())
        });
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations(of: &[u64]) -> Durations {
        let mut durations = Durations::default();
        of.iter().for_each(|duration_ms| durations.add(*duration_ms));
        durations
    }

    #[test]
    fn a_quantile_is_a_duration_that_occurred() {
        let check = |of: &[u64], percent, expected| {
            assert_eq!(durations(of).quantile_ms(percent), expected, "{of:?} {percent}");
        };
        check(&[], 50, None);
        check(&[7], 50, Some(7));
        check(&[9, 1], 50, Some(1));
        check(&[3, 1, 2], 50, Some(2));
        check(&[5, 5, 5, 900], 50, Some(5));
        check(&[5, 5, 5, 900], 95, Some(900));
        let hundred: Vec<u64> = (1..=100).collect();
        check(&hundred, 95, Some(95));
        check(&hundred, 100, Some(100));
        check(&hundred, 0, Some(1));
    }

    #[test]
    fn sums_are_those_of_all_durations() {
        let mut all = durations(&[4, 4, 10]);
        all.extend(&durations(&[4, 1]));
        assert_eq!((all.count(), all.total_ms(), all.max_ms()), (5, 23, Some(10)));
        assert_eq!(durations(&[u64::MAX, 2]).total_ms(), u64::MAX);
    }

    #[test]
    fn runs_are_summed_by_program_and_filtered_like_responses() {
        let runs = [
            [0, 1, 1, 1, 1, 1, 3, 20],
            [60_000, 2, 1, 1, 1, 1, 3, -1],
            [120_000, 2, 1, 1, 1, 2, 4, 500],
            [180_000, 2, 1, 1, 1, 0, 0, -1],
        ];
        let usage = |filter: &ResolvedFilter| {
            let mut sums = HookSums::default();
            runs.iter().for_each(|run| sums.add(run, filter));
            let names = [(TermId(3), "lint.sh"), (TermId(4), "test.sh")];
            sums.named(&names.map(|(id, name)| (id, name.to_owned())).into())
        };
        let of = |usage: &[HookUsage]| -> Vec<(Option<String>, u64, u64, usize, i64)> {
            let of = |of: &HookUsage| {
                (of.program.clone(), of.runs, of.durations.count(), of.sessions.len(), of.last_ms.0)
            };
            usage.iter().map(of).collect()
        };
        let name = |name: &str| Some(name.to_owned());
        let all = usage(&ResolvedFilter::default());
        let expected = [
            (name("test.sh"), 1, 1, 1, 120_000),
            (name("lint.sh"), 2, 1, 2, 60_000),
            (None, 1, 0, 1, 180_000),
        ];
        assert_eq!(of(&all), expected);
        let of_model =
            usage(&ResolvedFilter { billings: Some([BillingId(2)].into()), ..ResolvedFilter::default() });
        assert_eq!(of(&of_model), [(name("test.sh"), 1, 1, 1, 120_000)]);
        let subagents = usage(&ResolvedFilter { sidechain: Some(true), ..ResolvedFilter::default() });
        assert_eq!(of(&subagents), []);
    }
}
