//! Tests of the command line.

mod alerts;
mod budgets;
mod certainty;
mod db;
#[cfg(unix)]
mod destination;
mod doctor;
mod explain;
mod export;
mod export_schema;
mod facts;
mod focus;
mod forget;
mod generated;
mod guard;
mod imports;
pub(crate) mod machines;
mod managed;
mod note;
mod prices;
mod push;
mod receipts;
mod reports;
#[cfg(unix)]
mod snapshots;
#[cfg(unix)]
mod width;
mod written;
