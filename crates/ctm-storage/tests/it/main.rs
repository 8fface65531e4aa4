//! The store from outside: batches in, answers out, on migrated databases in temporary folders.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod applying;
mod asking;
mod audit;
mod files;
mod limits;
mod maintenance;
mod opening;
mod responses;
mod sessions;
mod snapshots;
mod support;
mod tools;
