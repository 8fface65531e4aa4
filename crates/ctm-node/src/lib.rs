//! The Node module `claude-token-monitor-reader`: what `ctm-bindings` returns, as objects of JavaScript.
//!
//! - [`usage`]: the function `readHome`, and its rows;
//! - [`price`]: the function `price`.
//!
//! Counts are numbers, which are exact up to 2^53: no home has so many tokens. Exact amounts are `bigint`, in
//! pico-dollars: a number is exact up to 9,007 dollars of them. Types are in `package/index.d.ts`, and checked by
//! `cargo xtask bindings`.

pub mod price;
pub mod usage;

use ctm_types::{PicoUsd, TokenCounts};
use napi::bindgen_prelude::BigInt;
use napi_derive::napi;

/// Tokens by kind.
#[napi(object, object_from_js = false)]
pub struct Tokens {
    /// Input that was not cached.
    pub input: f64,
    /// Output.
    pub output: f64,
    /// Read from the cache.
    pub cache_read: f64,
    /// Written to the cache for five minutes.
    #[napi(js_name = "cacheWrite5m")]
    pub cache_write_5m: f64,
    /// Written to the cache for an hour.
    #[napi(js_name = "cacheWrite1h")]
    pub cache_write_1h: f64,
    /// All of them.
    pub total: f64,
}

impl Tokens {
    fn of(tokens: &TokenCounts) -> Self {
        Self {
            input: number(tokens.input),
            output: number(tokens.output),
            cache_read: number(tokens.cache_read),
            cache_write_5m: number(tokens.cache_write_5m),
            cache_write_1h: number(tokens.cache_write_1h),
            total: number(tokens.total()),
        }
    }
}

/// Returns a count as a number of JavaScript.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

/// Returns an amount in pico-dollars.
fn pico_usd(amount: Option<PicoUsd>) -> Option<BigInt> {
    amount.map(|amount| amount.0.into())
}
