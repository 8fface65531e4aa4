//! `price`: the price of one request.

use crate::{number, pico_usd};
use ctm_bindings::Request;
use ctm_types::{Billing, EpochMs, PicoUsd, TokenCounts};
use napi::bindgen_prelude::BigInt;
use napi::{Error, JsDate, Result, Status};
use napi_derive::napi;

/// The largest whole number that JavaScript does not round.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// What a request consumed, and its terms.
#[napi(object, object_to_js = false)]
pub struct Consumption<'env> {
    /// Input tokens that were not cached.
    pub input: Option<f64>,
    /// Output tokens.
    pub output: Option<f64>,
    /// Tokens read from the cache.
    pub cache_read: Option<f64>,
    /// Tokens written to the cache for five minutes.
    #[napi(js_name = "cacheWrite5m")]
    pub cache_write_5m: Option<f64>,
    /// Tokens written to the cache for an hour.
    #[napi(js_name = "cacheWrite1h")]
    pub cache_write_1h: Option<f64>,
    /// Web searches.
    pub web_searches: Option<f64>,
    /// Time of the request.
    pub at: Option<JsDate<'env>>,
    /// `fast` or `standard`.
    pub speed: Option<String>,
    /// Such as `batch`.
    pub service_tier: Option<String>,
    /// Such as `us`.
    pub inference_geo: Option<String>,
}

/// The price of a request.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Price {
    /// Canonical id of the model.
    pub model: String,
    /// The exact cost in pico-dollars.
    pub cost_pico_usd: Option<BigInt>,
    /// The cost in dollars, for drawing.
    pub cost_usd: Option<f64>,
    /// How certain the cost is.
    pub certainty: &'static str,
    /// Tokens without a price.
    pub unpriced_tokens: f64,
    /// Web searches without a price.
    pub unpriced_web_searches: f64,
    /// What was assumed.
    pub flags: Vec<&'static str>,
    /// First UTC day of the price.
    pub valid_from: Option<String>,
    /// First UTC day after the price.
    pub valid_until: Option<String>,
    /// Public origin of the listed figures.
    pub source: String,
    /// Version of the price table.
    pub table_version: String,
}

/// Prices a request at list prices.
///
/// # Errors
///
/// Fails when a number is no count, and when the model has no price.
#[napi]
pub fn price(model: String, consumption: Consumption<'_>) -> Result<Price> {
    let Consumption { speed, service_tier, inference_geo, .. } = consumption;
    let request = Request {
        tokens: TokenCounts {
            input: count("input", consumption.input)?,
            output: count("output", consumption.output)?,
            cache_read: count("cacheRead", consumption.cache_read)?,
            cache_write_5m: count("cacheWrite5m", consumption.cache_write_5m)?,
            cache_write_1h: count("cacheWrite1h", consumption.cache_write_1h)?,
        },
        web_searches: count("webSearches", consumption.web_searches)?,
        at_ms: consumption.at.as_ref().map(epoch_ms).transpose()?,
        billing: Billing { model, speed, service_tier, inference_geo, refusal: None },
    };
    let priced = ctm_bindings::price(&request).map_err(|error| invalid(error.to_string()))?;
    Ok(Price {
        model: priced.model.to_string(),
        cost_pico_usd: pico_usd(priced.amount()),
        cost_usd: priced.amount().map(PicoUsd::to_f64),
        certainty: priced.certainty().name(),
        unpriced_tokens: number(priced.cost.unpriced_tokens),
        unpriced_web_searches: number(priced.cost.unpriced_web_searches),
        valid_from: priced.from.map(|day| day.to_string()),
        valid_until: priced.until.map(|day| day.to_string()),
        source: priced.source.to_string(),
        flags: priced.flags,
        table_version: priced.table_version,
    })
}

fn invalid(reason: String) -> Error {
    Error::new(Status::InvalidArg, reason)
}

/// Returns a number as a count.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
fn count(name: &str, number: Option<f64>) -> Result<u64> {
    match number {
        None => Ok(0),
        Some(number) if (0.0..=MAX_SAFE_INTEGER).contains(&number) && number.fract() == 0.0 => {
            Ok(number as u64)
        }
        Some(number) => {
            Err(invalid(format!("`{name}` is {number}, and not a whole number from 0 to 2^53 - 1")))
        }
    }
}

/// Returns a date in UTC epoch milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "a date of JavaScript is a whole number of 55 bits")]
fn epoch_ms(at: &JsDate<'_>) -> Result<EpochMs> {
    let at_ms = at.value_of()?;
    if at_ms.is_nan() {
        return Err(invalid("`at` is not a valid date".to_owned()));
    }
    Ok(EpochMs(at_ms as i64))
}
