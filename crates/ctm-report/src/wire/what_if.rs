//! The same usage at other prices, of another model or with another cache.

use super::{Certainty, Meta, Usd};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// The cost of the same usage at other prices, of another model or with another cache: arithmetic with the tokens that were
/// used, no forecast. The models add up to the part, so do the kinds, and the difference of the part is that of the
/// whole.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhatIfStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// What is assumed.
    pub scenario: WhatIfScenario,
    /// Cost of all usage, as in every report; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// Cost of all usage with the part priced anew; null when nothing could be priced.
    pub what_if_usd: Option<Usd>,
    /// How much of the usage both cover.
    pub certainty: Certainty,
    /// The part that is priced anew.
    pub part: WhatIfAmounts,
    /// The part by model, the largest difference first.
    pub models: Vec<WhatIfModel>,
    /// The part by kind of tokens; kinds without usage are absent.
    pub kinds: Vec<WhatIfKind>,
    /// The models of the price table, which `as_model` can name.
    pub known_models: Vec<String>,
    /// Responses of the part without a price on either side. They are in no comparison.
    pub left_out_responses: u64,
    /// Their tokens.
    pub left_out_tokens: u64,
}

/// What is assumed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhatIfScenario {
    /// The usage that is priced anew: `all`, `main` or `subagents`.
    pub part: &'static str,
    /// The UTC day whose prices apply; null for each response's own day.
    pub prices_on: Option<NaiveDate>,
    /// The model whose prices apply, as in the price table; null for each response's own model.
    pub as_model: Option<String>,
    /// The cache: `actual`, `none`, `5m` or `1h`, as in the alternatives of `GET /cache`.
    pub cache: &'static str,
}

/// A cost as it was billed and in the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct WhatIfAmounts {
    /// Responses.
    pub responses: u64,
    /// Tokens.
    pub total_tokens: u64,
    /// Cost as billed.
    pub cost_usd: Usd,
    /// Cost in the scenario.
    pub what_if_usd: Usd,
    /// The cost in the scenario, less the cost as billed.
    pub difference_usd: Usd,
    /// Whether both costs are exact, or lower bounds because an output may be incomplete.
    pub certainty: Certainty,
}

/// A model in the scenario.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhatIfModel {
    /// The model, as logged.
    pub model: String,
    /// The model of the price table whose prices apply.
    pub as_model: String,
    /// Its usage.
    #[serde(flatten)]
    pub amounts: WhatIfAmounts,
}

/// A kind of tokens in the scenario.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhatIfKind {
    /// The kind: `input`, `output`, `cache_read`, `cache_write_5m`, `cache_write_1h` or `web_searches`.
    pub kind: &'static str,
    /// Tokens as billed, or web searches.
    pub count: u64,
    /// Cost as billed.
    pub cost_usd: Usd,
    /// Tokens in the scenario, or web searches.
    pub what_if_count: u64,
    /// Cost in the scenario.
    pub what_if_usd: Usd,
    /// The cost in the scenario, less the cost as billed.
    pub difference_usd: Usd,
}
