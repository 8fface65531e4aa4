//! A rule as data, and what is wrong with one.

use crate::quiet::QuietHours;
use crate::watched::{RuleFault, Watched, line_fault};
use ctm_types::BudgetLevel;

/// An alert rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRule {
    /// The name, unique among the rules of a person.
    pub name: String,
    /// What it watches.
    pub watched: Watched,
    /// The hours in which it raises nothing.
    pub quiet: Option<QuietHours>,
    /// Minutes after an alert in which it raises no other one.
    pub cooldown_minutes: u32,
}

impl AlertRule {
    /// Maximum length of the name, in characters.
    pub const MOST_CHARS: usize = 80;
    /// The longest cooldown: a week, in minutes.
    pub const MOST_COOLDOWN: u32 = 7 * 24 * 60;

    /// Returns rules that are useful to most, of which none is there unless a person adds it.
    #[must_use]
    pub fn suggested() -> Vec<Self> {
        let budget = |level| Watched::Budget { name: None, level };
        let rules = [
            ("budgets, soft level", budget(BudgetLevel::Soft)),
            ("budgets, hard level", budget(BudgetLevel::Hard)),
            ("limits at 90 %", Watched::LimitUsed(90)),
            ("limits reached before their reset", Watched::LimitReached),
            ("models without a price", Watched::UnpricedModel),
            ("transcripts that are not stored", Watched::ExpiringTranscripts),
            ("problems", Watched::Condition),
        ];
        let rule = |(name, watched): (&str, Watched)| Self {
            name: name.to_owned(),
            watched,
            quiet: None,
            cooldown_minutes: 0,
        };
        rules.into_iter().map(rule).collect()
    }

    /// Returns what is wrong with the rule; nothing if it is valid.
    #[must_use]
    pub fn faults(&self) -> Vec<RuleFault> {
        let name = line_fault("name", &self.name, Self::MOST_CHARS);
        let cooldown = (self.cooldown_minutes > Self::MOST_COOLDOWN).then(|| {
            let message = format!(
                "`cooldown_minutes` is {}; allowed: 0 to {}",
                self.cooldown_minutes,
                Self::MOST_COOLDOWN
            );
            ("cooldown_minutes", message)
        });
        [name, self.watched.fault(), cooldown].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::PicoUsd;

    #[test]
    fn suggested_rules_are_valid_and_have_names_of_their_own() {
        let rules = AlertRule::suggested();
        assert!(rules.iter().all(|rule| rule.faults().is_empty()));
        let names: std::collections::BTreeSet<_> = rules.iter().map(|rule| &rule.name).collect();
        assert_eq!(names.len(), rules.len());
    }

    #[test]
    fn every_fault_is_found() {
        let rule = AlertRule {
            name: "month".to_owned(),
            watched: Watched::UnpricedModel,
            quiet: None,
            cooldown_minutes: 0,
        };
        let fields = |rule: &AlertRule| rule.faults().iter().map(|(field, _)| *field).collect::<Vec<_>>();
        assert_eq!(fields(&rule), Vec::<&str>::new());
        let wrong = AlertRule { name: "a\nb".to_owned(), cooldown_minutes: 10_081, ..rule.clone() };
        assert_eq!(fields(&wrong), ["name", "cooldown_minutes"]);
        let longest = Watched::Budget { name: Some("b".repeat(80)), level: BudgetLevel::Soft };
        assert_eq!(fields(&AlertRule { watched: longest, ..rule.clone() }), Vec::<&str>::new());
        for (watched, field) in [
            (Watched::Budget { name: None, level: BudgetLevel::Fine }, "level"),
            (Watched::Budget { name: Some("b".repeat(81)), level: BudgetLevel::Soft }, "budget"),
            (Watched::Budget { name: Some("a\nb".to_owned()), level: BudgetLevel::Soft }, "budget"),
            (Watched::LimitUsed(0), "percent"),
            (Watched::LimitUsed(101), "percent"),
            (Watched::LimitReset(0), "minutes"),
            (Watched::SpendRate(PicoUsd::ZERO), "usd_per_minute"),
        ] {
            assert_eq!(fields(&AlertRule { watched, ..rule.clone() }), [field]);
        }
    }
}
