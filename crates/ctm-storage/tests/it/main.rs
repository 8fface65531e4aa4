//! The store from outside: batches in, answers out, on migrated databases in temporary folders.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod applying;
mod asking;
mod audit;
mod claims;
mod converting;
mod damaged;
mod details;
mod facets;
mod failing;
mod files;
mod foreign;
mod forgetting;
mod hub;
mod imports;
mod limits;
mod loading;
mod machines;
mod maintenance;
mod opening;
mod personal;
mod prompt_caches;
mod push;
mod refusals;
#[cfg(unix)]
mod replaced;
mod reported;
mod responses;
mod seals;
mod sessions;
mod snapshots;
mod starts;
mod support;
mod telemetry;
mod tools;
mod views;
