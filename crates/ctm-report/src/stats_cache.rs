//! Claude Code's own statistics: shown for days without other data, and for comparison.
//!
//! They count every copy of a response, in a unit that has changed over time, and are often weeks old. They
//! are never added to anything.

use super::wire;
use chrono::NaiveDate;
use ctm_backend::FactsReader;
use ctm_facts::StorageError;
use ctm_types::{StatsCacheModel, StoredStatsCache, TokenUnit};
use std::collections::{BTreeMap, HashMap};

/// The stats caches of homes by day.
#[derive(Debug, Default)]
pub(super) struct StatsCacheDays(BTreeMap<NaiveDate, wire::StatsCacheDay>);

impl StatsCacheDays {
    /// Loads the statistics of some homes, or of all if the list is empty.
    pub(super) async fn load(facts: &FactsReader, homes: &[String]) -> Result<Self, StorageError> {
        Ok(Self::of(&facts.stored_stats_caches().await?, homes))
    }

    /// Sums the statistics of some homes, or of all if the list is empty.
    fn of(stored: &[StoredStatsCache], homes: &[String]) -> Self {
        let mut days = Self::default();
        let wanted = |stored: &&StoredStatsCache| homes.is_empty() || homes.contains(&stored.home);
        stored.iter().filter(wanted).for_each(|stored| days.add(stored));
        days
    }

    fn add(&mut self, stored: &StoredStatsCache) {
        for (date, model, tokens, unit) in plausible(stored) {
            let day = self.0.entry(date).or_default();
            if day.unit.is_empty() {
                unit.name().clone_into(&mut day.unit);
            } else if day.unit != unit.name() {
                "mixed".clone_into(&mut day.unit);
            }
            day.tokens = day.tokens.saturating_add(tokens);
            let of_model = day.models.entry(model.to_owned()).or_default();
            *of_model = of_model.saturating_add(tokens);
        }
        for activity in &stored.cache.activity {
            let Some(day) = parse(&activity.date).and_then(|date| self.0.get_mut(&date)) else { continue };
            let add = |sum: &mut Option<u64>, more: u64| *sum = Some(sum.unwrap_or(0).saturating_add(more));
            add(&mut day.messages, activity.messages);
            add(&mut day.sessions, activity.sessions);
            add(&mut day.tool_calls, activity.tool_calls);
        }
    }

    /// Returns the figures of a day.
    pub(super) fn day(&self, date: NaiveDate) -> Option<&wire::StatsCacheDay> {
        self.0.get(&date)
    }

    /// Returns the figures of a day for some models; for all if none is named.
    pub(super) fn day_of(&self, date: NaiveDate, models: &[String]) -> Option<wire::StatsCacheDay> {
        let mut day = self.day(date)?.clone();
        if !models.is_empty() {
            day.models.retain(|model, _| models.contains(model));
            day.tokens = day.models.values().fold(0, |sum, tokens| sum.saturating_add(*tokens));
            // These cover all models.
            (day.messages, day.sessions, day.tool_calls) = (None, None, None);
        }
        (day.tokens > 0).then_some(day)
    }

    /// Returns the days with figures, in order.
    pub(super) fn days(&self) -> impl Iterator<Item = NaiveDate> {
        self.0.keys().copied()
    }

    /// Returns the first day with figures.
    pub(super) fn first_day(&self) -> Option<NaiveDate> {
        self.0.keys().next().copied()
    }
}

/// Returns the plausible figures by day and model: none is larger than the total of the model over
/// all time in the same file.
pub(super) fn plausible(
    stored: &StoredStatsCache,
) -> impl Iterator<Item = (NaiveDate, &str, u64, TokenUnit)> {
    let models: HashMap<&str, &StatsCacheModel> =
        stored.cache.models.iter().map(|model| (model.model.as_str(), model)).collect();
    let figures = stored.cache.tokens.iter().zip(&stored.units);
    figures.filter_map(move |(figure, unit)| {
        let date = parse(&figure.date)?;
        let model = models.get(figure.model.as_str());
        let is_plausible = model.is_none_or(|model| figure.tokens <= lifetime(model, *unit));
        is_plausible.then_some((date, figure.model.as_str(), figure.tokens, *unit))
    })
}

/// Returns the number of implausible figures.
pub(super) fn implausible_count(stored: &StoredStatsCache) -> usize {
    stored.cache.tokens.len() - plausible(stored).count()
}

/// Returns the total of a model in a stats cache, in a unit.
pub(super) fn lifetime(model: &StatsCacheModel, unit: TokenUnit) -> u64 {
    let shown = model.input.saturating_add(model.output);
    match unit {
        TokenUnit::InputOutput => shown,
        TokenUnit::All => shown.saturating_add(model.cache_read).saturating_add(model.cache_write),
    }
}

fn parse(date: &str) -> Option<NaiveDate> {
    date.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::{StatsCache, StatsCacheActivity, StatsCacheTokens};

    fn stored(home: &str, tokens: &[(&str, &str, u64, TokenUnit)]) -> StoredStatsCache {
        let figure = |(date, model, tokens, _): &(&str, &str, u64, TokenUnit)| StatsCacheTokens {
            date: (*date).to_owned(),
            model: (*model).to_owned(),
            tokens: *tokens,
        };
        let model = StatsCacheModel {
            model: "m".to_owned(),
            input: 10,
            output: 20,
            cache_read: 1_000,
            cache_write: 100,
        };
        let activity =
            StatsCacheActivity { date: "2026-03-08".to_owned(), messages: 5, sessions: 2, tool_calls: 1 };
        StoredStatsCache {
            home: home.to_owned(),
            cache: StatsCache {
                version: Some(2),
                last_computed_date: None,
                activity: vec![activity],
                tokens: tokens.iter().map(figure).collect(),
                token_unit: TokenUnit::InputOutput,
                models: vec![model],
            },
            units: tokens.iter().map(|(.., unit)| *unit).collect(),
        }
    }

    const SHOWN: TokenUnit = TokenUnit::InputOutput;

    #[test]
    fn days_of_several_homes_add_up_by_model() {
        let mut days = StatsCacheDays::default();
        days.add(&stored("/a", &[("2026-03-08", "m", 30, SHOWN), ("2026-03-08", "other", 7, SHOWN)]));
        days.add(&stored("/b", &[("2026-03-08", "m", 12, SHOWN), ("2026-03-09", "m", 500, TokenUnit::All)]));
        let day = days.day("2026-03-08".parse().unwrap()).unwrap();
        assert_eq!((day.tokens, day.models["m"], day.unit.as_str()), (49, 42, "input_output"));
        assert_eq!((day.messages, day.sessions, day.tool_calls), (Some(10), Some(4), Some(2)));
        assert_eq!(days.day("2026-03-09".parse().unwrap()).unwrap().messages, None);
        assert_eq!(days.first_day(), Some("2026-03-08".parse().unwrap()));
        days.add(&stored("/c", &[("2026-03-08", "m", 500, TokenUnit::All)]));
        assert_eq!(days.day("2026-03-08".parse().unwrap()).unwrap().unit, "mixed");
    }

    #[test]
    fn a_day_can_be_restricted_to_some_models() {
        let mut days = StatsCacheDays::default();
        days.add(&stored("/a", &[("2026-03-08", "m", 30, SHOWN), ("2026-03-08", "other", 7, SHOWN)]));
        let of = |models: &[&str]| {
            let models: Vec<_> = models.iter().map(|model| (*model).to_owned()).collect();
            days.day_of("2026-03-08".parse().unwrap(), &models).map(|day| (day.tokens, day.sessions))
        };
        assert_eq!(of(&[]), Some((37, Some(2))));
        assert_eq!(of(&["other"]), Some((7, None)));
        assert_eq!(of(&["none"]), None);
    }

    #[test]
    fn a_day_that_is_more_than_the_models_whole_life_is_refused() {
        let figures = [
            ("2026-03-08", "m", 31, SHOWN),
            ("2026-03-09", "m", 31, TokenUnit::All),
            ("2026-03-10", "m", 9_999, TokenUnit::All),
            ("2026-03-11", "unknown", 9_999, SHOWN),
            ("no day", "m", 1, SHOWN),
        ];
        let stored = stored("/a", &figures);
        let days: Vec<_> = plausible(&stored).map(|(date, ..)| date.to_string()).collect();
        assert_eq!(days, ["2026-03-09", "2026-03-11"]);
        assert_eq!(implausible_count(&stored), 3);
    }
}
