//! The seam between facts and the back end that holds them: a reader and a writer.
//!
//! - [`FactsReader`] answers the queries behind reports;
//! - [`FactsWriter`] stores batches and returns the checkpoints to resume from; [`Intake`] is its part on each reading thread;
//! - [`memory`] is the back end without a database; the others are [`ctm_storage`] and, for what machines push to a hub on PostgreSQL,
//!   [`ctm_team`], which has no writer of batches;
//! - [`hub`] is what machines push to, on either database.
//!
//! # Design
//!
//! Both halves are enums of the back ends. All of them are known when the program is built, so a trait would only
//! add boxed futures, and a trait for each noun would spread one decision over many types. Another back end is a
//! module here (or a crate beside `ctm-storage`) with these operations, and a variant of [`FactsReader`],
//! [`FactsWriter`] and [`Intake`]; the compiler lists what it lacks.
//!
//! The operations are those that every back end can answer. Operations that need a database stay with
//! [`Store`](ctm_storage::Store): single responses, tools, limits, snapshots, forgetting, maintenance of the file.
//! Memory lasts no longer than a command and would answer each of them with nothing, which looks like a figure. So
//! a caller asks for the database once, with [`FactsReader::store`] or [`FactsWriter::database`], and reports
//! that there is none.
//!
//! # Invariants
//!
//! - Every back end with a writer answers the same for the same batches.
//! - This crate is independent of Claude Code's files, SQL, HTTP, prices and the clock.

mod each;
pub mod hub;
pub mod memory;
mod reader;
mod sqlite;
mod writer;

pub use hub::Hub;
pub use memory::{MemoryStore, MemoryWriter};
pub use reader::FactsReader;
pub use writer::{FactsWriter, Intake};
