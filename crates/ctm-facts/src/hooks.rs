//! Runs of hooks, and how long they take.
//!
//! # Design
//!
//! A hook has neither a model nor a folder: it has those of the last response before it. Durations are counted by their
//! value: quantiles are exact, and memory depends on how many different durations there are.

use crate::ResolvedFilter;
use crate::place::EventPlace;
use ctm_types::{EpochMs, SessionId, TermId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::AddAssign;

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

/// The event of the runs in the summary of a turn, which does not name it.
const OF_SUMMARY: &str = "Stop";

/// The runs of a program at an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookUsage {
    /// File name of the program, if it is known.
    pub program: Option<String>,
    /// The event.
    pub event: String,
    /// Number of runs, also of those without a duration.
    pub runs: u64,
    /// Number of runs with a known outcome.
    pub judged: u64,
    /// Of those, the ones that failed or took too long.
    pub failed: u64,
    /// Of those, the ones that blocked what they ran for.
    pub blocked: u64,
    /// Durations of the runs that have one.
    pub durations: Durations,
    /// Sessions with a run.
    pub sessions: HashSet<SessionId>,
    /// Time of the last run.
    pub last_ms: EpochMs,
}

impl Default for HookUsage {
    fn default() -> Self {
        Self {
            program: None,
            event: String::new(),
            runs: 0,
            judged: 0,
            failed: 0,
            blocked: 0,
            durations: Durations::default(),
            sessions: HashSet::new(),
            last_ms: EpochMs::MIN,
        }
    }
}

/// Adds the runs; program and event stay.
impl AddAssign<&Self> for HookUsage {
    fn add_assign(&mut self, other: &Self) {
        self.runs += other.runs;
        self.judged += other.judged;
        self.failed += other.failed;
        self.blocked += other.blocked;
        self.durations.extend(&other.durations);
        self.sessions.extend(&other.sessions);
        self.last_ms = self.last_ms.max(other.last_ms);
    }
}

/// Sums of runs by program and event.
#[derive(Debug, Default)]
pub struct HookSums(HashMap<[Option<TermId>; 2], HookUsage>);

impl HookSums {
    /// Adds a run that the filter takes. Its columns are its place, program and event (0 if they are unknown), duration
    /// in milliseconds (-1 if it is unknown), and outcome: -1 if it is unknown, 1 if it failed, 2 if it blocked.
    pub fn add(&mut self, columns: &[i64], filter: &ResolvedFilter) {
        let Some((place, &[program, event, duration_ms, outcome])) = EventPlace::read(columns) else {
            return;
        };
        if !filter.takes(&place.key()) {
            return;
        }
        let name = |id: i64| Some(id).filter(|id| *id > 0).map(TermId);
        let of = self.0.entry([program, event].map(name)).or_default();
        of.runs += 1;
        of.judged += u64::from(outcome >= 0);
        of.failed += u64::from(outcome == 1);
        of.blocked += u64::from(outcome == 2);
        of.sessions.insert(place.session);
        of.last_ms = of.last_ms.max(place.at_ms);
        if let Ok(duration_ms) = u64::try_from(duration_ms) {
            of.durations.add(duration_ms);
        }
    }

    /// Returns the numbers of the programs and events.
    #[must_use]
    pub fn names(&self) -> Vec<TermId> {
        self.0.keys().flatten().flatten().copied().collect()
    }

    /// Returns the runs of each program at each event, the longest time first, then the most runs, then by name.
    #[must_use]
    pub fn named(self, names: &HashMap<TermId, String>) -> Vec<HookUsage> {
        let mut by_name: HashMap<(Option<String>, String), HookUsage> = HashMap::new();
        for (ids, of) in &self.0 {
            let [program, event] = ids.map(|id| id.and_then(|id| names.get(&id).cloned()));
            let event = event.unwrap_or_else(|| OF_SUMMARY.to_owned());
            *by_name.entry((program, event)).or_default() += of;
        }
        let named = |((program, event), of)| HookUsage { program, event, ..of };
        let mut usage: Vec<HookUsage> = by_name.into_iter().map(named).collect();
        usage.sort_by_cached_key(|of| {
            let names = (of.program.clone(), of.event.clone());
            (Reverse(of.durations.total_ms()), Reverse(of.runs), names)
        });
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::BillingId;

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
    fn runs_are_summed_by_program_and_event_and_filtered_like_responses() {
        let runs = [
            [0, 1, 1, 1, 1, 0, 1, 3, 0, 20, 0],
            [60_000, 2, 1, 1, 1, 0, 1, 3, 0, -1, -1],
            [120_000, 2, 1, 1, 1, 1, 2, 4, 5, 500, 1],
            [130_000, 2, 1, 1, 1, 1, 2, 4, 5, 400, 2],
            [150_000, 2, 1, 1, 1, 0, 2, 4, 6, 9, -1],
            [180_000, 2, 1, 1, 1, 0, 0, 0, 0, -1, -1],
        ];
        let usage = |filter: &ResolvedFilter| {
            let mut sums = HookSums::default();
            runs.iter().for_each(|run| sums.add(run, filter));
            let names = [(3, "lint.sh"), (4, "test.sh"), (5, "PreToolUse"), (6, "Stop")];
            sums.named(&names.map(|(id, name)| (TermId(id), name.to_owned())).into())
        };
        let of = |usage: &[HookUsage]| -> Vec<(String, [u64; 6], i64)> {
            let of = |of: &HookUsage| {
                let names = format!("{} {}", of.program.as_deref().unwrap_or("?"), of.event);
                let sessions = of.sessions.len() as u64;
                let counts = [of.runs, of.judged, of.failed, of.blocked, of.durations.count(), sessions];
                (names, counts, of.last_ms.0)
            };
            usage.iter().map(of).collect()
        };
        let row = |name: &str, counts, last_ms| (name.to_owned(), counts, last_ms);
        let expected = [
            row("test.sh PreToolUse", [2, 2, 1, 1, 2, 1], 130_000),
            row("lint.sh Stop", [2, 1, 0, 0, 1, 2], 60_000),
            row("test.sh Stop", [1, 0, 0, 0, 1, 1], 150_000),
            row("? Stop", [1, 0, 0, 0, 0, 1], 180_000),
        ];
        assert_eq!(of(&usage(&ResolvedFilter::default())), expected);
        let of_model =
            usage(&ResolvedFilter { billings: Some([BillingId(2)].into()), ..ResolvedFilter::default() });
        assert_eq!(of(&of_model), [expected[0].clone(), expected[2].clone()]);
        let subagents = usage(&ResolvedFilter { sidechain: Some(true), ..ResolvedFilter::default() });
        assert_eq!(of(&subagents), [expected[0].clone()]);
    }
}
