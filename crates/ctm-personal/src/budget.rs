//! Budgets that a person stores, with who stored them.

use crate::error::{FieldFault, PersonalError};
use crate::records::{Kind, Personal, Record};
use ctm_types::{Budget, BudgetLimit, BudgetPeriod, BudgetScope, EpochMs};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A stored budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBudget {
    /// The budget.
    pub budget: Budget,
    /// Who stored it: a user of the machine, or empty if that is unknown.
    pub by: String,
}

impl Kind for StoredBudget {
    const NAME: &'static str = "budget";
    const MOST: usize = 100;

    fn faults(&self) -> Vec<FieldFault> {
        let faults = self.budget.faults().into_iter();
        faults.map(|(field, message)| FieldFault { field, message }).collect()
    }
}

impl Personal {
    /// Adds a budget, whose name must be new.
    ///
    /// # Errors
    ///
    /// Fails when the budget is invalid, another one has its name, there is the maximum number of them, or the database cannot be
    /// written; then nothing was stored.
    pub async fn add_budget(
        &self,
        budget: &StoredBudget,
        now: EpochMs,
    ) -> Result<Record<StoredBudget>, PersonalError> {
        let name = &budget.budget.name;
        let is_taken = |record: &Record<StoredBudget>| record.content.budget.name == *name;
        self.add_unless(budget, is_taken, now, || {
            let message = format!(
                "`name` is `{name}`, which another budget has; remove that one, or choose another name"
            );
            FieldFault { field: "name", message }
        })
        .await
    }
}

/// The form in which a budget is stored.
#[derive(Serialize, Deserialize)]
struct Form {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usd: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
    per: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    home: Option<String>,
    #[serde(default = "soft")]
    soft_percent: u16,
    #[serde(default = "hard")]
    hard_percent: u16,
    #[serde(default)]
    by: String,
}

fn soft() -> u16 {
    Budget::SOFT_PERCENT
}

fn hard() -> u16 {
    Budget::HARD_PERCENT
}

impl Serialize for StoredBudget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { budget, by } = self;
        let named = |wanted: &str| {
            let (kind, name) = budget.scope.parts();
            name.filter(|_| kind == wanted).map(str::to_owned)
        };
        let (usd, tokens) = match budget.limit {
            BudgetLimit::Usd(amount) => (Some(amount.to_string()), None),
            BudgetLimit::Tokens(tokens) => (None, Some(tokens)),
        };
        Form {
            name: budget.name.clone(),
            usd,
            tokens,
            per: budget.period.to_string(),
            project: named("project"),
            model: named("model"),
            home: named("home"),
            soft_percent: budget.soft_percent,
            hard_percent: budget.hard_percent,
            by: by.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StoredBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = Form::deserialize(deserializer)?;
        let limit = match (form.usd, form.tokens) {
            (Some(usd), None) => BudgetLimit::Usd(usd.parse().map_err(D::Error::custom)?),
            (None, Some(tokens)) => BudgetLimit::Tokens(tokens),
            _ => return Err(D::Error::custom("a budget has either money or tokens")),
        };
        let scope = BudgetScope::of(form.project, form.model, form.home);
        let budget = Budget {
            name: form.name,
            limit,
            period: form.per.parse::<BudgetPeriod>().map_err(D::Error::custom)?,
            scope: scope.ok_or_else(|| D::Error::custom("a budget has one scope"))?,
            soft_percent: form.soft_percent,
            hard_percent: form.hard_percent,
        };
        Ok(Self { budget, by: form.by })
    }
}
