//! The price of a part of a response, with its reasons.

use crate::{Cost, Rates, Ratio};
use chrono::NaiveDate;
#[expect(unused_imports, reason = "named in documentation")]
use ctm_types::Billing;
use ctm_types::{PicoUsd, TokenCounts};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The quote of a price book for a billed part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly every quote is priced and lives for a moment")]
pub enum Quote {
    /// The model has a price.
    Priced(Price),
    /// The model has no price: what it consumed is counted, what that costs is unknown.
    Unpriced(Unpriced),
    /// The name is a placeholder such as `<synthetic>`: no model was asked, nothing is billed.
    ///
    /// Should tokens be logged under it all the same, [`Quote::cost`] counts them as unpriced.
    Ignored,
    /// The model refused the request before any output, which is not billed. Its tokens are not included in
    /// any total.
    Unbilled(UnbilledAttempt),
}

/// Reason why an attempt is not billed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnbilledAttempt {
    /// The category of the refusal, or [`Billing::UNCATEGORISED`].
    pub category: String,
    /// `true` if the rule of the day contains the category. Other categories are treated as not billed.
    pub is_known: bool,
}

impl Quote {
    /// Returns whether the part is not billed, and so in no total.
    #[must_use]
    pub fn is_unbilled(&self) -> bool {
        matches!(self, Self::Unbilled(_))
    }

    /// Returns the cost of `tokens` and `web_searches`; without a price all of them are unpriced.
    #[must_use]
    pub fn cost(&self, tokens: &TokenCounts, web_searches: u64) -> Cost {
        match self {
            Self::Priced(price) => price.rates.cost(tokens, web_searches),
            Self::Unpriced(_) | Self::Ignored => Cost::unpriced(tokens, web_searches),
            Self::Unbilled(_) => Cost::default(),
        }
    }

    /// Returns what the cache saved; nothing without a price.
    #[must_use]
    pub fn cache_saving(&self, tokens: &TokenCounts) -> PicoUsd {
        match self {
            Self::Priced(price) => price.rates.cache_saving(tokens),
            Self::Unpriced(_) | Self::Ignored | Self::Unbilled(_) => PicoUsd::ZERO,
        }
    }
}

/// Final rates, and everything that led to them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Price {
    /// Canonical id of the model.
    pub model: Arc<str>,
    /// Rates to bill at: the listed ones with all multipliers in them.
    pub rates: Rates,
    /// Rates as they are listed for the tier and speed.
    pub listed: Rates,
    /// The multipliers of the listed token rates.
    pub multipliers: Vec<(Modifier, Ratio)>,
    /// The tier of the prompt.
    pub tier: Tier,
    /// `true` for the rates of fast mode.
    pub fast: bool,
    /// First UTC day of the price; `None`: it has always held.
    pub from: Option<NaiveDate>,
    /// First UTC day after the price; `None`: it still holds.
    pub until: Option<NaiveDate>,
    /// Public origin of the listed figures.
    pub source: Arc<str>,
    /// Remark on them.
    pub note: Option<Arc<str>>,
    /// Notes on the figures.
    pub flags: BTreeSet<PriceFlag>,
}

/// The tier of rates for a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// The usual ones.
    Standard,
    /// Rates for long prompts, which apply to the whole request.
    LongContext {
        /// The prompt has more tokens than this.
        above_prompt_tokens: u64,
    },
}

/// Something that multiplies the token rates of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modifier {
    /// Batch processing, never together with fast mode.
    Batch,
    /// Inference in the United States only, on the first-party API.
    UsInference,
    /// A regional endpoint of Amazon Bedrock.
    Regional,
    /// A `[[multiplier]]` of the user, whose pattern the name matches.
    #[serde(skip)]
    Multiplier,
    /// The multiplier of Claude Code's managed settings, for web searches, too.
    #[serde(skip)]
    Managed,
}

impl Modifier {
    /// All modifiers, in the order in which they are applied.
    pub const ALL: [Self; 5] =
        [Self::Batch, Self::UsInference, Self::Regional, Self::Multiplier, Self::Managed];

    /// The modifiers that the terms and the name of a request can select, where the model offers them.
    pub(crate) const OF_TERMS: [Self; 3] = [Self::Batch, Self::UsInference, Self::Regional];

    /// Returns the name of the modifier in the price table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::UsInference => "us_inference",
            Self::Regional => "regional",
            Self::Multiplier => "multiplier",
            Self::Managed => "managed",
        }
    }
}

/// A note on a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PriceFlag {
    /// The usage is older than the first known price, which was used.
    BeforeEffective,
    /// The time of the usage is unknown; the latest price was used.
    NoTimestamp,
    /// The first-party API had retired the model by then.
    RetiredModel,
    /// Fast mode has no listed price for the model and day; the standard one was used.
    FastRateUnknown,
    /// The speed has no price; the standard one was used.
    SpeedUnknown,
    /// The service tier has no list price, or none with this model or speed; it was ignored.
    ServiceTierUnknown,
    /// The inference region has no list price, or none with this model; it was ignored.
    InferenceGeoUnknown,
    /// The name belongs to a regional endpoint; the rates include its premium.
    PlatformPremium,
    /// The user set the price, or a multiplier.
    Override,
    /// The user set the price, and cache rates are derived from the input rate.
    Derived,
    /// Claude Code's managed settings set the price, or multiply it.
    Managed,
    /// The price is the list price of the model's maker; the provider is unknown.
    ProviderUnknown,
}

impl PriceFlag {
    /// All flags.
    pub const ALL: [Self; 12] = [
        Self::BeforeEffective,
        Self::NoTimestamp,
        Self::RetiredModel,
        Self::FastRateUnknown,
        Self::SpeedUnknown,
        Self::ServiceTierUnknown,
        Self::InferenceGeoUnknown,
        Self::PlatformPremium,
        Self::Override,
        Self::Derived,
        Self::Managed,
        Self::ProviderUnknown,
    ];

    /// Returns the public name of the flag.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeEffective => "before_effective",
            Self::NoTimestamp => "no_timestamp",
            Self::RetiredModel => "retired_model",
            Self::FastRateUnknown => "fast_rate_unknown",
            Self::SpeedUnknown => "speed_unknown",
            Self::ServiceTierUnknown => "service_tier_unknown",
            Self::InferenceGeoUnknown => "inference_geo_unknown",
            Self::PlatformPremium => "platform_premium",
            Self::Override => "override",
            Self::Derived => "derived",
            Self::Managed => "managed",
            Self::ProviderUnknown => "provider_unknown",
        }
    }
}

/// The reason of a missing price, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unpriced {
    /// Why.
    pub reason: UnpricedReason,
    /// The remedy: one sentence.
    pub hint: String,
}

impl Unpriced {
    pub(crate) fn new(reason: UnpricedReason, written: &str) -> Self {
        let hint = match reason {
            UnpricedReason::NoModel => "the transcript names no model, so there is no remedy".to_owned(),
            UnpricedReason::UnknownModel => {
                format!("add a [[price]] with model = {written:?}, or map the name under [alias]")
            }
            UnpricedReason::AmbiguousAlias => {
                format!(
                    "which model this is depends on the platform and the day: map {written:?} under [alias]"
                )
            }
            UnpricedReason::UnknownProvider => {
                format!("the provider sets its own prices: map {written:?} under [alias] or add a [[price]]")
            }
            UnpricedReason::OpaqueProfile => {
                format!("the model of the profile is not public: map {written:?} under [alias]")
            }
        };
        Self { reason, hint }
    }

    /// Returns that the name has a price only in a pack that is not used.
    pub(crate) fn in_pack(reason: UnpricedReason, written: &str, pack: &str) -> Self {
        let hint = format!(
            "the list price of its maker is in a pack: set prices_pack = \"{pack}\", or add a [[price]] with model = {written:?}"
        );
        Self { reason, hint }
    }
}

/// Reason why a name has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UnpricedReason {
    /// The response has no model name.
    NoModel,
    /// No model of this name is known.
    UnknownModel,
    /// The name means different models on different platforms and days: `opus`.
    AmbiguousAlias,
    /// The name belongs to a provider without listed prices: `someone/claude-opus-5`.
    UnknownProvider,
    /// The name is an ARN that does not name its model.
    OpaqueProfile,
}

impl UnpricedReason {
    /// Returns the public name of the reason.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoModel => "no_model",
            Self::UnknownModel => "unknown_model",
            Self::AmbiguousAlias => "ambiguous_alias",
            Self::UnknownProvider => "unknown_provider",
            Self::OpaqueProfile => "opaque_profile",
        }
    }
}
