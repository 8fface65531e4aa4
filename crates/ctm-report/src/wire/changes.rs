//! What changed between two periods.

use super::{Certainty, Meta, Number, PreviousPeriod, Usd};
use serde::Serialize;
use utoipa::ToSchema;

/// The change of a metric between a period and its period of comparison, by model, project, tool, session, type of subagent,
/// skill or version of Claude Code. The
/// items and the rest add up to the total.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChangeStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The period of comparison; null if nothing is known of it.
    pub previous_period: Option<PreviousPeriod>,
    /// The metric of the values; of tools `calls`.
    pub metric: &'static str,
    /// The items: `model`, `project`, `tool`, `session`, `agent`, `skill` or `version`.
    pub by: &'static str,
    /// The items with the largest differences, in this order.
    pub items: Vec<ChangedItem>,
    /// Number of further items.
    pub rest_count: usize,
    /// The sum of the further items; null without any.
    pub rest: Option<ChangedValue>,
    /// The whole period.
    pub total: ChangedValue,
}

/// An item with its change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChangedItem {
    /// The item by its name, or the session by its id; empty for usage without an `agent`, a `skill` or a `version`.
    pub key: String,
    /// Display name; invisible characters are escaped as `\u{200b}`.
    pub label: String,
    /// The project of a session; null for other items.
    pub project: Option<String>,
    /// Whether it has usage in one of the periods alone.
    pub presence: ChangedPresence,
    /// Its values.
    #[serde(flatten)]
    pub value: ChangedValue,
}

/// Whether an item has usage in both periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangedPresence {
    /// In both.
    Both,
    /// Only in the period itself.
    New,
    /// Only in the period of comparison.
    Gone,
}

impl ChangedPresence {
    /// All names on the wire.
    pub const NAMES: [&str; 3] = [Self::Both.name(), Self::New.name(), Self::Gone.name()];

    /// Returns its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// A value in both periods.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct ChangedValue {
    /// The value in the period; null where it is unknown.
    pub current: Option<Number>,
    /// How much of the usage `current` covers; `exact` for metrics other than cost.
    pub current_certainty: Certainty,
    /// The value in the period of comparison; null where it is unknown.
    pub previous: Option<Number>,
    /// How much of the usage `previous` covers; `exact` for metrics other than cost.
    pub previous_certainty: Certainty,
    /// The difference; null where one of the two is unknown.
    #[schema(value_type = Option<f64>)]
    pub difference: Option<ChangedDifference>,
}

/// A difference of counts, or of US dollars at API list prices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ChangedDifference {
    /// Of counts.
    Count(i64),
    /// Of amounts.
    Usd(Usd),
}
