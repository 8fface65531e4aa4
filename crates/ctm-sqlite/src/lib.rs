//! A SQLite database, independent of its tables.
//!
//! - [`sql`]: statements, typed numbers, values of statements, and lists as one value;
//! - [`transaction`]: transactions, and the threads that statements run on;
//! - [`readers`]: connections that read;
//! - [`row`]: rows of a result;
//! - [`rows`]: many rows at once;
//! - [`keys`]: the rows of keys, known without a query;
//! - [`select`]: statements that a person writes;
//! - [`foreign`]: databases of other programs;
//! - [`place`]: identity of the open file and of its log;
//! - [`error`]: errors of SQLite and of the system as errors of a back end.
//!
//! # Invariants
//!
//! - The only unsafe code of the workspace is one line in `handle`.

pub mod error;
pub mod foreign;
mod handle;
pub mod keys;
mod permitted;
pub mod place;
pub mod readers;
pub mod row;
pub mod rows;
pub mod select;
pub mod sql;
pub mod transaction;
mod values;
