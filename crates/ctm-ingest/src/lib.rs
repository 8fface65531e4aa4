//! Reading Claude homes into a store, and keeping it up to date.
//!
//! - [`ingest`]: from the folders to the database, or to a tally;
//! - [`watch`], `pace`: where and how often to look;
//! - [`updater`]: the loop that reads what changed; [`conditions`]: what keeps it from that;
//! - [`snapshots`]: what was reported when;
//! - [`live`]: notifying subscribers; [`rules`]: changes to the rules of project names;
//! - [`error`]: what can go wrong.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod conditions;
pub mod error;
pub mod ingest;
pub mod live;
mod pace;
pub mod rules;
pub mod snapshots;
pub mod updater;
pub mod watch;
