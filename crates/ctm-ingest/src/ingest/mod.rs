//! From the folders to the database: what is new is read in parallel and written by one writer.
//!
//! - [`Ingestor`] knows what was read and brings the database up to date;
//! - [`tally`] counts what is there without a database;
//! - [`IngestStatus`] is how far it is, for progress bars and for `GET /health`.

mod ingestor;
mod jobs;
mod known;
mod parallel;
mod problems;
mod status;
mod tally;
mod walk;

pub use ingestor::{Ingestor, Outcome};
pub use status::{IngestState, IngestStatus};
pub use tally::{stats_caches, tally};
pub use walk::Walk;
