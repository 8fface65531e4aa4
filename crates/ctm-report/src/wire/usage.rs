//! Usage totals, and the metadata of a response body.

use super::{Block, Day, Model, Project, Session, Source, Time, Unlogged, Usd};
use chrono::NaiveDate;
use ctm_aggregate::usage::share;
use ctm_aggregate::{Amounts, Metric};
use ctm_config::settings::ZoneSource;
use ctm_types::PicoUsd;
use serde::Serialize;
use utoipa::ToSchema;

/// Usage totals.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Usage {
    /// Input tokens outside the cache.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Prompt tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Prompt tokens written to the cache for five minutes.
    pub cache_write_5m_tokens: u64,
    /// Prompt tokens written to the cache for an hour.
    pub cache_write_1h_tokens: u64,
    /// Tokens of all kinds.
    pub total_tokens: u64,
    /// Cost at API list prices; null when nothing could be priced.
    pub cost_usd: Option<Usd>,
    /// Web searches, which are included in the cost.
    pub web_searches: u64,
    /// Responses, each counted once.
    pub responses: u64,
    /// Sessions.
    pub sessions: u64,
    /// Cache reads as a share of all prompt tokens, 0 to 1; null without prompt tokens.
    pub cache_hit_rate: Option<f64>,
    /// Tokens that are not included in the cost.
    pub unpriced_tokens: u64,
    /// Responses without a final record, whose output may be incomplete.
    pub unfinalised_responses: u64,
    /// Saving by the cache: the cost of all prompt tokens as input, less their actual cost. Negative if
    /// writes cost more than reads saved; null when nothing could be priced.
    pub cache_saving_usd: Option<Usd>,
    /// How much of the usage the cost covers.
    pub certainty: Certainty,
    /// Responses of subagents among `responses`; null where that is unknown.
    pub subagent_responses: Option<u64>,
    /// Tokens of subagents among `total_tokens`; null where that is unknown.
    pub subagent_tokens: Option<u64>,
    /// Cost of subagents in `cost_usd`; null where that is unknown, or nothing of theirs could be priced.
    pub subagent_cost_usd: Option<Usd>,
}

/// How much of the usage a cost covers: `exact` for all of it; `at_least` if something has no price, or a
/// response has no final record; `unknown` without a cost. The greater one covers less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The whole usage.
    Exact,
    /// A part of it: the cost is a lower bound.
    AtLeast,
    /// Nothing.
    Unknown,
}

impl Certainty {
    /// All names on the wire.
    pub const NAMES: [&str; 3] = [Self::Exact.name(), Self::AtLeast.name(), Self::Unknown.name()];

    /// Returns the certainty of the cost of `amounts`.
    #[must_use]
    pub fn of(amounts: &Amounts) -> Self {
        if amounts.cost_usd().is_none() {
            Self::Unknown
        } else if amounts.is_lower_bound() {
            Self::AtLeast
        } else {
            Self::Exact
        }
    }

    /// Returns the certainty of a metric of `amounts`: what is no amount of money is exact.
    #[must_use]
    pub fn of_metric(metric: Metric, amounts: &Amounts) -> Self {
        if matches!(metric, Metric::Cost | Metric::CacheSaving) { Self::of(amounts) } else { Self::Exact }
    }

    /// Returns its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::AtLeast => "at_least",
            Self::Unknown => "unknown",
        }
    }
}

impl Usage {
    /// Returns the sum of `amounts` of a number of sessions; how much of it is of subagents is unknown.
    #[must_use]
    pub fn of(amounts: &Amounts, sessions: u64) -> Self {
        let tokens = amounts.tokens;
        Self {
            input_tokens: tokens.input,
            output_tokens: tokens.output,
            cache_read_tokens: tokens.cache_read,
            cache_write_5m_tokens: tokens.cache_write_5m,
            cache_write_1h_tokens: tokens.cache_write_1h,
            total_tokens: tokens.total(),
            cost_usd: amounts.cost_usd().map(Usd),
            web_searches: amounts.web_searches,
            responses: amounts.responses,
            sessions,
            cache_hit_rate: amounts.cache_hit_rate(),
            unpriced_tokens: amounts.unpriced_tokens,
            unfinalised_responses: amounts.unfinalised,
            cache_saving_usd: amounts.cost_usd().map(|_| Usd(amounts.cache_saving)),
            certainty: Certainty::of(amounts),
            subagent_responses: None,
            subagent_tokens: None,
            subagent_cost_usd: None,
        }
    }

    /// Returns the usage of subagents among a usage.
    #[must_use]
    pub fn of_subagents(usage: &ctm_aggregate::Usage) -> Self {
        Self::of(&usage.subagents, 0).with_subagents(&usage.subagents)
    }

    /// Returns the usage with the part of subagents.
    fn with_subagents(self, subagents: &Amounts) -> Self {
        Self {
            subagent_responses: Some(subagents.responses),
            subagent_tokens: Some(subagents.tokens.total()),
            subagent_cost_usd: subagents.cost_usd().map(Usd),
            ..self
        }
    }

    /// Returns the share of subagents in the tokens, from 0 to 1; `None` where it is unknown, or without any tokens.
    #[must_use]
    pub fn subagent_token_share(&self) -> Option<f64> {
        share(self.subagent_tokens?, self.total_tokens)
    }

    /// Returns the share of subagents in the cost, from 0 to 1; `None` where either is unknown, or the cost is zero.
    #[must_use]
    pub fn subagent_cost_share(&self) -> Option<f64> {
        let (subagents, all) = (self.subagent_cost_usd?.0, self.cost_usd?.0);
        (all != PicoUsd::ZERO).then(|| subagents.to_f64() / all.to_f64())
    }

    /// Returns whether it is that of a time without data: what is known to be nothing costs nothing.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.certainty == Certainty::Unknown && self.responses == 0
    }

    /// Returns the usage of a time without data.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            cost_usd: None,
            cache_saving_usd: None,
            certainty: Certainty::Unknown,
            ..Self::of(&Amounts::default(), 0)
        }
    }
}

impl From<&ctm_aggregate::Usage> for Usage {
    fn from(usage: &ctm_aggregate::Usage) -> Self {
        Self::of(&usage.amounts, usage.session_count()).with_subagents(&usage.subagents)
    }
}

/// A row of a report.
pub trait HasUsage {
    /// Returns the usage of the row.
    fn usage(&self) -> &Usage;
}

macro_rules! usage_rows {
    ($($row:ty),*) => { $(impl HasUsage for $row {
        fn usage(&self) -> &Usage {
            &self.usage
        }
    })* };
}

usage_rows!(Block, Day, Model, Project, Source, Session);

/// The period, filter and freshness of a response body.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Meta {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// First day with data, in transcripts, Claude Code's own statistics or figures of other programs, of all homes or of those of the
    /// filter; null without any. Nothing is known of the days before it.
    pub first_day: Option<NaiveDate>,
    /// The zone of the days.
    pub tz: &'static str,
    /// The source of the zone.
    pub tz_source: ZoneSource,
    /// Time at which the body was generated.
    #[schema(value_type = String, format = DateTime)]
    pub generated_at: Time,
    /// Increases with every change of the stored facts.
    pub data_version: u64,
    /// Version of the price table.
    pub price_version: String,
    /// Source of the figures.
    pub source: FactSource,
    /// Models that have no price.
    pub unpriced_models: Vec<String>,
    /// The user's own discount, which is not included in any other figure.
    pub discount: Option<Discount>,
    /// Requests of the period that only telemetry reports; null without any.
    pub unlogged: Option<Unlogged>,
}

/// The user's discount on list prices.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Discount {
    /// The factor on list prices, as a decimal text such as `0.85`.
    pub multiplier: String,
    /// The total cost after the discount.
    pub cost_usd: Option<Usd>,
}

/// Source of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactSource {
    /// The transcripts. Sums only include these.
    Events,
    /// Claude Code's own statistics, for a day without any transcript that was read.
    StatsCache,
    /// Figures that another program kept, for a day without the former ones.
    Imported,
    /// Several of these, for different days.
    Mixed,
    /// No data.
    None,
}
