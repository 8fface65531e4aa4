//! The bodies of `GET` and `PATCH /targets`, and of `GET /now`, which includes them.

use crate::problem::{FieldError, Problem};
use ctm_personal::{TargetSpan, TargetsChange};
use ctm_report::wire::{self, Usd};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The budgets that charts show: of all usage in a span, in US dollars; null without one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Targets {
    /// Of a window of five hours.
    pub block: Option<Usd>,
    /// Of a calendar day.
    pub day: Option<Usd>,
    /// Of a calendar week.
    pub week: Option<Usd>,
    /// Of a calendar month.
    pub month: Option<Usd>,
}

impl From<ctm_personal::Targets> for Targets {
    fn from(targets: ctm_personal::Targets) -> Self {
        let amount = |span| targets.of(span).map(Usd);
        Self {
            block: amount(TargetSpan::Block),
            day: amount(TargetSpan::Day),
            week: amount(TargetSpan::Week),
            month: amount(TargetSpan::Month),
        }
    }
}

/// A change of the budgets that charts show; others are unchanged. An amount from 0.01 to 1,000,000 US dollars sets
/// one, null removes it.
#[derive(ToSchema)]
#[schema(as = TargetsChange)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct ChangeOfTargets {
    /// Of a window of five hours.
    #[schema(minimum = 0.01, maximum = 1_000_000.0)]
    block: Option<f64>,
    /// Of a calendar day.
    #[schema(minimum = 0.01, maximum = 1_000_000.0)]
    day: Option<f64>,
    /// Of a calendar week.
    #[schema(minimum = 0.01, maximum = 1_000_000.0)]
    week: Option<f64>,
    /// Of a calendar month.
    #[schema(minimum = 0.01, maximum = 1_000_000.0)]
    month: Option<f64>,
}

/// The present state, and the targets that it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NowAnswer {
    /// The present state.
    #[serde(flatten)]
    pub now: wire::Now,
    /// The budgets that charts show, which are for all usage; null for a read-only link.
    pub targets: Targets,
}

/// Returns the requested change.
///
/// # Errors
///
/// Fails with all members that are unknown or no amount.
pub fn change(asked: &Map<String, Value>) -> Result<TargetsChange, Problem> {
    let mut errors = Vec::new();
    let mut change = TargetsChange::new();
    for (name, value) in asked {
        let mut refuse = |code, message| errors.push(FieldError { field: name.clone(), code, message });
        let Some(span) = TargetSpan::by_name(name) else {
            let known = TargetSpan::ALL.map(TargetSpan::name).join(", ");
            refuse("unknown_parameter", format!("unknown field `{name}`; known: {known}"));
            continue;
        };
        match value {
            Value::Null => _ = change.insert(span, None),
            Value::Number(number) => match number.to_string().parse() {
                Ok(amount) => _ = change.insert(span, Some(amount)),
                Err(_) => {
                    refuse("invalid", format!("`{name}` must be a decimal number of US dollars, or null"));
                }
            },
            _ => refuse("invalid", format!("`{name}` must be a number of US dollars, or null")),
        }
    }
    if errors.is_empty() { Ok(change) } else { Err(Problem::BadRequest(errors)) }
}
