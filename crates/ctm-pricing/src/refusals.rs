//! Billing of refusals before any output, by category.

use crate::fields::DayField;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Billing of a refusal before any output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalBilling {
    /// It is billed like any other response.
    Billed,
    /// It is not billed, although its tokens are logged.
    Unbilled,
    /// The rule of its day has nothing on its category.
    Unknown,
}

/// The rule that holds from a day on, and before it if it is the first one.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RuleFields")]
pub(crate) struct RefusalRule {
    from: NaiveDate,
    billed: BTreeSet<String>,
    unbilled: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFields {
    from: DayField,
    billed: BTreeSet<String>,
    unbilled: BTreeSet<String>,
    source: Vec<String>,
}

impl TryFrom<RuleFields> for RefusalRule {
    type Error = String;

    fn try_from(fields: RuleFields) -> Result<Self, String> {
        let RuleFields { from: DayField(from), billed, unbilled, source } = fields;
        if source.is_empty() {
            return Err(format!("the refusals from {from} have no source"));
        }
        match billed.intersection(&unbilled).next() {
            Some(both) => Err(format!("refusals of `{both}` are billed and unbilled from {from}")),
            None => Ok(Self { from, billed, unbilled }),
        }
    }
}

/// The rules of all days: at least one, ascending, one for each day.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<RefusalRule>")]
pub(crate) struct RefusalRules(Vec<RefusalRule>);

impl TryFrom<Vec<RefusalRule>> for RefusalRules {
    type Error = &'static str;

    fn try_from(rules: Vec<RefusalRule>) -> Result<Self, &'static str> {
        if rules.is_empty() {
            return Err("the rule for refusals is missing");
        }
        if !rules.is_sorted_by(|earlier, later| earlier.from < later.from) {
            return Err("the rules for refusals are not in the order of their days");
        }
        Ok(Self(rules))
    }
}

impl RefusalRules {
    /// Returns the first UTC day of each rule.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = NaiveDate> {
        self.0.iter().map(|rule| rule.from)
    }

    /// Returns whether a refusal of this category is billed on a UTC day; without one, by the latest rule.
    pub(crate) fn on(&self, category: Option<&str>, day: Option<NaiveDate>) -> RefusalBilling {
        let Some(category) = category else {
            return RefusalBilling::Unbilled;
        };
        let begun = |rule: &&RefusalRule| day.is_none_or(|day| rule.from <= day);
        let rule = self.0.iter().rev().find(begun).unwrap_or(&self.0[0]);
        if rule.billed.contains(category) {
            RefusalBilling::Billed
        } else if rule.unbilled.contains(category) {
            RefusalBilling::Unbilled
        } else {
            RefusalBilling::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        refusals: RefusalRules,
    }

    const TWO: &str = r#"
refusals = [
    { from = "2026-06-02", billed = [], unbilled = ["bio", "cyber"], source = ["x"] },
    { from = "2026-09-24", billed = ["bio"], unbilled = ["cyber"], source = ["x"] },
]"#;

    #[test]
    fn the_rule_is_that_of_the_day_and_the_first_holds_before() {
        let rules = toml::from_str::<File>(TWO).unwrap().refusals;
        let check = |category, day: Option<&str>, expected| {
            assert_eq!(
                rules.on(category, day.map(|day| day.parse().unwrap())),
                expected,
                "{category:?} {day:?}"
            );
        };
        check(Some("bio"), Some("2020-01-01"), RefusalBilling::Unbilled);
        check(Some("bio"), Some("2026-09-23"), RefusalBilling::Unbilled);
        check(Some("bio"), Some("2026-09-24"), RefusalBilling::Billed);
        check(Some("bio"), None, RefusalBilling::Billed);
        check(Some("cyber"), Some("2026-09-24"), RefusalBilling::Unbilled);
        check(Some("new"), Some("2026-09-24"), RefusalBilling::Unknown);
        check(Some(""), None, RefusalBilling::Unknown);
        check(None, Some("2026-09-24"), RefusalBilling::Unbilled);
        check(None, None, RefusalBilling::Unbilled);
    }

    #[test]
    fn rules_that_contradict_each_other_are_refused() {
        let check = |rules: &str, expected: &str| {
            let error = toml::from_str::<File>(&format!("refusals = [{rules}]")).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("", "the rule for refusals is missing");
        check(
            r#"{ from = "2026-01-01", billed = ["a"], unbilled = ["a"], source = ["x"] }"#,
            "`a` are billed and unbilled from 2026-01-01",
        );
        check(r#"{ from = "2026-01-01", billed = [], unbilled = [], source = [] }"#, "no source");
        let rule = r#"{ from = "2026-01-01", billed = [], unbilled = [], source = ["x"] }"#;
        check(&format!("{rule}, {rule}"), "not in the order");
        check(r#"{ from = "2026-13-01", billed = [], unbilled = [], source = ["x"] }"#, "is not a day");
    }
}
