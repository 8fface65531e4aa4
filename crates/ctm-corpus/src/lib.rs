//! Claude homes made up from a seed, each with the exact answer beside it.
//!
//! A home is what Claude Code leaves behind: transcripts below `projects/`, `stats-cache.json`
//! and `settings.json`. [`generate`] writes one by a [`Plan`] and returns the [`Answer`]: what a
//! reader has to count in it, to the token. [`LiveWork`] continues where it ended.
//!
//! Homes serve three ends: the demonstration ([`Plan::demo`]), the tests and comparisons ([`Plan::ordinary`]), and load tests, of
//! reading with homes of any size that have the shape of real ones ([`Plan::stress`]) and of
//! databases with homes of any number of responses ([`Plan::lean`]). The owner of each
//! response ([`generate_listed`]), and telemetry beside a home ([`generate_with_telemetry`], [`otlp`]), are tested with small homes that are full of copies ([`Plan::tangled`]).
//!
//! # Design
//!
//! - **The answer is booked, not read.** A response is put into the answer when it is made up,
//!   before its lines are written, and every line carries its expected classification. Reading the
//!   home back would repeat the mistakes of the reader that is to be tested.
//! - **The truth is unambiguous.** Cases that the counting rule of [`ctm_types::response`] leaves to chance,
//!   such as two responses of a gateway with equal counts, are not generated. An unmarked fork is continued
//!   after its original; a marked one, before it.
//! - **One pass, constant memory.** A fork is written line by line beside its original instead
//!   of being copied afterwards; only the answer grows with the number of sessions.
//! - **Filler is cut, not made.** Texts, code and images are slices of a few blobs that are
//!   made once, because a large home is mostly filler.
//! - **What is rare comes at regular intervals,** one kind after the other, and at once after an
//!   update of Claude Code: so a stress home of 20 MB already holds all of it, whatever its seed.
//!
//! Prompts, code and names are random words; nothing is taken from real transcripts.
//!
//! **Invariant:** this crate asks no clock and no system for randomness, reads no file, and
//! depends on neither the reader nor the prices.

pub mod answer;
pub mod error;
pub mod generate;
pub mod live;
pub mod otlp;
pub mod own_totals;
pub mod plan;
pub mod telemetry;

mod agents;
mod calendar;
mod compose;
mod conversation;
mod damage;
mod details;
mod dialogue;
mod eras;
mod exchange;
mod home;
mod incidents;
mod json;
mod line;
mod models;
mod prose;
mod quota;
mod random;
mod records;
mod refusals;
mod response;
mod stats_cache;
mod subagents;
mod thread;
mod tools;
mod transcript;
mod voice;
mod world;

pub use answer::{Answer, ExpectedUsage, Listed};
pub use error::CorpusError;
pub use generate::{generate, generate_listed, generate_with_telemetry};
pub use live::LiveWork;
pub use own_totals::{OwnTotal, OwnTotals};
pub use plan::{Plan, Style};
pub use telemetry::{Report, Telemetry};
