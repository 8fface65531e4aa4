//! Claude Token Monitor as a program: settings, reading, answering, serving.
//!
//! - [`settings`], [`origin`], [`networks`], `rate_limit`, [`logging`], `printable`, [`prices`], [`clock`], [`open_files`],
//!   `file_size`, [`error`]: what everything else stands on;
//! - [`ingest`]: from the folders to the database;
//! - [`watch`], [`service`], [`conditions`], [`snapshots`], [`live`]: noticing changes, the loop that reads
//!   them, what keeps it from that, what was reported when, and notifying subscribers;
//! - [`report`]: questions and answers, the same for the command line and for REST;
//! - [`api`], [`page`], [`login`]: REST, WebSocket and the web page;
//! - `line`, [`guard`], [`base`], [`server`]: connections and what stands in front of answers, and all of it
//!   together;
//! - [`demo`], [`progress`], [`cli`]: a home to look at, a bar to wait with, the command line.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod api;
pub mod base;
pub mod cli;
pub mod clock;
pub mod conditions;
pub mod demo;
pub mod error;
mod file_size;
mod guard;
pub mod ingest;
mod line;
pub mod live;
pub mod logging;
mod login;
pub mod networks;
pub mod open_files;
pub mod origin;
mod pace;
pub mod page;
pub mod prices;
mod printable;
pub mod progress;
mod rate_limit;
pub mod report;
pub mod rules;
pub mod server;
pub mod service;
pub mod settings;
pub mod snapshots;
pub mod watch;
