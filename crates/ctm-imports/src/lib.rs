//! Daily figures that other programs kept, from their files of JSON.
//!
//! - [`read`]: which program wrote a file, and its figures;
//! - `ccusage`, `claude_monitor`, `toktrack`: the files of each.
//!
//! # Design
//!
//! A file is parsed once, into the fields of all programs: which of them it has determines the program. Fields are typed, so that
//! a count that is negative, fractional or no number refuses the file with its line and column, and unknown fields cost no memory.
//!
//! # Invariants
//!
//! - A file is taken whole or not at all.
//! - Any bytes are an answer or an error, never a panic.

mod ccusage;
mod claude_monitor;
mod cost;
mod error;
mod file;
mod toktrack;

pub use error::ImportFileError;
pub use file::{MOST_BYTES, read};
