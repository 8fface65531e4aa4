//! The body of `GET /config`.

use serde::Serialize;
use utoipa::ToSchema;

/// Effective settings and prices.
#[derive(Serialize, ToSchema)]
pub struct Config {
    /// Every setting.
    pub settings: Vec<SettingInForce>,
    /// The price table.
    pub prices: Prices,
}

/// A setting with its value and source.
#[derive(Serialize, ToSchema)]
pub struct SettingInForce {
    /// The name.
    pub name: &'static str,
    /// The environment variable that sets it.
    pub env: &'static str,
    /// Effective value.
    pub value: String,
    /// `flag`, `env`, `env_file`, `file` or `default`.
    pub source: &'static str,
    /// The value without any setting.
    pub default: &'static str,
    /// Description of the setting.
    pub help: String,
}

/// The effective price table.
#[derive(Serialize, ToSchema)]
#[schema(as = PricesInForce)]
pub struct Prices {
    /// Its version.
    pub version: String,
    /// The day it was checked.
    pub as_of: chrono::NaiveDate,
    /// Number of models.
    pub models: usize,
}
