//! Whatever is present, and whenever it is evaluated: no cause is raised twice, and none is lost.

use crate::rule;
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_alerts::{
    AlertFacts, AlertRule, BudgetFact, ConditionFact, DaysFact, LimitFact, Raised, Watched, causes,
};
use ctm_types::{BudgetLevel, BudgetLimit, BudgetPeriod, EpochMs, PicoUsd};
use proptest::prelude::*;
use std::collections::BTreeSet;

const MINUTE_MS: i64 = 60_000;

/// The start of the year 2026.
const START_MS: i64 = 1_767_225_600_000;

fn level() -> impl Strategy<Value = BudgetLevel> {
    prop::sample::select(vec![BudgetLevel::Unknown, BudgetLevel::Fine, BudgetLevel::Soft, BudgetLevel::Hard])
}

fn any_facts() -> impl Strategy<Value = AlertFacts> {
    let budget = (0..3u8, 0..3u8, level()).prop_map(|(name, period, level)| BudgetFact {
        name: name.to_string(),
        period: period.to_string(),
        level,
        limit: BudgetLimit::Tokens(1),
        per: BudgetPeriod::Month,
        first: None,
        used: None,
    });
    let limit =
        (0..2u8, 0..3i64, 0.0..110.0f64, any::<bool>()).prop_map(|(home, reset, used, is_reached)| {
            let resets_at_ms = EpochMs(START_MS + reset * 300 * MINUTE_MS);
            LimitFact {
                home: home.to_string(),
                window: "five_hour",
                used_percent: used,
                resets_at_ms: (reset > 0).then_some(resets_at_ms),
                reached_at_ms: is_reached.then_some(resets_at_ms),
            }
        });
    let models = prop::collection::vec("[ab]{1,2}", 0..3);
    let conditions = prop::collection::vec(0..3i64, 0..2);
    let costs = prop::collection::vec(0..20i128, 0..40);
    let days = (1..4u32, prop::option::of(0..5i128));
    (
        prop::collection::vec(budget, 0..3),
        prop::collection::vec(limit, 0..3),
        models,
        conditions,
        (costs, days, prop::option::of(0..3i128)),
    )
        .prop_map(|(budgets, limits, unpriced, conditions, (costs, (day, cost), pace))| {
            let first = NaiveDate::from_ymd_opt(2026, 1, day).unwrap();
            let day =
                cost.map(|cost| DaysFact { first, last: first, cost: Some(PicoUsd(cost)), responses: 1 });
            let hour = |index: usize| EpochMs(START_MS + index as i64 * 60 * MINUTE_MS);
            let hours = costs.iter().enumerate().map(|(index, cost)| (hour(index), PicoUsd(*cost)));
            AlertFacts {
                budgets,
                limits,
                pace: pace.map(PicoUsd),
                hours: hours.collect(),
                sessions: costs
                    .iter()
                    .enumerate()
                    .map(|(id, cost)| (id.to_string(), PicoUsd(*cost)))
                    .collect(),
                unpriced,
                expiring: day.as_ref().map(|day| (day.first, 1)),
                conditions: conditions
                    .into_iter()
                    .map(|since| ConditionFact {
                        code: "database_locked",
                        since_ms: EpochMs(since),
                        message: String::new(),
                    })
                    .collect(),
                week: day.clone(),
                month: day.clone(),
                day,
            }
        })
}

fn any_rule() -> impl Strategy<Value = AlertRule> {
    let watched = prop::sample::select(vec![
        Watched::Budget { name: None, level: BudgetLevel::Soft },
        Watched::Budget { name: Some("1".to_owned()), level: BudgetLevel::Hard },
        Watched::LimitUsed(80),
        Watched::LimitReset(60),
        Watched::LimitReached,
        Watched::SpendRate(PicoUsd(1)),
        Watched::UnusualHour,
        Watched::UnusualSession,
        Watched::UnpricedModel,
        Watched::ExpiringTranscripts,
        Watched::Condition,
        Watched::DaySummary,
        Watched::WeekSummary,
        Watched::MonthSummary,
    ]);
    let quiet = prop::sample::select(vec![None, Some("22:00-07:00"), Some("12:00-12:30")]);
    (watched, quiet, prop::sample::select(vec![0, 1, 90])).prop_map(|(watched, quiet, cooldown_minutes)| {
        AlertRule {
            quiet: quiet.map(|quiet| quiet.parse().unwrap()),
            cooldown_minutes,
            ..rule("any", watched)
        }
    })
}

/// Returns the same facts at a later time of the year.
fn later(mut facts: AlertFacts, later_ms: i64) -> AlertFacts {
    for (start_ms, _) in &mut facts.hours {
        *start_ms = start_ms.saturating_add(later_ms);
    }
    for limit in &mut facts.limits {
        for at_ms in [&mut limit.resets_at_ms, &mut limit.reached_at_ms].into_iter().flatten() {
            *at_ms = at_ms.saturating_add(later_ms);
        }
    }
    facts
}

proptest! {
    #[test]
    fn no_cause_is_raised_twice_and_none_is_lost(
        rule in any_rule(),
        tz in prop::sample::select(vec![Tz::UTC, Tz::Europe__Berlin, Tz::Asia__Kathmandu, Tz::Australia__Lord_Howe]),
        // The start of the year, and evenings before clocks change in Berlin and on Lord Howe.
        day in prop::sample::select(vec![0, 86, 93, 275, 296]),
        steps in prop::collection::vec((0..200i64, any_facts()), 1..40),
    ) {
        let mut raised = Raised::default();
        let mut keys = BTreeSet::new();
        let later_ms = day * 24 * 60 * MINUTE_MS;
        let mut now_ms = EpochMs(START_MS + later_ms);
        let mut last_ms: Option<EpochMs> = None;
        for (minutes, facts) in steps {
            let facts = later(facts, later_ms);
            now_ms = now_ms.saturating_add(minutes * MINUTE_MS);
            let present = causes(&rule, &facts, now_ms);
            let due = raised.due(&rule, present.clone(), now_ms, tz);
            let is_quiet = rule.quiet.is_some_and(|quiet| quiet.contains(now_ms, tz));
            let cooldown_ms = i64::from(rule.cooldown_minutes) * MINUTE_MS;
            let is_cooling = last_ms.is_some_and(|last_ms| now_ms.since(last_ms) < cooldown_ms);
            prop_assert!(due.is_empty() || !(is_quiet || is_cooling));
            for cause in &due {
                prop_assert!(keys.insert(cause.key.clone()), "{} is raised twice", cause.key);
                last_ms = Some(now_ms);
            }
            if !is_quiet && !is_cooling {
                prop_assert!(present.iter().all(|cause| keys.contains(&cause.key)));
            }
            // The same moment again.
            prop_assert_eq!(raised.due(&rule, present, now_ms, tz), vec![]);
        }
    }
}
