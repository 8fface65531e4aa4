//! Reports: a query, the ledger behind its results, and the results in the form in which they are sent.
//!
//! The command line's `--json` and the REST interface are the same structs from the same
//! functions, so that they cannot disagree.
//!
//! - [`Query`] selects usage;
//! - [`Reporter`] answers it from the facts of a back end;
//! - [`wire`] has the structs that are sent.

#![warn(clippy::print_stderr, clippy::print_stdout)]

mod alerts;
mod aliases;
mod arithmetic;
mod audit;
mod blocks;
mod breakdown;
mod budgets;
mod by;
mod cache;
mod cache_misses;
mod calibration;
mod changes;
pub mod clock;
mod comparison;
mod concurrency;
mod database;
mod drivers;
mod error;
pub mod export;
mod forecast;
mod forget;
mod history;
mod homes;
mod hooks;
mod imported;
mod imports;
mod judgement;
mod limits;
mod markers;
mod nothing;
mod now;
mod others;
mod own_totals;
mod page;
mod period_report;
mod personal;
mod projects;
mod prompt_caches;
mod query;
mod ranked;
mod receipt;
mod reporter;
mod responses;
mod seals;
mod sessions;
mod sql;
mod stats_cache;
mod telemetry;
mod tools;
mod trends;
mod what_if;
mod why;
pub mod wire;
mod worth;

pub use alerts::AlertKey;
pub use aliases::Aliases;
pub use breakdown::Breakdown;
pub use budgets::BudgetCalendar;
pub use by::{BY, ByWhat};
pub use cache::{CACHE_BY, CacheBy};
pub use changes::{CHANGED_BY, ChangeQuery, ChangedBy, SUMMED};
pub use comparison::{COMPARED_WHAT, ComparedWhat, ComparisonQuery};
pub use database::DatabaseReports;
pub use drivers::DRIVEN;
pub use error::ReportError;
pub use homes::Homes;
pub use nothing::EmptyReason;
pub use page::{MAX_LIMIT, Order, PageQuery, PageSort};
pub use period_report::{PeriodReportQuery, REPORT_NAMES};
pub use prompt_caches::cold_cost;
pub use query::{
    COMPARED, Compare, METRICS, Period, Query, SPLITS, STEPS, SessionQuery, SoughtSessions, TrendQuery,
    WEEKDAYS,
};
pub use receipt::{ReceiptQuery, Work};
pub use reporter::{KnownModels, Reporter};
pub use reporter::{last_component, per_million};
pub use responses::{Missed, RESPONSE_SORTS, ResponseSort, ResponsesQuery, SoughtResponses};
pub use sql::{MOST_SQL_ROWS, SQL_ROWS};
pub use what_if::{CACHE_SCENARIOS, CacheScenario, PARTS, WhatIfQuery};
pub use why::WhyQuery;
