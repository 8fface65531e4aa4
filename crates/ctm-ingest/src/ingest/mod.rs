//! Reads new content of the homes in parallel, and stores it with a single writer.
//!
//! - [`Ingestor`] tracks what was read and updates the database;
//! - [`tally`] counts the present transcripts without a database;
//! - [`IngestStatus`] is the progress, for progress bars and the health report.

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
