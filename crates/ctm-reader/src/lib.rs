//! Reads the files in a Claude home into usage facts.
//!
//! ```text
//! homes ──> discover ──> read (bytes from a checkpoint on) ──> line (one line, repaired if necessary)
//!                                                                │
//!                                    record (the fields that are read) ──> interpret (facts)
//! known_homes: where other programs and second accounts keep homes
//! keys: what makes a line worth parsing
//! bounds: texts of limited length, and values shared by facts
//! details, session: records besides usage: of a response, of a session
//! short: a line that is too long to be held in memory, with its texts cut
//! regular: the one way to open a file that other users may have put there
//! stats_cache: Claude Code's own statistics, the labelled second source
//! status_line: the input of the status line command
//! ```
//!
//! [`find_homes`] finds the Claude homes, [`discover`] the transcripts in one, [`Reader`] turns
//! the next stretch of a transcript into a [`Batch`](ctm_types::Batch): facts, counted lines,
//! issues, and the next checkpoint.
//!
//! # Invariants
//!
//! - Files are only ever opened for reading, and only transcripts, the `.meta.json` of a
//!   subagent's transcript, and `stats-cache.json`.
//! - The reader is synchronous and stateless: a checkpoint in, a batch and the next one out.
//! - No text of a prompt, a reply, a tool or a hook leaves the reader; titles of sessions only on request.
//! - A bad line is data, not an error: it is counted with its reason and never costs another line.
//! - Memory is bounded by the buffer and the batch, whatever the size of a file or a line.
//!
//! # Features
//!
//! `serde`: checkpoints and batches can be stored, in a form with a version.
//!
//! # Example
//!
//! ```no_run
//! # fn main() -> Result<(), ctm_reader::ReadError> {
//! let home = ctm_reader::ClaudeHome::open(std::path::Path::new("/home/me/.claude"))?;
//! let (mut reader, mut responses) = (ctm_reader::Reader::new(), ctm_types::Responses::new());
//! for file in ctm_reader::discover(&home).files {
//!     for batch in reader.batches(&file, None) {
//!         responses.add_batch(&batch?);
//!     }
//! }
//! println!("{} responses, {} output tokens", responses.len(), responses.tokens().output);
//! # Ok(())
//! # }
//! ```

mod bounds;
mod details;
mod discover;
mod error;
mod homes;
mod interpret;
mod keys;
mod known_homes;
mod lenient;
mod line;
mod long_line;
mod read;
mod record;
mod regular;
mod retention;
mod session;
mod short;
mod stats_cache;
mod status_line;

pub use discover::{
    Candidate, Candidates, Discovery, MetFiles, Spot, TranscriptFile, UnreadablePath, discover, has_one_path,
    inspect, is_read,
};
pub use error::ReadError;
pub use homes::{ClaudeHome, DiscoveredHomes, Environment, expand_home, find_homes};
pub use known_homes::{HomeKind, KnownPlace, Platform, UserFolders, is_of_cowork, known_places};
pub use read::{BATCH_BYTES, Batches, Reader};
pub use regular::{open_regular, read_regular};
pub use retention::{
    CleanupPeriods, DEFAULT_CLEANUP_PERIOD_DAYS, read_cleanup_periods, read_managed_cleanup_days,
};
pub use stats_cache::{parse_stats_cache, read_stats_cache, stats_cache_modified_ns};
pub use status_line::{OfficialLimit, StatusLine};

/// Compiles the examples in the README, one of which stores a checkpoint.
#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../README.md")]
struct Readme;
