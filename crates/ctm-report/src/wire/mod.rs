//! Response bodies: JSON in the shapes of the REST interface.
//!
//! Counts are whole numbers. Amounts are JSON numbers written from the exact decimal, or null
//! if nothing could be priced. Times are RFC 3339 in UTC, days are calendar days in the requested zone.
//!
//! The OpenAPI document is generated from the same structs, so that it always matches
//! the response bodies.

mod alerts;
mod audit;
mod blocks;
mod budgets;
mod by;
mod cache;
mod calibration;
mod changes;
mod comparison;
mod concurrency;
mod drivers;
mod forecast;
mod forget;
mod history;
mod hooks;
mod imports;
mod judgement;
mod limits;
mod machines;
mod markers;
mod now;
mod own_totals;
mod period_report;
mod personal;
mod projects;
mod prompt_caches;
mod receipt;
mod responses;
mod seals;
mod sessions;
mod sql;
mod stats;
mod telemetry;
mod trends;
mod usage;
mod what_if;
mod why;
mod worth;

pub use alerts::*;
pub use audit::*;
pub use blocks::*;
pub use budgets::*;
pub use by::*;
pub use cache::*;
pub use calibration::*;
pub use changes::*;
pub use comparison::*;
pub use concurrency::*;
pub use drivers::*;
pub use forecast::*;
pub use forget::*;
pub use history::*;
pub use hooks::*;
pub use imports::*;
pub use judgement::*;
pub use limits::*;
pub use machines::*;
pub use markers::*;
pub use now::*;
pub use own_totals::*;
pub use period_report::*;
pub use personal::*;
pub use projects::*;
pub use prompt_caches::*;
pub use receipt::*;
pub use responses::*;
pub use seals::*;
pub use sessions::*;
pub use sql::*;
pub use stats::*;
pub use telemetry::*;
pub use trends::*;
pub use usage::*;
pub use what_if::*;
pub use why::*;
pub use worth::*;

use chrono::{DateTime, SecondsFormat, Utc};
use ctm_types::{EpochMs, PicoUsd};
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// An amount of US dollars as an exact JSON number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usd(pub PicoUsd);

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// Types that are sent as JSON numbers.
macro_rules! numbers {
    ($($number:ty: $text:literal),*) => { $(
        impl PartialSchema for $number {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::Number).description(Some($text)).build().into()
            }
        }

        impl ToSchema for $number {}
    )* };
}

numbers!(
    BudgetAmount: "An amount of a budget: US dollars at API list prices, with at most 12 decimals, or tokens.",
    Usd: "US dollars at API list prices: the exact decimal, with at most 12 decimals.",
    Number: "A count, an amount of US dollars or a rate from 0 to 1, depending on the metric."
);

/// A time, sent as RFC 3339 text in UTC with milliseconds: `2026-03-10T10:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub DateTime<Utc>);

impl Time {
    /// Returns the time of UTC epoch milliseconds: the nearest one in the years 1 to 9999, the range of
    /// RFC 3339.
    #[must_use]
    pub fn of(at_ms: EpochMs) -> Self {
        Self(ctm_aggregate::instant(at_ms))
    }

    /// Returns the time in UTC epoch milliseconds.
    #[must_use]
    pub fn epoch_ms(self) -> EpochMs {
        EpochMs(self.0.timestamp_millis())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_json_numbers() {
        let check = |text: &str, expected: &str| {
            let json = serde_json::to_string(&Usd(text.parse().unwrap())).unwrap();
            assert_eq!(json, expected);
        };
        check("33.4159737", "33.4159737");
        check("0.000000000001", "0.000000000001");
        check("-0", "0");
        check("12000000", "12000000");
    }

    #[test]
    fn times_are_utc_with_milliseconds() {
        assert_eq!(Time::of(EpochMs(1_773_136_800_000)).to_string(), "2026-03-10T10:00:00.000Z");
        assert_eq!(Time::of(EpochMs::MIN).to_string(), "0001-01-01T00:00:00.000Z");
        assert_eq!(Time::of(EpochMs::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    }
}
