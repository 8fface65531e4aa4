//! Reads new content of the homes in parallel, and stores it with a single writer.
//!
//! - [`Ingestor`] tracks what was read and updates the database;
//! - [`tally`] counts the present transcripts without a database;
//! - [`IngestStatus`] is the progress, for progress bars and the health report.

mod ingestor;
mod jobs;
mod known;
mod parallel;
mod status;
mod walk;

pub use ingestor::Ingestor;
pub use status::{IngestState, IngestStatus, Outcome};
pub use walk::Walk;
