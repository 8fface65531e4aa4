//! Rows of a report to CSV, JSON and NDJSON on any writer.
//!
//! A report is a list of [`Column`]s, each with a name and a function that takes its [`Cell`]
//! from a row. An [`Exporter`] writes one row at a time in a [`Format`]; it keeps one row in memory,
//! regardless of their number:
//!
//! ```
//! use ctm_export::{Cell, Column, Exporter, Format};
//! use ctm_types::PicoUsd;
//!
//! struct Model {
//!     name: String,
//!     cost: Option<PicoUsd>,
//! }
//!
//! let columns: Vec<Column<Model>> = vec![
//!     Column::new("model", |row| Cell::Text(&row.name)),
//!     Column::new("cost_usd", |row| row.cost.map(Cell::Usd).into()),
//! ];
//! let mut exporter = Exporter::new(Format::Csv, columns, Vec::new())?;
//! exporter.write(&Model { name: "priced".into(), cost: Some(PicoUsd(1_500_000_000_000)) })?;
//! exporter.write(&Model { name: "unknown".into(), cost: None })?;
//! assert_eq!(exporter.finish()?, b"model,cost_usd\npriced,1.5\nunknown,\n");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A column of a file that others read is [`Column::described`]: its [`Content`] is beside it, and a schema is
//! written from it.
//!
//! # Design
//!
//! Columns read rows, instead of rows being lists of cells, so that no row can have a cell too
//! many or too few, and a selection of fields is a selection of columns. Deriving the columns with
//! serde was rejected: a number that is an exact decimal in JSON, an empty cell in CSV, and text
//! that must not become a formula depend on the kind of cell, which serde does not know.
//!
//! **Invariant:** this crate depends on no report, SQL, HTTP or clock.

mod cell;
mod column;
mod exporter;
mod format;
mod kind;
mod rows;

pub use cell::Cell;
pub use column::{Column, UnknownField, select};
pub use exporter::Exporter;
pub use format::{Format, UnknownFormat};
pub use kind::{Content, Kind};
pub use rows::csv_rows;
