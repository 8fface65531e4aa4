//! Reading Claude homes into a store, and keeping it up to date.
//!
//! - [`ingest`]: from transcripts to a back end;
//! - [`open_store`]: the database that the settings name; [`open_hub`]: the one to which machines push;
//! - [`watch`], `pace`: change detection, and the interval of scans;
//! - [`updater`]: the update loop; [`conditions`]: its problems;
//! - [`snapshots`]: totals as they were reported;
//! - [`backups`]: backups of the database, and their restore;
//! - [`live`]: notifications to subscribers; [`rules`]: changes to the rules of project names;
//! - [`error`]: errors of updating.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod backups;
pub mod conditions;
pub mod error;
pub mod ingest;
pub mod live;
mod pace;
pub mod rules;
pub mod snapshots;
mod store;
pub mod updater;
pub mod watch;

pub use store::{open_hub, open_store, open_store_with_one_reader};
