//! Statements of SQL that a person writes, over views with prices, local days and names.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::wire::{SqlCell, SqlRows, SqlView, SqlViews, Time};
use chrono::Timelike;
use chrono_tz::Tz;
use ctm_aggregate::{Amounts, day_of_ms, instant};
use ctm_pricing::{PriceBook, Quote};
use ctm_storage::{Bounds, Cut, PartPrice, SelectError, SqlFunctions, SqlValue};
use ctm_types::{Billing, EpochMs, Slot, TokenCounts, UtcDay};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Number of rows of a result unless another one is requested.
pub const SQL_ROWS: usize = 1_000;

/// Maximum number of rows of a result.
pub const MOST_SQL_ROWS: usize = 10_000;

/// Maximum size of the values of a result, in bytes.
const MOST_BYTES: usize = 4 << 20;

/// Maximum time of a statement.
const MOST_TIME: Duration = Duration::from_secs(10);

impl DatabaseReports {
    /// Runs one statement that reads the views, with days in a zone, and returns at most so many rows.
    ///
    /// # Errors
    ///
    /// Fails when the statement is refused or takes too long, and when the database cannot be read.
    pub async fn sql(&self, statement: &str, tz: Tz, rows: usize) -> Result<SqlRows, ReportError> {
        let bounds = Bounds { time: MOST_TIME, rows: rows.min(MOST_SQL_ROWS), bytes: MOST_BYTES };
        let data_version = self.machine_store()?.data_version().await?;
        let selected = self.machine_store()?.query_views(statement, self.functions(tz), bounds).await?;
        let cells = |row: Vec<SqlValue>| row.into_iter().map(SqlCell::from).collect();
        Ok(SqlRows {
            columns: selected.columns,
            rows: selected.rows.into_iter().map(cells).collect(),
            cut: selected.cut.map(|cut| match cut {
                Cut::Rows => "rows",
                Cut::Bytes => "bytes",
            }),
            data_version,
        })
    }

    /// Returns the views and the bounds of a statement.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn sql_views(&self, allowed: bool) -> Result<SqlViews, ReportError> {
        let views = self.machine_store()?.views().await?.into_iter();
        Ok(SqlViews {
            allowed,
            views: views.map(|(name, columns)| SqlView { name, columns }).collect(),
            most_seconds: MOST_TIME.as_secs(),
            most_rows: MOST_SQL_ROWS,
            most_bytes: MOST_BYTES,
        })
    }

    fn functions(&self, tz: Tz) -> SqlFunctions {
        let prices = Arc::clone(&self.reporter.prices);
        let quotes = Quotes::default();
        let homes = self.reporter.homes.clone();
        let days: Mutex<HashMap<Slot, (String, u8)>> = Mutex::default();
        SqlFunctions {
            price: Arc::new(move |billing, at_ms, tokens, searches| {
                quotes.price(&prices, billing, at_ms, tokens, searches)
            }),
            time: |at_ms| Time::of(at_ms).to_string(),
            local: Arc::new(move |at_ms| {
                let mut days = days.lock().unwrap_or_else(PoisonError::into_inner);
                days.entry(Slot::of(at_ms)).or_insert_with(|| local(Slot::of(at_ms), tz)).clone()
            }),
            home: Arc::new(move |path| homes.label(path)),
        }
    }
}

/// Returns the local day and the hour of a slot.
fn local(slot: Slot, tz: Tz) -> (String, u8) {
    let start = slot.start();
    let hour = instant(start).with_timezone(&tz).hour();
    (day_of_ms(start, tz).to_string(), u8::try_from(hour).unwrap_or_default())
}

/// The terms of a price: billing, the UTC day, and the context band.
type Terms = (Billing, UtcDay, u8);

/// Quotes that were made before: most parts of responses share theirs.
#[derive(Default)]
struct Quotes(Mutex<HashMap<Terms, Arc<Quote>>>);

impl Quotes {
    fn price(
        &self,
        prices: &PriceBook,
        billing: &Billing,
        at_ms: EpochMs,
        tokens: &TokenCounts,
        searches: u64,
    ) -> PartPrice {
        let quote = self.quote(prices, billing, at_ms, tokens.prompt());
        let amounts = Amounts::priced(*tokens, searches, &quote);
        PartPrice {
            is_billed: !quote.is_unbilled(),
            cost: amounts.cost_usd(),
            unpriced_tokens: amounts.unpriced_tokens,
            is_partial: amounts.is_lower_bound(),
        }
    }

    fn quote(&self, prices: &PriceBook, billing: &Billing, at_ms: EpochMs, prompt: u64) -> Arc<Quote> {
        let band = prices.context_band(prompt);
        let mut quotes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let terms = (billing.clone(), UtcDay::of(at_ms), band);
        let quote = || Arc::new(prices.quote(billing, Some(at_ms), band));
        Arc::clone(quotes.entry(terms).or_insert_with(quote))
    }
}

impl From<SqlValue> for SqlCell {
    fn from(value: SqlValue) -> Self {
        match value {
            SqlValue::Null => Self::Null,
            SqlValue::Integer(integer) => Self::Integer(integer),
            SqlValue::Real(real) => Self::Real(real),
            SqlValue::Text(text) => Self::Text(text),
        }
    }
}

impl From<SelectError> for ReportError {
    fn from(error: SelectError) -> Self {
        match error {
            SelectError::Storage(error) => Self::Storage(error),
            SelectError::Refused(_) | SelectError::TimedOut(_) => Self::Sql(error.to_string()),
        }
    }
}
