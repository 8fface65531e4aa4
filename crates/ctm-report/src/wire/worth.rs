//! What usage cost at list prices beside what plans cost.

use super::{Certainty, Meta, Usage, Usd};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// Usage at list prices beside the price of the plans of the config file. The months add up to the total.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorthStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The plans, in the order of the config file; empty if it has none for the requested homes.
    pub plans: Vec<PaidPlan>,
    /// Currencies without an exchange rate on a day on which they are needed.
    pub missing_rates: Vec<String>,
    /// The months with usage or a plan, the earliest first.
    pub months: Vec<WorthMonth>,
    /// The sum of the months.
    pub total: WorthAmounts,
    /// All usage of the period, as in every report.
    pub usage: Usage,
}

/// A plan of the config file.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PaidPlan {
    /// Its name.
    pub name: String,
    /// Price per calendar month as a decimal number, in its currency.
    pub price: String,
    /// Code of the currency.
    pub currency: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day; null while it runs.
    pub until: Option<NaiveDate>,
    /// Label of the Claude home that it is for; null for all.
    pub home: Option<String>,
    /// Whether this home is read or has usage.
    pub is_home_known: bool,
}

/// Usage at list prices beside the price of plans.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct WorthAmounts {
    /// Cost of all usage at list prices, as in every report; null if it is unknown.
    pub cost_usd: Option<Usd>,
    /// How much of the usage `cost_usd` covers.
    pub certainty: Certainty,
    /// Cost at list prices of the usage of homes and days with a plan; null if it is unknown.
    pub compared_usd: Option<Usd>,
    /// How much of this usage `compared_usd` covers; `difference_usd` and `factor` are lower bounds where it is one.
    pub compared_certainty: Certainty,
    /// Price of the plans, of each day on which they run up to today; null if an exchange rate is missing.
    pub plan_usd: Option<Usd>,
    /// `compared_usd` less `plan_usd`; null if one of them is unknown.
    pub difference_usd: Option<Usd>,
    /// `compared_usd` divided by `plan_usd`; null if one of them is unknown, and without a plan.
    pub factor: Option<f64>,
}

/// A calendar month.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorthMonth {
    /// First day of the month, which can precede the period.
    pub month: NaiveDate,
    /// Its days within the period.
    #[serde(flatten)]
    pub amounts: WorthAmounts,
    /// Price of the plans on all days of the month; null if an exchange rate is missing.
    pub month_price_usd: Option<Usd>,
    /// The first day on which the compared cost, from the first day of the month in the period on, reaches
    /// `month_price_usd`; null if it does not, and without a plan.
    pub break_even: Option<NaiveDate>,
}
