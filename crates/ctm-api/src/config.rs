//! The body of `GET /config`.

use serde::Serialize;
use utoipa::ToSchema;

/// Settings and prices in force.
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
    /// The value in force.
    pub value: String,
    /// `flag`, `env`, `env_file`, `file` or `default`.
    pub source: &'static str,
    /// The value without any setting.
    pub default: &'static str,
    /// What it does.
    pub help: String,
}

/// The price table in force.
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
