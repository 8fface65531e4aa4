//! The body of `POST /budgets`.

use crate::fields::Fields;
use crate::problem::{FieldError, Problem};
use ctm_personal::{FieldFault, Kind, StoredBudget};
use ctm_types::{Budget, BudgetLimit, BudgetPeriod, BudgetScope, PicoUsd};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A new budget: either `usd` or `tokens`, and at most one of `project`, `model` and `home`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct NewBudget {
    /// The name, which no other budget has.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// The amount in US dollars at API list prices.
    #[schema(minimum = 0.01, maximum = 1_000_000.0)]
    usd: Option<f64>,
    /// The amount in tokens of all kinds.
    #[schema(minimum = 1)]
    tokens: Option<u64>,
    /// The period: `block`, `day`, `week`, `month`, or a rolling window of days such as `30d`.
    #[schema(pattern = "^(block|day|week|month|[1-9][0-9]{0,2}d)$")]
    per: String,
    /// Only usage of this project, by the name that reports show.
    project: Option<String>,
    /// Only usage of this model, by name as logged.
    model: Option<String>,
    /// Only usage of this Claude home, by label or path.
    home: Option<String>,
    /// The part of the amount, in percent, from which the level is `soft`; 80 if it is absent.
    #[schema(minimum = 1, maximum = 1_000)]
    soft_percent: Option<u16>,
    /// The part of the amount, in percent, from which the level is `hard`; 100 if it is absent.
    #[schema(minimum = 1, maximum = 1_000)]
    hard_percent: Option<u16>,
}

const FIELDS: [&str; 9] =
    ["name", "usd", "tokens", "per", "project", "model", "home", "soft_percent", "hard_percent"];

/// Returns the budget of a body, or all problems of the body. It is stored by a client of the server, whose name is not known.
///
/// # Errors
///
/// Fails with all invalid fields.
pub fn budget(body: &Map<String, Value>) -> Result<StoredBudget, Problem> {
    let mut fields = Fields::new(body, &FIELDS);
    let text = |text: &str| Ok(text.to_owned());
    let name = fields.required("name", text);
    let period = fields.required("per", period);
    let [project, model, home] = ["project", "model", "home"].map(|name| fields.optional(name, text));
    let usd = fields.number("usd", "a decimal number of US dollars", |text| text.parse::<PicoUsd>().ok());
    let tokens = fields.number("tokens", "a whole number", |text| text.parse::<u64>().ok());
    let [soft, hard] = ["soft_percent", "hard_percent"]
        .map(|name| fields.number(name, "a whole number", |text| text.parse::<u16>().ok()));
    fields.finish()?;
    let limit = match (usd, tokens) {
        (Some(usd), None) => BudgetLimit::Usd(usd),
        (None, Some(tokens)) => BudgetLimit::Tokens(tokens),
        (Some(_), Some(_)) => {
            return Err(invalid("tokens", "`usd` and `tokens` are both given; allowed: one of them"));
        }
        (None, None) => return Err(invalid("usd", "the amount is missing; give `usd` or `tokens`")),
    };
    let scope = BudgetScope::of(project, model, home);
    let several =
        || invalid("project", "several of `project`, `model` and `home` are given; allowed: one of them");
    let missing = || Problem::Malformed("`name` and `per` are missing".to_owned());
    let (name, period) = name.zip(period).ok_or_else(missing)?;
    let budget = Budget {
        name,
        limit,
        period,
        scope: scope.ok_or_else(several)?,
        soft_percent: soft.unwrap_or(Budget::SOFT_PERCENT),
        hard_percent: hard.unwrap_or(Budget::HARD_PERCENT),
    };
    let stored = StoredBudget { budget, by: String::new() };
    let faults = stored.faults();
    if faults.is_empty() {
        Ok(stored)
    } else {
        Err(Problem::BadRequest(faults.into_iter().map(field).collect()))
    }
}

fn field(fault: FieldFault) -> FieldError {
    FieldError { field: fault.field.to_owned(), code: "invalid", message: fault.message }
}

fn invalid(name: &'static str, message: &str) -> Problem {
    Problem::BadRequest(vec![field(FieldFault { field: name, message: message.to_owned() })])
}

fn period(text: &str) -> Result<BudgetPeriod, FieldFault> {
    let shown: String = text.chars().take(100).collect();
    text.parse()
        .map_err(|allowed| FieldFault { field: "per", message: format!("`per` is `{shown}`; {allowed}") })
}
