//! The rules of facts, apart from where facts are kept.
//!
//! Read the modules in this order:
//!
//! - [`filter`]: which usage a question is about, and whether a row passes;
//! - [`sums`]: events to rows of usage;
//! - [`placing`]: which batches read their file on, and which come too late;
//! - [`absorbing`]: copies deduplicated into what a commit changes;
//! - [`tally`], [`memory`]: the back end without a database, from what a reader yields.
//!
//! # Invariants
//!
//! - Each rule is here once, and every back end asks it.
//! - This crate knows no files, SQL, HTTP, prices or clock.

pub mod absorbing;
pub mod filter;
pub mod memory;
pub mod placing;
pub mod sums;
pub mod tally;

pub use absorbing::{Absorbed, Call, Changes, CommitChange, Loaded, StoredClaim, Touched};
pub use filter::{FactKey, ResolvedFilter, UsageFilter};
pub use memory::MemoryFacts;
pub use placing::{FreshBatch, Placed, Progress, StoredFile};
pub use sums::UsageSums;
pub use tally::{Sums, Tally};
