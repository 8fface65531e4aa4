//! Statements that a person writes, over views with stable names.
//!
//! # Design
//!
//! The views are temporary ones of a connection that is opened for one statement: a database with a view of its own is
//! refused, and a view is changed without a migration. What SQL cannot compute, it asks functions for: the price of a part
//! of a response, the day in a time zone, and the names that settings give to folders and homes.

use crate::store::Store;
use ctm_sqlite::error::{StorageError, of};
use ctm_sqlite::select::{Bounds, ReadConnection, SelectFailure, Selection, SqlValue, ViewStatement};
use ctm_types::{Billing, BillingId, EpochMs, PicoUsd, TokenCounts};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Parts of responses with their prices, of which the views of usage are made; no statement reads it by itself.
const PART: ViewStatement = ViewStatement { name: "ctm_part", select: include_str!("sql/views/part.sql") };

/// The views, in the order in which they depend on each other.
const VIEWS: [ViewStatement; 10] = [
    view("usage", include_str!("sql/views/usage.sql")),
    view("responses", include_str!("sql/views/responses.sql")),
    view("sessions", include_str!("sql/views/sessions.sql")),
    view("prompts", include_str!("sql/views/prompts.sql")),
    view("tool_calls", include_str!("sql/views/tool_calls.sql")),
    view("turns", include_str!("sql/views/turns.sql")),
    view("hooks", include_str!("sql/views/hooks.sql")),
    view("pull_requests", include_str!("sql/views/pull_requests.sql")),
    view("limits", include_str!("sql/views/limits.sql")),
    view("cache_samples", include_str!("sql/views/cache_samples.sql")),
];

const fn view(name: &'static str, select: &'static str) -> ViewStatement {
    ViewStatement { name, select }
}

/// The price of a part of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPrice {
    /// `false` if the part is in no total.
    pub is_billed: bool,
    /// The cost of everything that has a price; `None` if nothing has one.
    pub cost: Option<PicoUsd>,
    /// Tokens without a price.
    pub unpriced_tokens: u64,
    /// `true` if something has no price, so that the cost is a lower bound.
    pub is_partial: bool,
}

/// Returns the price of tokens and web searches on billing terms at a time.
type Price = dyn Fn(&Billing, EpochMs, &TokenCounts, u64) -> PartPrice + Send + Sync;

/// What SQL cannot compute.
#[derive(Clone)]
pub struct SqlFunctions {
    /// The price of a part of a response.
    pub price: Arc<Price>,
    /// A time as text, in UTC.
    pub time: fn(EpochMs) -> String,
    /// The local day as text, and the hour.
    pub local: Arc<dyn Fn(EpochMs) -> (String, u8) + Send + Sync>,
    /// The label of a home by its path.
    pub home: Arc<dyn Fn(&str) -> String + Send + Sync>,
}

/// Error of a statement that a person writes.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// The statement is invalid, or does more than read views.
    #[error("the statement was refused: {0}")]
    Refused(String),
    /// The statement took longer than is permitted.
    #[error("the statement took longer than {seconds} s; select fewer days or groups", seconds = .0.as_secs())]
    TimedOut(std::time::Duration),
    /// The database cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl SqlFunctions {
    /// Returns functions for statements without rows.
    fn without_values() -> Self {
        Self {
            price: Arc::new(|_, _, _, _| PartPrice {
                is_billed: false,
                cost: None,
                unpriced_tokens: 0,
                is_partial: false,
            }),
            time: |_| String::new(),
            local: Arc::new(|_| (String::new(), 0)),
            home: Arc::new(str::to_owned),
        }
    }
}

/// Names by the numbers of their rows.
#[derive(Default)]
struct Names {
    projects: HashMap<i64, String>,
    homes: HashMap<i64, String>,
    billings: HashMap<BillingId, Billing>,
}

/// Cancels a statement that nobody waits for any more.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Store {
    /// Runs one statement that reads the views, on a connection of its own that cannot write.
    ///
    /// # Errors
    ///
    /// Fails when the statement is refused or takes too long, and when the database cannot be read.
    pub async fn query_views(
        &self,
        statement: &str,
        functions: SqlFunctions,
        bounds: Bounds,
    ) -> Result<Selection, SelectError> {
        self.check_place()?;
        let names = self.names(&functions).await?;
        let (store, statement) = (self.clone(), statement.to_owned());
        let cancel = CancelOnDrop(Arc::default());
        let cancelled = Arc::clone(&cancel.0);
        let run = move || {
            let connection = store.read_connection()?;
            define(&connection, names, functions).map_err(|error| of(store.path(), error))?;
            // Between the check above and the opening, another file may have taken the place.
            store.check_place()?;
            let names = VIEWS.map(|view| view.name);
            let selected = connection.select(&all_views(), &names, &statement, bounds, cancelled);
            selected.map_err(|failure| match failure {
                SelectFailure::Refused(reason) => SelectError::Refused(reason),
                SelectFailure::TimedOut => SelectError::TimedOut(bounds.time),
                SelectFailure::Unreadable(error) => of(store.path(), error).into(),
            })
        };
        tokio::task::spawn_blocking(run).await.unwrap_or_else(|error| {
            Err(StorageError::Statement { path: self.path().to_owned(), source: error.into() }.into())
        })
    }

    /// Returns the views with the names of their columns.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn views(&self) -> Result<Vec<(&'static str, Vec<String>)>, StorageError> {
        self.check_place()?;
        let store = self.clone();
        let read = move || {
            let connection = store.read_connection()?;
            let columns = || {
                define(&connection, Names::default(), SqlFunctions::without_values())?;
                connection.columns(&all_views(), &VIEWS.map(|view| view.name))
            };
            columns().map_err(|error| of(store.path(), error))
        };
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| {
            Err(StorageError::Statement { path: self.path().to_owned(), source: error.into() })
        })
    }

    async fn names(&self, functions: &SqlFunctions) -> Result<Names, StorageError> {
        let projects = self.project_names().await?.into_iter();
        let homes = self.home_names().await?.into_iter();
        Ok(Names {
            projects: projects.map(|(id, name)| (id.into(), name)).collect(),
            homes: homes.map(|(id, path)| (id.into(), (functions.home)(&path))).collect(),
            billings: self.billings().await?,
        })
    }
}

fn all_views() -> Vec<ViewStatement> {
    std::iter::once(PART).chain(VIEWS).collect()
}

/// Defines the functions of the views.
fn define(connection: &ReadConnection, names: Names, functions: SqlFunctions) -> sqlx::Result<()> {
    let SqlFunctions { price, time, local, .. } = functions;
    let billings = Arc::new(names.billings);
    let of_part = |of: fn(PartPrice) -> SqlValue| {
        let (price, billings) = (Arc::clone(&price), Arc::clone(&billings));
        move |arguments: &[i64]| part_price(&*price, &billings, arguments).map_or(SqlValue::Null, of)
    };
    connection.define("ctm_cost", 8, of_part(|price| price.cost.map_or(SqlValue::Null, amount)))?;
    connection.define("ctm_unpriced", 8, of_part(|price| count(price.unpriced_tokens)))?;
    connection.define("ctm_is_partial", 8, of_part(|price| SqlValue::Integer(price.is_partial.into())))?;
    connection.define("ctm_is_billed", 8, of_part(|price| SqlValue::Integer(price.is_billed.into())))?;
    connection.define("ctm_time", 1, move |at_ms| SqlValue::Text(time(EpochMs(at_ms[0]))))?;
    let of_day = Arc::clone(&local);
    connection.define("ctm_day", 1, move |at_ms| SqlValue::Text(of_day(EpochMs(at_ms[0])).0))?;
    connection.define("ctm_hour", 1, move |at_ms| SqlValue::Integer(local(EpochMs(at_ms[0])).1.into()))?;
    for (name, names) in [("ctm_project", names.projects), ("ctm_home", names.homes)] {
        let named = move |id: &[i64]| names.get(&id[0]).cloned().map_or(SqlValue::Null, SqlValue::Text);
        connection.define(name, 1, named)?;
    }
    Ok(())
}

/// Returns the price of the arguments of a function: billing terms, time, the five kinds of tokens, and web searches.
fn part_price(price: &Price, billings: &HashMap<BillingId, Billing>, arguments: &[i64]) -> Option<PartPrice> {
    let &[billing, at_ms, ref counts @ ..] = arguments else { return None };
    let counts: [u64; 6] =
        counts.iter().map(|count| count.unsigned_abs()).collect::<Vec<_>>().try_into().ok()?;
    let [input, output, cache_read, cache_write_5m, cache_write_1h, searches] = counts;
    let tokens = TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h };
    Some(price(billings.get(&billing.into())?, EpochMs(at_ms), &tokens, searches))
}

/// Returns an amount in pico-dollars: an integer, or the nearest number beyond nine million dollars.
#[expect(clippy::cast_precision_loss, reason = "beyond the integers of SQLite, as documented")]
fn amount(of: PicoUsd) -> SqlValue {
    i64::try_from(of.0).map_or(SqlValue::Real(of.0 as f64), SqlValue::Integer)
}

fn count(of: u64) -> SqlValue {
    SqlValue::Integer(i64::try_from(of).unwrap_or(i64::MAX))
}
