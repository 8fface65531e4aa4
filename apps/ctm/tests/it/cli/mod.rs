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
mod proof;
mod proof_schema;
pub(crate) mod push;
mod receipts;
mod reports;
mod seals;
#[cfg(unix)]
mod snapshots;
#[cfg(unix)]
mod width;
mod written;
