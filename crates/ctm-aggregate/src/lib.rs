//! Pure folds from usage to calendar reports in any time zone.
//!
//! Read the modules in this order:
//!
//! - [`calendar`]: days, ranges and buckets in a named time zone;
//! - [`usage`]: the totals of reports;
//! - [`ledger`]: usage with its price and its local day, **the one table all reports are folded
//!   from**;
//! - [`report`]: totals, days, weeks, months, projects, sessions and Claude homes;
//! - [`sessions`]: sessions with their projects and models;
//! - [`median`]: the middle of values;
//! - [`models`]: models, their prices, and usage without a price;
//! - [`buckets`], [`trend`]: usage over time, by the hours of the week, and by any figure;
//! - [`concurrency`]: how many sessions are active at once, over time;
//! - [`blocks`]: five-hour blocks, estimated from usage;
//! - [`limits`], [`prompt_caches`]: official rate limits and prompt caches, as reported;
//! - [`calibration`]: what one percent of a rate limit buys;
//! - [`charges`]: usage by kind of token, each sum at one price;
//! - [`facets`]: usage by any key of a row;
//! - [`compare`]: the change from one period to another;
//! - [`cache`]: what misses of the prompt cache cost, and what each duration of it saved;
//! - [`decompose`]: the causes of a changed cost, by `shapley`;
//! - [`workloads`]: usage with prompts, thinking and tool calls by any key of a row;
//! - [`what_if`]: the same usage at other prices, of another model or with another cache;
//! - [`worth`]: usage beside the price of plans;
//! - [`budgets`]: what is used of a budget, and what is left;
//! - [`forecast`], [`block_forecast`]: what is used at the end of a period or of the active block, with an interval;
//! - [`markers`]: changed prices, and first uses of models and versions.
//!
//! **Invariant:** this crate performs no I/O, reads no clock, and cannot fail, except when a
//! text or a pair of days is converted to a range. The sum over days is the sum over weeks, months,
//! models, projects, sessions and homes: the total, to the last pico-dollar, token and response.

pub mod base;
pub mod block_forecast;
pub mod blocks;
pub mod buckets;
pub mod budgets;
pub mod cache;
pub mod calendar;
pub mod calibration;
pub mod charges;
pub mod compare;
pub mod concurrency;
pub mod decompose;
pub mod facets;
pub mod forecast;
pub mod ledger;
pub mod limits;
pub mod markers;
pub mod median;
pub mod models;
mod priced;
pub mod prompt_caches;
pub mod report;
pub mod sessions;
mod shapley;
mod terms;
pub mod trend;
pub mod unbilled;
pub mod usage;
pub mod what_if;
pub mod workloads;
pub mod worth;

pub use base::{Base, Shift};
pub use blocks::{Block, BurnRate, Window};
pub use buckets::{BucketStart, Buckets};
pub use calendar::{
    Bucket, DateRange, RangeError, RangePreset, Step, day_of_ms, day_of_slot, day_start_ms, instant,
};
pub use compare::{Difference, UsageChange};
pub use concurrency::ConcurrencyOverTime;
pub use decompose::{Cause, Causes, Consumed, Decomposition};
pub use ledger::{Grain, Ledger, LedgerSums};
pub use models::{ModelUsage, PricedAmounts, UnpricedModel, WhyUnpriced};
pub use report::{NamedUsage, PeriodModels, PeriodUsage};
pub use sessions::SessionUsage;
pub use trend::{Figure, HourOfWeek, Metric, Series, Split, Trend};
pub use unbilled::Unbilled;
pub use usage::{Amounts, Span, Usage};
